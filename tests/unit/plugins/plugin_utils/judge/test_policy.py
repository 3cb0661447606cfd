# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a policy is the wished one, and where the policy of a LUN comes from."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._eva.models import hardware_id
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.policy import (
    Level,
    deciding_level,
    default_of,
    is_explicit,
    is_met,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._model import MpioDisk, Policy, PolicyDefaults, Traits

FOO, RR, SUBSET, LEAST = (
    Policy.FAILOVER_ONLY,
    Policy.ROUND_ROBIN,
    Policy.ROUND_ROBIN_WITH_SUBSET,
    Policy.LEAST_BLOCKS,
)
P6300, OTHER = hardware_id("HP", "HSV340"), hardware_id("IBM", "2145")
WWN = "6001438005DE0000000040000000000A"


def disk(policy: Policy | None = RR, alua: bool | None = False, **other: t.Any) -> MpioDisk:
    return replace(MpioDisk(0, "x", WWN, "Microsoft DSM", "hp", "HSV340", policy, alua, ()), **other)


def defaults(
    overall: Policy | None = None, by_id: tuple[tuple[str, Policy], ...] = (), own: tuple[str, ...] = ()
) -> PolicyDefaults:
    return PolicyDefaults(overall, by_id, own)


@pytest.mark.parametrize(
    ("actual", "alua", "wanted", "met"),
    [
        (RR, False, RR, True),
        (SUBSET, True, RR, True),
        (SUBSET, None, RR, False),
        (SUBSET, False, RR, False),
        (RR, True, SUBSET, False),
        (None, False, RR, False),
    ],
)
def test_l_18_round_robin_on_alua_is_the_one_with_subset(
    actual: Policy | None, alua: bool | None, wanted: Policy, met: bool
) -> None:
    assert is_met(disk(actual, alua), wanted) is met


LEVELS: dict[str, tuple[MpioDisk, PolicyDefaults, Level | None]] = {
    "own": (disk(FOO), defaults(RR, ((P6300, LEAST),), (WWN,)), Level.LUN),
    "hardware-id": (disk(LEAST), defaults(RR, ((OTHER, RR), (P6300, LEAST))), Level.HARDWARE_ID),
    "hardware-id-in-another-spelling": (disk(LEAST), defaults(RR, ((P6300.lower(), LEAST),)), Level.HARDWARE_ID),
    "of-another-hardware-id": (disk(RR), defaults(RR, ((OTHER, LEAST),)), Level.DSM),
    "dsm": (disk(LEAST), defaults(LEAST), Level.DSM),
    "dsm-on-alua": (disk(SUBSET, True), defaults(RR), Level.DSM),
    "built-in": (disk(RR, False), defaults(), Level.BUILT_IN),
    "built-in-on-alua": (disk(SUBSET, True), defaults(), Level.BUILT_IN),
    "built-in-where-alua-is-unknown": (disk(SUBSET, None), defaults(), Level.BUILT_IN),
    "not-what-is-built-in": (disk(FOO), defaults(), None),
    "not-what-the-default-says": (disk(FOO), defaults(RR), None),
    "not-built-in-on-alua": (disk(RR, True), defaults(), None),
    "vendor": (disk(Policy.VENDOR_SPECIFIC), defaults(own=(WWN,)), None),
    "vendors-dsm": (disk(RR, dsm="IBM SDDDSM"), defaults(), None),
    "inquiry-unknown": (disk(RR, vendor=None), defaults(RR, ((P6300, LEAST),)), None),
    "inquiry-unknown-and-no-matter": (disk(RR, vendor=None), defaults(RR), Level.DSM),
    "policy-unknown": (disk(None), defaults(), None),
}


@pytest.mark.parametrize(("given", "known", "level"), LEVELS.values(), ids=LEVELS.keys())
def test_l_22_the_level_that_decides(given: MpioDisk, known: PolicyDefaults, level: Level | None) -> None:
    assert deciding_level(given, known, Traits()) is level


def test_explicit() -> None:
    assert is_explicit(disk(), defaults(own=(WWN,)), Traits()) is True
    assert is_explicit(disk(), defaults(own=("F" * 32,)), Traits()) is False
    assert is_explicit(disk(Policy.VENDOR_SPECIFIC), defaults(own=(WWN,)), Traits()) is None


def test_on_2003_nobody_can_tell() -> None:
    old = Traits("2003", policy_store=False)
    assert deciding_level(disk(), defaults(), old) is None
    assert is_explicit(disk(), defaults(), old) is None


def test_what_decides_without_a_policy_of_its_own() -> None:
    assert default_of(disk(), defaults(LEAST, ((P6300, FOO),))) == (Level.HARDWARE_ID, FOO)
    assert default_of(disk(), defaults(LEAST)) == (Level.DSM, LEAST)
    assert default_of(disk(), defaults()) == (Level.BUILT_IN, None)
