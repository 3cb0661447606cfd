# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection of an iSCSI initiator as the lab's servers use it (RFC 7143, ERL 0).

One connection is one session is one I_T nexus, as with Microsoft's initiator and MPIO. Everything here belongs to the
event loop's thread.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass

from .connection import reset
from .interface import ConnectionLost, Unreachable
from .pdu import (
    BUFFER_OFFSET,
    COMMAND_NUMBER,
    DATA_NUMBER,
    DESIRED_LENGTH,
    EXPECTED_LENGTH,
    EXPECTED_STATUS_NUMBER,
    FINAL,
    MAX_COMMAND_NUMBER,
    READ,
    RESERVED_TAG,
    SIMPLE_TASK,
    STATUS_NUMBER,
    STATUS_PRESENT,
    TRANSFER_TAG,
    WRITE,
    Opcode,
    Pdu,
    ProtocolError,
    follows,
    next_number,
    read_pdu,
)
from .scsi import STATUS_CHECK_CONDITION, STATUS_GOOD, CheckCondition, Sense
from .text import Parameters

SocketAddress = tuple[str, int]


@dataclass
class _Task:
    """A request that waits for its answer."""

    answer: asyncio.Future[Pdu]
    lun: int
    outgoing: bytes
    incoming: bytearray


