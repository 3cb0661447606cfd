# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions of the initiator: login, loss and reconnection, logout, and the devices they show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...fabric.interface import FabricError, FabricSession, LogicalUnit, PortalAddress
from ..clock import Appointment
from ..interface import LunPath, ScsiAddress
from . import redirection
from .authentication import initiator_side
from .failures import InitiatorError, failure_of
from .model import ConnectionState, LoginRequest, PersistentLogin, Session
from .port_groups import PortGroups
from .status import Status
from .surroundings import Surroundings

SCSI_PORT = 4
"""Number of the initiator's SCSI port, ``\\\\.\\Scsi4:``."""
MAXIMUM_SESSIONS = 256
"""Sessions the initiator takes (public reports say about 256)."""
RECONNECT_SECONDS = 1.0
"""Pause between attempts of the driver to reconnect a lost session: shorter than Windows' 5 (registry value
DelayBetweenReconnect, NetApp's knowledge base), which nobody should have to wait for in a lab."""

_ISID_PREFIX = bytes.fromhex("40000137")
"""Microsoft's ISIDs: enterprise number 311, as every captured session shows."""
_NUMBER_PREFIX = 0x4000013700000000


@dataclass(frozen=True, eq=False)
class _Reservation:
    """What a login in progress holds, so that another one takes something else."""

    target: str
    isid: bytes
    scsi_target: int
    number: int
    multipath: bool


