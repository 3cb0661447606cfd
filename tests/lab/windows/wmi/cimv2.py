# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""root/cimv2: the operating system and the computer; with the services and adapters all of this part's classes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ...winrm.interface import WmiClass, WmiObject, WmiValue
from ..life import Life
from ..network import Network
from ..releases import Release
from ..services import Services
from .network_classes import NetworkClasses
from .service_classes import ServiceClasses
from .wdm import ordered

NAMESPACE = "root/cimv2"

_MEMORY_KB = 8 * 1024 * 1024
_INSTALLED_BEFORE = timedelta(days=400)


def classes(
    computer: str, dns_domain: str, release: Release, life: Life, services: Services, network: Network
) -> list[tuple[str, WmiClass]]:
    """Return (namespace, class) of all of them."""
    system = SystemClasses(computer, dns_domain, release, life)
    found = [
        *system.classes(),
        *ServiceClasses(services, computer).classes(),
        *NetworkClasses(network, computer).classes(),
    ]
    return [(NAMESPACE, item) for item in found]


class SystemClasses:
    """Win32_OperatingSystem (properties as recorded, with those that came in 6.0 and 6.1) and Win32_ComputerSystem."""

    def __init__(self, computer: str, dns_domain: str, release: Release, life: Life) -> None:
        """``dns_domain`` is empty for a member of a workgroup."""
        self._computer = computer
        self._domain = dns_domain
        self._release = release
        self._life = life

    def classes(self) -> list[WmiClass]:
        """Return both classes."""
        return [
            WmiClass(
                "Win32_OperatingSystem",
                (),  # a singleton: selected by nothing
                tuple(sorted(self._operating_system(), key=str.lower)),
                lambda: self._one("Win32_OperatingSystem", self._operating_system()),
            ),
            WmiClass(
                "Win32_ComputerSystem",
                ("Name",),
                tuple(sorted(self._computer_system(), key=str.lower)),
                lambda: self._one("Win32_ComputerSystem", self._computer_system()),
            ),
        ]

    @staticmethod
    def _one(name: str, values: dict[str, WmiValue]) -> Sequence[WmiObject]:
        return [ordered(name, values)]

    def _operating_system(self) -> dict[str, WmiValue]:
        release, booted = self._release, self._life.booted_at
        return {
            "BootDevice": "\\Device\\HarddiskVolume1",
            "BuildNumber": release.build,
            "BuildType": "Multiprocessor Free",
            "Caption": release.caption,
            "CodeSet": "1252",
            "CountryCode": "1",
            "CreationClassName": "Win32_OperatingSystem",
            "CSCreationClassName": "Win32_ComputerSystem",
            "CSDVersion": release.service_pack_text,
            "CSName": self._computer,
            "CurrentTimeZone": 0,
            "DataExecutionPrevention_32BitApplications": True,
            "DataExecutionPrevention_Available": True,
            "DataExecutionPrevention_Drivers": True,
            "DataExecutionPrevention_SupportPolicy": 3,
            "Debug": False,
            "Description": "",
            "Distributed": False,
            "EncryptionLevel": 256,
            "ForegroundApplicationBoost": 2,
            "FreePhysicalMemory": _MEMORY_KB // 2,
            "FreeSpaceInPagingFiles": _MEMORY_KB // 8,
            "FreeVirtualMemory": _MEMORY_KB // 2,
            "InstallDate": (booted - _INSTALLED_BEFORE).replace(microsecond=0),
            "LargeSystemCache": None,
            "LastBootUpTime": booted,
            "LocalDateTime": self._life.time,
            "Locale": "0409",
            "Manufacturer": "Microsoft Corporation",
            "MaxNumberOfProcesses": 0xFFFFFFFF,
            "MaxProcessMemorySize": 137438953344,
            "MUILanguages": ["en-US"],
            "Name": f"{release.caption}|C:\\Windows|\\Device\\Harddisk0\\Partition2",
            "NumberOfLicensedUsers": 0,
            "NumberOfProcesses": 34,
            "NumberOfUsers": 1,
            "OperatingSystemSKU": 7,
            "Organization": "",
            "OSArchitecture": "64-bit",
            "OSLanguage": 1033,
            "OSProductSuite": 272,
            "OSType": 18,
            "OtherTypeDescription": None,
            "PAEEnabled": None,
            "PlusProductID": None,
            "PlusVersionNumber": None,
            "PortableOperatingSystem": False,
            "Primary": True,
            "ProductType": 3,
            "RegisteredUser": "Windows User",
            "SerialNumber": "00000-00000-00000-AA000",
            "ServicePackMajorVersion": release.service_pack,
            "ServicePackMinorVersion": 0,
            "SizeStoredInPagingFiles": _MEMORY_KB // 8,
            "Status": "OK",
            "SuiteMask": 272,
            "SystemDevice": "\\Device\\HarddiskVolume2",
            "SystemDirectory": "C:\\Windows\\system32",
            "SystemDrive": "C:",
            "TotalSwapSpaceSize": None,
            "TotalVirtualMemorySize": _MEMORY_KB + _MEMORY_KB // 8,
            "TotalVisibleMemorySize": _MEMORY_KB,
            "Version": release.version,
            "WindowsDirectory": "C:\\Windows",
        }

    def _computer_system(self) -> dict[str, WmiValue]:
        return {
            "BootupState": "Normal boot",
            "Caption": self._computer,
            "CreationClassName": "Win32_ComputerSystem",
            "CurrentTimeZone": 0,
            "Description": "AT/AT COMPATIBLE",
            "DNSHostName": self._computer,
            "Domain": self._domain or "WORKGROUP",
            "DomainRole": 3 if self._domain else 2,
            "Manufacturer": "HP",
            "Model": "ProLiant DL380 G7",
            "Name": self._computer,
            "NumberOfLogicalProcessors": 8,
            "NumberOfProcessors": 2,
            "PartOfDomain": bool(self._domain),
            "PrimaryOwnerName": "Windows User",
            "Roles": ["LM_Workstation", "LM_Server", "NT", "Server_NT"],
            "Status": "OK",
            "SystemType": "x64-based PC",
            "TotalPhysicalMemory": _MEMORY_KB * 1024,
            "UserName": None,
            "Workgroup": None if self._domain else "WORKGROUP",
        }
