# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to the nodes of a failover cluster, and what its administrator does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .fault import Fault
from .windows.membership import FailoverCluster

if TYPE_CHECKING:
    from .fleet import Fleet


def cluster_faults(fleet: Fleet) -> Iterator[Fault]:
    """Yield them; a node may be a server of the fleet, or only be named by one."""

    def cluster_of(server: str, node: str) -> FailoverCluster:
        own = fleet.host(server).cluster
        if own is None:
            raise LookupError(f"{server} is no node of a cluster")
        nodes = own.cluster.states()
        if node.upper() not in (each.upper() for each in nodes):
            raise LookupError(f"cluster {own.name} has no node {node}; there are: {', '.join(nodes)}")
        return own.cluster

    def down(server: str, node: str) -> None:
        cluster = cluster_of(server, node)
        if cluster.is_server(node):
            raise ValueError(f"{node} is a server of this lab: power it off, or stop its cluster service")
        cluster.went_down(node)

    yield Fault(
        "node-down",
        ("SERVER", "NODE"),
        "another node of a server's cluster, which is no server of the lab, fails; the next one takes its groups over",
        down,
        lambda server, node: cluster_of(server, node).came_up(node),
    )
    yield Fault(
        "node-paused",
        ("SERVER", "NODE"),
        "a node of a server's cluster is paused",
        lambda server, node: cluster_of(server, node).pause(node),
        lambda server, node: cluster_of(server, node).pause(node, paused=False),
    )
    yield Fault(
        "move-group",
        ("SERVER", "GROUP", "NODE"),
        "the cluster's administrator moves a group to a node",
        lambda server, group, node: cluster_of(server, node).move(group, node),
    )
