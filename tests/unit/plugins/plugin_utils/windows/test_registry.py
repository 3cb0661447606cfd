# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Claim lists, defaults and pending restarts out of one line of reg query."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    CHANGED_IN_THIS_BOOT,
    Claims,
    Known,
    Policy,
    Unknown,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._windows import marker, registry
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reading import Unreadable
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import BY_KEY
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.text import reg
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Batch
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import scenario, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import healthy, older, read

RELEASE = BY_KEY["2012r2"]
BOOTED = datetime(2026, 11, 1, 6, 0, tzinfo=timezone.utc)
HKLM = "HKEY_LOCAL_MACHINE"
CONTROL = f"{texts.CONTROL}\r\n    CurrentBuildNumber    REG_SZ    9600\r\n"
SERVICING = f"{HKLM}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing"
UPDATE = f"{HKLM}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update"
MANAGER = f"{HKLM}\\SYSTEM\\CurrentControlSet\\Control\\Session Manager"


def made_of(text: str) -> reg.Registry:
    return registry.registry_of([text, CONTROL])


def test_the_line_is_short_enough_and_proves_itself_last() -> None:
    assert len(Batch(registry.queries(RELEASE)).line) < 4000
    assert registry.queries(RELEASE)[-1].arguments[-1] == "CurrentBuildNumber"


def test_trailing_blanks_of_hardware_ids_survive() -> None:
    host = read(healthy(), "claims")
    assert host.claims == Known(
        Claims(("HP      HSV340          ", "Vendor 8Product       16"), ("HP      HSV340          ",)), "registry"
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("    HP      HSV340          ", ("HP      HSV340          ",)),
        ("    HP      HSV340          \\0", ("HP      HSV340          ",)),
        ("    a\\0\\0b", ("a",)),  # the DSM stops at the first empty string
        ("    ", ()),
        ("", ()),
    ],
)
def test_multi_strings(data: str, expected: tuple[str, ...]) -> None:
    found = made_of(f"{texts.MSDSM}\r\n    DsmSupportedDeviceList    REG_MULTI_SZ{data}\r\n")
    assert registry.claims_of(found, RELEASE).dsm == expected


def test_a_missing_key_is_an_empty_list_but_only_with_proof() -> None:
    assert registry.claims_of(registry.registry_of([CONTROL]), RELEASE) == Claims((), ())
    with pytest.raises(Unreadable):
        registry.registry_of(["", ""])


@pytest.mark.parametrize("name", ["claims", "policy_defaults", "pending_reboot"])
def test_a_tool_that_does_not_run_makes_the_parts_unknown(name: str) -> None:
    link = healthy()
    link.tools = {}
    assert isinstance(getattr(read(link, name), name), Unknown)


def test_the_line_runs_once_for_three_parts() -> None:
    link = healthy()
    read(link, "claims", "policy_defaults", "pending_reboot")
    assert sum(line.startswith("reg ") for line in link.asked) == 1


def test_policy_defaults() -> None:
    part = read(healthy(), "policy_defaults").policy_defaults
    assert isinstance(part, Known)
    assert part.value.overall is Policy.LEAST_QUEUE_DEPTH
    assert part.value.by_hardware_id == (("HP      HSV340          ", Policy.LEAST_BLOCKS),)
    assert part.value.explicit_wwns == (scenario.LUNS[0].wwn,)


def test_no_defaults() -> None:
    found = registry.policy_defaults_of(registry.registry_of([CONTROL]), RELEASE)
    assert (found.overall, found.by_hardware_id, found.explicit_wwns) == (None, (), ())


def test_the_last_part_of_a_luns_key_is_its_serial_number() -> None:
    key = f"{texts.MSDSM}\\DsmLoadBalanceSettings\\HP_HSV_340_600508b4"
    found = made_of(f"{key}\r\n    DsmLoadBalancePolicyExplicitlySet    REG_BINARY    01\r\n")
    assert registry.policy_defaults_of(found, RELEASE).explicit_wwns == ("600508B4",)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (f"{SERVICING}\\RebootPending\r\n", "features"),
        (f"{UPDATE}\\RebootRequired\r\n", "Windows Update"),
        (f"{MANAGER}\r\n    PendingFileRenameOperations    REG_MULTI_SZ    \\??\\C:\\a\\0\\0\r\n", "files"),
    ],
)
def test_pending_restarts(text: str, word: str) -> None:
    [reason] = registry.pending_reboot_of(made_of(text), BOOTED)
    assert word in reason


