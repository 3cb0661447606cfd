# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking away what is not wished for: only that, last of all, and never what a disk in use needs."""

from __future__ import annotations

import copy
import typing as t
from collections.abc import Callable
from ipaddress import IPv4Interface

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Path
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Answer, Interrupted
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Desired,
    Purge,
    Surplus,
    WantedPaths,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._result import result_of
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import HostWentAway
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths, converged, portal
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.laws import Laws
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import FakeArray, Lun, Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.watched import texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, whole

STALE, UNDECLARED = Surplus.STALE, Surplus.UNDECLARED
SPARE = IPv4Interface("10.10.1.12/24")
FOREIGN = portal("10.10.1.77")


def make(truth: Truth, path: Path) -> Path:
    """Have a path live and stored."""
    truth.log_in(path)
    truth.store(stored(truth, path))
    return path


def with_more() -> Truth:
    """A host with every path, and of each kind of surplus one session with its stored login."""
    truth = converged()
    truth.interfaces += (SPARE,)
    truth.port_numbers[SPARE.ip] = 7
    first = all_paths(truth)[0]
    make(truth, stale(truth))
    truth.arrays[0].targets["iqn.1986-03.com.hp:eva01.more"] = (first.portal,)
    make(truth, undeclared(truth))
    truth.arrays.append(FakeArray({"iqn.2001-05.com.other:disk": (FOREIGN,)}, [Lun("FF", "OTHER", "DISK")]))
    make(truth, Path(first.nic, FOREIGN, "iqn.2001-05.com.other:disk"))
    return truth


def stale(truth: Truth) -> Path:
    return Path(SPARE.ip, portal("10.10.1.21"), "iqn.1986-03.com.hp:eva01.10-10-1-21")


def undeclared(truth: Truth) -> Path:
    return Path(truth.interfaces[0].ip, portal("10.10.1.21"), "iqn.1986-03.com.hp:eva01.more")


DECLARED = frozenset(all_paths(converged()))
TARGETS = tuple(sorted(path.target for path in DECLARED))


def purge(*kinds: Surplus, limit: int = 16) -> Desired:
    return whole(layout(targets=TARGETS), purge=Purge(frozenset(kinds), limit))


def halves(truth: Truth, path: Path) -> tuple[int, int]:
    return (sum(one.path == path for one in truth.sessions), truth.logins.count(stored(truth, path)))


def run(truth: Truth, desired: Desired, **laws: t.Any) -> tuple[dict[str, t.Any], FakeMachine, Laws]:
    law = Laws(declared=DECLARED, **laws)
    machine = FakeMachine(truth, law.watch)
    return result_of(desired, converge(machine, desired), machine.command, check_mode=False), machine, law


@pytest.mark.parametrize("kinds", [(), (STALE,), (UNDECLARED,), (STALE, UNDECLARED)])
def test_only_the_kind_that_was_asked_for_goes(kinds: tuple[Surplus, ...]) -> None:
    truth = with_more()
    result, machine, law = run(truth, purge(*kinds))
    assert (law.breaches, result.get("failed"), result["changed"]) == ([], None, bool(kinds))
    assert halves(truth, stale(truth)) == ((0, 0) if STALE in kinds else (1, 1))
    assert halves(truth, undeclared(truth)) == ((0, 0) if UNDECLARED in kinds else (1, 1))
    assert len(truth.sessions) == len(truth.logins) == 7 - len(kinds)
    assert len(machine.performed) == 2 * len(kinds)
    again, machine, law = run(truth, purge(*kinds))
    assert (machine.performed, again["changed"], law.breaches) == ([], False, [])


def test_stored_logins_go_before_their_sessions() -> None:
    truth = with_more()
    _result, machine, _law = run(truth, purge(STALE))
    assert [type(step) for step in machine.performed] == [s.RemoveLogin, s.Logout]


def test_a_limit_holds_the_rest_back_and_names_itself() -> None:
    truth = with_more()
    result, machine, law = run(truth, purge(STALE, UNDECLARED, limit=2))
    assert (len(machine.performed), law.breaches, result["failed"]) == (2, [], True)
    assert "purge_limit" in result["msg"]
    assert (len(truth.logins), len(truth.sessions)) == (5, 7)


def test_an_array_that_does_not_answer_loses_nothing() -> None:
    truth = with_more()
    lost = all_paths(truth)[3]
    truth.sessions = [session for session in truth.sessions if session.path != lost]
    truth.down.add((lost.nic, lost.portal))
    _result, machine, law = run(truth, purge(STALE, UNDECLARED))
    assert not [step for step in machine.performed if isinstance(step, (s.RemoveLogin, s.Logout))]
    assert (len(truth.logins), law.breaches) == (7, [])


def test_a_logout_that_windows_refuses_is_tried_again_and_then_named() -> None:
    truth = with_more()
    laws = Laws(declared=DECLARED)
    machine = FakeMachine(truth, laws.watch)
    machine.failing = {s.Logout: [Answer("0xEFFF0040: a device on that session is in use", retry=True)] * 9}
    outcome = converge(machine, purge(STALE))
    assert [type(step) for step in machine.performed] == [s.RemoveLogin, s.Logout, s.Logout, s.Logout]
    assert machine.pauses == [1.0, 1.0]
    assert "log out: 0xEFFF0040" in texts(outcome)
    assert laws.breaches == []
    assert halves(truth, stale(truth)) == (1, 0)


