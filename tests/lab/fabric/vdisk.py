# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A virtual disk of the array and the bytes on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from .scsi import BLOCK_OUT_OF_RANGE, BLOCK_SIZE, CheckCondition

_CHUNK = 128 * BLOCK_SIZE


class Vdisk:
    """One virtual disk. All controllers and ports share it, so what one path wrote every other path reads.

    Storage is sparse: a disk of terabytes costs only what was written. Safe to use from several threads.
    """

    def __init__(self, name: str, naa: str, serial: str, blocks: int, owner: str) -> None:
        """Describe the disk.

        Args:
            name: the name in Command View
            naa: the NAA 6 designator, 32 lower-case hexadecimal digits
            serial: the unit serial number of VPD page 0x80
            blocks: size in blocks of 512 bytes
            owner: the controller that owns it, ``A`` or ``B``
        """
        self.name = name
        self.naa = naa
        self.serial = serial
        self.blocks = blocks
        self.owner = owner
        self._chunks: dict[int, bytearray] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Vdisk({self.name!r}, {self.naa}, {self.blocks} blocks)"

    def check_range(self, block: int, count: int) -> None:
        """Refuse what lies beyond the end.

        Raises:
            CheckCondition: LOGICAL BLOCK ADDRESS OUT OF RANGE
        """
        if block < 0 or count < 0 or block + count > self.blocks:
            raise CheckCondition(BLOCK_OUT_OF_RANGE)

    def read(self, block: int, count: int) -> bytes:
        """Return ``count`` blocks; what was never written reads as zeros."""
        self.check_range(block, count)
        parts = []
        with self._lock:
            for index, start, end in _pieces(block * BLOCK_SIZE, count * BLOCK_SIZE):
                chunk = self._chunks.get(index)
                parts.append(bytes(end - start) if chunk is None else bytes(chunk[start:end]))
        return b"".join(parts)

    def write(self, block: int, data: bytes) -> None:
        """Write whole blocks."""
        self.check_range(block, len(data) // BLOCK_SIZE)
        position = 0
        with self._lock:
            for index, start, end in _pieces(block * BLOCK_SIZE, len(data)):
                chunk = self._chunks.setdefault(index, bytearray(_CHUNK))
                chunk[start:end] = data[position : position + end - start]
                position += end - start


def _pieces(offset: int, length: int) -> Iterator[tuple[int, int, int]]:
    """Cut a range of bytes into (chunk, start in it, end in it)."""
    end = offset + length
    while offset < end:
        index, start = divmod(offset, _CHUNK)
        size = min(_CHUNK - start, end - offset)
        yield index, start, start + size
        offset += size
