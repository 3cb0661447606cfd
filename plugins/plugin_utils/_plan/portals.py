# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for NICs and discovery portals. Private to the collection."""

from __future__ import annotations

from collections.abc import Container, Iterator

from .._judge.paths import is_ours
from .._model import Address, Chap, Host, NotKnown, value_of
from .desired import Layout, Mesh, WantedArray
from .mesh import Route, Routes, match
from .plan import Finding, Item, Planned, Severity, Side
from .preparation import INITIATOR_SERVICE, unreadable
from .steps import AddDiscoveryPortal

SERVICE_RUNS = f"service {INITIATOR_SERVICE} runs"


def routes_of(layout: Layout, array: WantedArray, host: Host) -> Routes:
    """Return the NIC and portal pairs of one array on this host.

    Raises:
        NotKnown: the host's addresses could not be read.
    """
    interfaces = [interface for nic in value_of(host.nics) for interface in nic.interfaces]
    return match(layout.nics, array.portals, interfaces, layout.mesh)


def check_layout(layout: Layout, host: Host) -> Iterator[Finding]:
    """Refuse a layout that this host cannot have: none of the NICs, arrays that no NIC reaches.

    A NIC that is missing beside others costs its paths: the others are still mended, and the task fails at its end
    unless a minimum of paths is wished for and there.
    """
    try:
        nics = value_of(host.nics)
    except NotKnown as error:
        yield Finding(Severity.REFUSAL, Side.HOST, "NICs", f"the addresses could not be read: {error}")
        return
    present = {interface.ip for nic in nics for interface in nic.interfaces}
    shown = ", ".join(str(address) for address in sorted(present, key=lambda item: (item.version, int(item))))
    none = not any(nic.address in present for nic in layout.nics)
    for nic in layout.nics:
        if nic.address not in present:
            yield Finding(
                Severity.REFUSAL if none else Severity.PROBLEM,
                Side.HOST,
                f"NIC {nic.address}",
                f"this host has no such address now; it has {shown or 'none'}. Correct the address, or look at the"
                " adapter and its cable: Windows takes the address of an adapter without a link away",
                one_path=not none,
            )
    if none:
        return
    for array in layout.arrays:
        yield from _check_array(layout, array, host, present)


def _check_array(layout: Layout, array: WantedArray, host: Host, present: Container[Address]) -> Iterator[Finding]:
    routes = routes_of(layout, array, host)
    where = f"array {array.name}"
    rule = {
        Mesh.SUBNET: "lies in the subnet of",
        Mesh.FABRIC: "is in the same fabric as",
        Mesh.FULL: "has the address family of",
    }[layout.mesh]
    if not routes.pairs:
        yield Finding(
            Severity.REFUSAL, Side.WISH, where, f"no target portal {rule} a declared NIC, so there is no path to it"
        )
        return
    for portal in routes.lonely_portals:
        yield Finding(
            Severity.NOTE, Side.WISH, where, f"target portal {portal} is not used: it {rule} none of the declared NICs"
        )
    for address in routes.lonely_nics:
        if address not in present:
            continue  # said already
        yield Finding(Severity.NOTE, Side.WISH, f"NIC {address}", f"not used for {where}: no target portal {rule} it")


def plan_portals(layout: Layout, host: Host) -> Iterator[Item]:
    """A discovery portal for every target portal, bound to each NIC that reaches it."""
    for array in layout.arrays:
        try:
            routes = routes_of(layout, array, host)
        except NotKnown:
            return  # check_layout has refused it already
        for route in routes.pairs:
            yield from _plan_route(route, array.chap, host)


def _plan_route(route: Route, chap: Chap | None, host: Host) -> Iterator[Item]:
    reason = "the portal tells which targets the array has, asked through its own NIC"
    step = AddDiscoveryPortal(route.portal, route.nic, chap, reason=reason)
    try:
        service = value_of(host.initiator_service)
    except NotKnown as error:
        yield unreadable(f"service {INITIATOR_SERVICE}", str(error))
        return
    if not service.running:
        yield Planned(step, SERVICE_RUNS)
        return
    try:
        initiator, stored = value_of(host.initiator), is_stored(route, host)
    except NotKnown as error:
        yield unreadable("discovery portals", str(error))
        return
    if initiator.ports_known and initiator.number_of(route.nic) is None:
        yield no_port_number(route)
        return
    if not stored:
        yield Planned(step)


def without_number(route: Route, host: Host) -> Finding | None:
    """Say why a NIC has no port number; None where a discovery portal that is still to be stored may reveal it.

    Raises:
        NotKnown: the discovery portals or the initiator's ports could not be read.
    """
    if value_of(host.initiator).ports_known:
        return no_port_number(route)
    if not is_stored(route, host):
        return None
    return Finding(
        Severity.PROBLEM,
        Side.HOST,
        f"NIC {route.nic}",
        "Windows does not list the initiator's ports (MSiSCSI_PortalInfoClass cannot be read), and no discovery portal"
        " reveals which port number this NIC has: that takes a target portal that is asked through this NIC alone."
        " Without the number no session is made from it; declare the fabrics so that NICs share no target portal",
        one_path=True,
    )


def no_port_number(route: Route) -> Finding:
    """Say that the initiator does not offer a NIC although the host has it."""
    return Finding(
        Severity.PROBLEM,
        Side.HOST,
        f"NIC {route.nic}",
        "the host has this address but the initiator lists no port for it; restart the MSiSCSI service when no disk is"
        " in use, or check that the adapter is connected",
        one_path=True,
    )


def is_stored(route: Route, host: Host) -> bool:
    """Tell whether a discovery portal for this pair is stored.

    Raises:
        NotKnown: the discovery portals or the initiator's ports could not be read.
    """
    initiator = value_of(host.initiator)
    return any(
        item.portal == route.portal
        and is_ours(item.instance, initiator)
        and (item.nic or initiator.address_of(item.port_number)) == route.nic
        for item in value_of(host.portals)
    )
