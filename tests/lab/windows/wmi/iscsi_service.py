# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""root/wmi: the MSiSCSIInitiator_* classes, which the initiator service provides (Iscsidsc.mof)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...winrm.interface import WmiClass, WmiObject, WmiValue
from ..iscsi import scsi_data
from ..iscsi.failures import InitiatorError
from ..iscsi.initiator import Initiator
from ..iscsi.model import ANY_PORT, INSTANCE, DiscoveryPortal, KnownTarget, LoginRequest, Session, StaticTarget
from ..iscsi.status import Status
from . import iscsi_objects as embed
from .inputs import (
    argument,
    boolean,
    byte_string,
    instance_not_found,
    number,
    provider_failed,
    selector,
    text,
)
from .wdm import ordered, schema_failure

Values = Mapping[str, WmiValue]
Selectors = Mapping[str, str]
Method = Callable[[Selectors, Values], Values]


def _names(text_of_names: str) -> tuple[str, ...]:
    return tuple(sorted(text_of_names.split(), key=str.lower))


class ServiceClasses:
    """Builds the classes of one initiator."""

    def __init__(self, initiator: Initiator) -> None:
        """Bind the classes."""
        self._initiator = initiator
        self._around = initiator.around

    def classes(self) -> list[WmiClass]:
        """Return all of them.

        The keys of SessionClass, PersistentLoginClass and SendTargetPortalClass are not printed anywhere; these
        are what tells their instances apart.
        """
        make = self._class
        session_methods = {
            "Logout": self._logout,
            "AddConnection": self._add_connection,
            "RemoveConnection": self._remove_connection,
            "SendScsiInquiry": self._inquiry,
            "SendScsiReadCapacity": self._read_capacity,
            "SendScsiReportLuns": self._report_luns,
        }
        return [
            make("MethodClass", "iSCSINodeName", "iSCSINodeName", self._method_class, self._node_methods()),
            make(
                "SessionClass",
                "SessionId",
                "SessionId TargetName TargetNodeName InitiatorName ISID TSID ConnectionInformation Devices",
                self._sessions,
                session_methods,
            ),
            make(
                "PersistentLoginClass",
                "TargetName InitiatorInstance InitiatorPortNumber",
                "TargetName IsInformationalSession InitiatorInstance InitiatorPortNumber TargetPortal SecurityFlags "
                "Mappings LoginOptions",
                self._persistent_logins,
            ),
            make(
                "SendTargetPortalClass",
                "PortalAddress PortalPort InitiatorName InitiatorPortNumber",
                "PortalAddress PortalPort PortalSymbolicName PortalIdentifierString InitiatorName "
                "InitiatorPortNumber SecurityFlags LoginOptions",
                self._portals,
                {"Refresh": self._refresh_portal},
            ),
            make(
                "TargetClass",
                "TargetName DiscoveryMechanism",
                "TargetName DiscoveryMechanism InitiatorName ProtocolType TargetAlias PortalGroups Mappings "
                "TargetFlags LoginOptions",
                self._targets,
                {"Login": self._login},
            ),
            make("InitiatorClass", "InitiatorName", "InitiatorName", self._initiators),
            make("PersistentDevices", "DevicePath", "DevicePath", self._bound_devices),
            make(
                "iSNSServerClass",
                "iSNSServerAddress",
                "iSNSServerAddress",
                self._isns_servers,
                {"Refresh": self._refresh_isns},
            ),
        ]

    def _class(
        self,
        name: str,
        keys: str,
        properties: str,
        instances: Callable[[str], Sequence[WmiObject]],
        methods: Mapping[str, Method] | None = None,
    ) -> WmiClass:
        full = f"MSiSCSIInitiator_{name}"

        def answer() -> Sequence[WmiObject]:
            if self._around.service_runs():
                return instances(full)
            if self._around.switches.stopped_service_answer == "empty":
                return []
            raise provider_failed()

        guarded = {method: self._guarded(action) for method, action in (methods or {}).items()}
        return WmiClass(full, tuple(keys.split()), _names(properties), answer, methods=guarded)

    def _guarded(self, action: Method) -> Method:
        """Let a method return the initiator's status, and refuse embedded objects where the switch says so."""

        def method(selectors: Selectors, inputs: Values) -> Values:
            given = any(isinstance(value, WmiObject) for value in inputs.values())
            if given and not self._around.switches.embedded_arguments_accepted:
                raise schema_failure()
            try:
                return {"ReturnValue": int(Status.SUCCESS), **action(selectors, inputs)}
            except InitiatorError as error:
                return {"ReturnValue": int(error.status)}

        return method

    # MethodClass

    def _method_class(self, name: str) -> Sequence[WmiObject]:
        return [ordered(name, {"iSCSINodeName": self._around.node_name})]

    def _node_methods(self) -> Mapping[str, Method]:
        def status(action: Callable[[Values], int]) -> Method:
            return lambda selectors, inputs: {"ReturnValue": int(action(inputs))}

        def node_name(inputs: Values) -> int:
            self._around.set_node_name(text(inputs, "InitiatorNodeName") or None)
            return Status.SUCCESS

        def unused(inputs: Values) -> int:
            self._around.need_service()
            return Status.SUCCESS

        initiator = self._initiator
        return {
            "RefreshTargetList": status(lambda inputs: initiator.discovery.refresh()),
            "SetIScsiInitiatorNodeName": status(node_name),
            "SetIScsiInitiatorCHAPSharedSecret": status(
                lambda inputs: initiator.set_mutual_secret(byte_string(inputs, "SharedSecret") or None)
            ),
            "SetIScsiInitiatorRADIUSSharedSecret": status(unused),
            "SetIScsiGroupPresharedKey": status(unused),
            "SetIScsiIKEInfo": status(unused),
            "SetIScsiTunnelModeOuterAddress": status(unused),
            "SetupPersistentIScsiVolumes": status(lambda inputs: initiator.bound.bind_all()),
            "ClearPersistentIScsiVolumes": status(lambda inputs: initiator.bound.unbind(None)),
        }

    # SessionClass

    def _sessions(self, name: str) -> Sequence[WmiObject]:
        zero = self._around.switches.session_local_address_zero_when_any
        shown = []
        for session in self._initiator.sessions.all():
            devices = self._around.disks.session_devices(session.id)
            values: dict[str, WmiValue] = {
                "SessionId": session.id,
                "TargetName": session.target,
                "TargetNodeName": None,
                "InitiatorName": session.node_name,
                "ISID": session.isid,
                "TSID": session.tsih.to_bytes(2, "little"),
                "ConnectionInformation": [embed.connection(session, zero)] if session.connected else None,
                "Devices": [embed.device(device, session) for device in devices] or None,
            }
            shown.append(ordered(name, values))
        return shown

    def _session(self, selectors: Selectors) -> Session:
        wanted = selector(selectors, "SessionId").lower()
        for session in self._initiator.sessions.all():
            if session.id == wanted:
                return session
        raise instance_not_found()

    def _logout(self, selectors: Selectors, inputs: Values) -> Values:
        session = self._session(selectors)
        return {"ReturnValue": int(self._initiator.logout(session.adapter, session.number))}

    def _add_connection(self, selectors: Selectors, inputs: Values) -> Values:
        session = self._session(selectors)
        return {"ReturnValue": int(self._initiator.add_connection(session.adapter, session.number))}

    def _remove_connection(self, selectors: Selectors, inputs: Values) -> Values:
        session = self._session(selectors)
        own = (text(inputs, "UniqueConnectionId") or "").lower() == session.connection_id
        connection = session.connection_number if own else -1
        return {"ReturnValue": int(self._initiator.remove_connection(session.adapter, session.number, connection))}

    def _inquiry(self, selectors: Selectors, inputs: Values) -> Values:
        lun, evpd, page = (number(argument(inputs, name)) for name in ("Lun", "EvpdCmddt", "PageCode"))
        return _response(scsi_data.inquiry(self._session(selectors), lun, evpd, page))

    def _read_capacity(self, selectors: Selectors, inputs: Values) -> Values:
        return _response(scsi_data.read_capacity(self._session(selectors), number(argument(inputs, "Lun"))))

    def _report_luns(self, selectors: Selectors, inputs: Values) -> Values:
        return _response(scsi_data.report_luns(self._session(selectors)))

    # persistent logins, portals, targets

    def _persistent_logins(self, name: str) -> Sequence[WmiObject]:
        return [
            ordered(
                name,
                {
                    "TargetName": login.request.target,
                    "IsInformationalSession": login.request.informational,
                    "InitiatorInstance": login.request.instance or "",
                    "InitiatorPortNumber": login.request.port_number,
                    "TargetPortal": embed.portal(login.request.portal),
                    "SecurityFlags": login.request.security_flags,
                    "Mappings": embed.mapping(login.request.target, login.request.mapping),
                    "LoginOptions": embed.login_options(login.request.options),
                },
            )
            for login in self._initiator.persistent.all()
        ]

    def _portals(self, name: str) -> Sequence[WmiObject]:
        return [
            ordered(
                name,
                {
                    "PortalAddress": item.portal.address,
                    "PortalPort": item.portal.tcp_port,
                    "PortalSymbolicName": "",
                    "PortalIdentifierString": self._initiator.discovery.mechanism(item),
                    "InitiatorName": item.instance or "",
                    "InitiatorPortNumber": item.port_number,
                    "SecurityFlags": item.security_flags,
                    "LoginOptions": embed.login_options(item.options),
                },
            )
            for item in self._initiator.discovery.portals()
        ]

    def _refresh_portal(self, selectors: Selectors, inputs: Values) -> Values:
        stored = self._stored_portal(selectors)
        status = self._initiator.discovery.refresh_portal(stored.portal, stored.instance, stored.port_number)
        return {"ReturnValue": int(status)}

    def _stored_portal(self, selectors: Selectors) -> DiscoveryPortal:
        for item in self._initiator.discovery.portals():
            shown = {
                "PortalAddress": item.portal.address,
                "PortalPort": str(item.portal.tcp_port),
                "InitiatorName": item.instance or "",
                "InitiatorPortNumber": str(item.port_number),
            }
            if all(selector(selectors, key).lower() == value.lower() for key, value in shown.items()):
                return item
        raise instance_not_found()

    def _targets(self, name: str) -> Sequence[WmiObject]:
        return [self._target(name, target) for target in self._initiator.discovery.targets()]

    @staticmethod
    def _target(name: str, target: KnownTarget) -> WmiObject:
        groups: dict[int, list[WmiValue]] = {}
        for tag, portal in target.portals:
            members = groups.setdefault(tag, [])
            members.append(embed.portal(portal, len(members)))
        static = target.source if isinstance(target.source, StaticTarget) else None
        values: dict[str, WmiValue] = {
            "TargetName": target.name,
            "DiscoveryMechanism": target.mechanism,
            "InitiatorName": INSTANCE,
            "ProtocolType": 0,
            "TargetAlias": target.alias,
            "PortalGroups": [
                ordered("MSiSCSIInitiator_PortalGroup", {"Index": index, "Portals": members})
                for index, members in enumerate(groups.values())
            ]
            or None,
            "Mappings": embed.mapping(target.name, static.mapping if static else None),
            "TargetFlags": static.flags if static else 0,
            "LoginOptions": embed.login_options(target.source.options),
        }
        return ordered(name, values)

    def _login(self, selectors: Selectors, inputs: Values) -> Values:
        wanted = (selector(selectors, "TargetName").lower(), selector(selectors, "DiscoveryMechanism").strip())
        known = {(item.name.lower(), item.mechanism.strip()) for item in self._initiator.discovery.targets()}
        if wanted not in known:
            raise instance_not_found()
        port_number = number(argument(inputs, "InitiatorPortNumber"), ANY_PORT)
        request = LoginRequest(
            target=selector(selectors, "TargetName"),
            portal=embed.read_portal(inputs, "TargetPortal"),
            instance=INSTANCE,
            port_number=port_number,
            informational=boolean(inputs, "IsInformationalSession"),
            security_flags=number(argument(inputs, "SecurityFlags")),
            options=embed.read_login_options(inputs, "LoginOptions"),
            mapping=embed.read_mapping(inputs, "Mappings"),
        )
        if boolean(inputs, "IsPersistent"):
            self._initiator.store_login(request)
            return {"UniqueSessionId": None, "UniqueConnectionId": None}
        session = self._initiator.login(request)
        return {"UniqueSessionId": session.id, "UniqueConnectionId": session.connection_id}

    # small lists

    def _initiators(self, name: str) -> Sequence[WmiObject]:
        return [ordered(name, {"InitiatorName": instance}) for instance in self._initiator.instances()]

    def _bound_devices(self, name: str) -> Sequence[WmiObject]:
        return [ordered(name, {"DevicePath": path}) for path in self._initiator.bound.all()]

    def _isns_servers(self, name: str) -> Sequence[WmiObject]:
        return [ordered(name, {"iSNSServerAddress": server}) for server in self._initiator.isns_servers()]

    def _refresh_isns(self, selectors: Selectors, inputs: Values) -> Values:
        server = selector(selectors, "iSNSServerAddress")
        return {"ReturnValue": int(self._initiator.refresh_isns_server(server))}


def _response(data: bytes) -> Values:
    return {"ScsiStatus": 0, "ResponseBuffer": data, "SenseBuffer": None}
