# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The installer of the iSCSI initiator for Server 2003: a program with a wizard.

``/quiet /passive`` is the only way to run it alone that was ever published; which arguments choose components, or hold
back a restart, is not known.
"""

from __future__ import annotations

from ...winrm.interface import ProcessResult
from ..initiator_package import InitiatorPackage, PackageSpec
from ..programs import ProgramContext, console_bytes
from ..switches import Switches
from .windowed import UnansweredQuestionError, WindowedProgram

SUCCESS = 0
ACCESS_DENIED = 5
BAD_COMMAND_LINE = 1639
"""ERROR_INVALID_COMMAND_LINE, a guess."""

_SILENT = frozenset({"/quiet", "/passive"})
_DENIED = "Access is denied.\n"


class InitiatorSetup(WindowedProgram):
    """The program, bound to one server."""

    def __init__(self, package: InitiatorPackage, spec: PackageSpec, switches: Switches) -> None:
        """``spec`` says where the program lies and what it installs."""
        super().__init__(switches)
        self._package = package
        self.spec = spec

    def work(self, argv: list[str]) -> int:
        """Install.

        Raises:
            UnansweredQuestionError: without arguments the wizard opens
        """
        words = {word.lower() for word in argv}
        if self._switches.package_knows_norestart:
            words.discard("/norestart")
        if not words & _SILENT:
            raise UnansweredQuestionError
        if words - _SILENT:
            return BAD_COMMAND_LINE
        restart_needed = self._package.run(self.spec)
        return self._switches.package_reboot_exit_code if restart_needed else SUCCESS


class ForbiddenShare:
    """The same on a share that the command's account may not open: its credentials do not travel (double hop)."""

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Refuse."""
        return ProcessResult(b"", console_bytes(context.language(_DENIED), context.code_page), ACCESS_DENIED)
