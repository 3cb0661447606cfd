# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Timers on a server of each generation: where they stand, what is drift, and the restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.stage import Stage, server

Make = Callable[..., Stage]

SERVICES = "HKLM\\SYSTEM\\CurrentControlSet\\Services"
ADAPTERS = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4D36E97B-E325-11CE-BFC1-08002BE10318}"
WANTED = {"pdo_remove_period": 60, "link_down_time": 30, "path_verify_enabled": True, "disk_timeout": 90}
STEPS = {
    *("setting pdo_remove_period: 60 s", "setting link_down_time: 30 s"),
    *("setting path_verify_enabled: true", "setting disk_timeout: 90 s"),
}

each_generation = pytest.mark.parametrize("profile", profiles.EACH)


def with_mpio(stage: Make, profile: str, name: str = "win1") -> Stage:
    """A server that has MPIO, in effect."""
    lab = stage(server(name, 1, **profiles.PROFILES[profile]))
    steps: list[tuple[str, dict[str, Any]]] = [("initiator", profiles.options(profile)), ("reboot", {})]
    if profiles.has(profiles.FEATURE, profile):
        steps.insert(1, ("feature", {}))
    for module, options in steps:
        done = lab.module(module, name, options)
        assert done.status == "ok", done.message
    return lab


def mpio_key(lab: Stage) -> str:
    """H-22."""
    driver = "msiscdsm" if lab.fleet.host("win1").release.key == "2003" else "mpio"
    return f"{SERVICES}\\{driver}\\Parameters"


def initiator_key(lab: Stage, name: str = "win1") -> str:
    registry = lab.fleet.host(name).registry
    [number] = [
        number
        for number in registry.keys(ADAPTERS)
        if registry.get(f"{ADAPTERS}\\{number}", "MatchingDeviceId") == "root\\iscsiprt"
    ]
    return f"{ADAPTERS}\\{number}\\Parameters"


def booted(lab: Stage) -> int:
    return len([event for event in lab.events("win1", "state") if event.facts.get("change") == "boot"])


@each_generation
def test_timers_are_set_where_the_release_keeps_them_and_wait_for_a_restart(stage: Make, profile: str) -> None:
    lab = with_mpio(stage, profile)
    registry, boots = lab.fleet.host("win1").registry, booted(lab)
    announced = lab.module("settings", "win1", WANTED, check=True)
    assert set(announced.steps) == STEPS
    assert "reboot_required: timers are to be changed" in announced["diff"]["after"]
    assert (announced["changed"], announced["reboot_required"]) == (True, True)
    assert "msg" not in announced.result
    since = lab.now
    result = lab.module("settings", "win1", WANTED)
    assert (result.status, result["changed"], set(result.steps)) == ("ok", True, STEPS)
    assert (result["state"], result["reboot_required"], booted(lab)) == ("reboot_required", True, boots)
    notes = [line for line in lab.commands("win1", since) if "ChangedInBoot" in line and "reg add" in line]
    assert len(notes) == 1
    assert registry.get(mpio_key(lab), "PDORemovePeriod") == 60
    assert registry.get(mpio_key(lab), "PathVerifyEnabled") == 1
    assert registry.get(initiator_key(lab), "LinkDownTime") == 30
    assert registry.get(f"{SERVICES}\\Disk", "TimeOutValue") == 90
    again = lab.module("settings", "win1", WANTED)
    assert (again["changed"], again["reboot_required"]) == (False, True)
    assert lab.module("reboot", "win1").status == "ok"
    after = lab.module("settings", "win1", WANTED)
    assert (after["changed"], after["reboot_required"], after["state"]) == (False, False, "converged")


