# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies of HP's DSM by the administrator's commands; ``evatool`` stands for whatever tool that is."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Host,
    HpLunPolicy,
    HpPolicy,
    Unknown,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps
from ansible_collections.eva.mpio.plugins.plugin_utils._windows import pattern_search
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.actions import (
    Action,
    Announced,
    CannotRender,
    RunCommand,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reader import unread
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import BY_KEY
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.rendering import render
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.ways import Ways
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import scenario
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.answers import FakeLink, printed
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import PLAIN, healthy, read, value

ONE, TWO, THREE = (lun.wwn for lun in scenario.LUNS)
SQST, RR = HpPolicy.SHORTEST_QUEUE_SERVICE_TIME, HpPolicy.ROUND_ROBIN
EACH = Ways(hp_policy_show=("evatool", "show", "lun={wwn}"), hp_policy_pattern=r"policy\s*=\s*(?P<policy>\w+)")
ALL = Ways(hp_policy_show=("evatool", "list"), hp_policy_pattern=r"^(?P<wwn>[0-9a-f:-]+)\s.*\s(?P<policy>[A-Z]+)\s*$")
SET = Ways(hp_policy_set=("evatool", "set", "lun={wwn}", "policy={policy}"))


def vendors(*numbers: int, dsm: str = "HP EVA DSM") -> FakeLink:
    """The host whose LUNs of these numbers belong to a vendor's DSM."""
    link = healthy()
    balances = [dict(one) for one in link.classes["DSM_QueryLBPolicy_V2"]]  # type: ignore[union-attr]
    for number in numbers:
        balances[number]["LoadBalancePolicy"] = {
            "Version": 2,
            "LoadBalancePolicy": 7,
            "DSMPathCount": 0,
            "DSM_Paths": [],
        }
    link.classes["DSM_QueryLBPolicy_V2"] = balances
    [info] = [dict(one) for one in link.classes["MPIO_DISK_INFO"]]  # type: ignore[union-attr]
    info["DriveInfo"] = [
        {**drive, "DsmName": dsm} if number in numbers else drive for number, drive in enumerate(info["DriveInfo"])
    ]
    link.classes["MPIO_DISK_INFO"] = [info]
    return link


def test_one_command_a_lun_in_one_line() -> None:
    link = vendors(0, 1)
    link.tools |= {
        f"evatool show lun={ONE}": printed("LUN", "policy = sqst"),
        f"evatool show lun={TWO}": printed("policy=RR"),
    }
    told = value(read(link, "hp_policies", ways=EACH).hp_policies)
    assert told == (HpLunPolicy(ONE, SQST), HpLunPolicy(TWO, RR))
    assert link.asked[-1] == f"evatool show lun={ONE} & evatool show lun={TWO}"


def test_the_disks_of_microsofts_dsm_are_not_asked_for() -> None:
    link = healthy()
    assert value(read(link, "hp_policies", ways=EACH).hp_policies) == ()
    assert not [asked for asked in link.asked if "evatool" in asked]


def test_disks_of_other_vendors_are_none_of_ours() -> None:
    assert value(read(vendors(0, dsm="IBM SDDDSM"), "hp_policies", ways=EACH).hp_policies) == ()
    assert value(read(vendors(0, dsm="IBM SDDDSM"), "hp_policies").hp_policies) == ()


def test_the_administrator_may_know_the_name() -> None:
    link = vendors(0, 1, dsm="Some DSM")
    link.tools |= {f"evatool show lun={wwn}": printed("policy=RR") for wwn in (ONE, TWO)}
    named = replace(EACH, hp_dsm_name="some dsm")
    assert value(read(link, "hp_policies", ways=named).hp_policies) == (HpLunPolicy(ONE, RR), HpLunPolicy(TWO, RR))
    assert value(read(vendors(0), "hp_policies", ways=named).hp_policies) == ()


def test_one_command_for_all_luns() -> None:
    link = vendors(0, 1, 2)
    separated = "-".join(ONE[index : index + 4] for index in range(0, 32, 4)).lower()
    link.tools["evatool list"] = printed(
        "LUN  POLICY", f"{separated} disk 1  SQST", f"{TWO} disk 2 RR", "F" * 32 + " x NLB"
    )
    told = value(read(link, "hp_policies", ways=ALL).hp_policies)
    assert told == (HpLunPolicy(ONE, SQST), HpLunPolicy(TWO, RR))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("policy = FASTEST", "it printed 'policy = FASTEST'"),
        ("nothing of the kind", "it printed 'nothing of the kind'"),
        ("", "it printed nothing"),
    ],
)
@pytest.mark.parametrize("ways", [EACH, ALL], ids=["each", "all"])
def test_what_is_not_understood_of_any_lun_is_said_once(ways: Ways, text: str, said: str) -> None:
    link = vendors(0, 1)
    link.tools |= {f"evatool show lun={wwn}": printed(text) for wwn in (ONE, TWO)}
    link.tools["evatool list"] = printed(text)
    part = read(link, "hp_policies", ways=ways).hp_policies
    assert part == Unknown(f"hp_policy_pattern finds no policy of a LUN in what evatool shows; {said}")


