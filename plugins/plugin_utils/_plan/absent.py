# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths and discovery portals of declared NICs and target portals taken away. Private to the collection.

Stored logins go before their sessions: a session that is only logged out comes back at the next boot. A disk in use
keeps the wished number of working paths, or nothing is removed at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .._judge.paths import is_ours, leads_to, login_order, targets_at
from .._judge.usage import ShownDisk, is_asked, objections
from .._model import (
    Address,
    Host,
    Initiator,
    Known,
    NotKnown,
    PersistentLogin,
    Session,
    TargetPortal,
    Unknown,
    same_name,
    value_of,
)
from .classes import is_resolved, login_key
from .desired import Desired, Layout, WantedArray
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .preparation import INITIATOR_SERVICE, unreadable
from .removal import USE, end, is_wide, unrestorable
from .stale_portals import is_resolved as is_resolved_portal
from .stale_portals import nic_of, portal_order
from .steps import RemoveDiscoveryPortal, RemoveLogin
from .surplus import nic_of as nic_of_login

MINIMUM = 2
"""Working paths that a disk in use keeps where no other number is wished for."""
_GONE = "its NIC and its target portal are to have no path any more"
_NOBODY = "it is kept: no NIC has that port number now, so it may be that of one whose cable is out"
_WAY_OUT = (
    "end that use, and where Windows tells of offline disks (2012 and later) take the disk offline; or have the array"
    " take the LUN away from this host first, and run again"
)
_REMAINS = "nothing of its target remains, and this would make a session to it again"


def plan_absent(desired: Desired, host: Host, memory: Memory) -> Iterator[Item]:
    """Stored logins, then sessions, then discovery portals of every declared NIC and target portal.

    The mesh does not matter: what is between any two of them goes. What is not there needs no step.

    Args:
        desired: The wish; its layout says of which NICs, target portals and targets.
        host: What was read.
        memory: What this run has done.
    """
    layout = desired.layout
    if layout is None:
        return
    try:
        service = value_of(host.initiator_service)
    except NotKnown as error:
        yield unreadable(f"service {INITIATOR_SERVICE}", str(error))
        return
    if not service.installed:
        return  # without an initiator there is nothing
    if not service.running:
        text = "it is not running, so what is stored cannot be read or removed; start it, then run again"
        yield Finding(Severity.PROBLEM, Side.HOST, f"service {INITIATOR_SERVICE}", text)
        return
    yield from _without_nic(layout, host)
    yield from _unheard_of(layout, host)
    if desired.paths is not None:
        floor = MINIMUM if desired.paths.minimum_paths is None else desired.paths.minimum_paths
        yield from _plan_paths(layout, host, memory, floor)
    if desired.portals:
        yield from _plan_portals(layout, host)


def _without_nic(layout: Layout, host: Host) -> Iterator[Finding]:
    """Say which NICs are not there: what was stored for them names a number that is nobody's, or another NIC's."""
    if isinstance(host.nics, Unknown):
        return
    present = {interface.ip for nic in host.nics.value for interface in nic.interfaces}
    shown = ", ".join(str(address) for address in sorted(present, key=lambda item: (item.version, int(item))))
    for nic in layout.nics:
        if nic.address not in present:
            text = (
                f"this host has no such address now; it has {shown or 'none'}. Correct it if it is mistyped. If its"
                " adapter is gone, what was stored for it cannot be told by its address: purge: [stale] removes that"
            )
            yield Finding(Severity.NOTE, Side.HOST, f"NIC {nic.address}", text, warns=True)


def _unheard_of(layout: Layout, host: Host) -> Iterator[Finding]:
    """Say of which target portals nothing that was read knows: they are given up already, or mistyped."""
    known: set[TargetPortal | None] = set()
    if isinstance(host.sessions, Known):
        known.update(connection.remote for session in host.sessions.value for connection in session.connections)
    if isinstance(host.logins, Known):
        known.update(login.portal for login in host.logins.value)
    if isinstance(host.targets, Known):
        known.update(portal for target in host.targets.value for portal in target.portals)
    if isinstance(host.portals, Known):
        known.update(item.portal for item in host.portals.value)
    portals = (wanted.portal for array in layout.arrays for wanted in array.portals)
    unknown = ", ".join(str(portal) for portal in portals if portal not in known)
    if unknown:
        text = "nothing on this host leads there: it is given up already, or the address is mistyped"
        yield Finding(Severity.NOTE, Side.WISH, f"target portal {unknown}", text)


