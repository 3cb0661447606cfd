# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Timers out of the registry and into it, by the names that each release has for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils import _machine
from ansible_collections.eva.mpio.plugins.plugin_utils._machine import RestartLimits, WindowsMachine
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    TIMER_BY_NAME,
    TIMERS_CHANGED,
    Host,
    Known,
    Setting,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import SetSetting
from ansible_collections.eva.mpio.plugins.plugin_utils._windows import marker, registry, settings
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.actions import Announced, CannotRender, RunCommand
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.apply import Outcome
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reader import unread
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import BY_KEY, ROWS, Release
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.text import reg
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Batch
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.machine.test_restart import SYSTEM, FakeLink
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.rendered import WHY

HKLM = "HKEY_LOCAL_MACHINE"
SERVICES = f"{HKLM}\\SYSTEM\\CurrentControlSet\\Services"
ADAPTERS = f"{HKLM}\\SYSTEM\\CurrentControlSet\\Control\\Class\\{{4D36E97B-E325-11CE-BFC1-08002BE10318}}"
BOOTED = datetime(2026, 11, 1, 6, 0, tzinfo=timezone.utc)


def key(path: str, **values: object) -> str:
    """A key as the tool shows it; numbers are REG_DWORD, texts REG_SZ."""
    lines = [path]
    for name, value in values.items():
        lines.append(f"    {name}    REG_DWORD    0x{value:x}" if isinstance(value, int) else f"    {name}    {value}")
    return "\r\n".join([*lines, "", ""])


def adapter(number: str, driver: str = "Microsoft iSCSI Initiator", device: str = "root\\iscsiprt") -> str:
    return key(f"{ADAPTERS}\\{number}", DriverDesc=f"REG_SZ    {driver}", MatchingDeviceId=f"REG_SZ    {device}")


def found(release: str, *texts: str) -> dict[str, Setting]:
    return {one.name: one for one in settings.settings_of(reg.parse("".join(texts)), BY_KEY[release])}


def host(*known: Setting, noted: bool = False) -> Host:
    pending = (TIMERS_CHANGED,) if noted else ()
    return replace(unread(replace(SYSTEM, booted=BOOTED)), settings=Known(known), pending_reboot=Known(pending))


def rendered(release: str, where: Host, *wanted: tuple[str, int]) -> str:
    return settings.set_settings([SetSetting(*one, reason=WHY) for one in wanted], where, BY_KEY[release]).text


# ---- the table


def test_every_timer_that_can_be_wished_for_is_in_the_table_and_none_else() -> None:
    assert {place.name for row in ROWS for place in settings.places_of(row)} == set(TIMER_BY_NAME)


@pytest.mark.parametrize("release", ROWS, ids=lambda row: row.key)
def test_a_release_has_a_timer_once(release: Release) -> None:
    places = settings.places_of(release)
    assert len({place.name for place in places}) == len(places)
    assert all(TIMER_BY_NAME[place.name].switch for place in places if place.inverted)


def test_a_default_has_its_source_and_is_in_range() -> None:
    for timer in TIMER_BY_NAME.values():
        assert (timer.default is None) == (timer.source is None)
        assert timer.default is None or timer.lowest <= timer.default <= timer.highest


def test_what_old_releases_do_not_have() -> None:
    recovery = {"use_custom_path_recovery_interval", "path_recovery_interval"}
    missing = {*recovery, "disk_path_check", "disk_path_check_interval"}
    for row in ROWS:
        names = {place.name for place in settings.places_of(row)}
        assert set(TIMER_BY_NAME) - names == (missing if row.key in ("2003", "2008") else set())


@pytest.mark.parametrize("release", ROWS, ids=lambda row: row.key)
def test_the_line_of_queries_still_fits(release: Release) -> None:
    assert len(Batch(registry.queries(release, timers=True)).line) < 4000


def test_timers_are_asked_for_only_where_they_are_wanted() -> None:
    release = BY_KEY["2012"]
    asked = {command.line for command in registry.queries(release, timers=True)}
    besides = asked - {command.line for command in registry.queries(release)}
    assert {command.line for command in settings.queries(release)} == besides


# ---- reading


def test_2003_keeps_the_timers_of_mpio_with_its_dsm() -> None:
    text = key(f"{SERVICES}\\msiscdsm\\Parameters", PDORemovePeriod=60) + key(
        f"{SERVICES}\\mpio\\Parameters", PDORemovePeriod=90
    )
    assert found("2003", text)["pdo_remove_period"].value == 60
    assert found("2008", text)["pdo_remove_period"].value == 90
    assert not any("mpio\\Parameters" in one.line for one in settings.queries(BY_KEY["2003"]))


@pytest.mark.parametrize(
    ("release", "value", "number", "expected"),
    [
        ("2008r2", "DiskPathCheckEnabled", 1, True),
        ("2008r2", "DiskPathCheckEnabled", 0, False),
        ("2012", "DiskPathCheckDisabled", 0, True),
        ("2012", "DiskPathCheckDisabled", 1, False),
        ("2012", "DiskPathCheckDisabled", 7, False),
        ("2012", "DiskPathCheckEnabled", 1, None),
    ],
)
def test_the_check_of_disks_has_another_name_and_sense_by_release(
    release: str, value: str, number: int, expected: bool | None
) -> None:
    text = key(f"{SERVICES}\\mpio\\Parameters", **{value: number})
    assert found(release, text)["disk_path_check"].value is expected


