# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An instance of a WMI class, or the answer of a method. Private to the collection."""

from __future__ import annotations

import typing as t
from datetime import datetime

from .schema import Kind, Property, Schema

Read = t.Union[str, int, bool, bytes, datetime, "Instance", t.Mapping[str, str], tuple[t.Any, ...], None]


class Instance:
    """Values with the types of a schema. A property that the host gave as NULL, or not at all, is None or empty.

    Every getter ignores letter case. Asking for a property that the schema does not have is a KeyError, for another
    type than it has a TypeError: both are faults of the caller, never of the host.
    """

    def __init__(self, schema: Schema, values: t.Mapping[str, Read], class_name: str | None = None) -> None:
        self.schema = schema
        self.class_name = class_name or schema.name
        """The instance's own class, which may derive from the schema's."""
        self._values: dict[str, Read] = {}
        for name, value in values.items():
            self._values[self._spelling(name)] = value

    def __repr__(self) -> str:
        return f"Instance({self.class_name}, {self._values!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Instance):
            return NotImplemented
        return (self.class_name, self.schema, self._values) == (other.class_name, other.schema, other._values)

    __hash__ = None  # type: ignore[assignment]  # its values are compared, and arrays of objects have no order of hash

    def text(self, name: str) -> str | None:
        """Return a text."""
        return t.cast("str | None", self._get(name, Kind.STRING))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return an array of texts."""
        return t.cast("tuple[str, ...]", self._get(name, Kind.STRING, array=True))

    def integer(self, name: str) -> int | None:
        """Return a whole number."""
        return t.cast("int | None", self._get(name, Kind.INTEGER))

    def integers(self, name: str) -> tuple[int, ...]:
        """Return an array of whole numbers."""
        return t.cast("tuple[int, ...]", self._get(name, Kind.INTEGER, array=True))

    def boolean(self, name: str) -> bool | None:
        """Return true or false."""
        return t.cast("bool | None", self._get(name, Kind.BOOLEAN))

    def octets(self, name: str) -> bytes | None:
        """Return an array of uint8."""
        return t.cast("bytes | None", self._get(name, Kind.OCTETS))

    def moment(self, name: str) -> datetime | None:
        """Return a point in time, always with its offset from UTC."""
        return t.cast("datetime | None", self._get(name, Kind.DATETIME))

    def reference(self, name: str) -> t.Mapping[str, str] | None:
        """Return the keys, and their values, of the instance that a reference names."""
        return t.cast("t.Mapping[str, str] | None", self._get(name, Kind.REFERENCE))

    def embedded(self, name: str) -> Instance | None:
        """Return an embedded object."""
        return t.cast("Instance | None", self._get(name, Kind.OBJECT))

    def embeddeds(self, name: str) -> tuple[Instance, ...]:
        """Return an array of embedded objects."""
        return t.cast("tuple[Instance, ...]", self._get(name, Kind.OBJECT, array=True))

    def _get(self, name: str, kind: Kind, array: bool = False) -> Read:
        spelling = self._spelling(name)
        declared: Property = self.schema.properties[spelling]
        if (declared.kind, declared.array) != (kind, array):
            wanted, has = (f"{'array of ' if a else ''}{k.value}" for k, a in ((kind, array), _type_of(declared)))
            raise TypeError(f"{self.schema.name}.{spelling} is declared as {has}, not {wanted}")
        return self._values.get(spelling, () if array else None)

    def _spelling(self, name: str) -> str:
        spelling = self.schema.spelling(name)
        if spelling is None:
            raise KeyError(f"{self.schema.name} has no property {name} in its schema")
        return spelling


def _type_of(declared: Property) -> tuple[Kind, bool]:
    return declared.kind, declared.array
