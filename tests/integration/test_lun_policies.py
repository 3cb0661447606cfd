# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies of LUNs in full: paths told by where they go, defaults, policies of a LUN's own, those of HP's DSM."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._windows import pattern_search
from ansible_collections.eva.mpio.tests.integration.dsm_stage import HP_COMMANDS, HP_READING, dsm_server, wish
from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult
from ansible_collections.eva.mpio.tests.integration.profiles import GENERATIONS, PROFILES, options
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, server, staged

HOST, NIC_1, NIC_2 = "win1", "10.10.1.11", "10.10.2.11"
Make = Callable[[str], Stage]


@pytest.fixture
def provisioned(tmp_path: Path, request: pytest.FixtureRequest) -> Make:
    """Return a function that brings a server of a profile to proven redundancy with the Microsoft DSM."""

    def make(profile: str) -> Stage:
        context = staged(fleet_of(server(HOST, 1, **PROFILES[profile])), tmp_path)
        stage = context.__enter__()
        request.addfinalizer(lambda: context.__exit__(None, None, None))
        stage.provision(HOST, **options(profile))
        return stage

    return make


def once(stage: Stage, **wished: Any) -> list[str]:
    """Run the module until nothing is left to do, which the second run says; return the steps of the first."""
    done = stage.module("lun_policy", HOST, wished)
    assert (done.status, done["state"]) == ("ok", "converged"), done.message
    mark = stage.now
    again = stage.module("lun_policy", HOST, wished)
    assert (again.status, again["changed"]) == ("ok", False), again.message
    assert stage.changes(HOST, mark) == []
    return [step["step"] for step in done["steps"]]


def disks(stage: Stage) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = stage.module("host_info", HOST)["host"]["disks"]
    return shown


def ends(disk: dict[str, Any], key: str) -> dict[str, set[Any]]:
    """What the paths from each NIC show."""
    return {nic: {path[key] for path in disk["paths"] if path["nic"] == nic} for nic in (NIC_1, NIC_2)}


@pytest.mark.parametrize("profile", GENERATIONS)
def test_paths_are_told_by_where_they_go(provisioned: Make, profile: str) -> None:
    stage = provisioned(profile)
    active = {}
    for nic in (NIC_1, NIC_2):
        place = {"nic": nic, "portal": nic.rpartition(".")[0] + ".21"}
        steps = once(stage, lun_policies={"default": {"policy": "failover_only", "preferred": place}})
        assert len(steps) == 3
        for disk in disks(stage):
            active[nic] = {path["nic"] for path in disk["paths"] if path["state"] == "active_optimized"}
            assert active[nic] == {nic}
    standby = {"policy": "round_robin_with_subset", "paths": [{"nic": NIC_2, "state": "standby"}]}
    once(stage, lun_policies={"*": standby})
    assert all(ends(disk, "state") == {NIC_1: {"active_optimized"}, NIC_2: {"standby"}} for disk in disks(stage))
    weights = [{"nic": NIC_1, "weight": 5}, {"nic": NIC_2, "weight": 25}]
    once(stage, lun_policies={"default": {"policy": "weighted_paths", "paths": weights}})
    assert all(ends(disk, "weight") == {NIC_1: {5}, NIC_2: {25}} for disk in disks(stage))


@pytest.mark.parametrize("profile", [profile for profile in GENERATIONS if profile != "2003"])
def test_a_policy_of_its_own_is_made_and_taken_away(provisioned: Make, profile: str) -> None:
    stage = provisioned(profile)
    once(stage, lun_policies={"default": "failover_only"}, explicit_policies=True)
    assert {(disk["policy_from"], disk["policy_explicit"]) for disk in disks(stage)} == {("lun", True)}
    assert len(once(stage, lun_policies={"default": "clear"})) == 3
    assert {(disk["policy_from"], disk["policy_explicit"]) for disk in disks(stage)} == {("built_in", False)}
    assert len(once(stage, lun_policies={"default": "round_robin"}, explicit_policies=True)) == 3


