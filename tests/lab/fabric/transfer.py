# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Data of SCSI commands on their way: Data-In, R2T and what arrives as Data-Out (RFC 7143, 11.7 and 11.8)."""

from __future__ import annotations

from collections.abc import Iterator

from .device import Extent
from .pdu import (
    BUFFER_OFFSET,
    DATA_NUMBER,
    DESIRED_LENGTH,
    FINAL,
    OVERFLOW,
    RESIDUAL,
    STATUS_PRESENT,
    TRANSFER_TAG,
    UNDERFLOW,
    Opcode,
    Pdu,
    ProtocolError,
)
from .text import Parameters


def residual(expected: int, actual: int) -> tuple[int, int]:
    """Return the flag and the count of a length that was not the expected one."""
    if actual > expected:
        return OVERFLOW, actual - expected
    return (UNDERFLOW, expected - actual) if actual < expected else (0, 0)


def data_in(task_tag: int, data: bytes, expected: int, parameters: Parameters) -> Iterator[Pdu]:
    """Yield the Data-In PDUs of a read that moves at least one byte; the last one carries the status GOOD."""
    flag, count = residual(expected, len(data))
    data = data[:expected]
    offset = number = 0
    while offset < len(data):
        room = parameters.max_burst - offset % parameters.max_burst
        part = data[offset : offset + min(parameters.max_send, room)]
        end = offset + len(part)
        last = end == len(data)
        ends_burst = last or end % parameters.max_burst == 0
        pdu = Pdu(Opcode.DATA_IN, FINAL if ends_burst else 0, task_tag, part)
        pdu.put(TRANSFER_TAG, 0xFFFFFFFF)
        pdu.put(DATA_NUMBER, number)
        pdu.put(BUFFER_OFFSET, offset)
        if last:
            pdu.header[1] |= STATUS_PRESENT | flag
            pdu.put(RESIDUAL, count)
        yield pdu
        offset, number = end, number + 1


class WriteTask:
    """A WRITE whose data is arriving, in order."""

    def __init__(self, command: Pdu, extent: Extent, expected: int) -> None:
        """Begin with the immediate data of the command; ``expected`` is its expected data transfer length."""
        self.task_tag = command.task_tag
        self.extent = extent
        self.residual = residual(expected, extent.length)
        self._lun = command.lun
        self._wanted = min(expected, extent.length)
        self._data = bytearray(command.data[: self._wanted])
        self._requests = 0
        self._next_data_number = 0

    @property
    def complete(self) -> bool:
        """Whether all data is there."""
        return len(self._data) >= self._wanted

    def take(self, pdu: Pdu) -> None:
        """Take a Data-Out.

        Raises:
            ProtocolError: it is out of order, which only a fault of the initiator explains on TCP
        """
        if pdu.get(DATA_NUMBER) != self._next_data_number or pdu.get(BUFFER_OFFSET) != len(self._data):
            raise ProtocolError("a Data-Out PDU is out of order")
        self._data += pdu.data
        self._next_data_number = 0 if pdu.flags & FINAL else self._next_data_number + 1

    def request(self, max_burst: int) -> Pdu:
        """Return the R2T for what comes next."""
        pdu = Pdu(Opcode.R2T, FINAL, self.task_tag, lun=self._lun)
        pdu.put(TRANSFER_TAG, self._requests)
        pdu.put(DATA_NUMBER, self._requests)
        pdu.put(BUFFER_OFFSET, len(self._data))
        pdu.put(DESIRED_LENGTH, min(self._wanted - len(self._data), max_burst))
        self._requests += 1
        return pdu

    def store(self) -> None:
        """Write the whole blocks that arrived."""
        self.extent.vdisk.write(self.extent.block, bytes(self._data[: self._wanted]))
