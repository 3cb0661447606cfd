# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fabric in memory: the array's own judgements without sockets, for fault sweeps and property tests."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

from .addresses import canonical
from .admission import (
    ABANDONED,
    MUTUAL_CHAP,
    NO_CHAP,
    ONE_WAY_CHAP,
    ChapDemand,
    LoginRefused,
    LoginRequest,
    admit,
    judge_chap,
    negotiation_failed,
)
from .interface import (
    AuthenticationFailed,
    ConnectionLost,
    Digests,
    DiscoveredPortal,
    DiscoveredTarget,
    InitiatorSide,
    LogicalUnit,
    LoginRejected,
    PortalAddress,
    Unreachable,
)
from .network import DISCOVERY_ISID, Network, check_chap
from .ports import PortChange, PortState, TargetPort
from .scsi import BLOCK_SIZE, CONSOLE_LUN, INVALID_OPERATION, LOGICAL_UNIT_NOT_SUPPORTED, CheckCondition
from .sessions import TargetSession
from .vdisk import Vdisk


class MemorySession:
    """A session without a connection; implements ``interface.FabricSession``."""

    def __init__(self, isid: bytes, local_port: int, digests: Digests, on_lost: Callable[[], None]) -> None:
        """Prepare a session that ``attach`` brings to life."""
        self._digests = digests
        self._isid = isid
        self._local_port = local_port
        self._on_lost: Callable[[], None] | None = on_lost
        self._alive = True
        self._lock = threading.Lock()
        self._peer: TargetSession | None = None

    @property
    def alive(self) -> bool:
        """Whether the session stands."""
        return self._alive

    @property
    def isid(self) -> bytes:
        """The initiator session id."""
        return self._isid

    @property
    def tsih(self) -> int:
        """The target session identifying handle."""
        return self._target.tsih

    @property
    def local_port(self) -> int:
        """A made-up TCP port of the dynamic range."""
        return self._local_port

    @property
    def digests(self) -> Digests:
        """What both sides agreed on; here nothing is sent that could be protected."""
        return self._digests

    def attach(self, peer: TargetSession) -> bool:
        """Take the array's end of the session; whether it still stands."""
        with self._lock:
            self._peer = peer
            return self._alive

    def reset(self) -> None:
        """Be reset by the array; tells the owner once, unless the owner itself ended the session."""
        with self._lock:
            # Before the login is over its caller learns by the exception.
            on_lost = self._on_lost if self._peer else None
            self._on_lost, self._alive = None, False
        if on_lost:
            on_lost()

    def logical_units(self) -> tuple[LogicalUnit, ...]:
        """Return what the array presents."""
        port = self._standing().port
        return port.array.logical_units(self._target.initiator, port)

    def read(self, lun: int, block: int, count: int) -> bytes:
        """Read blocks."""
        return self._vdisk(lun).read(block, count)

    def write(self, lun: int, block: int, data: bytes) -> None:
        """Write whole blocks."""
        if len(data) % BLOCK_SIZE:
            raise ValueError(f"{len(data)} bytes are not whole blocks of {BLOCK_SIZE}")
        self._vdisk(lun).write(block, data)

    def logout(self) -> None:
        """End the session."""
        if self._end():
            self._target.port.array.sessions.logged_out(self._target)

    def abort(self) -> None:
        """End the session without a logout."""
        if self._end():
            self._target.port.array.sessions.lose(self._target, "reset by the initiator")

    @property
    def _target(self) -> TargetSession:
        if self._peer is None:
            raise RuntimeError("the session is used before its login ended")
        return self._peer

    def _end(self) -> bool:
        with self._lock:
            stood, self._alive, self._on_lost = self._alive, False, None
        return stood

    def _standing(self) -> TargetSession:
        if not self._alive:
            raise ConnectionLost("the session has ended")
        return self._target

    def _vdisk(self, lun: int) -> Vdisk:
        target = self._standing()
        vdisk = target.port.array.presented_to(target.initiator).get(lun)
        if vdisk is None:
            raise CheckCondition(INVALID_OPERATION if lun == CONSOLE_LUN else LOGICAL_UNIT_NOT_SUPPORTED)
        target.port.array.ownership.check_access(vdisk)
        target.port.array.ownership.count_io(vdisk, target.port.controller)
        return vdisk


