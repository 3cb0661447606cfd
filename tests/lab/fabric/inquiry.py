# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""INQUIRY data of the array: the standard page and the vital product data (SPC-4, 6.6 and 7.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .interface import LogicalUnit
from .ports import TargetPort
from .scsi import (
    DESIGNATOR_NAA,
    DESIGNATOR_NAME_STRING,
    DESIGNATOR_RELATIVE_TARGET_PORT,
    DESIGNATOR_TARGET_PORT_GROUP,
    INVALID_FIELD_IN_CDB,
    CheckCondition,
)

if TYPE_CHECKING:
    from .array import Array

_NO_UNIT = 0x7F
"""Peripheral qualifier 3 and type 1Fh: no logical unit can be here."""

_BINARY, _UTF8 = 1, 3
_ISCSI = 0x50
_OF_TARGET_PORT = 0x10
_PROTOCOL_VALID = 0x80


def standard_inquiry(unit: LogicalUnit | None, array: Array) -> bytes:
    """Return the standard page, 36 bytes; ``unit`` is None where there is no logical unit."""
    support = array.target_port_group_support << 4 if unit and unit.naa else 0
    return (
        # SPC-3; response data format 2 with HISUP; CMDQUE
        bytes((unit.device_type if unit else _NO_UNIT, 0, 0x05, 0x12, 31, support, 0, 0x02))
        + array.vendor.encode("ascii").ljust(8)[:8]
        + array.product.encode("ascii").ljust(16)[:16]
        + array.revision.encode("ascii").ljust(4)[:4]
    )


def vital_product_data(page: int, unit: LogicalUnit | None, port: TargetPort) -> bytes:
    """Return one page.

    Raises:
        CheckCondition: INVALID FIELD IN CDB, there is no such page
    """
    if page == 0x00:
        body = bytes((0x00, 0x80, 0x83, 0xB0))
    elif page == 0x80:
        body = (unit.serial if unit else "").encode("ascii")
    elif page == 0x83:
        body = _designators(unit, port)
    elif page == 0xB0:
        body = bytes(12)  # block limits as of SBC-2, none of them reported
    else:
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    kind = unit.device_type if unit else _NO_UNIT
    return bytes((kind, page)) + len(body).to_bytes(2, "big") + body


def _designators(unit: LogicalUnit | None, port: TargetPort) -> bytes:
    name = f"{port.target_name},t,0x{port.group_tag:04x}".encode() + b"\0"
    of_port = _PROTOCOL_VALID | _OF_TARGET_PORT
    parts = [
        _designator(_ISCSI | _BINARY, of_port | DESIGNATOR_RELATIVE_TARGET_PORT, port.number.to_bytes(4, "big")),
        _designator(_ISCSI | _BINARY, of_port | DESIGNATOR_TARGET_PORT_GROUP, port.port_group.to_bytes(4, "big")),
        _designator(_ISCSI | _UTF8, of_port | DESIGNATOR_NAME_STRING, name + bytes(-len(name) % 4)),
    ]
    if unit and unit.naa:
        parts.insert(0, _designator(_BINARY, DESIGNATOR_NAA, bytes.fromhex(unit.naa)))
    return b"".join(parts)


def _designator(code_set: int, kind: int, value: bytes) -> bytes:
    return bytes((code_set, kind, 0, len(value))) + value
