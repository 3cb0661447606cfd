# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Targets as iscsicli tells of them: by form and numbers, and refused where a number does not come out right."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Known, Unknown
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.text import targets
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.text.lines import NotUnderstood
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import answers, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import healthy, read, value
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.scenario import PORTALS, TARGET

OTHER = "iqn.1986-03.com.hp:fcgw.mpx200.other"
WAY = texts.mechanism("10.10.1.21")


@pytest.fixture
def link() -> answers.FakeLink:
    found = healthy()
    found.classes["MSiSCSIInitiator_TargetClass"] = answers.fault()
    return found


def info(name: str, way: str = "") -> str:
    return f"iscsicli TargetInfo {name}" + (f' "{way}"' if way else "")


# --- the text


def test_portal_groups_are_put_together() -> None:
    text = texts.target_groups(WAY, ("10.10.1.21 3260", "fd00::21 3260"), ("10.10.2.21 3261",)).stdout
    assert [str(portal) for portal in targets.portals(TARGET, text)] == [
        *("10.10.1.21:3260", "[fd00::21]:3260", "10.10.2.21:3261")
    ]


def test_a_portal_with_a_host_name_counts_and_is_left_out() -> None:
    text = texts.target_groups(WAY, ("eva01.example.com 3260", "10.10.2.21 3260")).stdout
    assert [str(portal) for portal in targets.portals(TARGET, text)] == ["10.10.2.21:3260"]


def test_an_empty_list_of_groups_is_empty() -> None:
    assert targets.portals(TARGET, texts.target_groups(WAY, alias="store 1").stdout) == ()


def test_an_alias_that_looks_like_a_number_or_an_address_is_an_alias() -> None:
    for alias in ("2 kitchens", "10.10.9.9 3260", "iqn: 3"):
        text = texts.target_groups(WAY, ("10.10.1.21 3260",), alias=alias).stdout
        assert [str(portal) for portal in targets.portals(TARGET, text)] == ["10.10.1.21:3260"]


def test_labels_do_not_matter() -> None:
    text = texts.target_groups(WAY, ("10.10.1.21 3260", "10.10.2.21 3260")).stdout
    words = {"Group 0 has 2 portals": "组 0 有 2 个门户", "2 portal groups": "1 个门户组", "Address and Socket": "地址"}
    for label in ("PortalGroups", "Target Alias", "Protocol Type", "Discovery Mechanisms", "Symbolic Name"):
        words[label] = "目标"
    words["Get Target information for"] = "获取目标信息"
    other = text
    for english, chinese in words.items():
        other = other.replace(english, chinese)
    assert other != text
    assert targets.portals(TARGET, other) == targets.portals(TARGET, text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Group 0 has 2 portals", "Group 0 has 3 portals"),
        ("Group 0 has 2 portals", "Group 0"),
        ("1 portal groups", "2 portal groups"),
        ("1 portal groups", "Failed"),
        ("10.10.2.21 3260", "10.10.2.21"),
        (TARGET, OTHER),
        ("Microsoft iSCSI Initiator", "Something"),
    ],
)
def test_what_does_not_add_up_is_refused(old: str, new: str) -> None:
    text = texts.target_groups(WAY, ("10.10.1.21 3260", "10.10.2.21 3260")).stdout
    assert old in text
    with pytest.raises(NotUnderstood):
        targets.portals(TARGET, text.replace(old, new))


def test_a_list_of_groups_that_failed_is_not_empty() -> None:
    text = texts.target_groups(WAY).stdout.replace("<This List Is Empty>", "The target name is not found. ")
    with pytest.raises(NotUnderstood):
        targets.portals(TARGET, text)


def test_ways_of_discovery() -> None:
    text = texts.target_ways(*PORTALS).stdout
    assert targets.mechanisms(TARGET, text) == tuple(texts.mechanism(portal) for portal in PORTALS)
    assert targets.mechanisms(TARGET.upper(), texts.target_ways().stdout) == ()


@pytest.mark.parametrize(
    "text",
    [
        # What the tool prints of a target that is gone meanwhile.
        answers.printed(
            *texts.BANNER, f"Get Target information for {TARGET} discovered by <all mechanisms>", "x"
        ).stdout,
        texts.target_ways("10.10.1.21", name=OTHER).stdout,
        texts.target_ways("10.10.1.21").stdout.replace('"', ""),
        texts.target_ways().stdout.replace("<This List is Empty>", ""),
        "",
    ],
)
def test_ways_that_are_not_told_are_not_none(text: str) -> None:
    with pytest.raises(NotUnderstood):
        targets.mechanisms(TARGET, text)


