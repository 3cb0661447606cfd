# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is still on its way after a login or a boot. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable

from .._model import (
    Chap,
    Digests,
    Host,
    MpioDisk,
    Path,
    PersistentLogin,
    Session,
    TargetPortal,
    Unknown,
    same_name,
)
from .dsms import Owner
from .effect import State, judge, owner_of
from .paths import live_halves, stored_halves
from .renewal import session_faults


def unsettled(host: Host, known: Host | None, portals: frozenset[TargetPortal], owner: Owner) -> bool:
    """Tell whether sessions or devices are likely to appear in a moment.

    Args:
        host: What was read last.
        known: What was read before the login or the service's start; None after a boot, before which nothing counts.
        portals: The target portals whose sessions matter; none of them, and nothing is waited for.
        owner: The DSM that shall own their LUNs.
    """
    if not portals or isinstance(host.initiator_service, Unknown):
        return False
    if known is None and _mpio_is_coming(host):
        return True
    if isinstance(host.sessions, Unknown) or isinstance(host.logins, Unknown):
        return host.initiator_service.value.running
    sessions = tuple(session for session in host.sessions.value if _leads_to(session, portals))
    if not _running(known) and any(
        login.portal in portals and not any(_is_live(login, session) for session in sessions)
        for login in host.logins.value
    ):
        return True
    earlier = _sessions(known)
    old = {session.id for session in earlier}
    new = [session for session in sessions if session.working and session.id not in old]
    if any(not _has_devices(session) for session in new):
        return True
    effect = judge(host, sessions, owner)
    now = effect.state
    if known is None:
        return bool(effect.outside) and now is State.REBOOT_PENDING
    before = judge(known, [session for session in earlier if _leads_to(session, portals)], owner).state
    if before is State.IN_EFFECT:
        return now is not State.IN_EFFECT or _is_joining(new, host)
    return now is State.REBOOT_PENDING and before is not State.REBOOT_PENDING


def _is_joining(new: Iterable[Session], host: Host) -> bool:
    """Tell whether MPIO has not made the disks of a new session its paths yet."""
    disks: tuple[MpioDisk, ...] = () if isinstance(host.disks, Unknown) else host.disks.value
    return any(owner_of(device, disks) is None for session in new for device in session.disks)


def _mpio_is_coming(host: Host) -> bool:
    """Tell whether MPIO does not answer yet although it is there: its WMI provider may come up after WinRM."""
    if isinstance(host.feature, Unknown) or not host.feature.value.enabled:
        return False
    return isinstance(host.dsms, Unknown) or isinstance(host.disks, Unknown)


def _running(known: Host | None) -> bool:
    """Tell whether the service ran before, so that Windows was not making sessions of stored logins just now."""
    if known is None or isinstance(known.initiator_service, Unknown):
        return False
    return known.initiator_service.value.running


def _sessions(known: Host | None) -> tuple[Session, ...]:
    return () if known is None or isinstance(known.sessions, Unknown) else known.sessions.value


def _is_live(login: PersistentLogin, session: Session) -> bool:
    return (
        session.working
        and same_name(session.target, login.target)
        and any(connection.remote == login.portal for connection in session.connections)
    )


def _has_devices(session: Session) -> bool:
    """Tell whether a session shows disks, all of them with their number and name (os-win waits for as much)."""
    return bool(session.disks) and all(
        device.number is not None and device.vendor is not None for device in session.disks
    )


def _leads_to(session: Session, portals: frozenset[TargetPortal]) -> bool:
    return any(connection.remote in portals for connection in session.connections)


def misplaced_session(known: Host, host: Host, path: Path) -> Session | None:
    """Return the session that a login for this path made from another NIC, None when there is no such session.

    A session that Windows makes of a stored login in the same moment is not the login's.
    """
    if isinstance(host.sessions, Unknown) or isinstance(known.sessions, Unknown):
        return None
    old = {session.id for session in known.sessions.value}
    new = [session for session in host.sessions.value if session.id not in old]
    if live_halves(new, path):
        return None
    for session in new:
        if not same_name(session.target, path.target):
            continue
        for connection in session.connections:
            if connection.remote != path.portal or connection.local is None or connection.local == path.nic:
                continue
            if not _awaited(known, host, Path(connection.local, connection.remote, session.target)):
                return session
    return None


def misfit(
    known: Host, host: Host, path: Path, chap: Chap | None, digests: Digests
) -> tuple[Session, tuple[str, ...]] | None:
    """Return the session that a login has just made beside another one, where it is not as wished, and why.

    The array has the last word on digests. The only session of a path is better than none and is never returned.

    Args:
        known: What was read before the login.
        host: What was read after it.
        path: The path of the login.
        chap: Its credentials.
        digests: Its digests.
    """
    if isinstance(host.sessions, Unknown):
        return None
    before = {session.id for session in live_halves(_sessions(known), path)}
    if not before:
        return None
    new = [session for session in live_halves(host.sessions.value, path) if session.id not in before]
    wrong = ((session, session_faults(session, chap, digests)) for session in new)
    return next(((session, faults) for session, faults in wrong if faults), None)


def _awaited(known: Host, host: Host, path: Path) -> bool:
    """Tell whether Windows itself was about to make this path: it is stored, and was not live before."""
    if isinstance(host.logins, Unknown) or isinstance(host.initiator, Unknown):
        return False
    stored = bool(stored_halves(host.logins.value, host.initiator.value, path)) or any(
        login.port_number is None and login.portal in (None, path.portal) and same_name(login.target, path.target)
        for login in host.logins.value
    )
    return stored and not live_halves(_sessions(known), path)
