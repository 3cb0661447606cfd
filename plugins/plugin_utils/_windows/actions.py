# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step comes down to: commands to run, a method to call, a script. Private to the collection.

Each action has ``text``, which plans show and which never holds a secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .._wire import quoting
from .._wire.command import Batch, Command, Word
from .._wire.masking import MASK, Secret
from .._wire.schema import Schema
from .._wire.values import Struct, Value
from .script import Script
from .status.record import Status


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
    codes: Mapping[int, Status] | None = field(default=None, repr=False, compare=False)
    """What the exit codes of the last one mean; None: its name tells."""
    aside: bool = False
    """Whether it only notes what was done before it, so that its own outcome tells nothing of that."""

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
    """A WMI method that returns one code."""

    schema: Schema
    method: str
    arguments: Mapping[str, Value] = field(default_factory=dict, repr=False)
    results: Schema = field(kw_only=True)
    selectors: Mapping[str, str] | None = None
    """Keys of the instance; None for a class with one instance, whose keys the host is asked for."""
    hidden: frozenset[str] = frozenset()
    """Names of arguments that are secret."""
    code: str = "ReturnValue"
    """Name of the output parameter that holds the code."""

    @property
    def text(self) -> str:
        """The call for people."""
        keys = ",".join(f"{name}={value}" for name, value in (self.selectors or {}).items())
        arguments = ", ".join(
            f"{name}={MASK if name in self.hidden else shown(value)}" for name, value in self.arguments.items()
        )
        return f"{self.schema.name}{f'[{keys}]' if keys else ''}.{self.method}({arguments})"


def shown(value: Value) -> str:
    """Write an argument for people; members of an object that are 0 are left out."""
    if isinstance(value, Struct):
        members = ((name, inner) for name, inner in value.properties.items() if inner != 0)
        return "{" + ", ".join(f"{name}: {shown(inner)}" for name, inner in members) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    return str(value)


@dataclass(frozen=True)
class RunScript:
    """A script that is written on the host, run and deleted in one line, and tells the code in its output."""

    script: Script

    @property
    def text(self) -> str:
        """The run for people, without the script itself."""
        return self.script.masked


@dataclass(frozen=True)
class InvokeOrRun:
    """A method over WS-Management; where the host refuses the call as such, the same by a script on the host."""

    call: InvokeMethod
    script: RunScript

    @property
    def text(self) -> str:
        """Both for people."""
        return f"{self.call.text}, or, if WinRM refuses its argument: {self.script.text}"


@dataclass(frozen=True)
class Confirm:
    """A look at the host between two commands; unless it shows what it should, the commands after it are left out."""

    schema: Schema
    where: str
    """WQL condition that selects the one instance."""
    name: str | None
    """A property that is true or false; None: that there is such an instance is enough."""
    value: bool
    """What the property should be; where Windows does not tell, it is not."""
    otherwise: str
    """What it means if it is not, a sentence for the administrator."""


@dataclass(frozen=True)
class InOrder:
    """What cannot share a line because something is typed: one after the other, each only after the one before.

    A command with a table of exit codes must end with one of success (``done``) for the next to run; of the codes of
    one with an empty table nothing is known, so the next runs if it ended at all.
    """

    parts: tuple[RunCommand | Confirm, ...]

    @property
    def text(self) -> str:
        """The commands for people."""
        return ", then ".join(part.text for part in self.parts if isinstance(part, RunCommand))


@dataclass(frozen=True)
class Announced:
    """What will be done once ``missing`` is known; it cannot be performed."""

    text: str
    missing: str


Action = RunCommand | InOrder | InvokeMethod | RunScript | InvokeOrRun | Announced


def action_of(drafts: Sequence[Draft], codes: Mapping[int, Status] | None = None) -> Action:
    """Turn drafts that belong into one line into an action; ``codes`` is what the exit codes of the last one mean."""
    missing = dict.fromkeys(word.what for draft in drafts for word in draft.missing)
    if missing:
        return Announced(" & ".join(draft.text for draft in drafts), ", ".join(missing))
    return RunCommand(tuple(draft.command for draft in drafts), codes)
