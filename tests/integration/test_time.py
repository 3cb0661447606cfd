# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What does not answer costs one deadline, the others go on, and the result says where the time went."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.tests.integration.stage import PORTALS, Stage, array, server

Make = Callable[..., Stage]

DEAD = PORTALS[3]
PHASES = {"read", "prepare", "discover", "connect", "restart", "policies", "remove"}


@pytest.mark.parametrize("fault", ["portal-down", "port-hang"])
def test_a_dead_portal_is_waited_for_once(stage: Make, fault: str) -> None:
    lab = stage(server("win1", 1), arrays=[array()])
    three = lab.whole("win1")
    three["arrays"][0]["portals"] = list(PORTALS[:3])
    assert lab.module("host", "win1", three)["state"] == "converged"
    lab.fleet.faults.inject(fault, DEAD)
    mark = lab.now
    result = lab.module("host", "win1", lab.whole("win1"))
    assert result.status == "failed"
    lines = [line for line in lab.commands("win1", mark) if DEAD in line]
    assert len(lines) == 1, lines
    assert lab.requests("win1", mark)["RefreshTargetList"] == 0
    assert len(lab.truth("win1").live) == 3


def test_the_result_says_where_the_time_went(stage: Make) -> None:
    lab = stage(server("win1", 1), arrays=[array()])
    result = lab.module("host", "win1", lab.whole("win1"))
    assert set(result["timings"]) <= PHASES
    assert {"read", "connect"} <= set(result["timings"])
    assert all(isinstance(seconds, float) and seconds >= 0 for seconds in result["timings"].values())
