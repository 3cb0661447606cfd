# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Layouts of other shapes: IPv6, NICs in one subnet, shared NICs, other ports, one target over several portals."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Known,
    Target,
    TargetPortal,
    Unknown,
    value_of,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Layout,
    Mesh,
    WantedArray,
    WantedNic,
    WantedPaths,
    WantedPortal,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity, Side
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged, fresh, portal, prepared
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import FakeArray, Lun, Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import P6300, layout, whole
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.views import path, paths_wish, plan_of

Ends = set[tuple[str, str, str]]


def built(interfaces: list[IPv4Interface | IPv6Interface], arrays: list[FakeArray]) -> Truth:
    """Return a host as it is delivered, with these addresses and arrays."""
    numbers = {one.ip: number for number, one in enumerate(interfaces)}
    return Truth(tuple(interfaces), arrays, port_numbers=numbers)  # type: ignore[arg-type]


def array(name: str, *portals: TargetPortal, lun: str = "6001438005DE0000000040000000000A") -> FakeArray:
    """One array with a single target behind all its portals."""
    return FakeArray({f"iqn.1986-03.com.hp:{name}": portals}, [Lun(lun)])


def declared(nics: list[str], arrays: dict[str, list[TargetPortal]], mesh: Mesh = Mesh.SUBNET) -> Layout:
    wanted = [
        WantedArray(name, tuple(WantedPortal(one) for one in portals), (P6300,)) for name, portals in arrays.items()
    ]
    return Layout(tuple(wanted), tuple(WantedNic(_address(one)) for one in nics), mesh)


def _address(text: str) -> IPv4Address | IPv6Address:
    return IPv6Address(text) if ":" in text else IPv4Address(text)


def made(truth: Truth, where: Layout) -> Ends:
    """Bring the host to the layout, and return NIC, portal and target of each path when a second run is empty."""
    assert converge(FakeMachine(truth), whole(where)).state == "converged"
    again = FakeMachine(truth)
    assert converge(again, whole(where)).state == "converged"
    assert again.performed == []
    assert len(truth.sessions) == len(truth.logins)
    return {(str(one.path.nic), str(one.path.portal), one.path.target) for one in truth.sessions}


def test_ipv6() -> None:
    one, two = IPv6Address("fd00:1::21"), IPv6Address("fd00:2::21")
    portals = [TargetPortal(one), TargetPortal(two)]
    truth = built([IPv6Interface("fd00:1::11/64"), IPv6Interface("fd00:2::11/64")], [array("eva01", *portals)])
    assert made(truth, declared(["fd00:1::11", "fd00:2::11"], {"eva01": portals})) == {
        ("fd00:1::11", "[fd00:1::21]:3260", "iqn.1986-03.com.hp:eva01"),
        ("fd00:2::11", "[fd00:2::21]:3260", "iqn.1986-03.com.hp:eva01"),
    }


def test_ipv4_and_ipv6_beside_each_other() -> None:
    portals = [portal("10.10.1.21"), TargetPortal(IPv6Address("fd00:2::21"))]
    targets = {f"iqn.1986-03.com.hp:eva01.{number}": (one,) for number, one in enumerate(portals)}
    one_array = replace(array("eva01"), targets=targets)
    truth = built([IPv4Interface("10.10.1.11/24"), IPv6Interface("fd00:2::11/64")], [one_array])
    for mesh in (Mesh.SUBNET, Mesh.FULL):
        ends = made(truth, declared(["10.10.1.11", "fd00:2::11"], {"eva01": portals}, mesh))
        assert {(nic, address) for nic, address, _target in ends} == {
            ("10.10.1.11", "10.10.1.21:3260"),
            ("fd00:2::11", "[fd00:2::21]:3260"),
        }


def test_s_06_several_nics_in_one_subnet_reach_each_portal() -> None:
    portals = [portal("10.10.1.21"), portal("10.10.1.22")]
    truth = built([IPv4Interface("10.10.1.11/24"), IPv4Interface("10.10.1.12/24")], [array("eva01", *portals)])
    ends = made(truth, declared(["10.10.1.11", "10.10.1.12"], {"eva01": portals}))
    assert {(nic, address) for nic, address, _target in ends} == {
        (nic, f"{address}:3260") for nic in ("10.10.1.11", "10.10.1.12") for address in ("10.10.1.21", "10.10.1.22")
    }


def test_arrays_that_share_a_nic() -> None:
    here, there = [portal("10.10.1.21"), portal("10.10.2.21")], [portal("10.10.1.31"), portal("10.10.2.31")]
    truth = built(
        [IPv4Interface("10.10.1.11/24"), IPv4Interface("10.10.2.11/24")],
        [array("eva01", *here), array("eva02", *there, lun="6001438005DE0000000040000000000B")],
    )
    ends = made(truth, declared(["10.10.1.11", "10.10.2.11"], {"eva01": here, "eva02": there}))
    assert {(address, target) for _nic, address, target in ends} == {
        ("10.10.1.21:3260", "iqn.1986-03.com.hp:eva01"),
        ("10.10.2.21:3260", "iqn.1986-03.com.hp:eva01"),
        ("10.10.1.31:3260", "iqn.1986-03.com.hp:eva02"),
        ("10.10.2.31:3260", "iqn.1986-03.com.hp:eva02"),
    }


