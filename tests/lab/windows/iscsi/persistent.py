# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Persistent logins: stored, listed, removed, and carried out when the service starts."""

from __future__ import annotations

from ...fabric.interface import PortalAddress
from ..clock import Appointment
from .authentication import check_options
from .discovery import Discovery, check_address
from .failures import InitiatorError
from .model import ANY_PORT, LoginRequest, PersistentLogin
from .sessions import Sessions
from .status import Status
from .surroundings import Surroundings

RETRY_SECONDS = 60.0
"""Pause between attempts at a persistent login that failed (public reports say about once a minute)."""


class PersistentLogins:
    """The stored logins of one initiator; they outlive everything but their removal."""

    def __init__(self, around: Surroundings, discovery: Discovery, sessions: Sessions) -> None:
        """Start with none."""
        self._around = around
        self._discovery = discovery
        self._sessions = sessions
        self._stored: list[PersistentLogin] = []
        self._failed: list[PersistentLogin] = []
        self._retry: Appointment | None = None

    def all(self) -> list[PersistentLogin]:
        """Return them in the order of their making, equal ones included."""
        with self._around.lock:
            return list(self._stored)

    def add(self, request: LoginRequest) -> PersistentLogin:
        """Store a login. The target has to be known; whether the portal answers is not tried.

        Raises:
            InitiatorError: SERVICE_NOT_RUNNING, TARGET_NOT_FOUND, INVALID_PORT_NUMBER, a CHAP status
        """
        around = self._around
        around.begin("store_login")
        around.check_initiator(request.instance, request.port_number)
        self._discovery.find(request.target)
        if request.portal:
            check_address(request.portal.address)
        check_options(request.options, request.security_flags, around.mutual_secret)
        with around.lock:
            equal = next((item for item in self._stored if item.request == request), None)
            if equal is not None and around.switches.persistent_logins_merge_equal:
                return equal
            login = PersistentLogin(request)
            self._stored.append(login)
            around.emit("state", change="persistent login stored", target=request.target)
            return login

    def remove(self, instance: str | None, target: str, port_number: int, portal: PortalAddress | None) -> Status:
        """Remove what matches: None and "any port" match everything.

        Raises:
            InitiatorError: TARGET_NOT_FOUND when nothing matches (which status Windows gives is not documented).
        """
        around = self._around
        around.begin("remove_login")
        with around.lock:
            matching = [
                item
                for item in self._stored
                if item.request.target.lower() == target.lower()
                and port_number in (ANY_PORT, item.request.port_number)
                and (instance is None or (item.request.instance or "").lower() == instance.lower())
                and (portal is None or _same_portal(item.request.portal, portal))
            ]
            if not matching:
                raise InitiatorError(Status.TARGET_NOT_FOUND)
            if not around.switches.remove_persistent_removes_all_equal:
                matching = matching[:1]
            self._stored = [item for item in self._stored if item not in matching]
            self._failed = [item for item in self._failed if item not in matching]
            around.emit("state", change="persistent login removed", target=target, count=len(matching))
        around.done("remove_login")
        return Status.SUCCESS

    def leave_behind(self, request: LoginRequest) -> None:
        """Put in what was stored under circumstances that are gone: a NIC, a target, a portal of another day."""
        around = self._around
        with around.lock:
            self._stored.append(PersistentLogin(request))
            around.emit("state", change="persistent login stored", target=request.target)

    def delete(self, login: PersistentLogin) -> None:
        """Remove just this one, as somebody at the server's console can."""
        around = self._around
        with around.lock:
            self._stored = [item for item in self._stored if item is not login]
            self._failed = [item for item in self._failed if item is not login]
            around.emit("state", change="persistent login removed", target=login.request.target, count=1)

    # carrying out

    def log_in_all(self) -> None:
        """Open a session for each stored login; what fails is tried again about once a minute."""
        for login in self.all():
            self._log_in(login)
        self._plan_retry()

    def _log_in(self, login: PersistentLogin) -> None:
        around = self._around
        with around.lock:
            epoch = around.epoch
            self._failed = [item for item in self._failed if item is not login]
        try:
            portal, name = self._destination(login.request)
            self._sessions.login(login.request, name, portal, stored=login)
        except InitiatorError:
            with around.lock:
                if epoch == around.epoch and login in self._stored:
                    self._failed.append(login)

    def _destination(self, request: LoginRequest) -> tuple[PortalAddress, str]:
        if request.portal is not None:
            return request.portal, request.target
        target = self._discovery.find(request.target)
        if not target.portals:
            raise InitiatorError(Status.NO_PORTAL_SPECIFIED)
        return target.portals[0][1], target.name

    def _plan_retry(self) -> None:
        with self._around.lock:
            if self._failed and self._retry is None:
                self._retry = self._around.clock.call_later(RETRY_SECONDS, self.retry)

    def retry(self) -> None:
        """Try what failed again, unless somebody has opened that very path as often as it is stored meanwhile."""
        with self._around.lock:
            self._retry = None
            failed = list(self._failed)
        for login in failed:
            if self._standing(login.request) >= self._wanted(login.request):
                with self._around.lock:
                    self._failed = [item for item in self._failed if item is not login]
            else:
                self._log_in(login)
        self._plan_retry()

    def _standing(self, request: LoginRequest) -> int:
        return sum(_same_path(session.request, request) for session in self._sessions.of(request.target))

    def _wanted(self, request: LoginRequest) -> int:
        """Count the stored logins of a path: each brings a session of its own."""
        return sum(
            item.request.target.lower() == request.target.lower() and _same_path(item.request, request)
            for item in self.all()
        )

    def stop(self) -> None:
        """Stop trying: the service ends."""
        with self._around.lock:
            self._failed = []
            if self._retry is not None:
                self._retry.cancel()
                self._retry = None


def _same_portal(first: PortalAddress | None, second: PortalAddress | None) -> bool:
    if first is None or second is None:
        return first is second
    return (first.address.lower(), first.tcp_port) == (second.address.lower(), second.tcp_port)


def _same_path(first: LoginRequest, second: LoginRequest) -> bool:
    return first.port_number == second.port_number and _same_portal(first.portal, second.portal)
