# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP without sockets: what pywinrm's own connection class sends goes straight into the lab's request handler.

Everything above and below stays as it is: requests, urllib3 and the collection's bounds on one side, the lab's HTTP,
sign-in and WS-Management on the other. A command line runs in the request that starts it, so there are no threads, and
the process can be copied at any request.
"""

from __future__ import annotations

import errno
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from urllib3 import connectionpool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import NewConnectionError

from ansible_collections.eva.mpio.tests.lab.events import Event, EventLog
from ansible_collections.eva.mpio.tests.lab.winrm import command as lab_command
from ansible_collections.eva.mpio.tests.lab.winrm import http as lab_http
from ansible_collections.eva.mpio.tests.lab.winrm import shell as lab_shell
from ansible_collections.eva.mpio.tests.lab.winrm.interface import ConsoleInput, Machine
from ansible_collections.eva.mpio.tests.lab.winrm.server import WinRmServer

PORT = 5985
REQUEST_SECONDS = 0.02
"""How long a request takes on the way."""


class _InputAwaited(BaseException):
    """A program wants to read standard input that has not come; nothing handles it on the way."""


class _Input(ConsoleInput):
    """Standard input of a program that is begun anew once its input is there."""

    def read_all(self, timeout: float) -> bytes | None:
        """Return what was typed.

        Raises:
            _InputAwaited: it has to be waited for.
        """
        if timeout > 0 and not self.closed:
            raise _InputAwaited
        return super().read_all(0)


class DirectCommand(lab_command.Command):
    """A command line that runs in the thread of the request that lets it run."""

    def __init__(self, command_id: str, machine: Machine, line: str, code_page: int, piece: int) -> None:
        """Prepare."""
        super().__init__(command_id, machine, line, code_page, piece)
        self.stdin = _Input()
        self.stdin.feed = self._fed  # type: ignore[method-assign]
        self._begun = False
        self.done.wait = self._awaited  # type: ignore[method-assign]

    def start(self) -> None:
        """Run to the end, or up to where input is read, before which no program that we know does anything."""
        self._begun = True
        wire = _current()
        events = wire.log.last
        try:
            self._finish(self._machine.run(self.line, self.stdin, self._code_page))
        except _InputAwaited:
            if wire.log.last != events:
                raise RuntimeError(f"{self.line!r} acts before it reads its input; it cannot be begun anew") from None

    def _fed(self, data: bytes, end: bool = False) -> None:
        ConsoleInput.feed(self.stdin, data, end)
        if end and self._begun and not self.done.is_set():
            self.start()

    def _awaited(self, timeout: float | None = None) -> bool:
        if not self.done.is_set():
            _current().wait(timeout or 0.0)
        return self.done.is_set()


class _Served(lab_http.Connection):
    """The lab's connection, one request at a time."""

    def handle(self) -> None:
        """Wait to be given a request."""

    def finish(self) -> None:
        """Stay open."""

    def serve(self, request: bytes) -> bytes:
        """Answer a request; nothing where the connection was reset instead."""
        self.rfile, answer = io.BytesIO(request), io.BytesIO()
        self.wfile = answer
        self.handle_one_request()
        return answer.getvalue()


class _Stream:
    """What the lab's handler takes for its socket."""

    def makefile(self, mode: str, _size: int = -1) -> io.BytesIO:
        """Return a file that is replaced with each request."""
        return io.BytesIO()

    def settimeout(self, seconds: float | None) -> None:
        """Nobody waits."""

    def setsockopt(self, *_options: Any) -> None:
        """Nothing to reset: no octet of an answer does it."""


