# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for the paths of one array: live and stored halves, each judged and made alone. Private to the collection.

Until multipath is in effect an array gets one path only: with two, Windows would show each LUN as two disks and write
to both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .._judge.dsms import Owner
from .._judge.effect import Effect, judge
from .._judge.paths import live_halves
from .._model import (
    Chap,
    Digests,
    Host,
    MpioDisk,
    NotKnown,
    Path,
    Session,
    Target,
    Unknown,
    same_name,
    value_of,
)
from .array_findings import active_passive, other_model, presentation, reconnecting, seen_twice
from .classes import Declared
from .dead import dead_route
from .desired import WantedArray, WantedPaths
from .first_login import as_of_now, wants_secret_there, without_chap
from .halves import Demand, Halves, Known, halves_of
from .live import plan_live
from .mesh import Route, Routes
from .one_path import OnePath, choose_one, is_of, seen_elsewhere
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .portals import is_stored, no_port_number
from .preparation import unreadable
from .renewal import is_proven, its_turn, plan_leftovers, plan_logouts, renewal_rules
from .steps import Login, Logout, PathStep, RefreshTargets
from .stored import plan_stored
from .surplus import surplus
from .targets import array_sessions, targets_of
from .waits import DISCOVERY, MULTIPATH, SHOWS_LUNS, SUCCESSOR, Stage

_IN_VAIN = "this run stores it and its session cannot be made"


def plan_paths(
    array: WantedArray, routes: Routes, host: Host, memory: Memory, wanted: WantedPaths, renew: bool, owner: Owner
) -> Iterator[Item]:
    """Both halves of every path of one array, as far as they are safe now.

    Args:
        array: The array.
        routes: What the layout gives it.
        host: What was read.
        memory: What this run has done already.
        wanted: What is wished of its paths.
        renew: Whether what was made with the secrets of before is made again.
        owner: The DSM that shall own its LUNs.
    """
    demand = Demand(array, wanted.sessions_per_path, renew, memory)
    try:
        running = value_of(host.initiator_service).running
    except NotKnown as error:
        yield unreadable(f"array {array.name}", str(error))
        return
    if not running:
        now = without_chap(array) if array.chap_after_first_login else array
        yield from _rules(replace(demand, array=now), array, routes.pairs, host)
        return
    try:
        known = Known(value_of(host.initiator), value_of(host.targets), value_of(host.sessions), value_of(host.logins))
    except NotKnown as error:
        yield unreadable(f"paths to {array.name}", str(error))
        return
    demand = replace(demand, array=as_of_now(array, host, memory))
    paths: list[Path] = []
    for route in routes.pairs:
        found = targets_of(array, route, known.targets, known.sessions)
        paths += [Path(route.nic, route.portal, name) for name in found]
        if not found:
            yield from _undiscovered(demand, array, route, host, known)
    yield from _missing_targets(array, routes.pairs, known, memory, paths)
    declared = Declared(array, routes, tuple(paths), wanted.sessions_per_path)
    yield from surplus(declared, known.initiator, known.logins)
    yield from _plan_known(demand, array, tuple(paths), host, known, owner)


def _rules(demand: Demand, array: WantedArray, routes: Sequence[Route], host: Host) -> Iterator[Item]:
    """Announce what will be done with targets that are not known yet.

    Args:
        demand: What is wished, with the credentials of now.
        array: The array as it was declared.
        routes: The pairs of NIC and target portal in question.
        host: What was read.
    """
    yield Planned(
        RefreshTargets(reason="only if a portal told of no target"), "the discovery portals are there", fallback=True
    )
    stored = isinstance(host.logins, Unknown) or any(is_of(login, array) for login in host.logins.value)
    for route in routes:
        where = (route.nic, route.portal, None)
        for number in range(1, demand.number + 1):
            yield Planned(demand.login(*where, number), DISCOVERY)
            yield Planned(demand.store(*where, number), DISCOVERY)
        yield Planned(demand.forget(*where), _IN_VAIN, fallback=True)
        if stored:
            reason = "only if one is stored and wrong, or must make room for the one path"
            yield Planned(demand.replace(*where, None, reason), DISCOVERY, fallback=True)
        if stored or array.digests != Digests():
            yield from renewal_rules(demand, *where, DISCOVERY, range(demand.number + 1, 2 * demand.number + 1))
        yield from _second_phase(demand, array, route, None)


