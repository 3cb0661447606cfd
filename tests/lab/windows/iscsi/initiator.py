# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Microsoft iSCSI initiator of a simulated server: what its functions (iscsidsc.dll) do."""

from __future__ import annotations

import zlib

from ...fabric.interface import PortalAddress
from ..interface import SessionView, StoredView
from .authentication import MAXIMUM_SECRET, MINIMUM_SECRET, check_options
from .discovery import Discovery, check_address
from .failures import InitiatorError
from .model import ANY_PORT, INSTANCE, KnownTarget, LoginRequest, Session
from .persistent import PersistentLogins
from .sessions import Sessions
from .status import Status
from .surroundings import Surroundings

SERVICE = "MSiSCSI"


class Initiator:
    """Service and driver as one. Every function raises InitiatorError SERVICE_NOT_RUNNING while the service stands."""

    def __init__(self, around: Surroundings) -> None:
        """Start with nothing stored."""
        self.around = around
        self.discovery = Discovery(around)
        self.sessions = Sessions(around)
        self.persistent = PersistentLogins(around, self.discovery, self.sessions)
        self._isns_servers: list[str] = []
        self._bound_devices: list[str] = []

    # life

    def booted(self, boots: int) -> None:
        """Windows has started: the adapter's kernel address is another one."""
        around = self.around
        spread = zlib.crc32(f"{around.dns_name}/{boots}".encode())
        around.adapter_id = around.release.kernel_pointer_base | (spread << 4) | 0x8

    def service_started(self) -> None:
        """Ask the discovery portals and carry the persistent logins out."""
        with self.around.lock:
            self.around.epoch += 1
        self.discovery.ask_all()
        self.persistent.log_in_all()

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
        return self.sessions.login(request, target.name, portal)

    def store_login(self, request: LoginRequest) -> None:
        """Store a login (LoginIScsiTarget with IsPersistent true); it opens no session, or does (switch).

        Raises:
            InitiatorError: with the status the function returns.
        """
        login = self.persistent.add(request)
        if self.around.switches.persistent_login_logs_in:
            target = self.discovery.find(request.target)
            self.sessions.login(request, target.name, request.portal or self._some_portal(target), stored=login)

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
        return list(self._isns_servers)

    def add_isns_server(self, name: str) -> Status:
        """Store an iSNS server; none is ever asked here."""
        self.around.need_service()
        if name.lower() not in (item.lower() for item in self._isns_servers):
            self._isns_servers.append(name)
        return Status.SUCCESS

    def remove_isns_server(self, name: str) -> Status:
        """Forget an iSNS server.

        Raises:
            InitiatorError: ISNS_SERVER_NOT_FOUND
        """
        self.refresh_isns_server(name)
        self._isns_servers = [item for item in self._isns_servers if item.lower() != name.lower()]
        return Status.SUCCESS

    def refresh_isns_server(self, name: str | None) -> Status:
        """Ask an iSNS server again, None for all.

        Raises:
            InitiatorError: ISNS_SERVER_NOT_FOUND
        """
        self.around.need_service()
        if name is not None and name.lower() not in (item.lower() for item in self._isns_servers):
            raise InitiatorError(Status.ISNS_SERVER_NOT_FOUND)
        return Status.SUCCESS

    def bound_devices(self) -> list[str]:
        """Return the devices that the service waits for when it starts."""
        self.around.need_service()
        return list(self._bound_devices)

    def bind_devices(self) -> Status:
        """Bind every disk that a stored login brings back (SetupPersistentIScsiDevices)."""
        self.around.need_service()
        stored = {login.request.target.lower() for login in self.persistent.all()}
        devices = [
            device.interface_name
            for session in self.sessions.all()
            if session.target.lower() in stored
            for device in self.around.disks.session_devices(session.id)
        ]
        self._bound_devices = list(dict.fromkeys([*self._bound_devices, *devices]))
        return Status.SUCCESS

    def bind_device(self, path: str) -> Status:
        """Bind one device.

        Raises:
            InitiatorError: DEVICE_ALREADY_PERSISTENTLY_BOUND
        """
        self.around.need_service()
        if path in self._bound_devices:
            raise InitiatorError(Status.DEVICE_ALREADY_PERSISTENTLY_BOUND)
        self._bound_devices.append(path)
        return Status.SUCCESS

    def unbind_device(self, path: str | None) -> Status:
        """Unbind one device, None for all.

        Raises:
            InitiatorError: DEVICE_NOT_FOUND
        """
        self.around.need_service()
        if path is not None and path not in self._bound_devices:
            raise InitiatorError(Status.DEVICE_NOT_FOUND)
        self._bound_devices = [item for item in self._bound_devices if path is not None and item != path]
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
            )
            for session in self.sessions.all()
        )

    def stored_views(self) -> tuple[StoredView, ...]:
        """Return every persistent login as it truly is."""
        return tuple(self._stored_view(login.request) for login in self.persistent.all())

    def _stored_view(self, request: LoginRequest) -> StoredView:
        nic = None if request.port_number == ANY_PORT else self.around.portals.address(request.port_number)
        return StoredView(request.target, request.portal or PortalAddress("*", 0), nic, request.options.multipath)
