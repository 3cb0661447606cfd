# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which NIC reaches which target portal. Private to the collection.

Nothing is guessed: a NIC or a portal that finds no partner is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .._model import Address, Interface, TargetPortal
from .desired import Mesh, WantedNic, WantedPortal

_PATHS_PER_LUN = 32  # DSM_MAX_PATHS of the Windows driver sample msdsm


@dataclass(frozen=True, order=True)
class Route:
    """A NIC and a target portal that belong together; with a target it becomes a path."""

    nic: Address
    portal: TargetPortal


@dataclass(frozen=True)
class Routes:
    """The pairs of a mesh and what found no partner."""

    pairs: tuple[Route, ...]
    lonely_nics: tuple[Address, ...]
    lonely_portals: tuple[TargetPortal, ...]
    missing: tuple[Address, ...] = ()
    """NICs whose address the host has not got now: what is stored for them has a number that no NIC has."""

    def is_lonely(self, nic: Address | None, portal: TargetPortal | None) -> bool:
        """Tell whether either end has no partner, so that nobody can say whether they belong together."""
        return nic in self.lonely_nics or portal in self.lonely_portals


def match(
    nics: Sequence[WantedNic],
    portals: Sequence[WantedPortal],
    interfaces: Iterable[Interface],
    mesh: Mesh = Mesh.SUBNET,
) -> Routes:
    """Pair NICs with target portals, portal by portal, each pair once.

    Args:
        nics: The NICs that are to carry sessions.
        portals: The array's target portals.
        interfaces: The host's addresses with their prefix lengths; only ``Mesh.SUBNET`` looks at the latter.
        mesh: The rule.
    """
    networks = {interface.ip: interface.network for interface in interfaces}

    def belongs(nic: WantedNic, portal: WantedPortal) -> bool:
        if nic.address.version != portal.portal.address.version:
            return False
        if mesh is Mesh.SUBNET:
            return portal.portal.address in networks[nic.address]
        if mesh is Mesh.EXPLICIT:
            return nic.address in portal.nics
        if mesh is Mesh.FABRIC:
            return nic.fabric is not None and nic.fabric == portal.fabric
        return True

    present = [nic for nic in nics if mesh is not Mesh.SUBNET or nic.address in networks]
    pairs = tuple(
        dict.fromkeys(
            Route(nic.address, portal.portal) for portal in portals for nic in present if belongs(nic, portal)
        )
    )
    used_nics = {pair.nic for pair in pairs}
    used_portals = {pair.portal for pair in pairs}
    return Routes(
        pairs,
        tuple(dict.fromkeys(nic.address for nic in nics if nic.address not in used_nics)),
        tuple(dict.fromkeys(portal.portal for portal in portals if portal.portal not in used_portals)),
        tuple(nic.address for nic in nics if nic.address not in networks),
    )


def too_many_paths(number: int) -> str | None:
    """Say that a LUN cannot have so many paths; None where it can."""
    if number <= _PATHS_PER_LUN:
        return None
    return (
        f"NICs, target portals and sessions_per_path give {number} paths a LUN, and Windows takes {_PATHS_PER_LUN}"
        " (DSM_MAX_PATHS of the driver sample msdsm): declare fewer"
    )
