# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fabric as real iSCSI over TCP on the loopback network.

One thread with one event loop carries all listeners, target connections and initiator connections of a lab; a session
costs two sockets and some 16 KiB. Needs Linux, where all of 127.0.0.0/8 answers without configuration.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import queue
import resource
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, TypeVar

from . import commands
from .addresses import AddressBook
from .initiator import InitiatorConnection, SocketAddress
from .initiator_login import log_in
from .interface import (
    ConnectionLost,
    Digests,
    DiscoveredTarget,
    FabricError,
    InitiatorSide,
    LogicalUnit,
    PortalAddress,
    Unreachable,
)
from .network import DISCOVERY_ISID, Network, check_chap
from .ports import PortChange, PortState, TargetPort
from .scsi import BLOCK_SIZE
from .target import PortListener

_T = TypeVar("_T")
_LOG = logging.getLogger(__name__)


class TcpSession:
    """A session over TCP; implements ``interface.FabricSession``."""

    def __init__(self, fabric: TcpFabric, connection: InitiatorConnection, port: TargetPort, isid: bytes) -> None:
        """Wrap a connection in the full feature phase."""
        self._fabric = fabric
        self.connection = connection
        self._isid = isid
        self.port = port

    @property
    def alive(self) -> bool:
        """Whether the connection stands as far as the initiator has noticed."""
        return self.connection.alive

    @property
    def isid(self) -> bytes:
        """The initiator session id."""
        return self._isid

    @property
    def tsih(self) -> int:
        """The target session identifying handle."""
        return self.connection.tsih

    @property
    def local_port(self) -> int:
        """The TCP port on the initiator's side."""
        return self.connection.local_address[1]

    @property
    def digests(self) -> Digests:
        """What both sides agreed on."""
        return self.connection.parameters.digests

    def logical_units(self) -> tuple[LogicalUnit, ...]:
        """Ask the target what it presents."""
        return self._fabric.call(commands.logical_units(self.connection))

    def read(self, lun: int, block: int, count: int) -> bytes:
        """Read blocks."""
        return self._fabric.call(commands.read(self.connection, lun, block, count))

    def write(self, lun: int, block: int, data: bytes) -> None:
        """Write whole blocks."""
        if len(data) % BLOCK_SIZE:
            raise ValueError(f"{len(data)} bytes are not whole blocks of {BLOCK_SIZE}")
        self._fabric.call(commands.write(self.connection, lun, block, data))

    def logout(self) -> None:
        """End the session."""
        self._fabric.call(self._fabric.end(self, self.connection.log_out))

    def abort(self) -> None:
        """Reset the connection; a network that was taken down has done so."""
        with contextlib.suppress(Unreachable):
            self._fabric.call(self._fabric.end(self, self.reset))

    async def ping(self) -> None:
        """Find out whether the target still answers; if not, the session is lost."""
        with contextlib.suppress(ConnectionLost):  # the connection tells its owner itself
            await self.connection.ping()

    async def reset(self) -> None:
        """Reset the connection, in the event loop."""
        self.connection.reset("reset by the initiator")


