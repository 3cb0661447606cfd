# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any layout on a host in any state: it converges or says why not, and on the way nothing gets worse."""

from __future__ import annotations

import copy
import typing as t
from dataclasses import replace
from ipaddress import IPv4Address

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import Limits, converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import PARTS, Cluster, Known, Path
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths, fresh
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.laws import Laws
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import (
    SERVER_2003,
    SERVER_2012,
    Truth,
    stored,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import P6300, layout, whole

bounded = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
QUICK = Limits(devices=2)
STRAY = IPv4Address("10.10.1.99")


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    """Return a host in any state that the model can be in."""
    subnets = draw(st.integers(1, 3))
    nics = [f"10.10.{n}.11/24" for n in range(1, subnets + 1)]
    ports = [f"10.10.{n}.{end}" for n in range(1, subnets + 1) for end in range(21, 21 + draw(st.integers(1, 2)))]
    truth = fresh(nics, ports, luns=draw(st.integers(0, 2)))
    paths = all_paths(truth)
    truth.traits = draw(st.sampled_from([SERVER_2012, SERVER_2012, SERVER_2003]))
    truth.installed = truth.traits.initiator_included or draw(st.booleans())
    truth.package_brings = frozenset(
        draw(st.sampled_from([("initiator", "mpio"), ("initiator", "mpio"), ("initiator",), ("mpio",), ()]))
    )
    truth.package_starts = draw(st.booleans())
    truth.users = draw(st.sampled_from([(), (), (), ("FILES01\\anna",)]))
    truth.cluster = draw(st.sampled_from([truth.cluster, truth.cluster, Cluster(True, Known(("SQL",)))]))
    truth.start_mode = draw(st.sampled_from(["Auto", "Manual", "Auto", "Disabled"]))
    truth.feature = draw(st.sampled_from(["absent", "pending", "loaded", "loaded"]))
    truth.other_dsms = draw(st.sampled_from([(), (), (), ("IBM SDDDSM",)]))
    truth.claims = draw(st.sampled_from([[], [P6300], [P6300]]))
    truth.loaded_claims = list(draw(st.sampled_from([[], truth.claims, truth.claims])))
    for name in ("feature_needs_reboot", "claim_needs_reboot", "claim_works_before_reboot", "stale_discovery"):
        setattr(truth, name, draw(st.booleans()))
    truth.store_logs_in = draw(st.booleans())
    truth.device_delay = draw(st.sampled_from([0.0, 0.0, 1.0]))
    truth.discovery = [(path.portal, path.nic) for path in draw(st.lists(st.sampled_from(paths), unique=True))]
    truth.logins = [
        stored(truth, path, multipath=draw(st.booleans()) or draw(st.booleans()), informational=False)
        for path in draw(st.lists(st.sampled_from(paths), max_size=3))
    ]
    if not truth.installed:
        truth.start_mode, truth.logins, truth.discovery = "Manual", [], []
    for lun in truth.arrays[0].luns:
        lun.presented = draw(st.sampled_from([True, True, True, False]))
        lun.alua = draw(st.booleans())
    if truth.start_mode == "Auto" and draw(st.booleans()):
        truth.running = True
        for portal, nic in truth.discovery:
            truth.discover(portal, nic)
        for path in draw(st.lists(st.sampled_from(paths), max_size=3, unique=True)):
            truth.log_in(path)
        if draw(st.sampled_from([False] * 5 + [True])):
            truth.log_in(Path(STRAY, paths[0].portal, paths[0].target))
        for session in truth.sessions:
            session.connected = draw(st.sampled_from([True] * 5 + [False]))
            session.tells_nic = draw(st.sampled_from([True] * 7 + [False]))
    truth.down = {(path.nic, path.portal) for path in draw(st.lists(st.sampled_from(paths), max_size=2))}
    truth.rest()
    return truth


def wish_for(truth: Truth, **other: t.Any) -> Desired:
    nics = [str(interface.ip) for interface in truth.interfaces]
    ports = [str(path.portal.address) for path in all_paths(truth)]
    return whole(layout(nics, ports), **other)


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
        # What Windows refuses before the restart is all that is tried again.
        tried = () if truth.claim_works_before_reboot or reboot_allowed else (s.ClaimHardware,)
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
