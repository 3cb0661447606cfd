# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""root/cimv2: partitions, drive letters, what belongs to what, and the page file.

Microsoft: the pages of Win32_DiskPartition, Win32_LogicalDisk, Win32_LogicalDiskToPartition,
Win32_DiskDriveToDiskPartition and Win32_PageFileUsage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...winrm.interface import WmiClass, WmiObject, WmiReference, WmiValue
from ..installation import page_files
from ..language import ENGLISH, Language
from ..storage.disks import Disks
from .disk_rows import DiskRow, disk_rows
from .wdm import alphabetical, ordered

TEXTS = {"partition": "Disk #{disk}, Partition #{partition}"}
"""A partition's DeviceID, which is translated: public reports show "Datenträgernr. 6, Partitionsnr. 0"."""
_CIMV2 = "root/cimv2"
_COMPUTER_NAME_KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName"
_FIRST_OFFSET = 1024 * 1024
"""Partitions begin at 1 MiB from Server 2008 on (Microsoft KB 923332)."""
_FIRST_OFFSET_OF_2003 = 63 * 512
_LOCAL_DISK = 3
_FIXED_MEDIA = 12
_PAGE_FILE_MIB = 8192

_PARTITION_PROPERTIES = alphabetical(
    "Access Availability BlockSize Bootable BootPartition Caption ConfigManagerErrorCode ConfigManagerUserConfig "
    "CreationClassName Description DeviceID DiskIndex ErrorCleared ErrorDescription ErrorMethodology HiddenSectors "
    "Index InstallDate LastErrorCode Name NumberOfBlocks PNPDeviceID PowerManagementCapabilities "
    "PowerManagementSupported PrimaryPartition Purpose RewritePartition Size StartingOffset Status StatusInfo "
    "SystemCreationClassName SystemName Type"
)
_LOGICAL_DISK_PROPERTIES = alphabetical(
    "Access Availability BlockSize Caption Compressed ConfigManagerErrorCode ConfigManagerUserConfig "
    "CreationClassName Description DeviceID DriveType ErrorCleared ErrorDescription ErrorMethodology FileSystem "
    "FreeSpace InstallDate LastErrorCode MaximumComponentLength MediaType Name NumberOfBlocks PNPDeviceID "
    "PowerManagementCapabilities PowerManagementSupported ProviderName Purpose QuotasDisabled QuotasIncomplete "
    "QuotasRebuilding Size Status StatusInfo SupportsDiskQuotas SupportsFileBasedCompression "
    "SystemCreationClassName SystemName VolumeDirty VolumeName VolumeSerialNumber"
)
_PAGE_FILE_PROPERTIES = alphabetical(
    "AllocatedBaseSize Caption CurrentUsage Description InstallDate Name PeakUsage Status TempPageFile"
)


@dataclass(frozen=True)
class Partition:
    """One partition of a disk."""

    row: DiskRow
    index: int
    device_id: str
    letter: str
    """Drive letter, empty without one."""
    offset: int
    size: int


def shown_partitions(disks: Disks, row: DiskRow) -> int:
    """Return how many partitions of a disk WMI tells of."""
    return 0 if row.offline and not disks.switches.offline_disks_show_partitions else row.partitions


def partitions(disks: Disks, say: Language = ENGLISH) -> Iterator[Partition]:
    """Return the partitions of all disks, those of one disk equal in size; the letters belong to the last ones.

    The partition that a server of today boots from comes before that of Windows and has no letter.
    """
    begin = _FIRST_OFFSET if disks.release.since_vista else _FIRST_OFFSET_OF_2003
    name = say if disks.switches.partition_names_localised else ENGLISH
    for row in disk_rows(disks):
        count = shown_partitions(disks, row)
        letters = ("",) * (count - len(row.letters)) + row.letters
        size = (row.size - begin) // max(count, 1)
        for index, letter in enumerate(letters):
            device_id = name(TEXTS["partition"], disk=row.number, partition=index)
            yield Partition(row, index, device_id, letter, begin + index * size, size)


def classes(disks: Disks, say: Language = ENGLISH) -> list[tuple[str, WmiClass]]:
    """Return the classes with their namespace."""
    made = VolumeClasses(disks, say)
    ends = ("Antecedent", "Dependent")
    bounds = ("EndingAddress", "StartingAddress")
    found = [
        WmiClass("Win32_DiskPartition", ("DeviceID",), _PARTITION_PROPERTIES, made.partitions),
        WmiClass("Win32_LogicalDisk", ("DeviceID",), _LOGICAL_DISK_PROPERTIES, made.logical_disks),
        WmiClass("Win32_DiskDriveToDiskPartition", ends, ends, made.drives_to_partitions),
        WmiClass("Win32_LogicalDiskToPartition", ends, (*ends, *bounds), made.logical_disks_to_partitions),
        WmiClass("Win32_PageFileUsage", ("Name",), _PAGE_FILE_PROPERTIES, made.page_files),
    ]
    return [(_CIMV2, item) for item in found]


