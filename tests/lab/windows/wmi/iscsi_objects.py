# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The embedded objects of the initiator service's WMI classes, written and read (Iscsidsc.mof)."""

from __future__ import annotations

from collections.abc import Mapping

from ...fabric.interface import PortalAddress
from ...winrm.interface import WmiObject, WmiValue
from ..interface import SessionDevice
from ..iscsi.model import (
    INSTANCE,
    LoginOptions,
    LunMapping,
    Session,
    Specified,
    TargetMapping,
)
from ..iscsi.sessions import SCSI_PORT
from .inputs import argument, byte_string, embedded, number, text
from .wdm import objects, ordered

DISK_INTERFACE_GUID = "53f56307-b6bf-11d0-94f20a0c91efb8b"
"""GUID_DEVINTERFACE_DISK as the class shows it: its last bytes lack their leading zeros (captured)."""


def portal(address: PortalAddress | None, index: int = 0) -> WmiObject:
    """Make an MSiSCSIInitiator_Portal; empty when any portal will do."""
    return ordered(
        "MSiSCSIInitiator_Portal",
        {
            "Index": index,
            "SymbolicName": "",
            "Address": address.address if address else "",
            "Port": address.tcp_port if address else 0,
        },
    )


def read_portal(values: Mapping[str, WmiValue], name: str) -> PortalAddress | None:
    """Read an MSiSCSIInitiator_Portal input; without an address it means any portal."""
    given = embedded(values, name)
    address = text(given, "Address") if given is not None else None
    if given is None or not address:
        return None
    return PortalAddress(address, number(argument(given, "Port"), 3260))


def login_options(options: LoginOptions) -> WmiObject:
    """Make an MSiSCSIInitiator_TargetLoginOptions.

    Where CHAP was given, Password holds as many asterisks as the secret has bytes: the class has the property, and
    what Windows puts there is not documented; the secret itself stays here.
    """
    return ordered(
        "MSiSCSIInitiator_TargetLoginOptions",
        {
            "Version": 0,
            "InformationSpecified": int(options.specified),
            "LoginFlags": options.login_flags,
            "AuthType": options.auth_type,
            "HeaderDigest": options.header_digest,
            "DataDigest": options.data_digest,
            "MaximumConnections": options.maximum_connections,
            "DefaultTime2Wait": options.default_time2wait,
            "DefaultTime2Retain": options.default_time2retain,
            "Username": options.username or None,
            "Password": b"*" * len(options.password) or None,
        },
    )


def read_login_options(values: Mapping[str, WmiValue], name: str) -> LoginOptions:
    """Read an MSiSCSIInitiator_TargetLoginOptions input."""
    given = embedded(values, name)
    if given is None:
        return LoginOptions()
    return LoginOptions(
        specified=Specified(number(argument(given, "InformationSpecified")) & 0xFF),
        login_flags=number(argument(given, "LoginFlags")),
        auth_type=number(argument(given, "AuthType")),
        header_digest=number(argument(given, "HeaderDigest")),
        data_digest=number(argument(given, "DataDigest")),
        maximum_connections=number(argument(given, "MaximumConnections")),
        default_time2wait=number(argument(given, "DefaultTime2Wait")),
        default_time2retain=number(argument(given, "DefaultTime2Retain")),
        username=byte_string(given, "Username") or b"",
        password=byte_string(given, "Password") or b"",
    )


def mapping(target: str, stored: TargetMapping | None) -> WmiObject | None:
    """Make an MSiSCSIInitiator_TargetMappings."""
    if stored is None:
        return None
    luns = [
        ordered("MSiSCSIInitiator_LUNList", {"OSLunNumber": item.os_lun, "TargetLun": item.target_lun})
        for item in stored.luns
    ]
    return ordered(
        "MSiSCSIInitiator_TargetMappings",
        {
            "InitiatorName": INSTANCE,
            "TargetName": target,
            "OSBusNumber": stored.os_bus,
            "OSTargetNumber": stored.os_target,
            "OSDeviceName": f"\\\\.\\Scsi{SCSI_PORT}:",
            "LUNList": luns,
        },
    )


def read_mapping(values: Mapping[str, WmiValue], name: str) -> TargetMapping | None:
    """Read an MSiSCSIInitiator_TargetMappings input, of an array the first."""
    given = objects(argument(values, name))
    if not given:
        return None
    first = given[0].properties
    luns = tuple(
        LunMapping(number(argument(item.properties, "TargetLun")), number(argument(item.properties, "OSLunNumber")))
        for item in objects(argument(first, "LUNList"))
    )
    return TargetMapping(number(argument(first, "OSBusNumber")), number(argument(first, "OSTargetNumber")), luns)


def connection(session: Session, zero_when_any: bool) -> WmiObject:
    """Make the MSiSCSIInitiator_ConnectionInformation of a session that is connected."""
    return ordered(
        "MSiSCSIInitiator_ConnectionInformation",
        {
            "ConnectionID": session.connection_id,
            "CID": b"\x01\x00",
            "InitiatorAddress": "0.0.0.0" if session.any_port and zero_when_any else session.nic_address,
            "InitiatorPort": session.local_port,
            "TargetAddress": session.portal.address,
            "TargetPort": session.portal.tcp_port,
        },
    )


def device(shown: SessionDevice, session: Session) -> WmiObject:
    """Make an MSiSCSIInitiator_DeviceOnSession."""
    return ordered(
        "MSiSCSIInitiator_DeviceOnSession",
        {
            "DeviceInterfaceGuid": DISK_INTERFACE_GUID,
            "DeviceInterfaceName": shown.interface_name,
            "DeviceNumber": shown.device_number,
            "DeviceType": shown.device_type,
            "InitiatorName": INSTANCE,
            "LegacyName": shown.legacy_name,
            "PartitionNumber": 0,
            "ScsiPortNumber": shown.address.port,
            "ScsiPathId": shown.address.bus,
            "ScsiTargetId": shown.address.target,
            "ScsiLun": shown.address.lun,
            "TargetName": session.target,
        },
    )
