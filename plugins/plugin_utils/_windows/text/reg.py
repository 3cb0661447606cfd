# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""What ``reg query`` prints, parsed. Private to the collection.

A line that begins with ``HKEY_`` names a key, an indented one shows a value: name, type and data with four blanks
between them. The tool of Server 2003 prints its version first and separates by tabs (outputs of reg.exe 3.0). Only key
names, value names and types are read, none of which is localised. Data keep their trailing blanks, which are
significant in hardware ids. A key whose line does not appear is absent, or was not readable: whoever asks has to know
that the tool worked (see ``registry.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_VALUE = re.compile(r" {4}(?P<name>\S.*?)(?: {4}|\t)(?P<kind>REG_[A-Z_]+)(?:(?: {4}|\t)(?P<data>.*))?")


@dataclass(frozen=True)
class Value:
    """A registry value as the tool shows it."""

    kind: str
    data: str

    @property
    def number(self) -> int | None:
        """A REG_DWORD, None for any other type and for what is no number."""
        is_number = self.kind == "REG_DWORD" and re.fullmatch(r"0x[0-9a-fA-F]{1,8}", self.data.strip())
        return int(self.data, 16) if is_number else None

    @property
    def texts(self) -> tuple[str, ...]:
        r"""A REG_MULTI_SZ, whose texts the tool joins by ``\0``, up to its first empty text."""
        if self.kind != "REG_MULTI_SZ":
            return ()
        texts = self.data.split("\\0")
        return tuple(texts[: texts.index("")] if "" in texts else texts)


@dataclass(frozen=True)
class Key:
    """A key with the values that were shown."""

    path: str
    values: Mapping[str, Value]
    """By folded name."""

    def value(self, name: str) -> Value | None:
        """Return a value, letter case aside."""
        return self.values.get(name.casefold())


@dataclass(frozen=True)
class Registry:
    """Everything that a number of queries showed."""

    keys: Mapping[str, Key]
    """By folded path."""

    def key(self, path: str) -> Key | None:
        """Return a key by its path from ``HKEY_LOCAL_MACHINE`` on, letter case aside."""
        return self.keys.get(_full(path))

    def value(self, path: str, name: str) -> Value | None:
        """Return a value, None where the key or the value is not there."""
        key = self.key(path)
        return key.value(name) if key else None

    def below(self, path: str) -> Iterator[tuple[str, Key]]:
        """Return the direct subkeys of a key with their names as the registry spells them."""
        start = _full(path) + "\\"
        for folded, key in self.keys.items():
            if folded.startswith(start) and "\\" not in folded[len(start) :]:
                yield key.path[len(start) :], key


def parse(text: str) -> Registry:
    """Read the output of any number of ``reg query`` commands."""
    keys: dict[str, tuple[str, dict[str, Value]]] = {}
    values: dict[str, Value] | None = None
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith("HKEY_"):
            values = keys.setdefault(line.casefold(), (line, {}))[1]
        elif values is not None and (match := _VALUE.fullmatch(line)):
            values[match["name"].casefold()] = Value(match["kind"], match["data"] or "")
    return Registry({folded: Key(path, found) for folded, (path, found) in keys.items()})


def _full(path: str) -> str:
    return f"HKEY_LOCAL_MACHINE\\{path}".casefold()
