# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The law under rotation, purge and removal: what is right passes without an allowance, each wrong order is caught."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.tests.lab.clauses import ArrayLayout, Clause, Declaration
from ansible_collections.eva.mpio.tests.lab.fabric.interface import PortalAddress
from ansible_collections.eva.mpio.tests.lab.laws import Allowance
from ansible_collections.eva.mpio.tests.lab.windows.interface import SessionView, Snapshot, StoredView
from ansible_collections.eva.mpio.tests.unit.lab.law_story import (
    ALL,
    ALL_STORED,
    DECLARED,
    FOREIGN,
    FULL,
    LUNS,
    MSDSM,
    NICS,
    PORTALS,
    Story,
    session,
    snapshot,
    stored,
    without,
)


def chap(name: str, secret: str, accepted: bool) -> StoredView:
    return replace(stored(name), credentials=secret, accepted=accepted)


def renewed(count: int, secret: str = "new") -> list[StoredView]:
    """The stored logins of which the first ``count`` prove the new secret, which alone the array takes."""
    return [chap(name, secret if place < count else "old", place < count) for place, name in enumerate(PORTALS)]


def with_stored(stored_logins: Iterable[StoredView]) -> Snapshot:
    return snapshot(ALL, stored_logins)


def without_stored(name: str) -> list[StoredView]:
    return [each for each in ALL_STORED if each.portal != PORTALS[name]]


# rotation of a secret, path by path


def rotated(count: int, twice: str | None = None) -> Snapshot:
    """The first ``count`` paths on new sessions; on ``twice`` the old session stands beside its successor."""
    sessions = [session(name, number=2 if place < count else 1) for place, name in enumerate(PORTALS)]
    if twice:
        sessions.append(session(twice, number=1))
    return snapshot(sessions, renewed(count))


def test_a_rotation_path_by_path_passes() -> None:
    story = Story(with_stored(renewed(0)))
    for place, name in enumerate(PORTALS):
        both = replace(rotated(place + 1, twice=name), stored=tuple(renewed(place)))
        removed = [each for each in renewed(place) if each.portal != PORTALS[name]]
        story.becomes(both).runs(replace(both, stored=tuple(removed)), replace(both, stored=tuple(renewed(place + 1))))
        story.becomes(rotated(place + 1))
    assert not story.broken


def test_a_rotation_that_ends_the_old_session_first_is_caught() -> None:
    story = Story(with_stored(renewed(0))).becomes(snapshot(without("1a"), renewed(0)), rotated(1))
    assert story.broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}


def test_a_successor_that_shows_no_lun_is_no_successor() -> None:
    blind = session("1a", number=2, luns=())
    story = Story(FULL).becomes(snapshot([*ALL, blind], ALL_STORED), snapshot([*without("1a"), blind], ALL_STORED))
    assert story.broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}


def test_a_successor_on_another_path_is_no_successor() -> None:
    elsewhere = session("2a", number=2)
    story = Story(FULL).becomes(snapshot([*ALL, elsewhere], ALL_STORED))
    assert not story.broken
    story.becomes(snapshot([*without("1a"), elsewhere], ALL_STORED))
    assert story.broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}


def test_a_rotation_before_multipath_is_in_effect_shows_the_disk_twice() -> None:
    plain = snapshot([session("1a")], [stored("1a")], dsm=None)
    twice = snapshot([session("1a"), session("1a", number=2)], [stored("1a")], dsm=None)
    assert Story(plain).becomes(twice).broken == {Clause.SECOND_PATH_TOO_EARLY}


# the stored half


@pytest.mark.parametrize(
    ("became", "words"),
    [
        (chap("1a", "typing error", False), "does not accept"),
        (replace(stored("1a"), multipath=False), "without the multipath flag"),
        (stored("1a", nic="2"), "without a replacement"),
        (replace(stored("1a"), target="iqn.other"), "without a replacement"),
    ],
)
def test_a_replacement_that_does_not_serve_is_caught(became: StoredView, words: str) -> None:
    story = Story(FULL).runs(with_stored([became, *ALL_STORED[1:]]))
    assert story.broken == {Clause.STORED_LOGIN_MISSING}
    assert words in story.laws.violations[0].sentence


