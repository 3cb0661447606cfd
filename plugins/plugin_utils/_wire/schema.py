# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The types of WMI classes. Private to the collection.

WS-Management's XML does not tell types: a one-element array looks like a scalar, an empty one like NULL
(MS-WSMV 3.1.4.1.26). So each class that is read is described here first; a property that is not described is ignored.
"""

from __future__ import annotations

import enum
import re
import typing as t
from dataclasses import dataclass, field

WMI: t.Final = "http://schemas.microsoft.com/wbem/wsman/1/wmi"
"""What the resource URI of every WMI class begins with (MS-WSMV 2.2.4.1)."""


class Kind(enum.Enum):
    """What a property holds."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    OCTETS = "octets"
    """An array of uint8, read as ``bytes``."""
    DATETIME = "datetime"
    OBJECT = "object"
    REFERENCE = "reference"
    """A reference to another instance, read as the keys of that instance and their values."""


@dataclass(frozen=True)
class Property:
    """The type of a property; ``schema`` is the class of an embedded object."""

    kind: Kind
    array: bool = False
    schema: Schema | None = None


@dataclass(frozen=True)
class Schema:
    """A WMI class, or the parameters of a method: ``namespace`` as in ``root/wmi``, names as WMI spells them."""

    namespace: str
    name: str
    properties: t.Mapping[str, Property]
    _index: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._index.update((name.casefold(), name) for name in self.properties)

    def spelling(self, name: str) -> str | None:
        """Return a property's name as the schema spells it (WMI ignores letter case), None where it has none such."""
        return self._index.get(name.casefold())


def resource_of(schema: Schema) -> str:
    """Return the resource URI of a class, which is its XML namespace as well (DSP0230)."""
    return f"{WMI}/{schema.namespace}/{checked_name(schema.name)}"


def checked_name(name: str) -> str:
    """Return the name of a class, a method or a property; ValueError where it can be none."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"{name!r} is no name of a class, a method or a property")
    return name


def string() -> Property:
    """A text."""
    return Property(Kind.STRING)


def strings() -> Property:
    """An array of texts."""
    return Property(Kind.STRING, array=True)


def integer() -> Property:
    """A whole number of any width."""
    return Property(Kind.INTEGER)


def integers() -> Property:
    """An array of whole numbers."""
    return Property(Kind.INTEGER, array=True)


def boolean() -> Property:
    """True or false."""
    return Property(Kind.BOOLEAN)


def octets() -> Property:
    """An array of uint8."""
    return Property(Kind.OCTETS)


def moment() -> Property:
    """A point in time."""
    return Property(Kind.DATETIME)


def reference() -> Property:
    """A reference to an instance."""
    return Property(Kind.REFERENCE)


def embedded(schema: Schema) -> Property:
    """An embedded object."""
    return Property(Kind.OBJECT, schema=schema)


def embeddeds(schema: Schema) -> Property:
    """An array of embedded objects."""
    return Property(Kind.OBJECT, array=True, schema=schema)
