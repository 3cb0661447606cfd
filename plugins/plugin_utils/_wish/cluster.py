# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``host_info`` returned on the other nodes of a cluster. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping, Sequence

from .._model import Dsm, Known, Part, Unknown
from .._plan.cluster import NodeDisk, NodeState
from .faults import Faults, no_repetition

_ORIGIN = "what eva.mpio.host_info returns as host is needed here"
_NOT_TOLD = "it was not read there"


def cluster_nodes(
    given: Sequence[Mapping[str, t.Any]], faults: Faults, hp_policies: bool = False
) -> tuple[NodeState, ...]:
    """Read the option ``cluster_nodes``; what was unknown on a node is unknown here.

    Args:
        given: What ``host_info`` returned on each node.
        faults: Takes what is wrong.
        hp_policies: Whether the policies of HP's DSM are compared, too.
    """
    nodes = [_node(item, f"cluster_nodes[{index}]", faults, hp_policies) for index, item in enumerate(given)]
    found = tuple(node for node in nodes if node is not None)
    no_repetition([node.name.casefold() for node in found], "cluster_nodes", "node", faults)
    return found


def _node(item: Mapping[str, t.Any], where: str, faults: Faults, hp_policies: bool) -> NodeState | None:
    system = item.get("os")
    name = system.get("name") if isinstance(system, Mapping) else None
    if not isinstance(name, str) or not name.strip():
        faults.add(where, f"it has no os.name; {_ORIGIN}")
        return None
    dsms: Part[tuple[Dsm, ...]] = _part(item, "dsms", where, faults, _dsms)
    disks: Part[Mapping[str, NodeDisk]] = _part(item, "disks", where, faults, _disks)
    policies: Part[Mapping[str, str]] | None = None
    if hp_policies:
        policies = _part(item, "hp_policies", where, faults, _policies)
    return NodeState(name, dsms, disks, policies)


Value = t.TypeVar("Value")


def _part(
    item: Mapping[str, t.Any],
    key: str,
    where: str,
    faults: Faults,
    read: Callable[[Sequence[Mapping[str, t.Any]]], Value],
) -> Part[Value]:
    """Read a part of the node; null means that it was unknown there."""
    if key not in item:
        faults.add(where, f"it has no {key}; {_ORIGIN}, with {key} in its gather_subset")
        return Unknown(_NOT_TOLD)
    rows = item[key]
    if rows is None:
        reasons = item.get("unknown")
        return Unknown(str(reasons.get(key, _NOT_TOLD)) if isinstance(reasons, Mapping) else _NOT_TOLD)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        faults.add(f"{where}.{key}", f"it is no list of mappings; {_ORIGIN}")
        return Unknown(_NOT_TOLD)
    try:
        return Known(read(rows))
    except KeyError as error:
        faults.add(f"{where}.{key}", f"an entry has no {error.args[0]}; {_ORIGIN}")
        return Unknown(_NOT_TOLD)


def _dsms(rows: Sequence[Mapping[str, t.Any]]) -> tuple[Dsm, ...]:
    return tuple(Dsm(str(row["name"]), str(row["version"])) for row in rows)


def _disks(rows: Sequence[Mapping[str, t.Any]]) -> Mapping[str, NodeDisk]:
    return {
        str(row["wwn"]).upper(): NodeDisk(str(row["dsm"]), None if row["policy"] is None else str(row["policy"]))
        for row in rows
    }


def _policies(rows: Sequence[Mapping[str, t.Any]]) -> Mapping[str, str]:
    return {str(row["wwn"]).upper(): str(row["policy"]) for row in rows}
