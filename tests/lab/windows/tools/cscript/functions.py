# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VBScript's own functions and constants ("VBScript Functions", "VBScript Constants")."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

from . import errors
from .errors import ScriptError
from .values import (
    EMPTY,
    INTEGER_RANGE,
    NULL,
    ScriptObject,
    Value,
    VbArray,
    fitted,
    is_numeric,
    plain,
    to_boolean,
    to_long,
    to_number,
    to_string,
    type_name,
)

CONSTANTS: Mapping[str, Value] = {
    "vbcr": "\r",
    "vblf": "\n",
    "vbcrlf": "\r\n",
    "vbnewline": "\r\n",
    "vbtab": "\t",
    "vbnullstring": "",
    "vbnullchar": "\0",
    "vbtrue": -1,
    "vbfalse": 0,
    "vbbinarycompare": 0,
    "vbtextcompare": 1,
    "vbobjecterror": -2147221504,
    "vbempty": 0,
    "vbnull": 1,
    "vbinteger": 2,
    "vblong": 3,
    "vbdouble": 5,
    "vbstring": 8,
    "vbobject": 9,
    "vbboolean": 11,
    "vbvariant": 12,
    "vbarray": 8192,
}
_VAR_TYPES = {
    "Empty": 0,
    "Null": 1,
    "Integer": 2,
    "Long": 3,
    "Double": 5,
    "String": 8,
    "Boolean": 11,
    "Variant()": 8204,
}


def _left(text: Value, length: Value) -> Value:
    return _cut(text, lambda whole: whole[: _length(length)])


def _right(text: Value, length: Value) -> Value:
    return _cut(text, lambda whole: whole[max(0, len(whole) - _length(length)) :])


def _mid(text: Value, start: Value, length: Value = EMPTY) -> Value:
    begin = to_long(start)
    if begin < 1:
        raise ScriptError(errors.INVALID_CALL)
    return _cut(text, lambda whole: whole[begin - 1 :] if length is EMPTY else whole[begin - 1 :][: _length(length)])


def _cut(text: Value, cut: Callable[[str], str]) -> Value:
    value = plain(text)
    return NULL if value is NULL else cut(to_string(value))


def _length(value: Value) -> int:
    length = to_long(value)
    if length < 0:
        raise ScriptError(errors.INVALID_CALL)
    return length


def _folded(text: Value, compare: Value) -> str:
    return to_string(text).lower() if to_long(compare) == 1 else to_string(text)


def _instr(*values: Value) -> Value:
    """``InStr([start, ]text, wanted[, compare])``."""
    rest = list(values)
    start = 1
    if len(rest) > 2:
        start = to_long(rest.pop(0))
    if not 2 <= len(rest) <= 3 or start < 1:
        raise ScriptError(errors.WRONG_ARGUMENTS if start >= 1 else errors.INVALID_CALL)
    if NULL in (plain(rest[0]), plain(rest[1])):
        return NULL
    compare = rest[2] if len(rest) == 3 else 0
    return _folded(rest[0], compare).find(_folded(rest[1], compare), start - 1) + 1


def _instrrev(text: Value, wanted: Value, start: Value = -1, compare: Value = 0) -> Value:
    whole, end = _folded(text, compare), to_long(start)
    return (whole if end == -1 else whole[:end]).rfind(_folded(wanted, compare)) + 1


def _replace(text: Value, old: Value, new: Value, start: Value = 1, count: Value = -1, compare: Value = 0) -> Value:
    whole, wanted = to_string(text)[to_long(start) - 1 :], to_string(old)
    if not wanted:
        return whole
    limit, made, at = to_long(count), "", 0
    folded = _folded(whole, compare)
    while limit != 0 and (found := folded.find(_folded(wanted, compare), at)) >= 0:
        made += whole[at:found] + to_string(new)
        at, limit = found + len(wanted), limit - 1
    return made + whole[at:]


def _split(text: Value, delimiter: Value = " ", count: Value = -1, compare: Value = 0) -> Value:
    whole, mark, limit = to_string(text), to_string(delimiter), to_long(count)
    if not whole:
        return VbArray.of([])
    if not mark:
        return VbArray.of([whole])
    if to_long(compare) == 1:
        whole = str(_replace(whole, mark, mark, 1, -1, 1))
    return VbArray.of(list(whole.split(mark, limit - 1 if limit > 0 else -1)))


