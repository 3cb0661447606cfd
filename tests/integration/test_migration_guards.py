# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A DSM is changed only where nobody is hurt; all that speaks against it is said at once, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration.dsm_stage import (
    HOST,
    PACKAGE,
    allow_change,
    at_rest,
    dsm_server,
    redundant_under,
    wish,
)
from ansible_collections.eva.mpio.tests.integration.stage import Stage, array, fleet_of, staged

OTHER = "win2"


def refused(stage: Stage, options: dict[str, Any], host: str = HOST) -> str:
    """Run with check mode and without, fail unless both are refused with nothing changed, and return why."""
    mark = stage.now
    planned = stage.module("host", host, options, check=True)
    done = stage.module("host", host, options)
    assert (planned.status, done.status, done["changed"]) == ("failed", "failed", False)
    assert stage.changes(host, mark) == []
    return done.message


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Stage]:
    """Two redundant nodes of a cluster; the second one carries its only group."""
    nodes = [
        dsm_server("2012", "microsoft", 1, HOST, cluster={"name": "SQL"}),
        dsm_server("2012", "microsoft", 2, OTHER, cluster={"name": "SQL", "groups": ["SQL Server"]}),
    ]
    with staged(fleet_of(*nodes), tmp_path) as stage:
        for host in (HOST, OTHER):
            done = stage.module("host", host, wish(stage, "2012", "microsoft", host, reboot_despite=["cluster"]))
            assert done.status == "ok", done.message
        # The restart of the second node has moved its group.
        stage.fleet.faults.inject("move-group", OTHER, "SQL Server", OTHER)
        yield stage


def test_one_node_of_a_cluster_at_a_time(cluster: Stage) -> None:
    options = wish(cluster, "2012", "hp", change_dsm=True)
    cluster.fleet.faults.inject("node-paused", HOST, OTHER)
    assert OTHER in refused(cluster, options)
    cluster.fleet.faults.heal("node-paused", HOST, OTHER)
    allow_change(cluster, "hp")
    done = cluster.module("host", HOST, options)
    assert (done.status, done.result.get("state")) == ("ok", "converged"), done.message
    redundant_under(cluster, "hp")


def test_not_while_another_node_is_down(cluster: Stage) -> None:
    with cluster.fleet.laws.fault():
        cluster.fleet.host(OTHER).power_off()
    assert OTHER in refused(cluster, wish(cluster, "2012", "hp", change_dsm=True))


def test_not_while_the_node_carries_a_group(cluster: Stage) -> None:
    assert "SQL Server" in refused(cluster, wish(cluster, "2012", "hp", OTHER, change_dsm=True), OTHER)


def test_a_group_that_comes_to_the_node_in_the_middle_keeps_its_paths(cluster: Stage) -> None:
    """The first node shows after how many requests a run has ended its first session; the second is cut off there."""
    allow_change(cluster, "hp")
    mark = cluster.now
    done = cluster.module("host", HOST, wish(cluster, "2012", "hp", change_dsm=True))
    assert (done.status, done.result.get("state")) == ("ok", "converged"), done.message
    ended = next(one for one in cluster.events(HOST, "state", mark) if one.facts.get("change") == "session closed")
    number = 1 + sum(one.number < ended.number for one in cluster.events(HOST, "request", mark))

    cluster.fleet.faults.inject("move-group", OTHER, "SQL Server", HOST)
    allow_change(cluster, "hp", OTHER)
    options = wish(cluster, "2012", "hp", OTHER, change_dsm=True)
    cluster.fleet.faults.inject("winrm-cut", OTHER, str(number), "after")
    assert cluster.module("host", OTHER, options).status != "ok"
    cluster.fleet.faults.heal("winrm-cut", OTHER, str(number), "after")
    standing = cluster.truth(OTHER).live
    assert len(standing) > 1

    cluster.fleet.faults.inject("move-group", OTHER, "SQL Server", OTHER)
    assert "dsm: microsoft and change_dsm: true" in refused(cluster, {**options, "reboot_despite": ["cluster"]}, OTHER)
    assert cluster.truth(OTHER).live == standing
    cluster.fleet.faults.inject("move-group", OTHER, "SQL Server", HOST)
    done = cluster.module("host", OTHER, options)
    assert (done.status, done.result.get("state")) == ("ok", "converged"), done.message
    redundant_under(cluster, "hp", host=OTHER)


def test_everything_against_it_is_said_at_once(tmp_path: Path) -> None:
    with staged(fleet_of(dsm_server("2012", "microsoft")), tmp_path) as stage:
        stage.module("host", HOST, wish(stage, "2012", "microsoft"))
        stage.fleet.faults.inject("end-session", HOST, "10.10.1.21")
        removal = {name: value for name, value in PACKAGE.items() if name.startswith("removal")}
        why = refused(stage, wish(stage, "2012", "hp", change_dsm=True, dsm_package=removal))
        for said in ("10.10.1.21", "dsm_package"):
            assert said in why


