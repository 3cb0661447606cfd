# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WinRM endpoints of a lab: many simulated servers, one thread that accepts for all of them.

A connection has a thread of its own while it is open. A server that is down keeps its ports but does not listen, so
clients are refused and nobody else gets the port meanwhile.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any

from ..events import Event, EventLog
from .accounts import Membership
from .auth import Policy
from .faults import Faults
from .http import RESET_ON_CLOSE, Connection
from .interface import Machine
from .profile import WINRM_3_0, Profile
from .tls import Authority
from .wsman import Service

_TICK = 0.05  # seconds between looks at whether the servers run
_BACKLOG = 64
_HANDSHAKE_SECONDS = 10.0


class Port:
    """A TCP port of one server: always bound, listening only while the server is up."""

    def __init__(self, address: str, number: int, context: ssl.SSLContext | None) -> None:
        """Bind; port number 0 lets the system choose one."""
        self.context = context
        self.socket = self._bound(address, number)
        self.address: str = address
        self.number: int = self.socket.getsockname()[1]
        self.listening = False

    def listen(self) -> None:
        """Take connections from now on."""
        self.socket.listen(_BACKLOG)
        self.listening = True

    def deafen(self) -> None:
        """Refuse connections from now on, but keep the port."""
        self.socket.close()
        self.socket = self._bound(self.address, self.number)
        self.listening = False

    @staticmethod
    def _bound(address: str, number: int) -> socket.socket:
        bound = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setblocking(False)
        try:
            bound.bind((address, number))
        except OSError:
            bound.close()
            raise
        return bound


class WinRmServer:
    """The WinRM service of one simulated server."""

    def __init__(
        self,
        machine: Machine,
        events: EventLog,
        profile: Profile,
        policy: Policy,
        membership: Membership | None,
        ports: list[Port],
    ) -> None:
        """Stand ready; `Endpoints` brings the connections."""
        self.machine = machine
        self.profile = profile
        self.policy = policy
        self.membership = membership
        self.service = Service(machine, profile)
        self.faults = Faults()
        self.idle_seconds = 120.0
        """Seconds without a request after which a connection is dropped (http.sys: about two minutes)."""
        self.down = threading.Event()
        self.seen_down = False
        """Whether the machine was seen not running since it last booted."""
        self.ports = ports
        self._events = events
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()

    @property
    def http_url(self) -> str:
        """The URL of the HTTP endpoint.

        Raises:
            LookupError: the server has none.
        """
        return self._url("http")

    @property
    def https_url(self) -> str:
        """The URL of the HTTPS endpoint.

        Raises:
            LookupError: the server has none.
        """
        return self._url("https")

    @property
    def envelope_octets(self) -> int:
        """The largest message."""
        return self.profile.envelope_kilobytes * 1024

    @property
    def connection_count(self) -> int:
        """How many connections are open."""
        with self._lock:
            return len(self._connections)

    def log(self, **facts: Any) -> None:
        """Add a request to the lab's events."""
        self._events.add(self.machine.name, "request", **facts)

    def serve(self, stream: socket.socket, address: tuple[str, int], context: ssl.SSLContext | None) -> None:
        """Serve one connection in the calling thread."""
        with contextlib.ExitStack() as stack:
            stack.callback(stream.close)
            # Whatever the network or the client does to a connection ends this connection only.
            stack.enter_context(contextlib.suppress(OSError))
            if context is not None:
                stream.settimeout(_HANDSHAKE_SECONDS)
                encrypted = context.wrap_socket(stream, server_side=True, do_handshake_on_connect=False)
                stack.callback(encrypted.close)
                _shake_hands(encrypted)
                stream = encrypted
            with self._lock:
                self._connections.add(stream)
            stack.callback(self._forget_connection, stream)
            if not self.down.is_set():
                Connection(stream, address, self, tls=context is not None)

    def go_down(self) -> None:
        """Lose everything that a restart loses, and every connection."""
        self.down.set()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.service.forget()

    def come_up(self) -> None:
        """Serve again."""
        self.down.clear()

    def _forget_connection(self, stream: socket.socket) -> None:
        with self._lock:
            self._connections.discard(stream)

    def _url(self, scheme: str) -> str:
        for port in self.ports:
            if (port.context is not None) is (scheme == "https"):
                host = f"[{port.address}]" if ":" in port.address else port.address
                return f"{scheme}://{host}:{port.number}/wsman"
        raise LookupError(f"{self.machine.name} has no {scheme.upper()} endpoint")


def _shake_hands(stream: ssl.SSLSocket) -> None:
    """Begin TLS. Where that fails the client gets to read why: closing with unread octets would reset the connection.

    Raises:
        OSError: it failed
    """
    try:
        stream.do_handshake()
    except ssl.SSLError:
        stream.shutdown(socket.SHUT_WR)
        while stream.recv(4096):
            pass
        raise


