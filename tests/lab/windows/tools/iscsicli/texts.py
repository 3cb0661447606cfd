# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""English texts of iscsicli: labels and sentences of the SDK sample ISCSICLI.C and of captured outputs (6.1, 10.0)."""

from __future__ import annotations

from ...language import Language

BANNER = "Microsoft iSCSI Initiator Version {version}\n\n"
PROMPT = "[{node}] Enter command or ^C to exit\n"

NO_PORTAL_PAIR = "Portal address and socket must be specified\n"
INVALID_SESSION = "Invalid sessionid: {text}\n"
INVALID_LUN = "Invalid LUN: {text}\n"
LUN_FORM = "Target LUN must be in 0x0123456789abcdef format\n"
ONE_BUS = "OSBus number must be the same for all LUNs\n"
ONE_TARGET = "OSTarget number must be the same for all LUNs\n"

LOGIN_TO = "LoginTarget to {target} on {instance} to {address}/{port}\n"
NO_INSTANCE = "<no init instance>"
NO_PORTAL = "<no portal>"
SESSION_ID_IS = "Session Id is 0x{adapter:x}-0x{number:x}\n"
CONNECTION_ID_IS = "Connection Id is 0x{adapter:x}-0x{number:x}\n"
LOGOUT = "Logout Target 0x{adapter:x}-0x{number:x}\n"

TOTAL_SESSIONS = "Total of {count} sessions\n\n"
SESSION_LABELS = {
    "id": "Session Id             : ",
    "node": "Initiator Node Name    : ",
    "target_node": "Target Node Name       : ",
    "target": "Target Name            : ",
    "isid": "ISID                   : ",
    "tsid": "TSID                   : ",
    "connections": "Number Connections     : ",
}
NULL = "(null)"
CONNECTIONS = "\n    Connections:\n\n"
CONNECTION_LABELS = {
    "id": "        Connection Id     : ",
    "initiator": "        Initiator Portal  : ",
    "target": "        Target Portal     : ",
    "cid": "        CID               : ",
}
DEVICES = "    Devices:\n"
DEVICE_LABELS = {
    "type": "        Device Type            : ",
    "number": "        Device Number          : ",
    "storage_type": "        Storage Device Type    : ",
    "partition": "        Partition Number       : ",
    "friendly": "        Friendly Name          : ",
    "description": "        Device Description     : ",
    "mappings": "        Reported Mappings      : ",
    "location": "        Location               : ",
    "initiator": "        Initiator Name         : ",
    "target": "        Target Name            : ",
    "interface": "        Device Interface Name  : ",
    "legacy": "        Legacy Device Name     : ",
    "instance": "        Device Instance        : ",
}
DISK = "Disk"
UNKNOWN = "Unknown"
DISK_DRIVE = "Disk drive"
REPORTED_MAPPING = "Port {port}, Bus {bus}, Target Id {target}, LUN {lun}"
LOCATION = "Bus Number {bus}, Target Id {target}, LUN {lun}"

TOTAL_PERSISTENT = "Total of {count} peristent targets\n"
"""The spelling is the sample's."""
PERSISTENT_LABELS = {
    "target": "    Target Name           : ",
    "portal": "    Address and Socket    : ",
    "type": "    Session Type          : ",
    "initiator": "    Initiator Name        : ",
    "port": "    Port Number           : ",
}
ANY_PORT = "<Any Port>"
SESSION_TYPES = {True: "Informational", False: "Data"}

TOTAL_PORTALS = "Total of {count} portals are persisted:\n\n"
PORTAL_LABELS = {
    "portal": "    Address and Socket   : ",
    "symbolic": "    Symbolic Name        : ",
    "initiator": "    Initiator Name       : ",
    "port": "    Port Number          : ",
}

