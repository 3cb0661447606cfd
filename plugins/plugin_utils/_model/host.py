# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with all its parts. Private to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .initiator import DiscoveryPortal, Initiator, PersistentLogin, Session, Target
from .known import Part
from .multipath import Claims, Dsm, Feature, MpioDisk, PolicyDefaults
from .system import Nic, OperatingSystem, Service


@dataclass(frozen=True)
class Host:
    """All that was read of a host. A part that a task does not need is Unknown("not read")."""

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
    """The drivers ``mpio`` and ``msdsm`` as far as they exist."""
    dsms: Part[tuple[Dsm, ...]]
    claims: Part[Claims]
    disks: Part[tuple[MpioDisk, ...]]
    policy_defaults: Part[PolicyDefaults]
    pending_reboot: Part[tuple[str, ...]]
    """Why Windows itself wants a reboot; empty when it does not."""


PARTS: t.Final = tuple(name for name in Host.__dataclass_fields__ if name != "os")
"""Names of the parts of a host that are read on request, in the order in which they are read."""
