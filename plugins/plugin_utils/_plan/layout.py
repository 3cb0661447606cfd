# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared layout on a host: what it gives there, and what it cannot. Private to the collection."""

from __future__ import annotations

from collections.abc import Container, Iterator

from .._model import NOT_READ, Address, Host, NotKnown, Unknown, value_of
from .desired import Layout, Mesh, WantedArray
from .mesh import Routes, match, too_many_paths
from .plan import Finding, Severity, Side


def routes_of(layout: Layout, array: WantedArray, host: Host) -> Routes:
    """Return the NIC and portal pairs of one array on this host.

    Raises:
        NotKnown: the host's addresses could not be read.
    """
    interfaces = [interface for nic in value_of(host.nics) for interface in nic.interfaces]
    return match(layout.nics, array.portals, interfaces, layout.mesh)


def check_layout(layout: Layout, host: Host, sessions_per_path: int = 1) -> Iterator[Finding]:
    """Refuse a layout that this host cannot have: none of the NICs, arrays that no NIC reaches, too many paths.

    A NIC that is missing beside others costs its paths: the others are still mended, and the task fails at its end
    unless a minimum of paths is wished for and there.
    """
    try:
        nics = value_of(host.nics)
    except NotKnown as error:
        yield Finding(Severity.REFUSAL, Side.HOST, "NICs", f"the addresses could not be read: {error}")
        return
    yield from _moving(layout, host)
    present = {interface.ip for nic in nics for interface in nic.interfaces}
    shown = ", ".join(str(address) for address in sorted(present, key=lambda item: (item.version, int(item))))
    missing = [nic.address for nic in layout.nics if nic.address not in present]
    none = len(missing) == len(layout.nics)
    for address in missing:
        yield Finding(
            Severity.REFUSAL if none else Severity.PROBLEM,
            Side.HOST,
            f"NIC {address}",
            f"this host has no such address now; it has {shown or 'none'}. Correct the address, or look at the"
            " adapter and its cable: Windows takes the address of an adapter without a link away",
            one_path=not none,
        )
    if none:
        return
    for array in layout.arrays:
        yield from _check_array(layout, array, host, present, sessions_per_path)


def _moving(layout: Layout, host: Host) -> Iterator[Finding]:
    """Refuse NICs whose address belongs to the failover cluster: it leaves this node with its group."""
    if host.cluster_addresses == NOT_READ:
        return
    if isinstance(host.cluster_addresses, Unknown):
        yield Finding(
            Severity.NOTE,
            Side.HOST,
            "NICs",
            "whether one of them is an address of the failover cluster, which moves from node to node, is not known:"
            f" {host.cluster_addresses.reason}",
        )
        return
    for nic in layout.nics:
        if nic.address in host.cluster_addresses.value:
            yield Finding(
                Severity.REFUSAL,
                Side.WISH,
                f"NIC {nic.address}",
                "it is an address of the failover cluster and moves to another node with its group, so its sessions"
                " would break: declare the node's own address of this adapter",
            )


def _check_array(
    layout: Layout, array: WantedArray, host: Host, present: Container[Address], sessions_per_path: int
) -> Iterator[Finding]:
    routes = routes_of(layout, array, host)
    where = f"array {array.name}"
    rule = {
        Mesh.SUBNET: "lies in the subnet of",
        Mesh.FABRIC: "is in the same fabric as",
        Mesh.FULL: "has the address family of",
        Mesh.EXPLICIT: "names",
    }[layout.mesh]
    if not routes.pairs:
        yield Finding(
            Severity.REFUSAL, Side.WISH, where, f"no target portal {rule} a declared NIC, so there is no path to it"
        )
        return
    text = too_many_paths(len(routes.pairs) * sessions_per_path)
    if text is not None:
        yield Finding(Severity.REFUSAL, Side.WISH, where, text)
    for portal in routes.lonely_portals:
        yield Finding(
            Severity.NOTE, Side.WISH, where, f"target portal {portal} is not used: it {rule} none of the declared NICs"
        )
    for address in routes.lonely_nics:
        if address not in present:
            continue  # said already
        yield Finding(Severity.NOTE, Side.WISH, f"NIC {address}", f"not used for {where}: no target portal {rule} it")
