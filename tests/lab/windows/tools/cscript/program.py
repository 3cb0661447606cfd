# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line of cscript.exe, and what it prints around a script."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ....winrm.interface import ProcessResult
from ...files import FileStore, absolute
from ...programs import ProgramContext, codec_of, console_bytes
from ...releases import Release
from . import errors
from .errors import CompilationError, QuitScript, ScriptError
from .filesystem import FileSystem
from .parser import Parser
from .runtime import Runtime
from .services import Connections, Locator, Machine
from .values import ScriptObject, Value, to_string
from .wscript import Dictionary, Shell, Streams, WScript

_FAILED = 1
_ENGINE = "vbscript"
_VERSIONS = {(5, 2): "5.6", (6, 0): "5.7", (6, 1): "5.8", (6, 2): "5.8", (6, 3): "5.8"}
_LATEST = "5.812"
TEXTS = {
    "banner": "Microsoft (R) Windows Script Host Version {version}\n"
    "Copyright (C) Microsoft Corporation. All rights reserved.\n\n",
    "usage": "Usage: CScript scriptname.extension [option...] [arguments...]\n\n"
    "Options:\n"
    " //B         Batch mode: no script errors and prompts are shown\n"
    " //E:engine  Use engine for executing script\n"
    " //I         Interactive mode (opposite of //B)\n"
    " //Logo      Show the banner (default)\n"
    " //Nologo    Show no banner\n"
    " //T:nn      Time in seconds that a script may run\n",
    "no_script": 'Input Error: Can not find script file "{path}".\n',
    "no_engine": 'Input Error: There is no script engine for file extension "{extension}".\n',
    "bad_engine": 'Input Error: Can not find script engine "{engine}" for script "{path}".\n',
    "bad_option": 'Input Error: Unknown option "{option}" specified.\n',
    "error": "{path}({line}, {column}) {source}: {text}\n",
    "timeout": 'Script execution time was exceeded on script "{path}".\nScript execution was terminated.\n',
}


class Shelled(Protocol):
    """The part of a server that has its files."""

    @property
    def files(self) -> FileStore:
        """The files."""


class ScriptHost(Machine, Protocol):
    """The server that scripts run on."""

    @property
    def release(self) -> Release:
        """The release."""

    @property
    def shell(self) -> Shelled:
        """The command interpreter, which has the files."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables."""


@dataclass
class _Options:
    logo: bool = True
    batch: bool = False
    engine: str = ""
    words: list[str] = field(default_factory=list)
    unknown: str = ""
    seconds: int = 0
    usage: bool = False


class _TimedOut(Exception):
    """The script ran longer than ``//T`` allows."""


class _InputError(Exception):
    """A command line that leads to no script; the text is what cscript prints."""


