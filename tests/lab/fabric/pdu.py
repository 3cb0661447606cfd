# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iSCSI PDUs on a stream: the basic header segment, its data, and the digests of both (RFC 7143, 11)."""

from __future__ import annotations

import asyncio
from enum import IntEnum

from .crc32c import crc32c
from .interface import NO_DIGESTS, Digests
from .scsi import lun_field, lun_number

HEADER_LENGTH = 48
RESERVED_TAG = 0xFFFFFFFF

FINAL = 0x80
"""The F bit; in a login the T bit, transit."""
CONTINUE = 0x40
"""The C bit of text: the text goes on in the next PDU."""
READ = 0x40
WRITE = 0x20
"""R and W of a SCSI Command."""
SIMPLE_TASK = 0x01
OVERFLOW = 0x04
UNDERFLOW = 0x02
STATUS_PRESENT = 0x01
"""O and U of a response, S of a Data-In."""

TRANSFER_TAG = 20
EXPECTED_LENGTH = 20
REFERENCED_TAG = 20
COMMAND_NUMBER = 24
EXPECTED_STATUS_NUMBER = 28
STATUS_NUMBER = 24
EXPECTED_COMMAND_NUMBER = 28
MAX_COMMAND_NUMBER = 32
DATA_NUMBER = 36
BUFFER_OFFSET = 40
RESIDUAL = 44
DESIRED_LENGTH = 44
"""Offsets of 32 bit fields; several share a place because each PDU type has its own."""


class Opcode(IntEnum):
    """What a PDU is."""

    NOP_OUT = 0x00
    SCSI_COMMAND = 0x01
    TASK_MANAGEMENT = 0x02
    LOGIN = 0x03
    TEXT = 0x04
    DATA_OUT = 0x05
    LOGOUT = 0x06
    NOP_IN = 0x20
    SCSI_RESPONSE = 0x21
    TASK_MANAGEMENT_RESPONSE = 0x22
    LOGIN_RESPONSE = 0x23
    TEXT_RESPONSE = 0x24
    DATA_IN = 0x25
    LOGOUT_RESPONSE = 0x26
    R2T = 0x31
    ASYNC_MESSAGE = 0x32
    REJECT = 0x3F


class ProtocolError(Exception):
    """The other side broke RFC 7143; the connection ends."""


class Pdu:
    """One PDU; ``header`` may be edited until it is sent."""

    __slots__ = ("data", "header")

    def __init__(
        self,
        opcode: int,
        flags: int = 0,
        task_tag: int = RESERVED_TAG,
        data: bytes = b"",
        *,
        immediate: bool = False,
        lun: int | None = None,
    ) -> None:
        """Make a PDU with the fields that all types share."""
        self.header = bytearray(HEADER_LENGTH)
        self.header[0] = opcode | (0x40 if immediate else 0)
        self.header[1] = flags
        self.data = data
        self.put(16, task_tag)
        if lun is not None:
            self.header[8:16] = lun_field(lun)

    @property
    def opcode(self) -> int:
        """What the PDU is."""
        return self.header[0] & 0x3F

    @property
    def immediate(self) -> bool:
        """Whether the I bit is set: the command number is not consumed."""
        return bool(self.header[0] & 0x40)

    @property
    def flags(self) -> int:
        """The second byte."""
        return self.header[1]

    @property
    def task_tag(self) -> int:
        """The initiator task tag."""
        return self.get(16)

    @property
    def lun(self) -> int:
        """The LUN field as a number."""
        return lun_number(bytes(self.header[8:16]))

    def get(self, offset: int) -> int:
        """Return the 32 bit field at an offset."""
        return int.from_bytes(self.header[offset : offset + 4], "big")

    def put(self, offset: int, value: int) -> None:
        """Set the 32 bit field at an offset."""
        self.header[offset : offset + 4] = value.to_bytes(4, "big")

    def encode(self, digests: Digests = NO_DIGESTS) -> bytes:
        """Return the bytes of the PDU, padded to four."""
        self.header[4] = 0
        self.header[5:8] = len(self.data).to_bytes(3, "big")
        header, data = bytes(self.header), self.data + bytes(-len(self.data) % 4)
        if digests.header:
            header += crc32c(header)
        if digests.data and data:
            data += crc32c(data)
        return header + data


async def read_pdu(reader: asyncio.StreamReader, digests: Digests = NO_DIGESTS) -> Pdu:
    """Read one PDU; additional header segments are skipped.

    Raises:
        asyncio.IncompleteReadError: the connection ended
        ProtocolError: a digest is wrong
    """
    header = await reader.readexactly(HEADER_LENGTH)
    if header[4]:
        header += await reader.readexactly(header[4] * 4)
    await _check_digest(reader, header, digests.header)
    length = int.from_bytes(header[5:8], "big")
    body = await reader.readexactly(length + -length % 4) if length else b""
    await _check_digest(reader, body, digests.data and bool(body))
    pdu = Pdu(0)
    pdu.header[:] = header[:HEADER_LENGTH]
    pdu.data = body[:length]
    return pdu


async def _check_digest(reader: asyncio.StreamReader, covered: bytes, there: bool) -> None:
    if there and await reader.readexactly(4) != crc32c(covered):
        raise ProtocolError("a digest is wrong")  # error recovery level 0: the session ends (RFC 7143, 7.8)


def next_number(number: int) -> int:
    """Return the successor in 32 bit serial number arithmetic (RFC 1982)."""
    return (number + 1) & 0xFFFFFFFF


def follows(number: int, other: int) -> bool:
    """Whether ``number`` comes after ``other`` in serial number arithmetic."""
    return 0 < (number - other) & 0xFFFFFFFF < 0x80000000