class Endpoints:
    """All WinRM endpoints of a lab. Use as a context manager, or call `close`."""

    def __init__(self, events: EventLog) -> None:
        """Start the accepting thread."""
        self._events = events
        self._authority: Authority | None = None
        self._servers: list[WinRmServer] = []
        self._booted: set[str] = set()
        self._selector = selectors.DefaultSelector()
        self._errands: deque[tuple[Callable[[], None], threading.Event]] = deque()
        self._bell, self._ear = socket.socketpair()
        self._ear.setblocking(False)
        self._selector.register(self._ear, selectors.EVENT_READ, None)
        self._closing = False
        events.listen(self._heard)
        self._thread = threading.Thread(target=self._loop, name="winrm-endpoints", daemon=True)
        self._thread.start()

    def __enter__(self) -> Endpoints:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def authority(self) -> Authority:
        """Who signs the certificates of the HTTPS endpoints; ``authority.path`` is for ansible_winrm_ca_trust_path."""
        if self._authority is None:
            self._authority = Authority()
        return self._authority

    def open(
        self,
        machine: Machine,
        profile: Profile = WINRM_3_0,
        *,
        address: str = "127.0.0.1",
        http_port: int | None = None,
        https_port: int | None = None,
        policy: Policy | None = None,
        membership: Membership | None = None,
    ) -> WinRmServer:
        """Open a server's endpoint.

        Args:
            machine: the simulated Windows behind it.
            profile: its WinRM stack.
            address: a loopback address; each server may have one of its own.
            http_port: None for the stack's own port, 0 for any free one, -1 for no HTTP endpoint.
            https_port: the same for HTTPS.
            policy: which sign-ins are allowed, and what TLS is spoken.
            membership: the domain that the server is in; without one nobody signs in by Kerberos.

        Raises:
            OSError: a port is taken or may not be bound.
        """
        policy = policy or Policy()
        ports = []
        if http_port != -1:
            ports.append(Port(address, profile.http_port if http_port is None else http_port, None))
        if https_port != -1:
            context = self.authority.server_context(
                machine.name, address, clients=[entry.issuer for entry in policy.certificates], modern=policy.modern_tls
            )
            ports.append(Port(address, profile.https_port if https_port is None else https_port, context))
        server = WinRmServer(machine, self._events, profile, policy, membership, ports)
        server.down.set()

        self._run(lambda: self._servers.append(server))
        return server

    def shut(self, server: WinRmServer) -> None:
        """Close one server's endpoint for good."""

        def remove() -> None:
            self._servers.remove(server)
            self._deafen(server)
            for port in server.ports:
                port.socket.close()

        self._run(remove)

    def close(self) -> None:
        """Close all endpoints."""
        for server in list(self._servers):
            self.shut(server)
        self._closing = True
        self._bell.send(b"!")
        self._thread.join()
        self._selector.close()
        self._bell.close()
        self._ear.close()
        if self._authority is not None:
            self._authority.close()

    def settle(self) -> None:
        """Return once the endpoints have followed the state that the servers have now."""
        self._run(lambda: None)

    def _run(self, errand: Callable[[], None]) -> None:
        """Have the accepting thread do something, and wait until it is done."""
        done = threading.Event()
        self._errands.append((errand, done))
        self._bell.send(b"!")
        done.wait()

    def _heard(self, event: Event) -> None:
        """A server that went down and came back between two ticks has lost its shells and connections all the same."""
        if event.kind == "boot" and not self._closing:
            self._booted.add(event.source)
            with contextlib.suppress(OSError):
                self._bell.send(b"!")

    def _loop(self) -> None:
        while not self._closing:
            for key, _mask in self._selector.select(_TICK):
                if key.data is None:
                    with contextlib.suppress(BlockingIOError):
                        self._ear.recv(4096)
                else:
                    self._accept(*key.data)
            errands = [self._errands.popleft() for _number in range(len(self._errands))]
            for errand, _done in errands:
                errand()
            for server in self._servers:
                self._follow(server)
            for _errand, done in errands:
                done.set()

    def _accept(self, server: WinRmServer, port: Port) -> None:
        try:
            stream, address = port.socket.accept()
        except OSError:  # the client was gone again
            return
        if not server.machine.running:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            stream.close()
            return
        stream.setblocking(True)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        work = (stream, address[:2], port.context)
        threading.Thread(target=server.serve, args=work, name=f"winrm-{server.machine.name}", daemon=True).start()

    def _follow(self, server: WinRmServer) -> None:
        """Make listening match the server's state."""
        running = server.machine.running
        up = running and not server.faults.refusing
        missed = False
        if server.machine.name in self._booted:
            self._booted.discard(server.machine.name)
            missed, server.seen_down = not server.seen_down, False
        server.seen_down = server.seen_down or not running
        if not server.down.is_set() and (missed or not up):
            self._deafen(server)
        if up and server.down.is_set():
            server.come_up()
            for port in server.ports:
                port.listen()
                self._selector.register(port.socket, selectors.EVENT_READ, (server, port))

    def _deafen(self, server: WinRmServer) -> None:
        for port in server.ports:
            if port.listening:
                self._selector.unregister(port.socket)
                port.deafen()
        server.go_down()
