# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that change and what is taken away, on a host in any state: nothing gets worse, a second run is empty."""

from __future__ import annotations

import copy
import typing as t
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Address, Chap, Path, TargetPortal
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Desired,
    Purge,
    Surplus,
    WantedPaths,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.laws import Laws, shortcomings
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.states import QUICK, bounded, truths, wish_for
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored

OLD, NEW = Chap("host1", "arraysecret12"), Chap("host1", "arraysecret13")
OTHER = Chap("host2", "arraysecret14")


@st.composite
def with_secrets(draw: st.DrawFn) -> Truth:
    """Return a host in any state whose array asks for a new secret; what stands was made with any."""
    truth = draw(truths())
    secrets = st.sampled_from([None, OLD, OLD, OTHER, NEW])
    logins, truth.logins = truth.logins, []
    for login in logins:
        chap = draw(secrets)
        nic = truth.local_of(login.port_number)
        if nic is not None and login.portal is not None:
            path = Path(nic, login.portal, login.target)
            for _unused in range(draw(st.sampled_from([1, 1, 2]))):
                truth.store(stored(truth, path, chap, multipath=login.multipath), chap)
    for session in truth.sessions:
        session.chap = draw(secrets)
    for key in truth.discovery:
        chap = draw(secrets)
        if chap is not None:
            truth.discovery_chap[key] = chap
    truth.tells_credentials = draw(st.booleans())
    truth.arrays[0].secret = draw(st.sampled_from([NEW.secret, NEW.secret, NEW.secret, "anothersecret"]))
    return truth


def with_chap(desired: Desired, chap: Chap) -> Desired:
    assert desired.layout is not None
    arrays = tuple(replace(array, chap=chap) for array in desired.layout.arrays)
    return replace(desired, layout=replace(desired.layout, arrays=arrays))


def run(truth: Truth, desired: Desired, laws: Laws, cut_at: int | None = None) -> FakeMachine:
    """Run, to the end or to where it is cut."""
    machine = FakeMachine(truth, laws.watch)
    machine.cut_at = cut_at
    try:
        converge(machine, desired, limits=QUICK)
    except Exception as error:
        assert "was lost at moment" in str(error)  # noqa: PT017
    return machine


@bounded
@given(with_secrets(), st.data())
def test_a_rotation_makes_nothing_worse_wherever_it_is_cut(truth: Truth, data: st.DataObject) -> None:
    laws, wish = Laws(), replace(with_chap(wish_for(truth), NEW), renew_secrets=True)
    undisturbed = run(copy.deepcopy(truth), wish, Laws())
    run(truth, wish, laws, data.draw(st.integers(1, undisturbed.moments)))
    truth.rest()
    outcome = converge(FakeMachine(truth, laws.watch), wish, limits=QUICK)
    assert laws.breaches == []
    if outcome.state != "converged":
        assert outcome.failures or outcome.plan.reboot_reasons or outcome.plan.waiting
        return
    lacking = shortcomings(truth, NEW)
    assert not [text for text in lacking if "secret" in text or "discovery" in text]
    again = run(truth, replace(wish, renew_secrets=False), laws)
    assert [step for step in again.performed if not isinstance(step, s.RescanDisks)] == []


@st.composite
def with_surplus(draw: st.DrawFn) -> tuple[Truth, Desired, frozenset[Path]]:
    """Return a host in any state, a wish for a part of its paths, and that part."""
    truth = draw(truths())
    paths = all_paths(truth)
    more = truth.arrays[0].targets
    # Whether a target that is not declared shows the same LUNs is not known before MPIO joins them, so its stored
    # login does not count as the one that there may be until then.
    if truth.feature == "loaded" and truth.loaded_claims and draw(st.booleans()):
        more["iqn.1986-03.com.hp:eva01.more"] = (paths[0].portal,)
    everything = all_paths(truth)
    for path in draw(st.lists(st.sampled_from(everything), max_size=4)):
        truth.store(stored(truth, path))
    if truth.running:
        for path in draw(st.lists(st.sampled_from(everything), max_size=3)):
            truth.log_in(path)
    truth.rest()
    wwns = [lun.wwn for lun in truth.arrays[0].luns]
    truth.in_use = set(draw(st.lists(st.sampled_from(wwns), unique=True))) if wwns else set()
    truth.clustered = set(draw(st.sampled_from([[], [], wwns[:1]])))
    truth.busy_stays = draw(st.booleans())
    wish = wish_for(truth, proof=False)
    assert wish.layout is not None
    targets = tuple(sorted({path.target for path in paths}))
    array = replace(wish.layout.arrays[0], targets=targets)
    return truth, replace(wish, layout=replace(wish.layout, arrays=(array,))), frozenset(paths)


