# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state that a path has where nobody sets one: the plan and what is sent to Windows take it from one place."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    DiskPath,
    MpioDisk,
    PathState,
    Policy,
    ScsiAddress,
)

AO, AU, STANDBY, FAILED = (
    PathState.ACTIVE_OPTIMIZED,
    PathState.ACTIVE_UNOPTIMIZED,
    PathState.STANDBY,
    PathState.FAILED,
)
FOO, SUBSET = Policy.FAILOVER_ONLY, Policy.ROUND_ROBIN_WITH_SUBSET

CASES: dict[str, tuple[bool | None, Policy, list[tuple[PathState | None, int, PathState | None]], list[PathState]]] = {
    # asymmetric, policy, state with group and what is told of the group -> natural states
    "symmetric": (False, SUBSET, [(STANDBY, 1, None), (AU, 1, STANDBY)], [AO, AO]),
    "not-known-to-be-asymmetric": (None, SUBSET, [(AU, 1, None)], [AO]),
    "the-group-is-told": (True, SUBSET, [(STANDBY, 1, AO), (AO, 2, AU), (FAILED, 2, AU)], [AO, AU, AU]),
    "the-best-of-the-group": (True, SUBSET, [(STANDBY, 1, None), (AO, 1, None), (AU, 2, None)], [AO, AO, AU]),
    "a-failed-one-of-a-group": (True, SUBSET, [(FAILED, 1, None), (AU, 1, None)], [AU, AU]),
    "nothing-tells": (True, SUBSET, [(FAILED, 1, None), (None, 1, None)], [AO, AO]),
    "fail-over-only-has-states-of-its-own": (True, FOO, [(STANDBY, 1, None), (STANDBY, 1, AU)], [AO, AU]),
}


@pytest.mark.parametrize(("alua", "policy", "paths", "natural"), CASES.values(), ids=CASES.keys())
def test_natural_states(
    alua: bool | None,
    policy: Policy,
    paths: list[tuple[PathState | None, int, PathState | None]],
    natural: list[PathState],
) -> None:
    found = tuple(
        DiskPath(number, ScsiAddress(4, 0, number, 1), state, 0, None, group, told)
        for number, (state, group, told) in enumerate(paths, start=1)
    )
    disk = MpioDisk(0, "MPIO\\Disk", "6001", "Microsoft DSM", "HP", "HSV340", policy, alua, found)
    assert [disk.natural_state(path) for path in found] == natural
