# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fixed sample of the lies of tests/hostile: one element of the server's answers is another one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HOSTILE = Path(__file__).resolve().parents[1] / "hostile"
LIES = 10
"""Of each story and release."""


def lies(*arguments: str) -> tuple[int, str]:
    """Tell lies; return the exit code and what was printed."""
    done = subprocess.run(
        [sys.executable, str(HOSTILE), *arguments],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(("release", "stories"), [("2003", 7), ("2008", 9), ("2012r2", 6)])
def test_whoever_is_lied_to_says_so_or_does_no_harm(release: str, stories: int) -> None:
    code, output = lies("--release", release, "--lies", str(LIES))
    assert code == 0, output
    told = re.search(r"^(\d+) lies told, 0 bad", output, re.MULTILINE)
    assert told is not None, output
    assert int(told[1]) == stories * LIES


def test_a_crash_is_found() -> None:
    arguments = ("--story", "mend", "--lies", "40")
    assert lies(*arguments)[0] == 0
    code, output = lies(*arguments, "--plant", "ansible_collections.eva.mpio.tests.hostile.mistakes:trusting_reader")
    assert (code, "!! traceback" in output) == (1, True), output
