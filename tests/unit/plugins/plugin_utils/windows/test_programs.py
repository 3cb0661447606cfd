# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Setup programs are looked for by WMI, each by its whole path."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import SetupProgram, Unknown
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.ways import Ways
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import healthy, read, value

SETUP = "C:\\Program Files\\HP's kit\\setup.exe"


@pytest.mark.parametrize("rows", [[{"Name": SETUP.lower()}], []], ids=["there", "absent"])
def test_a_program_on_the_host_is_there_or_not(rows: list[dict[str, str]]) -> None:
    link = healthy()
    link.classes["CIM_DataFile"] = rows
    found = value(read(link, "setup_programs", ways=Ways(programs=(SETUP,))).setup_programs)
    assert found == (SetupProgram(SETUP, bool(rows)),)
    assert link.conditions["CIM_DataFile"] == "Name='C:\\\\Program Files\\\\HP\\'s kit\\\\setup.exe'"


@pytest.mark.parametrize(
    "path",
    [
        "\\\\files\\kits\\setup.exe",
        "C:\\PROGRA~1\\HP\\setup.exe",
        "C:\\kits/setup.exe",
        "C:\\kits\\\\setup.exe",
        "C:\\x.",
    ],
)
def test_what_windows_would_show_by_another_name_is_not_asked_for(path: str) -> None:
    link = healthy()
    link.classes["CIM_DataFile"] = []
    found = value(read(link, "setup_programs", ways=Ways(programs=(path,))).setup_programs)
    assert found == (SetupProgram(path, None),)
    assert "CIM_DataFile" not in link.conditions


def test_a_class_that_does_not_answer_leaves_it_unknown() -> None:
    link = healthy()
    part = read(link, "setup_programs", ways=Ways(programs=(SETUP,))).setup_programs
    assert isinstance(part, Unknown)
    assert "CIM_DataFile" in part.reason


def test_without_programs_nothing_is_asked() -> None:
    link = healthy()
    assert value(read(link, "setup_programs").setup_programs) == ()
    assert "CIM_DataFile" not in link.conditions
