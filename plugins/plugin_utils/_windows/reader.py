# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a host. Private to the collection.

A whole reading costs 29 requests with several NICs, portals, targets, sessions and disks: 1 for each class with one
instance, 2 for each other class (Windows puts one item into the first page), 5 for the line of ``reg query``. What is
asked for on occasion only is not counted in that: users and cluster before a restart, the use of disks before a logout,
iSNS servers and volumes where the wish names them,
setup programs (2 each) before one is run. Dependencies of services, the policy for new disks and what was
taken offline stand in the line of ``reg query``; addresses, nodes and disks of the cluster cost nothing on a host that
is in none.
"""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Collection, Mapping

from .._model import NOT_READ, PARTS, QUESTIONS, Host, OperatingSystem
from .._wire.link import Link
from .discovery import read_isns_servers, read_portals, read_targets
from .features import read_feature
from .guards import read_cluster, read_cluster_addresses, read_users
from .hp_policies import read_hp_policies
from .initiator import read_initiator
from .multipath import read_disks, read_dsms
from .programs import read_setup_programs
from .reading import PartReader, Reading
from .registry import (
    notes_beside,
    read_claims,
    read_dependencies,
    read_dsm_notes,
    read_new_disk_policy,
    read_pending_reboot,
    read_policy_defaults,
    read_settings,
    read_taken_offline,
    with_installation_type,
)
from .releases import Release
from .sessions import read_logins, read_sessions
from .storage import read_disk_use, read_volumes
from .system import read_drivers, read_initiator_service, read_nics, read_operating_system
from .ways import Ways

__all__ = ["Reader", "read_operating_system", "unread"]

_READERS: t.Final[Mapping[str, PartReader]] = {
    "nics": read_nics,
    "initiator_service": read_initiator_service,
    "initiator": read_initiator,
    "portals": read_portals,
    "targets": read_targets,
    "sessions": read_sessions,
    "logins": read_logins,
    "feature": read_feature,
    "drivers": read_drivers,
    "dsms": read_dsms,
    "claims": read_claims,
    "disks": read_disks,
    "policy_defaults": read_policy_defaults,
    "pending_reboot": read_pending_reboot,
    "users": read_users,
    "cluster": read_cluster,
    "cluster_addresses": read_cluster_addresses,
    "isns_servers": read_isns_servers,
    "disk_use": read_disk_use,
    "volumes": read_volumes,
    "dependencies": read_dependencies,
    "new_disk_policy": read_new_disk_policy,
    "hp_policies": read_hp_policies,
    "settings": read_settings,
    "taken_offline": read_taken_offline,
    "dsm_notes": read_dsm_notes,
    "setup_programs": read_setup_programs,
}


def unread(system: OperatingSystem) -> Host:
    """Return a host of which only the operating system was read."""
    parts: dict[str, t.Any] = dict.fromkeys((*PARTS, *QUESTIONS), NOT_READ)
    return Host(os=system, **parts)


class Reader:
    """Reads a host over one link."""

    def __init__(self, link: Link, release: Release, ways: Ways | None = None) -> None:
        self._link = link
        self._release = release
        self._ways = ways or Ways()

    def read(self, parts: Collection[str], previous: Host | None = None) -> Host:
        """Read parts of the host.

        What had to be read on the way (the initiator's service, for instance) is in the result too.

        Args:
            parts: Names out of :data:`_model.PARTS` and :data:`_model.QUESTIONS`.
            previous: Where the operating system and the parts that are not read come from; without it the operating
                system is read as well and those parts are unknown.

        Raises:
            WireError: talking to the host failed as a whole.
            ValueError: there is no such part.
        """
        unknown = sorted(set(parts).difference(PARTS, QUESTIONS))
        if unknown:
            raise ValueError(f"a host has no parts {unknown}")
        base = previous or unread(read_operating_system(self._link))
        reading = Reading(self._link, self._release, base.os, _READERS, self._ways, parts)
        for name in (*PARTS, *QUESTIONS):
            if name in parts:
                reading.part(name)
        read: dict[str, t.Any] = {**notes_beside(reading), **reading.parts()}
        system = with_installation_type(base.os, reading)
        return dataclasses.replace(base, os=system, traits=self._release.traits, **read)
