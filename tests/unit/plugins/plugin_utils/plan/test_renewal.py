# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions and stored logins that are made again, path by path."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap, Digests, Known, PathState, value_of
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, Layout
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Memory, Plan, Severity, Side
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, whole
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.views import (
    FAILED,
    A,
    B,
    C,
    D,
    path,
    paths_wish,
    pending,
    plan_of,
    ready,
    short,
    waiting,
)

OLD, NEW = Chap("host1", "oldsecret1234"), Chap("host1", "newsecret1234")
MUTUAL = replace(NEW, mutual=True)
HEADER = Digests(header=True)


def with_chap(chap: Chap | None = OLD, **other: t.Any) -> Truth:
    """Return a host with every path, live and stored, with these credentials."""
    truth = converged(**other)
    truth.sessions.clear()
    truth.logins.clear()
    for one in all_paths(truth):
        truth.log_in(one, chap)
        truth.store(stored(truth, one, chap), chap)
        if chap is not None:
            truth.discovery_chap[(one.portal, one.nic)] = chap
    return truth


def with_digests(digests: Digests) -> Layout:
    where = layout()
    return replace(where, arrays=(replace(where.arrays[0], digests=digests),))


def standing(truth: Truth) -> Memory:
    return Memory(standing=frozenset(session.id for session in truth.sessions))


def renewal(truth: Truth, memory: Memory | None = None) -> Plan:
    return plan_of(truth, layout(chap=NEW), memory or standing(truth), renew_secrets=True)


def steps_of(machine: FakeMachine) -> list[str]:
    return [short(step) for step in machine.performed if isinstance(step, (s.PathStep, s.Logout))]


def announced(desired: Desired, truth: Truth) -> list[s.Step]:
    return [item.step for item in converge(FakeMachine(truth), desired, check_mode=True).announced.steps]


# ---- live half: what needs a successor


SAME: dict[str, tuple[Chap | None, Layout]] = {
    "none": (None, layout()),
    "chap": (OLD, layout(chap=NEW)),
    "mutual": (MUTUAL, layout(chap=MUTUAL)),
    "digests that are off": (None, with_digests(Digests(header=False, data=False))),
}


@pytest.mark.parametrize(("chap", "where"), SAME.values(), ids=SAME.keys())
def test_what_is_as_wished_is_left_alone(chap: Chap | None, where: Layout) -> None:
    plan = plan_of(with_chap(chap), where)
    assert plan.steps == ()


@pytest.mark.parametrize(
    ("chap", "where", "reason"),
    [
        pytest.param(None, layout(chap=NEW), "its authentication is none", id="D-14-chap"),
        pytest.param(OLD, layout(), "its authentication is chap", id="D-14-none"),
        pytest.param(OLD, layout(chap=MUTUAL), "its authentication is chap", id="D-14-mutual"),
        pytest.param(None, with_digests(HEADER), "its header digest is off instead of on", id="header"),
        pytest.param(
            None,
            with_digests(Digests(True, True)),
            "its header digest is off instead of on; its data digest is off instead of on",
            id="both",
        ),
    ],
)
def test_d_14_a_session_that_differs_gets_a_successor_first(chap: Chap | None, where: Layout, reason: str) -> None:
    truth = with_chap(chap)
    (step,) = plan_of(truth, where).ready
    assert isinstance(step, s.Login)
    assert (step.path, step.number, step.chap, step.digests) == (
        path(0),
        2,
        where.arrays[0].chap,
        where.arrays[0].digests,
    )
    assert step.reason == f"session {truth.sessions[0].id} needs a successor: {reason}"


def test_what_windows_does_not_tell_is_not_held_against_a_session() -> None:
    truth = with_chap(None, tells_credentials=False)
    assert [line for line in ready(plan_of(truth, layout(chap=NEW))) if line.startswith("Log")] == []


