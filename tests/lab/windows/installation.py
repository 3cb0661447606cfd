# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What setup leaves on a server: the first registry values and the environment of a command shell."""

from __future__ import annotations

from .registry import Registry
from .releases import Release
from .storage.layouts import POLICY_KEY, POLICY_VALUE, NewDiskPolicy

VERSION_KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
ADAPTER_KEY = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4D36E97B-E325-11CE-BFC1-08002BE10318}\\0001"
"""Instance of the software initiator in the class of SCSI adapters; the number differs from server to server."""

SESSION_MANAGER = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager"
INITIATOR_PARAMETERS = {
    "DelayBetweenReconnect": 1,
    "EnableNOPOut": 0,
    "ErrorRecoveryLevel": 2,
    "FirstBurstLength": 65536,
    "LinkDownTime": 15,
    "MaxBurstLength": 262144,
    "MaxPendingRequests": 255,
    "MaxRecvDataSegmentLength": 65536,
    "MaxRequestHoldTime": 60,
    "MaxTransferLength": 262144,
    "PortalRetryCount": 5,
    "SrbTimeoutDelta": 15,
}
"""The driver's timers with their defaults (Microsoft iSCSI initiator quick reference)."""


def write_version(registry: Registry, release: Release) -> None:
    """Write what Windows says of itself."""
    registry.set(VERSION_KEY, "ProductName", release.registry_product_name, "REG_SZ")
    registry.set(VERSION_KEY, "CurrentBuildNumber", release.build, "REG_SZ")
    if release.service_pack_text:
        registry.set(VERSION_KEY, "CSDVersion", release.service_pack_text, "REG_SZ")
    if release.registry_names_installation_type:
        registry.set(VERSION_KEY, "InstallationType", release.installation_type, "REG_SZ")
    registry.set("HKLM\\SYSTEM\\CurrentControlSet\\Services\\Disk", "TimeOutValue", 60, "REG_DWORD")


def write_disk_settings(registry: Registry, release: Release, policy: NewDiskPolicy | None) -> None:
    """Write the page file and the new-disk policy, None for what setup chooses; Server 2003 has no policy.

    Standard Edition of 2008 and 2008 R2 brings new disks online, Enterprise and Datacenter leave shared ones offline
    (MS-VDS, appendix B); that all editions do so from 2012 on is what vendors' guides say.
    """
    page_files = [f"{release.system_root[:2]}\\pagefile.sys 0 0"]
    registry.set(f"{SESSION_MANAGER}\\Memory Management", "PagingFiles", page_files, "REG_MULTI_SZ")
    if release.since_vista:
        usual = NewDiskPolicy.OFFLINE_SHARED if release.major_minor >= (6, 2) else NewDiskPolicy.ONLINE_ALL
        registry.set(POLICY_KEY, POLICY_VALUE, int(policy or usual), "REG_DWORD")


def write_initiator(registry: Registry) -> None:
    """Write the software initiator's adapter with its timers."""
    registry.set(ADAPTER_KEY, "DriverDesc", "Microsoft iSCSI Initiator", "REG_SZ")
    registry.set(ADAPTER_KEY, "MatchingDeviceId", "root\\iscsiprt", "REG_SZ")
    for name, value in INITIATOR_PARAMETERS.items():
        registry.set(f"{ADAPTER_KEY}\\Parameters", name, value, "REG_DWORD")


def environment(release: Release, computer: str, user: str) -> dict[str, str]:
    """Return the environment variables of a command shell."""
    root = release.system_root
    if release.since_vista:
        profile = f"C:\\Users\\{user}"
        temporary = f"{profile}\\AppData\\Local\\Temp"
    else:
        profile = f"C:\\Documents and Settings\\{user}"
        temporary = f"{profile}\\Local Settings\\Temp"
    return {
        "COMPUTERNAME": computer.upper(),
        "ComSpec": f"{root}\\system32\\cmd.exe",
        "NUMBER_OF_PROCESSORS": "8",
        "OS": "Windows_NT",
        "Path": f"{root}\\system32;{root};{root}\\System32\\Wbem",
        "PROCESSOR_ARCHITECTURE": "AMD64" if release.architecture == "x64" else "x86",
        "PROMPT": "$P$G",
        "SystemDrive": "C:",
        "SystemRoot": root,
        "TEMP": temporary,
        "TMP": temporary,
        "USERNAME": user,
        "USERPROFILE": profile,
        "windir": root,
    }
