# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""root/cimv2: Win32_Process with GetOwner (Microsoft: "Win32_Process class")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...winrm.interface import WmiClass, WmiObject, WmiValue
from ..desktops import Desktops
from ..language import Language
from ..life import Life
from ..releases import Release
from .inputs import instance_not_found, selector
from .wdm import alphabetical, ordered

NAMESPACE = "root/cimv2"

_PROPERTIES = alphabetical(
    "Caption CommandLine CreationClassName CreationDate CSCreationClassName CSName Description ExecutablePath "
    "ExecutionState Handle HandleCount InstallDate KernelModeTime MaximumWorkingSetSize MinimumWorkingSetSize Name "
    "OSCreationClassName OSName OtherOperationCount OtherTransferCount PageFaults PageFileUsage ParentProcessId "
    "PeakPageFileUsage PeakVirtualSize PeakWorkingSetSize Priority PrivatePageCount ProcessId "
    "QuotaNonPagedPoolUsage QuotaPagedPoolUsage QuotaPeakNonPagedPoolUsage QuotaPeakPagedPoolUsage "
    "ReadOperationCount ReadTransferCount SessionId Status TerminationDate ThreadCount UserModeTime VirtualSize "
    "WindowsVersion WorkingSetSize WriteOperationCount WriteTransferCount"
)
_SUCCESS = 0
_ACCESS_DENIED = 2
_SYSTEM = "SYSTEM"
_FIRST_USER_PROCESS = 2000


@dataclass(frozen=True)
class _Process:
    number: int
    name: str
    owner: tuple[str, str] | None
    """(domain, user), None where nobody may ask."""
    session: int = 0


class ProcessClasses:
    """Builds the class of one server: a few processes of Windows, and one of each user's desktop."""

    def __init__(self, computer: str, release: Release, life: Life, desktops: Desktops, language: Language) -> None:
        """``computer`` is the server's name."""
        self._computer = computer
        self._release = release
        self._life = life
        self._desktops = desktops
        self._authority, _unused, self._network_service = language.locale.network_service.partition("\\")

    def classes(self) -> list[tuple[str, WmiClass]]:
        """Return the class with its namespace."""
        methods = {"GetOwner": self._owner}
        return [
            (NAMESPACE, WmiClass("Win32_Process", ("Handle",), _PROPERTIES, self._rows, "CIM_Process", methods)),
        ]

    def _processes(self) -> list[_Process]:
        system, network = (self._authority, _SYSTEM), (self._authority, self._network_service)
        own = [
            _Process(0, "System Idle Process", None),
            _Process(4, "System", system),
            _Process(304, "smss.exe", system),
            _Process(420, "services.exe", system),
            _Process(436, "lsass.exe", system),
            _Process(600, "svchost.exe", system),
            _Process(660, "svchost.exe", network),
            _Process(900, "wmiprvse.exe", network),
        ]
        # The desktop is explorer.exe; Server Core has none and starts a command prompt in its place.
        shell = "cmd.exe" if self._release.core else "explorer.exe"
        first_session = 1 if self._release.since_vista else 0  # from Vista on services have session 0 to themselves
        desktops = [
            _Process(_FIRST_USER_PROCESS + 100 * number, shell, user, first_session + number)
            for number, user in enumerate(self._desktops.users())
        ]
        return own + desktops

    def _rows(self) -> Sequence[WmiObject]:
        return [ordered("Win32_Process", self._values(process)) for process in self._processes()]

    def _values(self, process: _Process) -> dict[str, WmiValue]:
        root = self._release.system_root
        path = None if process.number <= 4 else f"{root}\\system32\\{process.name}"
        if process.name == "explorer.exe":
            path = f"{root}\\Explorer.EXE"
        return {
            **dict.fromkeys(_PROPERTIES),
            "Caption": process.name,
            "CommandLine": path,
            "CreationClassName": "Win32_Process",
            "CreationDate": self._life.booted_at,
            "CSCreationClassName": "Win32_ComputerSystem",
            "CSName": self._computer,
            "Description": process.name,
            "ExecutablePath": path,
            "Handle": str(process.number),
            "HandleCount": 100,
            "KernelModeTime": 156250,
            "Name": process.name,
            "OSCreationClassName": "Win32_OperatingSystem",
            "OSName": f"{self._release.caption}|{root}|\\Device\\Harddisk0\\Partition1",
            "PageFaults": 1000,
            "PageFileUsage": 2048,
            "ParentProcessId": 0 if process.number <= 4 else 4,
            "Priority": 8,
            "ProcessId": process.number,
            "SessionId": process.session,
            "ThreadCount": 8,
            "UserModeTime": 156250,
            "VirtualSize": 67108864,
            "WindowsVersion": self._release.version,
            "WorkingSetSize": 8388608,
        }

    def _owner(self, selectors: Mapping[str, str], inputs: Mapping[str, WmiValue]) -> Mapping[str, WmiValue]:
        wanted = selector(selectors, "Handle")
        process = next((item for item in self._processes() if str(item.number) == wanted), None)
        if process is None:
            raise instance_not_found()
        if process.owner is None:
            return {"Domain": None, "ReturnValue": _ACCESS_DENIED, "User": None}
        domain, user = process.owner
        return {"Domain": domain, "ReturnValue": _SUCCESS, "User": user}
