# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a whole host: every part that is wished for, in the safe order. Private to the collection.

Order: the initiator or its package, feature, DSM and claim (one restart serves all), discovery portals, one path while
multipath is not in effect, the restart, all paths, policies, removal of what is not wished for, and last the volumes
that Windows waits for at boot. Where paths or discovery portals are to be absent, nothing is planned but their removal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._model import Host, NotKnown, Unknown
from .absent import plan_absent
from .array_findings import of_other_dsm
from .boot import plan_boot, plan_volumes
from .claims import plan_claim, plan_unclaim
from .classes import Declared
from .desired import Desired, Surplus
from .dsm import plan_dsm
from .dsm_notes import held_by_change
from .hp_dsm import claims_later, setup_reasons
from .hp_policies import plan_hp_policies
from .layout import check_layout, routes_of
from .migration import plan_changes
from .package import plan_package
from .parts import parts_before, parts_needed
from .paths import plan_paths
from .plan import Finding, Item, Memory, Plan, Planned, Severity, Side, Waiting, assemble
from .policies import check_policies, plan_policies
from .portals import plan_portals
from .preparation import INITIATOR_SERVICE, plan_feature, plan_initiator, without_service
from .programs import check_programs
from .purge import LIMIT, Readiness, judge_array, plan_purge, removal_rules, sessions_of_storing, within_limit
from .raw_disks import raw_disks
from .reboot import plan_reboot, reboot_reasons
from .rescan import plan_rescan
from .settings import plan_settings, settings_reasons
from .stale_portals import judge_portals, plan_stale_portals
from .steps import InstallInitiator, Logout, PathStep, Step
from .targets import declared_paths
from .waits import CREDENTIALS, DISCOVERY, NUMBER

__all__ = ["parts_before", "parts_needed", "plan_host"]


def plan_host(desired: Desired, host: Host, memory: Memory | None = None) -> Plan:
    """Decide what to do on a host. Pure: no input or output, the same answer for the same arguments.

    Args:
        desired: The wish.
        host: What was read.
        memory: What this run has done already.
    """
    memory = memory or Memory()
    if desired.absent:
        return assemble(plan_absent(desired, host, memory), memory)
    reasons = reboot_reasons(desired, host) if desired.multipath or _brings_mpio(desired, host) else ()
    reasons = (*setup_reasons(desired, host, memory), *reasons)
    reasons += settings_reasons(desired, host, memory)
    items = list(plan_changes(desired, host, memory, lambda view: _items(desired, view, memory, reasons)))
    return assemble([*check_programs(items, host, memory), *items], memory, reasons)


def _brings_mpio(desired: Desired, host: Host) -> bool:
    """Tell whether the package of the initiator is part of the wish and means something here: MPIO may come with it."""
    return (
        not host.traits.initiator_included and desired.initiator is not None and desired.initiator.package is not None
    )


def _items(desired: Desired, host: Host, memory: Memory, reasons: tuple[str, ...]) -> Iterator[Item]:
    if desired.policies is not None:
        yield from check_policies(desired.policies, host)
    if desired.layout is not None:
        sessions = 1 if desired.paths is None else desired.paths.sessions_per_path
        refusals = list(check_layout(desired.layout, host, sessions))
        yield from refusals
        if any(item.severity is Severity.REFUSAL for item in refusals):
            return
    stopped = list(_stopped(desired, host))
    yield from stopped
    if any(item.severity is Severity.REFUSAL for item in stopped):
        return
    preparation = list(_preparation(desired, host, memory))
    # Discovery portals follow the sessions that try their credentials.
    following = [item for item in preparation if isinstance(item, Planned) and item.after == CREDENTIALS]
    yield from (item for item in preparation if item not in following)
    arrays = list(_arrays(desired, host, memory))
    paths = [item for _declared, items in arrays for item in items]
    ready, later = _split(paths)
    yield from ready
    yield from following
    coming = _open(_split(preparation)[0] + ready, memory)
    before_it = [item.step for item in later if isinstance(item, Planned) and item.after in (DISCOVERY, NUMBER)]
    # What waits for another step of the preparation comes before the restart all the same, and may be why it is due.
    before_it += [
        step for step in _open(preparation, memory) if step.needs_reboot or isinstance(step, InstallInitiator)
    ]
    restart = list(plan_reboot(desired, host, memory, reasons, coming, before_it))
    yield from restart
    yield from later
    if desired.layout is not None and desired.paths is not None:
        yield from plan_rescan(desired.layout, host, _open(paths, memory))
    open_steps = [*_open(preparation, memory), *_open(restart, memory)]
    yield from _policies(desired, host, _more_to_come(paths, open_steps, memory))
    removals = list(_purge(desired, arrays, host, memory))
    yield from removals
    if desired.initiator is not None:
        removed = [item for item in removals if not (isinstance(item, Planned) and item.after == LIMIT)]
        still_coming = _open([*preparation, *paths, *restart, *removed], memory)
        yield from plan_volumes(desired.initiator, host, still_coming)


