# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs in which something does not work: what is said of it, and what is left alone."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Host, Known, Policy, TargetPortal
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Answer, Interrupted, Limits
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Mesh
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity, Side
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    fresh,
    portal,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.laws import shortcomings
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.watched import machine_of, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, whole


def cut(truth: Truth, nic_number: int, *addresses: str) -> None:
    """Interrupt the way from a NIC to portals."""
    truth.down |= {(truth.interfaces[nic_number].ip, portal(one)) for one in addresses}


def test_a_session_from_the_wrong_nic_is_logged_out_and_the_run_stops() -> None:
    truth = prepared()
    first, second = (interface.ip for interface in truth.interfaces)
    truth.misplaced = {first: second}
    machine, laws = machine_of(truth)
    outcome = converge(machine, whole())
    assert [type(step) for step in machine.performed] == [s.StoreLogin, s.Login, s.Logout, s.ForgetLogin]
    assert (truth.sessions, truth.logins) == ([], [])
    assert laws.breaches == []
    (refusal,) = outcome.plan.of(Severity.REFUSAL)
    assert f"made the session from {second}; it was logged out again" in refusal.text
    assert outcome.state == "incomplete"
    assert [taken.step.reason for taken in outcome.taken][2] == f"it left from {second} instead of {first}"


def test_it_does_not_claim_a_logout_that_did_not_happen() -> None:
    truth = prepared()
    first, second = (interface.ip for interface in truth.interfaces)
    truth.misplaced = {first: second}
    machine, _laws = machine_of(truth)
    machine.failing = {s.Logout: []}
    outcome = converge(machine, whole())
    assert len(truth.sessions) == 1
    (refusal,) = outcome.plan.of(Severity.REFUSAL)
    assert f"it could not be logged out again: log session {truth.sessions[0].id} out" in refusal.text


def test_a_session_that_windows_makes_meanwhile_is_no_misplaced_one() -> None:
    """Both NICs reach the portal; the stored login of the other NIC comes up in the moment of our login."""
    nics = ("10.10.1.11/24", "10.10.1.12/24")
    truth = prepared(nics=nics, portals=("10.10.1.21",))
    ours, other = all_paths(truth)
    truth.logins.append(stored(truth, other))

    def watch(step: s.Step, now: Truth) -> object:
        if isinstance(step, s.Login) and step.path == ours:
            now.coming.append((now.clock, now.logins[0]))
            now.down.add((ours.nic, ours.portal))
            return now.down.clear
        return lambda: None

    # The login of our own path fails, so that only the foreign session is new.
    machine = FakeMachine(truth, watch)  # type: ignore[arg-type]
    outcome = converge(machine, whole(layout(("10.10.1.11", "10.10.1.12"), ("10.10.1.21",))))
    assert not [step for step in machine.performed if isinstance(step, s.Logout)]
    assert other in [session.path for session in truth.sessions]
    assert outcome.plan.of(Severity.REFUSAL) == ()


@pytest.mark.parametrize(
    ("answers", "performed"),
    [
        pytest.param([Answer("busy", retry=True)], 2, id="T-01-once"),
        pytest.param([Answer("busy", retry=True)] * 2, 3, id="T-01-twice"),
    ],
)
def test_what_may_work_a_moment_later_is_tried_again(answers: list[Answer], performed: int) -> None:
    truth = converged()
    truth.sessions.pop()
    machine, _laws = machine_of(truth)
    machine.failing = {s.Login: answers}
    outcome = converge(machine, whole())
    assert outcome.state == "converged"
    assert len([step for step in machine.performed if isinstance(step, s.Login)]) == performed
    assert machine.pauses == [1.0] * (performed - 1)


def test_it_does_not_try_for_ever() -> None:
    truth = converged()
    truth.sessions.pop()
    machine, _laws = machine_of(truth)
    machine.failing = {s.Login: [Answer("session busy", Side.ARRAY, retry=True)] * 9}
    outcome = converge(machine, whole())
    assert len(machine.performed) == 3
    (problem,) = outcome.failures
    assert (problem.side, problem.one_path) == (Side.ARRAY, True)
    assert "session busy" in problem.text