def surplus_of(truth: Truth, declared: frozenset[Path]) -> list[tuple[Address | None, TargetPortal | None, str]]:
    """Return the stored logins that are no half of a declared path."""
    keys = [(truth.local_of(login.port_number), login.portal, login.target) for login in truth.logins]
    wanted = {(path.nic, path.portal, path.target) for path in declared}
    return [key for key in keys if key not in wanted]


@bounded
@given(with_surplus(), st.sets(st.sampled_from(list(Surplus)), min_size=1), st.integers(1, 16), st.data())
def test_a_purge_takes_nothing_that_is_wished_for(
    drawn: tuple[Truth, Desired, frozenset[Path]], kinds: set[Surplus], limit: int, data: st.DataObject
) -> None:
    truth, wish, declared = drawn
    wish = replace(wish, purge=Purge(frozenset(kinds), limit))
    laws = Laws(declared=declared)
    undisturbed = run(copy.deepcopy(truth), wish, Laws(declared=declared))
    stood = {session.id for session in truth.sessions}
    # Sessions that Windows makes of what is stored meanwhile do not count.
    counted = [
        step
        for step in undisturbed.performed
        if isinstance(step, (s.RemoveLogin, s.RemoveDiscoveryPortal))
        or (isinstance(step, s.Logout) and step.session in stood)
    ]
    assert sum(step.removes for step in counted) <= limit
    run(truth, wish, laws, data.draw(st.integers(1, undisturbed.moments)))
    truth.rest()
    outcome = converge(FakeMachine(truth, laws.watch), wish, limits=QUICK)
    assert laws.breaches == []
    if outcome.state == "converged" and kinds == set(Surplus):
        assert surplus_of(truth, declared) == []
    if not outcome.failures:
        again = run(truth, wish, laws)
        tried = (s.RescanDisks, s.ClaimHardware)
        assert [step for step in again.performed if not isinstance(step, tried)] == []


@bounded
@given(with_surplus(), st.sampled_from([None, 1, 2, 3]), st.data())
def test_absent_paths_leave_what_is_used_its_floor(
    drawn: tuple[Truth, Desired, frozenset[Path]], minimum: int | None, data: st.DataObject
) -> None:
    truth, whole_wish, declared = drawn
    if not truth.running:
        truth.installed = True
        truth.start_service()
        truth.rest()
    wish = Desired(layout=whole_wish.layout, paths=WantedPaths(minimum), absent=True)
    floor = 2 if minimum is None else minimum
    laws = Laws(declared=declared, floor=floor)
    undisturbed = run(copy.deepcopy(truth), wish, Laws(declared=declared, floor=floor))
    run(truth, wish, laws, data.draw(st.integers(1, undisturbed.moments)))
    outcome = converge(FakeMachine(truth, laws.watch), wish, limits=QUICK)
    assert laws.breaches == []
    assert {type(step) for step in undisturbed.performed} <= {s.RemoveLogin, s.Logout}
    if outcome.state == "converged":
        left: list[t.Any] = [one.path for one in truth.sessions if one.path in declared and one.connected]
        left += [login for login in truth.logins if login in {stored(truth, path) for path in declared}]
        assert left == []
        assert run(truth, wish, laws).performed == []
    else:
        assert outcome.failures