def _policies(desired: Desired, host: Host, more_to_come: str | None) -> Iterator[Item]:
    arrays = desired.layout.arrays if desired.layout is not None else None
    if desired.policies is not None:
        yield from plan_policies(desired.policies, arrays, host, more_to_come, desired.dsm is not None)
        if desired.paths is None:
            yield from raw_disks(desired.policies, arrays, host)
    if desired.hp_policies is not None:
        yield from plan_hp_policies(desired.hp_policies, arrays, host, more_to_come)


def _stopped(desired: Desired, host: Host) -> Iterator[Finding]:
    """Say that nothing can be done because the service is stopped or missing, where that is not part of the wish."""
    service = host.initiator_service
    if desired.initiator is not None or isinstance(service, Unknown):
        return
    makes_paths = desired.portals or desired.paths is not None
    if not service.value.installed:
        if makes_paths or desired.policies is not None or desired.hp_policies is not None:
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
        initiator = list(plan_initiator(desired.initiator, host, arrays, installs))
        yield from initiator
        yield from held_by_change(initiator, host) if desired.dsm is None else ()
        yield from plan_boot(desired.initiator, host)
    if desired.feature:
        yield from plan_feature(host, packaged=desired.initiator is not None)
    yield from plan_dsm(desired, host, memory)
    if desired.unclaim:
        yield from plan_unclaim(desired.unclaim, host, memory)
    if desired.claim is not None:
        yield from claims_later(desired, host, plan_claim(desired, host, memory))
    yield from plan_settings(desired, host)
    if desired.layout is not None and desired.portals:
        yield from plan_portals(desired.layout, host, memory, desired.renew_secrets)


def _arrays(desired: Desired, host: Host, memory: Memory) -> Iterator[tuple[Declared, list[Item]]]:
    """Each declared array with what its layout gives on this host, and what the plan has for its paths."""
    if desired.layout is None or (desired.paths is None and desired.purge is None):
        return
    for array in desired.layout.arrays:
        try:
            routes = routes_of(desired.layout, array, host)
        except NotKnown:
            return  # check_layout has refused it already
        items: list[Item] = []
        if desired.paths is not None:
            items += plan_paths(array, routes, host, memory, desired.paths, desired.renew_secrets, desired.owner)
            if desired.dsm is None:  # else the plan of the DSM refuses what another one has
                items += of_other_dsm(array, host, desired.owner)
        try:
            paths = declared_paths(array, routes.pairs, host)
        except NotKnown:
            paths = ()  # then the array is not complete, and nothing of it is purged
        number = 1 if desired.paths is None else desired.paths.sessions_per_path
        logouts = [item.step for item in items if isinstance(item, Planned) and isinstance(item.step, Logout)]
        leaving = frozenset(step.session for step in logouts if step.session is not None)
        yield Declared(array, routes, paths, number, leaving), items


def _purge(
    desired: Desired, arrays: Sequence[tuple[Declared, Sequence[Item]]], host: Host, memory: Memory
) -> Iterator[Item]:
    """What is not wished for, of the halves that are part of the wish: stored logins, sessions, discovery portals."""
    purge = desired.purge
    if purge is None:
        return
    portals = desired.portals and Surplus.STALE in purge.kinds
    paths = desired.paths is not None
    judged = [judge_array(declared, items, host, memory, desired.owner) for declared, items in arrays] if paths else []
    told = [judge_portals(declared, host) for declared, _items in arrays] if portals else []
    if any(item.readiness is Readiness.COMING for item in (*judged, *told)):
        yield from removal_rules(paths, portals)
    service = host.initiator_service
    if isinstance(service, Unknown) or not service.value.running:
        return  # nothing can be read, and the plan of the service says so
    items: list[Item] = []
    if paths:
        items += plan_purge(purge, judged, host, memory, desired.renew_secrets)
        items += sessions_of_storing(items)
    if portals:
        items += plan_stale_portals([*judged, *told], host)
    yield from within_limit(items, purge, memory)


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