class MemoryFabric:
    """Implements ``interface.Fabric`` on the arrays of a network. ``on_lost`` is called in the thread of the fault."""

    def __init__(self, network: Network) -> None:
        """Watch the ports of all arrays."""
        self.network = network
        self._local_ports = itertools.count(49152)
        for array in network.arrays:
            array.observe(self._port_changed)

    def discover(self, side: InitiatorSide, portal: PortalAddress) -> tuple[DiscoveredTarget, ...]:
        """Hold a discovery session."""
        request = self._request(side, portal, None, DISCOVERY_ISID)
        chap = self._authenticate(request, side)
        array = request.port.array
        array.record_discovery(request, chap)
        return tuple(
            DiscoveredTarget(port.target_name, (DiscoveredPortal(port.portal, port.group_tag),))
            for port in array.targets_shown(request)
        )

    def login(
        self,
        side: InitiatorSide,
        portal: PortalAddress,
        target: str,
        isid: bytes,
        on_lost: Callable[[], None],
    ) -> MemorySession:
        """Open a normal session."""
        request = self._request(side, portal, target, isid)
        chap = self._authenticate(request, side)
        array = request.port.array
        session = MemorySession(isid, next(self._local_ports), self._digests(request, chap, side), on_lost)
        try:
            peer = array.sessions.open(request, chap, session.reset)
        except LoginRefused as refusal:
            raise _rejected(request, chap, refusal) from None
        stands = session.attach(peer)
        # A fault may have come after the checks and before the session was there to be reset.
        if request.port.state is not PortState.LISTENING or not self.network.reaches(request.nic, portal.address):
            session.abort()
            stands = False
        if not stands:
            raise ConnectionLost(f"the connection to {request.port.portal_text} broke in the login")
        return session

    def accepts(self, side: InitiatorSide, portal: PortalAddress) -> bool:
        """Whether the array's secrets fit."""
        return self.network.accepts(side, portal)

    @staticmethod
    def _digests(request: LoginRequest, chap: str, side: InitiatorSide) -> Digests:
        wanted, offered = side.digests, request.port.array.digests
        agreed = Digests(wanted.header and offered.header, wanted.data and offered.data)
        if side.digests_required and agreed != wanted:
            raise _rejected(request, chap, negotiation_failed())
        return agreed

    def ping(self, nic_address: str, portal: PortalAddress) -> bool:
        """Whether a connection would be accepted."""
        try:
            self._connect(nic_address, portal)
        except Unreachable:
            return False
        return True

    @staticmethod
    def later(work: Callable[[], None]) -> None:
        """Do what uses the fabric, after something that happened in it: here at once."""
        work()

    def _connect(self, nic: str, portal: PortalAddress) -> TargetPort:
        port = self.network.route(nic, portal)
        if port.state is PortState.REFUSING:
            raise Unreachable(f"NIC {nic} to portal {port.portal_text}: connection refused")
        return port

    def _request(self, side: InitiatorSide, portal: PortalAddress, target: str | None, isid: bytes) -> LoginRequest:
        check_chap(side)
        port = self._connect(side.nic_address, portal)
        if port.state is PortState.HUNG:
            raise ConnectionLost(f"portal {port.portal_text} did not answer the login", silent=True)
        return LoginRequest(port, canonical(side.nic_address), side.node_name, isid, target)

    def _authenticate(self, request: LoginRequest, side: InitiatorSide) -> str:
        chap = NO_CHAP
        try:
            demand = admit(request)
            chap = _attempted_chap(demand, side)
            judge_chap(demand, side)
        except LoginRefused as refusal:
            raise _rejected(request, chap, refusal) from None
        if side.mutual and not side.mutual.accepts(demand.mutual):
            request.port.array.record_failed_login(request, chap, ABANDONED)
            raise AuthenticationFailed(f"target {request.target} did not prove its identity with CHAP")
        return chap

    def _port_changed(self, port: TargetPort, change: PortChange) -> None:
        # An initiator whose NOP-Out stays unanswered resets the connection; here that takes no time.
        if change is PortChange.STATE and port.state is PortState.HUNG:
            for session in port.sessions:
                port.array.sessions.lose(session, "reset by the initiator")


def _attempted_chap(demand: ChapDemand, side: InitiatorSide) -> str:
    """Return how far CHAP gets between the two, right or wrong."""
    if demand.one_way is None or side.one_way is None:
        return NO_CHAP
    return MUTUAL_CHAP if side.mutual else ONE_WAY_CHAP


def _rejected(request: LoginRequest, chap: str, refusal: LoginRefused) -> LoginRejected:
    request.port.array.record_failed_login(request, chap, refusal)
    return LoginRejected(refusal.status_class, refusal.status_detail, refusal.text)