class Wire:
    """The network between the collection and the servers of one fleet."""

    def __init__(self, log: EventLog, wait: Callable[[float], None]) -> None:
        """Carry requests to servers that are added later.

        Args:
            log: the fleet's; a server that goes down loses its connections
            wait: lets time pass
        """
        self._servers: dict[str, WinRmServer] = {}
        self._by_name: dict[str, str] = {}
        self._boots: dict[str, int] = {}
        self.log = log
        self.wait = wait
        self.before: Callable[[bytes], None] = lambda request: None
        """Called with each request before it is on its way."""
        self.silent: str | None = None
        """Whether the request under way gets no answer in time: ``before`` or ``after`` the server acts on it."""
        log.listen(self._heard)

    def add(self, address: str, server: WinRmServer) -> None:
        """Let a server be reached."""
        self._servers[address] = server
        self._by_name[server.machine.name] = address
        self._boots[address] = 0

    def connect(self, address: str) -> tuple[_Served, int]:
        """Open a connection; also return which life of the server it belongs to.

        Raises:
            ConnectionRefusedError: nobody listens.
        """
        self.wait(REQUEST_SECONDS)
        server = self._servers[address]
        if not self._listens(server):
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        stream: Any = _Stream()
        return _Served(stream, (address, 0), server, tls=False), self._boots[address]

    def exchange(self, address: str, life: int, served: _Served, request: bytes, patience: float | None) -> bytes:
        """Bring a request to its server and return the answer.

        Raises:
            ConnectionResetError: the connection broke.
            TimeoutError: no answer came in time.
        """
        self.before(request)
        self.wait(REQUEST_SECONDS)
        silent, self.silent = self.silent, None
        if silent == "before":
            raise self._late(patience)
        if self._boots[address] != life or not self._listens(self._servers[address]):
            raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
        answer = served.serve(request)
        if silent == "after":
            raise self._late(patience)
        if not answer or self._boots[address] != life:
            raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
        return answer

    @staticmethod
    def _listens(server: WinRmServer) -> bool:
        return server.machine.running and not server.faults.refusing

    def _late(self, patience: float | None) -> TimeoutError:
        self.wait(patience or 0.0)
        return TimeoutError("timed out")

    def _heard(self, event: Event) -> None:
        """A server that goes down, or has booted, has lost its shells and connections."""
        if event.kind in ("boot", "shutdown") and event.source in self._by_name:
            address = self._by_name[event.source]
            self._boots[address] += 1
            self._servers[address].service.forget()


_connected: list[Wire] = []
"""The wire in use, the last one."""


def _current() -> Wire:
    if not _connected:
        raise RuntimeError("no fleet is connected")
    return _connected[-1]


class _Socket:
    """What http.client takes for its socket: a request is over when the answer is asked for."""

    def __init__(self, wire: Wire, address: str) -> None:
        self._wire = wire
        self._address = address
        self._served, self._life = wire.connect(address)
        self._sent = bytearray()
        self._patience: float | None = None

    def sendall(self, data: bytes) -> None:
        """Take a part of a request."""
        self._sent += data

    def makefile(self, _mode: str, *_more: Any) -> io.BytesIO:
        """Send what was taken, and return the answer."""
        request, self._sent = bytes(self._sent), bytearray()
        return io.BytesIO(self._wire.exchange(self._address, self._life, self._served, request, self._patience))

    def settimeout(self, seconds: float | None) -> None:
        """Remember how long an answer is awaited."""
        self._patience = seconds

    def close(self) -> None:
        """Nothing is left open."""


class DirectConnection(HTTPConnection):
    """urllib3's connection to a server of the fleet whose wire is in use."""

    def connect(self) -> None:
        """Connect without the network."""
        try:
            self.sock = _Socket(_current(), self.host)
        except OSError as error:
            raise NewConnectionError(self, f"Failed to establish a new connection: {error}") from error

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection; that it was reset shows with the next request."""
        return self.sock is not None


@contextmanager
def connected(wire: Wire) -> Iterator[None]:
    """Let every HTTP connection of this process go over a wire, and commands run without threads."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(connectionpool.HTTPConnectionPool, "ConnectionCls", DirectConnection))
        stack.enter_context(patch.object(lab_shell, "Command", DirectCommand))
        _connected.append(wire)
        stack.callback(_connected.pop)
        yield
