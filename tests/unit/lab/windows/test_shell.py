# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command lines on a simulated server."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.programs import ProgramContext
from ansible_collections.eva.mpio.tests.lab.windows.shell import CommandShell
from ansible_collections.eva.mpio.tests.lab.winrm.interface import ConsoleInput, ProcessResult

from .conftest import Lab


def test_an_unknown_program_is_not_recognized(lab: Lab) -> None:
    result = lab.run("nosuch -x")
    assert result.stderr.startswith(b"'nosuch' is not recognized as an internal or external command,\r\n")
    assert result.exit_code == 1


def test_powershell_is_not_there(lab: Lab) -> None:
    assert lab.code("PowerShell -NoProfile -Command 1") == 1


def test_names_are_found_with_extension_and_directory(lab: Lab) -> None:
    for name in ("hostname", "HostName.EXE", "%windir%\\System32\\hostname.exe"):
        assert lab.lines(name) == ["FILESERVER"]


def test_a_batched_line_with_markers(lab: Lab) -> None:
    lines = lab.lines("sc query nothere & call echo M1 %^errorlevel% & hostname & call echo M2 %^errorlevel%")
    assert [line for line in lines if line.startswith("M")] == ["M1 1060 ", "M2 0"]


def test_the_error_level_of_a_whole_line_is_the_last_ones(lab: Lab) -> None:
    assert lab.code("sc query nothere & hostname") == 0
    assert lab.code("hostname && sc query nothere") == 1060
    assert lab.lines("sc query nothere || echo failed")[-1] == "failed"
    assert lab.lines("sc query nothere >nul && echo never") == [""]


def test_redirections(lab: Lab) -> None:
    assert lab.run("nosuch 2>nul").stderr == b""
    assert lab.run("nosuch 2>&1").stdout.startswith(b"'nosuch'")
    lab.run("echo one>C:\\t.txt& echo two>>c:\\t.txt")
    assert lab.lines("type C:\\T.txt") == ["one", "two"]
    assert lab.code("type c:\\none.txt") == 1


def test_files_come_and_go(lab: Lab) -> None:
    lab.run("(echo one& echo two) > %TEMP%\\Some.txt")
    assert lab.lines("type %temp%\\SOME.TXT") == ["one", "two"]
    assert lab.lines("if exist %TEMP%\\some.* echo there") == ["there"]
    assert lab.run("del /q %TEMP%\\some.txt").stderr == b""
    assert lab.code("type %TEMP%\\some.txt") == 1
    missing = lab.run("del %TEMP%\\some.txt")
    assert (missing.exit_code, missing.stderr[:15]) == (0, b"Could Not Find ")
    assert lab.run("findstr x < C:\\none.txt").stderr == b"The system cannot find the file specified.\r\n"


def test_files_outlive_a_restart(lab: Lab) -> None:
    lab.run("echo kept>C:\\kept.txt")
    lab.run("shutdown /r /t 0")
    lab.clock.advance(120)
    assert lab.lines("type C:\\kept.txt") == ["kept"]


def test_carets_and_quotes_make_any_line(lab: Lab) -> None:
    lab.run('echo x = "a & b" ^& c ^> d ^(e^) ^^ f>C:\\t.txt& echo.>>C:\\t.txt& echo(z>>C:\\t.txt')
    assert lab.lines("type C:\\t.txt") == ['x = "a & b" & c > d (e) ^ f', "", "z"]
    lab.run("(echo If a(1^) Then& echo  b)>C:\\t.txt")
    assert lab.lines("type C:\\t.txt") == ["If a(1) Then", " b"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("if exist C:\\none.txt echo a & echo b", []),
        ("if exist C:\\none.txt (echo a) & echo b", ["b"]),
        ("if not exist C:\\none.txt (echo a) else (echo b)", ["a "]),
        ("if exist C:\\none.txt (echo a) else echo b", ["b"]),
        ("if exist nul echo a", ["a"]),
        ('if "x"=="x" echo a', ["a"]),
        ("if x == X echo a", []),
        ("if /i x==X echo a", ["a"]),
        ("if defined windir echo a", ["a"]),
        ("if not defined nothing echo a", ["a"]),
        ("sc query nothere >nul & if errorlevel 1060 echo a", ["a"]),
        ("sc query nothere >nul & if errorlevel 1061 echo a", []),
        ("if exist nul if exist C:\\none.txt (echo a) else (echo b)", ["b"]),
    ],
)
def test_conditions(lab: Lab, line: str, shown: list[str]) -> None:
    assert [found for found in lab.lines(line) if found] == [item.strip() if "(" in line else item for item in shown]


