# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evaluates expressions: names, members, calls, elements, operators."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from . import errors, operators
from .errors import ScriptError
from .functions import CONSTANTS, FUNCTIONS
from .nodes import Call, Expression, Grouped, Literal, Member, Name, Procedure, Unary
from .values import EMPTY, Argument, ScriptObject, Value, VbArray, element, has_default, plain, to_long, to_string


@dataclass
class Cell:
    """A variable or a constant."""

    value: Value = EMPTY
    constant: bool = False


@dataclass
class Frame:
    """What one running procedure, or the script itself, has of its own."""

    variables: dict[str, Cell] = field(default_factory=dict)
    resume_next: bool = False
    with_objects: list[ScriptObject] = field(default_factory=list)


class ErrObject(ScriptObject):
    """``Err``."""

    def __init__(self, say: Callable[[ScriptError], str]) -> None:
        """Start without an error; ``say`` gives an error's text in the server's language."""
        self._say = say
        self.number, self.description, self.source = 0, "", ""

    def note(self, error: ScriptError) -> None:
        """Take an error over."""
        self.number, self.description, self.source = error.number, self._say(error), error.source

    def default(self, arguments: Sequence[Argument]) -> Value:
        """Return the number."""
        return self.number

    def vb_number(self) -> Value:
        """Return the number, negative for COM's."""
        return self.number

    def vb_description(self) -> Value:
        """Return the text."""
        return self.description

    def vb_source(self) -> Value:
        """Return who said it."""
        return self.source

    def vb_clear(self) -> Value:
        """Forget the error."""
        self.number, self.description, self.source = 0, "", ""
        return EMPTY

    def vb_raise(self, number: Value, source: Value = EMPTY, description: Value = EMPTY) -> Value:
        """Raise an error."""
        code = to_long(number)
        text = None if description is EMPTY else to_string(description)
        raise ScriptError(code, description=text, source=None if source is EMPTY else to_string(source))


