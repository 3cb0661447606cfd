# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real host as the loop sees it: read, changed and restarted over one link. Private to the collection."""

from __future__ import annotations

import contextlib
import time
import typing as t
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ._model import Host, OperatingSystem, Unknown
from ._outcome import Answer
from ._plan.plan import Side
from ._plan.steps import (
    AddDiscoveryPortal,
    EnableFeature,
    InstallDsm,
    InstallInitiator,
    Login,
    Reboot,
    RemoveDsm,
    SetHpPolicy,
    SetSetting,
    Step,
    UnclaimHardware,
)
from ._windows.actions import Action, CannotRender
from ._windows.apply import perform
from ._windows.reader import Reader, read_operating_system, unread
from ._windows.releases import Release, UnsupportedRelease, release_of
from ._windows.rendering import render
from ._windows.settings import set_settings
from ._windows.ways import Ways
from ._wire.command import Command
from ._wire.faults import AuthenticationRefused, CannotSend, HostWentAway, TimedOut, WireError
from ._wire.link import Link

_POLL = 2.0
_COMMAND_SECONDS = 180.0
_PORTAL_SECONDS = 60.0
"""One target portal that does not answer costs as long as TCP tries to connect (21 seconds by default, KB170359), and
is given up after this."""
_FEATURE_SECONDS = 1800.0
"""Installing or removing a feature or a package may take many minutes on a slow disk."""
_LONG = (EnableFeature, InstallDsm, InstallInitiator, RemoveDsm, UnclaimHardware)
"""With the last device that it claims no more, mpclaim of 2008 removes MPIO itself (its help text)."""
_ASK_ONE_PORTAL = (AddDiscoveryPortal, Login)
_SAME_BOOT = timedelta(seconds=10)
"""The boot time is computed from clock and uptime, so it moves when a virtual machine's clock is set; a restart takes
longer than this."""
_COMMENT = "eva.mpio: a change to MPIO or its timers takes effect with a restart"
_PLANNED_HARDWARE = "p:1:1"
"""Reason code of a planned restart for hardware maintenance (shutdown /? of Windows Server 2012)."""
_GOES_DOWN_SECONDS = 300.0
_SERVICES_SECONDS = 180.0
"""How long services that start with Windows may take after it answers; then the readings say what is missing."""
_UP = frozenset({"initiator_service", "pending_reboot"})
"""What is read to see that Windows is up: a service over WMI, and the registry through the command shell."""


class RestartFailed(WireError):
    """Windows did not go down, or did not come back in time."""


class HostRefused(Exception):
    """The host is none that this collection manages; the text says why."""


@dataclass(frozen=True)
class RestartLimits:
    """Times of a restart in seconds."""

    timeout: float = 900.0
    before: int = 2
    after: float = 0.0

    @classmethod
    def of(cls, arguments: Mapping[str, t.Any]) -> RestartLimits:
        """Read the options of a module that can restart; the defaults for one that cannot."""
        return cls(
            float(arguments.get("reboot_timeout", cls.timeout)),
            int(arguments.get("pre_reboot_delay", cls.before)),
            float(arguments.get("post_reboot_delay", cls.after)),
        )


