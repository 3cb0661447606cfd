# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SCSI side of the array: what a command on a LUN answers (SPC-4, SBC-3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import port_groups
from .inquiry import standard_inquiry, vital_product_data
from .scsi import (
    BLOCK_SIZE,
    CONSOLE_LUN,
    INVALID_FIELD_IN_CDB,
    INVALID_OPERATION,
    LOGICAL_UNIT_NOT_SUPPORTED,
    NO_SENSE,
    READ_CAPACITY_16_ACTION,
    CheckCondition,
    Operation,
    lun_field,
)
from .sessions import TargetSession
from .vdisk import Vdisk

# SPC-4 5.8: these are processed while a unit attention waits, and do not take it.
_PAST_ATTENTION = (Operation.INQUIRY, Operation.REPORT_LUNS, Operation.REQUEST_SENSE)

_READS = (Operation.READ_10, Operation.READ_16)
_NEED_ACCESS = (Operation.TEST_UNIT_READY, *_READS, Operation.WRITE_10, Operation.WRITE_16)
"""What an access state transition refuses here; SPC-4 lets it refuse more."""

_MODE_PAGES = {
    0x08: b"\x08\x12\x04" + bytes(17),  # caching, write cache on
    0x0A: b"\x0a\x0a" + bytes(10),  # control
}
_ALL_PAGES = 0x3F
_DPO_AND_FUA = 0x10


@dataclass(frozen=True)
class Extent:
    """The blocks of a virtual disk that a command is about."""

    vdisk: Vdisk
    block: int
    count: int

    @property
    def length(self) -> int:
        """The size in bytes."""
        return self.count * BLOCK_SIZE


class DeviceServer:
    """Answers the commands of one session."""

    def __init__(self, session: TargetSession) -> None:
        """Serve a session with what its initiator name is presented at the time of each command."""
        self._session = session
        self._array = session.port.array

    def write_extent(self, lun: int, cdb: bytes) -> Extent | None:
        """Return where a WRITE wants to write, None for every other command.

        Raises:
            CheckCondition: the command cannot be done
        """
        if cdb[0] not in (Operation.WRITE_10, Operation.WRITE_16):
            return None
        vdisk = self._disk(lun, cdb[0])
        extent = _extent(vdisk, cdb)
        self._array.ownership.count_io(vdisk, self._session.port.controller)
        return extent

    def execute(self, lun: int, cdb: bytes) -> bytes:
        """Return the data of a command that takes none.

        Raises:
            CheckCondition: with the sense to answer
        """
        if cdb[0] == Operation.INQUIRY:
            return self._inquiry(lun, cdb)
        if cdb[0] == Operation.REPORT_LUNS:
            return self._report_luns(cdb)
        if cdb[0] == Operation.REQUEST_SENSE:
            return self._request_sense(lun)[: cdb[4]]
        vdisk = self._unit(lun, cdb[0])
        if cdb[0] == Operation.TEST_UNIT_READY:
            return b""
        if vdisk and cdb[0] == Operation.MAINTENANCE_IN and not self._array.hides_port_groups:
            return self._report_port_groups(vdisk, cdb)
        handler = _DISK_COMMANDS.get(cdb[0])
        if vdisk is None or handler is None:
            raise CheckCondition(INVALID_OPERATION)
        data = handler(vdisk, cdb)
        if cdb[0] in _READS:
            self._array.ownership.count_io(vdisk, self._session.port.controller)
        return data

    def _unit(self, lun: int, operation: int) -> Vdisk | None:
        """Return the disk of a LUN, None for the controller's LUN; a waiting unit attention comes first."""
        vdisk = self._array.presented_to(self._session.initiator).get(lun)
        if vdisk is None and lun != CONSOLE_LUN:
            raise CheckCondition(LOGICAL_UNIT_NOT_SUPPORTED)
        attention = None
        if operation not in _PAST_ATTENTION:
            attention = self._array.sessions.take_attention(self._session, lun)
        if attention:
            raise CheckCondition(attention)
        if vdisk and operation in _NEED_ACCESS:
            self._array.ownership.check_access(vdisk)
        return vdisk

    def _disk(self, lun: int, operation: int) -> Vdisk:
        vdisk = self._unit(lun, operation)
        if vdisk is None:
            raise CheckCondition(INVALID_OPERATION)
        return vdisk

    def _inquiry(self, lun: int, cdb: bytes) -> bytes:
        port = self._session.port
        unit = next((u for u in self._array.logical_units(self._session.initiator, port) if u.lun == lun), None)
        allocation = int.from_bytes(cdb[3:5], "big")
        if cdb[1] & 1:
            return vital_product_data(cdb[2], unit, port)[:allocation]
        if cdb[2]:
            raise CheckCondition(INVALID_FIELD_IN_CDB)
        return standard_inquiry(unit, self._array)[:allocation]

    def _report_luns(self, cdb: bytes) -> bytes:
        luns = (unit.lun for unit in self._array.logical_units(self._session.initiator, self._session.port))
        encoded = b"".join(lun_field(lun) for lun in luns)
        return (len(encoded).to_bytes(4, "big") + bytes(4) + encoded)[: int.from_bytes(cdb[6:10], "big")]

    def _report_port_groups(self, vdisk: Vdisk, cdb: bytes) -> bytes:
        if cdb[1] & 0x1F != port_groups.SERVICE_ACTION:
            raise CheckCondition(INVALID_FIELD_IN_CDB)
        try:
            data = port_groups.report(self._array.ownership.port_groups(vdisk), cdb[1] >> 5)
        except ValueError:
            raise CheckCondition(INVALID_FIELD_IN_CDB) from None
        return data[: int.from_bytes(cdb[6:10], "big")]

    def _request_sense(self, lun: int) -> bytes:
        try:
            self._unit(lun, Operation.TEST_UNIT_READY)
        except CheckCondition as waiting:
            return waiting.sense.encode()
        return NO_SENSE.encode()


