# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans where Windows does not list the initiator's ports: portals first, which reveal the numbers for the logins."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from ipaddress import IPv4Address

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    DiscoveryPortal,
    Host,
    Initiator,
    InitiatorPort,
    Known,
    Unknown,
    value_of,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, WantedPaths
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Finding, Plan, Side
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths, converged, prepared
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout

ONE, TWO = IPv4Address("10.10.1.11"), IPv4Address("10.10.2.11")


def unlisted(truth: Truth, *known: IPv4Address) -> Host:
    """Read a host of which only these NICs' port numbers could be inferred."""
    host = truth.host()
    initiator: Initiator = value_of(host.initiator)
    ports = tuple(port for port in initiator.ports if port.address in known)
    portals = (_seen(item, initiator, ports) for item in value_of(host.portals))
    return replace(
        host,
        initiator=Known(replace(initiator, ports=ports, ports_known=False), "msft"),
        portals=Known(tuple(portals), "msft"),
    )


def _seen(item: DiscoveryPortal, initiator: Initiator, ports: t.Sequence[InitiatorPort]) -> DiscoveryPortal:
    if any(port.number == item.port_number for port in ports):
        return item
    return replace(item, port_number=None, nic=initiator.address_of(item.port_number))


def plan_of(host: Host, portals: bool = True) -> Plan:
    return plan_host(Desired(layout=layout(), portals=portals, paths=WantedPaths()), host)


def of_kind(plan: Plan, kind: type[s.Step]) -> list[tuple[t.Any, str | None]]:
    return [(item.step, item.after) for item in plan.steps if isinstance(item.step, kind)]


def about(plan: Plan, nic: IPv4Address) -> list[Finding]:
    return [finding for finding in plan.findings if finding.where == f"NIC {nic}"]


def test_on_a_fresh_host_the_portals_come_first() -> None:
    truth = prepared()
    truth.discovery.clear()
    truth.known_targets.clear()
    plan = plan_of(unlisted(truth))
    assert plan.ready == tuple(s.AddDiscoveryPortal(one.portal, one.nic, reason="") for one in all_paths(truth))
    rules = of_kind(plan, s.Login)
    assert [step.target for step, _unused in rules] == [None] * 4
    assert {after for _unused, after in rules} == {"the targets are discovered"}
    assert plan.findings == ()


def test_a_portal_that_is_stored_for_a_nic_without_number_is_not_stored_again() -> None:
    assert of_kind(plan_of(unlisted(prepared())), s.AddDiscoveryPortal) == []


def test_with_all_numbers_inferred_the_plan_is_the_usual_one() -> None:
    for make in (prepared, converged):
        truth = make()
        desired = Desired(layout=layout(), portals=True, paths=WantedPaths())
        assert plan_of(unlisted(truth, ONE, TWO)) == plan_host(desired, truth.host())


def test_a_nic_whose_portal_is_still_to_come_waits_for_its_number() -> None:
    truth = converged()
    truth.discovery = [pair for pair in truth.discovery if pair[1] != TWO]
    truth.sessions = [one for one in truth.sessions if one.path.nic != TWO]
    plan = plan_of(unlisted(truth, ONE))
    assert [step.nic for step, after in of_kind(plan, s.AddDiscoveryPortal) if after is None] == [TWO, TWO]
    waiting = [(step.nic, after) for kind in (s.Login, s.StoreLogin) for step, after in of_kind(plan, kind)]
    assert waiting == [(TWO, "a discovery portal tells which port number the NIC has")] * 4
    assert about(plan, TWO) == []


def test_a_number_that_no_portal_reveals_blocks_its_nic_alone() -> None:
    truth = converged()
    truth.sessions, truth.logins = [], []
    plan = plan_of(unlisted(truth, ONE))
    steps = [step for kind in (s.Login, s.StoreLogin) for step, _unused in of_kind(plan, kind)]
    assert {step.nic for step in steps} == {ONE}
    (finding,) = about(plan, TWO)
    assert (finding.side, finding.one_path) == (Side.HOST, True)
    assert "MSiSCSI_PortalInfoClass cannot be read" in finding.text


def test_what_works_already_is_left_in_peace() -> None:
    plan = plan_of(unlisted(converged(), ONE))
    assert of_kind(plan, s.Login) == []
    # Its stored logins cannot be told from others', so nothing is stored beside them.
    assert of_kind(plan, s.StoreLogin) == of_kind(plan, s.ReplaceLogin) == []
    assert len(about(plan, TWO)) == 1


def test_with_portals_unknown_nothing_is_guessed() -> None:
    truth = converged()
    truth.sessions = []
    plan = plan_of(replace(unlisted(truth, ONE), portals=Unknown("they hide")))
    assert {step.nic for step, _unused in of_kind(plan, s.Login)} == {ONE}
    assert of_kind(plan, s.AddDiscoveryPortal) == []
    assert [finding for finding in plan.findings if "they hide" in finding.text]


def test_a_nic_that_the_initiator_does_not_list_is_still_a_finding() -> None:
    truth = prepared()
    truth.discovery.clear()
    truth.port_numbers.pop(TWO)
    plan = plan_of(truth.host())
    assert {step.nic for step, _unused in of_kind(plan, s.AddDiscoveryPortal)} == {ONE}
    (finding,) = about(plan, TWO)
    assert "lists no port for it" in finding.text
