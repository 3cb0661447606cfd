# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switches that the main stories do not come by, each in a story of its own, in every position."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.dsm_stage import HP_COMMANDS, dsm_server, redundant_under, wish
from ansible_collections.eva.mpio.tests.integration.stage import Stage, array, fleet_of, server, staged
from ansible_collections.eva.mpio.tests.integration.switch_positions import consulted

HOST = "win1"
MOVED = frozenset(
    {
        "adapter_description_localised",  # test_settings
        "dead_isns_server",
        "default_policy_reaches_claimed_disks",
        "first_session_needs_multipath_flag",
        "diskless_mpio_classes",
        "follows_redirections",
        "hp_dsm_policy_group",
        "login_deadline",
        "mpclaim_reboot_exit_code",
        "mpclaim_round_robin_on_alua_disk",
        "package_installs_mpio",  # test_old_ways
        "policy_refusal",
        "presentation_needs_rescan",  # test_boot_order
        "script_uint32",  # test_old_ways
    }
)
"""Which they are; those with a name behind are told there."""


@contextmanager
def moved(directory: Path, name: str, value: Any, profile: str = "2012r2", **more: Any) -> Iterator[Stage]:
    """Give a server with a switch in a position, and fail if nothing comes by that switch."""
    kind = dict(profiles.PROFILES[profile])
    switches = {**kind.pop("switches", {}), **more.pop("switches", {}), name: value}
    arrays = [array(**more.pop("array", {}))]
    with staged(fleet_of(server(HOST, 1, **{**kind, **more, "switches": switches}), arrays=arrays), directory) as stage:
        with consulted() as seen:
            yield stage
        assert name in seen, f"nothing comes by {name}"


def host(stage: Stage, **more: Any) -> Any:
    """Run eva.mpio.host."""
    return stage.module("host", HOST, stage.whole(HOST, **more))


def at_rest(stage: Stage, **more: Any) -> None:
    """Fail unless a run finds nothing to do."""
    mark = stage.now
    again = host(stage, **more)
    assert (again.status, again["changed"], stage.changes(HOST, mark)) == ("ok", False, []), again.message


@pytest.mark.parametrize("deadline", [15.0, 3.0])
def test_a_portal_that_hangs(tmp_path: Path, deadline: float) -> None:
    with moved(tmp_path, "login_deadline", deadline) as stage:
        stage.fleet.faults.inject("port-hang", "10.10.2.22")
        done = host(stage)
        assert done.status == "failed"
        assert "10.10.2.22" in done.message
        assert len(stage.truth(HOST).live) == 3
        stage.fleet.faults.heal("port-hang", "10.10.2.22")
        stage.provision(HOST)
        stage.is_redundant(HOST)


@pytest.mark.parametrize("follows", [True, False])
def test_a_portal_that_redirects(tmp_path: Path, follows: bool) -> None:
    with moved(tmp_path, "follows_redirections", follows) as stage:
        stage.fleet.faults.inject("redirect", "10.10.2.22", "10.10.2.21")
        redirected = host(stage)
        assert redirected.status == "failed"
        assert "10.10.2.22" in redirected.message
        stage.fleet.faults.heal("redirect", "10.10.2.22", "10.10.2.21")
        stage.provision(HOST)
        at_rest(stage)


@pytest.mark.parametrize("answer", ["stored", "warned", "refused"])
def test_an_isns_server_that_does_not_answer(tmp_path: Path, answer: str) -> None:
    with moved(tmp_path, "dead_isns_server", answer) as stage:
        done = host(stage, isns_servers=["10.10.1.5"])
        stage.is_redundant(HOST)
        initiator = stage.fleet.host(HOST).initiator
        if answer == "refused":
            assert done.status == "failed"
            assert "10.10.1.5" in done.message
            assert initiator.isns_servers() == []
            return
        assert done.status == "ok", done.message
        assert initiator.isns_servers() == ["10.10.1.5"]
        at_rest(stage, isns_servers=["10.10.1.5"])


@pytest.mark.parametrize("reaches", [True, False])
def test_a_default_policy_that_changes(tmp_path: Path, reaches: bool) -> None:
    with moved(tmp_path, "default_policy_reaches_claimed_disks", reaches) as stage:
        stage.provision(HOST, lun_policies={"default": "clear"})
        done = host(stage, lun_policies={}, dsm_policy="failover_only")
        assert done.status == "ok", done.message
        assert (stage.policies(HOST) == {1}) == reaches
        at_rest(stage, lun_policies={}, dsm_policy="failover_only")
        explicit = host(stage, lun_policies={"default": "failover_only"}, explicit_policies=True)
        assert explicit.status == "ok", explicit.message
        assert stage.policies(HOST) == {1}


