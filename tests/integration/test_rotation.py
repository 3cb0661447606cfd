# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets and digests change under load: path by path, the successor first, redundancy all along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.stage import PORTALS, Stage, array, server
from ansible_collections.eva.mpio.tests.lab.fabric.interface import Chap

Make = Callable[..., Stage]

OLD, NEW, THIRD = "old-secret-0001", "new-secret-0001", "third-secret-01"
CHAP = {"secret": OLD, "name": "host"}


def change_at_array(lab: Stage, secret: str) -> None:
    """Set another secret for the server at the array, as its administrator does."""
    lab.fleet.array("eva01").set_chap(lab.fleet.node_name("win1"), Chap("host", secret.encode()), None)


def with_secret(lab: Stage, secret: str | None, **more: Any) -> dict[str, Any]:
    """Return the options of eva.mpio.host with another secret, None for none."""
    options = lab.whole("win1", **more)
    for one in options["arrays"]:
        one.update(chap_secret=secret, chap_user=None if secret is None else "host")
    return options


def sessions(lab: Stage) -> set[str]:
    """Return the ids of the sessions."""
    return {one.session_id for one in lab.fleet.host("win1").snapshot().sessions}


@pytest.fixture(params=profiles.EACH)
def lab(request: pytest.FixtureRequest, stage: Make) -> Stage:
    """Return a server with CHAP that is as it should be."""
    found = stage(server("win1", 1, **profiles.kind(request.param, chap=CHAP)), arrays=[array()])
    found.provision("win1", **profiles.options(request.param))
    return found


def test_a_new_secret_reaches_every_half_of_every_path(lab: Stage) -> None:
    before, mark = sessions(lab), lab.now
    change_at_array(lab, NEW)
    options = with_secret(lab, NEW, update_password="always")
    announced = lab.module("host", "win1", options, check=True)
    result = lab.module("host", "win1", options)
    assert result["state"] == "converged", result.message
    assert set(result.steps) <= set(announced.steps)
    in_turn = [step.rpartition(": ")[2] for step in result.steps if not step.startswith("discovery portal")]
    assert in_turn == ["log in", "store again with the new secret", "log out"] * 4
    assert sessions(lab).isdisjoint(before)
    lab.is_redundant("win1")
    assert {login.chap for login in lab.logins("win1", mark)} == {"one-way"}
    # Windows makes them again by itself with what is stored now.
    host = lab.fleet.host("win1")
    with lab.fleet.laws.fault():
        host.services.stop("MSiSCSI")
        host.services.start("MSiSCSI")
    lab.is_redundant("win1")
    # Without update_password nothing is compared, so nothing is changed.
    assert lab.module("host", "win1", with_secret(lab, NEW))["changed"] is False


def test_a_wrong_new_secret_is_found_at_the_first_path_and_nothing_is_lost(lab: Stage) -> None:
    before, stored = sessions(lab), lab.truth("win1").stored
    mark = lab.now
    result = lab.module("host", "win1", with_secret(lab, THIRD, update_password="always"))
    assert result.status == "failed"
    assert "CHAP" in result.message
    assert sessions(lab) == before
    assert lab.truth("win1").stored == stored
    assert "persistent login removed" not in lab.changes("win1", mark)
    # What is stored still holds the old secret, with which Windows comes back.
    host = lab.fleet.host("win1")
    with lab.fleet.laws.fault():
        host.services.stop("MSiSCSI")
        host.services.start("MSiSCSI")
    lab.is_redundant("win1")


def test_paths_without_chap_get_it_one_by_one(stage: Make) -> None:
    """The second phase of an array that learns an initiator at a login without CHAP (HP MPX200 guide, page 101)."""
    lab = stage(server("win1", 1), arrays=[array()])
    lab.provision("win1")
    before = sessions(lab)
    change_at_array(lab, NEW)
    result = lab.module("host", "win1", with_secret(lab, NEW))
    assert result["state"] == "converged", result.message
    lab.is_redundant("win1")
    assert sessions(lab).isdisjoint(before)
    assert lab.module("host", "win1", with_secret(lab, NEW))["changed"] is False