SECURITY_FLAGS = "Security Flags        : 0x{flags:x}\n"
SECURITY_FLAG_NAMES = {
    0x40: "Tunnel Mode Preferred",
    0x20: "Transport Mode Preferred",
    0x10: "PFS Enabled",
    0x08: "Aggressive Mode Enabled",
    0x02: "IPSEC Enabled",
    0x01: "Security Flags are Valid",
}
OPTION_LABELS = {
    "version": "Version              : ",
    "specified": "Information Specified: ",
    "header_digest": "Header Digest        : ",
    "data_digest": "Data Digest          : ",
    "maximum_connections": "Maximum Connections  : ",
    "time2wait": "Default Time 2 Wait  : ",
    "time2retain": "Default Time 2 Retain: ",
    "login_flags": "Login Flags          : ",
    "auth_type": "Authentication Type  : ",
    "username": "Username             : ",
    "password": "Password             : ",
}
LOGIN_FLAG_NAMES = {0x1: "Require IPsec", 0x2: "Multipath Enabled"}
DIGESTS = {0: "None", 1: "CRC-32C"}
AUTH_TYPES = {0: "None", 1: "CHAP", 2: "Mutual CHAP"}
UNKNOWN_AUTH_TYPE = "Unknown - {number}"
PASSWORD_SET = "<is established>"

TARGETS = "Targets List:\n"
INITIATORS = "Initiators List:\n"
NO_ISNS = "No SNS Servers\n"
BOUND = "Persistent Volumes\n"

TOTAL_MAPPINGS = "Total of {count} mappings returned\n"
NO_MAPPINGS = "No mappings\n"
MAPPING_LABELS = {
    "session": "    Session Id             : ",
    "target": "    Target Name            : ",
    "initiator": "    Initiator              : ",
    "device": "    Initiator Scsi Device  : ",
    "bus": "    Initiator Bus          : ",
    "target_id": "    Initiator Target Id    : ",
}
MAPPED_LUN = "        Target LUN: 0x{target_lun:x} <--> OS Lun: 0x{os_lun:x}\n"

TARGET_INFO = "Get Target information for {target} discovered by {mechanism}\n"
ALL_MECHANISMS = "<all mechanisms>"
MECHANISMS = "    Discovery Mechanisms :\n"
TARGET_LABELS = {
    "protocol": "    Protocol Type        : ",
    "alias": "    Target Alias         : ",
    "groups": "    PortalGroups         : ",
    "initiator": "    Initiator Name       : ",
    "flags": "    Target Flags         : ",
}
PROTOCOL = "iSCSI TCP Protocol"
GROUP_COUNT = "{count} portal groups\n"
GROUP = "        Group {number} has {count} portals\n"
GROUP_PORTAL = "            Address and Socket    : {address} {port}\n            Symbolic Name         : {name}\n"
HIDDEN = "        Target is hidden until dynamically discovered\n"

SCSI_STATUS = "    ScsiStatus              : 0x{status:x}\n"
RESPONSE_SIZE = "    Response Buffer Size    : 0x{size:x}\n"

