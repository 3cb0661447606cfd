# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies of both DSMs, as the options take them."""

from __future__ import annotations

import typing as t
from ipaddress import ip_address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import PathState, Policy, TargetPortal
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    LunPolicy,
    Place,
    WantedPath,
    WantedPolicies,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import (
    BadWish,
    Faults,
    policies,
    read_arguments,
)
from ansible_collections.eva.mpio.tests.unit import contract

ACTION = contract.action_module("lun_policy")
WWN = "6001438005DE2B6A0000400000B10000"
FOO, RR, SUBSET, WEIGHTED = (
    Policy.FAILOVER_ONLY,
    Policy.ROUND_ROBIN,
    Policy.ROUND_ROBIN_WITH_SUBSET,
    Policy.WEIGHTED_PATHS,
)
P6300 = f"{'HP':8}{'HSV340':16}"
NIC, PORTAL = ip_address("10.10.1.11"), TargetPortal(ip_address("10.10.1.21"))
AO, STANDBY = PathState.ACTIVE_OPTIMIZED, PathState.STANDBY


def arguments(faults: Faults, **given: t.Any) -> dict[str, t.Any]:
    return read_arguments(ACTION.ARGUMENT_SPEC, given, faults)


def read(**given: t.Any) -> WantedPolicies:
    faults = Faults()
    wanted = policies(arguments(faults, **given), faults)
    faults.check()
    return wanted


def faults_of(**given: t.Any) -> tuple[str, ...]:
    """What the module finds wrong, all at once."""
    faults = Faults()
    object.__new__(ACTION.ActionModule).wish(arguments(faults, **given), faults)
    with pytest.raises(BadWish) as caught:
        faults.check()
    return caught.value.faults


def test_policies_by_wwn_and_default() -> None:
    wanted = read(lun_policies={"default": "round_robin_with_subset", WWN: "failover_only"})
    assert wanted == WantedPolicies(LunPolicy(SUBSET), {WWN: LunPolicy(FOO)})
    assert (wanted.of(WWN), wanted.of("0" * 32)) == (LunPolicy(FOO), LunPolicy(SUBSET))
    assert read() == WantedPolicies()


@pytest.mark.parametrize(
    "notation",
    [
        WWN,
        WWN.lower(),
        "0x" + WWN,
        "naa." + WWN.lower(),
        "6001-4380-05de-2b6a-0000-4000-00b1-0000",
        ":".join(["60014380", WWN[8:]]),
        f" {WWN} ",
    ],
)
def test_a_wwn_in_any_notation(notation: str) -> None:
    assert list(read(lun_policies={notation: "clear"}).by_wwn) == [WWN]


@pytest.mark.parametrize(
    ("given", "said"), [(WWN[:-1], "and there are 31"), (f"O{WWN[1:]}", "and 'O' is none"), ("", "and there are 0")]
)
def test_what_is_wrong_with_a_wwn_is_said(given: str, said: str) -> None:
    (fault,) = faults_of(lun_policies={given: "clear"})
    assert fault.endswith(said)


def test_a_wwn_before_the_first_pattern_before_the_default() -> None:
    wanted = read(
        lun_policies={"6001-4380-05*": "clear", "*": "round_robin", WWN: "failover_only", "default": "least_blocks"}
    )
    assert wanted.by_pattern == (("6001438005*", LunPolicy(None)), ("*", LunPolicy(RR)))
    assert wanted.of(WWN) == LunPolicy(FOO)
    assert wanted.of("6001438005" + "0" * 22) == LunPolicy(None)
    assert wanted.of("F" * 32) == LunPolicy(RR)


@pytest.mark.parametrize(
    ("pattern", "read_as"),
    [
        ("6001-43[0-8]?-*", "600143[0-8]?*"),
        ("0x6001*", "6001*"),
        ("naa.6001*", "6001*"),
        ("60:01*[!a-f]", "6001*[!A-F]"),
        ("????", "????"),
    ],
)
def test_patterns(pattern: str, read_as: str) -> None:
    assert [name for name, _policy in read(lun_policies={pattern: "round_robin"}).by_pattern] == [read_as]


