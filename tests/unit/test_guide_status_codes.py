# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide to status codes has every row of the table that messages are made of, and no other."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from ansible_collections.eva.mpio.plugins.plugin_utils._windows.status import TableRow, table
from ansible_collections.eva.mpio.tests.unit import contract

GUIDE = (contract.ROOT / "docs/docsite/rst/guide_status_codes.rst").read_text(encoding="utf-8")
SECTION = re.compile(r"^(\S[^\n]*)\n-{3,}\n(.*?)(?=^\S[^\n]*\n-{3,}\n|\Z)", re.MULTILINE | re.DOTALL)
GROUP = re.compile(
    r"((?:^:[^\n]*\n(?:   [^\n]*\n)*)+)\n\.\. csv-table::\n.*?\n\n((?:   \"[^\n]*\n)+)", re.MULTILINE | re.DOTALL
)
FIELD = re.compile(r"^:([^:]+): (.*(?:\n   .*)*)", re.MULTILINE)

Row = tuple[str, str, str, str, str, str, frozenset[str]]
"""Who answers, code, name, meaning, side, advice, and what else holds."""


def told() -> Iterator[Row]:
    """Return the rows of the guide."""
    for title, text in SECTION.findall(GUIDE):
        for group, rows in GROUP.findall(text):
            fields = {name: " ".join(value.split()) for name, value in FIELD.findall(group)}
            side, advice = fields.pop("Side"), fields.pop("To do")
            for code, name, meaning in csv.reader(rows.splitlines(), skipinitialspace=True):
                yield title.lower(), code.strip(' "'), name, meaning, side, advice, frozenset(fields)


def row(known: TableRow) -> Row:
    """Return a row as the guide has it."""
    status = known.status
    more = {"Tried again": status.retry, "Carried out": status.done, "Left alone": status.unreachable}
    holds = frozenset(name for name, does in more.items() if does)
    return known.who.lower(), status.written, status.name, status.meaning, status.side.value, status.advice, holds


def test_the_guide_has_every_code_and_no_other() -> None:
    found, known = list(told()), [row(one) for one in table()]
    assert len(set(found)) == len(found)
    assert sorted(set(known) - set(found), key=str) == []
    assert sorted(set(found) - set(known), key=str) == []


def test_the_message_is_written_as_the_guide_shows_it() -> None:
    (shown,) = re.findall(r"\.\. code-block:: text\n\n((?:    .*\n)+)", GUIDE)
    assert " ".join(shown.split()) in {str(one.status) for one in table()}
