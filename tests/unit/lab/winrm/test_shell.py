# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The remote shell: driven by pywinrm, and by hand where pywinrm hides the wire."""

from __future__ import annotations

import base64
import threading
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from winrm.exceptions import WinRMOperationTimeoutError, WSManFaultError
from winrm.protocol import Protocol

from ansible_collections.eva.mpio.tests.lab.winrm import profile
from ansible_collections.eva.mpio.tests.lab.winrm.profile import Profile
from ansible_collections.eva.mpio.tests.lab.winrm.server import Endpoints, WinRmServer
from ansible_collections.eva.mpio.tests.unit.lab.winrm import fake
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import NAMES, Client, Windows, until


def protocol(server: WinRmServer, operation_seconds: int = 20) -> Protocol:
    return Protocol(
        server.http_url,
        transport="basic",
        username=fake.USER,
        password=fake.PASSWORD,
        ca_trust_path=None,  # type: ignore[arg-type]  # pywinrm's own documentation offers None
        operation_timeout_sec=operation_seconds,
        read_timeout_sec=operation_seconds + 10,
        proxy=None,
    )


@pytest.fixture
def shell(server: WinRmServer) -> Protocol:
    return protocol(server)


def opened(endpoints: Endpoints, windows: Windows, stack: Profile) -> Protocol:
    return protocol(endpoints.open(windows, stack, http_port=0, https_port=-1))


def run(shell: Protocol, shell_id: str, line: str, *arguments: str) -> tuple[bytes, bytes, int]:
    command_id = shell.run_command(shell_id, line, arguments)
    result = shell.get_command_output(shell_id, command_id)
    shell.cleanup_command(shell_id, command_id)
    return result


def test_command_with_arguments_and_unsigned_exit_code(shell: Protocol, windows: Windows, server: WinRmServer) -> None:
    shell_id = shell.open_shell(codepage=65001)
    assert run(shell, shell_id, "iscsicli", "ListTargets", '"a b"') == (b"out", b"err", 0xEFFF0003)
    assert windows.lines == ['iscsicli ListTargets "a b"']
    assert windows.code_pages == [65001]
    shell.close_shell(shell_id)
    assert server.service.shells.open_count == 0


def test_empty_arguments_leave_a_trailing_blank(client: Client, windows: Windows) -> None:
    """What ansible-core 2.16 and 2.17 send."""
    shell_id = create(client)
    command(client, shell_id, "mpclaim -s", "")
    until(lambda: bool(windows.lines))
    assert windows.lines == ["mpclaim -s "]


def test_standard_input_arrives_in_pieces_and_ends(shell: Protocol) -> None:
    shell_id = shell.open_shell()
    command_id = shell.run_command(shell_id, "stdin", console_mode_stdin=False)
    shell.send_command_input(shell_id, command_id, b"first \xff")
    shell.send_command_input(shell_id, command_id, b" last", end=True)
    assert shell.get_command_output(shell_id, command_id)[0] == b"first \xff last"


def test_long_command_times_out_and_can_be_asked_again(server: WinRmServer, windows: Windows) -> None:
    shell = protocol(server, operation_seconds=1)
    shell_id = shell.open_shell()
    command_id = shell.run_command(shell_id, "wait")
    with pytest.raises(WinRMOperationTimeoutError):
        shell.get_command_output_raw(shell_id, command_id)
    windows.release.set()
    assert shell.get_command_output(shell_id, command_id)[0] == b"released"


def test_shell_that_ended_in_an_error_sends_no_exit_code(shell: Protocol, client: Client) -> None:
    shell_id = shell.open_shell()
    command_id = shell.run_command(shell_id, "broken")
    answer = client.ask(receive_request(shell_id, command_id))
    assert answer.find(".//rsp:ExitCode", NAMES) is None
    state = answer.find(".//rsp:CommandState", NAMES)
    assert state is not None
    assert str(state.get("State")).endswith("/Done")


def test_large_output_comes_in_pieces_that_fit(shell: Protocol, client: Client, windows: Windows) -> None:
    windows.output = "äöü€".encode() * 40_000
    shell_id = shell.open_shell()
    command_id = shell.run_command(shell_id, "big")
    collected = b""
    states: list[str] = []
    while not states or states[-1] != "Done":
        response = client.post(receive_request(shell_id, command_id, max_envelope=65536))
        assert len(response.content) <= 65536
        answer = ET.fromstring(response.content)
        state = answer.find(".//rsp:CommandState", NAMES)
        assert state is not None
        states.append(str(state.get("State")).rpartition("/")[2])
        for stream in answer.iterfind(".//rsp:Stream[@Name='stdout']", NAMES):
            collected += base64.b64decode(stream.text or "")
    assert collected == windows.output
    assert set(states[:-1]) == {"Running"}
    assert len(states) > 5


def test_both_streams_end(shell: Protocol, client: Client) -> None:
    shell_id = shell.open_shell()
    answer = client.ask(receive_request(shell_id, shell.run_command(shell_id, "x")))
    ended = [one.get("Name") for one in answer.iterfind(".//rsp:Stream[@End='true']", NAMES)]
    assert ended == ["stdout", "stderr"]


