# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read on occasion: disks, volumes, cluster addresses, iSNS servers, dependencies, policy for new disks."""

from __future__ import annotations

import typing as t
from ipaddress import ip_address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Dependencies,
    DiskUse,
    NewDiskPolicy,
    Unknown,
    Volume,
    Volumes,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import answers, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.answers import printed
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import healthy, older, read, value
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.scenario import disk, mounted

HKLM = "HKEY_LOCAL_MACHINE"
SERVICES = "SYSTEM\\CurrentControlSet\\Services"
MEMBER = [
    {"Name": "MSiSCSI", "StartMode": "Auto", "State": "Running"},
    {"Name": "ClusSvc", "StartMode": "Auto", "State": "Running"},
]


@pytest.fixture
def link() -> answers.FakeLink:
    return healthy()


# --- disks


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (disk(3, 2), DiskUse(3, True, "it is online and has 2 partitions", False, offline=False)),
        (disk(3, 0), DiskUse(3, False, "it is online and has no partition", False, offline=False)),
        (disk(3, 1, offline=True), DiskUse(3, False, "it is offline", False, offline=True)),
        (
            disk(3, 1, offline=True, IsClustered=True),
            DiskUse(3, True, "it belongs to a failover cluster and it is offline", True, offline=True),
        ),
        (
            disk(7, 1, IsBoot=True, IsSystem=True),
            DiskUse(
                7, True, "Windows starts from it and it is online and has 1 partition", False, boot=True, offline=False
            ),
        ),
        (
            {"Number": 4, "NumberOfPartitions": 1, "IsOffline": False},
            DiskUse(4, True, "it is online and has 1 partition", None, offline=False),
        ),
        (
            disk(5, 1),
            DiskUse(
                5,
                True,
                "it is online and has 1 partition (E:)",
                False,
                offline=False,
                mounted=("E:",),
            ),
        ),
    ],
)
def test_what_uses_a_disk(link: answers.FakeLink, shown: dict[str, t.Any], expected: DiskUse) -> None:
    link.classes["MSFT_Disk"] = [shown]
    assert value(read(link, "disk_use").disk_use) == (expected,)


@pytest.mark.parametrize("missing", ["Number", "NumberOfPartitions", "IsOffline"])
def test_a_disk_of_which_nothing_is_known_is_not_free(link: answers.FakeLink, missing: str) -> None:
    link.classes["MSFT_Disk"] = [{name: shown for name, shown in disk(3, 0).items() if name != missing}]
    assert isinstance(read(link, "disk_use").disk_use, Unknown)


@pytest.mark.parametrize("name", ["C:\\pagefile.sys", "\\??\\c:\\pagefile.sys"])
def test_windows_pages_to_a_disk(link: answers.FakeLink, name: str) -> None:
    link.classes["MSFT_Disk"] = [disk(0, 2), disk(5, 1)]
    link.classes["Win32_PageFileUsage"] = [{"Name": name}]
    paged, other = value(read(link, "disk_use").disk_use)
    assert (paged.boot, other.boot) == (True, False)
    assert paged.why == "it is online and has 2 partitions (C:) and Windows pages to C:"


def test_a_page_file_on_a_volume_without_a_disk_may_be_on_any_that_shows_none(link: answers.FakeLink) -> None:
    link.classes["MSFT_Disk"] = [disk(5, 1), disk(6, 1), disk(7, 0)]
    link.classes["Win32_PageFileUsage"] = [{"Name": "P:\\pagefile.sys"}]
    told, dynamic, raw = value(read(link, "disk_use").disk_use)
    assert [one.boot for one in (told, dynamic, raw)] == [False, True, False]
    assert "Windows does not tell the disk of P:, which it pages to" in dynamic.why


@pytest.mark.parametrize("kind", ["2003", "2012r2"])
@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("Win32_PageFileUsage", answers.fault()),
        ("Win32_PageFileUsage", [{"Name": "pagefile.sys"}]),
        ("Win32_LogicalDiskToPartition", answers.fault()),
    ],
)
def test_where_windows_pages_to_must_be_told(kind: str, name: str, answer: t.Any) -> None:
    link = healthy() if kind == "2012r2" else older(kind)
    link.classes["Win32_DiskDrive"] = [{"Index": 0, "Partitions": 1}]
    link.classes["Win32_DiskPartition"] = []
    assert not isinstance(read(link, "disk_use", release=kind).disk_use, Unknown)
    link.classes[name] = answer
    assert isinstance(read(link, "disk_use", release=kind).disk_use, Unknown)


