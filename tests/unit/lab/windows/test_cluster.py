# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses of a failover cluster: on the adapters of the node that carries the group, and in the hive."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.cluster import HIVE, VIRTUAL_ADAPTER, ClusterSpec
from ansible_collections.eva.mpio.tests.lab.windows.initiator_package import PackageSpec

from .conftest import NIC_A, NIC_B, Lab

Build = Callable[..., Lab]
CIMV2 = "root/cimv2"
SHARED = ClusterSpec(
    "SQL",
    groups=("Accounts",),
    others=("NODE2",),
    groups_elsewhere=("Payroll",),
    addresses=(("Accounts", "10.10.1.99/24"), ("Payroll", "10.10.2.99/24")),
)


def shown(lab: Lab) -> dict[str, list[str]]:
    """Return the addresses by adapter, those without one left out."""
    rows = lab.wmi("Win32_NetworkAdapterConfiguration", CIMV2)
    return {str(row["Description"]): list(row["IPAddress"]) for row in rows if row["IPEnabled"]}  # type: ignore[arg-type]


def own(lab: Lab) -> list[list[str]]:
    return [addresses for name, addresses in shown(lab).items() if name != VIRTUAL_ADAPTER]


def portals(lab: Lab) -> dict[int, str]:
    return {item.number: str(item.interface.ip) for item in lab.host.initiator.around.portals.all()}


def test_the_node_that_carries_a_group_has_its_addresses(build: Build) -> None:
    lab = build(cluster=SHARED)
    assert own(lab) == [[NIC_A, "10.10.1.99"], [NIC_B]]
    assert shown(lab)[VIRTUAL_ADAPTER] == ["169.254.1.75"]
    assert portals(lab) == {1: NIC_A, 2: NIC_B, 3: "10.10.1.99", 4: "169.254.1.75"}
    assert lab.host.cluster is not None
    lab.host.cluster.move("Payroll", "FILESERVER")
    lab.host.cluster.move("Accounts", "NODE2")
    assert own(lab) == [[NIC_A], [NIC_B, "10.10.2.99"]]


def test_addresses_go_with_the_service(build: Build) -> None:
    lab = build(cluster=SHARED)
    assert lab.code("sc stop ClusSvc") == 0
    assert own(lab) == [[NIC_A], [NIC_B]]
    assert lab.code(f"reg query {HIVE}") == 1
    assert lab.code("sc start ClusSvc") == 0
    assert own(lab) == [[NIC_A], [NIC_B]]
    assert lab.host.cluster is not None
    assert set(lab.host.cluster.owners().values()) == {"NODE2"}


def test_a_node_alone_keeps_its_groups_over_a_restart(build: Build) -> None:
    lab = build(cluster=ClusterSpec(groups=("Accounts",), addresses=(("Accounts", "10.10.1.99/24"),)))
    before = portals(lab)
    lab.host.power_off()
    assert "10.10.1.99" not in portals(lab).values()
    lab.host.start()
    assert portals(lab) == before


def test_a_cluster_without_addresses_has_resources_all_the_same(build: Build) -> None:
    lab = build(cluster=ClusterSpec())
    assert lab.code(f"reg query {HIVE}\\Resources /s") == 0


def test_the_hive(build: Build) -> None:
    lab = build(
        cluster=ClusterSpec(
            groups=("Accounts",), addresses=(("Accounts", "10.10.1.99/24"), ("Accounts", "fd00::9/64"))
        ),
        nics=[(f"{NIC_A}/24", "iSCSI-A"), ("fd00::1/64", "iSCSI-B")],
    )
    registry = lab.host.registry
    core, *declared = registry.keys(f"{HIVE}\\Resources")
    assert registry.values(f"{HIVE}\\Resources\\{core}") == {"Name": "Cluster Name", "Type": "Network Name"}
    found = {}
    for key in declared:
        path = f"{HIVE}\\Resources\\{key}"
        found[registry.get(path, "Type")] = registry.values(f"{path}\\Parameters")
    assert found == {
        "IP Address": {"Address": "10.10.1.99", "SubnetMask": "255.255.255.0", "EnableNetBIOS": 1},
        "IPv6 Address": {"Address": "fd00::9", "PrefixLength": 64},
    }
    (group,) = registry.keys(f"{HIVE}\\Groups")
    assert registry.get(f"{HIVE}\\Groups\\{group}", "Contains") == declared
    lines = [line for line in lab.lines(f"reg query {HIVE}\\Resources /s") if "Address    REG_SZ" in line]
    assert [line.split()[-1] for line in lines] == ["10.10.1.99", "fd00::9"]
    rows = lab.wmi("MSCluster_Resource", "root/MSCluster")
    assert [(row["Type"], row["OwnerGroup"]) for row in rows] == [
        ("IP Address", "Accounts"),
        ("IPv6 Address", "Accounts"),
    ]


def test_server_2003_has_no_virtual_adapter(build: Build) -> None:
    lab = build(release="2003", package=PackageSpec(installed=True), cluster=SHARED)
    assert VIRTUAL_ADAPTER not in shown(lab)
    assert own(lab) == [[NIC_A, "10.10.1.99"], [NIC_B]]


@pytest.mark.parametrize(
    ("addresses", "reason"),
    [((("Nobody", "10.10.1.99/24"),), "which is not there"), ((("Accounts", "10.9.9.9/24"),), "no adapter")],
)
def test_addresses_that_cannot_be(build: Build, addresses: tuple[tuple[str, str], ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        build(cluster=ClusterSpec(groups=("Accounts",), addresses=addresses))