def test_terminate_kills_the_process_and_frees_who_waits(shell: Protocol, client: Client, windows: Windows) -> None:
    shell_id = shell.open_shell()
    command_id = shell.run_command(shell_id, "stdin")
    answers: list[ET.Element] = []
    waiting = threading.Thread(target=lambda: answers.append(client.refused(receive_request(shell_id, command_id))))
    waiting.start()
    shell.cleanup_command(shell_id, command_id)
    waiting.join(10)
    assert [fake.fault_code(one) for one in answers] in ([995], [2150858843])
    assert windows.release.is_set()
    with pytest.raises(WSManFaultError) as refused:
        shell.get_command_output(shell_id, command_id)
    assert refused.value.wsman_fault_code == 2150858843
    assert "command identifier that does not exist" in str(refused.value.response)


def test_ctrl_c_ends_the_process_but_keeps_its_output(client: Client) -> None:
    shell_id = create(client)
    command_id = command(client, shell_id, "wait")
    body = f'<rsp:Signal CommandId="{command_id}"><rsp:Code>{NAMES["rsp"]}/signal/ctrl_c</rsp:Code></rsp:Signal>'
    client.ask(fake.envelope(NAMES["rsp"] + "/Signal", fake.SHELL, body, selectors={"ShellId": shell_id}))
    answer = client.ask(receive_request(shell_id, command_id))
    assert answer.findtext(".//rsp:ExitCode", "", NAMES) == "0"


def test_deleting_the_shell_kills_its_commands(shell: Protocol, windows: Windows) -> None:
    shell_id = shell.open_shell()
    shell.run_command(shell_id, "wait")
    shell.close_shell(shell_id)
    assert windows.release.wait(5)


def test_unknown_shell(shell: Protocol) -> None:
    with pytest.raises(WSManFaultError) as refused:
        shell.run_command("1D0C7F06-0000-0000-0000-000000000000", "x")
    assert refused.value.wsman_fault_code == 2150858843
    assert refused.value.fault_subcode == "w:InvalidSelectors"


def test_shell_found_in_any_letter_case(shell: Protocol) -> None:
    shell_id = shell.open_shell()
    assert run(shell, shell_id.lower(), "x")[0] == b"out"


