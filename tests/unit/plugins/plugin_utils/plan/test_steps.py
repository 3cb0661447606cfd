# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps: what they say, what they compare, and which rule covers which step."""

from __future__ import annotations

import typing as t
from ipaddress import IPv4Address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    PARTS,
    Chap,
    DiscoveryPortal,
    HpPolicy,
    Path,
    PersistentLogin,
    Policy,
    SessionId,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import (
    Finding,
    Memory,
    Planned,
    Severity,
    Side,
    assemble,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import portal

NIC, OTHER_NIC = IPv4Address("10.10.1.11"), IPv4Address("10.10.2.11")
HERE, THERE = portal("10.10.1.21"), portal("10.10.1.22")
TARGET = "iqn.1986-03.com.hp:eva01.a"
CHAP = Chap("user", "secretsecret1")
LOGIN = PersistentLogin(TARGET, HERE, None, 0, False, False, None)


def login(target: str | None = TARGET, nic: IPv4Address = NIC, chap: Chap | None = None) -> s.Login:
    return s.Login(nic, HERE, target, chap, reason="why")


EVERY_STEP: list[s.Step] = [
    s.InstallInitiator("C:\\initiator.exe", ("/quiet",), reason="why"),
    s.SetServiceStart("MSiSCSI", reason="why"),
    s.StartService("MSiSCSI", reason="why"),
    s.SetNodeName("iqn.2003-10.com.example:db1", reason="why"),
    s.SetInitiatorSecret("topsecrettop", reason="why"),
    s.EnableFeature(reason="why"),
    s.ClaimHardware(("HP      HSV340          ",), reason="why"),
    s.ListHardware(("HP      HSV340          ",), reason="why"),
    s.UnclaimHardware(("HP      HSV340          ",), reason="why"),
    s.InstallDsm("C:\\hpdsm.exe", ("/quiet",), reason="why"),
    s.RemoveDsm("C:\\remove.exe", (), reason="why"),
    s.BeginChange(reason="why"),
    s.EndChange(True, reason="why"),
    s.TakeDiskOffline("6001438005DE00000000400000000000", reason="why"),
    s.BringDiskOnline("6001438005DE00000000400000000000", reason="why"),
    s.LeaveToCluster("6001438005DE00000000400000000000", reason="why"),
    s.SetDefaultPolicy(None, Policy.LEAST_BLOCKS, reason="why"),
    s.SetHpPolicy(None, HpPolicy.NO_LOAD_BALANCE, reason="why"),
    s.Reboot(reason="why"),
    s.AddDiscoveryPortal(HERE, NIC, reason="why"),
    s.RefreshTargets(reason="why"),
    login(chap=CHAP),
    s.StoreLogin(NIC, HERE, None, CHAP, reason="why"),
    s.ReplaceLogin(NIC, HERE, TARGET, CHAP, wrong=LOGIN, reason="why"),
    s.ForgetLogin(NIC, HERE, TARGET, CHAP, login=LOGIN, reason="why"),
    s.Logout(SessionId(1, 2), TARGET, surplus=True, reason="why"),
    s.AddIsnsServer("isns1", reason="why"),
    s.RemoveIsnsServer("isns2", reason="why"),
    s.RescanDisks(reason="why"),
    s.BindVolumes(("E:", "F:"), reason="why"),
    s.SetServiceDependencies("MSSQLSERVER", ("RPCSS", "MSiSCSI"), reason="why"),
    s.SetNewDiskPolicy(reason="why"),
    s.SetSetting("pdo_remove_period", 60, reason="why"),
    s.RenewLogin(NIC, HERE, TARGET, CHAP, reason="why"),
    s.RemoveLogin(LOGIN, 0, CHAP, reason="why"),
    s.RemoveDiscoveryPortal(DiscoveryPortal(HERE, None, 0), reason="why"),
    s.RenewDiscoveryPortal(HERE, NIC, CHAP, reason="why"),
    s.SetPolicy(None, Policy.ROUND_ROBIN, reason="why"),
]


def all_steps(base: type[s.Step] = s.Step) -> set[type[s.Step]]:
    return {base, *(one for child in base.__subclasses__() for one in all_steps(child))}


def test_every_kind_is_here() -> None:
    assert {type(step) for step in EVERY_STEP} == all_steps() - {s.Step, s.PathStep, s.RunDsmProgram}


@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: type(step).__name__)
def test_a_step_says_what_it_changes_and_keeps_secrets(step: s.Step) -> None:
    assert step.summary == f"{step.subject}: {step.becomes}"
    assert set(step.changes) <= set(PARTS)
    for text in (repr(step), str(step), step.summary, step.subject):
        assert "secrettop" not in text
        assert "secretsecret" not in text
    assert s.covers(step, step)