@dataclass(frozen=True)
class _Scope:
    """What is to go, of one array."""

    array: WantedArray
    nics: frozenset[Address]
    portals: frozenset[TargetPortal]
    initiator: Initiator

    def may_be(self, target: str) -> bool:
        """Tell whether a target is one whose paths go."""
        return not self.array.targets or any(same_name(target, name) for name in self.array.targets)

    def has_login(self, login: PersistentLogin) -> bool:
        """Tell whether a stored login is the half of a path that goes."""
        nic = self.initiator.address_of(login.port_number)
        return nic in self.nics and login.portal in self.portals and self.may_be(login.target)

    def has_session(self, session: Session) -> bool:
        """Tell whether a session is the half of a path that goes."""
        ends = [(connection.local, connection.remote) for connection in session.connections]
        inside = [local in self.nics and remote in self.portals for local, remote in ends]
        return bool(inside) and all(inside) and self.may_be(session.target)

    def is_doubtful(self, session: Session) -> bool:
        """Tell whether a session may be one that goes, and Windows does not tell its NIC."""
        return self.may_be(session.target) and any(
            connection.local is None and connection.remote in self.portals for connection in session.connections
        )


@dataclass(frozen=True)
class _Going:
    """What goes of one array."""

    scope: _Scope
    logins: tuple[PersistentLogin, ...]
    sessions: tuple[Session, ...]


def _plan_paths(layout: Layout, host: Host, memory: Memory, floor: int) -> Iterator[Item]:
    try:
        sessions, logins = value_of(host.sessions), value_of(host.logins)
        going = [_going(layout, array, host) for array in layout.arrays]
        ending = list(dict.fromkeys(session for one in going for session in one.sessions))
        refused = list(_objections(ending, host, floor)) if is_asked(host) else []
    except NotKnown as error:
        yield unreadable("paths", str(error))
        return
    for text in refused:
        nothing = "nothing more" if memory.removed else "nothing"
        yield Finding(Severity.REFUSAL, Side.HOST, "paths", f"{nothing} is removed, because of {text}; {_WAY_OUT}")
    if refused:
        yield from _bare(ending, host)
    for one in going:
        yield from _doubtful(one, sessions, logins)
    waits = USE if any(session.disks for session in ending) and not is_asked(host) else None
    for item in _removals(going, logins, host):
        yield Planned(item, waits) if isinstance(item, RemoveLogin) else item
    doomed = [login for one in going for login in one.logins]
    yield from _logouts([end(session, _GONE, doomed, host) for session in ending], memory)


def _objections(ending: Sequence[Session], host: Host, floor: int) -> Iterator[str]:
    sessions = value_of(host.sessions)
    staying = [session for session in sessions if session not in ending]

    def kept(disk: ShownDisk) -> int:
        return len(disk.carriers(staying)) + len(disk.elsewhere(sessions))

    yield from objections(host, ending, kept, lambda _disk: floor)


def _bare(ending: Sequence[Session], host: Host) -> Iterator[Finding]:
    """Say which sessions stay although a run has removed what was stored for them: the next boot ends them."""
    initiator, logins, sessions = value_of(host.initiator), value_of(host.logins), value_of(host.sessions)
    for session in ending:
        if session.disks and not any(leads_to(login, session, initiator) for login in logins):
            text = (
                "it stays and no login is stored for it, so the next boot takes its disks away: store it again with"
                " state: present, or make its disks free and run again"
            )
            where = f"session {session.name_among(sessions)}"
            yield Finding(Severity.PROBLEM, Side.HOST, where, text)


def _going(layout: Layout, array: WantedArray, host: Host) -> _Going:
    """Find what goes of an array, with what remains of targets that are given up wholly."""
    initiator, sessions = value_of(host.initiator), value_of(host.sessions)
    logins = [login for login in value_of(host.logins) if is_ours(login.instance, initiator)]
    scope = _Scope(
        array,
        frozenset(nic.address for nic in layout.nics),
        frozenset(wanted.portal for wanted in array.portals),
        initiator,
    )
    own_logins = [login for login in logins if scope.has_login(login)]
    own_sessions = [session for session in sessions if scope.has_session(session)]
    told = [name for portal in scope.portals for name in targets_at(value_of(host.targets), portal)]
    told += [*(login.target for login in own_logins), *(session.target for session in own_sessions)]
    remains = [one.target for one in sessions if one.connections and one not in own_sessions]
    remains += [one.target for one in logins if one not in own_logins and not is_wide(one)]
    for name in sorted({name.casefold() for name in (*array.targets, *told) if scope.may_be(name)}):
        if any(same_name(target, name) for target in remains):
            continue
        own_logins += [one for one in logins if one not in own_logins and same_name(one.target, name)]
        own_sessions += [one for one in sessions if not one.connections and same_name(one.target, name)]
    own_sessions.sort(key=lambda session: (session.working, session.id))
    return _Going(scope, tuple(sorted(own_logins, key=login_order)), tuple(own_sessions))


