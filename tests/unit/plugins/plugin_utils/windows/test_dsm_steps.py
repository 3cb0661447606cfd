# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that change which DSM owns the disks: packages, claims, drivers, disks that go offline for it."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Host, Known, Service, Unknown
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps
from ansible_collections.eva.mpio.plugins.plugin_utils._windows import status
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.actions import (
    Announced,
    CannotRender,
    InOrder,
    RunCommand,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.apply import Outcome, perform
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import BY_KEY, ROWS
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.rendering import render
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.ways import Ways
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import answers, scenario, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.answers import FakeLink, printed
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import (
    PLAIN,
    healthy,
    older,
    read,
    value,
)

WHY = "because of the test"
# Boot time of the host of scenario.py.
NOTE = "reg add HKLM\\SOFTWARE\\eva.mpio /v MpioChangedInBoot /t REG_SZ /d 2026-11-20T08:00:00.500000+01:00 /f"
NOTE_OF_RUN = (
    'reg add HKLM\\SOFTWARE\\eva.mpio /v DsmProgramRun /t REG_SZ /d "2026-11-20T08:00:00.500000+01:00 {} {} {}" /f'
)
HSV340 = "HP      HSV340          "
KEY = "HKEY_LOCAL_MACHINE\\SOFTWARE\\eva.mpio"
OFFLINE = "reg add HKLM\\SOFTWARE\\eva.mpio /v DisksTakenOffline /t REG_MULTI_SZ /d"
FIRST, SECOND, THIRD = scenario.LUNS


@pytest.fixture(scope="module")
def host() -> Host:
    return read(healthy(), *PLAIN)


def rendered(step: steps.Step, host: Host, release: str = "2012") -> t.Any:
    return render(step, host, BY_KEY[release])


# --- packages


@pytest.mark.parametrize("release", ["2003", "2008", "2012"])
@pytest.mark.parametrize("kind", [steps.InstallDsm, steps.RemoveDsm])
def test_a_setup_runs_to_its_end_after_the_note(host: Host, release: str, kind: t.Any) -> None:
    step = kind("D:\\HP DSM\\setup.exe", ("-s", "/v /qn"), reason=WHY)
    setup, ended = rendered(step, host, release).parts
    word = "installation" if kind is steps.InstallDsm else "removal"
    begun = NOTE_OF_RUN.format(word, step.fingerprint, "begun")
    assert setup.text == f'{NOTE} & {begun} & start /w "" "D:\\HP DSM\\setup.exe" -s "/v /qn"'
    assert setup.codes is status.PACKAGE
    assert setup.codes[3010].done
    assert "MsiInstaller" in setup.codes[1603].advice
    assert ended.text == NOTE_OF_RUN.format(word, step.fingerprint, "ended")


def test_a_setup_on_a_share_is_explained_as_such(host: Host) -> None:
    action = rendered(steps.InstallDsm("\\\\files\\hp\\setup.exe", (), reason=WHY), host)
    assert action.parts[0].codes is status.PACKAGE_ON_SHARE


# --- claims


@pytest.mark.parametrize("release", ["2008", "2008r2", "2012"])
def test_claims_are_taken_back_without_a_restart(host: Host, release: str) -> None:
    action = rendered(steps.UnclaimHardware((HSV340, "COMPAQ  HSV110 (C)COMPAQ"), reason=WHY), host, release)
    assert action.text == f'{NOTE} & mpclaim -n -u -d "{HSV340}" "COMPAQ  HSV110 (C)COMPAQ"'


def test_an_id_that_never_matched_is_not_taken_back(host: Host) -> None:
    with pytest.raises(CannotRender, match="24 characters"):
        rendered(steps.UnclaimHardware(("HP HSV340",), reason=WHY), host)


def test_without_a_list_nothing_can_be_taken_off_it(host: Host) -> None:
    with pytest.raises(CannotRender, match="has no list"):
        rendered(steps.UnclaimHardware((HSV340,), reason=WHY), host, "2003")


# --- services and drivers


@pytest.mark.parametrize(
    ("service", "start", "text"),
    [
        ("MSiSCSI", steps.StartType.AUTOMATIC, "Win32_Service[Name=MSiSCSI].ChangeStartMode(StartMode=Automatic)"),
        ("MSiSCSI", steps.StartType.MANUAL, "Win32_Service[Name=MSiSCSI].ChangeStartMode(StartMode=Manual)"),
        ("msiscdsm", steps.StartType.DISABLED, "Win32_SystemDriver[Name=msiscdsm].ChangeStartMode(StartMode=Disabled)"),
        ("hpeaadsm", steps.StartType.DISABLED, "Win32_SystemDriver[Name=hpeaadsm].ChangeStartMode(StartMode=Disabled)"),
        ("msiscdsm", steps.StartType.BOOT, "Win32_SystemDriver[Name=msiscdsm].ChangeStartMode(StartMode=Boot)"),
    ],
)
def test_start_types(service: str, start: steps.StartType, text: str) -> None:
    link = older("2003")
    link.classes["Win32_SystemDriver"] = [
        {"Name": name, "StartMode": "Boot", "State": "Running"} for name in ("mpio", "HPEAADSM")
    ]
    known = read(link, "drivers", release="2003")
    assert rendered(steps.SetServiceStart(service, start, reason=WHY), known, "2003").text == text


def test_drivers_that_could_not_be_read_are_still_told_from_services(host: Host) -> None:
    blind = dataclasses.replace(host, drivers=Unknown("refused"), traits=BY_KEY["2003"].traits)
    for start, kind in ((steps.StartType.BOOT, "Driver"), (steps.StartType.DISABLED, "Driver")):
        assert kind in rendered(steps.SetServiceStart("msiscdsm", start, reason=WHY), blind, "2003").text
    assert "Win32_Service" in rendered(steps.SetServiceStart("MSiSCSI", reason=WHY), blind, "2003").text


def test_a_driver_answers_with_the_codes_of_services(host: Host) -> None:
    action = rendered(steps.SetServiceStart("msdsm", steps.StartType.DISABLED, reason=WHY), host)
    outcome = perform(t.cast("t.Any", FakeLink(returns=2)), action, 60)
    assert outcome.status is status.SERVICE[2]


def test_drivers_of_hp_come_in_the_same_answer() -> None:
    link = healthy()
    link.classes["Win32_SystemDriver"] = [{"Name": "hpeaadsm", "StartMode": "Boot", "State": "Stopped"}]
    assert value(read(link, "drivers").drivers) == (Service("hpeaadsm", "Boot", "Stopped"),)
    assert link.asked.count("Win32_SystemDriver") == 1


# --- disks that go offline


def with_note(host: Host, *wwns: str) -> Host:
    return dataclasses.replace(host, taken_offline=Known(wwns))


def test_what_was_taken_offline_stands_in_the_line_of_the_registry() -> None:
    link = healthy()
    assert value(read(link, "taken_offline").taken_offline) == ()
    link.tools[texts.MARKER] = printed(
        "", KEY, f"    DisksTakenOffline    REG_MULTI_SZ    {FIRST.wwn.lower()}\\0AB12", ""
    )
    found = read(link, "claims", "taken_offline")
    assert value(found.taken_offline) == (FIRST.wwn, "AB12")
    link.tools = {}
    assert isinstance(read(link, "taken_offline").taken_offline, Unknown)


def test_where_windows_takes_no_disk_offline_nothing_is_asked() -> None:
    link = healthy()
    before = len(link.asked)
    assert value(read(link, "taken_offline", previous=read(link, release="2003"), release="2003").taken_offline) == ()
    assert not [asked for asked in link.asked[before:] if "reg query" in asked]


@pytest.mark.parametrize("release", ["2008", "2008r2", "2012"])
def test_the_note_is_written_before_a_disk_goes_offline(host: Host, release: str) -> None:
    action = rendered(steps.TakeDiskOffline(FIRST.wwn, reason=WHY), with_note(host, "AB12"), release)
    assert action.text == (
        f'{OFFLINE} AB12\\0{FIRST.wwn} /f, then diskpart < "select disk {FIRST.drive}" "offline disk" "exit"'
    )


def test_a_disk_that_is_noted_is_noted_once(host: Host) -> None:
    action = rendered(steps.TakeDiskOffline(FIRST.wwn, reason=WHY), with_note(host, FIRST.wwn))
    assert f"/d {FIRST.wwn} /f" in action.text


@pytest.mark.parametrize(
    ("noted", "note"),
    [
        ((FIRST.wwn, "AB12"), f"{OFFLINE} AB12 /f"),
        ((FIRST.wwn,), "reg delete HKLM\\SOFTWARE\\eva.mpio /v DisksTakenOffline /f"),
    ],
)
def test_the_note_goes_after_a_disk_is_online(host: Host, noted: tuple[str, ...], note: str) -> None:
    action = rendered(steps.BringDiskOnline(FIRST.wwn, reason=WHY), with_note(host, *noted))
    assert action.text == f'diskpart < "select disk {FIRST.drive}" "online disk" "exit", then {note}'


def test_a_disk_that_the_cluster_has_loses_its_note_alone(host: Host) -> None:
    action = rendered(steps.LeaveToCluster(FIRST.wwn, reason=WHY), with_note(host, FIRST.wwn, "AB12"))
    assert action.text == f"{OFFLINE} AB12 /f"


def test_2003_takes_no_disk_offline(host: Host) -> None:
    with pytest.raises(CannotRender, match="drive letters of LUN"):
        rendered(steps.TakeDiskOffline(FIRST.wwn, reason=WHY), host, "2003")


def other_number(host: Host) -> Host:
    """Return the host with a session that shows another number for the same disk."""
    first, *rest = value(host.sessions)
    devices = tuple(dataclasses.replace(device, number=9) if device.disk else device for device in first.devices)
    return dataclasses.replace(host, sessions=Known((dataclasses.replace(first, devices=devices), *rest)))


@pytest.mark.parametrize("kind", [steps.TakeDiskOffline, steps.BringDiskOnline])
@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda host: dataclasses.replace(host, disks=Unknown("the class is gone")), "the class is gone"),
        (lambda host: dataclasses.replace(host, sessions=Unknown("the service stands")), "the service stands"),
        (lambda host: dataclasses.replace(host, disks=Known(())), "is no MPIO disk"),
        (lambda host: dataclasses.replace(host, sessions=Known(())), "show the numbers none"),
        (other_number, "show the numbers 5 and 9"),
        (lambda host: dataclasses.replace(host, taken_offline=Unknown("reg does not run")), "reg does not run"),
    ],
)
def test_no_disk_is_touched_that_is_not_surely_the_one(host: Host, kind: t.Any, change: t.Any, word: str) -> None:
    with pytest.raises(CannotRender, match=word):
        rendered(kind(FIRST.wwn, reason=WHY), change(with_note(host, FIRST.wwn)))


