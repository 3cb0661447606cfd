# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any layout on a host in any state: it converges or says why not, and on the way nothing gets worse."""

from __future__ import annotations

import copy
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import PARTS
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.laws import Laws
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.states import QUICK, bounded, truths, wish_for
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored


@bounded
@given(truths(), st.booleans())
def test_it_converges_or_says_why_not_and_nothing_gets_worse(truth: Truth, reboot_allowed: bool) -> None:
    laws, wish = Laws(reboot_allowed), wish_for(truth, reboot_allowed=reboot_allowed)
    machine = FakeMachine(truth, laws.watch)
    outcome = converge(machine, wish, limits=QUICK)
    assert laws.breaches == []
    assert len(machine.performed) < 60
    assert sum(isinstance(step, s.InstallInitiator) for step in machine.performed) <= 1
    if outcome.state == "converged":
        assert {session.path for session in truth.sessions if session.connected} >= set(all_paths(truth))
        assert all(stored(truth, path) in truth.logins for path in all_paths(truth))
        assert set(truth.discovery) == {(path.portal, path.nic) for path in all_paths(truth)}
    else:
        assert outcome.failures or outcome.plan.reboot_reasons or outcome.plan.waiting
    # Another run finds nothing that the first could have done, unless it was kept from working.
    again = FakeMachine(truth, laws.watch)
    rerun = converge(again, wish, limits=QUICK)
    assert laws.breaches == []
    if not outcome.failures:
        # What Windows refuses before the restart is tried again, and an array that shows no LUN is looked at again.
        tried: tuple[type[s.Step], ...] = (s.RescanDisks,)
        tried += () if truth.claim_works_before_reboot or reboot_allowed else (s.ClaimHardware,)
        assert [step for step in again.performed if not isinstance(step, tried)] == []
        assert rerun.state == outcome.state


@bounded
@given(truths(), st.data())
def test_a_run_that_was_cut_can_be_taken_up(truth: Truth, data: st.DataObject) -> None:
    laws, wish = Laws(), wish_for(truth)
    undisturbed = FakeMachine(copy.deepcopy(truth))
    expected = converge(undisturbed, wish, limits=QUICK)
    machine = FakeMachine(truth, laws.watch)
    machine.cut_at = data.draw(st.integers(1, undisturbed.moments))
    try:
        converge(machine, wish, limits=QUICK)
    except Exception as error:
        assert "was lost at moment" in str(error)  # noqa: PT017
    truth.rest()
    outcome = converge(FakeMachine(truth, laws.watch), wish, limits=QUICK)
    assert laws.breaches == []
    assert expected.failures or outcome.state == expected.state


@bounded
@given(truths())
def test_the_order_in_which_things_were_read_does_not_matter(truth: Truth) -> None:
    wish = wish_for(truth)
    forwards = plan_host(wish, truth.host())
    truth.reordered = True
    backwards = plan_host(wish, truth.host())
    assert [(item.step, item.step.reason, item.after) for item in forwards.steps] == [
        (item.step, item.step.reason, item.after) for item in backwards.steps
    ]
    assert forwards == backwards


PATH_STEPS = (s.Login, s.StoreLogin, s.ReplaceLogin)
DEPENDS: dict[str, tuple[type[s.Step], ...]] = {
    "nics": (s.Step,),
    "initiator_service": (
        *PATH_STEPS,
        s.AddDiscoveryPortal,
        s.RefreshTargets,
        s.StartService,
        s.SetServiceStart,
        s.InstallInitiator,
        s.Reboot,
    ),
    "initiator": (*PATH_STEPS, s.AddDiscoveryPortal),
    "portals": (s.AddDiscoveryPortal,),
    "targets": (*PATH_STEPS, s.RefreshTargets),
    "sessions": (*PATH_STEPS, s.Reboot),
    "logins": (*PATH_STEPS, s.Reboot),
    "feature": (s.EnableFeature, s.ClaimHardware, s.Reboot),
    "claims": (s.ClaimHardware,),
    "dsms": (s.ClaimHardware, s.InstallInitiator, s.Reboot),
    "users": (s.Reboot,),
    "cluster": (s.Reboot,),
    "disks": (s.ClaimHardware, s.SetPolicy, s.Reboot),
}


@bounded
@given(truths(), st.sampled_from(sorted(DEPENDS)))
def test_an_unknown_part_leads_to_no_step_that_depends_on_it(truth: Truth, part: str) -> None:
    assume(truth.start_mode != "Disabled")
    wish = wish_for(truth)
    truth.hidden = frozenset({part})
    laws = Laws()
    machine = FakeMachine(truth, laws.watch)
    live = len(truth.sessions)
    outcome = converge(machine, wish, limits=QUICK)
    assert [step for step in machine.performed if isinstance(step, DEPENDS[part])] == []
    assert laws.breaches == []
    if part in ("feature", "dsms", "disks") and truth.boots == 0:
        made = [step for step in machine.performed if isinstance(step, s.Login)]
        assert len(made) <= 1 or live == 0
    assert outcome.state == "converged" or outcome.failures or outcome.plan.waiting or outcome.plan.reboot_reasons


@bounded
@given(truths())
def test_planning_is_pure_and_unread_parts_block(truth: Truth) -> None:
    wish = wish_for(truth)
    host = truth.host()
    assert plan_host(wish, host) == plan_host(wish, host)
    nothing = plan_host(wish, truth.host(parts=()))
    assert nothing.steps == ()
    for name in PARTS:
        plan_host(wish, replace(host, **{name: getattr(truth.host(parts=()), name)}))
