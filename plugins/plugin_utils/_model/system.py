# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operating system, network adapters, services. Private to the collection."""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

from .known import Known, Part

Address = IPv4Address | IPv6Address
Interface = IPv4Interface | IPv6Interface


@dataclass(frozen=True)
class OperatingSystem:
    """The operating system, told by numbers and never by its name (which is localised)."""

    name: str
    """Computer name."""
    caption: str
    version: str
    """Major, minor and build, for instance ``6.3.9600``."""
    build: int
    service_pack: int
    server: bool
    """False on a client edition of Windows (ProductType 1)."""
    core: bool | None
    """Server Core, None where the release does not tell."""
    edition: int | None
    """OperatingSystemSKU, None on releases that have none."""
    language: int | None
    """LCID of the installed language."""
    booted: datetime
    """Time of the last boot, as the host gives it."""


@dataclass(frozen=True)
class Nic:
    """A network adapter with its addresses; each address is an initiator portal."""

    name: str
    """Description of the adapter, in the language of its driver."""
    mac: str
    """Upper-case with colons."""
    index: int
    interfaces: tuple[Interface, ...]


@dataclass(frozen=True)
class Service:
    """A service or driver as the service control manager shows it (values are not localised)."""

    name: str
    start_mode: str
    """``Auto``, ``Manual``, ``Disabled``, ``Boot`` or ``System``; ``Absent`` where there is no such service."""
    state: str
    """``Running``, ``Stopped``, ``Start Pending`` ...; ``Absent`` where there is no such service."""

    @property
    def installed(self) -> bool:
        """Whether there is such a service."""
        return self.state != "Absent"

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self.state == "Running"

    @property
    def disabled(self) -> bool:
        """Whether it starts no more."""
        return self.start_mode == "Disabled"

    @property
    def may_start(self) -> bool:
        """Whether it is there and starts, with Windows or when somebody asks for it."""
        return self.installed and not self.disabled


_NONE: t.Final[Part[tuple[t.Any, ...]]] = Known(())


@dataclass(frozen=True)
class ClusterNode:
    """A node of the failover cluster, this one included."""

    name: str
    state: str
    """``up``, ``down``, ``paused``, ``joining`` or ``unknown`` (MSCluster_Node.State)."""


@dataclass(frozen=True)
class Cluster:
    """What this host is in a failover cluster."""

    member: bool
    """Whether the cluster service runs here."""
    groups: Part[tuple[str, ...]]
    """Groups that this node owns now; none on a host that is no member."""
    nodes: Part[tuple[ClusterNode, ...]] = _NONE
    """All nodes; none on a host that is no member."""
    disks: Part[tuple[str, ...]] = _NONE
    """Names of the disk resources that this node owns now."""


@dataclass(frozen=True)
class Volume:
    """A volume that is mounted as a drive letter."""

    letter: str
    """Such as ``E:``, upper-case."""
    disk: int
    """PhysicalDrive number of the disk it lies on."""


@dataclass(frozen=True)
class Volumes:
    """The volumes that the initiator service waits for at boot, and those that are mounted."""

    bound: tuple[str, ...]
    """As the initiator names them."""
    mounted: tuple[Volume, ...]


@dataclass(frozen=True)
class Dependencies:
    """What a service depends on."""

    service: str
    names: tuple[str, ...] | None
    """Services and, with ``+`` before them, groups of services; None where there is no such service."""


class NewDiskPolicy(enum.Enum):
    """What Windows does with a disk that it sees for the first time (diskpart, ``san``)."""

    ONLINE_ALL = 1
    OFFLINE_SHARED = 2
    OFFLINE_ALL = 3
    OFFLINE_INTERNAL = 4


@dataclass(frozen=True)
class SetupProgram:
    """A setup program that the wish names."""

    path: str
    there: bool | None
    """Whether the host has it; None where that was not asked, as on a share."""
