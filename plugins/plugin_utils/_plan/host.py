# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a whole host: every part that is wished for, in the safe order. Private to the collection.

Order: the initiator or its package, feature and claim (one restart serves all), discovery portals, one path while
multipath is not in effect, the restart, all paths, policies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._model import Host, NotKnown, Unknown
from .desired import Desired
from .guards import GUARDS
from .package import plan_package
from .paths import DISCOVERY, NUMBER, plan_paths
from .plan import Finding, Item, Memory, Plan, Planned, Severity, Side, Waiting, assemble
from .policies import check_policies, plan_policies
from .portals import check_layout, plan_portals, routes_of
from .preparation import INITIATOR_SERVICE, plan_claim, plan_feature, plan_initiator, without_service
from .reboot import plan_reboot, reboot_reasons
from .steps import InstallInitiator, PathStep, Reboot, Step


def plan_host(desired: Desired, host: Host, memory: Memory | None = None) -> Plan:
    """Decide what to do on a host. Pure: no input or output, the same answer for the same arguments.

    Args:
        desired: The wish.
        host: What was read.
        memory: What this run has done already.
    """
    memory = memory or Memory()
    reasons = reboot_reasons(desired, host) if desired.multipath or _brings_mpio(desired, host) else ()
    return assemble(_items(desired, host, memory, reasons), memory, reasons)


def parts_needed(desired: Desired) -> frozenset[str]:
    """Return the parts of a host (:data:`_model.PARTS`) that the plan for this wish looks at."""
    parts = {"initiator_service"}
    if desired.initiator is not None:
        parts |= {"initiator", "sessions", "logins"}
    if desired.multipath or (desired.initiator is not None and desired.initiator.package is not None):
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


def parts_before(desired: Desired, plan: Plan) -> frozenset[str]:
    """Return the parts of a host that its guards look at before certain steps of a plan are taken, and only then."""
    parts: set[str] = set()
    if desired.reboot_allowed and any(isinstance(item.step, (InstallInitiator, Reboot)) for item in plan.steps):
        parts |= GUARDS - desired.reboot_despite
    if any(isinstance(item.step, InstallInitiator) for item in plan.steps):
        parts |= {"drivers"}
    return frozenset(parts)


def _brings_mpio(desired: Desired, host: Host) -> bool:
    """Tell whether the package of the initiator is part of the wish and means something here: MPIO may come with it."""
    return (
        not host.traits.initiator_included and desired.initiator is not None and desired.initiator.package is not None
    )


def _items(desired: Desired, host: Host, memory: Memory, reasons: tuple[str, ...]) -> Iterator[Item]:
    if desired.policies is not None:
        yield from check_policies(desired.policies, host)
    if desired.layout is not None:
        refusals = list(check_layout(desired.layout, host))
        yield from refusals
        if any(item.severity is Severity.REFUSAL for item in refusals):
            return
    stopped = list(_stopped(desired, host))
    yield from stopped
    if any(item.severity is Severity.REFUSAL for item in stopped):
        return
    preparation = list(_preparation(desired, host, memory))
    yield from preparation
    paths = list(_paths(desired, host, memory))
    ready, later = _split(paths)
    yield from ready
    coming = _open(_split(preparation)[0] + ready, memory)
    before_it = [item.step for item in later if isinstance(item, Planned) and item.after in (DISCOVERY, NUMBER)]
    before_it += [step for step in _open(preparation, memory) if isinstance(step, InstallInitiator)]
    restart = list(plan_reboot(desired, host, memory, reasons, coming, before_it))
    yield from restart
    yield from later
    if desired.policies is not None:
        open_steps = [*_open(preparation, memory), *_open(restart, memory)]
        arrays = desired.layout.arrays if desired.layout is not None else None
        yield from plan_policies(desired.policies, arrays, host, _more_to_come(paths, open_steps, memory))


def _stopped(desired: Desired, host: Host) -> Iterator[Finding]:
    """Say that nothing can be done because the service is stopped or missing, where that is not part of the wish."""
    service = host.initiator_service
    if desired.initiator is not None or isinstance(service, Unknown):
        return
    makes_paths = desired.portals or desired.paths is not None
    if not service.value.installed:
        if makes_paths or desired.policies is not None:
            yield without_service(host)
    elif makes_paths and not service.value.running:
        yield Finding(
            Severity.PROBLEM,
            Side.HOST,
            f"service {INITIATOR_SERVICE}",
            "it is not running, so no discovery portal and no session can be made; run eva.mpio.initiator first",
        )


def _preparation(desired: Desired, host: Host, memory: Memory) -> Iterator[Item]:
    package = list(plan_package(desired, host, memory))
    yield from package
    if desired.initiator is not None:
        arrays = desired.layout.arrays if desired.layout else None
        installs = any(isinstance(item, Planned) for item in package)
        yield from plan_initiator(desired.initiator, host, arrays, installs)
    if desired.feature:
        yield from plan_feature(host, packaged=desired.initiator is not None)
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
