# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a YAML mapping field by field, collecting every fault with the place where it stands."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Mapping
from typing import Any

Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


class Faults:
    """The sentences about what is wrong with a file."""

    def __init__(self) -> None:
        """Start without any."""
        self.sentences: list[str] = []

    def add(self, where: str, sentence: str) -> None:
        """Note a fault and its place, once."""
        text = f"{where}: {sentence}" if where else sentence
        if text not in self.sentences:
            self.sentences.append(text)


class Fields:
    """One mapping of the file. Each field is asked for once; what is left over is a fault."""

    def __init__(self, value: Any, where: str, faults: Faults) -> None:
        """Take a value that should be a mapping."""
        self.where = where
        self.faults = faults
        self.given: dict[str, Any] = {}
        self._asked: set[str] = set()
        if isinstance(value, Mapping):
            self.given = {str(key): item for key, item in value.items()}
        else:
            faults.add(where, f"expected a mapping of names to values, not {value!r}")

    def __contains__(self, name: str) -> bool:
        return self.given.get(name) is not None

    def value(self, name: str, default: Any = None) -> Any:
        """Return a field as it stands; an empty one counts as left out."""
        self._asked.add(name)
        value = self.given.get(name)
        return default if value is None else value

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; numbers are taken as they are written. A field without default is required."""
        value = self.value(name, default)
        if value is None:
            self.fault(name, "is missing")
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
            self.fault(name, f"must be a text, not {value!r}")
            return default or ""
        return str(value)

    def optional_text(self, name: str) -> str | None:
        """Return a text, or None when it is left out."""
        return self.text(name) if name in self else self.value(name)

    def choice(self, name: str, choices: Collection[str], default: str | None = None) -> str:
        """Return one of several words."""
        text = self.text(name, default)
        if text and text not in choices:
            self.fault(name, f"must be one of {', '.join(sorted(choices))}, not {text!r}")
            return default or next(iter(choices))
        return text

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number within bounds."""
        value = self.value(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fault(name, f"must be a whole number from {low} to {high}, not {value!r}")
            return default
        return value

    def seconds(self, name: str, default: float) -> float:
        """Return a time in seconds, not negative."""
        value = self.value(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            self.fault(name, f"must be a time in seconds, not {value!r}")
            return default
        return float(value)

    def yes(self, name: str, default: bool) -> bool:
        """Return yes or no."""
        value = self.value(name, default)
        if not isinstance(value, bool):
            self.fault(name, f"must be yes or no, not {value!r}")
            return default
        return value

    def address(self, name: str) -> str:
        """Return a required IPv4 or IPv6 address in its one spelling."""
        text = self.text(name)
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            if text:
                self.fault(name, f"{text!r} is not an IP address")
            return ""

    def interface(self, name: str) -> Interface | None:
        """Return a required address with its prefix length, such as 10.10.1.11/24."""
        text = self.text(name)
        try:
            if "/" not in text:
                raise ValueError
            return ipaddress.ip_interface(text)
        except ValueError:
            if text:
                self.fault(name, f"{text!r} is not an address with a prefix length, such as 10.10.1.11/24")
            return None

    def items(self, name: str, required: bool = False) -> Iterator[tuple[str, Any]]:
        """Yield the place and the value of each item of a list."""
        value = self.value(name, [])
        if not isinstance(value, list):
            self.fault(name, f"must be a list, not {value!r}")
            return
        if required and not value:
            self.fault(name, "must have at least one item")
        for number, item in enumerate(value, start=1):
            yield f"{self.place(name)}[{number}]", item

    def mappings(self, name: str, required: bool = False, short: str = "") -> Iterator[Fields]:
        """Yield each item of a list of mappings; ``short`` names the field that an item which is a text stands for."""
        for where, item in self.items(name, required):
            fields = Fields({short: item} if short and isinstance(item, (str, int)) else item, where, self.faults)
            yield fields
            fields.close()

    def texts(self, name: str, choices: Collection[str] = ()) -> tuple[str, ...]:
        """Return a list of texts, each of which is one of the choices where there are any."""
        found = []
        for where, item in self.items(name):
            if not isinstance(item, str) or not item.strip():
                self.faults.add(where, f"must be a text, not {item!r}")
            elif choices and item not in choices:
                self.faults.add(where, f"must be one of {', '.join(choices)}, not {item!r}")
            else:
                found.append(item)
        return tuple(found)

    def mapping(self, name: str) -> Fields:
        """Return a field that is itself a mapping, empty when left out; the caller closes it."""
        return Fields(self.value(name, {}), self.place(name), self.faults)

    def fault(self, name: str, sentence: str) -> None:
        """Note a fault of one field."""
        self.faults.add(self.place(name), sentence)

    def place(self, name: str) -> str:
        """Name a field as the messages do."""
        return f"{self.where}.{name}" if self.where else name

    def close(self) -> None:
        """Report the fields that nobody asked for."""
        for name in sorted(set(self.given) - self._asked):
            self.faults.add(self.place(name), f"is unknown here; known are {', '.join(sorted(self._asked))}")
