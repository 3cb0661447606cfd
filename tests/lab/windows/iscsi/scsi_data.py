# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bytes that INQUIRY, READ CAPACITY(16) and REPORT LUNS return for what a session shows (SPC-3, SBC-3)."""

from __future__ import annotations

from ...fabric.interface import LogicalUnit
from .failures import InitiatorError
from .model import Session
from .status import Status

_STANDARD_LENGTH = 36
_SUPPORTED_PAGES = b"\x00\x80\x83"


def _unit(session: Session, lun: int) -> LogicalUnit:
    """Find a LUN by its eight bytes as a number or by its plain number.

    Raises:
        InitiatorError: NO_CONNECTION_AVAILABLE, SCSI_REQUEST_FAILED
    """
    if not session.connected:
        raise InitiatorError(Status.NO_CONNECTION_AVAILABLE)
    for unit in session.units:
        if lun in (unit.lun, unit.lun << 48):
            return unit
    raise InitiatorError(Status.SCSI_REQUEST_FAILED)


def report_luns(session: Session) -> bytes:
    """Return the parameter data of REPORT LUNS."""
    if not session.connected:
        raise InitiatorError(Status.NO_CONNECTION_AVAILABLE)
    luns = b"".join((unit.lun << 48).to_bytes(8, "big") for unit in session.units)
    return len(luns).to_bytes(4, "big") + bytes(4) + luns


def read_capacity(session: Session, lun: int) -> bytes:
    """Return the parameter data of READ CAPACITY(10)."""
    unit = _unit(session, lun)
    last = min(max(unit.blocks - 1, 0), 0xFFFFFFFF)
    return last.to_bytes(4, "big") + unit.block_size.to_bytes(4, "big")


def inquiry(session: Session, lun: int, evpd: int, page: int) -> bytes:
    """Return the standard data or one of the pages 0x00, 0x80 and 0x83.

    Raises:
        InitiatorError: SCSI_REQUEST_FAILED for a page or LUN that is not there.
    """
    unit = _unit(session, lun)
    if not evpd & 1:
        return _standard_data(unit)
    if page == 0x00:
        body = _SUPPORTED_PAGES
    elif page == 0x80:
        body = unit.serial.encode("ascii", errors="replace")
    elif page == 0x83:
        body = _identification(unit)
    else:
        raise InitiatorError(Status.SCSI_REQUEST_FAILED)
    return bytes((unit.device_type, page)) + len(body).to_bytes(2, "big") + body


def _standard_data(unit: LogicalUnit) -> bytes:
    texts = unit.vendor.ljust(8)[:8] + unit.product.ljust(16)[:16] + unit.revision.ljust(4)[:4]
    header = bytes((unit.device_type, 0, 5, 0x12, _STANDARD_LENGTH - 5, 0, 0, 2))
    return header + texts.encode("ascii", errors="replace")


def _identification(unit: LogicalUnit) -> bytes:
    body = b""
    if unit.naa is not None:
        naa = bytes.fromhex(unit.naa)
        body += bytes((0x01, 0x03, 0x00, len(naa))) + naa
    if unit.relative_target_port is not None:
        body += bytes((0x51, 0x94, 0x00, 4, 0, 0)) + unit.relative_target_port.to_bytes(2, "big")
    if unit.target_port_group is not None:
        body += bytes((0x51, 0x95, 0x00, 4, 0, 0)) + unit.target_port_group.to_bytes(2, "big")
    return body
