# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host of ``scenario.py`` as the native tools print it."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Completed
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.answers import printed
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.scenario import (
    ADAPTER,
    BUILD,
    INSTANCE,
    LUNS,
    NODE_NAME,
    PATHS,
    PORTALS,
    TARGET,
    Lun,
    connection_number,
    session_number,
)

MARKER = "reg query HKLM\\SOFTWARE\\eva.mpio"
BANNER = ("Microsoft iSCSI Initiator Version 6.3 Build 9600", "")
SUCCESS = "The operation completed successfully. "


def _session_text(target: int) -> Iterator[str]:
    yield f"Session Id             : {ADAPTER:x}-{session_number(target):x}"
    yield f"Initiator Node Name    : {NODE_NAME}"
    yield "Target Node Name       : (null)"
    yield f"Target Name            : {TARGET.lower()}"
    yield "ISID                   : 40 00 01 37 00 00"
    yield "TSID                   : 27 00"
    yield "Number Connections     : 1"
    yield from ("", "    Connections:", "")
    yield f"        Connection Id     : {ADAPTER:x}-{connection_number(target):x}"
    yield "        Initiator Portal  : 0.0.0.0/58847"
    yield f"        Target Portal     : {PATHS[target][2]}/3260"
    yield "        CID               : 01 00"
    yield from ("", "    Devices:")
    yield from _device_text(target, 0, "Unknown", 12, -1, "\\\\?\\scsi#array&ven_hp&prod_hsv340#5&1&0")
    for lun in LUNS:
        yield from _device_text(target, lun.lun, "Disk", 7, lun.drive, lun.interface)
        yield "        Volume Path Names      : "
        yield "                                 E:\\"
    yield ""


def _device_text(target: int, lun: int, word: str, kind: int, number: int, interface: str) -> Iterator[str]:
    yield f"        Device Type            : {word}"
    yield f"        Device Number          : {number}"
    yield f"        Storage Device Type    : {kind}"
    yield "        Partition Number       : 0"
    yield "        Friendly Name          : HP HSV340  Multi-Path Disk Device"
    yield "        Device Description     : Disk drive"
    yield f"        Reported Mappings      : Port 5, Bus 0, Target Id {target}, LUN {lun}"
    yield f"        Location               : Bus Number 0, Target Id {target}, LUN {lun}"
    yield f"        Initiator Name         : {INSTANCE}"
    yield f"        Target Name            : {TARGET}"
    yield f"        Device Interface Name  : {interface}"
    yield f"        Legacy Device Name     : \\\\.\\PhysicalDrive{number}"
    yield "        Device Instance        : 0x82c"


def session_list() -> Completed:
    lines = [line for target in range(4) for line in _session_text(target)]
    return printed(*BANNER, "Total of 4 sessions", "", *lines, SUCCESS)


def persistent_targets() -> Completed:
    lines = [line for _nic, number, portal in PATHS for line in persistent_target(number, portal)]
    return printed(*BANNER, "Total of 4 peristent targets", *lines, SUCCESS)


def persistent_target(port: int | None, portal: str, more: tuple[str, ...] = (), specified: int = 0) -> list[str]:
    return [
        f"    Target Name           : {TARGET}",
        f"    Address and Socket    : {portal} 3260",
        "    Session Type          : Data",
        f"    Initiator Name        : {INSTANCE}",
        f"    Port Number           : {'<Any Port>' if port is None else port}",
        "    Security Flags        : 0x0",
        "    Version              : 0",
        f"    Information Specified: 0x{specified:x}",
        "    Login Flags          : 0x2",
        "            Multipath Enabled",
        *more,
        "",
    ]


def target_portals() -> Completed:
    lines = [
        line
        for _nic, number, portal in PATHS
        for line in (
            f"    Address and Socket   : {portal} 3260",
            "    Symbolic Name        : ",
            f"    Initiator Name       : {INSTANCE}",
            f"    Port Number          : {number}",
            "    Security Flags       : 0x0",
            "    Version              : 0",
            "    Information Specified: 0x0",
            "    Login Flags          : 0x0",
            "",
        )
    ]
    return printed(*BANNER, "Total of 4 portals are persisted:", *lines, SUCCESS)


def mechanism(portal: str) -> str:
    """Name a way of discovery; the blank at its end is Windows' own."""
    return f"SendTargets:*{portal} 0003260 {INSTANCE} "


def target_list(*names: str) -> Completed:
    return printed(*BANNER, "Targets List:", *(f"    {name}" for name in names or (TARGET,)), SUCCESS)


def target_ways(*portals: str, name: str = TARGET) -> Completed:
    """Print TargetInfo of a target."""
    ways = [f'         "{mechanism(portal)}"' for portal in portals]
    heading = "    Discovery Mechanisms :" if ways else "    Discovery Mechanisms: <This List is Empty>"
    return printed(
        *BANNER, f"Get Target information for {name} discovered by <all mechanisms>", heading, *ways, "", SUCCESS
    )


def target_groups(way: str, *groups: tuple[str, ...], name: str = TARGET, alias: str = "") -> Completed:
    """Print TargetInfo of a target and a way of discovery; its portals, group by group, with their TCP ports."""
    count = f"{len(groups)} portal groups" if groups else "<This List Is Empty>"
    lines = [
        *(f"Get Target information for {name} discovered by {way}", "    Discovery Mechanisms :", f'         "{way}"'),
        "    Protocol Type        : iSCSI TCP Protocol",
        f"    Target Alias         : {alias}",
        f"    PortalGroups         : {count}",
    ]
    for number, group in enumerate(groups):
        lines.append(f"        Group {number} has {len(group)} portals")
        for portal in group:
            lines += [f"            Address and Socket    : {portal}", "            Symbolic Name         : "]
    lines += [
        *(f"    Initiator Name       : {INSTANCE}", "    Target Flags         : 0x0", "    Version              : 0"),
        *("    Information Specified: 0x0", "    Login Flags          : 0x0", ""),
    ]
    return printed(*BANNER, *lines, SUCCESS)


