# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host as its WMI classes tell it; ``texts.py`` tells the same as the native tools print it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.answers import Reference, Values

INSTANCE = "Root\\ISCSIPRT\\0000_0"
NODE_NAME = "iqn.1991-05.com.microsoft:srv01.example.com"
TARGET = "iqn.1986-03.com.hp:fcgw.MPX200.0834E00025.b1.01.50014380025da538"
ADAPTER = 0xFFFFFA8003CB5018
BUILD = 9600

# Address, Index, Port: told apart on purpose.
NICS = (("10.10.1.11", 1, 41), ("10.10.2.11", 2, 42))
PATHS = (
    ("10.10.1.11", 1, "10.10.1.21"),
    ("10.10.1.11", 1, "10.10.1.22"),
    ("10.10.2.11", 2, "10.10.2.21"),
    ("10.10.2.11", 2, "10.10.2.22"),
)
PORTALS = tuple(path[2] for path in PATHS)


@dataclass(frozen=True)
class Lun:
    lun: int
    number: int
    drive: int
    wwn: str
    policy: int
    code: str
    symmetric: bool
    failed: int | None = None
    """Target number of the failed path."""

    @property
    def instance(self) -> str:
        return f"MPIO\\Disk&Ven_HP&Prod_HSV340&Rev_1000\\1&7f6ac24&0&{self.wwn.encode().hex()}_0"

    @property
    def interface(self) -> str:
        name = self.instance.removesuffix("_0").lower().replace("\\", "#")
        return f"\\\\?\\{name}#{{53f56307-b6bf-11d0-94f2-00a0c91efb8b}}"

    def path_id(self, target: int) -> int:
        # A path id is not always made of the address.
        return 0x87060001 if (self.lun, target) == (1, 3) else 0x77050000 + target


LUNS = (
    Lun(1, 2, 5, "600508B4000B15A200012000024A0000", 2, "RR", True),
    Lun(2, 1, 4, "600508B4000B15A200012000024B0000", 3, "RRWS", False),
    Lun(3, 0, 3, "600508B4000B15A200012000024C0000", 2, "RR", True, failed=1),
)


def session_number(target: int) -> int:
    return 0x4000013700000001 + target


def connection_number(target: int) -> int:
    return 0x1B + target


def ipv4(text: str) -> int:
    return int.from_bytes(bytes(map(int, text.split("."))), "little")


def ip(text: str) -> dict[str, t.Any]:
    return {"Type": 1, "IpV4Address": ipv4(text), "IpV6Address": bytes(16), "TextAddress": None}


def login_options(flags: int = 2, specified: int = 0, kind: int = 0) -> dict[str, t.Any]:
    return {
        "Version": 0,
        "InformationSpecified": specified,
        "LoginFlags": flags,
        "AuthType": kind,
        "Password": b"never read this",
    }


def session(target: int) -> Values:
    _nic, _number, portal = PATHS[target]
    return {
        "SessionId": f"{ADAPTER:016x}-{session_number(target):016x}",
        "TargetName": TARGET.lower(),
        "TargetNodeName": None,
        "InitiatorName": NODE_NAME,
        "ConnectionInformation": [
            {
                "ConnectionID": f"{ADAPTER:016x}-{connection_number(target):016x}",
                "InitiatorAddress": "0.0.0.0",
                "InitiatorPort": 58847,
                "TargetAddress": portal,
                "TargetPort": 3260,
            }
        ],
        "Devices": [device(target, 0, 12, 0xFFFFFFFF, "\\\\?\\scsi#array&ven_hp&prod_hsv340#5&1&0")]
        + [device(target, lun.lun, 7, lun.drive, lun.interface) for lun in LUNS],
    }


def device(target: int, lun: int, kind: int, number: int, interface: str) -> Values:
    return {
        "DeviceInterfaceName": interface,
        "DeviceNumber": number,
        "DeviceType": kind,
        "ScsiPortNumber": 5,
        "ScsiPathId": 0,
        "ScsiTargetId": target,
        "ScsiLun": lun,
    }


