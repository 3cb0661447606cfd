# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order in which devices turn up: stable while Windows runs, another one after each boot."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


class BootOrder:
    """A seeded shuffle per boot ("disk order in Windows is nondeterministic", Microsoft's MPIO guidance)."""

    def __init__(self, seed: int) -> None:
        """Begin with the first boot."""
        self._seed = seed
        self._boot = 0

    def next_boot(self) -> None:
        """Shuffle anew."""
        self._boot += 1

    def arrange(self, kind: str, items: Iterable[Item], name: Callable[[Item], str]) -> list[Item]:
        """Return the items in this boot's order for this kind of list; equal names keep their order."""
        return sorted(items, key=lambda item: self._rank(kind, name(item)))

    def _rank(self, kind: str, name: str) -> bytes:
        return hashlib.sha256(f"{self._seed}/{self._boot}/{kind}/{name}".encode()).digest()
