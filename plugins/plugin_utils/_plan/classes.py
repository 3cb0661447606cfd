# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which stored logins and sessions are wished for, and what the others are. Private to the collection.

What belongs to no declared array, and what another initiator has (an HBA), is foreign and is no part of any answer.
Neither is what cannot be told: a login whose port number Windows does not resolve, one between a NIC and a target
portal where nothing answers now, a session whose NIC Windows does not tell, and what leads from a NIC or to a target
portal without a partner, for the mask of the NIC may be what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from .._judge.paths import is_ours, live_halves, login_faults, login_order, stored_halves
from .._model import Address, Initiator, Path, PersistentLogin, Session, SessionId, TargetPortal, same_name
from .desired import Surplus, WantedArray
from .mesh import Route, Routes


@dataclass(frozen=True)
class Declared:
    """A declared array on this host."""

    array: WantedArray
    routes: Routes
    """What the layout gives it on this host."""
    paths: tuple[Path, ...]
    """As far as their targets are known."""
    number: int = 1
    """How many of each half a path has."""
    leaving: frozenset[SessionId] = frozenset()
    """Sessions that others take the place of: neither wished for nor too many."""

    @property
    def portals(self) -> frozenset[TargetPortal]:
        """Its target portals."""
        return frozenset(wanted.portal for wanted in self.array.portals)

    @property
    def silent(self) -> frozenset[Route]:
        """The routes that tell of no target now."""
        return frozenset(self.routes.pairs) - {Route(path.nic, path.portal) for path in self.paths}

    def kind(self, target: str, portals: Iterable[TargetPortal | None]) -> Surplus | None:
        """Return what something is that leads to a target over these portals; None where it is not this array's."""
        if any(same_name(target, name) for name in (*self.array.targets, *(path.target for path in self.paths))):
            return Surplus.STALE
        return Surplus.UNDECLARED if self.portals.intersection(portals) else None


@dataclass(frozen=True)
class SpareLogin:
    """Equal stored logins of which there are more than are wished for."""

    login: PersistentLogin
    kind: Surplus
    arrays: tuple[WantedArray, ...]
    """The declared arrays that it may lead to."""
    copies: int = 1
    """How many there are too many."""
    keep: int = 0
    """How many are wished for."""


@dataclass(frozen=True)
class SpareSession:
    """A session that is not wished for."""

    session: Session
    kind: Surplus
    arrays: tuple[WantedArray, ...]


def login_key(login: PersistentLogin) -> tuple[object, ...]:
    """Return what a removal names a stored login by; of those that have it in common none can be told apart."""
    return (login.target.casefold(), login.portal, login.port_number, (login.instance or "").casefold())


def is_certain(spare: SpareLogin | SpareSession) -> bool:
    """Tell whether a target is surely not declared: an array without named targets may offer it again tomorrow."""
    return spare.kind is not Surplus.UNDECLARED or all(array.targets for array in spare.arrays)


def spare_logins(
    declared: Sequence[Declared], logins: Iterable[PersistentLogin], initiator: Initiator
) -> list[SpareLogin]:
    """Return the stored logins that lead to declared arrays and are not wished for, in a fixed order.

    Args:
        declared: The declared arrays.
        logins: All stored logins.
        initiator: Resolves their port numbers.
    """
    ours = [login for login in logins if is_ours(login.instance, initiator)]
    spare: list[SpareLogin] = []
    halves: list[PersistentLogin] = []
    for item in declared:
        for path in item.paths:
            own = stored_halves(ours, initiator, path)
            halves += own
            spare += _beyond(item, _groups(own))
    for group in _groups(one for one in ours if one not in halves and is_resolved(one, initiator)):
        login = group[0]
        route = (initiator.address_of(login.port_number), login.portal)
        if any((silent.nic, silent.portal) == route for item in declared for silent in item.silent):
            continue
        found = _of_arrays(declared, login.target, [route])
        if found is not None:
            spare.append(SpareLogin(login, *found, copies=len(group)))
    return sorted(spare, key=lambda one: login_order(one.login))


def spare_sessions(
    declared: Sequence[Declared],
    sessions: Iterable[Session],
    addresses: Collection[Address],
    carried: Callable[[Session], int] = lambda session: len(session.disks),
) -> list[SpareSession]:
    """Return the sessions that lead to declared arrays and are not wished for, in a fixed order.

    Args:
        declared: The declared arrays.
        sessions: All sessions.
        addresses: Of the NICs that the software initiator has; a session from another is an HBA's.
        carried: How many disks a session carries.
    """
    ordered = sorted(sessions, key=lambda session: (not session.working, session.id))
    wished = wished_sessions(declared, ordered, carried)
    leaving = {name for item in declared for name in item.leaving}
    spare = []
    for session in ordered:
        nics = [connection.local for connection in session.connections]
        if session in wished or session.id in leaving or any(local not in addresses for local in nics):
            continue
        found = _of_arrays(declared, session.target, [(one.local, one.remote) for one in session.connections])
        if found is not None:
            spare.append(SpareSession(session, *found))
    return spare


def wished_sessions(
    declared: Sequence[Declared], sessions: Iterable[Session], carried: Callable[[Session], int]
) -> list[Session]:
    """Return the sessions that are live halves of declared paths: of each path as many as are wished for.

    Those that carry most disks come first.
    """
    leaving = {name for item in declared for name in item.leaving}
    staying = [one for one in sessions if one.id not in leaving]
    staying.sort(key=lambda session: (-carried(session), session.id))
    return [
        session for item in declared for path in item.paths for session in live_halves(staying, path)[: item.number]
    ]


def is_resolved(login: PersistentLogin, initiator: Initiator) -> bool:
    """Tell whether it is known which NIC a stored login leaves from: one, any, or one that is not there."""
    known = initiator.ports_known or login.port_number is None
    return known or initiator.address_of(login.port_number) is not None


def _of_arrays(
    declared: Sequence[Declared], target: str, ends: Sequence[tuple[Address | None, TargetPortal | None]]
) -> tuple[Surplus, tuple[WantedArray, ...]] | None:
    """Return what leads to a target between these ends, and which arrays it may belong to; None where to none."""
    kinds = {item.array.name: item.kind(target, [portal for _nic, portal in ends]) for item in declared}
    owners = [item for item in declared if kinds[item.array.name] is not None]
    arrays = tuple(item.array for item in owners)
    if not arrays or any(item.routes.is_lonely(nic, portal) for item in owners for nic, portal in ends):
        return None
    return (Surplus.STALE if Surplus.STALE in kinds.values() else Surplus.UNDECLARED), arrays


def _groups(logins: Iterable[PersistentLogin]) -> list[list[PersistentLogin]]:
    """Put stored logins together that a removal cannot tell apart."""
    groups: dict[tuple[object, ...], list[PersistentLogin]] = {}
    for login in sorted(logins, key=login_order):
        groups.setdefault(login_key(login), []).append(login)
    return list(groups.values())


def _beyond(item: Declared, groups: Sequence[Sequence[PersistentLogin]]) -> Iterator[SpareLogin]:
    """What there is of one path beyond the wished number; those that are right stay first."""
    right = [
        [login for login in group if not login_faults(login, item.array.chap, item.array.digests)] for group in groups
    ]
    left = item.number
    for group, good in sorted(zip(groups, right, strict=True), key=lambda pair: -len(pair[1])):
        keep = min(left, len(group))
        left -= keep
        if len(group) > keep:
            yield SpareLogin((good or group)[0], Surplus.STALE, (item.array,), len(group) - keep, keep)
