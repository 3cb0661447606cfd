# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only the old releases need: policies set by a method or a script, and a package that leaves something out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration.profiles import PACKAGE, PROFILES, options
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, server, staged
from ansible_collections.eva.mpio.tests.integration.switch_positions import consulted, positions_of


def one(profile: str, **more: Any) -> dict[str, Any]:
    """Declare a server of this kind, with switches that differ from its own."""
    kind = dict(PROFILES[profile])
    switches = {**kind.pop("switches", {}), **more.pop("switches", {})}
    return server("win1", 1, **{**kind, "switches": switches, "winrm": {"transport": "basic"}, **more})


def scripts(stage: Stage) -> list[str]:
    """Return the scripts that are left on the server."""
    host = stage.fleet.host("win1")
    return host.shell.files.find(f"{host.environment['TEMP']}\\*.vbs")


@pytest.mark.parametrize(
    ("name", "value", "calls"),
    [
        ("embedded_arguments_accepted", True, "script"),
        *(("embedded_arguments_accepted", value, "auto") for value in (True, False)),
        *((name, value, "script") for name, value in positions_of("script_uint32")),
    ],
)
@pytest.mark.parametrize("profile", ["2003", "2008"])
def test_a_policy_is_set_either_way(tmp_path: Path, profile: str, name: str, value: Any, calls: str) -> None:
    with staged(fleet_of(one(profile, switches={name: value}), second=0.005), tmp_path) as stage:
        asked = {**options(profile), "method_calls": calls}
        with consulted() as seen:
            stage.provision("win1", **asked)
        assert name in seen
        assert stage.policies("win1") == {3}
        assert scripts(stage) == []
        ran = any(line.startswith("cscript ") for line in stage.commands("win1"))
        assert ran == (calls == "script" or (name, value) == ("embedded_arguments_accepted", False))
        stage.provision("win1", **asked, lun_policies={"default": "failover_only"})
        assert stage.policies("win1") == {1}
        again = stage.module("host", "win1", stage.whole("win1", **asked, lun_policies={"default": "failover_only"}))
        assert (again.status, again["changed"]) == ("ok", False), again.message


@pytest.mark.parametrize("profile", ["2003", "2008"])
def test_without_a_way_to_call_the_method_it_says_so_and_paths_stand(tmp_path: Path, profile: str) -> None:
    refusing = one(profile, switches={"embedded_arguments_accepted": False})
    with staged(fleet_of(refusing, second=0.005), tmp_path) as stage:
        done = stage.module("host", "win1", stage.whole("win1", **options(profile), method_calls="wsman"))
        assert done.status == "failed"
        assert "method_calls: script" in done.message
        stage.is_redundant("win1")


@pytest.mark.parametrize("installs", [("mpio",), ("service", "initiator"), ("service", "mpio"), ("initiator", "mpio")])
def test_a_package_that_leaves_something_out_makes_nothing_worse(tmp_path: Path, installs: tuple[str, ...]) -> None:
    package = {"path": PACKAGE, "installs": list(installs)}
    partial = one("2003", initiator_package=package, switches={"package_installs_mpio": False})
    with staged(fleet_of(partial, second=0.005), tmp_path) as stage:
        for number in range(2):
            mark = stage.now
            done = stage.module("host", "win1", stage.whole("win1", **options("2003")))
            assert (done.status, done["changed"]) == ("failed", number == 0), done.message
            assert len(stage.events("win1", "shutdown", mark)) == (number == 0 and "mpio" in installs)
            truth = stage.truth("win1")
            assert len(truth.live) == len(truth.stored) == (set(installs) == {"service", "initiator"})
