# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is not wished for goes when somebody asks for it, class by class, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.leftovers import log_in, request, store, target_at
from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult
from ansible_collections.eva.mpio.tests.integration.stage import PORTALS, Stage, array, server
from ansible_collections.eva.mpio.tests.lab.fabric.interface import PortalAddress
from ansible_collections.eva.mpio.tests.lab.windows.iscsi.model import LoginOptions

Make = Callable[..., Stage]

NICS = ("10.10.1.11", "10.10.2.11")
OTHER = {
    "name": "other",
    "model": "EVA4400",
    "ports": [{"address": "10.10.1.91", "controller": "A"}, {"address": "10.10.2.91", "controller": "B"}],
}
GONE = "10.10.1.29"
"""A target portal that the array had once."""


@pytest.fixture
def lab(stage: Make) -> Stage:
    """Return a server that is as it should be, beside an array that nobody declares."""
    found = stage(server("win1", 1), arrays=[array(), OTHER], routed=True)
    options = ours(found)
    done = found.module("host", "win1", options)
    assert done["state"] == "converged", done.message
    return found


def ours(lab: Stage, **more: Any) -> dict[str, Any]:
    """Return the options with the first array alone declared."""
    options = lab.whole("win1", **more)
    return {**options, "arrays": [one for one in options["arrays"] if one["name"] == "eva01"]}


def purge(lab: Stage, *kinds: str, check: bool = False, **more: Any) -> TaskResult:
    """Run eva.mpio.session with a purge."""
    layout = {key: value for key, value in ours(lab).items() if key in ("arrays", "nics")}
    return lab.module("session", "win1", {**layout, "purge": list(kinds), **more}, check=check)


def logins(lab: Stage) -> list[tuple[str | None, str]]:
    """Return NIC and portal of each stored login."""
    return list(lab.truth("win1").stored)


def whole(lab: Stage) -> tuple[tuple[str, str], ...]:
    """Return the pairs of the first array that belong together."""
    return tuple(pair for pair in lab.declared("win1") if pair[1] in PORTALS)


def leave_stale_logins(lab: Stage) -> None:
    """Store logins of a declared target over paths that nobody declares."""
    store(lab, "win1", request(lab, "win1", PORTALS[0], NICS[1]))  # the other NIC
    store(lab, "win1", request(lab, "win1", GONE, NICS[0], target_at(lab, PORTALS[0])))  # a portal that is no more
    store(lab, "win1", request(lab, "win1", PORTALS[1], None))  # any NIC
    store(lab, "win1", request(lab, "win1", None, None, target_at(lab, PORTALS[2])))  # any NIC and any portal


def test_stale_logins_stay_unless_asked_for_and_are_named(lab: Stage) -> None:
    leave_stale_logins(lab)
    before = logins(lab)
    result = purge(lab)
    assert (result.status, result["changed"]) == ("ok", False)
    assert logins(lab) == before
    assert sum("no half of a declared path" in finding["text"] for finding in result["findings"]) == 4


def test_stale_logins_go_and_the_live_sessions_stay(lab: Stage) -> None:
    """F-14, F-16, F-18, F-26: the good ones of the same targets stay, and no session ends."""
    leave_stale_logins(lab)
    store(lab, "win1", request(lab, "win1", "10.10.1.91", NICS[0], target_at(lab, "10.10.1.91", "other")))
    sessions = lab.truth("win1").live
    announced = purge(lab, "stale", check=True)
    assert announced.status == "ok", announced.message
    mark = lab.now
    result = purge(lab, "stale")
    assert result.status == "ok", result.message
    assert set(result.steps) <= set(announced.steps)
    assert sum(step.endswith(": remove") for step in result.steps) == 4
    foreign = (NICS[0], "10.10.1.91")
    assert sorted(logins(lab), key=str) == sorted((*whole(lab), foreign), key=str)
    assert lab.truth("win1").live == sessions
    assert lab.endings("win1", mark) == []
    again = purge(lab, "stale")
    assert (again.status, again["changed"], again["steps"]) == ("ok", False, [])


@pytest.mark.parametrize("all_equal", [True, False])
def test_one_login_stored_several_times_is_stored_once(lab: Stage, all_equal: bool) -> None:
    """B-24: exactly the superfluous ones go, whether Windows removes one or all of equal ones."""
    lab.fleet.host("win1").switches.remove_persistent_removes_all_equal = all_equal
    for _time in range(3):
        store(lab, "win1", request(lab, "win1", PORTALS[0], NICS[0]))
    result = purge(lab, "stale")
    assert result.status == "ok", result.message
    assert tuple(logins(lab)) == whole(lab)
    assert purge(lab, "stale")["changed"] is False


def test_superfluous_sessions_go_after_their_stored_logins(lab: Stage) -> None:
    """B-24, X-02: sessions over undeclared paths and second ones of a declared path."""
    for nic in NICS:
        wanted = request(lab, "win1", PORTALS[0], nic)
        store(lab, "win1", wanted)
        log_in(lab, "win1", wanted)
    assert len(lab.truth("win1").live) == 6
    mark = lab.now
    result = purge(lab, "stale")
    assert result.status == "ok", result.message
    assert lab.truth("win1").live == whole(lab)
    assert tuple(logins(lab)) == whole(lab)
    changes = [change for change in lab.changes("win1", mark) if change.startswith(("persistent login", "session"))]
    assert changes.index("session closed") > max(
        number for number, change in enumerate(changes) if change == "persistent login removed"
    )
    assert purge(lab, "stale")["changed"] is False


