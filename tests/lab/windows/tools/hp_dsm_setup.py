# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Setup and removal program of HP's DSM: both have a window, unless they are told to be silent.

No silent argument was ever published; that of many HP kits is the lab's guess and a switch.
"""

from __future__ import annotations

from collections.abc import Callable

from ..switches import Switches
from .windowed import UnansweredQuestionError, WindowedProgram

BAD_COMMAND_LINE = 1639
"""ERROR_INVALID_COMMAND_LINE, a guess."""


class HpDsmSetup(WindowedProgram):
    """One of the two programs, bound to one server."""

    def __init__(self, change: Callable[[], int], switches: Switches) -> None:
        """``change`` installs or removes, and returns the exit code."""
        super().__init__(switches)
        self._change = change

    def work(self, argv: list[str]) -> int:
        """Install or remove.

        Raises:
            UnansweredQuestionError: without the silent argument a window asks
        """
        words = {word.lower() for word in argv}
        silent = self._switches.hp_dsm_silent_argument.lower()
        if silent not in words:
            raise UnansweredQuestionError
        return self._change() if words == {silent} else BAD_COMMAND_LINE
