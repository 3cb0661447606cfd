# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a purge leaves: disks in use, what could not be stored again, what exceeds the limit, what Windows refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Interface

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap, Cluster, Known, Path, PathState
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Surplus,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_before, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Finding, Memory, Severity, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.purge import LIMIT
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.removal import STORED, USE, unrestorable
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    portal,
    target_of,
    with_chap,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.removing import (
    ACROSS,
    BOTH,
    NIC_1,
    NIC_2,
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


@pytest.mark.parametrize("used", [True, False])
def test_a_session_stays_while_a_declared_path_to_its_target_does_not_work_for_a_disk(used: bool) -> None:
    """Whatever uses it: an offline disk may be that of a virtual machine."""
    truth = use(with_surplus()) if used else with_surplus()
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
    ("declared", "proven", "reason"),
    [
        (CHAP, True, None),
        (CHAP, False, "whether the array still takes the declared secret"),
        (Chap("other", "secretsecret1"), True, "with a secret that is not declared"),
    ],
    ids=["secret is proven", "secret may be wrong", "secret is not known"],
)
def test_what_goes_along_is_stored_again_only_with_a_secret_that_the_array_takes(
    declared: Chap, proven: bool, reason: str | None
) -> None:
    """A removal for any NIC takes those of the target along; nobody can read whether the wish holds their secret."""
    truth = with_chap(CHAP)
    step = s.RemoveLogin(replace(truth.logins[0], port_number=None), chap=declared, reason="")
    found = unrestorable(step, truth.logins, truth.host(), proven)
    assert (found is None) is (reason is None)
    assert reason is None or reason in str(found)


@pytest.mark.parametrize("equal", [True, False], ids=["stored twice", "for any NIC"])
def test_purge_waits_until_a_session_of_the_run_has_proved_the_secret(equal: bool) -> None:
    truth = with_chap(CHAP)
    truth.logins.append(truth.logins[0] if equal else replace(truth.logins[0], port_number=None))
    where = layout(chap=CHAP)
    kept = purged(truth, layout=where)
    assert kept.steps == ()
    (problem,) = problems(kept)
    assert "run once with update_password: always and purge" in problem.text
    path = all_paths(truth)[1]
    made = s.Login(path.nic, path.portal, path.target, CHAP, reason="")
    plan = purged(truth, layout=where, memory=Memory(proven=frozenset({made})))
    assert removals(plan) == ["RemoveLogin 1 of 2" if equal else "RemoveLogin 1"]
    (step,) = plan.ready
    assert isinstance(step, s.RemoveLogin)
    assert step.chap == CHAP
    assert problems(plan) == []


def test_a_run_that_makes_all_sessions_again_proves_the_secret_and_says_what_it_will_remove() -> None:
    truth = with_chap(CHAP)
    truth.logins.append(truth.logins[0])
    standing = frozenset(one.id for one in truth.sessions)
    plan = purged(truth, layout=layout(chap=CHAP), renew_secrets=True, memory=Memory(standing=standing))
    assert problems(plan) == []
    assert announced(plan)[-1].startswith("RemoveLogin 1 of 2 [every declared path of eva01")


def test_a_login_of_an_hba_is_not_taken_along() -> None:
    """One for any NIC that names no initiator reaches those of every one; foreign ones are never touched."""
    truth = converged()
    wide = replace(truth.logins[0], port_number=None, instance=None)
    truth.logins += [wide, replace(stored(truth, ACROSS), instance="PCI\\VEN_1077\\1_0", portal=PORTAL_1)]
    plan = purged(truth)
    assert removals(plan) == []
    (problem,) = problems(plan)
    assert "one of another initiator (an HBA) along with it" in problem.text


def test_nothing_is_taken_along_of_a_target_that_is_not_in_the_list() -> None:
    """Windows stores a login only for a target in its list, so it could not be stored again."""
    truth = converged()
    truth.logins.append(truth.logins[0])
    truth.known_targets.clear()
    plan = purged(truth)
    assert removals(plan) == []
    assert "no discovery portal tells of this one" in problems(plan)[0].text


