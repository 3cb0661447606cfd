# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cmd.exe: runs a parsed command line with the programs and files of a simulated server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ..winrm.interface import ConsoleInput, ProcessResult
from .cmdline import (
    MAXIMUM_LENGTH,
    Chain,
    Command,
    CommandSyntaxError,
    Condition,
    Group,
    Node,
    Redirection,
    expand,
    parse,
    split_arguments,
    split_name,
    strip_outer_quotes,
)
from .files import FileStore, absolute
from .programs import NOT_RECOGNIZED, Program, ProgramContext, console_bytes

TEXTS = {
    "too_long": "The command line is too long.\n",
    "no_file": "The system cannot find the file specified.\n",
    "no_variable": "Environment variable {name} not defined\n",
    "echo_state": "ECHO is on.\n",
    "version": "\nMicrosoft Windows [Version {version}]\n",
    "banner": "Microsoft Windows [Version {version}]\n(c) Microsoft Corporation. All rights reserved.\n\n{prompt}",
    "cannot_find": "Could Not Find {path}\n",
    "cannot_start": "Windows cannot find '{name}'. Make sure you typed the name correctly, and then try again.\n",
    "unexpected": "{token} was unexpected at this time.\n",
    "wrong_syntax": "The syntax of the command is incorrect.\n",
}

_NOT_FOUND = 9009
"""What ERRORLEVEL holds after an unknown name; the exit code of ``cmd /c`` is 1 then."""
_SYNTAX_EXIT_CODE = 255
"""Exit code of ``cmd /c`` for a line it cannot parse (not documented)."""

Report = Callable[[str, str, "int | None", int], None]
"""Told of each finished command: its line, the program's name, its exit code, its number of input lines."""


@dataclass
class Console:
    """What one command line has printed so far, and its changeable surroundings."""

    context: ProgramContext
    environment: dict[str, str]
    errorlevel: int = 0
    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    unknown: bool = False
    leaving: bool = False

    def out(self, text: str) -> None:
        """Print on standard output."""
        self.stdout += console_bytes(text, self.context.code_page)

    def err(self, text: str) -> None:
        """Print on standard error."""
        self.stderr += console_bytes(text, self.context.code_page)

    def say(self, key: str, **fields: object) -> str:
        """Return one of the interpreter's sentences in the server's language."""
        return self.context.language(TEXTS[key], **fields)


