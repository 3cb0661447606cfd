# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A second DSM that somebody brings to a host by hand, while the first one has every disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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

RESTART = {"pre_reboot_delay": 0}
STRANGER = {"hp_dsm_name": "Full Featured Array DSM", "hp_dsm_driver": "arraydsm"}
P6300 = f"{'HP':8}{'HSV340':16}"
LISTS = (
    (r"HKLM\SYSTEM\CurrentControlSet\Control\MPDEV", "MPIOSupportedDeviceList"),
    (r"HKLM\SYSTEM\CurrentControlSet\Services\msdsm\Parameters", "DsmSupportedDeviceList"),
)
PROFILES = ["2003-installed", "2008r2", "2012"]


@contextmanager
def provisioned(tmp_path: Path, profile: str, dsm: str, switches: dict[str, Any], **more: Any) -> Iterator[Stage]:
    """A server that is redundant under one of the DSMs."""
    with staged(fleet_of(dsm_server(profile, dsm, switches=switches)), tmp_path) as stage:
        done = stage.module("host", HOST, wish(stage, profile, dsm, **more))
        assert (done.status, done.result.get("state")) == ("ok", "converged"), done.message
        yield stage


def verified(stage: Stage, dsm: str) -> tuple[bool, str]:
    layout = {name: value for name, value in stage.layout(HOST).items() if name in ("arrays", "nics")}
    done = stage.module("verify", HOST, {**layout, "dsm": dsm})
    return done["proven"], done.message


def let_microsofts_claim(stage: Stage, profile: str) -> None:
    """Let the Microsoft DSM claim the disks when Windows starts, as somebody does by hand."""
    host = stage.fleet.host(HOST)
    with stage.fleet.laws.fault():
        if profile == "2003-installed":
            host.services.set_start("msiscdsm", 0)  # SERVICE_BOOT_START (winsvc.h)
        else:
            for key, name in LISTS:
                host.registry.set(key, name, [P6300], "REG_MULTI_SZ")
    stage.fleet.laws.look_again(HOST)


@pytest.mark.parametrize("change", [True, False])
@pytest.mark.parametrize("profile", PROFILES)
def test_a_claim_beside_hps_disks_goes_without_a_path(tmp_path: Path, profile: str, change: bool) -> None:
    with provisioned(tmp_path, profile, "hp", {}) as stage:
        let_microsofts_claim(stage, profile)
        mark = stage.now
        done = stage.module("host", HOST, wish(stage, profile, "hp", change_dsm=change))
        assert (done.status, done.result.get("state")) == ("ok", "converged"), done.message
        assert not done["rebooted"]
        changes = {event.facts.get("change") for event in stage.events(HOST, "state", mark)}
        assert not changes & {"detached", "session closed", "down"}
        redundant_under(stage, "hp")
        at_rest(stage, wish(stage, profile, "hp", change_dsm=change))


@pytest.mark.parametrize("profile", PROFILES)
def test_hps_setup_beside_microsofts_disks_is_told_before_windows_starts(tmp_path: Path, profile: str) -> None:
    with provisioned(tmp_path, profile, "microsoft", {}) as stage:
        assert verified(stage, "microsoft")[0]
        with stage.fleet.laws.fault():
            stage.fleet.host(HOST).hp_dsm.install()
        stage.fleet.laws.look_again(HOST)
        proven, why = verified(stage, "microsoft")
        assert not proven
        assert "Windows must not be restarted as it is" in why
        assert "driver hpeaadsm" in why
        mark = stage.now
        restart = stage.module("reboot", HOST, RESTART)
        assert (restart.status, stage.changes(HOST, mark)) == ("failed", [])
        assert "eva.mpio.dsm with state: absent" in restart.message
        refused = stage.module("host", HOST, wish(stage, profile, "microsoft", change_dsm=True))
        assert refused.status == "failed"
        assert "remove it with eva.mpio.dsm and state: absent" in refused.message
        assert stage.module("dsm", HOST, {"dsm_package": PACKAGE, "state": "absent"})["reboot_required"]
        assert stage.module("reboot", HOST, RESTART).status == "ok"
        assert verified(stage, "microsoft")[0]
        redundant_under(stage, "microsoft")
        at_rest(stage, wish(stage, profile, "microsoft", change_dsm=True))


@pytest.mark.parametrize("change", [True, False])
@pytest.mark.parametrize("profile", ["2003-installed", "2012"])
def test_hps_is_not_installed_beside_a_dsm_that_is_not_known_by_its_name(
    tmp_path: Path, profile: str, change: bool
) -> None:
    named = {
        "hp_dsm_name": STRANGER["hp_dsm_name"],
        "dsm_package": {**PACKAGE, "driver": STRANGER["hp_dsm_driver"]},
    }
    with provisioned(tmp_path, profile, "hp", STRANGER, **named) as stage:
        mark = stage.now
        refused = stage.module("host", HOST, wish(stage, profile, "hp", change_dsm=change))
        assert (refused.status, stage.changes(HOST, mark)) == ("failed", [])
        assert f"DSM {STRANGER['hp_dsm_name']}: it owns" in refused.message
        assert "name it with hp_dsm_name" in refused.message
        at_rest(stage, wish(stage, profile, "hp", change_dsm=change, **named))
