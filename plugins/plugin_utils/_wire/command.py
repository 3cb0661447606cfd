# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command lines, their secrets and their outcomes. Private to the collection."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field

from . import quoting
from .faults import CannotSend, MalformedAnswer
from .masking import MASK, Secret, real, shown

__all__ = ["MASK", "Batch", "Command", "Completed", "Secret", "Word"]

Word = str | Secret


@dataclass(frozen=True)
class Completed:
    """What became of a command."""

    exit_code: int | None
    """0 to 4294967295; None where the host did not tell, which never means success: Windows leaves the code out when
    the command ended in an error (MS-WSMV appendix B, note 7)."""
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Command:
    """A program with its arguments, and what is typed on its standard input.

    Each of ``typed`` is a line of words that are joined by a blank; quoting inside of it is the program's own matter.
    """

    program: str
    arguments: tuple[Word, ...] = ()
    typed: tuple[tuple[Word, ...], ...] | None = None

    @property
    def line(self) -> str:
        """The line to run, secrets included: never to be shown. :class:`CannotSend` says why there is none."""
        return quoting.check_length(quoting.line(self.program, map(real, self.arguments)))

    @property
    def masked(self) -> str:
        """The command for people: the line before cmd.exe's carets, the typed lines behind ``<``, secrets masked."""
        words = [self.program, *(quoting.argument(shown(word)) for word in self.arguments)]
        if self.typed is not None:
            words += ["<", *(f'"{" ".join(map(shown, line))}"' for line in self.typed)]
        return " ".join(words)

    @property
    def input(self) -> str | None:
        """What is typed, secrets included: never to be shown. None where nothing is."""
        if self.typed is None:
            return None
        for line in self.typed:
            for word in line:
                quoting.check(real(word))
        return "".join(" ".join(map(real, line)) + "\r\n" for line in self.typed)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets in it."""
        words = [*self.arguments, *(word for line in self.typed or () for word in line)]
        return tuple(word for word in words if isinstance(word, Secret))


def _mark() -> str:
    return f"--eva.mpio-{uuid.uuid4().hex}--"


@dataclass(frozen=True)
class Batch:
    """Several commands in one line of cmd.exe: one round trip, one of the few commands a shell takes.

    Each runs whatever became of the one before. Between them a mark is echoed that tells their outputs apart.
    """

    commands: tuple[Command, ...]
    mark: str = field(default_factory=_mark, compare=False)

    def __post_init__(self) -> None:
        if not self.commands:
            raise ValueError("a batch needs a command")
        if any(command.typed is not None for command in self.commands):
            raise CannotSend("A command that is typed to cannot share a line with others: they share standard input.")

    @property
    def line(self) -> str:
        """The line to run, secrets included: never to be shown."""
        return quoting.check_length(f" & echo {self.mark}& ".join(command.line for command in self.commands))

    @property
    def masked(self) -> str:
        """The commands for people, without the marks."""
        return " & ".join(command.masked for command in self.commands)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets in it."""
        return tuple(secret for command in self.commands for secret in command.secrets)

    def split(self, whole: Completed) -> tuple[Completed, ...]:
        """Return what became of each command.

        cmd.exe tells the exit code of the last one only. Error output cannot be told apart and stands with the last.
        """
        outputs = re.split(rf"{re.escape(self.mark)}[ \t]*\r?\n?", whole.stdout)
        if len(outputs) != len(self.commands):
            raise MalformedAnswer(
                f"{len(self.commands)} commands were run in one line and the output of {len(outputs)} came back: "
                f"{self.masked}. What they did must be read again."
            )
        *earlier, last = outputs
        return (*(Completed(None, output, "") for output in earlier), Completed(whole.exit_code, last, whole.stderr))