def test_the_number_that_a_disk_comes_back_with_is_not_known_before_it_went(host: Host) -> None:
    action = rendered(steps.BringDiskOnline(FIRST.wwn, reason=WHY), host)
    assert isinstance(action, Announced)
    assert action.missing == f"disk number of LUN {FIRST.wwn} then"


def taking(host: Host, note: int | None) -> tuple[Outcome, FakeLink]:
    action = rendered(steps.TakeDiskOffline(FIRST.wwn, reason=WHY), host)
    assert isinstance(action, InOrder)
    first, second = (part for part in action.parts if isinstance(part, RunCommand))
    link = FakeLink(
        {"MSFT_Disk": [scenario.disk(FIRST.drive, 1, offline=True)]},
        {first.text: printed("", code=note), second.text: printed("DISKPART>", code=1)},
    )
    return perform(t.cast("t.Any", link), action, 60), link


def test_without_the_note_no_disk_goes_offline(host: Host) -> None:
    for code in (1, 5, None):
        outcome, link = taking(host, code)
        assert outcome.exit_code == code
        assert not any(line.startswith("diskpart") for line in link.asked)
    outcome, link = taking(host, 0)
    assert [line.split()[0] for line in link.asked] == ["reg", "diskpart", "MSFT_Disk"]
    assert (outcome.exit_code, outcome.status) == (1, None), "an exit code of diskpart means nothing"