def test_a_search_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nested repetitions try each way to part the forty letters."""
    monkeypatch.setattr(pattern_search, "SECONDS", 0.5)
    link = vendors(0)
    link.tools[f"evatool show lun={ONE}"] = printed("x" * 40 + "!")
    endless = replace(EACH, hp_policy_pattern=r"(?P<policy>(\w+)+)$")
    part = read(link, "hp_policies", ways=endless).hp_policies
    assert isinstance(part, Unknown)
    assert part.reason.startswith("the search with hp_policy_pattern did not come to an end within 0.5 seconds")


def test_a_search_that_cannot_be_tried_makes_them_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    link = vendors(0)
    link.tools[f"evatool show lun={ONE}"] = printed("policy = RR")
    part = read(link, "hp_policies", ways=EACH).hp_policies
    assert isinstance(part, Unknown)
    assert "Python could not be started for it" in part.reason


def test_text_of_any_language_is_searched() -> None:
    link = vendors(0)
    link.tools[f"evatool show lun={ONE}"] = printed("Richtlinie für Laufwerk\u00a01 \U0001f4bf", "Policy = rr")
    assert value(read(link, "hp_policies", ways=EACH).hp_policies) == (HpLunPolicy(ONE, RR),)


def test_what_is_not_understood_of_one_lun_is_not_known_of_it() -> None:
    link = vendors(0, 1)
    link.tools |= {
        f"evatool show lun={ONE}": printed("policy = 'sqst'"),
        f"evatool show lun={TWO}": printed("policy=RR"),
    }
    assert value(read(link, "hp_policies", ways=EACH).hp_policies) == (HpLunPolicy(TWO, RR),)


@pytest.mark.parametrize(
    ("ways", "command"), [(ALL, "evatool list"), (EACH, f"evatool show lun={ONE}")], ids=["all", "each"]
)
def test_a_tool_that_fails_makes_them_unknown(ways: Ways, command: str) -> None:
    part = read(vendors(0, 1), "hp_policies", ways=ways).hp_policies
    assert isinstance(part, Unknown)
    assert f"{command} ended with exit code 1" in part.reason


def test_without_a_command_they_are_unknown() -> None:
    part = read(vendors(0), "hp_policies").hp_policies
    assert part == Unknown(
        "no public command shows policies of HP's DSM; hp_policy_show and hp_policy_pattern name one"
    )


def test_unknown_disks_make_them_unknown() -> None:
    link = vendors(0)
    del link.classes["MPIO_DISK_INFO"]
    link.tools = {name: text for name, text in link.tools.items() if not name.startswith("mpclaim")}
    part = read(link, "hp_policies", ways=EACH).hp_policies
    assert isinstance(part, Unknown)


@pytest.fixture(scope="module")
def host() -> Host:
    return read(healthy(), *PLAIN)


def rendered(host: Host, wwn: str | None, ways: Ways = SET) -> Action:
    return render(steps.SetHpPolicy(wwn, SQST, reason="x"), host, BY_KEY["2012r2"], ways)


def test_places_are_filled_in(host: Host) -> None:
    action = rendered(host, ONE)
    assert isinstance(action, RunCommand)
    assert action.text == f"evatool set lun={ONE} policy=SQST"
    by_number = Ways(hp_policy_set=("evatool", "/d:{disk}", "{policy}{policy}"))
    assert rendered(host, ONE, by_number).text == "evatool /d:2 SQSTSQST"


def test_a_word_means_nothing_to_the_shell(host: Host) -> None:
    ways = Ways(hp_policy_set=("evatool", "a & shutdown /r", "{wwn}", "{policy}"))
    action = rendered(host, ONE, ways)
    assert isinstance(action, RunCommand)
    assert action.commands[0].line == f'evatool ^"a ^& shutdown /r^" {ONE} SQST'


def test_a_program_whose_path_has_blanks(host: Host) -> None:
    ways = Ways(hp_policy_set=("C:\\Program Files\\HP\\evatool.exe", "{wwn}", "{policy}"))
    assert rendered(host, ONE, ways).text == f'start /b /w "" "C:\\Program Files\\HP\\evatool.exe" {ONE} SQST'


def test_a_lun_that_is_not_there_yet(host: Host) -> None:
    for wwn, missing in ((None, "WWN of each LUN that appears"), (ONE, f"WWN of LUN {ONE}")):
        action = rendered(unread(host.os), wwn)
        assert isinstance(action, Announced)
        assert action.missing == missing


def test_without_a_command_nothing_is_set(host: Host) -> None:
    with pytest.raises(CannotRender, match="hp_policy_set"):
        rendered(host, ONE, Ways())
