# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The law "never worse" where the DSM is changed, and where two want one disk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.tests.lab.clauses import ArrayLayout, Clause, Declaration
from ansible_collections.eva.mpio.tests.lab.laws import MIGRATION
from ansible_collections.eva.mpio.tests.lab.windows.interface import DiskView, Snapshot
from ansible_collections.eva.mpio.tests.unit.lab.law_story import (
    ALL,
    ALL_STORED,
    DECLARED,
    FULL,
    HPDSM,
    LUNS,
    MSDSM,
    Story,
    snapshot,
)

EVA = "HP      HSV340          "
DOWN = snapshot(dsm=None, running=False)
ONE_STORED = ALL_STORED[:1]
QUIET = snapshot(stored_logins=ONE_STORED, dsm=MSDSM)
"""No session, one stored login: the window of a change."""


def changing(first: Snapshot = FULL) -> Story:
    story = Story(first)
    story.laws.declare("win1", Declaration(HPDSM, (ArrayLayout("eva01", DECLARED),)))
    story.laws.allow("win1", MIGRATION)
    return story


def joined(count: int, stored: int = 1) -> Snapshot:
    return snapshot(ALL[:count], ALL_STORED[:stored], dsm=HPDSM)


def test_a_change_as_it_has_to_be() -> None:
    story = changing()
    story.becomes(*(snapshot(ALL, ALL_STORED[:count]) for count in (3, 2, 1)))
    story.becomes(*(snapshot(ALL[:count], ONE_STORED) for count in (3, 2, 1)), QUIET)
    story.becomes(replace(DOWN, stored=QUIET.stored), QUIET, joined(1))
    story.becomes(*(joined(count, count) for count in (2, 3, 4)))
    assert not story.laws.violations


def test_paths_of_a_lun_in_use_may_not_go() -> None:
    used = replace(FULL, in_use=frozenset({LUNS[0]}))
    story = changing(used).becomes(replace(snapshot(ALL[:3], ALL_STORED), in_use=used.in_use))
    assert story.broken == {Clause.PATH_LOST}
    assert {LUNS[0] in violation.sentence for violation in story.laws.violations} == {True}


def test_the_last_stored_login_has_to_stay() -> None:
    story = changing().becomes(snapshot(ALL, ONE_STORED))
    assert not story.broken
    assert story.becomes(snapshot(ALL, [])).broken == {Clause.STORED_LOGIN_MISSING}
    assert "1 had to stay" in story.laws.violations[0].sentence


def test_none_that_was_missing_before_has_to_stay() -> None:
    bare = snapshot(ALL, [])
    assert not changing(bare).becomes(snapshot(ALL[:3], [])).broken


@pytest.mark.parametrize(
    "after",
    [snapshot(ALL[:2], ONE_STORED, dsm=None), snapshot(ALL[:1], ALL_STORED[:2], dsm=None)],
    ids=["live", "stored"],
)
def test_in_the_window_one_path_comes_back_first(after: Snapshot) -> None:
    story = changing().becomes(snapshot(ALL, ONE_STORED), QUIET)
    assert not story.broken
    assert story.becomes(after).broken == {Clause.SECOND_PATH_TOO_EARLY}


def test_paths_that_a_restart_brings_back_as_they_were_are_no_breach() -> None:
    story = changing().becomes(replace(DOWN, stored=FULL.stored), snapshot([], ALL_STORED), FULL)
    assert not story.broken


def test_the_way_back() -> None:
    story = changing().becomes(snapshot(ALL, ONE_STORED), QUIET)
    story.laws.declare("win1", Declaration(MSDSM, (ArrayLayout("eva01", DECLARED),)))
    story.becomes(snapshot(ALL[:1], ONE_STORED), snapshot(ALL[:2], ALL_STORED[:2]))
    assert not story.broken


@pytest.mark.parametrize(
    ("microsoft", "hp", "both"),
    [
        ("HP      HSV", "HP      HSV340          ", True),
        ("HP      HSV340          ", "HP      HSV", True),
        ("HP HSV340", "HP      HSV340          ", False),
        ("HP      HSV3            ", "HP      HSV340          ", False),
        ("MSFT2005iSCSIBusType_0x9", "HP      HSV", True),
    ],
)
def test_an_entry_may_cover_the_id_of_another_dsm(microsoft: str, hp: str, both: bool) -> None:
    claims = [(microsoft, MSDSM), (hp, HPDSM)]
    story = Story(snapshot(claims=claims[:1])).becomes(snapshot(claims=claims))
    assert story.broken == ({Clause.TWO_DSMS} if both else set())


def test_one_dsm_may_follow_the_other_at_the_boot() -> None:
    now, then = ((EVA, MSDSM),), ((EVA, HPDSM),)
    union = (*now, *then)
    story = Story(snapshot()).becomes(replace(snapshot(claims=union), claims_at=(now, then)))
    assert not story.broken
    assert story.becomes(replace(snapshot(claims=union), claims_at=(union, then))).broken == {Clause.TWO_DSMS}


def test_a_lun_that_two_dsms_made_a_disk_of() -> None:
    twice = (*FULL.disks, DiskView(LUNS[0], HPDSM, FULL.disks[0].working_paths))
    story = Story(FULL).becomes(replace(FULL, disks=twice, dsms=(MSDSM, HPDSM)))
    assert story.broken == {Clause.TWO_DSMS, Clause.SECOND_PATH_TOO_EARLY}
    told = {violation.sentence for violation in story.laws.violations}
    assert f"Windows shows LUN {LUNS[0]} as 2 disks" in told


def test_what_a_change_may_cost_ends_with_it() -> None:
    story = Story(FULL)
    story.laws.declare("win1", Declaration(HPDSM, (ArrayLayout("eva01", DECLARED),)), MIGRATION)
    story.becomes(*(snapshot(ALL, ALL_STORED[:count]) for count in (3, 2, 1)))
    story.becomes(*(snapshot(ALL[:count], ONE_STORED) for count in (3, 2, 1)), QUIET)
    story.becomes(*(joined(count, count) for count in (1, 2, 3, 4)))
    assert not story.broken
    assert story.becomes(joined(3, 4)).broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}
    assert story.becomes(joined(3, 3)).broken >= {Clause.STORED_LOGIN_MISSING}


def test_who_wants_what_there_is_allows_nothing() -> None:
    story = Story(FULL)
    for dsm in (HPDSM, MSDSM):
        story.laws.declare("win1", Declaration(dsm, (ArrayLayout("eva01", DECLARED),)), MIGRATION)
    assert story.becomes(snapshot(ALL[:3], ALL_STORED)).broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}