def test_preferred_path_states_and_weights() -> None:
    wanted = read(
        lun_policies={
            "default": {"policy": "failover_only", "preferred": {"nic": "10.10.1.11", "portal": "10.10.1.21:3260"}},
            "1" * 32: {
                "policy": "round_robin_with_subset",
                "paths": [
                    {"controller": "target port group 1", "state": "active"},
                    {"portal": "[fd00::21]:3261", "state": "standby"},
                ],
            },
            "2" * 32: {"policy": "weighted_paths", "paths": [{"nic": "10.10.1.11", "weight": "25"}]},
            "3" * 32: {"policy": "round_robin"},
        }
    )
    assert wanted.default == LunPolicy(FOO, Place(NIC, PORTAL))
    ipv6 = Place(portal=TargetPortal(ip_address("fd00::21"), 3261))
    group = Place(controller="target port group 1")
    assert wanted.by_wwn == {
        "1" * 32: LunPolicy(SUBSET, None, (WantedPath(group, AO), WantedPath(ipv6, STANDBY))),
        "2" * 32: LunPolicy(WEIGHTED, None, (WantedPath(Place(NIC), weight=25),)),
        "3" * 32: LunPolicy(RR),
    }


@pytest.mark.parametrize(
    ("portals", "known"),
    [
        (["10.10.1.21", {"address": "10.10.1.22", "controller": "B"}], True),
        ([{"address": "10.10.1.22", "controller": "A"}, {"address": "10.10.1.23"}], False),
        ("10.10.1.22", False),
    ],
)
def test_controllers_are_those_of_declared_portals(portals: t.Any, known: bool) -> None:
    wished = {"default": {"policy": "failover_only", "preferred": {"controller": "B"}}}
    faults = Faults()
    given = arguments(faults, lun_policies=wished) | {"arrays": [{"name": "eva01", "portals": portals}]}
    assert policies(given, faults).default == LunPolicy(FOO, Place(controller="B"))
    if known:
        faults.check()
    else:
        with pytest.raises(
            BadWish, match="no portal is declared to be one of controller B; controllers are those that"
        ):
            faults.check()


def test_a_module_without_arrays_names_the_one_that_has_them() -> None:
    (fault,) = faults_of(lun_policies={"default": {"policy": "failover_only", "preferred": {"controller": "B"}}})
    assert fault.endswith("this module has no arrays that declare controllers: use eva.mpio.host, or name the portal")


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        ({"lun_policies": {"default": "least_queue_depth"}}, "round_robin_with_subset"),
        ({"dsm_policy": "least_queue_depth"}, "round_robin"),
    ],
)
def test_another_policy_is_named_instead_of_least_queue_depth(given: dict[str, t.Any], instead: str) -> None:
    (fault,) = faults_of(**given)
    assert f"; use {instead}, or set allow_least_queue_depth" in fault


def test_defaults_of_the_dsm() -> None:
    wanted = read(
        hardware_id_policies={"P6300": "round_robin", "HSV300": "clear", "IBM     2145": "least_blocks"},
        dsm_policy="least_blocks",
    )
    assert wanted.by_hardware_id == {
        P6300: RR,
        f"{'HP':8}{'HSV300':16}": None,
        f"{'IBM':8}{'2145':16}": Policy.LEAST_BLOCKS,
    }
    assert (wanted.overall, wanted.no_overall) == (Policy.LEAST_BLOCKS, False)
    cleared = read(dsm_policy="clear")
    assert (cleared.overall, cleared.no_overall) == (None, True)


def test_least_queue_depth_is_a_decision() -> None:
    wanted = read(
        allow_least_queue_depth=True,
        dsm_policy="least_queue_depth",
        lun_policies={"default": "least_queue_depth"},
        hardware_id_policies={"P6300": "least_queue_depth"},
    )
    depth = Policy.LEAST_QUEUE_DEPTH
    assert (wanted.default, wanted.overall, wanted.by_hardware_id) == (LunPolicy(depth), depth, {P6300: depth})


