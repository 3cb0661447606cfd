# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every disk of a server as one row, whichever class shows it."""

from __future__ import annotations

from dataclasses import dataclass

from ..interface import LunPath, ScsiAddress
from ..storage.device_names import friendly_name, interface_name, serial_number
from ..storage.disks import Disks
from ..storage.layouts import SYSTEM_LETTER
from ..storage.mpio import identity_of
from ..storage.multipath_disk import MultipathDisk
from ..storage.plain_disk import PlainDisk

BUS_TYPE_SAS = 10
BUS_TYPE_ISCSI = 9
BUS_TYPE_FIBRE_CHANNEL = 6
"""MSFT_Disk.BusType (windows-driver-docs, msft-disk)."""


@dataclass(frozen=True)
class DiskRow:
    """One disk device."""

    number: int
    caption: str
    vendor: str
    product: str
    revision: str
    serial: str
    unique_id: str
    unique_id_format: int
    """MSFT_Disk.UniqueIdFormat: 0 specific to the vendor, 3 FCPH name, which is an NAA id."""
    instance_id: str
    address: ScsiAddress
    bus_type: int
    blocks: int
    block_size: int
    partitions: int
    identity: str = ""
    """What tells a LUN from others, empty for a disk that is none."""
    letters: tuple[str, ...] = ()
    """Letters of its volumes, by partition."""
    offline: bool = False
    clustered: bool = False
    holds_system: bool = False

    @property
    def size(self) -> int:
        """Capacity in bytes."""
        return self.blocks * self.block_size

    @property
    def path(self) -> str:
        """Device interface."""
        return interface_name(self.instance_id)


_SYSTEM_DISK = DiskRow(
    number=0,
    caption="HP LOGICAL VOLUME SCSI Disk Device",
    vendor="HP",
    product="LOGICAL VOLUME",
    revision="6.64",
    serial="5001438023D6E050",
    unique_id="600508B1001C5B1A6E8F2D3C4A5B6C7D",
    unique_id_format=3,
    instance_id=r"SCSI\Disk&Ven_HP&Prod_LOGICAL_VOLUME\5&3b1c42e7&0&000000",
    address=ScsiAddress(0, 0, 0, 0),
    bus_type=BUS_TYPE_SAS,
    blocks=286677120,
    block_size=512,
    partitions=2,
    letters=(SYSTEM_LETTER,),
    holds_system=True,
)
"""The disk Windows is installed on: a local logical drive, foreign to everything this collection manages."""


def disk_rows(disks: Disks) -> list[DiskRow]:
    """Return all disks by their PhysicalDrive number."""
    with disks.lock:
        found = [_SYSTEM_DISK]
        found += [_row(disks, disk, _path(disk)) for disk in disks.mpio.disks]
        found += [_row(disks, disk, disk.lun_path) for disk in disks.plain_disks()]
        return sorted(found, key=lambda row: row.number)


def _path(disk: MultipathDisk) -> LunPath:
    """Return one path: vds.exe finds the descriptor of a disk by its address."""
    usable = [path for path in disk.paths if not path.failed] or disk.paths
    return usable[0].lun_path


def _row(disks: Disks, disk: MultipathDisk | PlainDisk, lun_path: LunPath) -> DiskRow:
    unit, identity = disk.unit, identity_of(disk.unit)
    layout = disks.layouts.of(identity)
    opened = disks.opened_device(identity) if layout.mounted else None
    mounted_here = opened is not None and opened.drive_number == disk.drive_number
    return DiskRow(
        number=disk.drive_number,
        caption=friendly_name(unit, isinstance(disk, MultipathDisk)),
        vendor=unit.vendor.strip(),
        product=unit.product.strip(),
        revision=unit.revision.strip(),
        serial=unit.serial.strip(),
        unique_id=serial_number(unit),
        unique_id_format=3 if unit.naa else 0,
        instance_id=disk.instance_id,
        address=lun_path.address,
        # That of an MPIO disk is the bus of a path: nothing was published on a disk with paths of two kinds.
        bus_type=BUS_TYPE_ISCSI if lun_path.iscsi else BUS_TYPE_FIBRE_CHANNEL,
        blocks=unit.blocks,
        block_size=unit.block_size,
        partitions=layout.partitions,
        identity=identity,
        letters=layout.mounted if mounted_here else (),
        offline=layout.offline,
        clustered=layout.clustered,
    )
