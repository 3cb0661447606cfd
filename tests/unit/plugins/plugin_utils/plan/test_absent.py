# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths and discovery portals that are to be absent."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import NOT_READ, Chap, Known, Path, SessionId
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, Layout, WantedPaths
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_before, parts_needed, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Finding, Memory, Plan, Severity, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.removal import STORED, USE
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    fresh,
    portal,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.removing import (
    ACROSS,
    NIC_1,
    OLD_TARGET,
    PORTAL_1,
    announced,
    problems,
    removals,
    surplus_path,
    use,
)

ONE = layout(nics=["10.10.1.11"], portals=["10.10.1.21"])
"""What is between one NIC and one target portal."""
CHAP = Chap("host1", "secretsecret1")


def gone(where: Layout = ONE, minimum: int | None = None, **other: t.Any) -> Desired:
    """What the module session wishes with ``state: absent``."""
    values: dict[str, t.Any] = {"paths": WantedPaths(minimum_paths=minimum), **other}
    return Desired(layout=where, absent=True, **values)


def plan_of(truth: Truth, where: Layout = ONE, memory: Memory | None = None, **other: t.Any) -> Plan:
    return plan_host(gone(where, **other), truth.host(), memory)


def portals_gone(truth: Truth, where: Layout = ONE) -> Plan:
    """What the module portal plans with ``state: absent``."""
    return plan_host(Desired(layout=where, absent=True, portals=True), truth.host())


# ---- what goes, and in which order


def test_x_02_stored_login_then_session_then_nothing() -> None:
    truth = use(converged())
    plan = plan_of(truth)
    assert (removals(plan), announced(plan)) == (["RemoveLogin 1"], [f"Logout 1 [{STORED}]"])
    (step,) = plan.ready
    assert isinstance(step, s.RemoveLogin)
    assert (step.login, step.keep) == (truth.logins[0], 0)
    truth.logins.pop(0)
    assert removals(plan_of(truth)) == ["Logout 1"]
    truth.sessions.pop(0)
    assert (plan_of(truth).steps, plan_of(truth).findings) == ((), ())


def test_d_17_a_session_without_stored_login_is_logged_out() -> None:
    truth = converged()
    truth.logins.pop(0)
    assert removals(plan_of(truth)) == ["Logout 1"]


def test_f_22_a_stored_login_without_session_is_removed() -> None:
    truth = converged()
    truth.sessions.pop(0)
    assert removals(plan_of(truth)) == ["RemoveLogin 1"]


@pytest.mark.parametrize("make", [prepared, fresh], ids=["no path", "service stopped, nothing stored"])
def test_d_18_x_17_what_is_not_there_needs_no_step(make: Callable[[], Truth]) -> None:
    truth = make()
    truth.running = True
    plan = plan_of(truth, layout())
    assert plan.steps == ()
    assert [one.severity for one in plan.findings] in ([], [Severity.NOTE])


def test_a_host_without_an_initiator_has_nothing() -> None:
    plan = plan_of(fresh(installed=False), layout())
    assert (plan.steps, plan.findings) == ((), ())


def test_while_the_service_is_stopped_nothing_can_be_said() -> None:
    plan = plan_of(fresh(), layout())
    assert plan.steps == ()
    assert [(one.severity, one.where) for one in plan.findings] == [(Severity.PROBLEM, "service MSiSCSI")]


def test_x_21_x_24_other_paths_to_the_same_target_stay() -> None:
    truth = converged()
    surplus_path(truth)
    plan = plan_of(truth)
    assert [step.login for step in plan.ready if isinstance(step, s.RemoveLogin)] == [truth.logins[0]]
    assert announced(plan) == [f"Logout 1 [{STORED}]"]


def test_the_mesh_does_not_matter() -> None:
    truth = converged()
    surplus_path(truth)
    where = layout(portals=["10.10.1.21"])
    assert removals(plan_of(truth, where)) == ["RemoveLogin 1", "RemoveLogin 1"]


def test_n_16_x_01_all_of_several_targets_go() -> None:
    truth = converged()
    plan = plan_of(truth, layout())
    assert removals(plan) == ["RemoveLogin 1"] * 4
    assert announced(plan) == [f"Logout {one} [{STORED}]" for one in (1, 2, 3, 4)]


