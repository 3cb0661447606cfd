# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that the administrator names and the host runs: setup programs with their arguments.

Private to the collection.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Sequence

from .faults import Faults
from .words import CONTROL, unfilled

_PATH = re.compile(rf"(?=[^\"*?<>|%{CONTROL}]+\Z)(?:[A-Za-z]:\\|\\\\[^\\]+\\[^\\]+\\).+")
"""An absolute path on the host, or one on a share; the rest is what Windows allows in file names, without the percent
sign that cmd.exe would replace."""
_ARGUMENT = re.compile(f"[^%{CONTROL}]+")
LONGEST_COMMAND: t.Final = 2_000
"""Characters of a program and its arguments: cmd.exe takes 8,191 (KB830473), and a character may need three there."""


def check_program(option: str, kind: str, path: str, arguments: Sequence[str], faults: Faults) -> None:
    """Look at a program and its arguments.

    Args:
        option: The option that holds both.
        kind: What the names of the two begin with in it: nothing, or ``removal_``.
        path: The program, as the host names it.
        arguments: Its arguments.
        faults: Takes what is wrong.
    """
    where = f"{option}.{kind}"
    if unfilled(path):
        faults.add(f"{where}path", f"{path!r} is a template that was not filled in")
    elif not _PATH.fullmatch(path):
        faults.add(
            f"{where}path",
            f"{path!r} is no path that can be used: it must be an absolute one on the host (C:\\folder\\file.exe)"
            " or one on a share (\\\\server\\share\\file.exe), without percent signs and what no file name holds",
        )
    for argument in arguments:
        if unfilled(argument):
            faults.add(f"{where}arguments", f"{argument!r} is a template that was not filled in")
        elif not _ARGUMENT.fullmatch(argument):
            faults.add(f"{where}arguments", f"{argument!r} is empty, or holds a percent sign or a control character")
    length = len(path) + sum(len(argument) for argument in arguments)
    if length > LONGEST_COMMAND:
        faults.add(
            option, f"{kind}path and arguments have {length} characters; at most {LONGEST_COMMAND} can be handed on"
        )
