# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a server as WMI tells of them."""

from __future__ import annotations

from .conftest import Lab


def names(lab: Lab) -> set[object]:
    return {row["Name"] for row in lab.wmi("CIM_DataFile", "root/cimv2")}


def test_a_file_has_its_whole_path_for_a_name(lab: Lab) -> None:
    lab.host.shell.files.write("C:\\Kits\\Setup.exe", b"MZ12")
    (row,) = [row for row in lab.wmi("CIM_DataFile", "root/cimv2") if row["FileName"] == "setup"]
    assert row["Name"] == "c:\\kits\\setup.exe"
    assert (row["Drive"], row["Path"], row["Extension"], row["FileSize"]) == ("c:", "\\kits\\", "exe", 4)


def test_a_file_that_is_deleted_is_gone(lab: Lab) -> None:
    lab.host.shell.files.write("C:\\Kits\\Setup.exe", b"MZ")
    assert "c:\\kits\\setup.exe" in names(lab)
    assert lab.host.shell.files.delete("c:\\KITS\\setup.exe")
    assert "c:\\kits\\setup.exe" not in names(lab)


def test_files_of_shares_are_none_of_the_servers(lab: Lab) -> None:
    lab.host.shell.files.write("\\\\files\\kits\\setup.exe", b"MZ")
    assert not [name for name in names(lab) if "files" in str(name)]
