# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows Server 2003: the package of the initiator, MPIO that comes with it, and a DSM without a list."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import DiskPath, Dsm, MpioDisk, Policy, Service
from ansible_collections.eva.mpio.plugins.plugin_utils._model.known import Known
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Desired,
    LunPolicy,
    Package,
    WantedInitiator,
    WantedPaths,
    WantedPolicies,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_before, parts_needed, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Finding, Memory, Plan, Severity, Side
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    bare_2003,
    converged,
    fresh,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import (
    SERVER_2003,
    SERVICE,
    Truth,
    stored,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import P6300, SETUP, layout, whole

INSTALL = s.InstallInitiator(SETUP.path, SETUP.arguments, reason="")
WITH_PACKAGE = Desired(initiator=WantedInitiator(package=SETUP))
MPIO_2003 = '"Microsoft MPIO Multipathing Support for iSCSI"'


def plan_of(truth: Truth, wish: Desired, *failed: s.Step, said: str = "it failed") -> Plan:
    problems = {step: Finding(Severity.PROBLEM, Side.HOST, step.subject, f"{step.becomes}: {said}") for step in failed}
    return plan_host(wish, truth.host(), Memory(failed=problems))


def kinds(plan: Plan) -> list[str]:
    return [type(item.step).__name__ + (f" [{item.after}]" if item.after else "") for item in plan.steps]


def refusals(plan: Plan) -> str:
    assert plan.steps == ()
    return " | ".join(str(finding) for finding in plan.of(Severity.REFUSAL))


def test_it_is_installed_where_there_is_no_initiator() -> None:
    plan = plan_of(bare_2003(), WITH_PACKAGE)
    there = "the iSCSI initiator is installed"
    assert kinds(plan) == [
        "InstallInitiator",
        f"SetServiceStart [{there}]",
        f"StartService [{there}]",
        "Reboot [it is allowed (reboot: true of eva.mpio.host), if Windows needs it]",
    ]
    assert plan.findings == ()


def test_nothing_of_paths_comes_before_it_and_one_restart_serves_all() -> None:
    plan = plan_of(bare_2003(), whole())
    assert plan.ready == (INSTALL,)
    restarts = [item.after for item in plan.steps if isinstance(item.step, s.Reboot)]
    assert restarts == ["the package of the initiator, only if Windows needs it"]


def test_mpio_alone_is_installed_where_it_is_wished_for() -> None:
    truth = fresh(traits=SERVER_2003, running=True, start_mode="Auto")
    assert plan_of(truth, WITH_PACKAGE).steps == ()
    for wish in (
        replace(WITH_PACKAGE, feature=True),
        replace(WITH_PACKAGE, layout=layout(), paths=WantedPaths()),
    ):
        assert plan_of(truth, wish).ready[0] == INSTALL


@pytest.mark.parametrize("truth", [converged(traits=SERVER_2003), fresh(), converged()], ids=["there", "new", "2012"])
def test_it_is_left_alone_where_it_is_not_needed(truth: Truth) -> None:
    assert INSTALL not in [item.step for item in plan_of(truth, whole()).steps]


def test_without_a_package_the_host_is_refused_with_what_it_takes() -> None:
    text = refusals(plan_of(bare_2003(), whole(initiator=WantedInitiator())))
    assert "the initiator (service MSiSCSI)" in text
    assert MPIO_2003 in text
    assert "Microsoft's iSCSI Software Initiator 2.08" in text
    assert "option package" in text


def test_beside_the_dsm_of_a_vendor_it_is_not_run() -> None:
    """KB977506: the setup would then select MPIO only."""
    text = refusals(plan_of(bare_2003(other_dsms=("IBM SDDDSM",)), whole()))
    assert "IBM SDDDSM" in text
    assert "leaves the initiator out (KB977506)" in text


def test_mpio_that_a_vendor_brought_counts_as_its_dsm() -> None:
    host = replace(bare_2003().host(), drivers=Known((Service("mpio", "Boot", "Running"),)))
    assert "MPIO is installed without a DSM of Microsoft" in refusals(plan_host(WITH_PACKAGE, host))


def test_the_drivers_are_read_only_when_the_package_is_to_be_run() -> None:
    parts = parts_needed(WITH_PACKAGE)
    assert "drivers" not in parts
    unread = plan_host(WITH_PACKAGE, bare_2003().host(parts))
    assert unread.ready == (INSTALL,)
    assert parts_before(WITH_PACKAGE, unread) == {"drivers", "dsm_notes", "setup_programs"}
    there = fresh(traits=SERVER_2003)
    assert "drivers" not in parts_before(WITH_PACKAGE, plan_host(WITH_PACKAGE, there.host(parts)))


def test_a_module_that_only_installs_says_that_mpio_waits_for_a_restart() -> None:
    pending = fresh(traits=SERVER_2003, feature="pending", running=True, start_mode="Auto")
    plan = plan_of(pending, WITH_PACKAGE)
    assert plan.reboot_reasons == (
        "MPIO, which comes with the initiator package, is installed but the Microsoft DSM is not loaded yet",
    )
    assert plan_of(fresh(feature="pending", running=True, start_mode="Auto"), WITH_PACKAGE).reboot_reasons == ()


@pytest.mark.parametrize("hidden", ["initiator_service", "dsms"])
def test_what_is_unknown_blocks_it(hidden: str) -> None:
    plan = plan_of(bare_2003(hidden=frozenset({hidden})), WITH_PACKAGE)
    assert INSTALL not in plan.ready
    assert "could not be read" in str(plan.findings[0])


def with_one_session(**other: t.Any) -> Truth:
    truth = prepared(traits=SERVER_2003, **other)
    truth.feature = "absent"
    truth.log_in(all_paths(truth)[0])
    truth.logins = [stored(truth, all_paths(truth)[0])]
    return truth


def test_under_disks_it_is_run_like_a_restart() -> None:
    assert plan_of(with_one_session(), whole()).ready[0] == INSTALL
    bare = with_one_session()
    bare.logins = []
    for truth, wish, why in (
        (with_one_session(), whole(reboot_allowed=False), "allow that (reboot: true), or log them out"),
        (with_one_session(users=("FILES01\\anna",)), whole(), "FILES01\\anna"),
        (bare, whole(), "these sessions show disks and have no stored login"),
    ):
        plan = plan_of(truth, wish)
        assert INSTALL not in plan.ready
        assert why in " | ".join(str(one) for one in plan.findings if one.text.startswith(f"{SETUP.path} is not run"))


def test_whom_its_own_restart_would_hit_keeps_it_off() -> None:
    """Whether its setup restarts Windows by itself is not documented."""
    truth = bare_2003(users=("FILES01\\anna",))
    plan = plan_of(truth, whole())
    assert plan.ready == ()
    assert f"{SETUP.path} is not run, because these users have a desktop open" in str(plan.findings[0])
    assert plan_of(truth, whole(reboot_despite=frozenset({"users"}))).ready == (INSTALL,)


def test_a_later_windows_that_was_taken_for_2003_is_refused_it() -> None:
    host = bare_2003().host()
    later = replace(host, os=replace(host.os, build=9200))
    text = refusals(plan_host(whole(), later))
    assert f"{SETUP.path} is not run: it is for Windows Server 2003, and this host runs build 9200" in text
    assert "take assume_release away" in text


def test_that_others_get_its_dsm_too_is_said() -> None:
    truth = with_one_session()
    said = "the Microsoft DSM that it brings claims every iSCSI LUN, so also those of"
    assert said not in str(plan_of(truth, whole()).findings)
    (note,) = plan_of(truth, replace(WITH_PACKAGE, feature=True, reboot_allowed=True)).of(Severity.NOTE)
    assert note.text == f"{said} {truth.sessions[0].path.target}"


@pytest.mark.parametrize("seen", [True, False], ids=["over-iscsi", "elsewhere"])
def test_a_vendors_dsm_with_iscsi_disks_of_others_keeps_it_off(seen: bool) -> None:
    host = with_one_session().host()
    device = host.sessions.value[0].disks[0] if isinstance(host.sessions, Known) else None
    assert device is not None
    address = device.address if seen else replace(device.address, port=99)
    path = DiskPath(1, address, None, None, None, None)
    disk = MpioDisk(0, "MPIO\\DISK", "6001", "Vendor", "DGC", "VRAID", Policy.VENDOR_SPECIFIC, None, (path,))
    plan = plan_host(whole(), replace(host, dsms=Known((Dsm("Vendor", "1.0"),)), disks=Known((disk,))))
    assert ("two DSMs must never claim one disk" in str(plan.findings)) == seen
    assert (INSTALL in plan.ready) != seen


def test_sessions_that_cannot_be_read_keep_it_off() -> None:
    plan = plan_of(with_one_session(hidden=frozenset({"sessions"})), whole())
    assert INSTALL not in plan.ready


LEFT_OUT: list[t.Any] = [
    pytest.param(frozenset[str](), ["the initiator (service MSiSCSI)", "(drivers mpio and msiscdsm)"], id="all"),
    pytest.param(frozenset({"initiator"}), [f"{MPIO_2003} (drivers mpio and msiscdsm)"], id="mpio"),
    pytest.param(frozenset({"mpio"}), ["the initiator (service MSiSCSI)"], id="initiator"),
]


@pytest.mark.parametrize(("brings", "named"), LEFT_OUT)
def test_what_it_left_out_is_named_and_it_is_not_run_again(brings: frozenset[str], named: list[str]) -> None:
    truth = bare_2003()
    truth.installed = "initiator" in brings
    truth.feature = "pending" if "mpio" in brings else "absent"
    plan = plan_of(truth, whole(), INSTALL, said="the setup ended with code 0")
    assert INSTALL not in [item.step for item in plan.steps]
    (text,) = [str(finding) for finding in plan.findings if finding.where == "iSCSI initiator"]
    assert text.startswith(f"iSCSI initiator: after {SETUP.path} was run, ")
    assert all(name in text for name in named)
    assert "of the run is known: the setup ended with code 0." in text
    assert "share" not in text


def test_of_a_share_it_says_that_credentials_do_not_travel() -> None:
    package = Package("\\\\files\\prepared\\initiator.exe")
    step = s.InstallInitiator(package.path, (), reason="")
    plan = plan_of(bare_2003(), Desired(initiator=WantedInitiator(package=package)), step)
    assert "no credentials travel on from this host to the share" in str(plan.findings[0])


ABSENT: list[t.Any] = [
    pytest.param(Desired(layout=layout(), portals=True), id="portal"),
    pytest.param(Desired(layout=layout(), paths=WantedPaths()), id="session"),
    pytest.param(Desired(policies=WantedPolicies(LunPolicy(Policy.ROUND_ROBIN))), id="lun_policy"),
    pytest.param(Desired(initiator=WantedInitiator()), id="initiator"),
]


@pytest.mark.parametrize("wish", ABSENT)
def test_without_an_initiator_a_module_says_what_to_do(wish: Desired) -> None:
    plans = plan_of(bare_2003(), wish), plan_of(fresh(installed=False), wish)
    for plan, text in zip(plans, ("option package", "somebody removed it; repair Windows"), strict=True):
        assert text in refusals(plan)
        assert "could not be read" not in str(plan.findings)


def test_the_service_of_2003_may_be_absent_by_name() -> None:
    service = bare_2003().host().initiator_service
    assert service == Known(Service(SERVICE, "Absent", "Absent"))


def test_the_feature_module_says_where_mpio_comes_from() -> None:
    text = refusals(plan_of(bare_2003(), Desired(feature=True)))
    assert MPIO_2003 in text
    assert "eva.mpio.host with the option package" in text
    assert plan_of(converged(traits=SERVER_2003), Desired(feature=True)).findings == ()


def test_the_claim_module_says_that_there_is_no_list() -> None:
    plan = plan_of(prepared(traits=SERVER_2003), Desired(claim=(P6300,)))
    assert plan.steps == ()
    assert [finding.severity for finding in plan.findings] == [Severity.NOTE]
    assert "has no list and claims every iSCSI LUN" in plan.findings[0].text
    assert MPIO_2003 in refusals(plan_of(fresh(traits=SERVER_2003), Desired(claim=(P6300,))))


def test_a_list_that_cannot_be_read_does_not_matter_where_there_is_none() -> None:
    truth = prepared(traits=SERVER_2003, hidden=frozenset({"claims"}))
    assert [finding.severity for finding in plan_of(truth, Desired(claim=(P6300,))).findings] == [Severity.NOTE]


def test_in_the_whole_nothing_is_said_of_the_list() -> None:
    plan = plan_of(converged(traits=SERVER_2003), whole())
    assert (plan.steps, plan.findings) == ((), ())


def test_another_dsm_for_the_array_is_refused_there_too() -> None:
    text = refusals(plan_of(prepared(traits=SERVER_2003, other_dsms=("HP DSM for EVA",)), whole()))
    assert "two DSMs must never claim one disk, and that of Microsoft claims every iSCSI LUN" in text


def test_a_policy_that_the_dsm_does_not_have_is_refused_by_name() -> None:
    wwn = "6001438005DE00000000400000000000"
    wanted = WantedPolicies(LunPolicy(Policy.LEAST_BLOCKS), {wwn: LunPolicy(Policy.LEAST_BLOCKS)})
    text = refusals(plan_of(converged(traits=SERVER_2003), whole(policies=wanted)))
    assert (
        "default policy: the Microsoft DSM of Windows has no least_blocks; it has failover_only, round_robin," in text
    )
    assert f"policy of LUN {wwn}: " in text
    assert not plan_of(converged(), whole(policies=wanted)).of(Severity.REFUSAL)