def of_paths(policy: str, *paths: t.Any, **other: t.Any) -> dict[str, t.Any]:
    return {"lun_policies": {"default": {"policy": policy, "paths": list(paths), **other}}}


BAD: dict[str, tuple[dict[str, t.Any], str]] = {
    "L-26-least-queue-depth": (
        {"lun_policies": {"default": "least_queue_depth"}},
        "is not supported by MPIO on EVA through iSCSI",
    ),
    "L-26-as-default-of-an-id": ({"hardware_id_policies": {"P6300": "least_queue_depth"}}, "is not supported by MPIO"),
    "L-26-as-default-of-the-dsm": (
        {"dsm_policy": "least_queue_depth"},
        "dsm_policy: least_queue_depth is not supported",
    ),
    "vendor": (
        {"lun_policies": {"default": "vendor_specific"}},
        "'vendor_specific' is no load-balance policy; known are failover_only",
    ),
    "number": ({"lun_policies": {"default": 2}}, "2 is no load-balance policy"),
    "none": ({"lun_policies": {"default": None}}, "None is no load-balance policy"),
    "list": ({"lun_policies": {"default": ["round_robin"]}}, "is no load-balance policy"),
    "template": ({"lun_policies": {"default": "{{ policy }}"}}, "is no load-balance policy"),
    "no-wwn": ({"lun_policies": {"Default": "round_robin"}}, "'Default' is no WWN"),
    "disk-number": ({"lun_policies": {3: "round_robin"}}, "'3' is no WWN"),
    "twice": (
        {"lun_policies": {WWN: "round_robin", WWN.lower(): "failover_only"}},
        f"LUN {WWN} is given twice",
    ),
    "pattern-twice": ({"lun_policies": {"60-*": "clear", "60*": "clear"}}, "pattern 60* is given twice"),
    "no-pattern": ({"lun_policies": {"eva*": "clear"}}, "'eva*' is no pattern of WWNs"),
    "open-set": ({"lun_policies": {"6[0-": "clear"}}, "'6[0-' is no pattern of WWNs"),
    "mapping-without-policy": ({"lun_policies": {"default": {"paths": []}}}, "it needs a policy"),
    "unknown-key": (of_paths("round_robin", path=1), "unknown key 'path'; known are policy, preferred, paths"),
    "preferred-of-another-policy": (
        of_paths("round_robin", preferred={"nic": "10.10.1.11"}),
        "only failover_only prefers a path",
    ),
    "preferred-of-clear": (of_paths("clear", preferred={"nic": "10.10.1.11"}), "only failover_only prefers a path"),
    "preferred-is-no-place": (of_paths("failover_only", preferred="10.10.1.11"), "is no mapping with nic, portal"),
    "controller-of-no-portal": (
        of_paths("failover_only", preferred={"controller": "B"}),
        "no portal is declared to be one of controller B",
    ),
    "preferred-nowhere": (of_paths("failover_only", preferred={}), "it needs nic, portal or controller"),
    "weight-of-another-policy": (
        of_paths("failover_only", {"nic": "10.10.1.11", "weight": 1}),
        "a weight goes with weighted_paths",
    ),
    "state-of-another-policy": (
        of_paths("round_robin", {"nic": "10.10.1.11", "state": "active"}),
        "a state goes with round_robin_with_subset and failover_only",
    ),
    "two-active": (
        of_paths("failover_only", {"nic": "10.10.1.11", "state": "active"}, {"nic": "10.10.2.11", "state": "active"}),
        "failover_only has one active path",
    ),
    "no-state": (of_paths("weighted_paths", {"nic": "10.10.1.11"}), "neither the state nor the weight"),
    "another-state": (
        of_paths("failover_only", {"nic": "10.10.1.11", "state": "failed"}),
        "'failed' is no state; known are active, standby",
    ),
    "state-of-another-kind": (
        of_paths("failover_only", {"nic": "10.10.1.11", "state": ["active"]}),
        "['active'] is no state",
    ),
    "negative-weight": (
        of_paths("weighted_paths", {"nic": "10.10.1.11", "weight": -1}),
        "weight -1 is no whole number",
    ),
    "great-weight": (of_paths("weighted_paths", {"nic": "10.10.1.11", "weight": 2**31}), "is no whole number"),
    "half-a-weight": (
        of_paths("weighted_paths", {"nic": "10.10.1.11", "weight": 1.5}),
        "weight 1.5 is no whole number",
    ),
    "bad-nic": (of_paths("weighted_paths", {"nic": "10.10.1", "weight": 1}), "'10.10.1' is no IP address"),
    "bad-portal": (of_paths("weighted_paths", {"portal": "eva01", "weight": 1}), "'eva01' is no IP address"),
    "bad-port": (of_paths("weighted_paths", {"portal": "10.10.1.21:99999", "weight": 1}), "TCP port 99999"),
    "endless-port": (of_paths("weighted_paths", {"portal": "10.10.1.21:" + "9" * 5000, "weight": 1}), "TCP port 9999"),
    "no-list": ({"lun_policies": {"default": {"policy": "weighted_paths", "paths": {}}}}, "{} is no list"),
    "place-twice": (
        of_paths("weighted_paths", {"nic": "10.10.1.11", "weight": 1}, {"nic": "10.10.1.11", "weight": 2}),
        "the place 10.10.1.11 is given 2 times",
    ),
    "clear-with-paths": (
        of_paths("clear", {"nic": "10.10.1.11", "state": "active"}),
        "a state goes with round_robin_with_subset",
    ),
    "subset-cannot-be-a-default": (
        {"hardware_id_policies": {"P6300": "round_robin_with_subset"}},
        "round_robin_with_subset cannot be a default",
    ),
    "weights-cannot-be-a-default": ({"dsm_policy": "weighted_paths"}, "value of dsm_policy must be one of"),
    "unknown-model": ({"hardware_id_policies": {"P9": "clear"}}, "hardware_id_policies[P9]: 'P9' is no EVA"),
    "model-of-several-products": ({"hardware_id_policies": {"EVA5000": "clear"}}, "hardware_id_policies[EVA5000]"),
    "active-passive": ({"hardware_id_policies": {"HSV100": "clear"}}, "is active/passive"),
    "id-with-quotes": ({"hardware_id_policies": {'HP      "HSV340"': "clear"}}, "quotation mark"),
    "id-template": ({"hardware_id_policies": {"{{ model }}": "clear"}}, "is a template that was not filled in"),
    "id-twice": ({"hardware_id_policies": {"P6300": "clear", "HSV340": "clear"}}, "is given twice"),
    "nothing": ({}, "at least one policy is needed"),
    "explicit-of-nothing": (
        {"dsm_policy": "clear", "explicit_policies": True},
        "explicit_policies: it is about the LUNs of lun_policies",
    ),
}


@pytest.mark.parametrize(("given", "text"), BAD.values(), ids=BAD.keys())
def test_bad_policies(given: dict[str, t.Any], text: str) -> None:
    assert any(text in fault for fault in faults_of(**given)), faults_of(**given)


@pytest.mark.parametrize(("nics", "faulty"), [(1, True), (2, False)])
def test_not_every_nic_can_stand_by(nics: int, faulty: bool) -> None:
    given = of_paths("round_robin_with_subset", {"nic": "10.10.1.11", "state": "standby"})
    faults = Faults()
    declared = ["10.10.1.11", {"address": "10.10.2.11"}][:nics]
    policies({**arguments(faults, **given), "nics": declared}, faults)
    if not faulty:
        faults.check()
        return
    with pytest.raises(BadWish, match="every NIC shall stand by"):
        faults.check()


def test_all_faults_at_once() -> None:
    assert len(faults_of(lun_policies={"x": "y", WWN: "least_queue_depth"}, dsm_policy="least_queue_depth")) == 4
