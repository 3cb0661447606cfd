# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each clause of the law "never worse": the broken sequence is caught, the right one passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.tests.lab.clauses import Clause
from ansible_collections.eva.mpio.tests.lab.fabric.interface import PortalAddress
from ansible_collections.eva.mpio.tests.lab.laws import Allowance
from ansible_collections.eva.mpio.tests.lab.windows.interface import DiskView, SessionView, StoredView
from ansible_collections.eva.mpio.tests.unit.lab.law_story import (
    ALL,
    ALL_STORED,
    FOREIGN,
    FULL,
    HPDSM,
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


def test_a_logout_that_lessens_the_paths_is_caught() -> None:
    story = Story(FULL).becomes(snapshot(without("2b"), ALL_STORED))
    assert story.broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}
    first = story.laws.violations[0]
    assert first.host == "win1"
    assert LUNS[0] in first.sentence
    assert [event.facts["clause"] for event in story.log.since(kind="law")] == [
        violation.clause.value for violation in story.laws.violations
    ]


def test_building_up_from_nothing_passes() -> None:
    steps = [snapshot(ALL[:count], ALL_STORED[:count]) for count in range(1, 5)]
    assert not Story(snapshot()).becomes(*steps).broken


def test_a_lost_connection_and_its_return_are_nobodys_breach() -> None:
    cut = [*without("2b"), session("2b", alive=False)]
    assert not Story(FULL).becomes(snapshot(cut, ALL_STORED), FULL).broken


def test_logging_a_dead_session_out_loses_nothing() -> None:
    cut = [*without("2b"), session("2b", alive=False)]
    story = Story(FULL).becomes(snapshot(cut, ALL_STORED), snapshot(without("2b"), ALL_STORED))
    assert not story.broken


def test_a_fault_lowers_what_the_lun_had() -> None:
    three = snapshot(without("2b"), ALL_STORED)
    assert not Story(FULL).suffers(three).becomes(three).broken
    two = snapshot([each for each in without("2b") if each.portal != PORTALS["1b"]], ALL_STORED)
    assert Clause.PATH_LOST in Story(FULL).suffers(three).becomes(two).broken


def test_a_lun_that_the_array_takes_away_is_not_the_clients_doing() -> None:
    fewer = [replace(each, luns=frozenset(LUNS[:1])) for each in ALL]
    assert not Story(FULL).becomes(snapshot(fewer, ALL_STORED)).broken


def test_a_disk_that_loses_a_standing_path_is_the_clients_doing() -> None:
    disks = tuple(replace(disk, working_paths=frozenset(list(disk.working_paths)[:3])) for disk in FULL.disks)
    assert Clause.PATH_LOST in Story(FULL).becomes(replace(FULL, disks=disks)).broken


def test_a_second_session_on_one_path_is_no_second_path() -> None:
    twice = snapshot([*ALL, session("2b", number=2)], ALL_STORED)
    assert not Story(twice).becomes(FULL).broken
    renewed = snapshot([*without("2b"), session("2b", number=2)], ALL_STORED)
    assert not Story(FULL).becomes(twice, renewed).broken


def test_a_wrong_nic_is_replaced_make_before_break() -> None:
    wrong = session("2b", nic="1")
    old = snapshot([*without("2b"), wrong], ALL_STORED)
    assert not Story(old).becomes(snapshot([*ALL, wrong], ALL_STORED), FULL).broken
    gone = snapshot(without("2b"), ALL_STORED)
    assert Story(old).becomes(gone, FULL).broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}


def test_a_declared_path_is_not_given_for_a_wrong_one() -> None:
    wrong = session("2b", nic="1")
    story = Story(snapshot([*ALL, wrong], ALL_STORED)).becomes(snapshot([*without("2b"), wrong], ALL_STORED))
    assert story.broken == {Clause.BREAK_BEFORE_MAKE}


def test_a_stale_path_may_go_when_the_layout_is_complete() -> None:
    stale = session("2b", nic="1")
    assert not Story(snapshot([*ALL, stale], ALL_STORED)).becomes(FULL).broken


def test_nothing_of_a_foreign_lun_may_be_lost() -> None:
    foreign = SessionView("f", "iqn.other", FOREIGN, NICS["1"], True, True, frozenset({"feed"}))
    disk = DiskView("feed", None, frozenset({"f"}))
    with_foreign = replace(FULL, sessions=(*FULL.sessions, foreign), disks=(*FULL.disks, disk))
    assert Story(with_foreign).becomes(FULL).broken == {Clause.PATH_LOST}