@pytest.mark.parametrize("profile", ["2008r2", "2012r2", "2022"])
def test_defaults_by_hardware_id_and_of_the_dsm(provisioned: Make, profile: str) -> None:
    stage = provisioned(profile)
    wished = {"hardware_id_policies": {"P6300": "least_blocks"}, "dsm_policy": "failover_only"}
    steps = once(stage, lun_policies={"default": "clear"}, **wished)
    assert [step for step in steps if "default policy" in step] == [
        "Microsoft DSM: default policy failover_only",
        'hardware id "HP      HSV340          ": default policy least_blocks',
    ]
    proof = stage.module("verify", HOST, {**stage.layout(HOST), **wished})
    assert proof.status == "ok", proof.message
    assert len(once(stage, hardware_id_policies={"P6300": "clear"}, dsm_policy="clear")) == 2
    undone = stage.module("verify", HOST, {**stage.layout(HOST), **wished})
    assert "it has no default policy instead of default policy failover_only" in undone.message


@pytest.mark.parametrize("profile", ["2003", "2008"])
def test_l_24_defaults_are_refused_where_nothing_sets_them(provisioned: Make, profile: str) -> None:
    stage = provisioned(profile)
    mark = stage.now
    refused = stage.module("lun_policy", HOST, {"dsm_policy": "round_robin"})
    assert refused.status == "failed"
    assert "default policies of the Microsoft DSM" in refused.message
    assert stage.changes(HOST, mark) == []


def test_one_lun_that_is_not_there_does_not_hide_the_plan(provisioned: Make) -> None:
    stage = provisioned("2012r2")
    absent = "6001438005DE00FF00004000000000FF"
    wished = {"lun_policies": {"default": "failover_only", absent: "failover_only", "DEAD*": "round_robin"}}
    run = stage.play([{"name": "policies", "eva.mpio.lun_policy": wished}], "--check", "--diff")
    told = run.of(HOST, "policies")
    assert told.status == "failed"
    assert told.message.startswith(f"LUN {absent}: a policy is wished for it, and no MPIO disk here has this WWN")
    assert told.message.endswith("(wish side)")
    assert len(told["steps"]) == 3
    assert f"{HOST}: the task fails; this it would do besides:\n--- before: state of the host" in run.output
    for step in told["steps"]:
        assert f"\n+{step['step']}\n" in run.output
    notes = [(found["side"], found["where"]) for found in told["findings"] if found["severity"] == "note"]
    assert ("wish", "LUNs DEAD*") in notes


def test_a_place_that_no_path_goes_to_fails_by_name(provisioned: Make) -> None:
    stage = provisioned("2012r2")
    wished = {"default": {"policy": "failover_only", "preferred": {"nic": "10.10.9.9"}}}
    done = stage.module("lun_policy", HOST, {"lun_policies": wished})
    assert done.status == "failed"
    text = "the policy wished for it names paths from NIC 10.10.9.9, and none of its paths goes there: they go from NIC"
    assert done.message.count(text) == 1, "one cause is told once"
    assert done.message.endswith(f"{NIC_1}, {NIC_2}; correct the place (wish side)")