def test_what_the_array_no_longer_accepts_may_be_replaced_by_anything_that_names_the_path() -> None:
    story = Story(with_stored(renewed(0))).runs(with_stored([chap("1a", "guessed", False), *renewed(0)[1:]]))
    assert not story.broken


def test_a_secret_that_changes_at_the_array_is_nobodys_breach() -> None:
    story = Story(FULL)
    refused = [replace(each, accepted=False) for each in ALL_STORED]
    assert not story.becomes(with_stored(refused)).broken
    assert Story(FULL).becomes(with_stored(refused[:3])).broken == {Clause.STORED_LOGIN_MISSING}


def test_after_the_lab_changed_a_secret_it_looks_again() -> None:
    story = Story(FULL)
    story.now = with_stored([replace(each, accepted=False) for each in ALL_STORED])
    story.laws.look_again("win1")
    assert not story.runs(with_stored([chap("1a", "guessed", False), *story.now.stored[1:]])).broken


def test_the_secret_of_two_equal_stored_logins_is_renewed_in_one_line() -> None:
    twin = with_stored([*ALL_STORED, stored("2b")])
    assert not Story(twin).runs(with_stored(ALL_STORED[:3]), twin).broken
    assert Story(twin).becomes(with_stored(ALL_STORED[:3]), twin).broken == {Clause.STORED_LOGIN_MISSING}


def test_a_power_cut_within_a_line_is_not_the_clients_doing() -> None:
    story = Story(FULL)
    half = with_stored(without_stored("1a"))
    with story.laws.command("win1"):
        story.becomes(half).suffers(replace(half, running=False, sessions=(), disks=()))
    assert not story.becomes(replace(half, sessions=(), disks=()), half).broken
    # The same line without the power cut is a breach.
    assert Story(FULL).runs(half).broken == {Clause.STORED_LOGIN_MISSING}


# one stored path, until multipath is in effect


def single_path(*logins: StoredView, dsm: str | None = None) -> Snapshot:
    return snapshot([session("1a")], logins, dsm=dsm)


def test_the_one_stored_path_may_become_another_in_one_line() -> None:
    story = Story(single_path(stored("2a"))).runs(single_path(), single_path(stored("1a")))
    assert not story.broken
    assert Story(single_path(stored("2a"))).becomes(single_path()).broken == {Clause.STORED_LOGIN_MISSING}
    two_lines = Story(single_path(stored("2a"))).runs(single_path()).runs(single_path(stored("1a")))
    assert two_lines.broken == {Clause.STORED_LOGIN_MISSING}


@pytest.mark.parametrize(
    "became",
    [replace(stored("1a"), multipath=False), replace(stored("1a"), accepted=False), stored("1a", nic="2")],
    ids=["no flag", "not accepted", "not declared"],
)
def test_the_other_path_has_to_serve(became: StoredView) -> None:
    assert Story(single_path(stored("2a"))).runs(single_path(became)).broken == {Clause.STORED_LOGIN_MISSING}


def test_what_was_stored_already_replaces_nothing() -> None:
    both = single_path(stored("1a"), stored("2a"))
    assert Story(both).runs(single_path(stored("1a"))).broken == {Clause.STORED_LOGIN_MISSING}


def test_with_multipath_in_effect_each_path_is_stored_for_itself() -> None:
    begin, end = single_path(stored("2a"), dsm=MSDSM), single_path(stored("1a"), dsm=MSDSM)
    assert Story(begin).runs(end).broken == {Clause.STORED_LOGIN_MISSING}


# purge


STALE = SessionView("stale", ALL[0].target, PORTALS["1a"], NICS["2"], True, True, frozenset(LUNS))
UNDECLARED = SessionView("undeclared", "iqn.2004-09.com.hp:old", FOREIGN, NICS["1"], True, True, frozenset(LUNS))
STALE_LOGIN = StoredView(ALL[0].target, PORTALS["1a"], NICS["2"], True)


