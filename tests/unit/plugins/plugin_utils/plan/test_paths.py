# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both halves of every path, each judged and made alone."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity, Side
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    portal,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, whole
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.views import (
    A,
    B,
    C,
    D,
    changed,
    drop_both,
    drop_login,
    drop_session,
    path,
    pending,
    plan_of,
    ready,
    waiting,
)

CHAP = Chap("host1", "secretsecret1")


def disconnect(truth: Truth) -> None:
    truth.sessions[0].connected = False


def renumber(truth: Truth) -> None:
    """Swap the numbers of the NICs, as adapters that come and go do."""
    one, two = truth.port_numbers
    truth.port_numbers = {one: truth.port_numbers[two], two: truth.port_numbers[one]}


def upper_case(truth: Truth) -> None:
    truth.logins = [replace(login, target=login.target.upper()) for login in truth.logins]


def other_instance(truth: Truth) -> None:
    truth.logins = [replace(login, instance=None) for login in truth.logins]


def twice(truth: Truth) -> None:
    truth.log_in(path(0))
    truth.logins.append(truth.logins[0])


IN_EFFECT: dict[str, tuple[Truth, list[str]]] = {
    "S-05-D-10-all-there": (converged(), []),
    "S-04-live-half-missing": (changed(drop_session), [f"Login {A}"]),
    "D-09-F-04-stored-half-missing": (changed(drop_login), [f"StoreLogin {A}"]),
    "F-01-both-halves-missing": (changed(drop_both), [f"Login {A}", f"StoreLogin {A}"]),
    "S-09-no-connection-is-no-path": (changed(disconnect), [f"Login {A}"]),
    "N-10-letter-case": (changed(upper_case), []),
    "instance-not-told": (changed(other_instance), []),
    "F-10-doubled-is-not-multiplied": (changed(twice), []),
    "S-06-port-numbers-of-other-nics": (
        changed(renumber),
        [f"StoreLogin {A}", f"StoreLogin {B}", f"StoreLogin {C}", f"StoreLogin {D}"],
    ),
}


@pytest.mark.parametrize(("truth", "expected"), IN_EFFECT.values(), ids=IN_EFFECT.keys())
def test_in_effect_each_half_is_judged_alone(truth: Truth, expected: list[str]) -> None:
    plan = plan_of(truth)
    assert ready(plan) == expected
    assert [line for line in waiting(plan) if not line.startswith(("RescanDisks", "Logout"))] == []
    assert plan.waiting == ()
    assert {finding.severity for finding in plan.findings} <= {Severity.NOTE}


WRONG: dict[str, tuple[dict[str, t.Any], Chap | None, str]] = {
    "no-multipath-flag": ({"multipath": False}, None, "it lacks the multipath flag"),
    "informational": ({"informational": True}, None, "it is informational, so it shows no devices"),
    "D-14-chap-wanted": ({}, CHAP, "its authentication is none instead of chap"),
    "mutual-wanted": (
        {"chap": CHAP},
        Chap("u", "s" * 12, mutual=True),
        "its authentication is chap instead of mutual_chap",
    ),
    "none-wanted": ({"chap": CHAP}, None, "its authentication is chap instead of none"),
    "two-faults": (
        {"multipath": False, "informational": True},
        None,
        "it lacks the multipath flag; it is informational, so it shows no devices",
    ),
}


@pytest.mark.parametrize(("attributes", "chap", "reason"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_stored_login_is_replaced_in_one_step(
    attributes: dict[str, t.Any], chap: Chap | None, reason: str
) -> None:
    truth = converged(tells_credentials=False)
    truth.logins = [stored(truth, one, chap) for one in all_paths(truth)]
    truth.logins[2] = stored(truth, path(2), **attributes)
    (step,) = plan_of(truth, layout(chap=chap)).ready
    assert isinstance(step, s.ReplaceLogin)
    assert (step.path, step.wrong, step.chap, step.reason) == (path(2), truth.logins[2], chap, reason)


def test_d_26_only_the_path_that_differs_is_touched() -> None:
    truth = converged()
    truth.logins[1] = stored(truth, path(1), CHAP)
    assert ready(plan_of(truth)) == [f"ReplaceLogin {B}"]


@pytest.mark.parametrize(
    ("chap", "expected"), [(None, []), (CHAP, [f"ReplaceLogin {one}" for one in (A, B, C, D)])], ids=["none", "chap"]
)
def test_an_authentication_that_is_not_specified_is_none(chap: Chap | None, expected: list[str]) -> None:
    truth = converged(tells_credentials=False)
    truth.logins = [replace(login, authentication=None) for login in truth.logins]
    assert ready(plan_of(truth, layout(chap=chap))) == expected


@pytest.mark.parametrize("chap", [None, CHAP], ids=["A-06-F-06-none", "F-05-chap"])
def test_credentials_travel_with_both_halves(chap: Chap | None) -> None:
    plan = plan_of(changed(drop_both), layout(chap=chap))
    assert [step.chap for step in plan.ready if isinstance(step, s.PathStep)][:2] == [chap, chap]


def test_f_25_as_many_stored_logins_but_for_other_portals_is_drift() -> None:
    truth = converged()
    truth.logins = [replace(login, portal=portal("10.10.1.99")) for login in truth.logins]
    assert ready(plan_of(truth)) == [f"StoreLogin {one}" for one in (A, B, C, D)]


@pytest.mark.parametrize(
    ("vendor", "product"), [("HP", "HSV110"), ("HP", "HSV100"), ("COMPAQ", "HSV110 (C)COMPAQ")], ids=str
)
def test_an_active_passive_array_is_refused_when_its_disks_are_seen(vendor: str, product: str) -> None:
    truth = prepared()
    for lun in truth.arrays[0].luns:
        lun.vendor, lun.product = vendor, product
    truth.log_in(path(0))
    plan = plan_of(truth)
    assert ready(plan) == []
    (refusal,) = plan.of(Severity.REFUSAL)
    assert (refusal.side, refusal.where) == (Side.ARRAY, "array eva01")
    assert "is active/passive" in refusal.text


def test_an_active_passive_array_over_one_path_is_allowed() -> None:
    truth = prepared(portals=["10.10.1.21"])
    for lun in truth.arrays[0].luns:
        lun.product = "HSV110"
    truth.log_in(path(0))
    plan = plan_of(truth, layout(portals=["10.10.1.21"]))
    assert plan.of(Severity.REFUSAL) == ()
    assert ready(plan) == [f"StoreLogin {A}"]


def test_m_10_disks_seen_twice_are_named() -> None:
    truth = pending(0, 1, stores=[0])
    problems = plan_of(truth).of(Severity.PROBLEM)
    assert [problem.where for problem in problems] == ["LUNs of eva01"]
    ways = ["fffffa80-1 10.10.1.11 -> 10.10.1.21:3260", "fffffa80-2 10.10.2.11 -> 10.10.2.21:3260"]
    assert f"they are visible over 2 sessions ({', '.join(ways)})" in problems[0].text


def test_disks_of_one_session_are_not_seen_twice() -> None:
    assert plan_of(pending(0, stores=[0])).of(Severity.PROBLEM) == ()


def test_an_array_of_another_model_than_declared_is_refused_before_anything_else() -> None:
    truth = converged()
    wrong = replace(layout().arrays[0], hardware_ids=("HP      HSV300          ",))
    plan = plan_host(whole(replace(layout(), arrays=(wrong,))), truth.host())
    (finding,) = plan.of(Severity.REFUSAL)
    assert "its LUNs answer as HP HSV340 (P6300, P6350), which is not the declared model" in finding.text
