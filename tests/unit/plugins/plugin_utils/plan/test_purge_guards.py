# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a purge leaves: disks in use, what could not be stored again, what exceeds the limit, what Windows refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap, Cluster, Known, Path, PathState
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Surplus,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_before, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Finding, Memory, Severity, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.removal import STORED, USE
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    portal,
    target_of,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.removing import (
    ACROSS,
    NIC_1,
    OLD_TARGET,
    PORTAL_1,
    announced,
    problems,
    purge_wish,
    purged,
    removals,
    surplus_path,
    use,
    with_surplus,
)

CHAP = Chap("host1", "secretsecret1")
UNDECLARED = frozenset({Surplus.UNDECLARED})


# ---- disks in use


def test_what_uses_the_disks_is_asked_for_before_anything_of_a_session_goes() -> None:
    truth = with_surplus()
    plan = purged(truth, unread=["disk_use", "cluster"])
    assert (plan.ready, announced(plan)) == ((), [f"RemoveLogin 1 [{USE}]", f"Logout 5 [{STORED}]"])
    assert parts_before(purge_wish(), plan) == {"disk_use", "cluster"}
    assert parts_before(purge_wish(), purged(converged(), unread=["disk_use"])) == frozenset()


def test_without_sessions_nobody_asks_what_uses_the_disks() -> None:
    truth = converged()
    truth.logins.append(stored(truth, ACROSS))
    plan = purged(truth, unread=["disk_use", "cluster"])
    assert removals(plan) == ["RemoveLogin 1"]
    assert parts_before(purge_wish(), plan) == frozenset()


def cluster_disk(truth: Truth) -> None:
    truth.clustered.update(lun.wwn for lun in truth.arrays[0].luns)


def use_unknown(truth: Truth) -> None:
    truth.hidden = frozenset({"disk_use"})


@pytest.mark.parametrize("trouble", [cluster_disk, use_unknown])
def test_a_session_whose_disks_object_stays_with_its_stored_login(trouble: Callable[[Truth], None]) -> None:
    truth = with_surplus()
    trouble(truth)
    plan = purged(truth)
    assert plan.steps == ()
    (problem,) = problems(plan)
    assert problem.where.startswith("session ")
    assert problem.text.startswith("it is not wished for and is kept, as is what is stored of it: LUN ")


def test_a_session_stays_while_a_declared_path_to_its_target_does_not_work_for_a_disk_in_use() -> None:
    truth = use(with_surplus())
    host = truth.host()
    assert isinstance(host.disks, Known)
    first = {path.address for path in host.disks.value[0].paths if path.address.target == 1}
    disks = tuple(
        replace(
            disk,
            paths=tuple(replace(one, state=PathState.FAILED) if one.address in first else one for one in disk.paths),
        )
        for disk in host.disks.value
    )
    plan = plan_host(purge_wish(), replace(host, disks=Known(disks)))
    assert not [item for item in plan.steps if item.step.removes]
    (problem,) = [one for one in problems(plan) if one.where.startswith("session ")]
    assert "it would keep 3 working paths, at least 4 needed" in problem.text


def test_a_disk_that_no_declared_path_shows_keeps_its_session_while_it_is_used() -> None:
    where = layout(targets=[target_of(one.portal) for one in layout().arrays[0].portals])
    truth = converged()
    other = replace(
        truth.arrays[0], targets={OLD_TARGET: (PORTAL_1,)}, luns=[replace(truth.arrays[0].luns[0], wwn="AA")]
    )
    truth.arrays.append(other)
    surplus_path(truth, Path(NIC_1, PORTAL_1, OLD_TARGET))
    assert removals(purged(truth, UNDECLARED, layout=where)) == ["RemoveLogin 1"]
    use(truth)
    plan = purged(truth, UNDECLARED, layout=where)
    assert not [item for item in plan.steps if item.step.removes]
    (problem,) = problems(plan)
    assert "LUN AA" in problem.text


def test_x_22_disks_of_a_node_stay_where_windows_does_not_tell_whose_they_are() -> None:
    truth = with_surplus()
    host = truth.host()
    assert isinstance(host.disk_use, Known)
    untold = tuple(replace(one, clustered=None) for one in host.disk_use.value)
    for member, expected in ((True, 0), (False, 2)):
        node = replace(host, disk_use=Known(untold), cluster=Known(Cluster(member, Known(()))))
        assert len(plan_host(purge_wish(), node).steps) == expected


