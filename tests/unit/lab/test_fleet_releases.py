# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers of every release behind their own WinRM, met by an independent client."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.lab import spec_file, summary
from ansible_collections.eva.mpio.tests.lab.fleet import Fleet
from ansible_collections.eva.mpio.tests.unit.lab.windows_client import WindowsClient

KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "2003": ({"release": "2003"}, "3790"),
    "2003-x86": ({"release": "2003", "architecture": "x86", "winrm": {"stack": "1.1"}}, "3790"),
    "2008": ({"release": "2008"}, "6002"),
    "2008-core": ({"release": "2008", "core": True, "winrm": {"stack": "1.1"}}, "6002"),
    "2008-sp1": ({"release": "2008", "build": "6001"}, "6001"),
    "2008-6003": ({"release": "2008", "build": 6003}, "6003"),
    "2008r2": ({"release": "2008r2"}, "7601"),
    "2008r2-wmf3": ({"release": "2008r2", "winrm": {"stack": "3.0"}}, "7601"),
    "2012": ({"release": "2012"}, "9200"),
    "2012r2": ({"release": "2012r2"}, "9600"),
    "2016": ({"release": "2016"}, "14393"),
    "2019": ({"release": "2019"}, "17763"),
    "2022": ({"release": "2022", "core": True, "language": "ja"}, "20348"),
    "2025": ({"release": "2025"}, "26100"),
}


def fleet_of(*hosts: dict[str, Any]) -> Fleet:
    ports = [{"address": "10.10.1.21", "controller": "A"}]
    named = [
        {"name": f"win{number}", "nics": [f"10.10.1.{100 + number}/24"], **host}
        for number, host in enumerate(hosts, start=1)
    ]
    arrays = [{"name": "eva01", "model": "P6300", "ports": ports}]
    return Fleet(spec_file.parse({"second": 0.01, "arrays": arrays, "hosts": named}))


def client_of(fleet: Fleet, name: str = "win1") -> WindowsClient:
    return WindowsClient(fleet.inventory()["all"]["children"]["lab"]["hosts"][name])


@pytest.mark.parametrize("kind", KINDS)
def test_each_comes_up_and_answers(kind: str) -> None:
    host, build = KINDS[kind]
    with fleet_of(host) as fleet:
        client = client_of(fleet)
        (system,) = client.query("select * from Win32_OperatingSystem")
        assert system["BuildNumber"] == build
        assert client.run("hostname") == ("win1\r\n", 0)


def test_one_fleet_of_all_of_them() -> None:
    with fleet_of(*(host for host, _unused in KINDS.values())) as fleet:
        builds = [
            client_of(fleet, name).query("select BuildNumber from Win32_OperatingSystem")[0]["BuildNumber"]
            for name in fleet.hosts
        ]
        shown = summary.of_state(fleet.state())
    assert builds == [build for _unused, build in KINDS.values()]
    assert "server win2 (2003 x86)" in shown
    assert "server win4 (2008 x64 Server Core)" in shown
    assert "server win12 (2019): " not in shown
    assert "server win13 (2022 Server Core ja)" in shown


def test_a_package_reaches_its_server_and_ends_with_mpio() -> None:
    package = {"installs": ["service", "initiator", "mpio"]}
    with fleet_of({"release": "2003", "initiator_package": package}) as fleet:
        client = client_of(fleet)
        path = fleet.spec.hosts[0].package.path if fleet.spec.hosts[0].package else ""
        assert client.query("select State from Win32_Service where Name = 'MSiSCSI'") == []
        assert client.run(f"start /w {path} /quiet /passive")[1] == 3010
        fleet.host("win1").restart()
        assert fleet.host("win1").life.wait_for_boot(2, 20)
        fleet.endpoints.settle()
        names = {row["Name"]: row["State"] for row in client_of(fleet).query("select * from Win32_SystemDriver")}
    assert {name: names.get(name) for name in ("mpio", "msiscdsm", "iScsiPrt")} == {
        "mpio": "Running",
        "msiscdsm": "Running",
        "iScsiPrt": "Running",
    }


def test_the_law_knows_the_dsm_of_2003() -> None:
    package = {"installs": ["service", "initiator", "mpio"], "installed": True}
    host = {"release": "2003", "initiator_package": package, "luns": 1, "nics": ["10.10.1.11/24", "10.10.1.12/24"]}
    with fleet_of(host) as fleet:
        client = client_of(fleet)
        client.run("iscsicli QAddTargetPortal 10.10.1.21")
        target = fleet.array("eva01").ports[0].target_name
        for nic in (1, 2):
            line = f"iscsicli LoginTarget {target} T 10.10.1.21 3260 Root\\ISCSIPRT\\0000_0 {nic} 0 0x2"
            assert client.run(f"{line} * * * * * * * * * 0")[1] == 0
        (disk,) = fleet.host("win1").snapshot().disks
        assert (disk.dsm, len(disk.working_paths)) == ("Microsoft iSCSI DSM", 2)
        assert not fleet.laws.violations


def test_users_are_seen_over_the_wire() -> None:
    with fleet_of({"logged_on": ["smith"], "cluster": {"groups": ["Accounts"]}}) as fleet:
        client = client_of(fleet)
        (desktop,) = client.query("select * from Win32_Process where Name = 'explorer.exe'")
        assert desktop["SessionId"] == "1"
        (group,) = client.query("select * from MSCluster_ResourceGroup", "root/MSCluster")
        assert (group["Name"], group["OwnerNode"]) == ("Accounts", "win1")
