# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One kind of fault: its name, its arguments, what it means, and how it heals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class FaultError(Exception):
    """A fault that cannot be injected, with the reason and what there is."""


@dataclass(frozen=True)
class Fault:
    """One kind of fault."""

    name: str
    arguments: tuple[str, ...]
    """Their names; one in brackets may be left out."""
    explanation: str
    inject: Callable[..., None]
    heal: Callable[..., None] | None = None
    """Called with the same arguments; None: there is nothing to undo."""

    @property
    def usage(self) -> str:
        """Name and arguments as one types them."""
        return " ".join([self.name, *self.arguments])

    def check(self, arguments: tuple[str, ...]) -> None:
        """Refuse a wrong number of arguments.

        Raises:
            FaultError: too few or too many
        """
        least = sum(not argument.startswith("[") for argument in self.arguments)
        if not least <= len(arguments) <= len(self.arguments):
            raise FaultError(f"usage: {self.usage}")