@pytest.mark.parametrize("number", ["0000", "0002", "0007"])
@pytest.mark.parametrize(
    "name", [("Microsoft iSCSI Initiator", "PCI\\x"), ("Microsoft-iSCSI-Initiator", "ROOT\\iSCSIPrt")]
)
def test_the_initiators_key_is_found_by_its_driver(number: str, name: tuple[str, str]) -> None:
    text = adapter("0001", "HP Smart Array", "pci\\ven_103c&dev_323a") + adapter(number, *name)
    text += key(f"{ADAPTERS}\\0001\\Parameters", LinkDownTime=5) + key(
        f"{ADAPTERS}\\{number}\\Parameters", LinkDownTime=30
    )
    setting = found("2012r2", text)["link_down_time"]
    assert (setting.value, setting.unknown) == (30, None)
    assert setting.place == f"{ADAPTERS}\\{number}\\Parameters\\LinkDownTime".replace(HKLM, "HKLM")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (adapter("0001", "HP Smart Array", "pci\\x"), "is the initiator installed"),
        ("", "is the initiator installed"),
        (adapter("0000") + adapter("0004"), "0000, 0004"),
    ],
    ids=["none", "no-class", "two"],
)
def test_without_exactly_one_instance_its_timers_are_unknown_and_the_others_are_not(text: str, told: str) -> None:
    all_of_them = found("2012", text, key(f"{SERVICES}\\Disk", TimeOutValue=60))
    for setting in all_of_them.values():
        assert (setting.unknown is not None) == (setting.of == "initiator")
        assert setting.unknown is None or told in setting.unknown
    assert all_of_them["disk_timeout"].value == 60


def test_a_value_that_is_not_there_leaves_the_default_in_force() -> None:
    settings_found = found("2012", adapter("0000"))
    assert settings_found["pdo_remove_period"].in_force == 20
    assert settings_found["link_down_time"].in_force == 15
    assert settings_found["disk_timeout"].in_force is None
    assert {setting.value for setting in settings_found.values()} == {None}


def test_a_value_of_another_type_is_not_taken_for_absent() -> None:
    text = f"{SERVICES}\\mpio\\Parameters\r\n    PDORemovePeriod    REG_SZ    60\r\n"
    setting = found("2012", text)["pdo_remove_period"]
    assert setting.value is None
    assert "REG_SZ" in str(setting.unknown)


def test_the_note_of_changed_timers_counts_in_its_own_boot_only() -> None:
    def pending(noted: datetime) -> tuple[str, ...]:
        data = str(marker.write_timers(noted).command.arguments[-2])
        text = f"{HKLM}\\SOFTWARE\\eva.mpio\r\n    TimersChangedInBoot    REG_SZ    {data}\r\n"
        return registry.pending_reboot_of(reg.parse(text), BOOTED)

    assert pending(BOOTED + timedelta(seconds=3)) == (TIMERS_CHANGED,)
    assert pending(BOOTED - timedelta(hours=2)) == ()


# ---- setting


def test_several_timers_are_one_line_with_one_note_before_them() -> None:
    where = host(Setting("link_down_time", None, 15, "HKLM\\Class\\0007\\Parameters\\LinkDownTime", "initiator"))
    note, *adds = rendered(
        "2012", where, ("pdo_remove_period", 60), ("link_down_time", 30), ("disk_path_check", True)
    ).split(" & ")
    assert "TimersChangedInBoot" in note
    mpio = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\mpio\\Parameters"
    assert adds == [
        f"reg add {mpio} /v PDORemovePeriod /t REG_DWORD /d 60 /f",
        "reg add HKLM\\Class\\0007\\Parameters /v LinkDownTime /t REG_DWORD /d 30 /f",
        f"reg add {mpio} /v DiskPathCheckDisabled /t REG_DWORD /d 0 /f",
    ]


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("2003", "Services\\msiscdsm\\Parameters /v PDORemovePeriod"),
        ("2008", "Services\\mpio\\Parameters /v PDORemovePeriod"),
    ],
)
def test_where_a_release_is_told_and_no_second_note(release: str, expected: str) -> None:
    text = rendered(release, host(noted=True), ("pdo_remove_period", 60))
    assert expected in text
    assert "TimersChangedInBoot" not in text


def test_a_timer_of_2008_r2_is_switched_by_its_own_name() -> None:
    assert "/v DiskPathCheckEnabled /t REG_DWORD /d 1 /f" in rendered("2008r2", host(), ("disk_path_check", True))


def test_the_initiators_key_may_not_be_known_yet() -> None:
    step = SetSetting("link_down_time", 30, reason=WHY)
    action = settings.set_settings([step], host(), BY_KEY["2003"])
    assert isinstance(action, Announced)
    assert action.missing == "registry key of the initiator's driver"


def test_a_timer_that_the_release_does_not_have_cannot_be_set() -> None:
    with pytest.raises(CannotRender, match="2003"):
        rendered("2003", host(), ("disk_path_check", True))


def test_timers_that_are_set_together_are_one_action_with_an_answer_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def perform(_link: object, action: RunCommand, *_more: object) -> Outcome:
        done.append(action.text)
        return Outcome(0, "", None)

    monkeypatch.setattr(_machine, "perform", perform)
    machine = WindowsMachine(FakeLink(), RestartLimits())  # type: ignore[arg-type]
    wanted = [SetSetting("pdo_remove_period", 60, reason=WHY), SetSetting("disk_timeout", 90, reason=WHY)]
    assert len(machine.perform(wanted, host())) == 2
    [line] = done
    assert [line.count(name) for name in ("TimersChangedInBoot", "PDORemovePeriod", "TimeOutValue")] == [1, 1, 1]
