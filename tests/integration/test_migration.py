# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DSM of a server in use is changed, there and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration.dsm_stage import (
    CHANGES,
    HOST,
    PACKAGE,
    allow_change,
    at_rest,
    dsm_server,
    redundant_under,
    wish,
)
from ansible_collections.eva.mpio.tests.integration.stage import fleet_of, staged

UNKNOWN = {"hp_dsm_driver": "evadsm", "hp_dsm_reboot_exit_code": 0}
"""A driver service whose name does not look like HP's, by a setup that does not say that a restart is needed."""
STORIES: list[tuple[str, dict[str, Any]]] = [
    *((profile, {}) for profile in CHANGES),
    *((profile, UNKNOWN) for profile in ("2003-installed", "2012")),
]


@pytest.mark.parametrize(("profile", "switches"), STORIES)
@pytest.mark.parametrize(("first", "second"), [("microsoft", "hp"), ("hp", "microsoft")])
def test_there_and_back(tmp_path: Path, profile: str, switches: dict[str, Any], first: str, second: str) -> None:
    with staged(fleet_of(dsm_server(profile, first, switches=switches)), tmp_path) as stage:
        done = stage.module("host", HOST, wish(stage, profile, first))
        assert done.status == "ok", done.message
        at_rest(stage, wish(stage, profile, first))
        for dsm in (second, first):
            allow_change(stage, dsm)
            options = wish(stage, profile, dsm, change_dsm=True)
            changed = stage.module("host", HOST, options)
            assert (changed.status, changed.result.get("state")) == ("ok", "converged"), changed.message
            redundant_under(stage, dsm)
            service = stage.fleet.host(HOST).services.get("MSiSCSI")
            assert service.start_mode == "Auto"
            at_rest(stage, wish(stage, profile, dsm))


@pytest.mark.parametrize("profile", ["2003-installed", "2012"])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"hp_dsm_name": "HP Foo DSM"}, ("{registered}", "hp_dsm_name")),
        ({"dsm_package": {**PACKAGE, "driver": "nosuchdrv"}}, ('no driver service "nosuchdrv"', "dsm_package.driver")),
    ],
    ids=["hp_dsm_name", "driver"],
)
def test_a_wrong_name_is_named_and_the_way_back_is_open(
    tmp_path: Path, profile: str, wrong: dict[str, Any], said: tuple[str, ...]
) -> None:
    with staged(fleet_of(dsm_server(profile, "microsoft")), tmp_path) as stage:
        done = stage.module("host", HOST, wish(stage, profile, "microsoft"))
        assert done.status == "ok", done.message
        allow_change(stage, "hp")
        for _unused in range(2):
            failed = stage.module("host", HOST, wish(stage, profile, "hp", change_dsm=True, **wrong))
            assert failed.status == "failed"
            for text in said:
                assert text.format(registered=stage.hp_dsm(HOST)) in failed.message
        allow_change(stage, "microsoft")
        back = stage.module("host", HOST, wish(stage, profile, "microsoft", change_dsm=True))
        assert (back.status, back.result.get("state")) == ("ok", "converged"), back.message
        redundant_under(stage, "microsoft")


def test_a_module_that_makes_no_paths_brings_no_disk_online_in_the_middle(tmp_path: Path) -> None:
    with staged(fleet_of(dsm_server("2012", "hp")), tmp_path) as stage:
        done = stage.module("host", HOST, wish(stage, "2012", "hp"))
        assert done.status == "ok", done.message
        for vdisk, letter in zip(stage.fleet.arrays[0].vdisks, "EFG", strict=False):
            stage.fleet.host(HOST).disks.mount(vdisk.naa, letter)
        allow_change(stage, "microsoft")
        stage.fleet.faults.inject("initiator-status", HOST, "logout", "0xEFFF002E", "20", "before")
        wished = wish(stage, "2012", "microsoft", change_dsm=True)
        begun = stage.now
        stopped = stage.module("host", HOST, wished)
        assert stopped.status == "failed"
        assert stage.changes(HOST, begun) != []
        offline = stage.module("host_info", HOST, {"gather_subset": ["taken_offline"]})["host"]["taken_offline"]
        assert len(offline) == 3
        mark = stage.now
        assert stage.module("dsm", HOST, {"dsm_package": PACKAGE}).status == "ok"
        assert stage.changes(HOST, mark) == []
