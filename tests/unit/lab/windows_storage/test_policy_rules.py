# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the mpclaim help and of the sample DSM, as a table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.eva.mpio.tests.lab.windows.storage import policy_rules
from ansible_collections.eva.mpio.tests.lab.windows.storage.policies import (
    PathFacts,
    PathState,
    PathWish,
    Policy,
    PolicyRefusedError,
    TargetPortGroups,
    flags_from_state,
    state_from_flags,
)

AO, AU, SB, UN = PathState
FOO, RR, RRWS, LQD, WP, LB = (Policy(number) for number in range(1, 7))


def paths(states: str, groups: str | None = None, failed: str = "") -> list[PathFacts]:
    """Write paths as digits: states, group states, and the positions that failed."""
    return [
        PathFacts(
            path_id=index,
            state=PathState(int(state)),
            failed=str(index) in failed,
            group_state=None if groups is None else PathState(int(groups[index])),
        )
        for index, state in enumerate(states)
    ]


def wishes(*named: tuple) -> list[PathWish]:
    return [PathWish(path_id, PathState(state), *rest) for path_id, state, *rest in named]


def digits(assignment) -> str:
    return "".join(str(int(assignment.states[path_id])) for path_id in sorted(assignment.states))


@pytest.mark.parametrize(
    ("policy", "current", "before", "groups", "named", "after"),
    [
        (FOO, RR, "000", None, [(1, 0)], "202"),
        (FOO, RR, "000", None, [(1, 0), (2, 1)], "201"),
        (FOO, FOO, "022", None, [(0, 2), (1, 0)], "202"),
        (FOO, FOO, "022", None, [(1, 0)], None),
        (FOO, RR, "000", None, [], None),
        (FOO, RR, "000", None, [(0, 0, 0, True), (1, 2, 0, True)], None),
        (FOO, RRWS, "0011", "0011", [(1, 0)], "1011"),
        (RR, FOO, "022", None, [], "000"),
        (RR, FOO, "022", None, [(0, 0)], None),
        (RRWS, RR, "000", None, [(2, 2)], "002"),
        (RRWS, RR, "0011", "0011", [], "0011"),
        (RRWS, RR, "00", None, [(0, 2), (1, 2)], None),
        (LQD, FOO, "022", None, [], "000"),
        (LQD, RRWS, "0011", "0011", [], "0011"),
        (LB, RR, "00", None, [(0, 0)], None),
        (WP, FOO, "02", None, [(1, 0, 25)], "00"),
        (WP, FOO, "02", None, [(1, 2, 25)], None),
        (Policy.VENDOR_SPECIFIC, RR, "00", None, [], None),
        (RRWS, RR, "00", None, [(7, 0)], None),
        (RRWS, RR, "00", None, [(0, 0), (0, 2)], None),
    ],
)
def test_what_mpclaim_completes_and_refuses(policy, current, before, groups, named, after) -> None:
    def run():
        return policy_rules.by_command(policy, current, paths(before, groups), wishes(*named))

    if after is None:
        with pytest.raises(PolicyRefusedError):
            run()
    else:
        assert digits(run()) == after


def test_weights_not_named_keep_what_they_had() -> None:
    facts = [PathFacts(0, AO, weight=9), PathFacts(1, AO)]
    assignment = policy_rules.by_command(WP, WP, facts, wishes((1, 0, 25)))
    assert assignment.weights == {0: 9, 1: 25}


IMPLICIT, EXPLICIT = TargetPortGroups(support=1), TargetPortGroups(support=2)


