# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of the wire into Python values and back. Private to the collection."""

from __future__ import annotations

import base64
import re
import typing as t
from datetime import date, datetime, timedelta, timezone
from xml.sax.saxutils import escape

from .faults import CannotSend
from .masking import Secret

Value = None | bool | int | str | bytes | datetime | Secret | t.Sequence["Value"]
"""What can be sent: bytes are an array of uint8, a sequence an array of its elements."""

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
    """Return property elements: arrays repeat theirs, None is ``xsi:nil`` (MS-WSMV 3.1.4.1.26)."""
    return "".join(_element(f"{prefix}:{name}", item) for name, value in values.items() for item in _items(value))


def _items(value: Value) -> t.Sequence[Value]:
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, t.Sequence) and not isinstance(value, str):
        return value
    return [value]


def _element(tag: str, value: Value) -> str:
    if value is None:
        return f'<{tag} xsi:nil="true"/>'
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