class Sessions:
    """All sessions of one initiator. They do not outlive the service."""

    def __init__(self, around: Surroundings) -> None:
        """Start with none."""
        self._around = around
        self._sessions: list[Session] = []
        self._logins: list[_Reservation] = []
        self._numbered = 0
        self._reconnect: Appointment | None = None
        self._port_groups = PortGroups(around.disks)

    def all(self) -> list[Session]:
        """Return the sessions in the order of their making."""
        with self._around.lock:
            return list(self._sessions)

    def of(self, target: str) -> list[Session]:
        """Return the sessions with a target, letter case aside."""
        return [session for session in self.all() if session.target.lower() == target.lower()]

    def find(self, adapter: int, number: int) -> Session:
        """Return the session with this id.

        Raises:
            InitiatorError: INVALID_SESSION_ID
        """
        for session in self.all():
            if (session.adapter, session.number) == (adapter, number):
                return session
        raise InitiatorError(Status.INVALID_SESSION_ID)

    # login

    def login(
        self, request: LoginRequest, target: str, portal: PortalAddress, stored: PersistentLogin | None = None
    ) -> Session:
        """Open a session; ``target`` is the name as the target list spells it.

        Raises:
            InitiatorError: TARGET_ALREADY_LOGGED_IN without the multipath flag, TOO_MANY_SESSIONS, or what the
                network or the array made of it.
        """
        around = self._around
        nic = around.nic_for(request.port_number, portal.address)
        with around.lock:
            epoch = around.epoch
            reservation = self._reserve(request, target)
        session = self._prepare(request, target, portal, nic, reservation, stored)
        try:
            fabric_session = self._open(session)
            with around.lock:
                current = epoch == around.epoch and around.service_runs()
                if current:
                    self._admit(session)
        finally:
            with around.lock:
                self._logins.remove(reservation)
        if not current:
            fabric_session.abort()
            raise InitiatorError(Status.SERVICE_NOT_RUNNING)
        return session

    def _reserve(self, request: LoginRequest, target: str) -> _Reservation:
        around = self._around
        holders: list[Session | _Reservation] = [*self._sessions, *self._logins]
        if len(holders) >= MAXIMUM_SESSIONS:
            raise InitiatorError(Status.TOO_MANY_SESSIONS)
        same = [holder for holder in holders if holder.target.lower() == target.lower()]
        first_lacks_flag = any(
            not (item.multipath if isinstance(item, _Reservation) else item.request.options.multipath) for item in same
        )
        if same and not request.options.multipath:
            raise InitiatorError(Status.TARGET_ALREADY_LOGGED_IN)
        if same and first_lacks_flag and around.switches.first_session_needs_multipath_flag:
            raise InitiatorError(Status.TARGET_ALREADY_LOGGED_IN)
        if same and request.instance is None and self._needs_named_instance():
            raise InitiatorError(Status.TARGET_ALREADY_LOGGED_IN)
        self._numbered += 1
        reservation = _Reservation(
            target=target,
            isid=_free_isid({holder.isid for holder in same}),
            scsi_target=_lowest_free({holder.scsi_target for holder in holders}),
            number=_NUMBER_PREFIX | self._numbered,
            multipath=request.options.multipath,
        )
        self._logins.append(reservation)
        return reservation

    def _needs_named_instance(self) -> bool:
        """On Server 2008, not R2, further sessions fail without the initiator's name (public code of Infinidat)."""
        around = self._around
        return around.release.major_minor == (6, 0) and around.switches.second_session_of_2008_names_instance

    def _prepare(
        self,
        request: LoginRequest,
        target: str,
        portal: PortalAddress,
        nic: str,
        reservation: _Reservation,
        stored: PersistentLogin | None,
    ) -> Session:
        return Session(
            number=reservation.number,
            adapter=self._around.adapter_id,
            connection_number=reservation.number & 0xFFFFFFFF,
            request=request,
            target=target,
            portal=portal,
            nic_address=nic,
            isid=reservation.isid,
            scsi_target=reservation.scsi_target,
            node_name=self._around.node_name,
            from_persistent=stored,
        )

    def _open(self, session: Session) -> FabricSession:
        """Log in over the fabric, following redirections, and read what the target presents."""
        around = self._around
        side = initiator_side(
            session.node_name,
            session.nic_address,
            session.request.options,
            around.mutual_secret,
            around.switches.digest_offer == "required",
        )
        opened = redirection.log_in(around, session, side, self._loss_of(session))
        try:
            units = opened.logical_units()
        except FabricError as error:
            opened.abort()
            raise failure_of(error) from error
        with around.lock:
            session.fabric_session = opened
            session.tsih, session.local_port, session.units = opened.tsih, opened.local_port, units
            session.digests = opened.digests
        return opened

    def _admit(self, session: Session) -> None:
        """Take a session that has just been opened into the list and let its devices appear."""
        around = self._around
        with around.batch():
            self._sessions.append(session)
            around.emit("state", change="session opened", session=session.id, target=session.target)
            if around.switches.device_delay > 0:
                around.clock.call_later(around.switches.device_delay, lambda: self._appear(session))
            else:
                self._appear(session)
            if session.fabric_session is None or not session.fabric_session.alive:
                self._lose(session)

    def _appear(self, session: Session) -> None:
        around = self._around
        with around.batch():
            if session not in self._sessions or session.request.informational:
                return
            session.devices_shown = True
            self._show_changes(session)
            if not session.connected:
                around.disks.fail(session.id)

    @staticmethod
    def _paths(session: Session) -> list[LunPath]:
        return [
            LunPath(
                ScsiAddress(SCSI_PORT, 0, session.scsi_target, unit.lun),
                unit,
                session.id,
                session.target,
                session.portal,
                session.nic_address,
            )
            for unit in session.units
        ]

    # loss and reconnection

    def _loss_of(self, session: Session) -> Callable[[], None]:
        """Return what the fabric calls, from any thread, when the connection breaks by itself."""

        def lost() -> None:
            with self._around.lock:
                if session in self._sessions:
                    self._lose(session)

        return lost

    def _lose(self, session: Session) -> None:
        around = self._around
        if not session.connected:
            return
        with around.batch():
            session.state = ConnectionState.RECONNECTING
            if session.devices_shown:
                around.disks.fail(session.id)
            around.emit("state", change="session lost", session=session.id, target=session.target)
        self._plan_reconnect()

    def _plan_reconnect(self) -> None:
        if self._reconnect is None:
            self._reconnect = self._around.clock.call_later(RECONNECT_SECONDS, self.reconnect)

    def reconnect(self) -> None:
        """Try each lost session once, as the driver does again and again while there is one."""
        around = self._around
        with around.lock:
            self._reconnect = None
            epoch = around.epoch
        for session in self.all():
            if not session.connected:
                self._reconnect_one(session, epoch)
        with around.lock:
            if any(not session.connected for session in self._sessions):
                self._plan_reconnect()

    def _reconnect_one(self, session: Session, epoch: int) -> None:
        around = self._around
        try:
            opened = self._open(session)
        except InitiatorError:
            return
        with around.lock:
            wanted = epoch == around.epoch and session in self._sessions
            if wanted:
                with around.batch():
                    session.state = ConnectionState.CONNECTED
                    if session.devices_shown:
                        around.disks.restore(session.id)
                        self._show_changes(session)
                    around.emit("state", change="session restored", session=session.id, target=session.target)
                    if not opened.alive:
                        self._lose(session)
        if not wanted:
            opened.abort()

    # devices

    def rescan(self) -> None:
        """Read again what each target presents, as Windows does on REPORTED LUNS DATA HAS CHANGED (SPC-3, 3F/0E).

        That Windows acts on this unit attention by itself, and at once, is not confirmed for every release.
        """
        self._look_again(lambda session, units: units)

    def learn_port_groups(self) -> None:
        """Ask for the access states of the LUNs that are known, as the DSM does when one of them has changed."""
        self._look_again(_with_port_groups)

    def _look_again(self, choose: Callable[[Session, tuple[LogicalUnit, ...]], tuple[LogicalUnit, ...]]) -> None:
        around = self._around
        for session in self.all():
            opened = session.fabric_session
            if not session.connected or opened is None:
                continue
            try:
                units = choose(session, opened.logical_units())
            except FabricError:
                continue  # the loss is reported by the fabric itself
            with around.lock:
                if session in self._sessions and session.fabric_session is opened and units != session.units:
                    session.units = units
                    if session.devices_shown:
                        with around.batch():
                            self._show_changes(session)

    def _show_changes(self, session: Session) -> None:
        """Bring the disks of a session up to date; what is not presented any more goes."""
        disks = self._around.disks
        presented = {(unit.lun, unit.naa) for unit in session.units}
        gone = session.shown - presented
        if gone:
            disks.withdraw(session.id, {lun for lun, _naa in gone})
        self._port_groups.learn(session.units)
        disks.attach(self._paths(session))
        session.shown = frozenset(presented)

    # logout

    def logout(self, session: Session) -> None:
        """End one session.

        Raises:
            InitiatorError: INVALID_SESSION_ID, DEVICE_BUSY_ON_SESSION
        """
        around = self._around
        with around.lock:
            if session not in self._sessions:
                raise InitiatorError(Status.INVALID_SESSION_ID)
            if self._busy(session):
                raise InitiatorError(Status.DEVICE_BUSY_ON_SESSION)
            with around.batch():
                self._sessions.remove(session)
                around.disks.detach(session.id)
                around.emit("state", change="session closed", session=session.id, target=session.target)
        if session.fabric_session is not None:
            session.fabric_session.logout()

    def _busy(self, session: Session) -> bool:
        disks = self._around.disks
        if disks.busy(session.id):
            return True
        if self._around.switches.logout_busy_of_several_succeeds:
            return False
        in_use = disks.used_luns()
        return any(unit.naa is not None and unit.naa.lower() in in_use for unit in session.units)

    def close_all(self, abort: bool) -> None:
        """End every session: the service stops, or with ``abort`` the server loses its power or reboots."""
        around = self._around
        with around.lock, around.batch():
            closing, self._sessions = self._sessions, []
            self._port_groups.forget()
            if self._reconnect is not None:
                self._reconnect.cancel()
                self._reconnect = None
            for session in closing:
                around.disks.detach(session.id)
            if closing:
                around.emit("state", change="all sessions closed", count=len(closing))
        for session in closing:
            if session.fabric_session is not None:
                if abort:
                    session.fabric_session.abort()
                else:
                    session.fabric_session.logout()


def _with_port_groups(session: Session, units: tuple[LogicalUnit, ...]) -> tuple[LogicalUnit, ...]:
    """Return what a session has shown so far with the access states of now."""
    now = {(unit.lun, unit.naa): unit.port_groups for unit in units}
    return tuple(replace(unit, port_groups=now.get((unit.lun, unit.naa), unit.port_groups)) for unit in session.units)


def _lowest_free(used: set[int]) -> int:
    return next(number for number in range(len(used) + 1) if number not in used)


def _free_isid(used: set[bytes]) -> bytes:
    """Return an ISID that no other session with the target has: the qualifier counts up (RFC 7143, 10.1.1)."""
    numbers = {int.from_bytes(isid[4:], "big") for isid in used}
    return _ISID_PREFIX + _lowest_free(numbers).to_bytes(2, "big")