class VolumeClasses:
    """The instances of one server."""

    def __init__(self, disks: Disks, say: Language) -> None:
        """Bind them to the disks and the server's language."""
        self._disks = disks
        self._say = say

    def _all(self) -> list[Partition]:
        return list(partitions(self._disks, self._say))

    def _computer(self) -> str | None:
        name = self._disks.registry.get(_COMPUTER_NAME_KEY, "ComputerName")
        return name if isinstance(name, str) else None

    def partitions(self) -> Sequence[WmiObject]:
        """Return Win32_DiskPartition."""
        return [_filled("Win32_DiskPartition", _PARTITION_PROPERTIES, self._partition(item)) for item in self._all()]

    def logical_disks(self) -> Sequence[WmiObject]:
        """Return Win32_LogicalDisk: one for each drive letter."""
        return [
            _filled("Win32_LogicalDisk", _LOGICAL_DISK_PROPERTIES, self._logical_disk(item))
            for item in self._all()
            if item.letter
        ]

    def drives_to_partitions(self) -> Sequence[WmiObject]:
        """Return Win32_DiskDriveToDiskPartition."""
        return [
            WmiObject("Win32_DiskDriveToDiskPartition", {"Antecedent": _drive(item), "Dependent": _partition(item)})
            for item in self._all()
        ]

    def logical_disks_to_partitions(self) -> Sequence[WmiObject]:
        """Return Win32_LogicalDiskToPartition; the addresses are bytes from the disk's beginning."""
        return [
            WmiObject(
                "Win32_LogicalDiskToPartition",
                {
                    "Antecedent": _partition(item),
                    "Dependent": WmiReference(_CIMV2, "Win32_LogicalDisk", {"DeviceID": f"{item.letter}:"}),
                    "EndingAddress": item.offset + item.size - 1,
                    "StartingAddress": item.offset,
                },
            )
            for item in self._all()
            if item.letter
        ]

    def page_files(self) -> Sequence[WmiObject]:
        """Return Win32_PageFileUsage: what the registry names, on the volumes that are there.

        That a page file is in use as soon as its volume is mounted, without a restart, is a simplification.
        """
        letters = {letter for row in disk_rows(self._disks) for letter in row.letters}
        return [
            _filled("Win32_PageFileUsage", _PAGE_FILE_PROPERTIES, _page_file(path))
            for path in page_files(self._disks.registry)
            if path[:1].upper() in letters
        ]

    def _partition(self, item: Partition) -> dict[str, WmiValue]:
        first_of_system = item.row.holds_system and item.index == 0
        return {
            "BlockSize": item.row.block_size,
            "Bootable": first_of_system,
            "BootPartition": first_of_system,
            "Caption": item.device_id,
            "CreationClassName": "Win32_DiskPartition",
            "Description": self._say("Installable File System"),
            "DeviceID": item.device_id,
            "DiskIndex": item.row.number,
            "Index": item.index,
            "Name": item.device_id,
            "NumberOfBlocks": item.size // item.row.block_size,
            "PrimaryPartition": True,
            "Size": item.size,
            "StartingOffset": item.offset,
            "SystemCreationClassName": "Win32_ComputerSystem",
            "SystemName": self._computer(),
            "Type": self._say("Installable File System"),
        }

    def _logical_disk(self, item: Partition) -> dict[str, WmiValue]:
        name = f"{item.letter}:"
        return {
            "Access": 0,
            "Caption": name,
            "Compressed": False,
            "CreationClassName": "Win32_LogicalDisk",
            "Description": self._say("Local Fixed Disk"),
            "DeviceID": name,
            "DriveType": _LOCAL_DISK,
            "FileSystem": "NTFS",
            "FreeSpace": item.size // 2,
            "MaximumComponentLength": 255,
            "MediaType": _FIXED_MEDIA,
            "Name": name,
            "Size": item.size,
            "SupportsDiskQuotas": False,
            "SupportsFileBasedCompression": True,
            "SystemCreationClassName": "Win32_ComputerSystem",
            "SystemName": self._computer(),
            "VolumeName": "",
        }


def _filled(name: str, properties: tuple[str, ...], values: Mapping[str, WmiValue]) -> WmiObject:
    return ordered(name, {**dict.fromkeys(properties), **values})


def _page_file(path: str) -> dict[str, WmiValue]:
    return {
        "AllocatedBaseSize": _PAGE_FILE_MIB,
        "Caption": path,
        "CurrentUsage": 0,
        "Description": path,
        "Name": path,
        "PeakUsage": 0,
        "TempPageFile": False,
    }


def _drive(item: Partition) -> WmiReference:
    return WmiReference(_CIMV2, "Win32_DiskDrive", {"DeviceID": rf"\\.\PHYSICALDRIVE{item.row.number}"})


def _partition(item: Partition) -> WmiReference:
    return WmiReference(_CIMV2, "Win32_DiskPartition", {"DeviceID": item.device_id})