@pytest.mark.parametrize(
    "text",
    [
        f"{SERVICING}\\Packages\r\n{SERVICING}\\RebootPendingLater\r\n",
        f"{UPDATE}\r\n    RebootRequiredCheck    REG_DWORD    0x1\r\n",
        f"{MANAGER}\r\n    PendingFileRenameOperations    REG_MULTI_SZ    \r\n",
        "FEHLER: Der angegebene Registrierungsschlüssel bzw. Wert wurde nicht gefunden.\r\n",
    ],
)
def test_nothing_pending(text: str) -> None:
    assert registry.pending_reboot_of(made_of(text), BOOTED) == ()


def test_keys_and_values_ignore_letter_case() -> None:
    found = reg.parse(
        "HKEY_LOCAL_MACHINE\\System\\A\r\n    Name One    REG_DWORD    0x10\r\n    (Standard)    REG_SZ    b\r\n"
    )
    value = found.value("SYSTEM\\a", "NAME ONE")
    assert value is not None
    assert value.number == 16
    assert t.cast("t.Any", found.value("system\\A", "(standard)")).data == "b"
    assert found.value("system\\A", "other") is None


def test_subkeys_are_the_direct_ones() -> None:
    found = reg.parse("HKEY_LOCAL_MACHINE\\A\\B\nHKEY_LOCAL_MACHINE\\A\\B\\C\nHKEY_LOCAL_MACHINE\\AB\\C\n")
    assert [name for name, _key in found.below("a")] == ["B"]


# --- what a run left behind


def noted(data: str, name: str = "MpioChangedInBoot") -> str:
    return f"{HKLM}\\SOFTWARE\\eva.mpio\r\n    {name}    REG_SZ    {data}\r\n"


@pytest.mark.parametrize("seconds", [0, 10, -10])
def test_a_change_in_this_boot_waits_for_a_restart(seconds: int) -> None:
    text = noted((BOOTED + timedelta(seconds=seconds)).isoformat())
    assert registry.pending_reboot_of(made_of(text), BOOTED) == (CHANGED_IN_THIS_BOOT,)


@pytest.mark.parametrize(
    "text",
    [
        noted((BOOTED - timedelta(minutes=5)).isoformat()),
        noted((BOOTED + timedelta(seconds=11)).isoformat()),
        noted("yesterday"),
        noted("2026-11-01T06:00:00"),  # a time without its offset names no boot
        noted(""),
        noted(BOOTED.isoformat(), "Other"),
    ],
)
def test_any_other_note_says_nothing(text: str) -> None:
    assert registry.pending_reboot_of(made_of(text), BOOTED) == ()


def test_the_note_that_is_written_is_the_one_that_is_read() -> None:
    elsewhere = BOOTED.astimezone(timezone(timedelta(hours=2)))
    *_start, data, _force = marker.write(elsewhere).command.arguments
    assert marker.names(made_of(noted(str(data))), BOOTED)
    assert marker.write(BOOTED).text == (
        "reg add HKLM\\SOFTWARE\\eva.mpio /v MpioChangedInBoot /t REG_SZ /d 2026-11-01T06:00:00+00:00 /f"
    )
    assert marker.QUERY in registry.queries(RELEASE)


# --- the tool of Server 2003


def test_the_old_tool_separates_by_tabs() -> None:
    text = (
        "\r\n! REG.EXE VERSION 3.0\r\n\r\n"
        f"{HKLM}\\SYSTEM\\CurrentControlSet\\Services\\msiscdsm\\Parameters\r\n"
        "    DsmLoadBalancePolicy\tREG_DWORD\t0x2\r\n"
        "    <NO NAME>\tREG_SZ\t\r\n"
        "    Some Name\tREG_MULTI_SZ\tHP      HSV340          \\0\\0\r\n\r\n"
    )
    old = BY_KEY["2003"]
    found = made_of(text)
    assert registry.policy_defaults_of(found, old).overall is Policy.ROUND_ROBIN
    listed = found.value(old.dsm_key, "some name")
    assert listed is not None
    assert listed.texts == ("HP      HSV340          ",)
    assert found.value(old.dsm_key, "<no name>") == reg.Value("REG_SZ", "")


def test_where_there_is_no_claim_list_none_is_asked_for() -> None:
    old = BY_KEY["2003"]
    asked = " ".join(command.masked for command in registry.queries(old))
    assert "MPDEV" not in asked
    assert "msdsm" not in asked
    assert "Services\\msiscdsm\\Parameters" in asked
    link = older("2003")
    assert read(link, "claims", release="2003").claims == Known(Claims((), ()))
    assert not link.shell_open
