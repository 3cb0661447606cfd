# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An array whose iSCSI bridges show that it is asymmetric: what its owners do to paths and policies of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.stage import PORTALS, Stage, array, server
from ansible_collections.eva.mpio.tests.lab.windows.storage.policies import PathState

Make = Callable[..., Stage]

WIN = "win1"
SUBSET = 3
"""RRWS in LoadBalancePolicy."""

pytestmark = profiles.needs(profiles.ALUA)


def asymmetric(stage: Make, fabric: str = "memory") -> Stage:
    return stage(server(WIN, 1), arrays=[array(hides_port_groups=False)], fabric=fabric)


def optimised(lab: Stage) -> list[set[str]]:
    """Return the portals of the optimised paths of each disk, in the order of the virtual disks."""
    disks = {disk.identity: disk for disk in lab.fleet.host(WIN).disks.mpio.disks}
    found = []
    for vdisk in lab.fleet.array("eva01").vdisks:
        disk = disks[vdisk.naa]
        states = disk.states()
        found.append(
            {path.lun_path.portal.address for path in disk.paths if states[path.path_id] is PathState.ACTIVE_OPTIMIZED}
        )
    return found


def through(lab: Stage, controller: str) -> set[str]:
    return {port.address for port in lab.fleet.array("eva01").ports if port.controller == controller}


@pytest.mark.parametrize("fabric", ["memory", "tcp"])
def test_a_fresh_host_gets_every_path_and_uses_the_owners(stage: Make, fabric: str) -> None:
    lab = asymmetric(stage, fabric)
    lab.provision()
    lab.is_redundant(WIN)
    assert lab.policies(WIN) == {SUBSET}
    owners = [vdisk.owner for vdisk in lab.fleet.array("eva01").vdisks]
    assert optimised(lab) == [through(lab, owner) for owner in owners]
    assert {len(portals) for portals in optimised(lab)} == {len(PORTALS) // 2}


def test_round_robin_is_its_subset_wherever_the_owner_goes(stage: Make) -> None:
    lab = asymmetric(stage)
    wish = lab.whole(WIN, lun_policies={"default": "round_robin"})
    assert lab.module("host", WIN, wish)["state"] == "converged"
    first = lab.fleet.array("eva01").vdisks[0]
    before = first.owner
    lab.fleet.faults.inject("vdisk-owner", "eva01", first.name, "B" if before == "A" else "A")
    assert optimised(lab)[0] == through(lab, first.owner) != through(lab, before)
    mark = lab.now
    again = lab.module("host", WIN, wish)
    assert (again["changed"], again["state"]) == (False, "converged")
    assert (lab.logins(WIN, mark), lab.changes(WIN, mark)) == ([], [])
    assert lab.policies(WIN) == {SUBSET}


def test_a_controller_that_is_back_is_used_again(stage: Make) -> None:
    lab = asymmetric(stage)
    lab.provision()
    with lab.fleet.laws.fault():
        lab.fleet.array("eva01").controller_down("A")
        assert optimised(lab) == [through(lab, "B")] * 3
        lab.fleet.array("eva01").controller_up("A")
    again = lab.module("host", WIN, lab.whole(WIN))
    assert again["state"] == "converged", again.message
    lab.is_redundant(WIN)
    assert optimised(lab) == [through(lab, "B")] * 3


PREFERS = {"policy": "failover_only", "preferred": {"nic": "10.10.2.11", "portal": "10.10.2.22"}}
WEIGHTS = {"policy": "weighted_paths", "paths": [{"nic": "10.10.1.11", "weight": 5}]}
STANDS_BY = {"policy": "round_robin_with_subset", "paths": [{"portal": "10.10.1.22", "state": "standby"}]}
STEPS: tuple[Any, ...] = (
    *("failover_only", WEIGHTS, PREFERS, "round_robin_with_subset", PREFERS, STANDS_BY),
    *("failover_only", "round_robin_with_subset", "weighted_paths", "failover_only", "clear"),
)


@pytest.mark.parametrize("profile", ["2008", "2012"])
def test_every_policy_follows_every_other(stage: Make, profile: str) -> None:
    """What fail over only made of paths is no state of theirs: no path is left out, and nothing is refused."""
    lab = stage(server(WIN, 1, **profiles.PROFILES[profile]), arrays=[array(hides_port_groups=False)])
    lab.provision(WIN, **profiles.options(profile))
    owners = [through(lab, vdisk.owner) for vdisk in lab.fleet.array("eva01").vdisks]
    for number, policy in enumerate(STEPS):
        done = lab.module("lun_policy", WIN, {"lun_policies": {"default": policy}})
        assert (done.status, done["state"]) == ("ok", "converged"), f"{number}: {done.message}"
        mark = lab.now
        assert lab.module("lun_policy", WIN, {"lun_policies": {"default": policy}})["changed"] is False
        assert lab.changes(WIN, mark) == []
        used = optimised(lab)
        name = policy if isinstance(policy, str) else policy["policy"]
        if name == "failover_only":
            assert all(len(active) == 1 and active <= owner for active, owner in zip(used, owners, strict=True))
        else:
            put_aside = {"10.10.1.22"} if policy is STANDS_BY else set()
            assert used == [owner - put_aside for owner in owners], number


def test_a_path_put_aside_stays_so_and_is_named(stage: Make) -> None:
    lab = asymmetric(stage)
    lab.provision()
    for policy in (STANDS_BY, "round_robin_with_subset"):
        done = lab.module("lun_policy", WIN, {"lun_policies": {"default": policy}})
    assert done["changed"] is False
    assert "10.10.1.22:3260 stands by, as it was set before" in str(done["findings"])
