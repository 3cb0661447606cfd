# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs that set policies of HP's DSM, on disks that come while the run goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import DsmKind
from ansible_collections.eva.mpio.plugins.plugin_utils._model import HpPolicy
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, WantedHpPolicies
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import SetHpPolicy
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine import changing, wishes
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import fresh, under_hps
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.states import QUICK
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.watched import texts

LUNS = [lun.wwn for lun in fresh().arrays[0].luns]
RR = HpPolicy.ROUND_ROBIN
UNDER_HPS = wishes.under(wishes.HP)


def without_a_session() -> Truth:
    """A host under HP's DSM whose disks come with the logins of this run, without a restart."""
    truth = under_hps()
    truth.sessions.clear()
    return truth


BEGINNINGS: dict[str, tuple[Callable[[], Truth], Desired]] = {
    "fresh": (fresh, UNDER_HPS),
    "no-session": (without_a_session, UNDER_HPS),
    "from-microsofts": (lambda: changing.under(DsmKind.MICROSOFT), changing.change_to(DsmKind.HP)),
}


@pytest.mark.parametrize(("begin", "wish"), BEGINNINGS.values(), ids=BEGINNINGS.keys())
def test_disks_that_come_in_the_run_have_their_policies_at_its_end(begin: Callable[[], Truth], wish: Desired) -> None:
    truth, wished = begin(), replace(wish, hp_policies=WantedHpPolicies(RR))
    outcome = converge(FakeMachine(truth), wished, limits=QUICK)
    assert outcome.state == "converged", texts(outcome)
    assert [one.step.wwn for one in outcome.taken if isinstance(one.step, SetHpPolicy)] == LUNS
    assert truth.hp_policies == dict.fromkeys(LUNS, RR)


def test_they_are_read_once_where_there_is_nothing_to_do() -> None:
    truth = under_hps(hp_policies=dict.fromkeys(LUNS, RR))
    machine = FakeMachine(truth)
    outcome = converge(machine, replace(UNDER_HPS, hp_policies=WantedHpPolicies(RR)), limits=QUICK)
    assert (outcome.state, outcome.taken) == ("converged", ())
    assert len([parts for parts in machine.reads if "hp_policies" in parts]) == 1
