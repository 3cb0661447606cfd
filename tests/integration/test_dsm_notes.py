# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run notes on a host of HP's setup, of its removal and of a change of DSM guides the runs after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.dsm_stage import (
    HOST,
    PACKAGE,
    SETUP,
    allow_change,
    at_rest,
    dsm_of,
    dsm_server,
    redundant_under,
    wish,
)
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, staged

PROFILES = ["2003-installed", "2012"]
RESTART = {"pre_reboot_delay": 0, "force": True}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_removal_that_removes_nothing_costs_one_restart_and_no_more(tmp_path: Path, profile: str) -> None:
    """HP's setup is given for its own removal: it is content, and the DSM stays."""
    with staged(fleet_of(dsm_server(profile, "hp")), tmp_path) as stage:
        done = stage.module("host", HOST, wish(stage, profile, "hp"))
        assert done.status == "ok", done.message
        allow_change(stage, "microsoft")
        wrong = wish(stage, profile, "microsoft", change_dsm=True, dsm_package={**PACKAGE, "removal_path": SETUP})
        first = stage.module("host", HOST, wrong)
        assert (first.status, first["rebooted"]) == ("failed", True)
        mark = stage.now
        second = stage.module("host", HOST, wrong)
        assert (second.status, second["steps"], stage.changes(HOST, mark)) == ("failed", [], [])
        assert "not run for one more restart" in second.message
        assert "to go back, run it with dsm: hp" in second.message
        right = stage.module("host", HOST, wish(stage, profile, "microsoft", change_dsm=True))
        assert (right.status, right.result.get("state")) == ("ok", "converged"), right.message
        redundant_under(stage, "microsoft")
        at_rest(stage, wish(stage, profile, "microsoft", change_dsm=True))


@contextmanager
def with_setup_run(tmp_path: Path, profile: str, driver: str) -> Iterator[Stage]:
    """A server on which HP's setup was run, and that was not restarted since."""
    with staged(fleet_of(dsm_server(profile, "hp", switches={"hp_dsm_driver": driver})), tmp_path) as stage:
        if profile == "2012":
            assert stage.module("feature", HOST).status == "ok"
            assert stage.module("reboot", HOST, RESTART).status == "ok"
        done = stage.module("dsm", HOST, {"dsm_package": PACKAGE})
        assert (done.status, done["reboot_required"]) == ("ok", True), done.message
        yield stage


@pytest.mark.parametrize("driver", ["hpeaadsm", "evadsm"])
@pytest.mark.parametrize("profile", PROFILES)
def test_a_setup_is_run_once_in_a_boot(tmp_path: Path, profile: str, driver: str) -> None:
    with with_setup_run(tmp_path, profile, driver) as stage:
        mark = stage.now
        again = stage.module("dsm", HOST, {"dsm_package": PACKAGE})
        assert (again.status, again["changed"], again["reboot_required"]) == ("ok", False, True)
        assert stage.changes(HOST, mark) == []
        assert stage.module("reboot", HOST, RESTART).status == "ok"
        there = stage.module("dsm", HOST, {"dsm_package": PACKAGE})
        assert (there.status, there["changed"], there["reboot_required"]) == ("ok", False, False)


@pytest.mark.parametrize("driver", ["hpeaadsm", "evadsm"])
@pytest.mark.parametrize("profile", PROFILES)
def test_the_microsoft_dsm_claims_nothing_beside_a_setup_that_waits_for_the_restart(
    tmp_path: Path, profile: str, driver: str
) -> None:
    with with_setup_run(tmp_path, profile, driver) as stage:
        mark = stage.now
        claim = stage.module("claim", HOST, {"models": ["P6300"]})
        assert stage.changes(HOST, mark) == []
        if driver == "hpeaadsm":
            assert claim.status == "failed"
            assert driver in claim.message
        elif profile == "2012":
            assert claim["reboot_required"]
            assert "may have been installed in this boot" in claim.message
        options = {**stage.layout(HOST), **profiles.options(profile), "reboot": True, "pre_reboot_delay": 0}
        refused = stage.module("host", HOST, options)
        assert refused.status == "failed"
        assert "change_dsm" in refused.message
        assert {owner for owner, _paths in stage.truth(HOST).disks.values()} <= {dsm_of(stage, "hp")}


def test_a_service_that_somebody_set_on_demand_does_not_pass_for_a_change_that_has_begun(tmp_path: Path) -> None:
    with staged(fleet_of(dsm_server("2003-installed", "microsoft")), tmp_path) as stage:
        done = stage.module("host", HOST, wish(stage, "2003-installed", "microsoft"))
        assert done.status == "ok", done.message
        stage.fleet.host(HOST).services.set_start("MSiSCSI", 3)  # SERVICE_DEMAND_START (winsvc.h)
        stage.fleet.faults.inject("end-session", HOST, "10.10.1.21")
        mark = stage.now
        refused = stage.module("host", HOST, wish(stage, "2003-installed", "hp", change_dsm=True))
        assert (refused.status, stage.changes(HOST, mark)) == ("failed", [])
        assert "redundancy is proven before" in refused.message