@pytest.mark.parametrize(
    ("stack", "quota", "old_code", "new_code", "subcode"),
    [
        (profile.WINRM_1_1, 15, 2150859174, None, "w:InternalError"),
        (profile.WINRM_2_0, 15, 2150859174, None, "w:InternalError"),
        (replace(profile.WINRM_3_0, operations_per_user=3), 3, None, 2150859174, "w:QuotaLimit"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_commands_in_a_shells_life_are_limited(
    endpoints: Endpoints,
    windows: Windows,
    stack: Profile,
    quota: int,
    old_code: int | None,
    new_code: int | None,
    subcode: str,
) -> None:
    shell = opened(endpoints, windows, stack)
    shell_id = shell.open_shell()
    for _unused in range(quota):
        run(shell, shell_id, "x")
    with pytest.raises(WSManFaultError) as refused:
        shell.run_command(shell_id, "x")
    fault = refused.value
    assert (fault.wsman_fault_code, fault.wmierror_code, fault.fault_subcode) == (old_code, new_code, subcode)
    shell.close_shell(shell_id, close_session=False)
    run(shell, shell.open_shell(), "x")


@pytest.mark.parametrize(("stack", "quota"), [(profile.WINRM_1_1, 2), (profile.WINRM_2_0, 5), (profile.WINRM_3_0, 30)])
def test_shells_are_limited(endpoints: Endpoints, windows: Windows, stack: Profile, quota: int) -> None:
    shell = opened(endpoints, windows, stack)
    shells = [shell.open_shell() for _unused in range(quota)]
    with pytest.raises(WSManFaultError) as refused:
        shell.open_shell()
    assert 2150859173 in (refused.value.wsman_fault_code, refused.value.wmierror_code)
    shell.close_shell(shells[0], close_session=False)
    shell.open_shell()


def test_old_stack_takes_one_command_at_a_time(endpoints: Endpoints, windows: Windows) -> None:
    shell = opened(endpoints, windows, profile.WINRM_1_1)
    shell_id = shell.open_shell()
    assert shell_id.startswith("uuid:")
    first = shell.run_command(shell_id, "x")
    with pytest.raises(WSManFaultError) as refused:
        shell.run_command(shell_id, "y")
    assert refused.value.fault_subcode == "w:Concurrency"
    shell.get_command_output(shell_id, first)
    shell.run_command(shell_id, "y")


def test_newer_stack_takes_several(shell: Protocol, windows: Windows) -> None:
    shell_id = shell.open_shell()
    waiting = shell.run_command(shell_id, "wait")
    assert run(shell, shell_id, "x")[0] == b"out"
    windows.release.set()
    assert shell.get_command_output(shell_id, waiting)[0] == b"released"


def test_processes_are_limited(endpoints: Endpoints, windows: Windows) -> None:
    shell = opened(endpoints, windows, profile.WINRM_2_0)
    shell_id = shell.open_shell()
    for _unused in range(15):
        shell.run_command(shell_id, "wait")
    with pytest.raises(WSManFaultError) as refused:
        shell.run_command(shell_id, "wait")
    windows.release.set()
    assert refused.value.fault_subcode in ("w:InternalError", "w:QuotaLimit")


def test_idle_shell_is_closed(endpoints: Endpoints, windows: Windows) -> None:
    server = endpoints.open(windows, http_port=0, https_port=-1)
    shell = protocol(server)
    shell_id = shell.open_shell(idle_timeout="PT0.1S")
    until(lambda: server.service.shells.open_count == 0)
    with pytest.raises(WSManFaultError):
        shell.run_command(shell_id, "x")


def test_waiting_for_output_is_not_idleness(client: Client, windows: Windows) -> None:
    shell_id = create(client, "<rsp:IdleTimeOut>PT0.2S</rsp:IdleTimeOut>")
    command_id = command(client, shell_id, "wait")
    threading.Timer(0.6, windows.release.set).start()
    answer = client.ask(receive_request(shell_id, command_id))
    assert answer.findtext(".//rsp:ExitCode", "", NAMES) == "0"


@pytest.mark.parametrize("line", ["install.cmd", r"C:\x\run.BAT /q", "a | b", "for /f %i in (x) do y"])
def test_utf8_console_of_old_releases_runs_no_scripts(endpoints: Endpoints, windows: Windows, line: str) -> None:
    shell = opened(endpoints, windows, profile.WINRM_2_0_ON_2008)
    assert run(shell, shell.open_shell(codepage=65001), line) == (b"", b"", 0)
    assert windows.lines == []
    assert run(shell, shell.open_shell(codepage=437), line)[0] == b"out"


def test_utf8_console_of_old_releases_runs_programs(endpoints: Endpoints, windows: Windows) -> None:
    shell = opened(endpoints, windows, profile.WINRM_2_0_ON_2008)
    assert run(shell, shell.open_shell(codepage=65001), "iscsicli ListTargets")[0] == b"out"


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("/Command", "<rsp:Other/>"),
        ("/Receive", "<rsp:Receive/>"),
        ("/Signal", '<rsp:Signal CommandId="x"><rsp:Code>urn:x</rsp:Code></rsp:Signal>'),
        ("/Send", '<rsp:Send><rsp:Stream Name="stderr" CommandId="x"/></rsp:Send>'),
    ],
)
def test_bodies_that_are_wrong(client: Client, action: str, body: str) -> None:
    shell_id = create(client)
    answer = client.refused(fake.envelope(NAMES["rsp"] + action, fake.SHELL, body, selectors={"ShellId": shell_id}))
    assert fake.fault_code(answer) == 87


def test_what_the_shell_does_not_do(client: Client) -> None:
    for action, uri in ((NAMES["x"] + "/Get", fake.SHELL), (NAMES["n"] + "/Enumerate", fake.SHELL + "x")):
        assert fake.subcode(client.refused(fake.envelope(action, uri))) == "a:ActionNotSupported"


def test_new_shell_is_described(client: Client) -> None:
    body = "<rsp:Shell><rsp:InputStreams>stdin</rsp:InputStreams></rsp:Shell>"
    answer = client.ask(fake.envelope(NAMES["x"] + "/Create", fake.SHELL, body))
    shell = answer.find(".//rsp:Shell", NAMES)
    assert shell is not None
    assert shell.findtext("rsp:Owner", "", NAMES) == r"SRV01\Administrator"
    assert shell.findtext("rsp:ClientIP", "", NAMES) == "127.0.0.1"
    assert shell.findtext("rsp:IdleTimeOut", "", NAMES) == "PT7200.000S"


def create(client: Client, inside: str = "") -> str:
    answer = client.ask(fake.envelope(NAMES["x"] + "/Create", fake.SHELL, f"<rsp:Shell>{inside}</rsp:Shell>"))
    return answer.findtext(".//w:Selector[@Name='ShellId']", "", NAMES)


def command(client: Client, shell_id: str, line: str, *arguments: str) -> str:
    rest = "".join(f"<rsp:Arguments>{one}</rsp:Arguments>" for one in arguments)
    body = f"<rsp:CommandLine><rsp:Command>{line}</rsp:Command>{rest}</rsp:CommandLine>"
    answer = client.ask(fake.envelope(NAMES["rsp"] + "/Command", fake.SHELL, body, selectors={"ShellId": shell_id}))
    return answer.findtext(".//rsp:CommandId", "", NAMES)


def receive_request(shell_id: str, command_id: str, max_envelope: int = 153600) -> str:
    body = f'<rsp:Receive><rsp:DesiredStream CommandId="{command_id}">stdout stderr</rsp:DesiredStream></rsp:Receive>'
    return fake.envelope(
        NAMES["rsp"] + "/Receive", fake.SHELL, body, selectors={"ShellId": shell_id}, max_envelope=max_envelope
    )
