# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One reading of a host: every class and every tool is asked at most once. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from .._model import OperatingSystem, Part, Unknown
from .._wire.command import Batch, Command
from .._wire.faults import AccessDenied, AnswerTooLarge, CannotSend, MalformedAnswer, WsmanFault
from .._wire.instance import Instance
from .._wire.link import Link
from .._wire.schema import Schema
from .releases import Release
from .text.lines import NotUnderstood
from .ways import Ways

Answer = t.TypeVar("Answer")
PartReader = Callable[["Reading"], "Part[t.Any]"]

TOOL_SECONDS: t.Final = 60.0
"""How long a tool may take that only shows something."""


class Unreadable(Exception):
    """A source cannot tell what it is asked for; the text is a sentence. Another source may."""


class Reading:
    """What was read so far, and the way to read more.

    A lost connection, refused credentials or a spent quota end the reading: they say nothing about a single source.
    """

    def __init__(
        self,
        link: Link,
        release: Release,
        system: OperatingSystem,
        readers: Mapping[str, PartReader],
        ways: Ways,
        wanted: Collection[str],
    ) -> None:
        self.release = release
        self.system = system
        self.ways = ways
        self.wanted = wanted
        self._link = link
        self._readers = readers
        self._parts: dict[str, Part[t.Any]] = {}
        self._answers: dict[tuple[str, str | None], tuple[Instance, ...] | Unreadable] = {}
        self._texts: dict[Command, str | Unreadable] = {}

    def part(self, name: str) -> Part[t.Any]:
        """Return a part of the host, read now or before."""
        if name not in self._parts:
            self._parts[name] = self._readers[name](self)
        return self._parts[name]

    def parts(self) -> Mapping[str, Part[t.Any]]:
        """Return the parts read so far, asked for or needed on the way."""
        return self._parts

    def instances(self, schema: Schema, where: str | None = None) -> tuple[Instance, ...]:
        """Return the instances of a class, or those that a WQL condition selects.

        Raises:
            Unreadable: the host answers that it cannot tell, or with something that is no such instance.
        """
        question = (schema.name, where)
        if question not in self._answers:
            self._answers[question] = self._ask(schema, where)
        answer = self._answers[question]
        if isinstance(answer, Unreadable):
            raise answer
        return answer

    def single(self, schema: Schema) -> Instance:
        """Return the instance of a class that has exactly one.

        Raises:
            Unreadable: as above, or there is none.
        """
        instances = self.instances(schema)
        if not instances:
            raise Unreadable(f"the class {schema.name} has no instance")
        return instances[0]

    def call(self, schema: Schema, method: str, results: Schema, selectors: Mapping[str, str]) -> Instance:
        """Return the output of a method that only tells something and takes no arguments.

        Raises:
            Unreadable: as above.
        """
        return self._asked(f"{schema.name}.{method}", lambda: self._link.invoke(schema, method, {}, results, selectors))

    def text(self, command: Command) -> str:
        """Return what a tool prints.

        Raises:
            Unreadable: the tool says that it failed.
        """
        if command not in self._texts:
            self._texts[command] = self._run(command)
        return _told(self._texts[command])

    def texts(self, commands: tuple[Command, ...]) -> tuple[str, ...]:
        """Return what tools print that are run in as few lines as hold them; whether one failed is not known.

        Raises:
            Unreadable: their outputs could not be told apart.
        """
        for line in _lines(command for command in commands if command not in self._texts):
            self._texts.update(zip(line, self._run_line(line), strict=True))
        return tuple(_told(self._texts[command]) for command in commands)

    def again(self, command: Command) -> str:
        """Return what a tool prints that was run in a line before, this time alone.

        Raises:
            Unreadable: the tool says that it failed.
        """
        return _told(self._run(command))

    def has_run(self, command: Command) -> bool:
        """Tell whether a tool was asked already."""
        return command in self._texts

    def _run(self, command: Command) -> str | Unreadable:
        try:
            completed = self._link.run(command, TOOL_SECONDS)
        except CannotSend as error:
            return Unreadable(str(error))
        if completed.exit_code == 0:
            return completed.stdout
        lines = [line.strip() for line in f"{completed.stdout}\n{completed.stderr}".splitlines() if line.strip()]
        code = "no exit code" if completed.exit_code is None else f"exit code {completed.exit_code}"
        said = f": {' '.join(lines[-2:])}" if lines else ""  # a sentence of cmd takes two
        return Unreadable(f"{command.masked} ended with {code}{said}")

    def _run_line(self, commands: tuple[Command, ...]) -> tuple[str | Unreadable, ...]:
        try:
            return tuple(completed.stdout for completed in self._link.run_batch(commands, TOOL_SECONDS))
        except (AnswerTooLarge, CannotSend, MalformedAnswer) as error:
            return (Unreadable(str(error)),) * len(commands)

    def _ask(self, schema: Schema, where: str | None) -> tuple[Instance, ...] | Unreadable:
        try:
            return self._asked(f"the class {schema.name}", lambda: self._link.enumerate(schema, where))
        except Unreadable as error:
            return error

    def _asked(self, what: str, question: Callable[[], Answer]) -> Answer:
        """Turn what says something about this one source into Unreadable; the rest ends the reading."""
        try:
            return question()
        except WsmanFault as fault:
            if fault.quota or fault.shell_lost:
                raise
            raise Unreadable(f"{what} cannot be read: {fault}") from fault
        except (AccessDenied, AnswerTooLarge, CannotSend, MalformedAnswer) as error:
            raise Unreadable(f"{what} cannot be read: {error}") from error


def _told(answer: str | Unreadable) -> str:
    if isinstance(answer, Unreadable):
        raise answer
    return answer


def _lines(commands: Iterable[Command]) -> Iterator[tuple[Command, ...]]:
    """Put commands into lines that cmd.exe takes."""
    line: tuple[Command, ...] = ()
    for command in commands:
        if line and not _fits((*line, command)):
            yield line
            line = ()
        line += (command,)
    if line:
        yield line


def _fits(commands: tuple[Command, ...]) -> bool:
    try:
        return bool(Batch(commands).line)
    except CannotSend:
        return False


def counted(instance: Instance, array: str, count: str) -> tuple[Instance, ...]:
    """Return an array of objects beside which the class says how many they are.

    WinRM's rendering of such arrays in root/wmi was never recorded: an array that did not come through would look
    like an empty one.

    Raises:
        Unreadable: there are fewer than the class says.
    """
    objects, number = instance.embeddeds(array), instance.integer(count) or 0
    if len(objects) < number:
        raise Unreadable(f"{instance.schema.name} announces {number} elements of {array} and shows {len(objects)}")
    return objects


def first_known(*sources: Callable[[], Part[t.Any]]) -> Part[t.Any]:
    """Return what the first source tells that can tell; if none can, why, with the reasons of all of them."""
    reasons = []
    for source in sources:
        try:
            return source()
        except (Unreadable, NotUnderstood) as error:
            reasons.append(str(error))
    return Unknown("; ".join(reasons))
