# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cscript on a whole server: options, streams, exit codes, and scripts written line by line with echo."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.tests.lab.winrm.interface import ConsoleInput, ProcessResult

from .conftest import Lab

SCRIPT = r"C:\scripts\s.vbs"


def script(lab: Lab, *lines: str, path: str = SCRIPT) -> None:
    lab.host.shell.files.write(path, "\r\n".join(lines).encode("cp437"))


def printed(lab: Lab, line: str, stdin: bytes = b"") -> tuple[int | None, str, str]:
    result = lab.run(line, stdin)
    return result.exit_code, *(text.decode("cp437").replace("\r\n", "\n") for text in (result.stdout, result.stderr))


def test_a_script_is_written_run_and_deleted_in_one_line(lab: Lab) -> None:
    line = (
        r'(echo Set a = WScript.Arguments& echo s = "" ^& a(0^) ^& "<" ^& a.Count ^& ">"& echo WScript.StdOut.Write s& '
        r"echo If a.Count ^> 1 Then WScript.Quit 7)>%TEMP%\t.vbs"
        r' & cscript //nologo //B %TEMP%\t.vbs "MPIO\Disk&Ven_X\1" 2 & call exit %^errorlevel%'
    )
    code, out, err = printed(lab, line)
    assert (code, out, err) == (7, r"MPIO\Disk&Ven_X\1<2>", "")
    lab.run(r"del %TEMP%\t.vbs")
    assert lab.code(r"if exist %TEMP%\t.vbs exit 9") == 0


def test_the_banner_has_the_version_of_the_release(build: Callable[..., Lab]) -> None:
    shown = {}
    for release in ("2003", "2008", "2012r2", "2022"):
        lab = build(release=release)
        script(lab, "WScript.Echo WScript.Version")
        code, out, _unused = printed(lab, f"cscript {SCRIPT}")
        lines = out.splitlines()
        assert (code, lines[2]) == (0, "")
        assert lines[0] == f"Microsoft (R) Windows Script Host Version {lines[3]}"
        shown[release] = lines[3]
    assert shown == {"2003": "5.6", "2008": "5.7", "2012r2": "5.8", "2022": "5.812"}


@pytest.mark.parametrize(
    ("command", "shown", "code"),
    [
        ("cscript //nologo C:\\none.vbs", 'Input Error: Can not find script file "C:\\none.vbs".', 1),
        ("cscript //nologo C:\\scripts\\s.txt", 'Input Error: There is no script engine for file extension ".txt".', 1),
        (f"cscript //nologo //E:perl {SCRIPT}",
         f'Input Error: Can not find script engine "perl" for script "{SCRIPT}".', 1),
        (f"cscript //nologo //Z {SCRIPT}", 'Input Error: Unknown option "//Z" specified.', 1),
    ],
)  # fmt: skip
def test_input_errors(lab: Lab, command: str, shown: str, code: int) -> None:
    script(lab, "WScript.Quit 3")
    script(lab, "WScript.Quit 3", path=r"C:\scripts\s.txt")
    assert printed(lab, command) == (code, "", f"{shown}\n")
    assert printed(lab, "cscript //nologo //E:VBScript C:\\scripts\\s.txt")[0] == 3


@pytest.mark.parametrize("command", ["cscript //nologo", "cscript //nologo /?", "cscript //nologo //?"])
def test_usage(lab: Lab, command: str) -> None:
    code, out, _unused = printed(lab, command)
    assert code == 0
    assert "//T:nn" in out


def test_streams(lab: Lab) -> None:
    script(
        lab,
        'WScript.StdOut.Write "a" : WScript.StdErr.WriteLine "b"',
        "WScript.Echo WScript.StdIn.ReadLine, WScript.StdIn.AtEndOfStream, WScript.StdIn.ReadAll",
        "Set words = WScript.Arguments",
        'WScript.Echo words.Named("x"), words.Named.Exists("y"), words.Unnamed(0)',
        'WScript.Echo CreateObject("WScript.Shell").ExpandEnvironmentStrings("%OS%/%nothing%"), WScript.ScriptName',
    )  # fmt: skip
    code, out, err = printed(lab, f"cscript //nologo //T:10 {SCRIPT} /X:5 one", b"first\r\nrest")
    assert (code, err) == (0, "b\n")
    assert out == "afirst False rest\n5 False one\nWindows_NT/%nothing% s.vbs\n"


def test_batch_mode_is_quiet(lab: Lab) -> None:
    script(
        lab,
        'WScript.Echo "echoed"',
        'WScript.StdOut.WriteLine "written"',
        "WScript.Echo WScript.Interactive",
        "x = 1 / 0",
    )
    assert printed(lab, f"cscript //nologo //B {SCRIPT}") == (0, "written\n", "")
    lab.host.switches.batch_mode_silences_echo = False
    assert printed(lab, f"cscript //nologo //B {SCRIPT}")[1] == "echoed\nwritten\nTrue\n"


