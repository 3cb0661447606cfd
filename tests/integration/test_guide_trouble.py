# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The messages that ``guide_trouble`` quotes are those that users see."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.quotes import not_said, said, sections
from ansible_collections.eva.mpio.tests.integration.stage import Stage
from ansible_collections.eva.mpio.tests.integration.trouble_stories import STORIES

QUOTES = sections("guide_trouble")


def test_every_trouble_has_its_section() -> None:
    assert list(QUOTES) == list(STORIES)
    assert all(QUOTES.values())


def test_a_quote_that_nobody_says_is_found() -> None:
    texts = ["array eva01: 3 of 4 declared paths are live"]
    assert not_said(["array ...: 3 of 4 ... are live"], texts) == []
    assert not_said(["array ...: 2 of 4", "are live ... array"], texts) == ["array ...: 2 of 4", "are live ... array"]


@pytest.mark.skipif(profiles.CURRENT != "2012r2", reason="the guide quotes what a server of 2012 R2 brings about")
@pytest.mark.parametrize("title", STORIES)
def test_the_guide_is_right(stage: Callable[..., Stage], title: str) -> None:
    texts = [text for result in STORIES[title](stage) for text in said(result)]
    assert not_said(QUOTES[title], texts) == [], texts
