# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main stories on the old releases, in each position of the switches that matter there alone or otherwise there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import sweep
from ansible_collections.eva.mpio.tests.integration.profiles import PACKAGE, PROFILES, options
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, server, staged
from ansible_collections.eva.mpio.tests.lab.windows.storage.switches import StorageSwitches
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches

PACKAGE_SWITCHES = (
    "package_needs_reboot",
    "package_reboot_exit_code",
    "package_knows_norestart",
    "cmd_waits_for_windows",
)
METHOD_SWITCHES = (
    "embedded_arguments_accepted",
    "policy_refusal",
    "cscript_runtime_error_exit_code",
    "batch_mode_silences_echo",
    "script_uint32",
)
"""What is uncertain about setting a policy without mpclaim."""
DSM_2003 = (
    "iscsi_dsm_name",
    "iscsi_dsm_default_policy",
    "iscsi_dsm_has_least_queue_depth",
    "iscsi_dsm_policies_outlive_boots",
    "driverless_mpio_classes",
    "diskless_mpio_classes",
    "failed_paths_are_kept",
    "path_id_top_byte",
    "disk_order_seed",
)
INITIATOR = (
    "persistent_login_logs_in",
    "stopped_service_answer",
    "driver_needs_service",
    "device_delay",
    "first_port_number",
)
FEATURE = ("feature_needs_reboot", "claim_needs_reboot", "mpclaim_needs_device_list", "mpclaim_reboot_exit_code")

CONCERNED: Mapping[str, tuple[str, ...]] = {
    "2003": (*PACKAGE_SWITCHES, "reg_2003_prints_header", *METHOD_SWITCHES, *DSM_2003, *INITIATOR),
    "2008": (
        *("second_session_of_2008_names_instance", "least_blocks_on_2008", "default_policy_classes_on_2008"),
        *("mpclaim_60_exit_code", "mpclaim_reports_failures", "failed_paths_are_kept"),
        *METHOD_SWITCHES,
        *FEATURE,
    ),
    "2008-core": ("core_2008_has_server_feature_class", "cmd_waits_for_windows", *FEATURE),
    "2008r2": (
        *("dism_6_1_knows_english", "feature_files_wait_for_reboot", "install_state_while_pending"),
        *("mpclaim_round_robin_on_alua_disk", *FEATURE),
    ),
}
"""The switches that make a difference on a kind of server."""
ELSEWHERE = frozenset({"package_installs_mpio"})
"""Told in a story of its own: without MPIO the main one cannot end well."""


def cases() -> Iterator[tuple[str, str, Any]]:
    """Yield profile, switch and position."""
    moved = [*sweep.positions(Switches), *sweep.positions(StorageSwitches)]
    for profile, names in CONCERNED.items():
        for name in names:
            yield from ((profile, name, value) for known, value in moved if known == name)


@pytest.mark.parametrize(("profile", "name", "value"), list(cases()))
def test_the_stories_come_out_right(tmp_path: Path, profile: str, name: str, value: Any) -> None:
    sweep.told(tmp_path, profile, **{name: value})


def test_every_switch_of_an_old_release_is_told_on_it() -> None:
    told = {name for names in CONCERNED.values() for name in names} | ELSEWHERE
    marks = ("package_", "2003", "2008", "iscsi_dsm_", "script_", "cscript_", "dism_6_1", "mpclaim_60", "embedded_arg")
    known = {field.name for field in fields(Switches)}
    assert {name for name in known if any(mark in name for mark in marks)} <= told <= known


def one(profile: str, **more: Any) -> dict[str, Any]:
    """Declare a server of this kind, with switches that differ from its own."""
    kind = dict(PROFILES[profile])
    switches = {**kind.pop("switches", {}), **more.pop("switches", {})}
    return server("win1", 1, **{**kind, "switches": switches, "winrm": {"transport": "basic"}, **more})


def scripts(stage: Stage) -> list[str]:
    """Return the scripts that are left on the server."""
    host = stage.fleet.host("win1")
    return host.shell.files.find(f"{host.environment['TEMP']}\\*.vbs")


def script_positions() -> Iterator[tuple[str, str, Any]]:
    """Yield the positions that a script may meet on the releases that need one, the expected one among them."""
    for profile in ("2003", "2008"):
        yield profile, "embedded_arguments_accepted", True
        for name, value in sweep.positions(StorageSwitches):
            if name in METHOD_SWITCHES:
                yield profile, name, value


@pytest.mark.parametrize("calls", ["auto", "script"])
@pytest.mark.parametrize(("profile", "name", "value"), list(script_positions()))
def test_a_policy_is_set_either_way(tmp_path: Path, profile: str, name: str, value: Any, calls: str) -> None:
    with staged(fleet_of(one(profile, switches={name: value}), second=0.005), tmp_path) as stage:
        asked = {**options(profile), "method_calls": calls}
        stage.provision("win1", **asked)
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
