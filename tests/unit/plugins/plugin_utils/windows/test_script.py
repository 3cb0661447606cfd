# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script as cmd.exe writes it to the disk and runs it."""

from __future__ import annotations

import re
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import DiskPath, MpioDisk, PathState, Policy, ScsiAddress
from ansible_collections.eva.mpio.plugins.plugin_utils._windows import classes
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.load_balance import set_policy
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import BY_KEY
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.script import (
    SET_POLICY,
    Script,
    object_path,
    status_of,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.ways import Ways
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import CannotSend

INSTANCE = "MPIO\\Disk&Ven_HP&Prod_HSV340&Rev_1000\\1&7f6ac24&0&36303035_0"
PATH = DiskPath(0x77050000, ScsiAddress(5, 0, 0, 1), PathState.ACTIVE_OPTIMIZED, 0, None, 1)
ARGUMENTS = (object_path("DSM_LB_Operations", INSTANCE), "DsmSetLoadBalancePolicyALUA", "3", "1:0:1:1:0", "2:0:1:0:0")


def handed_on(text: str) -> tuple[list[str], str]:
    """Read a line as cmd.exe does: return its commands, and what stands between parentheses as one of them.

    A caret takes the meaning from what follows it; inside of quotes it is a caret.
    """
    commands, current, quoted, depth = [], "", False, 0
    characters = iter(text)
    for character in characters:
        if character == "^" and not quoted:
            current += next(characters)
            continue
        quoted ^= character == '"'
        if not quoted and character in "&()":
            depth += {"(": 1, ")": -1}.get(character, 0)
            commands.append(current)
            current = ""
            continue
        assert quoted or character != "%", "a variable outside of quotes"
        assert quoted or character not in "<|", "a redirection or pipe inside of the script"
        current += character
    assert not quoted
    assert depth == 0
    return commands, current


def test_cmd_writes_exactly_the_script_runs_it_and_deletes_it() -> None:
    script = Script(arguments=ARGUMENTS)
    file = f'"%TEMP%\\{script.name}"'
    (start, *echoes, written, run), deleted = handed_on(script.line)
    assert start == ""
    assert [line.removeprefix("echo ") for line in echoes] == SET_POLICY.splitlines()
    assert written == f">{file}"
    assert run == f"cscript //nologo {file} " + " ".join(ARGUMENTS)
    assert deleted == f"del {file}"


def test_the_line_holds_the_paths_that_windows_allows() -> None:
    # 32 paths (DSM_MAX_PATHS of the Windows driver sample msdsm) with ids of 32 bits and the longest instance name.
    paths = (f"{0xFFFFFFFF - number}:10000:1:1:0" for number in range(32))
    where = object_path("DSM_LB_Operations", INSTANCE + "6" * 200)
    assert len(Script(arguments=(where, *ARGUMENTS[1:3], *paths)).line) < 8000


def test_no_line_of_the_script_is_one_that_echo_takes_for_itself() -> None:
    for line in SET_POLICY.splitlines():
        assert line == line.strip()
        assert line.casefold() not in ("", "on", "off", "/?")
        assert "%" not in line
        assert line.isascii()


def test_every_line_that_may_fail_is_checked() -> None:
    lines = SET_POLICY.splitlines()
    calls = [n for n, line in enumerate(lines) if re.search(r"^Set .*(GetObject|\.Get\(|ExecMethod_|Methods_)", line)]
    assert len(calls) == 6
    for number in calls:
        following = lines[number + 1 : number + 3]
        assert any(line.startswith("Check ") for line in following), lines[number]


def test_every_member_of_both_versions_is_set() -> None:
    disk = MpioDisk(0, INSTANCE, "6005", "", None, None, None, True, (PATH,))
    for policy_class in (classes.LOAD_BALANCE_V1, classes.LOAD_BALANCE_V2):
        release = replace(BY_KEY["2008"], policy_class=policy_class)
        call = set_policy(disk, Policy.ROUND_ROBIN_WITH_SUBSET, (), release, Ways(method_calls="wsman"))
        [members] = t.cast("t.Any", call).arguments.values()
        [path] = members.properties["DSM_Paths"]
        for name in {*members.properties, *path.properties}:
            assert re.search(rf'\.{name} = |"{name}"', SET_POLICY), name


def test_files_have_names_of_their_own() -> None:
    one, other = Script(arguments=ARGUMENTS), Script(arguments=ARGUMENTS)
    assert one.name != other.name
    assert one == other
    assert one.masked == other.masked


def test_an_instance_name_is_escaped() -> None:
    assert object_path("A", "B\\C'D") == "A.InstanceName='B\\\\C\\'D'"


def test_what_cmd_would_replace_is_refused() -> None:
    with pytest.raises(CannotSend, match="percent"):
        _line = Script(arguments=("%TEMP%",)).line


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("eva.mpio: the DSM answered, status 0\r\n", 0),
        ("eva.mpio: setting the policy failed, status -1073741811\r\n", 0xC000000D),
        ("eva.mpio: the DSM answered, status 3221225485\r\n", 0xC000000D),
        ("noise\r\neva.mpio: connecting to WMI failed, status -2147217405\r\nmore", 0x80041003),
        ("Windows Script Host access is disabled on this machine.\r\n", None),
        ("", None),
    ],
)
def test_the_status_is_read_from_what_it_prints(printed: str, code: int | None) -> None:
    assert status_of(printed) == code
