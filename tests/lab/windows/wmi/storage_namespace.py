# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MSFT_Disk, MSFT_Partition and MSFT_PhysicalDisk of root/Microsoft/Windows/Storage, from Server 2012 on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...winrm.interface import WmiClass, WmiObject, WmiValue
from ..storage.disks import Disks
from . import volume_classes
from .disk_rows import DiskRow, disk_rows
from .volume_classes import Partition
from .wdm import alphabetical, ordered

NAMESPACE = "root/Microsoft/Windows/Storage"
_MASTER_BOOT_RECORD = 1
_RAW = 0
_ONLINE = {(6, 2): 1}
_ONLINE_SINCE_6_3 = 0xD010
_OFFLINE = {(6, 2): 4}
_OFFLINE_SINCE_6_3 = 0xD013
_BY_POLICY = 1
"""OfflineReason (windows-driver-docs, msft-disk)."""
_HEALTHY = {(6, 2): 1}
_HEALTHY_SINCE_6_3 = 0
_DISK_PROPERTIES = alphabetical(
    "AllocatedSize BootFromDisk BusType FriendlyName Guid HealthStatus IsBoot IsClustered IsOffline IsReadOnly "
    "IsSystem LargestFreeExtent Location LogicalSectorSize Manufacturer Model Number NumberOfPartitions "
    "ObjectId OfflineReason OperationalStatus PartitionStyle PassThroughClass PassThroughIds "
    "PassThroughNamespace PassThroughServer Path PhysicalSectorSize ProvisioningType SerialNumber Signature "
    "Size UniqueId UniqueIdFormat"
)
_PHYSICAL_DISK_PROPERTIES = alphabetical(
    "AllocatedSize BusType CanPool CannotPoolReason Description DeviceId EnclosureNumber FirmwareVersion "
    "FriendlyName HealthStatus IsIndicationEnabled IsPartial LogicalSectorSize Manufacturer MediaType Model "
    "ObjectId OperationalStatus OtherCannotPoolReasonDescription PartNumber PassThroughClass PassThroughIds "
    "PassThroughNamespace PassThroughServer PhysicalLocation PhysicalSectorSize SerialNumber Size SlotNumber "
    "SoftwareVersion SpindleSpeed SupportedUsages UniqueId Usage"
)


_PARTITION_PROPERTIES = alphabetical(
    "AccessPaths DiskId DiskNumber DriveLetter GptType Guid IsActive IsBoot IsHidden IsOffline IsReadOnly IsShadowCopy "
    "IsSystem MbrType NoDefaultDriveLetter ObjectId Offset OperationalStatus PartitionNumber PassThroughClass "
    "PassThroughIds PassThroughNamespace PassThroughServer Size TransitionState UniqueId"
)
_INSTALLABLE_FILE_SYSTEM = 7


def classes(disks: Disks) -> list[tuple[str, WmiClass]]:
    """Return the classes with their namespace."""
    return [
        (NAMESPACE, _class(disks, "MSFT_Disk", _DISK_PROPERTIES, _disk)),
        (NAMESPACE, _class(disks, "MSFT_PhysicalDisk", _PHYSICAL_DISK_PROPERTIES, _physical_disk)),
        (NAMESPACE, _partition_class(disks)),
    ]


def _class(
    disks: Disks, name: str, properties: tuple[str, ...], values: Callable[[Disks, DiskRow], dict[str, WmiValue]]
) -> WmiClass:
    def instances() -> Sequence[WmiObject]:
        return [ordered(name, {**dict.fromkeys(properties), **values(disks, row)}) for row in disk_rows(disks)]

    return WmiClass(name, ("ObjectId",), properties, instances, base="MSFT_StorageObject")


def _partition_class(disks: Disks) -> WmiClass:
    name = "MSFT_Partition"

    def instances() -> Sequence[WmiObject]:
        return [
            ordered(name, {**dict.fromkeys(_PARTITION_PROPERTIES), **_partition(item)})
            for item in volume_classes.partitions(disks)
        ]

    return WmiClass(name, ("ObjectId",), _PARTITION_PROPERTIES, instances, base="MSFT_StorageObject")


def _partition(item: Partition) -> dict[str, WmiValue]:
    """DriveLetter is a char16, which WS-Management shows as the character's number."""
    holds_windows = item.row.holds_system and bool(item.letter)
    return {
        "AccessPaths": [f"{item.letter}:\\"] if item.letter else [],
        "DiskId": item.row.path,
        "DiskNumber": item.row.number,
        "DriveLetter": ord(item.letter) if item.letter else 0,
        "IsActive": item.row.holds_system and item.index == 0,
        "IsBoot": holds_windows,
        "IsHidden": False,
        "IsOffline": item.row.offline,
        "IsReadOnly": item.row.offline,
        "IsShadowCopy": False,
        "IsSystem": item.row.holds_system and item.index == 0,
        "MbrType": _INSTALLABLE_FILE_SYSTEM,
        "NoDefaultDriveLetter": False,
        "ObjectId": f"{{1}}{item.row.path}:{item.offset}",
        "Offset": item.offset,
        "PartitionNumber": item.index + 1,
        "Size": item.size,
    }


def _common(disks: Disks, row: DiskRow) -> dict[str, WmiValue]:
    return {
        "BusType": row.bus_type,
        "HealthStatus": _HEALTHY.get(disks.release.major_minor, _HEALTHY_SINCE_6_3),
        "LogicalSectorSize": row.block_size,
        "Manufacturer": row.vendor,
        "PhysicalSectorSize": row.block_size,
        "SerialNumber": row.serial,
        "Size": row.size,
        "UniqueId": row.unique_id,
    }


def _disk(disks: Disks, row: DiskRow) -> dict[str, WmiValue]:
    partitions = volume_classes.shown_partitions(disks, row)
    status = _ONLINE.get(disks.release.major_minor, _ONLINE_SINCE_6_3)
    if row.offline:
        status = _OFFLINE.get(disks.release.major_minor, _OFFLINE_SINCE_6_3)
    return {
        **_common(disks, row),
        "AllocatedSize": row.size if partitions else 0,
        "BootFromDisk": row.holds_system,
        "FriendlyName": row.caption,
        "IsBoot": row.holds_system,
        "IsClustered": row.clustered,
        "IsOffline": row.offline,
        "IsReadOnly": row.offline,
        "IsSystem": row.holds_system,
        "LargestFreeExtent": 0,
        "Model": row.product,
        "Number": row.number,
        "NumberOfPartitions": partitions,
        "ObjectId": row.path,
        "OfflineReason": _BY_POLICY if row.offline else None,
        "OperationalStatus": status,
        "PartitionStyle": _MASTER_BOOT_RECORD if partitions else _RAW,
        "Path": row.path,
        "ProvisioningType": 2,
        "UniqueIdFormat": row.unique_id_format,
    }


def _physical_disk(disks: Disks, row: DiskRow) -> dict[str, WmiValue]:
    return {
        **_common(disks, row),
        "AllocatedSize": row.size,
        "CanPool": False,
        "DeviceId": str(row.number),
        "FirmwareVersion": row.revision,
        "FriendlyName": f"PhysicalDisk{row.number}",
        "IsIndicationEnabled": False,
        "IsPartial": True,
        "Model": row.product,
        "ObjectId": f"{{1}}{row.path}",
        "OperationalStatus": [2],
        "Usage": 1,
    }