def test_start_waits_only_when_told(lab: Lab) -> None:
    assert (lab.code("start /w sc query nothere"), lab.code("start sc query nothere")) == (1060, 0)
    assert lab.lines('start "a title" /b /wait hostname') == ["FILESERVER"]
    missing = lab.run("start /w nosuch")
    assert (missing.exit_code, missing.stderr[:28]) == (1, b"Windows cannot find 'nosuch'")


def test_a_program_with_windows_is_not_waited_for() -> None:
    done: list[list[str]] = []
    later: list[Callable[[], object]] = []

    class Setup:
        windowed = True

        def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
            done.append(argv)
            return ProcessResult(exit_code=3010)

    shell = CommandShell(
        {}, "6.0.6002", lambda name: Setup() if name == "setup" else None, lambda *_args: None, later.append
    )
    console = ConsoleInput()
    console.feed(b"", end=True)
    context = ProgramContext(console, 437)
    assert (shell.run("setup /quiet", context).exit_code, done) == (0, [])
    later.pop()()
    assert done == [["/quiet"]]
    assert shell.run("start /w setup /quiet", context).exit_code == 3010
    assert not later


def test_exit_ends_the_line(lab: Lab) -> None:
    result = lab.run("echo a& exit 7 & echo b")
    assert (result.stdout, result.exit_code) == (b"a\r\n", 7)


def test_a_line_beyond_8191_characters_is_refused(lab: Lab) -> None:
    assert lab.run("echo " + "x" * 8186).stderr == b""
    assert lab.run("echo " + "x" * 8187).stderr == b"The command line is too long.\r\n"


def test_output_comes_in_the_code_page(lab: Lab) -> None:
    assert lab.run("echo \u00fc", code_page=437).stdout == b"\x81\r\n"
    assert lab.run("echo \u00fc", code_page=65001).stdout == b"\xc3\xbc\r\n"
    assert lab.run("echo \u20ac", code_page=437).stdout == b"?\r\n"
    assert lab.run("chcp 65001>nul& echo \u00fc", code_page=437).stdout == b"\xc3\xbc\r\n"


def test_each_command_is_an_event_with_its_own_line(lab: Lab) -> None:
    lab.run('hostname & echo "a  b"', b"hidden\r\nlines\r\n")
    facts = [event.facts for event in lab.log.since(kind="command")]
    assert [item["line"] for item in facts] == ["hostname", 'echo "a  b"']
    assert facts[0] == {"line": "hostname", "program": "hostname", "exit_code": 0, "stdin_lines": 2}


def test_the_filtered_token_shows(build) -> None:  # type: ignore[no-untyped-def]
    assert "S-1-16-8192" in "\n".join(build(elevated=False).lines("whoami /groups"))
    assert "S-1-16-12288" in "\n".join(build().lines("whoami /groups"))


def test_a_program_that_waits_for_input_is_terminated(ready: Lab) -> None:
    console = ConsoleInput()
    console.feed(b"NodeName iqn.1991-05.com.microsoft:never\r\n")
    results: list[ProcessResult] = []
    thread = threading.Thread(target=lambda: results.append(ready.host.run("iscsicli", console, 437)))
    thread.start()
    assert not results
    ready.host.terminate(console)
    thread.join(10)
    assert results[0].exit_code == 0xC000013A
    assert ready.host.initiator.around.node_name.endswith(":fileserver.lab")


def test_a_shutdown_terminates_what_runs(ready: Lab) -> None:
    console = ConsoleInput()
    results: list[ProcessResult] = []
    thread = threading.Thread(target=lambda: results.append(ready.host.run("iscsicli", console, 437)))
    thread.start()
    while not ready.host._inputs:
        thread.join(0.01)
    ready.host.power_off()
    thread.join(10)
    assert results[0].exit_code == 0xC000013A


def test_passwords_with_and_without_domain(lab: Lab) -> None:
    host = lab.host
    assert host.check_password("administrator", "Lab-Password-1")
    assert host.check_password("FILESERVER\\Administrator", "Lab-Password-1")
    assert not host.check_password("Administrator", "wrong")
    assert "Lab-Password-1" not in repr(host.spec)
