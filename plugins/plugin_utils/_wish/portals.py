# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NICs and target portals, as the options take them. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from .._model import Address, TargetPortal
from .._plan.desired import Mesh, WantedNic, WantedPortal
from .faults import Faults, no_repetition
from .names import Unresolved, split_port
from .words import read_name, unfilled

_NIC_KEYS = frozenset({"address", "fabric"})
_PORTAL_KEYS = frozenset({"address", "tcp_port", "fabric", "module", "controller", "nics"})


def read_nics(items: Sequence[t.Any], mesh: Mesh, faults: Faults) -> tuple[WantedNic, ...]:
    """Read the NICs of a host."""
    if not items:
        faults.add("nics", "at least one NIC address is needed")
    found: list[WantedNic] = []
    for index, item in enumerate(items):
        where = f"nics[{index}]"
        values = _mapping(item, where, _NIC_KEYS, faults)
        if values is None:
            continue
        address = _address(values.get("address"), where, faults)
        fabric = _text(values.get("fabric"), f"{where}.fabric", faults)
        if mesh is Mesh.FABRIC and values.get("fabric") is None:
            faults.add(where, "mesh is fabric, so the NIC needs a fabric")
        if address is not None:
            found.append(WantedNic(address, fabric))
    unique = tuple(dict.fromkeys(found))
    no_repetition([nic.address for nic in unique], "nics", "address", faults)
    return unique


def read_portals(
    items: Sequence[t.Any], where: str, mesh: Mesh, nics: Sequence[WantedNic], faults: Faults
) -> tuple[WantedPortal, ...]:
    """Read the target portals of one array; its NICs are those of the host that an explicit mesh may name."""
    if not items:
        faults.add(where, "the list is empty, so no path can be made")
    addresses = frozenset(nic.address for nic in nics)
    found = [_portal(value, f"{where}[{index}]", mesh, addresses, faults) for index, value in enumerate(items)]
    return tuple(dict.fromkeys(portal for portal in found if portal is not None))


def _portal(value: t.Any, where: str, mesh: Mesh, addresses: frozenset[Address], faults: Faults) -> WantedPortal | None:
    if isinstance(value, Unresolved):
        return None
    values = _mapping(value, where, _PORTAL_KEYS, faults)
    if values is None:
        return None
    text, port = values.get("address"), values.get("tcp_port", TargetPortal.tcp_port)
    if isinstance(text, str):
        text, in_text = split_port(text)
        port = in_text or port
    address = _address(text, where, faults)
    number = _tcp_port(port, where, faults)
    fabric = _text(values.get("fabric"), f"{where}.fabric", faults)
    module = _text(values.get("module"), f"{where}.module", faults)
    controller = _text(values.get("controller"), f"{where}.controller", faults)
    if mesh is Mesh.FABRIC and values.get("fabric") is None:
        faults.add(where, "mesh is fabric, so the target portal needs a fabric")
    nics = _nics_of_portal(values.get("nics"), where, mesh, faults)
    for nic in nics:
        if nic not in addresses:
            faults.add(where, f"NIC {nic} is not among those of the option nics")
        elif address is not None and nic.version != address.version:
            faults.add(where, f"NIC {nic} cannot reach {address}: one has IPv4, the other IPv6")
    if address is None or number is None:
        return None
    return WantedPortal(TargetPortal(address, number), fabric, module, controller, nics)


def _nics_of_portal(value: t.Any, where: str, mesh: Mesh, faults: Faults) -> tuple[Address, ...]:
    """Read which NICs a portal names, where the mesh is explicit and there alone."""
    if mesh is not Mesh.EXPLICIT:
        if value is not None:
            faults.add(where, f"it names nics, and mesh is {mesh.value}; they belong to mesh explicit")
        return ()
    if not isinstance(value, (list, tuple)) or not value:
        faults.add(where, "mesh is explicit, so the target portal needs nics, a list of NIC addresses")
        return ()
    found = [_address(item, f"{where}.nics[{index}]", faults) for index, item in enumerate(value)]
    return tuple(dict.fromkeys(address for address in found if address is not None))


def _tcp_port(value: t.Any, where: str, faults: Faults) -> int | None:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = 0
    if not 1 <= number <= 65535 or isinstance(value, (bool, float)):
        faults.add(where, f"TCP port {value!r} is not between 1 and 65535")
        return None
    return number


def _mapping(value: t.Any, where: str, known: frozenset[str], faults: Faults) -> Mapping[str, t.Any] | None:
    if isinstance(value, str):
        return {"address": value}
    if isinstance(value, Mapping):
        for key in value:
            if key not in known:
                faults.add(where, f"unknown key {key!r}; known are {', '.join(sorted(known))}")
        return value
    faults.add(where, f"{value!r} is neither an address nor a mapping")
    return None


def _address(value: t.Any, where: str, faults: Faults) -> Address | None:
    if not isinstance(value, str) or not value.strip():
        faults.add(where, "an IP address is needed here")
        return None
    if unfilled(value):
        faults.add(where, f"{value!r} is a template that was not filled in")
        return None
    try:
        address = ip_address(value.strip())
    except ValueError:
        faults.add(where, f"{value!r} is no IP address")
        return None
    if "%" in str(address):
        faults.add(where, f"{value!r} names a zone; a target portal and a NIC have an address without one")
        return None
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_loopback:
        faults.add(where, f"{address} is no address that a storage path can use")
        return None
    return address


def _text(value: t.Any, where: str, faults: Faults) -> str | None:
    return None if value is None else read_name(value, where, faults)
