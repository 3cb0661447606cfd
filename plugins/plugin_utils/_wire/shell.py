# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command shell of WinRM (MS-WSMV 3.1.4.1.31), opened when it is needed. Private to the collection.

The messages are built and read here and not by pywinrm: it loses the output that comes with a command's end when
Windows leaves out the exit code, waits for output without a deadline, and parses answers before they are checked.
"""

from __future__ import annotations

import base64
import binascii
import time
import typing as t
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from . import envelope
from .command import Completed
from .deadline import Deadline
from .exchange import Exchange
from .faults import (
    AnswerTooLarge,
    AuthenticationRefused,
    CannotSend,
    ConnectionFailed,
    HostWentAway,
    MalformedAnswer,
    OperationTimedOut,
    TimedOut,
    WireError,
    WsmanFault,
)

COMMANDS_OF_A_SHELL: t.Final = 13
"""Commands run in one shell of WinRM 2.0 and older, where the 16th is refused with a quota that ending a command does
not give back (MS-WSMV appendix B, note 118)."""
MOST_OUTPUT: t.Final = 16 * 1024 * 1024
"""Octets of output of one command."""
_BUSY: t.Final = 0.5
"""Seconds between attempts to start a command in a shell that runs another one; WinRM tells no other way of its end."""
_HOUSEKEEPING: t.Final = 10.0
"""Seconds for requests whose outcome does not matter."""


@dataclass
class _Output:
    """What a command has written so far."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    done: bool = False
    exit_code: int | None = None


