# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main stories on every release, edition, WinRM and language, with every switch as it is expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.eva.mpio.tests.integration import main_story
from ansible_collections.eva.mpio.tests.integration.profiles import GENERATIONS, PROFILES


@pytest.mark.parametrize("profile", PROFILES)
def test_the_stories_come_out_right(tmp_path: Path, profile: str) -> None:
    main_story.told(tmp_path, profile)


@pytest.mark.parametrize("language", ["de", "ja"])
@pytest.mark.parametrize("profile", GENERATIONS)
def test_no_sentence_decides(tmp_path: Path, profile: str, language: str) -> None:
    main_story.told(tmp_path, profile, language)
