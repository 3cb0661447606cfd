# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is cut off at any request leaves the host no worse, and the next run goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, server, staged

PARTS = 9
"""At how many places of a run the connection is cut."""
MOMENTS = ("before", "after")
"""Whether the server has acted on the request when the connection breaks."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, int, int]]:
    """Give a fleet, and how many requests a first run and a mending run take when nobody cuts them."""
    names = ["model", *(f"{moment}-{part}" for moment in MOMENTS for part in range(PARTS))]
    fleet = fleet_of(*(server(name, number) for number, name in enumerate(names, start=1)))
    with staged(fleet, tmp_path_factory.mktemp("interrupted")) as stage:
        stage.provision("model")
        first = sum(stage.requests("model").values())
        break_three(stage, "model")
        mark = stage.now
        stage.provision("model")
        yield stage, first, sum(stage.requests("model", mark).values())


def break_three(stage: Stage, host: str) -> None:
    """Take two sessions and a stored login away, so that a run has several steps to do."""
    stage.fleet.faults.inject("end-session", host, "10.10.1.21")
    stage.fleet.faults.inject("end-session", host, "10.10.2.22")
    stage.fleet.faults.inject("forget-login", host, "10.10.1.22")


def cut_off(stage: Stage, host: str, number: int, moment: str) -> TaskResult:
    """Run the whole task with the connection cut at its request of this number."""
    stage.fleet.faults.inject("winrm-cut", host, str(number), moment)
    try:
        return stage.module("host", host, stage.whole(host))
    finally:
        stage.fleet.faults.heal("winrm-cut", host, str(number), moment)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("part", range(PARTS))
def test_the_next_run_converges(lab: tuple[Stage, int, int], part: int, moment: str) -> None:
    stage, first, mending = lab
    host = f"{moment}-{part}"
    number = 2 + part * (first - 4) // (PARTS - 1)
    result = cut_off(stage, host, number, moment)
    explained(result)
    stage.provision(host)
    stage.is_redundant(host)
    break_three(stage, host)
    number = 2 + part * (mending - 4) // (PARTS - 1)
    explained(cut_off(stage, host, number, moment))
    stage.provision(host)
    stage.is_redundant(host)
    assert stage.module("host", host, stage.whole(host))["changed"] is False


def explained(result: TaskResult) -> None:
    """Fail unless a run that was cut off says so, or went through because it could begin again by itself."""
    if result.status == "ok":
        assert result["state"] == "converged"
        return
    assert result.message
    if result.status == "failed" and result.result.get("steps"):
        assert "(steps says what had been done)" in result.message or result["findings"]


def test_the_cuts_really_interrupt(lab: tuple[Stage, int, int]) -> None:
    """Most cuts end the run; a sign-in or a reading may be begun again by itself."""
    stage, first, _unused = lab
    assert first > 40
    cut = [event for name in stage.fleet.hosts for event in stage.events(name, "request") if not event.facts["status"]]
    assert len(cut) >= 2 * len(MOMENTS) * PARTS - 4
