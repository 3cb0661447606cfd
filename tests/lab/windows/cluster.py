# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server as a node of a failover cluster: the groups of resources it carries, their addresses, the hive."""

from __future__ import annotations

import ipaddress
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from .membership import PHYSICAL_DISK, FailoverCluster, NodeState, Resource
from .network import Network
from .registry import Registry
from .releases import Release
from .services import OWN_PROCESS, Service
from .storage.disks import Disks

SERVICE = "ClusSvc"
HIVE = "HKLM\\Cluster"
"""Loaded while the cluster service runs: HKLM\\Cluster\\Object\\ObjectID\\Parameters holds the private properties of an
object (Microsoft: "Private Properties of a Cluster Object")."""
VIRTUAL_ADAPTER = "Microsoft Failover Cluster Virtual Adapter"
CORE = ("Cluster Name", "Network Name")
"""Name and type of the resource that every cluster has (Microsoft: "Network Name resource type"). Its group, which any
node may carry, is left out, and so is the resource where groups are asked for."""
_IDS = uuid.UUID("0e5a0000-0000-0000-0000-00000000c105")


@dataclass(frozen=True)
class ClusterSpec:
    """What the cluster looks like when the lab begins."""

    name: str = "CLUSTER1"
    groups: tuple[str, ...] = ()
    """Groups that this server carries."""
    others: tuple[str, ...] = ()
    """Names of the other nodes; the first of them that is up carries what this server gives away."""
    groups_elsewhere: tuple[str, ...] = ()
    """Groups that the first of the other nodes carries."""
    addresses: tuple[tuple[str, str], ...] = ()
    """(group, address with prefix length): the addresses of the groups; the node that carries a group has them on the
    adapter of that subnet."""
    disks: tuple[tuple[str, str], ...] = ()
    """(group, NAA id or, in a fleet file, virtual disk): the disks of the groups; they are online on the node that
    carries the group, and offline elsewhere."""


