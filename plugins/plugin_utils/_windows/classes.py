# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WMI classes that are read or called, with their types. Private to the collection.

Only what is used is described. Above all ``Password`` of the login options is not: what has no type is never read, so
a stored secret does not even enter the controller's memory as a value.

Sources: Win32_* and StdRegProv from the Windows SDK's WMI reference; MSiSCSIInitiator_* from Iscsidsc.mof and from
the class list of github.com/microsoft/wmi; MSiSCSI_*, ISCSI_*, MPIO_* and DSM_* from windows-driver-docs
(storage/iscsi-*, msiscsi-*, mpio-*, dsm-*); MSFT_* from github.com/microsoft/wmi; MSCluster_* from Microsoft's
reference of the failover cluster's provider.
"""

from __future__ import annotations

from typing import Final

from .._wire.schema import (
    Schema,
    boolean,
    embedded,
    embeddeds,
    integer,
    moment,
    octets,
    reference,
    string,
    strings,
)

_CIMV2: Final = "root/cimv2"
_WMI: Final = "root/wmi"
_CLUSTER: Final = "root/MSCluster"
_STORAGE: Final = "root/Microsoft/Windows/Storage"

# --- root/cimv2

OPERATING_SYSTEM: Final = Schema(
    _CIMV2,
    "Win32_OperatingSystem",
    {
        "CSName": string(),
        "Caption": string(),
        "Version": string(),
        "BuildNumber": string(),
        "ServicePackMajorVersion": integer(),
        "ProductType": integer(),
        "OperatingSystemSKU": integer(),
        "OSLanguage": integer(),
        "LastBootUpTime": moment(),
    },
)

ADAPTER: Final = Schema(
    _CIMV2,
    "Win32_NetworkAdapterConfiguration",
    {
        "Description": string(),
        "Index": integer(),
        "MACAddress": string(),
        "IPAddress": strings(),
        "IPSubnet": strings(),
    },
)

_SERVICE_STATE: Final = {"Name": string(), "StartMode": string(), "State": string()}
SERVICE: Final = Schema(_CIMV2, "Win32_Service", _SERVICE_STATE)
DRIVER: Final = Schema(_CIMV2, "Win32_SystemDriver", _SERVICE_STATE)

DATA_FILE: Final = Schema(_CIMV2, "CIM_DataFile", {"Name": string()})

OPTIONAL_FEATURE: Final = Schema(_CIMV2, "Win32_OptionalFeature", {"Name": string(), "InstallState": integer()})
SERVER_FEATURE: Final = Schema(_CIMV2, "Win32_ServerFeature", {"ID": integer()})

PROCESS: Final = Schema(_CIMV2, "Win32_Process", {"Handle": string()})
OWNER: Final = Schema("", "GetOwner_OUTPUT", {"ReturnValue": integer(), "User": string(), "Domain": string()})

PAGE_FILE: Final = Schema(_CIMV2, "Win32_PageFileUsage", {"Name": string()})
"""A page file that is in use now, by its path."""
DISK_DRIVE: Final = Schema(_CIMV2, "Win32_DiskDrive", {"Index": integer(), "Partitions": integer()})
DISK_PARTITION: Final = Schema(_CIMV2, "Win32_DiskPartition", {"DiskIndex": integer()})
DRIVE_LETTER: Final = Schema(
    _CIMV2, "Win32_LogicalDiskToPartition", {"Antecedent": reference(), "Dependent": reference()}
)
"""A partition and the drive letter that it is mounted as."""

# --- root/MSCluster, where the cluster service is installed

CLUSTER_GROUP: Final = Schema(_CLUSTER, "MSCluster_ResourceGroup", {"Name": string(), "OwnerNode": string()})
CLUSTER_RESOURCE: Final = Schema(_CLUSTER, "MSCluster_Resource", {"Name": string(), "OwnerNode": string()})
_NODE_AND_WHAT_IT_HAS: Final = {"GroupComponent": reference(), "PartComponent": reference()}
ACTIVE_GROUP: Final = Schema(_CLUSTER, "MSCluster_NodeToActiveGroup", _NODE_AND_WHAT_IT_HAS)
ACTIVE_RESOURCE: Final = Schema(_CLUSTER, "MSCluster_NodeToActiveResource", _NODE_AND_WHAT_IT_HAS)
"""A node and what it owns now, for clusters whose groups and resources do not tell their owners."""
CLUSTER_NODE: Final = Schema(_CLUSTER, "MSCluster_Node", {"Name": string(), "State": integer()})

# --- root/wmi, the initiator service

INITIATOR_METHODS: Final = Schema(_WMI, "MSiSCSIInitiator_MethodClass", {"iSCSINodeName": string()})

INITIATOR_INSTANCE: Final = Schema(_WMI, "MSiSCSIInitiator_InitiatorClass", {"InitiatorName": string()})

_PORTAL: Final = Schema(_WMI, "MSiSCSIInitiator_Portal", {"Address": string(), "Port": integer()})
_PORTAL_GROUP: Final = Schema(_WMI, "MSiSCSIInitiator_PortalGroup", {"Portals": embeddeds(_PORTAL)})
_LOGIN_OPTIONS: Final = Schema(
    _WMI,
    "MSiSCSIInitiator_TargetLoginOptions",
    {
        "InformationSpecified": integer(),
        "LoginFlags": integer(),
        "AuthType": integer(),
        "HeaderDigest": integer(),
        "DataDigest": integer(),
        "Username": octets(),
    },
)
_CONNECTION: Final = Schema(
    _WMI,
    "MSiSCSIInitiator_ConnectionInformation",
    {
        "ConnectionID": string(),
        "InitiatorAddress": string(),
        "TargetAddress": string(),
        "TargetPort": integer(),
    },
)
_DEVICE: Final = Schema(
    _WMI,
    "MSiSCSIInitiator_DeviceOnSession",
    {
        "DeviceInterfaceName": string(),
        "DeviceNumber": integer(),
        "DeviceType": integer(),
        "ScsiPortNumber": integer(),
        "ScsiPathId": integer(),
        "ScsiTargetId": integer(),
        "ScsiLun": integer(),
    },
)

DISCOVERY_PORTAL: Final = Schema(
    _WMI,
    "MSiSCSIInitiator_SendTargetPortalClass",
    {
        "PortalAddress": string(),
        "PortalPort": integer(),
        "InitiatorName": string(),
        "InitiatorPortNumber": integer(),
        "LoginOptions": embedded(_LOGIN_OPTIONS),
    },
)

ISNS_SERVER: Final = Schema(_WMI, "MSiSCSIInitiator_iSNSServerClass", {"iSNSServerAddress": string()})

BOUND_DEVICE: Final = Schema(_WMI, "MSiSCSIInitiator_PersistentDevices", {"DevicePath": string()})

TARGET: Final = Schema(
    _WMI,
    "MSiSCSIInitiator_TargetClass",
    {"TargetName": string(), "DiscoveryMechanism": string(), "PortalGroups": embeddeds(_PORTAL_GROUP)},
)

SESSION: Final = Schema(
    _WMI,
    "MSiSCSIInitiator_SessionClass",
    {
        "SessionId": string(),
        "TargetName": string(),
        "ConnectionInformation": embeddeds(_CONNECTION),
        "Devices": embeddeds(_DEVICE),
    },
)

PERSISTENT_LOGIN: Final = Schema(
    _WMI,
    "MSiSCSIInitiator_PersistentLoginClass",
    {
        "TargetName": string(),
        "IsInformationalSession": boolean(),
        "InitiatorInstance": string(),
        "InitiatorPortNumber": integer(),
        "TargetPortal": embedded(_PORTAL),
        "LoginOptions": embedded(_LOGIN_OPTIONS),
    },
)

# --- root/wmi, the initiator driver

IP_ADDRESS: Final = Schema(
    _WMI,
    "ISCSI_IP_Address",
    {"Type": integer(), "IpV4Address": integer(), "IpV6Address": octets(), "TextAddress": string()},
)
_PORTAL_INFO: Final = Schema(
    _WMI,
    "ISCSI_PortalInfo",
    {"Index": integer(), "PortalType": integer(), "IPAddr": embedded(IP_ADDRESS), "Port": integer()},
)
PORTAL_INFO: Final = Schema(
    _WMI,
    "MSiSCSI_PortalInfoClass",
    {"InstanceName": string(), "PortalInfoCount": integer(), "PortalInformation": embeddeds(_PORTAL_INFO)},
)

# What a login agreed on stands with the connection today and stood with the session in the first Mgmt.mof.
_AGREED: Final = {"AuthType": integer(), "HeaderIntegrity": integer(), "DataIntegrity": integer()}
_STATIC_CONNECTION: Final = Schema(
    _WMI,
    "ISCSI_ConnectionStaticInfo",
    {
        **_AGREED,
        "UniqueConnectionId": integer(),
        "State": integer(),
        "LocalAddr": embedded(IP_ADDRESS),
        "RemoteAddr": embedded(IP_ADDRESS),
        "RemotePort": integer(),
    },
)
_STATIC_SESSION: Final = Schema(
    _WMI,
    "ISCSI_SessionStaticInfo",
    {
        **_AGREED,
        "UniqueSessionId": integer(),
        "ConnectionCount": integer(),
        "ConnectionsList": embeddeds(_STATIC_CONNECTION),
    },
)
DRIVER_SESSIONS: Final = Schema(
    _WMI,
    "MSiSCSI_InitiatorSessionInfo",
    {"UniqueAdapterId": integer(), "SessionCount": integer(), "SessionsList": embeddeds(_STATIC_SESSION)},
)

# --- root/wmi, MPIO and its DSMs

_DSM_VERSION: Final = Schema(
    _WMI,
    "DSM_VERSION",
    {"MajorVersion": integer(), "MinorVersion": integer(), "ProductBuild": integer(), "QfeNumber": integer()},
)
_DSM_PARAMETERS: Final = Schema(
    _WMI, "MPIO_DSM_PARAMETERS", {"DsmName": string(), "DsmVersion": embedded(_DSM_VERSION)}
)
REGISTERED_DSM: Final = Schema(
    _WMI, "MPIO_REGISTERED_DSM", {"NumberDSMs": integer(), "DsmParameters": embeddeds(_DSM_PARAMETERS)}
)

_DRIVE: Final = Schema(
    _WMI,
    "MPIO_DRIVE_INFO",
    {"Name": string(), "SerialNumber": string(), "DsmName": string()},
)
DISK_INFO: Final = Schema(_WMI, "MPIO_DISK_INFO", {"NumberDrives": integer(), "DriveInfo": embeddeds(_DRIVE)})

_SCSI_ADDRESS: Final = Schema(
    _WMI,
    "SCSI_ADDR",
    {"PortNumber": integer(), "ScsiPathId": integer(), "TargetId": integer(), "Lun": integer()},
)
_PDO: Final = Schema(_WMI, "PDO_INFORMATION", {"ScsiAddress": embedded(_SCSI_ADDRESS), "PathIdentifier": integer()})
DISK_DESCRIPTOR: Final = Schema(
    _WMI,
    "MPIO_GET_DESCRIPTOR",
    {
        "InstanceName": string(),
        "NumberPdos": integer(),
        "DeviceName": string(),
        "PdoInformation": embeddeds(_PDO),
    },
)

DSM_PATH_V1: Final = Schema(
    _WMI, "MPIO_DSM_Path", {"DsmPathId": integer(), "PathWeight": integer(), "PrimaryPath": integer()}
)
POLICY_V1: Final = Schema(
    _WMI,
    "DSM_Load_Balance_Policy",
    {"LoadBalancePolicy": integer(), "DSMPathCount": integer(), "DSM_Paths": embeddeds(DSM_PATH_V1)},
)
LOAD_BALANCE_V1: Final = Schema(
    _WMI, "DSM_QueryLBPolicy", {"InstanceName": string(), "LoadBalancePolicy": embedded(POLICY_V1)}
)

DSM_PATH_V2: Final = Schema(
    _WMI,
    "MPIO_DSM_Path_V2",
    {
        "DsmPathId": integer(),
        "PathWeight": integer(),
        "PrimaryPath": integer(),
        "OptimizedPath": integer(),
        "PreferredPath": integer(),
        "FailedPath": integer(),
        "ALUASupport": integer(),
        "SymmetricLUA": integer(),
        "TargetPortGroup_State": integer(),
        "TargetPortGroup_Identifier": integer(),
    },
)
POLICY_V2: Final = Schema(
    _WMI,
    "DSM_Load_Balance_Policy_V2",
    {"LoadBalancePolicy": integer(), "DSMPathCount": integer(), "DSM_Paths": embeddeds(DSM_PATH_V2)},
)
LOAD_BALANCE_V2: Final = Schema(
    _WMI, "DSM_QueryLBPolicy_V2", {"InstanceName": string(), "LoadBalancePolicy": embedded(POLICY_V2)}
)

DSM_OPERATIONS: Final = Schema(_WMI, "DSM_LB_Operations", {"InstanceName": string()})
DSM_STATUS: Final = Schema("", "DsmSetLoadBalancePolicy_OUTPUT", {"Status": integer()})
"""Both methods return an NTSTATUS in ``Status``."""

# --- root/Microsoft/Windows/Storage, since 2012

MSFT_CONNECTION: Final = Schema(
    _STORAGE,
    "MSFT_iSCSIConnection",
    {"ConnectionIdentifier": string(), "InitiatorAddress": string()},
)
MSFT_TARGET_PORTAL: Final = Schema(
    _STORAGE,
    "MSFT_iSCSITargetPortal",
    {
        "TargetPortalAddress": string(),
        "TargetPortalPortNumber": integer(),
        "InitiatorInstanceName": string(),
        "InitiatorPortalAddress": string(),
    },
)

MSFT_DISK: Final = Schema(
    _STORAGE,
    "MSFT_Disk",
    {
        "Number": integer(),
        "NumberOfPartitions": integer(),
        "IsOffline": boolean(),
        "IsClustered": boolean(),
        "IsBoot": boolean(),
        "IsSystem": boolean(),
    },
)

# --- what methods answer

RETURN_VALUE: Final = Schema("", "Method_OUTPUT", {"ReturnValue": integer()})
"""Every method that changes something returns one code."""
