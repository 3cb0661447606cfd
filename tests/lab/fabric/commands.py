# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SCSI commands that a server sends: finding its LUNs, reading and writing (SPC-4, SBC-3)."""

from __future__ import annotations

from . import port_groups
from .addresses import parse_portal_group
from .initiator import InitiatorConnection
from .interface import ConnectionLost, DiscoveredPortal, DiscoveredTarget, LogicalUnit, PortGroup
from .pdu import FINAL, RESERVED_TAG, TRANSFER_TAG, Opcode, Pdu
from .scsi import (
    BLOCK_SIZE,
    CONSOLE_LUN,
    DESIGNATOR_NAA,
    DESIGNATOR_RELATIVE_TARGET_PORT,
    DESIGNATOR_TARGET_PORT_GROUP,
    DISK,
    READ_CAPACITY_16_ACTION,
    UNIT_ATTENTION,
    CheckCondition,
    Operation,
    lun_number,
)
from .text import decode_text, encode_text

_INQUIRY_LENGTH = 1024
_REPORT_LENGTH = 8 + 256 * 8
_MAX_ATTENTIONS = 16
_OF_UNIT, _OF_TARGET_PORT = 0, 1


async def send_targets(connection: InitiatorConnection) -> tuple[DiscoveredTarget, ...]:
    """Ask a discovery session for all targets (RFC 7143, appendix C).

    Raises:
        ConnectionLost: it ended, or the answer is malformed
    """
    pdu = Pdu(Opcode.TEXT, FINAL, data=encode_text([("SendTargets", "All")]))
    pdu.put(TRANSFER_TAG, RESERVED_TAG)
    answer = await connection.request(pdu)
    portals: dict[str, list[DiscoveredPortal]] = {}
    name = ""
    try:
        for key, value in decode_text(answer.data):
            if key == "TargetName":
                name = value
                portals.setdefault(name, [])
            elif key == "TargetAddress":
                portals[name].append(DiscoveredPortal(*parse_portal_group(value)))
    except (KeyError, ValueError) as error:
        raise ConnectionLost(f"the answer to SendTargets is malformed: {error}") from None
    return tuple(DiscoveredTarget(name, tuple(found)) for name, found in portals.items())


async def logical_units(connection: InitiatorConnection) -> tuple[LogicalUnit, ...]:
    """Ask for all LUNs and what they are.

    Raises:
        ConnectionLost, CheckCondition
    """
    return tuple([await _logical_unit(connection, lun) for lun in await report_luns(connection)])


async def report_luns(connection: InitiatorConnection) -> list[int]:
    """Return the LUN numbers that the target reports."""
    cdb = bytes((Operation.REPORT_LUNS, 0, 0, 0, 0, 0)) + _REPORT_LENGTH.to_bytes(4, "big") + bytes(2)
    data = await run(connection, CONSOLE_LUN, cdb, expect=_REPORT_LENGTH)
    end = 8 + int.from_bytes(data[:4], "big")
    return sorted(lun_number(data[at : at + 8]) for at in range(8, min(end, len(data)), 8))


async def inquiry(connection: InitiatorConnection, lun: int, page: int | None = None) -> bytes:
    """Return the standard INQUIRY data, or one page of the vital product data."""
    cdb = bytes((Operation.INQUIRY, 0 if page is None else 1, page or 0)) + _INQUIRY_LENGTH.to_bytes(2, "big") + b"\0"
    return await run(connection, lun, cdb, expect=_INQUIRY_LENGTH)


async def read_capacity(connection: InitiatorConnection, lun: int) -> tuple[int, int]:
    """Return the number of blocks and the size of one, by READ CAPACITY(16)."""
    cdb = (
        bytes((Operation.SERVICE_ACTION_IN_16, READ_CAPACITY_16_ACTION)) + bytes(8) + (32).to_bytes(4, "big") + bytes(2)
    )
    data = await run(connection, lun, cdb, expect=32)
    return int.from_bytes(data[:8], "big") + 1, int.from_bytes(data[8:12], "big")


