# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a setup program is not there, nothing is changed for it."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Unknown
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_needed, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.parts import parts_before
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Memory, Planned, Severity
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.programs import check_programs
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.changing import (
    HP,
    KIT,
    MICROSOFT,
    LawsOfChange,
    change_to,
    under,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import bare_2003, converged
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.states import QUICK
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.watched import texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import whole

RUNS = [
    pytest.param(under(MICROSOFT), change_to(HP), id="to HP's"),
    pytest.param(under(HP), change_to(MICROSOFT), id="to Microsoft's"),
    pytest.param(bare_2003(), whole(), id="initiator"),
]


def without_programs(truth: Truth, there: bool | None = False) -> Truth:
    truth.programs = dict.fromkeys(truth.programs, there)
    return truth


@pytest.mark.parametrize(("truth", "wish"), RUNS)
def test_a_program_that_is_not_there_is_refused_before_the_first_change(truth: Truth, wish: Desired) -> None:
    outcome = converge(FakeMachine(without_programs(truth)), wish, limits=QUICK)
    assert outcome.taken == ()
    (finding,) = outcome.plan.of(Severity.REFUSAL)
    assert "C:\\prepared\\" in finding.text
    assert "host1" in finding.text
    assert "package." in finding.text


def test_where_nobody_can_tell_it_is_said_and_run() -> None:
    truth = without_programs(under(MICROSOFT), there=None)
    outcome = converge(FakeMachine(truth), change_to(HP), limits=QUICK)
    assert outcome.state == "converged", texts(outcome)
    (note,) = [one for one in outcome.announced.findings if "was not looked at" in one.text]
    assert note.severity is Severity.NOTE
    assert "was not looked at" not in texts(outcome)


def test_it_is_asked_only_where_a_program_is_to_be_run() -> None:
    for host, wish in ((converged(), whole()), (under(HP), change_to(HP)), (under(MICROSOFT), change_to(MICROSOFT))):
        machine = FakeMachine(host)
        converge(machine, wish, limits=QUICK)
        assert not any("setup_programs" in parts for parts in machine.reads)
    needed = parts_needed(change_to(HP))
    assert "setup_programs" not in needed
    plan = plan_host(change_to(HP), under(MICROSOFT).host(needed | {"drivers", "disk_use", "cluster"}))
    assert "setup_programs" in parts_before(change_to(HP), plan)


def test_a_program_that_is_gone_in_the_middle_leaves_both_ways_out() -> None:
    truth, laws = under(MICROSOFT), LawsOfChange()
    machine = FakeMachine(truth, laws.watch)
    machine.failing = {s.InstallDsm: []}
    converge(machine, change_to(HP), limits=QUICK)
    outcome = converge(FakeMachine(without_programs(truth), laws.watch), change_to(HP), limits=QUICK)
    assert outcome.taken == ()
    assert "there is no C:\\prepared\\dsm.exe on host1" in texts(outcome)
    assert "dsm: microsoft and change_dsm: true" in texts(outcome)
    assert laws.breaches == []


ALL = ("pending_reboot", "setup_programs")
REMOVAL = Planned(s.RemoveDsm(KIT.removal_path or "", (), reason=""), "something else")


def test_a_removal_that_may_have_run_already_asks_for_the_restart() -> None:
    (found,) = check_programs([REMOVAL], without_programs(under(HP, noted=True)).host(ALL), Memory())
    assert "restart Windows first" in found.text
    (found,) = check_programs([REMOVAL], without_programs(under(HP)).host(ALL), Memory())
    assert "restart" not in found.text


def test_what_a_program_said_itself_is_not_overruled() -> None:
    host = without_programs(under(HP)).host(ALL)
    failed = next(iter(check_programs([REMOVAL], host, Memory())))
    assert list(check_programs([REMOVAL], host, Memory(failed={REMOVAL.step: failed}))) == []


def test_an_unreadable_answer_gives_its_reason() -> None:
    host = under(HP, hidden=frozenset({"setup_programs"})).host(ALL)
    assert isinstance(host.setup_programs, Unknown)
    (note,) = check_programs([REMOVAL], host, Memory())
    assert (note.severity, host.setup_programs.reason in note.text) == (Severity.NOTE, True)
