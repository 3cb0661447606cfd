# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several sessions on each path."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, WantedPaths
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Memory, Plan, Severity
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    fresh,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, whole
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.views import (
    FAILED,
    path,
    pending,
)

TWO = WantedPaths(sessions_per_path=2)
THREE = WantedPaths(sessions_per_path=3)


def plan_of(truth: Truth, paths: WantedPaths = TWO, memory: Memory | None = None) -> Plan:
    return plan_host(Desired(layout=layout(), paths=paths), truth.host(), memory)


def numbers(plan: Plan, kind: type[s.PathStep], number: int = 0) -> list[tuple[int, str | None]]:
    """The numbers of the steps of this kind on one path, and what they wait for."""
    return [
        (item.step.number, item.after)
        for item in plan.steps
        if isinstance(item.step, s.PathStep) and isinstance(item.step, kind) and item.step.path == path(number)
    ]


@pytest.mark.parametrize(("paths", "missing"), [(TWO, [2]), (THREE, [2, 3])], ids=["two", "three"])
def test_as_many_are_made_as_are_missing(paths: WantedPaths, missing: list[int]) -> None:
    plan = plan_of(converged(), paths)
    for one in range(4):
        assert numbers(plan, s.Login, one) == [(number, None) for number in missing]
        assert numbers(plan, s.StoreLogin, one) == [(number, None) for number in missing]


def test_a_half_that_has_enough_is_left_alone() -> None:
    truth = converged()
    for one in all_paths(truth)[1:]:
        truth.log_in(one)
        truth.logins.append(stored(truth, one))
    plan = plan_of(truth)
    steps = [step for step in plan.ready if isinstance(step, s.PathStep)]
    assert [(type(step), step.path, step.number) for step in steps] == [
        (s.Login, path(0), 2),
        (s.StoreLogin, path(0), 2),
    ]


def test_more_than_enough_is_left_alone() -> None:
    truth = converged()
    for one in all_paths(truth):
        for _again in range(2):
            truth.log_in(one)
            truth.logins.append(stored(truth, one))
    assert plan_of(truth).steps == ()


def test_one_session_until_multipath_is_in_effect() -> None:
    plan = plan_of(pending())
    assert numbers(plan, s.Login)[0] == (1, None)
    assert numbers(plan, s.StoreLogin)[0] == (1, None)
    rest = [item for item in plan.steps if isinstance(item.step, s.PathStep) and item.step not in plan.ready]
    assert rest
    assert all(item.after is not None and "multipath is in effect" in item.after for item in rest if not item.fallback)


def test_the_second_of_the_one_path_waits_too() -> None:
    plan = plan_of(pending(0, stores=[0]))
    assert [step for step in plan.ready if isinstance(step, s.PathStep)] == []
    assert [number for number, after in numbers(plan, s.Login) if "multipath is in effect" in str(after)] == [2]


def test_a_fresh_host_gets_them_all_as_announced_and_a_second_run_is_empty() -> None:
    truth, wish = fresh(), whole(paths=TWO)
    announced = converge(FakeMachine(truth), wish, check_mode=True).announced
    machine = FakeMachine(truth)
    assert converge(machine, wish).state == "converged"
    assert sorted(str(session.path) for session in truth.sessions) == sorted([str(one) for one in all_paths(truth)] * 2)
    assert sorted(map(str, truth.logins)) == sorted([str(stored(truth, one)) for one in all_paths(truth)] * 2)
    steps = [step for step in machine.performed if isinstance(step, s.PathStep)]
    assert [step for step in steps if not any(s.covers(item.step, step) for item in announced.steps)] == []
    again = FakeMachine(truth)
    converge(again, wish)
    assert again.performed == []


def test_a_wrong_one_of_several_is_replaced_and_the_others_stay() -> None:
    truth = converged()
    for one in all_paths(truth):
        truth.log_in(one)
        truth.logins.append(stored(truth, one))
    truth.logins[0] = replace(truth.logins[0], multipath=False)
    (step,) = plan_of(truth).ready
    assert isinstance(step, s.ReplaceLogin)
    assert (step.path, step.wrong) == (path(0), truth.logins[0])


def test_what_windows_merges_is_said_and_not_fought() -> None:
    truth = converged()
    for one in all_paths(truth):
        truth.log_in(one)
    steps = [s.StoreLogin(one.nic, one.portal, one.target, number=2, reason="") for one in all_paths(truth)]
    plan = plan_of(truth, memory=Memory(failed=dict.fromkeys(steps, FAILED)))
    assert plan.ready == ()
    said = [finding for finding in plan.findings if "Windows keeps 1 of 2 equal ones" in finding.text]
    assert [finding.severity for finding in said] == [Severity.NOTE] * 4
    assert plan.of(Severity.PROBLEM) == ()


def test_no_more_is_stored_than_works() -> None:
    truth = converged()
    step = s.Login(path(0).nic, path(0).portal, path(0).target, number=2, reason="")
    plan = plan_of(truth, memory=Memory(failed={step: FAILED}))
    assert numbers(plan, s.StoreLogin) == []
    assert numbers(plan, s.StoreLogin, 1) == [(2, None)]


def test_rotation_of_several() -> None:
    old, new = Chap("host1", "oldsecret1234"), Chap("host1", "newsecret1234")
    truth = converged()
    truth.sessions.clear()
    truth.logins.clear()
    for one in all_paths(truth) * 2:
        truth.log_in(one, old)
        truth.store(stored(truth, one, old), old)
    truth.arrays[0].secret = new.secret
    wish = whole(layout(chap=new), paths=TWO, renew_secrets=True)
    machine = FakeMachine(truth)
    assert converge(machine, wish).state == "converged"
    assert len(truth.sessions) == len(truth.logins) == 8
    assert {session.chap for session in truth.sessions} == {new}
    assert {truth.secret_of(login) for login in truth.logins} == {new.secret}
    kinds = [type(step).__name__ for step in machine.performed if isinstance(step, (s.PathStep, s.Logout))]
    assert kinds == ["Login", "Login", "RenewLogin", "Logout", "Logout"] * 4
