# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One live and one stored path until multipath is in effect."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Path
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Memory, Severity, Side
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    fresh,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.views import (
    FAILED,
    A,
    B,
    C,
    D,
    changed,
    drop_both,
    path,
    pending,
    plan_of,
    ready,
    waiting,
)


def undeclared(truth: Truth) -> Truth:
    """A session to the array from a NIC that nobody declared."""
    truth.log_in(Path(IPv4Address("10.10.1.99"), path(0).portal, path(0).target))
    return truth


def unconnected(truth: Truth) -> Truth:
    truth.sessions[0].connected = False
    return truth


ONE_PATH: dict[str, tuple[Truth, list[str]]] = {
    "M-01-none-yet": (pending(), [f"StoreLogin {A}", f"Login {A}"]),
    "M-04-one-live": (pending(2), [f"StoreLogin {C}"]),
    "one-live-and-stored": (pending(2, stores=[2]), []),
    "stored-is-preferred": (pending(stores=[3]), [f"Login {D}"]),
    "live-before-stored": (pending(1, stores=[3]), [f"ReplaceLogin {B}"]),
    "of-two-live-the-stored": (pending(1, 2, stores=[2]), []),
    "of-two-live-the-first": (pending(2, 1), [f"StoreLogin {B}"]),
    "two-stored-stay": (pending(1, stores=[1, 3]), []),
    "undeclared-session-holds-the-place": (undeclared(pending()), []),
}


@pytest.mark.parametrize(("truth", "expected"), ONE_PATH.values(), ids=ONE_PATH.keys())
def test_one_path_until_multipath_is_in_effect(truth: Truth, expected: list[str]) -> None:
    plan = plan_of(truth)
    assert [line for line in ready(plan) if line != "RefreshTargets"] == expected
    assert all("multipath is in effect" in line for line in waiting(plan) if line.startswith("Login"))


def test_the_paths_that_wait_say_why() -> None:
    lines = waiting(plan_of(pending(0, stores=[0])))
    reason = "multipath is in effect (the MPIO feature is enabled but the Microsoft DSM is not loaded yet)"
    assert f"Login {B} [{reason}]" in lines
    assert f"StoreLogin {B} [multipath is in effect]" in lines


def failed(*numbers: int) -> Memory:
    return Memory(failed={s.Login(p.nic, p.portal, p.target, reason=""): FAILED for p in map(path, numbers)})


@pytest.mark.parametrize(
    ("truth", "memory", "expected"),
    [
        pytest.param(pending(), failed(0), [f"StoreLogin {B}", f"Login {B}"], id="B-17-next"),
        pytest.param(pending(), failed(0, 1, 2), [f"StoreLogin {D}", f"Login {D}"], id="last"),
        pytest.param(pending(), failed(0, 1, 2, 3), [], id="B-18-all-failed"),
        pytest.param(pending(stores=[2]), failed(2), [f"Login {A}"], id="stored-failed"),
        pytest.param(
            changed(lambda truth: truth.sessions.clear()), failed(1), [f"Login {A}"], id="stored-ones-before-others"
        ),
    ],
)
def test_next_path_after_a_failed_login(truth: Truth, memory: Memory, expected: list[str]) -> None:
    plan = plan_of(truth, memory=memory)
    assert ready(plan) == expected
    assert [finding for finding in plan.findings if finding is FAILED] == [FAILED]


def test_what_does_not_work_is_not_stored() -> None:
    plan = plan_of(changed(drop_both), memory=failed(0))
    assert (ready(plan), waiting(plan)) == ([], [])


def test_a_session_that_windows_makes_again_holds_the_place() -> None:
    """S-09 the other way round: with a second session the LUN would be seen twice when the first one is back."""
    plan = plan_of(unconnected(pending(0, stores=[0])))
    assert ready(plan) == []
    (finding,) = plan.findings
    assert finding.side is Side.NETWORK
    assert "has no connection and Windows tries to make it again" in finding.text


def test_m_06_one_declared_path_needs_no_multipath() -> None:
    truth = fresh(portals=["10.10.1.21"], running=True, start_mode="Auto")
    truth.known_targets = {path(0).target: {path(0).portal}}
    truth.discovery = [(path(0).portal, path(0).nic)]
    plan = plan_of(truth, layout(portals=["10.10.1.21"]))
    assert ready(plan) == [f"StoreLogin {A}", f"Login {A}"]
    assert plan.findings[0].severity is Severity.NOTE


def test_one_declared_path_beside_an_undeclared_session_waits() -> None:
    truth = undeclared(pending())
    truth.known_targets = {path(0).target: {path(0).portal}}
    plan = plan_of(truth, layout(portals=["10.10.1.21"]))
    assert ready(plan) == []


def test_no_lun_visible_is_unknown_so_one_path() -> None:
    truth = changed(lambda truth: [setattr(lun, "presented", False) for lun in truth.arrays[0].luns], prepared)
    truth.log_in(path(0))
    plan = plan_of(truth)
    assert ready(plan) == [f"StoreLogin {A}", "RescanDisks"]
    assert [(one.array, one.node_name) for one in plan.waiting] == [("eva01", truth.node_name)]
    assert f"Login {B} [multipath is in effect (no LUN of the array is visible yet)]" in waiting(plan)
