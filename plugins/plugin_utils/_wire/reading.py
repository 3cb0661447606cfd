# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of WS-Management into instances, by the schema of the class. Private to the collection.

Windows' dialects, all of them recorded: ``xsi:nil`` for NULL, arrays as repeated elements, items in ``w:Items`` or
``n:Items``, an XmlFragment instead of the class where a query names properties (MS-WSMV 3.1.4.1.26 and notes 58, 59).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from . import values
from .faults import MalformedAnswer
from .instance import Instance, Read
from .schema import Kind, Property, Schema

_SCALARS: t.Final[dict[Kind, t.Callable[[str], Read]]] = {
    Kind.BOOLEAN: values.boolean,
    Kind.INTEGER: values.integer,
    Kind.DATETIME: values.moment,
}


@dataclass(frozen=True)
class Page:
    """A part of an enumeration."""

    items: tuple[Element, ...]
    context: str | None
    """What to pull the next page with, None where this one is the last."""


def page(body: Element, subject: str) -> Page:
    """Read the body of an answer to Enumerate or Pull."""
    answer = next(iter(body), None)
    if answer is None or answer.tag not in ("EnumerateResponse", "PullResponse"):
        raise MalformedAnswer(f"{subject}: the host answered an enumeration with {_tag(answer)}.")
    context = (answer.findtext("EnumerationContext") or "").strip()
    ended = answer.find("EndOfSequence") is not None or not context
    return Page(tuple(item for items in answer.iter("Items") for item in items), None if ended else context)


def instance(element: Element, schema: Schema) -> Instance:
    """Read an instance. A property that the schema does not have is passed over."""
    found: dict[str, list[Element]] = {}
    for child in element:
        if (name := schema.spelling(child.tag)) and _fits(schema.properties[name], child):
            found.setdefault(name, []).append(child)
    read = {name: _property(schema, name, children) for name, children in found.items()}
    return Instance(schema, read, _class_of(element, schema))


def references(element: Element) -> dict[str, str]:
    """Read the selectors of an endpoint reference: the keys of an instance and their values."""
    return {selector.get("Name", ""): selector.text or "" for selector in element.iter("Selector")}


def _fits(declared: Property, element: Element) -> bool:
    """Tell whether an element can be the property that has its name.

    cim:Location, an endpoint reference, stands among the properties and may have the name of one (DSP0230). A property
    that is a reference is itself sent as an endpoint reference (DSP0230, "Mapping of property values").
    """
    return declared.kind is Kind.REFERENCE or element.find("ReferenceParameters") is None


def _class_of(element: Element, schema: Schema) -> str:
    """Return the class that an element says it is of; an XmlFragment does not say."""
    stated = element.get("type", "").rpartition(":")[2]
    if stated.endswith("_Type"):
        return stated.removesuffix("_Type")
    return schema.name


def _property(schema: Schema, name: str, children: list[Element]) -> Read:
    declared = schema.properties[name]
    try:
        return _value(declared, children)
    except ValueError as error:
        raise MalformedAnswer(
            f"{schema.name}.{name} cannot be read as {'an array of ' if declared.array else ''}{declared.kind.value}: "
            f"{error}. The host's class differs from the one this collection knows."
        ) from error


def _value(declared: Property, children: list[Element]) -> Read:
    if len(children) == 1 and _is_nil(children[0]):
        return () if declared.array else None
    if any(_is_nil(child) for child in children):
        raise ValueError("an array with NULL inside")
    if declared.kind is Kind.OCTETS:
        return _octets(children)
    if declared.array:
        return tuple(_item(declared, child) for child in children)
    if len(children) > 1:
        raise ValueError(f"{len(children)} values where one is declared")
    return _scalar(declared, children[0])


def _item(declared: Property, element: Element) -> Read:
    value = _scalar(declared, element)
    if value is None:
        raise ValueError("an array with an empty element")
    return value


def _scalar(declared: Property, element: Element) -> Read:
    if declared.kind is Kind.OBJECT:
        return _object(declared, element)
    if declared.kind is Kind.REFERENCE:
        return _reference(element)
    if declared.kind is Kind.STRING:
        if len(element):
            raise ValueError("an object")
        return element.text or ""
    # cim:Datetime stands inside of the property's element (DSP0230); plain text is taken as well.
    text = "".join(element.itertext()).strip()
    return _SCALARS[declared.kind](text) if text else None


def _object(declared: Property, element: Element) -> Instance:
    if declared.schema is None:
        raise TypeError("a property of kind OBJECT needs its schema")
    if not len(element) and (element.text or "").strip():
        raise ValueError("a text")
    return instance(element, declared.schema)


def _reference(element: Element) -> dict[str, str]:
    if element.find("ReferenceParameters") is None:
        raise ValueError("no endpoint reference")
    return references(element)


def _octets(children: list[Element]) -> bytes:
    """Read uint8[]: repeated numbers, or base64 where the class has the OctetString qualifier (DSP0230 7.4)."""
    texts = ["".join(child.itertext()).strip() for child in children]
    if len(texts) == 1 and not _is_octet(texts[0]):
        return values.from_base64(texts[0])
    return bytes(values.octet(text) for text in texts)


def _is_octet(text: str) -> bool:
    return text.isdecimal() and len(text) <= 3


def _is_nil(element: Element) -> bool:
    return element.get("nil", "").lower() in ("true", "1")


def _tag(element: Element | None) -> str:
    return "nothing" if element is None else element.tag
