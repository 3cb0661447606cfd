# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the device list of a session names a disk, or the array's controller LU."""

from __future__ import annotations

from ..interface import LunPath, SessionDevice
from .device_names import friendly_name, interface_name, legacy_name
from .multipath_disk import MultipathDisk
from .plain_disk import PlainDisk

FILE_DEVICE_DISK = 7
FILE_DEVICE_CONTROLLER = 4
"""Device types of the Windows headers, as MSiSCSIInitiator_DeviceOnSession shows them (7 = disk)."""
_NO_NUMBER = 0xFFFFFFFF


def disk_on_session(lun_path: LunPath, disk: MultipathDisk | PlainDisk) -> SessionDevice:
    """Return the entry of a disk at one of its addresses."""
    return SessionDevice(
        address=lun_path.address,
        device_type=FILE_DEVICE_DISK,
        device_number=disk.drive_number,
        interface_name=interface_name(disk.instance_id),
        legacy_name=legacy_name(disk.drive_number),
        friendly_name=friendly_name(lun_path.unit, isinstance(disk, MultipathDisk)),
    )


def controller_on_session(lun_path: LunPath) -> SessionDevice:
    """Return the entry of a LUN that has no disk driver."""
    product = lun_path.unit.product.strip()
    return SessionDevice(lun_path.address, FILE_DEVICE_CONTROLLER, _NO_NUMBER, "", "", product)
