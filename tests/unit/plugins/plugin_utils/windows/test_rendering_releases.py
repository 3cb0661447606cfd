# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What installs MPIO and what claims, release by release, with the note for a run that is cut."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import CHANGED_IN_THIS_BOOT, Host, Known, Unknown
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps
from ansible_collections.eva.mpio.plugins.plugin_utils._windows import status
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.actions import CannotRender, RunCommand
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import BY_KEY, Release
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.rendering import render
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import PLAIN, older, read

WHY = "because of the test"
# Boot time of the host of scenario.py.
NOTE = "reg add HKLM\\SOFTWARE\\eva.mpio /v MpioChangedInBoot /t REG_SZ /d 2026-11-20T08:00:00.500000+01:00 /f"


def on_release(kind: str) -> tuple[Host, Release]:
    link = older(kind)
    release = BY_KEY[kind.split()[0]]
    return read(link, *PLAIN, release=release.key), release


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("2008", "ServerManagerCmd -install Multipath-IO"),
        ("2008 core", "start /w ocsetup MultipathIo /quiet /norestart"),
        ("2008r2", "dism /online /enable-feature /featurename:MultipathIo /norestart"),
    ],
)
def test_the_feature_is_enabled_by_the_tool_of_the_release(kind: str, line: str) -> None:
    host, release = on_release(kind)
    assert render(steps.EnableFeature(reason=WHY), host, release).text == f"{NOTE} & {line}"


def test_where_mpio_is_no_feature_there_is_nothing_to_enable() -> None:
    host, release = on_release("2003")
    with pytest.raises(CannotRender, match="package of the initiator"):
        render(steps.EnableFeature(reason=WHY), host, release)
    with pytest.raises(CannotRender, match="claims every iSCSI LUN"):
        render(steps.ClaimHardware(("HP      HSV340          ",), reason=WHY), host, release)


@pytest.mark.parametrize("kind", ["2008", "2008 core", "2008r2"])
def test_claiming_is_the_same_in_both_dialects(kind: str) -> None:
    host, release = on_release(kind)
    text = render(steps.ClaimHardware(("HP      HSV340          ",), reason=WHY), host, release).text
    assert text == f'{NOTE} & mpclaim -n -i -d "HP      HSV340          "'


def test_one_note_in_a_boot_is_enough() -> None:
    host, release = on_release("2008r2")
    for reasons, notes in (((CHANGED_IN_THIS_BOOT,), 0), (("Windows Update waits for a restart",), 1), (None, 1)):
        pending = Unknown("not read") if reasons is None else Known(reasons)
        step = steps.ClaimHardware(("HP      HSV340          ",), reason=WHY)
        action = render(step, dataclasses.replace(host, pending_reboot=pending), release)
        assert isinstance(action, RunCommand)
        assert [command.program for command in action.commands] == ["reg"] * notes + ["mpclaim"]


def test_the_exit_code_is_that_of_the_change_and_not_of_the_note() -> None:
    for kind in ("2008", "2008 core", "2008r2"):
        host, release = on_release(kind)
        action = render(steps.EnableFeature(reason=WHY), host, release)
        assert isinstance(action, RunCommand)
        assert [command.program == "reg" for command in action.commands] == [True, False]


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("D:\\i.exe", "start /w D:\\i.exe /quiet", "start /w D:\\i.exe /quiet"),
        (
            "C:\\Program Files\\i & j.exe",
            'start /w "" "C:\\Program Files\\i & j.exe" /quiet',
            'start /w ^"^" ^"C:\\Program Files\\i ^& j.exe^" /quiet',
        ),
    ],
)
def test_the_package_runs_to_its_end(path: str, text: str, line: str) -> None:
    host, release = on_release("2003")
    action = render(steps.InstallInitiator(path, ("/quiet",), reason=WHY), host, release)
    assert isinstance(action, RunCommand)
    assert action.text == f"{NOTE} & {text}"
    assert action.commands[-1].line == line
    assert action.codes is status.PACKAGE


def test_a_package_on_a_share_has_its_own_explanations() -> None:
    host, release = on_release("2003")
    action = render(steps.InstallInitiator("\\\\files\\setup\\i.exe", (), reason=WHY), host, release)
    assert isinstance(action, RunCommand)
    assert action.codes is status.PACKAGE_ON_SHARE
