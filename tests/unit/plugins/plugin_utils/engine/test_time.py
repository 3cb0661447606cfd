# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the time of a run goes, and what is never waited for a second time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Answer, Interrupted, Limits
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import WantedPaths
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import Phase
from ansible_collections.eva.mpio.plugins.plugin_utils._result import result_of
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.effects import DEADLINE
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    fresh,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, whole


def silent(truth: Truth, number: int) -> None:
    """Interrupt the way of one path."""
    path = all_paths(truth)[number]
    truth.down.add((path.nic, path.portal))


class SlowMachine(FakeMachine):
    """Takes a quarter of a second for each reading, and half a minute for a restart."""

    def read(self, parts, previous=None):  # type: ignore[no-untyped-def]
        self.truth.clock += 0.25
        return super().read(parts, previous)

    def restart(self, host):  # type: ignore[no-untyped-def]
        self.truth.clock += 30
        super().restart(host)


def test_each_phase_has_its_time() -> None:
    truth = fresh(device_delay=3.0)
    machine = SlowMachine(truth)
    before = truth.clock
    outcome = converge(machine, whole())
    # With the wait for the devices that come back.
    assert 30 < outcome.timings[Phase.RESTART] < 35
    # Four sessions one after the other, each waited for until its devices are there.
    assert outcome.timings[Phase.CONNECT] >= 12
    assert outcome.timings[Phase.READ] >= 0.25
    assert sum(outcome.timings.values()) == pytest.approx(truth.clock - before)


def test_a_result_tells_the_phases_that_took_time() -> None:
    truth = converged()
    machine = SlowMachine(truth)
    desired = whole()
    result = result_of(desired, converge(machine, desired), machine.command, check_mode=False)
    assert result["timings"] == {"read": 0.2}
    quick = FakeMachine(converged())
    assert result_of(desired, converge(quick, desired), quick.command, check_mode=False)["timings"] == {}


def test_time_is_counted_also_where_the_run_is_cut() -> None:
    machine = SlowMachine(prepared(device_delay=3.0))
    machine.cut_at = 12
    with pytest.raises(Interrupted, match="was lost") as caught:
        converge(machine, whole())
    assert caught.value.outcome.timings[Phase.READ] > 0


def test_progress_says_what_is_waited_for() -> None:
    told: list[str] = []
    converge(FakeMachine(prepared(device_delay=3.0)), whole(), progress=told.append)
    waits = [text for text in told if text.startswith("waiting")]
    assert waits == ["waiting up to 15 seconds for sessions and their disks"] * 4


def test_progress_says_what_is_tried_again() -> None:
    truth = converged()
    truth.sessions.pop()
    machine = FakeMachine(truth)
    machine.failing = {s.Login: [Answer("busy", retry=True)]}
    told: list[str] = []
    converge(machine, whole(), progress=told.append)
    assert [text for text in told if text.startswith("trying again")] == [
        f"trying again: {machine.performed[0].summary}: busy"
    ]


def test_a_dead_portal_costs_one_deadline_from_nothing_to_the_end() -> None:
    truth = fresh()
    silent(truth, 3)
    machine = FakeMachine(truth)
    outcome = converge(machine, whole(paths=WantedPaths(3), reboot_allowed=False))
    assert sum(truth.dead_waits.values()) == 1
    assert outcome.timings[Phase.DISCOVER] == DEADLINE
    assert not [step for step in machine.performed if isinstance(step, s.RefreshTargets)]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_dead_path_is_tried_once(number: int) -> None:
    truth = converged()
    silent(truth, number)
    lost = all_paths(truth)[number]
    truth.sessions = [session for session in truth.sessions if session.path != lost]
    outcome = converge(FakeMachine(truth), whole(paths=WantedPaths(3)))
    assert sum(truth.dead_waits.values()) == 1
    assert outcome.timings[Phase.CONNECT] == DEADLINE
    assert [finding.one_path for finding in outcome.failures] == [True]


def test_after_a_restart_a_dead_portal_may_answer() -> None:
    truth = fresh()
    silent(truth, 3)
    boot = truth.boot

    def comes_up_with_its_network() -> None:
        truth.down.clear()
        boot()

    truth.boot = comes_up_with_its_network  # type: ignore[method-assign]
    outcome = converge(FakeMachine(truth), whole())
    assert (outcome.state, len(truth.sessions)) == ("converged", 4)


# ---- disks that Windows has not noticed


def test_a_lun_that_came_meanwhile_is_looked_for_and_is_no_change() -> None:
    truth = converged()
    truth.unnoticed = {truth.arrays[0].luns[1].wwn}
    where = layout()
    desired = whole(replace(where, arrays=(replace(where.arrays[0], minimum_luns=2),)))
    machine = FakeMachine(truth)
    result = result_of(desired, converge(machine, desired), machine.command, check_mode=False)
    assert [type(step) for step in machine.performed] == [s.RescanDisks]
    assert (result["state"], result["changed"], machine.pauses) == ("converged", False, [])


def test_a_lun_that_does_not_come_is_looked_for_once_and_not_for_long() -> None:
    where = layout()
    desired = whole(replace(where, arrays=(replace(where.arrays[0], minimum_luns=3),)))
    machine = FakeMachine(converged())
    outcome = converge(machine, desired, limits=Limits(rescan=3.0))
    assert [type(step) for step in machine.performed] == [s.RescanDisks]
    assert machine.pauses == [1.0] * 3
    result = result_of(desired, outcome, machine.command, check_mode=False)
    assert (result["failed"], result["changed"]) == (True, False)


@pytest.mark.parametrize(("devices", "seconds"), [(15.0, 18), (0.0, 3)])
def test_a_host_that_is_shown_no_lun_waits_as_guide_fleet_cost_says(devices: float, seconds: int) -> None:
    truth = prepared()
    for lun in truth.arrays[0].luns:
        lun.presented = False
    converge(FakeMachine(truth), whole())
    machine = FakeMachine(truth)
    outcome = converge(machine, whole(), limits=Limits(devices=devices))
    assert (outcome.state, sum(machine.pauses)) == ("waiting_for_presentation", seconds)


def test_check_mode_announces_no_change_where_only_disks_are_looked_for() -> None:
    where = layout()
    desired = whole(replace(where, arrays=(replace(where.arrays[0], minimum_luns=3),)))
    machine = FakeMachine(converged())
    outcome = converge(machine, desired, check_mode=True)
    assert result_of(desired, outcome, machine.command, check_mode=True)["changed"] is False
