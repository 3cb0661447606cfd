# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The disks of an array go from one DSM to the other and back, also by runs that were cut anywhere."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import DsmKind
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Traits
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Answer, Interrupted, Outcome
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._report.plan import diff_of, shown_steps
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import HostWentAway
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.changing import (
    HP,
    MICROSOFT,
    NOTED,
    RELEASES,
    LawsOfChange,
    change_to,
    under,
    unfinished,
    with_foreign,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.states import QUICK, bounded
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.watched import texts

BOTH_WAYS = ((MICROSOFT, HP), (HP, MICROSOFT))
each_release = pytest.mark.parametrize("traits", RELEASES, ids=[one.release for one in RELEASES])
each_way = pytest.mark.parametrize(("before", "after"), BOTH_WAYS, ids=["to HP's", "to Microsoft's"])


def run(truth: Truth, wish: Desired, laws: LawsOfChange) -> tuple[Outcome, FakeMachine]:
    machine = FakeMachine(truth, laws.watch)
    return converge(machine, wish, limits=QUICK), machine


def kinds(outcome: Outcome) -> list[type[s.Step]]:
    """The kinds of steps that were taken, each run of one kind once."""
    taken = [type(one.step) for one in outcome.taken]
    return [kind for number, kind in enumerate(taken) if number == 0 or taken[number - 1] is not kind]


@each_release
@each_way
def test_the_dsm_changes_in_the_safe_order(traits: Traits, before: DsmKind, after: DsmKind) -> None:
    truth, laws = under(before, traits=traits), LawsOfChange()
    outcome, _machine = run(truth, change_to(after), laws)
    assert laws.breaches == []
    assert outcome.state == "converged", texts(outcome)
    assert unfinished(truth, after) == []
    listed = traits.claim_list
    leave = (s.UnclaimHardware if listed else s.SetServiceStart) if after is HP else s.RemoveDsm
    arrive = (s.ClaimHardware if listed else s.SetServiceStart) if after is MICROSOFT else s.InstallDsm
    disks = traits.offline_disks
    assert kinds(outcome) == [
        s.BeginChange,
        *([s.TakeDiskOffline] if disks else []),
        *(s.SetServiceStart, s.RemoveLogin, s.Logout, leave, s.Reboot, arrive, s.Reboot, s.StartService),
        *(s.Login, s.StoreLogin),
        *([s.BringDiskOnline] if disks else []),
        *(s.SetServiceStart, s.EndChange),
    ]
    assert outcome.taken[-2].step == s.SetServiceStart("MSiSCSI", s.StartType.AUTOMATIC, reason="")


@each_release
@each_way
def test_every_step_was_announced(traits: Traits, before: DsmKind, after: DsmKind) -> None:
    truth = under(before, traits=traits)
    announced = converge(FakeMachine(copy.deepcopy(truth)), change_to(after), check_mode=True).announced
    outcome, _machine = run(truth, change_to(after), LawsOfChange())
    assert outcome.announced == announced
    rules = [item.step for item in announced.steps]
    assert [one.step.summary for one in outcome.taken if not any(s.covers(rule, one.step) for rule in rules)] == []


@each_release
@each_way
def test_check_mode_tells_it_as_it_will_be(traits: Traits, before: DsmKind, after: DsmKind) -> None:
    truth = under(before, traits=traits)
    announced = converge(FakeMachine(copy.deepcopy(truth)), change_to(after), check_mode=True).announced
    outcome, _machine = run(truth, change_to(after), LawsOfChange())
    shown = [step for step, _after in shown_steps(announced)]
    taken = [one.step for one in outcome.taken]
    second = s.Reboot(again=True, reason="")
    told = [s.Reboot(reason="") if step == second else step for step in shown]
    assert sorted(step.summary for step in told) == sorted(step.summary for step in taken)
    of_paths = (s.Login, s.StoreLogin)  # they are announced path by path, and made half by half
    ordered = [[step for step in steps if not isinstance(step, of_paths)] for steps in (told, taken)]
    assert ordered[0] == ordered[1]
    assert second in shown
    reasons = [[step.reason for step in steps if isinstance(step, s.Reboot)] for steps in (shown, taken)]
    assert reasons[0] == reasons[1]


@each_release
@each_way
def test_the_diff_begins_with_what_stands_there_now(traits: Traits, before: DsmKind, after: DsmKind) -> None:
    truth = under(before, traits=traits)
    announced = converge(FakeMachine(copy.deepcopy(truth)), change_to(after), check_mode=True).announced
    outcome, _machine = run(truth, change_to(after), LawsOfChange())
    told = [diff_of(shown_steps(announced)), diff_of([(one.step, None) for one in outcome.taken])]
    assert told[0]["before"] == told[1]["before"]
    assert "service MSiSCSI: start automatically" in told[0]["before"]
    assert not {"service MSiSCSI: stopped", "service MSiSCSI: start on demand only"} & set(
        told[0]["before"].splitlines()
    )


@each_release
@each_way
def test_a_second_run_changes_nothing_with_or_without_leave(traits: Traits, before: DsmKind, after: DsmKind) -> None:
    truth = under(before, traits=traits)
    run(truth, change_to(after), LawsOfChange())
    for change in (True, False):
        outcome, _machine = run(truth, change_to(after, change=change), LawsOfChange())
        assert (outcome.taken, outcome.state) == ((), "converged"), texts(outcome)


@each_release
@each_way
def test_without_leave_nothing_happens_and_the_option_is_named(traits: Traits, before: DsmKind, after: DsmKind) -> None:
    truth = under(before, traits=traits)
    outcome, _machine = run(truth, change_to(after, change=False), LawsOfChange())
    assert outcome.taken == ()
    assert "change_dsm" in texts(outcome)


def cut_run(truth: Truth, wish: Desired, laws: LawsOfChange, moment: int) -> None:
    machine = FakeMachine(truth, laws.watch)
    machine.cut_at = moment
    try:
        converge(machine, wish, limits=QUICK)
    except (Interrupted, HostWentAway):
        truth.rest()


@bounded
@given(st.sampled_from(RELEASES), st.sampled_from(BOTH_WAYS), st.booleans(), st.booleans(), st.data())
def test_a_run_that_was_cut_anywhere_goes_on_or_back(
    traits: Traits, way: tuple[DsmKind, DsmKind], back: bool, restarted: bool, data: st.DataObject
) -> None:
    before, after = way
    truth, laws = under(before, traits=traits), LawsOfChange()
    truth.store_logs_in = data.draw(st.booleans())
    truth.claim_needs_reboot = data.draw(st.booleans())
    truth.hp_driver_recognised = data.draw(st.booleans())
    moments = run(copy.deepcopy(truth), change_to(after), LawsOfChange())[1].moments
    cut_run(truth, change_to(after), laws, data.draw(st.integers(1, moments)))
    if restarted:
        laws.watch(s.StartService("somebody restarts Windows", reason=""), truth)
        truth.boot()
        truth.rest()
    goal = before if back else after
    outcome, _machine = run(truth, change_to(goal), laws)
    assert laws.breaches == []
    assert outcome.state == "converged", texts(outcome)
    assert unfinished(truth, goal) == []


@bounded
@given(st.sampled_from(RELEASES), st.sampled_from(BOTH_WAYS), st.data())
def test_the_former_wish_without_leave_mends_or_refuses(
    traits: Traits, way: tuple[DsmKind, DsmKind], data: st.DataObject
) -> None:
    before, after = way
    truth, laws = under(before, traits=traits), LawsOfChange()
    truth.hp_driver_recognised = data.draw(st.booleans())
    moments = run(copy.deepcopy(truth), change_to(after), LawsOfChange())[1].moments
    cut_run(truth, change_to(after), laws, data.draw(st.integers(1, moments)))
    outcome, _machine = run(truth, change_to(before, change=False), laws)
    assert laws.breaches == []
    if outcome.state == "converged":
        # Where no registry is read for claims, a note that nothing has followed yet is not seen; it means nothing then.
        unseen = set() if traits.claim_list else {NOTED}
        assert set(unfinished(truth, before)) <= unseen
    else:
        assert "change_dsm" in texts(outcome)
        final, _machine = run(truth, change_to(after), laws)
        assert laws.breaches == []
        assert final.state == "converged", texts(final)
        assert unfinished(truth, after) == []


STEPS_OF = {
    (MICROSOFT, HP): (s.TakeDiskOffline, s.RemoveLogin, s.Logout, s.UnclaimHardware, s.InstallDsm),
    (HP, MICROSOFT): (s.TakeDiskOffline, s.RemoveLogin, s.Logout, s.RemoveDsm, s.ClaimHardware),
}
FAILURES = [(way, kind) for way, every in STEPS_OF.items() for kind in every]


@pytest.mark.parametrize(("way", "kind"), FAILURES, ids=[f"{way[1].value}-{kind.__name__}" for way, kind in FAILURES])
def test_a_step_that_fails_stops_it_and_both_ways_out_are_said(
    way: tuple[DsmKind, DsmKind], kind: type[s.Step]
) -> None:
    before, after = way
    for goal in (before, after):
        truth, laws = under(before), LawsOfChange()
        machine = FakeMachine(truth, laws.watch)
        machine.failing = {kind: []}
        outcome = converge(machine, change_to(after), limits=QUICK)
        assert [type(one.step) for one in outcome.taken][-1] in (kind, s.Reboot)
        assert not any(isinstance(one.step, (s.StartService, s.Login)) for one in outcome.taken)
        assert outcome.state != "converged"
        if kind is not s.TakeDiskOffline:
            assert f"dsm: {before.value} and change_dsm: true" in texts(outcome)
            assert "to go on" in texts(outcome).casefold()
        mended, _machine = run(truth, change_to(goal), laws)
        assert laws.breaches == []
        assert mended.state == "converged", texts(mended)
        assert unfinished(truth, goal) == []


def test_a_dsm_that_does_not_register_leaves_the_service_still_and_says_so() -> None:
    truth, laws = under(MICROSOFT), LawsOfChange()
    truth.hp_registers = False
    outcome, _machine = run(truth, change_to(HP), laws)
    assert laws.breaches == []
    assert not truth.running
    assert truth.start_mode == "Manual"
    assert "change_dsm: true" in texts(outcome)
    again, _machine = run(truth, change_to(HP), laws)
    assert sum(isinstance(one.step, s.Reboot) for one in again.taken) <= 1
    assert not truth.running
    back, _machine = run(truth, change_to(MICROSOFT), laws)
    assert laws.breaches == []
    assert back.state == "converged", texts(back)
    assert unfinished(truth, MICROSOFT) == []


def test_a_session_that_windows_keeps_stops_it_after_the_first_refusal() -> None:
    truth, laws = under(MICROSOFT), LawsOfChange()
    machine = FakeMachine(truth, laws.watch)
    machine.failing = {s.Logout: [Answer("a device on that session is in use")] * 1}
    outcome = converge(machine, change_to(HP), limits=QUICK)
    assert [type(one.step) for one in outcome.taken].count(s.Logout) == 1
    assert truth.claims
    assert outcome.state == "incomplete"


@each_way
def test_somebody_who_logs_on_between_the_restarts_is_left_alone(before: DsmKind, after: DsmKind) -> None:
    truth, laws = under(before), LawsOfChange()

    def watch(step: s.Step, host: Truth) -> object:
        if isinstance(step, (s.InstallDsm, s.ClaimHardware)):
            host.users = ("HOST1\\anna",)
        return laws.watch(step, host)

    outcome = converge(FakeMachine(truth, watch), change_to(after), limits=QUICK)  # type: ignore[arg-type]
    assert laws.breaches == []
    assert "anna" in texts(outcome)
    assert not truth.running
    truth.users = ()
    again, _machine = run(truth, change_to(after), laws)
    assert again.state == "converged", texts(again)
    assert unfinished(truth, after) == []


@each_way
def test_idle_disks_of_others_come_back_with_the_service(before: DsmKind, after: DsmKind) -> None:
    truth, laws = under(before), LawsOfChange()
    lun = with_foreign(truth)
    truth.in_use.discard(lun.wwn)
    outcome, _machine = run(truth, change_to(after), laws)
    assert outcome.state == "converged", texts(outcome)
    assert any(lun in truth.shown_by(session) for session in truth.sessions)
    assert "come back at the end" in " ".join(str(finding) for finding in outcome.announced.findings)