class Evaluator(ABC):
    """Expressions of one script, with its variables and what its host gives it."""

    def __init__(
        self,
        host: Mapping[str, Value],
        functions: Mapping[str, Callable[..., Value]],
        explicit: bool,
        say: Callable[[ScriptError], str],
    ) -> None:
        """``host`` are the host's objects by name, ``functions`` its functions (GetObject, CreateObject)."""
        self.err = ErrObject(say)
        self.globals = Frame()
        self.frames = [self.globals]
        self.procedures: Mapping[str, Procedure] = {}
        self._explicit = explicit
        self._host: Mapping[str, Value] = {"err": self.err, **host}
        self._functions = {**FUNCTIONS, **functions}

    @property
    def frame(self) -> Frame:
        """The running procedure's."""
        return self.frames[-1]

    @abstractmethod
    def run_procedure(self, procedure: Procedure, arguments: Sequence[Argument]) -> Value:
        """Call a Sub or a Function of the script."""

    # names

    def find(self, name: str) -> Cell | None:
        """Return a variable or constant that is declared."""
        return self.frame.variables.get(name) or self.globals.variables.get(name)

    def cell(self, name: Name | str) -> Cell:
        """Return a variable to assign to; without Option Explicit it may be new."""
        key, source = (name, name) if isinstance(name, str) else (name.name, name.source)
        found = self.find(key)
        if found is None:
            if key in self.procedures or key in self._functions or key in self._host or key in CONSTANTS:
                raise ScriptError(errors.ILLEGAL_ASSIGNMENT, source)
            if self._explicit:
                raise ScriptError(errors.UNDEFINED, source)
            found = self.frame.variables[key] = Cell()
        return found

    def _name(self, node: Name) -> Value:
        found = self.find(node.name)
        if found is not None:
            return found.value
        if node.name in self.procedures or node.name in self._functions:
            return self._call_named(node, ())
        if node.name in self._host:
            return self._host[node.name]
        if node.name in CONSTANTS:
            return CONSTANTS[node.name]
        return self.cell(node).value

    # expressions

    def value(self, node: Expression) -> Value:
        """Return an expression's value; an object stays an object."""
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, Name):
            return self._name(node)
        if isinstance(node, Grouped):
            inner = self.value(node.inner)
            return plain(inner) if isinstance(inner, ScriptObject) and has_default(inner) else inner
        if isinstance(node, Member):
            return self._member(node, ())
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Unary):
            return operators.unary(node.operator, self.value(node.operand))
        hard = isinstance(node.left, Literal), isinstance(node.right, Literal)
        return operators.binary(node.operator, self.value(node.left), self.value(node.right), hard)

    def object(self, node: Member) -> ScriptObject:
        """Return the object before the dot."""
        if node.target is None:
            if not self.frame.with_objects:
                raise ScriptError(errors.OBJECT_REQUIRED, node.source)
            return self.frame.with_objects[-1]
        found = self.value(node.target)
        if found is None:
            raise ScriptError(errors.OBJECT_NOT_SET, _source(node.target))
        if not isinstance(found, ScriptObject):
            raise ScriptError(errors.OBJECT_REQUIRED, _source(node.target))
        return found

    def _member(self, node: Member, arguments: Sequence[Argument]) -> Value:
        try:
            return self.object(node).get(node.name, arguments)
        except ScriptError as error:
            if error.number in (errors.NO_SUCH_MEMBER, errors.WRONG_ARGUMENTS) and not error.position:
                error.about = _source(node)
            raise

    def _call(self, node: Call) -> Value:
        target = node.target
        if isinstance(target, Member):
            return self._member(target, self.arguments(node.arguments))
        if isinstance(target, Name):
            # Inside a Function its own name with arguments is a call, without them its result.
            known = target.name in self._functions and self.find(target.name) is None
            if known or target.name in self.procedures:
                return self._call_named(target, self.arguments(node.arguments))
            held = self._name(target)
        else:
            held = self.value(target)
        arguments = self.arguments(node.arguments)
        if isinstance(held, (VbArray, ScriptObject)):
            return element(held, arguments)
        raise ScriptError(errors.TYPE_MISMATCH, _source(target))

    def _call_named(self, name: Name, arguments: Sequence[Argument]) -> Value:
        if name.name in self.procedures:
            return self.run_procedure(self.procedures[name.name], arguments)
        function = self._functions[name.name]
        values = [argument.value for argument in arguments]
        try:
            inspect.signature(function).bind(*values)
        except TypeError as error:
            raise ScriptError(errors.WRONG_ARGUMENTS, name.source) from error
        try:
            return function(*values)
        except ScriptError as error:
            error.about = error.about or (name.source if error.source == errors.RUNTIME_SOURCE else "")
            raise

    # arguments and targets

    def arguments(self, nodes: Sequence[Expression | None]) -> list[Argument]:
        """Evaluate arguments; a variable or an element can be changed by whoever is called (ByRef)."""
        return [Argument(EMPTY) if node is None else self._argument(node) for node in nodes]

    def _argument(self, node: Expression) -> Argument:
        if isinstance(node, Name) and node.name not in self.procedures and node.name not in self._host:
            value = self._name(node)
            cell = self.find(node.name)
            if cell is not None and not cell.constant:
                return Argument(value, lambda new: setattr(cell, "value", new))
            return Argument(value)
        if isinstance(node, Call) and isinstance(node.target, Name):
            held = self.find(node.target.name)
            if held is not None and isinstance(held.value, VbArray):
                array = held.value
                at = array.index([item.value for item in self.arguments(node.arguments)])
                return Argument(array.elements[at], lambda new: array.elements.__setitem__(at, new))
        return Argument(self.value(node))

    def assign(self, target: Expression, value: Value, by_set: bool) -> None:
        """Assign to a variable, an element or a property."""
        if isinstance(target, Name):
            cell = self.cell(target)
            if cell.constant or (isinstance(cell.value, VbArray) and cell.value.fixed):
                raise ScriptError(errors.ILLEGAL_ASSIGNMENT if cell.constant else errors.TYPE_MISMATCH, target.source)
            cell.value = value
        elif isinstance(target, Member):
            self._put(target, (), value)
        elif isinstance(target, Call) and isinstance(target.target, Member):
            self._put(target.target, self.arguments(target.arguments), value)
        elif isinstance(target, Call):
            self._assign_element(target, value)
        else:
            raise ScriptError(errors.ILLEGAL_ASSIGNMENT)

    def _assign_element(self, target: Call, value: Value) -> None:
        held = self.cell(target.target).value if isinstance(target.target, Name) else self.value(target.target)
        arguments = self.arguments(target.arguments)
        if isinstance(held, VbArray):
            held.elements[held.index([argument.value for argument in arguments])] = value
        elif isinstance(held, ScriptObject):
            held.put_default(arguments, value)
        else:
            raise ScriptError(errors.TYPE_MISMATCH, _source(target.target))

    def _put(self, target: Member, arguments: Sequence[Argument], value: Value) -> None:
        try:
            self.object(target).put(target.name, arguments, value)
        except ScriptError as error:
            if error.number in (errors.NO_SUCH_MEMBER, errors.WRONG_ARGUMENTS):
                error.about = _source(target)
            raise


def _source(node: Expression) -> str:
    """Return what an error names: the last word of ``a.b.c`` with what stands before it where that is a name."""
    if isinstance(node, Name):
        return node.source
    if isinstance(node, Member):
        before = _source(node.target) if isinstance(node.target, Name) else ""
        return f"{before}.{node.source}" if before else node.source
    if isinstance(node, Call):
        return _source(node.target)
    return ""