USAGE_HEADING = "iscsicli\n\n"
USAGE_NUMBERS = "Numbers are read as decimal; a number that begins with 0x is read as hexadecimal.\n\n"
USAGE_SECRETS = "CHAP secrets and IPsec keys are text, or hexadecimal bytes when they begin with 0x.\n\n"
USAGE_QUICK = "Quick Commands\n\n"
USAGE_INTERACTIVE = "Without any parameter iscsicli reads commands from the console.\n\n"
_OPTIONS = (
    "<Login Flags> <Header Digest> <Data Digest> <Max Connections> <DefaultTime2Wait> <DefaultTime2Retain> "
    "<Username> <Password> <AuthType>"
)
_MAPPINGS = "<Mapping Count> <Target Lun> <OS Bus> <Os Target> <OS Lun> ..."
_LOGIN = (
    "<TargetName> <ReportToPNP> <TargetPortalAddress> <TargetPortalSocket> <InitiatorInstance> <Port number> "
    f"<Security Flags> {_OPTIONS} <Key> {_MAPPINGS}"
)
_PORTAL = "<TargetPortalAddress> <TargetPortalSocket> [HBA Name] [Port Number]"
USAGES = {
    "AddTarget": (
        "<TargetName> <TargetAlias> <TargetPortalAddress> <TargetPortalSocket> <Target flags> <Persist> "
        f"{_OPTIONS} {_MAPPINGS}"
    ),
    "RemoveTarget": "<TargetName>",
    "AddTargetPortal": f"{_PORTAL} <Security Flags> {_OPTIONS}",
    "RemoveTargetPortal": _PORTAL,
    "RefreshTargetPortal": _PORTAL,
    "ListTargets": "[ForceUpdate]",
    "ListTargetPortals": "",
    "TargetInfo": "<TargetName> [Discovery Mechanism]",
    "LoginTarget": _LOGIN,
    "LogoutTarget": "<SessionId>",
    "PersistentLoginTarget": _LOGIN,
    "ListPersistentTargets": "",
    "RemovePersistentTarget": (
        "<Initiator Name> <TargetName> <Port Number> <Target Portal Address> <Target Portal Socket>"
    ),
    "AddConnection": (
        "<SessionId> <Initiator Instance> <Port Number> <Target Portal Address> <Target Portal Socket> "
        f"<Security Flags> {_OPTIONS} <Key>"
    ),
    "RemoveConnection": "<SessionId> <ConnectionId>",
    "ScsiInquiry": "<SessionId> <LUN> <EvpdCmddt> <PageCode>",
    "ReadCapacity": "<SessionId> <LUN>",
    "ReportLUNs": "<SessionId>",
    "ReportTargetMappings": "",
    "ListInitiators": "",
    "AddiSNSServer": "<iSNS Server Address>",
    "RemoveiSNSServer": "<iSNS Server Address>",
    "RefreshiSNSServer": "<iSNS Server Address>",
    "ListiSNSServers": "",
    "FirewallExemptiSNSServer": "",
    "NodeName": "<node name>",
    "SessionList": "<Show Session Info>",
    "CHAPSecret": "<chap secret>",
    "TunnelAddr": "<Initiator Name> <InitiatorPort> <Destination Address> <Tunnel Address> <Persist>",
    "GroupKey": "<Key> <Persist>",
    "BindPersistentVolumes": "",
    "BindPersistentDevices": "",
    "ReportPersistentDevices": "",
    "AddPersistentDevice": "<Volume or Device Path>",
    "RemovePersistentDevice": "<Volume or Device Path>",
    "ClearPersistentDevices": "",
    "Ping": "<Initiator Name> <Address> [Request Count] [Request Size] [Request Timeout]",
    "GetPSKey": "<Initiator Name> <initiator Port> <Id Type> <Id>",
    "PSKey": "<Initiator Name> <initiator Port> <Security Flags> <Id Type> <Id> <Key> <persist>",
    "QLoginTarget": "<TargetName> [CHAP Username] [CHAP Password]",
    "QAddTarget": "<TargetName> <TargetPortalAddress>",
    "QAddTargetPortal": "<TargetPortalAddress> [CHAP Username] [CHAP Password]",
    "QAddConnection": "<SessionId> <Initiator Instance> <Target Portal Address> [CHAP Username] [CHAP Password]",
}
"""The syntax that the tool's usage text names, one command a line."""
SINCE_10 = frozenset({"FirewallExemptiSNSServer", "Ping"})
"""Commands that the SDK sample lacks and the usage text of Build 14393 has; in between nobody has recorded."""


def commands(kernel: tuple[int, int]) -> list[str]:
    """Return the commands that the tool of a release has."""
    return [name for name in USAGES if name not in SINCE_10 or kernel >= (10, 0)]


def usage(language: Language, kernel: tuple[int, int], command: str | None) -> str:
    """Return the usage text of one command, or of all; the syntax itself is the same in every language.

    The shipped text is longer and not ours to repeat; what matters is that it is printed and counts as success.
    """
    if command is not None:
        return f"iscsicli {command} {USAGES[command]}".rstrip() + "\n\n" + language(USAGE_NUMBERS)
    names = commands(kernel)
    lines = [f"iscsicli {name} {USAGES[name]}".rstrip() + "\n\n" for name in names]
    quick = next(index for index, name in enumerate(names) if name.startswith("Q"))
    lines.insert(quick, language(USAGE_QUICK))
    return USAGE_HEADING + "".join(lines) + language(USAGE_SECRETS + USAGE_NUMBERS + USAGE_INTERACTIVE)
