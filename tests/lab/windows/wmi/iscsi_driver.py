# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""root/wmi: the MSiSCSI_* classes, which the initiator driver provides through WDM (Mgmt.mof, Config.mof)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence

from ...fabric.interface import PortalAddress
from ...winrm.interface import WmiClass, WmiObject, WmiValue
from ..iscsi.initiator import Initiator
from ..iscsi.model import INSTANCE, Session
from .inputs import argument, embedded, number
from .wdm import GUID_NOT_FOUND, instance, ordered, property_names, wdm_failure

_TCP = 6
_FULL_FEATURE = 1
_DATA_SESSION = 2
_INFORMATIONAL_SESSION = 1

WITHOUT_INSTANCE = (
    "MSiSCSI_NICConfig",
    "MSiSCSI_TCPIPConfig",
    "MSiSCSI_DiscoveryConfig",
    "MSiSCSI_HBASessionConfig",
    "MSiSCSI_BootConfiguration",
    "MSiSCSI_RADIUSConfig",
    "MSiSCSI_SecurityCapabilities",
    "MSiSCSI_RequestTimeStatistics",
    "MSiSCSI_SessionStatistics",
    "MSiSCSI_ConnectionStatistics",
    "MSiSCSI_InitiatorLoginStatistics",
)
"""Classes that describe hardware initiators; those of which the software initiator has no instance answer with
4200 (ERROR_WMI_GUID_NOT_FOUND), here all of them."""