def driver_sessions(targets: t.Sequence[int] = range(4)) -> Values:
    return {
        "InstanceName": INSTANCE,
        "UniqueAdapterId": ADAPTER,
        "SessionCount": len(targets),
        "SessionsList": [
            {
                "UniqueSessionId": session_number(target),
                "ConnectionCount": 1,
                "ConnectionsList": [
                    {
                        "UniqueConnectionId": connection_number(target),
                        "State": 1,
                        "LocalAddr": ip(PATHS[target][0]),
                        "RemoteAddr": ip(PATHS[target][2]),
                        "RemotePort": 3260,
                    }
                ],
            }
            for target in targets
        ],
    }


def descriptor(lun: Lun) -> Values:
    return {
        "InstanceName": lun.instance,
        "NumberPdos": len(PATHS),
        "DeviceName": f"\\Device\\MPIODisk{lun.number}",
        "PdoInformation": [
            {
                "ScsiAddress": {"PortNumber": 5, "ScsiPathId": 0, "TargetId": target, "Lun": lun.lun},
                "DeviceState": 0,
                "PathIdentifier": lun.path_id(target),
            }
            for target in range(len(PATHS))
        ],
    }


def load_balance(lun: Lun) -> Values:
    paths = []
    for target in range(len(PATHS)):
        failed = target == lun.failed
        active = lun.symmetric or target < 2
        paths.append(
            {
                "DSMPathId": 0 if failed else lun.path_id(target),
                "PathWeight": 0,
                "PrimaryPath": 0 if failed else 1,
                "OptimizedPath": 0 if failed else int(active),
                "PreferredPath": 0,
                "FailedPath": int(failed),
                "ALUASupport": 0 if lun.symmetric else 1,
                "SymmetricLUA": 0,
                "TargetPortGroup_State": 16 if lun.symmetric else 0 if active else 1,
                "TargetPortGroup_Identifier": 0 if lun.symmetric else 1 + target // 2,
            }
        )
    policy = {"Version": 2, "LoadBalancePolicy": lun.policy, "DSMPathCount": len(PATHS), "DSM_Paths": paths}
    # PnP shows the name in capitals elsewhere; instance names are compared without letter case.
    return {"InstanceName": lun.instance.upper(), "Active": True, "LoadBalancePolicy": policy}


def load_balance_v1(lun: Lun) -> Values:
    """Return what the first version of the class tells: active paths and others, and no asymmetric access."""
    paths = [
        {
            "DsmPathId": 0 if target == lun.failed else lun.path_id(target),
            "Reserved": 0,
            "PathWeight": 5 * target,
            "PrimaryPath": int(target != lun.failed and (lun.symmetric or target < 2)),
        }
        for target in range(len(PATHS))
    ]
    policy = {"Version": 1, "LoadBalancePolicy": lun.policy, "DSMPathCount": len(paths), "DSM_Paths": paths}
    return {"InstanceName": lun.instance, "Active": True, "LoadBalancePolicy": policy}


def mounted(partition: str, letter: str) -> Values:
    """Return a drive letter with the partition that it is on."""
    keys = {"CreationClassName": "Win32_DiskPartition", "DeviceID": partition}
    return {"Antecedent": Reference(keys), "Dependent": Reference({"DeviceID": letter})}


def disk(number: int, partitions: int, offline: bool = False, **flags: bool) -> dict[str, t.Any]:
    standard = {"IsClustered": False, "IsBoot": False, "IsSystem": False}
    return {"Number": number, "NumberOfPartitions": partitions, "IsOffline": offline, **standard, **flags}


