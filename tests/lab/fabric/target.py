# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listening side of an array: one TCP listener for each target port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from .addresses import portal_text
from .connection import TargetConnection
from .ports import PortState, TargetPort

SocketAddress = tuple[str, int]

_BACKLOG = 1024


class PortListener:
    """Listens for one target port at a loopback address. All methods belong to the event loop's thread."""

    def __init__(
        self,
        port: TargetPort,
        loopback: str,
        nic_of: Callable[[str], str | None],
        real_address_of: Callable[[TargetPort], SocketAddress],
    ) -> None:
        """Prepare; ``follow`` starts and stops listening as the port's state says.

        Args:
            port: the target port
            loopback: where to listen; the TCP port is the system's choice
            nic_of: the declared NIC address behind a source address, None for a stranger, such as an independent tool
            real_address_of: the socket address of a port: what SendTargets shows to strangers, who cannot reach
                declared addresses
        """
        self.port = port
        self._loopback = loopback
        self._nic_of = nic_of
        self._real_address_of = real_address_of
        self._loop = asyncio.get_running_loop()
        self._listening: socket.socket | None = None
        self._tcp_port = 0
        self._serving: dict[SocketAddress, asyncio.Task[None]] = {}
        self.connections: set[TargetConnection] = set()
        """The connections that stand."""

    @property
    def address(self) -> SocketAddress:
        """Where the port listens, or listened last."""
        return self._loopback, self._tcp_port

    def follow(self) -> None:
        """Listen or not, as the port's state says."""
        if self.port.state is PortState.REFUSING:
            self.stop_listening()
        elif self._listening is None:
            self._listen()

    def stop_listening(self) -> None:
        """Refuse new connections; those that stand go on."""
        if self._listening is not None:
            self._loop.remove_reader(self._listening)
            self._listening.close()
            self._listening = None

    def drop_connections(self) -> list[asyncio.Task[None]]:
        """Reset every connection; return the tasks that end with them."""
        tasks = list(self._serving.values())
        for task in tasks:
            task.cancel()
        return tasks

    async def ended(self, peer: SocketAddress, timeout: float) -> None:
        """Wait until the connection from ``peer`` has ended and the array knows, at most ``timeout`` seconds."""
        task = self._serving.get(peer)
        if task is not None:
            await asyncio.wait([task], timeout=timeout)

    def _listen(self) -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(self.address)  # after a fault the same TCP port again, which an independent tool may know
            sock.listen(_BACKLOG)
        except OSError:
            sock.close()
            raise
        sock.setblocking(False)
        self._tcp_port = sock.getsockname()[1]
        self._listening = sock
        self._loop.add_reader(sock, self._accept, sock)

    def _accept(self, listening: socket.socket) -> None:
        try:
            sock, peer = listening.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # whoever knocked has gone again
        sock.setblocking(False)
        task = self._loop.create_task(self._serve(sock, peer[0]))
        self._serving[peer] = task
        task.add_done_callback(lambda _: self._serving.pop(peer, None))

    async def _serve(self, sock: socket.socket, source: str) -> None:
        nic = self._nic_of(source)
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _unused = await self._loop.connect_accepted_socket(lambda: protocol, sock)
        except BaseException:
            sock.close()
            raise
        writer = asyncio.StreamWriter(transport, protocol, reader, self._loop)
        shown_portal = self._real_portal if nic is None else _declared_portal
        connection = TargetConnection(self.port, nic or source, shown_portal, reader, writer)
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)

    def _real_portal(self, port: TargetPort) -> str:
        return portal_text(*self._real_address_of(port))


def _declared_portal(port: TargetPort) -> str:
    return port.portal_text