def test_s_08_another_tcp_port_is_another_path() -> None:
    portals = [portal("10.10.1.21"), portal("10.10.1.21:3261"), portal("10.10.2.21")]
    truth = built([IPv4Interface("10.10.1.11/24"), IPv4Interface("10.10.2.11/24")], [array("eva01", *portals)])
    ends = made(truth, declared(["10.10.1.11", "10.10.2.11"], {"eva01": portals}))
    assert {address for _nic, address, _target in ends} == {"10.10.1.21:3260", "10.10.1.21:3261", "10.10.2.21:3260"}


def test_explicit_pairs() -> None:
    portals = [portal("10.10.1.21"), portal("10.10.2.21")]
    truth = built([IPv4Interface("10.10.1.11/24"), IPv4Interface("10.10.1.12/24")], [array("eva01", *portals)])
    where = declared(["10.10.1.11", "10.10.1.12"], {"eva01": portals}, Mesh.EXPLICIT)
    paired = tuple(
        replace(one, nics=(nic.address,)) for one, nic in zip(where.arrays[0].portals, where.nics, strict=True)
    )
    where = replace(where, arrays=(replace(where.arrays[0], portals=paired),))
    assert {(nic, address) for nic, address, _target in made(truth, where)} == {
        ("10.10.1.11", "10.10.1.21:3260"),
        ("10.10.1.12", "10.10.2.21:3260"),
    }


def test_explicit_pairs_that_name_no_nic_are_said() -> None:
    where = replace(layout(), mesh=Mesh.EXPLICIT)
    (refusal,) = plan_of(converged(), where).of(Severity.REFUSAL)
    assert "no target portal names a declared NIC, so there is no path to it" in refusal.text
    first, *others = where.arrays[0].portals
    some = (replace(first, nics=(path(0).nic,)), *others)
    notes = plan_of(converged(), replace(where, arrays=(replace(where.arrays[0], portals=some),))).of(Severity.NOTE)
    assert "target portal 10.10.2.21:3260 is not used: it names none of the declared NICs" in [
        finding.text for finding in notes
    ]


@pytest.mark.parametrize("discovered", [True, False], ids=["portal groups", "only where it was found"])
def test_one_target_over_several_portals_is_a_path_over_each(discovered: bool) -> None:
    truth = prepared()
    host = truth.host()
    portals = tuple(one.portal for one in layout().arrays[0].portals)
    target = Target("iqn.1986-03.com.hp:eva01", portals if discovered else (), portals)
    plan = plan_host(paths_wish(), replace(host, targets=Known((target,))))
    logins = [item.step for item in plan.steps if isinstance(item.step, s.Login)]
    assert {(step.portal, step.target) for step in logins} == {(one, target.name) for one in portals}


# ---- addresses of a failover cluster


def test_b_10_an_address_of_the_cluster_is_refused_as_nic() -> None:
    truth = converged(cluster_addresses=(path(0).nic,))
    plan = plan_of(truth)
    assert plan.steps == ()
    (refusal,) = plan.of(Severity.REFUSAL)
    assert (refusal.side, refusal.where) == (Side.WISH, f"NIC {path(0).nic}")
    assert "it is an address of the failover cluster and moves to another node" in refusal.text


def test_other_addresses_of_the_cluster_do_not_matter() -> None:
    plan = plan_of(converged(cluster_addresses=(IPv4Address("10.10.1.99"),)))
    assert (plan.steps, plan.findings) == ((), ())


def test_addresses_of_the_cluster_that_cannot_be_read_are_said() -> None:
    host = replace(converged().host(), cluster_addresses=Unknown("its hive cannot be read"))
    plan = plan_host(paths_wish(), host)
    (note,) = plan.findings
    assert note.severity is Severity.NOTE
    assert note.text.endswith("is not known: its hive cannot be read")


def test_fresh_is_what_these_hosts_begin_as() -> None:
    """The hosts of this file are built as :func:`fresh` builds them, only otherwise cabled."""
    truth = built([IPv4Interface("10.10.1.11/24"), IPv4Interface("10.10.2.11/24")], fresh().arrays)
    assert value_of(truth.host().initiator_service) == value_of(fresh().host().initiator_service)
    assert len(made(truth, layout())) == 4


@pytest.mark.parametrize(("sessions", "refused"), [(8, False), (9, True)])
def test_more_paths_than_a_lun_can_have_are_refused_where_the_subnets_are_known(sessions: int, refused: bool) -> None:
    """Windows driver sample msdsm, DSM_MAX_PATHS: 32. Four pairs of NIC and target portal are in one subnet each."""
    plan = plan_host(whole(paths=WantedPaths(sessions_per_path=sessions)), prepared().host())
    found = [one for one in plan.of(Severity.REFUSAL) if f"give {4 * sessions} paths a LUN" in one.text]
    assert [(one.side, one.where) for one in found] == ([(Side.WISH, "array eva01")] if refused else [])
    assert bool(plan.steps) is not refused
