# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is noted in the registry of the programs of HP's DSM and of a change of DSM, and how it is read."""

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import DsmNotes, Host, SetupRun, Unknown
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps
from ansible_collections.eva.mpio.plugins.plugin_utils._windows import marker
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.actions import InOrder, RunCommand
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.apply import perform
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import BY_KEY
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.rendering import render
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.text import reg
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.answers import FakeLink, printed
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import PLAIN, healthy, read, value

WHY = "because of the test"
KEY = "HKEY_LOCAL_MACHINE\\SOFTWARE\\eva.mpio"


@pytest.fixture(scope="module")
def host() -> Host:
    return read(healthy(), *PLAIN)


@pytest.mark.parametrize(("code", "noted"), [(0, True), (3010, True), (1603, False), (77, False)])
def test_only_a_program_that_says_that_it_worked_is_noted_as_ended(host: Host, code: int, noted: bool) -> None:
    action = render(steps.RemoveDsm("D:\\x.exe", (), reason=WHY), host, BY_KEY["2012"])
    assert isinstance(action, InOrder)
    commands = [command for part in action.parts if isinstance(part, RunCommand) for command in part.commands]
    tools = {command.masked: printed("", code=code if command.program == "start" else 0) for command in commands}
    link = FakeLink(tools=tools)
    outcome = perform(t.cast("t.Any", link), action, 60)
    assert outcome.exit_code == code
    assert any("ended" in text for text in link.asked) is noted


def test_programs_and_arguments_have_fingerprints_of_their_own() -> None:
    programs = [("C:\\a.exe", ()), ("C:\\a.exe", ("/s",)), ("C:\\a.exe", ("/s", "/x")), ("C:\\a.exe", ("/s /x",))]
    assert len({steps.RemoveDsm(path, arguments, reason=WHY).fingerprint for path, arguments in programs}) == 4


# --- what is read


def noted_run(data: str, name: str = "DsmProgramRun") -> reg.Registry:
    return reg.parse(f"{KEY}\r\n    {name}    REG_SZ    {data}\r\n")


@pytest.mark.parametrize("installs", [True, False])
@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize(("hours", "same"), [(0, True), (1, False)])
def test_what_is_written_is_read(host: Host, installs: bool, ended: bool, hours: int, same: bool) -> None:
    run = SetupRun(installs, "0123456789abcdef", ended, same)
    data = marker.write_setup(run, host.os.booted).arguments[7]
    found = marker.dsm_notes(noted_run(str(data)), host.os.booted + timedelta(hours=hours))
    assert found == DsmNotes(False, run)


@pytest.mark.parametrize("data", ["", "yesterday", "2026-11-01T06:00:00+00:00 removal 0123", "now coffee 0123 ended"])
def test_a_note_that_nobody_understands_says_nothing(host: Host, data: str) -> None:
    assert marker.dsm_notes(noted_run(data), host.os.booted) == DsmNotes()
    assert marker.dsm_notes(noted_run(data, "Other"), host.os.booted) == DsmNotes()


def test_that_a_change_has_begun_is_written_and_read(host: Host) -> None:
    assert marker.dsm_notes(noted_run("yes", "DsmChangeBegun"), host.os.booted).change_begun
    begin = render(steps.BeginChange(reason=WHY), host, BY_KEY["2003"])
    assert begin.text == "reg add HKLM\\SOFTWARE\\eva.mpio /v DsmChangeBegun /t REG_SZ /d yes /f"


@pytest.mark.parametrize(
    ("removed", "names"), [(False, ["DsmChangeBegun"]), (True, ["DsmProgramRun", "DsmChangeBegun"])]
)
def test_a_removal_that_worked_is_forgotten_with_the_change(host: Host, removed: bool, names: list[str]) -> None:
    action = render(steps.EndChange(removed, reason=WHY), host, BY_KEY["2003"])
    assert action.text == " & ".join(f"reg delete HKLM\\SOFTWARE\\eva.mpio /v {name} /f" for name in names)


def test_notes_cost_nothing_beside_what_the_registry_is_read_for() -> None:
    link = healthy()
    link.tools[texts.MARKER] = printed("", KEY, "    DsmChangeBegun    REG_SZ    yes", "")
    assert value(read(link, "claims").dsm_notes).change_begun
    alone = healthy()
    read(alone, "claims", "dsm_notes")
    assert link.requests == alone.requests
    assert isinstance(read(link, "sessions").dsm_notes, Unknown)
