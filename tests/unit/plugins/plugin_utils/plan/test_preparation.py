# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Initiator, feature and claim: what is done and what is refused."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, WantedInitiator
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Plan, Severity
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    fresh,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored

NAME = "iqn.1991-05.com.microsoft:host1"
OTHER = "iqn.2003-10.com.example:db1"
P6500 = f"{'HP':8}{'HSV360':16}"


def lines(plan: Plan) -> list[str]:
    """The steps that can be done now, and those that wait with what they wait for."""
    return [f"{item.step.summary}{f' [{item.after}]' if item.after else ''}" for item in plan.steps]


def found(plan: Plan) -> list[str]:
    return [f"{finding.severity.value}/{finding.side.value} {finding}" for finding in plan.findings]


def of(truth: Truth, **wish: t.Any) -> Plan:
    return plan_host(Desired(**wish), truth.host())


def with_mutual_login(truth: Truth) -> Truth:
    truth.logins = [stored(truth, all_paths(truth)[0], Chap("user", "s" * 12, mutual=True))]
    return truth


AUTO, START = "service MSiSCSI: start automatically", "service MSiSCSI: start"
RUNS = "service MSiSCSI runs"
SECRET = "initiator: set the secret for mutual CHAP"
INITIATOR: dict[str, tuple[Truth, WantedInitiator, list[str]]] = {
    "fresh": (fresh(), WantedInitiator(), [AUTO, START]),
    "manual-and-running": (fresh(running=True), WantedInitiator(), [AUTO]),
    "F-02-stopped": (fresh(start_mode="Auto"), WantedInitiator(), [START]),
    "D-10-all-equal": (prepared(), WantedInitiator(NAME), []),
    "H-06-name": (prepared(), WantedInitiator(OTHER), [f"initiator: node name {OTHER}"]),
    "name-while-stopped": (fresh(), WantedInitiator(OTHER), [AUTO, START, f"initiator: node name {OTHER} [{RUNS}]"]),
    "name-kept-with-sessions": (converged(), WantedInitiator(NAME), []),
    "secret-on-create": (prepared(), WantedInitiator(mutual_secret="s" * 12), [SECRET]),
    "secret-is-in-use": (with_mutual_login(prepared()), WantedInitiator(mutual_secret="s" * 12), []),
    "secret-always": (
        with_mutual_login(prepared()),
        WantedInitiator(mutual_secret="s" * 12, update_secret=True),
        [SECRET],
    ),
    "secret-while-stopped": (
        fresh(start_mode="Auto"),
        WantedInitiator(mutual_secret="s" * 12),
        [START, f"{SECRET} [{RUNS}]"],
    ),
}


@pytest.mark.parametrize(("truth", "wish", "expected"), INITIATOR.values(), ids=INITIATOR.keys())
def test_initiator(truth: Truth, wish: WantedInitiator, expected: list[str]) -> None:
    plan = of(truth, initiator=wish)
    assert lines(plan) == expected
    assert plan.findings == ()


def test_m_18_a_disabled_service_is_a_policy_conflict() -> None:
    plan = of(fresh(start_mode="Disabled"), initiator=WantedInitiator(OTHER))
    assert plan.steps == ()
    (text,) = found(plan)
    assert text.startswith("refusal/host service MSiSCSI: its start type is Disabled, as hardening baselines set it")


def test_a_name_is_not_changed_under_standing_sessions() -> None:
    plan = of(converged(), initiator=WantedInitiator(OTHER))
    assert plan.steps == ()
    (finding,) = plan.findings
    assert finding.severity is Severity.REFUSAL
    assert f"it is {NAME}, with 4 sessions standing" in finding.text


def test_a_name_is_changed_under_standing_sessions_where_that_is_accepted() -> None:
    plan = of(converged(), initiator=WantedInitiator(OTHER, rename_despite_sessions=True))
    assert lines(plan) == [f"initiator: node name {OTHER}"]
    (text,) = found(plan)
    assert text.startswith(f"note/array initiator node name: the old name {NAME} stays with 4 sessions until")


