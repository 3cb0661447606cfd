# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A target port of the array: its addresses, what it does to logins, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from .addresses import portal_text
from .admission import OUT_OF_RESOURCES
from .interface import PortalAddress
from .ownership import GROUP_NUMBERS

if TYPE_CHECKING:
    from .array import Array
    from .sessions import TargetSession

DEFAULT_MAX_SESSIONS = 1024
"""No limit of an EVA's iSCSI port was found in any manual; this one is only there to be lowered by tests."""


class PortState(Enum):
    """What a connection to the port meets."""

    LISTENING = "listening"
    REFUSING = "refusing"
    """Nothing listens: TCP answers with a reset."""
    HUNG = "hung"
    """TCP accepts and nothing ever answers."""


class PortChange(Enum):
    """What a port tells its observers after it happened."""

    STATE = "state"
    DROPPED = "dropped"
    """Every connection to the port is to be reset, those that are no session yet too."""


@dataclass(eq=False)
class TargetPort:
    """One iSCSI port: one portal, one target (an EVA module shows each of its ports as a target of its own).

    The attributes down to ``target_name`` never change. Faults may be injected from any thread, also from a
    listener of the event log.
    """

    array: Array = field(repr=False)
    number: int
    """The relative target port identifier, from 1."""
    address: str
    tcp_port: int
    controller: str
    """``A`` or ``B``."""
    fabric: str
    module: str
    group_tag: int
    """The target portal group tag."""
    target_name: str
    state: PortState = PortState.LISTENING
    login_status: tuple[int, int, str] | None = None
    """Status class, detail and text that every login gets, None: logins are judged."""
    max_sessions: int = DEFAULT_MAX_SESSIONS
    guests: set[str] = field(default_factory=set)
    """Targets of other ports whose logins are sent here: a redirection leads to the same target (RFC 7143, 11.13.5)."""
    full_status: tuple[int, int] = OUT_OF_RESOURCES
    """Status class and detail of a login that finds so many sessions."""

    @property
    def portal(self) -> PortalAddress:
        """The portal under its declared address."""
        return PortalAddress(self.address, self.tcp_port)

    @property
    def portal_text(self) -> str:
        """The portal as the event log writes it."""
        return portal_text(self.address, self.tcp_port)

    @property
    def port_group(self) -> int:
        """The SCSI target port group: the ports of one controller (1 for A, 2 for B)."""
        return GROUP_NUMBERS[self.controller]

    @property
    def sessions(self) -> tuple[TargetSession, ...]:
        """The normal sessions that stand on this port."""
        return tuple(session for session in self.array.sessions if session.port is self)

    def refuse(self) -> None:
        """Take no new connection; sessions that stand go on."""
        self._set_state(PortState.REFUSING, "refuse")

    def drop(self, initiator: str | None = None) -> None:
        """Reset the sessions that stand, of one initiator where named; new ones may come at once."""
        self.array.record_fault("drop", portal=self.portal_text, initiator=initiator)
        for session in self.sessions:
            if initiator in (None, session.initiator):
                self.array.sessions.lose(session, "dropped by the array")
        if initiator is None:
            self.array.notify(self, PortChange.DROPPED)

    def hang(self) -> None:
        """Answer nothing any more, on sessions that stand too. What arrives is thrown away.

        There is no way back to the same sessions: a port that went on where it stopped would replay writes that the
        host has long redone on another path (measured with tgtd under SIGSTOP: the disk then reads old data).
        """
        self._set_state(PortState.HUNG, "hang")

    def kill(self) -> None:
        """Power the port off: no new connections, every session reset."""
        self.refuse()
        self.drop()

    def restore(self) -> None:
        """Take logins again."""
        self._set_state(PortState.LISTENING, "restore")

    def answer_logins_with(self, status_class: int, status_detail: int, text: str = "") -> None:
        """Give every later login, discovery included, one status of RFC 7143, 11.13.5."""
        self.array.record_fault(
            "login status", portal=self.portal_text, status=f"{status_class:02x}{status_detail:02x}"
        )
        self.login_status = (status_class, status_detail, text)

    def take_sessions(self, limit: int = DEFAULT_MAX_SESSIONS, status: tuple[int, int] = OUT_OF_RESOURCES) -> None:
        """Take so many sessions and give further logins a status; sessions that stand go on, above the limit too."""
        self.array.record_fault("session limit", portal=self.portal_text, limit=limit)
        self.max_sessions, self.full_status = limit, status

    def redirect(self, portal: PortalAddress, permanent: bool = False) -> None:
        """Send every later login to another portal (status 0101, or 0102 for good), which serves this target too."""
        for port in self.array.ports:
            if port.portal == portal:
                port.guests.add(self.target_name)
        self.answer_logins_with(1, 2 if permanent else 1, portal_text(portal.address, portal.tcp_port))

    def judge_logins(self) -> None:
        """Undo ``answer_logins_with`` and ``redirect``."""
        self.array.record_fault("logins judged", portal=self.portal_text)
        self.login_status = None
        for port in self.array.ports:
            port.guests.discard(self.target_name)

    def _set_state(self, state: PortState, action: str) -> None:
        if self.state is PortState.HUNG and state is not PortState.HUNG:
            self.drop()  # while what arrives is still thrown away: nothing that hung may be answered
        self.array.record_fault(action, portal=self.portal_text)
        self.state = state
        self.array.notify(self, PortChange.STATE)
