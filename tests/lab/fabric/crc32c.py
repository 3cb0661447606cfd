# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CRC32C, the one digest of iSCSI (RFC 7143, 13.1; examples in RFC 7143, B.4)."""

from __future__ import annotations

_POLYNOMIAL = 0x82F63B78
"""0x11EDC6F41 with its bits in the order of the wire."""


def _table() -> tuple[int, ...]:
    entries = []
    for value in range(256):
        for _unused in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        entries.append(value)
    return tuple(entries)


_TABLE = _table()


def crc32c(data: bytes) -> bytes:
    """Return the four bytes of a digest as they are sent."""
    remainder = 0xFFFFFFFF
    for byte in data:
        remainder = remainder >> 8 ^ _TABLE[(remainder ^ byte) & 0xFF]
    return (remainder ^ 0xFFFFFFFF).to_bytes(4, "little")
