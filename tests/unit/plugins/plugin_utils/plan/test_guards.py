# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a restart would hit: it is refused by name, and can be accepted by name."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    NOT_READ,
    Cluster,
    Host,
    Known,
    Unknown,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.guards import GUARDS, objections
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_before, parts_needed, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Plan, Severity
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged, fresh, prepared
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import whole

GROUPS = Known(Cluster(True, Known(("SQL", "Cluster Group"))))
NODE = Known(Cluster(True, Known(())))
RESTART = s.Reboot(reason="")

CASES: dict[str, tuple[dict[str, t.Any], list[str]]] = {
    "nobody": ({"users": Known(()), "cluster": Known(Cluster(False, Known(())))}, []),
    "not-asked-yet": ({"users": NOT_READ, "cluster": NOT_READ}, []),
    "a-node-without-groups": ({"users": Known(()), "cluster": NODE}, []),
    "people": (
        {"users": Known(("FILES01\\bert", "FILES01\\anna"))},
        ["these users have a desktop open on this host: FILES01\\anna, FILES01\\bert; have them log off"],
    ),
    "people-not-known": ({"users": Unknown("access denied")}, ["it is not known who is logged on: access denied"]),
    "groups": ({"cluster": GROUPS}, ["this host owns groups of its failover cluster: Cluster Group, SQL; move them"]),
    "groups-not-known": (
        {"cluster": Known(Cluster(True, Unknown("no OwnerNode")))},
        ["this host is a node of a failover cluster and the groups that it owns are not known: no OwnerNode"],
    ),
    "cluster-not-known": (
        {"cluster": Unknown("access denied")},
        ["it is not known whether this host is a node of a cluster: access denied"],
    ),
    "both": (
        {"users": Known(("anna",)), "cluster": GROUPS},
        ["these users have a desktop", "this host owns groups"],
    ),
}


def host_with(truth: Truth, **parts: t.Any) -> Host:
    return replace(truth.host(), **parts)


@pytest.mark.parametrize(("parts", "expected"), CASES.values(), ids=CASES.keys())
def test_objections(parts: dict[str, t.Any], expected: list[str]) -> None:
    found = list(objections(host_with(converged(), **parts)))
    assert len(found) == len(expected)
    for text, begin in zip(found, expected, strict=True):
        assert text.startswith(begin)
        assert "accept it with reboot_despite: [" in text
    assert list(objections(host_with(converged(), **parts), GUARDS)) == []


def test_each_guard_is_accepted_for_itself() -> None:
    host = host_with(converged(), users=Known(("anna",)), cluster=GROUPS)
    assert ["owns groups" in text for text in objections(host, {"users"})] == [True]
    assert ["have a desktop" in text for text in objections(host, {"cluster"})] == [True]


def waiting_for_restart() -> Truth:
    truth = prepared()
    truth.feature = "pending"
    return truth


def problems(plan: Plan) -> list[str]:
    return [str(finding) for finding in plan.of(Severity.PROBLEM)]


def test_a_restart_that_would_hit_somebody_is_not_planned() -> None:
    host = host_with(waiting_for_restart(), users=Known(("anna",)))
    plan = plan_host(whole(), host)
    assert RESTART not in [item.step for item in plan.steps]
    (text,) = problems(plan)
    assert text.startswith("restart: not made, because these users have a desktop open on this host: anna")
    assert plan.reboot_reasons
    accepted = plan_host(whole(reboot_despite=frozenset({"users"})), host)
    assert RESTART in [item.step for item in accepted.steps]
    assert problems(accepted) == []


def test_it_is_announced_where_a_restart_may_become_needed() -> None:
    plan = plan_host(whole(), host_with(fresh(), users=Known(("anna",))))
    assert [type(step) for step in plan.ready][-1] is s.EnableFeature
    assert "anna" in problems(plan)[0]


def test_nobody_is_asked_for_unless_a_restart_is_planned_and_allowed() -> None:
    wish = whole()
    for truth, allowed, expected in (
        (converged(), True, frozenset[str]()),
        (fresh(), True, GUARDS),
        (fresh(), False, frozenset[str]()),
    ):
        wish = whole(reboot_allowed=allowed)
        assert not GUARDS & parts_needed(wish)
        assert GUARDS & parts_before(wish, plan_host(wish, truth.host(parts_needed(wish)))) == expected
    wish = whole(reboot_despite=frozenset({"users"}))
    assert GUARDS & parts_before(wish, plan_host(wish, fresh().host(parts_needed(wish)))) == {"cluster"}


def test_the_note_that_a_run_left_lets_the_next_one_restart() -> None:
    truth = prepared()
    truth.claims, truth.loaded_claims = [], []
    wanted = converged()
    truth.log_in(wanted.sessions[0].path)
    truth.logins = wanted.logins[:1]
    truth.claims = list(wanted.claims)
    assert "because it may not help" in problems(plan_host(whole(), truth.host()))[0]
    truth.noted = True
    assert plan_host(whole(), truth.host()).ready == (RESTART,)
