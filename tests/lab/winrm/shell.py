# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Windows Remote Shell: cmd.exe shells, their commands and streams ([MS-WSMV] 3.1.4.1.31, 3.1.4.4, .5, .11-.14)."""

from __future__ import annotations

import base64
import binascii
import re
import threading
import time
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from . import soap, soapfault
from .command import Command, without_interpreter
from .enumeration import operations_fault
from .interface import OEM_CODE_PAGE, Machine
from .profile import Profile
from .soapfault import WsmanFault

RESOURCE = soap.SHELL + "/cmd"
SIGNALS = soap.SHELL + "/signal/"

_UTF8_CODE_PAGE = 65001
_ENVELOPE_ALLOWANCE = 8000  # octets for everything around the streams, one piece among them
# What a 65001 shell of old releases silently does not run (WinRb/WinRM issue 232, chef/knife-windows issue 400).
_SCRIPT = re.compile(r"\.(?:cmd|bat)\b|(?<!\^)\||\bfor\s+/f\b", re.IGNORECASE)
# Uncertain: neither code nor sentence of this refusal was found in print, only that it is w:InternalError (<32>).
_TOO_MANY_PROCESSES = "The maximum number of processes in this shell has been exceeded. "


@dataclass(frozen=True)
class Caller:
    """Who sends a request."""

    user: str
    address: str


@dataclass
class Shell:
    """One open shell."""

    shell_id: str
    owner: str
    address: str
    code_page: int
    idle_seconds: float
    used: float = field(default_factory=time.monotonic)
    requests: int = 0
    """How many are under way; while there is one, the shell is not idle."""
    operations: int = 0
    keep_alive: bool = False
    commands: dict[str, Command] = field(default_factory=dict)


