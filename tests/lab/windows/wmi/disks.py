# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The classes of root/cimv2 for disks and features; those of the storage namespace are beside it."""

from __future__ import annotations

from collections.abc import Sequence

from ...winrm.interface import WmiClass, WmiObject, WmiValue
from ..features import CATALOGUE, Features, FeatureState
from ..language import ENGLISH, Language
from ..storage.disks import Disks
from . import storage_namespace, volume_classes
from .disk_rows import DiskRow, disk_rows
from .wdm import alphabetical, ordered

_CIMV2 = "root/cimv2"
_COMPUTER_NAME_KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName"
_HEADS = 255
_SECTORS = 63

_DISK_DRIVE_PROPERTIES = alphabetical(
    "Availability BytesPerSector Capabilities CapabilityDescriptions Caption CompressionMethod "
    "ConfigManagerErrorCode ConfigManagerUserConfig CreationClassName DefaultBlockSize Description DeviceID "
    "ErrorCleared ErrorDescription ErrorMethodology FirmwareRevision Index InstallDate InterfaceType "
    "LastErrorCode Manufacturer MaxBlockSize MaxMediaSize MediaLoaded MediaType MinBlockSize Model Name "
    "NeedsCleaning NumberOfMediaSupported Partitions PNPDeviceID PowerManagementCapabilities "
    "PowerManagementSupported SCSIBus SCSILogicalUnit SCSIPort SCSITargetId SectorsPerTrack SerialNumber "
    "Signature Size Status StatusInfo SystemCreationClassName SystemName TotalCylinders TotalHeads "
    "TotalSectors TotalTracks TracksPerCylinder"
)
_OPTIONAL_FEATURE_PROPERTIES = ("Caption", "Description", "InstallDate", "InstallState", "Name", "Status")
_SERVER_FEATURE_PROPERTIES = ("ID", "Name", "ParentID")


def classes(disks: Disks, features: Features, say: Language = ENGLISH) -> list[tuple[str, WmiClass]]:
    """Return the classes that the release has, with their namespaces; descriptions are in the server's language."""
    found = [(_CIMV2, _disk_drive_class(disks, say)), *volume_classes.classes(disks, say)]
    if features.release.has_optional_feature_class:
        found.append((_CIMV2, _optional_feature_class(features, say)))
    if features.release.has_server_feature_class:
        found.append((_CIMV2, _server_feature_class(features, say)))
    if features.release.has_storage_namespace:
        found += storage_namespace.classes(disks)
    return found


def _disk_drive_class(disks: Disks, say: Language) -> WmiClass:
    def instances() -> Sequence[WmiObject]:
        computer = disks.registry.get(_COMPUTER_NAME_KEY, "ComputerName")
        name = computer if isinstance(computer, str) else None
        return [_disk_drive(row, volume_classes.shown_partitions(disks, row), name, say) for row in disk_rows(disks)]

    return WmiClass("Win32_DiskDrive", ("DeviceID",), _DISK_DRIVE_PROPERTIES, instances, base="CIM_DiskDrive")


def _disk_drive(row: DiskRow, partitions: int, computer: str | None, say: Language) -> WmiObject:
    # Win32_DiskDrive computes with a geometry of 255 heads and 63 sectors, so Size is a little below the capacity.
    cylinders = row.size // (_HEADS * _SECTORS * row.block_size)
    device_id = rf"\\.\PHYSICALDRIVE{row.number}"
    values: dict[str, WmiValue] = {
        **dict.fromkeys(_DISK_DRIVE_PROPERTIES),
        "BytesPerSector": row.block_size,
        "Capabilities": [3, 4],
        "CapabilityDescriptions": [say("Random Access"), say("Supports Writing")],
        "Caption": row.caption,
        "ConfigManagerErrorCode": 0,
        "ConfigManagerUserConfig": False,
        "CreationClassName": "Win32_DiskDrive",
        "Description": say("Disk drive"),
        "DeviceID": device_id,
        "FirmwareRevision": row.revision,
        "Index": row.number,
        "InterfaceType": "SCSI",
        "Manufacturer": say("(Standard disk drives)"),
        "MediaLoaded": True,
        "MediaType": say("Fixed hard disk media"),
        "Model": row.caption,
        "Name": device_id,
        "Partitions": partitions,
        "PNPDeviceID": row.instance_id.upper(),
        "SCSIBus": row.address.bus,
        "SCSILogicalUnit": row.address.lun,
        "SCSIPort": row.address.port,
        "SCSITargetId": row.address.target,
        "SectorsPerTrack": _SECTORS,
        "SerialNumber": row.serial,
        "Size": cylinders * _HEADS * _SECTORS * row.block_size,
        "Status": "OK",
        "SystemCreationClassName": "Win32_ComputerSystem",
        "SystemName": computer,
        "TotalCylinders": cylinders,
        "TotalHeads": _HEADS,
        "TotalSectors": cylinders * _HEADS * _SECTORS,
        "TotalTracks": cylinders * _HEADS,
        "TracksPerCylinder": _HEADS,
    }
    return WmiObject("Win32_DiskDrive", values)


def _optional_feature_class(features: Features, say: Language) -> WmiClass:
    def instances() -> Sequence[WmiObject]:
        return [
            ordered(
                "Win32_OptionalFeature",
                {
                    **dict.fromkeys(_OPTIONAL_FEATURE_PROPERTIES),
                    "Caption": say(row.display_name),
                    "InstallState": features.install_state(row.name),
                    "Name": row.name,
                },
            )
            for row in CATALOGUE
        ]

    return WmiClass("Win32_OptionalFeature", ("Name",), _OPTIONAL_FEATURE_PROPERTIES, instances)


def _server_feature_class(features: Features, say: Language) -> WmiClass:
    """Return the class whose instances are the installed roles and features only (Win32_ServerFeature page)."""

    def instances() -> Sequence[WmiObject]:
        return [
            ordered("Win32_ServerFeature", {"ID": row.server_feature_id, "Name": say(row.display_name), "ParentID": 0})
            for row in CATALOGUE
            if row.server_feature_id is not None
            and features.state(row.name) in (FeatureState.ENABLED, FeatureState.ENABLE_PENDING)
        ]

    return WmiClass("Win32_ServerFeature", ("ID",), _SERVER_FEATURE_PROPERTIES, instances)
