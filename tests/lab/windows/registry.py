# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry of a simulated server."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

RegistryData = str | int | bytes | list[str]

KINDS = {
    "REG_SZ": 1,
    "REG_EXPAND_SZ": 2,
    "REG_BINARY": 3,
    "REG_DWORD": 4,
    "REG_MULTI_SZ": 7,
    "REG_QWORD": 11,
}
"""Value types and their numbers (winnt.h)."""

_HIVES = {
    "HKEY_LOCAL_MACHINE": "HKLM",
    "HKEY_CURRENT_USER": "HKCU",
    "HKEY_CLASSES_ROOT": "HKCR",
    "HKEY_USERS": "HKU",
    "HKEY_CURRENT_CONFIG": "HKCC",
}
HIVES = tuple(_HIVES.values())


@dataclass
class _Value:
    name: str
    kind: str
    data: RegistryData


@dataclass
class _Key:
    name: str
    keys: dict[str, _Key] = field(default_factory=dict)
    values: dict[str, _Value] = field(default_factory=dict)


def _fits(kind: str, data: RegistryData) -> bool:
    if kind in ("REG_SZ", "REG_EXPAND_SZ"):
        return isinstance(data, str)
    if kind == "REG_MULTI_SZ":
        return isinstance(data, list)
    if kind == "REG_BINARY":
        return isinstance(data, bytes)
    limit = 1 << (64 if kind == "REG_QWORD" else 32)
    return isinstance(data, int) and 0 <= data < limit


class Registry:
    r"""Keys and values; a key is named by its full path, ``HKLM\SOFTWARE\...``; letter case does not matter."""

    def __init__(self, lock: threading.RLock | None = None) -> None:
        """Start with the empty hives; ``lock`` is the server's."""
        self._lock = lock or threading.RLock()
        self._root = _Key("", {hive: _Key(hive) for hive in HIVES})

    @staticmethod
    def _parts(key: str) -> list[str]:
        parts = [part for part in key.split("\\") if part]
        if parts:
            hive = parts[0].upper()
            parts[0] = _HIVES.get(hive, hive)
        return parts

    def _find(self, key: str) -> _Key | None:
        node: _Key | None = self._root
        for part in self._parts(key):
            node = node.keys.get(part.upper()) if node else None
        return node

    def exists(self, key: str) -> bool:
        """Whether there is such a key."""
        with self._lock:
            return self._find(key) is not None

    def create(self, key: str) -> None:
        """Make the key and those above it.

        Raises:
            KeyError: there is no such hive.
        """
        with self._lock:
            parts = self._parts(key)
            if not parts or parts[0] not in self._root.keys:
                raise KeyError(f"no registry hive in {key!r}")
            node = self._root
            for part in parts:
                node = node.keys.setdefault(part.upper(), _Key(part))

    def get(self, key: str, name: str) -> RegistryData | None:
        """Return a value's data, None when there is no such value."""
        with self._lock:
            node = self._find(key)
            value = node.values.get(name.upper()) if node else None
            if value is None:
                return None
            return list(value.data) if isinstance(value.data, list) else value.data

    def kind(self, key: str, name: str) -> str | None:
        """Return a value's type, ``REG_SZ`` and so on, None when there is no such value."""
        with self._lock:
            node = self._find(key)
            value = node.values.get(name.upper()) if node else None
            return value.kind if value else None

    def set(self, key: str, name: str, value: RegistryData, kind: str) -> None:
        """Write a value, making its key; the unnamed (default) value has the name ``""``.

        Raises:
            ValueError: the data does not fit the type.
        """
        if kind not in KINDS or not _fits(kind, value):
            raise ValueError(f"{value!r} is not {kind} data")
        with self._lock:
            self.create(key)
            node = self._find(key)
            assert node is not None
            data = list(value) if isinstance(value, list) else value
            old = node.values.get(name.upper())
            node.values[name.upper()] = _Value(old.name if old else name, kind, data)

    def delete(self, key: str, name: str | None = None) -> bool:
        """Delete a value, or without a name the key with all below it; return whether it was there."""
        with self._lock:
            if name is not None:
                node = self._find(key)
                return node is not None and node.values.pop(name.upper(), None) is not None
            parts = self._parts(key)
            parent = self._find("\\".join(parts[:-1]))
            return len(parts) > 1 and parent is not None and parent.keys.pop(parts[-1].upper(), None) is not None

    def keys(self, key: str) -> list[str]:
        """Return the names of the subkeys in the order of their making, empty when there is no such key."""
        with self._lock:
            node = self._find(key)
            return [child.name for child in node.keys.values()] if node else []

    def values(self, key: str) -> dict[str, RegistryData]:
        """Return the values of a key by name, empty when there is no such key."""
        with self._lock:
            node = self._find(key)
            return {value.name: value.data for value in node.values.values()} if node else {}

    def proper_name(self, key: str) -> str | None:
        """Return the path with the letter case the keys were made with, None when there is no such key."""
        with self._lock:
            node, names = self._root, []
            for part in self._parts(key):
                child = node.keys.get(part.upper())
                if child is None:
                    return None
                names.append(child.name)
                node = child
            return "\\".join(names)
