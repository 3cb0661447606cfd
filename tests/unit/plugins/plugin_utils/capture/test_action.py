# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option of eva.mpio.host_info: where it writes, what it refuses, and that it reads everything."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.eva.mpio.plugins.action import host_info
from ansible_collections.eva.mpio.plugins.plugin_utils._model import PARTS
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.link import Link
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import BadWish, Faults
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.capture.scenario_host import ScenarioHost


@pytest.fixture
def plugin(tmp_path: Path) -> Any:
    action: Any = object.__new__(host_info.ActionModule)
    action._loader = SimpleNamespace(path_dwim=lambda name: str(tmp_path / name))
    return action


def arguments(capture: str | None, *parts: str) -> dict[str, Any]:
    return {
        "gather_subset": list(parts) or ["all"],
        "capture": capture,
        "assume_release": None,
        "dependent_services": [],
        "hp_policy_show": [],
        "hp_policy_pattern": None,
    }


def test_a_capture_is_of_everything(plugin: Any, link: Link, tmp_path: Path) -> None:
    result = plugin.work(arguments("captures/win1", "feature"), link)
    assert result["capture"] == "captures/win1"
    assert set(PARTS) <= set(result["host"])
    assert (tmp_path / "captures" / "win1" / "index.yml").is_file()
    assert not result["changed"]


def test_without_it_nothing_is_written_and_nobody_is_probed(
    plugin: Any, link: Link, host: ScenarioHost, tmp_path: Path
) -> None:
    result = plugin.work(arguments(None, "feature"), link)
    assert result["capture"] is None
    assert "disks" not in result["host"]
    assert list(tmp_path.iterdir()) == []
    assert "Identify" not in host.actions


def test_a_full_folder_is_refused_before_anything_is_asked(plugin: Any, host: ScenarioHost, tmp_path: Path) -> None:
    (tmp_path / "win1").mkdir()
    (tmp_path / "win1" / "index.yml").touch()
    faults = Faults()
    plugin.check(arguments("win1"), faults)
    with pytest.raises(BadWish, match=r"capture: .*win1 on the controller is not empty"):
        faults.check()
    assert host.connections == 0


def test_a_folder_that_cannot_be_made(plugin: Any, link: Link, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AnsibleActionFail, match="the capture cannot be written on the controller"):
        plugin.work(arguments("file/win1"), link)
