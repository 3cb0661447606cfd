# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs with a restart in them: its guards, what a cut run leaves to the next one, and the package of 2003."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Interrupted
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import WantedInitiator
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.guards import GUARDS
from ansible_collections.eva.mpio.plugins.plugin_utils._result import result_of
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    bare_2003,
    converged,
    fresh,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.laws import shortcomings
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.watched import machine_of, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import SETUP, whole


def unclaimed() -> Truth:
    truth = prepared()
    truth.claims, truth.loaded_claims = [], []
    return truth


STARTS: dict[str, Callable[[], Truth]] = {"2012": fresh, "claim": unclaimed, "2003": bare_2003}
each_start = pytest.mark.parametrize("make", STARTS.values(), ids=STARTS.keys())


def guards_read(machine: FakeMachine) -> list[frozenset[str]]:
    return [parts for parts in machine.reads if parts & GUARDS]


@each_start
def test_the_guards_are_asked_at_the_plan_and_right_before_the_restart(make: Callable[[], Truth]) -> None:
    truth = make()
    machine, laws = machine_of(truth)
    outcome = converge(machine, whole())
    assert (outcome.rebooted, laws.breaches, shortcomings(truth)) == (True, [], [])
    assert [parts & GUARDS for parts in guards_read(machine)] == [GUARDS, GUARDS]


def test_a_run_without_a_restart_asks_nobody() -> None:
    machine, _laws = machine_of(converged())
    converge(machine, whole())
    assert guards_read(machine) == []


@pytest.mark.parametrize("make", [fresh, unclaimed], ids=["2012", "claim"])
def test_people_keep_the_restart_off_and_the_rest_is_done(make: Callable[[], Truth]) -> None:
    truth = make()
    truth.users = ("FILES01\\anna",)
    machine, laws = machine_of(truth)
    outcome = converge(machine, whole())
    assert (truth.boots, laws.breaches, outcome.state) == (0, [], "reboot_required")
    assert "FILES01\\anna" in texts(outcome)
    assert len(truth.sessions) == len(truth.logins) == 1
    truth.users = ()
    machine, laws = machine_of(truth)
    again = converge(machine, whole())
    assert (truth.boots, laws.breaches, again.state, shortcomings(truth)) == (1, [], "converged", [])


def test_people_keep_the_package_off_too_because_it_may_restart_by_itself() -> None:
    truth = bare_2003(users=("FILES01\\anna",))
    machine, laws = machine_of(truth)
    outcome = converge(machine, whole())
    assert (truth.package_runs, truth.boots, laws.breaches, outcome.taken) == (0, 0, [], ())
    assert f"{SETUP.path} is not run, because these users have a desktop open" in texts(outcome)


def test_a_stored_login_that_somebody_removes_meanwhile_keeps_it_off() -> None:
    truth = prepared()
    path = all_paths(truth)[0]
    truth.log_in(path)
    truth.logins = [stored(truth, path)]
    truth.claims, truth.loaded_claims = [], []
    machine, _laws = machine_of(truth)
    watch = machine.watch

    def removed(step: s.Step, changed: Truth) -> Callable[[], None]:
        if isinstance(step, s.ClaimHardware):
            changed.logins = []
        return watch(step, changed)

    machine.watch = removed
    outcome = converge(machine, replace(whole(), paths=None))
    assert (truth.boots, outcome.state) == (0, "reboot_required")
    assert "these sessions show disks and have no stored login" in texts(outcome)


def test_somebody_who_logs_on_during_the_run_keeps_it_off_too() -> None:
    truth = unclaimed()
    machine, laws = machine_of(truth)
    watch = machine.watch

    def logs_on(step: s.Step, changed: Truth) -> Callable[[], None]:
        if isinstance(step, s.StoreLogin):
            changed.users = ("FILES01\\anna",)
        return watch(step, changed)

    machine.watch = logs_on
    outcome = converge(machine, whole())
    assert (truth.boots, laws.breaches, outcome.state) == (0, [], "reboot_required")
    assert "FILES01\\anna" in texts(outcome)


