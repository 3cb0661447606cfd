# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The normal sessions that an array holds, and the unit attentions that wait in them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .admission import SUCCESS, LoginRefused, LoginRequest
from .scsi import CONSOLE_LUN, POWER_ON_OR_RESET, Sense

if TYPE_CHECKING:
    from .array import Array
    from .ports import TargetPort
    from .vdisk import Vdisk


@dataclass(eq=False)
class TargetSession:
    """One I_T nexus. Its changing parts belong to ``Sessions``, which guards them with its lock."""

    request: LoginRequest
    tsih: int
    chap: str
    """``none``, ``one-way`` or ``mutual``."""
    kill: Callable[[], None] = field(repr=False)
    """Resets what carries the session; harmless when it is gone, safe from any thread, must not block."""
    attentions: dict[int, deque[Sense]] = field(default_factory=dict)
    """Unit attentions that wait, by LUN."""
    announced: bool = False
    """Whether the log has its login event; an end that comes earlier waits for it, so that the order is right."""
    lost: str | None = None
    """Why the session was lost."""

    @property
    def port(self) -> TargetPort:
        """The target port it stands on."""
        return self.request.port

    @property
    def initiator(self) -> str:
        """The initiator's node name."""
        return self.request.initiator

    @property
    def nic(self) -> str:
        """The declared address it comes from."""
        return self.request.nic


class Sessions:
    """All normal sessions of one array; iterating gives those that stand, oldest first. Safe from any thread."""

    def __init__(self, array: Array) -> None:
        """Start without any."""
        self._array = array
        self._standing: dict[int, TargetSession] = {}
        self._last_tsih = 0
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[TargetSession]:
        with self._lock:
            return iter(tuple(self._standing.values()))

    def open(self, request: LoginRequest, chap: str, kill: Callable[[], None]) -> TargetSession:
        """Make the session of an admitted and authenticated login.

        A session of the same initiator, ISID and port is ended first: reinstatement (RFC 7143, 6.3.5).

        Raises:
            LoginRefused: the port has its number of sessions
        """
        for twin in self._twins(request):
            self.lose(twin, "reinstated")
        with self._lock:
            if sum(session.port is request.port for session in self._standing.values()) >= request.port.max_sessions:
                raise LoginRefused(*request.port.full_status)
            session = TargetSession(request, self._next_tsih(), chap, kill)
            self._standing[session.tsih] = session
        self._array.remember(request.initiator)
        for lun in self._luns(request.initiator):
            session.attentions[lun] = deque([POWER_ON_OR_RESET])
        self._record_login(session)
        return session

    def logged_out(self, session: TargetSession) -> None:
        """End a session that the initiator logged out."""
        with self._lock:
            stood = self._remove(session)
        if stood:
            facts = session.request.facts()
            self._array.log.add(self._array.name, "logout", **facts, tsih=session.tsih, chap=session.chap)

    def lose(self, session: TargetSession, reason: str) -> None:
        """End a session without a logout and reset what carries it; nothing happens if it has ended already."""
        with self._lock:
            if not self._remove(session):
                return
            session.lost = reason
            announced = session.announced
        if announced:
            self._record_loss(session)
        session.kill()

    def raise_attention(self, initiator: str, sense: Sense) -> None:
        """Let every LUN of an initiator name report a unit attention on each of its sessions."""
        luns = self._luns(initiator)
        with self._lock:
            for session in self._standing.values():
                if session.initiator == initiator:
                    for lun in luns:
                        session.attentions.setdefault(lun, deque()).append(sense)

    def raise_attention_of(self, vdisk: Vdisk, sense: Sense) -> None:
        """Let a virtual disk report a unit attention on every session that shows it."""
        for session in self:
            for number, presented in self._array.presented_to(session.initiator).items():
                if presented is vdisk:
                    with self._lock:
                        session.attentions.setdefault(number, deque()).append(sense)

    def take_attention(self, session: TargetSession, lun: int) -> Sense | None:
        """Return and forget the oldest unit attention of a LUN."""
        with self._lock:
            waiting = session.attentions.get(lun)
            return waiting.popleft() if waiting else None

    def reset_logical_units(self, origin: TargetSession, lun: int | None) -> None:
        """Tell every other session that a LUN, or with None every LUN that ``origin`` sees, was reset."""
        hit = [vdisk for number, vdisk in self._array.presented_to(origin.initiator).items() if lun in (None, number)]
        for session in self:
            for number, vdisk in self._array.presented_to(session.initiator).items():
                if vdisk in hit and session is not origin:
                    with self._lock:
                        session.attentions.setdefault(number, deque()).append(POWER_ON_OR_RESET)

    def _twins(self, request: LoginRequest) -> list[TargetSession]:
        key = (request.port, request.initiator, request.isid)
        return [session for session in self if (session.port, session.initiator, session.request.isid) == key]

    def _luns(self, initiator: str) -> tuple[int, ...]:
        return (CONSOLE_LUN, *self._array.presented_to(initiator))

    def _next_tsih(self) -> int:
        """Return a free handle, under the lock."""
        while True:
            # 0 means "new session" in a Login Request and is never a handle (RFC 7143, 11.12.6).
            self._last_tsih = self._last_tsih % 0xFFFF + 1
            if self._last_tsih not in self._standing:
                return self._last_tsih

    def _remove(self, session: TargetSession) -> bool:
        """Take a session out, under the lock; whether it stood."""
        if self._standing.get(session.tsih) is not session:
            return False
        del self._standing[session.tsih]
        return True

    def _record_login(self, session: TargetSession) -> None:
        facts = session.request.facts()
        self._array.log.add(self._array.name, "login", **facts, tsih=session.tsih, chap=session.chap, status=SUCCESS)
        with self._lock:
            session.announced = True
            lost_already = session.lost is not None
        if lost_already:
            self._record_loss(session)

    def _record_loss(self, session: TargetSession) -> None:
        facts = session.request.facts()
        self._array.log.add(
            self._array.name, "session-lost", **facts, tsih=session.tsih, chap=session.chap, reason=session.lost
        )
