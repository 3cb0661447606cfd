# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VBScript's values, and how one type becomes another ("VBScript Data Types", "Conversion functions").

Numbers are Python's: an ``int`` is an Integer or a Long, as far as 32 bits go, a ``float`` a Double.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Union

from . import errors
from .errors import ScriptError

LONG_RANGE = range(-(1 << 31), 1 << 31)
INTEGER_RANGE = range(-(1 << 15), 1 << 15)


class Special:
    """Empty and Null."""

    def __init__(self, name: str) -> None:
        """``name`` is what TypeName says."""
        self.name = name

    def __repr__(self) -> str:
        """Show the name."""
        return self.name


EMPTY = Special("Empty")
NULL = Special("Null")


@dataclass
class Argument:
    """An argument with the way back into the caller's variable, where it is one."""

    value: Value
    assign: Callable[[Value], None] | None = None


class ScriptObject:
    """Something with members. A member ``X`` is the method ``vb_x``; one that can be assigned has ``vb_put_x`` too."""

    type_name = "Object"

    def get(self, name: str, arguments: Sequence[Argument]) -> Value:
        """Return a property or call a method.

        Raises:
            ScriptError: there is no such member, or not with so many arguments.
        """
        member = getattr(self, f"vb_{name.lower()}", None)
        if member is None:
            raise ScriptError(errors.NO_SUCH_MEMBER, name)
        if arguments and not inspect.signature(member).parameters:
            # `Arguments(0)`: what a property without parameters gives is asked for its default property, or an element.
            return element(member(), arguments)
        return _called(member, [argument.value for argument in arguments])

    def put(self, name: str, arguments: Sequence[Argument], value: Value) -> None:
        """Assign a property."""
        member = getattr(self, f"vb_put_{name.lower()}", None)
        if member is None:
            raise ScriptError(errors.NO_SUCH_MEMBER, name)
        _called(member, [*(argument.value for argument in arguments), value])

    def default(self, arguments: Sequence[Argument]) -> Value:
        """Return the default property."""
        raise ScriptError(errors.NO_SUCH_MEMBER if not arguments else errors.WRONG_ARGUMENTS)

    def put_default(self, arguments: Sequence[Argument], value: Value) -> None:
        """Assign the default property."""
        raise ScriptError(errors.NO_SUCH_MEMBER)

    def items(self) -> Iterator[Value]:
        """Return the elements, for ``For Each``."""
        raise ScriptError(errors.NOT_A_COLLECTION)


def element(held: Value, arguments: Sequence[Argument]) -> Value:
    """Return an element of an array, or what an object's default property gives."""
    if isinstance(held, VbArray):
        return held.elements[held.index([argument.value for argument in arguments])]
    if isinstance(held, ScriptObject):
        return held.default(arguments)
    raise ScriptError(errors.TYPE_MISMATCH)


def _called(member: Callable[..., Value], values: list[Value]) -> Value:
    try:
        inspect.signature(member).bind(*values)
    except TypeError as error:
        raise ScriptError(errors.WRONG_ARGUMENTS) from error
    return member(*values)


@dataclass
class VbArray:
    """An array: upper bounds of its dimensions, and the elements in row-major order."""

    bounds: tuple[int, ...] = ()
    elements: list[Value] = field(default_factory=list)
    fixed: bool = False

    @classmethod
    def of(cls, values: Sequence[Value]) -> VbArray:
        """Make a vector."""
        return cls((len(values) - 1,), list(values))

    @classmethod
    def sized(cls, bounds: tuple[int, ...], fixed: bool = False) -> VbArray:
        """Make an array of Empty."""
        if any(bound < -1 for bound in bounds):
            raise ScriptError(errors.SUBSCRIPT)
        return cls(bounds, [EMPTY] * math.prod(bound + 1 for bound in bounds), fixed)

    def copy(self) -> VbArray:
        """Copy: arrays are assigned by value."""
        copied = [item.copy() if isinstance(item, VbArray) else item for item in self.elements]
        return VbArray(self.bounds, copied)

    def index(self, subscripts: Sequence[Value]) -> int:
        """Return where an element stands.

        Raises:
            ScriptError: Subscript out of range.
        """
        if len(subscripts) != len(self.bounds):
            raise ScriptError(errors.SUBSCRIPT)
        at = 0
        for subscript, bound in zip(subscripts, self.bounds, strict=True):
            number = to_long(subscript)
            if not 0 <= number <= bound:
                raise ScriptError(errors.SUBSCRIPT)
            at = at * (bound + 1) + number
        return at

    def resized(self, bounds: tuple[int, ...], preserve: bool) -> VbArray:
        """Return it with other bounds; what is preserved may grow in the last dimension only."""
        made = VbArray.sized(bounds)
        if preserve and self.bounds:
            if bounds[:-1] != self.bounds[:-1]:
                raise ScriptError(errors.SUBSCRIPT)
            old, new = self.bounds[-1] + 1, bounds[-1] + 1
            for row in range(math.prod(bound + 1 for bound in bounds[:-1])):
                kept = self.elements[row * old : row * old + min(old, new)]
                made.elements[row * new : row * new + len(kept)] = kept
        return made