@pytest.mark.parametrize(
    ("first", "second", "named"), [("hp", "microsoft", "removal_path"), ("microsoft", "hp", "path")]
)
def test_a_setup_program_that_is_not_there_is_said_before_anything_is_away(
    tmp_path: Path, first: str, second: str, named: str
) -> None:
    with staged(fleet_of(dsm_server("2012", first)), tmp_path) as stage:
        done = stage.module("host", HOST, wish(stage, "2012", first))
        assert done.status == "ok", done.message
        wrong = {**PACKAGE, named: "C:\\nowhere\\setup.exe"}
        why = refused(stage, wish(stage, "2012", second, change_dsm=True, dsm_package=wrong))
        assert f"there is no C:\\nowhere\\setup.exe on {HOST}" in why
        assert f"dsm_package.{named}" in why


def test_on_2003_the_volumes_must_be_dismounted(tmp_path: Path) -> None:
    with staged(fleet_of(dsm_server("2003-installed", "microsoft")), tmp_path) as stage:
        stage.module("host", HOST, wish(stage, "2003-installed", "microsoft"))
        naa = stage.fleet.arrays[0].vdisks[0].naa
        stage.fleet.host(HOST).disks.mount(naa, "E")
        options = wish(stage, "2003-installed", "hp", change_dsm=True)
        assert "E:" in refused(stage, options)
        stage.fleet.host(HOST).disks.unmount(naa)
        allow_change(stage, "hp")
        done = stage.module("host", HOST, options)
        assert done.status == "ok", done.message
        redundant_under(stage, "hp")


@pytest.mark.parametrize("profile", ["2008r2", "2012"])
def test_disks_in_use_are_taken_offline_and_come_back(tmp_path: Path, profile: str) -> None:
    with staged(fleet_of(dsm_server(profile, "microsoft")), tmp_path) as stage:
        stage.module("host", HOST, wish(stage, profile, "microsoft"))
        disks = stage.fleet.host(HOST).disks
        used, idle = stage.fleet.arrays[0].vdisks[0].naa, stage.fleet.arrays[0].vdisks[1].naa
        disks.mount(used, "E")
        disks.offline(idle)
        allow_change(stage, "hp")
        done = stage.module("host", HOST, wish(stage, profile, "hp", change_dsm=True))
        assert (done.status, done.result.get("state")) == ("ok", "converged"), done.message
        redundant_under(stage, "hp")
        assert used in stage.fleet.host(HOST).snapshot().in_use
        assert disks.layouts.of(idle).offline
        at_rest(stage, wish(stage, profile, "hp"))


@pytest.mark.parametrize(("first", "second"), [("hp", "microsoft"), ("microsoft", "hp")])
def test_no_undeclared_eva_is_left_without_a_dsm_or_taken_by_two(tmp_path: Path, first: str, second: str) -> None:
    ports = [{"address": "10.10.1.31", "controller": "A"}, {"address": "10.10.2.31", "controller": "B"}]
    fleet = fleet_of(dsm_server("2012", first), arrays=[array(), {"name": "eva02", "model": "EVA4400", "ports": ports}])
    with staged(fleet, tmp_path) as stage:
        done = stage.module("host", HOST, wish(stage, "2012", first))
        assert done.status == "ok", done.message
        declared = [one for one in stage.layout(HOST)["arrays"] if one["name"] == "eva01"]
        why = refused(stage, wish(stage, "2012", second, change_dsm=True, arrays=declared))
        undeclared = {vdisk.naa.upper() for vdisk in stage.fleet.arrays[1].vdisks} & set(stage.truth(HOST).disks)
        assert undeclared
        assert [wwn for wwn in sorted(undeclared) if wwn not in why] == []


def test_the_disks_of_another_array_in_use_forbid_it(tmp_path: Path) -> None:
    foreign = {"name": "other", "managed": False, "vendor": "EXAMPLE", "product": "DISK"}
    ports = [{"address": "10.10.1.91", "controller": "A"}]
    fleet = fleet_of(
        dsm_server("2012", "microsoft", connected=["other"], luns={1: "data1", 2: "foreign1"}),
        arrays=[
            {
                "name": "eva01",
                "model": "P6300",
                "vdisks": [{"name": "data1"}],
                "ports": [{"address": "10.10.1.21", "controller": "A"}, {"address": "10.10.2.21", "controller": "B"}],
            },
            {**foreign, "ports": ports, "vdisks": [{"name": "foreign1"}]},
        ],
    )
    with staged(fleet, tmp_path) as stage:
        done = stage.module("host", HOST, wish(stage, "2012", "microsoft", arrays=stage.layout(HOST)["arrays"]))
        assert done.status == "ok", done.message
        vdisk = next(vdisk for array in stage.fleet.arrays for vdisk in array.vdisks if vdisk.name == "foreign1")
        stage.fleet.host(HOST).disks.mount(vdisk.naa, "F")
        assert "F:" in refused(stage, wish(stage, "2012", "hp", change_dsm=True))