@pytest.mark.parametrize(
    ("policy", "groups_seen", "groups", "named", "status"),
    [
        (RR, None, None, [(0, 0), (1, 0)], None),
        (RR, None, None, [(0, 0)], PolicyRefusedError.INVALID_PARAMETER),
        (RR, None, None, [(0, 0), (0, 0)], PolicyRefusedError.INVALID_PARAMETER),
        (RR, None, None, [(0, 0), (5, 0)], PolicyRefusedError.INVALID_PARAMETER),
        (RR, "01", IMPLICIT, [(0, 0), (1, 1)], PolicyRefusedError.NOT_SUPPORTED),
        (RRWS, "01", IMPLICIT, [(0, 0), (1, 1)], None),
        (RRWS, "01", IMPLICIT, [(0, 0), (1, 0)], PolicyRefusedError.INVALID_PARAMETER),
        (RRWS, "01", EXPLICIT, [(0, 0), (1, 0)], None),
        (FOO, None, None, [(0, 0), (1, 0)], PolicyRefusedError.INVALID_PARAMETER),
        (FOO, None, None, [(0, 0, 0, True), (1, 2)], None),
        (FOO, None, None, [(0, 0, 0, True), (1, 2, 0, True)], PolicyRefusedError.INVALID_PARAMETER),
        (RRWS, None, None, [(0, 2), (1, 2)], PolicyRefusedError.INVALID_PARAMETER),
        (LQD, None, None, [(0, 0), (1, 2)], PolicyRefusedError.INVALID_PARAMETER),
        (Policy.VENDOR_SPECIFIC, None, None, [(0, 0), (1, 0)], PolicyRefusedError.INVALID_PARAMETER),
    ],
)
def test_what_the_wmi_methods_take(policy, groups_seen, groups, named, status) -> None:
    facts = paths("00", groups_seen)
    if status is None:
        assignment = policy_rules.by_method(policy, facts, wishes(*named), groups)
        assert digits(assignment) == "".join(str(state) for _unused, state, *_unused in named)
    else:
        with pytest.raises(PolicyRefusedError) as refusal:
            policy_rules.by_method(policy, facts, wishes(*named), groups)
        assert refusal.value.status == status


@pytest.mark.parametrize(
    ("policy", "states", "groups", "failed", "shown"),
    [
        (RRWS, "00222", None, "", "00222"),
        (RRWS, "00222", None, "01", "00022"),
        (RRWS, "00222", None, "0", "00222"),
        (RRWS, "0011", "0011", "01", "0011"),
        (FOO, "0211", None, "0", "0201"),
        (FOO, "0111", "0011", "0", "0011"),
        (RR, "00", None, "01", "00"),
    ],
)
def test_who_takes_over_when_the_optimised_paths_are_lost(policy, states, groups, failed, shown) -> None:
    found = policy_rules.shown_states(policy, paths(states, groups, failed))
    assert "".join(str(int(found[index])) for index in sorted(found)) == shown


@pytest.mark.parametrize(
    ("policy", "refused"),
    [(Policy.CLEAR, False), (FOO, False), (RR, False), (RRWS, True), (LQD, False), (WP, True), (LB, False),
     (Policy.VENDOR_SPECIFIC, True)],
)  # fmt: skip
def test_what_can_be_a_default(policy, refused) -> None:
    if refused:
        with pytest.raises(PolicyRefusedError):
            policy_rules.check_default(policy)
    else:
        policy_rules.check_default(policy)


def test_round_robin_is_not_offered_on_an_asymmetric_disk() -> None:
    assert RR in policy_rules.supported_policies(paths("00", "00"))
    assert RR not in policy_rules.supported_policies(paths("01", "01"))


@pytest.mark.parametrize("state", list(PathState))
def test_the_two_flags_tell_the_state(state) -> None:
    assert state_from_flags(*flags_from_state(state)) is state


@given(
    st.sampled_from([FOO, RR, LQD, LB]),
    st.lists(st.tuples(st.booleans(), st.sampled_from([None, *"0123"])), min_size=1, max_size=8),
)
def test_a_default_never_breaks_its_own_rule(policy, described) -> None:
    groups = all(group is not None for _unused, group in described)
    facts = [
        PathFacts(index, AO, failed=failed, group_state=PathState(int(group)) if groups else None)
        for index, (failed, group) in enumerate(described)
    ]
    assignment = policy_rules.by_default(policy, facts)
    assert set(assignment.states) == set(range(len(facts)))
    active = [index for index, state in assignment.states.items() if state is AO]
    if assignment.policy is FOO:
        assert len(active) == (0 if all(fact.failed for fact in facts) else 1)
    else:
        assert all(facts[index].group_state in (None, AO) for index in active)
    assert not (assignment.policy is RR and policy_rules.is_asymmetric(facts))