# ---- others that a removal takes along


@pytest.mark.parametrize(
    ("declared", "expected"), [(CHAP, ["RemoveLogin 1"]), (None, [])], ids=["secret is declared", "secret is not known"]
)
def test_one_for_any_nic_goes_only_where_what_goes_with_it_can_be_stored_again(
    declared: Chap | None, expected: list[str]
) -> None:
    """The removal names target and portal only, so that of another NIC's path, which uses CHAP, goes as well."""
    truth = converged()
    if declared is not None:
        truth.logins = [stored(truth, path, CHAP) for path in all_paths(truth)]
        for session in truth.sessions:
            session.chap = CHAP
    else:
        other = replace(stored(truth, ACROSS, CHAP), instance="PCI\\VEN_1077\\1_0")
        truth.logins.append(other)
    wide = replace(truth.logins[0], port_number=None)
    truth.logins.append(wide)
    plan = purged(truth, layout=layout(chap=declared))
    assert removals(plan) == expected
    assert bool(problems(plan)) is not bool(expected)
    if expected:
        (step,) = plan.ready
        assert isinstance(step, s.RemoveLogin)
        assert step.chap == declared


def test_equal_ones_of_a_path_come_back_with_its_credentials() -> None:
    truth = converged()
    truth.logins = [stored(truth, path, CHAP) for path in all_paths(truth)]
    for session in truth.sessions:
        session.chap = CHAP
    truth.logins.append(truth.logins[0])
    (step,) = purged(truth, layout=layout(chap=CHAP)).ready
    assert isinstance(step, s.RemoveLogin)
    assert (step.keep, step.copies, step.chap) == (1, 1, CHAP)


# ---- the limit


def many(count: int) -> Truth:
    truth = converged()
    truth.logins += [replace(stored(truth, ACROSS), portal=portal(f"10.10.1.{n}")) for n in range(100, 100 + count)]
    return truth


@pytest.mark.parametrize(("removed", "now"), [(0, 3), (1, 2), (3, 0)])
def test_f_20_no_more_go_than_the_limit_allows_and_the_rest_is_listed(removed: int, now: int) -> None:
    plan = purged(many(5), limit=3, memory=Memory(removed=removed))
    assert len(plan.ready) == now
    (problem,) = problems(plan)
    left = 5 - now
    assert f"a run removes 3 at most (purge_limit), and {left} more are to go" in problem.text
    assert f"raise the limit to {3 + left}," in problem.text
    assert problem.text.count("persistent login of") == left


def test_the_limit_counts_equal_ones_and_sessions() -> None:
    truth = converged()
    surplus_path(truth)
    truth.logins.append(truth.logins[-1])
    assert purged(truth, limit=2).findings
    assert not problems(purged(truth, limit=3))


def test_what_could_not_be_removed_counts_once() -> None:
    truth = many(3)
    first = purged(truth, limit=3).ready[0]
    failed = Memory(removed=1, failed={first: Finding(Severity.PROBLEM, Side.HOST, "login", "it is still there")})
    plan = purged(truth, limit=3, memory=failed)
    assert len(plan.ready) == 2
    assert [one.text for one in problems(plan)] == ["it is still there"]


# ---- Windows refuses


def test_a_session_that_windows_does_not_end_is_named_and_the_others_go() -> None:
    truth = with_surplus()
    truth.logins.pop()
    (step,) = purged(truth).ready
    refused = Finding(Severity.PROBLEM, Side.HOST, step.subject, "a device is in use")
    plan = purged(truth, memory=Memory(failed={step: refused}))
    assert (plan.steps, problems(plan)) == ((), [refused])


def test_a_session_stays_while_the_stored_login_that_makes_it_cannot_be_removed() -> None:
    truth = with_surplus()
    step = purged(truth).ready[0]
    refused = Finding(Severity.PROBLEM, Side.HOST, step.subject, "it is still there")
    plan = purged(truth, memory=Memory(failed={step: refused}))
    assert (plan.ready, announced(plan)) == ((), [f"Logout 5 [{STORED}]"])