def test_s_12_an_answer_that_complains_is_no_verdict() -> None:
    """The login "fails" with "already logged in" and the path is there when read again."""
    truth = converged()
    lost = truth.sessions.pop()

    def watch(step: s.Step, now: Truth) -> object:
        if isinstance(step, s.Login):
            now.log_in(lost.path)
        return lambda: None

    machine = FakeMachine(truth, watch)  # type: ignore[arg-type]
    outcome = converge(machine, whole())
    assert outcome.failures == ()
    assert outcome.state == "converged"


def test_s_13_an_answer_without_the_path_is_a_failure_that_names_both() -> None:
    truth = converged()
    truth.sessions.pop()
    machine, _laws = machine_of(truth)
    machine.failing = {s.Login: [Answer("0xEFFF003F: already logged in")] * 3}
    (problem,) = converge(machine, whole()).failures
    assert problem.where.startswith("session 10.10.2.11 -> 10.10.2.22:3260")
    assert problem.text == "log in: 0xEFFF003F: already logged in"


def test_a_step_without_effect_and_without_a_word_is_named() -> None:
    truth = prepared()
    truth.start_mode = "Manual"
    machine, _laws = machine_of(truth)
    machine.failing = {s.SetServiceStart: [Answer()] * 2}
    outcome = converge(machine, whole())
    assert "start automatically: the state read afterwards is as before, and Windows gave no reason" in texts(outcome)
    assert outcome.state == "incomplete"
    assert len([step for step in machine.performed if isinstance(step, s.SetServiceStart)]) == 1


def test_what_something_else_undoes_again_and_again_ends() -> None:
    """Each policy that is set drives the other LUN's away, as a management agent might."""
    truth = converged()
    one, other = (lun.wwn for lun in truth.arrays[0].luns)
    truth.policies = {one: Policy.FAILOVER_ONLY}

    def watch(step: s.Step, now: Truth) -> object:
        def undo() -> None:
            if isinstance(step, s.SetPolicy):
                now.policies[other if step.wwn == one else one] = Policy.FAILOVER_ONLY

        return undo

    machine = FakeMachine(truth, watch)  # type: ignore[arg-type]
    outcome = converge(machine, whole())
    assert len(machine.performed) <= 6
    assert "does not stay: something else on this host undoes it" in texts(outcome)


def test_next_path_after_a_failed_login_until_multipath_is_in_effect() -> None:
    truth = fresh()
    cut(truth, 0, "10.10.1.21")
    truth.known_targets = {path.target: {path.portal} for path in all_paths(truth)}
    truth.discovery = [(path.portal, path.nic) for path in all_paths(truth)]
    machine, laws = machine_of(truth)
    outcome = converge(machine, whole(reboot_allowed=False))
    tried = [step.portal for step in machine.performed if isinstance(step, s.Login)]
    assert tried == [portal("10.10.1.21"), portal("10.10.2.21")]
    assert [session.path.portal for session in truth.sessions] == [portal("10.10.2.21")]
    assert [login.portal for login in truth.logins] == [portal("10.10.2.21")]
    assert (outcome.state, laws.breaches) == ("reboot_required", [])


def test_the_stored_login_moves_to_the_path_that_works_and_the_host_may_restart() -> None:
    truth = fresh()
    machine, laws = machine_of(truth)
    converge(machine, whole(reboot_allowed=False))
    truth.sessions.clear()
    cut(truth, 0, "10.10.1.21")
    outcome = converge(machine, whole())
    moved = [step for step in machine.performed if isinstance(step, s.ReplaceLogin)]
    assert [(step.wrong.portal, step.portal) for step in moved if step.wrong] == [
        (portal("10.10.1.21"), portal("10.10.2.21"))
    ]
    assert laws.breaches == []
    assert (len(truth.sessions), truth.boots) == (3, 1)
    assert {finding.one_path for finding in outcome.failures} == {True}
    truth.down.clear()
    outcome = converge(machine, whole())
    assert (outcome.state, shortcomings(truth)) == ("converged", [])


