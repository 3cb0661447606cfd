# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Microsoft DSM claims, and what it claims no more; the module of HP's DSM beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.eva.mpio.tests.integration.dsm_stage import (
    HOST,
    PACKAGE,
    at_rest,
    dsm_server,
    redundant_under,
    wish,
)
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, staged

P6300, BUS = "HP      HSV340          ", "MSFT2005iSCSIBusType_0x9"


def claimed(stage: Stage) -> list[tuple[bool, bool]]:
    """Return for the P6300 and for the iSCSI bus whether both lists of Windows hold it."""
    lists = stage.module("host_info", HOST, {"gather_subset": ["claims"]})["host"]["claims"]
    return [(name in lists["mpio"], name in lists["dsm"]) for name in (P6300, BUS)]


BOTH, NEITHER = (True, True), (False, False)


@pytest.mark.parametrize("profile", ["2008", "2008r2", "2012"])
def test_claimed_given_up_and_claimed_again(tmp_path: Path, profile: str) -> None:
    with staged(fleet_of(dsm_server(profile, "microsoft")), tmp_path) as stage:
        assert stage.module("feature", HOST).status == "ok"
        for options, after in (
            ({"models": ["P6300"]}, [BOTH, NEITHER]),
            ({"models": ["P6300"], "state": "absent"}, [NEITHER, NEITHER]),
            ({"models": ["P6300"], "all_iscsi": True}, [BOTH, BOTH]),
            ({"all_iscsi": True, "state": "absent"}, [BOTH, NEITHER]),
        ):
            if profile == "2008":  # whose mpclaim removes MPIO with the last id
                stage.module("feature", HOST)
            done = stage.module("claim", HOST, options)
            assert (done.status, done["changed"]) == ("ok", True), done.message
            assert claimed(stage) == after
            again = stage.module("claim", HOST, options)
            assert (again.status, again["changed"]) == ("ok", False), again.message


def test_verify_tells_what_is_claimed_and_waits_from_what_is_not_claimed(tmp_path: Path) -> None:
    with staged(fleet_of(dsm_server("2012", "microsoft")), tmp_path) as stage:
        for module, given in (
            *(("feature", {}), ("claim", {"models": ["EVA4400"]}), ("reboot", {"pre_reboot_delay": 0})),
            *(("initiator", {}), ("portal", stage.layout(HOST))),
        ):
            assert stage.module(module, HOST, given).status == "ok"
        assert stage.module("session", HOST, stage.layout(HOST)).status == "failed", "one path is made, and no second"

        def told() -> str:
            proof = stage.module("verify", HOST, stage.layout(HOST))
            assert proof.status == "failed"
            (text,) = [found["text"] for found in proof["findings"] if "as a disk of its own" in found["text"]]
            return str(text)

        assert f'"{P6300}" is not claimed; see that a DSM claims them (eva.mpio.claim)' in told()
        claimed_late = stage.module("claim", HOST, {"models": ["P6300"]})
        assert (claimed_late.status, claimed_late["state"]) == ("ok", "reboot_required"), claimed_late.message
        assert "LUNs that are claimed are still outside MPIO" in told()
        assert told().endswith("; restart Windows (eva.mpio.reboot)")


def test_an_id_that_would_match_nothing_is_refused_unsent(tmp_path: Path) -> None:
    with staged(fleet_of(dsm_server("2012", "microsoft")), tmp_path) as stage:
        for state in ("present", "absent"):
            mark = stage.now
            refused = stage.module("claim", HOST, {"hardware_ids": ["HP HSV340"], "state": state})
            assert refused.status == "failed"
            assert "did you mean 'HP      HSV340', which is that of models P6300, P6350? (wish side)" in refused.message
            assert stage.requests(HOST, mark) == {}


def test_a_host_that_only_the_bus_claims_comes_out_of_it(tmp_path: Path) -> None:
    """As Windows' own "Add support for iSCSI devices" leaves it; afterwards its DSM can be changed."""
    with staged(fleet_of(dsm_server("2012", "microsoft")), tmp_path) as stage:
        assert stage.module("feature", HOST).status == "ok"
        assert stage.module("claim", HOST, {"all_iscsi": True}).status == "ok"
        assert stage.module("reboot", HOST, {"pre_reboot_delay": 0}).status == "ok"
        options = wish(stage, "2012", "microsoft")
        done = stage.module("host", HOST, options)
        assert (done.status, done["rebooted"]) == ("ok", False), done.message
        assert claimed(stage) == [BOTH, BOTH]
        at_rest(stage, options)
        change = wish(stage, "2012", "hp", change_dsm=True)
        refused = stage.module("host", HOST, change, check=True)
        assert refused.status == "failed"
        assert f'"{BUS}" of its lists also claims "{P6300}"' in refused.message
        gone = stage.module("claim", HOST, {"all_iscsi": True, "state": "absent"})
        assert (gone.status, gone["changed"]) == ("ok", True), gone.message
        assert claimed(stage) == [BOTH, NEITHER]
        redundant_under(stage, "microsoft")
        assert stage.module("host", HOST, change, check=True).status == "ok"


def test_nothing_is_given_up_under_a_disk(tmp_path: Path) -> None:
    with staged(fleet_of(dsm_server("2012", "microsoft")), tmp_path) as stage:
        stage.provision(pre_reboot_delay=0)
        mark = stage.now
        for module, options in (
            ("claim", {"models": ["P6300"], "state": "absent"}),
            ("dsm", {"dsm_package": PACKAGE}),
        ):
            refused = stage.module(module, HOST, options)
            assert refused.status == "failed"
            assert stage.changes(HOST, mark) == []


def test_hps_dsm_by_its_own_module(tmp_path: Path) -> None:
    with staged(fleet_of(dsm_server("2012", "hp")), tmp_path) as stage:
        stage.fleet.declare_dsm(HOST, "hp")
        early = stage.module("dsm", HOST, {"dsm_package": PACKAGE})
        assert early.status == "failed"
        assert "eva.mpio.feature" in early.message
        assert stage.module("feature", HOST).status == "ok"
        done = stage.module("dsm", HOST, {"dsm_package": PACKAGE})
        assert (done.status, done["changed"], done["reboot_required"]) == ("ok", True, True), done.message
        assert stage.module("reboot", HOST, {"pre_reboot_delay": 0}).status == "ok"
        there = stage.module("dsm", HOST, {"dsm_package": PACKAGE})
        assert (there.status, there["changed"], there["reboot_required"]) == ("ok", False, False), there.message
        gone = stage.module("dsm", HOST, {"state": "absent", "dsm_package": PACKAGE})
        assert (gone.status, gone["changed"], gone["reboot_required"]) == ("ok", True, True), gone.message
        assert stage.module("reboot", HOST, {"pre_reboot_delay": 0}).status == "ok"
        after = stage.module("dsm", HOST, {"state": "absent"})
        assert (after.status, after["changed"], after["reboot_required"]) == ("ok", False, False), after.message