def test_everything_is_announced_with_what_it_waits_for() -> None:
    truth = with_chap()
    first, second = (session.id for session in truth.sessions[:2])
    plan = renewal(truth)
    assert ready(plan) == [f"Login {A}"]
    lines = [(short(item.step), getattr(item.step, "session", None), item.after) for item in plan.steps[1:]]
    turn = f"the sessions of {path(0)} are made again"
    assert lines[:2] == [
        (f"RenewLogin {A}", None, "its new session stands"),
        ("Logout", first, "its new session stands"),
    ]
    assert lines[2:5] == [
        (f"Login {B}", None, turn),
        (f"RenewLogin {B}", None, "its new session stands"),
        ("Logout", second, turn),
    ]
    assert [line for line, _session, _after in lines[5:] if line != "RescanDisks"] == [
        *(f"Login {C}", f"RenewLogin {C}", "Logout"),
        *(f"Login {D}", f"RenewLogin {D}", "Logout"),
        "Logout",  # the rule, for what storing may make
    ]


def test_one_path_after_the_other_and_each_make_before_break() -> None:
    truth = with_chap()
    truth.arrays[0].secret = NEW.secret
    machine = FakeMachine(truth)
    outcome = converge(machine, whole(layout(chap=NEW), renew_secrets=True))
    assert outcome.state == "converged"
    assert steps_of(machine) == [
        line for one in (A, B, C, D) for line in (f"Login {one}", f"RenewLogin {one}", "Logout")
    ]
    assert [truth.secret_of(login) for login in truth.logins] == [NEW.secret] * 4
    assert {session.chap for session in truth.sessions} == {NEW}
    assert [session.path for session in truth.sessions] == all_paths(truth)


@pytest.mark.parametrize(
    ("chap", "wish", "stored_step"),
    [
        pytest.param(None, whole(layout(chap=NEW)), "ReplaceLogin", id="none-to-chap"),
        pytest.param(OLD, whole(layout(chap=MUTUAL)), "ReplaceLogin", id="chap-to-mutual"),
        pytest.param(OLD, whole(layout()), "ReplaceLogin", id="chap-to-none"),
        pytest.param(None, whole(with_digests(HEADER)), "ReplaceLogin", id="digests"),
        pytest.param(OLD, whole(layout(chap=NEW), renew_secrets=True), "RenewLogin", id="rotation"),
    ],
)
def test_each_kind_of_renewal_ends_as_wished_was_announced_and_a_second_run_is_empty(
    chap: Chap | None, wish: Desired, stored_step: str
) -> None:
    truth = with_chap(chap)
    plan = announced(wish, truth)
    machine = FakeMachine(truth)
    assert converge(machine, wish).state == "converged"
    assert steps_of(machine) == [
        line for one in (A, B, C, D) for line in (f"Login {one}", f"{stored_step} {one}", "Logout")
    ]
    assert [step for step in machine.performed if not any(s.covers(one, step) for one in plan)] == []
    assert plan_host(replace(wish, renew_secrets=False), truth.host()).steps == ()


def test_b_16_a_secret_that_the_array_does_not_take_costs_nothing() -> None:
    truth = with_chap()
    truth.arrays[0].secret = "another12345"
    before = [(session.id, session.path) for session in truth.sessions], list(truth.logins), list(truth.secrets)
    machine = FakeMachine(truth)
    outcome = converge(machine, whole(layout(chap=NEW), renew_secrets=True))
    assert steps_of(machine) == [f"Login {A}"]
    assert ([(session.id, session.path) for session in truth.sessions], truth.logins, truth.secrets) == before
    assert [finding.severity for finding in outcome.failures] == [Severity.PROBLEM]
    assert "RenewDiscoveryPortal" not in [short(step) for step in machine.performed]


def test_a_path_whose_successor_stands_is_finished_first() -> None:
    truth = with_chap()
    memory = standing(truth)
    truth.log_in(path(2), NEW)
    assert ready(renewal(truth, memory)) == [f"RenewLogin {C}"]


def test_the_old_session_goes_when_the_stored_half_is_of_today() -> None:
    truth = with_chap()
    done = s.RenewLogin(path(0).nic, path(0).portal, path(0).target, NEW, reason="")
    memory = replace(standing(truth), done=frozenset({done}))
    truth.log_in(path(0), NEW)
    assert renewal(truth, memory).ready == (s.Logout(truth.sessions[0].id, path(0).target, reason=""),)


