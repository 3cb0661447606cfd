# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a parsed script statement by statement, with VBScript's error handling ("On Error Statement").

After ``On Error Resume Next`` a statement that fails is passed over. Where a condition fails, or the collection of a
``For Each``, what comes next is the first statement of the block, as in VBScript.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from . import errors, nodes
from .declarations import declarations
from .errors import ScriptError
from .evaluate import Cell, Evaluator, Frame
from .operators import binary
from .values import EMPTY, Argument, ScriptObject, Value, VbArray, has_default, plain, to_long, to_number, truth

_CONTROL_C_EXIT = 0xC000013A
"""Exit code of a process that was ended from outside (ntstatus.h)."""


class _Leave(Exception):
    """``Exit For``, ``Exit Do``, ``Exit Sub``, ``Exit Function``."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


class Runtime(Evaluator):
    """One running script."""

    def __init__(
        self,
        script: nodes.Script,
        host: Mapping[str, Value],
        functions: Mapping[str, Callable[..., Value]],
        interrupted: Callable[[], bool],
        say: Callable[[ScriptError], str],
    ) -> None:
        """``interrupted`` is asked before every statement; once it says so, the script is at its end."""
        super().__init__(host, functions, script.explicit, say)
        self._script = script
        self._interrupted = interrupted
        self.procedures = script.procedures
        self._runners: dict[type, Callable[..., None]] = {
            nodes.Assign: self._assign,
            nodes.Const: self._declared,
            nodes.Dim: self._declared,
            nodes.Erase: self._erase,
            nodes.Exit: self._exit,
            nodes.For: self._for,
            nodes.ForEach: self._for_each,
            nodes.If: self._if,
            nodes.Loop: self._loop,
            nodes.OnError: self._on_error,
            nodes.ReDim: self._redim,
            nodes.Run: self._run,
            nodes.Select: self._select,
            nodes.With: self._with,
        }

    def run(self) -> None:
        """Run the script to its end.

        Raises:
            ScriptError: it stopped at an error that it does not handle.
            QuitScript: it ended itself.
        """
        self._declare(self._script.body)
        self._block(self._script.body)

    def run_procedure(self, procedure: nodes.Procedure, arguments: Sequence[Argument]) -> Value:
        """Call a Sub or a Function of the script; its error handling is its own."""
        if len(arguments) != len(procedure.parameters):
            raise ScriptError(errors.WRONG_ARGUMENTS, procedure.source)
        frame = Frame()
        for (name, by_value), argument in zip(procedure.parameters, arguments, strict=True):
            value = argument.value
            # What is handed over by reference goes back to the caller's variable at the end.
            frame.variables[name] = Cell(value.copy() if by_value and isinstance(value, VbArray) else value)
        if procedure.is_function:
            frame.variables[procedure.name] = Cell()
        self.frames.append(frame)
        try:
            self._declare(procedure.body)
            self._block(procedure.body)
        except _Leave as leave:
            if leave.kind not in ("sub", "function"):
                raise
        finally:
            self.frames.pop()
            for (name, by_value), argument in zip(procedure.parameters, arguments, strict=True):
                if argument.assign is not None and not by_value:
                    argument.assign(frame.variables[name].value)
        return frame.variables[procedure.name].value if procedure.is_function else EMPTY

    # statements

    def _block(self, block: nodes.Block) -> None:
        for statement in block:
            self._check_interrupted()
            self._guarded(statement.at, lambda: self._runners[type(statement)](statement))  # noqa: B023 - run at once

    def _check_interrupted(self) -> None:
        if self._interrupted():
            raise errors.QuitScript(_CONTROL_C_EXIT)

    def _guarded(self, at: errors.Position, action: Callable[[], None]) -> bool:
        """Run something at a place of the script; return whether it went well, where the script goes on anyway."""
        frame = self.frame
        try:
            action()
        except ScriptError as error:
            if error.position is None:
                error.position = at
            if not frame.resume_next:
                raise
            self.err.note(error)
            return False
        except RecursionError as error:
            raise ScriptError(errors.OUT_OF_STACK) from error
        return True

    def _assign(self, node: nodes.Assign) -> None:
        value = self.value(node.value)
        if node.by_set:
            if value is not None and not isinstance(value, ScriptObject):
                raise ScriptError(errors.OBJECT_REQUIRED, _name_of(node.target))
        elif isinstance(value, VbArray):
            value = value.copy()
        elif not (isinstance(value, ScriptObject) and _is_property(node.target) and not has_default(value)):
            # A property takes an object without Set (`ace.Trustee = trustee`), a variable does not.
            value = plain(value)
        self.assign(node.target, value, node.by_set)

    def _run(self, node: nodes.Run) -> None:
        self.value(node.call)

    def _declare(self, block: nodes.Block) -> None:
        """Make the variables and constants of a script or procedure: they are there before its first statement."""
        for statement in declarations(block):
            if isinstance(statement, nodes.Const):
                for name, expression in statement.values:
                    self.frame.variables[name] = Cell(self.value(expression), constant=True)
            else:
                for name, bounds in statement.names:
                    self.frame.variables[name] = Cell(EMPTY if bounds is None else VbArray.sized(bounds, bool(bounds)))

    def _declared(self, node: nodes.Dim | nodes.Const) -> None:
        """Do nothing: a declaration has had its effect already, however often it is passed."""

    def _redim(self, node: nodes.ReDim) -> None:
        for name, bounds in node.names:
            cell = self.find(name) or self.frame.variables.setdefault(name, Cell())
            held = cell.value
            if isinstance(held, VbArray) and held.fixed:
                raise ScriptError(errors.FIXED_ARRAY, name)
            sizes = tuple(to_long(self.value(bound)) for bound in bounds)
            old = held if isinstance(held, VbArray) else VbArray()
            cell.value = old.resized(sizes, node.preserve)

    def _erase(self, node: nodes.Erase) -> None:
        cell = self.cell(node.name)
        if not isinstance(cell.value, VbArray):
            raise ScriptError(errors.TYPE_MISMATCH, node.name)
        held = cell.value
        cell.value = VbArray.sized(held.bounds, fixed=True) if held.fixed else VbArray()

    def _on_error(self, node: nodes.OnError) -> None:
        self.frame.resume_next = node.resume
        self.err.vb_clear()

    def _exit(self, node: nodes.Exit) -> None:
        raise _Leave(node.kind)

    # blocks

    def _condition(self, at: errors.Position, node: nodes.Expression) -> bool:
        """Decide a condition; where it fails and the script goes on, it goes on inside the block."""
        decided = True

        def decide() -> None:
            nonlocal decided
            decided = truth(self.value(node))

        return decided if self._guarded(at, decide) else True

    def _if(self, node: nodes.If) -> None:
        for at, condition, block in node.branches:
            if condition is None or self._condition(at, condition):
                self._block(block)
                return

    def _rounds(self, block: nodes.Block, kind: str, rounds: Iterator[None]) -> None:
        try:
            for _unused in rounds:
                self._check_interrupted()
                self._block(block)
        except _Leave as leave:
            if leave.kind != kind:
                raise

    def _for(self, node: nodes.For) -> None:
        first = to_number(self.value(node.first))
        last = to_number(self.value(node.last))
        step = 1 if node.step is None else to_number(self.value(node.step))
        cell = self.cell(node.name)
        cell.value = first

        def rounds() -> Iterator[None]:
            while (step >= 0 and to_number(cell.value) <= last) or (step < 0 and to_number(cell.value) >= last):
                yield
                cell.value = binary("+", cell.value, step)

        self._rounds(node.body, "for", rounds())

    def _for_each(self, node: nodes.ForEach) -> None:
        cell = self.cell(node.name)
        collection = self.value(node.collection)

        def rounds() -> Iterator[None]:
            elements: list[Value] = []
            # A collection that cannot be walked through: a script that goes on does so inside the block.
            if not self._guarded(node.at, lambda: elements.extend(_elements(collection))):
                yield
            for element in elements:
                cell.value = element
                yield

        self._rounds(node.body, "for", rounds())

    def _loop(self, node: nodes.Loop) -> None:
        condition = node.condition

        def goes_on() -> bool:
            return condition is None or self._condition(node.at, condition) is not node.until

        def rounds() -> Iterator[None]:
            while not node.tested_first or goes_on():
                yield
                if not node.tested_first and not goes_on():
                    return

        self._rounds(node.body, "do", rounds())

    def _select(self, node: nodes.Select) -> None:
        subject = self.value(node.subject)
        for values, block in node.cases:
            if values is None or any(self._matches(subject, value) for value in values):
                self._block(block)
                return

    def _matches(self, subject: Value, expression: nodes.Expression) -> bool:
        hard = (False, isinstance(expression, nodes.Literal))
        return truth(binary("=", subject, self.value(expression), hard))

    def _with(self, node: nodes.With) -> None:
        subject = self.value(node.subject)
        if not isinstance(subject, ScriptObject):
            raise ScriptError(errors.OBJECT_REQUIRED, _name_of(node.subject))
        frame = self.frame
        frame.with_objects.append(subject)
        try:
            self._block(node.body)
        finally:
            frame.with_objects.pop()


def _elements(collection: Value) -> Iterator[Value]:
    if isinstance(collection, VbArray):
        return iter(list(collection.elements))
    if isinstance(collection, ScriptObject):
        return collection.items()
    raise ScriptError(errors.NOT_A_COLLECTION)


def _is_property(node: nodes.Expression) -> bool:
    return isinstance(node.target if isinstance(node, nodes.Call) else node, nodes.Member)


def _name_of(node: nodes.Expression) -> str:
    while isinstance(node, nodes.Call):
        node = node.target
    return node.source if isinstance(node, (nodes.Name, nodes.Member)) else ""
