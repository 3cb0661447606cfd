# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Timers: what is drift, what waits, what is said, and the restart that they need."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import TIMERS_CHANGED, Host, Unknown
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Outcome
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_needed, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.settings import plan_settings
from ansible_collections.eva.mpio.plugins.plugin_utils._result import result_of
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    bare_2003,
    converged,
    fresh,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.laws import shortcomings
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.watched import machine_of
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import whole
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.test_boot import lines

WANTED = {"pdo_remove_period": 60, "link_down_time": 30}


def timers(truth: Truth, **wanted: int) -> list[str]:
    return lines(plan_settings(Desired(settings=wanted), truth.host()))


def with_timers(make: t.Callable[..., Truth] = converged, **held: int) -> Truth:
    truth = make()
    truth.timers = held
    return truth


def run(truth: Truth, desired: Desired, check_mode: bool = False) -> tuple[Outcome, dict[str, t.Any]]:
    machine = FakeMachine(truth)
    outcome = converge(machine, desired, check_mode=check_mode)
    return outcome, result_of(desired, outcome, machine.command, check_mode)


class TellingMore(FakeMachine):
    """Tells with the claims, as Windows does, what is noted in the same registry."""

    def read(self, parts: frozenset[str], previous: Host | None = None) -> Host:
        return super().read(parts | {"pending_reboot"} if "claims" in parts else parts, previous)


# ---- what is drift


@pytest.mark.parametrize(
    ("held", "wanted", "expected"),
    [
        ({}, {"pdo_remove_period": 20}, []),
        ({"pdo_remove_period": 20}, {"pdo_remove_period": 20}, []),
        ({"pdo_remove_period": 60}, {"pdo_remove_period": 20}, ["setting pdo_remove_period: 20 s"]),
        ({}, {"pdo_remove_period": 60}, ["setting pdo_remove_period: 60 s"]),
        ({}, {"disk_timeout": 60}, ["setting disk_timeout: 60 s"]),  # its default is not known
        ({"disk_timeout": 60}, {"disk_timeout": 60}, []),
        ({"link_down_time": 99}, {}, []),
    ],
)
def test_what_windows_works_with_decides(held: dict[str, int], wanted: dict[str, int], expected: list[str]) -> None:
    assert timers(with_timers(**held), **wanted) == expected


def test_no_note_of_an_earlier_run_says_that_a_timer_is_right() -> None:
    truth = with_timers(pdo_remove_period=130)
    truth.timers_noted = truth.noted = True
    assert timers(truth, pdo_remove_period=60) == ["setting pdo_remove_period: 60 s"]


def test_a_step_says_what_was_there_and_where_the_value_is_from() -> None:
    desired = Desired(
        settings={"pdo_remove_period": 60, "disk_timeout": 90}, settings_sources={"disk_timeout": "a test"}
    )
    [first, second] = [item.step for item in plan_host(desired, converged().host()).steps if item.after is None]
    assert (first.was, first.reason) == ("not set, which means 20 s", "it is wished for")
    assert (second.was, second.reason) == ("not set", "a test")


def test_a_switch_is_told_as_options_have_it() -> None:
    desired = Desired(settings={"use_custom_path_recovery_interval": True})
    step = plan_host(desired, converged().host()).steps[0].step
    assert (step.summary, step.was) == ("setting use_custom_path_recovery_interval: true", "not set, which means false")


@pytest.mark.parametrize(("check_mode", "reasons"), [(True, "are to be changed"), (False, "were changed")])
def test_check_mode_tells_of_the_restart_that_the_run_would_ask_for(check_mode: bool, reasons: str) -> None:
    _outcome, result = run(with_timers(), Desired(settings=WANTED), check_mode)
    assert result["reboot_required"] is True
    assert [reasons in reason for reason in result["reboot_reasons"]] == [True]


def test_a_timer_that_the_release_does_not_have_is_said_and_left_out() -> None:
    [note, step] = timers(converged(), disk_path_check=1, pdo_remove_period=60)
    assert note == "note timers: Windows has none of these, so nothing is done about them: disk_path_check"
    assert step == "setting pdo_remove_period: 60 s"


# ---- what cannot be


def test_unknown_timers_are_not_set() -> None:
    host = replace(converged().host(), settings=Unknown("reg did not run"))
    [problem] = lines(plan_settings(Desired(settings=WANTED), host))
    assert problem == "problem timers: it could not be read, so nothing is changed there: reg did not run"


def test_a_host_without_the_initiator_has_its_other_timers_set() -> None:
    truth = with_timers(bare_2003)
    truth.feature = "loaded"
    [step, problem] = timers(truth, pdo_remove_period=60, link_down_time=30)
    assert step == "setting pdo_remove_period: 60 s"
    assert problem.startswith("problem setting link_down_time: it could not be read")


@pytest.mark.parametrize(("make", "how"), [(fresh, "eva.mpio.feature"), (bare_2003, "eva.mpio.initiator")])
def test_timers_of_mpio_need_mpio(make: t.Callable[..., Truth], how: str) -> None:
    [problem] = timers(with_timers(make), pdo_remove_period=60)
    assert problem.startswith("problem timers: Multipath I/O is not installed, so these are not set: pdo_remove_period")
    assert how in problem


# ---- what is noted


