# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HP's DSM on a server: setup, restart, driver, policies, command line, removal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.hp_dsm import DsmPackageSpec, version_numbers
from ansible_collections.eva.mpio.tests.lab.windows.initiator_package import PackageSpec
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches
from ansible_collections.eva.mpio.tests.lab.winrm.interface import ConsoleInput

from .conftest import NODE, PORTAL_A, PORTAL_B, Lab, prop

KIT = DsmPackageSpec(path="C:\\Install Files\\setup.exe", version="4.03.00")
INSTALL = f'start "" /w "{KIT.path}" /s'
REMOVE = f'start "" /w "{KIT.removal_path}" /S'
HP, DRIVER = "HP MPIO Full Featured DSM for EVA", "hpeaadsm"
EVA = "HP      HSV340          "
FEATURE = "dism /online /enable-feature /featurename:MultipathIo /norestart"
RESTART_NEEDED, FAILED, NOT_INSTALLED, BAD_LINE = 3010, 1603, 1605, 1639

Build = Callable[..., Lab]


def restart(lab: Lab) -> None:
    assert lab.code("shutdown /r /t 0") == 0
    lab.clock.advance(90)


def drivers(lab: Lab) -> dict[str, tuple[str, str]]:
    rows = lab.wmi("Win32_SystemDriver", "root/cimv2")
    wanted = ("mpio", "msdsm", "msiscdsm", DRIVER)
    return {str(row["Name"]): (str(row["StartMode"]), str(row["State"])) for row in rows if row["Name"] in wanted}


def registered(lab: Lab) -> Mapping[str, tuple[int, int]]:
    found = {}
    for dsm in lab.wmi("MPIO_REGISTERED_DSM")[0]["DsmParameters"]:  # type: ignore[union-attr]
        version = prop(dsm, "DsmVersion")
        found[prop(dsm, "DsmName")] = (prop(version, "MajorVersion"), prop(version, "MinorVersion"))
    return found


def installed(build: Build, release: str = "2012", luns: int = 1, **changes: Any) -> Lab:
    """Return a server that HP's DSM runs on, logged in over both paths."""
    spec = {"dsm_package": DsmPackageSpec(path=KIT.path, version="4.03.00", installed=True), **changes}
    if release == "2003":
        spec["package"] = PackageSpec(installed=True)
    lab = build(release=release, **spec)
    for number in range(2, luns + 1):
        lab.array.present(lab.array.add_vdisk(f"data{number}", 8), NODE, number)
    lab.start_initiator()
    for portal in (PORTAL_A, PORTAL_B):
        lab.discover(portal)
    for path in "ab":
        assert lab.code(lab.login_line(path=path)) == 0
    return lab


def test_feature_and_kit_in_one_boot(build: Build) -> None:
    lab = build(release="2008r2", dsm_package=KIT)
    assert lab.code(INSTALL) == FAILED, "the kit needs MPIO"
    assert (drivers(lab), lab.host.shell.files.exists(KIT.removal_path)) == ({}, False)
    assert lab.code(FEATURE) == RESTART_NEEDED
    assert lab.code(INSTALL) == RESTART_NEEDED
    assert drivers(lab) == dict.fromkeys(("mpio", "msdsm", DRIVER), ("Boot", "Stopped"))
    assert lab.host.disks.registered_dsms() == ()
    assert (EVA, HP) in lab.host.disks.claims()
    restart(lab)
    assert registered(lab) == {HP: (4, 3), "Microsoft DSM": (6, 1)}
    assert drivers(lab)[DRIVER] == ("Boot", "Running")
    assert lab.code(INSTALL) == 0, "there is nothing to do"


def test_a_kit_that_wants_mpio_to_run(build: Build) -> None:
    lab = build(dsm_package=KIT, switches=Switches(hp_dsm_needs_mpio="running", hp_dsm_reboot_exit_code=0))
    lab.run(FEATURE)
    assert lab.code(INSTALL) == FAILED
    restart(lab)
    assert lab.code(INSTALL) == 0
    assert HP not in registered(lab)
    restart(lab)
    assert HP in registered(lab)


