# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HP's DSM on fresh servers of each release that its documents name, and where it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration.dsm_stage import (
    HOST,
    HP_PROFILES,
    PACKAGE,
    at_rest,
    dsm_of,
    dsm_server,
    redundant_under,
    wish,
)
from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult, rule
from ansible_collections.eva.mpio.tests.integration.stage import fleet_of, staged


@pytest.mark.parametrize(
    ("profile", "dsm"), [*((profile, "hp") for profile in HP_PROFILES), ("2003", "microsoft"), ("2012", "microsoft")]
)
def test_a_fresh_server_becomes_redundant_under_the_wished_dsm(tmp_path: Path, profile: str, dsm: str) -> None:
    with staged(fleet_of(dsm_server(profile, dsm)), tmp_path) as stage:
        options = wish(stage, profile, dsm)
        planned = stage.module("host", HOST, options, check=True)
        assert planned.status == "ok", planned.message
        done = stage.module("host", HOST, options)
        assert (done.status, done.result.get("state")) == ("ok", "converged"), done.message
        announced = [rule(step) for step in planned.steps]
        assert [step for step in done.steps if not any(pattern.fullmatch(step) for pattern in announced)] == []
        redundant_under(stage, dsm)
        at_rest(stage, options)
        proof = stage.module("verify", HOST, {**stage.layout(HOST), "dsm": dsm})
        assert proof.status == "ok", proof.message
        other = "microsoft" if dsm == "hp" else "hp"
        for module in ("verify", "session"):
            wrong = stage.module(module, HOST, {**stage.layout(HOST), "dsm": other})
            assert wrong.status == "failed"
            assert dsm_of(stage, dsm) in wrong.message


@pytest.mark.parametrize("profile", ["2003", "2008", "2012"])
def test_a_driver_of_any_name_is_known_by_its_dsm_after_the_restart(tmp_path: Path, profile: str) -> None:
    switches = {"hp_dsm_driver": "evadsm", "hp_dsm_reboot_exit_code": 0}
    with staged(fleet_of(dsm_server(profile, "hp", switches=switches)), tmp_path) as stage:
        options = wish(stage, profile, "hp")
        done = stage.module("host", HOST, options)
        assert (done.status, done.result.get("state")) == ("ok", "converged"), done.message
        redundant_under(stage, "hp")
        at_rest(stage, options)
        service = stage.fleet.host(HOST).services.get("evadsm")
        assert service.start_mode == "Boot"


@pytest.mark.parametrize("profile", ["2012r2", "2016", "2022"])
def test_hps_dsm_is_refused_where_no_document_names_it(tmp_path: Path, profile: str) -> None:
    with staged(fleet_of(dsm_server(profile, "hp")), tmp_path) as stage:
        mark = stage.now
        refused = stage.module("host", HOST, wish(stage, profile, "hp"))
        assert refused.status == "failed"
        assert "no document of HP's names it for Microsoft Windows Server" in refused.message
        assert stage.changes(HOST, mark) == []


def test_on_2012_r2_it_goes_by_an_override(tmp_path: Path) -> None:
    with staged(fleet_of(dsm_server("2012r2", "hp")), tmp_path) as stage:
        options = wish(stage, "2012r2", "hp", dsm_package={**PACKAGE, "unsupported_release": True})
        done = stage.module("host", HOST, options)
        assert (done.status, done.result.get("state")) == ("ok", "converged"), done.message
        redundant_under(stage, "hp")
        at_rest(stage, options)


@pytest.mark.parametrize("profile", ["2003-installed", "2008", "2012"])
@pytest.mark.parametrize(("first", "second"), [("hp", "microsoft"), ("microsoft", "hp")])
def test_two_claimers_are_refused_before_anything_changes(
    tmp_path: Path, profile: str, first: str, second: str
) -> None:
    with staged(fleet_of(dsm_server(profile, first)), tmp_path) as stage:
        done = stage.module("host", HOST, wish(stage, profile, first))
        assert done.status == "ok", done.message
        mark = stage.now
        refused = stage.module("host", HOST, wish(stage, profile, second))
        assert refused.status == "failed"
        assert "change_dsm" in refused.message
        assert stage.changes(HOST, mark) == []
        redundant_under(stage, first)


@pytest.mark.parametrize("profile", ["2003-installed", "2012"])
def test_what_was_removed_in_this_boot_comes_back_only_after_a_restart(tmp_path: Path, profile: str) -> None:
    """A driver service that is marked for deletion starts no more, whatever is made of its start type."""
    with staged(fleet_of(dsm_server(profile, "hp")), tmp_path) as stage:
        if profile == "2012":
            assert stage.module("feature", HOST, {}).status == "ok"
            assert stage.module("reboot", HOST, {"pre_reboot_delay": 0}).status == "ok"

        def dsm(**more: Any) -> TaskResult:
            done = stage.module("dsm", HOST, {"dsm_package": PACKAGE, **more})
            assert done.status == "ok", done.message
            return done

        def restart() -> None:
            assert stage.module("reboot", HOST, {"pre_reboot_delay": 0, "force": True}).status == "ok"

        dsm()
        restart()
        assert dsm(state="absent")["reboot_required"]
        mark = stage.now
        waiting = dsm()
        assert (waiting["changed"], waiting["reboot_required"]) == (False, True)
        assert stage.changes(HOST, mark) == []
        restart()
        assert dsm()["changed"]
        restart()
        again = dsm()
        assert (again["changed"], again["reboot_required"]) == (False, False)
        shown = stage.module("host_info", HOST, {"gather_subset": ["dsms"]})["host"]["dsms"]
        assert stage.hp_dsm(HOST) in [one["name"] for one in shown]
