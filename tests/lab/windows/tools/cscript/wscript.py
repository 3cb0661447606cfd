# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the host gives a script: WScript with its arguments and streams ("Windows Script Host Reference")."""

from __future__ import annotations

import ntpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from . import errors
from .errors import QuitScript, ScriptError
from .values import EMPTY, Argument, ScriptObject, Value, VbArray, to_long, to_string


@dataclass
class Streams:
    """What a script reads and has written."""

    read: Callable[[], str]
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)


class TextStream(ScriptObject):
    """``WScript.StdOut`` and ``WScript.StdErr``."""

    type_name = "TextStream"

    def __init__(self, lines: list[str]) -> None:
        """Write into this list."""
        self._lines = lines

    def vb_write(self, text: Value) -> Value:
        """Write."""
        self._lines.append(to_string(text))
        return EMPTY

    def vb_writeline(self, text: Value = "") -> Value:
        """Write a line."""
        self._lines.append(to_string(text) + "\n")
        return EMPTY

    def vb_writeblanklines(self, count: Value) -> Value:
        """Write empty lines."""
        self._lines.append("\n" * to_long(count))
        return EMPTY

    def vb_close(self) -> Value:
        """Do nothing: the stream ends with the script."""
        return EMPTY


class InputStream(ScriptObject):
    """``WScript.StdIn``."""

    type_name = "TextStream"

    def __init__(self, read: Callable[[], str]) -> None:
        """``read`` waits for the end of the input."""
        self._read = read
        self._rest: str | None = None

    def _text(self) -> str:
        if self._rest is None:
            self._rest = self._read()
        return self._rest

    def vb_atendofstream(self) -> Value:
        """Whether nothing is left."""
        return not self._text()

    def vb_readall(self) -> Value:
        """Return all that is left."""
        text, self._rest = self._text(), ""
        return text

    def vb_readline(self) -> Value:
        """Return the next line."""
        if not self._text():
            raise ScriptError(errors.PAST_END)
        line, _unused, self._rest = self._text().partition("\n")
        return line.rstrip("\r")

    def vb_close(self) -> Value:
        """Do nothing: it is read already."""
        return EMPTY


class Arguments(ScriptObject):
    """``WScript.Arguments`` and its ``Unnamed``."""

    type_name = "IWshArguments"

    def __init__(self, words: Sequence[str]) -> None:
        """Keep the words."""
        self._words = list(words)

    def default(self, arguments: Sequence[Argument]) -> Value:
        """Return one by its number."""
        if len(arguments) != 1:
            raise ScriptError(errors.WRONG_ARGUMENTS)
        return self.vb_item(arguments[0].value)

    def items(self) -> Iterator[Value]:
        """Return all."""
        return iter(list(self._words))

    def vb_item(self, number: Value) -> Value:
        """Return one by its number."""
        at = to_long(number)
        if not 0 <= at < len(self._words):
            raise ScriptError(errors.SUBSCRIPT)
        return self._words[at]

    def vb_count(self) -> Value:
        """Return how many there are."""
        return len(self._words)

    def vb_length(self) -> Value:
        """Return how many there are."""
        return len(self._words)

    def vb_named(self) -> Value:
        """Return those that look like ``/name:value``."""
        return NamedArguments([word for word in self._words if word.startswith("/")])

    def vb_unnamed(self) -> Value:
        """Return the others."""
        return Arguments([word for word in self._words if not word.startswith("/")])


class NamedArguments(ScriptObject):
    """``WScript.Arguments.Named``."""

    type_name = "IWshNamed"

    def __init__(self, words: Sequence[str]) -> None:
        """Split the words."""
        self._values: dict[str, Value] = {}
        for word in words:
            name, given, value = word[1:].partition(":")
            self._values[name.lower()] = value if given else EMPTY

    def default(self, arguments: Sequence[Argument]) -> Value:
        """Return one by its name."""
        return self.vb_item(*(argument.value for argument in arguments))

    def items(self) -> Iterator[Value]:
        """Return the names."""
        return iter(list(self._values))

    def vb_item(self, name: Value) -> Value:
        """Return the value of a name, Empty where there is none."""
        return self._values.get(to_string(name).lower(), EMPTY)

    def vb_exists(self, name: Value) -> Value:
        """Whether a name was given."""
        return to_string(name).lower() in self._values

    def vb_count(self) -> Value:
        """Return how many there are."""
        return len(self._values)