@pytest.mark.parametrize(
    ("announced", "real", "covered"),
    [
        (login(None), login(), True),
        (login(), login(None), False),
        (login(None), login(nic=OTHER_NIC), False),
        (login(None), s.StoreLogin(NIC, HERE, TARGET, reason=""), False),
        (login(None), login(chap=CHAP), False),
        (login("iqn.other"), login(), False),
        (
            s.ReplaceLogin(NIC, HERE, None, reason=""),
            s.ReplaceLogin(NIC, HERE, TARGET, None, wrong=LOGIN, reason=""),
            True,
        ),
        (
            s.ReplaceLogin(NIC, THERE, None, reason=""),
            s.ReplaceLogin(NIC, HERE, TARGET, None, wrong=LOGIN, reason=""),
            False,
        ),
        (s.SetPolicy(None, Policy.ROUND_ROBIN, reason=""), s.SetPolicy("AB", Policy.ROUND_ROBIN, reason=""), True),
        (s.SetPolicy(None, Policy.ROUND_ROBIN, reason=""), s.SetPolicy("AB", Policy.LEAST_BLOCKS, reason=""), False),
        (s.SetPolicy("AB", Policy.ROUND_ROBIN, reason=""), s.SetPolicy("AC", Policy.ROUND_ROBIN, reason=""), False),
        (s.Reboot(reason="a"), s.Reboot(reason="b"), True),
        (s.SetInitiatorSecret("one", reason=""), s.SetInitiatorSecret("two", reason=""), True),
    ],
)
def test_covers(announced: s.Step, real: s.Step, covered: bool) -> None:
    assert s.covers(announced, real) is covered


@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: type(step).__name__)
def test_a_step_that_removes_says_how_much(step: s.Step) -> None:
    removals = (s.RemoveLogin, s.Logout, s.RemoveDiscoveryPortal)
    assert step.removes == (1 if isinstance(step, removals) else 0)
    if isinstance(step, removals):
        assert step.phase is s.Phase.REMOVE


def test_a_session_that_has_a_successor_is_not_counted_as_removed() -> None:
    assert s.Logout(SessionId(1, 2), TARGET, reason="why").removes == 0


def test_a_rule_has_no_path() -> None:
    assert [s.is_rule(step) for step in (login(None), login(), EVERY_STEP[-1], s.Reboot(reason=""))] == [
        True,
        False,
        True,
        False,
    ]
    assert login().path == Path(NIC, HERE, TARGET)
    with pytest.raises(ValueError, match="a rule has no path"):
        _unused = login(None).path


def test_reasons_take_no_part_in_comparisons() -> None:
    assert s.RefreshTargets(reason="one") == s.RefreshTargets(reason="two", was="x")
    assert hash(s.RefreshTargets(reason="one")) == hash(s.RefreshTargets(reason="two"))


PROBLEM = Finding(Severity.PROBLEM, Side.HOST, "here", "it did not work")


def test_a_plan_holds_each_step_once_and_ready_stands_for_waiting() -> None:
    refresh = s.RefreshTargets(reason="")
    plan = assemble([Planned(refresh, "later"), Planned(login()), Planned(refresh), Planned(refresh, "x")], Memory())
    assert [(item.step, item.after) for item in plan.steps] == [(login(), None), (refresh, None)]


@pytest.mark.parametrize(
    ("memory", "again", "steps", "findings"),
    [
        (Memory(), False, 1, ()),
        (Memory(done=frozenset({login()})), False, 0, ()),
        (Memory(failed={login(): PROBLEM}), False, 0, (PROBLEM,)),
        (Memory(failed={login(): PROBLEM}), True, 1, ()),
        (Memory(done=frozenset({login()}), failed={login(): PROBLEM}), False, 0, (PROBLEM,)),
    ],
)
def test_what_was_tried_is_not_planned_again(memory: Memory, again: bool, steps: int, findings: t.Any) -> None:
    plan = assemble([Planned(login(), None, again)], memory)
    assert (len(plan.steps), plan.findings) == (steps, findings)


def test_a_finding_is_said_once() -> None:
    assert assemble([PROBLEM, PROBLEM], Memory()).findings == (PROBLEM,)
