# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies of HP's DSM, as the options take them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import HpPolicy
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Desired,
    LunPolicy,
    WantedHpPolicies,
    WantedPolicies,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, hp_policies
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wish.test_policies import (
    ACTION,
    WWN,
    arguments,
    faults_of,
)

SHOW, SET, PATTERN = (
    ["evatool", "show", "{wwn}"],
    ["evatool", "set", "lun={disk}", "policy={policy}"],
    r"(?P<policy>\w+)",
)
COMMANDS: dict[str, t.Any] = {"hp_policy_show": SHOW, "hp_policy_set": SET, "hp_policy_pattern": PATTERN}


def test_policies_of_hps_dsm() -> None:
    faults = Faults()
    given = {"default": "sqst", "60*": "rr", WWN.lower(): "NLB"}
    wanted = hp_policies(arguments(faults, hp_policies=given, **COMMANDS), faults)
    faults.check()
    assert wanted == WantedHpPolicies(
        HpPolicy.SHORTEST_QUEUE_SERVICE_TIME,
        {WWN: HpPolicy.NO_LOAD_BALANCE},
        (("60*", HpPolicy.ROUND_ROBIN),),
    )
    assert hp_policies(arguments(faults), faults) is None


def test_the_module_wishes_for_one_dsm() -> None:
    faults = Faults()
    plugin = object.__new__(ACTION.ActionModule)
    hps = plugin.wish(arguments(faults, hp_policies={"default": "rr"}, **COMMANDS), faults)
    assert hps == Desired(hp_policies=WantedHpPolicies(HpPolicy.ROUND_ROBIN))
    microsofts = plugin.wish(arguments(faults, lun_policies={"default": "clear"}), faults)
    assert microsofts == Desired(policies=WantedPolicies(LunPolicy(None)))
    faults.check()


def with_commands(**other: t.Any) -> dict[str, t.Any]:
    return {"hp_policies": {"default": "rr"}, **COMMANDS, **other}


BAD_HP: dict[str, tuple[dict[str, t.Any], str]] = {
    "no-policy": (with_commands(hp_policies={"default": "foo"}), "'foo' is no policy of HP's DSM; known are rr, sqst"),
    "microsofts-policy": (with_commands(hp_policies={"default": "round_robin"}), "is no policy of HP's DSM"),
    "no-text": (with_commands(hp_policies={"default": 1}), "1 is no policy of HP's DSM"),
    "no-wwn": (with_commands(hp_policies={"x": "rr"}), "'x' is no WWN"),
    "no-commands": (
        {"hp_policies": {"default": "rr"}},
        "hp_policy_show, hp_policy_set, hp_policy_pattern must be given too",
    ),
    "no-set": (with_commands(hp_policy_set=[]), "hp_policies: hp_policy_set must be given too"),
    "template-left": (with_commands(hp_policy_show=["evatool", "{{ wwn }}"]), "is a template that was not filled in"),
    "unknown-place": (with_commands(hp_policy_show=["evatool", "{lun}"]), "nothing is filled in for {lun}"),
    "policy-in-show": (
        with_commands(hp_policy_show=["evatool", "{wwn}", "{policy}"]),
        "nothing is filled in for {policy}; known are {wwn}, {disk}",
    ),
    "percent-sign": (with_commands(hp_policy_show=["evatool", "%PATH%", "{wwn}"]), "holds a percent sign"),
    "empty-word": (with_commands(hp_policy_show=["evatool", "", "{wwn}"]), "'' is empty"),
    "place-as-program": (with_commands(hp_policy_set=["{wwn}", "{policy}"]), "is no program"),
    "line-as-program": (with_commands(hp_policy_set=["a & b", "{wwn}", "{policy}"]), "'a & b' is no program"),
    "set-without-policy": (with_commands(hp_policy_set=["evatool", "{wwn}"]), "no word of it has the place {policy}"),
    "set-without-lun": (
        with_commands(hp_policy_set=["evatool", "{policy}"]),
        "no word of it has the place {wwn} or {disk}",
    ),
    "too-long": (with_commands(hp_policy_show=["evatool", "{wwn}", "x" * 3000]), "more than 2000 characters"),
    "no-expression": (with_commands(hp_policy_pattern="(?P<policy>"), "is no regular expression"),
    "endless-expression": (with_commands(hp_policy_pattern="a{99999999999}"), "is no regular expression"),
    "no-group": (with_commands(hp_policy_pattern=r"\w+"), "it has no group policy"),
    "luns-not-told-apart": (
        with_commands(hp_policy_show=["evatool", "list"]),
        "the expression needs a group wwn to tell them apart",
    ),
    "both-dsms": (with_commands(lun_policies={"default": "clear"}), "one DSM owns a disk, and lun_policies is for"),
}


@pytest.mark.parametrize(("given", "text"), BAD_HP.values(), ids=BAD_HP.keys())
def test_bad_policies_of_hps_dsm(given: dict[str, t.Any], text: str) -> None:
    assert any(text in fault for fault in faults_of(**given)), faults_of(**given)
