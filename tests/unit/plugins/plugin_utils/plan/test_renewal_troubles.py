# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotations that one port, one portal or a restart gets in the way of."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Answer
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, WantedInitiator
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Memory, Severity
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths, converged, prepared
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import P6300, layout, whole
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.views import path

OLD, NEW = Chap("host1", "oldsecret1234"), Chap("host1", "newsecret1234")
CLAIMED = frozenset({s.ClaimHardware((P6300,), reason="")})


def rotated() -> Truth:
    """A host whose array has another secret by now."""
    truth = converged()
    truth.sessions.clear()
    truth.logins.clear()
    for one in all_paths(truth):
        truth.log_in(one, OLD)
        truth.store(stored(truth, one, OLD), OLD)
        truth.discovery_chap[(one.portal, one.nic)] = OLD
    truth.arrays[0].secret = NEW.secret
    return truth


def waits_for_restart(chap: Chap | None) -> Truth:
    """A claim came after the LUNs were seen over the one path."""
    truth = prepared()
    truth.claims, truth.loaded_claims = [], []
    truth.log_in(path(0), chap)
    truth.store(stored(truth, path(0), chap), chap)
    truth.claims = [P6300]
    return truth


@pytest.mark.parametrize("of_one_path", [True, False], ids=["known cause", "credentials, or not known"])
def test_a_port_without_resources_does_not_keep_the_new_secret_from_the_other_paths(of_one_path: bool) -> None:
    truth = rotated()
    machine = FakeMachine(truth)
    machine.failing = {s.Login: [Answer("0xEFFF0014: no resources", of_one_path=of_one_path)]}
    outcome = converge(machine, whole(layout(chap=NEW), renew_secrets=True))
    assert any("no resources" in str(finding) for finding in outcome.failures)
    kept = 0 if of_one_path else 3
    assert [one.chap.secret for one in truth.sessions if one.chap].count(OLD.secret) == 1 + kept
    assert {truth.secret_of(login) for login in truth.logins} == ({NEW.secret} if of_one_path else {OLD.secret})


def test_a_wrong_secret_reaches_one_discovery_portal_only() -> None:
    truth = prepared()
    truth.discovery_chap = dict.fromkeys(truth.discovery, OLD)
    machine = FakeMachine(truth)
    machine.failing = {s.RenewDiscoveryPortal: [Answer("0xEFFF0009: CHAP failed", refused=True)]}
    outcome = converge(machine, Desired(layout=layout(chap=NEW), portals=True, renew_secrets=True))
    assert [type(step) for step in machine.performed] == [s.RenewDiscoveryPortal]
    assert len(outcome.failures) == 1
    assert {item.after for item in outcome.plan.steps} == {"a session stands with these credentials"}


def test_no_restart_while_what_is_stored_has_other_credentials() -> None:
    """Which of them the array takes cannot be tried beside the only session there may be."""
    truth = waits_for_restart(None)
    plan = plan_host(whole(layout(chap=NEW)), truth.host(), Memory(since_boot=CLAIMED))
    assert not any(isinstance(item.step, s.Reboot) for item in plan.steps)
    (problem,) = plan.of(Severity.PROBLEM)
    assert "has other credentials than the layout" in problem.text
    made = frozenset({s.Login(path(0).nic, path(0).portal, path(0).target, reason="")})
    proven = plan_host(whole(layout(chap=NEW)), truth.host(), Memory(since_boot=CLAIMED, proven=made))
    assert any(isinstance(step, s.Reboot) for step in proven.ready), "this run has shown that the array takes them"


def test_a_restart_before_a_rotation_is_made_with_a_word() -> None:
    truth = waits_for_restart(OLD)
    standing = frozenset(session.id for session in truth.sessions)
    memory = Memory(since_boot=CLAIMED, standing=standing)
    plan = plan_host(whole(layout(chap=NEW), renew_secrets=True), truth.host(), memory)
    assert any(isinstance(step, s.Reboot) for step in plan.ready)
    assert any("has the secret of before until multipath is in effect" in one.text for one in plan.of(Severity.NOTE))


@pytest.mark.parametrize("renamed", [True, False], ids=["by this run", "about to be"])
def test_a_new_name_and_a_restart_never_in_one_run(renamed: bool) -> None:
    truth = waits_for_restart(None)
    name = truth.node_name if renamed else "iqn.1991-05.com.microsoft:renamed"
    wish = whole(initiator=WantedInitiator(name, rename_despite_sessions=True))
    plan = plan_host(wish, truth.host(), Memory(since_boot=CLAIMED, renamed=renamed))
    assert not any(isinstance(item.step, s.Reboot) for item in plan.steps)
    assert ["present them to the new name" in one.text for one in plan.of(Severity.PROBLEM)] == [True]
    truth.sessions.clear()
    assert not plan_host(wish, truth.host(), Memory(renamed=renamed)).of(Severity.PROBLEM)
