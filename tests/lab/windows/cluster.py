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

from .network import Network
from .registry import Registry
from .releases import Release
from .services import OWN_PROCESS, Service

SERVICE = "ClusSvc"
HIVE = "HKLM\\Cluster"
"""Loaded while the cluster service runs: HKLM\\Cluster\\Object\\ObjectID\\Parameters holds the private properties of an
object (Microsoft: "Private Properties of a Cluster Object")."""
VIRTUAL_ADAPTER = "Microsoft Failover Cluster Virtual Adapter"
_IDS = uuid.UUID("0e5a0000-0000-0000-0000-00000000c105")


@dataclass(frozen=True)
class ClusterSpec:
    """What the cluster looks like when the lab begins."""

    name: str = "CLUSTER1"
    groups: tuple[str, ...] = ()
    """Groups that this server carries."""
    others: tuple[str, ...] = ()
    """Names of the other nodes; the first of them carries what this server gives away."""
    groups_elsewhere: tuple[str, ...] = ()
    """Groups that the first of the other nodes carries."""
    addresses: tuple[tuple[str, str], ...] = ()
    """(group, address with prefix length): the addresses of the groups; the node that carries a group has them on the
    adapter of that subnet."""


class ClusterNode:
    """The cluster as this server sees it."""

    def __init__(
        self,
        spec: ClusterSpec,
        node: str,
        release: Release,
        registry: Registry,
        network: Network,
        emit: Callable[..., object],
        lock: threading.RLock,
    ) -> None:
        """``node`` is this server's name.

        Raises:
            ValueError: an address belongs to a group that is not there, or to a subnet that no adapter is in.
        """
        self.name = spec.name
        self.node = node
        self.nodes = (node, *spec.others)
        self.release = release
        self._addresses = spec.addresses
        self._registry = registry
        self._network = network
        self._emit = emit
        self._lock = lock
        self._loaded = False
        self._owners = dict.fromkeys(spec.groups, node)
        self._owners.update(dict.fromkeys(spec.groups_elsewhere, next(iter(spec.others), node)))
        for group, address in spec.addresses:
            if group not in self._owners:
                raise ValueError(f"cluster {self.name}: address {address} is of group {group}, which is not there")
            network.adapter_of(address)

    def service(self) -> Service:
        """Return the cluster service."""
        path = f"{self.release.system_root}\\Cluster\\clussvc.exe -s"
        return Service(
            SERVICE, "Cluster Service", path, 2, OWN_PROCESS, on_start=self._started, on_stop=self.going_down
        )

    def owners(self) -> dict[str, str]:
        """Return the node that carries each group."""
        with self._lock:
            return dict(self._owners)

    def move(self, group: str, node: str) -> None:
        """Let another node carry a group, its addresses with it.

        Raises:
            LookupError: there is no such group or node
        """
        with self._lock:
            if group not in self._owners or node not in self.nodes:
                raise LookupError(f"cluster {self.name} has no group {group} or no node {node}")
            self._owners[group] = node
            self._show_addresses()
            self._emit("cluster", group=group, owner=node)

    def going_down(self) -> None:
        """The service ends: the next node takes over what it carries, where there is one."""
        with self._lock:
            if len(self.nodes) > 1:
                for group, owner in self._owners.items():
                    if owner == self.node:
                        self.move(group, self.nodes[1])
            self._loaded = False
            self._registry.delete(HIVE)
            self._show_addresses()

    def resources(self) -> list[tuple[str, str, str]]:
        """Return (name, type, group) of the resources of all groups, wherever they are carried."""
        return [
            (f"IP Address {address.partition('/')[0]}", _type(address), group) for group, address in self._addresses
        ]

    def _started(self) -> None:
        with self._lock:
            self._loaded = True
            self._load_hive()
            self._show_addresses()

    def _show_addresses(self) -> None:
        """Give the adapters what this node carries: the virtual adapter's own address comes with Server 2008."""
        wanted = [address for group, address in self._addresses if self._owners[group] == self.node and self._loaded]
        self._network.set_transient(wanted)
        if self._loaded and self.release.since_vista and self._addresses:
            self._network.add_virtual(VIRTUAL_ADAPTER, "169.254.1.75/16")

    def _load_hive(self) -> None:
        registry = self._registry
        registry.set(HIVE, "ClusterName", self.name, "REG_SZ")
        for number, node in enumerate(self.nodes, start=1):
            registry.set(f"{HIVE}\\Nodes\\{number}", "NodeName", node, "REG_SZ")
        ids: dict[str, list[str]] = {group: [] for group in self._owners}
        for (name, kind, group), (_unused, address) in zip(self.resources(), self._addresses, strict=True):
            number_of = str(uuid.uuid5(_IDS, f"{self.name}/{name}"))
            ids[group].append(number_of)
            key = f"{HIVE}\\Resources\\{number_of}"
            registry.set(key, "Name", name, "REG_SZ")
            registry.set(key, "Type", kind, "REG_SZ")
            for value, (data, data_kind) in _private_properties(address).items():
                registry.set(f"{key}\\Parameters", value, data, data_kind)
        for group, members in ids.items():
            key = f"{HIVE}\\Groups\\{uuid.uuid5(_IDS, f'{self.name}/group/{group}')}"
            registry.set(key, "Name", group, "REG_SZ")
            registry.set(key, "Contains", members, "REG_MULTI_SZ")


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
