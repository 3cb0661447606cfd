# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of the native tools' text and what can go wrong in reading them. Private to the collection.

The tools speak the language of Windows, so nothing here depends on a label: lines are told by their place, their
indent and the form of their values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


class NotUnderstood(Exception):
    """A tool's text has not the shape that it should have; the text is a sentence."""

    def __init__(self, tool: str, why: str, text: str) -> None:
        said = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
        super().__init__(f"the text of {tool} was not understood: {why}" + (f"; it ends in: {said}" if said else ""))


@dataclass(frozen=True)
class Field:
    """A line ``label : value``."""

    indent: int
    value: str

    @property
    def number(self) -> int | None:
        """The value as a decimal number, None where it is none."""
        return int(self.value) if re.fullmatch(r"-?\d{1,10}", self.value) else None

    @property
    def flags(self) -> int | None:
        """The value as a number written ``0x...``, None where it is none."""
        return int(self.value, 16) if re.fullmatch(r"0x[0-9a-fA-F]+", self.value) else None


def field_of(line: str) -> Field | None:
    """Split a line at its first colon (also the wide one of East Asian texts), None where it has none."""
    match = re.fullmatch(r"( *)([^:\uff1a]+)[:\uff1a](.*)", line.rstrip())
    return Field(len(match[1]), match[3].strip()) if match else None


def written(text: str) -> list[str]:
    """Return the lines that hold anything."""
    return [line for line in text.splitlines() if line.strip()]