def test_one_path_that_differs_is_touched_alone(stage: Make) -> None:
    """D-14, D-26: somebody made one session of four without CHAP."""
    lab = stage(server("win1", 1, chap=CHAP), arrays=[array()])
    lab.provision("win1")
    host = lab.fleet.host("win1")
    lab.fleet.faults.inject("end-session", "win1", PORTALS[0])
    with lab.fleet.laws.fault():
        lab.fleet.array("eva01").set_chap(lab.fleet.node_name("win1"), None, None)
        stored = next(one for one in host.initiator.persistent.all() if one.request.portal.address == PORTALS[0])
        plain = type(stored.request.options)(login_flags=2)
        made = stored.request
        host.initiator.login(type(made)(made.target, made.portal, made.instance, made.port_number, options=plain))
    change_at_array(lab, OLD)
    others = {one.session_id for one in host.snapshot().sessions if one.portal.address != PORTALS[0]}
    result = lab.module("host", "win1", lab.whole("win1"))
    assert result["state"] == "converged", result.message
    lab.is_redundant("win1")
    assert others <= sessions(lab)


@pytest.mark.parametrize("busy_succeeds", [True, False])
def test_digests_are_turned_on_path_by_path(stage: Make, busy_succeeds: bool) -> None:
    lab = stage(server("win1", 1, switches={"logout_busy_of_several_succeeds": busy_succeeds}), arrays=[array()])
    lab.provision("win1")
    options = lab.whole("win1")
    options["arrays"][0].update(header_digest=True, data_digest=True)
    result = lab.module("host", "win1", options)
    assert result["state"] == "converged", result.message
    lab.is_redundant("win1")
    stored = lab.fleet.host("win1").initiator.persistent.all()
    assert {(one.request.options.header_digest, one.request.options.data_digest) for one in stored} == {(1, 1)}
    assert lab.module("host", "win1", options)["changed"] is False


def mount_all(lab: Stage) -> None:
    """Put every disk to use."""
    host = lab.fleet.host("win1")
    for number, disk in enumerate(host.disks.disk_views()):
        host.disks.mount(disk.naa, "EFG"[number])


def test_a_port_without_resources_keeps_the_new_secret_from_no_other_path(stage: Make) -> None:
    lab = stage(server("win1", 1, chap=CHAP), arrays=[array()])
    lab.provision("win1")
    mount_all(lab)
    change_at_array(lab, NEW)
    lab.fleet.faults.inject("port-status", PORTALS[0], "0302")
    result = lab.module("host", "win1", with_secret(lab, NEW, update_password="always"))
    assert result.status == "failed"
    assert "OUT_OF_RESOURCES" in result.message
    assert len(sessions(lab)) == 4
    assert all(one.accepted for one in lab.fleet.host("win1").snapshot().stored)


def test_sessions_of_busy_disks_that_windows_does_not_end_keep_the_secret_from_no_path(stage: Make) -> None:
    switches = {"logout_busy_of_several_succeeds": False}
    lab = stage(server("win1", 1, chap=CHAP, switches=switches), arrays=[array()])
    lab.provision("win1")
    mount_all(lab)
    change_at_array(lab, NEW)
    result = lab.module("host", "win1", with_secret(lab, NEW, update_password="always"))
    assert result["state"] == "converged", result.message
    assert all(one.accepted for one in lab.fleet.host("win1").snapshot().stored)
    assert lab.module("host", "win1", with_secret(lab, NEW))["changed"] is False


def test_an_array_that_demands_chap_since_the_first_login_is_found_again_after_a_boot(stage: Make) -> None:
    lab = stage(server("win1", 1), arrays=[array(learns_initiators=True, chap_on_discovery=True)])
    options = with_secret(lab, NEW, device_timeout=2)
    options["arrays"][0]["chap_after_first_login"] = True
    lab.fleet.faults.inject("unpresent", "win1")
    assert lab.module("host", "win1", options)["state"] == "waiting_for_presentation"
    change_at_array(lab, NEW)
    lab.fleet.faults.heal("unpresent", "win1")
    host = lab.fleet.host("win1")
    with lab.fleet.laws.fault():
        host.services.stop("MSiSCSI")
        host.services.start("MSiSCSI")
    result = lab.module("host", "win1", options)
    assert result["state"] == "converged", result.message
    lab.is_redundant("win1")
