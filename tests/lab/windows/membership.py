# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all nodes of one failover cluster know: who is up, who carries which group, which resources there are.

Several servers of a lab may be nodes of one cluster; those that are only named are up until somebody says otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

PHYSICAL_DISK = "Physical Disk"
"""Resource type of a shared disk (Microsoft: "Physical Disk resource type")."""


class NodeState(IntEnum):
    """MSCluster_Node.State (Microsoft: "MSCluster_Node class", GetClusterNodeState)."""

    UP = 0
    DOWN = 1
    PAUSED = 2


@dataclass(frozen=True)
class Resource:
    """One resource of a group."""

    name: str
    kind: str
    group: str
    holds: str
    """The address with its prefix length, or the NAA id of the disk."""


class FailoverCluster:
    """The state that the nodes share. Safe from any thread; no server's lock may be held when it is changed."""

    def __init__(self, name: str) -> None:
        """Begin without nodes."""
        self.name = name
        self._lock = threading.Lock()
        self._states: dict[str, NodeState] = {}
        self._paused: set[str] = set()
        self._owners: dict[str, str] = {}
        self._resources: list[Resource] = []
        self._servers: dict[str, Callable[[], None]] = {}

    def join(self, node: str, others: Iterable[str], follow: Callable[[], None]) -> None:
        """Let a server of the lab be a node, which is down until it boots; ``follow`` is called after each change."""
        with self._lock:
            self._states[self._proper(node)] = NodeState.DOWN
            for other in others:
                self._states.setdefault(self._proper(other), NodeState.UP)
            self._servers[self._proper(node)] = follow

    def declare(self, group: str, node: str, *, certain: bool = True) -> None:
        """Give a group to a node; not ``certain``: only where nobody carries it yet."""
        with self._lock:
            if certain or group not in self._owners:
                self._owners[group] = self._proper(node)

    def add_resource(self, resource: Resource) -> None:
        """Add a resource, which several nodes may declare.

        Raises:
            ValueError: it belongs to a group that is not there
        """
        with self._lock:
            if resource.group not in self._owners:
                raise ValueError(
                    f"cluster {self.name}: {resource.name} is of group {resource.group}, which is not there"
                )
            if all(each.holds != resource.holds for each in self._resources):
                self._resources.append(resource)

    def states(self) -> dict[str, NodeState]:
        """Return the state of each node."""
        with self._lock:
            return dict(self._states)

    def owners(self) -> dict[str, str]:
        """Return the node that carries each group."""
        with self._lock:
            return dict(self._owners)

    def resources(self) -> tuple[Resource, ...]:
        """Return the resources of all groups, wherever they are carried."""
        with self._lock:
            return tuple(self._resources)

    def is_server(self, node: str) -> bool:
        """Whether a node is a server of the lab."""
        with self._lock:
            return self._proper(node) in self._servers

    def move(self, group: str, node: str) -> None:
        """Let another node carry a group.

        Raises:
            LookupError: there is no such group or node
        """
        with self._lock:
            if group not in self._owners or self._proper(node) not in self._states:
                raise LookupError(f"cluster {self.name} has no group {group} or no node {node}")
            self._owners[group] = self._proper(node)
        self._tell()

    def came_up(self, node: str) -> None:
        """The cluster service of a node runs; who was paused still is (Microsoft: PauseClusterNode)."""
        with self._lock:
            node = self._proper(node)
            self._states[node] = NodeState.PAUSED if node in self._paused else NodeState.UP
        self._tell()

    def went_down(self, node: str) -> None:
        """A node is gone: the next one that is up takes over what it carried, where there is one."""
        with self._lock:
            node = self._proper(node)
            self._states[node] = NodeState.DOWN
            heir = next((each for each, state in self._states.items() if state is NodeState.UP), node)
            for group, owner in self._owners.items():
                if owner == node:
                    self._owners[group] = heir
        self._tell()

    def pause(self, node: str, paused: bool = True) -> None:
        """Pause a node, which then takes over nothing, or let it go on."""
        with self._lock:
            node = self._proper(node)
            (self._paused.add if paused else self._paused.discard)(node)
            if self._states[node] is not NodeState.DOWN:
                self._states[node] = NodeState.PAUSED if paused else NodeState.UP
        self._tell()

    def _proper(self, node: str) -> str:
        """Return a node's name as it was first written: letter case does not matter."""
        return next((each for each in self._states if each.upper() == node.upper()), node)

    def _tell(self) -> None:
        with self._lock:
            followers = tuple(self._servers.values())
        for follow in followers:
            follow()
