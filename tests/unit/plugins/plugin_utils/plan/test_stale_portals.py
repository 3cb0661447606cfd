# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Discovery portals that a purge removes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import DiscoveryPortal, Host, Known, value_of
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, Surplus
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_needed, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Plan, Severity
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged, portal, prepared
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.removing import (
    BOTH,
    OLD_TARGET,
    PORTAL_1,
    announced,
    problems,
    purge_wish,
    removals,
)

ELSEWHERE = portal("10.10.1.77")
WITH_PATHS = purge_wish(portals=True)
PORTALS_ALONE = purge_wish(portals=True, paths=None)
both_modules = pytest.mark.parametrize("wish", [WITH_PATHS, PORTALS_ALONE], ids=["host", "portal"])


def host_with(truth: Truth, *more: DiscoveryPortal) -> Host:
    """The host with discovery portals that nothing declares."""
    host = truth.host()
    return replace(host, portals=Known((*more, *value_of(host.portals))))


def told(truth: Truth, *names: str) -> None:
    """Let the portal with the undeclared address have told of targets."""
    for name in names:
        truth.arrays[0].targets.setdefault(name, (ELSEWHERE,))
        truth.known_targets.setdefault(name, set()).add(ELSEWHERE)


def first_target(truth: Truth) -> str:
    return truth.sessions[0].path.target


def instance_of(truth: Truth) -> str | None:
    return value_of(truth.host().initiator).instance


STALE: dict[str, tuple[DiscoveryPortal, bool]] = {
    "bound to any NIC": (DiscoveryPortal(PORTAL_1, None, None), True),
    "bound to a NIC that is gone": (DiscoveryPortal(PORTAL_1, None, 77), True),
    "bound to a NIC of another subnet": (DiscoveryPortal(PORTAL_1, None, 1), True),
    "D-05 on another TCP port": (DiscoveryPortal(portal("10.10.1.21:3261"), None, 0), True),
    "X-12 declared": (DiscoveryPortal(PORTAL_1, None, 0), False),
    "an HBA's": (DiscoveryPortal(PORTAL_1, "PCI\\VEN_1077\\1_0", 1), False),
    "another address that told of nothing": (DiscoveryPortal(portal("10.10.1.200"), None, None), False),
}


@both_modules
@pytest.mark.parametrize(("item", "expected"), STALE.values(), ids=STALE.keys())
def test_x_10_a_declared_address_through_another_nic_is_stale(
    item: DiscoveryPortal, expected: bool, wish: Desired
) -> None:
    plan = plan_host(wish, host_with(converged(), item))
    assert removals(plan) == ([f"RemoveDiscoveryPortal {item.portal}"] if expected else [])


@pytest.mark.parametrize(
    ("names", "expected"),
    [((), False), (("ours",), True), (("ours", OLD_TARGET), False), ((OLD_TARGET,), False)],
    ids=["of nothing", "of ours alone", "of another as well", "of another"],
)
def test_an_undeclared_address_is_stale_where_it_tells_of_declared_targets_alone(
    names: tuple[str, ...], expected: bool
) -> None:
    truth = converged()
    told(truth, *(first_target(truth) if name == "ours" else name for name in names))
    plan = plan_host(WITH_PATHS, host_with(truth, DiscoveryPortal(ELSEWHERE, instance_of(truth), None)))
    assert bool(removals(plan)) is expected


@pytest.mark.parametrize("kinds", [frozenset(), frozenset({Surplus.UNDECLARED})], ids=["none", "undeclared"])
def test_they_are_kept_where_nobody_asks_for_the_stale(kinds: frozenset[Surplus]) -> None:
    host = host_with(converged(), DiscoveryPortal(PORTAL_1, None, None))
    assert plan_host(purge_wish(kinds, portals=True), host).steps == ()


def test_the_module_session_leaves_discovery_portals_alone() -> None:
    assert plan_host(purge_wish(BOTH), host_with(converged(), DiscoveryPortal(PORTAL_1, None, None))).steps == ()


# ---- only where the array is complete


def lacks_a_portal(truth: Truth) -> None:
    truth.discovery.pop(0)


def lacks_a_target(truth: Truth) -> None:
    truth.known_targets.pop(first_target(truth))


def kept(plan: Plan) -> bool:
    return not [step for step in plan.ready if step.removes]


@both_modules
@pytest.mark.parametrize("trouble", [lacks_a_portal, lacks_a_target])
def test_nothing_goes_before_the_array_is_complete(trouble: Callable[[Truth], None], wish: Desired) -> None:
    truth = converged()
    trouble(truth)
    plan = plan_host(wish, host_with(truth, DiscoveryPortal(PORTAL_1, None, None)))
    assert kept(plan)
    if trouble is lacks_a_portal:
        assert len(announced(plan)) == 1
    else:
        (note,) = [one for one in plan.findings if one.severity is Severity.NOTE]
        assert note.text.startswith("kept although not wished for: 1 discovery portal;")


def test_it_is_the_same_before_any_session_stands() -> None:
    plan = plan_host(WITH_PATHS, host_with(prepared(), DiscoveryPortal(PORTAL_1, None, None)))
    assert kept(plan)
    assert announced(plan)


@pytest.mark.parametrize("part", ["portals", "targets"])
def test_what_cannot_be_read_removes_nothing(part: str) -> None:
    truth = converged()
    truth.hidden = frozenset({part})
    plan = plan_host(PORTALS_ALONE, truth.host())
    assert not [item for item in plan.steps if item.step.removes and not item.fallback]
    assert [one for one in problems(plan) if one.where == "discovery portals"]


def test_a_port_number_that_windows_does_not_resolve_is_kept() -> None:
    host = host_with(converged(), DiscoveryPortal(PORTAL_1, None, 77))
    initiator = value_of(host.initiator)
    blind = replace(host, initiator=Known(replace(initiator, ports_known=False)))
    assert kept(plan_host(PORTALS_ALONE, blind))


def test_the_module_portal_reads_what_its_purge_looks_at() -> None:
    without = parts_needed(replace(PORTALS_ALONE, purge=None))
    assert parts_needed(PORTALS_ALONE) - without == {"targets", "sessions"}


def test_steps_do_not_depend_on_the_order_of_what_was_read() -> None:
    items = [DiscoveryPortal(PORTAL_1, None, None), DiscoveryPortal(PORTAL_1, None, 77)]
    truth = converged()
    assert (
        plan_host(WITH_PATHS, host_with(truth, *items)).steps
        == plan_host(WITH_PATHS, host_with(truth, *items[::-1])).steps
    )
