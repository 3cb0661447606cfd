# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step comes down to: commands to run or a method to call. Private to the collection.

Each action has ``text``, which plans show and which never holds a secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .._wire import quoting
from .._wire.command import Batch, Command, Word
from .._wire.masking import MASK, Secret
from .._wire.schema import Schema
from .._wire.values import Value


class CannotRender(Exception):
    """A step that Windows has no command for; the text is a sentence for the administrator and holds no secret."""


@dataclass(frozen=True)
class Later:
    """A word of a command that is not known yet, with what it will be."""

    what: str

    def __str__(self) -> str:
        return f"<{self.what}>"


DraftWord = Word | Later


@dataclass(frozen=True)
class Draft:
    """A command some of whose words may not be known yet."""

    program: str
    arguments: tuple[DraftWord, ...] = ()
    typed: tuple[tuple[DraftWord, ...], ...] | None = None

    @property
    def missing(self) -> tuple[Later, ...]:
        """The words that are not known yet."""
        words = [*self.arguments, *(word for line in self.typed or () for word in line)]
        return tuple(word for word in words if isinstance(word, Later))

    @property
    def text(self) -> str:
        """The command for people."""
        words = [str(w) if isinstance(w, Later) else quoting.argument(str(w)) for w in self.arguments]
        typed = [f'"{" ".join(map(str, line))}"' for line in self.typed or ()]
        return " ".join([self.program, *words, *(["<", *typed] if typed else [])])

    @property
    def command(self) -> Command:
        """The command, for a draft of which nothing is missing."""
        typed = None if self.typed is None else tuple(_known(line) for line in self.typed)
        return Command(self.program, _known(self.arguments), typed)


def _known(words: Sequence[DraftWord]) -> tuple[Word, ...]:
    return tuple(word for word in words if not isinstance(word, Later))


@dataclass(frozen=True)
class RunCommand:
    """Commands that are run in one line, or one command that is typed to."""

    commands: tuple[Command, ...]

    @property
    def text(self) -> str:
        """The line for people."""
        return self.commands[0].masked if len(self.commands) == 1 else Batch(self.commands).masked

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets in it."""
        return tuple(secret for command in self.commands for secret in command.secrets)


@dataclass(frozen=True)
class InvokeMethod:
    """A WMI method that takes scalars or arrays of scalars and returns one code."""

    schema: Schema
    method: str
    arguments: Mapping[str, Value] = field(default_factory=dict, repr=False)
    results: Schema = field(kw_only=True)
    selectors: Mapping[str, str] | None = None
    """Keys of the instance; None for a class with one instance, whose keys the host is asked for."""
    hidden: frozenset[str] = frozenset()
    """Names of arguments that are secret."""

    @property
    def text(self) -> str:
        """The call for people."""
        keys = ",".join(f"{name}={value}" for name, value in (self.selectors or {}).items())
        arguments = ", ".join(
            f"{name}={MASK if name in self.hidden else value}" for name, value in self.arguments.items()
        )
        return f"{self.schema.name}{f'[{keys}]' if keys else ''}.{self.method}({arguments})"


@dataclass(frozen=True)
class Announced:
    """What will be done once ``missing`` is known; it cannot be performed."""

    text: str
    missing: str


Action = RunCommand | InvokeMethod | Announced


def action_of(drafts: Sequence[Draft]) -> Action:
    """Turn drafts that belong into one line into an action."""
    missing = dict.fromkeys(word.what for draft in drafts for word in draft.missing)
    if missing:
        return Announced(" & ".join(draft.text for draft in drafts), ", ".join(missing))
    return RunCommand(tuple(draft.command for draft in drafts))
