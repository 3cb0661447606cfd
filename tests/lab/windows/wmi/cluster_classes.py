# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""root/MSCluster: the cluster, its nodes, groups and resources (Microsoft: "Failover Cluster WMI Provider").

The namespace comes with the cluster service. Who carries what is shown by associations, and from 2012 on by the own
OwnerNode of groups and resources; that the property came with that release is a guess from the versions of the
documentation. What a resource keeps for itself, such as its address, is in the registry; its embedded
PrivateProperties are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ...winrm.interface import WmiClass, WmiObject, WmiReference, WmiValue
from ..cluster import ClusterNode
from .inputs import provider_failed
from .wdm import alphabetical, ordered

NAMESPACE = "root/MSCluster"

_ONLINE = 0
_RESOURCE_ONLINE = 2
_OWNER_SINCE = (6, 2)
_ENDS = ("GroupComponent", "PartComponent")

_End = tuple[str, str]
"""Class and name of one object of an association."""
_Pair = tuple[_End, _End]
_Row = TypeVar("_Row")


class ClusterClasses:
    """Builds the classes of one node."""

    def __init__(self, cluster: ClusterNode, runs: Callable[[], bool]) -> None:
        """``runs`` tells whether the cluster service does; without it the provider cannot answer."""
        self._cluster = cluster
        self._runs = runs

    def classes(self) -> list[tuple[str, WmiClass]]:
        """Return the classes with their namespace."""
        group = "Caption Characteristics Description Flags InstallDate Name State Status"
        if self._cluster.release.major_minor >= _OWNER_SINCE:
            group += " OwnerNode"
        resource = "Caption Characteristics Description Flags InstallDate Name State Status Type"
        if self._cluster.release.major_minor >= _OWNER_SINCE:
            resource += " OwnerGroup OwnerNode"
        node = "Caption Description InstallDate Name NodeHighestVersion NodeLowestVersion State Status"
        return [
            self._class("MSCluster_Cluster", "Caption Description InstallDate Name Status", self._clusters),
            self._class("MSCluster_Node", node, self._nodes),
            self._class("MSCluster_Resource", resource, self._resources),
            self._class("MSCluster_ResourceGroup", group, self._groups),
            self._association("MSCluster_NodeToActiveGroup", self._groups_by_node),
            self._association("MSCluster_NodeToActiveResource", self._resources_by_node),
            self._association("MSCluster_ResourceGroupToResource", self._resources_by_group),
        ]

    def _class(
        self, name: str, properties: str, rows: Callable[[], Sequence[dict[str, WmiValue]]]
    ) -> tuple[str, WmiClass]:
        names = alphabetical(properties)

        def instances() -> Sequence[WmiObject]:
            return [
                ordered(name, {**dict.fromkeys(names), **{key: row[key] for key in row if key in names}})
                for row in self._asked(rows)
            ]

        return NAMESPACE, WmiClass(name, ("Name",), names, instances)

    def _association(self, name: str, pairs: Callable[[], list[_Pair]]) -> tuple[str, WmiClass]:
        def instances() -> Sequence[WmiObject]:
            return [
                WmiObject(name, dict(zip(_ENDS, map(_reference, pair), strict=True))) for pair in self._asked(pairs)
            ]

        return NAMESPACE, WmiClass(name, _ENDS, _ENDS, instances)

    def _asked(self, rows: Callable[[], Sequence[_Row]]) -> Sequence[_Row]:
        if not self._runs():
            raise provider_failed()
        return rows()

    def _clusters(self) -> list[dict[str, WmiValue]]:
        return [{"Name": self._cluster.name}]

    def _nodes(self) -> list[dict[str, WmiValue]]:
        return [{"Name": name, "State": int(state)} for name, state in self._cluster.states().items()]

    def _groups(self) -> list[dict[str, WmiValue]]:
        return [
            {"Name": name, "OwnerNode": owner, "State": _ONLINE, "Flags": 0, "Characteristics": 0}
            for name, owner in self._cluster.owners().items()
        ]

    def _resources(self) -> list[dict[str, WmiValue]]:
        owners = self._cluster.owners()
        common: dict[str, WmiValue] = {"State": _RESOURCE_ONLINE, "Flags": 0, "Characteristics": 0}
        return [
            {
                "Name": each.name,
                "Type": each.kind,
                "OwnerGroup": each.group,
                "OwnerNode": owners[each.group],
                **common,
            }
            for each in self._cluster.resources()
        ]

    def _groups_by_node(self) -> list[_Pair]:
        return [
            (("MSCluster_Node", owner), ("MSCluster_ResourceGroup", group))
            for group, owner in self._cluster.owners().items()
        ]

    def _resources_by_node(self) -> list[_Pair]:
        owners = self._cluster.owners()
        return [
            (("MSCluster_Node", owners[each.group]), ("MSCluster_Resource", each.name))
            for each in self._cluster.resources()
        ]

    def _resources_by_group(self) -> list[_Pair]:
        return [
            (("MSCluster_ResourceGroup", each.group), ("MSCluster_Resource", each.name))
            for each in self._cluster.resources()
        ]


def _reference(end: _End) -> WmiReference:
    class_name, name = end
    return WmiReference(NAMESPACE, class_name, {"Name": name})
