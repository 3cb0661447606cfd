# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The iSCSI initiator: portals, targets, sessions, persistent logins, paths. Private to the collection."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field

from .system import Address


@dataclass(frozen=True)
class InitiatorPort:
    """Windows' number for a NIC address in logins; resolved again on every run."""

    number: int
    address: Address


@dataclass(frozen=True)
class Initiator:
    """The Microsoft iSCSI software initiator."""

    node_name: str
    instance: str | None
    """Instance that owns the ports, for instance ``ROOT\\ISCSIPRT\\0000_0``; None where it was not readable."""
    ports: tuple[InitiatorPort, ...]
    ports_known: bool = True
    """False where Windows did not list its ports: then these are those that could be inferred, and more may exist."""

    def number_of(self, address: Address) -> int | None:
        """Return the port number of a NIC address, None where none is known."""
        return next((port.number for port in self.ports if port.address == address), None)

    def address_of(self, number: int | None) -> Address | None:
        """Return the NIC address of a port number, None for ``any`` and for a number whose NIC is not known."""
        return next((port.address for port in self.ports if port.number == number), None)


@dataclass(frozen=True, order=True)
class TargetPortal:
    """Address and TCP port of the array."""

    address: Address
    tcp_port: int = 3260

    def __str__(self) -> str:
        """Write it as administrators do, an IPv6 address in brackets."""
        host = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{host}:{self.tcp_port}"


class Authentication(enum.Enum):
    """AuthType of a login (SDK iscsidsc.h, ISCSI_AUTH_TYPES)."""

    NONE = 0
    CHAP = 1
    MUTUAL_CHAP = 2


@dataclass(frozen=True)
class Digests:
    """CRC32C digests of a session (RFC 7143, 6.1); None where nothing is said about one."""

    header: bool | None = None
    data: bool | None = None


@dataclass(frozen=True)
class DiscoveryPortal:
    """A target portal stored in the initiator for SendTargets."""

    portal: TargetPortal
    instance: str | None
    port_number: int | None
    """Initiator port it is bound to, None for any and where ``nic`` stands for it."""
    nic: Address | None = None
    """NIC it is bound to, where the NIC's port number is not known."""
    authentication: Authentication | None = None
    """None where it was not specified or not readable."""
    user: str | None = None
    """CHAP name, None where there is none or it was not readable."""


@dataclass(frozen=True)
class Target:
    """An iSCSI target in the initiator's list."""

    name: str
    """As the target's own record spells it; compare with :func:`same_name`."""
    portals: tuple[TargetPortal, ...]
    """Where discovery said it can be reached; empty where the record has no portal groups."""
    discovered_through: tuple[TargetPortal, ...]
    """Discovery portals that told of it."""


@dataclass(frozen=True, order=True)
class SessionId:
    """Both halves of a session's id. They are compared as numbers: tools pad them differently."""

    adapter: int
    session: int

    def __str__(self) -> str:
        """Write it as ``iscsicli LogoutTarget`` takes it."""
        return f"{self.adapter:x}-{self.session:x}"


@dataclass(frozen=True, order=True)
class ScsiAddress:
    """Port, bus, target and LUN of a device as Windows' SCSI port driver numbers it."""

    port: int
    bus: int
    target: int
    lun: int

    def __str__(self) -> str:
        """Write it in words."""
        return f"{self.path} LUN {self.lun}"

    @property
    def path(self) -> str:
        """What the LUNs of one path have in common."""
        return f"port {self.port} bus {self.bus} target {self.target}"


class ConnectionState(enum.Enum):
    """State of an iSCSI connection (windows-driver-docs, ISCSI_ConnectionStaticInfo)."""

    LOGIN = 0
    FULL = 1
    LOGOUT = 2


@dataclass(frozen=True)
class Connection:
    """A connection of a session with its real addresses."""

    local: Address | None
    """NIC address it leaves from, None where Windows does not tell."""
    remote: TargetPortal
    state: ConnectionState | None
    authentication: Authentication | None = None
    """None where Windows does not tell."""
    digests: Digests = field(default_factory=Digests)
    """What the login agreed on."""


@dataclass(frozen=True)
class Device:
    """A device on a session."""

    address: ScsiAddress
    number: int | None
    """PhysicalDrive number, None where there is none."""
    disk: bool
    multipath: bool
    """Whether the device shown is an MPIO disk."""
    vendor: str | None
    product: str | None
    """INQUIRY strings as far as the device's interface name tells them, None otherwise."""


@dataclass(frozen=True)
class Session:
    """A session: the live half of a path."""

    id: SessionId
    target: str
    connections: tuple[Connection, ...]
    """Empty while the initiator is trying to reconnect."""
    devices: tuple[Device, ...]

    @property
    def working(self) -> bool:
        """Whether it has a connection in full feature phase (or one whose state Windows does not tell)."""
        return any(c.state in (ConnectionState.FULL, None) for c in self.connections)

    @property
    def way(self) -> str:
        """NIC and target portal of each connection, as one line."""
        ways = (f"{connection.local or 'unknown NIC'} -> {connection.remote}" for connection in self.connections)
        return ", ".join(ways) or "without connection"

    @property
    def full_name(self) -> str:
        """Its path and its id, as one line."""
        return f"{self.way} -> {self.target} ({self.id})" if self.connections else f"{self.id} ({self.target})"

    def name_among(self, sessions: Iterable[Session]) -> str:
        """Name it by its path alone where that tells it from the others of these sessions."""
        others = (one for one in sessions if one.id != self.id and same_name(one.target, self.target))
        if not self.connections or any(one.way == self.way for one in others):
            return self.full_name
        return f"{self.way} -> {self.target}"

    @property
    def disks(self) -> tuple[Device, ...]:
        """Its disks, without the array's controller LUN and other devices."""
        return tuple(device for device in self.devices if device.disk)


@dataclass(frozen=True)
class PersistentLogin:
    """A stored login: the stored half of a path. Its secret is never read."""

    target: str
    portal: TargetPortal | None
    """None for "any portal"."""
    instance: str | None
    port_number: int | None
    """Initiator port, None for any."""
    multipath: bool
    """Login flag 0x2."""
    informational: bool
    """True for a session that shows no devices."""
    authentication: Authentication | None
    """None where it was not specified or not readable."""
    login_flags: int = 0
    user: str | None = None
    """CHAP name, None where there is none or it was not readable."""
    digests: Digests = field(default_factory=Digests)
    """What it asks for; None where it specifies nothing."""


@dataclass(frozen=True)
class Chap:
    """What a login proves: CHAP name and secret. Neither ``repr`` nor a plan shows the secret."""

    user: str
    secret: str = field(repr=False, compare=False)
    mutual: bool = False
    """Whether the target must prove itself too, with the initiator's own secret."""


@dataclass(frozen=True, order=True)
class Path:
    """A NIC, a target portal and a target that belong together; it has a live half and a stored half."""

    nic: Address
    portal: TargetPortal
    target: str

    def __str__(self) -> str:
        """Write it as reports do."""
        return f"{self.nic} -> {self.portal} -> {self.target}"


def same_name(one: str, other: str) -> bool:
    """Compare target or node names as Windows does: letter case aside (RFC 3722; Windows returns either case)."""
    return one.casefold() == other.casefold()
