# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Port numbers where Windows does not list the initiator's ports: inferred where that is certain, else not known."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    DiscoveryPortal,
    Host,
    InitiatorPort,
    Known,
    TargetPortal,
    Unknown,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps
from ansible_collections.eva.mpio.plugins.plugin_utils._windows import classes
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.actions import Announced, InvokeMethod
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.discovery import storage_portals_of
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.initiator import infer_ports
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import RELEASES
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.rendering import render
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import answers, scenario
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import PLAIN, healthy, read, value

INSTANCE = scenario.INSTANCE
NIC, PORTAL = ip_address("10.10.2.11"), TargetPortal(ip_address("10.10.2.21"))
NICS = tuple(ip_address(f"10.10.{net}.{host}") for net in (1, 2) for host in (11, 12))
ADDRESSES = dict(enumerate(NICS, start=1))


def stored(nic: t.Any, portal: str, instance: str | None = INSTANCE) -> dict[str, t.Any]:
    """An instance of MSFT_iSCSITargetPortal."""
    return {
        "TargetPortalAddress": portal,
        "TargetPortalPortNumber": 3260,
        "InitiatorInstanceName": instance,
        "InitiatorPortalAddress": nic,
    }


@pytest.fixture
def host() -> Host:
    return read(healthy(), *PLAIN)


@pytest.fixture
def link() -> answers.FakeLink:
    """The host of the scenario, which does not list its initiator ports."""
    found = healthy()
    found.classes["MSiSCSI_PortalInfoClass"] = answers.fault()
    found.classes["MSiSCSIInitiator_InitiatorClass"] = [
        {"InitiatorName": "PCI\\VEN_1077&DEV_4022\\1_0"},
        {"InitiatorName": INSTANCE},
    ]
    found.classes["MSFT_iSCSITargetPortal"] = [stored(nic, portal) for nic, _number, portal in scenario.PATHS]
    return found


# --- the join


def views(
    numbers: t.Mapping[str, t.Iterable[int | None]], addresses: t.Mapping[str, t.Iterable[int | None]]
) -> dict[int, int]:
    """Infer from target portals with port numbers, and with NICs by their place; return port number -> NIC."""
    by_number = [DiscoveryPortal(portal(name), None, number) for name, items in numbers.items() for number in items]
    by_address = [
        DiscoveryPortal(portal(name), None, None, None if nic is None else ADDRESSES[nic])
        for name, items in addresses.items()
        for nic in items
    ]
    places = {address: place for place, address in ADDRESSES.items()}
    return {port.number: places[port.address] for port in infer_ports(by_number, by_address)}


def portal(name: str) -> TargetPortal:
    return TargetPortal(ip_address(f"10.10.1.{100 + ord(name)}"))


@pytest.mark.parametrize(
    ("numbers", "addresses", "expected"),
    [
        pytest.param({}, {}, {}, id="fresh"),
        pytest.param({"a": [7]}, {"a": [1]}, {7: 1}, id="one"),
        pytest.param({"a": [7], "b": [8]}, {"a": [1], "b": [2]}, {7: 1, 8: 2}, id="one-each"),
        pytest.param({"a": [7, 8]}, {"a": [1, 2]}, {}, id="shared"),
        pytest.param({"a": [7, 8], "b": [7]}, {"a": [1, 2], "b": [1]}, {7: 1, 8: 2}, id="shared-and-alone"),
        pytest.param(
            {"a": [7, 8, 9], "b": [7, 8], "c": [8]},
            {"a": [1, 2, 3], "b": [1, 2], "c": [2]},
            {7: 1, 8: 2, 9: 3},
            id="step-by-step",
        ),
        pytest.param({"a": [7]}, {"b": [1]}, {}, id="other-portals"),
        pytest.param({"a": [7]}, {"a": [None]}, {}, id="address-not-told"),
        pytest.param({"a": [7, 8]}, {"a": [1]}, {}, id="one-address-not-told"),
        pytest.param({"a": [7, None]}, {"a": [1, None]}, {7: 1}, id="beside-any"),
        pytest.param({"a": [7], "b": [7]}, {"a": [1], "b": [2]}, {}, id="number-of-two-nics"),
        pytest.param({"a": [7], "b": [8]}, {"a": [1], "b": [1]}, {}, id="nic-of-two-numbers"),
        pytest.param(
            {"a": [7], "b": [7], "c": [9]}, {"a": [1], "b": [2], "c": [3]}, {9: 3}, id="contradiction-elsewhere"
        ),
    ],
)
def test_a_number_is_known_where_the_views_leave_no_choice(
    numbers: dict[str, list[int | None]], addresses: dict[str, list[int | None]], expected: dict[int, int]
) -> None:
    assert views(numbers, addresses) == expected


