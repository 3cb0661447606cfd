# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What leads to declared arrays and is not wished for goes, where it is safe."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Known, Path
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Layout,
    Surplus,
    WantedInitiator,
    WantedPaths,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Finding, Memory, Severity, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.removal import STORED
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    portal,
    prepared,
    target_of,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.removing import (
    ACROSS,
    BOTH,
    NIC_1,
    OLD_TARGET,
    PORTAL_1,
    announced,
    purge_wish,
    purged,
    removals,
    surplus_path,
    use,
    with_surplus,
)

UNDECLARED = frozenset({Surplus.UNDECLARED})
COMPLETE = "[every declared path of eva01 is live, stored and in MPIO]"


# ---- what goes


def test_a_converged_host_has_nothing_to_purge() -> None:
    plan = purged(use(converged()), BOTH)
    assert (plan.steps, plan.findings) == ((), ())


def test_x_02_the_stored_login_goes_first_then_its_session() -> None:
    truth = use(with_surplus())
    plan = purged(truth)
    assert removals(plan) == ["RemoveLogin 1"]
    assert announced(plan) == [f"Logout 5 [{STORED}]"]
    truth.logins.pop()
    assert removals(purged(truth)) == ["Logout 5"]
    truth.sessions.pop()
    assert purged(truth).steps == ()


def test_without_purge_it_is_named_and_kept() -> None:
    plan = purged(with_surplus(), ())
    assert plan.steps == ()
    assert [one.severity for one in plan.findings] == [Severity.NOTE]
    assert "purge: [stale]" in plan.findings[0].text


LOGINS: dict[str, tuple[dict[str, t.Any], frozenset[Surplus]]] = {
    "F-14 portal no longer declared": ({"portal": portal("10.10.1.99")}, frozenset({Surplus.STALE})),
    "F-22 other NIC, no session": ({"port_number": 1}, frozenset({Surplus.STALE})),
    "F-18 any NIC": ({"port_number": None}, frozenset({Surplus.STALE})),
    "F-17 any portal": ({"portal": None, "port_number": None}, frozenset({Surplus.STALE})),
    "port number of a NIC that is gone": ({"port_number": 77}, frozenset({Surplus.STALE})),
    "N-10 letter case": ({"target": target_of(PORTAL_1).upper(), "port_number": 1}, frozenset({Surplus.STALE})),
    "target not declared": ({"target": OLD_TARGET}, UNDECLARED),
    "F-12 foreign": ({"target": OLD_TARGET, "portal": portal("10.10.1.200")}, frozenset()),
    "an HBA's": ({"port_number": 1, "instance": "PCI\\VEN_1077\\1_0"}, frozenset()),
    "N-12 its name only begins alike": (
        {"target": target_of(PORTAL_1) + "0", "portal": portal("10.10.1.200")},
        frozenset(),
    ),
}


@pytest.mark.parametrize(
    "wished",
    [frozenset(), *[frozenset({one}) for one in Surplus], BOTH],
    ids=["none", *(one.value for one in Surplus), "both"],
)
@pytest.mark.parametrize(("changes", "kinds"), LOGINS.values(), ids=LOGINS.keys())
def test_only_the_class_asked_for_goes(
    changes: dict[str, t.Any], kinds: frozenset[Surplus], wished: frozenset[Surplus]
) -> None:
    truth = converged()
    extra = replace(truth.logins[0], **changes)
    truth.logins.append(extra)
    expected = [extra] if kinds & wished else []
    plan = purged(truth, wished, layout=layout(targets=[path.target for path in all_paths(truth)]))
    assert [step.login for step in plan.ready if isinstance(step, s.RemoveLogin)] == expected
    assert all(isinstance(step, s.RemoveLogin) for step in plan.ready)


def test_without_named_targets_no_target_is_undeclared() -> None:
    """What its portals do not tell of now, they may tell of tomorrow."""
    truth = converged()
    truth.logins.append(replace(truth.logins[0], target=OLD_TARGET))
    plan = purged(truth, BOTH)
    assert plan.steps == ()
    assert "kept: 1 stored login, to targets that its portals do not tell of now" in str(plan.findings)
    assert "declare the targets of its array and remove it with purge: [undeclared]" in str(plan.findings)


