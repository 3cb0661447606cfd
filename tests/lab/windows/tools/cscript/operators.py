# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VBScript's operators ("VBScript Operators", "Comparison Operators")."""

from __future__ import annotations

import operator
from collections.abc import Callable

from . import errors
from .errors import ScriptError
from .values import EMPTY, NULL, ScriptObject, Value, fitted, plain, to_long, to_number, to_string

_RELATIONS: dict[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "<>": lambda order: order != 0,
    "<": lambda order: order < 0,
    ">": lambda order: order > 0,
    "<=": lambda order: order <= 0,
    ">=": lambda order: order >= 0,
}
_BITS: dict[str, Callable[[int, int], int]] = {
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "eqv": lambda left, right: ~(left ^ right),
    "imp": lambda left, right: ~left | right,
}
_ARITHMETIC: dict[str, Callable[[int | float, int | float], int | float]] = {
    "-": operator.sub,
    "*": operator.mul,
}


def unary(sign: str, value: Value) -> Value:
    """Apply ``-``, ``+`` or ``Not``."""
    value = plain(value)
    if value is NULL:
        return NULL
    if sign == "not":
        return not value if isinstance(value, bool) else ~to_long(value)
    return fitted(-to_number(value) if sign == "-" else to_number(value))


def binary(sign: str, left: Value, right: Value, hard: tuple[bool, bool] = (False, False)) -> Value:
    """Apply an operator; ``hard`` tells which operand is a literal, which matters where numbers meet strings."""
    if sign == "is":
        return _same(left, right)
    left, right = plain(left), plain(right)
    if sign == "&":
        return NULL if left is NULL and right is NULL else _text(left) + _text(right)
    if sign in _BITS:
        return _logic(sign, left, right)
    if NULL in (left, right):
        return NULL
    if sign in _RELATIONS:
        return _RELATIONS[sign](_order(left, right, hard))
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        return left + right
    if sign == "+" and EMPTY in (left, right) and (isinstance(left, str) or isinstance(right, str)):
        return _text(left) + _text(right)
    return _arithmetic(sign, left, right)


def _same(left: Value, right: Value) -> bool:
    for side in (left, right):
        if side is not None and not isinstance(side, ScriptObject):
            raise ScriptError(errors.OBJECT_REQUIRED)
    return left is right


def _text(value: Value) -> str:
    return "" if value is NULL else to_string(value)


def _logic(sign: str, left: Value, right: Value) -> Value:
    if NULL in (left, right):
        known = right if left is NULL else left
        decided = {"and": False, "or": True}.get(sign)
        if known is not NULL and decided is not None and (to_number(known) != 0) is decided:
            return known
        return NULL
    result = _BITS[sign](to_long(left), to_long(right))
    return bool(result) if isinstance(left, bool) and isinstance(right, bool) else result


def _arithmetic(sign: str, left: Value, right: Value) -> Value:
    first, second = to_number(left), to_number(right)
    try:
        if sign == "+":
            return fitted(first + second)
        if sign in _ARITHMETIC:
            return fitted(_ARITHMETIC[sign](first, second))
        if sign == "/":
            return first / second
        if sign == "^":
            return float(first**second)
        divisor = to_long(second)
        quotient = abs(to_long(first)) // abs(divisor)
        if sign == "\\":
            return quotient if (first < 0) is (second < 0) else -quotient
        remainder = abs(to_long(first)) - quotient * abs(divisor)
        return -remainder if first < 0 else remainder
    except ZeroDivisionError as error:
        raise ScriptError(errors.DIVISION_BY_ZERO) from error
    except OverflowError as error:
        raise ScriptError(errors.OVERFLOW) from error


def _order(left: Value, right: Value, hard: tuple[bool, bool]) -> int:
    """Compare: a literal decides whether number and string meet as numbers or as strings, else numbers come first.

    (Eric Lippert, "Comparison operators" in Fabulous Adventures In Coding.)
    """
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if isinstance(left, str) or isinstance(right, str):
        text_side = 0 if isinstance(left, str) else 1
        other = right if text_side == 0 else left
        if other is EMPTY or (hard[text_side] and not hard[1 - text_side]):
            return _order(to_string(left), to_string(right), hard)
        if not hard[1 - text_side]:
            return 1 if text_side == 0 else -1
    first, second = to_number(left), to_number(right)
    return (first > second) - (first < second)
