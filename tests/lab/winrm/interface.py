# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the WinRM service asks of the simulated Windows behind it, and what it hands to it.

The WinRM side knows HTTP, authentication, WS-Management, WQL and shells; the Windows side knows classes,
instances, methods and programs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Union

OEM_CODE_PAGE = 1
"""CP_OEMCP of winnls.h, whatever number that is on the machine: what a console begins with."""


@dataclass(frozen=True)
class WmiObject:
    """A WMI object: its class and its properties in the order in which WinRM shows them.

    Values: None, bool, int, str, datetime (WinRM renders it as cim:Datetime), WmiObject, WmiReference, or a list of
    those. An array of uint8 is ``bytes``. A property that the class has but the object lacks is None (xsi:nil).
    """

    class_name: str
    properties: Mapping[str, WmiValue]


@dataclass(frozen=True)
class WmiReference:
    """A reference to an instance, as the ends of an association are."""

    namespace: str
    """With slashes, ``root/cimv2``."""
    class_name: str
    keys: Mapping[str, str]


WmiValue = Union[  # noqa: UP007 - recursive by name
    None, bool, int, str, bytes, datetime, WmiObject, WmiReference, Sequence["WmiValue"]
]


class WmiFailure(Exception):
    """A request that the WMI service or a provider refuses.

    ``hresult`` is what ``WSManFault Code`` shows (unsigned); ``extended`` becomes the ``Description`` of
    ``__ExtendedStatus`` (for instance "WDM specific return code: 4200").
    """

    def __init__(self, hresult: int, message: str, extended: str | None = None) -> None:
        """Keep code, sentence and extended status."""
        self.hresult = hresult
        self.message = message
        self.extended = extended
        super().__init__(message)


@dataclass(frozen=True)
class WmiClass:
    """One class of a namespace.

    ``instances`` is called for each request. ``keys`` name the properties that select an instance. ``properties``
    are the names the class has, in WinRM's order. ``base`` is the parent class, so that a query for the parent
    returns the children's instances too. ``methods`` map a method's name to a callable (selectors, input
    arguments) -> output properties, ReturnValue among them. ``put`` takes (selectors, new property values).
    """

    name: str
    keys: tuple[str, ...]
    properties: tuple[str, ...]
    instances: Callable[[], Sequence[WmiObject]]
    base: str | None = None
    methods: Mapping[str, Callable[[Mapping[str, str], Mapping[str, WmiValue]], Mapping[str, WmiValue]]] = field(
        default_factory=dict
    )
    put: Callable[[Mapping[str, str], Mapping[str, WmiValue]], WmiObject] | None = None


@dataclass
class ConsoleInput:
    """Standard input of a process: bytes arrive until the end is signalled."""

    _data: bytearray = field(default_factory=bytearray)
    _closed: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def feed(self, data: bytes, end: bool = False) -> None:
        """Add what a Send request carried."""
        with self._changed:
            self._data += data
            self._closed = self._closed or end
            self._changed.notify_all()

    def read_all(self, timeout: float) -> bytes | None:
        """Wait for the end of the input; None when it did not come in time (the program hangs)."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._closed, timeout):
                return None
            return bytes(self._data)

    @property
    def closed(self) -> bool:
        """Whether the end was signalled."""
        with self._changed:
            return self._closed


@dataclass(frozen=True)
class ProcessResult:
    """What a command line left behind; ``exit_code`` None: the shell ended in an error, no ExitCode is sent."""

    stdout: bytes = b""
    stderr: bytes = b""
    exit_code: int | None = 0


class Machine(Protocol):
    """One simulated Windows server as its WinRM service sees it."""

    name: str
    """Computer name."""

    def check_password(self, user: str, password: str) -> bool:
        """Whether an administrator of that name has this password."""

    @property
    def passwords(self) -> Mapping[str, str]:
        """User names and passwords, for NTLM."""

    @property
    def language(self) -> Callable[[str], str]:
        """Turns an English message of Windows into the server's language."""

    @property
    def running(self) -> bool:
        """Whether the system is up; while it is down the endpoint refuses connections."""

    def operating_system_version(self) -> str:
        """For Identify's ProductVersion, for instance ``6.3.9600 SP: 0.0``."""

    def wmi_class(self, namespace: str, class_name: str) -> WmiClass:
        """Find a class, letter case aside.

        Raises:
            WmiFailure: 2150858778 when the namespace has no such class (and the provider faults of
                WDM classes whose driver is not loaded come from ``instances``).
        """

    def wmi_subclasses(self, namespace: str, class_name: str) -> Sequence[WmiClass]:
        """Return the class and everything derived from it."""

    def run(self, command_line: str, stdin: ConsoleInput, code_page: int) -> ProcessResult:
        """Run one cmd.exe command line to its end; blocks; called in a thread of its own.

        ``code_page`` is the console's, OEM_CODE_PAGE where the client names none.
        """

    def terminate(self, stdin: ConsoleInput) -> None:
        """Kill the process that reads this standard input (a terminate signal)."""
