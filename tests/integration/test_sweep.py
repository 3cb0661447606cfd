# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fault sweep: a fixed sample of its points, and planted mistakes that it has to find."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from ansible_collections.eva.mpio.tests.integration.profiles import GENERATIONS

SWEEP = Path(__file__).resolve().parents[1] / "sweep"
PLANTED = "ansible_collections.eva.mpio.tests.integration.planted_plans"
SAMPLE = 0.002
"""How many of the points of each generation: with the sample below about a minute on two processors."""
CHANGES = ("--release", "2003-installed", "2012", "--story", "to-hp", "to-microsoft", "to-hp-clustered")
"""The change of the DSM where no generation tells it; 2008 and 2008 R2 do."""
CHANGES_SAMPLE = 0.002


def sweep(*arguments: str) -> tuple[int, str]:
    """Run the sweep as ``make sweep`` does; return its exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, str(SWEEP), *arguments],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout


@cache
def unspoilt(*arguments: str) -> str:
    """Run the sweep without a mistake, once for all who ask for the same, and return what it printed."""
    return sweep(*arguments)[1]


@pytest.mark.parametrize(
    ("arguments", "fraction", "least"), [(("--release", *GENERATIONS), SAMPLE, 90), (CHANGES, CHANGES_SAMPLE, 25)]
)
def test_a_sample_finds_nothing(arguments: tuple[str, ...], fraction: float, least: int) -> None:
    code, output = sweep(*arguments, "--fraction", str(fraction))
    assert code == 0, output
    tried = re.search(r"^(\d+) points tried of \d+, 0 bad", output, re.MULTILINE)
    assert tried is not None
    assert int(tried[1]) >= least


@pytest.mark.parametrize(
    ("mistake", "story", "found"),
    [
        ("path_lost", "mend", "law, path lost"),
        ("break_before_make", "purge", "law, break before make"),
        ("stored_login_missing", "mend", "law, stored login missing"),
        ("second_path_too_early", "provision", "law, second path too early"),
        ("two_dsms", "mend", "law, two DSMs"),
        ("reboot_unsafe", "mend", "law, reboot unsafe"),
    ],
)
def test_a_planted_mistake_is_found(mistake: str, story: str, found: str) -> None:
    """Each clause of the law "never worse" by a plan that breaks it."""
    is_found(mistake, found, "--release", "2012r2", "--story", story, "--fraction", "0.003")


@pytest.mark.parametrize(
    ("mistake", "found"),
    [
        ("no_login_left", "0 stored login(s) to array eva01 are left of 1; 1 had to stay"),
        ("disks_go_while_online", "law, path lost"),
        ("second_login_in_the_window", "2 logins are stored to array eva01 although multipath is not in effect"),
        ("both_may_take_the_disks", "law, two DSMs"),
    ],
)
def test_a_mistake_in_the_change_of_the_dsm_is_found(mistake: str, found: str) -> None:
    """Each clause of the law of the change by a plan that breaks it."""
    is_found(mistake, found, "--release", "2008r2", "--story", "to-hp", "--fraction", "0.0003")


def test_a_group_that_loses_its_disk_is_found() -> None:
    story = ("--release", "2008r2", "--story", "to-hp-clustered", "--disturbance", "disks-are-used")
    is_found("cluster_forgotten", "cluster: win1 carries group SQL Server and lost", *story, "--fraction", "0.013")


def is_found(mistake: str, found: str, *arguments: str) -> None:
    """Fail unless the sweep says so of a planted mistake, and not without it."""
    assert found not in unspoilt(*arguments)
    code, output = sweep(*arguments, "--plant", f"{PLANTED}:{mistake}")
    assert code == 1, output
    assert found in output


def test_a_mistake_that_only_a_cut_shows_is_found() -> None:
    arguments = ("--release", "2012r2", "--story", "provision", "--disturbance", "cut-after", "--fraction", "0.15")
    code, output = sweep(*arguments, "--plant", f"{PLANTED}:only_a_cut_shows_it")
    assert code == 1, output
    assert "2012r2 provision cut-after" in output
    assert "    undisturbed:" not in output


def test_a_point_can_be_repeated() -> None:
    code, output = sweep("--point", "2012r2 mend cut-after 20")
    assert (code, "1 points tried of " in output) == (0, True), output


def test_points_that_come_to_the_same_are_followed_once() -> None:
    arguments = ("--release", "2012r2", "--story", "mend", "--disturbance", "denied", "--fraction", "0.15")
    (once, output), (alone, all_output) = sweep(*arguments), sweep(*arguments, "--alone")
    assert (once, alone) == (0, 0), output + all_output
    points, ends = counts(output)
    assert points > ends
    assert counts(all_output) == (points, points)


def counts(output: str) -> tuple[int, int]:
    """Return how many points of a course were tried, and how many ends they came to."""
    found = re.search(r": (\d+) of \d+ points .*, come to (\d+) ends", output)
    assert found is not None, output
    return int(found[1]), int(found[2])


def test_one_switch_can_be_moved() -> None:
    code, output = sweep("--switch", "hp_dsm_driver=evadsm", "--story", "provision-hp", "--fraction", "0.0005")
    assert (code, "2012[hp_dsm_driver='evadsm'] provision-hp" in output) == (0, True), output


def test_a_switch_that_there_is_not() -> None:
    code, output = sweep("--switch", "hp_dsm_driver=tape")
    assert (code, "is no switch that can be moved; there are: " in output) == (2, True), output


@pytest.mark.parametrize(
    ("point", "says"),
    [
        ("2012r2 mend cut-after", "is no point"),
        ("2012r2 mend tickled 3", "there is no 'tickled'"),
        ("2012r2 mend cut-after 9999", "the run has no such request"),
    ],
)
def test_a_point_that_there_is_not(point: str, says: str) -> None:
    code, output = sweep("--point", point)
    assert (code, says in output) == (2, True), output
