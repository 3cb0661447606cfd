# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The initiator and the target below the fabric: PDUs, text, CHAP, transfers, task management, NOP."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from ansible_collections.eva.mpio.tests.lab.fabric import commands
from ansible_collections.eva.mpio.tests.lab.fabric.array import Array
from ansible_collections.eva.mpio.tests.lab.fabric.chap import Challenge, answer_challenge, decode_binary, encode_binary
from ansible_collections.eva.mpio.tests.lab.fabric.initiator import InitiatorConnection
from ansible_collections.eva.mpio.tests.lab.fabric.initiator_login import log_in
from ansible_collections.eva.mpio.tests.lab.fabric.interface import Chap, InitiatorSide
from ansible_collections.eva.mpio.tests.lab.fabric.pdu import (
    FINAL,
    HEADER_LENGTH,
    Opcode,
    Pdu,
    follows,
    next_number,
    read_pdu,
)
from ansible_collections.eva.mpio.tests.lab.fabric.scsi import CheckCondition, Operation, Sense, lun_field, lun_number
from ansible_collections.eva.mpio.tests.lab.fabric.target import PortListener
from ansible_collections.eva.mpio.tests.lab.fabric.text import Limits, answer_offer, decode_text, encode_text

from .conftest import HOST, make_network

LUN_RESET, WARM_RESET, ABORT_TASK, REASSIGN = 5, 6, 1, 8


def test_pdu_survives_the_wire_and_is_padded() -> None:
    async def story() -> None:
        pdu = Pdu(Opcode.TEXT, FINAL, 7, b"abcde", immediate=True, lun=300)
        wire = pdu.encode()
        assert len(wire) == HEADER_LENGTH + 8
        reader = asyncio.StreamReader()
        reader.feed_data(wire)
        read = await read_pdu(reader)
        assert (read.opcode, read.immediate, read.flags, read.task_tag) == (Opcode.TEXT, True, FINAL, 7)
        assert (read.lun, read.data) == (300, b"abcde")

    asyncio.run(story())


def test_serial_numbers_wrap() -> None:
    assert next_number(0xFFFFFFFF) == 0
    assert follows(1, 0xFFFFFFFE)
    assert not follows(0xFFFFFFFE, 1)
    assert not follows(5, 5)


@pytest.mark.parametrize("lun", [0, 1, 255, 256, 0x3FFF])
def test_lun_fields(lun: int) -> None:
    assert lun_number(lun_field(lun)) == lun


def test_text_keys() -> None:
    assert decode_text(encode_text([("A", "1"), ("B", "x=y")])) == [("A", "1"), ("B", "x=y")]
    with pytest.raises(ValueError, match="="):
        decode_text(b"nonsense\0")


def test_chap_vector_and_encodings() -> None:
    # MD5 over 01, "secret" and "challenge", computed with openssl.
    assert answer_challenge(Chap("me", b"secret"), {"CHAP_I": "1", "CHAP_C": encode_binary(b"challenge")}) == [
        ("CHAP_N", "me"),
        ("CHAP_R", "0x46e47770030e2b4e26a0db72a7efec00"),
    ]
    assert decode_binary("0x0fF") == decode_binary("0b" + "AP8=") == b"\x00\xff"
    for wrong, message in (("12", "begins with 0x"), ("0xzz", "hexadecimal"), ("0b*", "base64|padding")):
        with pytest.raises(ValueError, match=message):
            decode_binary(wrong)
    challenge = Challenge()
    assert not challenge.is_met(Chap("me", b"secret"), {"CHAP_N": "me"})


def test_negotiation_takes_the_result_functions_of_the_rfc() -> None:
    offer = [
        ("MaxRecvDataSegmentLength", "4096"),
        ("FirstBurstLength", "999999"),
        ("MaxBurstLength", "1024"),
        ("InitialR2T", "Yes"),
        ("ImmediateData", "No"),
        ("HeaderDigest", "CRC32C"),
        ("DataDigest", "CRC32C,None"),
        ("X-vendor", "1"),
    ]
    assert dict(answer_offer(offer, Limits())) == {
        "FirstBurstLength": "65536",
        "MaxBurstLength": "1024",
        "InitialR2T": "Yes",
        "ImmediateData": "No",
        "HeaderDigest": "Reject",
        "DataDigest": "None",
        "X-vendor": "NotUnderstood",
    }


