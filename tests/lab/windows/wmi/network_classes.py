# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""root/cimv2: Win32_NetworkAdapter and Win32_NetworkAdapterConfiguration, properties as recorded on Server 2008."""

from __future__ import annotations

from collections.abc import Sequence

from ...winrm.interface import WmiClass, WmiObject, WmiValue
from ..network import Adapter, Network
from ..releases import Release
from .wdm import alphabetical, ordered

_CONFIGURATION = (
    "ArpAlwaysSourceRoute ArpUseEtherSNAP Caption DatabasePath DeadGWDetectEnabled DefaultIPGateway DefaultTOS "
    "DefaultTTL Description DHCPEnabled DHCPLeaseExpires DHCPLeaseObtained DHCPServer DNSDomain "
    "DNSDomainSuffixSearchOrder DNSEnabledForWINSResolution DNSHostName DNSServerSearchOrder "
    "DomainDNSRegistrationEnabled ForwardBufferMemory FullDNSRegistrationEnabled GatewayCostMetric IGMPLevel Index "
    "InterfaceIndex IPAddress IPConnectionMetric IPEnabled IPFilterSecurityEnabled IPPortSecurityEnabled "
    "IPSecPermitIPProtocols IPSecPermitTCPPorts IPSecPermitUDPPorts IPSubnet IPUseZeroBroadcast IPXAddress "
    "IPXEnabled IPXFrameType IPXMediaType IPXNetworkNumber IPXVirtualNetNumber KeepAliveInterval KeepAliveTime "
    "MACAddress MTU NumForwardPackets PMTUBHDetectEnabled PMTUDiscoveryEnabled ServiceName SettingID "
    "TcpipNetbiosOptions TcpMaxConnectRetransmissions TcpMaxDataRetransmissions TcpNumConnections "
    "TcpUseRFC1122UrgentPointer TcpWindowSize WINSEnableLMHostsLookup WINSHostLookupFile WINSPrimaryServer "
    "WINSScopeID WINSSecondaryServer"
)

_ADAPTER = (
    "AdapterType AdapterTypeId AutoSense Availability Caption ConfigManagerErrorCode ConfigManagerUserConfig "
    "CreationClassName Description DeviceID ErrorCleared ErrorDescription GUID Index InstallDate Installed "
    "InterfaceIndex LastErrorCode MACAddress Manufacturer MaxNumberControlled MaxSpeed Name NetConnectionID "
    "NetConnectionStatus NetEnabled NetworkAddresses PermanentAddress PhysicalAdapter PNPDeviceID "
    "PowerManagementCapabilities PowerManagementSupported ProductName ServiceName Speed Status StatusInfo "
    "SystemCreationClassName SystemName TimeOfLastReset"
)

_ARRAYS = alphabetical(
    "DefaultIPGateway DNSDomainSuffixSearchOrder DNSServerSearchOrder GatewayCostMetric IPAddress IPSubnet "
    "IPSecPermitIPProtocols IPSecPermitTCPPorts IPSecPermitUDPPorts IPXFrameType IPXNetworkNumber"
)
"""Arrays of the configuration. Empty ones are not in the recording of 2008 at all, where a scalar is nil."""
_NOT_ON_2003 = frozenset({"GUID", "InterfaceIndex", "NetEnabled", "PhysicalAdapter"})
"""Properties that came with Vista (Microsoft: "Win32_NetworkAdapter class")."""
_SERVICE = "e1iexpress"
_CONNECTED = 2
_MEDIA_DISCONNECTED = 7


