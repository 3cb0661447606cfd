# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""root/Microsoft/Windows/Storage: the MSFT_iSCSI* classes of 2012 and later.

Here a NIC is named by its address. Stored logins without a live session do not show in this namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...fabric.interface import PortalAddress
from ...winrm.interface import WmiClass, WmiObject, WmiValue
from ..iscsi.failures import InitiatorError
from ..iscsi.initiator import Initiator
from ..iscsi.model import (
    ANY_PORT,
    INSTANCE,
    LOGIN_FLAG_MULTIPATH,
    AuthType,
    DiscoveryPortal,
    LoginOptions,
    LoginRequest,
    Session,
    Specified,
)
from ..iscsi.status import Status
from .inputs import argument, boolean, instance_not_found, number, provider_failed, selector, text
from .wdm import ordered

NAMESPACE = "root/Microsoft/Windows/Storage"

Values = Mapping[str, WmiValue]
Selectors = Mapping[str, str]
Method = Callable[[Selectors, Values], Values]

_AUTH_TYPES = {
    "": AuthType.NONE,
    "NONE": AuthType.NONE,
    "ONEWAYCHAP": AuthType.CHAP,
    "MUTUALCHAP": AuthType.MUTUAL_CHAP,
}
_AUTH_NAMES = {AuthType.NONE: "NONE", AuthType.CHAP: "ONEWAYCHAP", AuthType.MUTUAL_CHAP: "MUTUALCHAP"}


def _options(inputs: Values) -> LoginOptions:
    """Make login options of the parameters that Connect and New share.

    Raises:
        InitiatorError: INVALID_LOGON_AUTH_TYPE
    """
    kind = _AUTH_TYPES.get((text(inputs, "AuthenticationType") or "").upper())
    if kind is None:
        raise InitiatorError(Status.INVALID_LOGON_AUTH_TYPE)
    user, secret = text(inputs, "ChapUsername"), text(inputs, "ChapSecret")
    specified = Specified.AUTH_TYPE | Specified.HEADER_DIGEST | Specified.DATA_DIGEST
    if user:
        specified |= Specified.USERNAME
    if secret:
        specified |= Specified.PASSWORD
    return LoginOptions(
        specified=specified,
        login_flags=LOGIN_FLAG_MULTIPATH if boolean(inputs, "IsMultipathEnabled") else 0,
        auth_type=kind,
        header_digest=int(boolean(inputs, "IsHeaderDigest")),
        data_digest=int(boolean(inputs, "IsDataDigest")),
        username=(user or "").encode(),
        password=(secret or "").encode(),
    )


