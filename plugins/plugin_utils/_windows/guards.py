# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a restart would hit: people with a desktop, a failover cluster. Private to the collection."""

from __future__ import annotations

import typing as t

from .._model import Address, Cluster, ClusterNode, Known, Part, Unknown
from .._wire.command import Command
from .._wire.instance import Instance
from .._wire.schema import Schema
from . import classes, names
from .reading import Reading, Unreadable, first_known
from .system import CLUSTER_SERVICE, service_of
from .text import reg

_DESKTOP: t.Final = "explorer.exe"
"""The shell of every desktop; Server Core has none, so nobody is seen there."""

_STATES: t.Final = {0: "up", 1: "down", 2: "paused", 3: "joining"}
"""MSCluster_Node.State (Microsoft's reference of the MSCluster classes); -1 is unknown there."""
_DISK: t.Final = "Physical Disk"
"""MSCluster_Resource.Type of the cluster's disks, which no language changes (names of resource types)."""
_RESOURCES: t.Final = r"Cluster\Resources"
_PRIVATE: t.Final = "parameters"
"""Folded name of the key with a resource's private properties."""
_ADDRESSES: t.Final = ("Address", "DhcpAddress")
"""Private properties of the resource types "IP Address" and "IPv6 Address"."""


def read_users(reading: Reading) -> Part[tuple[str, ...]]:
    """Read who has a desktop open: one request for the processes and one for the owner of each."""
    return first_known(lambda: Known(_users(reading)))


def _users(reading: Reading) -> tuple[str, ...]:
    desktops = reading.instances(classes.PROCESS, f"Name='{_DESKTOP}'")
    return tuple(dict.fromkeys(_owner(reading, desktop.text("Handle") or "") for desktop in desktops))


def _owner(reading: Reading, process: str) -> str:
    """Return the owner of a desktop; one whose name Windows does not tell is still somebody."""
    nobody = f"somebody (owner of process {process})"
    try:
        owner = reading.call(classes.PROCESS, "GetOwner", classes.OWNER, {"Handle": process})
    except Unreadable:
        return nobody
    user, domain = owner.text("User"), owner.text("Domain")
    return nobody if user is None else f"{domain}\\{user}" if domain else user


def read_cluster(reading: Reading) -> Part[Cluster]:
    """Read whether the cluster service runs; if it does, what this node owns, and which nodes are up."""
    return first_known(lambda: Known(_cluster(reading)))


def is_member(reading: Reading) -> bool:
    """Tell whether the cluster service runs here; one that is just starting, or stopping, may own groups as well.

    Raises:
        Unreadable: services cannot be read.
    """
    service = service_of(reading, CLUSTER_SERVICE)
    return service.installed and service.state != "Stopped"


def read_cluster_addresses(reading: Reading) -> Part[tuple[Address, ...]]:
    """Read the addresses that move between the nodes; nothing is sent for it on a host that is no member."""
    return first_known(lambda: Known(_cluster_addresses(reading), "registry") if is_member(reading) else Known(()))


def _cluster_addresses(reading: Reading) -> tuple[Address, ...]:
    return cluster_addresses_of(reg.parse(reading.text(Command("reg", ("query", f"HKLM\\{_RESOURCES}", "/s")))))


def cluster_addresses_of(registry: reg.Registry) -> tuple[Address, ...]:
    """Return the addresses of the cluster's resources.

    Where private properties lie in the cluster's database is documented ("Private Properties of a Cluster Object");
    that every release shows the database at that place to an administrator is inferred.

    Raises:
        Unreadable: no resource is shown, though each cluster has some.
    """
    resources = list(registry.below(_RESOURCES))
    if not resources:
        raise Unreadable("the cluster service runs, and the registry does not show its resources")
    keys = (registry.key(rf"{_RESOURCES}\{name}\{_PRIVATE}") for name, _key in resources)
    values = (key.value(name) for key in keys if key for name in _ADDRESSES)
    found = (names.address_of_text(value.data) for value in values if value)
    return tuple(dict.fromkeys(address for address in found if address))


def _cluster(reading: Reading) -> Cluster:
    if not is_member(reading):
        return Cluster(member=False, groups=Known(()))
    return Cluster(
        member=True,
        groups=first_known(lambda: _owned(reading, classes.CLUSTER_GROUP, None, classes.ACTIVE_GROUP, "group")),
        nodes=first_known(lambda: _nodes(reading)),
        disks=first_known(
            lambda: _owned(reading, classes.CLUSTER_RESOURCE, f"Type='{_DISK}'", classes.ACTIVE_RESOURCE, "disk")
        ),
    )


def _owned(reading: Reading, kind: Schema, where: str | None, association: Schema, noun: str) -> Part[tuple[str, ...]]:
    """Read what of a kind this node owns now: from its own instances, or else from those that join it to nodes."""
    found = reading.instances(kind, where)
    if all(one.text("OwnerNode") is not None for one in found):
        here = (one for one in found if (one.text("OwnerNode") or "").casefold() == reading.system.name.casefold())
        return Known(tuple(one.text("Name") or f"a {noun} without a name" for one in here))
    active = _active_here(reading, association)
    if any(one.text("Name") is None for one in found):
        raise Unreadable(f"{kind.name} does not tell the name of each {noun}")
    return Known(tuple(name for one in found if (name := one.text("Name") or "").casefold() in active))


def _active_here(reading: Reading, association: Schema) -> set[str]:
    """Return the folded names of what this node owns now.

    Raises:
        Unreadable: the cluster does not tell; it owns at least its own group somewhere, so no pair at all is no answer.
    """
    pairs = [
        ((pair.reference("GroupComponent") or {}).get("Name"), (pair.reference("PartComponent") or {}).get("Name"))
        for pair in reading.instances(association)
    ]
    here = reading.system.name.casefold()
    if not pairs or any(node is None or owned is None for node, owned in pairs):
        raise Unreadable(f"the cluster service runs, and {association.name} does not tell what this node owns")
    return {owned.casefold() for node, owned in pairs if node and owned and node.casefold() == here}


def _nodes(reading: Reading) -> Part[tuple[ClusterNode, ...]]:
    """Read the nodes; a cluster without any is not believed, for the node that is asked is one of them."""
    nodes = reading.instances(classes.CLUSTER_NODE)
    if not nodes or any(node.text("Name") is None for node in nodes):
        return Unknown(f"the cluster service runs, and {classes.CLUSTER_NODE.name} does not tell the name of each node")
    return Known(tuple(ClusterNode(node.text("Name") or "", _state(node)) for node in nodes))


def _state(node: Instance) -> str:
    number = node.integer("State")
    return "unknown" if number is None else _STATES.get(number, "unknown")