def test_a_purge_of_what_is_surplus_needs_no_allowance() -> None:
    begin = snapshot([*ALL, STALE, UNDECLARED, session("2b", number=2)], [*ALL_STORED, STALE_LOGIN, stored("2b")])
    sessions = snapshot([*ALL, STALE, UNDECLARED, session("2b", number=2)], ALL_STORED)
    story = Story(begin).becomes(sessions, snapshot([*ALL, UNDECLARED], ALL_STORED), FULL)
    assert not story.broken


def test_a_purge_that_counts_on_a_path_which_is_down_is_caught() -> None:
    dead = session("1a", alive=False)
    begin = snapshot([*without("1a"), dead, STALE], ALL_STORED)
    story = Story(begin).becomes(snapshot([*without("1a"), dead], ALL_STORED))
    assert story.broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}


def test_a_purge_that_leaves_fewer_paths_than_declared_is_caught() -> None:
    three = snapshot([*without("1a"), UNDECLARED], ALL_STORED)
    assert Story(three).becomes(snapshot(without("1a"), ALL_STORED)).broken == {Clause.PATH_LOST}


def test_a_stale_stored_login_goes_only_when_the_declared_one_is_stored() -> None:
    lonely = with_stored([STALE_LOGIN, *without_stored("1a")])
    assert Story(lonely).becomes(with_stored(without_stored("1a"))).broken == {Clause.STORED_LOGIN_MISSING}
    assert not Story(lonely).runs(with_stored(without_stored("1a")), FULL).broken, "both in one command line"
    assert not Story(with_stored([STALE_LOGIN, *ALL_STORED])).becomes(FULL).broken


def test_a_login_from_any_nic_goes_against_a_declared_one_only() -> None:
    loose = with_stored([stored("1a", nic=None), *without_stored("1a")])
    assert not Story(loose).runs(FULL).broken
    assert Story(loose).runs(with_stored([STALE_LOGIN, *without_stored("1a")])).broken == {Clause.STORED_LOGIN_MISSING}


def test_a_stored_login_of_a_target_that_is_not_there_may_go() -> None:
    old = replace(stored("1a"), target="iqn.2004-09.com.hp:of-another-day")
    begin = with_stored([*ALL_STORED, old])
    assert Story(begin).becomes(FULL).broken == {Clause.STORED_LOGIN_MISSING}, "nobody said which targets there are"
    story = Story(begin)
    targets = frozenset((each.portal, each.target) for each in ALL_STORED)
    story.laws.declare("win1", Declaration(MSDSM, (ArrayLayout("eva01", DECLARED, targets),)))
    assert not story.becomes(FULL).broken
    assert story.becomes(with_stored(without_stored("1a"))).broken == {Clause.STORED_LOGIN_MISSING}


def test_a_purge_may_not_touch_the_declared_halves() -> None:
    begin = snapshot([*ALL, STALE], [*ALL_STORED, STALE_LOGIN])
    wrong_session = snapshot([*without("1a"), STALE], [*ALL_STORED, STALE_LOGIN])
    assert Story(begin).becomes(wrong_session).broken == {Clause.BREAK_BEFORE_MAKE}
    wrong_login = snapshot([*ALL, STALE], [STALE_LOGIN, *without_stored("1a")])
    assert Story(begin).becomes(wrong_login).broken == {Clause.STORED_LOGIN_MISSING}


def test_another_declaration_is_judged_from_then_on() -> None:
    story = Story(FULL)
    paths = frozenset((NICS[name[0]], PORTALS[name]) for name in ("1a", "2a"))
    story.laws.declare("win1", Declaration(MSDSM, (ArrayLayout("eva01", paths),)))
    assert not story.becomes(snapshot(ALL[:2], ALL_STORED[:2])).broken
    assert story.becomes(snapshot(ALL[:1], ALL_STORED[:2])).broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}


# removal


GIVEN_UP = frozenset({(NICS["2"], PORTALS["2a"]), (NICS["2"], PORTALS["2b"])})