@pytest.mark.parametrize("answer", ["0xEFFF001C: invalid session id", "0xEFFF0029: target not found"])
def test_t_04_what_is_gone_already_is_no_failure(answer: str) -> None:
    truth = with_more()
    machine = FakeMachine(truth, Laws(declared=DECLARED).watch)
    watch = machine.watch

    def goes_by_itself(step: s.Step, changed: Truth) -> Callable[[], None]:
        if isinstance(step, s.RemoveLogin):
            changed.sessions = [session for session in changed.sessions if session.path != stale(changed)]
        return watch(step, changed)

    machine.watch = goes_by_itself
    machine.failing = {s.RemoveDiscoveryPortal: [Answer(answer)]}
    outcome = converge(machine, purge(STALE))
    assert (outcome.failures, outcome.state) == ((), "converged")


def test_a_disk_that_comes_into_use_meanwhile_keeps_its_session() -> None:
    """Its use is looked at again right before each logout."""
    truth = with_more()
    make(truth, Path(SPARE.ip, portal("10.10.1.22"), "iqn.1986-03.com.hp:eva01.10-10-1-22"))
    desired = absent(minimum=4)
    machine = FakeMachine(truth, Laws(declared=DECLARED).watch)
    watch = machine.watch

    def becomes_busy(step: s.Step, changed: Truth) -> Callable[[], None]:
        if isinstance(step, s.RemoveLogin):
            changed.in_use = {lun.wwn for lun in changed.arrays[0].luns}
        return watch(step, changed)

    machine.watch = becomes_busy
    converge(machine, desired)
    assert not [step for step in machine.performed if isinstance(step, s.Logout)]


# ---- state: absent


def absent(minimum: int | None = None, **other: t.Any) -> Desired:
    wish = layout(targets=TARGETS)
    return Desired(**{"layout": wish, "paths": WantedPaths(minimum), "absent": True, **other})


def test_what_is_to_be_absent_goes_stored_logins_first() -> None:
    truth = with_more()
    result, machine, law = run(truth, absent(), floor=2)
    kinds = [type(step) for step in machine.performed]
    assert kinds == sorted(kinds, key=[s.RemoveLogin, s.Logout].index)
    assert (law.breaches, result.get("failed"), result["changed"], result["state"]) == ([], None, True, "converged")
    assert {halves(truth, path) for path in DECLARED} == {(0, 0)}
    assert halves(truth, undeclared(truth)) == (1, 1)
    again, machine, _law = run(truth, absent(), floor=2)
    assert (machine.performed, again["changed"], again.get("failed")) == ([], False, None)


def test_a_disk_in_use_refuses_it_before_the_first_change() -> None:
    truth = converged()
    truth.in_use = {truth.arrays[0].luns[0].wwn}
    result, machine, _law = run(truth, absent(), floor=2)
    assert (machine.performed, result["failed"], result["changed"]) == ([], True, False)


@pytest.mark.parametrize("hidden", ["sessions", "logins", "disk_use", "disks"])
def test_what_is_unknown_takes_nothing_away(hidden: str) -> None:
    truth = converged(hidden=frozenset({hidden}))
    result, machine, _law = run(truth, absent(), floor=2)
    assert (machine.performed, result["failed"]) == ([], True)
    assert f"{hidden} cannot be read here" in result["msg"]


def test_discovery_portals_are_absent_too() -> None:
    truth = converged()
    result, _machine, _law = run(truth, Desired(layout=layout(), portals=True, absent=True))
    assert (truth.discovery, result["changed"], result.get("failed")) == ([], True, None)
    assert len(truth.sessions) == 4
    again, machine, _law = run(truth, Desired(layout=layout(), portals=True, absent=True))
    assert (machine.performed, again["changed"]) == ([], False)


WISHES: dict[str, tuple[Desired, int | None]] = {
    "purge": (purge(STALE, UNDECLARED), None),
    "absent": (absent(), 2),
}


@pytest.mark.parametrize(("desired", "floor"), WISHES.values(), ids=WISHES.keys())
def test_a_removal_that_was_cut_anywhere_is_finished_by_the_next(desired: Desired, floor: int | None) -> None:
    start = with_more()
    whole_run = FakeMachine(copy.deepcopy(start))
    converge(whole_run, desired)
    assert whole_run.moments > 5
    for moment in range(1, whole_run.moments + 1):
        truth, laws = copy.deepcopy(start), Laws(declared=DECLARED, floor=floor)
        machine = FakeMachine(truth, laws.watch)
        machine.cut_at = moment
        with pytest.raises((Interrupted, HostWentAway), match="was lost at moment"):
            converge(machine, desired)
        truth.rest()
        outcome = converge(FakeMachine(truth, laws.watch), desired)
        assert (moment, laws.breaches, outcome.failures) == (moment, [], ())
        again = FakeMachine(truth, laws.watch)
        converge(again, desired)
        assert (moment, again.performed) == (moment, [])


@pytest.mark.parametrize(("desired", "floor"), WISHES.values(), ids=WISHES.keys())
def test_check_mode_announces_every_removal(desired: Desired, floor: int | None) -> None:
    truth = with_more()
    promised = [item.step for item in converge(FakeMachine(truth), desired, check_mode=True).announced.steps]
    taken = converge(FakeMachine(truth, Laws(floor=floor).watch), desired).taken
    assert taken
    assert [one.step.summary for one in taken if not any(s.covers(step, one.step) for step in promised)] == []
