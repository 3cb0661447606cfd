# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors of VBScript: numbers and texts of Microsoft's "VBScript Run-time Errors" and "VBScript Syntax Errors"."""

from __future__ import annotations

from dataclasses import dataclass

RUNTIME_SOURCE = "Microsoft VBScript runtime error"
COMPILATION_SOURCE = "Microsoft VBScript compilation error"

INVALID_CALL = 5
OVERFLOW = 6
SUBSCRIPT = 9
FIXED_ARRAY = 10
DIVISION_BY_ZERO = 11
TYPE_MISMATCH = 13
OUT_OF_STACK = 28
FILE_NOT_FOUND = 53
FILE_EXISTS = 58
PAST_END = 62
PERMISSION_DENIED = 70
OBJECT_NOT_SET = 91
INVALID_NULL = 94
OBJECT_REQUIRED = 424
CANNOT_CREATE = 429
NO_SUCH_MEMBER = 438
WRONG_ARGUMENTS = 450
NOT_A_COLLECTION = 451
KEY_EXISTS = 457
UNDEFINED = 500
ILLEGAL_ASSIGNMENT = 501

TEXTS = {
    INVALID_CALL: "Invalid procedure call or argument",
    OVERFLOW: "Overflow",
    SUBSCRIPT: "Subscript out of range",
    FIXED_ARRAY: "This array is fixed or temporarily locked",
    DIVISION_BY_ZERO: "Division by zero",
    TYPE_MISMATCH: "Type mismatch",
    OUT_OF_STACK: "Out of stack space",
    FILE_NOT_FOUND: "File not found",
    FILE_EXISTS: "File already exists",
    PAST_END: "Input past end of file",
    PERMISSION_DENIED: "Permission denied",
    OBJECT_NOT_SET: "Object variable not set",
    INVALID_NULL: "Invalid use of Null",
    OBJECT_REQUIRED: "Object required",
    CANNOT_CREATE: "ActiveX component can't create object",
    NO_SUCH_MEMBER: "Object doesn't support this property or method",
    WRONG_ARGUMENTS: "Wrong number of arguments or invalid property assignment",
    NOT_A_COLLECTION: "Object not a collection",
    KEY_EXISTS: "This key is already associated with an element of this collection",
    UNDEFINED: "Variable is undefined",
    ILLEGAL_ASSIGNMENT: "Illegal assignment",
}
UNKNOWN = "Unknown runtime error"


@dataclass(frozen=True)
class Position:
    """Where something stands in a script: line and column, from 1 on."""

    line: int
    column: int


class ScriptError(Exception):
    """A run-time error: what Err shows, and where it happened once that is known."""

    def __init__(self, number: int, about: str = "", description: str | None = None, source: str | None = None) -> None:
        """``about`` is the name that VBScript puts behind its own texts, as in ``Type mismatch: 'x'``."""
        self.number = number
        self.about = about
        self.text = TEXTS.get(number, UNKNOWN) if description is None else description
        self.source = RUNTIME_SOURCE if source is None else source
        self.position: Position | None = None
        super().__init__(self.description)

    @property
    def description(self) -> str:
        """The text with the name behind it, as a script and its user see it in English."""
        return f"{self.text}: '{self.about}'" if self.about else self.text


class CompilationError(Exception):
    """A script that does not parse; nothing of it is run."""

    def __init__(self, text: str, position: Position) -> None:
        """``text`` is VBScript's own, for instance ``Expected 'Then'``."""
        self.text = text
        self.position = position
        super().__init__(text)


class QuitScript(Exception):
    """``WScript.Quit``."""

    def __init__(self, exit_code: int) -> None:
        """Keep the exit code."""
        self.exit_code = exit_code
        super().__init__(exit_code)
