# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An explicit mesh, and target portals given by name."""

from __future__ import annotations

import typing as t
from ipaddress import ip_address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import TargetPortal
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Mesh, WantedPortal
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.mesh import Route, match
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import (
    Faults,
    from_system,
    nics_and_portals,
    resolve_portals,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wish.reading import (
    ARRAY,
    array_faults,
    faults_of,
    raised,
    read,
)

NICS = ["10.10.1.11", "10.10.2.11", "fd00::11"]
NAMES = {
    "eva01-p1.example.com": ("10.10.1.21",),
    "eva01-p6": ("fd00::21", "fd00::21"),
    "both.example.com": ("fd00::21", "10.10.1.21"),
    "empty.example.com": (),
    "link_local": ("fe80::1%eth0",),
}


def explicit(*portals: t.Any) -> dict[str, t.Any]:
    return {"mesh": "explicit", "nics": NICS, "arrays": [{**ARRAY, "portals": list(portals)}]}


def test_each_portal_names_its_nics() -> None:
    wanted = read(
        **explicit(
            {"address": "10.10.1.21", "nics": ["10.10.1.11", "10.10.2.11", "10.10.1.11"]},
            {"address": "10.10.9.22", "nics": ["10.10.2.11"]},
            {"address": "fd00::21", "nics": ["FD00:0::11"]},
        )
    )
    assert wanted.mesh is Mesh.EXPLICIT
    first, second, third = (ip_address(nic) for nic in NICS)
    assert [portal.nics for portal in wanted.arrays[0].portals] == [(first, second), (second,), (third,)]
    routes = match(wanted.nics, wanted.arrays[0].portals, [], wanted.mesh)
    assert [str(route.nic) for route in routes.pairs] == ["10.10.1.11", "10.10.2.11", "10.10.2.11", "fd00::11"]
    assert routes.pairs[2] == Route(second, TargetPortal(ip_address("10.10.9.22")))
    assert not routes.lonely_nics
    assert not routes.lonely_portals


def test_a_nic_that_no_portal_names_is_lonely() -> None:
    wanted = read(**explicit({"address": "10.10.1.21", "nics": ["10.10.1.11"]}))
    routes = match(wanted.nics, wanted.arrays[0].portals, [], wanted.mesh)
    assert [str(nic) for nic in routes.lonely_nics] == NICS[1:]


BAD_NICS = {
    "missing": ({}, "mesh is explicit, so the target portal needs nics, a list of NIC addresses"),
    "empty": ({"nics": []}, "needs nics, a list of NIC addresses"),
    "no-list": ({"nics": "10.10.1.11"}, "needs nics, a list of NIC addresses"),
    "not-declared": ({"nics": ["10.10.1.12"]}, "NIC 10.10.1.12 is not among those of the option nics"),
    "other-family": ({"nics": ["fd00::11"]}, "NIC fd00::11 cannot reach 10.10.1.21: one has IPv4, the other IPv6"),
    "no-address": ({"nics": ["10.10.1.11", "NIC 1"]}, "nics[1]: 'NIC 1' is no IP address"),
    "template": ({"nics": ["{{ nic }}"]}, "nics[0]: '{{ nic }}' is a template that was not filled in"),
    "none": ({"nics": [None]}, "nics[0]: an IP address is needed here"),
}


@pytest.mark.parametrize(("given", "text"), BAD_NICS.values(), ids=BAD_NICS.keys())
def test_bad_nics_of_a_portal(given: dict[str, t.Any], text: str) -> None:
    (fault,) = faults_of(**explicit({"address": "10.10.1.21", **given}))
    assert fault.startswith("arrays[0] (eva01).portals[0]")
    assert text in fault


@pytest.mark.parametrize("mesh", ["subnet", "full"])
def test_nics_of_a_portal_belong_to_an_explicit_mesh(mesh: str) -> None:
    (fault,) = faults_of(**{**explicit({"address": "10.10.1.21", "nics": ["10.10.1.11"]}), "mesh": mesh})
    assert fault == (f"arrays[0] (eva01).portals[0]: it names nics, and mesh is {mesh}; they belong to mesh explicit")


def resolver(name: str) -> tuple[str, ...]:
    """Know the names above and no others, as a resolver that is asked for others."""
    if name not in NAMES:
        raise OSError(-2, "Name or service not known")
    return NAMES[name]


def portals_of(*given: t.Any) -> tuple[WantedPortal, ...]:
    faults = Faults()
    resolved = resolve_portals(given, "portals", faults, resolver)
    _nics, portals = nics_and_portals(["10.10.1.11"], resolved, Mesh.SUBNET, faults)
    faults.check()
    return portals


@pytest.mark.parametrize(
    ("value", "address", "tcp_port"),
    [
        ("eva01-p1.example.com", "10.10.1.21", 3260),
        ("eva01-p1.example.com:3261", "10.10.1.21", 3261),
        ("eva01-p6", "fd00::21", 3260),
        ("eva01-p6:3261", "fd00::21", 3261),
        ({"address": "eva01-p6", "tcp_port": 3262}, "fd00::21", 3262),
        ({"address": " eva01-p1.example.com "}, "10.10.1.21", 3260),
        ("10.10.1.22:3261", "10.10.1.22", 3261),
        ("fd00::22", "fd00::22", 3260),
    ],
)
def test_portals_by_name(value: t.Any, address: str, tcp_port: int) -> None:
    assert portals_of(value) == (WantedPortal(TargetPortal(ip_address(address), tcp_port)),)


def test_what_else_is_said_of_a_portal_stays() -> None:
    (portal,) = portals_of({"address": "eva01-p6", "controller": "A"})
    assert portal == WantedPortal(TargetPortal(ip_address("fd00::21")), controller="A")


def faults_of_portals(*given: t.Any) -> tuple[str, ...]:
    faults = Faults()
    nics_and_portals(["10.10.1.11"], resolve_portals(given, "portals", faults, resolver), Mesh.SUBNET, faults)
    return raised(faults)


def test_names_that_do_not_stand_for_one_address() -> None:
    assert faults_of_portals(
        "10.10.1.21", "nobody.example.com", "both.example.com:3260", {"address": "empty.example.com"}
    ) == (
        "portals[1]: 'nobody.example.com' is no IP address and does not resolve on the controller"
        " (Name or service not known)",
        "portals[2]: 'both.example.com' resolves to 10.10.1.21, fd00::21 on the controller; a target portal is one"
        " address: declare each by itself",
        "portals[3]: 'empty.example.com' resolves to no address on the controller; a target portal is one address:"
        " declare each by itself",
    )


def test_a_name_of_an_address_that_no_path_can_use() -> None:
    (fault,) = faults_of_portals("link_local")
    assert fault.startswith("portals[0]: ")
    assert "names a zone" in fault


@pytest.mark.parametrize(
    "value",
    [
        "10.0.0.256",
        "10.0.0",
        "a b",
        "",
        "-x",
        "x-.y",
        "a..b",
        "{{ portal }}",
        "10.0.0.1/24",
        "x" * 64,
        "t\u00fcr.de",
        5,
        None,
    ],
)
def test_what_is_no_name_is_not_asked_for(value: t.Any) -> None:
    def nobody(name: str) -> tuple[str, ...]:
        raise AssertionError(f"{name} was asked for")

    assert resolve_portals([value, {"address": value}], "portals", Faults(), nobody) == [value, {"address": value}]


def test_the_controllers_own_resolver() -> None:
    assert set(from_system("localhost")) <= {"127.0.0.1", "::1"}
    assert from_system("10.10.1.21") == ("10.10.1.21",)
    with pytest.raises(OSError, match=r"."):
        from_system("nobody.invalid")


def test_a_name_that_nobody_resolved_is_refused() -> None:
    assert "is no IP address" in array_faults(portals=["eva01.example.com"])[0]
