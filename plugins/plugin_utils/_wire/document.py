# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parsing what a host sends, without trusting it. Private to the collection.

The tree holds local names only: WinRM 1.1, 2.0 and 3.0 differ in prefixes and places of namespaces, and WQL
projections have none at all, so nothing here reads by namespace.
"""

from __future__ import annotations

import typing as t
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from .faults import MalformedAnswer

DEEPEST: t.Final = 64
"""Nesting allowed. WinRM itself refuses WMI objects with too many levels (wsmerror.h, WMI_MAX_NESTED)."""
MOST: t.Final = 500_000
"""Elements allowed in one document."""


def parse(raw: bytes, subject: str) -> Element:
    """Return the root of an XML document. ``subject`` begins the sentence of the :class:`MalformedAnswer` raised."""
    builder = _Builder(subject)
    try:
        builder.parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise MalformedAnswer(f"{subject}: the answer is not XML: {error}.") from error
    except (LookupError, ValueError) as error:  # an encoding that Python does not know
        raise MalformedAnswer(f"{subject}: the answer cannot be decoded: {error}.") from error
    return builder.tree.close()


class _Builder:
    """Expat's events into a tree, within bounds."""

    def __init__(self, subject: str) -> None:
        self.tree = TreeBuilder()
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self.tree.data
        self._subject = subject
        self._depth = 0
        self._count = 0

    def _doctype(self, *_declaration: object) -> None:
        # No SOAP message may hold one (SOAP 1.2 part 1, 5), and entities can make a small answer huge.
        raise MalformedAnswer(f"{self._subject}: the answer holds a document type declaration, which SOAP forbids.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > DEEPEST or self._count > MOST:
            raise MalformedAnswer(
                f"{self._subject}: the answer is nested deeper than {DEEPEST} levels or has more than {MOST} elements."
            )
        self.tree.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def _end(self, name: str) -> None:
        self._depth -= 1
        self.tree.end(_local(name))


def _local(name: str) -> str:
    return name.rpartition("}")[2]