@pytest.mark.parametrize("kind", ["2003", "2008", "2008r2"])
def test_what_uses_a_disk_before_2012(kind: str) -> None:
    link = older(kind)
    link.classes["Win32_DiskDrive"] = [{"Index": number, "Partitions": number} for number in range(3)]
    link.classes["Win32_DiskPartition"] = [{"DiskIndex": 2}]
    link.classes["Win32_LogicalDiskToPartition"] = [
        mounted(f"Disk #2, Partition #{number}", letter) for number, letter in enumerate(("F:", "C:"))
    ]
    assert value(read(link, "disk_use", release=kind).disk_use) == (
        DiskUse(0, False, "it has no partition", False),
        DiskUse(1, True, "it has 1 partition", False),
        DiskUse(
            2,
            True,
            "it has 2 partitions (C:, F:) and one of them is active, so Windows may start from it and Windows pages to"
            " C:",
            False,
            boot=True,
            mounted=("C:", "F:"),
        ),
    )
    assert link.conditions["Win32_DiskPartition"] == "BootPartition=true"
    link.classes["Win32_Service"] = MEMBER
    free = value(read(link, "disk_use", release=kind).disk_use)[0]
    assert (free.in_use, free.clustered) == (True, None)
    link.classes["Win32_DiskPartition"] = answers.fault()
    assert isinstance(read(link, "disk_use", release=kind).disk_use, Unknown)


# --- volumes


def test_volumes_in_any_language(link: answers.FakeLink) -> None:
    link.classes["MSiSCSIInitiator_PersistentDevices"] = [{"DevicePath": "E:\\"}, {"DevicePath": None}]
    link.classes["Win32_LogicalDiskToPartition"] = [
        mounted("Disk #0, Partition #1", "C:"),
        mounted("Datenträgernr. 12, Partitionsnr. 0", "e:"),
    ]
    expected = Volumes(("E:\\",), (Volume("C:", 0), Volume("E:", 12)))
    assert value(read(link, "volumes").volumes) == expected


@pytest.mark.parametrize("row", [mounted("", "C:"), mounted("Disk #0", ""), {"Antecedent": None, "Dependent": None}])
def test_a_volume_without_a_disk_makes_them_unknown(link: answers.FakeLink, row: dict[str, t.Any]) -> None:
    link.classes.update({"MSiSCSIInitiator_PersistentDevices": [], "Win32_LogicalDiskToPartition": [row]})
    assert isinstance(read(link, "volumes").volumes, Unknown)


# --- addresses of the cluster


RESOURCES = "reg query HKLM\\Cluster\\Resources /s"


def test_no_member_has_no_cluster_addresses_and_is_asked_nothing_for_it(link: answers.FakeLink) -> None:
    before = read(link, "initiator_service")
    asked = link.requests
    assert value(read(link, "initiator_service", "cluster_addresses", previous=before).cluster_addresses) == ()
    assert link.requests == asked + 1, "the service alone is read again"


def test_addresses_of_the_clusters_resources(link: answers.FakeLink) -> None:
    link.classes["Win32_Service"] = MEMBER
    key = f"{HKLM}\\Cluster\\Resources"
    link.tools[RESOURCES] = printed(
        "",
        f"{key}\\aaaa",
        "    Name    REG_SZ    Cluster IP Address",
        "    Address    REG_SZ    10.10.9.9",
        f"{key}\\aaaa\\Parameters",
        "    Address    REG_SZ    10.10.1.99",
        "    SubnetMask    REG_SZ    255.255.255.0",
        f"{key}\\bbbb",
        "    Name    REG_SZ    Dateifreigabe",
        f"{key}\\bbbb\\Parameters",
        "    Path    REG_SZ    E:\\",
        f"{key}\\cccc\\Parameters",
        "    EnableDhcp    REG_DWORD    0x1",
        "    Address    REG_SZ    0.0.0.0",
        "    DhcpAddress    REG_SZ    10.10.1.98",
        f"{key}\\cccc",
        "    Name    REG_SZ    x",
        f"{key}\\dddd",
        f"{key}\\dddd\\Parameters",
        "    Address    REG_SZ    fd00::99",
    )
    expected = tuple(map(ip_address, ("10.10.1.99", "10.10.1.98", "fd00::99")))
    assert value(read(link, "cluster_addresses").cluster_addresses) == expected


@pytest.mark.parametrize("answer", [printed("", code=1), printed(""), printed(f"{HKLM}\\Cluster\\Resources")])
def test_a_member_whose_resources_are_not_shown_is_unknown(link: answers.FakeLink, answer: t.Any) -> None:
    link.classes["Win32_Service"] = MEMBER
    link.tools[RESOURCES] = answer
    assert isinstance(read(link, "cluster_addresses").cluster_addresses, Unknown)


# --- iSNS


