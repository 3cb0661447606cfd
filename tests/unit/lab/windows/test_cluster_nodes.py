# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes of a failover cluster and its disks: who is up, who carries what, and what each node sees of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.cluster import ClusterSpec
from ansible_collections.eva.mpio.tests.lab.windows.membership import FailoverCluster, NodeState
from ansible_collections.eva.mpio.tests.lab.winrm.interface import WmiReference

from .conftest import Lab

Build = Callable[..., Lab]
MSCLUSTER = "root/MSCluster"
UP, DOWN, PAUSED = NodeState.UP, NodeState.DOWN, NodeState.PAUSED
FIRST_DISK, SECOND_DISK = "60014380" + 23 * "0" + "1", "60014380" + 23 * "0" + "2"


def states(lab: Lab) -> dict[object, object]:
    return {row["Name"]: row["State"] for row in lab.wmi("MSCluster_Node", MSCLUSTER)}


def disk_owners(lab: Lab) -> dict[object, object]:
    rows = lab.wmi("MSCluster_Resource", MSCLUSTER)
    return {row["Name"]: row["OwnerNode"] for row in rows if row["Type"] == "Physical Disk"}


@pytest.fixture
def pair(build: Build) -> tuple[Lab, Lab, FailoverCluster]:
    """Two servers of one cluster, each with a group and a disk."""
    shared = FailoverCluster("SQL")
    first = ClusterSpec("SQL", groups=("Accounts",), disks=(("Accounts", FIRST_DISK),))
    second = ClusterSpec("SQL", groups=("Payroll",), others=("WITNESS",), disks=(("Payroll", SECOND_DISK),))
    labs = [build(name=f"NODE{n}", cluster=spec, membership=shared) for n, spec in enumerate((first, second), start=1)]
    return labs[0], labs[1], shared


def carried(lab: Lab) -> list[str]:
    """Return the shared disks that are online and used on a node."""
    layouts = lab.host.disks.layouts
    found = [naa for naa in (FIRST_DISK, SECOND_DISK) if not layouts.of(naa).offline]
    assert {naa for naa in found if layouts.of(naa).clustered} == lab.host.disks.used_luns()
    return found


def test_each_node_sees_the_others_and_what_they_carry(pair: tuple[Lab, Lab, FailoverCluster]) -> None:
    first, second, _unused = pair
    assert states(first) == {"NODE1": UP, "NODE2": UP, "WITNESS": UP}
    assert next(iter(states(second))) == "NODE2"
    assert disk_owners(first) == disk_owners(second) == {"Cluster Disk 1": "NODE1", "Cluster Disk 2": "NODE2"}
    assert (carried(first), carried(second)) == ([FIRST_DISK], [SECOND_DISK])


def test_a_node_that_restarts_is_down_meanwhile_and_gives_its_groups_away(
    pair: tuple[Lab, Lab, FailoverCluster],
) -> None:
    first, second, shared = pair
    assert first.code("shutdown /r /t 0") == 0
    first.clock.advance(1)
    assert states(second) == {"NODE1": DOWN, "NODE2": UP, "WITNESS": UP}
    assert set(disk_owners(second).values()) == {"NODE2"}
    assert carried(second) == [FIRST_DISK, SECOND_DISK]
    first.clock.advance(60)
    assert states(second)["NODE1"] == states(first)["NODE1"] == UP
    assert carried(first) == []
    shared.move("Accounts", "node1")
    assert (carried(first), carried(second)) == ([FIRST_DISK], [SECOND_DISK])


def test_a_paused_node_takes_nothing_over_and_stays_paused_over_a_restart(
    pair: tuple[Lab, Lab, FailoverCluster],
) -> None:
    first, second, shared = pair
    shared.pause("node2")
    assert states(first)["NODE2"] == PAUSED
    first.host.power_off()
    assert shared.owners() == {"Accounts": "WITNESS", "Payroll": "NODE2"}
    second.host.power_off()
    second.host.start()
    assert states(second) == {"NODE2": PAUSED, "NODE1": DOWN, "WITNESS": UP}
    shared.pause("NODE2", paused=False)
    assert states(second)["NODE2"] == UP


def test_the_last_node_keeps_what_it_carries(pair: tuple[Lab, Lab, FailoverCluster]) -> None:
    first, second, shared = pair
    shared.went_down("WITNESS")
    second.host.power_off()
    first.host.power_off()
    assert set(shared.owners().values()) == {"NODE1"}
    first.host.start()
    assert carried(first) == [FIRST_DISK, SECOND_DISK]


@pytest.mark.parametrize("release", ["2008r2", "2012"])
def test_associations_tell_of_owners_on_every_release(build: Build, release: str) -> None:
    spec = ClusterSpec("SQL", ("Accounts",), ("NODE2",), ("Payroll",), disks=(("Payroll", FIRST_DISK),))
    lab = build(release=release, cluster=spec)

    def names(class_name: str) -> set[tuple[str, str]]:
        ends = []
        for row in lab.wmi(class_name, MSCLUSTER):
            whole, part = row["GroupComponent"], row["PartComponent"]
            assert isinstance(whole, WmiReference)
            assert isinstance(part, WmiReference)
            ends.append((str(whole.keys["Name"]), str(part.keys["Name"])))
        return set(ends)

    assert names("MSCluster_NodeToActiveGroup") == {("FILESERVER", "Accounts"), ("NODE2", "Payroll")}
    assert names("MSCluster_NodeToActiveResource") == {("NODE2", "Cluster Disk 1")}
    assert names("MSCluster_ResourceGroupToResource") == {("Payroll", "Cluster Disk 1")}
    (resource,) = lab.wmi("MSCluster_Resource", MSCLUSTER)
    assert ("OwnerNode" in resource) is (release == "2012")
