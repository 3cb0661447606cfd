# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs of the loop against a fake host: what it reaches, what it never does on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Policy
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Interrupted, Outcome
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, LunPolicy, WantedPolicies
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import HostWentAway
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    bare_2003,
    converged,
    fresh,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.laws import Laws, shortcomings
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import (
    SERVER_2003,
    Truth,
    snapshot,
    stored,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import whole


def without_claim() -> Truth:
    truth = prepared()
    truth.claims, truth.loaded_claims = [], []
    return truth


def with_one_path() -> Truth:
    truth = prepared()
    path = all_paths(truth)[0]
    truth.log_in(path)
    truth.logins.append(stored(truth, path))
    return truth


def stored_only() -> Truth:
    truth = converged(down={(path.nic, path.portal) for path in all_paths(fresh())})
    truth.sessions, truth.down = [], set()
    return truth


def live_only() -> Truth:
    truth = converged()
    truth.logins = []
    return truth


def wrong_logins() -> Truth:
    truth = converged()
    truth.logins = [stored(truth, path, multipath=False) for path in all_paths(truth)]
    return truth


def one_here_one_there() -> Truth:
    """One path is live, another is stored: what a failed login can leave behind."""
    truth = fresh()
    truth.start_mode, truth.running = "Auto", True
    for path in all_paths(truth):
        truth.discovery.append((path.portal, path.nic))
        truth.discover(path.portal, path.nic)
    first, second, *_rest = all_paths(truth)
    truth.log_in(first)
    truth.logins.append(stored(truth, second))
    return truth


def unstored_2003() -> Truth:
    """The initiator is there with one session that nothing brings back, and MPIO is missing."""
    truth = live_only()
    truth.traits, truth.feature = SERVER_2003, "absent"
    del truth.sessions[1:]
    return truth


STARTS: dict[str, Callable[[], Truth]] = {
    "fresh": fresh,
    "nothing-needs-a-restart": lambda: fresh(feature_needs_reboot=False, claim_needs_reboot=False),
    "claim-only-after-restart": lambda: fresh(claim_works_before_reboot=False),
    "stale-discovery": lambda: fresh(stale_discovery=True),
    "stored-logs-in": lambda: fresh(store_logs_in=True),
    "late-devices": lambda: fresh(device_delay=3.0, session_delay=4.0),
    "read-back-to-front": lambda: fresh(reordered=True),
    "M-02-claim-absent": without_claim,
    "one-path": with_one_path,
    "F-22-stored-only": stored_only,
    "F-04-live-only": live_only,
    "stored-wrong": wrong_logins,
    "one-here-one-there": one_here_one_there,
    "prepared": prepared,
    "2003-bare": bare_2003,
    "2003-initiator-stays-stopped": lambda: bare_2003(package_starts=False, store_logs_in=True),
    "2003-without-mpio": lambda: fresh(traits=SERVER_2003, session_delay=2.0),
    "2003-without-mpio-and-unstored": unstored_2003,
    "2003-nothing-needs-a-restart": lambda: bare_2003(feature_needs_reboot=False),
}
each_start = pytest.mark.parametrize("make", STARTS.values(), ids=STARTS.keys())


def run(truth: Truth, desired: Desired | None = None) -> tuple[Outcome, FakeMachine]:
    """Run to the end and hold every step against the laws."""
    laws = Laws(desired is None or desired.reboot_allowed)
    machine = FakeMachine(truth, laws.watch)
    outcome = converge(machine, desired or whole())
    assert laws.breaches == []
    return outcome, machine


@each_start
def test_a_host_converges_in_one_run(make: Callable[[], Truth]) -> None:
    truth = make()
    outcome, _machine = run(truth)
    assert outcome.failures == ()
    assert outcome.state == "converged"
    assert shortcomings(truth) == []
    assert outcome.rebooted == bool(truth.boots)
    assert truth.boots <= 2


@each_start
def test_a_second_run_does_nothing(make: Callable[[], Truth]) -> None:
    truth = make()
    run(truth)
    before = snapshot(truth)
    outcome, machine = run(truth)
    assert machine.performed == []
    assert outcome.taken == ()
    assert outcome.announced.steps == ()
    assert snapshot(truth) == before


@each_start
def test_check_mode_changes_nothing_and_announces_every_step(make: Callable[[], Truth]) -> None:
    truth = make()
    before = snapshot(truth)
    machine = FakeMachine(truth)
    announced = converge(machine, whole(), check_mode=True)
    assert machine.performed == []
    assert snapshot(truth) == before
    assert announced.taken == ()
    outcome, _machine = run(truth)
    promised = [item.step for item in announced.announced.steps]
    assert [
        taken.step.summary for taken in outcome.taken if not any(s.covers(step, taken.step) for step in promised)
    ] == []


@each_start
def test_a_run_that_was_cut_anywhere_is_finished_by_the_next(make: Callable[[], Truth]) -> None:
    whole_run = FakeMachine(make())
    converge(whole_run, whole())
    assert whole_run.moments > 3
    for moment in range(1, whole_run.moments + 1):
        truth, laws = make(), Laws()
        machine = FakeMachine(truth, laws.watch)
        machine.cut_at = moment
        with pytest.raises((Interrupted, HostWentAway), match="was lost at moment") as caught:
            converge(machine, whole())
        assert isinstance(caught.value, Interrupted) or not machine.performed
        truth.rest()  # nobody starts the next run in the same second
        outcome = converge(FakeMachine(truth, laws.watch), whole())
        assert (moment, laws.breaches, outcome.failures) == (moment, [], ())
        assert (moment, outcome.state, shortcomings(truth)) == (moment, "converged", [])


def test_a_cut_run_says_what_it_had_done() -> None:
    machine = FakeMachine(fresh())
    machine.cut_at = 10
    with pytest.raises(Interrupted) as caught:
        converge(machine, whole())
    outcome = caught.value.outcome
    assert [taken.step for taken in outcome.taken] == machine.performed
    assert [type(step) for step in machine.performed] == [s.SetServiceStart, s.StartService, s.EnableFeature]
    assert outcome.before.initiator_service != outcome.after.initiator_service


@pytest.mark.parametrize("make", [fresh, without_claim], ids=["M-01", "M-02"])
def test_without_leave_to_restart_it_ends_with_one_path(make: Callable[[], Truth]) -> None:
    truth = make()
    outcome, _machine = run(truth, whole(reboot_allowed=False))
    assert outcome.state == "reboot_required"
    assert outcome.failures == ()
    assert (truth.boots, len(truth.sessions), len(truth.logins)) == (0, 1, 1)
    waits = {item.after for item in outcome.plan.steps if isinstance(item.step, s.Reboot)}
    assert waits == {"it is allowed (reboot: true of eva.mpio.host), if Windows needs it"}
    again, machine = run(truth, whole(reboot_allowed=False))
    assert machine.performed == []
    assert again.state == "reboot_required"
    truth.boot()
    last, _machine = run(truth, whole(reboot_allowed=False))
    assert (last.state, shortcomings(truth)) == ("converged", [])


def test_an_array_that_presents_nothing_ends_waiting_and_goes_on_next_time() -> None:
    truth = prepared()
    for lun in truth.arrays[0].luns:
        lun.presented = False
    outcome, _machine = run(truth)
    assert outcome.state == "waiting_for_presentation"
    assert outcome.failures == ()
    assert [waiting.node_name for waiting in outcome.plan.waiting] == [truth.node_name]
    assert (len(truth.sessions), len(truth.logins)) == (1, 1)
    for lun in truth.arrays[0].luns:
        lun.presented = True
    outcome, _machine = run(truth)
    assert (outcome.state, shortcomings(truth)) == ("converged", [])


def test_late_devices_are_awaited_as_a_fact() -> None:
    truth = prepared(device_delay=3.0)
    outcome, machine = run(truth)
    assert outcome.state == "converged"
    # Four sessions, three seconds each, asked once a second; nothing is waited for once the devices are there.
    assert machine.pauses == [1.0] * 12


def test_t_12_nothing_is_waited_for_on_a_fast_host() -> None:
    _outcome, machine = run(prepared())
    assert machine.pauses == []


def test_a_dead_stored_path_does_not_slow_every_login_down() -> None:
    truth = prepared()
    dead = all_paths(truth)[0]
    truth.logins.append(stored(truth, dead))
    truth.down.add((dead.nic, dead.portal))
    outcome, machine = run(truth)
    assert machine.pauses == []
    assert [finding.one_path for finding in outcome.failures] == [True]
    assert len(truth.sessions) == 3


def test_policies_are_set_for_each_lun_that_appears() -> None:
    truth = fresh()
    run(truth, whole(policies=WantedPolicies(LunPolicy(Policy.FAILOVER_ONLY))))
    assert set(truth.policies.values()) == {Policy.FAILOVER_ONLY}
    assert set(truth.policies) == {lun.wwn for lun in truth.arrays[0].luns}


def test_progress_tells_each_step_before_it_is_taken() -> None:
    told: list[str] = []
    outcome = converge(FakeMachine(fresh()), whole(), progress=told.append)
    assert told == [taken.step.summary for taken in outcome.taken]


def test_only_what_a_step_changes_is_read_again() -> None:
    truth = prepared()
    machine = FakeMachine(truth)
    converge(machine, whole())
    assert machine.reads[0] >= {"nics", "sessions", "logins", "disks"}
    assert all("nics" not in parts and "claims" not in parts for parts in machine.reads[1:])
