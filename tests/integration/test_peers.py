# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What other tools do or get wrong, told end to end; ``tests/CASES.md`` says which case is which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.stage import PORTALS, Stage, array, server
from ansible_collections.eva.mpio.tests.lab.windows.storage.policies import PathState, TargetPortGroups

Make = Callable[..., Stage]

NICS = ("10.10.1.11", "10.10.2.11")
INSUFFICIENT_BUFFER = 122
"""ERROR_INSUFFICIENT_BUFFER: a list that grew while it was read."""


def converged(lab: Stage, **options: Any) -> None:
    """Fail unless a run converges and a second one finds nothing to do."""
    wish = lab.whole("win1", **options)
    first = lab.module("host", "win1", wish)
    assert first.status == "ok", first.message
    assert first["state"] == "converged"
    mark = lab.now
    assert lab.module("host", "win1", wish)["changed"] is False
    assert (lab.logins("win1", mark), lab.changes("win1", mark)) == ([], [])


def test_two_nics_to_each_portal_are_two_paths_each(stage: Make) -> None:
    lab = stage(server("win1", 1), routed=True)
    converged(lab, mesh="full")
    every = tuple(sorted((nic, portal) for nic in NICS for portal in PORTALS))
    assert lab.truth("win1").live == lab.truth("win1").stored == every
    assert set(lab.truth("win1").disks.values()) == {(lab.microsoft_dsm("win1"), 8)}


def test_named_fabrics_join_what_no_subnet_joins(stage: Make) -> None:
    ports = [
        {"address": "10.77.1.21", "controller": "A", "fabric": "left"},
        {"address": "10.77.2.22", "controller": "B", "fabric": "right"},
    ]
    nics = [{"address": "10.10.1.11/24", "fabric": "left"}, {"address": "10.10.2.11/24", "fabric": "right"}]
    lab = stage(server("win1", 1, nics=nics), arrays=[array(ports=ports)], routed=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lab.fleet.network, "reaches", lambda nic, address: True)
        converged(lab, mesh="fabric")
    assert lab.truth("win1").live == (("10.10.1.11", "10.77.1.21"), ("10.10.2.11", "10.77.2.22"))


def test_another_tcp_port_is_another_path(stage: Make) -> None:
    ports = [
        {"address": "10.10.1.21", "controller": "A"},
        {"address": "10.10.1.21", "controller": "B", "tcp_port": 3261},
        {"address": "10.10.2.21", "controller": "A", "tcp_port": 3261},
    ]
    lab = stage(server("win1", 1), arrays=[array(ports=ports)])
    options = lab.whole("win1")
    options["arrays"][0]["portals"] = ["10.10.1.21", "10.10.1.21:3261", {"address": "10.10.2.21", "tcp_port": 3261}]
    result = lab.module("host", "win1", options)
    assert result["state"] == "converged", result.message
    sessions = lab.fleet.host("win1").snapshot().sessions
    assert sorted((one.portal.address, one.portal.tcp_port) for one in sessions) == [
        ("10.10.1.21", 3260),
        ("10.10.1.21", 3261),
        ("10.10.2.21", 3261),
    ]


@profiles.needs(profiles.IPV6)
def test_ipv6_addresses_carry_sessions_too(stage: Make) -> None:
    ports = [
        {"address": "fd00:10:1::21", "controller": "A"},
        {"address": "fd00:10:2::22", "controller": "B"},
    ]
    nics = ["fd00:10:1::11/64", "fd00:10:2::11/64"]
    lab = stage(server("win1", 1, nics=nics), arrays=[array(ports=ports)])
    converged(lab)
    assert lab.truth("win1").live == lab.truth("win1").stored == lab.declared("win1")
    assert len(lab.truth("win1").live) == 2


def test_the_missing_sessions_of_many_are_made_and_the_last_one_stays(stage: Make) -> None:
    lab = stage(server("win1", 1))
    lab.provision()
    kept = next(one for one in lab.fleet.host("win1").snapshot().sessions if one.portal.address == PORTALS[0])
    for portal in PORTALS[1:]:
        lab.fleet.faults.inject("end-session", "win1", portal)
    mark = lab.now
    lab.provision()
    lab.is_redundant("win1")
    assert sorted(login.portal for login in lab.logins("win1", mark)) == sorted(PORTALS[1:])
    assert kept.session_id in {one.session_id for one in lab.fleet.host("win1").snapshot().sessions}
    assert lab.endings("win1", mark) == []


def test_a_login_that_finds_its_list_grown_is_tried_again(stage: Make) -> None:
    lab = stage(server("win1", 1))
    lab.provision()
    lab.fleet.faults.inject("end-session", "win1", PORTALS[1])
    lab.fleet.host("win1").initiator.around.planned_failures["login"] = [INSUFFICIENT_BUFFER] * 2
    lab.provision()
    lab.is_redundant("win1")
    attempts = [line for line in lab.commands("win1") if line.startswith("iscsicli LoginTarget") and PORTALS[1] in line]
    assert len(attempts) == 1 + 3  # the first provision; then two in vain and one that worked


