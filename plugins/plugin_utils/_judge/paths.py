# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which sessions and stored logins are the halves of which path. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .._model import (
    Address,
    Authentication,
    Chap,
    Digests,
    DiskPath,
    Initiator,
    MpioDisk,
    Path,
    PersistentLogin,
    Policy,
    ScsiAddress,
    Session,
    Target,
    TargetPortal,
    same_name,
)


def targets_at(targets: Iterable[Target], portal: TargetPortal) -> tuple[str, ...]:
    """Return the targets that discovery says can be reached at a portal.

    A target record without portal groups is taken to live where it was discovered.
    """
    return tuple(target.name for target in targets if portal in (target.portals or target.discovered_through))


def live_halves(sessions: Iterable[Session], path: Path) -> tuple[Session, ...]:
    """Return the working sessions that are this path: right target, right portal, leaving from the right NIC.

    A session without a connection is only a record of one (os-brick and Ballast treat it so) and is no live half.
    """
    return tuple(
        session
        for session in sessions
        if session.working
        and same_name(session.target, path.target)
        and any(c.local == path.nic and c.remote == path.portal for c in session.connections)
    )


def sessions_of_unknown_nic(sessions: Iterable[Session], path: Path) -> tuple[Session, ...]:
    """Return the working sessions that may or may not be this path because their local address is not known."""
    return tuple(
        session
        for session in sessions
        if session.working
        and same_name(session.target, path.target)
        and any(c.local is None and c.remote == path.portal for c in session.connections)
    )


def stored_halves(logins: Iterable[PersistentLogin], initiator: Initiator, path: Path) -> tuple[PersistentLogin, ...]:
    """Return the stored logins of this path, right or wrong in their flags.

    The port number is resolved to an address on every run: it is only a number and may point to another NIC after
    adapters came or went.
    """
    return tuple(
        login
        for login in logins
        if same_name(login.target, path.target)
        and login.portal == path.portal
        and login.port_number is not None
        and is_ours(login.instance, initiator)
        and initiator.address_of(login.port_number) == path.nic
    )


def is_ours(instance: str | None, initiator: Initiator) -> bool:
    """Tell whether an instance is the software initiator's: each HBA numbers its ports for itself."""
    if instance is None or initiator.instance is None:
        return True
    return instance.casefold() == initiator.instance.casefold()


def leads_to(login: PersistentLogin, session: Session, initiator: Initiator) -> bool:
    """Tell whether a stored login makes this very session again: the same target, portal and NIC.

    A port number that no NIC has any more leads nowhere. What Windows does not tell (the initiator's ports, those of
    an HBA, the connections or the local address of the session) is not held against the login.
    """
    nic = initiator.address_of(login.port_number) if is_ours(login.instance, initiator) else None
    if login.port_number is not None and nic is None and initiator.ports_known and is_ours(login.instance, initiator):
        return False
    if login.informational or not same_name(login.target, session.target):
        return False
    return not session.connections or any(
        login.portal in (None, connection.remote) and (nic is None or connection.local in (None, nic))
        for connection in session.connections
    )


def login_order(login: PersistentLogin) -> tuple[object, ...]:
    """Return a key that puts stored logins in the same order however they were read."""
    portal = "" if login.portal is None else str(login.portal)
    number = -1 if login.port_number is None else login.port_number
    kind = -1 if login.authentication is None else login.authentication.value
    return (login.target.casefold(), portal, number, login.informational, login.login_flags, login.multipath, kind)


def login_faults(login: PersistentLogin, chap: Chap | None, digests: Digests | None = None) -> tuple[str, ...]:
    """Say what is wrong with a stored login of a wanted path; empty when it is right.

    Args:
        login: The stored login.
        chap: The credentials wished for, None for a login without.
        digests: The digests wished for; what is not said there is not judged.
    """
    faults: list[str] = []
    if not login.multipath:
        faults.append("it lacks the multipath flag")
    if login.informational:
        faults.append("it is informational, so it shows no devices")
    wanted = authentication_of(chap)
    # A login that specifies none uses none; so our own logins without CHAP are stored.
    actual = login.authentication or Authentication.NONE
    if actual is not wanted:
        faults.append(f"its authentication is {actual.name.lower()} instead of {wanted.name.lower()}")
    elif chap is not None and login.user not in (None, chap.user):
        faults.append(f"its CHAP name is {login.user} instead of {chap.user}")
    # What a login does not specify is off (ISCSI_LOGIN_OPTIONS: no digest unless the caller asks for one).
    stored = Digests(bool(login.digests.header), bool(login.digests.data))
    return (*faults, *digest_faults(stored, digests or Digests()))


def same_credentials(login: PersistentLogin, chap: Chap | None) -> bool:
    """Tell whether a stored login proves itself as wished, as far as that can be read."""
    if (login.authentication or Authentication.NONE) is not authentication_of(chap):
        return False
    return chap is None or login.user in (None, chap.user)


def digest_faults(actual: Digests, wanted: Digests) -> tuple[str, ...]:
    """Say which digests differ from those wished for, as far as both are known."""
    pairs = (("header", actual.header, wanted.header), ("data", actual.data, wanted.data))
    return tuple(
        f"its {kind} digest is {_on(is_on)} instead of {_on(wish)}"
        for kind, is_on, wish in pairs
        if None not in (is_on, wish) and is_on is not wish
    )


def _on(value: bool | None) -> str:
    return "on" if value else "off"


def authentication_of(chap: Chap | None) -> Authentication:
    """Return the authentication type of a login with these credentials."""
    if chap is None:
        return Authentication.NONE
    return Authentication.MUTUAL_CHAP if chap.mutual else Authentication.CHAP


@dataclass(frozen=True)
class JoinedPath:
    """A path of a disk together with the session that carries it."""

    address: ScsiAddress
    working: bool
    session: Session | None
    """None for a path that no iSCSI session explains: Fibre Channel, or a session that is gone."""

    @property
    def nic(self) -> Address | None:
        """NIC address it leaves from."""
        return next((c.local for c in self.session.connections), None) if self.session else None

    @property
    def portal(self) -> TargetPortal | None:
        """Target portal it ends at."""
        return next((c.remote for c in self.session.connections), None) if self.session else None

    @property
    def target(self) -> str | None:
        """Target it ends at."""
        return self.session.target if self.session else None


def join(disk: MpioDisk, sessions: Iterable[Session]) -> tuple[JoinedPath, ...]:
    """Join a disk's paths to the sessions by SCSI address.

    Never by arithmetic on path ids: they are usually built from the address, but not always (windows-driver-docs
    mpio-*; captured outputs show both).
    """
    by_address = {device.address: session for session in sessions for device in session.devices}
    found = ((path, by_address.get(path.address)) for path in disk.paths)
    return tuple(JoinedPath(path.address, works(disk, path, session), session) for path, session in found)


def works(disk: MpioDisk, path: DiskPath, session: Session | None) -> bool:
    """Tell whether a path of a disk can carry I/O.

    The DSM of a vendor may tell Windows' classes no states (captured mpclaim outputs: policy VS and no path rows). Then
    a path counts while MPIO lists it (MPIO_GET_DESCRIPTOR) and its session works.

    Args:
        disk: The MPIO disk.
        path: One of its paths.
        session: The session that carries the path, None where none is known.
    """
    if path.state is not None:
        return path.state.working
    return is_untold(disk, path) and session is not None and session.working


def is_untold(disk: MpioDisk, path: DiskPath) -> bool:
    """Tell whether the state of a path is not known because the DSM of a vendor keeps it to itself."""
    return path.state is None and disk.policy is Policy.VENDOR_SPECIFIC
