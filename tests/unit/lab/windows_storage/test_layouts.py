# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Partitions, drive letters, offline and clustered disks: what WMI shows of them, and when a LUN is in use."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.lab.fabric.interface import LogicalUnit
from ansible_collections.eva.mpio.tests.lab.windows.installation import PAGE_FILES, PAGE_FILES_KEY
from ansible_collections.eva.mpio.tests.lab.windows.interface import Volume
from ansible_collections.eva.mpio.tests.lab.windows.language import Language
from ansible_collections.eva.mpio.tests.lab.windows.storage.layouts import POLICY_KEY, NewDiskPolicy
from ansible_collections.eva.mpio.tests.lab.windows.tools.cscript.com import to_script
from ansible_collections.eva.mpio.tests.lab.windows.wmi import volume_classes
from ansible_collections.eva.mpio.tests.lab.winrm.interface import WmiReference
from ansible_collections.eva.mpio.tests.lab.winrm.wmixml import Writer
from ansible_collections.eva.mpio.tests.unit.lab.windows_storage.conftest import EVA_ID, NAA, Storage, eva_lun

Make = Callable[..., Storage]
LUN1 = eva_lun(1)
FIRST = LUN1.naa or ""


def set_policy(server: Storage, number: int) -> None:
    server.registry.set(POLICY_KEY, "SanPolicy", number, "REG_DWORD")


def row(server: Storage, class_name: str, **wanted: Any) -> Mapping[str, Any]:
    """Return the one instance that has these properties."""
    found = [item.properties for item in server.instances(class_name)]
    (match,) = [item for item in found if all(item[name] == value for name, value in wanted.items())]
    return match


def device_id(reference: Any) -> str:
    assert isinstance(reference, WmiReference)
    return str(reference.keys["DeviceID"])


def test_a_mounted_lun(server: Storage) -> None:
    server.login(1, LUN1)
    server.login(2, LUN1)
    server.disks.mount(FIRST.upper(), "e:")
    assert row(server, "Win32_DiskDrive", Index=1)["Partitions"] == 1
    assert row(server, "Win32_LogicalDisk", DeviceID="E:")["DriveType"] == 3
    drive = row(server, "Win32_DiskPartition", DiskIndex=1)
    assert (drive["DeviceID"], drive["BootPartition"]) == ("Disk #1, Partition #0", False)
    ends = {
        device_id(item.properties["Dependent"]): device_id(item.properties["Antecedent"])
        for item in server.instances("Win32_LogicalDiskToPartition")
    }
    assert ends == {"C:": "Disk #0, Partition #1", "E:": "Disk #1, Partition #0"}
    drives = [item.properties for item in server.instances("Win32_DiskDriveToDiskPartition")]
    assert [device_id(item["Antecedent"]) for item in drives] == [r"\\.\PHYSICALDRIVE0"] * 2 + [r"\\.\PHYSICALDRIVE1"]
    assert row(server, "MSFT_Partition", DiskNumber=1)["DriveLetter"] == ord("E")
    disk = row(server, "MSFT_Disk", Number=1)
    assert (disk["NumberOfPartitions"], disk["PartitionStyle"], disk["IsOffline"]) == (1, 1, False)
    assert server.disks.volumes() == [Volume("E:\\", FIRST, 1, frozenset({"s1", "s2"}))]


def test_the_disk_of_windows(server: Storage) -> None:
    boot = row(server, "Win32_DiskPartition", BootPartition=True)
    assert boot["DiskIndex"] == 0
    assert row(server, "MSFT_Disk", IsBoot=True)["Number"] == 0
    server.registry.set(PAGE_FILES_KEY, PAGE_FILES, ["C:\\pagefile.sys 0 0"], "REG_MULTI_SZ")
    assert row(server, "Win32_PageFileUsage")["Name"] == "C:\\pagefile.sys"
    assert server.disks.is_local_volume("c:\\")
    assert not server.disks.is_local_volume("E:\\")
    assert server.disks.volumes() == []


def test_a_reference_on_the_wire(server: Storage) -> None:
    """As recorded for an association of Hyper-V: an address, the class, and the keys as selectors."""
    (link,) = server.instances("Win32_LogicalDiskToPartition")
    answer = Writer(omits_empty_arrays=False).instance("http://x/root/cimv2/C", link, ["Antecedent", "StartingAddress"])
    root = ET.fromstring(answer)
    antecedent, start = list(root)
    address, parameters = list(antecedent)
    uri, selectors = list(parameters)
    assert address.text == "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
    assert uri.text == "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_DiskPartition"
    (selector,) = list(selectors)
    assert (selector.get("Name"), selector.text) == ("DeviceID", "Disk #0, Partition #1")
    assert int(start.text or "") > 1024 * 1024


def test_references_in_a_script(server: Storage) -> None:
    reference = WmiReference("root/cimv2", "Win32_DiskDrive", {"DeviceID": r"\\.\PHYSICALDRIVE1"})
    shown = to_script(reference, "", lambda value: "", signed=True)
    assert shown == r'root\cimv2:Win32_DiskDrive.DeviceID="\\\\.\\PHYSICALDRIVE1"'


@pytest.mark.parametrize("letter", ["C", "c:\\", "E", "EE", "", "1"])
def test_letters_that_cannot_be_given(server: Storage, letter: str) -> None:
    server.disks.mount(FIRST, "E")
    with pytest.raises(ValueError, match="not a free drive letter"):
        server.disks.mount(f"{NAA[:-2]}77", letter)