def test_hardware_initiators_have_numbers_of_their_own() -> None:
    hardware = DiscoveryPortal(portal("a"), "PCI\\VEN_1077&DEV_4022\\1_0", 1)
    software = DiscoveryPortal(portal("a"), INSTANCE.lower(), 2)
    seen = [DiscoveryPortal(portal("a"), INSTANCE, None, NICS[0])]
    assert infer_ports([hardware, software], seen) == (InitiatorPort(2, NICS[0]),)


@given(
    st.permutations([1, 2, 3, 4]),
    st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from([1, 2, 3, 4]), min_size=1)),
)
def test_nothing_wrong_is_ever_inferred(order: list[int], bound: dict[str, set[int]]) -> None:
    """Whatever portals are bound to whatever NICs, a number that comes out is the NIC's."""
    truth = dict(zip((11, 12, 13, 14), order, strict=True))
    numbers = {nic: number for number, nic in truth.items()}
    found = views({name: [numbers[nic] for nic in nics] for name, nics in bound.items()}, bound)
    assert found.items() <= truth.items()
    alone = {nic for nics in bound.values() if len(nics) == 1 for nic in nics}
    assert alone <= set(found.values())


# --- the reading


def test_the_initiator_is_read_by_its_discovery_portals(link: answers.FakeLink) -> None:
    found = read(link, "initiator").initiator
    assert isinstance(found, Known)
    assert found.source == "msft"
    assert (found.value.node_name, found.value.instance) == (scenario.NODE_NAME, INSTANCE)
    assert found.value.ports_known is False
    assert [(port.number, str(port.address)) for port in found.value.ports] == [(1, "10.10.1.11"), (2, "10.10.2.11")]


def test_a_listed_port_is_known_to_be_all(link: answers.FakeLink) -> None:
    link.classes["MSiSCSI_PortalInfoClass"] = scenario.classes()["MSiSCSI_PortalInfoClass"]
    assert value(read(link, "initiator").initiator).ports_known is True
    assert "MSFT_iSCSITargetPortal" not in link.asked


def test_an_array_of_ports_that_did_not_come_through_counts_as_not_listed(link: answers.FakeLink) -> None:
    (info,) = scenario.classes()["MSiSCSI_PortalInfoClass"]
    link.classes["MSiSCSI_PortalInfoClass"] = [{**info, "PortalInformation": None}]
    initiator = value(read(link, "initiator").initiator)
    assert (len(initiator.ports), initiator.ports_known) == (2, False)


def test_a_fresh_host_has_a_name_and_no_port_yet(link: answers.FakeLink) -> None:
    link.classes.update(MSiSCSIInitiator_SendTargetPortalClass=[], MSFT_iSCSITargetPortal=[])
    host = read(link, "initiator", "portals")
    assert (value(host.initiator).ports, value(host.initiator).ports_known) == ((), False)
    assert value(host.initiator).instance == INSTANCE
    assert host.portals == Known((), "msft")


def without_credentials() -> tuple[DiscoveryPortal, ...]:
    """Return the discovery portals as the storage classes tell them, which say nothing of credentials."""
    return tuple(replace(portal, authentication=None) for portal in value(read(healthy(), "portals").portals))


def test_portals_and_numbers_come_together(link: answers.FakeLink) -> None:
    host = read(link, "initiator", "portals")
    assert host.portals == Known(without_credentials(), "msft")
    assert len(link.asked) == len(set(link.asked)), "something was asked twice"


def test_a_portal_whose_number_is_not_certain_tells_its_nic(link: answers.FakeLink) -> None:
    shared = scenario.PORTALS[0]
    link.classes["MSFT_iSCSITargetPortal"] = [stored("10.10.1.11", shared), stored("10.10.2.11", shared)]
    rows = [
        {"PortalAddress": shared, "PortalPort": 3260, "InitiatorName": INSTANCE, "InitiatorPortNumber": number}
        for number in (1, 2)
    ]
    link.classes["MSiSCSIInitiator_SendTargetPortalClass"] = rows
    host = read(link, "portals")
    assert value(host.initiator).ports == ()
    assert [(item.port_number, str(item.nic)) for item in value(host.portals)] == [
        (None, "10.10.1.11"),
        (None, "10.10.2.11"),
    ]


