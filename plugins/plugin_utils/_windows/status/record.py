# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of a status code's explanation. Private to the collection."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

Words = Mapping[int, tuple[str, str]]
"""Code to name and meaning."""


class Side(enum.Enum):
    """Where the cause of a status lies."""

    HOST = "host"
    NETWORK = "network"
    ARRAY = "array"


@dataclass(frozen=True)
class Status:
    """A status code in words."""

    code: int
    """Unsigned, 32 bits."""
    name: str
    """Symbolic name, with which it can be searched for."""
    meaning: str
    """What happened, a clause without full stop."""
    side: Side
    advice: str
    """What to do, a sentence."""
    retry: bool = False
    """Whether the same call may succeed a moment later without anybody's help."""
    done: bool = False
    """Whether the operation was carried out, if only with a warning."""
    unreachable: bool = False
    """Whether nothing answered, or not to the end, at the other side of the network."""
    credentials: bool = False
    """Whether what the host proves itself with may be the cause."""

    def __str__(self) -> str:
        """Write one line for results and messages."""
        return f"{self.name} ({self.written}): {self.meaning}. {self.advice}"

    @property
    def written(self) -> str:
        """The code as Windows' headers write it."""
        return f"0x{self.code:08X}" if self.code > 0xFFFF else str(self.code)


def rows(
    side: Side,
    advice: str,
    words: Words,
    *,
    retry: bool = False,
    done: bool = False,
    unreachable: bool = False,
    credentials: bool = False,
) -> dict[int, Status]:
    """Build the rows of statuses that share side and advice."""
    return {
        code: Status(code, name, meaning, side, advice, retry, done, unreachable, credentials)
        for code, (name, meaning) in words.items()
    }