@pytest.mark.parametrize(
    ("held", "wanted", "noted"),
    [
        ({}, {"use_custom_path_recovery_interval": 1}, True),
        ({}, {"use_custom_path_recovery_interval": 1, "path_recovery_interval": 19}, False),
        ({}, {"use_custom_path_recovery_interval": 1, "path_recovery_interval": 20}, True),
        ({}, {"path_recovery_interval": 40}, False),
        ({"use_custom_path_recovery_interval": 1}, {"pdo_remove_period": 41}, False),
        ({"use_custom_path_recovery_interval": 1}, {"pdo_remove_period": 30}, True),
        ({"use_custom_path_recovery_interval": 1}, {"disk_timeout": 30}, False),
    ],
)
def test_a_recovery_interval_that_comes_too_late(held: dict[str, int], wanted: dict[str, int], noted: bool) -> None:
    assert any(line.startswith("note setting path_recovery") for line in timers(with_timers(**held), **wanted)) == noted


# ---- runs


def test_the_module_reads_no_more_than_it_needs() -> None:
    assert parts_needed(Desired(settings=WANTED)) == {"initiator_service", "settings", "feature", "pending_reboot"}
    assert "settings" not in parts_needed(whole())


def test_timers_are_set_at_once_and_the_restart_is_asked_for_once() -> None:
    truth, desired = with_timers(), Desired(settings=WANTED)
    _planned, told = run(truth, desired, check_mode=True)
    assert [row["step"] for row in told["steps"]] == [
        *("setting pdo_remove_period: 60 s", "setting link_down_time: 30 s")
    ]
    assert (told["changed"], truth.timers) == (True, {})
    assert told["diff"]["after"].splitlines() == [
        *("setting pdo_remove_period: 60 s", "setting link_down_time: 30 s"),
        "reboot_required: timers are to be changed, and they count from the next start of Windows on",
    ]
    outcome, result = run(truth, desired)
    assert (truth.timers, result["changed"], result["state"]) == (WANTED, True, "reboot_required")
    assert result["reboot_reasons"] == [TIMERS_CHANGED]
    assert result["msg"] == f"Windows must be restarted, with eva.mpio.reboot or by hand: {TIMERS_CHANGED}"
    assert not outcome.rebooted


def test_a_diff_names_the_profile_that_a_value_is_of() -> None:
    wish = Desired(settings={"link_down_time": 30}, settings_sources={"link_down_time": "profile ours: a test"})
    _planned, told = run(with_timers(), wish, check_mode=True)
    assert told["diff"]["before"] == "setting link_down_time: not set, which means 15 s\n"
    assert told["diff"]["after"].startswith("setting link_down_time: 30 s    (profile ours: a test)\n")


@pytest.mark.parametrize("allowed", [False, True])
def test_timers_that_another_run_changed_are_told_by_the_module_of_the_whole_host(allowed: bool) -> None:
    truth = with_timers()
    truth.timers_noted = True
    boots, desired = truth.boots, whole(reboot_allowed=allowed)
    machine = TellingMore(truth)
    result = result_of(desired, converge(machine, desired), machine.command, False)
    assert (result["reboot_required"], result["state"]) == (
        (False, "converged") if allowed else (True, "reboot_required")
    )
    assert truth.boots - boots == int(allowed)


def test_a_later_run_changes_nothing_and_still_asks_for_the_restart_until_there_was_one() -> None:
    truth, desired = with_timers(), Desired(settings=WANTED)
    run(truth, desired)
    _outcome, again = run(truth, desired)
    assert (again["changed"], again["reboot_required"]) == (False, True)
    truth.boot()
    _outcome, after = run(truth, desired)
    assert (after["changed"], after["reboot_required"], after["state"]) == (False, False, "converged")


def test_a_timer_that_does_not_take_is_told() -> None:
    truth = with_timers()
    machine = FakeMachine(truth)
    machine.failing[s.SetSetting] = []
    desired = Desired(settings=WANTED)
    result = result_of(desired, converge(machine, desired), machine.command, False)
    assert result["failed"]
    assert "setting link_down_time: 30 s: it was made to fail" in result["msg"]
    assert (result["changed"], result["reboot_required"]) == (False, False)


@pytest.mark.parametrize("make", [fresh, prepared, converged, bare_2003])
def test_one_restart_serves_the_timers_and_all_else(make: t.Callable[..., Truth]) -> None:
    truth = with_timers(make)
    machine, laws = machine_of(truth)
    boots = truth.boots
    outcome = converge(machine, whole(settings=WANTED))
    assert (outcome.state, laws.breaches, shortcomings(truth)) == ("converged", [], [])
    assert (truth.timers, truth.boots - boots) == (WANTED, 1)
    again, _laws = machine_of(truth)
    assert converge(again, whole(settings=WANTED)).taken == ()


def test_timers_of_mpio_are_set_after_its_feature() -> None:
    machine, _laws = machine_of(with_timers(fresh))
    converge(machine, whole(settings=WANTED))
    kinds = [type(step) for step in machine.performed]
    mpio = machine.performed.index(s.SetSetting("pdo_remove_period", 60, reason=""))
    assert kinds.index(s.EnableFeature) < mpio


def test_a_restart_for_timers_keeps_its_guards() -> None:
    truth = with_timers()
    truth.users = ("FILES01\\anna",)
    machine, _laws = machine_of(truth)
    outcome = converge(machine, whole(settings=WANTED))
    assert (outcome.rebooted, truth.timers) == (False, WANTED)
    assert any("anna" in finding.text for finding in outcome.plan.findings)
