# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers on which not everything is ours: seen as they are, and without a word of warning too many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration.stage import Stage, staged
from ansible_collections.eva.mpio.tests.lab import spec_file
from ansible_collections.eva.mpio.tests.lab.fleet import Fleet

MIXED = Path(spec_file.__file__).parent / "fleets" / "mixed.yml"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The fleet that the lab keeps for this."""
    with staged(Fleet(spec_file.load(MIXED)), tmp_path_factory.mktemp("mixed")) as running:
        yield running


def seen(stage: Stage, host: str) -> dict[str, Any]:
    """Return what host_info tells of a server."""
    done = stage.module("host_info", host)
    assert done.status == "ok", done.message
    facts: dict[str, Any] = done["host"]
    return facts


def test_nothing_is_unknown_but_what_no_public_command_shows(stage: Stage) -> None:
    assert seen(stage, "fresh")["unknown"] == {}
    assert set(seen(stage, "hp")["unknown"]) == {"hp_policies"}


def test_each_disk_has_its_dsm_and_each_path_its_way(stage: Stage) -> None:
    facts = seen(stage, "hp")
    dsms = {dsm["name"] for dsm in facts["dsms"]}
    assert {stage.hp_dsm("hp"), "Example DSM"} <= dsms
    owners = {(disk["vendor"], disk["dsm"]) for disk in facts["disks"]}
    assert owners == {("HP", stage.hp_dsm("hp")), ("EXAMPLE", "Example DSM")}
    over_iscsi = [path for disk in facts["disks"] for path in disk["paths"] if path["nic"] is not None]
    over_fibre = [path for disk in facts["disks"] for path in disk["paths"] if path["nic"] is None]
    assert len(over_iscsi) == 2 * 4 + 2
    assert len(over_fibre) == 2


def test_the_array_is_brought_up_beside_what_is_not_ours(stage: Stage) -> None:
    before = stage.truth("fresh")
    options = {**stage.layout("fresh"), "reboot": True, "pre_reboot_delay": 0}
    planned = stage.module("host", "fresh", options, check=True)
    assert planned.status == "ok", planned.message
    done = stage.module("host", "fresh", options)
    assert (done.status, done["state"]) == ("ok", "converged"), done.message
    after = stage.truth("fresh")
    foreign = {wwn: disk for wwn, disk in before.disks.items() if disk[0] == "Example DSM"}
    assert foreign
    assert {wwn: after.disks[wwn] for wwn in foreign} == foreign
    again = stage.module("host", "fresh", options)
    assert (again["changed"], again["steps"]) == (False, [])
    assert (planned["findings"], done["findings"], again["findings"]) == ([], [], [])


def test_hps_dsm_beside_another_is_proven_too(stage: Stage) -> None:
    options = {**stage.layout("hp"), "dsm": "hp"}
    proof = stage.module("verify", "hp", options)
    assert proof.status == "ok", proof.message
    assert len(proof["luns"]) == 2
    assert [(found["severity"], found["where"]) for found in proof["findings"]] == [("note", "array eva01")]
    assert "does not tell Windows the states of its paths" in proof["findings"][0]["text"]
