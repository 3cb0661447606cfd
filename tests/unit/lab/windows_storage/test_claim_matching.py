# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which devices the claim lists cover."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.storage.claim_lists import (
    MPDEV_KEY,
    MPDEV_LIST,
    MSDSM_LIST,
    MSDSM_PARAMETERS_KEY,
    ClaimLists,
    LoadedLists,
)
from ansible_collections.eva.mpio.tests.lab.windows.storage.hardware_ids import entries_in_force, hardware_id, is_listed

HSV340 = "HP      HSV340          "


@pytest.mark.parametrize(
    ("entry", "covered"),
    [
        (HSV340, True),
        (HSV340.lower(), True),
        ("HP      HSV", True),
        ("HP", True),
        ("HP HSV340", False),
        ("HP_HSV340", False),
        ("HP      HSV340           ", False),
        ("HP      HSV300          ", False),
        ("Vendor 8Product       16", False),
        ("MSFT2005iSCSIBusType_0x9", True),
        ("MSFT2011SASBusType_0xA  ", False),
    ],
)
def test_an_entry_covers_by_prefix_without_letter_case(entry: str, covered: bool) -> None:
    assert is_listed([entry], HSV340) is covered


def test_hardware_ids_are_padded() -> None:
    assert hardware_id("HP", "HSV340") == HSV340
    assert hardware_id("NFINIDAT", "InfiniBox") == "NFINIDATInfiniBox       "
    assert hardware_id("", "") == " " * 24


def test_the_scan_stops_at_the_first_empty_string() -> None:
    assert entries_in_force(["a", "", HSV340]) == ("a",)
    assert entries_in_force(None) == ()


@pytest.mark.parametrize(
    ("mpio", "msdsm", "covered"),
    [
        ([HSV340], [HSV340], True),
        ([HSV340], [], False),
        ([], [HSV340], False),
        (["HP"], [HSV340], True),
        ([HSV340], ["MSFT2005iSCSIBusType_0x9"], True),
    ],
)
def test_the_dsm_gets_a_device_only_through_both_lists(mpio: list[str], msdsm: list[str], covered: bool) -> None:
    assert LoadedLists(tuple(mpio), tuple(msdsm)).cover(HSV340) is covered


def test_mpclaim_writes_both_lists_and_keeps_the_placeholder(server, eva_id) -> None:
    for key, name in ((MPDEV_KEY, MPDEV_LIST), (MSDSM_PARAMETERS_KEY, MSDSM_LIST)):
        assert server.registry.get(key, name) == ["Vendor 8Product       16", eva_id]
        assert server.registry.kind(key, name) == "REG_MULTI_SZ"
    code, _unused = server.run(server.mpclaim, "-N", "-I", "-D", eva_id.upper())
    assert code == 0
    assert ClaimLists(server.registry).load().msdsm.count(eva_id) == 1
    server.run(server.mpclaim, "-n", "-u", "-d", eva_id)
    assert server.registry.get(MPDEV_KEY, MPDEV_LIST) == ["Vendor 8Product       16"]
    assert server.disks.claims() == ()


def test_an_edit_by_hand_waits_for_the_boot(server, unit, eva_id) -> None:
    server.registry.set(MSDSM_PARAMETERS_KEY, MSDSM_LIST, [], "REG_MULTI_SZ")
    server.login(1, unit())
    assert [view.dsm for view in server.disks.disk_views()] == ["Microsoft DSM"]
    assert server.disks.claims() == ((eva_id, "Microsoft DSM"),)
    server.disks.boot()
    server.login(1, unit())
    assert [view.dsm for view in server.disks.disk_views()] == [None]
    assert server.disks.claims() == ()


def test_a_badly_padded_id_is_stored_and_never_matches(make, unit) -> None:
    server = make()
    server.install()
    assert server.run(server.mpclaim, "-n", "-i", "-d", "HP HSV340") == (0, "")
    server.disks.boot()
    server.login(1, unit())
    assert [view.dsm for view in server.disks.disk_views()] == [None]


def test_claiming_all_takes_what_windows_sees(make, unit, eva_id) -> None:
    server = make()
    server.install()
    server.login(1, unit(), unit(2, product="OTHER", target_port_group=5, relative_target_port=1))
    server.login(2, unit(0, device_type=0x0C, product="CONTROLLER"))
    assert server.run(server.mpclaim, "-n", "-i", "-a")[0] == 87
    assert server.run(server.mpclaim, "-n", "-i", "-c", " ") == (0, "")
    assert server.disks.claims() == (("HP      OTHER           ", "Microsoft DSM"),)
    assert server.run(server.mpclaim, "-n", "-i", "-a", "") == (0, "")
    assert {device_id for device_id, _unused in server.disks.claims()} == {eva_id, "HP      OTHER           "}
    assert server.run(server.mpclaim, "-n", "-u", "-c", "") == (0, "")
    server.disks.boot()
    assert server.disks.claims() == ()


def test_mpclaim_may_want_the_list_of_mpio_to_exist(make, eva_id) -> None:
    server = make(mpclaim_needs_device_list=True)
    server.install()
    assert server.run(server.mpclaim, "-n", "-i", "-d", eva_id) == (
        2,
        "\nThe system cannot find the file specified.\n",
    )
    server.registry.set(MPDEV_KEY, MPDEV_LIST, [], "REG_MULTI_SZ")
    assert server.run(server.mpclaim, "-n", "-i", "-d", eva_id)[0] == 0