async def target_port_groups(connection: InitiatorConnection, lun: int) -> tuple[PortGroup, ...]:
    """Ask for the access states of a LUN.

    Raises:
        ConnectionLost: it ended, or the answer is malformed
        CheckCondition: the target does not know the command
    """
    cdb = bytes((Operation.MAINTENANCE_IN, port_groups.SERVICE_ACTION, 0, 0, 0, 0))
    cdb += _INQUIRY_LENGTH.to_bytes(4, "big") + bytes(2)
    data = await run(connection, lun, cdb, expect=_INQUIRY_LENGTH)
    try:
        return port_groups.read_report(data)
    except (IndexError, ValueError) as error:
        raise ConnectionLost(f"the answer to REPORT TARGET PORT GROUPS is malformed: {error}") from None


async def read(connection: InitiatorConnection, lun: int, block: int, count: int) -> bytes:
    """Read blocks."""
    return await run(connection, lun, _block_cdb(Operation.READ_10, block, count), expect=count * BLOCK_SIZE)


async def write(connection: InitiatorConnection, lun: int, block: int, data: bytes) -> None:
    """Write whole blocks."""
    await run(connection, lun, _block_cdb(Operation.WRITE_10, block, len(data) // BLOCK_SIZE), data=data)


async def run(connection: InitiatorConnection, lun: int, cdb: bytes, *, expect: int = 0, data: bytes = b"") -> bytes:
    """Run a command, again after each unit attention, as a disk driver does.

    Raises:
        ConnectionLost, CheckCondition
    """
    for _unused in range(_MAX_ATTENTIONS):
        try:
            return await connection.command(lun, cdb, expect=expect, data=data)
        except CheckCondition as condition:
            if condition.sense.key != UNIT_ATTENTION:
                raise
    return await connection.command(lun, cdb, expect=expect, data=data)


async def _logical_unit(connection: InitiatorConnection, lun: int) -> LogicalUnit:
    standard = await inquiry(connection, lun)
    serial = await inquiry(connection, lun, 0x80)
    found = designators(await inquiry(connection, lun, 0x83))
    device_type, support = standard[0] & 0x1F, standard[5] >> 4 & 3
    blocks, block_size = await read_capacity(connection, lun) if device_type == DISK else (0, BLOCK_SIZE)
    names = [value for association, kind, value in found if (association, kind) == (_OF_UNIT, DESIGNATOR_NAA)]
    return LogicalUnit(
        lun=lun,
        device_type=device_type,
        vendor=_text(standard[8:16]),
        product=_text(standard[16:32]),
        revision=_text(standard[32:36]),
        serial=_text(serial[4:]),
        naa=max(names, key=len).hex() if names else None,
        target_port_group=_of_port(found, DESIGNATOR_TARGET_PORT_GROUP),
        relative_target_port=_of_port(found, DESIGNATOR_RELATIVE_TARGET_PORT),
        blocks=blocks,
        block_size=block_size,
        port_group_support=support,
        port_groups=await target_port_groups(connection, lun) if support else (),
    )


def designators(page: bytes) -> list[tuple[int, int, bytes]]:
    """Return (association, type, value) of each designator in page 0x83 (SPC-4, 7.8.6)."""
    found = []
    at, end = 4, 4 + int.from_bytes(page[2:4], "big")
    while at + 4 <= min(end, len(page)):
        length = page[at + 3]
        found.append((page[at + 1] >> 4 & 3, page[at + 1] & 0x0F, page[at + 4 : at + 4 + length]))
        at += 4 + length
    return found


def _block_cdb(ten_byte_operation: int, block: int, count: int) -> bytes:
    if block <= 0xFFFFFFFF and count <= 0xFFFF:
        return bytes((ten_byte_operation, 0)) + block.to_bytes(4, "big") + b"\0" + count.to_bytes(2, "big") + b"\0"
    sixteen = Operation.READ_16 if ten_byte_operation == Operation.READ_10 else Operation.WRITE_16
    return bytes((sixteen, 0)) + block.to_bytes(8, "big") + count.to_bytes(4, "big") + bytes(2)


def _text(field: bytes) -> str:
    return field.decode("ascii", "replace").strip(" \0")


def _of_port(found: list[tuple[int, int, bytes]], wanted: int) -> int | None:
    for association, kind, value in found:
        if (association, kind) == (_OF_TARGET_PORT, wanted):
            return int.from_bytes(value, "big")
    return None
