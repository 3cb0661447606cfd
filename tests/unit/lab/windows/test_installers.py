# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What brings MPIO and the initiator on the releases before 2012: the right tool does, another one does not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.initiator_package import PackageSpec
from ansible_collections.eva.mpio.tests.lab.windows.storage.multipath_disk import VendorDsm
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches
from ansible_collections.eva.mpio.tests.lab.winrm.interface import ConsoleInput, WmiFailure

from .conftest import Lab

CIMV2 = "root/cimv2"
PACKAGE = PackageSpec(path="C:\\Install Files\\initiator.exe")
RUN = '"C:\\Install Files\\initiator.exe" /quiet /passive'
WAITED = f'start "" /w {RUN}'
INSTALL = "ServerManagerCmd -install Multipath-IO"
OCSETUP = "ocsetup MultipathIo /quiet /norestart"

Build = Callable[..., Lab]


def drivers(lab: Lab) -> dict[str, str]:
    rows = lab.wmi("Win32_SystemDriver", CIMV2)
    return {str(row["Name"]): str(row["State"]) for row in rows if row["Name"] in ("mpio", "msdsm", "msiscdsm")}


def feature_57(lab: Lab) -> bool:
    return any(row["ID"] == 57 for row in lab.wmi("Win32_ServerFeature", CIMV2))


def restart(lab: Lab) -> None:
    boots = lab.host.life.boots
    lab.run("shutdown /r /t 0")
    lab.clock.advance(60)
    assert lab.host.life.boots == boots + 1


# ServerManagerCmd


@pytest.mark.parametrize("release", ["2008", "2008r2"])
def test_server_manager_installs_and_then_has_nothing_to_change(build: Build, release: str) -> None:
    lab = build(release=release)
    assert drivers(lab) == {}
    assert lab.code(f"{INSTALL} -whatIf") == 0
    assert not feature_57(lab)
    assert lab.code(INSTALL) == 3010
    assert drivers(lab) == {"mpio": "Stopped", "msdsm": "Stopped"}
    assert lab.code(INSTALL) == 1003
    restart(lab)
    assert (feature_57(lab), drivers(lab)) == (True, {"mpio": "Running", "msdsm": "Running"})
    assert lab.code(INSTALL) == 1003
    assert lab.code("ServerManagerCmd.exe -remove multipath-io") == 3010
    restart(lab)
    assert (feature_57(lab), drivers(lab)) == (False, {})


def test_server_manager_may_do_without_a_restart_or_make_it(build: Build) -> None:
    lab = build(release="2008", switches=Switches(feature_needs_reboot=False))
    assert lab.code(INSTALL) == 0
    assert drivers(lab)["mpio"] == "Running"
    lab = build(release="2008")
    assert lab.code(f"{INSTALL} -restart") == 3010
    lab.clock.advance(60)
    assert (lab.host.life.boots, drivers(lab)["mpio"]) == (2, "Running")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ServerManagerCmd -install MultipathIo", 4),
        ("ServerManagerCmd -install", 4),
        ("ServerManagerCmd -fetch Multipath-IO", 4),
        ("ServerManagerCmd -install Multipath-IO -remove Multipath-IO", 4),
        ("ServerManagerCmd Multipath-IO", 4),
        ("ServerManagerCmd -remove Multipath-IO", 1003),
        ("ServerManagerCmd -query", 0),
        ("ServerManagerCmd", 0),
    ],
)
def test_what_server_manager_makes_of_other_commands(build: Build, line: str, code: int) -> None:
    lab = build(release="2008")
    assert lab.code(line) == code
    assert not lab.host.features.installed


def test_server_manager_needs_rights(build: Build) -> None:
    lab = build(release="2008", elevated=False)
    assert lab.code(INSTALL) == 5
    assert not lab.host.features.installed


def test_the_list_of_server_manager(build: Build) -> None:
    lab = build(release="2008")
    lab.run(INSTALL)
    listed = lab.lines("servermanagercmd -query")
    assert "[X] Multipath I/O  [Multipath-IO]" in listed
    assert "[ ] Telnet Client  [Telnet-Client]" in listed
    german = build(release="2008", language="de").run("servermanagercmd -query").stdout
    assert b"[Multipath-IO]" in german
    assert b"Features (" not in german


