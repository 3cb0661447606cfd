# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook that leads disks from one DSM to the other, and the nodes of a cluster that are compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.eva.mpio.tests.integration.dsm_stage import (
    PACKAGE,
    allow_change,
    at_rest,
    dsm_server,
    redundant_under,
    wish,
)
from ansible_collections.eva.mpio.tests.integration.playbook import Run
from ansible_collections.eva.mpio.tests.integration.stage import SUBSET, Stage, array, fleet_of, staged

ALLOWED = json.dumps({"multipath_reboot": True, "multipath_pre_reboot_delay": 0, "multipath_dsm_package": PACKAGE})
PLAN = "Say what will happen"


def migrate(stage: Stage, dsm: str, *options: str) -> Run:
    """Run the playbook as somebody would who has HP's package."""
    return stage.playbook("eva.mpio.migrate_dsm", "-e", ALLOWED, "-e", f"multipath_dsm={dsm}", *options)


def test_there_and_back(tmp_path: Path) -> None:
    hosts = (dsm_server("2008r2", "microsoft", 1, "win1"), dsm_server("2012", "microsoft", 2, "win2"))
    with staged(fleet_of(*hosts), tmp_path) as stage:
        stage.provision(pre_reboot_delay=0)
        mark = stage.now
        planned = migrate(stage, "hp", "--check")
        assert planned.returncode == 0, planned.output
        assert [stage.changes(host, mark) for host in ("win1", "win2")] == [[], []]
        for dsm in ("hp", "microsoft"):
            for host in ("win1", "win2"):
                allow_change(stage, dsm, host)
            done = migrate(stage, dsm)
            assert done.returncode == 0, done.output
            for host in ("win1", "win2"):
                announced = done.of(host, PLAN)["msg"]
                assert "Windows: restart" in announced
                assert f"{host}    " in done.output
                redundant_under(stage, dsm, host=host)
                at_rest(stage, wish(stage, "2012", dsm, host), host)


def test_the_hosts_after_a_refused_one_are_not_touched(tmp_path: Path) -> None:
    hosts = (dsm_server("2012", "microsoft", 1, "win1"), dsm_server("2012", "microsoft", 2, "win2"))
    with staged(fleet_of(*hosts), tmp_path) as stage:
        stage.provision(pre_reboot_delay=0)
        stage.fleet.faults.inject("nic-down", "10.10.1.11")
        mark = stage.now
        refused = migrate(stage, "hp")
        assert refused.returncode != 0
        assert "the DSM is changed only where redundancy is proven before" in refused.output
        assert [stage.changes(host, mark) for host in ("win1", "win2")] == [[], []]
        assert not [one for one in refused.results if one.host == "win2"]


CLUSTER = {"name": "SQL", "groups": []}
VDISKS = [{"name": "shared", "mib": 16}]


def nodes(stage: Stage, *names: str) -> list[dict[str, Any]]:
    """Return what host_info tells of some nodes."""
    read = {"gather_subset": ["cluster", "dsms", "disks"]}
    return [json.loads(json.dumps(stage.module("host_info", name, read)["host"])) for name in names]


def test_nodes_of_a_cluster_are_compared(tmp_path: Path) -> None:
    kind: dict[str, Any] = {"luns": {1: "shared"}, "cluster": CLUSTER}
    hosts = (dsm_server("2012", "microsoft", 1, "win1", **kind), dsm_server("2012", "microsoft", 2, "win2", **kind))
    with staged(fleet_of(*hosts, arrays=[array(vdisks=VDISKS)]), tmp_path) as stage:
        stage.provision(pre_reboot_delay=0)
        asked = {**stage.layout("win1"), "lun_policies": SUBSET}
        proven = stage.module("verify", "win1", {**asked, "cluster_nodes": nodes(stage, "win1", "win2")})
        assert proven.status == "ok", proven.message
        (other,) = proven["nodes"]
        assert (other["name"].lower(), len(other["luns"]), other["equal"]) == ("win2", 1, True)

        alone = stage.module("verify", "win1", {**asked, "cluster_nodes": nodes(stage, "win1")})
        assert alone.status == "failed"
        assert "were not compared: win2 (up)" in alone.message.lower()

        set_there = stage.module("lun_policy", "win2", {"lun_policies": {"default": "failover_only"}})
        assert set_there.status == "ok", set_there.message
        differs = stage.module("verify", "win1", {**asked, "cluster_nodes": nodes(stage, "win2")})
        assert differs.message.startswith("redundancy is proven here, and the nodes do not agree: ")
        assert "its policy is failover_only on node " in differs.message