ISNS: dict[str, tuple[tuple[str, ...], tuple[str, ...] | None, list[str]]] = {
    # there, declared -> steps
    "not-managed": (("isns1",), None, []),
    "equal": (("ISNS1", "10.1.1.1"), ("10.1.1.1", "isns1"), []),
    "missing": ((), ("isns1", "isns2"), ["iSNS server isns1: add", "iSNS server isns2: add"]),
    "one-too-many": (("isns1", "isns2"), ("isns2",), ["iSNS server isns1: remove"]),
    "none-wanted": (("isns1",), (), ["iSNS server isns1: remove"]),
}


@pytest.mark.parametrize(("there", "declared", "expected"), ISNS.values(), ids=ISNS.keys())
def test_isns_servers(there: tuple[str, ...], declared: tuple[str, ...] | None, expected: list[str]) -> None:
    plan = of(prepared(isns=list(there)), initiator=WantedInitiator(isns_servers=declared))
    assert lines(plan) == expected
    assert plan.findings == ()


def test_isns_servers_wait_for_the_service() -> None:
    plan = of(fresh(start_mode="Auto"), initiator=WantedInitiator(isns_servers=("isns1",)))
    assert lines(plan) == [START, f"iSNS server isns1: add [{RUNS}]"]


@pytest.mark.parametrize(
    ("hidden", "wish", "where"),
    [
        ("initiator_service", WantedInitiator(OTHER, "s" * 12), "service MSiSCSI"),
        ("initiator", WantedInitiator(OTHER), "initiator node name"),
        ("sessions", WantedInitiator(OTHER), "initiator node name"),
        ("logins", WantedInitiator(mutual_secret="s" * 12), "secret for mutual CHAP"),
        ("isns_servers", WantedInitiator(isns_servers=()), "iSNS servers"),
    ],
)
def test_what_is_unknown_of_the_initiator_blocks(hidden: str, wish: WantedInitiator, where: str) -> None:
    plan = of(prepared(hidden=frozenset({hidden})), initiator=wish)
    assert plan.steps == ()
    expected = f"problem/host {where}: it could not be read, so nothing is changed there: {hidden} cannot be read here"
    assert found(plan) == [expected]


RESTART = "Windows: restart [it is allowed (reboot: true of eva.mpio.host), if Windows needs it]"


def test_feature_absent() -> None:
    plan = of(fresh(), feature=True)
    assert lines(plan) == ["feature Multipath I/O: enable", RESTART]
    assert plan.reboot_reasons == ()


def test_feature_pending() -> None:
    plan = of(fresh(feature="pending"), feature=True)
    assert lines(plan) == [RESTART]
    assert plan.reboot_reasons == ("the MPIO feature is enabled but the Microsoft DSM is not loaded yet",)


def test_feature_loaded() -> None:
    plan = of(prepared(), feature=True)
    assert (plan.steps, plan.findings, plan.reboot_reasons) == ((), (), ())


def test_feature_payload_removed() -> None:
    plan = of(fresh(payload=False), feature=True)
    assert plan.steps == ()
    assert found(plan) == [
        "refusal/host feature Multipath I/O: its files are not on this host (payload removed); add them from the"
        " installation medium, then run again"
    ]


def test_unknown_feature_blocks_it() -> None:
    plan = of(fresh(hidden=frozenset({"feature"})), feature=True)
    assert plan.steps == ()
    assert [finding.where for finding in plan.findings] == ["feature Multipath I/O"]


def test_the_node_name_in_capitals_is_the_same() -> None:
    """RFC 3722: names are compared without regard to letter case."""
    assert of(converged(node_name=NAME.upper()), initiator=WantedInitiator(NAME)).steps == ()


def test_a_refused_host_announces_no_step() -> None:
    plan = of(fresh(payload=False), initiator=WantedInitiator(), feature=True)
    assert plan.of(Severity.REFUSAL)
    assert plan.steps == ()