def test_on_2003_it_brings_the_bus_and_the_initiators_package_only_mpio(build: Build) -> None:
    """The second half is KB 977506: beside another DSM the package chooses MPIO alone."""
    package = PackageSpec(path="C:\\Install\\initiator.exe")
    lab = build(release="2003", dsm_package=KIT, package=package)
    assert lab.code(INSTALL) == RESTART_NEEDED
    restart(lab)
    assert drivers(lab) == {"mpio": ("Boot", "Running"), DRIVER: ("Boot", "Running")}
    assert set(registered(lab)) == {HP}
    assert lab.code(f'start "" /w "{package.path}" /quiet /passive') == RESTART_NEEDED
    restart(lab)
    assert lab.code("sc query msiscsi") == 1060
    assert set(registered(lab)) == {HP, "Microsoft iSCSI DSM"}


def test_microsofts_dsm_of_2003_can_be_disabled_before(build: Build) -> None:
    lab = build(
        release="2003", dsm_package=KIT, package=PackageSpec(installs=("service", "initiator", "mpio"), installed=True)
    )
    assert lab.code("sc config msiscdsm start= disabled") == 0
    lab.run(INSTALL)
    assert [{dsm for _unused, dsm in claims} for claims in lab.host.disks.claims_at()] == [
        {"Microsoft iSCSI DSM"},
        {HP},
    ]
    restart(lab)
    assert drivers(lab)["msiscdsm"] == ("Disabled", "Stopped")
    assert set(registered(lab)) == {HP}
    assert {dsm for _unused, dsm in lab.host.disks.claims()} == {HP}
    assert lab.code("sc config msiscdsm start= boot") == 0
    assert len({dsm for _unused, dsm in lab.host.disks.claims()}) == 2


def test_the_title_of_start_may_stand_behind_its_switches(build: Build) -> None:
    assert build(dsm_package=KIT).code(f'start /w "" "{KIT.path}" /s') == FAILED


@pytest.mark.parametrize(("arguments", "code"), [("/s /v", BAD_LINE), ("/S", FAILED)])
def test_arguments_of_setup(build: Build, arguments: str, code: int) -> None:
    assert build(dsm_package=KIT).code(f'start "" /w "{KIT.path}" {arguments}') == code


@pytest.mark.parametrize("line", [f'start "" /w "{KIT.path}"', f'start "" /w "{KIT.path}" /quiet'])
def test_without_the_silent_argument_a_window_asks_nobody(build: Build, line: str) -> None:
    lab = build(dsm_package=KIT)
    lab.run(FEATURE)
    console = ConsoleInput()
    codes: list[int | None] = []
    waiting = threading.Thread(target=lambda: codes.append(lab.host.run(line, console, 437).exit_code))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    lab.host.terminate(console)
    waiting.join(5)
    assert not waiting.is_alive()
    assert DRIVER not in drivers(lab)


def test_a_kit_on_a_share_wants_credentials_that_travel(build: Build) -> None:
    kit = DsmPackageSpec(path="\\\\server\\share\\setup.exe")
    lab = build(dsm_package=kit)
    assert lab.code(f"start /w {kit.path} /s") == 5
    allowed = build(dsm_package=kit, credentials_travel=True)
    allowed.run(FEATURE)
    assert allowed.code(f"start /w {kit.path} /s") == RESTART_NEEDED


def test_removal_works_at_the_next_boot(build: Build) -> None:
    lab = installed(build)
    assert lab.host.disks.disk_views()[0].dsm == HP
    assert lab.code(REMOVE) == RESTART_NEEDED
    assert (registered(lab)[HP], drivers(lab)[DRIVER]) == ((4, 3), ("Disabled", "Running"))
    assert lab.code("hpdsm help") == 1, "its programs are gone"
    assert lab.code(INSTALL) == FAILED, "the old driver is still marked for deletion"
    restart(lab)
    assert (HP in registered(lab), DRIVER in drivers(lab)) == (False, False)
    assert [view.dsm for view in lab.host.disks.disk_views()] == []
    assert lab.code(INSTALL) == RESTART_NEEDED
    assert lab.code(REMOVE) == 0, "it was never loaded"
    assert (DRIVER in drivers(lab), lab.host.disks.claims()) == (False, ())


