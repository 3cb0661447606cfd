# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When Windows is restarted, and when it must not be."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT, Owner
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Known, Path, value_of
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Finding, Memory, Plan, Severity, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.reboot import (
    hindrance,
    reboot_reasons,
    unprotected_sessions,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    fresh,
    portal,
    prepared,
    under_hps,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import FakeArray, Lun, Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import HP, P6300, under, whole

OUTSIDE = "LUNs that are claimed are still outside MPIO"


def claimed_late(stores: bool = True) -> Truth:
    """The claim came after the LUNs were seen: they are outside MPIO until the restart."""
    truth = prepared()
    truth.claims, truth.loaded_claims = [], []
    first = all_paths(truth)[0]
    truth.log_in(first)
    truth.claims = [P6300]
    if stores:
        truth.logins.append(stored(truth, first))
    return truth


def restart(plan: Plan) -> tuple[bool, str | None]:
    """Whether the plan has a restart, and what it waits for."""
    for item in plan.steps:
        if isinstance(item.step, s.Reboot):
            return True, item.after
    return False, None


CLAIMED = frozenset({s.ClaimHardware((P6300,), reason="")})
"""What this run did since Windows started."""


def plan_of(truth: Truth, memory: Memory | None = None, **other: t.Any) -> Plan:
    return plan_host(whole(**other), truth.host(), memory or Memory(since_boot=CLAIMED))


def test_a_restart_is_made_when_it_is_needed_and_all_comes_back() -> None:
    plan = plan_of(claimed_late())
    assert plan.ready == (s.Reboot(reason=""),)
    assert plan.reboot_reasons[0].startswith(OUTSIDE)


@pytest.mark.parametrize(("owner", "done"), [(MICROSOFT, "claimed nothing"), (HP, "installed nothing")])
def test_it_is_not_made_where_nothing_changed_since_the_last(owner: Owner, done: str) -> None:
    truth = claimed_late() if owner.microsoft else under_hps()
    if not owner.microsoft:
        for session in truth.sessions:
            session.outside = {lun.wwn for lun in truth.arrays[0].luns}
    plan = plan_host(under(owner), truth.host())
    assert restart(plan) == (False, None)
    (text,) = [finding.text for finding in plan.findings if finding.where == "restart"]
    assert text.startswith("not made, because it may not help")
    assert f"this run has {done}" in text


def test_it_is_left_to_the_administrator_when_it_is_not_allowed() -> None:
    plan = plan_of(claimed_late(), reboot_allowed=False)
    assert restart(plan) == (
        True,
        "it is allowed (reboot: true of eva.mpio.host), if Windows needs it",
    )
    assert plan.ready == ()


def test_nothing_to_take_effect_no_restart() -> None:
    assert restart(plan_of(converged())) == (False, None)
    assert plan_of(converged()).reboot_reasons == ()


def test_what_can_be_done_without_it_comes_first() -> None:
    truth = claimed_late(stores=False)
    plan = plan_of(truth)
    assert [type(step) for step in plan.ready] == [s.StoreLogin]
    assert restart(plan) == (True, "the steps above")


def test_a_step_that_failed_does_not_hold_the_restart_up() -> None:
    truth = claimed_late()
    truth.discovery.pop()
    step = s.AddDiscoveryPortal(all_paths(truth)[3].portal, all_paths(truth)[3].nic, reason="")
    problem = Finding(Severity.PROBLEM, Side.NETWORK, "portal", "it does not answer")
    assert restart(plan_of(truth)) == (True, "the steps above")
    assert restart(plan_of(truth, Memory(since_boot=CLAIMED, failed={step: problem}))) == (True, None)


def test_when_the_feature_is_only_enabled_in_this_run_it_may_be_needed() -> None:
    truth = prepared()
    truth.feature = "absent"
    assert restart(plan_of(truth)) == (True, "the feature and the claim, only if Windows needs it")


def bare(truth: Truth) -> None:
    truth.logins.clear()


def to_another_array(truth: Truth) -> None:
    there = portal("10.10.1.200")
    name = "iqn.2000-01.com.synology:xpenology.target-1"
    truth.arrays.append(
        FakeArray({name: (there,)}, [Lun("600140500000000000000000000000AA", "SYNOLOGY", "iSCSI Storage")])
    )
    truth.log_in(Path(IPv4Address("10.10.1.11"), there, name))


def informational_only(truth: Truth) -> None:
    truth.logins[0] = stored(truth, all_paths(truth)[0], informational=True)


@pytest.mark.parametrize(
    ("change", "session"),
    [
        pytest.param(
            to_another_array,
            "10.10.1.200:3260 -> iqn.2000-01.com.synology:xpenology.target-1 (fffffa80-2)",
            id="foreign",
        ),
    ],
)
def test_a_session_that_would_not_come_back_refuses_it_by_name(change: Callable[[Truth], None], session: str) -> None:
    truth = claimed_late()
    change(truth)
    plan = plan_of(truth)
    assert restart(plan) == (False, None)
    (problem,) = plan.of(Severity.PROBLEM)
    assert (problem.side, problem.where) == (Side.HOST, "restart")
    assert session in problem.text


@pytest.mark.parametrize("change", [bare, informational_only])
def test_our_own_is_stored_before_it(change: Callable[[Truth], None]) -> None:
    truth = claimed_late()
    change(truth)
    plan = plan_of(truth)
    assert all(isinstance(step, (s.StoreLogin, s.ReplaceLogin)) for step in plan.ready)
    assert plan.ready
    assert s.Reboot(reason="") not in plan.ready


def test_a_foreign_session_without_disks_is_no_hindrance() -> None:
    truth = claimed_late()
    to_another_array(truth)
    truth.arrays[1].luns.clear()
    assert plan_of(truth).ready == (s.Reboot(reason=""),)


def test_a_foreign_session_that_is_stored_is_no_hindrance() -> None:
    truth = claimed_late()
    to_another_array(truth)
    truth.logins.append(stored(truth, truth.sessions[-1].path))
    assert plan_of(truth).ready == (s.Reboot(reason=""),)


def unprotected(truth: Truth) -> list[int]:
    return [session.id.session for session in unprotected_sessions(truth.host())]


def test_each_path_of_an_mpio_disk_must_come_back() -> None:
    truth = converged()
    assert unprotected(truth) == []
    truth.logins = truth.logins[:1]
    assert unprotected(truth) == [2, 3, 4]


def test_a_stored_login_of_a_nic_that_is_gone_brings_nothing_back() -> None:
    truth = claimed_late()
    truth.logins = [replace(truth.logins[0], port_number=77)]
    assert unprotected(truth) == [1]


def test_a_stored_login_of_another_nic_brings_another_path_back() -> None:
    truth = converged(nics=("10.10.1.11/24", "10.10.1.12/24"), portals=("10.10.1.21",))
    truth.logins = truth.logins[:1]
    assert unprotected(truth) == [2]
    for session in truth.sessions:
        session.outside = {lun.wwn for lun in truth.arrays[0].luns}
    # Outside MPIO one path is what there shall be.
    assert unprotected(truth) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"portal": None}, id="any-portal"),
        pytest.param({"port_number": None}, id="any-nic"),
        pytest.param({"instance": "ROOT\\HBA\\0001_0", "port_number": 9}, id="a-hba-numbers-its-ports-itself"),
    ],
)
def test_a_stored_login_that_leaves_it_open_protects(change: dict[str, t.Any]) -> None:
    truth = claimed_late()
    truth.logins = [replace(truth.logins[0], **change)]
    assert unprotected(truth) == []


