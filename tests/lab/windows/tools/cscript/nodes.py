# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of a parsed script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .errors import Position
from .values import Value


@dataclass(frozen=True)
class Literal:
    """A number, a string, or one of True, False, Null, Empty and Nothing."""

    value: Value


@dataclass(frozen=True)
class Name:
    """A variable, a constant, or a procedure called without arguments."""

    name: str
    source: str


@dataclass(frozen=True)
class Member:
    """``target.name``; without a target it belongs to the object of the ``With`` around it."""

    target: Expression | None
    name: str
    source: str


@dataclass(frozen=True)
class Call:
    """``target(arguments)``: an element, a call, or a default property; None stands for an argument left out."""

    target: Expression
    arguments: tuple[Expression | None, ...]


@dataclass(frozen=True)
class Grouped:
    """An expression in parentheses: its value, never the variable itself."""

    inner: Expression


@dataclass(frozen=True)
class Unary:
    """``-x``, ``+x`` or ``Not x``."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary:
    """Two operands."""

    operator: str
    left: Expression
    right: Expression


Expression = Literal | Name | Member | Call | Grouped | Unary | Binary
Block = tuple["Statement", ...]


@dataclass(frozen=True)
class Dim:
    """``Dim a, b(3), c()``: bounds None for a plain variable, () for an array without elements yet."""

    at: Position
    names: tuple[tuple[str, tuple[int, ...] | None], ...]


@dataclass(frozen=True)
class ReDim:
    """``ReDim [Preserve] a(n)``."""

    at: Position
    preserve: bool
    names: tuple[tuple[str, tuple[Expression, ...]], ...]


@dataclass(frozen=True)
class Erase:
    """``Erase a``."""

    at: Position
    name: str


@dataclass(frozen=True)
class Const:
    """``Const a = 1``."""

    at: Position
    values: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True)
class Assign:
    """``target = value`` or ``Set target = value``."""

    at: Position
    target: Expression
    value: Expression
    by_set: bool


@dataclass(frozen=True)
class Run:
    """An expression as a statement: a call whose result nobody wants."""

    at: Position
    call: Expression


@dataclass(frozen=True)
class If:
    """Conditions with their blocks; the last condition may be None for ``Else``."""

    at: Position
    branches: tuple[tuple[Position, Expression | None, Block], ...]


@dataclass(frozen=True)
class For:
    """``For name = first To last [Step step]``."""

    at: Position
    name: str
    first: Expression
    last: Expression
    step: Expression | None
    body: Block


@dataclass(frozen=True)
class ForEach:
    """``For Each name In collection``."""

    at: Position
    name: str
    collection: Expression
    body: Block


@dataclass(frozen=True)
class Loop:
    """``Do [While|Until] ... Loop [While|Until]`` and ``While ... Wend``."""

    at: Position
    condition: Expression | None
    until: bool
    tested_first: bool
    body: Block


@dataclass(frozen=True)
class Select:
    """``Select Case``: values with their blocks, None for ``Case Else``."""

    at: Position
    subject: Expression
    cases: tuple[tuple[tuple[Expression, ...] | None, Block], ...]


@dataclass(frozen=True)
class With:
    """``With object``."""

    at: Position
    subject: Expression
    body: Block


@dataclass(frozen=True)
class Exit:
    """``Exit For|Do|Sub|Function``."""

    at: Position
    kind: str


@dataclass(frozen=True)
class OnError:
    """``On Error Resume Next`` or, with ``resume`` False, ``On Error GoTo 0``."""

    at: Position
    resume: bool


Statement = Dim | ReDim | Erase | Const | Assign | Run | If | For | ForEach | Loop | Select | With | Exit | OnError


@dataclass(frozen=True)
class Procedure:
    """``Sub`` or ``Function``; parameters with whether they are ByVal."""

    name: str
    source: str
    parameters: tuple[tuple[str, bool], ...]
    body: Block
    is_function: bool


@dataclass(frozen=True)
class Script:
    """A whole script."""

    body: Block
    procedures: Mapping[str, Procedure]
    explicit: bool
