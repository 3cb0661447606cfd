# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""diskpart: what is typed and what a script says, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.initiator_package import PackageSpec
from ansible_collections.eva.mpio.tests.lab.windows.releases import RELEASES
from ansible_collections.eva.mpio.tests.lab.windows.storage.layouts import POLICY_KEY, NewDiskPolicy
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches

from .conftest import NODE, Lab

Build = Callable[..., Lab]


def policy(lab: Lab) -> object:
    return lab.host.registry.get(POLICY_KEY, "SanPolicy")


@pytest.mark.parametrize("release", sorted(RELEASES))
def test_the_policy_that_setup_chooses(build: Build, release: str) -> None:
    expected = {"2003": None, "2008": 1, "2008r2": 1}.get(release, 2)
    assert policy(build(release=release, package=PackageSpec())) == expected


def test_the_banner_and_the_policy(lab: Lab) -> None:
    assert lab.lines("diskpart", b"SAN\r\nexit\r\nsan policy=OnlineAll\r\n") == [
        "",
        "Microsoft DiskPart version 6.3.9600",
        "",
        "Copyright (C) 1999-2013 Microsoft Corporation.",
        "On computer: FILESERVER",
        "",
        "DISKPART> ",
        "SAN Policy  : Offline Shared",
        "",
        "DISKPART> ",
        "Leaving DiskPart...",
    ]
    assert policy(lab) == 2


@pytest.mark.parametrize(
    ("word", "number"), [("OnlineAll", 1), ("offlineshared", 2), ("OFFLINEALL", 3), ("OfflineInternal", 4)]
)
def test_setting_the_policy(build: Build, word: str, number: int) -> None:
    lab = build(new_disk_policy=NewDiskPolicy.OFFLINE_ALL if number != 3 else NewDiskPolicy.ONLINE_ALL)
    assert lab.code("diskpart", f"san policy={word}\r\n".encode()) == 0
    assert policy(lab) == number


def test_what_older_releases_do_not_know(build: Build) -> None:
    lab = build(release="2008r2")
    assert "The arguments specified for this command are not valid." in lab.lines(
        "diskpart", b"san policy=OfflineInternal"
    )
    assert policy(lab) == 1
    old = build(release="2003", package=PackageSpec())
    assert old.code("diskpart", b"san policy=OfflineAll\r\nrescan\r\n") == 0
    assert policy(old) is None


def test_a_script_ends_at_its_first_error(lab: Lab) -> None:
    lab.host.shell.files.write("C:\\do.txt", b"rem first\r\nsan policy=Nothing\r\nsan policy=OfflineAll\r\n")
    assert (lab.code("diskpart /s C:\\do.txt"), policy(lab)) == (5, 2)
    lab.host.shell.files.write("C:\\do.txt", b"san policy=Nothing noerr\r\nsan policy=OfflineAll\r\n")
    assert (lab.code("diskpart /s C:\\do.txt"), policy(lab)) == (0, 3)
    assert lab.code("diskpart /s C:\\nobody.txt") == 3
    assert lab.code("diskpart", b"san policy=Nothing\r\nsan policy=OnlineAll\r\n") == 0
    assert policy(lab) == 1


def test_disks_offline_and_online(ready: Lab) -> None:
    assert ready.code(ready.login_line()) == 0
    disks = ready.host.disks
    naa = ready.array.vdisks[0].naa
    assert disks.layouts.of(naa).offline
    shown = ready.lines("diskpart", b"online disk\nselect disk 7\nselect disk 0\noffline disk\nlist disk\n")
    assert shown.count("There is no disk selected to online.") == 1
    assert shown[-4:-1] == [
        "* Disk 0    Online          136 GB     0 B ",
        "  Disk 1    Offline        8192 KB  8192 KB",
        "",
    ]
    ready.run("diskpart", b"select disk 1\nonline disk\n")
    assert not disks.layouts.of(naa).offline
    again = ready.lines("diskpart", b"select disk 1\nonline disk\noffline disk\n")
    assert "This disk is already online." in again
    assert disks.layouts.of(naa).offline


@pytest.mark.parametrize("needs_rescan", [False, True])
def test_luns_that_are_presented_later(build: Build, needs_rescan: bool) -> None:
    lab = build(switches=Switches(presentation_needs_rescan=needs_rescan))
    lab.start_initiator()
    lab.discover()
    assert lab.code(lab.login_line()) == 0
    lab.array.present(lab.array.add_vdisk("more", 8), NODE, 2)
    lab.host.rescan()
    assert len(lab.host.disks.plain_disks()) == (1 if needs_rescan else 2)
    assert "DiskPart has finished scanning your configuration." in lab.lines("diskpart", b"rescan\r\nexit\r\n")
    assert len(lab.host.disks.plain_disks()) == 2


def test_a_filtered_token(build: Build) -> None:
    lab = build(elevated=False)
    assert lab.code("diskpart", b"san policy=OnlineAll\n") == 740
    assert policy(lab) == 2


def test_german(build: Build) -> None:
    shown = build(language="de").lines("diskpart", b"san\nlist disk\nonline disk\n")
    assert "SAN-Richtlinie : Gemeinsam genutzte offline" in [" ".join(line.split()) for line in shown]
    assert not [line for line in shown if "SAN Policy" in line or "Online" in line or "There is" in line]
