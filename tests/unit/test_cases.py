# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``tests/CASES.md`` names only tests that exist, and each case once."""

from __future__ import annotations

import ast
import re

from ansible_collections.eva.mpio.tests.unit import contract

TESTS = contract.ROOT / "tests"
TEXT = (TESTS / "CASES.md").read_text(encoding="utf-8")


def named_tests(text: str) -> list[tuple[str, str]]:
    """Return file and function of each test that is named."""
    return re.findall(r"`([\w/]+\.py)::(\w+)`", text)


def functions(path: str) -> set[str]:
    """Return the names of the functions of a test file; none where there is no such file."""
    file = TESTS / path
    if not file.is_file():
        return set()
    return {
        node.name for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    }


def missing(text: str) -> list[str]:
    """Return the tests that are named and not there."""
    return [f"{path}::{name}" for path, name in named_tests(text) if name not in functions(path)]


def cases(text: str) -> list[str]:
    """Return the case ids of the first column."""
    rows = re.findall(r"^\| ([A-Z]-\d\d(?:, [A-Z]-\d\d)*) \|", text, re.MULTILINE)
    return [case for row in rows for case in row.split(", ")]


def test_every_named_test_exists() -> None:
    assert len(named_tests(TEXT)) > 100
    assert missing(TEXT) == []


def test_every_case_is_named_once() -> None:
    found = cases(TEXT)
    assert len(found) > 200
    assert sorted(set(found)) == sorted(found)


def test_a_row_without_tests_is_only_among_those_out_of_scope() -> None:
    covered, _unused, _unused = TEXT.partition("## Not in scope yet, or not ours")
    rows = [line for line in covered.splitlines() if re.match(r"\| [A-Z]-\d\d", line)]
    assert [row for row in rows if not named_tests(row)] == []


def test_a_test_that_does_not_exist_is_found() -> None:
    assert missing("`unit/test_cases.py::test_nothing` `unit/no_file.py::test_x` `unit/test_cases.py::missing`") == [
        "unit/test_cases.py::test_nothing",
        "unit/no_file.py::test_x",
    ]
