# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs with a window: cmd.exe goes on at once unless ``start /w`` started them."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

from ...winrm.interface import ProcessResult
from ..programs import ProgramContext
from ..switches import Switches

NOT_ELEVATED = 740
"""ERROR_ELEVATION_REQUIRED."""
_LOOK_AGAIN = 0.05
"""Seconds between two looks whether the process that waits for an answer has been ended."""


class UnansweredQuestionError(Exception):
    """The program shows a window and waits; nobody is there to answer."""


class WindowedProgram(ABC):
    """One such program on one server."""

    def __init__(self, switches: Switches) -> None:
        """Keep the switches."""
        self._switches = switches

    @property
    def windowed(self) -> bool:
        """Whether the command interpreter goes on while the program works; it asks this of every program."""
        return not self._switches.cmd_waits_for_windows

    @abstractmethod
    def work(self, argv: list[str]) -> int:
        """Do all of it and return the exit code.

        Raises:
            UnansweredQuestionError: it would ask first
        """

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Run to the end; with a question that nobody answers, until somebody ends it."""
        if not context.elevated:
            return ProcessResult(exit_code=NOT_ELEVATED)
        try:
            return ProcessResult(exit_code=self.work(argv))
        except UnansweredQuestionError:
            while not context.terminated():
                time.sleep(_LOOK_AGAIN)
            return ProcessResult(exit_code=None)