def _extent(vdisk: Vdisk, cdb: bytes) -> Extent:
    if cdb[0] in (Operation.READ_10, Operation.WRITE_10):
        block, count = int.from_bytes(cdb[2:6], "big"), int.from_bytes(cdb[7:9], "big")
    else:
        block, count = int.from_bytes(cdb[2:10], "big"), int.from_bytes(cdb[10:14], "big")
    if cdb[1] & 0xE0:  # RDPROTECT and WRPROTECT: the disks carry no protection information
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    vdisk.check_range(block, count)
    return Extent(vdisk, block, count)


def _nothing(vdisk: Vdisk, cdb: bytes) -> bytes:
    return b""


def _read(vdisk: Vdisk, cdb: bytes) -> bytes:
    extent = _extent(vdisk, cdb)
    return vdisk.read(extent.block, extent.count)


def _read_capacity_10(vdisk: Vdisk, cdb: bytes) -> bytes:
    return min(vdisk.blocks - 1, 0xFFFFFFFF).to_bytes(4, "big") + BLOCK_SIZE.to_bytes(4, "big")


def _service_action_in(vdisk: Vdisk, cdb: bytes) -> bytes:
    if cdb[1] & 0x1F != READ_CAPACITY_16_ACTION:
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    data = (vdisk.blocks - 1).to_bytes(8, "big") + BLOCK_SIZE.to_bytes(4, "big") + bytes(20)
    return data[: int.from_bytes(cdb[10:14], "big")]


def _mode_sense(vdisk: Vdisk, cdb: bytes) -> bytes:
    page = cdb[2] & 0x3F
    if (page not in _MODE_PAGES and page != _ALL_PAGES) or cdb[3]:
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    body = b"".join(data for number, data in _MODE_PAGES.items() if page in (number, _ALL_PAGES))
    if cdb[0] == Operation.MODE_SENSE_6:
        return (bytes((3 + len(body), 0, _DPO_AND_FUA, 0)) + body)[: cdb[4]]
    header = (6 + len(body)).to_bytes(2, "big") + bytes((0, _DPO_AND_FUA)) + bytes(4)
    return (header + body)[: int.from_bytes(cdb[7:9], "big")]


_DISK_COMMANDS: dict[int, Callable[[Vdisk, bytes], bytes]] = {
    Operation.START_STOP_UNIT: _nothing,
    Operation.SYNCHRONIZE_CACHE_10: _nothing,
    Operation.SYNCHRONIZE_CACHE_16: _nothing,
    Operation.READ_10: _read,
    Operation.READ_16: _read,
    Operation.READ_CAPACITY_10: _read_capacity_10,
    Operation.SERVICE_ACTION_IN_16: _service_action_in,
    Operation.MODE_SENSE_6: _mode_sense,
    Operation.MODE_SENSE_10: _mode_sense,
}