# ocsetup


@pytest.mark.parametrize(("release", "core"), [("2008", True), ("2008", False), ("2008r2", True)])
def test_ocsetup_goes_on_after_its_command(build: Build, release: str, core: bool) -> None:
    lab = build(release=release, core=core)
    assert lab.code(OCSETUP) == 0
    assert not lab.host.features.installed
    lab.clock.advance(30)
    assert lab.host.features.installed
    restart(lab)
    assert drivers(lab) == {"mpio": "Running", "msdsm": "Running"}


def test_ocsetup_that_somebody_waits_for(build: Build) -> None:
    lab = build(release="2008", core=True)
    assert lab.code(f"start /w {OCSETUP}") == 3010
    assert lab.code(f"start /w {OCSETUP}") == 3010
    restart(lab)
    assert lab.code(f"start /w {OCSETUP}") == 0
    waiting = build(release="2008", core=True, switches=Switches(cmd_waits_for_windows=True))
    assert waiting.code(OCSETUP) == 3010


def test_a_restart_ends_what_goes_on(build: Build) -> None:
    lab = build(release="2008", core=True)
    lab.run(OCSETUP)
    lab.run("shutdown /r /t 0")
    lab.clock.advance(100)
    assert not lab.host.features.installed


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("multipathio /quiet", 0x80070490),
        ("Multipath-IO /quiet", 0x80070490),
        ("/quiet", 87),
        ("MultipathIo /quiet /soon", 87),
    ],
)
def test_what_ocsetup_makes_of_other_commands(build: Build, arguments: str, code: int) -> None:
    lab = build(release="2008")
    assert lab.code(f"start /w ocsetup {arguments}") == code
    assert not lab.host.features.installed


def test_ocsetup_without_norestart(build: Build) -> None:
    lab = build(release="2008")
    assert lab.code("start /w ocsetup MultipathIo /quiet") == 3010
    lab.clock.advance(60)
    assert lab.host.life.boots == 2


def ended(lab: Lab, line: str) -> Any:
    """Run a command that ends only when somebody ends it; return its result."""
    console = ConsoleInput()
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(lab.host.run(line, console, 437)))
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    lab.host.terminate(console)
    thread.join(5)
    assert not thread.is_alive()
    return results[0]


def test_a_window_that_nobody_sees(build: Build) -> None:
    lab = build(release="2008")
    ended(lab, "start /w ocsetup MultipathIo")
    assert lab.host.features.installed
    lab = build(release="2003", package=PACKAGE)
    ended(lab, 'start "" /w "C:\\Install Files\\initiator.exe"')
    assert lab.code("sc query msiscsi") == 1060


# dism


def test_dism_of_2008_r2(build: Build) -> None:
    lab = build(release="2008r2")
    line = "dism /online /enable-feature /featurename:MultipathIo /norestart"
    assert lab.code(f"{line} /all") == 87
    assert lab.code(f"{line} /source:D:\\sxs") == 87
    assert lab.code(f"{line} /english") == 3010
    refusing = build(release="2008r2", switches=Switches(dism_6_1_knows_english=False))
    assert refusing.code(f"{line} /english") == 87
    assert refusing.code(line) == 3010


# the initiator package of 2003


def installed(lab: Lab) -> tuple[int | None, bool]:
    """Return what sc says of the service, and whether the classes answer to their names."""
    try:
        lab.host.wmi_class("root/wmi", "MSiSCSIInitiator_SessionClass")
    except WmiFailure:
        return lab.code("sc query msiscsi"), False
    return lab.code("sc query msiscsi"), True


def test_the_package_brings_service_and_initiator_but_not_mpio(build: Build) -> None:
    lab = build(release="2003", package=PACKAGE)
    assert installed(lab) == (1060, False)
    assert lab.code("iscsicli ListInitiators") == 1
    assert lab.code(RUN) == 0
    assert installed(lab) == (1060, False), "a program with a window goes on by itself"
    lab.clock.advance(30)
    assert installed(lab) == (0, True)
    assert lab.code("sc start msiscsi") == 0
    assert any("iscsiprt" in line.lower() for line in lab.lines("iscsicli ListInitiators"))
    assert drivers(lab) == {}
    assert lab.code(WAITED) == 0
    restart(lab)
    assert (drivers(lab), lab.host.services.get("msiscsi").is_running) == ({}, True)


