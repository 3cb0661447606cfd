# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iscsicli.exe: one command from its arguments, or as many as its standard input holds."""

from __future__ import annotations

from ....winrm.interface import ProcessResult
from ...cmdline import split_arguments
from ...iscsi.failures import InitiatorError
from ...iscsi.initiator import Initiator
from ...iscsi.status import Status, message
from ...programs import ProgramContext, codec_of, console_bytes
from . import texts
from .arguments import Refusal, WrongUsage
from .commands import Commands
from .printer import Printer

TERMINATED = 0xC000013A
"""STATUS_CONTROL_C_EXIT, the exit code of a console program that is ended from outside."""


class Iscsicli:
    """The program, bound to the initiator of one server.

    A wrong number of arguments and an unknown command print the usage text and succeed, as in the SDK sample.
    """

    def __init__(self, initiator: Initiator) -> None:
        """Bind the program."""
        self._initiator = initiator
        self._commands = Commands(initiator)
        self._proper_names = {name.lower(): name for name in texts.commands(initiator.around.release.major_minor)}

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Run to the end; without arguments that is the end of standard input."""
        out = Printer(context.language)
        around = self._initiator.around
        if around.service_runs():
            out(texts.BANNER, version=around.release.initiator_banner)
        status = self._perform(argv, out) if argv else self._interact(context, out)
        return ProcessResult(console_bytes(out.text, context.code_page), b"", status)

    def _perform(self, words: list[str], out: Printer) -> int:
        try:
            status = self._run(words, out)
        except WrongUsage:
            command = self._proper_names.get(words[0].lower()) if words else None
            out.verbatim(texts.usage(out.language, self._initiator.around.release.major_minor, command))
            status = Status.SUCCESS
        except Refusal as refusal:
            out(refusal.sentence, **refusal.fields)
            status = refusal.status
        except InitiatorError as error:
            status = error.status
        out(f"{message(status)}\n")
        return int(status)

    def _run(self, words: list[str], out: Printer) -> int:
        command = self._commands.by_name.get(words[0].lower()) if words else None
        if command is None:
            raise WrongUsage
        return command(words[1:], out)

    def _interact(self, context: ProgramContext, out: Printer) -> int:
        """Read commands until the input ends: with an open input the program waits for ever."""
        given = None
        while given is None:
            given = context.stdin.read_all(1.0)
        if context.terminated():
            return TERMINATED
        status = 0
        for line in given.decode(codec_of(context.code_page), errors="replace").splitlines():
            self._prompt(out)
            if line.strip():
                status = self._perform(split_arguments(line), out)
        self._prompt(out)
        return status if self._initiator.around.switches.interactive_exit_code == "last" else 0

    def _prompt(self, out: Printer) -> None:
        out(texts.PROMPT, node=self._initiator.around.node_name)