@pytest.mark.parametrize("code", [0, 1])
def test_what_an_unhandled_error_ends_with_is_a_switch(lab: Lab, code: int) -> None:
    lab.host.switches.cscript_runtime_error_exit_code = code
    script(lab, "WScript.Echo 1", "", "x = 1 / 0")
    assert printed(lab, f"cscript //nologo {SCRIPT}") == (
        code, "1\n", f"{SCRIPT}(3, 1) Microsoft VBScript runtime error: Division by zero\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "code"), [("WScript.Quit", 0), ("WScript.Quit 9", 9), ("WScript.Quit -1", 0xFFFFFFFF)]
)
def test_quit_gives_the_exit_code(lab: Lab, statement: str, code: int) -> None:
    script(lab, statement, "WScript.Echo 1")
    assert printed(lab, f"cscript //nologo {SCRIPT}") == (code, "", "")


def test_every_class_of_the_server_can_be_reached(lab: Lab) -> None:
    script(
        lab,
        'Set cim = GetObject("winmgmts:")',
        'For Each os In cim.ExecQuery("select Version, LastBootUpTime from Win32_OperatingSystem")',
        "WScript.Echo os.Version, Len(os.LastBootUpTime)",
        "Next",
        'For Each s In cim.ExecQuery("select * from Win32_Service where Name = \'MSiSCSI\'")',
        'WScript.Echo s.State, s.ChangeStartMode("Automatic"), s.StartService()',
        "Next",
        'Set reg = GetObject("winmgmts:root\\default:StdRegProv")',
        'WScript.Echo reg.EnumKey(&H80000002, "SYSTEM\\CurrentControlSet\\Services", names), IsArray(names)',
        'version = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"',
        'WScript.Echo reg.GetStringValue(&H80000002, version, "CurrentBuildNumber", v), v',
        'Set instance = GetObject("winmgmts:root\\wmi").InstancesOf("MSiSCSIInitiator_MethodClass").ItemIndex(0)',
        "WScript.Echo instance.iSCSINodeName",
    )  # fmt: skip
    code, out, err = printed(lab, f"cscript //nologo {SCRIPT}")
    assert (code, err) == (0, "")
    assert out.splitlines() == ["6.3.9600 25", "Stopped 0 0", "0 True", "0 9600", lab.host.initiator.around.node_name]


def test_errors_are_in_the_servers_language(build: Callable[..., Lab]) -> None:
    lab = build(language="de")
    script(lab, "On Error Resume Next", "x = 1 / 0", "WScript.Echo Err.Description", "On Error GoTo 0", "x = 1 / 0")
    code, out, err = printed(lab, f"cscript //nologo {SCRIPT}")
    assert code == 0
    assert err.startswith(f"{SCRIPT}(5, 1) ")
    assert err.endswith(f": {out}")
    assert "Division by zero" not in err


def test_a_script_that_takes_too_long_is_ended(lab: Lab) -> None:
    script(lab, "Do", "Loop")
    code, out, err = printed(lab, f"cscript //nologo //T:1 {SCRIPT}")
    assert (code, out) == (0, "")
    assert err.startswith(f'Script execution time was exceeded on script "{SCRIPT}".\n')


def test_a_script_reads_writes_and_deletes_files(lab: Lab) -> None:
    script(
        lab,
        'Set fso = CreateObject("Scripting.FileSystemObject")',
        'Set file = fso.OpenTextFile("C:\\out.txt", 8, True)',
        'file.WriteLine "one" : file.Write "two" : file.Close',
        'Set file = fso.OpenTextFile("C:\\out.txt")',
        "Do Until file.AtEndOfStream : WScript.Echo file.ReadLine : Loop",
        'WScript.Echo fso.FileExists("C:\\out.txt"), fso.FileExists("C:\\none.txt")',
        "fso.DeleteFile WScript.ScriptFullName",
        "On Error Resume Next",
        'fso.DeleteFile "C:\\none.txt"',
        "WScript.Echo Err.Number",
    )
    assert printed(lab, f"cscript //nologo {SCRIPT}") == (0, "one\ntwo\nTrue False\n53\n", "")
    assert lab.run("type C:\\out.txt").stdout == b"one\r\ntwo"
    assert not lab.host.shell.files.exists(SCRIPT)


def test_a_script_that_never_ends_is_ended_with_its_process(lab: Lab) -> None:
    script(lab, "Do", "Loop")
    console = ConsoleInput()
    results: list[ProcessResult] = []
    thread = threading.Thread(target=lambda: results.append(lab.host.run(f"cscript {SCRIPT}", console, 437)))
    thread.start()
    while thread.is_alive():
        lab.host.terminate(console)
        thread.join(0.01)
    assert [result.exit_code for result in results] == [0xC000013A]
