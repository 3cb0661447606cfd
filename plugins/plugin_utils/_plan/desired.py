# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the administrator wishes, validated. A part that is None is not managed. Private to the collection."""

from __future__ import annotations

import enum
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from .._judge.dsms import MICROSOFT, Owner
from .._model import Address, Chap, Digests, HpPolicy, PathState, Policy, TargetPortal


class Mesh(enum.Enum):
    """Which NIC belongs to which target portal."""

    SUBNET = "subnet"
    """The portal lies in the subnet of the NIC's address."""
    FABRIC = "fabric"
    """Both name the same fabric."""
    FULL = "full"
    """Every NIC to every portal."""
    EXPLICIT = "explicit"
    """Each portal names its NICs."""


@dataclass(frozen=True)
class WantedNic:
    """A NIC that is to carry sessions."""

    address: Address
    fabric: str | None = None


@dataclass(frozen=True)
class WantedPortal:
    """A target portal of an array."""

    portal: TargetPortal
    fabric: str | None = None
    module: str | None = None
    """The iSCSI module it is a port of."""
    controller: str | None = None
    """The controller behind it as the administrator declares it; never inferred."""
    nics: tuple[Address, ...] = ()
    """The NICs that belong to it, where the mesh is explicit."""


@dataclass(frozen=True)
class WantedArray:
    """An array and how it is reached."""

    name: str
    portals: tuple[WantedPortal, ...]
    hardware_ids: tuple[str, ...] = ()
    """What its LUNs answer with, 24 characters each; empty where no model was declared."""
    targets: tuple[str, ...] = ()
    """Targets to use; empty for all that its portals tell of."""
    chap: Chap | None = None
    chap_after_first_login: bool = False
    """Whether the array learns an initiator only at a login without CHAP (HP MPX200 user guide 5697-0568, page 101)."""
    digests: Digests = field(default_factory=Digests)
    luns: tuple[str, ...] = ()
    """WWNs that must be there, upper-case hexadecimal."""
    minimum_luns: int = 1


@dataclass(frozen=True)
class Layout:
    """The declared set of paths before targets are known."""

    arrays: tuple[WantedArray, ...]
    nics: tuple[WantedNic, ...]
    mesh: Mesh = Mesh.SUBNET
    owner: Owner = MICROSOFT
    """The DSM whose disks the arrays' LUNs shall be: multipath is in effect only under it."""


@dataclass(frozen=True)
class DsmPackage:
    """HP's DSM as the administrator has it. Its silent switches are not public, so nothing here has a default."""

    path: str | None = None
    """Its setup program, on the host or on a share, as the host names it; None where it is never installed."""
    arguments: tuple[str, ...] = ()
    removal_path: str | None = None
    """What removes it; None where it is never removed."""
    removal_arguments: tuple[str, ...] = ()
    version: str | None = None
    """The version that Windows must show once it is registered, or how that begins."""
    driver: str | None = None
    """Name of its driver service; None for any whose name looks like that of an HP DSM."""
    unsupported_release: bool = False
    """Install it on a release for which no document of HP's names it."""


@dataclass(frozen=True)
class WantedDsm:
    """The DSM that shall own the arrays' disks, and how it comes there."""

    owner: Owner
    hardware_ids: tuple[str, ...] = ()
    """What the arrays' LUNs answer with, 24 characters each; neither DSM may claim them beside the other."""
    package: DsmPackage = DsmPackage()
    absent: bool = False
    """Whether HP's DSM shall be gone, whatever owns the disks then."""
    change: bool = False
    """Whether the disks may be away, and Windows restart, while their DSM is changed."""


@dataclass(frozen=True)
class Package:
    """The setup program of the iSCSI initiator, for a release that has none of its own."""

    path: str
    """On the host or on a share, as the host names it."""
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class WantedInitiator:
    """The initiator service and its identity."""

    node_name: str | None = None
    mutual_secret: str | None = field(default=None, repr=False)
    update_secret: bool = False
    """Write the secret although it cannot be compared with the one that is set."""
    package: Package | None = None
    """What installs the initiator where Windows has none; without meaning elsewhere."""
    rename_despite_sessions: bool = False
    """Change the node name although sessions stand; they keep the old one until they are made again."""
    isns_servers: tuple[str, ...] | None = None
    """All iSNS servers there shall be; None where they are not managed."""
    bind_volumes: bool = False
    """Whether the service waits at boot for the volumes on its disks."""
    dependent_services: tuple[str, ...] = ()
    """Services that use the disks and start after the initiator's."""
    cluster_disks_offline: bool = False
    """Whether new shared disks come up offline on a member of a failover cluster."""


@dataclass(frozen=True)
class WantedPaths:
    """Both halves of every path of the layout."""

    minimum_paths: int | None = None
    """Live paths an array must have at the end, None for all that the layout gives. Where the paths are to be absent:
    working paths that every disk in use keeps."""
    sessions_per_path: int = 1