@pytest.mark.parametrize("trouble", ["not shown", "failed", "outside"])
def test_the_old_session_stays_while_its_successor_does_not_show_the_same_luns(trouble: str) -> None:
    truth = with_chap(NEW)
    first = truth.sessions[0]
    first.chap = None
    truth.device_delay = 60.0 if trouble == "not shown" else 0.0
    new = truth.log_in(path(0), NEW)
    if trouble == "outside":
        new.outside = {lun.wwn for lun in truth.arrays[0].luns}
    host = truth.host()
    if trouble == "failed":
        disks = tuple(
            replace(
                disk,
                paths=tuple(
                    replace(one, state=PathState.FAILED) if one.address.target == new.id.session else one
                    for one in disk.paths
                ),
            )
            for disk in value_of(host.disks)
        )
        host = replace(host, disks=Known(disks))
    plan = plan_host(paths_wish(layout(chap=NEW)), host)
    assert [step for step in plan.ready if isinstance(step, s.Logout)] == []
    waits = {item.after for item in plan.steps if item.step == s.Logout(first.id, path(0).target, reason="")}
    if trouble == "outside":
        assert "multipath is in effect" in str(waits)
        return
    assert waits == {"its successor shows the same LUNs"}
    (finding,) = plan.of(Severity.PROBLEM)
    assert finding.side is Side.ARRAY
    assert all(lun.wwn in finding.text for lun in truth.arrays[0].luns)


def test_a_busy_session_stays_and_the_stored_halves_follow_all_the_same() -> None:
    """Windows may refuse to log out one of several sessions of a busy disk: every path gets the secret all the same."""
    truth = with_chap(busy_stays=True)
    truth.in_use = {lun.wwn for lun in truth.arrays[0].luns}
    wish = whole(layout(chap=NEW), renew_secrets=True)
    outcome = converge(FakeMachine(truth), wish)
    assert [session.path for session in truth.sessions] == [*all_paths(truth), *all_paths(truth)]
    assert [truth.secret_of(login) for login in truth.logins] == [NEW.secret] * 4
    assert outcome.failures == ()
    assert [text for text in map(str, outcome.plan.findings) if "it stays beside that one" in text]
    for _run in range(12):
        converge(FakeMachine(truth), wish)
    assert len(truth.sessions) == 16, "four sessions on one path are the most"


def test_a_kind_that_differs_is_not_made_again_each_run_while_the_old_session_stays() -> None:
    truth = with_chap(None, busy_stays=True)
    truth.in_use = {lun.wwn for lun in truth.arrays[0].luns}
    for _run in range(3):
        converge(FakeMachine(truth), whole(layout(chap=NEW)))
        assert len(truth.sessions) == 8


def test_until_multipath_is_in_effect_nothing_is_made_again() -> None:
    truth = pending(0, stores=[0])
    plan = plan_of(truth, layout(chap=NEW))
    assert ready(plan) == []
    lines = [line for line in waiting(plan) if A in line or "Logout" in line]
    assert lines
    assert all("multipath is in effect" in line for line in lines)


def test_a_session_over_several_paths_is_not_logged_out_for_one() -> None:
    truth = with_chap(None)
    host = truth.host()
    first, *others = value_of(host.sessions)
    two = replace(first, connections=(*first.connections, *others[1].connections))
    plan = plan_host(paths_wish(layout(chap=NEW)), replace(host, sessions=Known((two, *others))))
    assert [item for item in plan.steps if item.step == s.Logout(first.id, first.target, reason="")] == []


def test_steps_do_not_depend_on_the_order_of_what_was_read() -> None:
    truth = with_chap(None)
    truth.log_in(path(1), NEW)
    truth.store(stored(truth, path(2), multipath=False))
    plan = plan_of(truth, layout(chap=NEW))
    truth.reordered = True
    assert plan_of(truth, layout(chap=NEW)) == plan


def test_d_25_a_session_from_another_nic_stays_as_it_is() -> None:
    truth = with_chap(None)
    stray = replace(path(0), nic=path(1).nic)
    truth.log_in(stray)
    plan = plan_of(truth)
    assert [step for step in plan.ready if isinstance(step, (s.Logout, s.Login))] == []


# ---- stored half