@pytest.mark.parametrize("profile", ["2003-installed", "2008", "2008r2", "2012"])
def test_policies_of_hps_dsm_by_the_administrators_commands(tmp_path: Path, profile: str) -> None:
    with staged(fleet_of(dsm_server(profile, "hp")), tmp_path) as stage:
        whole = wish(stage, profile, "hp", hp_policies={"default": "rr"}, **HP_COMMANDS)
        done = stage.module("host", HOST, whole)
        assert (done.status, done["state"]) == ("ok", "converged"), done.message
        assert stage.module("host", HOST, whole)["changed"] is False
        assert [(lun["policy"], lun["hp_policy"]) for lun in done["luns"]] == [("vendor_specific", "rr")] * 3
        asked = {**stage.layout(HOST), "dsm": "hp", "hp_policies": {"default": "rr"}, **HP_READING}
        assert stage.module("verify", HOST, asked).status == "ok"
        steps = once(stage, hp_policies={"default": "nlb"}, **HP_COMMANDS)
        assert steps[0].endswith(": HP policy nlb")
        refused = stage.module("lun_policy", HOST, {"lun_policies": {"default": "round_robin"}})
        assert refused.status == "failed"
        assert "policies of the Microsoft DSM do not apply" in refused.message


def test_policies_of_hps_dsm_are_part_of_the_proof(tmp_path: Path) -> None:
    with staged(fleet_of(dsm_server("2012", "hp")), tmp_path) as stage:
        assert stage.module("host", HOST, wish(stage, "2012", "hp")).status == "ok"
        asked = {**stage.layout(HOST), "dsm": "hp"}

        def verify(policy: str, **reading: Any) -> TaskResult:
            return stage.module("verify", HOST, {**asked, "hp_policies": {"default": policy}, **reading})

        mark = stage.now
        proof = verify("sqst", **HP_READING)
        assert proof.status == "ok", proof.message
        assert [(lun["hp_policy"], lun["proven"]) for lun in proof["luns"]] == [("sqst", True)] * 3

        other = verify("rr", **HP_READING)
        assert other.status == "failed"
        assert other.message.startswith("redundancy is not proven: ")
        for lun in other["luns"]:
            assert (lun["hp_policy"], lun["proven"]) == ("sqst", False)
            (reason,) = lun["reasons"]
            assert reason.startswith("its policy of HP's DSM is sqst instead of rr; ")
            assert f"LUN {lun['wwn']}" in other.message

        unread = verify("sqst", **{**HP_READING, "hp_policy_show": ["hostname", "{wwn}"]})
        assert unread.status == "failed"
        assert [(lun["hp_policy"], lun["proven"]) for lun in unread["luns"]] == [(None, False)] * 3
        assert "shall be sqst and is not known: hp_policy_pattern finds no policy" in unread.message
        assert stage.changes(HOST, mark) == []


LIES = ["cmd", "/c", "echo policy SQB {wwn}"]
WRONG_COMMANDS = {
    "a-show-that-lies": (
        {"hp_policy_show": LIES},
        "hp_policy_show tells another policy still, so look at both commands",
    ),
    "a-show-that-tells-something-else": ({"hp_policy_show": ["hostname", "{wwn}"]}, "it printed 'win1'"),
    "a-set-that-fails": (
        {"hp_policy_set": ["hpdsm", "labset", "LUN={wwn}&hostname", "POLICY={policy}"]},
        "hp_policy_set ended with code 1 (0x00000001), it said: There is no such disk",
    ),
    "a-pattern-without-end": (
        {"hp_policy_show": ["cmd", "/c", f"echo {'x' * 40}! {{wwn}}"], "hp_policy_pattern": r"(?P<policy>(\w+)+)$"},
        "did not come to an end within 1 seconds",
    ),
}


@pytest.mark.parametrize(("given", "text"), WRONG_COMMANDS.values(), ids=WRONG_COMMANDS.keys())
def test_wrong_commands_end_and_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], text: str
) -> None:
    monkeypatch.setattr(pattern_search, "SECONDS", 1.0)
    with staged(fleet_of(dsm_server("2012", "hp")), tmp_path) as stage:
        whole = wish(stage, "2012", "hp", hp_policies={"default": "rr"}, **HP_COMMANDS)
        assert stage.module("host", HOST, whole).status == "ok"
        done = stage.module("lun_policy", HOST, {"hp_policies": {"default": "nlb"}, **HP_COMMANDS, **given})
        assert done.status == "failed"
        assert text in done.message