def classes() -> dict[str, t.Any]:
    return {
        "Win32_OperatingSystem": [
            {
                "CSName": "SRV01",
                "Caption": "Microsoft Windows Server 2012 R2 Standard ",
                "Version": f"6.3.{BUILD}",
                "BuildNumber": str(BUILD),
                "ServicePackMajorVersion": 0,
                "ProductType": 3,
                "OperatingSystemSKU": 7,
                "OSLanguage": 1031,
                "LastBootUpTime": "20261120080000.500000+060",
            }
        ],
        "Win32_NetworkAdapterConfiguration": [
            {
                "Description": "HP NC382i",
                "Index": 10 + index,
                "MACAddress": f"00:1a:4b:00:00:0{index}",
                "IPAddress": [address, f"fd00::{index}"],
                "IPSubnet": ["255.255.255.0", "64"],
            }
            for address, index, _port in NICS
        ],
        "Win32_Service": [{"Name": "MSiSCSI", "StartMode": "Auto", "State": "Running"}],
        "Win32_SystemDriver": [
            {"Name": "mpio", "StartMode": "Boot", "State": "Running"},
            {"Name": "msdsm", "StartMode": "Boot", "State": "Running"},
        ],
        "MSiSCSIInitiator_MethodClass": [{"iSCSINodeName": NODE_NAME}],
        "MSiSCSI_PortalInfoClass": [
            {
                "InstanceName": INSTANCE,
                "PortalInfoCount": len(NICS),
                "PortalInformation": [
                    {"Index": index, "PortalType": 0, "IPAddr": ip(address), "Port": port}
                    for address, index, port in NICS
                ],
            }
        ],
        "MSiSCSIInitiator_SendTargetPortalClass": [
            {
                "PortalAddress": portal,
                "PortalPort": 3260,
                "InitiatorName": INSTANCE,
                "InitiatorPortNumber": number,
                "LoginOptions": login_options(0),
            }
            for _nic, number, portal in PATHS
        ],
        "MSiSCSIInitiator_TargetClass": [
            {
                "TargetName": TARGET,
                "DiscoveryMechanism": f"SendTargets:*{portal} 0003260 {INSTANCE} ",
                "PortalGroups": [{"Index": 0, "Portals": [{"Address": other, "Port": 3260} for other in PORTALS]}],
            }
            for portal in PORTALS
        ],
        "MSiSCSIInitiator_SessionClass": [session(target) for target in range(4)],
        "MSiSCSI_InitiatorSessionInfo": [driver_sessions()],
        "MSiSCSIInitiator_PersistentLoginClass": [
            {
                "TargetName": TARGET,
                "IsInformationalSession": False,
                "InitiatorInstance": INSTANCE,
                "InitiatorPortNumber": number,
                "TargetPortal": {"Address": portal, "Port": 3260},
                "LoginOptions": login_options(),
            }
            for _nic, number, portal in PATHS
        ],
        "MSiSCSIInitiator_iSNSServerClass": [],
        "MSiSCSIInitiator_PersistentDevices": [{"DevicePath": "E:\\"}],
        "Win32_LogicalDiskToPartition": [
            mounted("Datenträgernr. 0, Partitionsnr. 1", "C:"),
            mounted("Datenträgernr. 5, Partitionsnr. 0", "E:"),
        ],
        "Win32_PageFileUsage": [{"Name": "C:\\pagefile.sys"}],
        "MSFT_Disk": [
            disk(0, 2, IsBoot=True, IsSystem=True),
            *(disk(lun.drive, 1, offline=lun.drive != 5) for lun in LUNS),
        ],
        "Win32_OptionalFeature": [{"Name": "MultipathIo", "InstallState": 1}],
        "MPIO_REGISTERED_DSM": [
            {
                "NumberDSMs": 1,
                "DsmParameters": [
                    {
                        "DsmName": "Microsoft DSM",
                        "DsmVersion": {"MajorVersion": 6, "MinorVersion": 3, "ProductBuild": BUILD, "QfeNumber": 0},
                    }
                ],
            }
        ],
        "MPIO_DISK_INFO": [
            {
                "NumberDrives": len(LUNS),
                "DriveInfo": [
                    {
                        "NumberPaths": 4,
                        "Name": f"MPIO Disk{lun.number}",
                        "SerialNumber": f"{lun.wwn.lower()}   ",
                        "DsmName": "Microsoft DSM",
                    }
                    for lun in LUNS
                ],
            }
        ],
        "MPIO_GET_DESCRIPTOR": [descriptor(lun) for lun in LUNS],
        "DSM_QueryLBPolicy_V2": [load_balance(lun) for lun in LUNS],
    }
