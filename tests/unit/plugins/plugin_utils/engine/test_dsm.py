# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs with HP's DSM on a simulated host, under the eyes of the law."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT
from ansible_collections.eva.mpio.plugins.plugin_utils._model import value_of
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Interrupted, Outcome
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, WantedDsm
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import (
    InstallDsm,
    RemoveDsm,
    covers,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._result import failing, result_of
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import WireError
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.changing import LawsOfChange
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    bare_2003,
    fresh,
    prepared,
    under_hps,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.laws import Laws, shortcomings
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.state import SERVER_2003
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.states import QUICK
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import HP as HP_NAME
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import MICROSOFT as MICROSOFTS_NAME
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, snapshot
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.watched import machine_of, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import HP, KIT, P6300, under


def run(truth: Truth, wish: Desired) -> Outcome:
    """Converge under the eyes of the law; every step must be an instance of what was announced."""
    machine, laws = machine_of(truth)
    outcome = converge(machine, wish, limits=QUICK)
    assert laws.breaches == []
    announced = [item.step for item in outcome.announced.steps]
    assert [one.step.summary for one in outcome.taken if not any(covers(step, one.step) for step in announced)] == []
    return outcome


def owners(truth: Truth) -> set[str]:
    return {disk.dsm for disk in value_of(truth.host().disks)}


FRESH: dict[str, Callable[[], Truth]] = {
    "2012": fresh,
    "2012-mpio-at-once": lambda: fresh(feature_needs_reboot=False),
    "2012-claimed": prepared,
    "2003": bare_2003,
    "2003-initiator-without-mpio": lambda: bare_2003(package_brings=frozenset({"initiator"})),
    "2003-no-restart-for-mpio": lambda: bare_2003(feature_needs_reboot=False),
}


def cut_anywhere(make: Callable[[], Truth], recognised: bool) -> Iterator[tuple[int, FakeMachine, Laws]]:
    """Cut the run that brings HP's DSM at each of its moments, and yield what is there then."""
    whole_run, _laws = machine_of(make())
    whole_run.truth.hp_driver_recognised = recognised
    converge(whole_run, under(HP), limits=QUICK)
    for moment in range(2, whole_run.moments + 1):
        truth = make()
        truth.hp_driver_recognised = recognised
        machine, laws = machine_of(truth)
        machine.cut_at = moment
        with pytest.raises((Interrupted, WireError), match="was lost"):
            converge(machine, under(HP), limits=QUICK)
        machine.cut_at = None
        yield moment, machine, laws


@pytest.mark.parametrize("recognised", [True, False], ids=["", "driver of any name"])
@pytest.mark.parametrize("make", FRESH.values(), ids=FRESH.keys())
def test_a_fresh_host_comes_to_proven_redundancy(make: Callable[[], Truth], recognised: bool) -> None:
    truth = make()
    truth.hp_driver_recognised = recognised
    outcome = run(truth, under(HP))
    assert shortcomings(truth) == []
    assert owners(truth) == {HP_NAME}
    assert truth.boots == 1
    result = result_of(under(HP), outcome, lambda step, host: step.summary, check_mode=False)
    assert "msg" not in result
    assert result["changed"]
    before = snapshot(truth)
    again = run(truth, under(HP))
    assert [one.step for one in again.taken] == []
    assert snapshot(truth) == before
    assert failing(under(HP), again, None, check_mode=False) == ()


@pytest.mark.parametrize("recognised", [True, False], ids=["", "driver of any name"])
@pytest.mark.parametrize("make", [fresh, prepared, FRESH["2003-no-restart-for-mpio"]], ids=["2012", "claimed", "2003"])
def test_a_run_that_is_cut_anywhere_goes_on(make: Callable[[], Truth], recognised: bool) -> None:
    for moment, machine, laws in cut_anywhere(make, recognised):
        truth = machine.truth
        converge(machine, under(HP), limits=QUICK)
        assert (laws.breaches, shortcomings(truth), owners(truth)) == ([], [], {HP_NAME}), f"cut at {moment}"


def with_initiator() -> Truth:
    """A Windows Server 2003 whose initiator package has brought MPIO and the Microsoft DSM."""
    truth = prepared(traits=SERVER_2003)
    truth.claims = truth.loaded_claims = []
    return truth


@pytest.mark.parametrize("change", [False, True])
@pytest.mark.parametrize("make", [fresh, with_initiator], ids=["2012", "2003"])
def test_after_a_setup_that_was_cut_the_other_dsm_comes_only_where_it_is_not_there(
    make: Callable[[], Truth], change: bool
) -> None:
    for moment, machine, laws in cut_anywhere(make, recognised=False):
        truth = machine.truth
        assert laws.breaches == [], f"cut at {moment}"
        watch = LawsOfChange() if change else laws
        wish = under(MICROSOFT, dsm={"change": change})
        outcome = converge(FakeMachine(truth, watch.watch), wish, limits=QUICK)
        assert watch.breaches == [], f"cut at {moment}"
        if truth.hp_driver is None:
            assert (shortcomings(truth), owners(truth)) == ([], {MICROSOFTS_NAME}), f"cut at {moment}"
        else:
            why = "redundancy is proven before" if change else "change_dsm: true"
            assert why in texts(outcome), f"cut at {moment}"


def test_the_proof_says_once_that_states_are_not_told() -> None:
    outcome = run(under_hps(), under(HP))
    result = result_of(under(HP), outcome, lambda step, host: step.summary, check_mode=False)
    told = [row for row in result["findings"] if "does not tell Windows the states of its paths" in str(row)]
    assert len(told) == 1
    assert not result.get("failed")
    assert all(lun["proven"] for lun in result["luns"])


def test_a_package_that_does_nothing_is_named_and_one_path_is_left() -> None:
    truth = fresh(hp_works=False)
    outcome = run(truth, under(HP))
    assert "install C:\\prepared\\hpdsm.exe" in texts(outcome)
    assert len(truth.sessions) == len(truth.logins) == 1
    assert [type(one.step) for one in outcome.taken].count(InstallDsm) == 2
    assert failing(under(HP), outcome, None, check_mode=False)


def test_without_a_restart_nothing_is_lost() -> None:
    truth = fresh()
    outcome = run(truth, under(HP, reboot_allowed=False))
    assert truth.boots == 0
    assert outcome.plan.reboot_reasons == ("the HP MPIO Full Featured DSM for EVA is installed and not registered yet",)
    assert len(truth.logins) == 1


def absent() -> Desired:
    return Desired(dsm=WantedDsm(HP, (P6300,), KIT, absent=True), reboot_allowed=True)


def empty() -> Truth:
    truth = under_hps()
    truth.sessions, truth.logins = [], []
    return truth


def test_hps_dsm_is_removed() -> None:
    truth = empty()
    outcome = run(truth, absent())
    assert (truth.hp_driver, truth.hp_loaded, truth.boots) == (None, False, 1)
    assert not outcome.plan.findings
    assert [one.step for one in run(truth, absent()).taken] == []


def test_a_removal_that_removes_nothing_is_named_after_the_restart() -> None:
    truth = empty()
    truth.hp_stays = True
    outcome = run(truth, absent())
    assert [type(one.step) for one in outcome.taken].count(RemoveDsm) == 1
    assert truth.boots == 1
    (finding,) = outcome.plan.of(Severity.PROBLEM)
    assert "it was run, Windows was restarted, and the DSM is still there" in finding.text


def test_the_same_of_a_driver_that_nobody_recognises() -> None:
    truth = empty()
    truth.hp_driver_recognised = False
    outcome = run(truth, absent())
    assert (truth.hp_driver, truth.hp_loaded, truth.boots) == (None, False, 1)
    assert not outcome.plan.findings
    assert [one.step for one in run(truth, absent()).taken] == []
    truth = empty()
    truth.hp_driver_recognised, truth.hp_stays = False, True
    (finding,) = run(truth, absent()).plan.of(Severity.PROBLEM)
    assert "the DSM is still there" in finding.text


@pytest.mark.parametrize("recognised", [True, False])
def test_what_was_removed_in_this_boot_comes_again_only_after_the_restart(recognised: bool) -> None:
    truth = empty()
    truth.hp_driver_recognised = recognised
    run(truth, replace(absent(), reboot_allowed=False))
    outcome = run(truth, Desired(dsm=WantedDsm(HP, (P6300,), KIT)))
    assert (outcome.taken, len(outcome.plan.reboot_reasons)) == ((), 1)
    assert [(item.step, item.after is None) for item in outcome.plan.steps if isinstance(item.step, InstallDsm)] == [
        (InstallDsm(KIT.path or "", KIT.arguments, reason=""), False)
    ]
    truth.boot()
    run(truth, Desired(dsm=WantedDsm(HP, (P6300,), KIT)))
    truth.boot()
    assert truth.hp_loaded


def test_a_setup_that_brought_nothing_says_what_is_registered_instead() -> None:
    truth = prepared(hp_works=False, other_dsms=("Example DSM",))
    truth.claims = truth.loaded_claims = []
    outcome = run(truth, under(HP))
    assert [type(one.step) for one in outcome.taken].count(InstallDsm) == 1
    assert "say them (hp_dsm_name, dsm_package.driver)" in texts(outcome)
    assert 'registered are "Example DSM": if one of them is it, name that with hp_dsm_name' in texts(outcome)