def test_only_the_declared_targets_go_where_some_are_declared() -> None:
    truth = converged()
    truth.arrays[0].targets[OLD_TARGET] = (PORTAL_1,)
    surplus_path(truth, Path(NIC_1, PORTAL_1, OLD_TARGET))
    assert removals(plan_of(truth)) == ["RemoveLogin 1", "RemoveLogin 1"]
    where = layout(nics=["10.10.1.11"], portals=["10.10.1.21"], targets=[OLD_TARGET])
    assert [step.login for step in plan_of(truth, where).ready if isinstance(step, s.RemoveLogin)] == [truth.logins[-1]]


def test_equal_stored_logins_go_in_one_step() -> None:
    truth = converged()
    truth.logins.append(truth.logins[0])
    assert removals(plan_of(truth)) == ["RemoveLogin 2"]


def test_another_arrays_and_an_hbas_stay() -> None:
    truth = converged()
    foreign = [
        replace(truth.logins[0], portal=portal("10.10.1.200")),
        replace(truth.logins[0], instance="PCI\\VEN_1077\\1_0"),
    ]
    truth.logins = foreign
    truth.sessions.clear()
    assert plan_of(truth).steps == ()


# ---- a target that is wholly given up


def test_x_16_sessions_without_connection_go_with_the_last_path_of_their_target() -> None:
    truth = converged()
    truth.log_in(all_paths(truth)[0]).connected = False
    truth.logins.clear()
    assert removals(plan_of(truth)) == ["Logout 5", "Logout 1"]
    surplus_path(truth)
    assert removals(plan_of(truth)) == ["Logout 1"]


WIDE: dict[str, dict[str, t.Any]] = {
    "F-18 any NIC": {"port_number": None},
    "any portal": {"port_number": None, "portal": None},
}


@pytest.mark.parametrize("changes", WIDE.values(), ids=WIDE.keys())
def test_stored_logins_that_name_no_nic_go_with_the_last_path_of_their_target(changes: dict[str, t.Any]) -> None:
    truth = converged()
    extra = replace(truth.logins[0], **changes)
    truth.logins.append(extra)
    plan = plan_of(truth)
    assert [step.login for step in plan.ready if isinstance(step, s.RemoveLogin)] == [truth.logins[0], extra]
    surplus_path(truth)
    kept = plan_of(truth)
    assert [step.login for step in kept.ready if isinstance(step, s.RemoveLogin)] == [truth.logins[0]]
    (note,) = kept.findings
    assert (note.severity, "other paths to its target remain" in note.text) == (Severity.NOTE, True)


def test_one_for_any_nic_stays_where_an_hbas_would_go_along() -> None:
    truth = converged()
    truth.logins.append(replace(truth.logins[0], port_number=None, instance=None))
    truth.logins.append(replace(stored(truth, ACROSS, CHAP), instance="PCI\\VEN_1077\\1_0"))
    plan = plan_of(truth)
    assert removals(plan) == ["RemoveLogin 1"]
    (problem,) = problems(plan)
    assert "one of another initiator (an HBA) along with it" in problem.text


def test_what_has_a_number_that_no_nic_has_stays_for_the_cable_may_be_out() -> None:
    """The NIC of another path of the target has lost its address: its stored half and its session are not given up."""
    truth = converged()
    session, _login = surplus_path(truth)
    other = replace(truth.logins.pop(), port_number=77)
    truth.logins.append(other)
    session.connected = False
    plan = plan_of(truth)
    assert [step.login for step in plan.ready if isinstance(step, s.RemoveLogin)] == [truth.logins[0]]
    assert removals(plan) == ["RemoveLogin 1"]
    (note,) = plan.findings
    assert (note.severity, "its cable is out" in note.text.replace("whose", "its")) == (Severity.NOTE, True)


# ---- disks in use


