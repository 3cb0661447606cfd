# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What else is on the host, and what it means for the paths of an array."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Claims, Dsm, Known, Policy, value_of
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_needed, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Plan, Severity
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged, under_hps
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import HP, layout
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.views import (
    A,
    B,
    C,
    D,
    path,
    paths_wish,
    pending,
    plan_of,
    ready,
    waiting,
)


def test_disks_of_another_dsm_are_not_seen_twice() -> None:
    """Nobody shall be told to take healthy disks of HP's DSM offline."""
    host = converged().host()
    disks = tuple(replace(one, dsm="HP EVA DSM", policy=Policy.VENDOR_SPECIFIC) for one in value_of(host.disks))
    dsms = (*value_of(host.dsms), Dsm("HP EVA DSM", "4"))
    plan = plan_host(paths_wish(), replace(host, disks=Known(disks), dsms=Known(dsms)))
    assert plan.ready == ()
    (finding,) = plan.findings
    assert finding.severity is Severity.PROBLEM
    assert "they are disks of HP EVA DSM and not of the Microsoft DSM" in finding.text


def test_disks_of_the_wanted_dsm_are_right_and_those_of_microsofts_are_named_beside_it() -> None:
    def paths_under(truth: Truth) -> Plan:
        return plan_host(replace(paths_wish(), layout=replace(layout(), owner=HP)), truth.host())

    assert paths_under(under_hps()).findings == ()
    truth = converged()
    (finding,) = paths_under(truth).findings
    assert "they are disks of Microsoft DSM and not of the HP MPIO Full Featured DSM for EVA" in finding.text
    assert all(lun.wwn in finding.text for lun in truth.arrays[0].luns)


def on_an_undeclared_port() -> Truth:
    """The host is connected to a port of the array that is not declared: a target of its own."""
    truth = pending(2)
    truth.discovery = [(p.portal, p.nic) for p in (path(0), path(1))]
    truth.known_targets = {p.target: {p.portal} for p in (path(0), path(1))}
    return truth


def test_disks_seen_over_another_target_may_be_this_arrays() -> None:
    where = layout(portals=("10.10.1.21", "10.10.2.21"))
    plan = plan_of(on_an_undeclared_port(), where)
    assert ready(plan) == []
    reason = "multipath is in effect (session fffffa80-1 shows disks outside MPIO that may be this array's)"
    assert f"Login {A} [{reason}]" in waiting(plan)
    assert f"StoreLogin {A} [multipath is in effect]" in waiting(plan)


@pytest.mark.parametrize(
    "product", [pytest.param(("SYNOLOGY", "iSCSI Storage"), id="foreign"), pytest.param(("HP", "HSV400"), id="model")]
)
def test_disks_of_another_kind_are_not_this_arrays(product: tuple[str, str]) -> None:
    truth = on_an_undeclared_port()
    for lun in truth.arrays[0].luns:
        lun.vendor, lun.product = product
    plan = plan_of(truth, layout(portals=("10.10.1.21", "10.10.2.21")))
    assert ready(plan) == [f"StoreLogin {A}", f"Login {A}"]


def test_a_stored_login_whose_nic_is_gone_makes_room() -> None:
    truth = pending(0)
    truth.logins = [replace(stored(truth, path(0)), port_number=77)]
    plan = plan_of(truth)
    assert ready(plan) == [f"ReplaceLogin {A}"]


def test_the_move_of_the_one_stored_login_is_announced() -> None:
    lines = waiting(plan_of(pending(stores=[3])))
    assert f"ReplaceLogin {A} [another path does not work]" in lines
    assert f"ForgetLogin {D} [this run stores it and its session cannot be made]" in lines
    assert not [line for line in waiting(plan_of(pending(3, stores=[3]))) if line.startswith(("Replace", "Forget"))]


def test_a_withdrawn_claim_allows_no_more_stored_logins() -> None:
    """The LUNs are MPIO disks until the restart, and would be seen over every stored path after it."""
    truth = converged()
    truth.logins = truth.logins[:1]
    plan = plan_host(paths_wish(), replace(truth.host(), claims=Known(Claims((), ()))))
    assert ready(plan) == []
    assert plan.of(Severity.PROBLEM) == ()
    assert "claims" in parts_needed(paths_wish())


def test_logins_and_portals_of_another_initiator_are_not_ours() -> None:
    truth = converged()
    truth.logins = [replace(login, instance="ROOT\\HBA\\0001_0") for login in truth.logins]
    assert ready(plan_of(truth)) == [f"StoreLogin {one}" for one in (A, B, C, D)]
    host = converged().host()
    portals = tuple(replace(one, instance="ROOT\\HBA\\0001_0") for one in value_of(host.portals))
    plan = plan_host(Desired(layout=layout(), portals=True), replace(host, portals=Known(portals)))
    assert [type(step) for step in plan.ready] == [s.AddDiscoveryPortal] * 4
