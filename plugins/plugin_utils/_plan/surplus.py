# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stored logins of an array besides those of the declared paths: named, not touched. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._judge.paths import surplus_logins
from .._model import Initiator, Path, PersistentLogin
from .desired import WantedArray
from .mesh import Route
from .plan import Finding, Severity, Side


def surplus(
    array: WantedArray,
    routes: Sequence[Route],
    paths: Sequence[Path],
    initiator: Initiator,
    logins: Sequence[PersistentLogin],
) -> Iterator[Finding]:
    """Name the persistent logins that lead to an array and belong to none of its declared paths.

    Args:
        array: The array.
        routes: The pairs of NIC and target portal that the layout gives it.
        paths: The declared paths as far as their targets are known.
        initiator: Resolves port numbers.
        logins: All stored logins.
    """
    known = {(path.nic, path.portal) for path in paths}
    silent = {(route.nic, route.portal) for route in routes} - known
    portals = {wanted.portal for wanted in array.portals}
    for login in surplus_logins(logins, initiator, paths, portals, silent):
        yield Finding(
            Severity.NOTE,
            Side.HOST,
            f"persistent login of {login.target} from {_nic(login, initiator)} at {login.portal or 'any portal'}",
            f"it is no half of a declared path of {array.name}, and Windows makes a session of it at every boot besides"
            " theirs; where nobody needs it, remove it from the favorite targets of the iSCSI initiator",
        )


def _nic(login: PersistentLogin, initiator: Initiator) -> str:
    if login.port_number is None:
        return "any NIC"
    address = initiator.address_of(login.port_number)
    return f"initiator port {login.port_number}, which no NIC has," if address is None else f"NIC {address}"
