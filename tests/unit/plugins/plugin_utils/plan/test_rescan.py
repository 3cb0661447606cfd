# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When Windows is asked to look for disks again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Layout
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.rescan import plan_rescan
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged, prepared
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.views import path

WWN = "6001438005DE00000000400000000000"


def wish(luns: tuple[str, ...] = (), minimum: int = 1) -> Layout:
    plain = layout()
    return replace(plain, arrays=(replace(plain.arrays[0], luns=luns, minimum_luns=minimum),))


def reasons(truth: Truth, where: Layout | None = None) -> list[str]:
    return [item.step.reason for item in plan_rescan(where or wish(), truth.host(), ())]


def unnoticed(truth: Truth) -> None:
    truth.unnoticed = {truth.arrays[0].luns[0].wwn}


def all_unnoticed(truth: Truth) -> None:
    truth.unnoticed = {lun.wwn for lun in truth.arrays[0].luns}


def late_on_one(truth: Truth) -> None:
    truth.sessions[0].since = truth.clock + 60


CASES: dict[str, tuple[Callable[[Truth], object], Layout, str]] = {
    "minimum": (unnoticed, wish(minimum=2), "eva01 shows 1 of at least 2 LUNs"),
    "none": (all_unnoticed, wish(), "eva01 shows 0 of at least 1 LUNs"),
    "declared": (
        lambda truth: None,
        wish(("6001438005DEFFFF0000400000000000",)),
        "eva01 does not show 6001438005DEFFFF",
    ),
    "path": (late_on_one, wish(), "is not seen over every session to eva01"),
}


@pytest.mark.parametrize(("change", "where", "text"), CASES.values(), ids=CASES.keys())
def test_what_is_missing_asks_for_one(change: Callable[[Truth], object], where: Layout, text: str) -> None:
    truth = converged()
    change(truth)
    (reason,) = reasons(truth, where)
    assert text in reason


@pytest.mark.parametrize("where", [wish(), wish((WWN,)), wish(minimum=2)], ids=["plain", "declared", "minimum"])
def test_what_is_there_asks_for_none(where: Layout) -> None:
    assert reasons(converged(), where) == []


def test_without_a_session_it_is_no_use() -> None:
    assert reasons(prepared()) == []
    dead = converged()
    for session in dead.sessions:
        session.connected = False
    assert reasons(dead) == []


def test_a_path_without_a_session_is_none_to_look_at() -> None:
    truth = converged()
    truth.sessions.pop()
    assert reasons(truth) == []


def test_which_luns_are_outside_mpio_is_not_known() -> None:
    truth = converged()
    truth.feature, truth.sessions = "absent", truth.sessions[:1]
    assert reasons(truth, wish(("6001438005DEFFFF0000400000000000",))) == []
    assert reasons(truth, wish(minimum=3)) != []


@pytest.mark.parametrize("part", ["sessions", "targets", "disks"])
def test_what_is_unknown_asks_for_none(part: str) -> None:
    truth = converged(hidden=frozenset({part}))
    unnoticed(truth)
    assert reasons(truth, wish(minimum=2)) == []


def test_it_is_announced_where_sessions_are_still_to_be_made() -> None:
    step = s.Login(path(0).nic, path(0).portal, None, reason="")
    (item,) = plan_rescan(wish(), prepared().host(), [step])
    assert (item.step, item.after, item.fallback) == (s.RescanDisks(reason=""), "the paths are made", True)
    assert list(plan_rescan(wish(), prepared().host(), [s.RefreshTargets(reason="")])) == []