class InitiatorConnection:
    """One connection; ``initiator_login.log_in`` brings it to the full feature phase."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer_timeout: float) -> None:
        """Take a TCP connection; an answer that takes longer than ``answer_timeout`` seconds ends it."""
        self._reader = reader
        self._writer = writer
        self._answer_timeout = answer_timeout
        self._receiving: asyncio.Task[None] | None = None
        self._window = asyncio.Condition()
        self._tasks: dict[int, _Task] = {}
        self._last_tag = 0
        self._command_number = 1
        self._expected_status_number = 0
        self._max_command_number = 1
        self._lost_because: str | None = None
        self.parameters = Parameters()
        self.tsih = 0
        self.on_lost: Callable[[], None] | None = None
        """Called once if the connection ends by itself after the login."""

    @classmethod
    async def open(cls, source: str, portal: SocketAddress, answer_timeout: float) -> InitiatorConnection:
        """Connect from a source address.

        Raises:
            Unreachable: refused, or no answer in time
        """
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            sock.bind((source, 0))
            loop = asyncio.get_running_loop()
            await asyncio.wait_for(loop.sock_connect(sock, portal), answer_timeout)
            reader, writer = await asyncio.open_connection(sock=sock)
        except (OSError, asyncio.TimeoutError) as error:
            sock.close()
            raise Unreachable(f"no TCP connection: {error or 'no answer in time'}") from None
        return cls(reader, writer, answer_timeout)

    @property
    def alive(self) -> bool:
        """Whether the connection stands as far as this side has noticed."""
        return self._lost_because is None

    @property
    def local_address(self) -> SocketAddress:
        """The source address and TCP port."""
        name: SocketAddress = self._writer.get_extra_info("sockname")[:2]
        return name

    async def exchange(self, pdu: Pdu) -> Pdu:
        """Send a Login Request and return the answer.

        Raises:
            ConnectionLost: it ended, or did not answer in time
        """
        pdu.put(COMMAND_NUMBER, self._command_number)
        pdu.put(EXPECTED_STATUS_NUMBER, self._expected_status_number)
        self._writer.write(pdu.encode())
        try:
            answer = await asyncio.wait_for(read_pdu(self._reader), self._answer_timeout)
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
            self.reset("the connection broke or stopped answering in the login")
            raise ConnectionLost(str(self._lost_because)) from None
        self._expected_status_number = next_number(answer.get(STATUS_NUMBER))
        self._max_command_number = answer.get(MAX_COMMAND_NUMBER)
        return answer

    def start(self) -> None:
        """Enter the full feature phase."""
        self._receiving = asyncio.get_running_loop().create_task(self._receive())

    def reset(self, reason: str) -> None:
        """End the connection with a TCP reset, as on a dead path; ``on_lost`` is not called."""
        self.on_lost = None
        self._lose(reason)

    async def command(self, lun: int, cdb: bytes, *, expect: int = 0, data: bytes = b"") -> bytes:
        """Run a SCSI command that reads ``expect`` bytes or writes ``data``; return what was read.

        Raises:
            ConnectionLost, CheckCondition
        """
        pdu = Pdu(Opcode.SCSI_COMMAND, FINAL | SIMPLE_TASK, lun=lun)
        pdu.header[1] |= (READ if expect else 0) | (WRITE if data else 0)
        pdu.put(EXPECTED_LENGTH, len(data) or expect)
        pdu.header[32 : 32 + len(cdb)] = cdb
        agreed = self.parameters
        if agreed.immediate_data:
            pdu.data = data[: min(agreed.first_burst, agreed.max_send)]
        unsolicited = 0 if agreed.initial_r2t else min(len(data), agreed.first_burst) - len(pdu.data)
        if unsolicited > 0:
            pdu.header[1] &= ~FINAL
        task = await self._begin(pdu, lun, data)
        if unsolicited > 0:
            self._send_data(pdu.task_tag, RESERVED_TAG, task, len(pdu.data), unsolicited)
        answer = await self._finish(pdu.task_tag, task)
        if answer.opcode == Opcode.SCSI_RESPONSE:
            _check_status(answer)
        return bytes(task.incoming)

    async def request(self, pdu: Pdu) -> Pdu:
        """Send any other request and return its answer.

        Raises:
            ConnectionLost: it ended, or did not answer in time
        """
        task = await self._begin(pdu, 0, b"")
        return await self._finish(pdu.task_tag, task)

    async def ping(self) -> None:
        """Send a NOP-Out; no answer in time ends the connection.

        Raises:
            ConnectionLost: it ended
        """
        pdu = Pdu(Opcode.NOP_OUT, FINAL, immediate=True)
        pdu.put(TRANSFER_TAG, RESERVED_TAG)
        await self.request(pdu)

    async def manage_task(self, function: int, lun: int = 0) -> int:
        """Run a task management function (RFC 7143, 11.5.1); return the response code."""
        pdu = Pdu(Opcode.TASK_MANAGEMENT, FINAL | function, immediate=True, lun=lun)
        pdu.put(TRANSFER_TAG, RESERVED_TAG)
        return (await self.request(pdu)).header[2]

    async def log_out(self) -> None:
        """Close the session; no error when it is gone already."""
        self.on_lost = None
        try:
            await self.request(Pdu(Opcode.LOGOUT, FINAL))
        except ConnectionLost:
            return
        self.reset("logged out")

    # Sending

    async def _begin(self, pdu: Pdu, lun: int, outgoing: bytes) -> _Task:
        if not pdu.immediate:
            await self._wait_for_window()
        if self._lost_because is not None:
            raise ConnectionLost(self._lost_because)
        self._last_tag = (self._last_tag + 1) & 0x7FFFFFFF
        pdu.put(16, self._last_tag)
        task = _Task(asyncio.get_running_loop().create_future(), lun, outgoing, bytearray())
        self._tasks[self._last_tag] = task
        pdu.put(COMMAND_NUMBER, self._command_number)
        if not pdu.immediate:
            self._command_number = next_number(self._command_number)
        pdu.put(EXPECTED_STATUS_NUMBER, self._expected_status_number)
        self._writer.write(pdu.encode(self.parameters.digests))
        return task

    async def _finish(self, task_tag: int, task: _Task) -> Pdu:
        try:
            return await asyncio.wait_for(task.answer, self._answer_timeout)
        except asyncio.TimeoutError:
            self._lose(f"no answer within {self._answer_timeout} s")
            raise ConnectionLost(str(self._lost_because)) from None
        finally:
            self._tasks.pop(task_tag, None)

    def _window_is_open(self) -> bool:
        return self._lost_because is not None or not follows(self._command_number, self._max_command_number)

    async def _wait_for_window(self) -> None:
        if self._window_is_open():
            return
        async with self._window:
            is_open = self._window.wait_for(self._window_is_open)
            try:
                await asyncio.wait_for(is_open, self._answer_timeout)
            except asyncio.TimeoutError:
                self._lose("the target kept its command window closed")

    def _send_data(self, task_tag: int, transfer_tag: int, task: _Task, offset: int, length: int) -> None:
        end, number = offset + length, 0
        while offset < end:
            part = task.outgoing[offset : min(end, offset + self.parameters.max_send)]
            last = offset + len(part) >= end
            pdu = Pdu(Opcode.DATA_OUT, FINAL if last else 0, task_tag, part, lun=task.lun)
            pdu.put(TRANSFER_TAG, transfer_tag)
            pdu.put(EXPECTED_STATUS_NUMBER, self._expected_status_number)
            pdu.put(DATA_NUMBER, number)
            pdu.put(BUFFER_OFFSET, offset)
            self._writer.write(pdu.encode(self.parameters.digests))
            offset, number = offset + len(part), number + 1

    # Receiving

    async def _receive(self) -> None:
        try:
            while True:
                self._handle(await read_pdu(self._reader, self.parameters.digests))
                async with self._window:
                    self._window.notify_all()
        except (asyncio.IncompleteReadError, OSError):
            self._lose("the target closed or reset the connection")
        except ProtocolError as error:
            self._lose(str(error))

    def _handle(self, pdu: Pdu) -> None:
        self._max_command_number = pdu.get(MAX_COMMAND_NUMBER)
        if _takes_status_number(pdu):
            self._expected_status_number = next_number(pdu.get(STATUS_NUMBER))
        if pdu.opcode == Opcode.NOP_IN and pdu.get(TRANSFER_TAG) != RESERVED_TAG:
            self._answer_ping(pdu)
            return
        if pdu.opcode in (Opcode.REJECT, Opcode.ASYNC_MESSAGE):
            raise ProtocolError(f"the target sent a PDU with opcode {pdu.opcode:#x}, which ends the session here")
        task = self._tasks.get(pdu.task_tag)
        if task is None:
            return  # the answer to a task that was given up
        if pdu.opcode == Opcode.DATA_IN:
            offset = pdu.get(BUFFER_OFFSET)
            task.incoming[offset : offset + len(pdu.data)] = pdu.data
            if not pdu.flags & STATUS_PRESENT:
                return
        elif pdu.opcode == Opcode.R2T:
            offset, length = pdu.get(BUFFER_OFFSET), pdu.get(DESIRED_LENGTH)
            if offset + length > len(task.outgoing):
                raise ProtocolError("the target asked for more data than the command has")
            self._send_data(pdu.task_tag, pdu.get(TRANSFER_TAG), task, offset, length)
            return
        if not task.answer.done():
            task.answer.set_result(pdu)

    def _answer_ping(self, pdu: Pdu) -> None:
        answer = Pdu(Opcode.NOP_OUT, FINAL, RESERVED_TAG, immediate=True)
        answer.header[8:16] = pdu.header[8:16]
        answer.put(TRANSFER_TAG, pdu.get(TRANSFER_TAG))
        answer.put(COMMAND_NUMBER, self._command_number)
        answer.put(EXPECTED_STATUS_NUMBER, self._expected_status_number)
        self._writer.write(answer.encode(self.parameters.digests))

    def _lose(self, reason: str) -> None:
        if self._lost_because is not None:
            return
        self._lost_because = reason
        reset(self._writer)
        for task in self._tasks.values():
            if not task.answer.done():
                task.answer.set_exception(ConnectionLost(reason))
        if self._receiving is not None and self._receiving is not asyncio.current_task():
            self._receiving.cancel()
        if self.on_lost:
            self.on_lost()


def _takes_status_number(pdu: Pdu) -> bool:
    """Whether a PDU's StatSN counts (RFC 7143, 4.2.2.2)."""
    if pdu.opcode == Opcode.DATA_IN:
        return bool(pdu.flags & STATUS_PRESENT)
    if pdu.opcode == Opcode.NOP_IN:
        return pdu.task_tag != RESERVED_TAG
    return pdu.opcode != Opcode.R2T


def _check_status(response: Pdu) -> None:
    if response.header[2]:
        raise ConnectionLost(f"the target failed a command with iSCSI response {response.header[2]:#x}")
    if response.header[3] == STATUS_CHECK_CONDITION:
        raise CheckCondition(Sense.decode(response.data[2:]))
    if response.header[3] != STATUS_GOOD:
        raise ConnectionLost(f"the target ended a command with SCSI status {response.header[3]:#x}")