class ClusterNode:
    """The cluster as this server sees it."""

    def __init__(
        self,
        spec: ClusterSpec,
        cluster: FailoverCluster,
        node: str,
        release: Release,
        registry: Registry,
        network: Network,
        disks: Disks,
        emit: Callable[..., object],
        lock: threading.RLock,
    ) -> None:
        """Join ``cluster`` under this server's name, ``node``.

        Raises:
            ValueError: an address belongs to a group that is not there, or to a subnet that no adapter is in.
        """
        self.cluster = cluster
        self.name = spec.name
        self.node = node
        self.release = release
        self._registry = registry
        self._network = network
        self._disks = disks
        self._emit = emit
        self._lock = lock
        self._loaded = False
        self._last_owners: dict[str, str] = {}
        cluster.join(node, spec.others, self._follow)
        for group in spec.groups:
            cluster.declare(group, node)
        for group in spec.groups_elsewhere:
            cluster.declare(group, next(iter(spec.others), node), certain=False)
        for group, address in spec.addresses:
            cluster.add_resource(Resource(f"IP Address {address.partition('/')[0]}", _type(address), group, address))
        for group, naa in spec.disks:
            number = 1 + sum(each.kind == PHYSICAL_DISK for each in cluster.resources())
            cluster.add_resource(Resource(f"Cluster Disk {number}", PHYSICAL_DISK, group, naa.lower()))
        for address in self._addresses(cluster.owners()):
            network.adapter_of(address)
        self._last_owners = cluster.owners()

    def service(self) -> Service:
        """Return the cluster service."""
        path = f"{self.release.system_root}\\Cluster\\clussvc.exe -s"
        return Service(
            SERVICE, "Cluster Service", path, 2, OWN_PROCESS, on_start=self._started, on_stop=self.going_down
        )

    def states(self) -> dict[str, NodeState]:
        """Return the state of each node, this server's first."""
        found = self.cluster.states()
        return {self.node: found.pop(self.node), **found}

    def owners(self) -> dict[str, str]:
        """Return the node that carries each group."""
        return self.cluster.owners()

    def resources(self) -> tuple[Resource, ...]:
        """Return the resources of all groups, wherever they are carried."""
        return self.cluster.resources()

    def move(self, group: str, node: str) -> None:
        """Let another node carry a group, its addresses and disks with it.

        Raises:
            LookupError: there is no such group or node
        """
        self.cluster.move(group, node)

    def going_down(self) -> None:
        """The service ends: another node takes over what it carries, where one is up."""
        with self._lock:
            self._loaded = False
            self._registry.delete(HIVE)
        self.cluster.went_down(self.node)

    def _started(self) -> None:
        with self._lock:
            self._loaded = True
            self._load_hive()
        self.cluster.came_up(self.node)

    def _follow(self) -> None:
        """Have what this node carries now, and nothing else."""
        with self._lock:
            owners = self.cluster.owners()
            for group, owner in owners.items():
                if self._last_owners.get(group) != owner:
                    self._emit("cluster", group=group, owner=owner)
            self._last_owners = owners
            self._show_addresses(owners)
            self._show_disks(owners)

    def _carries(self, resource: Resource, owners: dict[str, str]) -> bool:
        return self._loaded and owners[resource.group] == self.node

    def _addresses(self, owners: dict[str, str], carried: bool = False) -> list[str]:
        return [
            each.holds
            for each in self.cluster.resources()
            if each.kind != PHYSICAL_DISK and (not carried or self._carries(each, owners))
        ]

    def _show_addresses(self, owners: dict[str, str]) -> None:
        """Give the adapters what this node carries: the virtual adapter's own address comes with Server 2008."""
        self._network.set_transient(self._addresses(owners, carried=True))
        if self._loaded and self.release.since_vista and self._addresses(owners):
            self._network.add_virtual(VIRTUAL_ADAPTER, "169.254.1.75/16")

    def _show_disks(self, owners: dict[str, str]) -> None:
        """Bring carried disks online; elsewhere the reservation keeps Windows from their volumes.

        Server 2003 knows no offline disk, but shows no volume of a reserved one either.
        """
        for resource in self.cluster.resources():
            if resource.kind == PHYSICAL_DISK:
                carried, layout = self._carries(resource, owners), self._disks.layouts.of(resource.holds)
                if layout.clustered != carried:
                    self._disks.cluster(resource.holds, carried)
                if layout.offline == carried:
                    (self._disks.online if carried else self._disks.offline)(resource.holds)

    def _load_hive(self) -> None:
        registry, owners = self._registry, self.cluster.owners()
        registry.set(HIVE, "ClusterName", self.name, "REG_SZ")
        for number, node in enumerate(self.states(), start=1):
            registry.set(f"{HIVE}\\Nodes\\{number}", "NodeName", node, "REG_SZ")
        self._load_resource(*CORE)
        ids: dict[str, list[str]] = {group: [] for group in owners}
        for resource in self.cluster.resources():
            ids[resource.group].append(self._load_resource(resource.name, resource.kind))
            key = f"{HIVE}\\Resources\\{ids[resource.group][-1]}"
            if resource.kind != PHYSICAL_DISK:  # the signature that names a disk there is nothing the lab has
                for value, (data, data_kind) in _private_properties(resource.holds).items():
                    registry.set(f"{key}\\Parameters", value, data, data_kind)
        for group, members in ids.items():
            key = f"{HIVE}\\Groups\\{uuid.uuid5(_IDS, f'{self.name}/group/{group}')}"
            registry.set(key, "Name", group, "REG_SZ")
            registry.set(key, "Contains", members, "REG_MULTI_SZ")

    def _load_resource(self, name: str, kind: str) -> str:
        """Show one resource; return its id."""
        number = str(uuid.uuid5(_IDS, f"{self.name}/{name}"))
        self._registry.set(f"{HIVE}\\Resources\\{number}", "Name", name, "REG_SZ")
        self._registry.set(f"{HIVE}\\Resources\\{number}", "Type", kind, "REG_SZ")
        return number


def _type(address: str) -> str:
    return "IP Address" if ipaddress.ip_interface(address).version == 4 else "IPv6 Address"


def _private_properties(address: str) -> dict[str, tuple[str | int, str]]:
    """Return the private properties of an address (Microsoft: "IP Address" and "IPv6 Address" resource types)."""
    interface = ipaddress.ip_interface(address)
    found: dict[str, tuple[str | int, str]] = {"Address": (str(interface.ip), "REG_SZ")}
    if interface.version == 4:
        found["SubnetMask"] = (str(interface.netmask), "REG_SZ")
        found["EnableNetBIOS"] = (1, "REG_DWORD")
    else:
        found["PrefixLength"] = (interface.network.prefixlen, "REG_DWORD")
    return found
