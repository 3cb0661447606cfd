# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CHAP secrets that change: live and stored halves follow path by path, and nothing is lost on the way."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Answer, Interrupted
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, WantedPaths
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import HostWentAway
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    fresh,
    with_chap,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.laws import Laws, shortcomings
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.watched import machine_of, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, whole

OLD, NEW = Chap("host1", "arraysecret12"), Chap("host1", "arraysecret13")


def wish(chap: Chap = NEW, *, renew: bool = True, **other: t.Any) -> Desired:
    return whole(layout(chap=chap), renew_secrets=renew, **other)


def changed_on_the_array(copies: int = 1, **other: t.Any) -> Truth:
    """A host with every path, whose array has another secret since."""
    truth = with_chap(OLD, copies, **other)
    truth.arrays[0].secret = NEW.secret
    return truth


def kinds(machine: FakeMachine) -> list[str]:
    return [type(step).__name__ for step in machine.performed]


@pytest.mark.parametrize("at_once", [False, True], ids=["store-only", "store-logs-in"])
@pytest.mark.parametrize("tells", [True, False], ids=["told", "not-told"])
def test_a_new_secret_reaches_every_half(at_once: bool, tells: bool) -> None:
    truth = changed_on_the_array(store_logs_in=at_once, tells_credentials=tells)
    machine, laws = machine_of(truth)
    outcome = converge(machine, wish())
    assert (outcome.failures, outcome.state, laws.breaches) == ((), "converged", [])
    assert shortcomings(truth, NEW) == []
    assert set(truth.discovery_chap.values()) == {NEW}
    assert {chap.secret for chap in truth.discovery_chap.values()} == {NEW.secret}
    assert kinds(machine).count("RenewDiscoveryPortal") == kinds(machine).count("RenewLogin") == 4


def test_a_run_without_update_password_leaves_it_alone() -> None:
    truth = with_chap(OLD)
    machine, _laws = machine_of(truth)
    assert converge(machine, wish(OLD, renew=False)).taken == ()


def test_one_path_after_the_other() -> None:
    truth = changed_on_the_array()
    machine, laws = machine_of(truth)
    converge(machine, wish())
    steps = [step for step in machine.performed if isinstance(step, (s.Login, s.RenewLogin, s.Logout))]
    assert [type(step) for step in steps] == [s.Login, s.RenewLogin, s.Logout] * 4
    assert laws.breaches == []


def test_several_sessions_a_path_are_all_renewed() -> None:
    truth = changed_on_the_array(copies=2)
    laws = Laws(per_path=2)
    machine = FakeMachine(truth, laws.watch)
    outcome = converge(machine, wish(paths=WantedPaths(sessions_per_path=2)))
    assert (outcome.failures, laws.breaches) == ((), [])
    assert shortcomings(truth, NEW, 2) == []
    assert kinds(machine).count("RenewLogin") == 4


def test_a_secret_that_the_array_does_not_know_loses_nothing() -> None:
    truth = with_chap(OLD)
    before = [session.id for session in truth.sessions]
    machine, laws = machine_of(truth)
    outcome = converge(machine, wish())
    assert [session.id for session in truth.sessions] == before
    assert set(truth.aligned_secrets()) == {OLD.secret}
    assert kinds(machine).count("Login") == 1
    assert kinds(machine).count("RenewLogin") == kinds(machine).count("ForgetLogin") == 0
    assert laws.breaches == []
    assert "0xEFFF0009" in texts(outcome)
    assert outcome.failures != ()


def test_what_is_made_in_this_run_has_the_secret_of_today() -> None:
    truth = fresh()
    truth.arrays[0].secret = NEW.secret
    machine, laws = machine_of(truth)
    outcome = converge(machine, wish())
    assert (outcome.state, laws.breaches, shortcomings(truth, NEW)) == ("converged", [], [])
    assert not {"RenewLogin", "RenewDiscoveryPortal", "Logout"} & set(kinds(machine))


