# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server as a node of a failover cluster: which groups of resources it carries."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from .releases import Release
from .services import OWN_PROCESS, Service

SERVICE = "ClusSvc"


@dataclass(frozen=True)
class ClusterSpec:
    """What the cluster looks like when the lab begins."""

    name: str = "CLUSTER1"
    groups: tuple[str, ...] = ()
    """Groups that this server carries."""
    others: tuple[str, ...] = ()
    """Names of the other nodes; the first of them carries what this server gives away."""
    groups_elsewhere: tuple[str, ...] = field(default=())
    """Groups that the first of the other nodes carries."""


class ClusterNode:
    """The cluster as this server sees it."""

    def __init__(
        self, spec: ClusterSpec, node: str, release: Release, emit: Callable[..., object], lock: threading.RLock
    ) -> None:
        """``node`` is this server's name."""
        self.name = spec.name
        self.node = node
        self.nodes = (node, *spec.others)
        self.release = release
        self._emit = emit
        self._lock = lock
        self._owners = dict.fromkeys(spec.groups, node)
        self._owners.update(dict.fromkeys(spec.groups_elsewhere, next(iter(spec.others), node)))

    def service(self) -> Service:
        """Return the cluster service."""
        path = f"{self.release.system_root}\\Cluster\\clussvc.exe -s"
        return Service(SERVICE, "Cluster Service", path, 2, OWN_PROCESS)

    def owners(self) -> dict[str, str]:
        """Return the node that carries each group."""
        with self._lock:
            return dict(self._owners)

    def move(self, group: str, node: str) -> None:
        """Let another node carry a group.

        Raises:
            LookupError: there is no such group or node
        """
        with self._lock:
            if group not in self._owners or node not in self.nodes:
                raise LookupError(f"cluster {self.name} has no group {group} or no node {node}")
            self._owners[group] = node
            self._emit("cluster", group=group, owner=node)

    def going_down(self) -> None:
        """The server shuts down: the next node takes over what it carries, where there is one."""
        with self._lock:
            if len(self.nodes) > 1:
                for group, owner in self._owners.items():
                    if owner == self.node:
                        self.move(group, self.nodes[1])