def test_when_a_lun_is_in_use(server: Storage) -> None:
    disks = server.disks
    server.login(1, LUN1)
    disks.layouts.partition(FIRST)
    assert (disks.used_luns(), disks.busy("s1")) == (frozenset(), False)
    disks.mount(FIRST, "E")
    assert (disks.used_luns(), disks.busy("s1")) == ({FIRST}, True)
    disks.offline(FIRST)
    assert (disks.used_luns(), disks.busy("s1"), disks.volumes()) == (frozenset(), False, [])
    disks.online(FIRST)
    assert disks.busy("s1")
    server.login(2, LUN1)
    assert not disks.busy("s1")
    disks.unmount(FIRST)
    assert disks.used_luns() == frozenset()
    assert row(server, "MSFT_Disk", Number=1)["NumberOfPartitions"] == 2
    disks.cluster(FIRST)
    assert (disks.used_luns(), row(server, "MSFT_Disk", Number=1)["IsClustered"]) == ({FIRST}, True)
    disks.cluster(FIRST, False)
    disks.in_use.add(FIRST.upper())
    assert disks.used_luns() == {FIRST}


def test_a_volume_outlives_logout_and_boot(server: Storage) -> None:
    server.disks.mount(FIRST, "E")
    assert server.disks.volumes() == []
    server.login(1, LUN1)
    assert [item.path for item in server.disks.volumes()] == ["E:\\"]
    server.disks.detach("s1")
    assert server.disks.volumes() == []
    server.disks.boot()
    server.login(2, eva_lun(2), LUN1)
    (volume,) = server.disks.volumes()
    assert volume.session_ids == {"s2"}
    assert row(server, "Win32_DiskDrive", Index=volume.drive_number)["Partitions"] == 1


def test_mounting_brings_a_disk_online(make: Make) -> None:
    server = make("2012")
    server.disks.layouts.set_policy(NewDiskPolicy.OFFLINE_SHARED)
    server.login(1, LUN1, eva_lun(2))
    server.disks.mount(FIRST, "E")
    server.disks.layouts.partition(f"{NAA[:-2]}02")
    assert [item.properties["IsOffline"] for item in server.instances("MSFT_Disk")] == [False] * 3


def test_a_disk_that_is_seen_twice_has_its_letter_once(make: Make) -> None:
    server = make()
    server.disks.mount(FIRST, "E")
    server.login(1, LUN1)
    server.login(2, LUN1)
    assert [item.properties["Partitions"] for item in server.instances("Win32_DiskDrive")] == [2, 1, 1]
    assert [item.drive_number for item in server.disks.volumes()] == [1]
    assert len(server.instances("Win32_LogicalDisk")) == 2


@pytest.mark.parametrize(
    ("number", "offline"), [(1, False), (2, True), (3, True), (4, False), (0, False), (9, False), (None, False)]
)
def test_the_new_disk_policy(make: Make, number: int | None, offline: bool) -> None:
    server = make("2012")
    if number is not None:
        set_policy(server, number)
    server.login(1, LUN1)
    disk = row(server, "MSFT_Disk", Number=1)
    assert (disk["IsOffline"], disk["OperationalStatus"]) == (offline, 4 if offline else 1)
    assert disk["OfflineReason"] == (1 if offline else None)


def test_the_policy_is_for_new_disks(server: Storage, unit: Callable[..., LogicalUnit]) -> None:
    server.login(1, LUN1)
    server.disks.mount(f"{NAA[:-2]}03", "F")
    server.disks.layouts.set_policy(NewDiskPolicy.OFFLINE_SHARED)
    server.disks.boot()
    server.login(2, LUN1, unit(2), unit(3))
    states = {item.properties["UniqueId"][-2:]: item.properties["IsOffline"] for item in server.instances("MSFT_Disk")}
    assert states == {"7D": False, "01": False, "02": True, "03": False}
    server.disks.online(f"{NAA[:-2]}02")
    server.disks.boot()
    server.login(3, unit(2))
    assert not server.disks.layouts.of(f"{NAA[:-2]}02".upper()).offline


@pytest.mark.parametrize("shown", [True, False])
def test_partitions_of_an_offline_disk(make: Make, shown: bool) -> None:
    server = make(offline_disks_show_partitions=shown)
    server.login(1, LUN1)
    server.disks.mount(FIRST, "E")
    server.disks.offline(FIRST)
    assert row(server, "Win32_DiskDrive", Index=1)["Partitions"] == int(shown)
    assert row(server, "MSFT_Disk", Number=1)["NumberOfPartitions"] == int(shown)
    assert len([item for item in server.instances("Win32_DiskPartition") if item.properties["DiskIndex"] == 1]) == shown
    assert [item.properties["DeviceID"] for item in server.instances("Win32_LogicalDisk")] == ["C:"]


@pytest.mark.parametrize(
    ("localised", "shown"), [(True, "Datenträgernr. 0, Partitionsnr. 0"), (False, "Disk #0, Partition #0")]
)
def test_names_of_partitions_on_a_german_server(make: Make, localised: bool, shown: str) -> None:
    server = make(partition_names_localised=localised)
    assert next(volume_classes.partitions(server.disks, Language("de"))).device_id == shown


def test_a_disk_with_a_volume_stays_on_its_side_of_mpio(make: Make) -> None:
    server = make(claim_needs_reboot="never")
    server.install()
    server.disks.mount(FIRST, "E")
    server.login(1, LUN1, eva_lun(2))
    assert server.disks.claim([EVA_ID])
    assert [disk.unit.naa for disk in server.disks.plain_disks()] == [FIRST]
