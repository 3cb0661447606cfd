# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a disk's policy comes from, and what outlives a boot."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.storage.policies import PathState, TargetPortGroups

SETTINGS = r"HKLM\SYSTEM\CurrentControlSet\Services\msdsm\Parameters\DsmLoadBalanceSettings"


def policy(server, number: int = 0) -> tuple:
    disk = server.disks.mpio.disk_numbered(number)
    return disk.policy.name, disk.explicit


def set_policy(server, *words: str) -> int:
    return server.run(server.mpclaim, "-l", *words)[0]


def two_paths(server, unit) -> None:
    server.login(1, unit())
    server.login(2, unit())


def test_the_nearest_level_wins_and_clearing_reveals_the_next(server, unit, eva_id) -> None:
    two_paths(server, unit)
    assert policy(server) == ("ROUND_ROBIN", False)
    assert set_policy(server, "-m", "4") == 0
    assert policy(server) == ("LEAST_QUEUE_DEPTH", False)
    assert set_policy(server, "-t", eva_id, "6") == 0
    assert policy(server) == ("LEAST_BLOCKS", False)
    assert set_policy(server, "-d", "0", "2") == 0
    assert policy(server) == ("ROUND_ROBIN", True)
    assert set_policy(server, "-m", "1") == 0
    assert policy(server) == ("ROUND_ROBIN", True)
    assert set_policy(server, "-d", "0", "0") == 0
    assert policy(server) == ("LEAST_BLOCKS", False)
    assert set_policy(server, "-t", eva_id, "0") == 0
    assert policy(server) == ("FAIL_OVER_ONLY", False)
    assert set_policy(server, "-m", "0") == 0
    assert policy(server) == ("ROUND_ROBIN", False)


def test_a_default_may_reach_only_devices_claimed_later(make, unit, eva_id) -> None:
    server = make(default_policy_reaches_claimed_disks=False)
    server.install()
    server.disks.claim([eva_id])
    server.login(1, unit(1))
    set_policy(server, "-m", "4")
    server.login(1, unit(2))
    assert (policy(server, 0)[0], policy(server, 1)[0]) == ("ROUND_ROBIN", "LEAST_QUEUE_DEPTH")


@pytest.mark.parametrize("word", ["3", "5", "7"])
def test_defaults_refuse_what_needs_path_data(server, eva_id, word) -> None:
    assert set_policy(server, "-m", word) == 87
    assert set_policy(server, "-t", eva_id, word) == 87
    assert server.disks.mpio.dsm.wide_default() is None
    assert server.disks.mpio.dsm.target_defaults() == {}


def test_a_hardware_id_must_be_padded(server) -> None:
    assert set_policy(server, "-t", "HP HSV340", "2") == 87


def test_an_explicit_policy_outlives_the_boot_with_states_and_weights(server, unit) -> None:
    two_paths(server, unit)
    assert set_policy(server, "-d", "0", "5", "0000000077030001", "0", "25", "0") == 0
    key = rf"{SETTINGS}\HP_HSV340_600143800024240B0000500000510001"
    assert server.registry.get(key, "DsmLoadBalancePolicyExplicitlySet") == b"\x01"
    assert server.registry.get(key, "DsmLoadBalancePolicy") == 5
    assert server.registry.get(rf"{key}\DSMPath#0100037700000000", "DsmPathWeight") == 25
    server.disks.boot()
    two_paths(server, unit)
    assert policy(server) == ("WEIGHTED_PATHS", True)
    assert {path.path_id & 0xFF: path.weight for path in server.disks.mpio.disks[0].paths} == {1: 25, 2: 0}


def test_weights_hang_on_the_path_id(server, unit) -> None:
    two_paths(server, unit)
    set_policy(server, "-d", "0", "5", "0000000077030001", "0", "25", "0")
    server.disks.boot()
    server.disks.attach([server.path(1, unit(), target=9)])
    assert policy(server) == ("WEIGHTED_PATHS", True)
    assert [path.weight for path in server.disks.mpio.disks[0].paths] == [0]


def test_fail_over_only_keeps_its_active_path_through_boot_and_return(server, unit) -> None:
    two_paths(server, unit)
    assert set_policy(server, "-d", "0", "1", "0000000077030002", "0", "0", "1") == 0
    server.disks.boot()
    server.login(1, unit())
    disk = server.disks.mpio.disks[0]
    assert disk.states()[0x77030001] is PathState.ACTIVE_OPTIMIZED
    server.login(2, unit())
    assert disk.states() == {0x77030001: PathState.STANDBY, 0x77030002: PathState.ACTIVE_OPTIMIZED}
    server.disks.fail("s2")
    assert disk.states()[0x77030001] is PathState.ACTIVE_OPTIMIZED
    server.disks.restore("s2")
    assert disk.states()[0x77030001] is PathState.STANDBY


def test_without_a_preferred_path_fail_over_only_stays_where_it_went(server, unit) -> None:
    two_paths(server, unit)
    assert set_policy(server, "-d", "0", "1", "0000000077030001", "0", "0", "0") == 0
    server.disks.fail("s1")
    server.disks.restore("s1")
    disk = server.disks.mpio.disks[0]
    assert disk.states() == {0x77030001: PathState.STANDBY, 0x77030002: PathState.ACTIVE_OPTIMIZED}
    assert set_policy(server, "-d", "0", "1", "0000000077030001", "0", "0", "0") == 87
    assert set_policy(server, "-d", "0", "1", "0000000077030002", "2", "0", "0", "0000000077030001", "0", "0", "0") == 0
    assert disk.states() == {0x77030001: PathState.ACTIVE_OPTIMIZED, 0x77030002: PathState.STANDBY}


@pytest.mark.parametrize(("position", "code", "after"), [("becomes_subset", 0, True), ("refused", 87, False)])
def test_round_robin_on_an_asymmetric_disk(make, unit, eva_id, position, code, after) -> None:
    server = make(mpclaim_round_robin_on_alua_disk=position)
    server.install()
    server.disks.claim([eva_id])
    naa = unit().naa
    server.disks.set_target_port_groups(naa, TargetPortGroups(1, {2: PathState.ACTIVE_UNOPTIMIZED}))
    server.login(1, unit(target_port_group=1, relative_target_port=1))
    assert policy(server) == ("ROUND_ROBIN", False)
    server.login(2, unit(target_port_group=2, relative_target_port=2))
    assert policy(server) == ("ROUND_ROBIN_WITH_SUBSET", False)
    assert set_policy(server, "-d", "0", "2") == code
    assert policy(server) == ("ROUND_ROBIN_WITH_SUBSET", after)
    assert set_policy(server, "-m", "2") == 0
    assert policy(server)[0] == "ROUND_ROBIN_WITH_SUBSET"
    server.disks.set_target_port_groups(naa, TargetPortGroups(1, {1: PathState.ACTIVE_UNOPTIMIZED}))
    assert server.disks.mpio.disks[0].states() == {
        0x77030001: PathState.ACTIVE_UNOPTIMIZED,
        0x77030002: PathState.ACTIVE_OPTIMIZED,
    }


def test_a_disk_has_at_most_32_paths(server, unit) -> None:
    for session in range(1, 34):
        server.login(session, unit())
    views = server.disks.disk_views()
    assert sorted(len(view.working_paths) for view in views) == [1, 32]
