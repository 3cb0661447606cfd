# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How cmd.exe reads a line and how a C program reads its arguments.

cmd.exe expands ``%NAME%``, then splits at ``& && | || ( ) < >`` outside of quotes, where a caret takes the special
meaning from the next character (``cmd /?``); it hands the rest of each command, quotes and all, to the program.
The program's C runtime then makes argv of it ("Parsing C command-line arguments", Microsoft C documentation).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MAXIMUM_LENGTH = 8191
"""The longest line cmd.exe takes, in characters (Microsoft KB 830473)."""

_DELIMITERS = " \t,;="
_SPECIAL = "&|<>()"


class CommandSyntaxError(Exception):
    """A line that cmd.exe refuses to run; the text is its message."""

    def __init__(self, token: str) -> None:
        """``token`` is what stood where no such thing may stand."""
        self.token = token
        super().__init__(f"{token} was unexpected at this time.")


@dataclass(frozen=True)
class Redirection:
    """``2>nul``, ``>>file`` or ``2>&1`` (then ``target`` is ``&1``)."""

    handle: int
    target: str
    append: bool = False


@dataclass(frozen=True)
class Command:
    """One command: its text without carets, with its quotes, and where its streams go."""

    text: str
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class Group:
    """Commands in parentheses."""

    body: Node
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class Chain:
    """Two commands joined by ``&``, ``&&``, ``||`` or ``|``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Condition:
    """``if [not] exist FILE``, ``errorlevel N``, ``defined NAME`` or ``A==B``, and what hangs on it."""

    kind: str
    operands: tuple[str, ...]
    negated: bool
    ignore_case: bool
    then: Node
    otherwise: Node | None = None


Node = Command | Group | Chain | Condition


def expand(line: str, lookup: Callable[[str], str | None]) -> str:
    """Replace ``%NAME%`` as on a command line: what is not set stays as it was written."""
    result = []
    position = 0
    while position < len(line):
        start = line.find("%", position)
        end = line.find("%", start + 1) if start >= 0 else -1
        if end < 0:
            break
        value = lookup(line[start + 1 : end]) if end > start + 1 else None
        result.append(line[position:start])
        result.append("%" if value is None else value)
        position = start + 1 if value is None else end + 1
    result.append(line[position:])
    return "".join(result)


def strip_outer_quotes(line: str, is_program: Callable[[str], bool]) -> str:
    """Treat the line after ``cmd /C`` as cmd.exe does when it begins with a quote (``cmd /?``).

    The first and the last quote go, unless there are exactly two, with no special character but with a blank
    between them, and they enclose the name of a program.
    """
    line = line.lstrip(" \t")
    if not line.startswith('"'):
        return line
    end = line.rfind('"')
    inner = line[1:end]
    if line.count('"') == 2 and not set(inner) & set("&<>()@^|") and " " in inner and is_program(inner):
        return line
    return line[1:end] + line[end + 1 :] if end > 0 else line[1:]


class _Parser:
    """Recursive descent over the operators, loosest first: & then || then && then |."""

    _LEVELS = ("&", "||", "&&", "|")

    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0
        self._open_groups = 0

    def parse(self) -> Node | None:
        self._skip_blanks()
        if self._at == len(self._line):
            return None
        node = self._chain(0)
        if self._at < len(self._line):
            raise CommandSyntaxError(self._line[self._at])
        return node

    def _peek(self) -> str:
        return self._line[self._at] if self._at < len(self._line) else ""

    def _skip_blanks(self) -> None:
        while self._peek() and self._peek() in _DELIMITERS:
            self._at += 1

    def _operator(self) -> str:
        for operator in ("&&", "||", "&", "|"):
            if self._line.startswith(operator, self._at):
                return operator
        return ""

    def _chain(self, level: int) -> Node:
        if level == len(self._LEVELS):
            return self._primary()
        node = self._chain(level + 1)
        while self._operator() == self._LEVELS[level]:
            operator = self._LEVELS[level]
            self._at += len(operator)
            self._skip_blanks()
            if operator == "&" and (not self._peek() or self._peek() == ")"):
                return node
            node = Chain(operator, node, self._chain(level + 1))
        return node

    def _primary(self) -> Node:
        self._skip_blanks()
        redirections = self._redirections()
        if self._peek() == "(":
            self._at += 1
            self._open_groups += 1
            body = self._chain(0)
            if self._peek() != ")":
                raise CommandSyntaxError(self._peek() or "(")
            self._at += 1
            self._open_groups -= 1
            self._skip_blanks()
            return Group(body, (*redirections, *self._redirections()))
        if self._word().lower() == "if":
            return self._condition()
        text, more = self._command_text()
        if not text.strip() and not redirections and not more:
            raise CommandSyntaxError(self._operator() or self._peek() or "(")
        return Command(text, (*redirections, *more))

    def _word(self) -> str:
        """Return the next word without taking it."""
        end = self._at
        quoted = False
        while end < len(self._line) and (quoted or self._line[end] not in _DELIMITERS + _SPECIAL):
            quoted ^= self._line[end] == '"'
            end += 1
        return self._line[self._at : end]

    def _take_word(self) -> str:
        self._skip_blanks()
        word = self._word()
        if not word:
            raise CommandSyntaxError(self._peek() or "if")
        self._at += len(word)
        return word

    def _condition(self) -> Condition:
        self._take_word()
        words = {"/i": False, "not": False}
        self._skip_blanks()
        while self._word().lower() in words:
            words[self._take_word().lower()] = True
            self._skip_blanks()
        kind = self._word().lower()
        if kind in ("exist", "errorlevel", "defined"):
            self._take_word()
            operands: tuple[str, ...] = (self._take_word(),)
        else:
            kind, operands = "==", self._comparison()
        self._skip_blanks()
        grouped = self._peek() == "("
        # Without parentheses everything up to the end of the line hangs on the condition.
        then = self._primary() if grouped else self._chain(0)
        otherwise = None
        self._skip_blanks()
        if grouped and self._word().lower() == "else":
            self._take_word()
            self._skip_blanks()
            otherwise = self._primary() if self._peek() == "(" else self._chain(0)
        return Condition(kind, operands, words["not"], words["/i"], then, otherwise)

    def _comparison(self) -> tuple[str, str]:
        left = self._word()
        self._at += len(left)
        while self._peek() in (" ", "\t"):
            self._at += 1
        if not self._line.startswith("==", self._at):
            raise CommandSyntaxError(self._word() or self._peek() or "if")
        self._at += 2
        return left, self._take_word()

    def _redirections(self) -> list[Redirection]:
        found = []
        while (redirection := self._redirection()) is not None:
            found.append(redirection)
            self._skip_blanks()
        return found

    def _redirection(self) -> Redirection | None:
        at = self._at
        handle = None
        if self._peek().isdigit() and self._line[at + 1 : at + 2] in ("<", ">") and self._line[at + 1 : at + 2]:
            handle = int(self._peek())
            at += 1
        sign = self._line[at : at + 1]
        if sign not in ("<", ">") or not sign:
            return None
        at += 1
        append = sign == ">" and self._line[at : at + 1] == ">"
        self._at = at + append
        default = 0 if sign == "<" else 1
        return Redirection(default if handle is None else handle, self._target(), append)

    def _target(self) -> str:
        if self._peek() == "&":
            self._at += 2
            return "&" + self._line[self._at - 1 : self._at]
        self._skip_blanks()
        target, quoted = "", False
        while self._peek() and (quoted or self._peek() not in _DELIMITERS + _SPECIAL):
            if self._peek() == '"':
                quoted = not quoted
            elif self._peek() == "^" and not quoted:
                self._at += 1
                target += self._peek()
            else:
                target += self._peek()
            self._at += 1
        if not target:
            raise CommandSyntaxError(self._peek() or ">")
        return target

    def _command_text(self) -> tuple[str, list[Redirection]]:
        """Read up to the next operator; outside of any group a closing parenthesis is an ordinary character."""
        text, quoted, redirections = "", False, []
        while self._peek():
            char = self._peek()
            if char == '"':
                quoted = not quoted
            elif not quoted:
                if char == "^":
                    self._at += 1
                    text += self._peek()
                    self._at += bool(self._peek())
                    continue
                if char in "&|" or (char == ")" and self._open_groups):
                    break
                at_word = not text or text[-1] in _DELIMITERS
                if char in "<>" or (at_word and char.isdigit()):
                    redirection = self._redirection()
                    if redirection is not None:
                        redirections.append(redirection)
                        continue
            text += char
            self._at += 1
        return text, redirections


def parse(line: str) -> Node | None:
    """Parse one line after expansion; None when it is empty.

    Raises:
        CommandSyntaxError: cmd.exe would run nothing of it.
    """
    return _Parser(line).parse()


def split_name(text: str) -> tuple[str, str]:
    """Split a command's text into the word cmd.exe looks up (quotes removed) and the rest as written."""
    text = text.lstrip(_DELIMITERS + "@")
    quoted = False
    for position, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif not quoted and (char in _DELIMITERS or (char == "/" and position)):
            return text[:position].replace('"', ""), text[position:]
    return text.replace('"', ""), ""


def split_arguments(text: str) -> list[str]:
    """Make argv, without the program's name, of what follows the name: the rules of Microsoft's C runtime (2008+).

    2n backslashes before a quote give n and the quote opens or closes; 2n+1 give n and a literal quote; a doubled
    quote inside quotes is a literal quote; other backslashes are themselves.
    """
    arguments: list[str] = []
    position = 0
    while True:
        while position < len(text) and text[position] in " \t":
            position += 1
        if position >= len(text):
            return arguments
        argument, position = _one_argument(text, position)
        arguments.append(argument)


def _one_argument(text: str, position: int) -> tuple[str, int]:
    argument, quoted = "", False
    while position < len(text) and (quoted or text[position] not in " \t"):
        slashes = 0
        while position < len(text) and text[position] == "\\":
            slashes += 1
            position += 1
        if position >= len(text) or text[position] != '"':
            argument += "\\" * slashes
            if position < len(text) and (quoted or text[position] not in " \t"):
                argument += text[position]
                position += 1
            continue
        argument += "\\" * (slashes // 2)
        if slashes % 2:
            argument += '"'
        elif quoted and text[position + 1 : position + 2] == '"':
            argument += '"'
            position += 1
        else:
            quoted = not quoted
        position += 1
    return argument, position