class Shell:
    """Runs command lines, in as many shells one after the other as that takes."""

    def __init__(self, exchange: Exchange, code_page: int, shell_id: str | None = None) -> None:
        self.allowance: int | None = COMMANDS_OF_A_SHELL
        """Commands that a shell takes, None where it has no such limit."""
        self._exchange = exchange
        self._code_page = code_page
        self._encoding = _encoding(code_page)
        self._shell_id = shell_id
        self._used = 0

    def run(self, line: str, typed: str | None, deadline: Deadline, masked: str) -> Completed:
        """Run a line to its end. ``masked`` stands for it in sentences.

        At the deadline the command is terminated and :class:`TimedOut` raised.
        """
        doing = f"running {masked}"
        octets = None if typed is None else self._encoded(typed)
        shell_id, command_id = self._started(line, octets is not None, deadline, doing)
        output = _Output()
        try:
            if octets is not None:
                self._type(shell_id, command_id, octets, deadline, doing)
            while not output.done:
                self._receive(shell_id, command_id, output, deadline, doing)
        except (ConnectionFailed, HostWentAway, AuthenticationRefused):
            raise  # the command may be running well; deleting the shell will end it if it still runs then
        except WsmanFault as fault:
            if not fault.shell_lost:
                self._terminate(shell_id, command_id)
                raise
            self.forget()
            raise HostWentAway(
                f"{self._exchange.host}: {doing}: the shell was lost before the command ended. Whether the host acted "
                "is unknown; its state must be read again."
            ) from fault
        except WireError:
            self._terminate(shell_id, command_id)
            raise
        self._terminate(shell_id, command_id)
        return Completed(output.exit_code, self._decoded(output.stdout), self._decoded(output.stderr))

    def start(self, line: str, deadline: Deadline, masked: str) -> None:
        """Start a line and leave it alone; for a shutdown, whose end nobody can wait for."""
        self._started(line, False, deadline, f"starting {masked}")

    def use_code_page(self, code_page: int) -> None:
        """Run what comes in shells of another code page. An open one is deleted first: two at once may be too many.

        WinRM 1.1 allows a user two shells (MS-WSMV appendix B), and somebody else may hold the other.
        """
        if code_page != self._code_page:
            self.delete()
            self._code_page, self._encoding = code_page, _encoding(code_page)

    def forget(self) -> None:
        """Forget the shell without a request, because it is gone."""
        self._shell_id = None
        self._used = 0

    def delete(self) -> None:
        """Delete the shell, if there is one. Whether that succeeds does not matter: it ends by its idle time-out."""
        shell_id = self._shell_id
        self.forget()
        if shell_id is not None:
            self._quietly(envelope.delete_shell(shell_id), "deleting the shell")

    def _started(self, line: str, typed: bool, deadline: Deadline, doing: str) -> tuple[str, str]:
        """Start a command; return the ids of its shell and its own."""
        if self.allowance is not None and self._used >= self.allowance:
            self.delete()
        try:
            return self._command(line, typed, deadline, doing)
        except WsmanFault as fault:
            # Refused before it was started, so it may be sent again; only a shell that was there before can be full.
            if self._shell_id is None or not (fault.quota or fault.shell_lost):
                raise
            if fault.shell_lost:
                self.forget()
            else:
                self.delete()
        return self._command(line, typed, deadline, doing)

    def _command(self, line: str, typed: bool, deadline: Deadline, doing: str) -> tuple[str, str]:
        shell_id = self._open(deadline)
        message = envelope.run_command(shell_id, line, typed)
        while True:
            try:
                body = self._exchange.ask(message, deadline, doing, acts=True)
                break
            except WsmanFault as fault:
                if not fault.busy or deadline.remaining < _BUSY:
                    raise
            time.sleep(_BUSY)
        self._used += 1
        return shell_id, self._text(next(body.iter("CommandId"), None), "CommandId", doing)

    def _open(self, deadline: Deadline) -> str:
        if self._shell_id is None:
            doing = "opening a command shell"
            body = self._exchange.ask(envelope.create_shell(self._code_page), deadline, doing)
            # WinRM 1.1 gives the id, with a prefix uuid:, in the selector alone (MS-WSMV appendix B).
            selectors = (element for element in body.iter("Selector") if element.get("Name") == "ShellId")
            self._shell_id = self._text(next(selectors, None), "ShellId", doing)
        return self._shell_id

    def _type(self, shell_id: str, command_id: str, octets: bytes, deadline: Deadline, doing: str) -> None:
        message = envelope.send_input(shell_id, command_id, octets)
        try:
            self._exchange.ask(message, deadline, f"typing to the command ({doing})", acts=True)
        except OperationTimedOut:
            return  # a loaded host says so and takes the input all the same; the command's output will tell

    def _receive(self, shell_id: str, command_id: str, output: _Output, deadline: Deadline, doing: str) -> None:
        if deadline.expired:
            raise TimedOut(
                f"{self._exchange.host}: {doing}: not done after {deadline.seconds:.0f} seconds; it was told to end. "
                "What it did until then must be read again."
            )
        wait = min(self._exchange.operation_timeout, deadline.remaining)
        over = Deadline(wait + self._exchange.grace)  # the host ends the wait with a fault before this
        try:
            body = self._exchange.ask(envelope.receive(shell_id, command_id), over, doing, acts=True, wait=wait)
        except OperationTimedOut:
            return
        if body.find("ReceiveResponse") is None:
            raise MalformedAnswer(f"{self._exchange.host}: {doing}: the answer has no ReceiveResponse.")
        self._read(body, output, doing)

    def _read(self, body: Element, output: _Output, doing: str) -> None:
        for stream in body.iter("Stream"):
            buffer = output.stderr if stream.get("Name") == "stderr" else output.stdout
            try:
                buffer += base64.b64decode("".join((stream.text or "").split()), validate=True)
            except (binascii.Error, ValueError) as error:
                raise MalformedAnswer(f"{self._exchange.host}: {doing}: output that is not base64.") from error
        if len(output.stdout) + len(output.stderr) > MOST_OUTPUT:
            raise AnswerTooLarge(f"{self._exchange.host}: {doing}: more than {MOST_OUTPUT} octets of output.")
        for state in body.iter("CommandState"):
            if state.get("State", "").endswith("/CommandState/Done"):
                output.done = True
                output.exit_code = _exit_code(state.findtext("ExitCode"))

    def _terminate(self, shell_id: str, command_id: str) -> None:
        self._quietly(envelope.terminate(shell_id, command_id), "ending a command")

    def _quietly(self, message: envelope.Maker, doing: str) -> None:
        try:
            self._exchange.ask(message, Deadline(_HOUSEKEEPING), doing)
        except WireError:
            return

    def _encoded(self, typed: str) -> bytes:
        try:
            return typed.encode(self._encoding)
        except UnicodeEncodeError:
            raise CannotSend(
                f"What is typed to the command holds a character that code page {self._code_page} has not."
            ) from None

    def _decoded(self, octets: bytearray) -> str:
        return octets.decode(self._encoding, errors="replace")

    def _text(self, element: Element | None, name: str, doing: str) -> str:
        text = "" if element is None else (element.text or "").strip()
        if not text:
            raise MalformedAnswer(f"{self._exchange.host}: {doing}: the answer has no {name}.")
        return text


def _encoding(code_page: int) -> str:
    return "utf-8" if code_page == 65001 else f"cp{code_page}"


def _exit_code(text: str | None) -> int | None:
    """Return an exit code as the unsigned number that it is; None where there is none."""
    try:
        return int(text or "") & 0xFFFFFFFF
    except ValueError:
        return None