def test_isns_servers(link: answers.FakeLink) -> None:
    link.classes["MSiSCSIInitiator_iSNSServerClass"] = [{"iSNSServerAddress": "isns1"}, {"iSNSServerAddress": None}]
    assert value(read(link, "isns_servers").isns_servers) == ("isns1",)
    link.classes["MSiSCSIInitiator_iSNSServerClass"] = []
    assert value(read(link, "isns_servers").isns_servers) == ()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [(("    isns1", "    10.10.1.5"), ("isns1", "10.10.1.5")), (("No SNS Servers",), ()), (("Keine Server",), ())],
)
def test_the_tool_lists_isns_servers(link: answers.FakeLink, lines: tuple[str, ...], expected: tuple[str, ...]) -> None:
    link.classes["MSiSCSIInitiator_iSNSServerClass"] = answers.fault()
    link.tools["iscsicli ListiSNSServers"] = printed(*texts.BANNER, *lines, texts.SUCCESS)
    part = read(link, "isns_servers").isns_servers
    assert (value(part), part.source) == (expected, "iscsicli")  # type: ignore[union-attr]


@pytest.mark.parametrize("lines", [(), ("isns1", "isns2"), ("    two words",)])
def test_another_text_is_not_understood(link: answers.FakeLink, lines: tuple[str, ...]) -> None:
    link.classes["MSiSCSIInitiator_iSNSServerClass"] = answers.fault()
    link.tools["iscsicli ListiSNSServers"] = printed(*texts.BANNER, *lines, texts.SUCCESS)
    assert isinstance(read(link, "isns_servers").isns_servers, Unknown)


# --- dependencies and the policy for new disks, which stand in the line of the registry


def service_key(name: str, *values: str) -> dict[str, t.Any]:
    """Answer the three questions about a service, out of one key."""
    named = f'"HKLM\\{SERVICES}\\{name}"' if " " in name else f"HKLM\\{SERVICES}\\{name}"
    shown = {value.split()[0]: value for value in values}
    return {
        f"reg query {named} /v {value}": printed("", f"{HKLM}\\{SERVICES}\\{name}", f"    {shown[value]}", "")
        if value in shown
        else printed("", code=1)
        for value in ("Start", "DependOnService", "DependOnGroup")
    }


def test_dependencies_of_services_in_the_line_of_the_registry(link: answers.FakeLink) -> None:
    start = "Start    REG_DWORD    0x2"
    link.tools |= service_key(
        "My Base", start, "DependOnService    REG_MULTI_SZ    RPCSS\\0Tcpip", "DependOnGroup    REG_MULTI_SZ    TDI"
    )
    link.tools |= service_key("Alone", start)
    host = read(link, "claims", "dependencies", services=("My Base", "Alone", "Gone"))
    assert value(host.dependencies) == (
        Dependencies("My Base", ("RPCSS", "Tcpip", "+TDI")),
        Dependencies("Alone", ()),
        Dependencies("Gone", None),
    )
    assert sum(line.startswith("reg ") for line in link.asked) == 1
    assert link.requests == 1 + 5, "the operating system and one line"


def test_no_service_no_question(link: answers.FakeLink) -> None:
    assert value(read(link, "dependencies").dependencies) == ()
    assert not link.shell_open


@pytest.mark.parametrize("name", ["a/b", "100%", 'a"b', ""])
def test_a_name_that_cannot_be_asked_for_spoils_nothing_else(link: answers.FakeLink, name: str) -> None:
    host = read(link, "claims", "dependencies", services=(name,))
    assert isinstance(host.dependencies, Unknown)
    assert not isinstance(host.claims, Unknown)


PARTMGR = f"{HKLM}\\{SERVICES}\\partmgr\\Parameters"
SAN = f"reg query HKLM\\{SERVICES}\\partmgr\\Parameters /v SanPolicy"


@pytest.mark.parametrize(
    ("number", "policy"), [(1, NewDiskPolicy.ONLINE_ALL), (2, NewDiskPolicy.OFFLINE_SHARED), (None, None)]
)
def test_the_policy_for_new_disks(link: answers.FakeLink, number: int | None, policy: NewDiskPolicy | None) -> None:
    if number is not None:
        link.tools[SAN] = printed(PARTMGR, f"    SanPolicy    REG_DWORD    0x{number:x}")
    assert value(read(link, "new_disk_policy").new_disk_policy) == policy


def test_another_number_is_not_a_policy(link: answers.FakeLink) -> None:
    link.tools[SAN] = printed(PARTMGR, "    SanPolicy    REG_DWORD    0x9")
    assert isinstance(read(link, "new_disk_policy").new_disk_policy, Unknown)


def test_2003_has_no_policy_for_new_disks_and_is_not_asked() -> None:
    link = older("2003")
    assert value(read(link, "new_disk_policy", release="2003").new_disk_policy) is None
    assert not link.shell_open
