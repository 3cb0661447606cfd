# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cmd.exe's and the C runtime's reading of lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.eva.mpio.tests.lab.windows.cmdline import (
    Chain,
    Command,
    CommandSyntaxError,
    Condition,
    Group,
    Redirection,
    expand,
    parse,
    split_arguments,
    split_name,
    strip_outer_quotes,
)


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        (' -d "HP      HSV300          "', ["-d", "HP      HSV300          "]),
        (' "HP      HSV340          "x y', ["HP      HSV340          x", "y"]),
        (' "a\\\\" b', ["a\\", "b"]),
        (r' "C:\dir\" b"', ['C:\\dir" b']),
        (r" a\\\"b c", [r"a\"b", "c"]),
        (r" a\\b", [r"a\\b"]),
        (' "say ""hi"" now"', ['say "hi" now']),
        (' "" x', ["", "x"]),
        ("\ta\t b ", ["a", "b"]),
        (' "unclosed arg', ["unclosed arg"]),
        (" a,b;c=d", ["a,b;c=d"]),
    ],
)
def test_argv_of_the_c_runtime(text: str, argv: list[str]) -> None:
    assert split_arguments(text) == argv


def _quoted(argument: str) -> str:
    """Quote one argument by the published rule: backslashes before a quote or the end are doubled."""
    out, slashes = '"', 0
    for char in argument:
        if char == "\\":
            slashes += 1
            continue
        out += "\\" * (slashes * 2 + 1 if char == '"' else slashes) + char
        slashes = 0
    return out + "\\" * (slashes * 2) + '"'


@given(st.lists(st.text(alphabet='ab \\"\t&', max_size=8), max_size=5))
def test_every_argument_survives_quoting(arguments: list[str]) -> None:
    assert split_arguments(" ".join(map(_quoted, arguments))) == arguments


@pytest.mark.parametrize(
    ("line", "node"),
    [
        ("a b", Command("a b")),
        ('echo "a & b | c"', Command('echo "a & b | c"')),
        ("echo a^&b ^^ ^|", Command("echo a&b ^ |")),
        ('echo "a^b"', Command('echo "a^b"')),
        ("a & b", Chain("&", Command("a "), Command("b"))),
        ("a && b || c", Chain("||", Chain("&&", Command("a "), Command("b ")), Command("c"))),
        ("a | b & c", Chain("&", Chain("|", Command("a "), Command("b ")), Command("c"))),
        ("a &", Command("a ")),
        ("x 2>nul", Command("x ", (Redirection(2, "nul"),))),
        ("x >o.txt 2>&1", Command("x  ", (Redirection(1, "o.txt"), Redirection(2, "&1")))),
        ('x >>"my file" y', Command("x  y", (Redirection(1, "my file", append=True),))),
        ("echo a2>x", Command("echo a2", (Redirection(1, "x"),))),
        ("(a & b) >nul", Group(Chain("&", Command("a "), Command("b")), (Redirection(1, "nul"),))),
        ("echo :)", Command("echo :)")),
        ("if exist f a & b", Condition("exist", ("f",), False, False, Chain("&", Command("a "), Command("b")))),
        ("if not x==y (a) else b", Condition("==", ("x", "y"), True, False, Group(Command("a")), Command("b"))),
        ("  ", None),
    ],
)
def test_parts_of_a_line(line: str, node: object) -> None:
    assert parse(line) == node


@pytest.mark.parametrize("line", ["& a", "a && && b", "(a", "a >", "| b", "if", "if exist", "if x y", "if x=="])
def test_lines_that_do_not_parse(line: str) -> None:
    with pytest.raises(CommandSyntaxError, match="was unexpected at this time"):
        parse(line)


@pytest.mark.parametrize(
    ("line", "expanded"),
    [
        ("%A%", "1"),
        ("x%a%y%B%", "x1y2"),
        ("%nope%", "%nope%"),
        ("100%", "100%"),
        ("%%A%%", "%1%"),
        ("%A^%", "%A^%"),
        ("5% of %A%", "5% of 1"),
    ],
)
def test_variables_on_a_command_line(line: str, expanded: str) -> None:
    assert expand(line, lambda name: {"A": "1", "B": "2"}.get(name.upper())) == expanded


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ('mpclaim "x y"', 'mpclaim "x y"'),
        ('"a b" "c"', 'a b" "c'),
        ('"my tool"', '"my tool"'),
        ('"other tool"', "other tool"),
        ('"my tool" & x"', 'my tool" & x'),
    ],
)
def test_outer_quotes_of_cmd_c(line: str, left: str) -> None:
    assert strip_outer_quotes(line, lambda name: name == "my tool") == left


def test_the_name_ends_at_a_delimiter_or_slash() -> None:
    assert split_name("@shutdown/r /t 5") == ("shutdown", "/r /t 5")
    assert split_name('"C:\\Windows\\system32\\iscsicli.exe" x') == ("C:\\Windows\\system32\\iscsicli.exe", " x")