def test_an_allowance_names_its_floor() -> None:
    story = Story(FULL)
    story.laws.allow("win1", Allowance("drill", minimum_paths=3))
    story.becomes(snapshot(without("2b"), ALL_STORED), FULL)
    assert not story.broken
    story.becomes(snapshot(ALL[:2], ALL_STORED))
    assert story.broken == {Clause.PATH_LOST}


def test_after_an_allowance_what_is_left_has_to_stay() -> None:
    story = Story(FULL)
    story.laws.allow("win1", Allowance("drill", minimum_paths=3))
    story.becomes(snapshot(without("2b"), ALL_STORED))
    story.laws.revoke("win1")
    assert not story.becomes(snapshot(without("2b"), ALL_STORED)).broken
    assert Clause.PATH_LOST in story.becomes(snapshot(ALL[:2], ALL_STORED)).broken


def test_a_removed_stored_login_is_caught() -> None:
    assert Story(FULL).becomes(snapshot(ALL, ALL_STORED[:3])).broken == {Clause.STORED_LOGIN_MISSING}


def test_a_stored_login_may_be_replaced_within_one_command() -> None:
    removed = snapshot(ALL, ALL_STORED[:3])
    assert not Story(FULL).runs(removed, FULL).broken
    assert Story(FULL).runs(removed).broken == {Clause.STORED_LOGIN_MISSING}
    assert Story(FULL).runs(removed).runs(FULL).broken == {Clause.STORED_LOGIN_MISSING}


def test_a_login_stored_for_any_nic_goes_only_against_a_bound_one() -> None:
    loose = snapshot(ALL, [*ALL_STORED[:3], stored("2b", nic=None)])
    assert not Story(loose).becomes(snapshot(ALL, [*ALL_STORED, stored("2b", nic=None)]), FULL).broken
    assert Story(loose).becomes(snapshot(ALL, ALL_STORED[:3])).broken == {Clause.STORED_LOGIN_MISSING}


def test_unwanted_stored_logins_and_duplicates_may_go() -> None:
    extra = [stored("2b"), stored("2b", nic="1"), stored("1z")]
    assert not Story(snapshot(ALL, [*ALL_STORED, *extra])).becomes(FULL).broken


def test_a_stored_login_that_never_became_a_session_may_be_taken_back() -> None:
    empty, login = snapshot(), snapshot((), [stored("1a")])
    assert not Story(empty).becomes(login, empty).broken
    assert Story(login).becomes(empty).broken == {Clause.STORED_LOGIN_MISSING}, "it was there before anybody looked"
    live = snapshot([session("1a")], [stored("1a")])
    assert Story(empty).becomes(login, live, login, empty).broken >= {Clause.STORED_LOGIN_MISSING}, "it was a session"
    booted = Story(empty).becomes(login, snapshot((), [stored("1a")], running=False), login, empty)
    assert booted.broken == {Clause.STORED_LOGIN_MISSING}, "it went through a boot"


def test_stored_logins_go_where_that_is_allowed() -> None:
    story = Story(FULL)
    story.laws.allow("win1", Allowance("absent", minimum_paths=0, stored_logins=True))
    assert not story.becomes(snapshot(ALL), snapshot()).broken


@pytest.mark.parametrize("luns", [LUNS, ()], ids=["plain disks", "nothing presented"])
def test_one_session_until_multipath_is_in_effect(luns: tuple[str, ...]) -> None:
    one, two = ([session(name, luns=luns) for name in names] for names in (["1a"], ["1a", "2a"]))
    story = Story(snapshot(dsm=None)).becomes(snapshot(one, dsm=None))
    assert not story.broken
    assert story.becomes(snapshot(two, dsm=None)).broken == {Clause.SECOND_PATH_TOO_EARLY}


def test_the_dsm_alone_does_not_put_multipath_into_effect() -> None:
    silent = [session(name, luns=()) for name in ("1a", "2a")]
    story = Story(snapshot()).becomes(snapshot(silent[:1]))
    assert not story.broken
    assert story.becomes(snapshot(silent)).broken == {Clause.SECOND_PATH_TOO_EARLY}


