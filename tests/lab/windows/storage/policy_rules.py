# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules by which the Microsoft DSM accepts a policy and gives each path its state. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .policies import (
    MSDSM_POLICIES,
    NEED_PATH_DATA,
    Assignment,
    PathFacts,
    PathState,
    PathWish,
    Policy,
    PolicyRefusedError,
    TargetPortGroups,
    active_count,
)

_STANDBY_ORDER = (PathState.ACTIVE_UNOPTIMIZED, PathState.STANDBY)


def is_asymmetric(paths: Sequence[PathFacts]) -> bool:
    """Whether the LUN's target port groups differ in state, so that Round Robin over all paths is not allowed."""
    return any(path.group_state not in (None, PathState.ACTIVE_OPTIMIZED) for path in paths)


def supported_policies(paths: Sequence[PathFacts], offered: Sequence[Policy] = MSDSM_POLICIES) -> tuple[Policy, ...]:
    """Return which of a DSM's policies it offers for a disk: no Round Robin on an asymmetric one (sample DSM)."""
    asymmetric = is_asymmetric(paths)
    return tuple(policy for policy in offered if not (asymmetric and policy is Policy.ROUND_ROBIN))


def group_state(path: PathFacts) -> PathState:
    """Return the state a path has when nobody asked for another: that of its group, or Active/Optimized."""
    return PathState.ACTIVE_OPTIMIZED if path.group_state is None else path.group_state


def check_default(policy: Policy) -> None:
    """Refuse what cannot be a default of a hardware id or of the DSM (mpclaim help of 6.1).

    Raises:
        PolicyRefusedError: for Round Robin with Subset, Weighted Paths and what is not a policy of this DSM.
    """
    if policy in NEED_PATH_DATA:
        raise PolicyRefusedError(f"policy {policy:d} needs path data and cannot be a default")
    if policy is not Policy.CLEAR and policy not in MSDSM_POLICIES:
        raise PolicyRefusedError(f"policy {policy:d} is not one of the Microsoft DSM")


def by_default(policy: Policy, paths: Sequence[PathFacts], preferred: int | None = None) -> Assignment:
    """Give every path its state under a default policy; Round Robin becomes RRWS on an asymmetric disk."""
    if policy is Policy.ROUND_ROBIN and is_asymmetric(paths):
        policy = Policy.ROUND_ROBIN_WITH_SUBSET
    states = {path.path_id: group_state(path) for path in paths}
    if policy is Policy.FAIL_OVER_ONLY:
        states = {path.path_id: fail_over_spare(path) for path in paths}
        active = _first_active(paths, preferred)
        if active is not None:
            states[active] = PathState.ACTIVE_OPTIMIZED
    return Assignment(policy, states, {path.path_id: path.weight for path in paths}, preferred)


def by_command(policy: Policy, current: Policy, paths: Sequence[PathFacts], wishes: Sequence[PathWish]) -> Assignment:
    """Complete what ``mpclaim -l -d`` names to a full assignment (mpclaim help of 6.1).

    Args:
        policy: the policy asked for, not CLEAR.
        current: the policy that the disk has now.
        paths: all paths of the disk, with the states in effect.
        wishes: the named paths.

    Raises:
        PolicyRefusedError: where the help's rules do not allow it.
    """
    _check_policy(policy)
    named = _by_path(wishes, paths)
    if policy in (Policy.ROUND_ROBIN, Policy.LEAST_QUEUE_DEPTH, Policy.LEAST_BLOCKS) and named:
        raise PolicyRefusedError(f"policy {policy:d} takes no path parameters")
    preferred: int | None = None
    if policy is Policy.FAIL_OVER_ONLY:
        # Already Fail-Over Only: unnamed paths keep their state, so a promotion without a demotion shows as two.
        keep = current is Policy.FAIL_OVER_ONLY
        states = {path.path_id: path.state if keep and not path.failed else fail_over_spare(path) for path in paths}
        chosen = [wish.path_id for wish in wishes if wish.preferred]
        preferred = _only_one(chosen)
    else:
        states = {path.path_id: group_state(path) for path in paths}
    states.update({path_id: wish.state for path_id, wish in named.items()})
    weights = {path.path_id: path.weight for path in paths}
    if policy is Policy.WEIGHTED_PATHS:
        weights.update({path_id: wish.weight for path_id, wish in named.items()})
    _check_states(policy, paths, states)
    return Assignment(policy, states, weights, preferred)


