# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Discovery portals and targets, what is not known, and the layout on this host."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Known, value_of
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, Layout, WantedPaths
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Memory, Plan, Severity, Side
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    fresh,
    portal,
    prepared,
    target_of,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.views import (
    A,
    D,
    changed,
    drop_both,
    no_targets,
    path,
    plan_of,
    ready,
    waiting,
)


def test_v_01_a_stale_list_is_asked_for_again_once() -> None:
    truth = changed(no_targets, prepared)
    plan = plan_of(truth)
    assert ready(plan) == ["RefreshTargets"]
    again = plan_of(truth, memory=Memory(done=frozenset(plan.ready)))
    assert ready(again) == []
    assert len(again.findings) == 4
    assert all(f.side is Side.NETWORK and f.one_path and "it told of no target" in f.text for f in again.findings)


def test_an_unstored_portal_is_not_asked() -> None:
    truth = changed(no_targets, prepared)
    truth.discovery.clear()
    assert ready(plan_of(truth)) == []


def test_b_22_only_declared_targets_are_used() -> None:
    other = "iqn.1986-03.com.hp:eva01.other"
    truth = converged()
    truth.arrays[0].targets[other] = (path(0).portal,)
    truth.known_targets[other] = {path(0).portal}
    names = [target_of(one.portal) for one in all_paths(converged())]
    assert plan_of(truth, layout(targets=[name.upper() for name in names])).steps == ()
    assert [step.target for step in plan_of(truth).ready if isinstance(step, s.PathStep)] == [other, other]


def test_n_12_a_target_is_not_matched_by_its_beginning() -> None:
    truth = converged()
    wanted = path(0).target + "0"
    plan = plan_of(truth, layout(targets=[wanted]))
    assert ready(plan) == ["RefreshTargets"]
    again = plan_of(truth, layout(targets=[wanted]), Memory(done=frozenset(plan.ready)))
    assert f"target {wanted} of eva01" in [finding.where for finding in again.findings]
    assert ready(again) == []


def test_v_10_a_declared_target_is_not_blamed_before_a_refresh() -> None:
    truth = converged()
    del truth.known_targets[path(0).target]
    truth.sessions.pop(0)
    names = [target_of(one.portal) for one in all_paths(truth)]
    assert ready(plan_of(truth, layout(targets=names))) == ["RefreshTargets"]


def test_x_20_the_records_spelling_is_used() -> None:
    truth = converged()
    name = path(0).target.replace("eva01", "EVA01")
    record = truth.arrays[0].targets.pop(path(0).target)
    truth.arrays[0].targets[name] = record
    truth.known_targets[name] = truth.known_targets.pop(path(0).target)
    truth.logins.pop(0)
    (target,) = (step.target for step in plan_of(truth).ready if isinstance(step, s.StoreLogin))
    assert target == name


def portals_plan(truth: Truth, where: Layout | None = None) -> Plan:
    return plan_host(Desired(layout=where or layout(), portals=True), truth.host())


def test_d_01_a_discovery_portal_for_each_pair() -> None:
    truth = prepared()
    truth.discovery.clear()
    steps = portals_plan(truth).ready
    assert steps == tuple(s.AddDiscoveryPortal(p.portal, p.nic, reason="") for p in all_paths(truth))


def test_d_04_v_04_a_stored_portal_stays() -> None:
    assert portals_plan(prepared()).steps == ()


@pytest.mark.parametrize(
    ("address", "nic"),
    [
        pytest.param("10.10.1.21:3261", "10.10.1.11", id="D-05-other-port"),
        pytest.param("10.10.1.21", "10.10.2.11", id="B-05-other-nic"),
        pytest.param("10.10.1.21", "10.10.1.77", id="any-nic"),
        pytest.param("10.10.9.21", "10.10.1.11", id="other-address"),
    ],
)
def test_a_portal_stored_otherwise_is_another_portal(address: str, nic: str) -> None:
    truth = prepared()
    truth.discovery[0] = (portal(address), IPv4Address(nic))
    assert portals_plan(truth).ready == (s.AddDiscoveryPortal(path(0).portal, path(0).nic, reason=""),)


def test_discovery_portals_wait_for_the_service() -> None:
    plan = portals_plan(fresh())
    assert {item.after for item in plan.steps} == {"service MSiSCSI runs"}
    assert [str(finding) for finding in plan.findings] == [
        "service MSiSCSI: it is not running, so no discovery portal and no session can be made; run eva.mpio.initiator"
        " first"
    ]


@pytest.mark.parametrize("part", ["initiator_service", "initiator", "portals"])
def test_unknown_parts_block_discovery_portals(part: str) -> None:
    truth = prepared(hidden=frozenset({part}))
    truth.discovery.clear()
    plan = portals_plan(truth)
    assert plan.steps == ()
    assert f"{part} cannot be read here" in str(plan.findings[0])


