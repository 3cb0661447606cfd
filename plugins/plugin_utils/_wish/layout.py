# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arrays, target portals, NICs and how they belong together. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from .._model import Address, TargetPortal, same_name
from .._plan.desired import Layout, Mesh, WantedArray, WantedNic, WantedPortal
from .faults import Faults, no_repetition
from .identity import NODE_NAME, NODE_NAME_LENGTH, read_chap
from .multipath import model_ids, read_wwn

_TEMPLATE = re.compile(r"\{\{|\{%")
_PATHS_PER_DISK = 32  # DSM_MAX_PATHS of the Windows driver sample msdsm


def layout(arguments: Mapping[str, t.Any], faults: Faults) -> Layout:
    """Read ``arrays``, ``nics`` and ``mesh``."""
    mesh = Mesh(arguments["mesh"])
    nics = _nics(arguments["nics"], mesh, faults)
    if not arguments["arrays"]:
        faults.add("arrays", "at least one array is needed")
    arrays = tuple(_array(item, f"arrays[{index}]", mesh, faults) for index, item in enumerate(arguments["arrays"]))
    no_repetition([array.name for array in arrays], "arrays", "name", faults)
    no_repetition([wanted.portal for array in arrays for wanted in array.portals], "arrays", "target portal", faults)
    if nics and any(len(nics) * len(array.portals) > _PATHS_PER_DISK for array in arrays) and mesh is Mesh.FULL:
        faults.add("mesh", f"more than {_PATHS_PER_DISK} paths a LUN, which is Windows' limit: use subnet or fabric")
    return Layout(arrays, nics, mesh)


def nics_and_portals(
    nics: Sequence[t.Any], portals: Sequence[t.Any], mesh: Mesh, faults: Faults
) -> tuple[tuple[WantedNic, ...], tuple[WantedPortal, ...]]:
    """Read NICs and the portals of one array, as the options take them."""
    return _nics(nics, mesh, faults), _portals(portals, "portals", mesh, faults)


def _nics(items: Sequence[t.Any], mesh: Mesh, faults: Faults) -> tuple[WantedNic, ...]:
    if not items:
        faults.add("nics", "at least one NIC address is needed")
    found: list[WantedNic] = []
    for index, item in enumerate(items):
        where = f"nics[{index}]"
        values = _mapping(item, where, {"address", "fabric"}, faults)
        if values is None:
            continue
        address = _address(values.get("address"), where, faults)
        fabric = _text(values.get("fabric"), f"{where}.fabric", faults)
        if mesh is Mesh.FABRIC and fabric is None:
            faults.add(where, "mesh is fabric, so the NIC needs a fabric")
        if address is not None:
            found.append(WantedNic(address, fabric))
    unique = tuple(dict.fromkeys(found))
    no_repetition([nic.address for nic in unique], "nics", "address", faults)
    return unique


def _array(item: Mapping[str, t.Any], where: str, mesh: Mesh, faults: Faults) -> WantedArray:
    name = item["name"]
    where = f"{where} ({name})"
    portals = _portals(item["portals"], f"{where}.portals", mesh, faults)
    ids = model_ids(item["model"], item["product"], where, faults) if item["model"] else []
    if item["minimum_luns"] < 1:
        faults.add(where, f"minimum_luns is {item['minimum_luns']}; no LUN is no proof, so it must be at least 1")
    luns = tuple(dict.fromkeys(filter(None, (read_wwn(text, f"{where}.luns", faults) for text in item["luns"]))))
    for target in item["targets"]:
        if not NODE_NAME.fullmatch(target.lower()) or len(target) > NODE_NAME_LENGTH:
            faults.add(f"{where}.targets", f"{target!r} is no iSCSI name")
    unique = tuple(
        target
        for index, target in enumerate(item["targets"])
        if not any(same_name(target, other) for other in item["targets"][:index])
    )
    return WantedArray(
        name,
        portals,
        tuple(ids),
        unique,
        read_chap(item, where, faults),
        luns,
        max(item["minimum_luns"], len(luns)),
    )


def _portals(items: Sequence[t.Any], where: str, mesh: Mesh, faults: Faults) -> tuple[WantedPortal, ...]:
    if not items:
        faults.add(where, "the list is empty, so no path can be made")
    found = [_portal(value, f"{where}[{index}]", mesh, faults) for index, value in enumerate(items)]
    return tuple(dict.fromkeys(portal for portal in found if portal is not None))


def _portal(value: t.Any, where: str, mesh: Mesh, faults: Faults) -> WantedPortal | None:
    values = _mapping(value, where, {"address", "tcp_port", "fabric", "module", "controller"}, faults)
    if values is None:
        return None
    text, port = values.get("address"), values.get("tcp_port", 3260)
    if isinstance(text, str):
        text, port = _split_port(text, port)
    address = _address(text, where, faults)
    fabric = _text(values.get("fabric"), f"{where}.fabric", faults)
    module = _text(values.get("module"), f"{where}.module", faults)
    controller = _text(values.get("controller"), f"{where}.controller", faults)
    if mesh is Mesh.FABRIC and fabric is None:
        faults.add(where, "mesh is fabric, so the target portal needs a fabric")
    try:
        number = int(port)
    except (TypeError, ValueError):
        number = 0
    if not 1 <= number <= 65535 or isinstance(port, bool):
        faults.add(where, f"TCP port {port!r} is not between 1 and 65535")
    if address is None:
        return None
    return WantedPortal(TargetPortal(address, number), fabric, module, controller)


def _split_port(text: str, port: t.Any) -> tuple[str, t.Any]:
    """Split ``10.10.1.21:3260`` and ``[fd00::21]:3260``."""
    match = re.fullmatch(r"\[([^]]+)\](?::(\d+))?|([^:]+):(\d+)", text.strip())
    if match is None:
        return text, port
    return match[1] or match[3], match[2] or match[4] or port


def _mapping(value: t.Any, where: str, known: set[str], faults: Faults) -> Mapping[str, t.Any] | None:
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
    if _TEMPLATE.search(value):
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
    if value is None:
        return None
    if not isinstance(value, (str, int)) or isinstance(value, bool) or not str(value).strip():
        faults.add(where, f"{value!r} is no name")
        return None
    return str(value)
