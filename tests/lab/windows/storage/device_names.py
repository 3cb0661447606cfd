# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names Windows gives to disks: device instances, interfaces, friendly names, sizes."""

from __future__ import annotations

from ...fabric.interface import LogicalUnit
from ..interface import ScsiAddress

DISK_INTERFACE_GUID = "{53f56307-b6bf-11d0-94f2-00a0c91efb8b}"
"""GUID_DEVINTERFACE_DISK of the Windows headers."""
_MPIO_PARENT = "1&7f6ac24&"
"""The part of an MPIO disk's instance id that stands for the MPIO bus, followed by a number that is 0; the same on all
recorded hosts."""


def serial_number(unit: LogicalUnit) -> str:
    """Return what MPIO shows as serial number: the page 0x83 identifier, or page 0x80 where there is none."""
    return (unit.naa or unit.serial).upper()


def mpio_instance_id(unit: LogicalUnit, ordinal: int = 0) -> str:
    """Return an MPIO disk's device instance: the tail is the identifier's ASCII in hexadecimal (recorded hosts).

    How Windows tells two disks apart that two DSMs make of one LUN is the lab's guess: by the number ``ordinal``.
    """
    tail = serial_number(unit).encode("ascii", "replace").hex()
    device = f"Disk&Ven_{_pnp(unit.vendor)}&Prod_{_pnp(unit.product)}&Rev_{_pnp(unit.revision)}"
    return rf"MPIO\{device}\{_MPIO_PARENT}{ordinal}&{tail}"


def plain_instance_id(unit: LogicalUnit, address: ScsiAddress) -> str:
    """Return a plain SCSI disk's device instance; its tail tells bus, target and LUN, a byte each."""
    tail = f"{address.bus:02x}{address.target:02x}{address.lun:02x}"
    return rf"SCSI\Disk&Ven_{_pnp(unit.vendor)}&Prod_{_pnp(unit.product)}\{address.port}&1c121344&0&{tail}"


def interface_name(instance_id: str) -> str:
    r"""Return the device interface of a disk, as ``\\?\mpio#disk&...#{guid}``."""
    return "\\\\?\\" + instance_id.lower().replace("\\", "#") + "#" + DISK_INTERFACE_GUID


def legacy_name(number: int) -> str:
    r"""Return ``\\.\PhysicalDriveN``."""
    return rf"\\.\PhysicalDrive{number}"


def friendly_name(unit: LogicalUnit, multipath: bool) -> str:
    """Return the name the device manager shows."""
    words = " ".join(part for part in (unit.vendor.strip(), unit.product.strip()) if part)
    return f"{words}  Multi-Path Disk Device" if multipath else f"{words} SCSI Disk Device"


def _pnp(text: str) -> str:
    """Plug and Play replaces blanks inside an INQUIRY string by underscores and drops those at its end."""
    return text.strip().replace(" ", "_")
