# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What WinRM 1.1 and 2.0 do otherwise than the stacks after them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._wire import shell as shell_module
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Command, Completed
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import (
    AccessDenied,
    CannotSend,
    TimedOut,
    WsmanFault,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.link import Link
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.schema import Schema, string
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wire.fake_host import FakeHost, fault, output

LIST = Command("iscsicli", ("ListTargets",))
THING = Schema("root/cimv2", "Win32_Thing", {"Name": string()})
CONCURRENCY = 0x80338032
ONE_COMMAND = ["Command", "Receive", "Signal"]
SHELL_QUOTA = 2150859173


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell_module, "_BUSY", 0.01)


def busy(by_code: bool) -> Any:
    return fault(CONCURRENCY) if by_code else fault(1, subcode="w:Concurrency")


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("by_code", [True, False])
def test_one_command_at_a_time(host: FakeHost, link: Link, by_code: bool) -> None:
    host.answer("Command", busy(by_code), busy(by_code))
    assert link.run(LIST, 10).exit_code == 0
    assert host.actions == ["Create", "Command", "Command", *ONE_COMMAND]


@pytest.mark.usefixtures("_quick")
def test_a_shell_that_stays_busy_is_waited_for_until_the_deadline(host: FakeHost, link: Link) -> None:
    host.answer("Command", *[busy(True)] * 10_000)
    # On a loaded machine the last attempt may be the one that the deadline cuts off.
    with pytest.raises((WsmanFault, TimedOut), match="running iscsicli ListTargets"):
        link.run(LIST, 0.5)
    assert 1 < host.actions.count("Command") < 10_000


def test_a_shell_id_with_a_prefix_is_kept_as_it_is(host: FakeHost, link: Link) -> None:
    selector = '<w:SelectorSet><w:Selector Name="ShellId">uuid:739990FF</w:Selector></w:SelectorSet>'
    host.answer(
        "Create", f"<x:ResourceCreated><a:ReferenceParameters>{selector}</a:ReferenceParameters></x:ResourceCreated>"
    )
    link.run(LIST, 10)
    assert [asked.value("Selector") for asked in host.asked[1:]] == ["uuid:739990FF"] * 3


def test_an_exit_code_left_out_is_unknown_and_no_success(host: FakeHost, link: Link) -> None:
    host.answer("Receive", output(b"said", exit_code=None))
    assert link.run(LIST, 10) == Completed(None, "said", "")


def test_output_that_the_code_page_has_not_is_shown_replaced(host: FakeHost, connect: Any) -> None:
    host.answer("Receive", output(b"\xff\xfe"), output("é".encode("cp437")))
    link = Link(connect(host.port))
    assert link.run(LIST, 10).stdout == "\ufffd\ufffd"
    link.use_code_page(437)
    assert link.run(LIST, 10).stdout == "é"


def code_pages(host: FakeHost) -> list[str]:
    return [page for asked in host.asked for page in re.findall(r'"WINRS_CODEPAGE">(\d+)<', asked.text)]


def test_the_code_page_is_changed_with_one_shell_at_a_time(host: FakeHost, link: Link) -> None:
    link.run(LIST, 10)
    link.use_code_page(65001)
    link.run(LIST, 10)
    link.use_code_page(437)
    link.run(LIST, 10)
    assert host.actions == ["Create", *ONE_COMMAND, *ONE_COMMAND, "Delete", "Create", *ONE_COMMAND]
    assert code_pages(host) == ["65001", "437"]


def test_the_code_page_is_chosen_before_there_is_a_shell(host: FakeHost, link: Link) -> None:
    link.use_code_page(437)
    link.run(LIST, 10)
    assert host.actions == ["Create", *ONE_COMMAND]
    assert code_pages(host) == ["437"]


def test_the_shell_that_ansible_opened_is_deleted_before_another_is_opened(host: FakeHost, connect: Any) -> None:
    link = Link(connect(host.port, transport=["basic", "plaintext"]))
    link.use_code_page(437)
    link.run(LIST, 10)
    link.close()
    assert host.actions == ["Create", "Delete", "Create", *ONE_COMMAND, "Delete"]
    assert code_pages(host) == ["65001", "437"]


def test_many_commands_never_hold_two_shells(host: FakeHost, link: Link) -> None:
    for _unused in range(64):
        link.run(LIST, 10)
    link.close()
    shells = [action for action in host.actions if action in ("Create", "Delete")]
    assert shells == ["Create", "Delete"] * 5


def test_a_request_larger_than_the_oldest_stack_takes_is_not_sent(host: FakeHost, link: Link) -> None:
    with pytest.raises(CannotSend, match="WinRM takes no more than 153600"):
        link.put(THING, {}, {"Name": "x" * 153_600})
    assert host.asked == []


@pytest.mark.parametrize("wmi", [False, True], ids=["WSManFault", "MSFT_WmiError"])
@pytest.mark.parametrize("code", [5, 0x80070005])
def test_a_filtered_token_is_named_once_with_its_remedy(host: FakeHost, link: Link, code: int, wmi: bool) -> None:
    host.answer("Get", fault(code, wmi, detail="Access is denied."))
    with pytest.raises(AccessDenied) as caught:
        link.get(THING, {})
    assert str(caught.value).count("LocalAccountTokenFilterPolicy=1") == 1
    assert str(caught.value).count("domain account") == str(caught.value).count("built-in Administrator") == 1


@pytest.mark.parametrize("wmi", [False, True], ids=["WSManFault", "MSFT_WmiError"])
def test_no_room_for_a_shell(host: FakeHost, link: Link, wmi: bool) -> None:
    host.answer("Create", fault(SHELL_QUOTA, wmi))
    with pytest.raises(WsmanFault) as caught:
        link.run(LIST, 10)
    assert caught.value.quota


def test_a_first_page_without_items(host: FakeHost, link: Link) -> None:
    host.answer(
        "Enumerate", "<n:EnumerateResponse><n:EnumerationContext>uuid:1</n:EnumerationContext></n:EnumerateResponse>"
    )
    item = "<Win32_Thing><Name>a</Name></Win32_Thing>"
    host.answer("Pull", f"<n:PullResponse><n:Items>{item}</n:Items><n:EndOfSequence/></n:PullResponse>")
    assert [thing.text("Name") for thing in link.enumerate(THING)] == ["a"]
