# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a program of a simulated server is given, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..winrm.interface import ConsoleInput, ProcessResult
from .language import ENGLISH, Language

NOT_RECOGNIZED = "'{name}' is not recognized as an internal or external command,\noperable program or batch file.\n"
"""cmd.exe's message for a name that is neither built in nor found in PATH."""


@dataclass(frozen=True)
class ProgramContext:
    """The surroundings of a running program."""

    stdin: ConsoleInput
    code_page: int
    """The console's output code page."""
    elevated: bool = True
    """Whether the token is a full administrator's."""
    terminated: Callable[[], bool] = lambda: False
    """Whether somebody has ended the process meanwhile, or the command that started it is over."""
    language: Language = ENGLISH
    """What the program prints in."""


Program = Callable[[list[str], ProgramContext], ProcessResult]
"""A program takes its argv (without its own name) and its surroundings."""


def codec_of(code_page: int) -> str:
    """Return Python's name of a console code page."""
    return "utf-8" if code_page == 65001 else f"cp{code_page}"


def console_bytes(text: str, code_page: int) -> bytes:
    r"""Encode what a program prints: CRLF for each ``\n``, characters the code page lacks as ``?``."""
    return text.replace("\n", "\r\n").encode(codec_of(code_page), errors="replace")