def _second_phase(demand: Demand, array: WantedArray, route: Route | Path, target: str | None) -> Iterator[Planned]:
    """Announce what is done with CHAP once an array that learns initiators at their first login shows LUNs."""
    if wants_secret_there(demand.array):
        later = replace(demand, array=array)
        for number in range(1, demand.number + 1):
            yield Planned(later.store(route.nic, route.portal, target, number), SHOWS_LUNS, fallback=True)
        yield from renewal_rules(later, route.nic, route.portal, target, SHOWS_LUNS, range(1, 2 * demand.number + 1))


def _undiscovered(demand: Demand, array: WantedArray, route: Route, host: Host, known: Known) -> Iterator[Item]:
    dead = dead_route(route, array.name, demand.memory)
    if dead is not None:
        yield dead
        return
    if known.initiator.ports_known and known.initiator.number_of(route.nic) is None:
        yield no_port_number(route)
        return
    refresh = RefreshTargets(reason=f"the list names no target at {route.portal}, which may only be stale")
    try:
        stored = is_stored(route, host)
    except NotKnown as error:
        yield unreadable("discovery portals", str(error))
        return
    if stored:
        if refresh in demand.memory.done:
            yield Finding(
                Severity.PROBLEM,
                Side.NETWORK,
                f"target portal {route.portal} of {array.name} from NIC {route.nic}",
                _offered_elsewhere(route, known.targets)
                or "it told of no target: check that it answers from this NIC (cable, VLAN, firewall), that it is an"
                f" iSCSI port of this array, that {_chap_of_discovery(demand.array.chap)}, and that the array knows"
                f" {known.initiator.node_name}",
                one_path=True,
            )
            return
        yield Planned(refresh)
    yield from _rules(demand, array, [route], host)


def _offered_elsewhere(route: Route, targets: Sequence[Target]) -> str | None:
    """Say which addresses a portal's targets have, where the portal itself is none of them."""
    told = [target for target in targets if route.portal in target.discovered_through and target.portals]
    if not told:
        return None
    offers = ", ".join(sorted({str(portal) for target in told for portal in target.portals}))
    return (
        f"it tells of {', '.join(sorted(target.name for target in told))}, which it offers at {offers} only and not at"
        " this address: declare those addresses as target portals (address translation, or a changed address)"
    )


def _chap_of_discovery(chap: Chap | None) -> str:
    return "discovery needs no CHAP" if chap is None else "CHAP name and secret are those of the array"


def _missing_targets(
    array: WantedArray, routes: Sequence[Route], known: Known, memory: Memory, paths: Sequence[Path]
) -> Iterator[Item]:
    refresh = RefreshTargets(reason="a declared target is not in the list, which may only be stale")
    # It may be a target of the portal that does not answer; asking all again would only wait for that one again.
    asked = refresh in memory.done or any((route.nic, route.portal) in memory.dead for route in routes)
    for name in array.targets:
        if any(same_name(name, path.target) for path in paths):
            continue
        if asked:
            yield Finding(
                Severity.PROBLEM,
                Side.ARRAY,
                f"target {name} of {array.name}",
                "none of the reachable portals tells of it: correct the name, or check that the array offers it on"
                " these ports to this initiator",
                one_path=True,
            )
        elif known.targets:
            yield Planned(refresh)


def _plan_known(
    demand: Demand, array: WantedArray, paths: tuple[Path, ...], host: Host, known: Known, owner: Owner
) -> Iterator[Item]:
    sessions = array_sessions(array, known.sessions, known.targets)
    refused = [*active_passive(array, sessions, paths), *other_model(array, sessions)]
    yield from refused
    if refused:
        return
    effect = judge(host, sessions, owner)
    one = None if effect.in_effect else _choose(demand, paths, sessions, host, known, effect)
    every = [halves_of(path, demand, known) for path in paths]
    stage = Stage(
        one,
        (one is not None and one.hindrance) or effect.reason,
        its_turn(every, demand, known.initiator),
        is_proven(every),
    )
    disks = _disks(host)
    planned = [
        *_halves(every, demand, host, known, stage),
        *(plan_leftovers(every, demand, sessions, disks, known) if one is None else ()),
    ]
    yield from planned
    if one is not None:
        otherwise = [*_if_it_fails(demand, array, paths, known, one), *_if_it_differs(demand, array, every, known)]
        announced = {item.step for item in planned if isinstance(item, Planned)}
        rules = {item.step: item for item in reversed(otherwise) if item.step not in announced}
        yield from rules.values()
        yield from reconnecting(array, sessions)
    if not isinstance(host.disks, Unknown):
        yield from seen_twice(array, sessions, host.disks.value, effect)
    yield from presentation(demand.array, sessions, known.initiator.node_name)


def _disks(host: Host) -> tuple[MpioDisk, ...]:
    """The MPIO disks as far as they are known."""
    return () if isinstance(host.disks, Unknown) else host.disks.value


