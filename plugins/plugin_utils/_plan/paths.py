# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for the paths of one array: live and stored halves, each judged and made alone. Private to the collection.

Until multipath is in effect an array gets one path only: with two, Windows would show each LUN as two disks and write
to both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .._judge.effect import Effect, judge
from .._judge.paths import (
    live_halves,
    login_faults,
    login_order,
    sessions_of_unknown_nic,
    stored_halves,
    targets_at,
)
from .._model import (
    Chap,
    Host,
    Initiator,
    NotKnown,
    Path,
    PersistentLogin,
    Session,
    Target,
    Unknown,
    same_name,
    value_of,
)
from .array_findings import active_passive, other_model, presentation, reconnecting, seen_twice
from .desired import WantedArray
from .mesh import Route
from .one_path import OnePath, choose_one, is_of, seen_elsewhere
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .portals import is_stored, no_port_number, without_number
from .preparation import unreadable
from .steps import ForgetLogin, Login, PathStep, RefreshTargets, ReplaceLogin, StoreLogin
from .surplus import surplus

_LIVE = "the path needs a session to carry I/O now"
_FORGET = "what does not work now is not stored for every boot"
_IN_VAIN = "this run stores it and its session cannot be made"
_STORED = "Windows makes the session again at boot only from a stored login"
DISCOVERY = "the targets are discovered"
MULTIPATH = "multipath is in effect"
NUMBER = "a discovery portal tells which port number the NIC has"


@dataclass(frozen=True)
class _Known:
    """The parts of the host that every decision about paths needs."""

    initiator: Initiator
    targets: tuple[Target, ...]
    sessions: tuple[Session, ...]
    logins: tuple[PersistentLogin, ...]


def plan_paths(array: WantedArray, routes: Sequence[Route], host: Host, memory: Memory) -> Iterator[Item]:
    """Both halves of every path of one array, as far as they are safe now."""
    try:
        running = value_of(host.initiator_service).running
    except NotKnown as error:
        yield unreadable(f"array {array.name}", str(error))
        return
    if not running:
        yield from _rules(array, routes, host)
        return
    try:
        known = _Known(value_of(host.initiator), value_of(host.targets), value_of(host.sessions), value_of(host.logins))
    except NotKnown as error:
        yield unreadable(f"paths to {array.name}", str(error))
        return
    paths: list[Path] = []
    for route in routes:
        found = _targets(array, route, known)
        paths += [Path(route.nic, route.portal, name) for name in found]
        if not found:
            yield from _undiscovered(array, route, host, known, memory)
    yield from _missing_targets(array, known, memory, paths)
    yield from surplus(array, routes, paths, known.initiator, known.logins)
    yield from _plan_known(array, tuple(paths), host, known, memory)


def array_sessions(array: WantedArray, sessions: Sequence[Session], targets: Sequence[Target]) -> tuple[Session, ...]:
    """Return the sessions to an array: to one of its portals, or to a target that its portals tell of."""
    portals = {wanted.portal for wanted in array.portals}
    names = [name for portal in portals for name in targets_at(targets, portal)]
    return tuple(
        session
        for session in sessions
        if any(connection.remote in portals for connection in session.connections)
        or any(same_name(session.target, name) for name in names)
    )


def declared_paths(array: WantedArray, routes: Sequence[Route], host: Host) -> tuple[Path, ...]:
    """Return the paths that the layout gives with the targets known now.

    Raises:
        NotKnown: targets or sessions could not be read.
    """
    known = _Known(value_of(host.initiator), value_of(host.targets), value_of(host.sessions), ())
    return tuple(Path(route.nic, route.portal, name) for route in routes for name in _targets(array, route, known))