def absent(**changes: object) -> Allowance:
    return replace(Allowance("absent", 2, stored_logins=True, paths=GIVEN_UP), **changes)  # type: ignore[arg-type]


def removing(*steps: Snapshot, allowance: Allowance | None = None, first: Snapshot = FULL) -> Story:
    story = Story(first)
    story.laws.allow("win1", allowance or absent())
    return story.becomes(*steps)


def test_what_was_given_up_may_go() -> None:
    kept = [each for each in ALL if each.nic_address == NICS["1"]]
    logins = [each for each in ALL_STORED if each.nic_address == NICS["1"]]
    assert not removing(with_stored(logins), snapshot(kept, logins)).broken


def test_nothing_but_what_was_given_up_may_go() -> None:
    assert removing(snapshot(without("1a"), ALL_STORED)).broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}
    assert removing(with_stored(without_stored("1a"))).broken == {Clause.STORED_LOGIN_MISSING}
    together = [each for each in ALL if each.portal in (PORTALS["1b"], PORTALS["2b"])]
    assert removing(snapshot(together, ALL_STORED)).broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}


def test_the_floor_of_a_removal_holds() -> None:
    two = snapshot([each for each in ALL if each.nic_address == NICS["1"]], ALL_STORED)
    assert removing(two, allowance=absent(minimum_paths=3)).broken == {Clause.PATH_LOST}


def test_a_lun_that_nothing_uses_may_lose_everything() -> None:
    everything = absent(paths=None, unused_disks=True, minimum_paths=2)
    unused = snapshot()
    used = replace(FULL, in_use=frozenset({LUNS[0]}))
    assert not removing(unused, allowance=everything).broken
    story = removing(replace(unused, in_use=used.in_use), allowance=everything, first=used)
    assert [violation.clause for violation in story.laws.violations] == [Clause.PATH_LOST]
    assert LUNS[0] in story.laws.violations[0].sentence
    assert removing(unused, allowance=absent(paths=None)).broken == {Clause.PATH_LOST}


def test_a_stored_login_from_any_nic_belongs_to_its_portal() -> None:
    loose = [stored("2b", nic=None), *ALL_STORED[:3]]
    assert not removing(with_stored(ALL_STORED[:3]), first=with_stored(loose)).broken
    other = [stored("1a", nic=None), *without_stored("1a")]
    broken = removing(with_stored(without_stored("1a")), first=with_stored(other)).broken
    assert broken == {Clause.STORED_LOGIN_MISSING}


# restarts


def restarted(logins: Iterable[StoredView], sessions: Iterable[SessionView] = ALL) -> set[Clause]:
    logins = list(logins)
    return Story(snapshot(sessions, logins)).becomes(snapshot((), logins, running=False)).broken


def test_two_nics_to_one_portal_need_two_stored_logins() -> None:
    sessions = [*ALL, STALE]
    assert restarted([*ALL_STORED, STALE_LOGIN], sessions) == set()
    assert restarted(ALL_STORED, sessions) == {Clause.REBOOT_UNSAFE}
    assert restarted([*ALL_STORED, stored("1a", nic=None)], sessions) == set()


def test_a_login_from_another_nic_brings_back_one_path_and_not_two() -> None:
    assert restarted([STALE_LOGIN, *without_stored("1a")]) == set()
    two = [*without("1a"), STALE, session("1a")]
    assert restarted([STALE_LOGIN, *without_stored("1a")], two) == {Clause.REBOOT_UNSAFE}


def test_two_sessions_of_one_path_need_one_stored_login() -> None:
    assert restarted(ALL_STORED, [*ALL, session("2b", number=2)]) == set()


def test_one_login_for_any_portal_is_not_enough_for_two_paths_of_its_target() -> None:
    loose = StoredView(ALL[0].target, PortalAddress("*", 0), None, True)
    assert restarted([loose, *without_stored("1a")]) == set()
    assert restarted([loose, *without_stored("1a")], [*ALL, STALE]) == {Clause.REBOOT_UNSAFE}
