# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands over a real HTTP connection."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Command, Completed, Secret
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import (
    AnswerTooLarge,
    CannotSend,
    HostWentAway,
    MalformedAnswer,
    TimedOut,
    WsmanFault,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.link import Link
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.shell import COMMANDS_OF_A_SHELL
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wire.fake_host import FakeHost, fault, output

SHELL_QUOTA, OPERATIONS_QUOTA, SHELL_LOST, TIMED_OUT = 2150859173, 2150859174, 2150858843, 2150858793
LIST = Command("iscsicli", ("ListTargets",))
ONE_COMMAND = ["Command", "Receive", "Signal"]


def test_one_command(host: FakeHost, link: Link) -> None:
    host.answer("Receive", output("Grüße\r\n".encode(), b"oh", exit_code="0"))
    assert link.run(Command("mpclaim", ("-d", "HP      HSV300          ")), 10) == Completed(0, "Grüße\r\n", "oh")
    assert host.actions == ["Create", *ONE_COMMAND]
    create, command, *rest = host.asked
    assert '<w:Option Name="WINRS_CODEPAGE">65001</w:Option>' in create.text
    assert '<w:Option Name="WINRS_CONSOLEMODE_STDIN">TRUE</w:Option>' in command.text
    assert command.value("Command") == 'mpclaim -d ^"HP      HSV300          ^"'
    assert {asked.value("Selector") for asked in [command, *rest]} == {"SHELL-1"}
    assert "signal/terminate" in rest[-1].value("Code")
    assert host.connections == 1


def test_output_comes_in_pieces(host: FakeHost, link: Link) -> None:
    half = "ä".encode()
    host.answer("Receive", output(b"one " + half[:1], done=False), fault(TIMED_OUT), output(half[1:] + b" two"))
    assert link.run(LIST, 10).stdout == "one ä two"
    assert host.actions.count("Receive") == 3


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("0", 0),
        ("1", 1),
        ("4026466307", 0xEFFF0003),
        ("-268500989", 0xEFFF0003),
        (None, None),
        ("", None),
        ("bad", None),
    ],
)
def test_exit_codes(host: FakeHost, link: Link, sent: str | None, expected: int | None) -> None:
    host.answer("Receive", output(b"what came with it", exit_code=sent))
    assert link.run(LIST, 10) == Completed(expected, "what came with it", "")


def test_an_exit_code_before_the_end_is_none(host: FakeHost, link: Link) -> None:
    host.answer("Receive", output(b"a", exit_code="7", done=False), output(b"b", exit_code=None))
    assert link.run(LIST, 10) == Completed(None, "ab", "")


def test_typed_lines_are_sent_and_the_input_is_closed(host: FakeHost, link: Link) -> None:
    link.run(Command("iscsicli", typed=(("CHAPSecret", Secret("0xAA")), ("Grüße",))), 10)
    assert host.actions == ["Create", "Command", "Send", "Receive", "Signal"]
    command, send = host.asked[1:3]
    assert '<w:Option Name="WINRS_CONSOLEMODE_STDIN">FALSE</w:Option>' in command.text
    assert command.value("Command") == "iscsicli"
    assert 'End="true"' in send.text
    assert base64.b64decode(send.value("Stream")).decode() == "CHAPSecret 0xAA\r\nGrüße\r\n"


def test_typing_to_a_host_under_load(host: FakeHost, link: Link) -> None:
    host.answer("Send", fault(TIMED_OUT))
    host.answer("Receive", output(b"done"))
    assert link.run(Command("iscsicli", typed=(("exit",),)), 10).stdout == "done"
    assert host.actions.count("Send") == 1


def test_another_code_page(host: FakeHost, connect: Any) -> None:
    link = Link(connect(host.port), code_page=437)
    host.answer("Receive", output("Grüße".encode("cp437")))
    assert link.run(Command("a", typed=(("ä",),)), 10).stdout == "Grüße"
    assert '<w:Option Name="WINRS_CODEPAGE">437</w:Option>' in host.asked[0].text
    assert base64.b64decode(host.asked[2].value("Stream")) == b"\x84\r\n"
    with pytest.raises(CannotSend, match="code page 437"):
        link.run(Command("a", typed=(("ディスク",),)), 10)
    assert len(host.asked) == 5


@pytest.mark.parametrize("wmi", [False, True], ids=["WSManFault", "MSFT_WmiError"])
@pytest.mark.parametrize("code", [SHELL_QUOTA, OPERATIONS_QUOTA])
def test_a_quota_is_answered_with_a_new_shell(host: FakeHost, link: Link, code: int, wmi: bool) -> None:
    link.run(LIST, 10)
    host.answer("Command", fault(code, wmi))
    assert link.run(LIST, 10).exit_code == 0
    assert host.actions == ["Create", *ONE_COMMAND, "Command", "Delete", "Create", *ONE_COMMAND]
    assert [asked.value("Selector") for asked in host.asked[-3:]] == ["SHELL-2"] * 3
    assert host.connections == 1


def test_a_quota_that_a_new_shell_does_not_mend(host: FakeHost, link: Link) -> None:
    host.answer("Command", *[fault(OPERATIONS_QUOTA)] * 2)
    with pytest.raises(WsmanFault) as caught:
        link.run(LIST, 10)
    assert caught.value.quota
    assert host.actions == ["Create", "Command", "Delete", "Create", "Command"]


def test_no_more_shells(host: FakeHost, link: Link) -> None:
    host.answer("Create", fault(SHELL_QUOTA, detail="too many shells"))
    with pytest.raises(WsmanFault, match="opening a command shell: the host refused: too many shells"):
        link.run(LIST, 10)
    assert host.actions == ["Create"]


