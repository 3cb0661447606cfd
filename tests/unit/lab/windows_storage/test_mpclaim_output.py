# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Columns and lines of mpclaim (shapes recorded on 2008 R2 and later), its mistakes and exit codes."""

from __future__ import annotations

import re

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.storage.multipath_disk import VendorDsm
from ansible_collections.eva.mpio.tests.lab.windows.storage.policies import PathState, TargetPortGroups


def lines(server, *argv: str) -> list[str]:
    code, text = server.run(server.mpclaim, *argv)
    assert code == 0
    return text.split("\n")


def test_the_list_has_its_four_columns(server, unit) -> None:
    for session in (1, 2):
        server.login(session, *(unit(lun) for lun in range(1, 13)))
    shown = lines(server, "-s", "-d")
    assert (shown[0], shown[2], shown[-1]) == ("", "", "")
    assert shown[3] == "MPIO Disk    System Disk  LB Policy    DSM Name"
    assert shown[4] == "-" * 79
    rows = shown[5:-1]
    cells = [(row[:13].rstrip(), row[13:26].rstrip(), row[26:39].rstrip(), row[39:]) for row in rows]
    assert {cell[2:] for cell in cells} == {("RR", "Microsoft DSM")}
    numbers = [int(cell[0].removeprefix("MPIO Disk")) for cell in cells]
    assert numbers in (list(range(12)), list(range(11, -1, -1)))
    drives = {disk.number: disk.drive_number for disk in server.disks.mpio.disks}
    assert [cell[1] for cell in cells] == [f"Disk {drives[number]}" for number in numbers]


def test_the_detail_of_a_disk_without_port_groups(server, unit) -> None:
    server.login(10, unit(11))
    server.login(2, unit(11))
    shown = lines(server, "-s", "-d", "0")
    assert shown[1:8] == [
        "MPIO Disk0: 02 Paths, Round Robin, ALUA Not Supported",
        "    Controlling DSM: Microsoft DSM",
        "    SN: 600143800024240B000050000051000B",
        "    Supported Load Balance Policies: FOO RR RRWS LQD WP LB",
        "",
        "    Path ID          State              SCSI Address      Weight",
        "    " + "-" * 75,
    ]
    assert sorted(shown[8:10]) == [
        "    0000000077030002 Active/Optimized   003|000|002|011   0",
        "    000000007703000a Active/Optimized   003|000|010|011   0",
    ]
    assert shown[10:] == [""]


def test_the_detail_of_an_asymmetric_disk(server, unit) -> None:
    groups = TargetPortGroups(1, {4237: PathState.ACTIVE_UNOPTIMIZED}, preferred=frozenset({141}))
    server.disks.set_target_port_groups(unit().naa, groups)
    server.login(1, unit(target_port_group=141, relative_target_port=7))
    assert "Symmetric Access" in lines(server, "-s", "-d", "0")[1]
    server.login(2, unit(target_port_group=4237, relative_target_port=8))
    shown = lines(server, "-s", "-d", "0")
    assert shown[1] == "MPIO Disk0: 02 Paths, Round Robin with Subset, Implicit Only"
    assert shown[4] == "    Supported Load Balance Policies: FOO RRWS LQD WP LB"
    first = shown.index("    0000000077030001 Active/Optimized   003|000|001|001   0")
    assert shown[first + 1 : first + 3] == ["    * TPG_State : Active/Optimized  , TPG_Id: 141, : 7", ""]
    second = shown.index("    0000000077030002 Active/Unoptimized 003|000|002|001   0")
    assert shown[second + 1] == "      TPG_State : Active/Unoptimized, TPG_Id: 4237, : 8"


def test_a_designator_without_alua_says_nothing(server, unit) -> None:
    server.login(1, unit(target_port_group=141, relative_target_port=7))
    shown = lines(server, "-s", "-d", "0")
    assert shown[1].endswith("Round Robin, ALUA Not Supported")
    assert not [line for line in shown if "TPG_State" in line]


def test_a_lost_path_is_counted_and_has_no_row(server, unit) -> None:
    for session in (1, 2, 3, 4):
        server.login(session, unit())
    server.disks.fail("s3")
    shown = lines(server, "-s", "-d", "0")
    assert shown[1].startswith("MPIO Disk0: 04 Paths,")
    assert sum(bool(re.match(r"    [0-9a-f]{16} ", line)) for line in shown) == 3
    server.switches.failed_paths_are_kept = False
    assert lines(server, "-s", "-d", "0")[1].startswith("MPIO Disk0: 03 Paths,")


