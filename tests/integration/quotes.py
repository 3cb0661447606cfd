# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guides quote of the collection's output, and what it really put out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult

GUIDES = Path(__file__).parents[2] / "docs/docsite/rst"
LEFT_OUT = "..."
_SECTION = re.compile(r"^(\S[^\n]*)\n-{4,}\n(.*?)(?=^\S[^\n]*\n-{4,}\n|\Z)", re.MULTILINE | re.DOTALL)
_QUOTE = re.compile(r"^( *)\.\. code-block:: text\n\n((?:\1    .*\n|\n)+)", re.MULTILINE)


def sections(guide: str) -> dict[str, list[str]]:
    """Return the paragraphs that each section of a guide quotes, each in one line, by its title in lower case."""
    text = (GUIDES / f"{guide}.rst").read_text(encoding="utf-8")
    return {title.lower(): _quoted(body) for title, body in _SECTION.findall(text)}


def _quoted(text: str) -> list[str]:
    paragraphs = [part for _indent, block in _QUOTE.findall(text) for part in re.split(r"\n\s*\n", block)]
    return [" ".join(part.split()) for part in paragraphs if part.strip()]


def said(result: TaskResult) -> list[str]:
    """Return what a task tells its user: its message, its steps, and each finding as a message has it."""
    findings = [f"{one['where']}: {one['text']}" for one in result.result.get("findings", [])]
    steps = result.steps if "steps" in result.result else []
    return [" ".join(text.split()) for text in (result.message, *findings, *steps)]


def not_said(quotes: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Return the quotes of which no text has the parts one after the other."""
    return [quote for quote in quotes if not any(_has(text, quote) for text in texts)]


def _has(text: str, quote: str) -> bool:
    return re.search(".*?".join(re.escape(part) for part in quote.split(LEFT_OUT)), text) is not None