class Shells:
    """All shells of one server."""

    piece = 4096
    """Octets of output in one rsp:Stream; a character may well be cut in two."""

    def __init__(self, machine: Machine, profile: Profile) -> None:
        """Start with none."""
        self._machine = machine
        self._profile = profile
        self._shells: dict[str, Shell] = {}
        self._lock = threading.RLock()

    def forget(self) -> None:
        """Lose everything, as a restart does; whoever waits for output is let go."""
        with self._lock:
            shells, self._shells = list(self._shells.values()), {}
        for shell in shells:
            for command in shell.commands.values():
                command.abort()

    @property
    def open_count(self) -> int:
        """How many shells are open."""
        with self._lock:
            self._expire()
            return len(self._shells)

    def create(self, request: soap.Request, caller: Caller) -> str:
        """Open a shell and return the body of the answer."""
        if request.body is None or request.body.tag != f"{{{soap.SHELL}}}Shell":
            raise WsmanFault(soapfault.INVALID_PARAMETER)
        idle = request.text("rsp:IdleTimeOut")
        try:
            code_page = int(request.options.get("WINRS_CODEPAGE", OEM_CODE_PAGE))
            idle_seconds = self._profile.shell_idle_seconds if idle is None else soap.seconds(idle)
        except ValueError as error:
            raise WsmanFault(soapfault.INVALID_PARAMETER) from error
        shell_id = self._profile.shell_id_prefix + soap.new_uuid()
        shell = Shell(shell_id, caller.user, caller.address, code_page, idle_seconds)
        with self._lock:
            self._expire()
            quota = self._profile.shells_per_user
            if sum(other.owner.lower() == caller.user.lower() for other in self._shells.values()) >= quota:
                raise self._too_many_shells(quota)
            self._shells[shell_id.lower()] = shell
        return self._created(request, shell)

    def command(self, request: soap.Request) -> str:
        """Start a command line."""
        line = _command_line(request)
        if self._option(request, "WINRS_SKIP_CMD_SHELL"):
            direct = without_interpreter(line)
            if direct is None:
                raise WsmanFault(soapfault.FILE_NOT_FOUND, "The system cannot find the file specified. ")
            line = direct
        with self._lock, self._using(request) as shell:
            shell.operations += 1
            if shell.operations > self._profile.operations_per_user:
                raise operations_fault(self._profile.operations_per_user)
            if self._profile.one_command_at_a_time and any(not one.read for one in shell.commands.values()):
                raise WsmanFault(soapfault.CONCURRENCY)
            command = Command(soap.new_uuid(), self._machine, line, shell.code_page, self.piece)
            command.console_input = self._option(request, "WINRS_CONSOLEMODE_STDIN")
            shell.commands[command.command_id] = command
            running = sum(not one.done.is_set() for one in shell.commands.values())
            self._start(command, shell, running)
        return f"<rsp:CommandResponse><rsp:CommandId>{command.command_id}</rsp:CommandId></rsp:CommandResponse>"

    def receive(self, request: soap.Request) -> str:
        """Wait for output and return what there is of it."""
        desired = request.child("rsp:DesiredStream")
        if desired is None:
            raise WsmanFault(soapfault.INVALID_PARAMETER)
        with self._using(request) as shell:
            shell.keep_alive = shell.keep_alive or "WSMAN_CMDSHELL_OPTION_KEEPALIVE" in request.options
            command = self._command(shell, desired.get("CommandId"))
            timeout = min(request.timeout or self._profile.operation_seconds, self._profile.operation_seconds)
            if not command.done.wait(timeout):
                raise WsmanFault(soapfault.TIMED_OUT)
            if command.aborted:
                raise WsmanFault(soapfault.OPERATION_ABORTED)
            room = min(request.max_envelope or self._room(), self._room()) - _ENVELOPE_ALLOWANCE
            return command.output(room)

    def send(self, request: soap.Request) -> str:
        """Feed standard input."""
        with self._using(request) as shell:
            for stream in [] if request.body is None else request.body.iterfind(f"{{{soap.SHELL}}}Stream"):
                if stream.get("Name") != "stdin":
                    raise WsmanFault(soapfault.INVALID_PARAMETER)
                try:
                    data = base64.b64decode(stream.text or "", validate=False)
                except binascii.Error as error:
                    raise WsmanFault(soapfault.INVALID_PARAMETER) from error
                command = self._command(shell, stream.get("CommandId"))
                # Uncertain: that a console, unlike a pipe, is not closed by the end of the stream.
                end = (stream.get("End") or "").lower() in ("true", "1") and not command.console_input
                command.stdin.feed(data, end)
        return "<rsp:SendResponse/>"

    def signal(self, request: soap.Request) -> str:
        """Pass on a signal; ``terminate`` also discards the command."""
        code = (request.text("rsp:Code") or "").removeprefix(SIGNALS).lower()
        if request.body is None or code not in ("terminate", "ctrl_c", "ctrl_break"):
            raise WsmanFault(soapfault.INVALID_PARAMETER)
        with self._using(request) as shell:
            command = self._command(shell, request.body.get("CommandId"))
            if not command.done.is_set():
                self._machine.terminate(command.stdin)
            if code == "terminate":
                with self._lock:
                    shell.commands.pop(command.command_id, None)
                command.abort()
        return "<rsp:SignalResponse/>"

    def delete(self, request: soap.Request) -> str:
        """Close a shell; its commands die."""
        with self._lock, self._using(request) as shell:
            self._shells.pop(shell.shell_id.lower(), None)
        self._close(shell)
        return ""

    def _option(self, request: soap.Request, name: str) -> bool:
        """Whether a switch of the Command request is on, and this stack obeys it (MS-WSMV 3.1.4.11)."""
        return self._profile.obeys_console_options and request.options.get(name, "").upper() in ("TRUE", "1")

    def _start(self, command: Command, shell: Shell, running: int) -> None:
        if running > self._profile.processes_per_shell:
            if self._profile.process_limit_is_a_fault:
                del shell.commands[command.command_id]
                raise WsmanFault(soapfault.QUOTA_USER, _TOO_MANY_PROCESSES)
            command.refuse(_TOO_MANY_PROCESSES.encode() + b"\r\n")
        elif (
            shell.code_page == _UTF8_CODE_PAGE
            and not self._profile.utf8_console_runs_scripts
            and _SCRIPT.search(command.line)
        ):
            command.swallow()
        else:
            command.start()

    def _room(self) -> int:
        return self._profile.envelope_kilobytes * 1024

    def _using(self, request: soap.Request) -> _Use:
        shell_id = next((value for name, value in request.selectors.items() if name.lower() == "shellid"), "")
        with self._lock:
            self._expire()
            shell = self._shells.get(shell_id.strip().lower())
            if shell is None:
                raise WsmanFault(
                    soapfault.UNEXPECTED_SELECTORS,
                    f"The request for the Windows Remote Shell with ShellId {shell_id} failed because the shell was "
                    "not found on the server. Possible causes are: the specified ShellId is incorrect or the shell no "
                    "longer exists on the server. Provide the correct ShellId or create a new shell and retry the "
                    "operation. ",
                )
            return _Use(shell, self._lock)

    @staticmethod
    def _command(shell: Shell, command_id: str | None) -> Command:
        command = shell.commands.get((command_id or "").upper())
        if command is None:
            raise WsmanFault(
                soapfault.UNEXPECTED_SELECTORS,
                "The Windows Remote Shell received a request to perform an operation on a command identifier that does "
                "not exist. Either the command has completed execution or the client specified an invalid command "
                "identifier. ",
            )
        return command

    def _expire(self) -> None:
        """Close shells nobody used for their idle time (MS-WSMV 3.1.4.1.31.5, <23>)."""
        now = time.monotonic()
        for shell in list(self._shells.values()):
            counts = shell.keep_alive or not self._profile.idle_needs_keep_alive
            if counts and not shell.requests and now - shell.used > shell.idle_seconds:
                del self._shells[shell.shell_id.lower()]
                self._close(shell)

    def _close(self, shell: Shell) -> None:
        for command in shell.commands.values():
            if not command.done.is_set():
                self._machine.terminate(command.stdin)
            command.abort()

    def _too_many_shells(self, quota: int) -> WsmanFault:
        if self._profile.stack == "1.1":  # MS-WSMV 3.1.4.5.2.1, <111>
            return WsmanFault(
                soapfault.MAX_SHELLS,
                "The Windows Remote Shell cannot process the request. The server is already executing the maximum "
                "number of concurrent shells a user can remotely open on the same system. Retry later. ",
            )
        return WsmanFault(
            soapfault.MAX_SHELLS,
            "The WS-Management service cannot process the request. This user is allowed a maximum number of "
            f"{quota} concurrent shells, which has been exceeded. Close existing shells or raise the quota for this "
            "user. ",
        )

    def _created(self, request: soap.Request, shell: Shell) -> str:
        address = soap.ANONYMOUS if self._profile.stack == "1.1" else escape(request.to)
        reference = (
            f"<x:ResourceCreated><a:Address>{address}</a:Address><a:ReferenceParameters>"
            f'<w:ResourceURI>{RESOURCE}</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">{shell.shell_id}'
            "</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>"
        )
        if not self._profile.describes_new_shell:
            return reference
        owner = shell.owner if "\\" in shell.owner else f"{self._machine.name}\\{shell.owner}"
        return (
            f'{reference}<rsp:Shell xmlns:rsp="{soap.SHELL}"><rsp:ShellId>{shell.shell_id}</rsp:ShellId>'
            f"<rsp:ResourceUri>{RESOURCE}</rsp:ResourceUri><rsp:Owner>{escape(owner)}</rsp:Owner>"
            f"<rsp:ClientIP>{shell.address}</rsp:ClientIP>"
            f"<rsp:IdleTimeOut>PT{shell.idle_seconds:.3f}S</rsp:IdleTimeOut>"
            "<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams>"
            "<rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime><rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity>"
            "</rsp:Shell>"
        )


class _Use:
    """A request at work on a shell: while there is one, the shell does not grow idle."""

    def __init__(self, shell: Shell, lock: threading.RLock) -> None:
        self._shell = shell
        self._lock = lock

    def __enter__(self) -> Shell:
        with self._lock:
            self._shell.requests += 1
        return self._shell

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._shell.requests -= 1
            self._shell.used = time.monotonic()


def _command_line(request: soap.Request) -> str:
    """Join command and arguments with blanks, which is all that the service does with them."""
    if request.body is None or request.body.tag != f"{{{soap.SHELL}}}CommandLine":
        raise WsmanFault(soapfault.INVALID_PARAMETER)
    parts = [part.text or "" for part in request.body if part.tag.endswith(("}Command", "}Arguments"))]
    return " ".join(part.strip("\r\n") for part in parts)
