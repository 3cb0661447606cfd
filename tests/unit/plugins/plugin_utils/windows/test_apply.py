# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Doing what a step comes down to: what is sent, and what is made of the answer."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._windows import classes, status
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.actions import (
    Announced,
    CannotRender,
    InvokeMethod,
    InvokeOrRun,
    RunCommand,
    RunScript,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.apply import Outcome, perform
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.script import Script
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Command, Completed
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import Fault, WsmanFault
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.masking import Secret
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.values import Struct
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


@pytest.mark.parametrize(
    ("codes", "code", "name", "done"),
    [
        (status.SERVER_MANAGER, 3010, "ERROR_SUCCESS_REBOOT_REQUIRED", True),
        (status.SERVER_MANAGER, 1003, "NO_CHANGES_NEEDED", True),
        (status.SERVER_MANAGER, 1004, "WIZARD_RUNNING", False),
        (status.SERVER_MANAGER, 5, "ERROR_ACCESS_DENIED", False),
        (status.SERVER_MANAGER, 4, "INVALID_ARGUMENT", False),
        (status.SERVER_MANAGER, 110, "INVALID_ANSWER_FILE", False),
        (status.SERVICING, 740, "ERROR_ELEVATION_REQUIRED", False),
        (status.PACKAGE, 1641, "ERROR_SUCCESS_REBOOT_INITIATED", True),
        (status.PACKAGE, 0, "ERROR_SUCCESS", True),
    ],
)
def test_installers_have_codes_of_their_own(codes: t.Any, code: int, name: str, done: bool) -> None:
    link = FakeLink(tools={"reg add x": printed("done"), "start /w x": printed(code=code)})
    action = RunCommand((Command("reg", ("add", "x")), Command("start", ("/w", "x"))), codes)
    found = perform(t.cast("t.Any", link), action, 60.0)
    assert found.exit_code == code
    assert found.status is not None
    assert (found.status.name, found.status.done) == (name, done)


@pytest.mark.parametrize("code", [1, 2, 3, 5, 53, 67, 1326, 9009, 9059])
def test_a_share_is_said_to_need_credentials_that_do_not_travel(code: int) -> None:
    assert "credentials do not travel" in str(status.of_code(code, status.PACKAGE_ON_SHARE))
    assert "CredSSP" in str(status.of_code(code, status.PACKAGE_ON_SHARE))


# --- policies by the methods of the DSM

SET = InvokeMethod(
    classes.DSM_OPERATIONS,
    "DsmSetLoadBalancePolicy",
    {"LoadBalancePolicy": Struct(classes.POLICY_V1, {"Version": 1})},
    selectors={"InstanceName": "MPIO\\x_0"},
    results=classes.DSM_STATUS,
    code="Status",
)
SCRIPT = RunScript(
    Script(arguments=("DSM_LB_Operations.InstanceName='x'", "DsmSetLoadBalancePolicy", "2", "1:0:1:1:0"))
)
SAID = "eva.mpio: the DSM answered, status "


def policy(answer: t.Any, said: Completed | None = None, action: t.Any = None) -> tuple[Outcome, FakeLink]:
    link = FakeLink(outputs={"DsmSetLoadBalancePolicy": answer}, tools={SCRIPT.text: said} if said else {})
    return perform(t.cast("t.Any", link), action or InvokeOrRun(SET, SCRIPT), 60.0), link


def refused(code: int | None, provider: int | None = None, wdm: int | None = None) -> WsmanFault:
    return WsmanFault("the host refused", Fault(code, None, "refused", None, provider, None, wdm))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0, "ERROR_SUCCESS"),
        (0xC000000D, "STATUS_INVALID_PARAMETER"),
        (-1073741637, "STATUS_NOT_SUPPORTED"),
        (0xC0000022, "STATUS_ACCESS_DENIED"),
    ],
)
def test_the_status_of_the_dsm(code: int, name: str) -> None:
    outcome, link = policy({"Status": code})
    assert outcome.exit_code == code & 0xFFFFFFFF
    assert outcome.status is not None
    assert outcome.status.name == name
    assert not link.shell_open, "the host took the argument"


@pytest.mark.parametrize(
    "fault",
    [
        refused(0x80338102, 0xC000000D),
        refused(0xC000000D),
        refused(0x80338102, 0x80041001, 0xC000000D),
    ],
)
def test_a_call_that_fails_with_the_status_of_the_dsm_is_its_answer(fault: WsmanFault) -> None:
    outcome, link = policy(fault)
    assert outcome.exit_code == 0xC000000D
    assert outcome.status is not None
    assert outcome.status.name == "STATUS_INVALID_PARAMETER"
    assert not link.shell_open


@pytest.mark.parametrize("fault", [refused(0x8033803B), refused(0x80338102, 0x80041008), refused(None)])
def test_where_winrm_refuses_the_argument_the_script_does_it(fault: WsmanFault) -> None:
    outcome, link = policy(fault, printed(SAID + "0"))
    assert (outcome.exit_code, outcome.output) == (0, SAID + "0")
    assert link.asked == [SCRIPT.text]
    outcome, _link = policy(fault, printed(SAID + "-1073741811", code=0))
    assert outcome.status is not None
    assert outcome.status.name == "STATUS_INVALID_PARAMETER"


def test_over_ws_management_alone_a_refusal_is_the_answer() -> None:
    outcome, link = policy(refused(0x8033803B), action=SET)
    assert (outcome.exit_code, outcome.status) == (0x8033803B, None)
    assert outcome.output.startswith("the host refused; method_calls: script ")
    assert not link.shell_open


def test_the_script_alone_makes_no_call() -> None:
    outcome, link = policy({"Status": 0}, printed(SAID + "0"), SCRIPT)
    assert outcome.exit_code == 0
    assert not link.invoked


def test_a_script_that_does_not_come_to_its_end_has_no_code() -> None:
    outcome, _link = policy({}, printed("Windows Script Host access is disabled on this machine.", code=0), SCRIPT)
    assert outcome == Outcome(None, "Windows Script Host access is disabled on this machine.", None)


def test_a_spent_quota_is_no_refusal_of_the_argument() -> None:
    with pytest.raises(WsmanFault):
        policy(refused(0x803381A6))


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


def test_what_was_said_of_a_note_is_not_quoted_as_the_setups_answer() -> None:
    note = printed("The operation completed successfully.", "")
    link = FakeLink(tools={"reg add x": note, "start /w x": printed("Windows cannot find 'x'.", "", code=1)})
    outcome = run(link, Command("reg", ("add", "x")), Command("start", ("/w", "x")))
    assert outcome.output == "Windows cannot find 'x'."


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
