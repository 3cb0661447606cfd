# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with all its parts. Private to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .initiator import DiscoveryPortal, Initiator, PersistentLogin, Session, Target
from .known import Part, Unknown
from .multipath import Claims, DiskUse, Dsm, Feature, HpLunPolicy, MpioDisk, PolicyDefaults
from .notes import DsmNotes
from .settings import Setting
from .system import Address, Cluster, Dependencies, NewDiskPolicy, Nic, OperatingSystem, Service, SetupProgram, Volumes
from .traits import Traits

NOT_READ: t.Final = Unknown("not read")
"""A part that nobody has asked for yet."""
CHANGED_IN_THIS_BOOT: t.Final = "a run of eva.mpio changed MPIO since Windows last started"
"""Among the reasons of ``pending_reboot``: what a run notes on the host, so that the next one can go on."""


@dataclass(frozen=True)
class Host:
    """All that was read of a host. A part that a task does not need is :data:`NOT_READ`."""

    os: OperatingSystem
    nics: Part[tuple[Nic, ...]]
    initiator_service: Part[Service]
    initiator: Part[Initiator]
    portals: Part[tuple[DiscoveryPortal, ...]]
    targets: Part[tuple[Target, ...]]
    sessions: Part[tuple[Session, ...]]
    logins: Part[tuple[PersistentLogin, ...]]
    feature: Part[Feature]
    drivers: Part[tuple[Service, ...]]
    """The drivers of MPIO, of the Microsoft DSM and of what may be HP's, as far as they exist."""
    dsms: Part[tuple[Dsm, ...]]
    claims: Part[Claims]
    disks: Part[tuple[MpioDisk, ...]]
    policy_defaults: Part[PolicyDefaults]
    pending_reboot: Part[tuple[str, ...]]
    """Why a restart is due (Windows wants one, or a run changed MPIO since the last one); empty when none is."""
    users: Part[tuple[str, ...]] = NOT_READ
    """Who has a desktop open on this host; read only before a restart."""
    cluster: Part[Cluster] = NOT_READ
    """Its place in a failover cluster; read only before a restart."""
    cluster_addresses: Part[tuple[Address, ...]] = NOT_READ
    """Addresses of the failover cluster, which move from node to node; none on a host that is no member."""
    isns_servers: Part[tuple[str, ...]] = NOT_READ
    disk_use: Part[tuple[DiskUse, ...]] = NOT_READ
    """Read only before a session with disks is logged out."""
    volumes: Part[Volumes] = NOT_READ
    dependencies: Part[tuple[Dependencies, ...]] = NOT_READ
    """Of the services that the wish names."""
    new_disk_policy: Part[NewDiskPolicy | None] = NOT_READ
    """None where the release has none, or nobody has set it."""
    settings: Part[tuple[Setting, ...]] = NOT_READ
    """Timers of MPIO, initiator and disks, all that this release has."""
    hp_policies: Part[tuple[HpLunPolicy, ...]] = NOT_READ
    """Policies of HP's DSM; known only where the administrator names a command that shows them."""
    taken_offline: Part[tuple[str, ...]] = NOT_READ
    """WWNs of the LUNs whose disks a run took offline to change their DSM, and has not brought back yet."""
    dsm_notes: Part[DsmNotes] = NOT_READ
    """What runs noted of HP's DSM and of a change of DSM."""
    setup_programs: Part[tuple[SetupProgram, ...]] = NOT_READ
    """Those that the wish names; read only before one of them is run, or before a change that needs one later."""
    traits: Traits = field(default_factory=Traits)


QUESTIONS: t.Final = ("setup_programs",)
"""Names of the parts that only answer what a wish asks, so that no result shows them."""
PARTS: t.Final = tuple(name for name in Host.__dataclass_fields__ if name not in ("os", "traits", *QUESTIONS))
"""Names of the other parts of a host that are read on request, in the order in which they are read."""
