# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with arguments, collected until all has been looked at. Private to the collection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence


class BadWish(ValueError):
    """Arguments that cannot be; ``faults`` has one sentence for each."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


class Faults:
    """Collects what is wrong with the arguments until all has been looked at."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, where: str, text: str) -> None:
        """Note one fault."""
        self.say(f"{where}: {text}")

    def say(self, sentence: str) -> None:
        """Note one fault whose sentence names its place itself."""
        self._found.append(sentence)

    @property
    def none(self) -> bool:
        """Whether nothing has been noted yet: what is missing may only be misspelt otherwise."""
        return not self._found

    def check(self) -> None:
        """Raise when anything was noted.

        Raises:
            BadWish: with every fault.
        """
        if self._found:
            raise BadWish(self._found)


def no_repetition(items: Iterable[Hashable], where: str, what: str, faults: Faults) -> None:
    """Note each thing that is given more than once."""
    for item, times in Counter(items).items():
        if times > 1:
            faults.add(where, f"{what} {item} is given {times} times")