def test_a_login_of_an_undeclared_target_goes_only_with_its_class(lab: Stage) -> None:
    """F-12: it stays unless asked for."""
    store(lab, "win1", request(lab, "win1", PORTALS[0], NICS[0], "iqn.1986-03.com.hp:fcgw.mpx200.old"))
    arrays = [{**one, "targets": [target_at(lab, portal) for portal in PORTALS]} for one in ours(lab)["arrays"]]
    kept = purge(lab, "stale", arrays=arrays)
    assert (kept.status, kept["changed"]) == ("ok", False), kept.message
    result = purge(lab, "undeclared", arrays=arrays)
    assert (result.status, result["changed"]) == ("ok", True), result.message
    assert tuple(logins(lab)) == whole(lab)


@pytest.mark.parametrize("secret", ["mistyped-secret", "initiator-secret"])
def test_right_logins_are_stored_again_only_with_a_secret_that_the_array_takes(stage: Make, secret: str) -> None:
    """A login for any NIC takes those of its target along, and nobody can read whether the wish holds their secret."""
    lab = stage(server("win1", 1, chap={"secret": "initiator-secret", "name": "host"}), arrays=[array()])
    lab.provision("win1")
    store(lab, "win1", request(lab, "win1", PORTALS[0], None))
    arrays = [{**one, "chap_user": "host", "chap_secret": secret} for one in ours(lab)["arrays"]]
    before = logins(lab)
    kept = purge(lab, "stale", arrays=arrays)
    assert (kept.status, kept["changed"]) == ("failed", False)
    assert "whether the array still takes the declared secret" in kept.message
    assert logins(lab) == before
    proved = purge(lab, "stale", arrays=arrays, update_password="always")
    assert tuple(logins(lab)) == (whole(lab) if proved.status == "ok" else tuple(before)), proved.message
    assert (proved.status == "ok") is (secret == "initiator-secret")


@pytest.mark.parametrize("prefix", [None, 29], ids=["cable is out", "mask is wrong"])
def test_nothing_goes_of_a_declared_nic_that_finds_no_target_portal(lab: Stage, prefix: int | None) -> None:
    host = lab.fleet.host("win1")
    for number, disk in enumerate(host.disks.disk_views()):
        host.disks.mount(disk.naa, "EFGHIJ"[number])
    arrays = [{**one, "targets": [target_at(lab, portal) for portal in PORTALS]} for one in ours(lab)["arrays"]]
    sessions, before = lab.truth("win1").live, len(logins(lab))
    with lab.fleet.laws.fault():
        if prefix is None:
            lab.fleet.faults.inject("nic-down", NICS[1])
        host.network.remove(NICS[1])
        if prefix is not None:
            host.network.add(f"{NICS[1]}/{prefix}", "SAN B")
    for options in ({}, {"arrays": arrays}):
        result = purge(lab, "stale", "undeclared", minimum_paths=1, **options)
        assert result["changed"] is False, result.message
    assert len(logins(lab)) == before
    if prefix is not None:
        assert lab.truth("win1").live == sessions


def test_nothing_goes_while_a_path_of_the_array_does_not_work(lab: Stage) -> None:
    """The outage guard: what looks stale may be what works."""
    leave_stale_logins(lab)
    lab.fleet.faults.inject("portal-down", PORTALS[3])
    before = logins(lab)
    result = purge(lab, "stale")
    assert result.status == "failed"
    assert logins(lab) == before
    assert "removed" in result.message or any("removed" in finding["text"] for finding in result["findings"])
    lab.fleet.faults.heal("portal-down", PORTALS[3])


def test_a_run_removes_no_more_than_its_limit_and_says_what_is_left(lab: Stage) -> None:
    """F-20."""
    leave_stale_logins(lab)
    result = purge(lab, "stale", purge_limit=3)
    assert result.status == "failed"
    assert "purge_limit" in result.message
    assert len(logins(lab)) == len(whole(lab)) + 1
    assert purge(lab, "stale", purge_limit=3).status == "ok"
    assert tuple(logins(lab)) == whole(lab)


@profiles.needs(profiles.MPCLAIM_SHOWS)
def test_a_session_that_windows_will_not_end_is_named_and_the_rest_is_done(lab: Stage) -> None:
    host = lab.fleet.host("win1")
    host.switches.logout_busy_of_several_succeeds = False
    host.disks.in_use |= {disk.naa for disk in host.disks.disk_views()}
    wanted = request(lab, "win1", PORTALS[0], NICS[1])
    store(lab, "win1", wanted)
    log_in(lab, "win1", wanted)
    result = purge(lab, "stale")
    assert result.status == "failed"
    assert "0xEFFF0040" in result.message
    assert tuple(logins(lab)) == whole(lab)
    assert len(lab.truth("win1").live) == 5


def test_a_login_whose_number_no_nic_has_any_more_is_stale(lab: Stage) -> None:
    wanted = request(lab, "win1", PORTALS[0], NICS[0])
    unknown = type(wanted)(wanted.target, wanted.portal, wanted.instance, 77, options=wanted.options)
    store(lab, "win1", unknown)
    assert purge(lab, "stale").status == "ok"
    assert tuple(logins(lab)) == whole(lab)


def test_a_login_without_the_multipath_flag_beside_a_right_one(lab: Stage) -> None:
    """Both have the same key, so Windows cannot be told which one to remove."""
    store(lab, "win1", request(lab, "win1", PORTALS[0], NICS[0], multipath=False))
    result = purge(lab)
    assert result.status == "ok", result.message
    stored = lab.fleet.host("win1").initiator.persistent.all()
    same = [one for one in stored if one.request.portal == PortalAddress(PORTALS[0])]
    assert [one.request.options.multipath for one in same] == [True] * len(same)
    assert LoginOptions() not in [one.request.options for one in stored]