def test_a_portal_for_any_nic_names_none() -> None:
    rows = [
        answers.parsed(classes.MSFT_TARGET_PORTAL, stored(nic, "10.10.1.21", None)) for nic in (None, "", "0.0.0.0")
    ]
    assert {(item.nic, item.port_number, item.instance) for item in storage_portals_of(rows)} == {(None, None, None)}


def test_the_tool_gives_the_numbers_where_their_class_fails_too(link: answers.FakeLink) -> None:
    link.classes["MSiSCSIInitiator_SendTargetPortalClass"] = answers.fault()
    host = read(link, "initiator", "portals")
    assert [port.number for port in value(host.initiator).ports] == [1, 2]
    assert host.portals == Known(without_credentials(), "msft")
    assert link.asked.count("iscsicli ListTargetPortals") == 1


def test_the_instance_is_told_by_the_discovery_portals_too(link: answers.FakeLink) -> None:
    link.classes["MSiSCSIInitiator_InitiatorClass"] = answers.fault()
    assert value(read(link, "initiator").initiator).instance == INSTANCE
    link.classes.update(MSiSCSIInitiator_SendTargetPortalClass=[], MSFT_iSCSITargetPortal=[])
    assert value(read(link, "initiator").initiator).instance is None


@pytest.mark.parametrize(
    "lost",
    [
        ("MSFT_iSCSITargetPortal",),
        ("MSiSCSIInitiator_MethodClass",),
        ("MSiSCSIInitiator_SendTargetPortalClass", "iscsicli ListTargetPortals"),
    ],
)
def test_with_one_view_alone_no_number_is_known(link: answers.FakeLink, lost: tuple[str, ...]) -> None:
    for name in lost:
        link.classes[name] = answers.fault()
        link.tools.pop(name, None)
    part = read(link, "initiator").initiator
    assert isinstance(part, Unknown)
    assert "MSiSCSI" in part.reason


def test_portals_are_read_by_number_while_the_initiator_is_unknown(link: answers.FakeLink) -> None:
    link.classes["MSFT_iSCSITargetPortal"] = answers.fault()
    host = read(link, "portals")
    assert isinstance(host.initiator, Unknown)
    assert isinstance(host.portals, Known)
    assert host.portals.source == "wmi"


def test_a_whole_reading_of_such_a_host_stays_small(link: answers.FakeLink) -> None:
    link.classes["MSiSCSIInitiator_TargetClass"] = answers.fault()
    host = read(link, *PLAIN)
    assert not [name for name in PLAIN if isinstance(getattr(host, name), Unknown)]
    assert len(link.asked) == len(set(link.asked)), "something was asked twice"
    assert link.requests <= 42


# --- what is sent


def unlisted(host: Host, *ports: InitiatorPort) -> Host:
    assert isinstance(host.initiator, Known)
    return replace(host, initiator=Known(replace(host.initiator.value, ports=ports, ports_known=False), "msft"))


def test_a_discovery_portal_is_bound_by_address_where_the_number_is_not_known(host: Host) -> None:
    action = render(steps.AddDiscoveryPortal(PORTAL, NIC, reason="test"), unlisted(host), RELEASES[9600])
    assert isinstance(action, InvokeMethod)
    assert (action.schema.name, action.method, action.selectors) == ("MSFT_iSCSITargetPortal", "New", {})
    assert action.arguments == {
        "TargetPortalAddress": "10.10.2.21",
        "TargetPortalPortNumber": 3260,
        "InitiatorPortalAddress": "10.10.2.11",
    }
    assert "InitiatorPortalAddress=10.10.2.11" in action.text


def test_a_discovery_portal_is_bound_by_number_as_soon_as_that_is_known(host: Host) -> None:
    action = render(
        steps.AddDiscoveryPortal(PORTAL, NIC, reason="test"), unlisted(host, InitiatorPort(2, NIC)), RELEASES[9600]
    )
    assert action.text == f"iscsicli AddTargetPortal 10.10.2.21 3260 {INSTANCE} 2 {' '.join('*' * 10)}"


def test_without_storage_classes_it_stays_announced(host: Host) -> None:
    release = replace(RELEASES[9600], storage_classes=False)
    action = render(steps.AddDiscoveryPortal(PORTAL, NIC, reason="test"), unlisted(host), release)
    assert isinstance(action, Announced)
    assert action.missing == "port of 10.10.2.11"
