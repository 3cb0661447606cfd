# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hardware ids of storage devices and how the claim lists match them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...fabric.interface import LogicalUnit

VENDOR_WIDTH = 8
PRODUCT_WIDTH = 16
ISCSI_BUS_TYPE_ID = "MSFT2005iSCSIBusType_0x9"
"""Claims every LUN that arrives over iSCSI (Enable-MSDSMAutomaticClaim of Microsoft's MPIO module)."""
PLACEHOLDER_ID = "Vendor 8Product       16"
"""Stands in the lists of a new installation and matches nothing."""


def hardware_id(vendor: str, product: str) -> str:
    """Return INQUIRY vendor and product blank-padded to 8 and 16 characters (mpclaim help: vendor8product16)."""
    return vendor[:VENDOR_WIDTH].ljust(VENDOR_WIDTH) + product[:PRODUCT_WIDTH].ljust(PRODUCT_WIDTH)


def unit_hardware_id(unit: LogicalUnit) -> str:
    """Return the hardware id of a logical unit."""
    return hardware_id(unit.vendor, unit.product)


def entries_in_force(entries: Sequence[str] | None) -> tuple[str, ...]:
    """Return the entries up to the first empty string, where the scan stops (sample DSM, DsmpFindSupportedDevice)."""
    found: list[str] = []
    for entry in entries or ():
        if not entry:
            break
        found.append(entry)
    return tuple(found)


def matches(entry: str, device_id: str) -> bool:
    """Whether a list entry covers a 24-character id: equal, or a prefix of it, letter case aside (sample DSM)."""
    return device_id.lower().startswith(entry.lower())


def is_bus_type(entry: str) -> bool:
    """Whether a list entry stands for whatever comes over iSCSI."""
    return entry.lower() == ISCSI_BUS_TYPE_ID.lower()


def is_listed(entries: Iterable[str], device_id: str, iscsi: bool = True) -> bool:
    """Whether a device with this id is covered by a list; ``iscsi``: whether it came over iSCSI."""
    return any(matches(entry, device_id) or (iscsi and is_bus_type(entry)) for entry in entries)


def common(first: str, second: str) -> str | None:
    """Return the entry that covers what two entries both cover, None where that is nothing."""
    if is_bus_type(first) or matches(first, second):
        return second
    return first if is_bus_type(second) or matches(second, first) else None
