# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What speaks against a restart: users at their desktops, and groups of a cluster."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.cluster import ClusterSpec
from ansible_collections.eva.mpio.tests.lab.winrm.interface import WmiFailure

from .conftest import Lab

CIMV2 = "root/cimv2"
CLUSTER = "root/MSCluster"
TWO_NODES = ClusterSpec("SQL", groups=("Cluster Group", "Accounts"), others=("NODE2",), groups_elsewhere=("Payroll",))

Build = Callable[..., Lab]


def owners(lab: Lab, process: str) -> list[str]:
    found = []
    for row in lab.wmi("Win32_Process", CIMV2):
        if row["Name"] == process:
            owner = lab.invoke("Win32_Process", "GetOwner", CIMV2, selectors={"Handle": row["Handle"]})
            assert owner["ReturnValue"] == 0
            found.append(f"{owner['Domain']}\\{owner['User']}")
    return found


def test_desktops_are_processes_with_an_owner(build: Build) -> None:
    lab = build(logged_on=["mueller", "CORP\\smith"])
    assert owners(lab, "explorer.exe") == ["FILESERVER\\mueller", "CORP\\smith"]
    assert owners(lab, "services.exe") == ["NT AUTHORITY\\SYSTEM"]
    assert lab.wmi("Win32_ComputerSystem", CIMV2)[0]["UserName"] == "FILESERVER\\mueller"
    lab.host.desktops.log_off("mueller")
    assert owners(lab, "explorer.exe") == ["CORP\\smith"]
    lab.host.desktops.log_on("meier")
    assert owners(lab, "explorer.exe") == ["CORP\\smith", "FILESERVER\\meier"]
    with pytest.raises(LookupError, match="mueller is not logged on"):
        lab.host.desktops.log_off("mueller")


def test_nobody_is_logged_on_after_a_restart(build: Build) -> None:
    lab = build(logged_on=["mueller"], dns_domain="corp.example")
    assert owners(lab, "explorer.exe") == ["CORP\\mueller"]
    lab.run("shutdown /r /t 0")
    lab.clock.advance(60)
    assert owners(lab, "explorer.exe") == []


def test_server_core_has_no_explorer(build: Build) -> None:
    lab = build(release="2008", core=True, logged_on=["mueller"])
    assert owners(lab, "explorer.exe") == []
    assert owners(lab, "cmd.exe") == ["FILESERVER\\mueller"]


def test_owners_that_are_nobody(build: Build) -> None:
    lab = build(language="de")
    assert owners(lab, "smss.exe") == ["NT-AUTORITÄT\\SYSTEM"]
    idle = lab.invoke("Win32_Process", "GetOwner", CIMV2, selectors={"Handle": "0"})
    assert dict(idle) == {"Domain": None, "ReturnValue": 2, "User": None}
    with pytest.raises(WmiFailure):
        lab.invoke("Win32_Process", "GetOwner", CIMV2, selectors={"Handle": "99999"})


def groups(lab: Lab) -> dict[str, str]:
    return {str(row["Name"]): str(row.get("OwnerNode")) for row in lab.wmi("MSCluster_ResourceGroup", CLUSTER)}


def test_the_groups_of_a_cluster(build: Build) -> None:
    lab = build(cluster=TWO_NODES)
    assert groups(lab) == {"Cluster Group": "FILESERVER", "Accounts": "FILESERVER", "Payroll": "NODE2"}
    assert [row["Name"] for row in lab.wmi("MSCluster_Node", CLUSTER)] == ["FILESERVER", "NODE2"]
    assert lab.wmi("MSCluster_Cluster", CLUSTER)[0]["Name"] == "SQL"
    assert lab.code("sc query ClusSvc") == 0
    assert lab.host.cluster is not None
    lab.host.cluster.move("Accounts", "NODE2")
    assert groups(lab)["Accounts"] == "NODE2"
    with pytest.raises(LookupError, match="no node NODE3"):
        lab.host.cluster.move("Accounts", "NODE3")


def test_another_node_takes_over(build: Build) -> None:
    lab = build(cluster=TWO_NODES)
    lab.run("shutdown /r /t 0")
    lab.clock.advance(60)
    assert set(groups(lab).values()) == {"NODE2"}
    alone = build(cluster=ClusterSpec(groups=("Cluster Group",)))
    alone.run("shutdown /r /t 0")
    alone.clock.advance(60)
    assert groups(alone) == {"Cluster Group": "FILESERVER"}


@pytest.mark.parametrize(("release", "shown"), [("2003", False), ("2008", False), ("2008r2", False), ("2012", True)])
def test_which_releases_show_the_owner(build: Build, release: str, shown: bool) -> None:
    lab = build(release=release, cluster=TWO_NODES)
    assert ("OwnerNode" in lab.wmi("MSCluster_ResourceGroup", CLUSTER)[0]) is shown


def test_a_cluster_service_that_does_not_run(build: Build) -> None:
    lab = build(cluster=TWO_NODES)
    assert lab.code("sc stop ClusSvc") == 0
    with pytest.raises(WmiFailure) as caught:
        groups(lab)
    assert caught.value.hresult == 2150859010


def test_a_server_outside_of_clusters(build: Build) -> None:
    lab = build()
    assert lab.code("sc query ClusSvc") == 1060
    with pytest.raises(WmiFailure) as caught:
        groups(lab)
    assert caught.value.hresult == 2150858778