class NetworkClasses:
    """Builds the classes of one server's adapters."""

    def __init__(self, network: Network, computer: str, release: Release) -> None:
        """``computer`` is the server's name."""
        self._network = network
        self._computer = computer
        self._since_vista = release.since_vista
        self._adapter_properties = self._had(_ADAPTER)
        self._configuration_properties = self._had(_CONFIGURATION)

    def _had(self, names: str) -> tuple[str, ...]:
        """Return the names that the release has, as WinRM orders them."""
        return alphabetical(" ".join(name for name in names.split() if self._since_vista or name not in _NOT_ON_2003))

    @staticmethod
    def _filled(class_name: str, names: tuple[str, ...], values: dict[str, WmiValue]) -> WmiObject:
        empty: dict[str, WmiValue] = {name: [] if name in _ARRAYS else None for name in names}
        return ordered(class_name, {name: empty[name] if values.get(name) is None else values[name] for name in names})

    def classes(self) -> list[WmiClass]:
        """Return both classes."""
        return [
            WmiClass("Win32_NetworkAdapter", ("DeviceID",), self._adapter_properties, self._adapters),
            WmiClass(
                "Win32_NetworkAdapterConfiguration", ("Index",), self._configuration_properties, self._configurations
            ),
        ]

    def _configurations(self) -> Sequence[WmiObject]:
        """One virtual adapter without an address stands first, as on every real server."""
        name = "Win32_NetworkAdapterConfiguration"
        kind, service = ("SSTP", "RasSstp") if self._since_vista else ("L2TP", "Rasl2tp")
        virtual: dict[str, WmiValue] = {
            "Caption": f"[00000000] WAN Miniport ({kind})",
            "Description": f"WAN Miniport ({kind})",
            "DHCPEnabled": False,
            "Index": 0,
            "InterfaceIndex": 2,
            "IPEnabled": False,
            "ServiceName": service,
        }
        return [
            self._filled(name, self._configuration_properties, virtual),
            *(
                self._filled(name, self._configuration_properties, self._configuration(item))
                for item in self._network.adapters
            ),
        ]

    def _configuration(self, adapter: Adapter) -> dict[str, WmiValue]:
        """IPSubnet holds a mask for IPv4 and the prefix length for IPv6."""
        # On 2003 the class knows IPv4 addresses only.
        interfaces = [item for item in adapter.shown if self._since_vista or item.version == 4]
        enabled = bool(interfaces) and adapter.connected
        return {
            "Caption": f"[{adapter.index:08d}] {adapter.description}",
            "DatabasePath": "%SystemRoot%\\System32\\drivers\\etc" if enabled else None,
            "Description": adapter.description,
            "DHCPEnabled": False,
            "DNSHostName": self._computer if enabled else None,
            "DNSEnabledForWINSResolution": False if enabled else None,
            "DomainDNSRegistrationEnabled": False if enabled else None,
            "FullDNSRegistrationEnabled": True if enabled else None,
            "Index": adapter.index,
            "InterfaceIndex": adapter.interface_index,
            "IPAddress": [str(item.ip) for item in interfaces] if enabled else None,
            "IPConnectionMetric": 10 if enabled else None,
            "IPEnabled": enabled,
            "IPFilterSecurityEnabled": False if enabled else None,
            "IPSubnet": [str(item.netmask) if item.version == 4 else str(item.network.prefixlen) for item in interfaces]
            if enabled
            else None,
            "MACAddress": adapter.mac,
            "ServiceName": _service(adapter),
            "SettingID": adapter.guid,
            "TcpipNetbiosOptions": 0 if enabled else None,
            "WINSEnableLMHostsLookup": True if enabled else None,
            "WINSScopeID": "" if enabled else None,
        }

    def _adapters(self) -> Sequence[WmiObject]:
        return [
            self._filled("Win32_NetworkAdapter", self._adapter_properties, self._adapter(adapter))
            for adapter in self._network.adapters
        ]

    def _adapter(self, adapter: Adapter) -> dict[str, WmiValue]:
        return {
            "AdapterType": "Ethernet 802.3",
            "AdapterTypeId": 0,
            "Availability": 3,
            "Caption": f"[{adapter.index:08d}] {adapter.description}",
            "ConfigManagerErrorCode": 0,
            "ConfigManagerUserConfig": False,
            "CreationClassName": "Win32_NetworkAdapter",
            "Description": adapter.description,
            "DeviceID": str(adapter.index),
            "GUID": adapter.guid,
            "Index": adapter.index,
            "Installed": True,
            "InterfaceIndex": adapter.interface_index,
            "MACAddress": adapter.mac,
            "Manufacturer": "Intel Corporation" if adapter.device is None else "Microsoft",
            "MaxNumberControlled": 0,
            "Name": adapter.description,
            "NetConnectionID": adapter.name,
            "NetConnectionStatus": _CONNECTED if adapter.connected else _MEDIA_DISCONNECTED,
            "NetEnabled": adapter.connected,
            "PhysicalAdapter": adapter.device is None,
            "PNPDeviceID": _device_instance(adapter),
            "PowerManagementSupported": False,
            "ProductName": adapter.description,
            "ServiceName": _service(adapter),
            "Speed": 1000000000,
            "SystemCreationClassName": "Win32_ComputerSystem",
            "SystemName": self._computer,
        }


def _service(adapter: Adapter) -> str:
    """Return the driver's service: NetFT drives the cluster's virtual adapter (Microsoft: failover cluster network)."""
    return _SERVICE if adapter.device is None else "Netft"


def _device_instance(adapter: Adapter) -> str:
    if adapter.device is not None:
        return "ROOT\\NETFT\\0000"
    return f"PCI\\VEN_8086&DEV_10C9&SUBSYS_A03C8086&REV_01\\4&{adapter.index:X}&0&0010"