Value = Union[None, Special, bool, int, float, str, VbArray, ScriptObject]  # noqa: UP007 - recursive by name


def plain(value: Value) -> Value:
    """Return what an object stands for in an expression: its default property."""
    if isinstance(value, ScriptObject):
        return plain(value.default(()))
    if value is None:
        raise ScriptError(errors.OBJECT_NOT_SET)
    return value


def has_default(held: ScriptObject) -> bool:
    """Whether an object has a default property."""
    return type(held).default is not ScriptObject.default


def to_number(value: Value) -> int | float:
    """Read a number."""
    value = plain(value)
    if isinstance(value, bool):
        return -1 if value else 0
    if isinstance(value, (int, float)):
        return value
    if value is EMPTY:
        return 0
    if value is NULL:
        raise ScriptError(errors.INVALID_NULL)
    if isinstance(value, str):
        return _parsed(value)
    raise ScriptError(errors.TYPE_MISMATCH)


def from_bits(value: int, long: bool = False) -> int | float:
    """Return what a hexadecimal or octal number means: &HFFFF is the Integer -1, &HFFFF& the Long 65535."""
    if value < 1 << 16 and not long:
        return value - (1 << 16) if value >= 1 << 15 else value
    if value >= 1 << 32:
        raise ScriptError(errors.OVERFLOW)
    return value - (1 << 32) if value >= 1 << 31 else value


def _parsed(text: str) -> int | float:
    word = text.strip().lower()
    try:
        if word.startswith("&h"):
            number = from_bits(int(word[2:].rstrip("&"), 16), word.endswith("&"))
        elif word.lstrip("+-").isdigit():
            number = int(word)
        elif set(word) <= set("0123456789.+-e"):
            number = float(word)
        else:
            raise ScriptError(errors.TYPE_MISMATCH)
    except ValueError as error:
        raise ScriptError(errors.TYPE_MISMATCH) from error
    return number if isinstance(number, float) or number in LONG_RANGE else float(number)


def is_numeric(value: Value) -> bool:
    """Whether it can be read as a number."""
    try:
        to_number(value)
    except ScriptError:
        return False
    return True


def to_long(value: Value) -> int:
    """Read a Long: halves go to the even neighbour."""
    number = to_number(value)
    if not math.isfinite(number) or round(number) not in LONG_RANGE:
        raise ScriptError(errors.OVERFLOW)
    return round(number)


def to_string(value: Value) -> str:
    """Read a string."""
    value = plain(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.15g}".upper()
    if value is EMPTY:
        return ""
    raise ScriptError(errors.INVALID_NULL if value is NULL else errors.TYPE_MISMATCH)


def to_boolean(value: Value) -> bool:
    """Read a Boolean."""
    value = plain(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    return to_number(value) != 0


def truth(value: Value) -> bool:
    """Decide a condition: Null counts as False."""
    return value is not NULL and to_boolean(value)


def fitted(number: int | float) -> int | float:
    """Let a result that 32 bits cannot hold become a Double."""
    return number if isinstance(number, float) or number in LONG_RANGE else float(number)


def type_name(value: Value) -> str:
    """Return what TypeName says."""
    if value is None:
        return "Nothing"
    if isinstance(value, Special):
        return value.name
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int):
        return "Integer" if value in INTEGER_RANGE else "Long"
    if isinstance(value, ScriptObject):
        return value.type_name
    return {float: "Double", str: "String", VbArray: "Variant()"}[type(value)]
