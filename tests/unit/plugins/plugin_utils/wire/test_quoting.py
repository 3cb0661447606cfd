# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is quoted must come back as it was, through cmd.exe and the C run-time library, as read here once more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._wire import quoting
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import CannotSend

TABLE = [
    ("plain", "plain"),
    ("", '^"^"'),
    ("HP      HSV300          ", '^"HP      HSV300          ^"'),
    ("two words", '^"two words^"'),
    ("a&b", "a^&b"),
    ("a|b", "a^|b"),
    ("a^b", "a^^b"),
    ("a!b", "a^!b"),
    ("a<b>c", "a^<b^>c"),
    ("(a)", "^(a^)"),
    ('say "hi"', '^"say \\^"hi\\^"^"'),
    ("C:\\", "C:\\"),
    ("C:\\Program Files\\", '^"C:\\Program Files\\\\^"'),
    ('a\\"b', '^"a\\\\\\^"b^"'),
    ("Grüße", "Grüße"),
    ("ディスク 1", '^"ディスク 1^"'),
    ("*", "*"),
    ("a,b;c=d", "a,b;c=d"),
]


def through_cmd(line: str) -> str:
    """Read a line as cmd.exe's first phase does outside of quotes: a caret takes the meaning of what follows."""
    result, position = "", 0
    while position < len(line):
        if line[position] == "^":
            position += 1
        else:
            assert line[position] not in '&|<>()"!', "cmd.exe would act upon this character"
        result += line[position]
        position += 1
    return result


def through_crt(line: str) -> list[str]:
    """Take a line apart by the rule "Parsing C command-line arguments"."""
    words: list[str] = []
    current: str | None = None
    quoted = False
    position = 0
    while position < len(line):
        character = line[position]
        if character in " \t" and not quoted:
            if current is not None:
                words.append(current)
            current = None
            position += 1
            continue
        current = current or ""
        if character == "\\":
            run = len(line[position:]) - len(line[position:].lstrip("\\"))
            position += run
            if position < len(line) and line[position] == '"':
                current += "\\" * (run // 2)
                if run % 2:
                    current += '"'
                    position += 1
            else:
                current += "\\" * run
            continue
        if character == '"':
            quoted = not quoted
        else:
            current += character
        position += 1
    return words if current is None else [*words, current]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_table(text: str, expected: str) -> None:
    line = quoting.line("mpclaim", ["-d", text])
    assert line == f"mpclaim -d {expected}"
    assert through_crt(through_cmd(line)) == ["mpclaim", "-d", text]


readable = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="%"))


@given(st.lists(readable | st.text('\\" ^&')))
def test_every_argument_comes_back(arguments: list[str]) -> None:
    assert through_crt(through_cmd(quoting.line("iscsicli", arguments))) == ["iscsicli", *arguments]


@pytest.mark.parametrize("text", ["100%", "%PATH%", "a\nb", "a\rb", "a\x00b", "a\x1ab", "a\u2028b", "\ud800"])
def test_refused(text: str) -> None:
    with pytest.raises(CannotSend):
        quoting.line("iscsicli", [text])


@pytest.mark.parametrize("program", ["", "a b", '"iscsicli"', "iscsicli&", "a\nb"])
def test_refused_programs(program: str) -> None:
    with pytest.raises(CannotSend):
        quoting.line(program, [])


def test_length() -> None:
    assert quoting.check_length("x" * 8000)
    with pytest.raises(CannotSend, match="8001 characters"):
        quoting.check_length("x" * 8001)