def by_method(
    policy: Policy, paths: Sequence[PathFacts], wishes: Sequence[PathWish], groups: TargetPortGroups | None
) -> Assignment:
    """Check what DSM_LB_Operations was given: every path listed once, states that the policy allows (sample DSM).

    Args:
        policy: the policy asked for, not CLEAR.
        paths: all paths of the disk, the failed ones too.
        wishes: what the caller lists.
        groups: what the LUN tells of its target port groups.

    Raises:
        PolicyRefusedError: with the NTSTATUS of the refusal.
    """
    _check_policy(policy)
    named = _by_path(wishes, paths)
    if len(named) != len(paths):
        raise PolicyRefusedError("every path of the disk must be listed with its own id")
    if policy is Policy.ROUND_ROBIN and is_asymmetric(paths):
        raise PolicyRefusedError("Round Robin is not possible on an asymmetric disk", PolicyRefusedError.NOT_SUPPORTED)
    if groups is not None and groups.support == 1:
        _refuse_promotion(paths, named)
    states = {path_id: wish.state for path_id, wish in named.items()}
    _check_states(policy, paths, states)
    chosen = [wish.path_id for wish in wishes if wish.preferred]
    preferred = _only_one(chosen) if policy is Policy.FAIL_OVER_ONLY else None
    return Assignment(policy, states, {path_id: wish.weight for path_id, wish in named.items()}, preferred)


def for_newcomer(policy: Policy, path: PathFacts, others: Sequence[PathFacts]) -> PathState:
    """Return the state of a path that joins a disk whose policy stands."""
    if policy is Policy.FAIL_OVER_ONLY and active_count(other.state for other in others):
        return fail_over_spare(path)
    if policy is Policy.FAIL_OVER_ONLY:
        return PathState.ACTIVE_OPTIMIZED
    return group_state(path)


def fail_over_spare(path: PathFacts) -> PathState:
    """Return the state of a path that is not the active one: help of 6.1, "Active/Unoptimized or StandBy"."""
    if path.group_state is None:
        return PathState.STANDBY
    return max(path.group_state, PathState.ACTIVE_UNOPTIMIZED)


def shown_states(policy: Policy, paths: Sequence[PathFacts]) -> dict[int, PathState]:
    """Return the states in effect: where every optimised path is lost, one other path takes over.

    A recording of Round Robin with Subset shows exactly one standby path promoted after the loss of a site; with
    target port groups the array decides, except under Fail-Over Only, which always has one active path.
    """
    states = {path.path_id: path.state for path in paths}
    working = [path for path in paths if not path.failed]
    if policy is Policy.VENDOR_SPECIFIC or active_count(path.state for path in working):
        return states
    for spare in _STANDBY_ORDER:
        for path in working:
            if path.state is spare and (path.group_state is None or policy is Policy.FAIL_OVER_ONLY):
                states[path.path_id] = PathState.ACTIVE_OPTIMIZED
                return states
    return states


def _check_policy(policy: Policy) -> None:
    if policy not in MSDSM_POLICIES:
        raise PolicyRefusedError(f"policy {policy:d} is not one of the Microsoft DSM")


def _by_path(wishes: Sequence[PathWish], paths: Sequence[PathFacts]) -> dict[int, PathWish]:
    known = {path.path_id for path in paths}
    named: dict[int, PathWish] = {}
    for wish in wishes:
        if wish.path_id not in known:
            raise PolicyRefusedError(f"path {wish.path_id:016x} is not a path of this disk")
        if wish.path_id in named:
            raise PolicyRefusedError(f"path {wish.path_id:016x} is named twice")
        named[wish.path_id] = wish
    return named


def _only_one(preferred: Sequence[int]) -> int | None:
    if len(preferred) > 1:
        raise PolicyRefusedError("at most one path can be preferred")
    return preferred[0] if preferred else None


def _check_states(policy: Policy, paths: Sequence[PathFacts], states: Mapping[int, PathState]) -> None:
    active = active_count(states.values())
    if policy is Policy.FAIL_OVER_ONLY and active != 1:
        raise PolicyRefusedError(f"Fail-Over Only needs exactly one Active/Optimized path, not {active}")
    asymmetric = is_asymmetric(paths)
    if active == 0 and not (asymmetric and all(path.group_state is not PathState.ACTIVE_OPTIMIZED for path in paths)):
        raise PolicyRefusedError("at least one path must be Active/Optimized")
    if policy in (Policy.FAIL_OVER_ONLY, Policy.ROUND_ROBIN_WITH_SUBSET):
        return
    for path in paths:
        if states[path.path_id] not in (PathState.ACTIVE_OPTIMIZED, group_state(path)):
            raise PolicyRefusedError(
                f"path {path.path_id:016x} must be Active/Optimized or as its target port group is"
            )


def _refuse_promotion(paths: Sequence[PathFacts], named: Mapping[int, PathWish]) -> None:
    for path in paths:
        wanted = named[path.path_id].state
        if wanted is PathState.ACTIVE_OPTIMIZED and group_state(path) is not PathState.ACTIVE_OPTIMIZED:
            raise PolicyRefusedError(
                f"path {path.path_id:016x} cannot be made Active/Optimized: the array decides (implicit ALUA)"
            )


def _first_active(paths: Sequence[PathFacts], preferred: int | None) -> int | None:
    usable = [path for path in paths if not path.failed]
    optimised = [path for path in usable if group_state(path) is PathState.ACTIVE_OPTIMIZED]
    for path in optimised:
        if path.path_id == preferred:
            return path.path_id
    for candidates in (optimised, usable):
        if candidates:
            return candidates[0].path_id
    return None
