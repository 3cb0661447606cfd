# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook that leads disks from one DSM to the other, and the nodes of a cluster that are compared."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ansible_collections.eva.mpio.tests.integration.dsm_stage import (
    HP_COMMANDS,
    HP_READING,
    PACKAGE,
    at_rest,
    dsm_server,
    redundant_under,
    wish,
)
from ansible_collections.eva.mpio.tests.integration.playbook import Run, TaskResult, run_playbook
from ansible_collections.eva.mpio.tests.integration.stage import SUBSET, Stage, array, fleet_of, staged
from ansible_collections.eva.mpio.tests.lab import inventory

VARIABLES = {
    "multipath_reboot": True,
    "multipath_pre_reboot_delay": 0,
    "multipath_dsm_package": PACKAGE,
    "multipath_hp_policies": {"default": "sqb"},
    **{f"multipath_{name}": value for name, value in HP_COMMANDS.items()},
}
ALLOWED = json.dumps(VARIABLES)
SHOWN = {"hp": "sqb", "microsoft": "round_robin_with_subset"}
"""The policy in the proof that the playbook shows."""
PLAN = "Say what will happen"
WAY = "Say from which DSM to which"
WAYS = {
    "hp": "go from Microsoft DSM to HP's DSM (multipath_dsm: hp)",
    "microsoft": "go from HP MPIO Full Featured DSM for EVA to the Microsoft DSM (multipath_dsm: microsoft)",
}


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
        assert len(re.findall(r"win1 [0-9A-F]{32} [^a-z]* round_robin_with_subset 4/4 planned", flat(planned))) == 3
        for dsm in ("hp", "microsoft"):
            for host in ("win1", "win2"):
                stage.fleet.declare_dsm(host, dsm)
            done = migrate(stage, dsm)
            assert done.returncode == 0, done.output
            shown = flat(done)
            for host in ("win1", "win2"):
                announced = done.of(host, PLAN)["msg"]
                assert any(line.startswith("Windows: restart    (after ") for line in announced)
                assert done.of(host, WAY)["msg"] == f"{host}: 3 LUN(s) {WAYS[dsm]}"
                assert len(re.findall(rf"{host} [0-9A-F]{{32}} [^a-z]* {SHOWN[dsm]} 4/4 proven", shown)) == 3
                redundant_under(stage, dsm, host=host)
                at_rest(stage, wish(stage, "2012", dsm, host), host)
        rest = migrate(stage, "microsoft", "--check").of("win1", WAY)["msg"]
        assert rest == "win1: 3 LUN(s) stay with Microsoft DSM (multipath_dsm: microsoft)"


def flat(run: Run) -> str:
    """Return the output with the long lines that were broken joined again."""
    return " ".join(run.output.split())


def test_it_is_told_which_dsm(tmp_path: Path) -> None:
    with staged(fleet_of(dsm_server("2012", "microsoft", 1, "win1")), tmp_path) as stage:
        mark = stage.now
        whole = stage.fleet.inventory()
        group = whole["all"]["children"]["lab"]
        del group["vars"]["multipath_dsm"], group["hosts"]["win1"]["multipath_dsm"]
        inventory.write(whole, tmp_path / "untold.yml")
        untold = run_playbook(tmp_path, tmp_path / "untold.yml", "eva.mpio.migrate_dsm", "-e", ALLOWED)
        assert untold.returncode != 0
        assert "multipath_dsm is not set" in untold.output
        assert stage.changes("win1", mark) == []


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
        verdict = r"NOT PROVEN: its DSM is Microsoft DSM instead of the [^']*[(]and [0-9] more[)]"
        assert len(re.findall(rf"win1 [0-9A-F]{{32}} 2/4 [^:']* {verdict}", flat(refused))) == 3


CLUSTER = {"name": "SQL", "groups": []}
VDISKS = [{"name": "shared", "mib": 16}]


def nodes(stage: Stage, *names: str, parts: tuple[str, ...] = (), **options: Any) -> list[dict[str, Any]]:
    """Return what host_info tells of some nodes."""
    read = {"gather_subset": ["cluster", "dsms", "disks", *parts], **options}
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


def test_policies_of_hps_dsm_are_compared_where_a_command_shows_them(tmp_path: Path) -> None:
    kind: dict[str, Any] = {"luns": {1: "shared"}, "cluster": CLUSTER}
    hosts = (dsm_server("2012", "hp", 1, "win1", **kind), dsm_server("2012", "hp", 2, "win2", **kind))
    with staged(fleet_of(*hosts, arrays=[array(vdisks=VDISKS)]), tmp_path) as stage:
        for host in ("win1", "win2"):
            done = stage.module("host", host, wish(stage, "2012", "hp", host))
            assert done.status == "ok", done.message
        sqst = {"default": "sqst"}

        def verify(*there: dict[str, Any]) -> TaskResult:
            asked = {**stage.layout("win1"), "dsm": "hp", "hp_policies": sqst, **HP_READING, "cluster_nodes": [*there]}
            return stage.module("verify", "win1", asked)

        proven = verify(*nodes(stage, "win2", parts=("hp_policies",), **HP_READING))
        assert proven.status == "ok", proven.message
        assert proven["nodes"][0]["equal"]

        refused = verify(*nodes(stage, "win2"))
        assert refused.message.startswith("cluster_nodes[0]: it has no hp_policies; what eva.mpio.host_info returns")
        untold = verify(*nodes(stage, "win2", parts=("hp_policies",)))
        assert "its policies of HP's DSM are not known: no public command shows policies of HP's DSM" in untold.message

        set_there = stage.module("lun_policy", "win2", {"hp_policies": {"default": "nlb"}, **HP_COMMANDS})
        assert set_there.status == "ok", set_there.message
        differs = verify(*nodes(stage, "win2", parts=("hp_policies",), **HP_READING))
        assert differs.message.startswith("redundancy is proven here, and the nodes do not agree: ")
        assert "its policy is nlb on node win2 and sqst on this host" in differs.message