def _halves(every: Sequence[Halves], demand: Demand, host: Host, known: Known, stage: Stage) -> Iterator[Item]:
    """Both halves of every path, in the order that is safe now.

    Storing may log in at once, which is not documented. While each LUN must have one session the login is stored first
    and the session made only if it is not there then; afterwards what works is stored. Paths whose sessions are made
    again come one after the other.
    """
    disks = _disks(host)
    listed = [one.path for one in every if any(same_name(target.name, one.path.target) for target in known.targets)]

    def items(some: Sequence[Halves]) -> Iterator[Item]:
        live = [item for one in some for item in plan_live(one, demand, host, known.initiator, stage)]
        stored = [item for one in some for item in plan_stored(one, demand, host, known.initiator, stage)]
        yield from _listed_first([*live, *stored] if stage.one is None else [*stored, *live], listed, demand.memory)
        for one in some:
            yield from plan_logouts(one, demand, disks, stage)

    again = sorted((one for one in every if one.outdated), key=lambda one: one.path != stage.turn)
    yield from items([one for one in every if not one.outdated])
    for one in again:
        yield from items([one])
    if stage.turn is not None and stage.one is None:
        # Storing a login again may log in at once, which makes one session more than are wished for.
        yield Planned(Logout(None, None, reason="only if storing a login made one more"), SUCCESSOR, fallback=True)


def _choose(
    demand: Demand,
    paths: Sequence[Path],
    sessions: Sequence[Session],
    host: Host,
    known: Known,
    effect: Effect,
) -> OnePath:
    """Choose the one path of an array while multipath is not in effect."""
    disks = _disks(host)
    other = seen_elsewhere(demand.array, sessions, known.sessions, disks)
    if other is not None:
        hindrance = f"session {other.id} shows disks outside MPIO that may be this array's"
        return OnePath(None, may_store=False, instead_of=None, hindrance=hindrance)
    memory = demand.memory
    failed = {step.path for step in memory.failed if isinstance(step, Login)}
    failed.update(path for path in paths if (path.nic, path.portal) in memory.dead)
    one = choose_one(demand.array, paths, sessions, known.logins, known.initiator, failed)
    if not effect.readable:
        one = replace(one, may_store=one.may_store and one.instead_of is None, instead_of=None)
    return one


def _if_it_fails(
    demand: Demand, array: WantedArray, paths: Sequence[Path], known: Known, one: OnePath
) -> Iterator[Planned]:
    """Announce what is done with the stored half when the session of the one path cannot be made."""
    if one.path is None or live_halves(known.sessions, one.path):
        return
    moves = any(is_of(login, array, paths) for login in known.logins)
    for path in paths:
        where = (path.nic, path.portal, path.target)
        yield Planned(demand.forget(*where), _IN_VAIN, fallback=True)
        if moves:
            step = demand.replace(*where, None, "it makes room for the one path")
            yield Planned(step, "another path does not work", fallback=True)
            yield Planned(demand.store(*where), MULTIPATH, fallback=True)


def _if_it_differs(demand: Demand, array: WantedArray, every: Sequence[Halves], known: Known) -> Iterator[Planned]:
    """Announce what is done with sessions that Windows makes of stored logins when it starts, should they differ."""
    for one in every:
        path = one.path
        may_differ = one.wrong or demand.renews_secrets or array.digests != Digests()
        if may_differ and known.initiator.number_of(path.nic) is not None:
            most = max(len(one.live), demand.number) + demand.number
            numbers = range(demand.number + 1, most + 1)
            yield from renewal_rules(demand, path.nic, path.portal, path.target, MULTIPATH, numbers)
        yield from _second_phase(demand, array, path, path.target)


def _listed_first(halves: Sequence[Item], listed: Sequence[Path], memory: Memory) -> Iterator[Item]:
    """Hold the steps back whose target only a live session proves.

    The initiator takes a login only for a target in its list (ISDSC_TARGET_NOT_FOUND), so a stored login that is being
    replaced would be lost.
    """
    refresh = RefreshTargets(reason="a target in use is not in the list, which may only be stale")
    for item in halves:
        if not isinstance(item, Planned) or not isinstance(item.step, PathStep) or item.step.path in listed:
            yield item
        elif refresh not in memory.done:
            yield Planned(refresh)
            yield Planned(item.step, DISCOVERY)
        else:
            yield Finding(
                Severity.PROBLEM,
                Side.NETWORK,
                item.step.subject,
                "it cannot be made, because no discovery portal tells of the target although a session to it stands:"
                f" check that the portal answers from this NIC and that {_chap_of_discovery(item.step.chap)}",
                one_path=True,
            )