def test_a_target_that_changes_its_letter_case_is_the_same(stage: Make) -> None:
    lab = stage(server("win1", 1))
    options = lab.whole("win1")
    names = [port.target_name for port in lab.fleet.array("eva01").ports]
    options["arrays"][0]["targets"] = [name.replace("labeva01", "LABEVA01") for name in names]
    assert lab.module("host", "win1", options)["state"] == "converged"
    assert lab.module("host", "win1", options)["changed"] is False
    lab.is_redundant("win1")


@pytest.mark.parametrize(
    ("policy", "number", "active"),
    [
        ("failover_only", 1, 1),
        ("round_robin", 2, 4),
        ("round_robin_with_subset", 3, 4),
        ("weighted_paths", 5, 4),
        pytest.param("least_blocks", 6, 4, marks=profiles.needs(profiles.LEAST_BLOCKS)),
    ],
)
def test_every_policy_is_set_and_read_back(stage: Make, policy: str, number: int, active: int) -> None:
    lab = stage(server("win1", 1))
    converged(lab, lun_policies={"default": policy})
    assert lab.policies("win1") == {number}
    for disk in lab.fleet.host("win1").disks.mpio.disks:
        states = disk.states()
        assert sum(state is PathState.ACTIVE_OPTIMIZED for state in states.values()) == active


def test_a_policy_by_wwn_beats_the_default(stage: Make) -> None:
    lab = stage(server("win1", 1))
    wwn = lab.fleet.array("eva01").vdisks[1].naa
    dashed = "-".join(wwn[start : start + 4] for start in range(0, 32, 4))
    converged(lab, lun_policies={"default": "round_robin", dashed: "failover_only"})
    found = {disk.unit.naa: int(disk.policy) for disk in lab.fleet.host("win1").disks.mpio.disks}
    assert found == {vdisk.naa: 1 if vdisk.naa == wwn else 2 for vdisk in lab.fleet.array("eva01").vdisks}


@profiles.needs(profiles.ALUA)
def test_round_robin_on_an_asymmetric_lun_reads_back_as_its_subset_and_is_no_drift(stage: Make) -> None:
    lab = stage(server("win1", 1))
    lab.provision()
    disks = lab.fleet.host("win1").disks
    groups = TargetPortGroups(states={2: PathState.ACTIVE_UNOPTIMIZED})
    with lab.fleet.laws.fault():
        for vdisk in lab.fleet.array("eva01").vdisks:
            disks.set_target_port_groups(vdisk.naa, groups)
    converged(lab, lun_policies={"default": "round_robin"})
    assert lab.policies("win1") == {3}


@profiles.needs(profiles.INITIATOR)
def test_a_node_name_is_set_before_the_first_session_and_refused_after_it(stage: Make) -> None:
    lab = stage(server("win1", 1, presented=False))
    name = "iqn.1991-05.com.microsoft:asdasd"
    done = lab.module("initiator", "win1", {"node_name": name})
    assert (done["changed"], done["after"]["initiator"]["node_name"]) == (True, name)
    assert lab.fleet.node_name("win1") == name
    assert lab.module("initiator", "win1", {"node_name": name})["changed"] is False
    lab.fleet.present("win1")
    lab.provision()
    assert {login.initiator for login in lab.logins("win1")} == {name}
    refused = lab.module("initiator", "win1", {"node_name": "iqn.1991-05.com.microsoft:other"})
    assert refused.status == "failed"
    assert "sessions standing" in refused.message
    assert lab.fleet.node_name("win1") == name


def test_a_host_that_windows_restarts_by_itself_comes_back_whole(stage: Make) -> None:
    lab = stage(server("win1", 1))
    lab.provision()
    mark = lab.now
    restart = lab.module("reboot", "win1", {})
    assert restart["rebooted"] is True
    assert restart["elapsed"] > 0
    again = lab.module("host", "win1", lab.whole("win1"))
    assert (again["changed"], again["state"]) == (False, "converged")
    lab.is_redundant("win1")
    assert len(lab.logins("win1", mark)) == 4


def test_two_arrays_are_provisioned_side_by_side(stage: Make) -> None:
    second = {
        "name": "eva02",
        "model": "EVA4400",
        "ports": [{"address": "10.10.1.91", "controller": "A"}, {"address": "10.10.2.91", "controller": "B"}],
    }
    lab = stage(server("win1", 1), arrays=[array(), second])
    converged(lab)
    assert lab.truth("win1").live == lab.declared("win1")
    assert sorted(count for _unused, count in lab.truth("win1").disks.values()) == [2, 2, 2, 4, 4, 4]
    if profiles.has(profiles.CLAIM_LIST):
        claims = {hardware_id for hardware_id, _unused in lab.fleet.host("win1").snapshot().claims}
        assert {"HP      HSV340          ", "HP      HSV300          "} <= claims


def test_the_playbook_shows_a_line_for_each_lun(stage: Make) -> None:
    lab = stage(server("win1", 1), server("win2", 2, presented=False))
    lab.provision("win1")
    run = lab.playbook("eva.mpio.provision", "-e", "multipath_reboot=true", "-e", "multipath_device_timeout=1")
    assert run.returncode == 0, run.output
    table = " ".join(run.output.split())
    for vdisk in lab.fleet.array("eva01").vdisks[:3]:
        assert f"win1 {vdisk.naa.upper()} 4/4 10.10.1.11 10.10.2.11 A B round_robin_with_subset 4/4 proven" in table
    assert "win2 - - - - - - waiting_for_presentation" in table
