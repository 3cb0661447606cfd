# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What setup leaves on a server: the first registry values and the environment of a command shell."""

from __future__ import annotations

import zlib

from .language import ENGLISH, Language
from .registry import Registry
from .releases import Release
from .storage.layouts import POLICY_KEY, POLICY_VALUE, NewDiskPolicy

VERSION_KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
ADAPTERS_KEY = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4D36E97B-E325-11CE-BFC1-08002BE10318}"
"""The class of SCSI adapters (Microsoft: system-defined device setup classes): one numbered key an adapter."""
INITIATOR_DESCRIPTION = "Microsoft iSCSI Initiator"
INITIATOR_DEVICE_ID = "root\\iscsiprt"
"""MatchingDeviceId, which no language changes: that of the hardware id in the driver's INF file."""
_OTHER_ADAPTERS = (
    ("Smart Array P410i Controller", "pci\\ven_103c&dev_323a"),
    ("LSI Adapter, SAS 3000 series, 8-port with 1068", "pci\\ven_1000&dev_0054"),
    ("Microsoft VSS Null Adapter", "root\\nulladapter"),
    ("HP Smart Array P212 Controller", "pci\\ven_103c&dev_3243&subsys_3249103c"),
    ("QLogic Fibre Channel Adapter", "pci\\ven_1077&dev_2532"),
)
"""Made up after adapters that such servers have; the initiator's number depends on how many there are."""

TCPIP_PARAMETERS_KEY = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters"
PAGE_FILES = "PagingFiles"
SESSION_MANAGER = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager"
PAGE_FILES_KEY = f"{SESSION_MANAGER}\\Memory Management"
INITIATOR_PARAMETERS = {
    "DelayBetweenReconnect": 5,
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
"""The driver's timers with their defaults (Microsoft iSCSI initiator quick reference; DelayBetweenReconnect: NetApp's
knowledge base, "What are the parameters that control how MS iSCSI survives lost TCP connections")."""


def write_version(registry: Registry, release: Release) -> None:
    """Write what Windows says of itself."""
    registry.set(VERSION_KEY, "ProductName", release.registry_product_name, "REG_SZ")
    registry.set(VERSION_KEY, "CurrentBuildNumber", release.build, "REG_SZ")
    if release.service_pack_text:
        registry.set(VERSION_KEY, "CSDVersion", release.service_pack_text, "REG_SZ")
    if release.registry_names_installation_type:
        registry.set(VERSION_KEY, "InstallationType", release.installation_type, "REG_SZ")
    registry.set("HKLM\\SYSTEM\\CurrentControlSet\\Services\\Disk", "TimeOutValue", 60, "REG_DWORD")
    registry.create(TCPIP_PARAMETERS_KEY)  # without Tcp1323Opts, which only administrators write


def write_disk_settings(registry: Registry, release: Release, policy: NewDiskPolicy | None) -> None:
    """Write the page file and the new-disk policy, None for what setup chooses; Server 2003 has no policy.

    Standard Edition of 2008 and 2008 R2 brings new disks online, Enterprise and Datacenter leave shared ones offline
    (MS-VDS, appendix B); that all editions do so from 2012 on is what vendors' guides say.
    """
    page_files = [f"{release.system_root[:2]}\\pagefile.sys 0 0"]
    registry.set(PAGE_FILES_KEY, PAGE_FILES, page_files, "REG_MULTI_SZ")
    if release.since_vista:
        usual = NewDiskPolicy.OFFLINE_SHARED if release.major_minor >= (6, 2) else NewDiskPolicy.ONLINE_ALL
        registry.set(POLICY_KEY, POLICY_VALUE, int(policy or usual), "REG_DWORD")


def write_other_adapters(registry: Registry, computer: str) -> None:
    """Write the adapters that the server has besides the initiator; how many depends on its name."""
    count = 1 + zlib.crc32(computer.upper().encode()) % len(_OTHER_ADAPTERS)
    for number, (description, device_id) in enumerate(_OTHER_ADAPTERS[:count]):
        key = f"{ADAPTERS_KEY}\\{number:04}"
        registry.set(key, "DriverDesc", description, "REG_SZ")
        registry.set(key, "MatchingDeviceId", device_id, "REG_SZ")


def initiator_key(registry: Registry) -> str | None:
    """Return the key of the software initiator's adapter, None where there is none."""
    for name in registry.keys(ADAPTERS_KEY):
        key = f"{ADAPTERS_KEY}\\{name}"
        if registry.get(key, "MatchingDeviceId") == INITIATOR_DEVICE_ID:
            return key
    return None


def write_initiator(registry: Registry, say: Language = ENGLISH) -> None:
    """Write the software initiator's adapter, under the next free number, with its timers; ``say`` names it."""
    key = initiator_key(registry) or f"{ADAPTERS_KEY}\\{len(registry.keys(ADAPTERS_KEY)):04}"
    registry.set(key, "DriverDesc", say(INITIATOR_DESCRIPTION), "REG_SZ")
    registry.set(key, "MatchingDeviceId", INITIATOR_DEVICE_ID, "REG_SZ")
    for name, value in INITIATOR_PARAMETERS.items():
        registry.set(f"{key}\\Parameters", name, value, "REG_DWORD")


def page_files(registry: Registry) -> list[str]:
    """Return the paths of the page files: an entry is a path with its least and greatest size in MiB."""
    stored = registry.get(PAGE_FILES_KEY, PAGE_FILES)
    entries = stored if isinstance(stored, list) else []
    return [entry.split(" ")[0] for entry in entries if entry]


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
