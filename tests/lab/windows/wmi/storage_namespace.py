# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MSFT_Disk and MSFT_PhysicalDisk of root/Microsoft/Windows/Storage, from Server 2012 on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...winrm.interface import WmiClass, WmiObject, WmiValue
from ..storage.disks import Disks
from .disk_rows import DiskRow, disk_rows
from .wdm import alphabetical, ordered

NAMESPACE = "root/Microsoft/Windows/Storage"
_MASTER_BOOT_RECORD = 1
_RAW = 0
_ONLINE = {(6, 2): 1}
_ONLINE_SINCE_6_3 = 0xD010
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


def classes(disks: Disks) -> list[tuple[str, WmiClass]]:
    """Return both classes with their namespace."""
    return [
        (NAMESPACE, _class(disks, "MSFT_Disk", _DISK_PROPERTIES, _disk)),
        (NAMESPACE, _class(disks, "MSFT_PhysicalDisk", _PHYSICAL_DISK_PROPERTIES, _physical_disk)),
    ]


def _class(
    disks: Disks, name: str, properties: tuple[str, ...], values: Callable[[Disks, DiskRow], dict[str, WmiValue]]
) -> WmiClass:
    def instances() -> Sequence[WmiObject]:
        return [ordered(name, {**dict.fromkeys(properties), **values(disks, row)}) for row in disk_rows(disks)]

    return WmiClass(name, ("ObjectId",), properties, instances, base="MSFT_StorageObject")


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
    return {
        **_common(disks, row),
        "AllocatedSize": row.size if row.partitions else 0,
        "BootFromDisk": row.holds_system,
        "FriendlyName": row.caption,
        "IsBoot": row.holds_system,
        "IsClustered": False,
        "IsOffline": False,
        "IsReadOnly": False,
        "IsSystem": row.holds_system,
        "LargestFreeExtent": 0,
        "Model": row.product,
        "Number": row.number,
        "NumberOfPartitions": row.partitions,
        "ObjectId": row.path,
        "OperationalStatus": _ONLINE.get(disks.release.major_minor, _ONLINE_SINCE_6_3),
        "PartitionStyle": _MASTER_BOOT_RECORD if row.partitions else _RAW,
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
