# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arrays, NICs and how they belong together. Private to the collection."""

from __future__ import annotations

import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence

from .._plan.desired import Layout, Mesh, WantedArray, WantedNic, WantedPortal
from .._plan.mesh import too_many_paths
from .chap import read_chap, read_digests
from .claims import model_ids
from .dsm import owner
from .faults import Faults, no_repetition
from .identity import NODE_NAME, NODE_NAME_LENGTH
from .portals import read_nics, read_portals
from .words import each_once, read_name
from .wwns import read_wwn


def layout(arguments: Mapping[str, t.Any], faults: Faults) -> Layout:
    """Read ``arrays``, ``nics`` and ``mesh``, and ``dsm`` and ``sessions_per_path`` where the module has them.

    An option that is required and None has been refused before. Names of target portals have been resolved.
    """
    mesh = Mesh(arguments["mesh"])
    nics = read_nics(arguments["nics"], mesh, faults) if arguments["nics"] is not None else ()
    given = arguments["arrays"]
    if given is not None and not given:
        faults.add("arrays", "at least one array is needed")
    arrays = tuple(_array(item, f"arrays[{index}]", mesh, nics, faults) for index, item in enumerate(given or ()))
    _check_between(arrays, nics, faults)
    _check_number_of_paths(arrays, nics, mesh, arguments.get("sessions_per_path", 1), faults)
    return Layout(arrays, nics, mesh, owner(arguments, faults))


def nics_and_portals(
    nics: Sequence[t.Any], portals: Sequence[t.Any], mesh: Mesh, faults: Faults
) -> tuple[tuple[WantedNic, ...], tuple[WantedPortal, ...]]:
    """Read NICs and the portals of one array, as the options take them."""
    wanted = read_nics(nics, mesh, faults)
    return wanted, read_portals(portals, "portals", mesh, wanted, faults)


def _array(item: Mapping[str, t.Any], where: str, mesh: Mesh, nics: Sequence[WantedNic], faults: Faults) -> WantedArray:
    name = item["name"]
    if name is not None:
        read_name(name, f"{where}.name", faults)
        where = f"{where} ({name})"
    portals = item["portals"]
    wanted = read_portals(portals, f"{where}.portals", mesh, nics, faults) if portals is not None else ()
    ids = model_ids(item["model"], item["product"], where, faults) if item["model"] is not None else []
    if item["product"] is not None and item["model"] is None:
        faults.add(where, "product tells models apart, and there is no model")
    if item["minimum_luns"] < 1:
        faults.add(where, f"minimum_luns is {item['minimum_luns']}; no LUN is no proof, so it must be at least 1")
    luns = tuple(dict.fromkeys(filter(None, (read_wwn(text, f"{where}.luns", faults) for text in item["luns"]))))
    return WantedArray(
        name or "",
        wanted,
        tuple(ids),
        _targets(item["targets"], f"{where}.targets", faults),
        read_chap(item, where, faults),
        item["chap_after_first_login"],
        read_digests(item),
        luns,
        max(item["minimum_luns"], len(luns)),
    )


def _targets(names: Sequence[str], where: str, faults: Faults) -> tuple[str, ...]:
    """Read names of targets; each once, whatever its spelling (RFC 3722; Windows returns either case)."""
    for name in names:
        if not NODE_NAME.fullmatch(name.lower()) or len(name) > NODE_NAME_LENGTH:
            faults.add(where, f"{name!r} is no iSCSI name")
    return each_once(names)


def _check_between(arrays: Sequence[WantedArray], nics: Sequence[WantedNic], faults: Faults) -> None:
    """Refuse what two arrays cannot both have, and an address on either end of a path."""
    no_repetition([array.name for array in arrays if array.name], "arrays", "name", faults)
    portals = [wanted.portal for array in arrays for wanted in array.portals]
    no_repetition(portals, "arrays", "target portal", faults)
    no_repetition([name.casefold() for array in arrays for name in array.targets], "arrays", "target", faults)
    no_repetition([wwn for array in arrays for wwn in array.luns], "arrays", "LUN", faults)
    at_the_array = {portal.address for portal in portals}
    for nic in nics:
        if nic.address in at_the_array:
            faults.add("nics", f"{nic.address} is the address of a target portal as well")


def _check_number_of_paths(
    arrays: Sequence[WantedArray], nics: Sequence[WantedNic], mesh: Mesh, sessions: int, faults: Faults
) -> None:
    """Refuse more paths than a LUN can have. By subnet it is not known here: only the host knows its prefixes."""
    if mesh is Mesh.SUBNET:
        return
    reaching = Counter((nic.address.version, nic.fabric if mesh is Mesh.FABRIC else None) for nic in nics)
    for array in arrays:
        paths = sessions * sum(
            len(wanted.nics)
            if mesh is Mesh.EXPLICIT
            else reaching[wanted.portal.address.version, wanted.fabric if mesh is Mesh.FABRIC else None]
            for wanted in array.portals
        )
        text = too_many_paths(paths)
        if text is not None:
            faults.add(f"array {array.name}", text)
