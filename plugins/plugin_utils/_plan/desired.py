# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the administrator wishes, validated. A part that is None is not managed. Private to the collection."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from .._model import Address, Chap, Digests, Policy, TargetPortal


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
class WantedPolicies:
    """Policies of LUNs by WWN, and of all other EVA LUNs."""

    default: Policy | None = None
    by_wwn: Mapping[str, Policy] = field(default_factory=dict)

    def of(self, wwn: str) -> Policy | None:
        """Return the policy wished for a LUN, None where none is."""
        return self.by_wwn.get(wwn, self.default)


@dataclass(frozen=True)
class Desired:
    """The wish as a whole. A module fills the parts it manages and the layout that its guards need."""

    initiator: WantedInitiator | None = None
    feature: bool = False
    claim: tuple[str, ...] | None = None
    """Hardware ids that the Microsoft DSM shall claim."""
    layout: Layout | None = None
    portals: bool = False
    paths: WantedPaths | None = None
    absent: bool = False
    """Whether the discovery portals or paths of the layout shall be gone."""
    purge: Purge | None = None
    renew_secrets: bool = False
    """Write the CHAP secrets of the arrays again although they cannot be compared with those in use."""
    policies: WantedPolicies | None = None
    proof: bool = False
    """Fail unless redundancy is proven for every declared LUN."""
    reboot_allowed: bool = False
    reboot_despite: frozenset[str] = frozenset()
    """Guards that do not hold a restart up: ``users``, ``cluster``."""

    @property
    def multipath(self) -> bool:
        """Whether MPIO is part of the wish."""
        return self.feature or self.claim is not None or self.paths is not None