def ip_address(address: str) -> WmiObject:
    """Make an ISCSI_IP_Address; in IpV4Address the low byte is the first octet (HPE's and .NET's readers)."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    four = isinstance(parsed, ipaddress.IPv4Address)
    values: dict[str, WmiValue] = {
        "Type": 1 if four else 2,
        "IpV4Address": int.from_bytes(parsed.packed, "little") if four else 0,
        "IpV6Address": bytes(16) if four else parsed.packed,
        "IpV6FlowInfo": 0,
        "IpV6ScopeId": 0,
        "TextAddress": "",
    }
    return ordered("ISCSI_IP_Address", values)


def read_ip_address(values: Mapping[str, WmiValue]) -> str:
    """Read an ISCSI_IP_Address."""
    if number(argument(values, "Type")) == 2:
        raw = argument(values, "IpV6Address")
        return str(ipaddress.IPv6Address(raw)) if isinstance(raw, bytes) and len(raw) == 16 else "::"
    return str(ipaddress.IPv4Address(number(argument(values, "IpV4Address")).to_bytes(4, "little")))


def _negotiated(session: Session) -> dict[str, WmiValue]:
    """What the login settled: digests 0 none, 1 CRC32C; authentication 0 none, 1 CHAP, 2 mutual CHAP.

    These are the values of iscsi-header-integrity-type-, iscsi-data-integrity-type- and iscsi-auth-types-qualifiers
    (windows-driver-docs).

    AuthType is what the login was asked to use. Whether Windows tells when the target wanted no proof is not known.
    """
    return {
        "HeaderIntegrity": int(session.digests.header),
        "DataIntegrity": int(session.digests.data),
        "MaxRecvDataSegmentLength": 65536,
        "AuthType": session.request.options.effective_auth_type,
    }


class DriverClasses:
    """Builds the classes of one initiator's driver."""

    def __init__(self, initiator: Initiator) -> None:
        """Bind the classes."""
        self._initiator = initiator
        self._around = initiator.around

    def classes(self) -> list[WmiClass]:
        """Return all of them."""
        make = self._class
        return [
            make("MSiSCSI_PortalInfoClass", self._portal_info),
            make("MSiSCSI_InitiatorSessionInfo", self._session_info),
            make("MSiSCSI_HBAInformation", self._hba_information),
            make("MSiSCSI_RedirectPortalInfoClass", self._redirections),
            make("MSiSCSI_QueryLBPolicy", self._lb_policy),
            make("MSiSCSI_LB_Operations", dict, {"SetLoadBalancePolicy": lambda selectors, inputs: {"Status": 0}}),
            make("MSiSCSI_ManagementOperations", dict, {"PingIPAddress": self._ping}),
            *(WmiClass(name, ("InstanceName",), property_names(), self._no_instance) for name in WITHOUT_INSTANCE),
        ]

    def _class(
        self,
        name: str,
        values: Callable[[], Mapping[str, WmiValue]],
        methods: Mapping[str, Callable[[Mapping[str, str], Mapping[str, WmiValue]], Mapping[str, WmiValue]]]
        | None = None,
    ) -> WmiClass:
        def instances() -> Sequence[WmiObject]:
            if not self._around.service_runs() and self._around.switches.driver_needs_service:
                raise wdm_failure(GUID_NOT_FOUND)
            return [instance(name, INSTANCE, values())]

        return WmiClass(name, ("InstanceName",), property_names(*values()), instances, methods=methods or {})

    @staticmethod
    def _no_instance() -> Sequence[WmiObject]:
        raise wdm_failure(GUID_NOT_FOUND)

    def _portal_info(self) -> Mapping[str, WmiValue]:
        portals = [
            ordered(
                "ISCSI_PortalInfo",
                {
                    "Index": portal.index,
                    "PortalType": 0,
                    "Protocol": _TCP,
                    "Reserved1": 0,
                    "Reserved2": 0,
                    "IPAddr": ip_address(str(portal.interface.ip)),
                    "Port": portal.port,
                    "PortalTag": 0,
                },
            )
            for portal in self._around.portals.all()
        ]
        return {"PortalInfoCount": len(portals), "PortalInformation": portals or None}

    def _session_info(self) -> Mapping[str, WmiValue]:
        sessions = [self._session(session) for session in self._initiator.sessions.all()]
        return {
            "UniqueAdapterId": self._around.adapter_id,
            "SessionCount": len(sessions),
            "SessionsList": sessions or None,
        }

    def _session(self, session: Session) -> WmiObject:
        connections = [self._connection(session)] if session.connected else []
        values: dict[str, WmiValue] = {
            "UniqueSessionId": session.number,
            "InitiatoriSCSIName": session.node_name,
            "TargetiSCSIName": session.target,
            "TSID": session.tsih,
            "ISID": session.isid,
            "InitialR2t": False,
            "ImmediateData": True,
            "Type": _INFORMATIONAL_SESSION if session.request.informational else _DATA_SESSION,
            "DataSequenceInOrder": True,
            "DataPduInOrder": True,
            "ErrorRecoveryLevel": 0,
            "MaxOutstandingR2t": 1,
            "FirstBurstLength": 65536,
            "MaxBurstLength": 262144,
            "MaxConnections": 1,
            "ConnectionCount": len(connections),
            "ConnectionsList": connections or None,
        }
        if self._facts_on == "session":
            values.update(_negotiated(session))
        return ordered("ISCSI_SessionStaticInfo", values)

    @property
    def _facts_on(self) -> str:
        return self._around.switches.login_facts_on

    def _connection(self, session: Session) -> WmiObject:
        """LocalAddr is the address that the connection really leaves from, whatever the session list shows."""
        values: dict[str, WmiValue] = {
            "UniqueConnectionId": session.connection_number,
            "CID": 1,
            "State": _FULL_FEATURE,
            "Protocol": _TCP,
            "LocalAddr": ip_address(session.nic_address),
            "LocalPort": session.local_port,
            "RemoteAddr": ip_address(session.portal.address),
            "RemotePort": session.portal.tcp_port,
            "EstimatedThroughput": 0,
        }
        if self._facts_on == "connection":
            values.update(_negotiated(session))
        return ordered("ISCSI_ConnectionStaticInfo", values)

    def _hba_information(self) -> Mapping[str, WmiValue]:
        version = self._around.release.version.rpartition(".")[0]
        return {
            "AsicVersion": version,
            "BiDiScsiCommands": False,
            "CacheValid": False,
            "DriverName": "msiscsi.sys",
            "FirmwareVersion": version,
            "FunctionalitySupported": 0,
            "GenerationalGuid": bytes(12),
            "IntegratedTCPIP": True,
            "MaxCDBLength": 16,
            "MultifunctionDevice": False,
            "NumberOfPorts": 1,
            "OptionRomVersion": "",
            "RequiresBinaryIpAddresses": True,
            "SerialNumber": "MSFT-05-1991",
            "Status": 0,
            "UniqueAdapterId": self._around.adapter_id,
            "VendorID": "Microsoft Corporation",
            "VendorModel": "iSCSI Initiator",
            "VendorVersion": version,
            "VersionMax": 0,
            "VersionMin": 0,
        }

    @staticmethod
    def _redirections() -> Mapping[str, WmiValue]:
        return {"UniqueAdapterId": 0, "SessionCount": 0, "RedirectSessionList": None}

    def _lb_policy(self) -> Mapping[str, WmiValue]:
        """Policies of the connections inside each session; with one connection there is nothing to balance."""
        policies = []
        for session in self._initiator.sessions.all():
            path: dict[str, WmiValue] = {
                "UniqueConnectionId": session.connection_number,
                "EstimatedLinkSpeed": 1000000000,
                "PathWeight": 0,
                "PrimaryPath": 1,
                "ConnectionStatus": 1 if session.connected else 3,
                "TCPOffLoadAvailable": 0,
            }
            policy: dict[str, WmiValue] = {
                "UniqueSessionId": session.number,
                "LoadBalancePolicy": 2,
                "iSCSI_PathCount": 1,
                "iSCSI_Paths": [ordered("ISCSI_Path", path)],
            }
            policies.append(ordered("ISCSI_Supported_LB_Policies", policy))
        return {
            "UniqueAdapterId": self._around.adapter_id,
            "SessionCount": len(policies),
            "LoadBalancePolicies": policies or None,
        }

    def _ping(self, selectors: Mapping[str, str], inputs: Mapping[str, WmiValue]) -> Mapping[str, WmiValue]:
        """Answer a ping; each request that is lost costs its time-out, which is in milliseconds (PingIPAddress_IN).

        The method is there for hardware initiators; that Microsoft's own has it is not said anywhere.
        """
        given = embedded(inputs, "Address")
        address = read_ip_address(given) if given is not None else ""
        nic = self._around.network.route(address) if address else None
        answers = nic is not None and self._around.fabric.ping(nic, PortalAddress(address))
        count = number(argument(inputs, "RequestCount"), 1)
        if not answers:
            self._around.clock.sleep(count * number(argument(inputs, "Timeout")) / 1000)
        return {"Status": 0, "ResponsesReceived": count if answers else 0}