@pytest.mark.parametrize("profile", ["2008", "2012r2"])
def test_the_whole_host_tells_of_timers_that_wait_and_is_asked_no_more_afterwards(stage: Make, profile: str) -> None:
    lab = stage(server("win1", 1, **profiles.PROFILES[profile]))
    lab.provision("win1", **profiles.options(profile))
    options = {**lab.layout("win1"), **profiles.options(profile)}

    def host(**more: Any) -> tuple[Any, ...]:
        since = lab.now
        done = lab.module("host", "win1", {**options, **more})
        assert done.status == "ok", done.message
        asked = sum(lab.requests("win1", since).values())
        return (done["state"], done["reboot_required"], done["rebooted"]), asked

    before, requests = host()
    assert before == ("converged", False, False)
    assert lab.module("settings", "win1", WANTED).status == "ok"
    assert host()[0] == ("reboot_required", True, False)
    assert host(reboot=True, pre_reboot_delay=0)[0] == ("converged", False, True)
    assert host() == (before, requests)


@each_generation
def test_h_26_a_timer_that_somebody_changed_is_drift_whatever_the_note_says(stage: Make, profile: str) -> None:
    lab = with_mpio(stage, profile)
    lab.module("settings", "win1", WANTED)
    registry = lab.fleet.host("win1").registry
    registry.set(mpio_key(lab), "PDORemovePeriod", 130, "REG_DWORD")
    result = lab.module("settings", "win1", WANTED)
    assert result.steps == ["setting pdo_remove_period: 60 s"]
    assert registry.get(mpio_key(lab), "PDORemovePeriod") == 60


@each_generation
def test_h_25_what_is_not_there_is_the_default(stage: Make, profile: str) -> None:
    lab = with_mpio(stage, profile)
    registry = lab.fleet.host("win1").registry
    for key, name in ((mpio_key(lab), "PDORemovePeriod"), (initiator_key(lab), "LinkDownTime")):
        registry.delete(key, name)
    result = lab.module("settings", "win1", {"pdo_remove_period": 20, "link_down_time": 15})
    assert (result.status, result["changed"], result.steps) == ("ok", False, [])
    told = {one["name"]: one for one in result["after"]["settings"]}
    assert (told["pdo_remove_period"]["value"], told["pdo_remove_period"]["default"]) == (None, 20)


@each_generation
def test_h_21_the_check_of_disks_by_the_name_of_the_release(stage: Make, profile: str) -> None:
    lab = with_mpio(stage, profile)
    host = lab.fleet.host("win1")
    result = lab.module("settings", "win1", {"disk_path_check": True})
    assert result.status == "ok", result.message
    key = f"{SERVICES}\\mpio\\Parameters"
    if host.release.key in ("2003", "2008"):
        assert (result.steps, result["findings"][0]["severity"]) == ([], "note")
    elif host.release.key == "2008r2":
        assert host.registry.get(key, "DiskPathCheckEnabled") == 1
    else:
        assert host.registry.get(key, "DiskPathCheckDisabled") == 0
    assert lab.module("settings", "win1", {"disk_path_check": True})["changed"] is False


@pytest.mark.parametrize(("name", "localised"), [("win1", False), ("files-02", False), ("db3", True)])
def test_h_24_the_number_of_the_initiators_key_does_not_matter(stage: Make, name: str, localised: bool) -> None:
    lab = stage(server(name, 1, switches={"adapter_description_localised": localised}))
    lab.provision(name)
    lab.module("settings", name, {"link_down_time": 45})
    assert lab.fleet.host(name).registry.get(initiator_key(lab, name), "LinkDownTime") == 45


@each_generation
def test_one_task_sets_timers_and_all_else_with_one_restart(stage: Make, profile: str) -> None:
    def boots(**more: object) -> int:
        lab = stage(server("win1", 1, **profiles.PROFILES[profile]))
        options = {**lab.layout("win1"), **profiles.options(profile), "reboot": True, **more}
        done = lab.module("host", "win1", options)
        assert (done.status, done["state"]) == ("ok", "converged"), done.message
        if more:
            assert lab.fleet.host("win1").registry.get(mpio_key(lab), "PDORemovePeriod") == 60
            assert lab.module("host", "win1", options)["changed"] is False
        return booted(lab)

    assert boots(settings=WANTED) == boots()
