# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ocsetup.exe: installs and removes optional components on Server 2008 and 2008 R2, Server Core included."""

from __future__ import annotations

from ..features import Features
from ..switches import Switches
from .windowed import UnansweredQuestionError, WindowedProgram

SUCCESS = 0
UNKNOWN_COMPONENT = 0x80070490
BAD_OPTION = 87
RESTART_REQUIRED = 3010
"""The exit codes are not documented: Windows' numbers for what went wrong, a guess."""

_OPTIONS = frozenset({"quiet", "passive", "norestart", "uninstall"})
_OPTIONS_WITH_VALUE = ("log:", "unattendfile:", "x:")


class Ocsetup(WindowedProgram):
    """The program, bound to one server's features."""

    def __init__(self, features: Features, switches: Switches) -> None:
        """Keep the features."""
        super().__init__(switches)
        self._features = features

    @property
    def present(self) -> bool:
        """Whether the release has it."""
        return self._features.release.has_ocsetup

    def work(self, argv: list[str]) -> int:
        """Install or remove one component; its name is compared with its letter case (TechNet: "Ocsetup").

        Raises:
            UnansweredQuestionError: the command is wrong, or a restart is needed, and a window says so
        """
        options = {word[1:].lower() for word in argv if word.startswith("/")}
        names = [word for word in argv if not word.startswith("/")]
        silent = bool(options & {"quiet", "passive"})
        if len(names) != 1 or not all(_known(option) for option in options):
            return _told(BAD_OPTION, silent)
        row = self._features.find(names[0])
        if row is None or row.name != names[0]:
            return _told(UNKNOWN_COMPONENT, silent)
        change = self._features.disable if "uninstall" in options else self._features.enable
        if not change(row.name):
            return SUCCESS
        if "norestart" not in options:
            if not silent:
                raise UnansweredQuestionError
            if self._features.restart is not None:
                self._features.restart()
        return RESTART_REQUIRED


def _known(option: str) -> bool:
    """Whether ocsetup has an option of that name, given without its slash and in lower case."""
    return option in _OPTIONS or option.startswith(_OPTIONS_WITH_VALUE)


def _told(code: int, silent: bool) -> int:
    """Return the exit code of a failure that a window reports unless windows are off.

    Raises:
        UnansweredQuestionError: the window is open
    """
    if not silent:
        raise UnansweredQuestionError
    return code