def test_one_stored_login_until_multipath_is_in_effect() -> None:
    story = Story(snapshot(dsm=None)).becomes(snapshot([session("1a")], [stored("1a")], dsm=None))
    assert not story.broken
    two = snapshot([session("1a")], [stored("1a"), stored("2a")], dsm=None)
    assert story.becomes(two).broken == {Clause.SECOND_PATH_TOO_EARLY}


def test_what_was_there_before_the_run_may_stay() -> None:
    brownfield = snapshot(ALL[:2], ALL_STORED[:2], dsm=None)
    down = snapshot(running=False)
    again = [snapshot(ALL[:count], ALL_STORED[:2], dsm=None) for count in (0, 1, 2)]
    story = Story(brownfield).becomes(brownfield, down, *again)
    assert not story.broken
    assert story.becomes(snapshot(ALL[:3], ALL_STORED[:2], dsm=None)).broken == {Clause.SECOND_PATH_TOO_EARLY}


def test_giving_up_multipath_with_several_paths_is_caught() -> None:
    story = Story(FULL).becomes(snapshot(running=False), snapshot((), ALL_STORED, dsm=None))
    assert not story.broken
    assert story.becomes(snapshot(ALL, ALL_STORED, dsm=None)).broken == {Clause.SECOND_PATH_TOO_EARLY}


def test_two_claims_of_one_hardware_id_are_caught_when_they_come() -> None:
    eva = "HP      HSV340          "
    one = snapshot(ALL, ALL_STORED, claims=[(eva, MSDSM)])
    both = snapshot(ALL, ALL_STORED, claims=[(eva, MSDSM), ("HP      HSV340", HPDSM)])
    assert not Story(one).becomes(snapshot(ALL, ALL_STORED, claims=[(eva, MSDSM), ("HP      HSV300", HPDSM)])).broken
    assert not Story(both).becomes(both).broken
    assert Story(one).becomes(both).broken == {Clause.TWO_DSMS}


def test_a_claim_of_all_iscsi_disks_meets_every_other() -> None:
    bus = ("MSFT2005iSCSIBusType_0x9", MSDSM)
    hp = ("HP      HSV340          ", HPDSM)
    story = Story(snapshot(claims=[hp])).becomes(snapshot(claims=[hp, bus]))
    assert story.broken == {Clause.TWO_DSMS}


def test_a_restart_with_everything_stored_passes() -> None:
    story = Story(FULL).becomes(snapshot((), ALL_STORED, running=False), snapshot((), ALL_STORED), FULL)
    assert not story.broken


def test_a_restart_with_a_session_that_is_not_stored_is_caught() -> None:
    story = Story(snapshot(ALL, ALL_STORED[:3])).becomes(snapshot((), ALL_STORED[:3], running=False))
    assert story.broken == {Clause.REBOOT_UNSAFE}
    assert PORTALS["2b"].address in story.laws.violations[0].sentence


def test_a_login_stored_without_a_portal_brings_its_target_back() -> None:
    loose = StoredView(ALL[3].target, PortalAddress("*", 0), None, True)
    story = Story(snapshot(ALL, [*ALL_STORED[:3], loose])).becomes(snapshot((), ALL_STORED, running=False))
    assert not story.broken


def test_a_plain_lun_needs_one_stored_session_for_a_restart() -> None:
    two, down = snapshot(ALL[:2], ALL_STORED[:1], dsm=None), snapshot((), ALL_STORED[:1], running=False)
    assert not Story(two).becomes(down).broken
    assert Story(snapshot(ALL[:2], dsm=None)).becomes(snapshot(running=False)).broken == {Clause.REBOOT_UNSAFE}


def test_a_session_without_disks_may_be_lost_in_a_restart() -> None:
    silent = snapshot([session("1a", luns=())])
    assert not Story(silent).becomes(snapshot(running=False)).broken


def test_a_power_cut_by_the_lab_is_not_the_clients_doing() -> None:
    assert not Story(snapshot(ALL, ALL_STORED[:3])).suffers(snapshot((), ALL_STORED[:3], running=False)).broken


def test_a_stored_login_must_survive_a_restart() -> None:
    story = Story(FULL).becomes(snapshot(running=False), snapshot((), ALL_STORED[:3]))
    assert story.broken == {Clause.STORED_LOGIN_MISSING}


def test_an_unwatched_server_is_named() -> None:
    story = Story(FULL)
    with pytest.raises(KeyError, match=r"win2.*win1"):
        story.laws.allow("win2", Allowance("drill", 1))