class CommandShell:
    """The command interpreter of one server; every ``run`` is a new process of it."""

    def __init__(
        self,
        environment: Mapping[str, str],
        version: str,
        find: Callable[[str], Program | None],
        report: Report,
        detach: Callable[[Callable[[], object]], object] | None = None,
    ) -> None:
        """``find`` looks a program up by the name a user typed; ``version`` is what ``ver`` prints.

        ``detach`` runs what nobody waits for, None: in a thread of its own.
        """
        self._environment = dict(environment)
        self._version = version
        self._find = find
        self._report = report
        self._detach = detach or _in_thread
        self.files = FileStore()
        self._builtins: dict[str, Callable[[str, Console], None]] = {
            "call": self._call,
            "cd": self._cd,
            "chdir": self._cd,
            "cmd": self._cmd,
            "del": self._del,
            "echo": self._echo,
            "erase": self._del,
            "exit": self._exit,
            "rem": lambda rest, console: None,
            "set": self._set,
            "start": self._start,
            "type": self._type,
            "ver": self._ver,
        }

    def run(self, line: str, context: ProgramContext) -> ProcessResult:
        """Run ``cmd /C line`` to its end."""
        console = Console(context, dict(self._environment))
        if len(line) > MAXIMUM_LENGTH:
            console.err(console.say("too_long"))
            console.errorlevel = 1
        else:
            self._run_line(strip_outer_quotes(line, lambda name: self._find(name) is not None), console)
        exit_code = 1 if console.unknown else console.errorlevel
        return ProcessResult(bytes(console.stdout), bytes(console.stderr), exit_code)

    def _run_line(self, line: str, console: Console) -> None:
        try:
            node = parse(expand(line, lambda name: self._variable(name, console)))
        except CommandSyntaxError as error:
            console.err(console.say("unexpected", token=error.token))
            console.errorlevel = _SYNTAX_EXIT_CODE
            return
        if node is not None:
            self._run_node(node, console)

    def _variable(self, name: str, console: Console) -> str | None:
        if name.upper() == "ERRORLEVEL":
            return str(console.errorlevel)
        return next((value for key, value in console.environment.items() if key.upper() == name.upper()), None)

    def _run_node(self, node: Node, console: Console) -> None:
        if console.leaving:
            return
        if isinstance(node, Command):
            self._redirected(node.redirections, console, lambda inner: self._run_command(node.text, inner))
        elif isinstance(node, Condition):
            branch = node.then if self._holds(node, console) else node.otherwise
            if branch is not None:
                self._run_node(branch, console)
        elif isinstance(node, Group):
            body = node.body
            self._redirected(node.redirections, console, lambda inner: self._run_node(body, inner))
        elif node.operator == "|":
            self._pipe(node, console)
        else:
            self._run_node(node.left, console)
            failed = console.errorlevel != 0
            if node.operator == "&" or failed == (node.operator == "||"):
                self._run_node(node.right, console)

    def _pipe(self, node: Chain, console: Console) -> None:
        first = replace(console, stdout=bytearray())
        self._run_node(node.left, first)
        piped = ConsoleInput()
        piped.feed(bytes(first.stdout), end=True)
        second = replace(console, context=replace(console.context, stdin=piped))
        self._run_node(node.right, second)
        console.errorlevel, console.unknown = second.errorlevel, second.unknown

    def _redirected(
        self, redirections: tuple[Redirection, ...], console: Console, action: Callable[[Console], None]
    ) -> None:
        if not redirections:
            action(console)
            return
        inner = replace(console, stdout=bytearray(), stderr=bytearray())
        targets: dict[int, str] = {1: "&1", 2: "&2"}
        for item in redirections:
            targets[item.handle] = (
                targets.get(int(item.target[1:]), item.target) if item.target[0] == "&" else item.target
            )
            if item.handle == 0:
                stdin = ConsoleInput()
                held = self.files.read(self._path(item.target, console))
                if held is None:
                    console.err(console.say("no_file"))
                    console.errorlevel = 1
                    return
                stdin.feed(held, end=True)
                inner.context = replace(inner.context, stdin=stdin)
        action(inner)
        for item in redirections:
            if item.target[0] != "&" and item.handle and not item.append:
                self.files.write(self._path(item.target, console), b"")
        for data, target in ((inner.stdout, targets[1]), (inner.stderr, targets[2])):
            if target == "&1":
                console.stdout += data
            elif target == "&2":
                console.stderr += data
            else:
                self.files.write(self._path(target, console), bytes(data), append=True)
        console.errorlevel, console.unknown, console.leaving = inner.errorlevel, inner.unknown, inner.leaving
        console.context = replace(inner.context, stdin=console.context.stdin)

    def _run_command(self, text: str, console: Console) -> None:
        name, rest = split_name(text)
        console.unknown = False
        builtin = self._builtins.get(self._builtin_name(name))
        if builtin is not None:
            rest = name[len(self._builtin_name(name)) :] + rest
            builtin(rest, console)
            if builtin not in (self._call, self._cmd, self._start):
                self._report(text.strip(), self._builtin_name(name), console.errorlevel, 0)
            return
        program = self._find(name)
        if program is None:
            console.err(console.context.language(NOT_RECOGNIZED, name=name))
            console.errorlevel, console.unknown = _NOT_FOUND, True
            self._report(text.strip(), name, _NOT_FOUND, 0)
            return
        if getattr(program, "windowed", False):
            self._launch(text, program, name, rest, console)
        else:
            self._execute(text, program, name, rest, console)

    def _launch(self, text: str, program: Program, name: str, rest: str, console: Console) -> None:
        """Begin what nobody waits for: a program with windows, or one behind ``start``."""
        context = console.context
        self._detach(lambda: program(split_arguments(rest), context))
        console.errorlevel = 0
        self._report(text.strip(), name, 0, 0)

    def _execute(self, text: str, program: Program, name: str, rest: str, console: Console) -> None:
        result = program(split_arguments(rest), console.context)
        console.stdout += result.stdout
        console.stderr += result.stderr
        console.errorlevel = result.exit_code or 0
        given = console.context.stdin.read_all(0) or b""
        self._report(text.strip(), name, result.exit_code, len(given.splitlines()))
        if name.lower().removesuffix(".com") == "chcp" and result.exit_code == 0:
            self._change_code_page(rest, console)

    @staticmethod
    def _builtin_name(name: str) -> str:
        r"""Return the name without what cmd.exe lets follow a built-in command directly (``echo.``, ``cd\``)."""
        lowered = name.lower()
        if lowered in ("cmd.exe", "cmd"):
            return "cmd"
        for mark in ".\\:(+[]":
            lowered = lowered.partition(mark)[0]
        return lowered

    @staticmethod
    def _change_code_page(rest: str, console: Console) -> None:
        if rest.strip().isdigit():
            console.context = replace(console.context, code_page=int(rest))

    def _echo(self, rest: str, console: Console) -> None:
        word = rest.strip().lower()
        if not word:
            console.out(console.say("echo_state"))
        elif word not in ("on", "off"):
            console.out(rest[1:] + "\n")

    def _ver(self, rest: str, console: Console) -> None:
        console.out(console.say("version", version=self._version))
        console.errorlevel = 0

    def _cd(self, rest: str, console: Console) -> None:
        if not rest.strip():
            console.out(console.environment.get("USERPROFILE", "C:\\") + "\n")
        console.errorlevel = 0

    def _exit(self, rest: str, console: Console) -> None:
        words = [word for word in rest.split() if word.lower() != "/b"]
        if words and words[0].lstrip("-").isdigit():
            console.errorlevel = int(words[0]) % (1 << 32)
        console.leaving = True

    def _set(self, rest: str, console: Console) -> None:
        wish = rest.strip().strip('"')
        name, assigned, value = wish.partition("=")
        shown = sorted(
            f"{key}={held}\n" for key, held in console.environment.items() if key.upper().startswith(name.upper())
        )
        console.errorlevel = 0
        if assigned:
            for key in [key for key in console.environment if key.upper() == name.upper()]:
                del console.environment[key]
            if value:
                console.environment[name] = value
        elif shown:
            console.out("".join(shown))
        else:
            console.err(console.say("no_variable", name=name))
            console.errorlevel = 1

    def _type(self, rest: str, console: Console) -> None:
        names = split_arguments(rest)
        if not names:
            console.err(console.say("wrong_syntax"))
        missing = not names
        for name in names:
            data = self.files.read(self._path(name, console))
            missing = missing or data is None
            console.stdout += data or b""
            if data is None:
                console.err(console.say("no_file"))
        console.errorlevel = int(missing)

    def _del(self, rest: str, console: Console) -> None:
        """Delete files; one that is not there is told of, but is no failure of the command."""
        names = [word for word in split_arguments(rest) if not word.startswith("/")]
        if not names:
            console.err(console.say("wrong_syntax"))
        console.errorlevel = int(not names)
        for name in names:
            path = self._path(name, console)
            found = self.files.find(path)
            if not found:
                console.err(console.say("cannot_find", path=path))
            for item in found:
                self.files.delete(item)

    def _start(self, rest: str, console: Console) -> None:
        """``start ["title"] [/w] [/b] program arguments``: waits with /w only (``start /?``).

        The first text in quotes before the program is the title, behind switches too, as ``start /wait "" "..."`` of
        countless published scripts relies on.
        """
        rest = rest.lstrip()
        wait = titled = False
        while rest.startswith("/") or (rest.startswith('"') and not titled):
            if rest.startswith('"'):
                rest, titled = rest[1:].partition('"')[2].lstrip(), True
                continue
            switch, rest = (rest + " ").split(" ", 1)
            rest = rest.lstrip()
            wait = wait or switch.lower() in ("/w", "/wait")
        name, arguments = split_name(rest)
        program = self._find(name)
        if program is None:
            console.err(console.say("cannot_start", name=name))
            console.errorlevel, console.unknown = _NOT_FOUND, True
            self._report(rest.strip(), name, _NOT_FOUND, 0)
        elif wait:
            self._execute(rest, program, name, arguments, console)
        else:
            self._launch(rest, program, name, arguments, console)

    def _holds(self, node: Condition, console: Console) -> bool:
        if node.kind == "exist":
            held = self.files.exists(self._path(node.operands[0], console))
        elif node.kind == "errorlevel":
            held = node.operands[0].isdigit() and console.errorlevel >= int(node.operands[0])
        elif node.kind == "defined":
            held = self._variable(node.operands[0], console) is not None
        else:
            left, right = node.operands
            held = left.lower() == right.lower() if node.ignore_case else left == right
        return held is not node.negated

    @staticmethod
    def _path(name: str, console: Console) -> str:
        return absolute(name, console.environment.get("USERPROFILE", "C:\\"))

    def _call(self, rest: str, console: Console) -> None:
        self._run_line(rest.lstrip(), console)

    def _cmd(self, rest: str, console: Console) -> None:
        lowered = rest.lower()
        for switch in ("/c", "/k", "/r"):
            if switch in lowered:
                line = rest[lowered.index(switch) + 2 :]
                self._nested(strip_outer_quotes(line, lambda name: self._find(name) is not None), console)
                return
        given = console.context.stdin.read_all(60) or b""
        console.out(console.say("banner", version=self._version, prompt=console.environment["PROMPT"]))
        for line in given.decode(errors="replace").splitlines():
            self._nested(line, console)

    def _nested(self, line: str, console: Console) -> None:
        """A child cmd.exe: what it sets and its ``exit`` stay its own."""
        inner = replace(console, environment=dict(console.environment))
        self._run_line(line, inner)
        console.errorlevel = 1 if inner.unknown else inner.errorlevel


def _in_thread(action: Callable[[], object]) -> None:
    threading.Thread(target=action, daemon=True).start()