@pytest.mark.parametrize("dead", [1, 2, 3, 4], ids=["B-16-B-21-one", "two", "three", "B-18-all"])
def test_paths_that_fail_leave_the_others_alone(dead: int) -> None:
    truth = converged()
    truth.sessions, truth.logins = [], []
    for path in all_paths(truth)[:dead]:
        truth.down.add((path.nic, path.portal))
    machine, laws = machine_of(truth)
    outcome = converge(machine, whole())
    assert len(truth.sessions) == len(truth.logins) == 4 - dead
    assert len([step for step in machine.performed if isinstance(step, s.Login)]) == 4
    assert len(outcome.failures) == dead
    assert all(finding.side is Side.NETWORK and finding.one_path for finding in outcome.failures)
    assert laws.breaches == []


def test_targets_are_asked_for_once_and_then_the_network_is_named() -> None:
    """V-02: one deep refresh, one retry, then "not presented"."""
    truth = prepared()
    truth.known_targets.clear()
    truth.arrays[0].targets.clear()
    machine, _laws = machine_of(truth)
    outcome = converge(machine, whole())
    assert [type(step) for step in machine.performed] == [s.RefreshTargets]
    assert {finding.side for finding in outcome.failures} == {Side.NETWORK}
    assert len(outcome.failures) == 4
    assert outcome.state == "incomplete"


def test_a_restart_that_does_not_help_is_made_once() -> None:
    truth = converged()
    for session in truth.sessions:
        session.outside = {lun.wwn for lun in truth.arrays[0].luns}
    machine, laws = machine_of(truth)

    def stubborn() -> None:
        Truth.boot(truth)
        for session in truth.sessions:
            session.outside = {lun.wwn for lun in truth.arrays[0].luns}

    truth.boot = stubborn  # type: ignore[method-assign]
    # Before the claim of this run nothing was in MPIO.
    truth.claims = []
    outcome = converge(machine, whole(), limits=Limits(devices=2))
    assert truth.boots == 1
    assert outcome.state == "reboot_required"
    assert "Windows was restarted and still needs a restart" in texts(outcome)
    # Another run does not restart again: it claims nothing, so it cannot help.
    outcome = converge(machine, whole(), limits=Limits(devices=2))
    assert truth.boots == 1
    assert "run eva.mpio.reboot once" in texts(outcome)
    assert laws.breaches == []


def test_a_disk_that_is_just_arriving_is_no_reason_to_restart() -> None:
    """Windows waits for a restart of its own; the LUN is outside MPIO for a moment only."""
    truth = converged(portals=["10.10.1.21"], luns=1)
    outside = {truth.arrays[0].luns[0].wwn}
    truth.sessions[0].outside = set(outside)
    machine, _laws = machine_of(truth)
    read = truth.host

    def joins_when_read_again(*arguments: t.Any) -> Host:
        host = replace(read(*arguments), pending_reboot=Known(("updates wait",)))
        truth.sessions[0].outside.clear()
        return host

    truth.host = joins_when_read_again  # type: ignore[method-assign]
    outcome = converge(machine, whole(layout(portals=["10.10.1.21"])))
    assert (truth.boots, outcome.state) == (0, "converged")


def test_targets_are_asked_for_again_after_the_restart() -> None:
    truth = fresh(stale_discovery=True)
    machine, laws = machine_of(truth)
    boot = truth.boot

    def forgetful() -> None:
        boot()
        truth.known_targets.clear()

    truth.boot = forgetful  # type: ignore[method-assign]
    outcome = converge(machine, whole())
    assert [type(step) for step in machine.performed].count(s.RefreshTargets) == 2
    assert (outcome.state, laws.breaches) == ("converged", [])


