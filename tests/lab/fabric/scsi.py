# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both ends of the SCSI conversation agree on: operation codes, sense data, descriptors (SPC-4, SBC-3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from .interface import FabricError

BLOCK_SIZE = 512
"""Bytes in a logical block."""

DISK = 0x00
ARRAY_CONTROLLER = 0x0C
"""Peripheral device types (SPC-4, table 141)."""

CONSOLE_LUN = 0
"""The EVA's controller shows itself here to every host (IBM FlashSystem documentation, "EVA logical unit
presentation")."""

STATUS_GOOD = 0x00
STATUS_CHECK_CONDITION = 0x02

DESIGNATOR_NAA = 3
DESIGNATOR_RELATIVE_TARGET_PORT = 4
DESIGNATOR_TARGET_PORT_GROUP = 5
DESIGNATOR_NAME_STRING = 8
"""Designator types of VPD page 0x83 (SPC-4, 7.8.6)."""


class Operation(IntEnum):
    """Operation codes of the commands that the lab's array knows."""

    TEST_UNIT_READY = 0x00
    REQUEST_SENSE = 0x03
    INQUIRY = 0x12
    MODE_SENSE_6 = 0x1A
    START_STOP_UNIT = 0x1B
    READ_CAPACITY_10 = 0x25
    READ_10 = 0x28
    WRITE_10 = 0x2A
    SYNCHRONIZE_CACHE_10 = 0x35
    MODE_SENSE_10 = 0x5A
    READ_16 = 0x88
    WRITE_16 = 0x8A
    SYNCHRONIZE_CACHE_16 = 0x91
    SERVICE_ACTION_IN_16 = 0x9E
    REPORT_LUNS = 0xA0
    MAINTENANCE_IN = 0xA3


READ_CAPACITY_16_ACTION = 0x10
"""Service action of SERVICE ACTION IN(16) (SBC-3, 5.16)."""


@dataclass(frozen=True)
class Sense:
    """Sense key, additional sense code and its qualifier."""

    key: int
    code: int
    qualifier: int = 0

    def encode(self) -> bytes:
        """Return fixed format sense data, 18 bytes (SPC-4, 4.5.3)."""
        return bytes((0x70, 0, self.key, 0, 0, 0, 0, 10, 0, 0, 0, 0, self.code, self.qualifier, 0, 0, 0, 0))

    @classmethod
    def decode(cls, data: bytes) -> Sense:
        """Read fixed format sense data; what is missing counts as 0."""
        padded = data.ljust(18, b"\0")
        return cls(padded[2] & 0x0F, padded[12], padded[13])


NO_SENSE = Sense(0, 0)
INVALID_OPERATION = Sense(5, 0x20)
BLOCK_OUT_OF_RANGE = Sense(5, 0x21)
INVALID_FIELD_IN_CDB = Sense(5, 0x24)
LOGICAL_UNIT_NOT_SUPPORTED = Sense(5, 0x25)
ACCESS_TRANSITION = Sense(2, 0x04, 0x0A)
POWER_ON_OR_RESET = Sense(6, 0x29)
ACCESS_STATE_CHANGED = Sense(6, 0x2A, 0x06)
REPORTED_LUNS_CHANGED = Sense(6, 0x3F, 0x0E)

UNIT_ATTENTION = 6
"""The sense key that only asks for the command once more."""


class CheckCondition(FabricError):
    """The array ended a command with CHECK CONDITION; the path itself is sound."""

    def __init__(self, sense: Sense) -> None:
        """Keep what the sense data said."""
        self.sense = sense
        super().__init__(f"the array refused a command: sense {sense.key:x}/{sense.code:02x}/{sense.qualifier:02x}")


def lun_field(lun: int) -> bytes:
    """Encode a LUN of 0 to 16383 in eight bytes: peripheral, from 256 on flat space addressing (SAM-5, 4.7.7)."""
    return (lun if lun < 256 else 0x4000 | lun).to_bytes(2, "big") + bytes(6)


def lun_number(encoded: bytes) -> int:
    """Decode the first level of an eight byte LUN field."""
    return int.from_bytes(encoded[:2], "big") & 0x3FFF
