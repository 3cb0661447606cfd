# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One command of a remote shell: its process, its input, and its output on the way to the client."""

from __future__ import annotations

import base64
import re
import threading
from collections import deque

from .interface import ConsoleInput, Machine, ProcessResult

_SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"


_BUILT_IN = re.compile(
    r"(?:assoc|call|cd|chdir|cls|color|copy|date|del|dir|echo|endlocal|erase|exit|for|ftype|goto|if|md|mkdir|mklink|"
    r"move|path|pause|popd|prompt|pushd|rd|rem|ren|rename|rmdir|set|setlocal|shift|start|time|title|type|ver|verify|"
    r"vol)(?= |$)",
    re.IGNORECASE,
)
_NEEDS_CARET = frozenset("()^<>&|")


def without_interpreter(line: str) -> str | None:
    """Turn the command line of a process into one with which cmd.exe starts that very process.

    None where there is no such process: what only cmd.exe itself can do. ``%NAME%`` is not looked at.
    """
    if _BUILT_IN.match(line):
        return None
    quoted, inert = False, ""
    for character in line:
        quoted = quoted != (character == '"')
        inert += f"^{character}" if character in _NEEDS_CARET and not quoted else character
    return inert


class Command:
    """A command line in a thread of its own.

    The simulated Windows hands output over when the process ends; the client fetches it in pieces as large as its
    envelope allows, so the state stays Running until the last piece is out.
    """

    def __init__(self, command_id: str, machine: Machine, line: str, code_page: int, piece: int) -> None:
        """Prepare; `start`, `swallow` or `refuse` sets it off."""
        self.command_id = command_id
        self.line = line
        self.stdin = ConsoleInput()
        self.done = threading.Event()
        """The process is at its end, or nobody may wait for it any longer."""
        self.aborted = False
        self.read = False
        """The client has seen State Done."""
        self.console_input = False
        """Whether standard input is a console rather than a pipe."""
        self._machine = machine
        self._code_page = code_page
        self._piece = piece
        self._result = ProcessResult(exit_code=None)
        self._pieces: deque[tuple[str, bytes]] = deque()

    def start(self) -> None:
        """Run the command line."""
        threading.Thread(target=self._run, name=f"command-{self.command_id}", daemon=True).start()

    def swallow(self) -> None:
        """End at once without output and without having run anything."""
        self._finish(ProcessResult())

    def refuse(self, reason: bytes) -> None:
        """End at once with a sentence on standard error."""
        self._finish(ProcessResult(stderr=reason, exit_code=1))

    def abort(self) -> None:
        """Let everybody go who waits; what has not been fetched is lost."""
        if not self.done.is_set():
            self.aborted = True
            self.done.set()

    def output(self, room: int) -> str:
        """Render rsp:ReceiveResponse with what fits into ``room`` octets, one piece at least."""
        parts: list[str] = []
        while self._pieces and (room > 0 or not parts):
            name, data = self._pieces.popleft()
            parts.append(self._stream(name, base64.b64encode(data).decode()))
            room -= len(parts[-1])
        if self._pieces:
            return self._response("".join(parts), "Running", "")
        self.read = True
        parts += [self._stream("stdout", "", end=True), self._stream("stderr", "", end=True)]
        return self._response("".join(parts), "Done", self._exit_code())

    def _run(self) -> None:
        # A fault in the simulated program must end the command too, or the client would wait for ever.
        result = self._result
        try:
            result = self._machine.run(self.line, self.stdin, self._code_page)
        finally:
            self._finish(result)

    def _finish(self, result: ProcessResult) -> None:
        self._result = result
        for name, data in (("stdout", result.stdout), ("stderr", result.stderr)):
            self._pieces.extend((name, data[at : at + self._piece]) for at in range(0, len(data), self._piece))
        self.done.set()

    def _exit_code(self) -> str:
        """Render rsp:ExitCode: unsigned, and absent when the shell ended in an error (MS-WSMV <7>)."""
        code = self._result.exit_code
        return "" if code is None else f"<rsp:ExitCode>{code & 0xFFFFFFFF}</rsp:ExitCode>"

    def _stream(self, name: str, data: str, end: bool = False) -> str:
        attribute = ' End="true"' if end else ""
        return f'<rsp:Stream Name="{name}" CommandId="{self.command_id}"{attribute}>{data}</rsp:Stream>'

    def _response(self, streams: str, state: str, inside: str) -> str:
        return (
            f'<rsp:ReceiveResponse>{streams}<rsp:CommandState CommandId="{self.command_id}" '
            f'State="{_SHELL}/CommandState/{state}">{inside}</rsp:CommandState></rsp:ReceiveResponse>'
        )