def bringing(host: Host, release: str, diskpart: int | None, shown: t.Any) -> tuple[Outcome, bool]:
    """Return what was answered, and whether the note went."""
    action = rendered(steps.BringDiskOnline(FIRST.wwn, reason=WHY), with_note(host, FIRST.wwn), release)
    first, last = (part for part in action.parts if isinstance(part, RunCommand))
    link = FakeLink(
        {f"MSFT_Disk where Number={FIRST.drive}": shown, f"Win32_DiskDrive where Index={FIRST.drive}": shown},
        {first.text: printed("DISKPART>", code=diskpart), last.text: printed("")},
    )
    outcome = perform(t.cast("t.Any", link), action, 60, lambda _seconds: None)
    return outcome, last.text in link.asked


@pytest.mark.parametrize(
    ("diskpart", "shown", "gone"),
    [
        (0, [scenario.disk(5, 1)], True),
        (1, [scenario.disk(5, 1)], True),
        (0, [scenario.disk(5, 1, offline=True)], False),
        (0, [{"Number": 5}], False),
        (0, [], False),
        (0, answers.fault(), False),
        (None, [scenario.disk(5, 1)], False),
    ],
)
def test_since_2012_the_note_goes_when_the_disk_is_seen_online(
    host: Host, diskpart: int | None, shown: t.Any, gone: bool
) -> None:
    outcome, went = bringing(host, "2012", diskpart, shown)
    assert went is gone
    assert ("not shown as online" in outcome.output) is (not gone and diskpart is not None)


