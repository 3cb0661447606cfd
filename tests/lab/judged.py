# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server as its WinRM service sees it, with each command line bracketed for the judge of the law."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .laws import LawChecker
from .winrm.interface import ConsoleInput, Machine, ProcessResult, WmiClass


class JudgedMachine:
    """Implements ``winrm.interface.Machine`` by another one."""

    def __init__(self, machine: Machine, laws: LawChecker) -> None:
        """Stand before a machine."""
        self.name = machine.name
        self._machine = machine
        self._laws = laws

    def check_password(self, user: str, password: str) -> bool:
        """Ask the machine."""
        return self._machine.check_password(user, password)

    @property
    def passwords(self) -> Mapping[str, str]:
        """Ask the machine."""
        return self._machine.passwords

    @property
    def language(self) -> Callable[[str], str]:
        """Ask the machine."""
        return self._machine.language

    @property
    def running(self) -> bool:
        """Ask the machine."""
        return self._machine.running

    def operating_system_version(self) -> str:
        """Ask the machine."""
        return self._machine.operating_system_version()

    def wmi_class(self, namespace: str, class_name: str) -> WmiClass:
        """Ask the machine."""
        return self._machine.wmi_class(namespace, class_name)

    def wmi_subclasses(self, namespace: str, class_name: str) -> Sequence[WmiClass]:
        """Ask the machine."""
        return self._machine.wmi_subclasses(namespace, class_name)

    def run(self, command_line: str, stdin: ConsoleInput, code_page: int) -> ProcessResult:
        """Run a command line; what it does to stored logins is judged when it has ended."""
        with self._laws.command(self.name):
            return self._machine.run(command_line, stdin, code_page)

    def terminate(self, stdin: ConsoleInput) -> None:
        """Ask the machine."""
        self._machine.terminate(stdin)
