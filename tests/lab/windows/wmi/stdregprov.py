# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""root/default: StdRegProv, the registry over WMI (Microsoft: "StdRegProv class").

Every method returns a Win32 error: 0, 2 when the key or the value is not there, and for a value of another type
0x80041005 (WBEM_E_TYPE_MISMATCH) as the provider gives it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...winrm.interface import WmiClass, WmiValue
from ..registry import KINDS, Registry, RegistryData
from ..releases import Release
from .inputs import argument, byte_string, number, text

NAMESPACES = ("root/default", "root/cimv2")
"""The class is registered in both from Vista on, before in the first only."""

HIVES = {
    0x80000000: "HKCR",
    0x80000001: "HKCU",
    0x80000002: "HKLM",
    0x80000003: "HKU",
    0x80000005: "HKCC",
}
_LOCAL_MACHINE = 0x80000002

SUCCESS = 0
FILE_NOT_FOUND = 2
TYPE_MISMATCH = 0x80041005
INVALID_METHOD_PARAMETERS = 0x8004102F

Values = Mapping[str, WmiValue]

_READERS: dict[str, tuple[str, str]] = {
    "GetStringValue": ("sValue", "REG_SZ"),
    "GetExpandedStringValue": ("sValue", "REG_EXPAND_SZ"),
    "GetMultiStringValue": ("sValue", "REG_MULTI_SZ"),
    "GetDWORDValue": ("uValue", "REG_DWORD"),
    "GetQWORDValue": ("uValue", "REG_QWORD"),
    "GetBinaryValue": ("uValue", "REG_BINARY"),
}
"""Output parameter and value type of each reading method; the Set methods take the same."""


class RegistryProvider:
    """The class's methods on one registry."""

    def __init__(self, registry: Registry, environment: Mapping[str, str], release: Release) -> None:
        """``environment`` expands what GetExpandedStringValue reads."""
        self._registry = registry
        self._environment = environment
        self._since_vista = release.since_vista

    def classes(self) -> list[tuple[str, WmiClass]]:
        """Return StdRegProv with its namespaces; it has no instances and no properties."""
        methods: dict[str, Callable[[Mapping[str, str], Values], Values]] = {
            "EnumKey": self._enum_key,
            "EnumValues": self._enum_values,
            "CreateKey": self._create_key,
            "DeleteKey": self._delete_key,
            "DeleteValue": self._delete_value,
            "CheckAccess": self._check_access,
        }
        for reader, (parameter, kind) in _READERS.items():
            if kind == "REG_QWORD" and not self._since_vista:
                continue  # came with Vista
            methods[reader] = self._reader(parameter, kind)
            methods["Set" + reader[3:]] = self._writer(parameter, kind)
        made = WmiClass("StdRegProv", (), (), list, methods=methods)
        return [(namespace, made) for namespace in NAMESPACES[: 2 if self._since_vista else 1]]

    @staticmethod
    def _key(inputs: Values) -> str | None:
        hive = HIVES.get(number(argument(inputs, "hDefKey"), _LOCAL_MACHINE))
        name = text(inputs, "sSubKeyName")
        return None if hive is None or name is None else f"{hive}\\{name}"

    def _existing(self, inputs: Values) -> str | None:
        key = self._key(inputs)
        return key if key is not None and self._registry.exists(key) else None

    def _reader(self, parameter: str, kind: str) -> Callable[[Mapping[str, str], Values], Values]:
        def read(selectors: Mapping[str, str], inputs: Values) -> Values:
            key, name = self._key(inputs), text(inputs, "sValueName") or ""
            found = self._registry.kind(key, name) if key else None
            if key is None or found is None:
                return {"ReturnValue": FILE_NOT_FOUND, parameter: None}
            if not _readable(kind, found):
                return {"ReturnValue": TYPE_MISMATCH, parameter: None}
            data = self._registry.get(key, name)
            if kind == "REG_EXPAND_SZ" and isinstance(data, str):
                data = self._expanded(data)
            return {"ReturnValue": SUCCESS, parameter: data}

        return read

    def _expanded(self, data: str) -> str:
        for name, value in self._environment.items():
            start = data.lower().find(f"%{name.lower()}%")
            if start >= 0:
                data = data[:start] + value + data[start + len(name) + 2 :]
        return data

    def _writer(self, parameter: str, kind: str) -> Callable[[Mapping[str, str], Values], Values]:
        def write(selectors: Mapping[str, str], inputs: Values) -> Values:
            key = self._existing(inputs)
            if key is None:
                return {"ReturnValue": FILE_NOT_FOUND}
            try:
                self._registry.set(key, text(inputs, "sValueName") or "", _data(inputs, parameter, kind), kind)
            except ValueError:
                return {"ReturnValue": INVALID_METHOD_PARAMETERS}
            return {"ReturnValue": SUCCESS}

        return write

    def _enum_key(self, selectors: Mapping[str, str], inputs: Values) -> Values:
        key = self._existing(inputs)
        if key is None:
            return {"ReturnValue": FILE_NOT_FOUND, "sNames": None}
        return {"ReturnValue": SUCCESS, "sNames": self._registry.keys(key) or None}

    def _enum_values(self, selectors: Mapping[str, str], inputs: Values) -> Values:
        key = self._existing(inputs)
        if key is None:
            return {"ReturnValue": FILE_NOT_FOUND, "sNames": None, "Types": None}
        names = list(self._registry.values(key))
        types = [KINDS[self._registry.kind(key, name) or "REG_SZ"] for name in names]
        return {"ReturnValue": SUCCESS, "sNames": names or None, "Types": types or None}

    def _create_key(self, selectors: Mapping[str, str], inputs: Values) -> Values:
        key = self._key(inputs)
        if key is None:
            return {"ReturnValue": FILE_NOT_FOUND}
        self._registry.create(key)
        return {"ReturnValue": SUCCESS}

    def _delete_key(self, selectors: Mapping[str, str], inputs: Values) -> Values:
        key = self._existing(inputs)
        if key is None:
            return {"ReturnValue": FILE_NOT_FOUND}
        if self._registry.keys(key):
            return {"ReturnValue": 5}  # access denied: a key with subkeys is not deleted
        self._registry.delete(key)
        return {"ReturnValue": SUCCESS}

    def _delete_value(self, selectors: Mapping[str, str], inputs: Values) -> Values:
        key = self._existing(inputs)
        deleted = key is not None and self._registry.delete(key, text(inputs, "sValueName") or "")
        return {"ReturnValue": SUCCESS if deleted else FILE_NOT_FOUND}

    def _check_access(self, selectors: Mapping[str, str], inputs: Values) -> Values:
        exists = self._existing(inputs) is not None
        return {"ReturnValue": SUCCESS if exists else FILE_NOT_FOUND, "bGranted": exists}


def _readable(wanted: str, found: str) -> bool:
    """GetStringValue and GetExpandedStringValue read both kinds of single strings."""
    strings = ("REG_SZ", "REG_EXPAND_SZ")
    return wanted == found or (wanted in strings and found in strings)


def _data(inputs: Values, parameter: str, kind: str) -> RegistryData:
    if kind == "REG_BINARY":
        return byte_string(inputs, parameter) or b""
    if kind in ("REG_DWORD", "REG_QWORD"):
        return number(argument(inputs, parameter))
    value = argument(inputs, parameter)
    if kind == "REG_MULTI_SZ":
        items: Sequence[WmiValue] = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
        return [str(item) for item in items]
    return "" if value is None else str(value)