def test_check_mode_shows_the_refusal() -> None:
    truth = fresh(users=("FILES01\\anna",))
    outcome = converge(FakeMachine(truth), whole(), check_mode=True)
    assert "these users have a desktop open on this host: FILES01\\anna" in texts(outcome)
    described = result_of(whole(), outcome, lambda step, host: "", check_mode=True)
    assert described["failed"]
    assert "before" not in described


def test_what_only_a_guard_looks_at_is_described() -> None:
    outcome = converge(FakeMachine(fresh()), whole(), check_mode=True)
    assert result_of(whole(), outcome, lambda step, host: "", check_mode=True)["before"]["users"] == []


def test_accepted_people_do_not_keep_it_off() -> None:
    truth = fresh(users=("FILES01\\anna",))
    outcome = converge(FakeMachine(truth), whole(reboot_despite=frozenset({"users"})))
    assert (truth.boots, outcome.state) == (1, "converged")


def moments_of_the_restart(make: Callable[[], Truth]) -> range:
    """The moments from the last step before the restart to the first reading after it."""
    truth = make()
    machine = FakeMachine(truth)
    begin: list[int] = []
    machine.watch = lambda step, changed: (
        (begin.append(machine.moments) if isinstance(step, s.Reboot) else None) or (lambda: None)
    )
    converge(machine, whole())
    assert len(begin) == 1
    return range(begin[0] - 3, begin[0] + 4)


@each_start
def test_a_run_that_is_cut_around_its_restart_is_finished_with_one(make: Callable[[], Truth]) -> None:
    for moment in moments_of_the_restart(make):
        truth = make()
        machine, laws = machine_of(truth)
        machine.cut_at = moment
        with pytest.raises(Interrupted):
            converge(machine, whole())
        truth.rest()
        machine, again = machine_of(truth)
        outcome = converge(machine, whole())
        assert (moment, laws.breaches + again.breaches, outcome.failures) == (moment, [], ())
        assert (moment, truth.boots, outcome.state, shortcomings(truth)) == (moment, 1, "converged", [])


def test_a_dsm_that_never_loads_costs_one_restart_and_none_in_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the claim fails each time as well, and the note that it leaves is not taken for a change."""
    truth = fresh()
    monkeypatch.setattr(truth, "_read_dsms", tuple)
    for _run in range(2):
        machine, laws = machine_of(truth)
        watch = machine.watch

        def unclaims(step: s.Step, changed: Truth, watch: t.Any = watch) -> Callable[[], None]:
            after = watch(step, changed)
            return lambda: (after(), changed.claims.clear())[0]

        machine.watch = unclaims
        outcome = converge(machine, whole())
        assert (truth.boots, laws.breaches, outcome.state) == (1, [], "reboot_required")
        assert any(isinstance(step, s.ClaimHardware) for step in outcome.failed)


def test_what_the_package_leaves_out_is_a_change_and_a_failure() -> None:
    truth = bare_2003(package_brings=frozenset({"initiator"}))
    machine, laws = machine_of(truth)
    wish = whole()
    outcome = converge(machine, wish)
    result = result_of(wish, outcome, machine.command, check_mode=False)
    assert (truth.package_runs, truth.boots, laws.breaches) == (1, 0, [])
    assert (result["changed"], result["failed"]) == (True, True)
    assert "Microsoft MPIO Multipathing Support for iSCSI" in result["msg"]
    assert len(truth.sessions) == 1


def test_a_package_that_does_nothing_is_no_change() -> None:
    truth = bare_2003(package_brings=frozenset())
    wish = whole(initiator=WantedInitiator(package=replace(SETUP, arguments=())))
    machine, _laws = machine_of(truth)
    result = result_of(wish, converge(machine, wish), machine.command, check_mode=False)
    assert (truth.package_runs, result["changed"], result["failed"]) == (1, False, True)


def test_the_package_is_not_run_again_after_the_restart() -> None:
    """MPIO alone came: the restart that it needs changes nothing of what is missing."""
    truth = bare_2003(package_brings=frozenset({"mpio"}))
    machine, _laws = machine_of(truth)
    outcome = converge(machine, whole())
    assert (truth.package_runs, truth.boots) == (1, 1)
    assert "the initiator (service MSiSCSI) is still not installed" in texts(outcome)
