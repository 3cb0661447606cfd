# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The front of this room: a host that can be asked and told. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ansible.utils.display import Display

from . import attachment, envelope, reading
from .command import Batch, Command, Completed
from .deadline import Deadline
from .exchange import Exchange, Listener
from .faults import AnswerTooLarge, MalformedAnswer
from .instance import Instance
from .masking import Masks, Secret
from .schema import Schema
from .shell import COMMANDS_OF_A_SHELL, Shell
from .values import Value
from .values import secrets as secrets_in

SECONDS: t.Final = 120.0
"""For a whole read or change over WMI, all pages of it."""
_MOST_PAGES: t.Final = 1_000
_MOST_ITEMS: t.Final = 20_000
_NO_LIMIT_FROM: t.Final = (3, 0)
"""The stack version from which a shell takes 1,500 commands (MS-WSMV appendix B)."""

_display = Display()


@dataclass(frozen=True)
class Identity:
    """What the host says it is: ``stack`` is WinRM's version, (2, 0) on an unpatched 2008 R2."""

    stack: tuple[int, int]
    text: str


class Link:
    """A host over the user's own winrm connection.

    One authentication and one HTTP session serve WMI and commands. A shell is opened with the first command only.
    Whatever fails is a :class:`.faults.WireError` with a sentence; ConnectionFailed and AuthenticationRefused are what
    Ansible calls unreachable.
    """

    def __init__(
        self,
        connection: object,
        seconds: float = SECONDS,
        code_page: int = attachment.CODE_PAGE,
        listener: Listener | None = None,
    ) -> None:
        """Check the connection; nothing is sent yet.

        ``seconds`` is the time for each read or change over WMI. ``code_page`` is that of the shell, see
        :meth:`use_code_page`. ``listener`` is told of every request and answer, secrets included.
        """
        self._connection = attachment.checked(connection)
        self._host = attachment.address_of(self._connection)
        self._seconds = seconds
        self._code_page = code_page
        self._listener = listener
        self._masks = Masks()
        self._identity: Identity | None = None
        self._talking: tuple[Exchange, Shell] | None = None

    @property
    def host(self) -> str:
        """The host's address, as Ansible's own messages name it."""
        return self._host

    @property
    def secrets(self) -> frozenset[str]:
        """The secrets that passed, to be scrubbed from whatever is shown."""
        return self._masks.values

    @property
    def account(self) -> tuple[str, Secret]:
        """User and password of the connection; either may be empty."""
        return attachment.account_of(self._connection)

    def listen(self, listener: Listener | None) -> None:
        """Tell somebody of every request and answer from now on, secrets included; nobody else then."""
        self._listener = listener

    def use_code_page(self, code_page: int) -> None:
        """Run the commands from now on in a shell of this code page; one of another that is open is deleted.

        65001 (UTF-8) is right from Windows Server 2008 R2 on. Before, a shell of 65001 runs no batch file and says
        nothing (github.com/WinRb/WinRM issue 232), and 437 works in every language.
        """
        self._code_page = code_page
        if self._talking:
            self._talking[1].use_code_page(code_page)

    def identify(self) -> Identity:
        """Ask once which WinRM this is (DSP0226 11)."""
        if self._identity is None:
            body = self._ask(envelope.identify, "identifying itself")
            text = " ".join((body.findtext("IdentifyResponse/ProductVersion") or "").split())
            found = re.search(r"Stack:\s*(\d{1,4})\.(\d{1,4})", text)
            if found is None:
                raise MalformedAnswer(f"{self._host}: the service on the port is no WinRM: it calls itself {text!r}.")
            self._identity = Identity((int(found.group(1)), int(found.group(2))), text)
        return self._identity

    def enumerate(self, schema: Schema, where: str | None = None) -> tuple[Instance, ...]:
        """Read all instances of a class, or those that a WQL condition selects."""
        message = envelope.enumerate_instances(schema, where)
        items = self._pages(schema, message, f"reading {schema.name}", by_query=True)
        return tuple(self._instance(item, schema) for item in items)

    def enumerate_references(self, schema: Schema) -> tuple[t.Mapping[str, str], ...]:
        """Read the selectors of all instances: what :meth:`get`, :meth:`put` and :meth:`invoke` take."""
        message = envelope.enumerate_references(schema)
        items = self._pages(schema, message, f"reading the keys of {schema.name}", by_query=False)
        return tuple(reading.references(item) for item in items)

    def get(self, schema: Schema, selectors: t.Mapping[str, str]) -> Instance:
        """Read one instance."""
        doing = f"reading one {schema.name}"
        body = self._ask(envelope.get(schema, selectors), doing)
        if not len(body):
            raise MalformedAnswer(f"{self._host}: {doing}: the answer holds no instance.")
        return self._instance(body[0], schema)

    def put(self, schema: Schema, selectors: t.Mapping[str, str], values: t.Mapping[str, Value]) -> Instance:
        """Change one instance and return it as the host answers; some hosts answer nothing (DSP0226 7.4)."""
        self._remember(values)
        body = self._ask(envelope.put(schema, selectors, values), f"changing one {schema.name}", acts=True)
        return self._instance(body[0], schema) if len(body) else Instance(schema, {})

    def invoke(
        self,
        schema: Schema,
        method: str,
        arguments: t.Mapping[str, Value],
        results: Schema,
        selectors: t.Mapping[str, str] | None = None,
    ) -> Instance:
        """Call a method and return its output parameters.

        An argument may be a :class:`.values.Struct`, or several in a sequence. What Windows takes for those differs by
        class: where a parameter is declared as an object, as the drivers' classes of root/wmi do, DSP0230 asks for
        this form, which nobody has published of Windows; a caller needs another way for a host that refuses it.
        """
        self._remember(arguments)
        doing = f"calling {schema.name}.{method}"
        body = self._ask(envelope.invoke(schema, method, arguments, selectors or {}), doing, acts=True)
        output = body.find(f"{method}_OUTPUT")
        if output is None:
            raise MalformedAnswer(f"{self._host}: {doing}: the answer holds no {method}_OUTPUT.")
        return self._instance(output, results)

    def run(self, command: Command, deadline: float) -> Completed:
        """Run a command to its end, within so many seconds."""
        return self._run(command, command.input, deadline)

    def run_batch(self, commands: t.Sequence[Command], deadline: float) -> tuple[Completed, ...]:
        """Run commands in one line, within so many seconds; see :class:`.command.Batch`."""
        batch = Batch(tuple(commands))
        return batch.split(self._run(batch, None, deadline))

    def start(self, command: Command) -> None:
        """Start a command and leave it alone; returns when the host accepted it."""
        line = self._announced(command)
        self._shell().start(line, Deadline(self._seconds), command.masked)

    def reset(self) -> None:
        """Forget session and shell, which a restart of the host has ended. Nothing is sent."""
        self._identity = None
        if self._talking:
            exchange, shell = self._talking
            exchange.reset()
            shell.forget()

    def close(self) -> None:
        """Delete the shell, if one was opened, and drop the session. Nothing that fails here matters."""
        if self._talking:
            exchange, shell = self._talking
            shell.delete()
            exchange.reset()

    def _run(self, command: Command | Batch, typed: str | None, deadline: float) -> Completed:
        line = self._announced(command)
        completed = self._shell().run(line, typed, Deadline(deadline), command.masked)
        self._say(f"exit code {completed.exit_code}, {len(completed.stdout)} characters of output")
        return completed

    def _announced(self, command: Command | Batch) -> str:
        """Remember a command's secrets, show it without them, and return its line."""
        self._masks.add(command.secrets)
        line = command.line
        self._say(command.masked)
        return line

    def _pages(self, schema: Schema, message: envelope.Maker, doing: str, by_query: bool) -> list[Element]:
        deadline = Deadline(self._seconds)
        subject = f"{self._host}: {doing}"
        self._say(doing)
        items: list[Element] = []
        for _unused in range(_MOST_PAGES):
            page = reading.page(self._talk()[0].ask(message, deadline, doing), subject)
            items += page.items
            if page.context is None:
                return items
            if len(items) > _MOST_ITEMS:
                break
            message = envelope.pull(schema, page.context, by_query)
        raise AnswerTooLarge(f"{subject}: no end after {len(items)} instances, more than any host has.")

    def _ask(self, message: envelope.Maker, doing: str, acts: bool = False) -> Element:
        self._say(doing)
        return self._talk()[0].ask(message, Deadline(self._seconds), doing, acts)

    def _instance(self, element: Element, schema: Schema) -> Instance:
        try:
            return reading.instance(element, schema)
        except MalformedAnswer as error:
            raise MalformedAnswer(f"{self._host}: {error}") from error

    def _remember(self, values: t.Mapping[str, Value]) -> None:
        self._masks.add(secret for value in values.values() for secret in secrets_in(value))

    def _talk(self) -> tuple[Exchange, Shell]:
        """Connect where that has not been done, and return what requests and commands go through."""
        if self._talking is None:
            attached = attachment.attach(self._connection)
            exchange = Exchange(
                attached.transport,
                self._host,
                self._masks,
                attached.operation_timeout,
                attached.read_timeout,
                self._tell,
            )
            shell = Shell(exchange, attachment.CODE_PAGE, attached.shell_id)
            shell.use_code_page(self._code_page)
            self._talking = exchange, shell
        return self._talking

    def _shell(self) -> Shell:
        """Return the shell, told how many commands it takes on this host; where that is unknown, the fewest."""
        _unused, shell = self._talk()
        unlimited = self._identity is not None and self._identity.stack >= _NO_LIMIT_FROM
        shell.allowance = None if unlimited else COMMANDS_OF_A_SHELL
        return shell

    def _tell(self, request: str, answer: str, status: int) -> None:
        if self._listener:
            self._listener(request, answer, status)

    def _say(self, text: str) -> None:
        _display.vvv(f"WSMAN {text}", host=self._host)
