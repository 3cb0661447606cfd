# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the initiator service keeps: discovery portals, targets, sessions, persistent logins."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntFlag

from ...fabric.interface import NO_DIGESTS, Digests, FabricSession, LogicalUnit, PortalAddress

ANY_PORT = 0xFFFFFFFF
"""ISCSI_ANY_INITIATOR_PORT and ISCSI_ALL_INITIATOR_PORTS (iscsidsc.h)."""

INSTANCE = "Root\\ISCSIPRT\\0000_0"
"""The instance name of the software initiator; sources differ in its letter case."""

LOGIN_FLAG_MULTIPATH = 0x2
"""ISCSI_LOGIN_FLAG_MULTIPATH_ENABLED."""


class Specified(IntFlag):
    """ISCSI_LOGIN_OPTIONS.InformationSpecified: which members of the login options count."""

    HEADER_DIGEST = 0x01
    DATA_DIGEST = 0x02
    MAXIMUM_CONNECTIONS = 0x04
    DEFAULT_TIME2WAIT = 0x08
    DEFAULT_TIME2RETAIN = 0x10
    USERNAME = 0x20
    PASSWORD = 0x40
    AUTH_TYPE = 0x80


NOTHING_SPECIFIED = Specified(0)


class AuthType:
    """ISCSI_AUTH_TYPES."""

    NONE = 0
    CHAP = 1
    MUTUAL_CHAP = 2


@dataclass(frozen=True)
class LoginOptions:
    """ISCSI_LOGIN_OPTIONS; a member that ``specified`` leaves out is not in force."""

    specified: Specified = NOTHING_SPECIFIED
    login_flags: int = 0
    auth_type: int = AuthType.NONE
    header_digest: int = 0
    data_digest: int = 0
    maximum_connections: int = 0
    default_time2wait: int = 0
    default_time2retain: int = 0
    username: bytes = b""
    password: bytes = field(default=b"", repr=False)

    @property
    def multipath(self) -> bool:
        """Whether the multipath flag is set."""
        return bool(self.login_flags & LOGIN_FLAG_MULTIPATH)

    @property
    def effective_auth_type(self) -> int:
        """The authentication type, none when it was not specified."""
        return self.auth_type if self.specified & Specified.AUTH_TYPE else AuthType.NONE

    @property
    def effective_digests(self) -> Digests:
        """The digests that a login offers; one that was not specified is off."""
        return Digests(
            header=bool(self.specified & Specified.HEADER_DIGEST and self.header_digest),
            data=bool(self.specified & Specified.DATA_DIGEST and self.data_digest),
        )


@dataclass(frozen=True)
class LunMapping:
    """One line of a target mapping: the target's LUN and the one Windows shall show."""

    target_lun: int
    os_lun: int


@dataclass(frozen=True)
class TargetMapping:
    """Where Windows shall put a target's LUNs."""

    os_bus: int
    os_target: int
    luns: tuple[LunMapping, ...]


@dataclass(frozen=True)
class LoginRequest:
    """The arguments of LoginIScsiTarget but for IsPersistent."""

    target: str
    portal: PortalAddress | None = None
    instance: str | None = None
    port_number: int = ANY_PORT
    informational: bool = False
    security_flags: int = 0
    options: LoginOptions = LoginOptions()
    mapping: TargetMapping | None = None


@dataclass(frozen=True)
class DiscoveryPortal:
    """A target portal that SendTargets is sent to (ISCSI_TARGET_PORTAL_INFO)."""

    portal: PortalAddress
    instance: str | None = None
    port_number: int = ANY_PORT
    security_flags: int = 0
    options: LoginOptions = LoginOptions()

    @property
    def multi_key(self) -> tuple[str, int, str, int]:
        """What tells two discovery portals apart."""
        return (self.portal.address.lower(), self.portal.tcp_port, (self.instance or "").lower(), self.port_number)


@dataclass(frozen=True)
class StaticTarget:
    """A target that was typed in with AddTarget."""

    name: str
    alias: str | None = None
    portal: PortalAddress | None = None
    flags: int = 0
    persist: bool = True
    options: LoginOptions = LoginOptions()
    mapping: TargetMapping | None = None


@dataclass(frozen=True)
class KnownTarget:
    """A target as one discovery mechanism knows it."""

    name: str
    mechanism: str
    portals: tuple[tuple[int, PortalAddress], ...]
    """(target portal group tag, portal), as SendTargets gave them."""
    source: DiscoveryPortal | StaticTarget

    @property
    def alias(self) -> str | None:
        """The alias, which only a static target has here."""
        return self.source.alias if isinstance(self.source, StaticTarget) else None


@dataclass(frozen=True, eq=False)
class PersistentLogin:
    """A stored login; equal ones may exist side by side, so they are told apart by identity."""

    request: LoginRequest


class ConnectionState(Enum):
    """Whether a session's connection stands, as the initiator sees it."""

    CONNECTED = "connected"
    RECONNECTING = "reconnecting"


@dataclass(eq=False)
class Session:
    """One session of the initiator; its id stays the same while the driver reconnects it."""

    number: int
    """The lower half of the session id."""
    adapter: int
    """The upper half of the session id: UniqueAdapterId."""
    connection_number: int
    request: LoginRequest
    target: str
    portal: PortalAddress
    nic_address: str
    isid: bytes
    scsi_target: int
    node_name: str
    fabric_session: FabricSession | None = None
    state: ConnectionState = ConnectionState.CONNECTED
    tsih: int = 0
    local_port: int = 0
    digests: Digests = NO_DIGESTS
    """What the target agreed to."""
    units: tuple[LogicalUnit, ...] = ()
    devices_shown: bool = False
    shown: frozenset[tuple[int, str | None]] = frozenset()
    """(LUN, NAA id) of the devices that Windows has made of ``units``."""
    from_persistent: PersistentLogin | None = None
    home: PortalAddress | None = None
    """Where the next login goes first; ``portal`` is where a redirection for now has led."""

    @property
    def id(self) -> str:
        """The id as WMI shows it, both halves padded to 16 digits."""
        return f"{self.adapter:016x}-{self.number:016x}"

    @property
    def connection_id(self) -> str:
        """The connection's id as WMI shows it."""
        return f"{self.adapter:016x}-{self.connection_number:016x}"

    @property
    def connected(self) -> bool:
        """Whether the connection stands."""
        return self.state is ConnectionState.CONNECTED

    @property
    def any_port(self) -> bool:
        """Whether the login left the choice of the NIC to Windows."""
        return self.request.port_number == ANY_PORT
