# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Monikers and object paths of WMI ("Constructing a Moniker String", "WMI Object Paths")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .com import INVALID_OBJECT_PATH, wbem_error

DEFAULT_NAMESPACE = "root/cimv2"
_MONIKER = re.compile(
    r"winmgmts:(?:\{(?P<security>[^}]*)\}!?)?(?:\[(?P<locale>[^\]]*)\]!?)?(?P<path>.*)", re.I | re.DOTALL
)
_SERVER = re.compile(r"[\\/]{2}([^\\/]+)[\\/](.*)", re.DOTALL)
_NAMESPACE = re.compile(r"(root(?:[\\/][A-Za-z0-9_]+)*)(?::(.*))?$", re.I | re.DOTALL)
_CLASS = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:([.=])(.*))?$", re.DOTALL)
_KEY = re.compile(r"""\s*([A-Za-z_]\w*)\s*=\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[-\w]+)\s*(,|$)""", re.DOTALL)
_VALUE = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[-\w@]+)\s*$""", re.DOTALL)


@dataclass(frozen=True)
class ObjectPath:
    """A class, or one of its instances."""

    class_name: str
    keys: Mapping[str, str] = field(default_factory=dict)
    """Key values by name; the only key of a class may go without one, and stands under an empty name then."""
    is_instance: bool = False

    def text(self) -> str:
        """Write the path with its escapes."""
        if not self.is_instance:
            return self.class_name
        if not self.keys:
            return f"{self.class_name}=@"
        return f"{self.class_name}." + ",".join(f'{name}="{escaped(value)}"' for name, value in self.keys.items())


@dataclass(frozen=True)
class Moniker:
    """What ``GetObject("winmgmts:...")`` names: a namespace, and maybe something in it."""

    namespace: str
    path: str = ""


def parse_moniker(text: str) -> Moniker | None:
    """Parse a moniker; None where it is not one of WMI's."""
    match = _MONIKER.fullmatch(text.strip())
    if match is None:
        return None
    rest = match["path"].lstrip("!")
    server = _SERVER.fullmatch(rest)
    if server is not None:
        rest = server[2]
    found = _NAMESPACE.fullmatch(rest)
    if found is not None:
        return Moniker(found[1].replace("\\", "/").lower(), found[2] or "")
    return Moniker(DEFAULT_NAMESPACE, rest)


def parse_path(text: str) -> ObjectPath:
    """Parse an object path; what stands before the class (server, namespace) is passed over.

    Raises:
        ScriptError: wbemErrInvalidObjectPath.
    """
    rest = text.strip()
    server = _SERVER.fullmatch(rest)
    if server is not None:
        rest = server[2]
    namespaced = _NAMESPACE.fullmatch(rest)
    if namespaced is not None and namespaced[2]:
        rest = namespaced[2]
    match = _CLASS.fullmatch(rest)
    if match is None:
        raise wbem_error(INVALID_OBJECT_PATH, "SWbemServicesEx")
    name, mark, keys = match.groups()
    if mark is None:
        return ObjectPath(name)
    if mark == "=":
        value = _VALUE.fullmatch(keys)
        if value is None:
            raise wbem_error(INVALID_OBJECT_PATH, "SWbemServicesEx")
        return ObjectPath(name, {} if value[1] == "@" else {"": _unescaped(value[1])}, is_instance=True)
    return ObjectPath(name, _keys(keys), is_instance=True)


def _keys(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(text) or not found:
        match = _KEY.match(text, at)
        if match is None:
            raise wbem_error(INVALID_OBJECT_PATH, "SWbemServicesEx")
        found[match[1]] = _unescaped(match[2])
        at = match.end()
    return found


def _unescaped(text: str) -> str:
    """Take quotes and escapes away; a single backslash is an escape too, which is why paths need them doubled."""
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL) if text[:1] in "\"'" else text


def escaped(value: str) -> str:
    """Double backslashes and guard quotes."""
    return value.replace("\\", "\\\\").replace('"', '\\"')