def _rules(array: WantedArray, routes: Sequence[Route], host: Host) -> Iterator[Item]:
    """Announce what will be done with targets that are not known yet."""
    yield Planned(
        RefreshTargets(reason="only if a portal told of no target"), "the discovery portals are there", fallback=True
    )
    for route in routes:
        yield Planned(Login(route.nic, route.portal, None, array.chap, reason=_LIVE), DISCOVERY)
        yield Planned(StoreLogin(route.nic, route.portal, None, array.chap, reason=_STORED), DISCOVERY)
        yield Planned(ForgetLogin(route.nic, route.portal, None, array.chap, reason=_FORGET), _IN_VAIN, fallback=True)
        if isinstance(host.logins, Unknown) or any(is_of(login, array) for login in host.logins.value):
            reason = "only if one is stored and wrong, or must make room for the one path"
            yield Planned(
                ReplaceLogin(route.nic, route.portal, None, array.chap, reason=reason), DISCOVERY, fallback=True
            )


def _targets(array: WantedArray, route: Route, known: _Known) -> tuple[str, ...]:
    """Targets at a route's portal; a live session proves its target even where discovery is empty."""
    names = list(targets_at(known.targets, route.portal))
    for session in known.sessions:
        if any(connection.remote == route.portal for connection in session.connections):
            names.append(session.target)
    unique: list[str] = []
    for name in names:
        wanted = not array.targets or any(same_name(name, other) for other in array.targets)
        if wanted and not any(same_name(name, other) for other in unique):
            unique.append(name)
    return tuple(sorted(unique, key=str.casefold))


def _undiscovered(array: WantedArray, route: Route, host: Host, known: _Known, memory: Memory) -> Iterator[Item]:
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
        if refresh in memory.done:
            yield Finding(
                Severity.PROBLEM,
                Side.NETWORK,
                f"target portal {route.portal} of {array.name} from NIC {route.nic}",
                _offered_elsewhere(route, known.targets)
                or "it told of no target: check that it answers from this NIC (cable, VLAN, firewall), that it is an"
                f" iSCSI port of this array, that {_chap_of_discovery(array.chap)}, and that the array knows"
                f" {known.initiator.node_name}",
                one_path=True,
            )
            return
        yield Planned(refresh)
    yield from _rules(array, [route], host)


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


def _missing_targets(array: WantedArray, known: _Known, memory: Memory, paths: Sequence[Path]) -> Iterator[Item]:
    refresh = RefreshTargets(reason="a declared target is not in the list, which may only be stale")
    for name in array.targets:
        if any(same_name(name, path.target) for path in paths):
            continue
        if refresh in memory.done:
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
    array: WantedArray, paths: tuple[Path, ...], host: Host, known: _Known, memory: Memory
) -> Iterator[Item]:
    sessions = array_sessions(array, known.sessions, known.targets)
    refused = [*active_passive(array, sessions, paths), *other_model(array, sessions)]
    yield from refused
    if refused:
        return
    effect = judge(host, sessions)
    one = None if effect.in_effect else _choose(array, paths, sessions, host, known, memory, effect)
    listed = [path for path in paths if any(same_name(target.name, path.target) for target in known.targets)]
    live: list[Item] = []
    stored: list[Item] = []
    for path in paths:
        alone = one is None or path == one.path
        waits = None if alone else f"{MULTIPATH} ({(one and one.hindrance) or effect.reason})"
        live += _live_half(array, path, host, known, waits)
        stored += _stored_half(array, path, host, known, memory, one)
    # Storing may log in at once, which is not documented. While each LUN must have one session the login is stored
    # first and the session made only if it is not there then; afterwards what works is stored.
    yield from _listed_first([*live, *stored] if one is None else [*stored, *live], listed, memory)
    if one is not None:
        yield from _if_it_fails(array, paths, known, one)
        yield from reconnecting(array, sessions)
    if not isinstance(host.disks, Unknown):
        yield from seen_twice(array, sessions, host.disks.value, effect)
    yield from presentation(array, sessions, known.initiator.node_name)


def _choose(
    array: WantedArray,
    paths: Sequence[Path],
    sessions: Sequence[Session],
    host: Host,
    known: _Known,
    memory: Memory,
    effect: Effect,
) -> OnePath:
    """Choose the one path of an array while multipath is not in effect."""
    disks = () if isinstance(host.disks, Unknown) else host.disks.value
    other = seen_elsewhere(array, sessions, known.sessions, disks)
    if other is not None:
        hindrance = f"session {other.id} shows disks outside MPIO that may be this array's"
        return OnePath(None, may_store=False, instead_of=None, hindrance=hindrance)
    failed = {step.path for step in memory.failed if isinstance(step, Login)}
    one = choose_one(array, paths, sessions, known.logins, known.initiator, failed)
    if not effect.readable:
        one = replace(one, may_store=one.may_store and one.instead_of is None, instead_of=None)
    return one


