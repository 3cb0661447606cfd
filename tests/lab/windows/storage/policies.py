# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Load-balance policies and path states, with the numbers and names that Windows gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Policy(IntEnum):
    """Load-balance policies (mpclaim help of 6.1; DSM_Load_Balance_Policy WMI class)."""

    CLEAR = 0
    FAIL_OVER_ONLY = 1
    ROUND_ROBIN = 2
    ROUND_ROBIN_WITH_SUBSET = 3
    LEAST_QUEUE_DEPTH = 4
    WEIGHTED_PATHS = 5
    LEAST_BLOCKS = 6
    VENDOR_SPECIFIC = 7


MSDSM_POLICIES = tuple(policy for policy in Policy if Policy.CLEAR < policy < Policy.VENDOR_SPECIFIC)
NEED_PATH_DATA = frozenset({Policy.ROUND_ROBIN_WITH_SUBSET, Policy.WEIGHTED_PATHS})
"""Not allowed as a default of a hardware id or of the whole DSM (mpclaim help of 6.1)."""


class PathState(IntEnum):
    """Path states, and the states of a target port group as REPORT TARGET PORT GROUPS tells them."""

    ACTIVE_OPTIMIZED = 0
    ACTIVE_UNOPTIMIZED = 1
    STANDBY = 2
    UNAVAILABLE = 3


SETTABLE_BIT = {
    PathState.ACTIVE_OPTIMIZED: 0,
    PathState.STANDBY: 1,
    PathState.ACTIVE_UNOPTIMIZED: 2,
    PathState.UNAVAILABLE: 4,
}
"""The bit that each state adds to a path's Reserved field (sample DSM, wmi.c)."""


def state_from_flags(primary: bool, optimized: bool) -> PathState:
    """Return the state that PrimaryPath and OptimizedPath mean (windows-driver-docs, MPIO_DSM_Path_V2)."""
    if primary:
        return PathState.ACTIVE_OPTIMIZED if optimized else PathState.ACTIVE_UNOPTIMIZED
    return PathState.STANDBY if optimized else PathState.UNAVAILABLE


def flags_from_state(state: PathState) -> tuple[bool, bool]:
    """Return PrimaryPath and OptimizedPath of a state."""
    return (
        state in (PathState.ACTIVE_OPTIMIZED, PathState.ACTIVE_UNOPTIMIZED),
        state in (PathState.ACTIVE_OPTIMIZED, PathState.STANDBY),
    )


@dataclass(frozen=True)
class TargetPortGroups:
    """What REPORT TARGET PORT GROUPS says about one LUN."""

    support: int = 1
    """ALUA support: 1 implicit, 2 explicit, 3 both."""
    states: Mapping[int, PathState] = field(default_factory=dict)
    """State by target port group; a group that is not named is Active/Optimized."""
    preferred: frozenset[int] = frozenset()
    """Groups with the PREF bit."""

    def state_of(self, group: int) -> PathState:
        """Return the state of a group."""
        return self.states.get(group, PathState.ACTIVE_OPTIMIZED)


class PolicyRefusedError(Exception):
    """A policy that MPIO or the DSM does not take; ``status`` is the NTSTATUS."""

    INVALID_PARAMETER = 0xC000000D
    NOT_SUPPORTED = 0xC00000BB

    def __init__(self, reason: str, status: int = INVALID_PARAMETER) -> None:
        """Keep the reason, for people who read the lab's log, and the status."""
        self.status = status
        super().__init__(reason)


@dataclass(frozen=True)
class PathFacts:
    """What the policy rules must know about one path of a disk."""

    path_id: int
    state: PathState
    weight: int = 0
    failed: bool = False
    group_state: PathState | None = None
    """State of the path's target port group, None where the LUN tells of none."""


@dataclass(frozen=True)
class PathWish:
    """What a caller asks for one path."""

    path_id: int
    state: PathState
    weight: int = 0
    preferred: bool = False


@dataclass(frozen=True)
class Assignment:
    """A policy with the state and weight of every path."""

    policy: Policy
    states: Mapping[int, PathState]
    weights: Mapping[int, int] = field(default_factory=dict)
    preferred: int | None = None


def active_count(states: Iterable[PathState]) -> int:
    """Count the Active/Optimized ones."""
    return sum(1 for state in states if state is PathState.ACTIVE_OPTIMIZED)