@pytest.mark.parametrize("outcome", ["becomes_subset", "refused"])
def test_round_robin_for_a_disk_with_optimised_paths(tmp_path: Path, outcome: str) -> None:
    asymmetric = {"hides_port_groups": False}
    with moved(tmp_path, "mpclaim_round_robin_on_alua_disk", outcome, "2008r2", array=asymmetric) as stage:
        stage.provision(HOST, lun_policies={"default": "failover_only"})
        done = host(stage, lun_policies={"default": "round_robin"})
        stage.is_redundant(HOST)
        if outcome == "becomes_subset":
            assert done.status == "ok", done.message
            assert stage.policies(HOST) == {3}
            at_rest(stage, lun_policies={"default": "round_robin"})
        else:
            assert done.status == "failed"
            assert stage.policies(HOST) == {1}


@pytest.mark.parametrize("code", [0, 3010])
@pytest.mark.parametrize("profile", ["2008r2", "2012r2"])
def test_a_claim_of_disks_that_are_there(tmp_path: Path, profile: str, code: int) -> None:
    with moved(tmp_path, "mpclaim_reboot_exit_code", code, profile) as stage:
        for module, options in (("initiator", {}), ("portal", stage.layout(HOST))):
            done = stage.module(module, HOST, options)
            assert done.status == "ok", done.message
        alone = stage.module("session", HOST, stage.layout(HOST))
        assert (alone.status, len(stage.truth(HOST).live)) == ("failed", 1), alone.message
        stage.provision(HOST)
        stage.is_redundant(HOST)
        at_rest(stage)


REFUSED = {"lun_policies": {"default": "least_queue_depth"}, "allow_least_queue_depth": True}
UNKNOWN_POLICY = {"iscsi_dsm_has_least_queue_depth": False}


@pytest.mark.parametrize("calls", ["wsman", "script"])
@pytest.mark.parametrize("refusal", ["fault", "status"])
def test_a_policy_that_the_dsm_refuses(tmp_path: Path, refusal: str, calls: str) -> None:
    with moved(tmp_path, "policy_refusal", refusal, "2003-installed", switches=UNKNOWN_POLICY) as stage:
        stage.provision(HOST)
        refused = stage.module("lun_policy", HOST, {**REFUSED, "method_calls": calls})
        assert refused.status == "failed"
        assert "least_queue_depth" in refused.message
        assert stage.policies(HOST) == {3}
        at_rest(stage)


@pytest.mark.parametrize("answer", ["wdm_fault", "empty"])
@pytest.mark.parametrize("profile", ["2003-installed", "2012"])
def test_policy_classes_that_know_no_disk_of_hps_dsm(tmp_path: Path, profile: str, answer: str) -> None:
    switches = {"vendor_policy_instance": "absent", "diskless_mpio_classes": answer}
    with staged(fleet_of(dsm_server(profile, "hp", switches=switches)), tmp_path) as stage:
        asked = wish(stage, profile, "hp")
        with consulted() as seen:
            done = stage.module("host", HOST, asked)
        assert (done.status, done["state"]) == ("ok", "converged"), done.message
        assert "diskless_mpio_classes" in seen
        redundant_under(stage, "hp")
        assert stage.module("host", HOST, asked)["changed"] is False


@pytest.mark.parametrize("group", ["lun", "all"])
def test_what_shares_a_policy_under_hps_dsm(tmp_path: Path, group: str) -> None:
    spec = dsm_server("2012", "hp", switches={"hp_dsm_policy_group": group})
    with staged(fleet_of(spec), tmp_path) as stage:
        asked = wish(stage, "2012", "hp", hp_policies={"default": "rr"}, **HP_COMMANDS)
        with consulted() as seen:
            done = stage.module("host", HOST, asked)
        assert (done.status, done["state"]) == ("ok", "converged"), done.message
        assert "hp_dsm_policy_group" in seen
        mark = stage.now
        again = stage.module("host", HOST, asked)
        assert (again["changed"], stage.changes(HOST, mark)) == (False, [])