@asynccontextmanager
async def connected(array: Array, count: int = 1) -> AsyncIterator[tuple[PortListener, list[InitiatorConnection]]]:
    port = array.ports[0]
    listener = PortListener(port, "127.10.1.21", lambda source: source, lambda port: ("127.10.1.21", 0))
    listener.follow()
    connections = []
    for number in range(count):
        connection = await InitiatorConnection.open("127.0.0.1", listener.address, 2.0)
        await log_in(
            connection, InitiatorSide(HOST, "127.0.0.1"), port.target_name, bytes((0x40, 0, 1, 0x37, 0, number))
        )
        connections.append(connection)
    try:
        yield listener, connections
    finally:
        for connection in connections:
            connection.reset("the test has ended")
        listener.stop_listening()
        await asyncio.gather(*listener.drop_connections(), return_exceptions=True)


def play(story: Callable[..., Awaitable[None]], count: int = 1) -> None:
    async def run() -> None:
        array = make_network().arrays[0]
        async with connected(array, count) as (listener, connections):
            await story(array, listener, *connections)

    asyncio.run(run())


@pytest.mark.parametrize("immediate", [True, False])
@pytest.mark.parametrize("initial_r2t", [True, False])
@pytest.mark.parametrize("max_send", [4096, 262144])
def test_every_way_to_send_data_writes_the_same(immediate: bool, initial_r2t: bool, max_send: int) -> None:
    async def story(array: Array, listener: PortListener, initiator: InitiatorConnection) -> None:
        (target,) = listener.connections
        initiator.parameters.immediate_data = immediate
        initiator.parameters.initial_r2t = initial_r2t
        initiator.parameters.max_send = max_send
        target._login.parameters.max_send = max_send
        for length in (512, 65536, 1024 * 1024):
            data = os.urandom(length)
            await commands.write(initiator, 1, 3, data)
            assert await commands.read(initiator, 1, 3, length // 512) == data
            assert array.vdisks[0].read(3, length // 512) == data

    play(story)


def test_sixteen_byte_commands() -> None:
    async def story(array: Array, listener: PortListener, initiator: InitiatorConnection) -> None:
        cdb = bytes((Operation.WRITE_16, 0)) + (9).to_bytes(8, "big") + (2).to_bytes(4, "big") + bytes(2)
        await commands.run(initiator, 1, cdb, data=b"x" * 1024)
        cdb = bytes((Operation.READ_16,)) + cdb[1:]
        assert await commands.run(initiator, 1, cdb, expect=1024) == b"x" * 1024
        assert await commands.read_capacity(initiator, 1) == (32768, 512)
        ten = await commands.run(initiator, 1, bytes((Operation.READ_CAPACITY_10,)) + bytes(9), expect=8)
        assert ten == (32767).to_bytes(4, "big") + (512).to_bytes(4, "big")

    play(story)


def test_residuals_cut_what_was_not_expected() -> None:
    async def story(array: Array, listener: PortListener, initiator: InitiatorConnection) -> None:
        array.vdisks[0].write(0, b"y" * 2048)
        await commands.read(initiator, 1, 0, 1)
        two_blocks = bytes((Operation.READ_10, 0, 0, 0, 0, 0, 0, 0, 2, 0))
        assert await initiator.command(1, two_blocks, expect=512) == b"y" * 512
        assert await initiator.command(1, two_blocks, expect=4096) == b"y" * 1024
        write = bytes((Operation.WRITE_10,)) + two_blocks[1:]
        await initiator.command(1, write, data=b"z" * 512)
        assert array.vdisks[0].read(0, 2) == b"z" * 512 + b"y" * 512

    play(story)


def test_first_command_meets_a_unit_attention_and_inquiry_does_not() -> None:
    async def story(array: Array, listener: PortListener, initiator: InitiatorConnection) -> None:
        await commands.inquiry(initiator, 1)
        assert await commands.report_luns(initiator) == [0, 1]
        with pytest.raises(CheckCondition) as caught:
            await initiator.command(1, bytes(6))
        assert caught.value.sense == Sense(6, 0x29, 0)
        await initiator.command(1, bytes(6))
        array.present(array.add_vdisk("more", 1), HOST, 2)
        sense = await initiator.command(1, bytes((Operation.REQUEST_SENSE, 0, 0, 0, 18, 0)), expect=18)
        assert Sense.decode(sense) == Sense(6, 0x3F, 0x0E)
        await initiator.command(1, bytes(6))

    play(story)


def test_vital_product_data() -> None:
    async def story(array: Array, listener: PortListener, initiator: InitiatorConnection) -> None:
        disk = array.vdisks[0]
        assert await commands.inquiry(initiator, 1, 0x00) == bytes((0, 0, 0, 4, 0, 0x80, 0x83, 0xB0))
        assert (await commands.inquiry(initiator, 1, 0x80))[4:].decode() == disk.serial
        found = commands.designators(await commands.inquiry(initiator, 1, 0x83))
        name = f"{array.ports[0].target_name},t,0x0001".encode()
        assert found[:3] == [(0, 3, bytes.fromhex(disk.naa)), (1, 4, b"\0\0\0\1"), (1, 5, b"\0\0\0\1")]
        assert found[3][:2] == (1, 8)
        assert found[3][2].rstrip(b"\0") == name
        assert len(await commands.inquiry(initiator, 1, 0xB0)) == 16
        assert (await commands.inquiry(initiator, 1))[5] >> 4 == 0  # TPGS: no ALUA shown
        assert (await commands.inquiry(initiator, 77))[0] == 0x7F
        with pytest.raises(CheckCondition) as caught:
            await commands.inquiry(initiator, 1, 0xB2)
        assert caught.value.sense == Sense(5, 0x24)

    play(story)


def test_mode_sense_and_unknown_commands() -> None:
    async def story(array: Array, listener: PortListener, initiator: InitiatorConnection) -> None:
        six = await commands.run(initiator, 1, bytes((Operation.MODE_SENSE_6, 0, 0x3F, 0, 192, 0)), expect=192)
        assert (six[0] + 1, six[4], six[24]) == (len(six), 0x08, 0x0A)
        caching = bytes((Operation.MODE_SENSE_10, 0, 8, 0, 0, 0, 0, 0, 192, 0))
        ten = await commands.run(initiator, 1, caching, expect=192)
        assert (int.from_bytes(ten[:2], "big") + 2, ten[8], ten[10] & 4) == (len(ten), 0x08, 4)
        for cdb, code in (((0x1A, 0, 0x02, 0, 192, 0), 0x24), ((0xA3, 0x0A, *[0] * 10), 0x20), ((0x5F, 0), 0x20)):
            with pytest.raises(CheckCondition) as caught:
                await commands.run(initiator, 1, bytes(cdb), expect=192)
            assert caught.value.sense == Sense(5, code)

    play(story)


def test_nop_both_ways() -> None:
    async def story(array: Array, listener: PortListener, initiator: InitiatorConnection) -> None:
        (target,) = listener.connections
        await asyncio.wait_for(target.ping(), 2)
        await initiator.ping()
        assert initiator.alive

    play(story)


def test_task_management() -> None:
    async def story(
        array: Array, listener: PortListener, first: InitiatorConnection, second: InitiatorConnection
    ) -> None:
        for initiator in (first, second):
            await commands.read(initiator, 1, 0, 1)
        assert await first.manage_task(LUN_RESET, 1) == 0
        await first.command(1, bytes(6))
        with pytest.raises(CheckCondition) as caught:
            await second.command(1, bytes(6))
        assert caught.value.sense == Sense(6, 0x29, 0)
        assert await first.manage_task(WARM_RESET) == 0
        assert await first.manage_task(LUN_RESET, 9) == 2
        assert await first.manage_task(ABORT_TASK) == 1
        assert await first.manage_task(REASSIGN) == 5

    play(story, count=2)


def test_giving_a_path_up_is_a_reset_that_drops_unsent_data() -> None:
    async def story() -> None:
        received: list[bytes] = []
        reset_seen = asyncio.Event()

        async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while data := await reader.read(65536):
                    received.append(data)
            except ConnectionResetError:
                reset_seen.set()
            writer.close()

        server = await asyncio.start_server(stall, "127.0.0.1", 0)
        connection = await InitiatorConnection.open("127.0.0.1", server.sockets[0].getsockname(), 2.0)
        connection._writer.write(bytes(16 * 1024 * 1024))
        await asyncio.sleep(0)
        connection.reset("the path is dead")
        await asyncio.wait_for(reset_seen.wait(), 2)
        assert sum(map(len, received)) < 16 * 1024 * 1024
        server.close()

    asyncio.run(story())


def test_a_write_that_waits_in_the_buffer_of_a_lost_session_is_not_done() -> None:
    async def story(array: Array, listener: PortListener, initiator: InitiatorConnection) -> None:
        await commands.read(initiator, 1, 0, 1)
        (session,) = array.sessions
        (target,) = listener.connections
        command = Pdu(Opcode.SCSI_COMMAND, 0xA1, 1, data=b"old." * 128, lun=1)
        command.put(20, 512)
        command.put(24, initiator._command_number)
        command.header[32:42] = bytes((Operation.WRITE_10, 0, 0, 0, 0, 0, 0, 0, 1, 0))
        target._reader.feed_data(command.encode())
        array.sessions.lose(session, "link down")
        await listener.ended(initiator.local_address, 2)
        assert array.vdisks[0].read(0, 1) == bytes(512)

    play(story)


def test_data_out_of_order_ends_the_session() -> None:
    async def story(array: Array, listener: PortListener, initiator: InitiatorConnection) -> None:
        await commands.read(initiator, 1, 0, 1)
        command = Pdu(Opcode.SCSI_COMMAND, 0x21, lun=1)
        command.put(20, 1024)
        command.header[32:42] = bytes((Operation.WRITE_10, 0, 0, 0, 0, 0, 0, 0, 2, 0))
        await initiator._begin(command, 1, b"")
        data = Pdu(Opcode.DATA_OUT, FINAL, command.task_tag, bytes(512), lun=1)
        data.put(40, 512)
        initiator._writer.write(data.encode())
        (target,) = listener.connections
        (session,) = array.sessions
        await listener.ended(initiator.local_address, 2)
        assert target not in listener.connections
        assert session not in array.sessions
        assert array.log.since(kind="session-lost")

    play(story)


def test_a_text_of_two_pdus_logs_in() -> None:
    async def story(array: Array, listener: PortListener) -> None:
        reader, writer = await asyncio.open_connection(*listener.address)
        keys = encode_text([("InitiatorName", HOST), ("SessionType", "Discovery"), ("AuthMethod", "None")])
        writer.write(Pdu(Opcode.LOGIN, 0x40, 0, keys[:20], immediate=True).encode())
        assert (await read_pdu(reader)).flags == 0
        writer.write(Pdu(Opcode.LOGIN, FINAL | 3, 0, keys[20:], immediate=True).encode())
        answer = await read_pdu(reader)
        assert (answer.flags, answer.header[36]) == (FINAL | 3, 0)
        writer.close()

    play(story, count=0)


@pytest.mark.parametrize(
    ("keys", "tsih", "flags", "status"),
    [
        ({"InitiatorName": HOST, "SessionType": "Odd"}, 0, 0x81, (2, 9)),
        ({"InitiatorName": HOST, "TargetName": "own"}, 99, 0x81, (2, 0x0A)),
        ({"InitiatorName": HOST, "TargetName": "own"}, 0, 0x88, (2, 0)),
        ({"InitiatorName": HOST, "TargetName": "own", "AuthMethod": "KRB5"}, 0, 0x81, (2, 1)),
        ({"InitiatorName": HOST, "TargetName": "own", "MaxBurstLength": "much"}, 0, 0x87, (2, 0)),
        ({"InitiatorName": HOST, "TargetName": "own", "CHAP_N": "x", "CHAP_R": "0x00"}, 0, 0x81, (2, 0)),
    ],
)
def test_malformed_logins_get_a_status(keys: dict[str, str], tsih: int, flags: int, status: tuple[int, int]) -> None:
    async def story(array: Array, listener: PortListener) -> None:
        own = array.ports[0].target_name
        reader, writer = await asyncio.open_connection(*listener.address)
        text = encode_text([(key, own if value == "own" else value) for key, value in keys.items()])
        request = Pdu(Opcode.LOGIN, flags, 0, text, immediate=True)
        request.header[14:16] = tsih.to_bytes(2, "big")
        writer.write(request.encode())
        answer = await read_pdu(reader)
        assert (answer.header[36], answer.header[37]) == status
        assert await reader.read() == b""
        writer.close()

    play(story, count=0)
