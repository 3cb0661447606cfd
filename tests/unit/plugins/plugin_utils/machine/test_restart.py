# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a restart: told by the boot time, through whatever breaks on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import chain, repeat
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils import _machine
from ansible_collections.eva.mpio.plugins.plugin_utils._machine import (
    HostRefused,
    RestartFailed,
    RestartLimits,
    WindowsMachine,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Host,
    Known,
    OperatingSystem,
    Part,
    Service,
    Unknown,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import Reboot
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reader import unread
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import Release
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.ways import Ways
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Command
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import (
    AuthenticationRefused,
    ConnectionFailed,
    Fault,
    MalformedAnswer,
    WsmanFault,
)

BOOTED = datetime(2026, 11, 1, 6, 0, tzinfo=timezone.utc)
SYSTEM = OperatingSystem("win1", "Windows", "6.3.9600", 9600, 0, True, None, 7, 1033, BOOTED)


class FakeLink:
    """Takes the shutdown and counts how often the session was forgotten."""

    host = "win1.example.com"

    def __init__(self) -> None:
        self.started: list[Command] = []
        self.resets = 0
        self.code_pages: list[int] = []

    def start(self, command: Command) -> None:
        self.started.append(command)

    def reset(self) -> None:
        self.resets += 1

    def use_code_page(self, code_page: int) -> None:
        self.code_pages.append(code_page)


Answer = OperatingSystem | Exception


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time that passes only by sleeping."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(_machine, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    return now


RUNNING = Service("MSiSCSI", "Auto", "Running")
Up = Part[Service] | Exception
"""What is read of the initiator's service once Windows answers."""


def machine(
    monkeypatch: pytest.MonkeyPatch,
    link: FakeLink,
    answers: Callable[[], Answer],
    limits: RestartLimits,
    services: Iterator[Up] | None = None,
    ways: Ways | None = None,
) -> WindowsMachine:
    up = services or repeat(Known(RUNNING))

    class FakeReader:
        def __init__(self, _link: Any, release: Release, _ways: Ways) -> None:
            self.release = release

        def read(self, parts: frozenset[str], base: Host) -> Host:
            service = next(up)
            if isinstance(service, Exception):
                raise service
            return replace(base, initiator_service=service, pending_reboot=Known(()), traits=self.release.traits)

    monkeypatch.setattr(_machine, "Reader", FakeReader)

    def read(_link: Any) -> OperatingSystem:
        answer = answers()
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(_machine, "read_operating_system", read)
    return WindowsMachine(link, limits, ways)  # type: ignore[arg-type]


def test_it_is_back_when_the_boot_time_has_changed(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    link = FakeLink()
    gone = ConnectionFailed("refused")
    later = replace(SYSTEM, booted=BOOTED + timedelta(minutes=5))
    wobble = replace(SYSTEM, booted=BOOTED + timedelta(seconds=7.5))
    set_back = replace(SYSTEM, booted=BOOTED - timedelta(seconds=40))
    answers = iter([SYSTEM, SYSTEM, wobble, set_back, gone, later])
    result = machine(monkeypatch, link, lambda: next(answers), RestartLimits(after=7)).restart(unread(SYSTEM))
    assert result == {"elapsed": 4 * 2.0 + 7, "booted": later.booted.isoformat()}
    assert [command.line for command in link.started] == [
        'shutdown /r /t 2 /d p:1:1 /c ^"eva.mpio: a change to MPIO or its timers takes effect with a restart^"'
    ]
    assert link.resets == 2, "after the shutdown was told, and after the broken connection"


def test_the_clock_may_have_been_set_since_the_first_reading(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    moved = replace(SYSTEM, booted=BOOTED + timedelta(minutes=3))
    later = replace(SYSTEM, booted=BOOTED + timedelta(minutes=9))
    answers = iter([moved, moved, later])
    result = machine(monkeypatch, FakeLink(), lambda: next(answers), RestartLimits()).restart(unread(SYSTEM))
    assert result["booted"] == later.booted.isoformat()


def test_a_host_that_never_goes_down_is_said_to(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    waiting = machine(monkeypatch, FakeLink(), lambda: SYSTEM, RestartLimits(timeout=900))
    with pytest.raises(RestartFailed, match=r"it never went down.*look at its console \(host side\)"):
        waiting.restart(unread(SYSTEM))
    assert clock[0] < 310, "it does not wait for the whole time when nothing happens"


def test_a_host_that_does_not_come_back_is_said_to(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    answers = chain([SYSTEM], repeat(ConnectionFailed("no route")))
    waiting = machine(monkeypatch, FakeLink(), lambda: next(answers), RestartLimits(timeout=600))
    with pytest.raises(RestartFailed, match="not back after 600 seconds: no route"):
        waiting.restart(unread(SYSTEM))


def test_waiting_alone_takes_the_first_answer(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    answers = iter([ConnectionFailed("refused"), SYSTEM])
    link = FakeLink()
    assert machine(monkeypatch, link, lambda: next(answers), RestartLimits()).wait_until_up()["elapsed"] == 2.0
    assert not link.started


def test_a_release_without_a_row_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = replace(SYSTEM, build=25398, caption="Microsoft Windows Server, version 23H2")
    link = FakeLink()
    reading = machine(monkeypatch, link, lambda: unknown, RestartLimits())
    with pytest.raises(HostRefused, match=r"build 25398 \(Microsoft Windows Server, version 23H2\)"):
        reading.read(frozenset({"nics"}))
    assert link.code_pages == []


def test_the_administrator_may_say_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = replace(SYSTEM, build=25398)
    ways = Ways(assume_release="2022")
    reading = machine(monkeypatch, FakeLink(), lambda: unknown, RestartLimits(), ways=ways)
    assert reading.read(frozenset({"nics"})).traits.release == "2022"


@pytest.mark.parametrize(("build", "code_page"), [(3790, 437), (6002, 437), (7600, 65001), (20348, 65001)])
def test_the_shell_has_the_code_page_of_the_release(
    monkeypatch: pytest.MonkeyPatch, build: int, code_page: int
) -> None:
    link = FakeLink()
    reading = machine(monkeypatch, link, lambda: replace(SYSTEM, build=build, service_pack=2), RestartLimits())
    host = reading.read(frozenset({"nics"}))
    reading.read(frozenset({"nics"}), host)
    assert link.code_pages == [code_page]


def test_the_shutdown_of_2003_asks_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    old = replace(SYSTEM, build=3790, service_pack=2)
    waiting = machine(monkeypatch, FakeLink(), lambda: old, RestartLimits(before=5))
    text = waiting.command(Reboot(reason="test"), unread(old))
    assert (
        text == 'shutdown /r /f /t 5 /d p:1:1 /c "eva.mpio: a change to MPIO or its timers takes effect with a restart"'
    )


# --- half up: Windows answers, and not everything has started


REFUSED = WsmanFault("no such class yet", Fault(0x8033801A, None, "refused", None, None, None, None))
HALF_UP: list[Up] = [
    REFUSED,
    ConnectionFailed("HTTP 503"),
    MalformedAnswer("HTTP 500 with an empty body"),
    AuthenticationRefused("the domain is not there yet"),
    Unknown("the class Win32_Service cannot be read"),
    Known(Service("MSiSCSI", "Auto", "Stopped")),
    Known(Service("MSiSCSI", "Auto", "Start Pending")),
    Known(Service("MSiSCSI", "Manual", "Start Pending")),
]


@pytest.mark.parametrize("up", HALF_UP, ids=repr)
def test_it_waits_for_what_starts_with_windows(monkeypatch: pytest.MonkeyPatch, clock: list[float], up: Up) -> None:
    later = replace(SYSTEM, booted=BOOTED + timedelta(minutes=5))
    answers = iter([SYSTEM, later])
    services = iter([up, up, Known(RUNNING)])
    waiting = machine(monkeypatch, FakeLink(), lambda: next(answers), RestartLimits(), services)
    assert waiting.restart(unread(SYSTEM))["elapsed"] == 4.0


@pytest.mark.parametrize(
    "service",
    [RUNNING, Service("MSiSCSI", "Manual", "Stopped"), Service("MSiSCSI", "Absent", "Absent")],
    ids=lambda service: service.state,
)
def test_it_does_not_wait_for_what_will_not_start(
    monkeypatch: pytest.MonkeyPatch, clock: list[float], service: Service
) -> None:
    waiting = machine(monkeypatch, FakeLink(), lambda: SYSTEM, RestartLimits(), iter([Known(service)]))
    assert waiting.wait_until_up()["elapsed"] == 0.0


def test_a_service_that_never_starts_is_left_to_the_readings(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    stopped = repeat(Known(Service("MSiSCSI", "Auto", "Stopped")))
    waiting = machine(monkeypatch, FakeLink(), lambda: SYSTEM, RestartLimits(timeout=900), stopped)
    assert waiting.wait_until_up()["elapsed"] == 180.0
    waiting = machine(monkeypatch, FakeLink(), lambda: SYSTEM, RestartLimits(timeout=60), stopped)
    assert waiting.wait_until_up()["elapsed"] == 60.0, "the time that the administrator allows comes first"
