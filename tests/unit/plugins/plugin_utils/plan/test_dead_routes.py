# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NICs and target portals between which nothing answered."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Finding, Memory, Severity, Side
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    prepared,
    target_of,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, whole
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.views import (
    A,
    B,
    changed,
    drop_both,
    drop_session,
    no_targets,
    path,
    pending,
    plan_of,
    ready,
    waiting,
)

ROUTE = (path(0).nic, path(0).portal)
DEAD = Memory(dead=frozenset({ROUTE}))
LOGIN = s.Login(path(0).nic, path(0).portal, path(0).target, reason="")
SAID = Finding(Severity.PROBLEM, Side.NETWORK, "somewhere", "Windows has said why", one_path=True)


def about_route(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if "nothing answered there in this run" in finding.text]


@pytest.mark.parametrize("change", [drop_session, drop_both], ids=["stored", "not stored"])
def test_no_login_over_a_dead_route_and_one_finding_names_it(change: object) -> None:
    truth = changed(change)  # type: ignore[arg-type]
    plan = plan_of(truth, memory=DEAD)
    assert ready(plan) == []
    (finding,) = about_route(plan.findings)
    assert finding.where == f"target portal {path(0).portal} of eva01 from NIC {path(0).nic}"
    assert (finding.severity, finding.side, finding.one_path) == (Severity.PROBLEM, Side.NETWORK, True)


def test_what_failed_there_first_says_it_and_nothing_else_does() -> None:
    truth = changed(drop_both)
    truth.arrays[0].targets["iqn.2000-01.com.example:second"] = (path(0).portal,)
    truth.known_targets["iqn.2000-01.com.example:second"] = {path(0).portal}
    plan = plan_of(truth, memory=Memory(dead=frozenset({ROUTE}), failed={LOGIN: SAID}))
    assert ready(plan) == []
    assert plan.of(Severity.PROBLEM) == (SAID,)


def test_a_session_that_stands_there_is_left_alone() -> None:
    assert plan_of(converged(), memory=DEAD).steps == ()
    assert about_route(plan_of(converged(), memory=DEAD).findings) == []


def test_the_list_is_not_refreshed_for_it() -> None:
    truth = changed(no_targets, prepared)
    every = frozenset((one.nic, one.portal) for one in all_paths(truth))
    plan = plan_of(truth, memory=Memory(dead=every))
    assert (ready(plan), waiting(plan)) == ([], [])
    assert len(about_route(plan.findings)) == 4


def test_a_declared_target_that_may_be_behind_it_is_not_looked_for_again() -> None:
    truth = converged()
    wanted = [*(target_of(one.portal) for one in all_paths(truth)), "iqn.2000-01.com.example:gone"]
    assert ready(plan_of(truth, layout(targets=wanted))) == ["RefreshTargets"]
    plan = plan_of(truth, layout(targets=wanted), DEAD)
    assert ready(plan) == []
    assert [finding.where for finding in plan.of(Severity.PROBLEM)] == [f"target {wanted[-1]} of eva01"]


def test_the_next_path_is_the_one_until_multipath_is_in_effect() -> None:
    assert ready(plan_of(pending()))[:2] == [f"StoreLogin {A}", f"Login {A}"]
    assert ready(plan_of(pending(), memory=DEAD))[:2] == [f"StoreLogin {B}", f"Login {B}"]


def test_b_21_a_dead_portal_costs_one_wait_a_run_however_many_targets_it_has() -> None:
    truth = prepared()
    for number in range(3):
        name = f"iqn.2000-01.com.example:more{number}"
        truth.arrays[0].targets[name] = (path(0).portal,)
        truth.known_targets[name] = {path(0).portal}
    truth.down = {ROUTE}
    for _run in range(2):
        truth.dead_waits.clear()
        outcome = converge(FakeMachine(truth), whole())
        assert truth.dead_waits == {ROUTE: 1}
        said = [finding for finding in outcome.failures if str(path(0).portal) in str(finding)]
        assert said
        assert len({session.path for session in truth.sessions}) == 3


def test_a_portal_on_a_fresh_host_is_waited_for_once() -> None:
    truth = Truth(**vars(prepared()))
    truth.discovery.clear()
    truth.known_targets.clear()
    truth.down = {ROUTE}
    outcome = converge(FakeMachine(truth), whole())
    assert truth.dead_waits == {ROUTE: 1}
    assert len({finding.where for finding in outcome.failures if finding.side is Side.NETWORK}) == 1