def test_a_foreign_session_is_named_before_the_first_change() -> None:
    truth = fresh(running=True, start_mode="Auto")
    to_another_array(truth)
    plan = plan_of(truth)
    assert s.EnableFeature(reason="") in plan.ready
    assert restart(plan) == (False, None)
    assert [problem.where for problem in plan.of(Severity.PROBLEM)] == ["restart"]


def test_a_service_that_does_not_start_with_windows_refuses_it() -> None:
    truth = claimed_late()
    truth.start_mode = "Manual"
    step = s.SetServiceStart("MSiSCSI", reason="")
    problem = Finding(Severity.PROBLEM, Side.HOST, "service", "it stays manual")
    plan = plan_of(truth, Memory(since_boot=CLAIMED, failed={step: problem}))
    assert restart(plan) == (False, None)
    assert "does not start with Windows (start mode Manual)" in plan.of(Severity.PROBLEM)[-1].text


@pytest.mark.parametrize("part", ["initiator_service", "sessions", "logins"])
def test_h_01_not_knowing_what_would_come_back_refuses_it(part: str) -> None:
    truth = prepared(hidden=frozenset({part}))
    truth.feature = "pending"
    plan = plan_of(truth)
    assert restart(plan) == (False, None)
    assert f"not made, because it is not known what would come back: {part}" in str(plan.of(Severity.PROBLEM)[-1])