def test_f_26_those_of_declared_paths_stay_when_one_of_the_same_target_goes() -> None:
    truth = converged()
    truth.logins.append(replace(truth.logins[0], portal=portal("10.10.1.99")))
    (step,) = purged(truth).ready
    assert isinstance(step, s.RemoveLogin)
    assert (step.login, step.keep, step.chap) == (truth.logins[-1], 0, None)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_b_24_of_a_path_as_many_stay_as_are_wished_for(number: int) -> None:
    truth = converged()
    first = all_paths(truth)[0]
    for path in all_paths(truth):
        for _more in range(number - 1):
            surplus_path(truth, path)
    for _more in range(2):
        surplus_path(truth, first)
    paths = WantedPaths(sessions_per_path=number)
    plan = purged(truth, paths=paths)
    own = [session.id.session for session in truth.sessions if session.path == first]
    assert removals(plan)[0] == f"RemoveLogin 2 of {number + 2}"
    assert removals(plan)[1:] == [f"Logout {one}" for one in sorted(own)[number:]]
    truth.logins = truth.logins[:-2]
    truth.sessions = truth.sessions[:-2]
    assert purged(truth, paths=paths).steps == ()


def test_equal_ones_that_are_not_wished_for_go_in_one_step() -> None:
    truth = converged()
    truth.logins += [stored(truth, ACROSS)] * 3
    (step,) = purged(truth).ready
    assert (step.removes, step.becomes) == (3, "remove 3 equal ones")


def test_x_16_a_session_without_connection_goes_by_its_id() -> None:
    truth = use(converged())
    leftover = truth.log_in(all_paths(truth)[0])
    leftover.connected = False
    # Its successor stands, so it goes without a purge too and counts for none.
    assert purged(truth).ready == (s.Logout(leftover.id, leftover.path.target, reason=""),)
    assert removals(purged(truth)) == []


@pytest.mark.parametrize(
    ("mark", "path"),
    [
        (lambda session: setattr(session, "tells_nic", False), ACROSS),
        (lambda session: None, Path(portal("10.10.9.9").address, PORTAL_1, target_of(PORTAL_1))),
    ],
    ids=["unknown NIC", "an HBA's NIC"],
)
def test_sessions_that_may_be_others_stay(mark: Callable[[t.Any], object], path: Path) -> None:
    truth = converged()
    mark(truth.log_in(path))
    assert purged(truth, BOTH).steps == ()


def test_a_session_to_a_target_that_is_not_declared_goes_where_that_is_asked_for() -> None:
    where = layout(targets=[target_of(one.portal) for one in layout().arrays[0].portals])
    truth = converged()
    truth.arrays[0].targets[OLD_TARGET] = (PORTAL_1,)
    surplus_path(truth, Path(NIC_1, PORTAL_1, OLD_TARGET))
    assert purged(truth, layout=where).steps == ()
    assert removals(purged(truth, UNDECLARED, layout=where)) == ["RemoveLogin 1"]


def test_steps_do_not_depend_on_the_order_of_what_was_read() -> None:
    truth = with_surplus()
    surplus_path(truth, Path(NIC_1, portal("10.10.2.21"), target_of(portal("10.10.2.21"))))
    truth.logins.append(replace(truth.logins[0], portal=None, port_number=None))
    plan = purged(truth, BOTH)
    truth.logins.reverse()
    truth.reordered = True
    assert purged(truth, BOTH).steps == plan.steps
    last = [step for step in plan.ready if isinstance(step, s.RemoveLogin)][-1]
    assert last.login.portal is None, "one that takes others along goes last"


# ---- only where the array is complete


def drop_session(truth: Truth) -> None:
    truth.sessions.pop(0)


def drop_login(truth: Truth) -> None:
    truth.logins.pop(0)