def test_a_disk_of_it_shows_policy_seven_and_no_path(build: Build) -> None:
    lab = installed(build)
    listed = lab.lines("mpclaim -s -d")
    assert listed[-1].split() == ["MPIO", "Disk0", "Disk", "1", "VS", *HP.split()]
    detail = lab.lines("mpclaim -s -d 0")
    assert detail[1] == "MPIO Disk0: 02 Paths, Vendor-Specific, ALUA Not Supported"
    assert detail[-1].strip("- ") == "", "no row after the ruler"
    assert lab.code("mpclaim -l -d 0 2") == 50


@pytest.mark.parametrize(("group", "shared"), [("lun", False), ("all", True)])
def test_its_policies_outlive_boots(build: Build, group: str, shared: bool) -> None:
    lab = installed(build, luns=2, switches=Switches(hp_dsm_policy_group=group))  # type: ignore[arg-type]
    disks = lab.host.hp_dsm.disks() if lab.host.hp_dsm else []
    first, second = (disk.serial for disk in disks)
    assert lab.lines(f"hpdsm labshow LUN={first}") == [f"LUN {first}: policy SQST"]
    assert lab.code(f"hpdsm LABSET lun={first.lower()} policy=rr") == 0
    restart(lab)
    for path in "ab":
        lab.run(lab.login_line(path=path))
    assert lab.lines(f"hpdsm labshow LUN={first}") == [f"LUN {first}: policy RR"]
    assert lab.lines(f"hpdsm labshow LUN={second}") == [f"LUN {second}: policy {'RR' if shared else 'SQST'}"]
    number = lab.host.hp_dsm.disks()[0].number if lab.host.hp_dsm else None
    assert lab.code(f"hpdsm labset DISK={number} POLICY=NLB") == 0


@pytest.mark.parametrize("words", ["labset DISK=0 POLICY=LQD", "labset DISK=9 POLICY=RR", "labshow", "policies"])
def test_what_its_command_line_refuses(build: Build, words: str) -> None:
    assert installed(build).code(f"hpdsm {words}") == 1


def test_it_tells_of_lost_paths(build: Build) -> None:
    lab = installed(build)
    assert lab.lines("hpdsm notify EVENT=7 TIME=5") == [""]
    lab.array.controller_down("A")
    serial = lab.host.disks.mpio.disks[0].serial
    told = [f"Received HPDSM_PATH_FAILOVER:{serial};from {DRIVER}"]
    assert lab.lines("HPDSM NOTIFY EVENT=5 TIME=5") == told
    assert lab.lines("hpdsm notify EVENT=1 TIME=5") == [""]
    assert [lab.code(f"hpdsm notify {words}") for words in ("EVENT=8 TIME=5", "EVENT=7", "")] == [1, 1, 1]
    assert any("NOTIFY" in line for line in lab.lines("hpdsm help"))


@pytest.mark.parametrize(
    ("version", "products"),
    [
        ("3.02.00", {"HSV200", "HSV210", "HSV300"}),
        ("4.01.00", {"HSV200", "HSV210", "HSV300", "HSV400", "HSV450"}),
        ("4.02.00", {"HSV200", "HSV210", "HSV300", "HSV400", "HSV450", "HSV340", "HSV360"}),
    ],
)
def test_each_version_claims_the_arrays_of_its_manual(version: str, products: set[str]) -> None:
    claims = DsmPackageSpec(version=version).claims
    assert {each[8:].strip() for each in claims} == products
    assert {len(each) for each in claims} == {24}


def test_versions() -> None:
    assert [version_numbers(text) for text in ("4.02.00", "4.3", "4.3.0.7")] == [
        (4, 2, 0, 0),
        (4, 3, 0, 0),
        (4, 3, 0, 7),
    ]
    for text in ("four", "1.2.3.4.5", "4..2"):
        with pytest.raises(ValueError, match=r"invalid literal|no version"):
            version_numbers(text)