class Surplus(enum.Enum):
    """Kinds of stored logins and sessions that lead to a declared array and are not wished for."""

    STALE = "stale"
    """Of a declared target, over a path that is not declared, or more of one than are wished for."""
    UNDECLARED = "undeclared"
    """Of a target that is not declared, at a declared target portal."""


@dataclass(frozen=True)
class Purge:
    """What is removed besides making what is wished for."""

    kinds: frozenset[Surplus]
    limit: int = 16
    """How many stored logins, sessions and discovery portals one run removes at most."""


@dataclass(frozen=True)
class Place:
    """Paths of a LUN, told by where they go; what is None does not matter."""

    nic: Address | None = None
    portal: TargetPortal | None = None
    controller: str | None = None
    """As the layout declares it, or ``target port group N`` as Windows tells it."""


@dataclass(frozen=True)
class WantedPath:
    """How some paths of a LUN shall be."""

    place: Place
    state: PathState | None = None
    """For round robin with subset: active or standby."""
    weight: int | None = None
    """For weighted paths: the path with the lowest number is used."""


@dataclass(frozen=True)
class LunPolicy:
    """The policy of a LUN with what is wished of its paths."""

    policy: Policy | None
    """None: it shall have none of its own, so that the defaults decide."""
    preferred: Place | None = None
    """For fail over only: the path that is used while it works."""
    paths: tuple[WantedPath, ...] = ()


Wished = t.TypeVar("Wished")


@dataclass(frozen=True)
class ByLun(t.Generic[Wished]):
    """What is wished for LUNs by WWN, by pattern, and for all others."""

    default: Wished | None = None
    by_wwn: Mapping[str, Wished] = field(default_factory=dict)
    by_pattern: tuple[tuple[str, Wished], ...] = ()
    """Shell patterns of WWNs in upper case (``60014380*``); the first that matches counts."""

    def of(self, wwn: str) -> Wished | None:
        """Return what is wished for a LUN, None where nothing is."""
        named = self.by_wwn.get(wwn)
        if named is not None:
            return named
        matching = (wished for pattern, wished in self.by_pattern if fnmatchcase(wwn, pattern))
        return next(matching, self.default)


@dataclass(frozen=True)
class WantedPolicies(ByLun[LunPolicy]):
    """Policies of EVA LUNs, and what the Microsoft DSM does without."""

    explicit: bool = False
    """Whether a LUN whose policy is the wished one by a default gets it as its own."""
    by_hardware_id: Mapping[str, Policy | None] = field(default_factory=dict)
    """Defaults of the Microsoft DSM by hardware id (24 characters); None takes one away."""
    overall: Policy | None = None
    """Default of the Microsoft DSM as a whole."""
    no_overall: bool = False
    """Whether the DSM as a whole shall have no default."""


@dataclass(frozen=True)
class WantedHpPolicies(ByLun[HpPolicy]):
    """Policies of HP's DSM."""


@dataclass(frozen=True)
class Desired:
    """The wish as a whole. A module fills the parts it manages and the layout that its guards need."""

    initiator: WantedInitiator | None = None
    feature: bool = False
    claim: tuple[str, ...] | None = None
    """Hardware ids that the Microsoft DSM shall claim."""
    unclaim: tuple[str, ...] = ()
    """Hardware ids that the Microsoft DSM shall claim no more."""
    dsm: WantedDsm | None = None
    """The DSM of the arrays' disks, where it is part of the wish."""
    layout: Layout | None = None
    portals: bool = False
    paths: WantedPaths | None = None
    absent: bool = False
    """Whether the discovery portals or paths of the layout shall be gone."""
    purge: Purge | None = None
    renew_secrets: bool = False
    """Write the CHAP secrets of the arrays again although they cannot be compared with those in use."""
    policies: WantedPolicies | None = None
    hp_policies: WantedHpPolicies | None = None
    settings: Mapping[str, int] = field(default_factory=dict)
    """Timers by the names of options."""
    settings_sources: Mapping[str, str] = field(default_factory=dict)
    """Where the values come from that a profile names, by the same names."""
    proof: bool = False
    """Fail unless redundancy is proven for every declared LUN."""
    reboot_allowed: bool | None = None
    """Whether Windows may be restarted; None for a module that never does."""
    reboot_despite: frozenset[str] = frozenset()
    """Guards that do not hold a restart up: ``users``, ``cluster``."""

    @property
    def multipath(self) -> bool:
        """Whether MPIO is part of the wish."""
        return self.feature or self.claim is not None or self.paths is not None or self.dsm is not None

    @property
    def owner(self) -> Owner:
        """The DSM that multipath is judged by."""
        if self.dsm is not None:
            return self.dsm.owner
        return MICROSOFT if self.layout is None else self.layout.owner
