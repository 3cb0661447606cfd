# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Microsoft iSCSI initiator of a simulated server: what its functions (iscsidsc.dll) do."""

from __future__ import annotations

import zlib

from ...fabric.interface import PortalAddress
from ..interface import SessionView, StoredView
from .authentication import MAXIMUM_SECRET, MINIMUM_SECRET, check_options, credentials, initiator_side
from .bound import BoundDevices
from .discovery import Discovery, check_address
from .failures import InitiatorError
from .model import ANY_PORT, INSTANCE, KnownTarget, LoginRequest, Session
from .persistent import PersistentLogins
from .sessions import Sessions
from .status import Status
from .surroundings import DISCOVERY_KEY, Surroundings

SERVICE = "MSiSCSI"

ISNS_VALUE = "iSNSServerList"
"""Value of the discovery key (blogs.msdn.com/b/san, 27 July 2008)."""


class Initiator:
    """Service and driver as one. Every function raises InitiatorError SERVICE_NOT_RUNNING while the service stands."""

    def __init__(self, around: Surroundings) -> None:
        """Start with nothing stored."""
        self.around = around
        self.discovery = Discovery(around)
        self.sessions = Sessions(around)
        self.persistent = PersistentLogins(around, self.discovery, self.sessions)
        self.bound = BoundDevices(around, self.persistent, self.sessions)

    # life

    def booted(self, boots: int) -> None:
        """Windows has started: the adapter's kernel address is another one."""
        around = self.around
        spread = zlib.crc32(f"{around.dns_name}/{boots}".encode())
        around.adapter_id = around.release.kernel_pointer_base | (spread << 4) | 0x8

    def service_started(self) -> None:
        """Ask the discovery portals, carry the persistent logins out, and wait for what is bound."""
        with self.around.lock:
            self.around.epoch += 1
        self.discovery.ask_all()
        self.persistent.log_in_all()
        self.bound.wait()

    def service_stopped(self, abort: bool = False) -> None:
        """End all sessions; with ``abort`` the server goes down and the array gets no logout."""
        with self.around.lock:
            self.around.epoch += 1
        self.persistent.stop()
        self.sessions.close_all(abort)
        self.discovery.forget_found()

    # logins

    def login(self, request: LoginRequest) -> Session:
        """Open a session (LoginIScsiTarget with IsPersistent false).

        Raises:
            InitiatorError: with the status the function returns.
        """
        around = self.around
        around.begin("login")
        around.check_initiator(request.instance, request.port_number)
        target = self.discovery.find(request.target)
        check_options(request.options, request.security_flags, around.mutual_secret)
        portal = request.portal or self._some_portal(target)
        check_address(portal.address)
        with around.patience():
            session = self.sessions.login(request, target.name, portal)
        around.done("login")
        return session

    def store_login(self, request: LoginRequest) -> None:
        """Store a login (LoginIScsiTarget with IsPersistent true); it opens no session, or does (switch).

        Raises:
            InitiatorError: with the status the function returns.
        """
        login = self.persistent.add(request)
        if self.around.switches.persistent_login_logs_in:
            target = self.discovery.find(request.target)
            with self.around.patience():
                self.sessions.login(request, target.name, request.portal or self._some_portal(target), stored=login)
        self.around.done("store_login")

    @staticmethod
    def _some_portal(target: KnownTarget) -> PortalAddress:
        if not target.portals:
            raise InitiatorError(Status.NO_PORTAL_SPECIFIED)
        return target.portals[0][1]

    def logout(self, adapter: int, number: int) -> Status:
        """End the session with this id.

        Raises:
            InitiatorError: INVALID_SESSION_ID, DEVICE_BUSY_ON_SESSION
        """
        self.around.begin("logout")
        self.sessions.logout(self.sessions.find(adapter, number))
        self.around.done("logout")
        return Status.SUCCESS

    def add_connection(self, adapter: int, number: int) -> Status:
        """Refuse a second connection: targets of this lab take one a session.

        Raises:
            InitiatorError: INVALID_SESSION_ID, TOO_MANY_CONNECTIONS
        """
        self.around.need_service()
        self.sessions.find(adapter, number)
        raise InitiatorError(Status.TOO_MANY_CONNECTIONS)

    def remove_connection(self, adapter: int, number: int, connection: int) -> Status:
        """Refuse to take a session's only connection away.

        Raises:
            InitiatorError: INVALID_SESSION_ID, INVALID_CONNECTION_ID, CANT_REMOVE_LAST_CONNECTION
        """
        self.around.need_service()
        session = self.sessions.find(adapter, number)
        if session.connection_number != connection:
            raise InitiatorError(Status.INVALID_CONNECTION_ID)
        raise InitiatorError(Status.CANT_REMOVE_LAST_CONNECTION)

    # secrets

    def set_mutual_secret(self, secret: bytes | None) -> Status:
        """Set the secret with which targets prove themselves, None for none.

        Raises:
            InitiatorError: INVALID_INITIATOR_CHAP_SECRET
        """
        around = self.around
        around.need_service()
        short = secret is not None and len(secret) < MINIMUM_SECRET
        if secret is not None and (len(secret) > MAXIMUM_SECRET or not secret):
            raise InitiatorError(Status.INVALID_INITIATOR_CHAP_SECRET)
        if short and around.switches.short_initiator_secret == "reject":
            raise InitiatorError(Status.INVALID_INITIATOR_CHAP_SECRET)
        with around.lock:
            around.mutual_secret = secret
            around.emit("state", change="mutual CHAP secret", given=secret is not None)
        return Status.SHORT_CHAP_SECRET if short else Status.SUCCESS

    # small lists

    def instances(self) -> list[str]:
        """Return the instance names of the initiators: the software initiator."""
        self.around.need_service()
        return [INSTANCE]

    def isns_servers(self) -> list[str]:
        """Return the iSNS servers."""
        self.around.need_service()
        return self._isns_servers()

    def _isns_servers(self) -> list[str]:
        stored = self.around.registry.get(DISCOVERY_KEY, ISNS_VALUE)
        return list(stored) if isinstance(stored, (list, tuple)) else []

    def add_isns_server(self, name: str) -> Status:
        """Store an iSNS server; none is there in this lab to answer.

        Raises:
            InitiatorError: ISNS_SERVER_NOT_FOUND, in two positions of a switch
        """
        around = self.around
        around.begin("add_isns_server")
        with around.lock:
            servers = self._isns_servers()
            if name.lower() in (item.lower() for item in servers):
                return Status.SUCCESS
            if around.switches.dead_isns_server != "refused":
                self._store_isns_servers([*servers, name])
        if around.switches.dead_isns_server != "stored":
            raise InitiatorError(Status.ISNS_SERVER_NOT_FOUND)
        around.done("add_isns_server")
        return Status.SUCCESS

    def remove_isns_server(self, name: str) -> Status:
        """Forget an iSNS server.

        Raises:
            InitiatorError: ISNS_SERVER_NOT_FOUND
        """
        self.around.begin("remove_isns_server")
        self.refresh_isns_server(name)
        with self.around.lock:
            self._store_isns_servers([item for item in self._isns_servers() if item.lower() != name.lower()])
        self.around.done("remove_isns_server")
        return Status.SUCCESS

    def _store_isns_servers(self, servers: list[str]) -> None:
        self.around.registry.set(DISCOVERY_KEY, ISNS_VALUE, servers, "REG_MULTI_SZ")
        self.around.emit("state", change="iSNS servers", servers=servers)

    def refresh_isns_server(self, name: str | None) -> Status:
        """Ask an iSNS server again, None for all.

        Raises:
            InitiatorError: ISNS_SERVER_NOT_FOUND
        """
        self.around.need_service()
        if name is not None and name.lower() not in (item.lower() for item in self._isns_servers()):
            raise InitiatorError(Status.ISNS_SERVER_NOT_FOUND)
        return Status.SUCCESS

    # the truth

    def session_views(self) -> tuple[SessionView, ...]:
        """Return every session as it truly is."""
        return tuple(
            SessionView(
                session_id=session.id,
                target=session.target,
                portal=session.portal,
                nic_address=session.nic_address,
                multipath=session.request.options.multipath,
                alive=session.connected,
                luns=frozenset(
                    unit.naa
                    for unit in session.units
                    if session.devices_shown and unit.device_type == 0 and unit.naa is not None
                ),
                credentials=credentials(session.request.options),
                digests=session.digests,
            )
            for session in self.sessions.all()
        )

    def stored_views(self) -> tuple[StoredView, ...]:
        """Return every persistent login as it truly is."""
        return tuple(self._stored_view(login.request) for login in self.persistent.all())

    def _stored_view(self, request: LoginRequest) -> StoredView:
        around = self.around
        nic = None if request.port_number == ANY_PORT else around.portals.address(request.port_number)
        portal = request.portal or PortalAddress("*", 0)
        side = initiator_side(around.node_name, nic or "", request.options, around.mutual_secret)
        return StoredView(
            target=request.target,
            portal=portal,
            nic_address=nic,
            multipath=request.options.multipath,
            credentials=credentials(request.options),
            accepted=request.portal is None or around.fabric.accepts(side, portal),
        )
