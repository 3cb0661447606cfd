# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Volumes are back in time after a boot: bound volumes, services that wait, new disks of a cluster, a rescan."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.stage import Stage, array, server

Make = Callable[..., Stage]

pytestmark = profiles.needs(profiles.INITIATOR)
SERVICE = "MSSQLSERVER"


def database(lab: Stage) -> None:
    """Mount the disks, and let a service use them that starts with Windows."""
    host = lab.fleet.host("win1")
    for number, disk in enumerate(host.disks.disk_views()):
        host.disks.mount(disk.naa, "EFG"[number])


def test_volumes_are_bound_once_they_are_mounted(stage: Make) -> None:
    lab = stage(server("win1", 1), arrays=[array()])
    lab.provision("win1")
    database(lab)
    options = lab.whole("win1", bind_volumes=True)
    announced = lab.module("host", "win1", options, check=True)
    result = lab.module("host", "win1", options)
    assert result.status == "ok", result.message
    assert result.steps == announced.steps == ["volumes E:, F:, G:: bind to the iSCSI initiator"]
    assert [path[:2].upper() for path in lab.fleet.host("win1").initiator.bound.all()] == ["E:", "F:", "G:"]
    assert lab.module("host", "win1", options)["changed"] is False


def test_a_volume_that_is_gone_is_not_waited_for_any_longer(stage: Make) -> None:
    lab = stage(server("win1", 1), arrays=[array()])
    lab.provision("win1")
    database(lab)
    host = lab.fleet.host("win1")
    options = lab.whole("win1", bind_volumes=True)
    lab.module("host", "win1", options)
    host.disks.offline(host.disks.disk_views()[0].naa)
    result = lab.module("host", "win1", options)
    assert result.status == "ok", result.message
    bound = {path[:2].upper() for path in host.initiator.bound.all()}
    assert bound >= {"F:", "G:"}
    assert "E:" not in bound
    assert lab.module("host", "win1", options)["changed"] is False


def test_a_service_starts_after_the_initiator(stage: Make) -> None:
    services = [{"name": SERVICE, "depends_on": ["RPCSS"]}]
    lab = stage(server("win1", 1, services=services), arrays=[array()])
    lab.provision("win1")
    options = lab.whole("win1", dependent_services=[SERVICE])
    result = lab.module("host", "win1", options)
    assert result.status == "ok", result.message
    assert result.steps == [f"service {SERVICE}: depend on RPCSS, MSiSCSI"]
    assert lab.module("host", "win1", options)["changed"] is False


def test_a_service_that_does_not_exist_is_refused_before_the_first_change(stage: Make) -> None:
    lab = stage(server("win1", 1), arrays=[array()])
    result = lab.module("host", "win1", lab.whole("win1", dependent_services=["NoSuchThing"]))
    assert result.status == "failed"
    assert "NoSuchThing" in result.message
    assert lab.changes("win1") == ["boot"]


@profiles.needs(profiles.FEATURE)
@pytest.mark.parametrize("member", [True, False])
def test_new_disks_of_a_cluster_come_up_offline(stage: Make, member: bool) -> None:
    """M-13, M-14."""
    more = {"cluster": {"groups": []}, "new_disk_policy": "online_all"} if member else {}
    lab = stage(server("win1", 1, **more), arrays=[array()])
    lab.provision("win1")
    options = lab.whole("win1", cluster_disks_offline=True)
    result = lab.module("host", "win1", options)
    assert result.status == "ok", result.message
    assert result.steps == (["policy for new disks: shared disks offline"] if member else [])
    assert lab.module("host", "win1", options)["changed"] is False


def test_luns_that_windows_has_not_noticed_are_found_by_a_rescan(stage: Make) -> None:
    """H-20."""
    switches = {"presentation_needs_rescan": True}
    lab = stage(server("win1", 1, presented=False, switches=switches), arrays=[array()])
    waiting = lab.module("host", "win1", lab.whole("win1"))
    assert waiting["state"] in ("waiting_for_presentation", "reboot_required"), waiting.message
    lab.fleet.present("win1")
    lab.provision("win1")
    lab.is_redundant("win1")


def test_isns_servers_are_those_of_the_wish(stage: Make) -> None:
    """D-20, D-21, D-22."""
    lab = stage(server("win1", 1), arrays=[array()])
    lab.provision("win1")
    initiator = lab.fleet.host("win1").initiator
    with lab.fleet.laws.fault():
        initiator.add_isns_server("isns-old.example.com")
    assert lab.module("host", "win1", lab.whole("win1"))["changed"] is False
    options = lab.whole("win1", isns_servers=["10.10.1.5"])
    result = lab.module("host", "win1", options)
    assert result.status == "ok", result.message
    assert initiator.isns_servers() == ["10.10.1.5"]
    assert lab.module("host", "win1", options)["changed"] is False
    assert lab.module("initiator", "win1", {"isns_servers": []})["changed"] is True
    assert initiator.isns_servers() == []