@pytest.mark.parametrize(
    ("paths", "minimum", "refused"),
    [(1, None, False), (2, None, False), (3, None, True), (3, 1, False), (4, 1, True), (1, 4, True)],
)
def test_a_disk_in_use_keeps_its_working_paths_or_nothing_goes(paths: int, minimum: int | None, refused: bool) -> None:
    where = layout(portals=["10.10.1.21", "10.10.2.21", "10.10.1.22", "10.10.2.22"][:paths])
    plan = plan_of(use(converged()), where, minimum=minimum)
    assert bool(plan.of(Severity.REFUSAL)) is refused
    assert bool(plan.steps) is not refused
    assert plan_of(converged(), where, minimum=minimum).steps, "X-04, X-06, X-08: nothing uses the disks"


def test_a_refusal_names_disk_reason_and_numbers() -> None:
    truth = use(converged(luns=1))
    (finding,) = plan_of(truth, layout()).findings
    assert finding.where == "paths"
    assert finding.text == (
        f"nothing is removed, because of LUN {truth.arrays[0].luns[0].wwn}: as this test says, and it would keep 0"
        " working paths, at least 2 needed; end that use, and where Windows tells of offline disks (2012 and later)"
        " take the disk offline; or have the array take the LUN away from this host first, and run again"
    )


def test_a_refusal_names_the_sessions_that_the_next_boot_would_end() -> None:
    """A disk became busy when its stored logins had been removed."""
    truth = use(converged(luns=1))
    truth.logins.pop(0)
    (bare,) = problems(plan_of(truth, layout()))
    assert bare.where == f"session {truth.sessions[0].path}"
    assert "the next boot takes its disks away: store it again with state: present" in bare.text


def test_a_refusal_in_the_middle_of_a_run_says_so() -> None:
    truth = use(converged())
    truth.logins.pop(0)
    (finding, *_more) = plan_of(truth, layout(), Memory(removed=1)).findings
    assert finding.text.startswith("nothing more is removed, because of LUN ")


def test_x_05_a_clustered_disk_refuses_also_while_nothing_uses_it() -> None:
    truth = converged()
    truth.clustered.add(truth.arrays[0].luns[0].wwn)
    plan = plan_of(truth)
    assert plan.steps == ()
    assert [one.severity for one in plan.findings] == [Severity.REFUSAL]


@pytest.mark.parametrize("part", ["disk_use", "sessions", "logins", "initiator", "disks", "targets"])
def test_what_cannot_be_read_removes_nothing(part: str) -> None:
    truth = converged()
    truth.hidden = frozenset({part})
    plan = plan_of(truth)
    assert plan.steps == ()
    assert {one.severity for one in plan.findings} <= {Severity.REFUSAL, Severity.PROBLEM}
    assert plan.findings


def test_what_uses_the_disks_is_asked_for_first() -> None:
    host = replace(converged().host(), disk_use=NOT_READ, cluster=NOT_READ)
    plan = plan_host(gone(), host)
    assert (plan.ready, announced(plan)) == ((), [f"RemoveLogin 1 [{USE}]", f"Logout 1 [{STORED}]"])
    assert parts_before(gone(), plan) == {"disk_use", "cluster"}


def test_a_session_whose_nic_windows_does_not_tell_is_kept_and_named() -> None:
    truth = converged()
    truth.sessions[0].tells_nic = False
    plan = plan_of(truth)
    assert removals(plan) == ["RemoveLogin 1"]
    assert announced(plan) == []
    path = truth.sessions[0].path
    assert [one.where for one in problems(plan)] == [f"session unknown NIC -> {path.portal} -> {path.target}"]


def test_a_port_number_that_windows_does_not_resolve_is_kept_and_named() -> None:
    truth = converged()
    truth.sessions.clear()
    truth.logins = [replace(truth.logins[0], port_number=77)]
    host = truth.host()
    assert isinstance(host.initiator, Known)
    blind = replace(host, initiator=Known(replace(host.initiator.value, ports_known=False)))
    plan = plan_host(gone(), blind)
    assert plan.steps == ()
    (problem,) = problems(plan)
    assert "which NIC its port number is" in problem.text


# ---- Windows refuses


