# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arrays that learn an initiator only at a login without CHAP."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Layout
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.first_login import as_of_now, wants_secret_there
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Memory
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged, fresh, prepared
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, whole
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.views import FAILED, path

CHAP = Chap("host1", "secretsecret1")


def learning(chap: Chap | None = CHAP) -> Layout:
    where = layout(chap=chap)
    return replace(where, arrays=(replace(where.arrays[0], chap_after_first_login=True),))


def presented(truth: Truth, there: bool) -> Truth:
    for lun in truth.arrays[0].luns:
        lun.presented = there
    return truth


def nothing() -> Truth:
    return prepared()


def session_without_lun() -> Truth:
    truth = presented(prepared(), False)
    truth.log_in(path(0))
    return truth


def session_with_lun() -> Truth:
    truth = prepared()
    truth.log_in(path(0))
    return truth


def chap_without_lun() -> Truth:
    truth = presented(prepared(), False)
    truth.log_in(path(0), CHAP)
    return truth


def only_stored(chap: Chap | None = None) -> t.Callable[[], Truth]:
    def make() -> Truth:
        truth = prepared()
        truth.store(stored(truth, path(0), chap), chap)
        return truth

    return make


FIRST = s.Login(path(0).nic, path(0).portal, path(0).target, reason="")
REFUSED = Memory(failed={FIRST: FAILED})
SILENT = Memory(failed={FIRST: FAILED}, dead=frozenset({(path(0).nic, path(0).portal)}))


@pytest.mark.parametrize(
    ("make", "memory", "first"),
    [
        pytest.param(nothing, Memory(), True, id="nothing-yet"),
        pytest.param(nothing, REFUSED, True, id="refused-and-nothing-stored"),
        pytest.param(session_without_lun, Memory(), True, id="no-lun-shown"),
        pytest.param(session_with_lun, Memory(), False, id="luns-are-there"),
        pytest.param(chap_without_lun, Memory(), False, id="luns-taken-away-later"),
        pytest.param(only_stored(), Memory(), True, id="stored-without-chap"),
        pytest.param(only_stored(), REFUSED, False, id="stored-and-refused-without-chap"),
        pytest.param(only_stored(), SILENT, True, id="stored-and-the-portal-is-silent"),
        pytest.param(only_stored(CHAP), Memory(), False, id="stored-with-chap"),
    ],
)
def test_the_first_phase_is_told_by_what_there_is(make: t.Callable[[], Truth], memory: Memory, first: bool) -> None:
    now = as_of_now(learning().arrays[0], make().host(), memory)
    assert now.chap == (None if first else CHAP)
    assert wants_secret_there(now) is first


@pytest.mark.parametrize("where", [layout(chap=CHAP), learning(None)], ids=["not asked for", "no chap"])
def test_other_arrays_are_as_declared_whatever_is_known(where: Layout) -> None:
    array = where.arrays[0]
    host = prepared(hidden=frozenset({"sessions", "logins", "targets"})).host()
    if array.chap is not None:
        assert as_of_now(array, host, Memory()) is array
    else:
        assert as_of_now(array, host, Memory()).chap is None


def test_a_fresh_host_waits_for_secret_and_presentation_and_then_moves_path_by_path() -> None:
    truth, wish = presented(fresh(), False), whole(learning())
    outcome = converge(FakeMachine(truth), wish)
    assert outcome.state == "waiting_for_presentation"
    assert [str(one) for one in outcome.plan.waiting] == [
        f"eva01 shows no LUN to {truth.node_name}: set the CHAP secret of this initiator on the array, and present its"
        " LUNs to this initiator on the array"
    ]
    assert [session.chap for session in truth.sessions] == [None]
    assert truth.discovery_chap == {}
    presented(truth, True)
    truth.arrays[0].secret = CHAP.secret
    machine = FakeMachine(truth)
    assert converge(machine, wish).state == "converged"
    assert [session.chap for session in truth.sessions] == [CHAP] * 4
    assert {truth.secret_of(login) for login in truth.logins} == {CHAP.secret}
    assert set(truth.discovery_chap.values()) == {CHAP}
    again = FakeMachine(truth)
    assert converge(again, wish).state == "converged"
    assert again.performed == []


def test_both_phases_in_one_run_are_announced() -> None:
    """The LUNs were presented beforehand to the name that was agreed on."""
    truth, wish = fresh(), whole(learning())
    announced = converge(FakeMachine(truth), wish, check_mode=True).announced
    machine = FakeMachine(truth)
    assert converge(machine, wish).state == "converged"
    assert [session.chap for session in truth.sessions] == [CHAP] * 4
    steps = [step for step in machine.performed if not isinstance(step, s.RescanDisks)]
    assert [step for step in steps if not any(s.covers(item.step, step) for item in announced.steps)] == []


def test_an_array_that_demands_chap_by_now_gets_it_after_a_restart() -> None:
    """Windows starts, its stored login without CHAP is refused, and so is ours."""
    truth = converged()
    truth.sessions.clear()
    truth.arrays[0].secret = CHAP.secret
    machine = FakeMachine(truth)
    assert converge(machine, whole(learning())).state == "converged"
    assert [session.chap for session in truth.sessions] == [CHAP] * 4
    assert {truth.secret_of(login) for login in truth.logins} == {CHAP.secret}


ASKED = Memory(done=frozenset({s.RefreshTargets(reason="")}))
NOT_TOLD = Memory(failed={s.AddDiscoveryPortal(path(0).portal, path(0).nic, reason=""): FAILED})
WITH_CHAP = Memory(done=frozenset({s.RenewDiscoveryPortal(path(0).portal, path(0).nic, CHAP, reason="")}))


@pytest.mark.parametrize(
    ("memory", "told", "first"),
    [
        pytest.param(Memory(), False, True, id="not-asked-yet"),
        pytest.param(ASKED, False, False, id="asked-and-no-target-told"),
        pytest.param(ASKED, True, True, id="asked-and-told"),
        pytest.param(NOT_TOLD, False, False, id="a-portal-would-not-tell"),
        pytest.param(replace(NOT_TOLD, dead=SILENT.dead), False, True, id="a-portal-is-silent"),
        pytest.param(WITH_CHAP, True, False, id="asked-with-chap-already"),
    ],
)
def test_an_array_that_demands_chap_in_discovery_tells_of_no_target(memory: Memory, told: bool, first: bool) -> None:
    """An EVA demands CHAP in discovery as in any session (HP MPX200 user guide 5697-0568, page 101)."""
    truth = only_stored()()
    if not told:
        truth.known_targets.clear()
    assert as_of_now(learning().arrays[0], truth.host(), memory).chap == (None if first else CHAP)