def test_a_stored_login_with_another_chap_name_is_replaced_after_a_login_with_the_right_one() -> None:
    truth = with_chap(replace(OLD, user="host0"))
    (step,) = plan_of(truth, layout(chap=NEW)).ready[:1]
    assert isinstance(step, s.ReplaceLogin)
    assert step.reason == "its CHAP name is host0 instead of host1"


def test_a_name_that_windows_does_not_tell_is_right() -> None:
    truth = with_chap()
    truth.logins = [replace(login, user=None) for login in truth.logins]
    assert plan_of(truth, layout(chap=NEW)).steps == ()


def test_an_entry_of_one_key_is_replaced_in_one_step_whatever_is_wrong_with_its_twins() -> None:
    truth = converged()
    truth.logins[0] = replace(truth.logins[0], multipath=False)
    truth.logins.append(replace(truth.logins[0], informational=True))
    assert ready(plan_of(truth)) == [f"ReplaceLogin {A}"]


def test_a_dead_path_gets_the_secret_that_works_on_the_others() -> None:
    truth = with_chap()
    truth.arrays[0].secret = NEW.secret
    truth.sessions.pop(0)
    truth.down = {(path(0).nic, path(0).portal)}
    machine = FakeMachine(truth)
    converge(machine, whole(layout(chap=NEW), renew_secrets=True))
    assert [truth.secret_of(login) for login in truth.logins] == [NEW.secret] * 4
    assert sum(truth.dead_waits.values()) == 1


def test_a_secret_that_has_not_made_a_session_is_not_stored() -> None:
    truth = with_chap()
    truth.sessions.clear()
    truth.down = {(one.nic, one.portal) for one in all_paths(truth)}
    converge(FakeMachine(truth), whole(layout(chap=NEW), renew_secrets=True))
    assert [truth.secret_of(login) for login in truth.logins] == [OLD.secret] * 4


def test_other_credentials_are_not_stored_for_a_path_whose_login_failed_with_them() -> None:
    truth = with_chap(None)
    truth.sessions.clear()
    step = s.Login(path(0).nic, path(0).portal, path(0).target, NEW, reason="")
    plan = plan_of(truth, layout(chap=NEW), Memory(failed={step: FAILED}))
    assert f"ReplaceLogin {A}" not in [short(item.step) for item in plan.steps if item.after is None]


def test_a_session_that_lost_its_connection_goes_when_its_paths_are_there_again() -> None:
    truth = converged()
    leftover = truth.sessions[0]
    leftover.connected = False
    logout = s.Logout(leftover.id, path(0).target, reason="")
    plan = plan_of(truth)
    assert {item.after for item in plan.steps if item.step == logout} == {"its new session stands"}
    (login,) = [step for step in plan.ready if isinstance(step, s.Login)]
    # While the path cannot be made it is left to Windows, which may still make it again.
    failed = plan_of(truth, memory=Memory(failed={login: FAILED}))
    assert logout not in [item.step for item in failed.steps]
    truth.log_in(path(0))
    assert plan_of(truth).ready == (logout,)


def test_twins_that_are_wrong_are_not_replaced_before_multipath_is_in_effect() -> None:
    """Both would be stored, and if storing logs in the LUNs would be seen twice."""
    truth = pending()
    truth.logins = [stored(truth, path(0)), stored(truth, path(0), multipath=False)]
    lines = [(short(item.step), item.after) for item in plan_of(truth).steps if isinstance(item.step, s.ReplaceLogin)]
    assert (f"ReplaceLogin {A}", "multipath is in effect") in lines
    assert f"ReplaceLogin {A}" not in ready(plan_of(truth))


# ---- several paths stand again and again


def test_a_login_that_the_array_grants_otherwise_is_not_repeated_without_end() -> None:
    truth = with_chap(None)
    for _number in range(3):
        truth.log_in(path(0))
    plan = plan_of(truth, with_digests(HEADER))
    assert [line for line in ready(plan) if line.startswith("Login")] == [f"Login {B}"], "its turn has passed"
    (finding,) = plan.of(Severity.PROBLEM)
    assert (finding.side, finding.where) == (Side.ARRAY, f"path {path(0)}")
    assert "4 sessions stand for 1 and do not serve (its header digest is off instead of on)" in finding.text