def test_a_shell_that_timed_out_is_replaced(host: FakeHost, link: Link) -> None:
    link.run(LIST, 10)
    host.answer("Command", fault(SHELL_LOST))
    assert link.run(LIST, 10).exit_code == 0
    assert host.actions == ["Create", *ONE_COMMAND, "Command", "Create", *ONE_COMMAND]


def test_another_fault_is_not_tried_again(host: FakeHost, link: Link) -> None:
    host.answer("Command", fault(87))
    with pytest.raises(WsmanFault, match="running iscsicli ListTargets: the host refused"):
        link.run(LIST, 10)
    assert host.actions == ["Create", "Command"]


@pytest.mark.parametrize(
    ("stack", "shells"), [(None, 2), ("1.1", 2), ("2.0", 2), ("3.0", 1)], ids=["unknown", "1.1", "2.0", "3.0"]
)
def test_shells_of_old_stacks_are_replaced_in_time(host: FakeHost, link: Link, stack: str | None, shells: int) -> None:
    if stack:
        version = f"<ProductVersion>OS: 6.1.7601 SP: 1.0 Stack: {stack}</ProductVersion>"
        host.answer("Identify", f"<IdentifyResponse>{version}</IdentifyResponse>")
        link.identify()
    for _unused in range(COMMANDS_OF_A_SHELL):
        link.run(LIST, 10)
    assert host.actions.count("Create") == 1
    link.run(LIST, 10)
    assert host.actions.count("Create") == shells
    assert host.actions.count("Delete") == shells - 1


def test_a_command_that_does_not_end_is_told_to(host: FakeHost, link: Link) -> None:
    host.answer("Receive", *[fault(TIMED_OUT)] * 10_000)
    with pytest.raises(TimedOut, match="running iscsicli ListTargets: not done after 0 seconds; it was told to end"):
        link.run(LIST, 0.2)
    assert host.actions[-1] == "Signal"


def test_the_host_is_asked_to_wait_no_longer_than_the_deadline(host: FakeHost, link: Link) -> None:
    link.run(LIST, 5)
    link.run(LIST, 500)
    short, long = (asked for asked in host.asked if asked.action == "Receive")
    assert 4 < float(short.value("OperationTimeout")[2:-1]) <= 5
    assert long.value("OperationTimeout") == "PT20.000S"


def test_a_shell_lost_under_a_command(host: FakeHost, link: Link) -> None:
    host.answer("Receive", fault(SHELL_LOST))
    with pytest.raises(HostWentAway, match="Whether the host acted is unknown"):
        link.run(LIST, 10)
    assert host.actions == ["Create", "Command", "Receive"]
    link.run(LIST, 10)
    assert host.actions.count("Create") == 2


def test_another_fault_under_a_command_ends_it(host: FakeHost, link: Link) -> None:
    host.answer("Receive", fault(87))
    with pytest.raises(WsmanFault):
        link.run(LIST, 10)
    assert host.actions[-1] == "Signal"


def test_a_known_result_survives_trouble_while_tidying_up(host: FakeHost, link: Link) -> None:
    host.answer("Receive", output(b"all is well"))
    host.answer("Signal", fault(SHELL_LOST))
    assert link.run(LIST, 10).stdout == "all is well"


def test_endless_output(host: FakeHost, link: Link) -> None:
    host.answer("Receive", *[output(b"x" * 2**20, done=False)] * 20)
    with pytest.raises(AnswerTooLarge, match="octets of output"):
        link.run(LIST, 30)
    assert host.actions[-1] == "Signal"


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("Create", "<x:ResourceCreated/>"),
        ("Command", "<rsp:CommandResponse/>"),
        ("Receive", '<rsp:ReceiveResponse><rsp:Stream Name="stdout">!!!</rsp:Stream></rsp:ReceiveResponse>'),
    ],
)
def test_answers_without_what_they_are_for(host: FakeHost, link: Link, action: str, answer: str) -> None:
    host.answer(action, answer)
    with pytest.raises(MalformedAnswer):
        link.run(LIST, 10)


def test_batch(host: FakeHost, link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=7))
    mark = f"--eva.mpio-{7:032x}--"
    host.answer("Receive", output(f"one\r\n{mark}\r\ntwo\r\n".encode(), exit_code="3"))
    assert link.run_batch([Command("a"), Command("b", ("&",))], 10) == (
        Completed(None, "one\r\n", ""),
        Completed(3, "two\r\n", ""),
    )
    assert host.actions == ["Create", *ONE_COMMAND]
    assert host.asked[1].value("Command") == f"a & echo {mark}& b ^&"


def test_start_waits_for_nothing(host: FakeHost, link: Link) -> None:
    link.start(Command("shutdown", ("/r", "/t", "5")))
    assert host.actions == ["Create", "Command"]
    link.reset()
    link.close()
    assert host.actions == ["Create", "Command"]


def test_close_deletes_the_shell_quietly(host: FakeHost, link: Link) -> None:
    link.run(LIST, 10)
    host.answer("Delete", fault(SHELL_LOST))
    link.close()
    link.close()
    assert host.actions == ["Create", *ONE_COMMAND, "Delete"]


def test_a_shell_that_ansible_had_to_open_is_used(host: FakeHost, connect: Any) -> None:
    connection = connect(host.port, transport=["basic", "plaintext"])
    link = Link(connection)
    link.run(LIST, 10)
    link.close()
    connection.close()
    assert host.actions == ["Create", *ONE_COMMAND, "Delete"]
