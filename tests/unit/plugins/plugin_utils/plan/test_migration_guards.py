# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What forbids a change of DSM: all of it is said at once, before the first change."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import ISCSI_BUS
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    NOT_READ,
    Chap,
    Cluster,
    DiskPath,
    DiskUse,
    Host,
    Known,
    PathState,
    ScsiAddress,
    Unknown,
    value_of,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import DsmPackage, WantedPaths
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_before
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.changing import (
    HP,
    KIT,
    MICROSOFT,
    change_to,
    node,
    under,
    with_foreign,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths, with_chap
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import SERVER_2003
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.changes import (
    noted,
    plan_of,
    refused,
    refused_or_nothing,
    with_cluster,
    with_use,
)


def test_with_nothing_in_the_way_it_is_planned() -> None:
    truth = under(MICROSOFT)
    plan = plan_of(truth.host())
    assert plan.of(Severity.REFUSAL) == ()
    assert [type(step) for step in plan.ready] == [s.BeginChange]
    truth.change_begun = True
    assert [type(step) for step in plan_of(truth.host()).ready] == [s.TakeDiskOffline] * 2


def test_a_disk_that_goes_offline_is_told_by_its_drive_letters() -> None:
    truth = under(MICROSOFT, change_begun=True)
    first, second = (lun.wwn for lun in truth.arrays[0].luns)
    truth.volumes = {"E:": first}
    assert {step.subject: step.was for step in plan_of(truth.host()).ready} == {
        f"disk of LUN {first}": "online, mounted as E:",
        f"disk of LUN {second}": "online",
    }


def fibre(host: Host) -> Host:
    first, *rest = value_of(host.disks)
    path = DiskPath(7, ScsiAddress(2, 0, 5, 1), PathState.STANDBY, None, None, None)
    return replace(host, disks=Known((replace(first, paths=(*first.paths, path)), *rest)))


HOSTS: dict[str, tuple[Callable[[Host], Host], str]] = {
    "page-file": (lambda host: with_use(host, boot=True), "Windows starts or pages from it"),
    "use-not-known": (lambda host: replace(host, disk_use=Unknown("access denied")), "access denied"),
    "number-not-told": (lambda host: replace(host, disk_use=Known(())), "does not tell which of its disks it is"),
    "groups": (
        lambda host: with_cluster(host, node("up"), groups=("SQL",)),
        "owns groups of its failover cluster: SQL",
    ),
    "other-node-down": (lambda host: with_cluster(host, node("down")), "one node at a time"),
    "other-node-paused": (lambda host: with_cluster(host, node("paused")), "node2 is paused"),
    "nodes-not-known": (
        lambda host: replace(host, cluster=Known(Cluster(True, Known(()), Unknown("no class")))),
        "whether the other nodes are up: no class",
    ),
    "cluster-not-known": (lambda host: replace(host, cluster=Unknown("no class")), "a node of a cluster: no class"),
    "users": (lambda host: replace(host, users=Known(("HOST1\\anna",))), "HOST1\\anna"),
    "fibre-channel": (fibre, "Fibre Channel"),
}


@pytest.mark.parametrize("name", HOSTS)
def test_what_stands_in_the_way_is_named(name: str) -> None:
    change, text = HOSTS[name]
    assert text in refused(change(under(MICROSOFT).host()))


def test_all_that_stands_in_the_way_is_said_at_once() -> None:
    truth = under(MICROSOFT)
    truth.logins = truth.logins[:-1]
    host = with_cluster(with_use(truth.host(), boot=True), node("down"))
    text = refused(host, change_to(HP, reboot_allowed=False))
    for part in ("restarts of Windows", "starts or pages", "one node at a time", "no right persistent login"):
        assert part in text


def test_a_host_that_is_not_redundant_now_keeps_its_dsm() -> None:
    truth = under(MICROSOFT)
    truth.sessions = truth.sessions[:1]
    text = refused(truth.host())
    assert text.count("redundancy is proven before") == 1
    assert "eva.mpio.host with dsm: microsoft mends that first" in text
    for path in all_paths(truth)[1:]:
        assert str(path.portal) in text
    fewer = change_to(HP, paths=WantedPaths(minimum_paths=1))
    assert "no right persistent login" not in refused_or_nothing(truth.host(), fewer)


@pytest.mark.parametrize("entry", [ISCSI_BUS, "HP      HSV3"], ids=["bus-wide", "prefix"])
def test_a_claim_that_covers_others_too_is_named(entry: str) -> None:
    truth = under(MICROSOFT)
    truth.claims, truth.loaded_claims = [entry], [entry]
    assert entry in refused(truth.host())


def test_a_claim_for_exactly_these_disks_beside_a_prefix_is_refused_too() -> None:
    truth = under(MICROSOFT)
    truth.claims.append("HP      HSV")
    assert '"HP      HSV"' in refused(truth.host())


def test_sessions_of_others_with_disks_in_use_are_named() -> None:
    truth = under(MICROSOFT)
    with_foreign(truth)
    assert "iqn.1992-08.com.ibm:other" in refused(truth.host())
    truth.in_use.clear()
    plan = plan_of(truth.host())
    assert plan.of(Severity.REFUSAL) == ()
    assert "iqn.1992-08.com.ibm:other" in " ".join(str(note) for note in plan.of(Severity.NOTE))


def test_a_session_of_others_that_would_not_come_back_is_named() -> None:
    truth = under(MICROSOFT)
    truth.in_use.discard(with_foreign(truth).wwn)
    truth.logins = truth.logins[:-1]
    assert "has no stored login" in refused(truth.host())


def test_where_a_dsm_claims_all_that_is_iscsi_others_forbid_the_change() -> None:
    truth = under(MICROSOFT, traits=SERVER_2003)
    truth.in_use.discard(with_foreign(truth).wwn)
    assert "claims every iSCSI LUN" in refused(truth.host())


def test_stored_logins_of_others_forbid_it_there_too() -> None:
    truth = under(MICROSOFT, traits=SERVER_2003)
    with_foreign(truth)
    truth.sessions = truth.sessions[:-1]
    assert "iqn.1992-08.com.ibm:other" in refused(truth.host())


def test_where_no_disk_goes_offline_a_drive_letter_forbids_it() -> None:
    truth = under(MICROSOFT, traits=SERVER_2003)
    truth.volumes = {"E:": truth.arrays[0].luns[0].wwn}
    text = refused(truth.host())
    assert "E: is mounted" in text
    assert "mountvol" in text


@pytest.mark.parametrize(
    ("kind", "package", "text"),
    [
        (HP, DsmPackage(), "dsm_package"),
        (MICROSOFT, DsmPackage("C:\\dsm.exe"), "removal_path"),
    ],
    ids=["nothing-installs-it", "nothing-removes-it"],
)
def test_a_package_that_is_not_named_is_asked_for_first(kind: t.Any, package: DsmPackage, text: str) -> None:
    truth = under(MICROSOFT if kind is HP else HP)
    assert text in refused(truth.host(), change_to(kind, package=package))


@pytest.mark.parametrize(
    ("hp_dsm", "allowed", "plans"),
    [("supported", False, True), ("override", False, False), ("override", True, True), ("refused", True, False)],
)
def test_hps_goes_only_where_hp_names_the_release(hp_dsm: str, allowed: bool, plans: bool) -> None:
    truth = under(MICROSOFT)
    truth.traits = replace(truth.traits, hp_dsm=hp_dsm)
    wish = change_to(HP, package=replace(KIT, unsupported_release=allowed))
    assert bool(plan_of(truth.host(), wish).steps) is plans


def test_guards_that_nobody_has_asked_for_yet_hold_the_steps_up() -> None:
    host = replace(under(MICROSOFT).host(), disk_use=NOT_READ, cluster=NOT_READ, users=NOT_READ)
    plan = plan_of(host)
    assert plan.ready == ()
    assert {"disk_use", "cluster", "users"} <= parts_before(change_to(HP), plan)


def test_a_disk_that_is_offline_already_is_left_alone() -> None:
    truth = under(MICROSOFT, change_begun=True)
    truth.offline = {truth.arrays[0].luns[0].wwn}
    taken = [step.wwn for step in plan_of(truth.host()).ready if isinstance(step, s.TakeDiskOffline)]
    assert taken == [truth.arrays[0].luns[1].wwn]


@pytest.mark.parametrize(
    ("use", "taken"),
    [
        (DiskUse(2, in_use=True, why="", mounted=("E:",)), True),
        (DiskUse(2, in_use=True, why=""), True),
        (DiskUse(2, in_use=False, why=""), False),
    ],
    ids=["mounted", "partitions", "nothing"],
)
def test_where_windows_tells_of_no_offline_disk_partitions_count(use: DiskUse, taken: bool) -> None:
    host = under(MICROSOFT, luns=1).host()
    uses = tuple(replace(use, number=one.number) for one in value_of(host.disk_use))
    plan = plan_of(replace(host, disk_use=Known(uses)))
    assert plan.of(Severity.REFUSAL) == ()
    assert any(isinstance(item.step, s.TakeDiskOffline) for item in plan.steps) is taken


def test_of_equal_stored_logins_one_stays() -> None:
    truth = under(MICROSOFT)
    truth.logins = [login for login in truth.logins for _unused in range(2)]
    wish = change_to(HP, paths=WantedPaths(sessions_per_path=2))
    for session in list(truth.sessions):
        truth.log_in(session.path)
    steps = [item.step for item in plan_of(truth.host(), wish).steps if isinstance(item.step, s.RemoveLogin)]
    assert sorted((step.keep, step.copies) for step in steps) == [(0, 2), (0, 2), (0, 2), (1, 1)]


def test_a_stored_login_whose_secret_cannot_be_written_again_is_not_touched() -> None:
    chap = Chap("host1", "secretsecret1")
    truth = with_chap(chap, copies=2)
    truth.in_use = {lun.wwn for lun in truth.arrays[0].luns}
    wish = change_to(HP, layout(chap=chap), paths=WantedPaths(sessions_per_path=2))
    assert "one stored login an array may be left" in refused(truth.host(), wish)


def test_what_could_not_be_read_is_said_and_nothing_is_planned() -> None:
    for part in ("drivers", "claims", "dsms", "pending_reboot", "sessions", "logins"):
        host = replace(under(MICROSOFT).host(), **{part: Unknown("access denied")})
        plan = plan_of(host)
        assert plan.steps == ()
        assert "access denied" in " ".join(str(finding) for finding in plan.findings), part


def test_without_leave_the_option_is_named() -> None:
    for kind, other in ((HP, MICROSOFT), (MICROSOFT, HP)):
        assert "change_dsm" in refused(under(other).host(), change_to(kind, change=False))


@pytest.mark.parametrize("change", [True, False])
def test_disks_that_a_run_took_offline_come_back_before_volumes_are_bound(change: bool) -> None:
    plan = plan_of(noted(under(MICROSOFT)), change_to(MICROSOFT, change=change))
    assert [type(step) for step in plan.ready] == [s.BringDiskOnline] * 2


def test_a_disk_stays_offline_until_its_lun_is_one_of_the_wanted_dsm() -> None:
    truth = under(MICROSOFT)
    host = noted(truth)
    truth.sessions = []
    plan = plan_of(truth.host(), change_to(MICROSOFT, change=False))
    assert not any(isinstance(step, s.BringDiskOnline) for step in plan.ready)
    assert any(isinstance(item.step, s.BringDiskOnline) for item in plan.steps)
    assert plan_of(host, change_to(HP, change=False)).steps == ()


def test_a_disk_whose_lun_does_not_come_back_is_named() -> None:
    truth = under(MICROSOFT)
    truth.taken_offline = ["6001438005DEFFFF0000400000FFFFFF"]
    plan = plan_of(truth.host(), change_to(MICROSOFT))
    assert plan.steps == ()
    (problem,) = plan.of(Severity.PROBLEM)
    assert "6001438005DEFFFF0000400000FFFFFF" in str(problem)
    assert "gone for good" in str(problem)