def test_the_preferred_path_has_an_asterisk(server, unit) -> None:
    server.login(1, unit())
    server.login(2, unit())
    lines(server, "-L", "-D", "0", "1", "0000000077030002", "0", "0", "1")
    assert "  * 0000000077030002 Active/Optimized   003|000|002|001   0" in lines(server, "-s", "-d", "0")
    assert "    0000000077030001 Standby            003|000|001|001   0" in lines(server, "-s", "-d", "0")


def test_a_vendors_disk_shows_no_paths(server, unit, eva_id) -> None:
    server.disks.install_vendor_dsm(VendorDsm("Example DSM", (eva_id,)))
    server.disks.boot()
    server.login(1, unit())
    assert "MPIO Disk0   Disk 1       VS           Example DSM" in lines(server, "-s", "-d")
    shown = lines(server, "-s", "-d", "0")
    assert shown[1] == "MPIO Disk0: 01 Paths, Vendor-Specific, ALUA Not Supported"
    assert shown[4] == "    Supported Load Balance Policies: VS"
    assert shown[8:] == [""]


def test_no_disks_and_no_driver(server, make) -> None:
    assert lines(server, "-s", "-d") == ["", "No MPIO disks are present.", ""]
    pending = make()
    pending.features.enable("MultipathIo")
    shown = lines(pending, "-s", "-d")
    assert shown[:7] == ["Failed to open handle in Supported Policies info.  Error 1068"] * 7
    assert shown[-2] == "No MPIO disks are present."
    assert pending.run(pending.mpclaim, "-l", "-m", "2")[0] == 1068


def test_the_defaults(server, eva_id) -> None:
    assert lines(server, "-s", "-m")[1] == "No MSDSM-wide default load balance policy has been set"
    assert lines(server, "-s", "-t")[1] == "No target-level default load balance policies have been set."
    lines(server, "-l", "-m", "1")
    lines(server, "-l", "-t", eva_id, "4")
    assert lines(server, "-s", "-m")[1] == "MSDSM-wide Load Balance Policy: Fail Over Only"
    shown = lines(server, "-s", "-t")
    assert shown[1].startswith('"Target H/W Identifier   "   LB Policy')
    assert shown[3] == f'"{eva_id}"   Least Queue Depth'


def test_connected_and_supported_storage(server, unit, eva_id) -> None:
    server.login(1, unit(), unit(2, vendor="OTHER"))
    shown = lines(server, "-e")
    assert f'"{eva_id}"   iSCSI        YES          ALUA Not Supported' in shown
    assert '"OTHER   HSV340          "   iSCSI        NO           ALUA Not Supported' in shown
    assert f'"{eva_id}"' in lines(server, "-h")


@pytest.mark.parametrize(
    "argv",
    [
        ["-x"], ["-s"], ["-s", "-q"], ["-s", "-d", "0", "1"], ["-s", "-d", "x"], ["-l"], ["-l", "-d"],
        ["-l", "-d", "0"],
        ["-l", "-m"], ["-l", "-m", "8"], ["-l", "-m", "2", "2"], ["-l", "-d", "0", "9"],
        ["-l", "-d", "0", "1", "77030001", "0", "0", "0"], ["-l", "-d", "0", "1", "0000000077030001", "0", "0"],
        ["-l", "-d", "0", "1", "0000000077030001", "4", "0", "0"],
        ["-l", "-d", "0", "1", "0000000077030001", "0", "0", "2"], ["-n"], ["-n", "-d", "x"], ["-n", "-i", "-d"],
        ["-n", "-i", "-d", ""], ["-n", "-i", "-a", "x"], ["-e", "x"],
    ],
)  # fmt: skip
def test_a_bad_switch_gets_the_usage(server, unit, argv) -> None:
    server.login(1, unit())
    code, text = server.run(server.mpclaim, *argv)
    assert code == 87
    assert text.startswith("\nInvalid switch specified.\n\n")
    assert "mpclaim  query_switch" in text
    assert not server.disks.mpio.disks[0].explicit


def test_an_unknown_disk_is_an_element_not_found(server) -> None:
    for argv in (["-s", "-d", "7"], ["-l", "-d", "7", "2"]):
        code, text = server.run(server.mpclaim, *argv)
        assert (code, "Element not found" in text) == (1168, True)


def test_a_failure_may_go_unreported(make) -> None:
    server = make(mpclaim_reports_failures=False)
    server.install()
    code, text = server.run(server.mpclaim, "-s", "-d", "7")
    assert (code, "Element not found" in text) == (0, True)


def test_no_arguments_explain_without_complaint(server) -> None:
    code, text = server.run(server.mpclaim)
    assert (code, "Invalid switch" in text) == (0, False)


def test_a_caller_without_full_rights_is_refused(server) -> None:
    assert server.run(server.mpclaim, "-s", "-d", elevated=False)[0] == 5
