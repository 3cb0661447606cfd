# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is not declared is nobody's business: it is shown, never touched, and may refuse a restart by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.stage import Stage, array, server
from ansible_collections.eva.mpio.tests.lab.fabric.interface import PortalAddress
from ansible_collections.eva.mpio.tests.lab.windows.iscsi import model
from ansible_collections.eva.mpio.tests.lab.windows.storage.multipath_disk import VendorDsm

pytestmark = profiles.needs(profiles.INITIATOR)

Make = Callable[..., Stage]

OTHER = {
    "name": "other",
    "model": "EVA4400",
    "ports": [{"address": "10.10.1.91", "controller": "A"}, {"address": "10.10.2.91", "controller": "B"}],
}


@pytest.fixture
def lab(stage: Make) -> Stage:
    """Return a server with a session to an array that nobody declares, not stored."""
    found = stage(server("win1", 1), arrays=[array(), OTHER])
    with found.fleet.laws.fault():
        host = found.fleet.host("win1")
        host.services.set_start("MSiSCSI", 2)
        if not host.services.running("MSiSCSI"):
            host.services.start("MSiSCSI")
        host.initiator.discovery.add_portal(model.DiscoveryPortal(PortalAddress("10.10.1.91"), model.INSTANCE, 1))
        host.initiator.login(request(found))
    return found


def request(lab: Stage) -> model.LoginRequest:
    """Return the login to the other array."""
    (port, _unused) = lab.fleet.array("other").ports
    return model.LoginRequest(port.target_name, PortalAddress("10.10.1.91"), model.INSTANCE, 1)


def ours(lab: Stage, **more: Any) -> dict[str, Any]:
    """Return the options with the first array alone declared."""
    options = lab.whole("win1", **more)
    return {**options, "arrays": [one for one in options["arrays"] if one["name"] == "eva01"]}


def foreign_sessions(lab: Stage) -> list[str]:
    """Return the sessions to the other array."""
    snapshot = lab.fleet.host("win1").snapshot()
    return [one.session_id for one in snapshot.sessions if one.portal.address.endswith(".91")]


@profiles.needs(profiles.RESTART)
def test_a_foreign_session_without_stored_login_refuses_the_restart_by_name(lab: Stage) -> None:
    before = foreign_sessions(lab)
    result = lab.module("host", "win1", ours(lab))
    assert result.status == "failed"
    assert (result["rebooted"], result["reboot_required"]) == (False, True)
    (target,) = {port.target_name for port in lab.fleet.array("other").ports if port.address == "10.10.1.91"}
    assert "restart: not made: these sessions show disks and have no stored login" in result.message
    assert target in result.message
    assert lab.events("win1", "shutdown") == []
    assert foreign_sessions(lab) == before
    assert lab.endings("win1", array_name="other") == []


def test_the_restart_module_refuses_it_too_unless_forced(lab: Stage) -> None:
    refused = lab.module("reboot", "win1", {})
    assert refused.status == "failed"
    assert "not restarted: these sessions show disks and have no stored login" in refused.message
    assert "set force to true" in refused.message
    assert lab.events("win1", "shutdown") == []
    checked = lab.module("reboot", "win1", {"force": True}, check=True)
    assert (checked["changed"], checked["rebooted"]) == (True, False)
    assert lab.events("win1", "shutdown") == []


def test_a_stored_foreign_login_lets_the_restart_through_and_stays(lab: Stage) -> None:
    with lab.fleet.laws.fault():
        lab.fleet.host("win1").initiator.store_login(request(lab))
    result = lab.module("host", "win1", ours(lab))
    assert result["state"] == "converged", result.message
    restarts = int(profiles.has(profiles.RESTART))
    assert result["rebooted"] is bool(restarts)
    assert len(foreign_sessions(lab)) == 1
    stored = [one for one in lab.fleet.host("win1").snapshot().stored if one.portal.address == "10.10.1.91"]
    assert len(stored) == 1
    assert len(lab.logins("win1", array_name="other")) == 1 + restarts
    mark = lab.now
    assert lab.module("host", "win1", ours(lab))["changed"] is False
    assert lab.endings("win1", mark, "other") == []
    assert {lun["array"] for lun in result["luns"]} == {"eva01"}


def test_foreign_portals_and_logins_are_shown_and_never_removed(lab: Stage) -> None:
    with lab.fleet.laws.fault():
        lab.fleet.host("win1").initiator.store_login(request(lab))
    lab.module("host", "win1", ours(lab))
    facts = lab.module("host_info", "win1", {"gather_subset": ["portals", "sessions", "logins", "targets"]})["host"]
    assert "10.10.1.91" in {portal["portal"]["address"] for portal in facts["portals"]}
    assert "10.10.1.91" in {login["portal"]["address"] for login in facts["logins"]}
    assert len(facts["sessions"]) == 5
    removals = [line for line in lab.commands("win1") if "Remove" in line or "Logout" in line]
    assert removals == []


@profiles.needs(profiles.CLAIM_LIST)
def test_another_dsm_that_may_own_the_array_refuses_the_claim(stage: Make) -> None:
    lab = stage(server("win1", 1))
    # The package of HP's DSM wants the feature there already.
    assert lab.module("feature", "win1", {})["reboot_required"] is True
    assert lab.module("reboot", "win1", {})["rebooted"] is True
    with lab.fleet.laws.fault():
        lab.fleet.host("win1").disks.install_vendor_dsm(
            VendorDsm("HP MPIO Full Featured DSM for EVA", ("HP      HSV340          ",))
        )
        lab.fleet.faults.inject("power-off", "win1")
        lab.fleet.faults.heal("power-off", "win1")
    result = lab.module("host", "win1", lab.whole("win1"))
    assert result.status == "failed"
    assert "two DSMs must never claim one disk" in result.message
    assert "HP MPIO Full Featured DSM" in result.message
    assert [line for line in lab.commands("win1") if line.startswith("mpclaim -n")] == []
    assert lab.logins("win1") == []
