# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeping secrets out of everything that people read. Private to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

MASK: t.Final = "********"


@dataclass(frozen=True, repr=False)
class Secret:
    """A text that must not be shown. Whatever turns it into text gets :data:`MASK`; ``value`` is the real one."""

    value: str

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __format__(self, format_spec: str) -> str:
        return format(MASK, format_spec)


def shown(text: str | Secret) -> str:
    """Return a text as it may be shown."""
    return str(text)


def real(text: str | Secret) -> str:
    """Return a text as it is sent."""
    return text.value if isinstance(text, Secret) else text


class Masks:
    """The secrets that passed through a link, for scrubbing what comes back."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    @property
    def values(self) -> frozenset[str]:
        """The secrets themselves."""
        return frozenset(self._values)

    def add(self, secrets: t.Iterable[Secret]) -> None:
        """Remember secrets; empty ones hide nothing."""
        self._values.update(secret.value for secret in secrets if secret.value)

    def conceal(self, text: str) -> str:
        """Return a text without any secret in it, the longest replaced first."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, MASK)
        return text
