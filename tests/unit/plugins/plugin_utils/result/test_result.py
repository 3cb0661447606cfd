# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run comes to as a result: what fails the task, what counts as a change, and which arrays are judged."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Path
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Answer
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Desired,
    Layout,
    WantedInitiator,
    WantedPaths,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._result import result_of
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    fresh,
    portal,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import FakeArray, Lun, Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, whole

OTHER = ("10.10.1.31", "10.10.2.31")
OTHER_PRODUCT = "HSV300"


def run(truth: Truth, desired: Desired, check_mode: bool = False, **failing: list[Answer]) -> dict[str, t.Any]:
    """Return the result of a run; ``failing`` names kinds of steps that are answered instead of working."""
    machine = FakeMachine(truth)
    machine.failing = {getattr(s, name): answers for name, answers in failing.items()}
    return result_of(desired, converge(machine, desired, check_mode=check_mode), machine.command, check_mode)


def lenient(minimum: int, where: Layout | None = None) -> Desired:
    return whole(where, paths=WantedPaths(minimum))


def lose(truth: Truth, number: int) -> Path:
    """Break the way of one path of a host that had all of them."""
    path = all_paths(truth)[number]
    truth.sessions = [session for session in truth.sessions if session.path != path]
    truth.down.add((path.nic, path.portal))
    return path


def with_other_array(truth: Truth, *, presented: bool, product: str = "HSV340") -> Layout:
    """Cable a second array to the host, and declare both."""
    ports = [portal(address) for address in OTHER]
    targets = {f"iqn.1986-03.com.hp:eva02.{number}": (port,) for number, port in enumerate(ports)}
    lun = Lun("6001438005DE22220000400000220000", product=product, alua=False, presented=presented)
    truth.arrays.append(FakeArray(targets, [lun]))
    one, other = layout(), layout(portals=OTHER).arrays[0]
    return replace(one, arrays=(*one.arrays, replace(other, name="eva02", hardware_ids=(f"{'HP':8}{product:16}",))))


def test_a_second_run_is_no_change_and_no_failure() -> None:
    truth = fresh()
    first, second = run(truth, whole()), run(truth, whole())
    assert (first["changed"], first.get("failed"), first["state"]) == (True, None, "converged")
    assert (second["changed"], second["steps"], second["state"]) == (False, [], "converged")
    assert not any(row["failed"] for row in first["steps"])
    assert [lun["proven"] for lun in second["luns"]] == [True, True]


# ---- one path that does not come back


@pytest.mark.parametrize(("minimum", "fails"), [(None, True), (4, True), (3, False), (1, False)])
def test_a_dead_path_and_the_minimum(minimum: int | None, fails: bool) -> None:
    truth = converged()
    dead = lose(truth, 3)
    result = run(truth, whole(paths=WantedPaths(minimum)))
    assert result.get("failed", False) is fails
    assert [row["step"].partition(":")[0] for row in result["steps"] if row["failed"]]
    assert any(str(dead) in finding["where"] for finding in result["findings"])


def test_a_dead_path_is_tried_in_every_run_and_is_no_change() -> None:
    truth = converged()
    dead = lose(truth, 3)
    for _run in range(2):
        result = run(truth, lenient(3))
        assert [(row["step"], row["failed"]) for row in result["steps"]] == [(f"session {dead}: log in", True)]
        assert result["changed"] is False
        notes = [finding["text"] for finding in result["findings"] if finding["severity"] == "note"]
        assert f"no working path {dead}" in notes


def test_a_minimum_does_not_let_one_controller_be_enough() -> None:
    truth = converged()
    lose(truth, 2)
    lose(truth, 3)
    result = run(truth, lenient(2))
    assert result["failed"] is True
    assert "every working path uses controller target port group 1" in result["msg"]


def test_a_silent_portal_is_asked_in_every_run_and_is_no_change() -> None:
    truth = converged()
    path = lose(truth, 3)
    del truth.known_targets[path.target]
    truth.logins = [login for login in truth.logins if login.target != path.target]
    result = run(truth, lenient(3))
    assert [(type_of(row), row["failed"]) for row in result["steps"]] == [("RefreshTargets", False)]
    assert (result["changed"], result.get("failed")) == (False, None)
    assert run(truth, whole())["failed"] is True


def type_of(row: dict[str, t.Any]) -> str:
    """The kind of a step, as the fake machine renders it."""
    return str(row["command"]).removeprefix("does ")