def _join(values: Value, delimiter: Value = " ") -> Value:
    return to_string(delimiter).join(to_string(item) for item in _array(values).elements)


def _array(value: Value) -> VbArray:
    if not isinstance(value, VbArray):
        raise ScriptError(errors.TYPE_MISMATCH)
    return value


def _ubound(values: Value, dimension: Value = 1) -> Value:
    bounds, number = _array(values).bounds, to_long(dimension)
    if not 1 <= number <= len(bounds):
        raise ScriptError(errors.SUBSCRIPT)
    return bounds[number - 1]


def _lbound(values: Value, dimension: Value = 1) -> Value:
    _ubound(values, dimension)
    return 0


def _based(digits: str) -> Callable[[Value], Value]:
    def convert(value: Value) -> Value:
        if plain(value) is NULL:
            return NULL
        number = to_long(value)
        width = 1 << 16 if number in INTEGER_RANGE else 1 << 32
        return format(number % width, digits).upper()

    return convert


def _cint(value: Value) -> Value:
    number = to_long(value)
    if number not in INTEGER_RANGE:
        raise ScriptError(errors.OVERFLOW)
    return number


def _cbyte(value: Value) -> Value:
    number = to_long(value)
    if not 0 <= number <= 255:
        raise ScriptError(errors.OVERFLOW)
    return number


def _round(value: Value, digits: Value = 0) -> Value:
    return fitted(round(to_number(value), to_long(digits) or None))


def _fix(value: Value) -> Value:
    return fitted(math.trunc(to_number(value)))


def _int(value: Value) -> Value:
    return fitted(math.floor(to_number(value)))


def _sgn(value: Value) -> Value:
    number = to_number(value)
    return (number > 0) - (number < 0)


def _asc(text: Value) -> Value:
    if not to_string(text):
        raise ScriptError(errors.INVALID_CALL)
    return ord(to_string(text)[0])


def _strcomp(left: Value, right: Value, compare: Value = 0) -> Value:
    first, second = _folded(left, compare), _folded(right, compare)
    return (first > second) - (first < second)


def _var_type(value: Value) -> Value:
    return _VAR_TYPES.get(type_name(value), 9)


def _cstr(value: Value) -> Value:
    if plain(value) is NULL:
        raise ScriptError(errors.INVALID_NULL)
    return to_string(value)


FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "abs": lambda value: fitted(abs(to_number(value))),
    "array": lambda *values: VbArray.of(list(values)),
    "asc": _asc,
    "ascw": _asc,
    "cbool": to_boolean,
    "cbyte": _cbyte,
    "cdbl": lambda value: float(to_number(value)),
    "chr": lambda code: chr(to_long(code)),
    "chrw": lambda code: chr(to_long(code) % 65536),
    "cint": _cint,
    "clng": to_long,
    "csng": lambda value: float(to_number(value)),
    "cstr": _cstr,
    "fix": _fix,
    "hex": _based("x"),
    "instr": _instr,
    "instrrev": _instrrev,
    "int": _int,
    "isarray": lambda value: isinstance(value, VbArray),
    "isempty": lambda value: value is EMPTY,
    "isnull": lambda value: not isinstance(value, VbArray) and value is not None and plain(value) is NULL,
    "isnumeric": lambda value: value is not None and is_numeric(value),
    "isobject": lambda value: value is None or isinstance(value, ScriptObject),
    "join": _join,
    "lbound": _lbound,
    "lcase": lambda text: _cut(text, str.lower),
    "left": _left,
    "len": lambda text: NULL if plain(text) is NULL else len(to_string(text)),
    "ltrim": lambda text: _cut(text, lambda whole: whole.lstrip(" ")),
    "mid": _mid,
    "oct": _based("o"),
    "replace": _replace,
    "right": _right,
    "round": _round,
    "rtrim": lambda text: _cut(text, lambda whole: whole.rstrip(" ")),
    "sgn": _sgn,
    "space": lambda count: " " * _length(count),
    "split": _split,
    "strcomp": _strcomp,
    "string": lambda count, text: to_string(text)[:1] * _length(count),
    "strreverse": lambda text: to_string(text)[::-1],
    "timer": lambda: time.time() % 86400,
    "trim": lambda text: _cut(text, lambda whole: whole.strip(" ")),
    "typename": type_name,
    "ubound": _ubound,
    "ucase": lambda text: _cut(text, str.upper),
    "vartype": _var_type,
}
"""Every function that takes values and gives one."""
