# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of the wire into Python values and back. Private to the collection."""

from __future__ import annotations

import base64
import re
import typing as t
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from xml.sax.saxutils import escape

from .faults import CannotSend
from .masking import Secret
from .schema import Schema, checked_name, resource_of


@dataclass(frozen=True)
class Struct:
    """An object to be sent inside of another: an argument of a method, or a property of such an object.

    The properties are sent in the order of the mapping, nil ones included, and no others: which order and which
    absences Windows takes for classes that a driver serves is published nowhere, so who knows the class decides.
    ``schema`` gives namespace and name; which properties it describes does not matter here, as they are for reading.
    """

    schema: Schema
    properties: t.Mapping[str, Value]


Value = None | bool | int | str | bytes | datetime | Secret | Struct | t.Sequence["Value"]
"""What can be sent: bytes are an array of uint8, a sequence an array of its elements, also of objects."""

# Characters that XML 1.0 cannot hold (section 2.2); a lone surrogate cannot be encoded either.
_UNSENDABLE: t.Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_XML_DATETIME: t.Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:(Z)|([+-])(\d\d):(\d\d))?"
)
_XML_DATE: t.Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)Z?")
_CIM_DATETIME: t.Final = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\.(\d{6})([+-])(\d{3})")


def integer(text: str) -> int:
    """Read a whole number; ValueError where it is none of at most 64 bits."""
    if not re.fullmatch(r"[+-]?\d{1,20}", text):
        raise ValueError("not a whole number")
    return int(text)


def boolean(text: str) -> bool:
    """Read true or false: Windows writes lower case, OMI upper case."""
    try:
        return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    except KeyError:
        raise ValueError("neither true nor false") from None


def moment(text: str) -> datetime:
    """Read a point in time: XML's form, as cim:Datetime and cim:Date hold it, or CIM's own (DSP0004 5.2.4).

    A time without an offset is taken as UTC, which is what WinRM sends.
    """
    if found := _XML_DATETIME.fullmatch(text):
        *parts, fraction, _utc, sign, hours, minutes = found.groups()
        micros = int(((fraction or "") + "000000")[:6])
        return _datetime(parts, micros, sign, int(hours or 0) * 60 + int(minutes or 0))
    if found := _CIM_DATETIME.fullmatch(text):
        *parts, micros_text, sign, offset_text = found.groups()
        return _datetime(parts, int(micros_text), sign, int(offset_text))
    if found := _XML_DATE.fullmatch(text):
        day = date(*map(int, found.groups()))
        return datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
    raise ValueError("not a date and time")


def _datetime(parts: t.Iterable[str], micros: int, sign: str | None, offset: int) -> datetime:
    year, month, day, hour, minute, second = map(int, parts)
    zone = timezone(timedelta(minutes=-offset if sign == "-" else offset))
    return datetime(year, month, day, hour, minute, second, micros, zone)


def octet(text: str) -> int:
    """Read one element of an array of uint8."""
    number = integer(text)
    if not 0 <= number <= 255:
        raise ValueError("not between 0 and 255")
    return number


def from_base64(text: str) -> bytes:
    """Read base64, whatever white space is in it."""
    return base64.b64decode("".join(text.split()), validate=True)


def escaped(text: str) -> str:
    """Return a text for XML content; :class:`CannotSend` where it holds what XML cannot carry."""
    if _UNSENDABLE.search(text):
        raise CannotSend("A text with control characters cannot be sent over WS-Management; take them out.")
    return escape(text, {"\r": "&#13;"})


def elements(prefix: str, values: t.Mapping[str, Value]) -> str:
    """Return property elements: arrays repeat theirs, None is ``xsi:nil`` (MS-WSMV 3.1.4.1.26).

    An object says its class by ``xsi:type``, and its properties are in the namespace of that class (DSP0230).
    """
    return "".join(
        _element(prefix, checked_name(name), item) for name, value in values.items() for item in _items(value)
    )


def secrets(value: Value) -> t.Iterator[Secret]:
    """Yield the secrets in a value, those inside of objects and arrays too."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Struct):
        for inner in value.properties.values():
            yield from secrets(inner)
    elif isinstance(value, t.Sequence) and not isinstance(value, str | bytes):
        for inner in value:
            yield from secrets(inner)


def _items(value: Value) -> t.Sequence[Value]:
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, t.Sequence) and not isinstance(value, str):
        return value
    return [value]


def _element(prefix: str, name: str, value: Value) -> str:
    tag = f"{prefix}:{name}"
    if value is None:
        return f'<{tag} xsi:nil="true"/>'
    if isinstance(value, Struct):
        # m, mm, mmm: an object's own element is named in the namespace around it, so its prefix must not be reused.
        own = "m" + prefix.removeprefix("p")
        kind = f'xmlns:{own}="{resource_of(value.schema)}" xsi:type="{own}:{value.schema.name}_Type"'
        return f"<{tag} {kind}>{elements(own, value.properties)}</{tag}>"
    return f"<{tag}>{_content(value)}</{tag}>"


def _content(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a point in time needs its offset from UTC")
        utc = value.astimezone(timezone.utc)
        return f"<cim:Datetime>{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond:06d}Z</cim:Datetime>"
    if isinstance(value, Secret):
        return escaped(value.value)
    if isinstance(value, str):
        return escaped(value)
    raise TypeError(f"a value of type {type(value).__name__} cannot be sent")
