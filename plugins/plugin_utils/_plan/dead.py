# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NICs and target portals between which nothing answered in this run. Private to the collection."""

from __future__ import annotations

from .mesh import Route
from .plan import Finding, Memory, Severity, Side
from .steps import AddDiscoveryPortal, Login


def dead_route(route: Route, array: str, memory: Memory) -> Finding | None:
    """Say why nothing more is tried over a route; None where it is not known to be dead.

    What failed over it first says it already; then that is returned again.

    Args:
        route: The NIC and the target portal.
        array: Name of the array.
        memory: What this run has done already.
    """
    if (route.nic, route.portal) not in memory.dead:
        return None
    said = sorted(
        (isinstance(step, Login), step.summary)
        for step in memory.failed
        if isinstance(step, (AddDiscoveryPortal, Login)) and (step.nic, step.portal) == (route.nic, route.portal)
    )
    if said:
        return next(finding for step, finding in memory.failed.items() if step.summary == said[0][1])
    return Finding(
        Severity.PROBLEM,
        Side.NETWORK,
        f"target portal {route.portal} of {array} from NIC {route.nic}",
        "nothing answered there in this run, so nothing else is tried over it: check the port of the array, its cable,"
        " VLAN and firewall",
        one_path=True,
    )
