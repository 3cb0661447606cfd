# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which NIC reaches which target portal."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._model import TargetPortal
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Mesh, WantedNic, WantedPortal
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.mesh import Routes, match


def nic(text: str) -> WantedNic:
    """``10.0.41.11`` or ``10.0.41.11 blue``."""
    address, _blank, fabric = text.partition(" ")
    return WantedNic(ip_address(address), fabric or None)


def wanted(text: str) -> WantedPortal:
    address, _blank, fabric = text.partition(" ")
    return WantedPortal(TargetPortal(ip_address(address)), fabric or None)


def pairs(routes: Routes) -> list[tuple[str, str]]:
    return [(str(route.nic), str(route.portal.address)) for route in routes.pairs]


CASES: dict[str, tuple[Mesh, list[str], list[str], list[str], list[tuple[str, str]], list[str], list[str]]] = {
    # mesh, interfaces, NICs, portals -> pairs, lonely NICs, lonely portals
    "B-01-two-subnets": (
        Mesh.SUBNET,
        ["10.0.41.11/24", "10.0.42.11/24"],
        ["10.0.41.11", "10.0.42.11"],
        ["10.0.41.10", "10.0.42.10"],
        [("10.0.41.11", "10.0.41.10"), ("10.0.42.11", "10.0.42.10")],
        [],
        [],
    ),
    "B-02-lonely-portal": (
        Mesh.SUBNET,
        ["10.0.41.11/24"],
        ["10.0.41.11"],
        ["10.0.41.10", "10.0.42.10"],
        [("10.0.41.11", "10.0.41.10")],
        [],
        ["10.0.42.10"],
    ),
    "lonely-nic": (
        Mesh.SUBNET,
        ["10.0.41.11/24", "10.9.9.9/24"],
        ["10.0.41.11", "10.9.9.9"],
        ["10.0.41.10"],
        [("10.0.41.11", "10.0.41.10")],
        ["10.9.9.9"],
        [],
    ),
    "B-08-subnet-map": (
        Mesh.SUBNET,
        ["10.1.1.5/24"],
        ["10.1.1.5"],
        ["10.1.1.9", "10.1.2.9"],
        [("10.1.1.5", "10.1.1.9")],
        [],
        ["10.1.2.9"],
    ),
    "B-09-listed-twice": (
        Mesh.SUBNET,
        ["10.1.1.5/24"],
        ["10.1.1.5", "10.1.1.5"],
        ["10.1.1.9", "10.1.1.9"],
        [("10.1.1.5", "10.1.1.9")],
        [],
        [],
    ),
    "wide-mask": (
        Mesh.SUBNET,
        ["10.1.1.5/16"],
        ["10.1.1.5"],
        ["10.1.1.9", "10.1.2.9"],
        [("10.1.1.5", "10.1.1.9"), ("10.1.1.5", "10.1.2.9")],
        [],
        [],
    ),
    "narrow-mask": (Mesh.SUBNET, ["10.1.1.5/30"], ["10.1.1.5"], ["10.1.1.9"], [], ["10.1.1.5"], ["10.1.1.9"]),
    "nic-without-interface": (Mesh.SUBNET, [], ["10.1.1.5"], ["10.1.1.9"], [], ["10.1.1.5"], ["10.1.1.9"]),
    "ipv6": (
        Mesh.SUBNET,
        ["fd00:1::11/64", "10.1.1.5/24"],
        ["fd00:1::11", "10.1.1.5"],
        ["fd00:1::21", "fd00:2::21"],
        [("fd00:1::11", "fd00:1::21")],
        ["10.1.1.5"],
        ["fd00:2::21"],
    ),
    "fabric": (
        Mesh.FABRIC,
        [],
        ["10.0.41.11 blue", "10.0.41.12 red"],
        ["10.0.41.10 red", "10.0.41.20 blue", "10.0.41.30 green"],
        [("10.0.41.12", "10.0.41.10"), ("10.0.41.11", "10.0.41.20")],
        [],
        ["10.0.41.30"],
    ),
    "fabric-undeclared": (Mesh.FABRIC, [], ["10.0.41.11"], ["10.0.41.10"], [], ["10.0.41.11"], ["10.0.41.10"]),
    "full": (
        Mesh.FULL,
        [],
        ["10.0.41.11", "10.0.42.11"],
        ["10.7.7.7"],
        [("10.0.41.11", "10.7.7.7"), ("10.0.42.11", "10.7.7.7")],
        [],
        [],
    ),
    "full-keeps-families-apart": (
        Mesh.FULL,
        [],
        ["10.0.41.11", "fd00::1"],
        ["10.7.7.7"],
        [("10.0.41.11", "10.7.7.7")],
        ["fd00::1"],
        [],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_match(
    case: tuple[Mesh, list[str], list[str], list[str], list[tuple[str, str]], list[str], list[str]],
) -> None:
    mesh, interfaces, nics, portals, expected, lonely_nics, lonely_portals = case
    routes = match(
        [nic(one) for one in nics], [wanted(one) for one in portals], [ip_interface(one) for one in interfaces], mesh
    )
    assert pairs(routes) == expected
    assert [str(one) for one in routes.lonely_nics] == lonely_nics
    assert [str(one.address) for one in routes.lonely_portals] == lonely_portals


addresses = st.integers(0, 5).flatmap(lambda subnet: st.integers(1, 250).map(lambda host: f"10.0.{subnet}.{host}"))


@settings(max_examples=60, deadline=None)
@given(st.lists(addresses, max_size=4), st.lists(addresses, max_size=6), st.sampled_from([Mesh.SUBNET, Mesh.FULL]))
def test_nothing_is_lost_and_nothing_is_guessed(nics: list[str], portals: list[str], mesh: Mesh) -> None:
    interfaces = [ip_interface(f"{one}/24") for one in nics]
    routes = match([nic(one) for one in nics], [wanted(one) for one in portals], interfaces, mesh)
    used = {route.nic for route in routes.pairs}
    assert len(set(routes.pairs)) == len(routes.pairs)
    assert used.isdisjoint(routes.lonely_nics)
    assert {str(one) for one in used.union(routes.lonely_nics)} == set(nics)
    assert {str(r.portal.address) for r in routes.pairs} | {str(p.address) for p in routes.lonely_portals} == set(
        portals
    )
    for route in routes.pairs:
        same_subnet = str(route.nic).rsplit(".", 1)[0] == str(route.portal.address).rsplit(".", 1)[0]
        assert same_subnet or mesh is Mesh.FULL
