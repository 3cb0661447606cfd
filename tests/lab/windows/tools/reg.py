# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""reg.exe: query, add and delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...winrm.interface import ProcessResult
from ..language import Language
from ..programs import ProgramContext, console_bytes
from ..registry import HIVES, KINDS, Registry, RegistryData

TEXTS = {
    "done": "The operation completed successfully.\n",
    "missing": "ERROR: The system was unable to find the specified registry key or value.\n",
    "syntax": 'ERROR: Invalid syntax.\nType "REG {verb} /?" for usage.\n',
    "bad_key": 'ERROR: Invalid key name.\nType "REG {verb} /?" for usage.\n',
    "default": "(Default)",
    "usage": "REG Operation [Parameter List]\n\n  Operation  [ QUERY | ADD | DELETE ]\n",
}
_LONG_HIVES = {
    "HKLM": "HKEY_LOCAL_MACHINE",
    "HKCU": "HKEY_CURRENT_USER",
    "HKCR": "HKEY_CLASSES_ROOT",
    "HKU": "HKEY_USERS",
    "HKCC": "HKEY_CURRENT_CONFIG",
}


class _SyntaxError(Exception):
    pass


class _Missing(Exception):
    pass


@dataclass(frozen=True)
class _Listing:
    """How a listing looks: columns and what stands around them."""

    header: str
    gap: str
    end_of_list: str
    """What follows the last string of a REG_MULTI_SZ."""


_LISTING = _Listing("\n", "    ", "")
_LISTING_OF_2003 = _Listing("\n! REG.EXE VERSION 3.0\n\n", "\t", "\\0\\0")


class Reg:
    """The program, bound to one registry. The exit code is 0 or 1."""

    def __init__(self, registry: Registry, old_listings: Callable[[], bool] = lambda: False) -> None:
        """``old_listings`` tells whether listings look as on 2003."""
        self._registry = registry
        self._old_listings = old_listings

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Run one operation."""
        say = context.language
        verb = argv[0].lower() if argv else ""
        operation = {"query": self._query, "add": self._add, "delete": self._delete}.get(verb)
        if operation is None:
            return ProcessResult(console_bytes(say(TEXTS["usage"]), context.code_page), b"", int(bool(argv)))
        try:
            key, options = _read(argv[1:])
            printed = operation(key, options, say)
        except _SyntaxError:
            return self._failed(say(TEXTS["syntax"], verb=verb.upper()), context)
        except KeyError:
            return self._failed(say(TEXTS["bad_key"], verb=verb.upper()), context)
        except _Missing:
            return self._failed(say(TEXTS["missing"]), context)
        return ProcessResult(console_bytes(printed, context.code_page))

    @staticmethod
    def _failed(sentence: str, context: ProgramContext) -> ProcessResult:
        return ProcessResult(b"", console_bytes(sentence, context.code_page), 1)

    def _query(self, key: str, options: dict[str, str], say: Language) -> str:
        look = _LISTING_OF_2003 if self._old_listings() else _LISTING
        proper = self._registry.proper_name(key)
        if proper is None:
            raise _Missing
        if "v" in options or "ve" in options:
            wanted = options.get("v", "").lower()
            lines = [
                self._line(proper, name, look, say) for name in self._registry.values(proper) if name.lower() == wanted
            ]
            if not lines:
                raise _Missing
            return f"{look.header}{_long(proper)}\n{lines[0]}\n"
        return look.header + self._listing(proper, "s" in options, look, say)

    def _listing(self, key: str, recurse: bool, look: _Listing, say: Language) -> str:
        names = list(self._registry.values(key))
        text = ""
        if names:
            text = f"{_long(key)}\n" + "".join(self._line(key, name, look, say) for name in names) + "\n"
        for child in self._registry.keys(key):
            path = f"{key}\\{child}"
            text += self._listing(path, True, look, say) if recurse else f"{_long(path)}\n"
        return text

    def _line(self, key: str, name: str, look: _Listing, say: Language) -> str:
        kind = self._registry.kind(key, name) or "REG_SZ"
        shown = _shown(self._registry.get(key, name))
        if kind == "REG_MULTI_SZ":
            shown += look.end_of_list
        return f"    {look.gap.join((name or say(TEXTS['default']), kind, shown))}\n"

    def _add(self, key: str, options: dict[str, str], say: Language) -> str:
        self._registry.create(key)
        if "v" in options or "ve" in options or "d" in options:
            kind = options.get("t", "REG_SZ").upper()
            if kind not in KINDS:
                raise _SyntaxError
            try:
                data = _data(kind, options.get("d", ""), options.get("s") or "\\0")
                self._registry.set(key, options.get("v", ""), data, kind)
            except ValueError:
                raise _SyntaxError from None
        return say(TEXTS["done"])

    def _delete(self, key: str, options: dict[str, str], say: Language) -> str:
        if not self._registry.exists(key):
            raise _Missing
        if "va" in options:
            for name in self._registry.values(key):
                self._registry.delete(key, name)
            return say(TEXTS["done"])
        one_value = options.get("v", "") if "v" in options or "ve" in options else None
        if not self._registry.delete(key, one_value):
            raise _Missing
        return say(TEXTS["done"])


def _read(argv: list[str]) -> tuple[str, dict[str, str]]:
    """Return the key and the options by their letters."""
    if not argv or argv[0].startswith("/"):
        raise _SyntaxError
    key = argv[0].removeprefix("\\\\.\\")
    options: dict[str, str] = {}
    words = iter(argv[1:])
    for word in words:
        letter = word[1:].lower() if word.startswith("/") else ""
        if letter in ("v", "t", "d"):
            value = next(words, None)
            if value is None:
                raise _SyntaxError
            options[letter] = value
        elif letter in ("ve", "va", "f", "s", "reg:32", "reg:64"):
            options[letter] = ""
        else:
            raise _SyntaxError
    hive = key.split("\\")[0].upper()
    if hive not in HIVES and hive not in _LONG_HIVES.values():
        raise KeyError(key)
    return key, options


def _data(kind: str, text: str, separator: str) -> RegistryData:
    if kind in ("REG_DWORD", "REG_QWORD"):
        return int(text or "0", 16 if text.lower().startswith("0x") else 10)
    if kind == "REG_BINARY":
        return bytes.fromhex(text)
    if kind == "REG_MULTI_SZ":
        return [item for item in text.split(separator) if item]
    return text


def _shown(data: RegistryData | None) -> str:
    if isinstance(data, int):
        return f"0x{data:x}"
    if isinstance(data, bytes):
        return data.hex().upper()
    if isinstance(data, list):
        return "\\0".join(data)
    return data or ""


def _long(key: str) -> str:
    hive, separator, rest = key.partition("\\")
    return _LONG_HIVES.get(hive, hive) + separator + rest
