# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small programs: whoami, hostname, chcp, findstr. What cmd.exe has built in is in the shell."""

from __future__ import annotations

from ...winrm.interface import ProcessResult
from ..language import pad
from ..programs import ProgramContext, codec_of, console_bytes
from ..releases import Release

TEXTS = {
    "code_page": "Active code page: {number}\n",
    "bad_code_page": "Invalid code page\n",
    "wrong_syntax": "FINDSTR: Bad command line\n",
    "alias": "Alias",
    "label": "Label",
    "high": "Mandatory Label\\High Mandatory Level",
    "medium": "Mandatory Label\\Medium Mandatory Level",
    "groups": "\nGROUP INFORMATION\n-----------------\n\n",
}
CODE_PAGES = frozenset(
    {437, 850, 852, 855, 857, 858, 860, 861, 863, 865, 866, 869, 932, 936, 949, 950, 1250, 1251, 1252, 65001}
)
"""Console code pages that the lab can encode."""

ELEVATED_SID = "S-1-16-12288"
FILTERED_SID = "S-1-16-8192"
"""Mandatory labels "high" and "medium" (Microsoft: well-known security identifiers)."""


class Whoami:
    """whoami.exe: the account, or with ``/groups`` the label that tells an elevated token from a filtered one."""

    def __init__(self, computer: str, user: str, release: Release) -> None:
        """``user`` is the account that the shell runs under."""
        self._computer = computer
        self._user = user
        self._has_labels = release.since_vista

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Print and succeed."""
        if [word.lower() for word in argv[:1]] != ["/groups"]:
            return ProcessResult(console_bytes(f"{self._computer}\\{self._user}\n".lower(), context.code_page))
        language = context.language
        level, sid = ("high", ELEVATED_SID) if context.elevated else ("medium", FILTERED_SID)
        rows = [(language.locale.administrators, language(TEXTS["alias"]), "S-1-5-32-544")]
        if self._has_labels:  # mandatory labels came with Vista
            rows.append((language(TEXTS[level]), language(TEXTS["label"]), sid))
        text = language(TEXTS["groups"])
        text += "".join(f"{pad(name, 40)} {pad(kind, 16)} {number}\n" for name, kind, number in rows)
        return ProcessResult(console_bytes(text, context.code_page))


class Hostname:
    """hostname.exe."""

    def __init__(self, computer: str) -> None:
        """Bind the program."""
        self._computer = computer

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Print the computer's name."""
        return ProcessResult(console_bytes(f"{self._computer}\n", context.code_page))


def chcp(argv: list[str], context: ProgramContext) -> ProcessResult:
    """Show the console's code page or name another; the shell then changes over."""
    if not argv:
        text = context.language(TEXTS["code_page"], number=context.code_page)
    elif argv[0].isdigit() and int(argv[0]) in CODE_PAGES:
        text = context.language(TEXTS["code_page"], number=int(argv[0]))
    else:
        return ProcessResult(b"", console_bytes(context.language(TEXTS["bad_code_page"]), context.code_page), 1)
    return ProcessResult(console_bytes(text, context.code_page))


def findstr(argv: list[str], context: ProgramContext) -> ProcessResult:
    """Pass on the lines of standard input that hold one of the words, with ``/i`` in any letter case."""
    ignore_case = "/i" in [word.lower() for word in argv]
    words = [word for word in argv if not word.startswith("/")]
    if not words:
        return ProcessResult(b"", console_bytes(context.language(TEXTS["wrong_syntax"]), context.code_page), 2)
    given = None
    while given is None and not context.terminated():
        given = context.stdin.read_all(1.0)
    lines = (given or b"").decode(codec_of(context.code_page), errors="replace").splitlines()
    wanted = words[0].lower().split() if ignore_case else words[0].split()
    found = [line for line in lines if any(word in (line.lower() if ignore_case else line) for word in wanted)]
    return ProcessResult(console_bytes("".join(f"{line}\n" for line in found), context.code_page), b"", int(not found))