# ---- NICs without an address or a partner


@pytest.mark.parametrize("interface", [None, "10.10.2.11/29"], ids=["cable is out", "mask is wrong"])
def test_nothing_goes_of_a_declared_nic_that_finds_no_target_portal(interface: str | None) -> None:
    """The subnet mesh gives its paths no more, and they are wished for all the same."""
    truth = converged()
    before = truth.interfaces
    truth.interfaces = (before[0],) if interface is None else (before[0], IPv4Interface(interface))
    if interface is None:
        del truth.port_numbers[NIC_2]
    for where in (layout(), layout(targets=[path.target for path in all_paths(converged())])):
        plan = purged(truth, BOTH, layout=where, portals=True)
        assert [item for item in plan.steps if item.step.removes and not item.fallback] == []
        assert not [one for one in plan.findings if "purge: [" in one.text]


def test_a_login_that_names_no_nic_may_be_that_of_a_missing_one() -> None:
    truth = converged()
    truth.interfaces = truth.interfaces[:1]
    del truth.port_numbers[NIC_2]
    truth.logins.append(replace(truth.logins[0], port_number=77))
    notes = [one.text for one in purged(truth, ()).findings if one.where.startswith("persistent login")]
    assert notes
    assert all("it may be that of NIC 10.10.2.11, which has no address now" in text for text in notes)


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
    assert f"a run removes 3 at most (purge_limit), which leaves {left}:" in problem.text
    assert f"raise the limit to {3 + left}," in problem.text
    assert problem.text.count("persistent login of") == left
    assert sum(item.after == LIMIT for item in plan.steps) == left, "the diff and the steps show them all"


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


# ---- several of one path


def test_of_several_sessions_of_a_path_that_stays_which_carries_the_disks() -> None:
    truth = converged(luns=1)
    first = all_paths(truth)[0]
    truth.log_in(first)
    host = truth.host()
    assert isinstance(host.disks, Known)
    bare = {path.address for disk in host.disks.value for path in disk.paths if path.address.target == 1}
    disks = tuple(
        replace(
            disk,
            paths=tuple(replace(one, state=PathState.FAILED) if one.address in bare else one for one in disk.paths),
        )
        for disk in host.disks.value
    )
    plan = plan_host(purge_wish(), replace(host, disks=Known(disks)))
    assert [step.session_id.session for step in plan.ready if isinstance(step, s.Logout)] == [1]


@pytest.mark.parametrize(
    ("limit", "advice"), [(1, "which leaves 2: raise the limit to 3"), (2, "which leaves 1: run again, or raise")]
)
def test_more_equal_ones_than_the_limit_need_a_higher_one(limit: int, advice: str) -> None:
    truth = converged()
    copies = 2 if limit == 1 else 1
    truth.logins += [truth.logins[0]] * copies
    truth.logins += [stored(truth, ACROSS)] * (limit - 1)
    truth.logins += [replace(stored(truth, ACROSS), portal=portal("10.10.1.100"))] * (limit - 1)
    (problem,) = problems(purged(truth, limit=limit))
    assert advice in problem.text


def test_sessions_that_the_run_itself_has_brought_about_do_not_count() -> None:
    """Storing a login again may log in at once, which is not documented."""
    truth = converged()
    session = truth.log_in(all_paths(truth)[0])
    for appeared, expected in ((frozenset({session.id}), ["Logout 5"]), (frozenset(), [])):
        memory = Memory(removed=16, appeared=frozenset(appeared))
        assert removals(purged(truth, memory=memory)) == expected


def test_the_end_of_sessions_that_storing_again_may_make_is_announced() -> None:
    truth = converged()
    truth.logins.append(truth.logins[0])
    rules = [item for item in purged(truth).steps if item.fallback]
    assert [item.step for item in rules] == [s.Logout(None, None, surplus=True, reason="")]
