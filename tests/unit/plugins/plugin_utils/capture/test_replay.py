# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recorded host is read as it was read when it was recorded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.eva.mpio.plugins.plugin_utils._capture.recording import INDEX
from ansible_collections.eva.mpio.tests import replay
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.capture.conftest import Record
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.capture.judging import same_but_for_names
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.capture.scenario_host import ScenarioHost


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "capture"


def wish_for(host: dict[str, Any]) -> dict[str, Any]:
    portals = [portal["portal"]["address"] for portal in host["portals"]]
    nics = [port["address"] for port in host["initiator"]["ports"]]
    return {"arrays": [{"name": "eva01", "model": "P6300", "portals": portals}], "nics": nics}


def test_the_same_reading(record: Record, folder: Path) -> None:
    recorded = record(folder)["host"]
    result, tape = replay.shown(folder)
    assert not tape.unknown
    assert not recorded["unknown"]
    same_but_for_names(recorded, result["host"])
    assert len(recorded["disks"]) == 3
    assert result["host"]["users"] == ["domain-2\\user-2"]
    assert result["host"]["cluster"]["groups"] == ["group-1"]


def test_output_is_told_apart_whatever_the_marks_are(record: Record, folder: Path, host: ScenarioHost) -> None:
    recorded = record(folder)["host"]
    assert recorded["sources"]["claims"] == "registry"
    result, _tape = replay.shown(folder)
    assert result["host"]["claims"] == recorded["claims"]


def test_the_plan_of_a_wish(record: Record, folder: Path) -> None:
    record(folder)
    wish = wish_for(replay.shown(folder)[0]["host"])
    result, tape = replay.planned(folder, wish)
    assert not tape.unknown
    assert result["steps"] == []
    wish["arrays"][0]["portals"].append("198.18.0.99")
    result, tape = replay.planned(folder, wish)
    added = [step for step in result["steps"] if "AddTargetPortal" in step["command"]]
    assert [step["step"] for step in added] == ["discovery portal 198.18.0.99:3260 through 198.18.0.1: add"]


def test_what_was_not_asked_then_is_unknown_now(record: Record, folder: Path) -> None:
    record(folder)
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    index["exchanges"] = [
        entry
        for entry in index["exchanges"]
        if "OptionalFeature" not in entry["asked"] and "Command " not in entry["asked"]
    ]
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
    result, tape = replay.shown(folder)
    assert "not asked when the capture was made" in result["host"]["unknown"]["feature"]
    assert "claims" in result["host"]["unknown"]
    assert {asked.partition(" ")[0] for asked in tape.unknown} == {"Enumerate", "Command"}


def test_from_the_command_line(record: Record, folder: Path, tmp_path: Path) -> None:
    record(folder)
    wish = tmp_path / "wish.yml"
    wish.write_text(yaml.safe_dump(wish_for(replay.shown(folder)[0]["host"])), encoding="utf-8")
    command = [sys.executable, replay.__file__, str(folder), "--wish", str(wish)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    assert [line for line in said.splitlines() if line.startswith("# ")] == [
        "# The host",
        "# What the probes found",
        "# The plan",
    ]
    documents = yaml.safe_load(said)
    assert documents["os"]["build"] == 9600
    assert documents["WinRM"].endswith("Stack: 3.0")