def _doubtful(going: _Going, sessions: Sequence[Session], logins: Sequence[PersistentLogin]) -> Iterator[Finding]:
    """Say what is kept because nobody can tell whether it is one of those that go."""
    scope = going.scope
    for session in sorted(sessions, key=lambda one: one.id):
        if scope.is_doubtful(session) and session not in going.sessions:
            yield unreadable(f"session {session.name_among(sessions)}", "Windows does not tell which NIC it left from")
    for login in sorted(logins, key=login_order):
        if login in going.logins or not scope.may_be(login.target) or login.portal not in {*scope.portals, None}:
            continue
        where = f"persistent login of {login.target} from {nic_of_login(login, scope.initiator)} at"
        where = f"{where} {login.portal or 'any portal'}"
        if not is_resolved(login, scope.initiator):
            yield unreadable(where, "Windows does not tell which NIC its port number is")
        elif not is_ours(login.instance, scope.initiator):
            continue
        elif login.port_number is not None and scope.initiator.address_of(login.port_number) is None:
            yield Finding(Severity.NOTE, Side.HOST, where, _NOBODY)
        elif is_wide(login) and _touches(login, going):
            text = "it is kept, because other paths to its target remain; it may make a session of those removed again"
            yield Finding(Severity.NOTE, Side.HOST, where, text)


def _touches(login: PersistentLogin, going: _Going) -> bool:
    return login.portal is not None or any(same_name(login.target, one.target) for one in going.logins)


def _removals(
    going: Sequence[_Going], logins: Sequence[PersistentLogin], host: Host
) -> Iterator[RemoveLogin | Finding]:
    """Remove stored logins, equal ones at once; those for any NIC or any portal last, for they take others along."""
    rest = list(logins)
    doomed = [(login, one.scope) for one in going for login in one.logins]
    for login, scope in sorted(doomed, key=lambda pair: is_wide(pair[0])):
        equal = [other for other in rest if login_key(other) == login_key(login)]
        if not equal:
            continue
        chap = scope.array.chap if is_wide(login) else None
        reason = _GONE if scope.has_login(login) else _REMAINS
        step = RemoveLogin(
            login, chap=chap, copies=len(equal), nic=scope.initiator.address_of(login.port_number), reason=reason
        )
        lost = unrestorable(step, rest, host, proven=False)
        if lost is None:
            rest = [other for other in rest if other not in equal]
        yield lost or step


def _logouts(ends: Sequence[Planned], memory: Memory) -> Iterator[Item]:
    """End the sessions; once Windows has refused one, those that are left stay as they are."""
    refused = [item for item in ends if item.step in memory.failed]
    yield from refused or ends
    if refused and len(ends) > len(refused):
        left = ", ".join(item.step.subject for item in ends if item not in refused)
        yield Finding(
            Severity.PROBLEM,
            Side.HOST,
            "paths",
            f"these are kept, because another session could not be ended: {left}; what was stored for them is removed,"
            " so Windows does not make them again at the next boot",
        )


def _plan_portals(layout: Layout, host: Host) -> Iterator[Item]:
    nics = {nic.address for nic in layout.nics}
    addresses = {wanted.portal for array in layout.arrays for wanted in array.portals}
    try:
        initiator, portals = value_of(host.initiator), value_of(host.portals)
    except NotKnown as error:
        yield unreadable("discovery portals", str(error))
        return
    for item in sorted(portals, key=portal_order):
        if item.portal not in addresses or not is_ours(item.instance, initiator):
            continue
        if not is_resolved_portal(item, initiator):
            where = f"discovery portal {item.portal} through initiator port {item.port_number}"
            yield unreadable(where, "Windows does not tell which NIC the port number is")
        elif nic_of(item, initiator) is None and item.port_number is not None:
            where = f"discovery portal {item.portal} through initiator port {item.port_number}"
            yield Finding(Severity.NOTE, Side.HOST, where, _NOBODY)
        elif nic_of(item, initiator) in {*nics, None}:
            nic, reason = nic_of(item, initiator), "the target portal is not to be asked for targets"
            yield Planned(RemoveDiscoveryPortal(item, nic, reason=reason))
