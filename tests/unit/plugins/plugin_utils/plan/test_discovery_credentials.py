# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials of discovery portals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Memory, Plan
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths, converged, prepared
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.views import path

CHAP = Chap("host1", "secretsecret1")
PORTAL, NIC = path(0).portal, path(0).nic


def stored_with(chap: Chap | None, tells: bool = True) -> Truth:
    """Return a host whose discovery portals are stored with these credentials, without a session."""
    truth = prepared(tells_credentials=tells)
    if chap is not None:
        truth.discovery_chap = dict.fromkeys(truth.discovery, chap)
    return truth


def plan_of(truth: Truth, chap: Chap | None, memory: Memory | None = None, renew: bool = False) -> Plan:
    return plan_host(Desired(layout=layout(chap=chap), portals=True, renew_secrets=renew), truth.host(), memory)


@pytest.mark.parametrize(
    ("actual", "wanted"),
    [(None, None), (CHAP, CHAP), (CHAP, replace(CHAP, secret="anothersecret"))],
    ids=["none", "chap", "the secret cannot be read"],
)
def test_the_right_ones_stay(actual: Chap | None, wanted: Chap | None) -> None:
    assert plan_of(stored_with(actual), wanted).steps == ()


@pytest.mark.parametrize(
    ("actual", "wanted", "reason"),
    [
        pytest.param(None, CHAP, "its authentication is none instead of chap", id="chap-wanted"),
        pytest.param(CHAP, None, "its authentication is chap instead of none", id="V-06-none-wanted"),
        pytest.param(
            CHAP, replace(CHAP, mutual=True), "its authentication is chap instead of mutual_chap", id="mutual-wanted"
        ),
        pytest.param(CHAP, replace(CHAP, user="host2"), "its CHAP name is another one", id="other-name"),
    ],
)
def test_others_are_stored_again(actual: Chap | None, wanted: Chap | None, reason: str) -> None:
    truth = stored_with(actual)
    plan = plan_of(truth, wanted)
    assert plan.ready == tuple(
        s.RenewDiscoveryPortal(one.portal, one.nic, wanted, reason="") for one in all_paths(truth)
    )
    assert {step.reason for step in plan.ready} == {reason}


def test_what_windows_does_not_tell_is_not_judged() -> None:
    assert plan_of(stored_with(None, tells=False), CHAP).steps == ()


def test_of_several_one_that_is_right_is_enough() -> None:
    truth = stored_with(None)
    truth.discovery.append((PORTAL, NIC))
    assert plan_of(truth, None).steps == ()


def test_secrets_are_renewed_once_a_run() -> None:
    truth = stored_with(CHAP)
    plan = plan_of(truth, CHAP, renew=True)
    assert len(plan.ready) == 4
    assert {type(step) for step in plan.ready} == {s.RenewDiscoveryPortal}
    assert plan_of(truth, CHAP, Memory(done=frozenset(plan.ready)), renew=True).steps == ()
    assert plan_of(stored_with(None), None, renew=True).steps == ()


def test_they_wait_until_a_session_stands_with_the_same_credentials() -> None:
    truth = converged()
    desired = Desired(layout=layout(chap=CHAP), portals=True)
    plan = plan_host(desired, truth.host())
    waits = {item.after for item in plan.steps if isinstance(item.step, s.RenewDiscoveryPortal)}
    assert waits == {"a session stands with these credentials"}
    truth.log_in(path(0), CHAP)
    assert len(plan_host(desired, truth.host()).ready) == 4


def test_a_stopped_service_announces_them() -> None:
    truth = stored_with(None)
    truth.running = False
    plan = plan_of(truth, CHAP)
    assert s.RenewDiscoveryPortal(PORTAL, NIC, CHAP, reason="") in [item.step for item in plan.steps]
    assert plan.ready == ()


def test_no_leftover_of_a_portal_that_answers_discovery_with_a_failure() -> None:
    """V-06, V-12: Windows may store it all the same; it is declared, so it stays and is stored once."""
    truth = prepared()
    truth.discovery.clear()
    truth.known_targets.clear()
    truth.down = {(NIC, PORTAL)}
    wish = Desired(layout=layout(), portals=True)
    converge(FakeMachine(truth), wish)
    again = FakeMachine(truth)
    converge(again, wish)
    assert again.performed == []
    assert len(truth.discovery) == len(set(truth.discovery)) == 4