def _if_it_fails(array: WantedArray, paths: Sequence[Path], known: _Known, one: OnePath) -> Iterator[Planned]:
    """Announce what is done with the stored half when the session of the one path cannot be made."""
    if one.path is None or live_halves(known.sessions, one.path):
        return
    moves = any(is_of(login, array, paths) for login in known.logins)
    for path in paths:
        step = (path.nic, path.portal, path.target, array.chap)
        yield Planned(ForgetLogin(*step, reason=_FORGET), _IN_VAIN, fallback=True)
        if moves:
            yield Planned(
                ReplaceLogin(*step, reason="it makes room for the one path"),
                "another path does not work",
                fallback=True,
            )
            yield Planned(StoreLogin(*step, reason=_STORED), MULTIPATH, fallback=True)


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


def _live_half(array: WantedArray, path: Path, host: Host, known: _Known, waits: str | None) -> Iterator[Item]:
    if live_halves(known.sessions, path):
        return
    doubtful = sorted(session.id for session in sessions_of_unknown_nic(known.sessions, path))
    if doubtful:
        yield unreadable(
            f"path {path}", f"session {doubtful[0]} may be it, but Windows does not tell which NIC it left from"
        )
    else:
        step = Login(path.nic, path.portal, path.target, array.chap, reason=_LIVE)
        yield _numbered(Planned(step, waits), path, host, known)


def _numbered(item: Planned, path: Path, host: Host, known: _Known) -> Item:
    """Hold a login back until the initiator's number of its NIC is known."""
    if known.initiator.number_of(path.nic) is not None:
        return item
    try:
        finding = without_number(Route(path.nic, path.portal), host)
    except NotKnown as error:
        return unreadable("discovery portals", str(error))
    return finding or replace(item, after=NUMBER)


def _stored_half(
    array: WantedArray, path: Path, host: Host, known: _Known, memory: Memory, one: OnePath | None
) -> Iterator[Item]:
    """The stored half of a path; ``one`` is the only path that may be stored now, None for any."""
    stored = sorted(stored_halves(known.logins, known.initiator, path), key=login_order)
    waits = None if one is None or path == one.path else MULTIPATH
    for login in stored:
        faults = login_faults(login, array.chap)
        if faults:
            # Storing may also log in, which another path than the one must not do.
            makes_room = one is not None and login == one.instead_of
            yield Planned(_replace(array, path, login, "; ".join(faults)), MULTIPATH if makes_room else waits)
    store = StoreLogin(path.nic, path.portal, path.target, array.chap, reason=_STORED)
    if one is not None and one.instead_of in stored:
        yield Planned(store, MULTIPATH)  # it makes room for the live path now and comes back afterwards
    if stored:
        return
    login_step = Login(path.nic, path.portal, path.target, array.chap, reason=_LIVE)
    if login_step in memory.failed:
        return  # the failed login is reported; what does not work now is not stored for every boot
    if one is not None and path == one.path and one.instead_of is not None:
        why = "until multipath is in effect only the live path is stored"
        yield _numbered(Planned(_replace(array, path, one.instead_of, why)), path, host, known)
        yield Planned(store, MULTIPATH)  # should multipath turn out to be in effect, nothing need make room
        return
    yield _numbered(Planned(store, waits if one is None or one.may_store else MULTIPATH), path, host, known)


def _replace(array: WantedArray, path: Path, wrong: PersistentLogin, reason: str) -> ReplaceLogin:
    return ReplaceLogin(
        path.nic,
        path.portal,
        path.target,
        array.chap,
        wrong=wrong,
        reason=reason,
        was=f"stored for {wrong.target} at {wrong.portal or 'any portal'}, wrong",
    )
