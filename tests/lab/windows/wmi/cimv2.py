# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""root/cimv2: the operating system and the computer; with the services and adapters all of this part's classes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from ...winrm.interface import WmiClass, WmiObject, WmiValue
from ..desktops import Desktops
from ..language import Language
from ..life import Life
from ..releases import Release
from .network_classes import NetworkClasses
from .service_classes import ServiceClasses
from .wdm import ordered

if TYPE_CHECKING:
    from ..host import Host

NAMESPACE = "root/cimv2"

_MEMORY_KB = 8 * 1024 * 1024
_INSTALLED_BEFORE = timedelta(days=400)


def classes(host: Host) -> list[tuple[str, WmiClass]]:
    """Return (namespace, class) of all of them."""
    found = [
        *SystemClasses(
            host.name, host.spec.dns_domain, host.release, host.life, host.desktops, host.language
        ).classes(),
        *ServiceClasses(host.services, host.name).classes(),
        *NetworkClasses(host.network, host.name, host.release).classes(),
    ]
    return [(NAMESPACE, item) for item in found]


class SystemClasses:
    """Win32_OperatingSystem, properties as recorded on 2003 R2 with those that came later, and Win32_ComputerSystem."""

    def __init__(
        self,
        computer: str,
        dns_domain: str,
        release: Release,
        life: Life,
        desktops: Desktops,
        language: Language,
    ) -> None:
        """``dns_domain`` is empty for a member of a workgroup."""
        self._computer = computer
        self._domain = dns_domain
        self._release = release
        self._life = life
        self._desktops = desktops
        self._locale = language.locale

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
        values: dict[str, WmiValue] = {
            "BootDevice": "\\Device\\HarddiskVolume1",
            "BuildNumber": release.build,
            "BuildType": "Multiprocessor Free",
            "Caption": release.caption,
            "CodeSet": str(self._locale.ansi_code_page),
            "CountryCode": str(self._locale.country_code),
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
            "EncryptionLevel": 256 if release.since_vista else 168,
            "ForegroundApplicationBoost": 2,
            "FreePhysicalMemory": _MEMORY_KB // 2,
            "FreeSpaceInPagingFiles": _MEMORY_KB // 8,
            "FreeVirtualMemory": _MEMORY_KB // 2,
            "InstallDate": (booted - _INSTALLED_BEFORE).replace(microsecond=0),
            "LargeSystemCache": None,
            "LastBootUpTime": booted,
            "LocalDateTime": self._life.time,
            "Locale": self._locale.locale,
            "Manufacturer": "Microsoft Corporation",
            "MaxNumberOfProcesses": 0xFFFFFFFF,
            "MaxProcessMemorySize": 137438953344,
            "Name": f"{release.caption}|{release.system_root}|\\Device\\Harddisk0\\Partition2",
            "NumberOfLicensedUsers": 0,
            "NumberOfProcesses": 34,
            "NumberOfUsers": len(self._desktops.users()),
            "Organization": "",
            "OSLanguage": self._locale.os_language,
            "OSProductSuite": 272,
            "OSType": 18,
            "OtherTypeDescription": None,
            "PAEEnabled": None,
            "PlusProductID": None,
            "PlusVersionNumber": None,
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
            "SystemDirectory": f"{release.system_root}\\system32",
            "SystemDrive": "C:",
            "TotalSwapSpaceSize": None,
            "TotalVirtualMemorySize": _MEMORY_KB + _MEMORY_KB // 8,
            "TotalVisibleMemorySize": _MEMORY_KB,
            "Version": release.version,
            "WindowsDirectory": release.system_root,
        }
        return {**values, **self._by_release()}

    def _by_release(self) -> dict[str, WmiValue]:
        """What the class has on some releases only (Microsoft: "Win32_OperatingSystem class", and the recording)."""
        if not self._release.since_vista:
            return {"QuantumLength": 0, "QuantumType": 0}
        later: dict[str, WmiValue] = {
            "MUILanguages": [self._locale.name],
            "OperatingSystemSKU": self._release.sku,
            "OSArchitecture": "64-bit" if self._release.architecture == "x64" else "32-bit",
        }
        if self._release.major_minor >= (6, 2):
            later["PortableOperatingSystem"] = False
        return later

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
            "SystemType": "x64-based PC" if self._release.architecture == "x64" else "X86-based PC",
            "TotalPhysicalMemory": _MEMORY_KB * 1024,
            "UserName": self._user_at_the_console(),
            "Workgroup": None if self._domain else "WORKGROUP",
        }

    def _user_at_the_console(self) -> str | None:
        users = self._desktops.users()
        return "\\".join(users[0]) if users else None
