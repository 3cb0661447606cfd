# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one interface between a simulated server and a simulated array.

It exists twice: in memory (fast, for fault sweeps) and as real iSCSI over TCP. A simulated server names its
NIC by the address it was declared with (for instance 10.10.1.11) and a target portal by the address the array
shows (10.10.1.21); where those live on the loopback network is the fabric's own business.

All calls block the calling thread and are safe to make from several threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol


@dataclass(frozen=True)
class PortalAddress:
    """A target portal as the array shows it in SendTargets."""

    address: str
    tcp_port: int = 3260


@dataclass(frozen=True)
class Chap:
    """One side's CHAP name and secret (RFC 7143, 12.1.3)."""

    name: str
    secret: bytes = field(repr=False)

    def accepts(self, other: Chap | None) -> bool:
        """Whether ``other`` proves what this expects: the same secret, and the same name unless none is expected."""
        return other is not None and self.secret == other.secret and self.name in ("", other.name)


@dataclass(frozen=True)
class Digests:
    """Which parts of the PDUs CRC32C protects (RFC 7143, 13.1)."""

    header: bool = False
    data: bool = False


NO_DIGESTS = Digests()
EVERY_DIGEST = Digests(header=True, data=True)


@dataclass(frozen=True)
class InitiatorSide:
    """Who opens a connection: the host's node name and the NIC address it leaves from."""

    node_name: str
    nic_address: str
    one_way: Chap | None = None
    """What the initiator proves to the target."""
    mutual: Chap | None = None
    """What the target must prove to the initiator; an empty name takes any name, as Windows does."""
    digests: Digests = NO_DIGESTS
    """The digests that a normal session offers."""
    digests_required: bool = False
    """Whether a digest is offered without the choice of none."""


@dataclass(frozen=True)
class DiscoveredPortal:
    """One TargetAddress of a SendTargets answer."""

    portal: PortalAddress
    group_tag: int


@dataclass(frozen=True)
class DiscoveredTarget:
    """One TargetName of a SendTargets answer with its addresses."""

    name: str
    portals: tuple[DiscoveredPortal, ...]


class AccessState(IntEnum):
    """Asymmetric access states (SPC-4, REPORT TARGET PORT GROUPS)."""

    ACTIVE_OPTIMIZED = 0x0
    ACTIVE_UNOPTIMIZED = 0x1
    STANDBY = 0x2
    UNAVAILABLE = 0x3
    TRANSITIONING = 0xF


@dataclass(frozen=True)
class PortGroup:
    """What REPORT TARGET PORT GROUPS told about one target port group of a LUN."""

    number: int
    state: AccessState
    ports: tuple[int, ...]
    """Relative target port identifiers."""
    preferred: bool = False


@dataclass(frozen=True)
class LogicalUnit:
    """What REPORT LUNS, INQUIRY and its pages 0x80 and 0x83 told about one LUN over one session."""

    lun: int
    device_type: int
    """Peripheral device type: 0 a disk, 0x0C a storage array controller (the EVA's LUN 0)."""
    vendor: str
    product: str
    revision: str
    serial: str
    naa: str | None
    """The NAA designator in lower-case hexadecimal, None where page 0x83 carries none."""
    target_port_group: int | None
    relative_target_port: int | None
    blocks: int = 0
    block_size: int = 512
    port_group_support: int = 0
    """TPGS of INQUIRY: 0 no ALUA, 1 implicit, 2 explicit, 3 both."""
    port_groups: tuple[PortGroup, ...] = ()
    """Empty where INQUIRY shows no support."""


class FabricError(Exception):
    """The network or the array did not let something happen."""

    def __init__(self, sentence: str, silent: bool = False) -> None:
        """Keep the sentence; ``silent``: nobody answered, and the time that an initiator waits is still to pass."""
        self.silent = silent
        super().__init__(sentence)


class Unreachable(FabricError):
    """No TCP connection: refused, no route, no link, or no answer in time."""


class ConnectionLost(FabricError):
    """The connection broke, or stopped answering, after it was made."""


class LoginRejected(FabricError):
    """A Login Response with a status class other than 0 (RFC 7143, 11.13.5)."""

    def __init__(self, status_class: int, status_detail: int, text: str = "") -> None:
        """Keep the two status bytes; ``text`` is the target's address for a redirection."""
        self.status_class = status_class
        self.status_detail = status_detail
        self.text = text
        super().__init__(f"login status {status_class:02x}{status_detail:02x} {text}".rstrip())


class AuthenticationFailed(FabricError):
    """The target did not prove who it is; the initiator gave the login up itself."""


class FabricSession(Protocol):
    """One normal session with one connection: one path's live half."""

    @property
    def alive(self) -> bool:
        """Whether the connection stands (as far as the initiator has noticed)."""

    @property
    def isid(self) -> bytes:
        """The initiator session id, 6 bytes."""

    @property
    def tsih(self) -> int:
        """The target session identifying handle."""

    @property
    def local_port(self) -> int:
        """The TCP port on the initiator's side."""

    @property
    def digests(self) -> Digests:
        """What both sides agreed on."""

    def logical_units(self) -> tuple[LogicalUnit, ...]:
        """Ask the target what it presents to this initiator (REPORT LUNS, INQUIRY)."""

    def read(self, lun: int, block: int, count: int) -> bytes:
        """Read blocks."""

    def write(self, lun: int, block: int, data: bytes) -> None:
        """Write whole blocks."""

    def logout(self) -> None:
        """End the session; no error when the connection is gone already."""

    def abort(self) -> None:
        """Reset the connection without a logout, as a power-off or a reboot does."""


class Fabric(Protocol):
    """The network and what listens on it, seen from a host."""

    def discover(self, side: InitiatorSide, portal: PortalAddress) -> tuple[DiscoveredTarget, ...]:
        """Hold a discovery session with SendTargets=All.

        Raises:
            Unreachable, LoginRejected, AuthenticationFailed, ConnectionLost
        """

    def login(
        self,
        side: InitiatorSide,
        portal: PortalAddress,
        target: str,
        isid: bytes,
        on_lost: Callable[[], None],
    ) -> FabricSession:
        """Open a normal session; ``on_lost`` is called once if the connection breaks by itself later.

        Raises:
            Unreachable, LoginRejected, AuthenticationFailed, ConnectionLost
        """

    def ping(self, nic_address: str, portal: PortalAddress) -> bool:
        """Whether something listens at the portal, as seen from that NIC."""

    def accepts(self, side: InitiatorSide, portal: PortalAddress) -> bool:
        """Whether the array's secrets for this initiator fit, as they are now; nothing is sent, nobody's state matters.

        This is for whoever judges a server, not for the server. A portal that nobody has refuses no secret.
        """
