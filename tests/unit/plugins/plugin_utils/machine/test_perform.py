# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying steps out: what the host says becomes an answer, and what it does not say as well."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils import _machine
from ansible_collections.eva.mpio.plugins.plugin_utils._machine import RestartLimits, WindowsMachine
from ansible_collections.eva.mpio.plugins.plugin_utils._model import HpPolicy, TargetPortal
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Answer
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Side
from ansible_collections.eva.mpio.plugins.plugin_utils._windows import status
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.apply import Outcome
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reader import unread
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import CannotSend, TimedOut
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.machine.test_restart import SYSTEM, FakeLink

HERE, NIC = TargetPortal(IPv4Address("10.10.1.21")), IPv4Address("10.10.1.11")
LOGIN = s.Login(NIC, HERE, "iqn.1986-03.com.hp:eva01", reason="test")
PORTAL = s.AddDiscoveryPortal(HERE, NIC, reason="test")
START = s.StartService("MSiSCSI", reason="test")


def answer_to(monkeypatch: pytest.MonkeyPatch, step: s.Step, said: Outcome | Exception) -> tuple[Answer, list[float]]:
    """Return what the engine hears of a step, and how long its commands might take."""
    allowed: list[float] = []

    def perform(_link: Any, _action: Any, deadline: float, _pause: Any) -> Outcome:
        allowed.append(deadline)
        if isinstance(said, Exception):
            raise said
        return said

    monkeypatch.setattr(_machine, "perform", perform)
    monkeypatch.setattr(_machine, "render", lambda *_arguments: None)
    doing = WindowsMachine(FakeLink(), RestartLimits())  # type: ignore[arg-type]
    [answer] = doing.perform([step], unread(SYSTEM))
    return answer, allowed


def of_code(code: int) -> Outcome:
    return Outcome(code, "", status.of_code(code, status.INITIATOR))


def test_what_cannot_be_sent_fails_the_step_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    old = replace(SYSTEM, build=3790, service_pack=2)

    def refuse(*_arguments: Any) -> None:
        raise CannotSend("A percent sign cannot be handed to a program.")

    monkeypatch.setattr(_machine, "perform", refuse)
    doing = WindowsMachine(FakeLink(), RestartLimits())  # type: ignore[arg-type]
    [answer] = doing.perform([s.InstallInitiator("%TEMP%\\i.exe", (), reason="test")], unread(old))
    assert answer.text == "A percent sign cannot be handed to a program."


@pytest.mark.parametrize("step", [LOGIN, PORTAL], ids=["login", "portal"])
def test_a_portal_that_never_answers_costs_its_path_and_not_the_run(monkeypatch: pytest.MonkeyPatch, step: Any) -> None:
    answer, allowed = answer_to(monkeypatch, step, TimedOut("win1: the time allowed is over."))
    assert answer == Answer("win1: the time allowed is over.", Side.NETWORK, refused=True, unreachable=True)
    assert allowed == [60.0]


def test_what_asks_no_portal_and_never_ends_breaks_the_run_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TimedOut):
        answer_to(monkeypatch, START, TimedOut("win1: the time allowed is over."))


@pytest.mark.parametrize(
    ("code", "retry", "refused", "unreachable"),
    [
        (0xEFFF0003, False, True, True),
        (0xEFFF0009, False, True, False),
        (0xEFFF001F, True, True, False),
        (0xEFFF0040, True, True, False),
        (0, False, False, False),
    ],
    ids=["connection-failed", "authentication", "busy", "in-use", "done"],
)
def test_a_code_says_whether_to_try_again_and_whether_anything_answered(
    monkeypatch: pytest.MonkeyPatch, code: int, retry: bool, refused: bool, unreachable: bool
) -> None:
    answer, _allowed = answer_to(monkeypatch, LOGIN, of_code(code))
    assert (answer.retry, answer.refused, answer.unreachable) == (retry, refused, unreachable)


def test_a_code_that_no_table_has_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, _allowed = answer_to(monkeypatch, LOGIN, Outcome(77, "it said so", None))
    assert "code 77 (0x0000004D)" in answer.text
    assert "it said so" in answer.text
    assert answer.refused


@pytest.mark.parametrize(("printed", "said"), [("LUN not found", "LUN not found"), ("", "nothing")])
def test_of_a_tool_of_the_administrators_both_commands_may_be_wrong(
    monkeypatch: pytest.MonkeyPatch, printed: str, said: str
) -> None:
    """Its answer is looked at only where the policy read afterwards is as before."""
    step = s.SetHpPolicy("6" * 32, HpPolicy.ROUND_ROBIN, reason="test")
    answer, _allowed = answer_to(monkeypatch, step, Outcome(0, printed, None))
    assert answer.text == (
        f"hp_policy_set ended with code 0 (0x00000000), it said: {said}; hp_policy_show tells another policy still, so"
        " look at both commands and at hp_policy_pattern"
    )


@pytest.mark.parametrize(
    "step",
    [
        s.EnableFeature(reason="test"),
        s.InstallInitiator("D:\\i.exe", (), reason="test"),
        s.InstallDsm("D:\\hp.exe", (), reason="test"),
        s.RemoveDsm("D:\\hp.exe", (), reason="test"),
        s.UnclaimHardware(("HP      HSV340          ",), reason="test"),
    ],
    ids=lambda step: type(step).__name__,
)
def test_what_installs_or_removes_has_its_time(monkeypatch: pytest.MonkeyPatch, step: s.Step) -> None:
    _answer, allowed = answer_to(monkeypatch, step, of_code(0))
    assert allowed == [1800.0]