class Cscript:
    """cscript.exe of one server."""

    def __init__(self, host: ScriptHost) -> None:
        """Bind the program; the server may still be in the making."""
        self._host = host

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Run a script."""
        options = _parsed(argv)
        say = context.language
        banner = say(TEXTS["banner"], version=self._version()) if options.logo else ""
        try:
            if options.unknown:
                raise _InputError(say(TEXTS["bad_option"], option=options.unknown))
            if options.usage or not options.words:
                return ProcessResult(console_bytes(banner + say(TEXTS["usage"]), context.code_page))
            path, text = self._script(options, context)
        except _InputError as error:
            return ProcessResult(
                console_bytes(banner, context.code_page), console_bytes(str(error), context.code_page), _FAILED
            )
        streams = Streams(lambda: _given(context))
        code = self._run(path, text, options, context, streams)
        return ProcessResult(
            console_bytes(banner + "".join(streams.out), context.code_page),
            console_bytes("".join(streams.err), context.code_page),
            code,
        )

    def _version(self) -> str:
        return _VERSIONS.get(self._host.release.major_minor, _LATEST)

    def _locate(self, name: str) -> str:
        return absolute(name, self._host.environment.get("USERPROFILE", "C:\\"))

    def _script(self, options: _Options, context: ProgramContext) -> tuple[str, str]:
        say = context.language
        path = self._locate(options.words[0])
        data = self._host.shell.files.read(path)
        if data is None:
            raise _InputError(say(TEXTS["no_script"], path=path))
        extension = path.rpartition("\\")[2].rpartition(".")[2].lower()
        if options.engine and options.engine.lower() not in (_ENGINE, "vbs"):
            raise _InputError(say(TEXTS["bad_engine"], engine=options.engine, path=path))
        if not options.engine and extension != "vbs":
            raise _InputError(say(TEXTS["no_engine"], extension=f".{extension}"))
        # A file without a byte order mark is read in the system's code page, here that of the console it came from.
        return path, data.decode(codec_of(context.code_page), errors="replace").replace("\x1a", "")

    def _run(self, path: str, text: str, options: _Options, context: ProgramContext, streams: Streams) -> int:
        def localised(error: ScriptError) -> str:
            return _localised(error, context.language)

        def complain(where: errors.Position | None, source: str, what: str) -> None:
            if not options.batch:
                at = where or errors.Position(1, 1)
                known = context.language(source) if source.startswith("Microsoft") else source
                line = TEXTS["error"].format(path=path, line=at.line, column=at.column, source=known, text=what)
                streams.err.append(line)

        try:
            self._runtime(path, text, options, context, streams, localised).run()
        except QuitScript as quitting:
            return quitting.exit_code
        except _TimedOut:
            streams.err.append(context.language(TEXTS["timeout"], path=path))
            return self._host.switches.cscript_runtime_error_exit_code
        except CompilationError as error:
            complain(error.position, errors.COMPILATION_SOURCE, context.language(error.text))
            return _FAILED
        except ScriptError as error:
            complain(error.position, error.source, localised(error))
            return self._host.switches.cscript_runtime_error_exit_code
        return 0

    def _runtime(
        self,
        path: str,
        text: str,
        options: _Options,
        context: ProgramContext,
        streams: Streams,
        say: Callable[[ScriptError], str],
    ) -> Runtime:
        connections = Connections(self._host, context.elevated)
        makers: Mapping[str, Callable[[], ScriptObject]] = {
            "scripting.dictionary": Dictionary,
            "scripting.filesystemobject": lambda: FileSystem(
                self._host.shell.files, self._locate, codec_of(context.code_page)
            ),
            "wbemscripting.swbemlocator": lambda: Locator(connections.connect),
            "wscript.shell": lambda: Shell(self._host.environment),
        }

        def create(program_id: Value, server: Value = "") -> Value:
            maker = makers.get(to_string(program_id).lower())
            if maker is None:
                raise ScriptError(errors.CANNOT_CREATE, to_string(program_id))
            return maker()

        quiet = options.batch and self._host.switches.batch_mode_silences_echo
        wscript = WScript(path, options.words[1:], streams, not quiet, create, self._version())
        functions: Mapping[str, Callable[..., Value]] = {"createobject": create, "getobject": connections.get_object}
        return Runtime(Parser(text).script(), {"wscript": wscript}, functions, _limit(options, context), say)


def _parsed(argv: list[str]) -> _Options:
    """Sort the host's options, which begin with two slashes and stand anywhere, from the script's words."""
    options = _Options()
    for word in argv:
        lowered = word.lower()
        if not word.startswith("//"):
            options.words.append(word)
        elif lowered in ("//nologo", "//logo"):
            options.logo = lowered == "//logo"
        elif lowered in ("//b", "//i"):
            options.batch = lowered == "//b"
        elif lowered.startswith("//e:"):
            options.engine = word[4:]
        elif lowered == "//?":
            options.usage = True
        elif lowered.startswith("//t:") and word[4:].isdigit():
            options.seconds = int(word[4:])
        elif lowered not in ("//u", "//s", "//d"):
            options.unknown = options.unknown or word
    options.usage = options.usage or options.words == ["/?"]
    return options


def _limit(options: _Options, context: ProgramContext) -> Callable[[], bool]:
    """Return what tells a script that its process was ended, and raises once its time is over."""
    ends = time.monotonic() + options.seconds if options.seconds else None

    def interrupted() -> bool:
        if ends is not None and time.monotonic() > ends:
            raise _TimedOut
        return context.terminated()

    return interrupted


def _given(context: ProgramContext) -> str:
    data = context.stdin.read_all(1.0)
    while data is None and not context.terminated():
        data = context.stdin.read_all(1.0)
    return (data or b"").decode(codec_of(context.code_page), errors="replace")


def _localised(error: ScriptError, say: Callable[..., str]) -> str:
    if error.source != errors.RUNTIME_SOURCE and error.number >= 0:
        return error.description  # the script's own words
    text = say(error.text)
    return f"{text}: '{error.about}'" if error.about else text
