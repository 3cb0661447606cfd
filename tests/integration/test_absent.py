# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths and portals that shall be gone: only they go, stored first, and no disk in use loses what it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult
from ansible_collections.eva.mpio.tests.integration.stage import PORTALS, Stage, array, server
from ansible_collections.eva.mpio.tests.lab.fabric.interface import PortalAddress
from ansible_collections.eva.mpio.tests.lab.laws import Allowance

Make = Callable[..., Stage]

FIRST, SECOND = "10.10.1.11", "10.10.2.11"


@pytest.fixture
def lab(stage: Make) -> Stage:
    """Return a server that is as it should be."""
    found = stage(server("win1", 1), arrays=[array()])
    found.provision("win1")
    return found


def absent(lab: Stage, *nics: str, module: str = "session", check: bool = False, **more: Any) -> TaskResult:
    """Ask for the paths, or the discovery portals, of these NICs to be gone."""
    options = {**lab.layout("win1"), "nics": list(nics), "state": "absent", **more}
    return lab.module(module, "win1", options, check=check)


def use(lab: Stage) -> None:
    """Let something on the server use every disk."""
    host = lab.fleet.host("win1")
    for number, disk in enumerate(host.disks.disk_views()):
        host.disks.mount(disk.naa, "EFGHIJ"[number])


def allowed(lab: Stage, paths: int, *nics: str) -> None:
    """Tell the judge of the law what is lost on purpose: the paths of these NICs."""
    gone = frozenset((nic, PortalAddress(portal)) for nic, portal in lab.declared("win1") if nic in nics)
    reason = "somebody asked for it"
    lab.fleet.laws.allow("win1", Allowance(reason, paths, stored_logins=True, unused_disks=True, paths=gone))


def test_the_paths_of_one_nic_go_and_the_others_stay(lab: Stage) -> None:
    """X-02, X-21, X-24: the disks are in use and keep two paths."""
    use(lab)
    allowed(lab, 2, SECOND)
    announced = absent(lab, SECOND, check=True)
    assert announced.status == "ok", announced.message
    mark = lab.now
    result = absent(lab, SECOND)
    assert result.status == "ok", result.message
    assert result.steps == announced.steps
    kept = tuple(pair for pair in lab.declared("win1") if pair[0] == FIRST)
    assert lab.truth("win1").live == lab.truth("win1").stored == kept
    changes = [change for change in lab.changes("win1", mark) if change.startswith(("persistent login", "session"))]
    assert changes == ["persistent login removed"] * 2 + ["session closed"] * 2
    again = absent(lab, SECOND)
    assert (again.status, again["changed"], again["steps"]) == ("ok", False, [])
    lab.fleet.laws.revoke("win1")
    lab.provision("win1")
    lab.is_redundant("win1")


def test_a_disk_in_use_keeps_its_last_paths(lab: Stage) -> None:
    use(lab)
    mark = lab.now
    result = absent(lab, FIRST, SECOND)
    assert result.status == "failed"
    assert (
        "it is online and has 1 partition (E:), and it would keep 0 working paths, at least 2 needed" in result.message
    )
    assert lab.changes("win1", mark) == []
    lab.is_redundant("win1")


def test_a_floor_is_a_matter_of_the_administrator(lab: Stage) -> None:
    use(lab)
    result = absent(lab, SECOND, minimum_paths=3)
    assert result.status == "failed"
    lab.is_redundant("win1")


def test_disks_that_nobody_uses_may_go(lab: Stage) -> None:
    """X-04, X-06, X-08: no partition."""
    allowed(lab, 0, FIRST, SECOND)
    result = absent(lab, FIRST, SECOND)
    assert result.status == "ok", result.message
    assert (lab.truth("win1").live, lab.truth("win1").stored) == ((), ())
    portals = absent(lab, FIRST, SECOND, module="portal")
    assert portals.status == "ok", portals.message
    assert lab.fleet.host("win1").initiator.discovery.portals() == []
    for module in ("session", "portal"):
        again = absent(lab, FIRST, SECOND, module=module)
        assert (again.status, again["changed"]) == ("ok", False)


def test_what_never_was_is_absent(stage: Make) -> None:
    """D-18."""
    lab = stage(server("win1", 1), arrays=[array()])
    assert lab.module("initiator", "win1", profiles.options(profiles.CURRENT)).status == "ok"
    for module in ("session", "portal"):
        result = absent(lab, FIRST, SECOND, module=module)
        assert (result.status, result["changed"]) == ("ok", False), result.message


def test_a_session_without_connection_goes_by_its_id(lab: Stage) -> None:
    """X-16."""
    allowed(lab, 0, FIRST, SECOND)
    for portal in PORTALS:
        lab.fleet.faults.inject("portal-down", portal)
    assert lab.truth("win1").live == ()
    result = absent(lab, FIRST, SECOND)
    assert result.status == "ok", result.message
    assert lab.fleet.host("win1").initiator.sessions.all() == []
    assert lab.truth("win1").stored == ()


def test_paths_with_chap_go_without_their_secret(stage: Make) -> None:
    lab = stage(server("win1", 1, chap={"secret": "initiator-secret", "name": "host"}), arrays=[array()])
    lab.provision("win1")
    allowed(lab, 2, SECOND)
    result = absent(lab, SECOND)
    assert (result.status, result["changed"]) == ("ok", True), result.message
    assert {nic for nic, _portal in lab.truth("win1").stored} == {FIRST}


@pytest.mark.parametrize("module", ["session", "portal"])
def test_what_another_nic_needs_stays_while_its_cable_is_out(lab: Stage, module: str) -> None:
    """Its number is nobody's now, and may be the wished one's again when the link is."""
    host = lab.fleet.host("win1")
    with lab.fleet.laws.fault():
        lab.fleet.faults.inject("nic-down", SECOND)
        host.network.remove(SECOND)
    allowed(lab, 0, FIRST, SECOND)  # the judge knows a stored login by the address of its NIC
    result = absent(lab, FIRST, module=module)
    assert (result.status, result["changed"]) == ("ok", True), result.message
    assert sum(nic is None for nic, _portal in lab.truth("win1").stored) == 2
    removed = [step for step in result.steps if "discovery portal" in step]
    assert len(removed) == (2 if module == "portal" else 0)
    assert not any("10.10.2." in step for step in removed)