def test_v_13_a_live_session_vetoes_an_empty_discovery() -> None:
    truth = converged()
    truth.known_targets = {}
    assert plan_of(truth).steps == ()
    truth.logins.pop()
    truth.logins.append(stored(truth, path(3), multipath=False))
    plan = plan_of(truth)
    # The initiator would remove the wrong login and then refuse the right one.
    assert ready(plan) == ["RefreshTargets"]
    assert waiting(plan) == [f"ReplaceLogin {D} [the targets are discovered]"]
    again = plan_of(truth, memory=Memory(done=frozenset(plan.ready)))
    assert again.steps == ()
    assert "no discovery portal tells of the target although a session to it stands" in again.findings[0].text


@pytest.mark.parametrize("number", range(4))
def test_a_session_whose_nic_is_not_told_blocks_its_path(number: int) -> None:
    truth = converged()
    truth.sessions[number].tells_nic = False
    plan = plan_of(truth)
    assert ready(plan) == []
    (finding,) = plan.findings
    assert finding.where == f"path {path(number)}"
    assert "Windows does not tell which NIC it left from" in finding.text


@pytest.mark.parametrize("part", ["initiator", "targets", "sessions", "logins"])
def test_h_01_an_unknown_part_blocks_every_path(part: str) -> None:
    plan = plan_of(changed(drop_both, hidden=frozenset({part})))
    assert plan.steps == ()
    (finding,) = plan.findings
    assert finding.where == "paths to eva01"
    assert f"{part} cannot be read here" in finding.text


def test_unknown_discovery_portals_block_the_refresh() -> None:
    truth = prepared(hidden=frozenset({"portals"}))
    truth.known_targets = {}
    plan = plan_of(truth)
    assert plan.steps == ()
    assert {finding.where for finding in plan.findings} == {"discovery portals"}


def test_a_nic_without_port_number_gets_no_login() -> None:
    truth = changed(drop_both)
    del truth.port_numbers[path(0).nic]
    plan = plan_of(truth)
    assert ready(plan) == []
    problems = plan.of(Severity.PROBLEM)
    assert {finding.where for finding in problems} == {"NIC 10.10.1.11"}
    assert all(finding.one_path for finding in problems)


def test_a_stopped_service_announces_rules() -> None:
    plan = plan_of(fresh())
    assert ready(plan) == []
    assert [finding.where for finding in plan.findings] == ["service MSiSCSI"]
    assert f"Login {A} rule [the targets are discovered]" in waiting(plan)
    assert f"StoreLogin {D} rule [the targets are discovered]" in waiting(plan)
    assert f"ReplaceLogin {D} rule [the targets are discovered]" in waiting(plan)


def test_a_nic_that_the_host_lacks_is_refused() -> None:
    plan = plan_of(converged(), layout(nics=("10.10.4.11", "10.10.3.11")))
    assert plan.steps == ()
    assert len(plan.findings) == len(plan.of(Severity.REFUSAL)) == 2
    assert str(plan.findings[1]).startswith(
        "NIC 10.10.3.11: this host has no such address now; it has 10.10.1.11, 10.10.2.11. Correct"
    )


def test_a_nic_that_lost_its_address_does_not_keep_the_other_from_being_mended() -> None:
    plan = plan_of(changed(drop_both), layout(nics=("10.10.1.11", "10.10.3.11")))
    assert ready(plan) == [f"Login {A}", f"StoreLogin {A}"]
    (problem,) = plan.of(Severity.PROBLEM)
    assert (problem.where, problem.side, problem.one_path) == ("NIC 10.10.3.11", Side.HOST, True)
    assert not [finding for finding in plan.of(Severity.NOTE) if "10.10.3.11" in finding.where]


def test_an_array_that_no_nic_reaches_is_refused() -> None:
    plan = plan_of(converged(), layout(portals=("10.99.1.21",)))
    assert plan.steps == ()
    (refusal,) = plan.of(Severity.REFUSAL)
    assert (refusal.side, refusal.where) == (Side.WISH, "array eva01")


def test_unknown_addresses_are_refused() -> None:
    plan = plan_of(converged(hidden=frozenset({"nics"})))
    assert [finding.severity for finding in plan.findings] == [Severity.REFUSAL]
    assert plan.steps == ()


def test_lonely_nics_and_portals_are_noted() -> None:
    plan = plan_of(converged(), layout(portals=("10.10.1.21", "10.10.1.22", "10.77.1.21")))
    assert {(finding.severity, str(finding)) for finding in plan.findings} == {
        (
            Severity.NOTE,
            "array eva01: target portal 10.77.1.21:3260 is not used: it lies in the subnet of none of the declared"
            " NICs",
        ),
        (Severity.NOTE, "NIC 10.10.2.11: not used for array eva01: no target portal lies in the subnet of it"),
    }


def test_a_portal_that_offers_other_addresses_names_them() -> None:
    truth = prepared()
    host = truth.host()
    first, *others = value_of(host.targets)
    moved = replace(first, portals=(portal("192.168.7.1"),), discovered_through=(path(0).portal,))
    host = replace(host, targets=Known((moved, *others)))
    asked = Memory(done=frozenset({s.RefreshTargets(reason="")}))
    (finding,) = plan_host(Desired(layout=layout(), paths=WantedPaths()), host, asked).findings
    assert finding.where == f"target portal {path(0).portal} of eva01 from NIC {path(0).nic}"
    assert f"it tells of {first.name}, which it offers at 192.168.7.1:3260 only" in finding.text
