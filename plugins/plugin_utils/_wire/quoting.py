# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quoting a command line for cmd.exe, which WinRS always runs commands with. Private to the collection.

Two stages. The first makes one argument of it for the program, by the rule of the C run-time library ("Parsing C
command-line arguments", Microsoft). The second puts a caret before everything that cmd.exe acts upon, the quotes too,
so that cmd.exe never is inside of quotes and every caret counts.
"""

from __future__ import annotations

import re
import typing as t

from .faults import CannotSend

LONGEST: t.Final = 8_000
"""Characters of a line. cmd.exe takes 8,191, its own ``/c`` and quotes included (Microsoft KB 830473)."""

_SPECIAL: t.Final = re.compile(r'([()!^"<>&|])')
_CONTROL: t.Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# A blank or a quote in the program's name would put a quote in front, which cmd.exe's /c strips together with the last.
_PROGRAM: t.Final = re.compile(r"[A-Za-z0-9_.:\\-]+")


def argument(text: str) -> str:
    """Return one argument as the program's C run-time library takes it back apart."""
    if text and not re.search(r'[\s"]', text):
        return text
    # Backslashes are doubled before a quote, also before the closing one, and stand for themselves elsewhere.
    inner = re.sub(r'(\\*)"', r'\1\1\\"', text)
    inner = re.sub(r"(\\+)$", r"\1\1", inner)
    return f'"{inner}"'


def escaped(text: str) -> str:
    """Return a text that cmd.exe hands on as it is."""
    return _SPECIAL.sub(r"^\1", text)


def line(program: str, arguments: t.Iterable[str]) -> str:
    """Return the command line. :class:`CannotSend` where cmd.exe could not be made to hand it on unchanged."""
    if not _PROGRAM.fullmatch(program):
        raise CannotSend("A program is started by its bare name or a path without blanks and special characters.")
    words = [program]
    for text in arguments:
        check(text)
        if "%" in text:
            # On a command line, unlike in a batch file, nothing keeps cmd.exe from replacing %NAME%.
            raise CannotSend("A percent sign cannot be handed to a program through cmd.exe; choose a value without it.")
        words.append(escaped(argument(text)))
    return " ".join(words)


def check(text: str) -> None:
    """Refuse characters that end a line, or a text, before its end."""
    if _CONTROL.search(text):
        raise CannotSend("Line breaks and control characters cannot be handed to a program; take them out.")


def check_length(text: str) -> str:
    """Return a line that is short enough."""
    if len(text) > LONGEST:
        raise CannotSend(f"The command line has {len(text)} characters and cmd.exe takes no more than {LONGEST}.")
    return text
