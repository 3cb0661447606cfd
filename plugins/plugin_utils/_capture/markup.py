# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The texts in a message, and what each of them is, with everything around them left as it came.

Private to the collection. A parsed tree would be written out again with other prefixes, blanks and declarations than
Windows' own, and those are what a capture is for.
"""

from __future__ import annotations

import html
import re
import typing as t
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from .._windows import classes
from .._wire.schema import Kind, Property, Schema

_TOKEN: t.Final = re.compile(
    r"""<!\[CDATA\[.*?\]\]> | <!--.*?--> | <\?.*?\?> | <(?:[^>"']|"[^"]*"|'[^']*')*> | [^<]+""", re.DOTALL | re.VERBOSE
)
_NAME: t.Final = re.compile(r"[^\s/>]+")
_ATTRIBUTE: t.Final = re.compile(r"""([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_SCHEMAS: t.Final[dict[str, Schema]] = {
    schema.name.casefold(): schema for schema in vars(classes).values() if isinstance(schema, Schema)
}


@dataclass
class Element:
    """An element that is open while a message is gone through."""

    name: str
    """Without its prefix."""
    attributes: dict[str, str]
    parent: Element | None
    schema: Schema | None = None
    """The class that it is an instance of, where this collection reads it."""
    declared: Property | None = None
    """What it is in the class around it, where this collection reads it."""

    def inside(self, *names: str) -> bool:
        """Tell whether it is one of these elements, or stands in one."""
        return self.name in names or (self.parent is not None and self.parent.inside(*names))


@dataclass
class Piece:
    """A text between tags, or the value of an attribute."""

    element: Element
    attribute: str | None
    text: str
    start: int
    end: int
    replacement: str | None = None


@dataclass
class Message:
    """A request or an answer."""

    raw: str
    pieces: list[Piece] = field(default_factory=list)

    @classmethod
    def of(cls, raw: str) -> Message:
        """Go through a message; one that is no XML has one piece."""
        message = cls(raw)
        if not raw.lstrip("\ufeff \r\n\t").startswith("<"):
            message.pieces.append(Piece(Element("", {}, None), None, raw, 0, len(raw)))
            return message
        current = Element("", {}, None)
        for token in _TOKEN.finditer(raw):
            current = message._take(token.group(), token.start(), current)
        return message

    def __str__(self) -> str:
        """Return the message with the replacements that were made."""
        written, at = [], 0
        for piece in self.pieces:
            if piece.replacement is not None and piece.replacement != piece.text:
                written += [self.raw[at : piece.start], escape(piece.replacement, {"\r": "&#13;", '"': "&quot;"})]
                at = piece.end
        return "".join([*written, self.raw[at:]])

    def _take(self, token: str, start: int, current: Element) -> Element:
        if token.startswith("<![CDATA["):
            inner = token[9:-3]
            self.pieces.append(Piece(current, None, inner, start, start + len(token)))
        elif token.startswith(("<!", "<?")):
            self.pieces.append(Piece(Element("", {}, None), None, token[2:-1], start + 2, start + len(token) - 1))
        elif token.startswith("</"):
            return current.parent or current
        elif token.startswith("<"):
            opened = _opened(token, current)
            for found in _ATTRIBUTE.finditer(token):
                group = 2 if found[2] is not None else 3
                text = html.unescape(found[group])
                self.pieces.append(Piece(opened, found[1], text, start + found.start(group), start + found.end(group)))
            return current if token.endswith("/>") else opened
        elif token.strip():
            self.pieces.append(Piece(current, None, html.unescape(token), start, start + len(token)))
        return current


def _opened(token: str, parent: Element) -> Element:
    found = _NAME.match(token, 1)
    name = found.group().rpartition(":")[2] if found else ""
    attributes = {
        match[1].rpartition(":")[2]: html.unescape(match[2] if match[2] is not None else match[3])
        for match in _ATTRIBUTE.finditer(token)
    }
    spelling = parent.schema.spelling(name) if parent.schema else None
    declared = parent.schema.properties[spelling] if parent.schema and spelling else None
    schema = declared.schema if declared and declared.kind is Kind.OBJECT else None
    if schema is None and declared is None:
        stated = attributes.get("type", "").rpartition(":")[2].removesuffix("_Type") or name
        schema = _SCHEMAS.get(stated.casefold())
    return Element(name, attributes, parent, schema, declared)