class WindowsMachine:
    """One Windows host over one link; implements :class:`_outcome.Machine`."""

    def __init__(self, link: Link, limits: RestartLimits, ways: Ways | None = None) -> None:
        self._link = link
        self._limits = limits
        self._ways = ways or Ways()
        self._release: Release | None = None

    def read(self, parts: frozenset[str], previous: Host | None = None) -> Host:
        """Read these parts; the others stay as they were.

        Raises:
            HostRefused: the first reading shows a release that is not supported.
        """
        return self._read(parts, previous or unread(read_operating_system(self._link)))

    def command(self, step: Step, host: Host) -> str:
        """Render what will carry a step out, secrets masked."""
        if isinstance(step, Reboot):
            return self._shutdown(host).masked
        try:
            return render(step, host, self._known_release(host), self._ways).text
        except CannotRender as error:
            return str(error)

    def perform(self, steps: Sequence[Step], host: Host) -> Sequence[Answer]:
        """Carry the steps out one after the other; timers are all set in one line."""
        timers = [step for step in steps if isinstance(step, SetSetting)]
        if not timers or len(timers) < len(steps):
            return [self._perform(step, host) for step in steps]
        release = self._known_release(host)
        return [self._answer(lambda: set_settings(timers, host, release), timers[0])] * len(timers)

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)

    def now(self) -> float:
        """Monotonic time in seconds."""
        return time.monotonic()

    def restart(self, host: Host) -> dict[str, t.Any]:
        """Restart Windows and return when it is back, told by the boot time that it reports.

        Raises:
            RestartFailed: it did not go down, or did not come back in time.
        """
        began = time.monotonic()
        # Read anew: the clock may have been set since the host was read first.
        booted = read_operating_system(self._link).booted
        # Windows may be gone before its answer is; whether it restarts is told by its boot time either way.
        with contextlib.suppress(HostWentAway, TimedOut):
            self._link.start(self._shutdown(host))
        self._link.reset()
        system = self._wait_for_boot(booted, began)
        self._wait_for_services(system, began)
        time.sleep(self._limits.after)
        return {"elapsed": round(time.monotonic() - began, 1), "booted": system.booted.isoformat()}

    def wait_until_up(self) -> dict[str, t.Any]:
        """Return when the host is up.

        Raises:
            RestartFailed: it was not in time.
            HostRefused: it is none that this collection manages.
        """
        began = time.monotonic()
        system = self._wait_for_boot(None, began)
        self._wait_for_services(system, began)
        return {"elapsed": round(time.monotonic() - began, 1), "booted": system.booted.isoformat()}

    def _shutdown(self, host: Host) -> Command:
        program, *options = self._known_release(host).restart_command
        reason = ("/t", str(self._limits.before), "/d", _PLANNED_HARDWARE, "/c", _COMMENT)
        return Command(program, (*options, *reason))

    def _wait_for_boot(self, old: datetime | None, began: float) -> OperatingSystem:
        """Poll with a fresh session each time: while Windows goes down or comes up anything may break half-way."""
        last = "it did not answer"
        while (passed := time.monotonic() - began) < self._limits.timeout:
            try:
                system = read_operating_system(self._link)
                if old is None or system.booted - old > _SAME_BOOT:
                    return system
                last = "it never went down: it still reports the boot of " + old.isoformat()
                if passed > _GOES_DOWN_SECONDS + self._limits.before:
                    break
            except AuthenticationRefused as error:
                last = str(error)
            except WireError as error:
                last = str(error)
                self._link.reset()
            time.sleep(_POLL)
        raise RestartFailed(
            f"{self._link.host}: Windows was told to restart and was not back after {passed:.0f} seconds: {last};"
            " look at its console (host side)"
        )

    def _wait_for_services(self, system: OperatingSystem, began: float) -> None:
        """Wait until the shell works too and the initiator's service, if it starts with Windows, has started.

        While Windows comes up, WinRM may answer before WMI does and WMI before the services run, with faults of every
        kind; none of them decides anything here.
        """
        end = min(time.monotonic() + _SERVICES_SECONDS, began + self._limits.timeout)
        while time.monotonic() < end:
            try:
                if _is_up(self._read(_UP, unread(system))):
                    return
            except WireError:
                self._link.reset()
            time.sleep(_POLL)

    def _read(self, parts: frozenset[str], base: Host) -> Host:
        return Reader(self._link, self._known_release(base), self._ways).read(parts, base)

    def _known_release(self, host: Host) -> Release:
        if self._release is None:
            try:
                self._release = release_of(host.os, self._ways.assume_release)
            except UnsupportedRelease as error:
                raise HostRefused(str(error)) from error
            self._link.use_code_page(self._release.code_page)
        return self._release

    def _perform(self, step: Step, host: Host) -> Answer:
        return self._answer(lambda: render(step, host, self._known_release(host), self._ways), step)

    def _answer(self, rendered: Callable[[], Action], step: Step) -> Answer:
        """Do what a step comes down to, and say what Windows answered."""
        try:
            outcome = perform(self._link, rendered(), _seconds(step), self.pause)
        except (CannotRender, CannotSend) as error:
            return Answer(str(error))
        except TimedOut as error:
            if not isinstance(step, _ASK_ONE_PORTAL):
                raise
            # Whether the host itself still answers is told by the reading that follows.
            return Answer(str(error), Side.NETWORK, refused=True, unreachable=True)
        status = outcome.status
        refused = outcome.exit_code not in (None, 0) and not (status is not None and status.done)
        if status is not None:
            return Answer(
                str(status),
                Side(status.side.value),
                status.retry,
                refused,
                status.unreachable,
                of_one_path=not (status.done or status.credentials),
            )
        code = "no code" if outcome.exit_code is None else f"code {outcome.exit_code} (0x{outcome.exit_code:08X})"
        said = f"it said: {outcome.output or 'nothing'}"
        if isinstance(step, SetHpPolicy):
            wrong = "hp_policy_show tells another policy still, so look at both commands and at hp_policy_pattern"
            return Answer(f"hp_policy_set ended with {code}, {said}; {wrong}", refused=refused)
        return Answer(f"Windows answered with {code}, which no table explains; {said}", refused=refused)


def _seconds(step: Step) -> float:
    """Return how long the commands of a step may take."""
    if isinstance(step, _LONG):
        return _FEATURE_SECONDS
    return _PORTAL_SECONDS if isinstance(step, _ASK_ONE_PORTAL) else _COMMAND_SECONDS


def _is_up(host: Host) -> bool:
    """Tell whether what starts with Windows has started, as far as this collection depends on it."""
    service = host.initiator_service
    if isinstance(service, Unknown) or isinstance(host.pending_reboot, Unknown):
        return False
    return service.value.running or (service.value.start_mode != "Auto" and service.value.state != "Start Pending")