def test_what_this_run_stored_for_a_path_that_does_not_work_is_removed() -> None:
    """The credentials may be what is wrong: they would be tried at every boot and never be stored anew."""
    truth = prepared(portals=["10.10.1.21"])
    cut(truth, 0, "10.10.1.21")
    machine, laws = machine_of(truth)
    outcome = converge(machine, whole(layout(portals=["10.10.1.21"])))
    assert [type(step) for step in machine.performed] == [s.StoreLogin, s.Login, s.ForgetLogin]
    assert (truth.logins, laws.breaches) == ([], [])
    assert [finding.one_path for finding in outcome.failures] == [True]


def test_what_was_stored_before_the_run_stays() -> None:
    truth = prepared(portals=["10.10.1.21"])
    truth.logins = [stored(truth, all_paths(truth)[0])]
    cut(truth, 0, "10.10.1.21")
    machine, _laws = machine_of(truth)
    converge(machine, whole(layout(portals=["10.10.1.21"])))
    assert [type(step) for step in machine.performed] == [s.Login]
    assert len(truth.logins) == 1


@pytest.mark.parametrize("at_once", [True, False])
def test_one_session_whether_or_not_storing_logs_in(at_once: bool) -> None:
    truth = fresh(store_logs_in=at_once)
    machine, laws = machine_of(truth)
    converge(machine, whole(reboot_allowed=False))
    assert (len(truth.sessions), len(truth.logins), laws.breaches) == (1, 1, [])
    logins = [step for step in machine.performed if isinstance(step, s.Login)]
    assert len(logins) == (0 if at_once else 1)


def test_devices_that_are_still_arriving_at_the_first_reading_are_awaited() -> None:
    truth = converged(device_delay=3.0)
    truth.boot()
    machine, _laws = machine_of(truth)
    outcome = converge(machine, whole())
    assert [type(taken.step) for taken in outcome.taken] == [s.RescanDisks]
    assert outcome.state == "converged"
    assert machine.pauses == [1.0] * 3


def test_a_host_that_does_not_answer_at_all_is_no_interrupted_run() -> None:
    machine, _laws = machine_of(fresh())
    machine.cut_at = 1
    with pytest.raises(Exception, match="moment 1") as caught:
        converge(machine, whole())
    assert not isinstance(caught.value, Interrupted)


@pytest.mark.parametrize("part", ["nics", "initiator", "sessions", "logins", "targets", "portals", "feature", "disks"])
def test_h_01_a_hidden_part_is_named_and_blocks(part: str) -> None:
    truth = prepared(hidden=frozenset({part}))
    machine, laws = machine_of(truth)
    outcome = converge(machine, whole())
    assert f"{part} cannot be read here" in texts(outcome)
    assert outcome.failures != ()
    assert truth.boots == 0
    assert laws.breaches == []
    if part in ("nics", "initiator", "sessions", "logins", "targets"):
        assert truth.sessions == truth.logins == []


def test_devices_are_awaited_no_longer_than_the_limit() -> None:
    truth = prepared(device_delay=100.0)
    machine, _laws = machine_of(truth)
    outcome = converge(machine, whole(), limits=Limits(devices=5, rescan=0, poll=0.5))
    assert machine.pauses == [0.5] * 10
    assert outcome.state == "waiting_for_presentation"


def test_full_mesh_from_two_nics_of_one_subnet() -> None:
    """D-24: two NICs declared for one target are two paths."""
    truth = prepared(nics=("10.10.1.11/24", "10.10.1.12/24"), portals=("10.10.1.21",))
    machine, laws = machine_of(truth)
    outcome = converge(machine, whole(layout(("10.10.1.11", "10.10.1.12"), ("10.10.1.21",), Mesh.FULL)))
    assert {session.path.nic for session in truth.sessions} == {one.ip for one in truth.interfaces}
    assert (outcome.state, laws.breaches) == ("converged", [])


def test_s_08_another_tcp_port_is_another_path() -> None:
    truth = converged(portals=("10.10.1.21:3261", "10.10.2.21"))
    path = all_paths(truth)[0]
    assert path.portal == TargetPortal(path.portal.address, 3261)
    machine, _laws = machine_of(truth)
    outcome = converge(machine, whole(layout(portals=("10.10.1.21:3261", "10.10.2.21"))))
    assert outcome.taken == ()