def disk_list() -> Completed:
    return printed(
        "",
        "For more information about a particular disk, use 'mpclaim -s -d #' where # is the MPIO disk number.",
        "",
        "MPIO Disk    System Disk  LB Policy    DSM Name",
        "-" * 79,
        *(f"{f'MPIO Disk{lun.number}':13}{f'Disk {lun.drive}':13}{lun.code:13}Microsoft DSM" for lun in LUNS),
    )


def disk_detail(lun: Lun) -> Completed:
    policy = {"RR": "Round Robin", "RRWS": "Round Robin with Subset"}[lun.code]
    lines = [
        "",
        f"MPIO Disk{lun.number}: 04 Paths, {policy}, {'ALUA Not Supported' if lun.symmetric else 'Implicit Only'}",
        "    Controlling DSM: Microsoft DSM",
        f"    SN: {lun.wwn}",
        "    Supported Load Balance Policies: FOO RR RRWS LQD WP LB",
        "",
        "    Path ID          State              SCSI Address      Weight",
        "    " + "-" * 75,
    ]
    for target in range(len(PATHS)):
        if target == lun.failed:
            continue
        state = "Active/Optimized" if lun.symmetric or target < 2 else "Active/Unoptimized"
        lines.append(f"    {lun.path_id(target):016x} {state:18} 005|000|{target:03}|{lun.lun:03}   0")
        if not lun.symmetric:
            lines += [f"      TPG_State : {state:18}, TPG_Id: {1 + target // 2}, : {target}", ""]
    return printed(*lines)


CONTROL = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
MSDSM = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\msdsm\\Parameters"
INSTALLATION_TYPE = 'reg query "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion" /v InstallationType'
HARDWARE_ID = "HP      HSV340          "


def registry() -> dict[str, Completed]:
    """The line of ``reg query`` on a host where everything is set and nothing waits."""
    hklm = "reg query HKLM\\SYSTEM\\CurrentControlSet"
    missing = printed("", code=1)
    return {
        f"{hklm}\\Control\\MPDEV /v MPIOSupportedDeviceList": printed(
            "",
            "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\MPDEV",
            f"    MPIOSupportedDeviceList    REG_MULTI_SZ    {HARDWARE_ID}\\0Vendor 8Product       16",
            "",
        ),
        f"{hklm}\\Services\\msdsm\\Parameters /s": printed(
            "",
            MSDSM,
            f"    DsmSupportedDeviceList    REG_MULTI_SZ    {HARDWARE_ID}",
            "    DsmLoadBalancePolicy    REG_DWORD    0x4",
            "",
            f"{MSDSM}\\DsmLoadBalanceSettings",
            f"{MSDSM}\\DsmLoadBalanceSettings\\HP_HSV340_{LUNS[0].wwn.lower()}",
            "    DsmLoadBalancePolicy    REG_DWORD    0x2",
            "    DsmLoadBalancePolicyExplicitlySet    REG_BINARY    01",
            "",
            f"{MSDSM}\\DsmLoadBalanceSettings\\HP_HSV340_{LUNS[0].wwn.lower()}\\DSMPath#0000057700000000",
            "    DsmPathWeight    REG_DWORD    0x0",
            "",
            f"{MSDSM}\\DsmLoadBalanceSettings\\HP_HSV340_{LUNS[1].wwn.lower()}",
            "    DsmLoadBalancePolicy    REG_DWORD    0x3",
            "    DsmLoadBalancePolicyExplicitlySet    REG_BINARY    00",
            "",
            f"{MSDSM}\\DsmTargetsLoadBalanceSetting\\{HARDWARE_ID}",
            "    DsmLoadBalancePolicy    REG_DWORD    0x6",
            "",
        ),
        'reg query "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing"': printed(
            "",
            "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages",
        ),
        'reg query "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update"': missing,
        'reg query "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager" /v PendingFileRenameOperations': missing,
        MARKER: missing,
        INSTALLATION_TYPE: printed("", CONTROL, "    InstallationType    REG_SZ    Server", ""),
        'reg query "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion" /v CurrentBuildNumber': printed(
            "", CONTROL, f"    CurrentBuildNumber    REG_SZ    {BUILD}", ""
        ),
    }


def cluster_resources() -> Completed:
    """Print the resources of a failover cluster, none of which has an address."""
    key = "HKEY_LOCAL_MACHINE\\Cluster\\Resources\\aaaa"
    return printed("", key, "    Name    REG_SZ    Cluster", "", f"{key}\\Parameters", "    Path    REG_SZ    E:\\", "")


def tools() -> dict[str, Completed]:
    return {
        "iscsicli SessionList": session_list(),
        "iscsicli ListPersistentTargets": persistent_targets(),
        "iscsicli ListTargetPortals": target_portals(),
        "iscsicli ListTargets": target_list(),
        f"iscsicli TargetInfo {TARGET}": target_ways(*PORTALS),
        **{
            f'iscsicli TargetInfo {TARGET} "{mechanism(portal)}"': target_groups(
                mechanism(portal), tuple(f"{other} 3260" for other in PORTALS)
            )
            for portal in PORTALS
        },
        "mpclaim -s -d": disk_list(),
        **{f"mpclaim -s -d {lun.number}": disk_detail(lun) for lun in LUNS},
        **registry(),
        "reg query HKLM\\Cluster\\Resources /s": cluster_resources(),
    }