def test_the_class_may_lag_behind(host: Host) -> None:
    action = rendered(steps.BringDiskOnline(FIRST.wwn, reason=WHY), with_note(host, FIRST.wwn))
    first, last = (part for part in action.parts if isinstance(part, RunCommand))
    link = FakeLink(
        {"MSFT_Disk": [scenario.disk(FIRST.drive, 1, offline=True)]},
        {first.text: printed("", code=0), last.text: printed("")},
    )
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            link.classes["MSFT_Disk"] = [scenario.disk(FIRST.drive, 1)]

    perform(t.cast("t.Any", link), action, 60, pause)
    assert len(pauses) == 2
    assert link.asked[-1] == last.text


@pytest.mark.parametrize(
    ("diskpart", "shown", "gone"),
    [(0, True, True), (0, False, False), (1, True, False), (None, True, False)],
)
def test_before_2012_the_note_goes_when_diskpart_says_nothing_of_a_failure_and_the_disk_is_there(
    host: Host, diskpart: int | None, shown: bool, gone: bool
) -> None:
    assert bringing(host, "2008r2", diskpart, [{"Index": FIRST.drive}] if shown else [])[1] is gone


# --- what the administrator chose


def test_options_become_ways() -> None:
    assert Ways.of({}) == Ways()
    assert Ways.of({"dsm_package": None, "hp_policy_show": None, "hp_policy_pattern": None}) == Ways()
    chosen = {
        "assume_release": "2012",
        "method_calls": "script",
        "package": {"path": "D:\\initiator.exe"},
        "dsm_package": {"path": "D:\\x.exe", "removal_path": "D:\\x.exe", "driver": "hpeaadsm"},
        "hp_policy_show": ["hpdsm", "show", "{wwn}"],
        "hp_policy_pattern": "(?P<policy>\\w+)",
        "hp_policy_set": ["hpdsm", "set", "{disk}", "{policy}"],
        "dependent_services": ["MSSQLSERVER"],
    }
    assert Ways.of(chosen) == Ways(
        assume_release="2012",
        method_calls="script",
        hp_driver="hpeaadsm",
        hp_policy_show=("hpdsm", "show", "{wwn}"),
        hp_policy_pattern="(?P<policy>\\w+)",
        hp_policy_set=("hpdsm", "set", "{disk}", "{policy}"),
        services=("MSSQLSERVER",),
        programs=("D:\\initiator.exe", "D:\\x.exe"),
    )


def test_a_driver_that_is_named_is_asked_for_by_that_name() -> None:
    link = healthy()
    read(link, "drivers", ways=Ways(hp_driver="hp's\\dsm"))
    assert link.conditions["Win32_SystemDriver"] == "Name='mpio' or Name='msdsm' or Name='hp\\'s\\\\dsm'"


def test_every_release_says_whether_hps_dsm_goes() -> None:
    assert {row.hp_dsm for row in ROWS} == {"supported", "override", "refused"}