def test_a_restart_that_did_not_help_becomes_a_finding() -> None:
    problem = Finding(Severity.PROBLEM, Side.HOST, "Windows", "still needs one")
    plan = plan_of(claimed_late(), Memory(failed={s.Reboot(reason=""): problem}))
    assert (plan.ready, plan.of(Severity.PROBLEM)) == ((), (problem,))
    assert plan.reboot_reasons != ()


def test_luns_that_do_not_tell_what_they_are_are_no_reason() -> None:
    """Unknown is not "claimed and outside MPIO"."""
    truth = claimed_late()
    truth.arrays[0].luns[0].vendor = "VENDORTOOLONG"
    assert reboot_reasons(whole(), truth.host()) == ()


def test_an_unclaimed_foreign_array_does_not_hide_the_reason() -> None:
    truth = claimed_late()
    to_another_array(truth)
    assert [reason[: len(OUTSIDE)] for reason in reboot_reasons(whole(), truth.host())] == [OUTSIDE]


def test_an_earlier_run_or_nobody_claimed_so_a_restart_may_not_help() -> None:
    """Code 45, or a disk that the DSM does not take, would cost a restart on every run."""
    plan = plan_of(claimed_late(), Memory())
    assert (restart(plan), plan.ready) == ((False, None), ())
    (problem,) = plan.of(Severity.PROBLEM)
    assert "run eva.mpio.reboot once" in problem.text
    assert plan.reboot_reasons != ()
    assert restart(plan_of(claimed_late(), Memory(), reboot_allowed=False))[0]


def test_windows_itself_waits_for_a_restart() -> None:
    host = replace(claimed_late().host(), pending_reboot=Known(("a change of features waits",)))
    assert plan_host(whole(), host).ready == (s.Reboot(reason=""),)


def test_what_waits_says_nothing_where_mpio_has_disks_of_the_same_kind() -> None:
    truth = converged()
    truth.sessions[3].outside = {truth.arrays[0].luns[1].wwn}
    host = replace(truth.host(), pending_reboot=Known(("updates wait",)))
    assert restart(plan_host(whole(), host)) == (False, None)


def test_a_broken_link_is_no_reason() -> None:
    """MPIO drops the path after a while (PDORemovePeriod); the session still lists its devices."""
    host = converged().host()
    sessions = value_of(host.sessions)
    gone = {device.address for device in sessions[0].devices}
    disks = tuple(
        replace(disk, paths=tuple(path for path in disk.paths if path.address not in gone))
        for disk in value_of(host.disks)
    )
    host = replace(host, sessions=Known((replace(sessions[0], connections=()), *sessions[1:])), disks=Known(disks))
    plan = plan_host(whole(), host, Memory(since_boot=CLAIMED))
    assert (restart(plan), plan.reboot_reasons, plan.of(Severity.PROBLEM)) == ((False, None), (), ())
    assert [type(step) for step in plan.ready] == [s.Login]


def test_check_mode_tells_of_the_restart_that_follows_discovery() -> None:
    """A live session is not stored, and its target is not in the list yet."""
    truth = claimed_late(stores=False)
    truth.known_targets.clear()
    plan = plan_of(truth)
    assert plan.ready == (s.RefreshTargets(reason=""),)
    assert restart(plan) == (True, "these sessions are stored, only if Windows needs it")
    assert plan.of(Severity.PROBLEM) == ()


def test_without_a_layout_sessions_with_eva_luns_count() -> None:
    truth = claimed_late()
    wish = whole(layout=None, portals=False, paths=None, policies=None, proof=False)
    assert [reason[: len(OUTSIDE)] for reason in reboot_reasons(wish, truth.host())] == [OUTSIDE]


def test_a_module_that_does_not_manage_multipath_never_asks_for_one() -> None:
    wish = whole(feature=False, claim=None, paths=None)
    plan = plan_host(wish, claimed_late().host())
    assert (restart(plan), plan.reboot_reasons) == ((False, None), ())


@pytest.mark.parametrize(("start_mode", "reason"), [("Auto", None), ("Manual", "does not start with Windows")])
def test_what_would_not_come_back_without_any_plan(start_mode: str, reason: str | None) -> None:
    """The module reboot asks the same question."""
    truth = converged()
    truth.start_mode = start_mode
    found = hindrance(truth.host())
    assert found is None if reason is None else reason in str(found)
    truth.logins = truth.logins[:1]
    assert "these sessions show disks and have no stored login" in str(hindrance(truth.host()))
