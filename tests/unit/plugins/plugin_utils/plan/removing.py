# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the tests of removals look at plans, and the hosts they look at."""

from __future__ import annotations

import typing as t
from collections.abc import Collection
from dataclasses import replace
from ipaddress import IPv4Address

from ansible_collections.eva.mpio.plugins.plugin_utils._model import NOT_READ, Path, PersistentLogin
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, Purge, Surplus, WantedPaths
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Finding, Memory, Plan, Severity
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.around import Standing
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged, portal, target_of
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout

NIC_1, NIC_2 = IPv4Address("10.10.1.11"), IPv4Address("10.10.2.11")
PORTAL_1 = portal("10.10.1.21")
ACROSS = Path(NIC_2, PORTAL_1, target_of(PORTAL_1))
"""A path that the mesh by subnet does not give."""
OLD_TARGET = "iqn.2000-01.com.example:old"
STALE = frozenset({Surplus.STALE})
BOTH = frozenset(Surplus)


def purge_wish(kinds: Collection[Surplus] = STALE, limit: int = 16, **other: t.Any) -> Desired:
    """What the module session wishes with ``purge``."""
    values: dict[str, t.Any] = {"layout": layout(), "paths": WantedPaths()}
    return Desired(**{**values, **other}, purge=Purge(frozenset(kinds), limit))


def purged(
    truth: Truth,
    kinds: Collection[Surplus] = STALE,
    limit: int = 16,
    memory: Memory | None = None,
    unread: Collection[str] = (),
    **other: t.Any,
) -> Plan:
    """Plan a purge; of ``unread`` nobody has asked for yet."""
    host = replace(truth.host(), **dict.fromkeys(unread, NOT_READ))
    return plan_host(purge_wish(kinds, limit, **other), host, memory)


def removals(plan: Plan) -> list[str]:
    """What is removed now: ``RemoveLogin``, ``Logout 5``, ``RemoveDiscoveryPortal 10.10.1.21:3260``."""
    return [_short(step) for step in plan.ready if step.removes]


def _short(step: s.Step) -> str:
    name = type(step).__name__
    if isinstance(step, s.Logout):
        return f"{name} {step.session_id.session}"
    if isinstance(step, s.RemoveDiscoveryPortal):
        return f"{name} {step.item.portal}"
    if isinstance(step, s.RemoveLogin):
        return f"{name} {step.copies}" + (f" of {step.copies + step.keep}" if step.keep else "")
    return name


def announced(plan: Plan) -> list[str]:
    """What is removed later, and what it waits for."""
    shown = [item for item in plan.steps if item.after and item.step.removes and not item.fallback]
    return [f"{_short(item.step)} [{item.after}]" for item in shown]


def surplus_path(truth: Truth, path: Path = ACROSS) -> tuple[Standing, PersistentLogin]:
    """Add both halves of a path that is not declared."""
    session, login = truth.log_in(path), stored(truth, path)
    truth.logins.append(login)
    return session, login


def with_surplus(path: Path = ACROSS, **other: t.Any) -> Truth:
    truth = converged(**other)
    surplus_path(truth, path)
    return truth


def problems(plan: Plan) -> list[Finding]:
    return [finding for finding in plan.findings if finding.severity is Severity.PROBLEM]


def use(truth: Truth) -> Truth:
    """Let somebody use every LUN."""
    truth.in_use.update(lun.wwn for array in truth.arrays for lun in array.luns)
    return truth