@pytest.mark.parametrize("how", ["fleet", "switch"])
def test_a_package_that_brings_mpio_needs_a_restart(build: Build, how: str) -> None:
    package = PackageSpec(PACKAGE.path, ("service", "initiator", "mpio")) if how == "fleet" else PACKAGE
    lab = build(release="2003", package=package, switches=Switches(package_installs_mpio=how == "switch"))
    assert lab.code(WAITED) == 3010
    assert drivers(lab) == {"mpio": "Stopped", "msiscdsm": "Stopped"}
    assert lab.host.disks.registered_dsms() == ()
    restart(lab)
    assert drivers(lab) == {"mpio": "Running", "msiscdsm": "Running"}
    assert lab.host.disks.registered_dsms() == ("Microsoft iSCSI DSM",)
    assert lab.code(WAITED) == 0


def test_the_exit_code_may_not_tell_of_the_restart(build: Build) -> None:
    switches = Switches(package_installs_mpio=True, package_reboot_exit_code=0)
    assert build(release="2003", package=PACKAGE, switches=switches).code(WAITED) == 0


def test_the_initiator_may_need_a_restart_too(build: Build) -> None:
    lab = build(release="2003", package=PACKAGE, switches=Switches(package_needs_reboot=True))
    assert lab.code(WAITED) == 3010
    assert lab.code("sc start msiscsi") == 1058
    restart(lab)
    assert lab.host.services.get("msiscsi").is_running


def test_beside_another_dsm_only_mpio_is_chosen(build: Build) -> None:
    """KB 977506: the initiator is silently not installed."""
    lab = build(release="2003", package=PACKAGE)
    lab.host.disks.mpio.install_vendor_dsm(VendorDsm("HP MPIO Full Featured DSM for EVA", ("HP      HSV",)))
    restart(lab)
    assert drivers(lab) == {"mpio": "Running"}
    assert lab.code(WAITED) == 3010
    restart(lab)
    assert installed(lab) == (1060, False)
    assert drivers(lab) == {"mpio": "Running", "msiscdsm": "Running"}


@pytest.mark.parametrize(("arguments", "code"), [("/quiet /mpio", 1639), ("/quiet /norestart", 0)])
def test_arguments_that_nobody_has_seen(build: Build, arguments: str, code: int) -> None:
    lab = build(release="2003", package=PACKAGE)
    assert lab.code(f'start "" /w "{PACKAGE.path}" {arguments}') == code
    strict = build(release="2003", package=PACKAGE, switches=Switches(package_knows_norestart=False))
    assert strict.code(f'start "" /w "{PACKAGE.path}" {arguments}') == 1639


def test_a_package_that_is_not_there_or_ran_before(build: Build) -> None:
    assert build(release="2003").code(RUN) == 1
    ran = build(release="2003", package=PackageSpec(installs=("service", "initiator", "mpio"), installed=True))
    assert (installed(ran), drivers(ran)) == ((0, True), {"mpio": "Running", "msiscdsm": "Running"})


def test_a_share_wants_credentials_that_travel(build: Build) -> None:
    share = PackageSpec(path="\\\\server\\share\\initiator.exe")
    line = "\\\\server\\share\\initiator.exe /quiet"
    lab = build(release="2003", package=share)
    refused = lab.run(line)
    assert refused.exit_code == 5
    assert refused.stderr.startswith(b"Access is denied.")
    allowed = build(release="2003", package=share, credentials_travel=True)
    assert allowed.code(f"start /w {line}") == 0
    assert installed(allowed) == (0, True)


@pytest.mark.parametrize("line", ["dism /?", "mpclaim -s -d", "ServerManagerCmd -query", "ocsetup MultipathIo"])
def test_2003_has_none_of_the_later_tools(build: Build, line: str) -> None:
    assert build(release="2003", package=PACKAGE).code(line) == 1
