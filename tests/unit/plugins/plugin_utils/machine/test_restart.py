# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a restart: told by the boot time, through whatever breaks on the way."""

from __future__ import annotations

from collections.abc import Callable
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
from ansible_collections.eva.mpio.plugins.plugin_utils._model import OperatingSystem
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reader import unread
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Command
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import ConnectionFailed

BOOTED = datetime(2026, 11, 1, 6, 0, tzinfo=timezone.utc)
SYSTEM = OperatingSystem("win1", "Windows", "6.3.9600", 9600, 0, True, None, 7, 1033, BOOTED)


class FakeLink:
    """Takes the shutdown and counts how often the session was forgotten."""

    host = "win1.example.com"

    def __init__(self) -> None:
        self.started: list[Command] = []
        self.resets = 0

    def start(self, command: Command) -> None:
        self.started.append(command)

    def reset(self) -> None:
        self.resets += 1


Answer = OperatingSystem | Exception


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time that passes only by sleeping."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(_machine, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    return now


def machine(
    monkeypatch: pytest.MonkeyPatch, link: FakeLink, answers: Callable[[], Answer], limits: RestartLimits
) -> WindowsMachine:
    def read(_link: Any) -> OperatingSystem:
        answer = answers()
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(_machine, "read_operating_system", read)
    return WindowsMachine(link, limits)  # type: ignore[arg-type]


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
        'shutdown /r /t 2 /d p:1:1 /c ^"eva.mpio: multipath takes effect with a restart^"'
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
    unknown = replace(SYSTEM, build=7601, caption="Microsoft Windows Server 2008 R2 Standard")
    reading = machine(monkeypatch, FakeLink(), lambda: unknown, RestartLimits())
    with pytest.raises(HostRefused, match=r"build 7601 \(Microsoft Windows Server 2008 R2 Standard\)"):
        reading.read(frozenset({"nics"}))
