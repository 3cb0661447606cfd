# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Doing what a step comes down to: what is sent, and what is made of the answer."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._windows import classes
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.actions import (
    Announced,
    CannotRender,
    InvokeMethod,
    RunCommand,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.apply import Outcome, perform
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Command, Completed
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import Fault, WsmanFault
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.masking import Secret
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.answers import FakeLink, printed

BANNER = ("Microsoft iSCSI Initiator Version 6.3 Build 9600", "")


def run(link: FakeLink, *commands: Command) -> Outcome:
    return perform(t.cast("t.Any", link), RunCommand(commands), 60.0)


def invoke(link: FakeLink, action: InvokeMethod) -> Outcome:
    return perform(t.cast("t.Any", link), action, 60.0)


@pytest.mark.parametrize(
    ("program", "code", "name"),
    [
        ("iscsicli", 0xEFFF003F, "TARGET_ALREADY_LOGGED_IN"),
        ("iscsicli", 87, "ERROR_INVALID_PARAMETER"),
        ("iscsicli", 0, "ERROR_SUCCESS"),
        ("iscsicli", 12345, None),
        ("dism", 50, "ERROR_NOT_SUPPORTED"),
        ("dism", 3010, "ERROR_SUCCESS_REBOOT_REQUIRED"),
        ("dism", 0x800F080C, "CBS_E_UNKNOWN_UPDATE"),
        ("mpclaim", 5, None),  # no document tells what its exit codes mean
    ],
)
def test_exit_codes(program: str, code: int, name: str | None) -> None:
    outcome = run(FakeLink(tools={f"{program} x": printed("said", code=code)}), Command(program, ("x",)))
    assert outcome.exit_code == code
    assert (outcome.status.name if outcome.status else None) == name


def test_fifty_means_something_else_to_dism() -> None:
    dism = run(FakeLink(tools={"dism": printed(code=50)}), Command("dism")).status
    iscsicli = run(FakeLink(tools={"iscsicli": printed(code=50)}), Command("iscsicli")).status
    assert dism is not None
    assert iscsicli is not None
    assert dism.meaning != iscsicli.meaning


def test_the_typed_tool_is_understood_by_its_english_text() -> None:
    command = Command("iscsicli", (), (("LoginTarget", Secret("0xabcdef")),))
    said = printed(
        *BANNER,
        "[iqn.x] Enter command or ^C to exit LoginTarget 0xabcdef",
        "The target has already been logged in via an iSCSI session. ",
        "",
        "[iqn.x] Enter command or ^C to exit",
    )
    outcome = run(FakeLink(tools={command.masked: said}), command)
    assert outcome.status is not None
    assert outcome.status.code == 0xEFFF003F
    assert "abcdef" not in outcome.output
    assert "********" in outcome.output


def test_of_several_commands_an_earlier_failure_is_seen() -> None:
    link = FakeLink(
        tools={
            "iscsicli a": printed(*BANNER, "The specified portal was not found. "),
            "iscsicli b": printed(*BANNER, "The operation completed successfully. "),
        }
    )
    outcome = run(link, Command("iscsicli", ("a",)), Command("iscsicli", ("b",)))
    assert link.asked == ["iscsicli a & iscsicli b"]
    assert outcome.exit_code == 0
    assert outcome.status is not None
    assert outcome.status.name == "PORTAL_NOT_FOUND"


def test_only_the_last_lines_are_kept() -> None:
    outcome = run(FakeLink(tools={"mpclaim": printed(*map(str, range(100)), "")}), Command("mpclaim"))
    assert outcome.output.splitlines() == [str(number) for number in range(92, 100)]


def test_no_exit_code_is_no_code() -> None:
    link = FakeLink(tools={"iscsicli x": Completed(None, "", "broken")})
    assert run(link, Command("iscsicli", ("x",))) == Outcome(None, "broken", None)


def test_a_method_of_the_only_instance_asks_for_its_keys() -> None:
    action = InvokeMethod(classes.INITIATOR_METHODS, "RefreshTargetList", results=classes.RETURN_VALUE)
    link = FakeLink(references={"MSiSCSIInitiator_MethodClass": [{"Key": "1"}]})
    assert invoke(link, action).exit_code == 0
    assert link.invoked == [("MSiSCSIInitiator_MethodClass", "RefreshTargetList", {}, {"Key": "1"})]


@pytest.mark.parametrize("references", [{}, {"MSiSCSIInitiator_MethodClass": []}])
def test_without_keys_none_are_sent(references: t.Any) -> None:
    action = InvokeMethod(classes.INITIATOR_METHODS, "RefreshTargetList", results=classes.RETURN_VALUE)
    link = FakeLink(references=references, returns=-268500983)
    outcome = invoke(link, action)
    assert link.invoked[0][3] is None
    assert outcome.exit_code == 0xEFFF0009
    assert outcome.status is not None
    assert outcome.status.name == "AUTHENTICATION_FAILURE"


@pytest.mark.parametrize(
    ("fault", "code", "name"),
    [
        (Fault(0xEFFF0003, None, "Connection Failed.", None, None, None, None), 0xEFFF0003, "CONNECTION_FAILED"),
        (Fault(0x80338102, None, "refused", "WMI", 0xEFFF0003, None, None), 0xEFFF0003, "CONNECTION_FAILED"),
        (Fault(0x80338102, None, "refused", "WMI", 0x80041001, None, None), 0x80041001, None),
        (Fault(None, None, "refused", None, None, None, None), None, None),
    ],
)
def test_a_method_that_ends_in_a_fault_says_why(fault: Fault, code: int | None, name: str | None) -> None:
    action = InvokeMethod(classes.MSFT_TARGET_PORTAL, "New", selectors={}, results=classes.RETURN_VALUE)
    outcome = invoke(FakeLink(outputs={"New": WsmanFault("the host refused", fault)}), action)
    assert (outcome.exit_code, outcome.output) == (code, "the host refused")
    assert (outcome.status.name if outcome.status else None) == name


def test_a_spent_quota_is_no_answer_of_a_method() -> None:
    quota = Fault(0x803381A6, "QuotaLimit", "too many", None, None, None, None)
    action = InvokeMethod(classes.MSFT_TARGET_PORTAL, "New", selectors={}, results=classes.RETURN_VALUE)
    with pytest.raises(WsmanFault):
        invoke(FakeLink(outputs={"New": WsmanFault("the host refused", quota)}), action)


def test_service_methods_have_codes_of_their_own() -> None:
    action = InvokeMethod(classes.SERVICE, "StartService", selectors={"Name": "MSiSCSI"}, results=classes.RETURN_VALUE)
    link = FakeLink(returns=14)
    outcome = invoke(link, action)
    assert link.requests == 1
    assert outcome.status is not None
    assert outcome.status.name == "SERVICE_DISABLED"
    link.returns = None
    assert invoke(link, action) == Outcome(None, "", None)


def test_what_is_only_announced_is_not_done() -> None:
    link = FakeLink()
    with pytest.raises(CannotRender, match=r"port of 10\.10\.1\.11"):
        perform(t.cast("t.Any", link), Announced("iscsicli ...", "port of 10.10.1.11"), 60.0)
    assert link.requests == 0
