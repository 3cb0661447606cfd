# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fault sweep: a fixed sample of its points, and planted mistakes that it has to find."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.eva.mpio.tests.integration.profiles import GENERATIONS

SWEEP = Path(__file__).resolve().parents[1] / "sweep"
PLANTED = "ansible_collections.eva.mpio.tests.integration.planted_plans"
SAMPLE = 0.004
"""How many of the points of each generation: about a minute on two processors."""


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


def test_a_sample_finds_nothing() -> None:
    code, output = sweep("--release", *GENERATIONS, "--fraction", str(SAMPLE))
    assert code == 0, output
    tried = re.search(r"^(\d+) points tried of \d+, 0 bad", output, re.MULTILINE)
    assert tried is not None
    assert int(tried[1]) >= 100


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
    arguments = ("--release", "2012r2", "--story", story, "--fraction", "0.003")
    assert found not in sweep(*arguments)[1]
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