class TcpFabric:
    """Implements ``interface.Fabric`` for the arrays of a network. Use as a context manager, or ``close`` it.

    ``on_lost`` is called in a thread of its own, one call at a time, after the array has logged the loss; it may use
    the fabric. A listener of the event log may inject faults but must not use the fabric: it may run in the event
    loop's thread.
    """

    def __init__(self, network: Network, *, answer_timeout: float = 5.0, keepalive: float | None = None) -> None:
        """Start the listeners of all ports.

        Args:
            network: the arrays and the links
            answer_timeout: seconds after which an unanswered request ends its connection
            keepalive: seconds between the NOP-Outs of each session; None sends one only when a port is told to hang,
                so that idle sessions cost nothing
        """
        self.network = network
        self.addresses = AddressBook()
        self._answer_timeout = answer_timeout
        self._listeners: dict[TargetPort, PortListener] = {}
        self._sessions: set[TcpSession] = set()
        self._background: set[asyncio.Task[None]] = set()
        self._callbacks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._closed = False
        _raise_file_limit()
        self._loop = asyncio.new_event_loop()
        self._loop_thread = threading.Thread(target=self._loop.run_forever, name="fabric", daemon=True)
        self._callback_thread = threading.Thread(target=self._run_callbacks, name="fabric-on-lost", daemon=True)
        self._loop_thread.start()
        self._callback_thread.start()
        for array in network.arrays:
            array.observe(self._port_changed)
            for port in array.ports:
                self._port_changed(port, PortChange.STATE)
        if keepalive is not None:
            self._in_loop(lambda: self._spawn(self._keep_alive(keepalive)))

    def __enter__(self) -> TcpFabric:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Reset everything and end the threads; no ``on_lost`` is called for it."""
        if self._closed:
            return
        self._closed = True
        for array in self.network.arrays:
            array.stop_observing(self._port_changed)
        self.call(self._shut_down())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._loop_thread.join()
        self._loop.close()
        self._callbacks.put(None)
        self._callback_thread.join()

    def discover(self, side: InitiatorSide, portal: PortalAddress) -> tuple[DiscoveredTarget, ...]:
        """Hold a discovery session."""
        return self.call(self._discover(side, portal))

    def login(
        self,
        side: InitiatorSide,
        portal: PortalAddress,
        target: str,
        isid: bytes,
        on_lost: Callable[[], None],
    ) -> TcpSession:
        """Open a normal session."""
        return self.call(self._log_in(side, portal, target, isid, on_lost))

    def ping(self, nic_address: str, portal: PortalAddress) -> bool:
        """Whether a TCP connection is accepted."""
        return self.call(self._ping(nic_address, portal))

    def accepts(self, side: InitiatorSide, portal: PortalAddress) -> bool:
        """Whether the array's secrets fit."""
        return self.network.accepts(side, portal)

    def later(self, work: Callable[[], None]) -> None:
        """Do what uses the fabric, after something that happened in it: in the thread that calls ``on_lost``."""
        self._callbacks.put(work)

    def real_address(self, port: TargetPort) -> SocketAddress:
        """Return where a port listens on the loopback network, for tools that know nothing of this lab.

        Whoever connects from an address that is no NIC of the lab (127.0.0.1, say) is shown such real addresses in
        SendTargets; the lab's own initiators are shown the declared ones.
        """
        return self._listeners[port].address

    def call(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine in the event loop and wait for its result.

        Raises:
            Unreachable: the fabric was closed before or meanwhile
        """
        if threading.current_thread() is self._loop_thread:
            work.close()
            raise RuntimeError("a listener of the event log used the fabric; hand the work to another thread")
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except (concurrent.futures.CancelledError, RuntimeError) as error:
            work.close()
            if not self._closed:
                raise
            raise Unreachable("the network was taken down") from error

    async def end(self, session: TcpSession, how: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """End a session from the initiator's side and wait until the array knows."""
        self._sessions.discard(session)
        local = session.connection.local_address
        await how()
        await self._listeners[session.port].ended(local, self._answer_timeout)

    # In the event loop

    async def _connect(self, nic: str, portal: PortalAddress) -> tuple[TargetPort, InitiatorConnection]:
        port = self.network.route(nic, portal)
        source = self.addresses.loopback(nic)
        try:
            return port, await InitiatorConnection.open(source, self.real_address(port), self._answer_timeout)
        except Unreachable as error:
            raise Unreachable(f"NIC {nic} to portal {port.portal_text}: {error}") from None

    async def _discover(self, side: InitiatorSide, portal: PortalAddress) -> tuple[DiscoveredTarget, ...]:
        check_chap(side)
        port, connection = await self._connect(side.nic_address, portal)
        local = connection.local_address
        try:
            await log_in(connection, side, None, DISCOVERY_ISID)
            targets = await commands.send_targets(connection)
            await connection.log_out()
            return targets
        finally:
            connection.reset("discovery has ended")
            await self._listeners[port].ended(local, self._answer_timeout)

    async def _log_in(
        self, side: InitiatorSide, portal: PortalAddress, target: str, isid: bytes, on_lost: Callable[[], None]
    ) -> TcpSession:
        check_chap(side)
        port, connection = await self._connect(side.nic_address, portal)
        local = connection.local_address
        session = TcpSession(self, connection, port, isid)
        connection.on_lost = lambda: self._spawn(self._lost(session, local, on_lost))
        try:
            await log_in(connection, side, target, isid)
        except FabricError:
            await self._listeners[port].ended(local, self._answer_timeout)
            raise
        self._sessions.add(session)
        # A link may have been cut after the check and before the array had a session to end.
        if not self.network.reaches(side.nic_address, portal.address):
            connection.reset("link down")
            await self._listeners[port].ended(local, self._answer_timeout)
            raise ConnectionLost(f"the connection to {port.portal_text} broke in the login")
        return session

    async def _ping(self, nic: str, portal: PortalAddress) -> bool:
        try:
            _unused, connection = await self._connect(nic, portal)
        except Unreachable:
            return False
        connection.reset("only a ping")
        return True

    async def _lost(self, session: TcpSession, local: SocketAddress, on_lost: Callable[[], None]) -> None:
        self._sessions.discard(session)
        await self._listeners[session.port].ended(local, self._answer_timeout)
        self._callbacks.put(on_lost)

    async def _keep_alive(self, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await asyncio.gather(*(session.ping() for session in self._sessions))

    async def _shut_down(self) -> None:
        for session in tuple(self._sessions):
            await session.reset()
        for listener in self._listeners.values():
            listener.stop_listening()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._background.add(task)  # the loop itself holds only weak references
        task.add_done_callback(self._background.discard)

    def _apply(self, port: TargetPort, change: PortChange) -> None:
        if port not in self._listeners:
            self._listeners[port] = PortListener(
                port, self.addresses.loopback(port.address), self.addresses.declared, self.real_address
            )
        listener = self._listeners[port]
        if change is PortChange.DROPPED:
            listener.drop_connections()
            return
        listener.follow()
        if port.state is PortState.HUNG:
            # An initiator finds out by its NOP-Outs, sooner or later; here it looks at once.
            for session in tuple(self._sessions):
                if session.port is port:
                    self._spawn(session.ping())

    # In other threads

    def _port_changed(self, port: TargetPort, change: PortChange) -> None:
        self._in_loop(lambda: self._apply(port, change))

    def _in_loop(self, function: Callable[[], None]) -> None:
        """Run a function in the event loop's thread and wait for it."""
        if threading.current_thread() is self._loop_thread:
            function()
            return

        async def run() -> None:
            function()

        self.call(run())

    def _run_callbacks(self) -> None:
        while True:
            callback = self._callbacks.get()
            if callback is None:
                return
            try:
                callback()
            except Exception:
                _LOG.exception("what follows an event of the fabric failed")


def _raise_file_limit() -> None:
    """Allow as many sockets as the system lets us: the usual soft limit of 1024 is two hundred servers."""
    _unused, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