def test_targets_that_are_asked_for_and_logged_in_to_are_a_change() -> None:
    truth = prepared()
    truth.known_targets = {}
    assert run(truth, whole(), check_mode=True)["changed"] is True
    assert run(truth, whole())["changed"] is True


def test_a_discovery_portal_that_cannot_be_stored_costs_one_path() -> None:
    truth = converged()
    path = lose(truth, 3)
    truth.discovery = [item for item in truth.discovery if item != (path.portal, path.nic)]
    del truth.known_targets[path.target]
    tolerated = run(truth, lenient(3), AddDiscoveryPortal=[])
    assert (tolerated["changed"], tolerated.get("failed")) == (False, None)
    assert [row["failed"] for row in tolerated["steps"] if type_of(row) == "AddDiscoveryPortal"] == [True]
    assert "it was made to fail" in " ".join(finding["text"] for finding in tolerated["findings"])
    assert run(truth, whole(), AddDiscoveryPortal=[])["failed"] is True


def test_where_paths_are_not_managed_every_discovery_portal_counts() -> None:
    truth = prepared()
    truth.discovery.pop()
    result = run(truth, Desired(layout=layout(), portals=True), AddDiscoveryPortal=[])
    assert (result["failed"], result["changed"]) == (True, False)


def test_a_stored_discovery_portal_counts_where_no_minimum_is_wished() -> None:
    """Every path is there, and still the wish is not fulfilled."""
    truth = converged()
    truth.discovery.pop()
    assert run(truth, whole(), AddDiscoveryPortal=[])["failed"] is True
    assert run(truth, lenient(4), AddDiscoveryPortal=[]).get("failed") is None


# ---- what is a change


def test_a_step_that_works_beside_one_that_does_not_is_a_change() -> None:
    truth = converged()
    lose(truth, 3)
    truth.sessions.pop(0)
    result = run(truth, lenient(3))
    assert result["changed"] is True
    assert sorted((type_of(row), row["failed"]) for row in result["steps"]) == [("Login", False), ("Login", True)]


def test_what_worked_at_the_second_try_has_not_failed() -> None:
    truth = converged()
    truth.sessions.pop()
    result = run(truth, whole(), Login=[Answer("busy", retry=True)])
    assert [row["failed"] for row in result["steps"]] == [False, False]
    assert (result["changed"], result.get("failed")) == (True, None)


def test_what_is_stored_and_taken_back_is_no_change() -> None:
    """Without multipath the one path is stored before its session is made, and forgotten if that cannot be."""
    truth = prepared()
    truth.down = {(path.nic, path.portal) for path in all_paths(truth)}
    result = run(truth, whole())
    assert (result["failed"], result["changed"]) == (True, False)
    assert {type_of(row) for row in result["steps"]} == {"StoreLogin", "Login", "ForgetLogin"}
    assert truth.logins == []


def test_a_restart_is_a_change_even_if_it_did_not_help() -> None:
    truth = fresh()
    truth.feature = "pending"
    truth.boot = lambda: None  # type: ignore[method-assign]
    result = run(truth, whole())
    assert (result["rebooted"], result["changed"]) == (True, True)


def test_check_mode_shows_no_step_as_failed() -> None:
    result = run(fresh(), whole(), check_mode=True)
    assert result["changed"] is True
    assert {row["failed"] for row in result["steps"]} == {False}


# ---- one array's state does not stand for another's


def test_an_array_that_waits_does_not_hide_what_another_lacks() -> None:
    truth = converged()
    where = with_other_array(truth, presented=False)
    dead = lose(truth, 3)
    result = run(truth, whole(where))
    assert result["state"] == "waiting_for_presentation"
    assert result["failed"] is True
    assert "array eva01: 3 of 4 declared paths are live, 4 needed" in result["msg"]
    assert str(dead) in result["msg"]
    assert "eva02" not in result["msg"]


def test_an_array_that_waits_does_not_hide_that_another_is_not_redundant() -> None:
    truth = converged(portals=["10.10.1.21", "10.10.2.21"])
    where = with_other_array(truth, presented=False)
    both = replace(where, arrays=(layout(portals=("10.10.1.21", "10.10.2.21")).arrays[0], where.arrays[1]))
    result = run(truth, whole(both))
    assert result["failed"] is True
    assert "every working path uses controller target port group 1" in result["msg"]
    assert "eva02" not in result["msg"]


