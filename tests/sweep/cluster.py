# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A failover cluster of two servers that share LUNs, and the judge of its groups' disks.

A run changes one node while the other carries the groups; nobody may lose a disk to it.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.eva.mpio.tests.lab.events import Event
from ansible_collections.eva.mpio.tests.lab.fleet import Fleet
from ansible_collections.eva.mpio.tests.lab.windows.membership import PHYSICAL_DISK, FailoverCluster

NAME = "SQL"
GROUP = "SQL Server"
PARTNER = "win2"
"""The node that carries the group when a story begins, and beside that is left alone."""
DISKS = ("shared1", "shared2")
"""The virtual disks of the group."""


def node(*groups: str) -> dict[str, Any]:
    """Return what a fleet file says of a node that sees the shared LUNs and carries these groups first."""
    disks = [{"group": GROUP, "vdisk": disk} for disk in DISKS] if GROUP in groups else []
    return {
        "luns": dict(enumerate(DISKS, start=1)),
        "cluster": {"name": NAME, "groups": list(groups), "disks": disks},
    }


class ClusterJudge:
    """Watches the disks of a cluster's groups on the node that carries them."""

    def __init__(self, fleet: Fleet) -> None:
        """Listen to a fleet's events from now on; without a cluster there is nothing to say."""
        self._fleet = fleet
        self._had: dict[str, str] = {}
        """Resource -> node that carries its group and has its disk."""
        self.losses: list[str] = []
        """A sentence for each disk that a node lost while it carried the group."""
        if self._cluster is not None:
            self._look()
            fleet.log.listen(self._heard)

    @property
    def _cluster(self) -> FailoverCluster | None:
        return next((host.cluster.cluster for host in self._fleet.hosts.values() if host.cluster), None)

    def _heard(self, event: Event) -> None:
        if event.kind != "state":
            return
        before, _unused = dict(self._had), self._look()
        cluster = self._cluster
        owners = cluster.owners() if cluster else {}
        for resource in cluster.resources() if cluster else ():
            carrier = before.get(resource.name)
            if carrier == owners[resource.group] and resource.name not in self._had:
                self.losses.append(
                    f"{carrier} carries group {resource.group} and lost {resource.name} after event {event.number},"
                    f" {event.facts} of {event.source}"
                )

    def _look(self) -> None:
        """See which disks of groups are there on the node that carries them: online, with a path that works."""
        cluster = self._cluster
        owners = cluster.owners() if cluster else {}
        there = {owner: self._online(owner) for owner in set(owners.values())}
        self._had = {
            resource.name: owners[resource.group]
            for resource in (cluster.resources() if cluster else ())
            if resource.kind == PHYSICAL_DISK and resource.holds in there[owners[resource.group]]
        }

    def _online(self, node_name: str) -> set[str]:
        host = self._fleet.host(node_name)
        disks = host.snapshot().disks
        return {disk.naa for disk in disks if disk.working_paths and not host.disks.layouts.of(disk.naa).offline}
