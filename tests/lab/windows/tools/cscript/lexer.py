# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Splits a script into words, literals and signs ("VBScript Language Reference")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import CompilationError, Position
from .values import from_bits

NAME = "name"
NUMBER = "number"
STRING = "string"
SIGN = "sign"
END = "end"
"""End of a statement: of the line, of the text, or a colon."""

_TOKEN = re.compile(
    r"""(?P<blank>[ \t\f\v]+)
      |(?P<continued>_[ \t]*(?:\r\n|\r|\n))
      |(?P<newline>\r\n|\r|\n|:)
      |(?P<comment>'[^\r\n]*|rem(?![A-Za-z0-9_])[^\r\n]*)
      |(?P<hexadecimal>&h[0-9a-f]+&?)
      |(?P<octal>&o[0-7]+&?)
      |(?P<decimal>(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)
      |(?P<string>"(?:[^"\r\n]|"")*")
      |(?P<name>[A-Za-z][A-Za-z0-9_]*|\[[^\]\r\n]+\])
      |(?P<sign><>|<=|>=|=<|=>|[-+*/\\^&=<>(),.])""",
    re.VERBOSE | re.IGNORECASE,
)
_SWAPPED = {"=<": "<=", "=>": ">="}


@dataclass(frozen=True)
class Token:
    """One word, literal or sign."""

    kind: str
    text: str
    """Lower case for names, unescaped for strings, as written for the rest."""
    source: str
    position: Position
    value: int | float = 0
    follows_blank: bool = False


def tokens(text: str) -> list[Token]:
    """Split a script; it ends with an END.

    Raises:
        CompilationError: a character that begins nothing, or a string without an end.
    """
    found: list[Token] = []
    line, line_start, at, blank = 1, 0, 0, True
    while at < len(text):
        position = Position(line, at - line_start + 1)
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text[at], position)
        kind, source = str(match.lastgroup), match[0]
        at = match.end()
        if kind in ("continued", "newline") and source != ":":
            line, line_start = line + 1, at
        if kind in ("blank", "continued"):
            blank = True
            continue
        if kind != "comment":
            found.append(_token(kind, source, position, blank))
        blank = False
    found.append(Token(END, "", "", Position(line, at - line_start + 1)))
    return found


def _unreadable(char: str, position: Position) -> CompilationError:
    return CompilationError("Unterminated string constant" if char == '"' else "Invalid character", position)


def _token(kind: str, source: str, position: Position, blank: bool) -> Token:
    if kind == "newline":
        return Token(END, ":" if source == ":" else "\n", source, position)
    if kind == "name":
        return Token(NAME, source.strip("[]").lower(), source, position, follows_blank=blank)
    if kind == "string":
        return Token(STRING, source[1:-1].replace('""', '"'), source, position, follows_blank=blank)
    if kind == "sign":
        return Token(SIGN, _SWAPPED.get(source, source), source, position, follows_blank=blank)
    return Token(NUMBER, source, source, position, _number(kind, source), blank)


def _number(kind: str, source: str) -> int | float:
    if kind == "decimal":
        if source.isdigit() and int(source) < 1 << 31:
            return int(source)
        return float(source)
    value = int(source.strip("&")[1:], 16 if kind == "hexadecimal" else 8)
    return from_bits(value, long=source.endswith("&"))
