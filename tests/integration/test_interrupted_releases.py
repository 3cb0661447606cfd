# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On every generation a run is cut where it hurts most, before and after Windows acted; the next one goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration.profiles import GENERATIONS, PROFILES, options
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, server, staged
from ansible_collections.eva.mpio.tests.lab.events import Event

MOMENTS = ("before", "after")
POINTS: Mapping[str, tuple[str, int]] = {
    "restart": ("shutdown ", 1),
    "login": ("LoginTarget ", 2),
    "stored login": ("PersistentLoginTarget ", 2),
}
"""What the command line is that the connection breaks at, and which of its kind."""


@dataclass(frozen=True)
class Generation:
    """A fleet of one generation, and where in a whole run on one of its servers the points are."""

    profile: str
    stage: Stage
    numbers: Mapping[str, int]
    """Point -> which command line of the run it is, from 1 on."""

    def whole(self, host: str) -> dict[str, Any]:
        return self.stage.whole(host, **options(self.profile))


def number_of(stage: Stage, host: str, point: str) -> int:
    """Count the requests that start a command line, up to the one of a point.

    A line is over when the client has signalled that it knows, or when Windows has started anew.
    """
    events = stage.fleet.log.since(0, host)
    what, which = POINTS[point]
    runs = [event.number for event in events if event.kind == "command" and _is(event.facts["line"], what)]
    over = next(event.number for event in events if event.number > runs[which - 1] and _ends_a_line(event))
    return sum(1 for event in events if event.number < over and _verb(event) == "Command")


def _verb(event: Event) -> str:
    return str(event.facts["action"]).rpartition("/")[2] if event.kind == "request" else ""


def _ends_a_line(event: Event) -> bool:
    return event.kind == "boot" or _verb(event) == "Signal"


def _is(line: str, what: str) -> bool:
    return what in line and not (what == "LoginTarget " and "PersistentLoginTarget " in line)


def name_of(point: str, moment: str) -> str:
    return f"{point.replace(' ', '-')}-{moment}"


@pytest.fixture(scope="module", params=GENERATIONS)
def generation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generation]:
    """Give each point a server of its own, and one that nobody cuts."""
    kind = {**PROFILES[request.param], "winrm": {"transport": "basic"}}
    names = ["model", *(name_of(point, moment) for point in POINTS for moment in MOMENTS)]
    fleet = fleet_of(*(server(name, number, **kind) for number, name in enumerate(names, start=1)))
    with staged(fleet, tmp_path_factory.mktemp("generation")) as stage:
        stage.provision("model", **options(request.param))
        yield Generation(request.param, stage, {point: number_of(stage, "model", point) for point in POINTS})


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("point", POINTS)
def test_the_next_run_goes_on(generation: Generation, point: str, moment: str) -> None:
    stage, host = generation.stage, name_of(point, moment)
    number = str(generation.numbers[point])
    stage.fleet.faults.inject("winrm-cut-command", host, number, moment)
    cut = stage.module("host", host, generation.whole(host))
    stage.fleet.faults.heal("winrm-cut-command", host, number, moment)
    # Of a restart it does not matter whether the order was answered: the boot time tells that Windows went down.
    assert cut.status in (("ok",) if (point, moment) == ("restart", "after") else ("failed", "unreachable")), cut
    done = stage.module("host", host, generation.whole(host))
    assert (done.status, done.result.get("state")) == ("ok", "converged"), done.message
    stage.is_redundant(host)
    assert len(stage.events(host, "boot")) == len(stage.events("model", "boot")), "restarted for nothing"
    assert stage.module("host", host, generation.whole(host))["changed"] is False