class StorageClasses:
    """Builds the classes of one initiator."""

    def __init__(self, initiator: Initiator) -> None:
        """Bind the classes."""
        self._initiator = initiator
        self._around = initiator.around

    def classes(self) -> list[WmiClass]:
        """Return all of them."""
        make = self._class
        return [
            make(
                "MSFT_iSCSITarget",
                "NodeAddress",
                "IsConnected NodeAddress",
                self._targets,
                {"Connect": self._connect, "Disconnect": self._disconnect, "Update": self._update},
            ),
            make(
                "MSFT_iSCSITargetPortal",
                "TargetPortalAddress TargetPortalPortNumber InitiatorInstanceName InitiatorPortalAddress",
                "TargetPortalAddress TargetPortalPortNumber InitiatorInstanceName InitiatorPortalAddress "
                "IsHeaderDigest IsDataDigest",
                self._portals,
                {"New": self._new_portal, "Remove": self._remove_portal, "Update": self._update},
            ),
            make(
                "MSFT_iSCSISession",
                "SessionIdentifier",
                "SessionIdentifier TargetNodeAddress InitiatorNodeAddress InitiatorInstanceName "
                "InitiatorPortalAddress InitiatorSideIdentifier TargetSideIdentifier NumberOfConnections IsConnected "
                "IsPersistent IsDiscovered IsDataDigest IsHeaderDigest AuthenticationType",
                self._sessions,
                {"Register": self._register, "Unregister": self._unregister, "SetCHAPSecret": self._set_secret},
            ),
            make(
                "MSFT_iSCSIConnection",
                "ConnectionIdentifier",
                "ConnectionIdentifier InitiatorAddress InitiatorPortNumber TargetAddress TargetPortNumber",
                self._connections,
            ),
            make(
                "MSFT_InitiatorPort",
                "ObjectId",
                "ConnectionType InstanceName NodeAddress ObjectId PortAddress",
                self._initiator_port,
                {"SetNodeAddress": self._set_node_address},
            ),
        ]

    def _class(
        self,
        name: str,
        keys: str,
        properties: str,
        instances: Callable[[], Sequence[Mapping[str, WmiValue]]],
        methods: Mapping[str, Method] | None = None,
    ) -> WmiClass:
        def answer() -> Sequence[WmiObject]:
            if self._around.service_runs():
                return [ordered(name, values) for values in instances()]
            if self._around.switches.stopped_service_answer == "empty":
                return []
            raise provider_failed()

        guarded = {method: _guarded(action) for method, action in (methods or {}).items()}
        names = tuple(sorted(properties.split(), key=str.lower))
        return WmiClass(name, tuple(keys.split()), names, answer, methods=guarded)

    # what is

    def _targets(self) -> Sequence[Values]:
        names = {target.name.lower(): target.name for target in self._initiator.discovery.targets()}
        return [
            {"IsConnected": any(item.connected for item in self._initiator.sessions.of(name)), "NodeAddress": name}
            for name in names.values()
        ]

    def _portals(self) -> Sequence[Values]:
        return [
            {
                "TargetPortalAddress": item.portal.address,
                "TargetPortalPortNumber": item.portal.tcp_port,
                "InitiatorInstanceName": item.instance or "",
                "InitiatorPortalAddress": self._address(item.port_number),
                "IsHeaderDigest": item.options.effective_digests.header,
                "IsDataDigest": item.options.effective_digests.data,
            }
            for item in self._initiator.discovery.portals()
        ]

    def _address(self, port_number: int) -> str:
        return "" if port_number == ANY_PORT else self._around.portals.address(port_number) or ""

    def _sessions(self) -> Sequence[Values]:
        return [self._session_values(session) for session in self._initiator.sessions.all()]

    def _session_values(self, session: Session) -> Values:
        options = session.request.options
        known = {target.name.lower() for target in self._initiator.discovery.targets()}
        return {
            "SessionIdentifier": session.id,
            "TargetNodeAddress": session.target.lower(),
            "InitiatorNodeAddress": session.node_name,
            "InitiatorInstanceName": INSTANCE,
            "InitiatorPortalAddress": "0.0.0.0" if session.any_port else session.nic_address,
            "InitiatorSideIdentifier": session.isid.hex(),
            "TargetSideIdentifier": session.tsih.to_bytes(2, "little").hex(),
            "NumberOfConnections": int(session.connected),
            "IsConnected": session.connected,
            "IsPersistent": bool(self._stored_equals(session)),
            "IsDiscovered": session.target.lower() in known,
            "IsDataDigest": session.digests.data,
            "IsHeaderDigest": session.digests.header,
            "AuthenticationType": _AUTH_NAMES[options.effective_auth_type],
        }

    def _stored_equals(self, session: Session) -> list[LoginRequest]:
        """Return the stored logins that bring this very path back."""
        return [
            login.request
            for login in self._initiator.persistent.all()
            if login.request.target.lower() == session.target.lower()
            and login.request.port_number == session.request.port_number
            and login.request.portal in (session.request.portal, session.portal)
        ]

    def _connections(self) -> Sequence[Values]:
        return [
            {
                "ConnectionIdentifier": session.connection_id,
                "InitiatorAddress": "0.0.0.0" if session.any_port else session.nic_address,
                "InitiatorPortNumber": session.local_port,
                "TargetAddress": session.portal.address,
                "TargetPortNumber": session.portal.tcp_port,
            }
            for session in self._initiator.sessions.all()
            if session.connected
        ]

    def _initiator_port(self) -> Sequence[Values]:
        return [
            {
                "ConnectionType": 8,
                "InstanceName": INSTANCE,
                "NodeAddress": self._around.node_name,
                "ObjectId": f"{{1}}\\\\{self._around.dns_name}\\root/Microsoft/Windows/Storage:InitiatorPort",
                "PortAddress": "ISCSI ANY PORT",
            }
        ]

    # what is done

    def _port_number(self, address: str | None) -> int:
        if not address or address == "0.0.0.0":
            return ANY_PORT
        found = self._around.portals.number(address)
        if found is None:
            raise InitiatorError(Status.INVALID_PORT_NUMBER)
        return found

    def _connect(self, selectors: Selectors, inputs: Values) -> Values:
        address = text(inputs, "TargetPortalAddress")
        port_number = self._port_number(text(inputs, "InitiatorPortalAddress"))
        instance = text(inputs, "InitiatorInstanceName") or (None if port_number == ANY_PORT else INSTANCE)
        request = LoginRequest(
            target=text(inputs, "NodeAddress") or selector(selectors, "NodeAddress"),
            portal=PortalAddress(address, number(argument(inputs, "TargetPortalPortNumber"), 3260))
            if address
            else None,
            instance=instance,
            port_number=port_number,
            informational=not boolean(inputs, "ReportToPnP", default=True),
            options=_options(inputs),
        )
        session = self._initiator.login(request)
        if boolean(inputs, "IsPersistent"):
            self._initiator.store_login(request)
        return {"CreatediSCSISession": ordered("MSFT_iSCSISession", self._session_values(session))}

    def _disconnect(self, selectors: Selectors, inputs: Values) -> Values:
        wanted = (text(inputs, "SessionIdentifier") or "").lower()
        name = selector(selectors, "NodeAddress") or text(inputs, "NodeAddress") or ""
        for session in self._initiator.sessions.of(name):
            if wanted in ("", session.id):
                self._initiator.logout(session.adapter, session.number)
        return {}

    def _update(self, selectors: Selectors, inputs: Values) -> Values:
        return {"ReturnValue": int(self._initiator.discovery.refresh())}

    def _new_portal(self, selectors: Selectors, inputs: Values) -> Values:
        port_number = self._port_number(text(inputs, "InitiatorPortalAddress"))
        instance = text(inputs, "InitiatorInstanceName") or (None if port_number == ANY_PORT else INSTANCE)
        portal = DiscoveryPortal(
            PortalAddress(
                text(inputs, "TargetPortalAddress") or "", number(argument(inputs, "TargetPortalPortNumber"), 3260)
            ),
            instance,
            port_number,
            options=_options(inputs),
        )
        self._initiator.discovery.add_portal(portal)
        shown = next(
            values
            for values, item in zip(self._portals(), self._initiator.discovery.portals(), strict=True)
            if item.multi_key == portal.multi_key
        )
        return {"CreatedTargetPortal": ordered("MSFT_iSCSITargetPortal", shown)}

    def _remove_portal(self, selectors: Selectors, inputs: Values) -> Values:
        def given(name: str) -> str:
            return text(inputs, name) or selector(selectors, name)

        portal = PortalAddress(given("TargetPortalAddress"), int(given("TargetPortalPortNumber") or 3260))
        port_number = self._port_number(given("InitiatorPortalAddress"))
        instance = given("InitiatorInstanceName") or None
        return {"ReturnValue": int(self._initiator.discovery.remove_portal(portal, instance, port_number))}

    def _session(self, selectors: Selectors) -> Session:
        wanted = selector(selectors, "SessionIdentifier").lower()
        for session in self._initiator.sessions.all():
            if session.id == wanted:
                return session
        raise instance_not_found()

    def _register(self, selectors: Selectors, inputs: Values) -> Values:
        """Store the session's login. Each call stores one more (Register-IscsiSession page)."""
        session = self._session(selectors)
        old = session.request.options
        user, secret = text(inputs, "ChapUsername"), text(inputs, "ChapSecret")
        options = LoginOptions(
            specified=old.specified,
            login_flags=LOGIN_FLAG_MULTIPATH if boolean(inputs, "IsMultipathEnabled") else 0,
            auth_type=old.auth_type,
            header_digest=old.header_digest,
            data_digest=old.data_digest,
            username=user.encode() if user else old.username,
            password=(secret or "").encode(),
        )
        request = LoginRequest(
            session.target,
            session.portal,
            session.request.instance,
            session.request.port_number,
            session.request.informational,
            options=options,
        )
        self._initiator.store_login(request)
        return {}

    def _unregister(self, selectors: Selectors, inputs: Values) -> Values:
        session = self._session(selectors)
        stored = self._stored_equals(session)
        if not stored:
            raise InitiatorError(Status.TARGET_NOT_FOUND)
        request = stored[0]
        self._initiator.persistent.remove(request.instance, request.target, request.port_number, request.portal)
        return {}

    def _set_secret(self, selectors: Selectors, inputs: Values) -> Values:
        secret = text(inputs, "ChapSecret")
        return {"ReturnValue": int(self._initiator.set_mutual_secret(secret.encode() if secret else None))}

    def _set_node_address(self, selectors: Selectors, inputs: Values) -> Values:
        self._around.set_node_name(text(inputs, "NodeAddress"))
        return {"ExtendedStatus": None}


def _guarded(action: Method) -> Method:
    def method(selectors: Selectors, inputs: Values) -> Values:
        try:
            return {"ReturnValue": int(Status.SUCCESS), **action(selectors, inputs)}
        except InitiatorError as error:
            return {"ReturnValue": int(error.status)}

    return method