def test_after_a_session_that_could_not_be_ended_the_others_are_kept() -> None:
    truth = converged()
    truth.logins.clear()
    where = layout()
    first = plan_of(truth, where).ready[0]
    refused = Finding(Severity.PROBLEM, Side.HOST, first.subject, "a device on it is in use")
    plan = plan_of(truth, where, Memory(failed={first: refused}))
    assert plan.steps == ()
    assert problems(plan)[0] == refused
    assert all(f"session {session.path}" in problems(plan)[1].text for session in truth.sessions[1:])


def test_a_nic_that_is_not_there_is_named() -> None:
    plan = plan_of(converged(), layout(nics=["10.10.1.11", "10.10.1.99"], portals=["10.10.1.21"]))
    assert [(one.severity, one.where) for one in plan.findings] == [(Severity.NOTE, "NIC 10.10.1.99")]
    assert "it has 10.10.1.11, 10.10.2.11. Correct it if it is mistyped" in plan.findings[0].text
    assert plan.findings[0].warns
    assert removals(plan) == ["RemoveLogin 1"]


def test_a_target_portal_that_nothing_leads_to_is_named() -> None:
    plan = plan_of(converged(), layout(portals=["10.10.1.21", "10.10.1.201"]))
    (finding,) = plan.findings
    assert (finding.severity, finding.where) == (Severity.NOTE, "target portal 10.10.1.201:3260")
    assert "given up already, or the address is mistyped" in finding.text


def test_sessions_of_one_path_are_told_apart() -> None:
    truth = converged()
    first = truth.sessions[0]
    truth.sessions.append(replace(first, id=SessionId(first.id.adapter, first.id.session + 100)))
    names = [item.step.subject for item in plan_of(truth).steps if isinstance(item.step, s.Logout)]
    twins = [name for name in names if name.startswith(f"session {first.path}")]
    assert sorted(twins) == sorted(f"session {first.path} ({one.id})" for one in (first, truth.sessions[-1]))
    assert all("(" not in name for name in names if name not in twins)


# ---- discovery portals


def test_d_16_the_discovery_portal_goes_and_its_paths_stay() -> None:
    truth = converged()
    plan = portals_gone(truth)
    assert removals(plan) == ["RemoveDiscoveryPortal 10.10.1.21:3260"]
    truth.discovery.pop(0)
    assert (portals_gone(truth).steps, portals_gone(truth).findings) == ((), ())


@pytest.mark.parametrize(
    ("nic", "expected"),
    [("10.10.1.11", 1), ("10.10.2.11", 0), ("10.10.9.9", 1)],
    ids=["its NIC", "another NIC", "any or none"],
)
def test_a_discovery_portal_goes_for_the_declared_nics_and_for_any(nic: str, expected: int) -> None:
    truth = prepared()
    truth.discovery = [(PORTAL_1, IPv4Address(nic))]
    assert len(portals_gone(truth).ready) == expected


def test_both_halves_and_the_portal_go_in_this_order() -> None:
    plan = plan_of(converged(), portals=True)
    assert removals(plan) == ["RemoveLogin 1", "RemoveDiscoveryPortal 10.10.1.21:3260"]
    assert [type(item.step) for item in plan.steps] == [s.RemoveLogin, s.Logout, s.RemoveDiscoveryPortal]


# ---- nothing else


def test_nothing_but_removal_is_planned_and_read() -> None:
    truth = converged()
    truth.claims.clear()
    truth.start_mode = "Manual"
    assert {type(item.step) for item in plan_of(truth, layout()).steps} == {s.RemoveLogin, s.Logout}
    paths = {"initiator_service", "initiator", "nics", "targets", "sessions", "logins", "disks"}
    assert parts_needed(gone()) == paths
    assert parts_needed(replace(gone(), paths=None, portals=True)) == {
        "initiator_service",
        "initiator",
        "nics",
        "portals",
    }


def test_steps_do_not_depend_on_the_order_of_what_was_read() -> None:
    truth = converged()
    truth.log_in(all_paths(truth)[0]).connected = False
    truth.logins.append(replace(truth.logins[0], port_number=None))
    plan = plan_of(truth, layout())
    truth.reordered = True
    assert plan_of(truth, layout()) == plan