class Dictionary(ScriptObject):
    """``Scripting.Dictionary``, as far as administrators' scripts use it."""

    type_name = "Dictionary"

    def __init__(self) -> None:
        """Start empty."""
        self._values: dict[Value, Value] = {}

    def default(self, arguments: Sequence[Argument]) -> Value:
        """Return the item of a key; asking makes a new key."""
        return self.vb_item(*(argument.value for argument in arguments))

    def put_default(self, arguments: Sequence[Argument], value: Value) -> None:
        """Set the item of a key."""
        self._values[arguments[0].value] = value

    def items(self) -> Iterator[Value]:
        """Return the keys."""
        return iter(list(self._values))

    def vb_item(self, key: Value) -> Value:
        """Return the item of a key; asking makes a new key."""
        return self._values.setdefault(key, EMPTY)

    def vb_put_item(self, key: Value, value: Value) -> None:
        """Set the item of a key."""
        self._values[key] = value

    def vb_add(self, key: Value, value: Value) -> Value:
        """Add a new key."""
        if key in self._values:
            raise ScriptError(errors.KEY_EXISTS)
        self._values[key] = value
        return EMPTY

    def vb_exists(self, key: Value) -> Value:
        """Whether there is such a key."""
        return key in self._values

    def vb_count(self) -> Value:
        """Return how many keys there are."""
        return len(self._values)

    def vb_keys(self) -> Value:
        """Return the keys."""
        return VbArray.of(list(self._values))

    def vb_items(self) -> Value:
        """Return the items."""
        return VbArray.of(list(self._values.values()))


class Shell(ScriptObject):
    """``WScript.Shell``: its environment only."""

    type_name = "IWshShell3"

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Keep the variables."""
        self._environment = {name.upper(): value for name, value in environment.items()}

    def vb_expandenvironmentstrings(self, text: Value) -> Value:
        """Replace ``%NAME%``."""
        parts = to_string(text).split("%")
        for at in range(1, len(parts) - 1, 2):
            parts[at] = self._environment.get(parts[at].upper(), f"%{parts[at]}%")
        return "".join(parts) if len(parts) % 2 else "".join(parts[:-1]) + "%" + parts[-1]


class WScript(ScriptObject):
    """``WScript``."""

    type_name = "Object"

    def __init__(
        self,
        path: str,
        words: Sequence[str],
        streams: Streams,
        interactive: bool,
        create: Callable[[Value], Value],
        version: str,
    ) -> None:
        """``interactive`` False is batch mode; ``create`` makes objects by their program id."""
        self._path = path
        self._words = words
        self._streams = streams
        self._interactive = interactive
        self._create = create
        self._version = version
        self._input = InputStream(streams.read)

    def default(self, arguments: Sequence[Argument]) -> Value:
        """Return the host's name."""
        return self.vb_name()

    def vb_arguments(self) -> Value:
        """Return the words behind the script's name."""
        return Arguments(self._words)

    def vb_echo(self, *values: Value) -> Value:
        """Print the values with blanks between them; batch mode keeps quiet (WScript.Interactive)."""
        if self._interactive:
            self._streams.out.append(" ".join(to_string(value) for value in values) + "\n")
        return EMPTY

    def vb_quit(self, code: Value = 0) -> Value:
        """End the script."""
        raise QuitScript(to_long(code) % (1 << 32))

    def vb_createobject(self, program_id: Value) -> Value:
        """Make an object."""
        return self._create(program_id)

    def vb_sleep(self, milliseconds: Value) -> Value:
        """Return at once: nobody in the lab waits for a script."""
        to_long(milliseconds)
        return EMPTY

    def vb_stdout(self) -> Value:
        """Return standard output."""
        return TextStream(self._streams.out)

    def vb_stderr(self) -> Value:
        """Return standard error."""
        return TextStream(self._streams.err)

    def vb_stdin(self) -> Value:
        """Return standard input."""
        return self._input

    def vb_interactive(self) -> Value:
        """Whether it is not batch mode."""
        return self._interactive

    def vb_scriptfullname(self) -> Value:
        """Return the script's path."""
        return self._path

    def vb_scriptname(self) -> Value:
        """Return the script's name."""
        return ntpath.basename(self._path)

    def vb_name(self) -> Value:
        """Return the host's name."""
        return "Windows Script Host"

    def vb_fullname(self) -> Value:
        """Return the host's path."""
        return r"C:\Windows\system32\cscript.exe"

    def vb_version(self) -> Value:
        """Return the host's version."""
        return self._version