def test_an_array_that_waits_is_no_failure() -> None:
    truth = converged()
    result = run(truth, whole(with_other_array(truth, presented=False)))
    assert (result["state"], result.get("failed")) == ("waiting_for_presentation", None)
    assert result["msg"].startswith("eva02 shows no LUN to iqn.1991-05.com.microsoft:host1")


def test_an_array_that_waits_for_the_restart_does_not_hide_what_another_lacks() -> None:
    truth = converged()
    where = with_other_array(truth, presented=True, product=OTHER_PRODUCT)
    # The second array's LUNs came before their claim took effect.
    name, (port,) = next(iter(truth.arrays[1].targets.items()))
    path = Path(truth.interfaces[0].ip, port, name)
    truth.discovery.append((port, path.nic))
    truth.discover(port, path.nic)
    truth.log_in(path)
    truth.logins.append(stored(truth, path))
    ids = tuple(f"{'HP':8}{product:16}" for product in ("HSV340", OTHER_PRODUCT))
    desired = whole(where, claim=ids, reboot_allowed=False)
    good = run(truth, desired)
    assert (good["state"], good.get("failed")) == ("reboot_required", None)
    lose(truth, 3)
    bad = run(truth, desired)
    assert (bad["state"], bad["failed"]) == ("reboot_required", True)
    assert "array eva01: 3 of 4 declared paths are live, 4 needed" in bad["msg"]
    assert "array eva02" not in bad["msg"]


def test_a_host_that_waits_for_its_first_restart_is_no_failure() -> None:
    result = run(fresh(), whole(reboot_allowed=False))
    assert (result["state"], result.get("failed"), result["reboot_required"]) == ("reboot_required", None, True)


@pytest.mark.parametrize(("minimum", "failed"), [(2, False), (None, True)])
def test_a_declared_nic_that_is_missing_counts_as_its_paths(minimum: int | None, failed: bool) -> None:
    truth = converged(nics=["10.10.1.11/24"])
    result = run(truth, whole(paths=WantedPaths(minimum)))
    assert result.get("failed", False) is failed
    assert "NIC 10.10.2.11" in [finding["where"] for finding in result["findings"]]


def test_a_new_node_name_says_what_becomes_of_the_sessions() -> None:
    truth = converged()
    name = "iqn.2003-10.com.example:db1"
    desired = Desired(initiator=WantedInitiator(name, rename_despite_sessions=True))
    result = run(truth, desired)
    (note,) = [finding for finding in result["findings"] if finding["where"] == "initiator node name"]
    assert "the old name iqn.1991-05.com.microsoft:host1 stays with 4 sessions" in note["text"]
    assert (result["changed"], result.get("failed"), truth.node_name) == (True, None, name)
    assert run(truth, desired)["findings"] == []


@pytest.mark.parametrize("minimum", [None, 1])
def test_paths_that_are_to_be_absent_are_no_shortfall(minimum: int | None) -> None:
    desired = Desired(layout=layout(), paths=WantedPaths(minimum), absent=True, proof=True)
    result = run(converged(), desired)
    assert (result["state"], result["changed"], result.get("failed")) == ("converged", True, None)
    assert "luns" not in result


def test_a_session_that_stays_fails_what_is_to_be_absent() -> None:
    desired = Desired(layout=layout(), paths=WantedPaths(1), absent=True)
    result = run(converged(), desired, Logout=[])
    assert result["failed"] is True
    assert {type_of(row) for row in result["steps"] if row["failed"]} == {"Logout"}


# ---- what people see


def test_a_failed_task_does_not_print_the_whole_host() -> None:
    truth = converged()
    assert {"before", "after"} <= set(run(truth, whole()))
    lose(truth, 3)
    failed = run(truth, whole())
    assert failed["failed"]
    assert not {"before", "after"} & set(failed)


def test_a_run_that_was_cut_says_so_and_what_was_done() -> None:
    machine, wish = FakeMachine(prepared()), whole()
    result = result_of(wish, converge(machine, wish), machine.command, False, cut_off="the host is gone")
    assert (result["failed"], result["msg"], bool(result["steps"])) == (True, "the host is gone", True)
    assert not {"before", "after"} & set(result)


def test_what_was_asked_for_and_not_done_is_a_warning() -> None:
    truth = converged()
    desired = Desired(layout=layout(nics=["10.10.1.99"]), paths=WantedPaths(), absent=True)
    result = run(truth, desired)
    (warning,) = result["warnings"]
    assert warning.startswith("NIC 10.10.1.99: this host has no such address now")
    assert (result.get("failed"), result["changed"]) == (None, False)
    assert "warnings" not in run(truth, whole())
