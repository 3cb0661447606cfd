# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet as it is declared: arrays, servers, and what lies between. ``spec_file`` reads it from YAML."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .fabric.interface import PortalAddress
from .fields import Interface
from .windows.applications import ServiceSpec
from .windows.cluster import ClusterSpec
from .windows.hp_dsm import DsmPackageSpec
from .windows.initiator_package import PackageSpec
from .windows.storage.layouts import NewDiskPolicy
from .windows.storage.multipath_disk import VendorDsm

DSMS = ("microsoft", "hp")
"""Which DSM servers are to end up with."""
TWO_PRODUCTS = ("EVA3000", "EVA5000")
"""Models whose product id depends on the controller software (public multipath-tools table)."""


@dataclass(frozen=True)
class PortSpec:
    """One iSCSI port of an array."""

    address: str
    controller: str
    tcp_port: int = 3260
    fabric: str = ""
    module: str = ""

    @property
    def portal(self) -> PortalAddress:
        """The portal it shows."""
        return PortalAddress(self.address, self.tcp_port)


@dataclass(frozen=True)
class VdiskSpec:
    """One virtual disk."""

    name: str
    mib: int
    owner: str


@dataclass(frozen=True)
class ArraySpec:
    """One array."""

    name: str
    model: str | None
    product: str
    serial: str
    ports: tuple[PortSpec, ...]
    vdisks: tuple[VdiskSpec, ...] = ()
    auto_register: bool = True
    discovery_scope: str = "array"
    learns_initiators: bool = False
    """Whether it takes a secret only for a name that has logged in; then nobody's secret is set at the beginning."""
    chap_on_discovery: bool = True
    digests: tuple[str, ...] = ("header", "data")
    """The digests that it takes, of ``header`` and ``data``."""
    vendor: str = "HP"
    """INQUIRY vendor id."""
    managed: bool = True
    """False: it is none of the arrays that the servers are declared for, and foreign to the judge of the law."""
    hides_port_groups: bool = True
    """Whether its iSCSI bridges hide that it is asymmetric (ALUA)."""


@dataclass(frozen=True)
class NicSpec:
    """One address of a server."""

    interface: Interface
    adapter: str
    fabric: str = ""

    @property
    def address(self) -> str:
        """The address without its prefix."""
        return str(self.interface.ip)


@dataclass(frozen=True)
class WinrmSpec:
    """Where and how a server's WinRM service listens."""

    scheme: str = "http"
    transport: str = "ntlm"
    stack: str | None = None
    """``1.1``, ``2.0`` or ``3.0``; None: the usual one of the release."""
    tls: str | None = None
    """``1.0`` or ``1.2`` (and newer); None: what the release speaks."""
    port: int = 0
    """0: the kernel chooses, so that several labs run side by side."""
    address: str | None = None
    """None: a loopback address of the server's own."""


@dataclass(frozen=True)
class ChapSpec:
    """What the arrays demand of a server and prove to it."""

    secret: str = field(repr=False)
    name: str | None = None
    """None: the initiator's node name."""
    mutual_name: str | None = None
    mutual_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class LunSpec:
    """One presentation."""

    array: str
    vdisk: str
    lun: int


@dataclass(frozen=True)
class FibreChannelSpec:
    """What a server sees over Fibre Channel, which no session carries."""

    luns: tuple[LunSpec, ...] = ()
    paths: int = 2
    """How many adapters see each of them."""


@dataclass(frozen=True)
class HostSpec:
    """One server."""

    name: str
    release: str
    nics: tuple[NicSpec, ...]
    luns: tuple[LunSpec, ...] = ()
    presented: bool = True
    user: str = "Administrator"
    password: str = field(default="Lab-Passw0rd", repr=False)
    winrm: WinrmSpec = WinrmSpec()
    chap: ChapSpec | None = None
    switches: Mapping[str, Any] = field(default_factory=dict)
    boot_seconds: float = 30.0
    """From the end of a shutdown to the answering endpoint, in the server's seconds."""
    elevated: bool = True
    """False: a remote sign-in gets a filtered token (LocalAccountTokenFilterPolicy absent)."""
    architecture: str = "x64"
    core: bool = False
    """Whether it is Server Core."""
    language: str = "en"
    package: PackageSpec | None = None
    """The initiator's package of Server 2003."""
    logged_on: tuple[str, ...] = ()
    """Who works at it when the lab begins."""
    cluster: ClusterSpec | None = None
    volumes: Mapping[str, str] = field(default_factory=dict)
    """Drive letter -> virtual disk that carries the volume."""
    services: tuple[ServiceSpec, ...] = ()
    """Services of applications."""
    new_disk_policy: NewDiskPolicy | None = None
    """What Windows does with new disks; None: the release's default."""
    dsm: str | None = None
    """Which DSM it is to end up with; None: that of the fleet."""
    dsm_package: DsmPackageSpec | None = None
    """The kit of HP's DSM."""
    other_dsms: tuple[VendorDsm, ...] = ()
    """DSMs of other makers."""
    fibre_channel: FibreChannelSpec = FibreChannelSpec()
    connected: tuple[str, ...] = ()
    """Arrays to which sessions stand and logins are stored when the lab begins."""
    build: str | None = None
    """Build of Windows where the release has several; None: the usual one."""

    @property
    def node_name(self) -> str:
        """The name that the Microsoft initiator gives itself on a server outside of any domain."""
        return f"iqn.1991-05.com.microsoft:{self.name.lower()}"

    def first_dsm(self, of_fleet: str) -> str:
        """Return which DSM has the disks when the lab begins: where that is not the wanted one, it has to change."""
        held_by_hps = self.connected and self.dsm_package is not None and self.dsm_package.installed
        return "hp" if held_by_hps else self.dsm or of_fleet

    def without_kit(self, of_fleet: str) -> str | None:
        """Say that HP's DSM is wanted and nobody has brought it; None where that is not so."""
        if (self.dsm or of_fleet) != "hp" or self.dsm_package is not None:
            return None
        return (
            f"server {self.name} is to end up with HP's DSM and has no dsm_package: name its kit there, or under"
            " defaults ({} is enough to rehearse with)"
        )


@dataclass(frozen=True)
class FleetSpec:
    """The whole file."""

    arrays: tuple[ArraySpec, ...]
    hosts: tuple[HostSpec, ...]
    fabric: str = "memory"
    routed: bool = False
    second: float = 0.02
    """How long one second of the servers lasts, in seconds."""
    dsm: str = "microsoft"

    @property
    def isolated(self) -> tuple[str, ...]:
        """The subnets of the NICs between which nothing is routed."""
        networks = dict.fromkeys(str(nic.interface.network) for host in self.hosts for nic in host.nics)
        return () if self.routed else tuple(networks)

    @property
    def named_fabrics(self) -> bool:
        """Whether NICs and ports name the fabric they are on, rather than being joined by subnet."""
        return any(nic.fabric for host in self.hosts for nic in host.nics)

    def paths(self, host: HostSpec, array: ArraySpec) -> frozenset[tuple[str, PortalAddress]]:
        """Return the (NIC, portal) pairs that belong together: one fabric, or one subnet."""
        return frozenset(
            (nic.address, port.portal)
            for nic in host.nics
            for port in array.ports
            if (
                nic.fabric == port.fabric
                if self.named_fabrics
                else ipaddress.ip_address(port.address) in nic.interface.network
            )
        )