def silent(truth: Truth) -> None:
    truth.known_targets.pop(target_of(PORTAL_1))
    truth.sessions = [one for one in truth.sessions if one.path.portal != PORTAL_1]


@pytest.mark.parametrize("trouble", [drop_session, drop_login, silent])
def test_nothing_goes_before_the_array_is_complete_and_what_will_is_announced(
    trouble: Callable[[Truth], None],
) -> None:
    truth = with_surplus()
    trouble(truth)
    promised = purged(truth)
    assert removals(promised) == []
    if trouble is not silent:
        assert announced(promised) == [f"RemoveLogin 1 {COMPLETE}", f"Logout 5 {COMPLETE}"]
    for taken in (*purged(with_surplus()).steps, *purged(converged_with_other_numbers()).steps):
        assert [item for item in promised.steps if s.covers(item.step, taken.step)], taken.step.summary


def converged_with_other_numbers() -> Truth:
    """The same after a restart, which numbers sessions anew."""
    return with_surplus(next_session=20)


def test_while_the_service_is_stopped_removals_are_announced_as_rules() -> None:
    truth = with_surplus()
    truth.running = False
    plan = plan_host(purge_wish(BOTH, initiator=WantedInitiator(), portals=True), truth.host())
    rules = [item for item in plan.steps if item.fallback and item.step.removes]
    assert {type(item.step) for item in rules} == {s.RemoveLogin, s.Logout, s.RemoveDiscoveryPortal}
    assert all(s.is_rule(item.step) and item.after for item in rules)
    assert not [one for one in plan.findings if one.where == "what is to be purged"]


def test_f_20_nothing_goes_while_the_array_does_not_answer() -> None:
    truth = with_surplus()
    drop_session(truth)
    login = purged(truth).ready[0]
    failed = Memory(failed={login: Finding(Severity.PROBLEM, Side.NETWORK, "path", "it failed", one_path=True)})
    plan = purged(truth, memory=failed)
    assert plan.steps == ()
    (note,) = [one for one in plan.findings if "nothing of an array is removed" in one.text]
    assert note.text.startswith("kept although not wished for: 1 stored login and 1 session;")


def test_nothing_goes_while_multipath_is_not_in_effect() -> None:
    truth = prepared()
    truth.loaded_claims, truth.claims = [], []
    truth.log_in(all_paths(truth)[0])
    truth.logins = [stored(truth, all_paths(truth)[0]), stored(truth, ACROSS)]
    assert not [step for step in purged(truth).ready if step.removes]


def test_what_may_belong_to_an_array_that_does_not_answer_stays() -> None:
    """Two arrays behind one target portal: the login to the silent one is none of the other's."""
    one, other = (
        replace(layout().arrays[0], name=name, targets=targets)
        for name, targets in (("eva01", (target_of(PORTAL_1),)), ("eva02", (OLD_TARGET,)))
    )
    portals = layout(portals=["10.10.1.21"]).arrays[0].portals
    where = Layout((replace(one, portals=portals), replace(other, portals=portals)), layout().nics)
    truth = converged(portals=["10.10.1.21"])
    truth.logins.append(replace(truth.logins[0], target=OLD_TARGET))
    plan = purged(truth, BOTH, layout=where)
    assert not [step for step in plan.ready if step.removes]


@pytest.mark.parametrize("part", ["logins", "sessions", "initiator"])
def test_what_cannot_be_read_blocks_the_purge(part: str) -> None:
    truth = with_surplus()
    truth.hidden = frozenset({part})
    plan = purged(truth)
    assert not [item for item in plan.steps if item.step.removes]
    assert [one for one in plan.findings if one.where == "what is to be purged"]


def test_a_port_number_that_windows_does_not_resolve_is_not_purged() -> None:
    truth = converged()
    truth.logins.append(replace(truth.logins[0], port_number=77))
    host = truth.host()
    assert isinstance(host.initiator, Known)
    blind = replace(host, initiator=Known(replace(host.initiator.value, ports_known=False)))
    assert not [item for item in plan_host(purge_wish(BOTH), blind).steps if item.step.removes]