def test_a_stored_login_that_is_gone_after_its_renewal_is_stored_at_once() -> None:
    truth = changed_on_the_array()
    machine = FakeMachine(truth)
    machine.halfway = {s.RenewLogin}
    outcome = converge(machine, wish())
    first = next(n for n, step in enumerate(machine.performed) if isinstance(step, s.RenewLogin))
    renewal, after = machine.performed[first : first + 2]
    assert isinstance(renewal, s.RenewLogin)
    assert isinstance(after, s.StoreLogin)
    assert after.path == renewal.path
    assert (outcome.failures, shortcomings(truth, NEW)) == ((), [])


def test_a_stored_login_that_was_replaced_by_half_is_stored_at_once_and_never_forgotten() -> None:
    truth = converged()
    truth.arrays[0].secret = None
    path = all_paths(truth)[2]
    truth.sessions = [session for session in truth.sessions if session.path != path]
    truth.down.add((path.nic, path.portal))
    wrong = truth.logins[2]
    truth.logins[2] = type(wrong)(**{**vars(wrong), "multipath": False, "login_flags": 0})
    machine = FakeMachine(truth)
    machine.halfway = {s.ReplaceLogin}
    converge(machine, whole(paths=WantedPaths(3)))
    assert kinds(machine).count("ForgetLogin") == 0
    assert len(truth.logins) == 4
    assert shortcomings(truth) == [f"{path}: 0 live, 1 stored"]


def test_a_renewal_that_windows_refuses_is_named() -> None:
    truth = changed_on_the_array()
    machine, laws = machine_of(truth)
    machine.failing = {s.RenewLogin: [Answer("0xEFFF0041: not saved", refused=True)]}
    outcome = converge(machine, wish())
    assert "store again with the new secret: 0xEFFF0041: not saved" in texts(outcome)
    assert laws.breaches == []
    assert NEW.secret not in repr(outcome)


def test_what_may_work_a_moment_later_is_renewed_again() -> None:
    truth = changed_on_the_array()
    machine, _laws = machine_of(truth)
    machine.failing = {s.RenewLogin: [Answer("busy", retry=True, refused=True)]}
    outcome = converge(machine, wish())
    assert (outcome.failures, shortcomings(truth, NEW)) == ((), [])
    assert kinds(machine).count("RenewLogin") == 5


def test_a_discovery_portal_of_another_kind_is_renewed_and_judged_by_what_is_read() -> None:
    truth = with_chap(OLD)
    key = next(iter(truth.discovery_chap))
    truth.discovery_chap[key] = Chap("host1", OLD.secret, mutual=True)
    machine, _laws = machine_of(truth)
    machine.failing = {s.RenewDiscoveryPortal: [Answer()]}
    outcome = converge(machine, wish(OLD, renew=False))
    assert kinds(machine) == ["RenewDiscoveryPortal"]
    assert "the state read afterwards is as before" in texts(outcome)
    outcome = converge(machine, wish(OLD, renew=False))
    assert (outcome.state, truth.discovery_chap[key]) == ("converged", OLD)


def test_a_rotation_that_was_cut_anywhere_is_finished_by_the_next() -> None:
    ports = ("10.10.1.21", "10.10.2.21")
    desired = whole(layout(portals=ports, chap=NEW), renew_secrets=True, proof=False)
    whole_run = FakeMachine(changed_on_the_array(portals=ports, luns=1))
    converge(whole_run, desired)
    assert whole_run.moments > 20
    for moment in range(1, whole_run.moments + 1):
        truth, laws = changed_on_the_array(portals=ports, luns=1), Laws()
        machine = FakeMachine(truth, laws.watch)
        machine.cut_at = moment
        with pytest.raises((Interrupted, HostWentAway), match="was lost at moment"):
            converge(machine, desired)
        truth.rest()
        outcome = converge(FakeMachine(truth, laws.watch), desired)
        assert (moment, laws.breaches, outcome.failures) == (moment, [], ())
        assert (moment, shortcomings(truth, NEW)) == (moment, [])
        again = FakeMachine(truth, laws.watch)
        converge(again, replace(desired, renew_secrets=False))
        assert (moment, again.performed) == (moment, [])


def test_check_mode_announces_every_step_of_a_rotation() -> None:
    truth = changed_on_the_array()
    promised = [item.step for item in converge(FakeMachine(truth), wish(), check_mode=True).announced.steps]
    taken = converge(FakeMachine(truth), wish()).taken
    assert [one.step.summary for one in taken if not any(s.covers(step, one.step) for step in promised)] == []
