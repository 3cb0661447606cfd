# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds what a script or procedure declares, wherever in its blocks it does."""

from __future__ import annotations

from collections.abc import Iterator

from .errors import CompilationError
from .nodes import Block, Const, Dim, For, ForEach, If, Loop, Select, Statement, With


def declarations(block: Block) -> Iterator[Dim | Const]:
    """Yield the declarations of a block and of the blocks in it."""
    for statement in block:
        if isinstance(statement, (Dim, Const)):
            yield statement
        for inner in _blocks(statement):
            yield from declarations(inner)


def check_names(block: Block, parameters: tuple[str, ...] = ()) -> None:
    """Refuse a name that is declared twice.

    Raises:
        CompilationError: Name redefined.
    """
    known = set(parameters)
    for statement in declarations(block):
        names = [name for name, _unused in (statement.values if isinstance(statement, Const) else statement.names)]
        for name in names:
            if name in known:
                raise CompilationError("Name redefined", statement.at)
            known.add(name)


def _blocks(statement: Statement) -> Iterator[Block]:
    if isinstance(statement, If):
        yield from (block for _at, _condition, block in statement.branches)
    elif isinstance(statement, Select):
        yield from (block for _values, block in statement.cases)
    elif isinstance(statement, (For, ForEach, Loop, With)):
        yield statement.body
