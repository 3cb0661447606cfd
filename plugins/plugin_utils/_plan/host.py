# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a whole host: every part that is wished for, in the safe order. Private to the collection.

Order: initiator, feature and claim (one restart serves both), discovery portals, one path while multipath is not in
effect, the restart, all paths, policies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._model import Host, NotKnown, Unknown
from .desired import Desired
from .paths import DISCOVERY, NUMBER, plan_paths
from .plan import Finding, Item, Memory, Plan, Planned, Severity, Side, Waiting, assemble
from .policies import plan_policies
from .portals import check_layout, plan_portals, routes_of
from .preparation import INITIATOR_SERVICE, plan_claim, plan_feature, plan_initiator
from .reboot import plan_reboot, reboot_reasons
from .steps import PathStep, Step

RESTART = "the restart of Windows"


def plan_host(desired: Desired, host: Host, memory: Memory | None = None) -> Plan:
    """Decide what to do on a host. Pure: no input or output, the same answer for the same arguments.

    Args:
        desired: The wish.
        host: What was read.
        memory: What this run has done already.
    """
    memory = memory or Memory()
    reasons = reboot_reasons(desired, host) if _manages_multipath(desired) else ()
    return assemble(_items(desired, host, memory, reasons), memory, reasons)


def parts_needed(desired: Desired) -> frozenset[str]:
    """Return the parts of a host (:data:`_model.PARTS`) that the plan for this wish looks at."""
    parts = {"initiator_service"}
    if desired.initiator is not None:
        parts |= {"initiator", "sessions", "logins"}
    if _manages_multipath(desired):
        parts |= {"feature", "dsms", "disks", "sessions"}
    if desired.claim is not None:
        parts |= {"claims"}
    if desired.layout is not None:
        parts |= {"nics", "initiator"}
    if desired.portals:
        parts |= {"portals"}
    if desired.paths is not None or desired.proof:
        parts |= {"portals", "targets", "sessions", "logins", "feature", "dsms", "disks"}
    if desired.paths is not None:
        parts |= {"claims"}
    if desired.policies is not None:
        parts |= {"disks", "sessions"}
    if desired.policies is not None and desired.layout is not None:
        parts |= {"targets"}
    if desired.reboot_allowed:
        parts |= {"initiator", "sessions", "logins", "pending_reboot"}
    return frozenset(parts)


def _manages_multipath(desired: Desired) -> bool:
    return desired.feature or desired.claim is not None or desired.paths is not None


def _items(desired: Desired, host: Host, memory: Memory, reasons: tuple[str, ...]) -> Iterator[Item]:
    if not host.os.server:
        yield Finding(
            Severity.REFUSAL, Side.HOST, "operating system", f"{host.os.caption} is a client edition without MPIO"
        )
        return
    if desired.layout is not None:
        refusals = list(check_layout(desired.layout, host))
        yield from refusals
        if any(item.severity is Severity.REFUSAL for item in refusals):
            return
    yield from _stopped(desired, host)
    preparation = list(_preparation(desired, host, memory))
    yield from preparation
    paths = list(_paths(desired, host, memory))
    ready, later = _split(paths)
    yield from ready
    coming = _open(_split(preparation)[0] + ready, memory)
    stored_later = [item.step for item in later if isinstance(item, Planned) and item.after in (DISCOVERY, NUMBER)]
    restart = list(plan_reboot(desired, host, memory, reasons, coming, stored_later))
    yield from restart
    yield from later
    if desired.policies is not None:
        open_steps = [*_open(preparation, memory), *_open(restart, memory)]
        arrays = desired.layout.arrays if desired.layout is not None else None
        yield from plan_policies(desired.policies, arrays, host, _more_to_come(paths, open_steps, memory))


def _stopped(desired: Desired, host: Host) -> Iterator[Finding]:
    """Say that nothing can be done because the service is stopped, where starting it is not part of the wish."""
    service = host.initiator_service
    if desired.initiator is not None or not (desired.portals or desired.paths is not None):
        return
    if not isinstance(service, Unknown) and not service.value.running:
        yield Finding(
            Severity.PROBLEM,
            Side.HOST,
            f"service {INITIATOR_SERVICE}",
            "it is not running, so no discovery portal and no session can be made; run eva.mpio.initiator first",
        )


def _preparation(desired: Desired, host: Host, memory: Memory) -> Iterator[Item]:
    if desired.initiator is not None:
        yield from plan_initiator(desired.initiator, host, desired.layout.arrays if desired.layout else None)
    if desired.feature:
        yield from plan_feature(host)
    if desired.claim is not None:
        yield from plan_claim(desired, host, memory)
    if desired.layout is not None and desired.portals:
        yield from plan_portals(desired.layout, host)


def _paths(desired: Desired, host: Host, memory: Memory) -> Iterator[Item]:
    if desired.layout is None or desired.paths is None:
        return
    for array in desired.layout.arrays:
        try:
            routes = routes_of(desired.layout, array, host)
        except NotKnown:
            return  # check_layout has refused it already
        yield from plan_paths(array, routes.pairs, host, memory)


def _split(items: list[Item]) -> tuple[list[Item], list[Item]]:
    """Put what can be done now before what waits, each in its order."""
    ready = [item for item in items if not (isinstance(item, Planned) and item.after is not None)]
    later: list[Item] = [item for item in items if isinstance(item, Planned) and item.after is not None]
    return ready, later


def _open(items: Sequence[Item], memory: Memory) -> list[Step]:
    """Return the steps that this run has not tried yet."""
    steps = (item.step for item in items if isinstance(item, Planned))
    return [step for step in steps if step not in memory.failed and step not in memory.done]


def _more_to_come(paths: list[Item], others: list[Step], memory: Memory) -> str | None:
    """Say what LUNs that are not visible yet wait for; None when no step of the plan can show more."""
    if any(isinstance(item, Waiting) for item in paths):
        return "the array presents LUNs"
    if any(isinstance(step, PathStep) for step in _open(paths, memory)):
        return "the paths are made"
    if others:
        return "the steps above"
    return None