def test_names() -> None:
    assert targets.names(texts.target_list(TARGET, OTHER, TARGET).stdout) == (TARGET, OTHER)
    assert targets.names(answers.printed(*texts.BANNER, "Targets List:", texts.SUCCESS).stdout) == ()
    assert targets.names(answers.printed(*texts.BANNER, texts.SUCCESS).stdout) == ()
    with pytest.raises(NotUnderstood):
        targets.names(answers.printed(*texts.BANNER, "iscsicli", "", "    iscsicli AddTarget <name>", "x").stdout)


# --- the reading


def test_three_lines_tell_it_all(link: answers.FakeLink) -> None:
    assert value(read(link, "targets").targets)
    lines = [line for line in link.asked if line.startswith("iscsicli")]
    assert len(lines) == 3
    assert lines[2].count(" & ") == len(PORTALS) - 1


def test_targets_differ_in_what_told_of_them(link: answers.FakeLink) -> None:
    link.tools["iscsicli ListTargets"] = texts.target_list(TARGET, OTHER)
    link.tools[info(OTHER)] = texts.target_ways("10.10.1.21", name=OTHER)
    link.tools[info(OTHER, WAY)] = texts.target_groups(WAY, name=OTHER)
    first, second = value(read(link, "targets").targets)
    assert [str(portal.address) for portal in first.portals] == list(PORTALS)
    assert (second.portals, [str(one.address) for one in second.discovered_through]) == ((), ["10.10.1.21"])


def test_a_typed_in_target_has_no_discovery_portal(link: answers.FakeLink) -> None:
    way = "AddTarget"
    link.tools[info(TARGET)] = answers.printed(
        *texts.BANNER, f"Get Target information for {TARGET} discovered by x", "    Ways :", f'      "{way}"', "done"
    )
    link.tools[f"iscsicli TargetInfo {TARGET} {way}"] = texts.target_groups(way, ("10.10.1.21 3260",))
    (target,) = value(read(link, "targets").targets)
    assert ([str(portal) for portal in target.portals], target.discovered_through) == (["10.10.1.21:3260"], ())


def test_no_target_is_no_target(link: answers.FakeLink) -> None:
    link.tools["iscsicli ListTargets"] = answers.printed(*texts.BANNER, "Targets List:", texts.SUCCESS)
    assert read(link, "targets").targets == Known((), "iscsicli")


def test_many_targets_take_more_lines_than_one(link: answers.FakeLink) -> None:
    names = [f"{OTHER}.{'0' * 100}.{number}" for number in range(60)]
    link.tools["iscsicli ListTargets"] = texts.target_list(*names)
    for name in names:
        link.tools[info(name)] = texts.target_ways("10.10.1.21", name=name)
        link.tools[info(name, WAY)] = texts.target_groups(WAY, ("10.10.1.21 3260",), name=name)
    found = value(read(link, "targets").targets)
    assert [target.name for target in found] == names
    assert all(len(line) <= 8000 for line in link.asked)
    assert len([line for line in link.asked if line.startswith("iscsicli")]) > 3


@pytest.mark.parametrize("lost", ["iscsicli ListTargets", info(TARGET), info(TARGET, texts.mechanism("10.10.2.22"))])
def test_what_the_tool_does_not_tell_is_unknown(link: answers.FakeLink, lost: str) -> None:
    assert lost in link.tools
    link.tools[lost] = answers.printed("The Microsoft iSCSI Initiator Service is not running. ", code=0xEFFF003E)
    part = read(link, "targets").targets
    assert isinstance(part, Unknown)
    assert "MSiSCSIInitiator_TargetClass" in part.reason
    assert "iscsicli" in part.reason


def test_a_name_that_cmd_cannot_hand_on_is_unknown(link: answers.FakeLink) -> None:
    link.tools["iscsicli ListTargets"] = texts.target_list("iqn.1986-03.com.hp:50%TEMP%")
    part = read(link, "targets").targets
    assert isinstance(part, Unknown)
    assert "percent sign" in part.reason
