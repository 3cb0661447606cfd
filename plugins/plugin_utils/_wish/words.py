# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words that an administrator gives: names, and what a template has left of them. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable

from .faults import Faults

_TEMPLATE = re.compile(r"\{\{|\{%")
_UNFINISHED_SECRET = re.compile(r"\{\{.*\}\}|\{%.*%\}", re.DOTALL)
CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
"""Characters, for a set of a regular expression, that end a line or mean nothing in one."""
_CONTROL = re.compile(f"[{CONTROL}]")


def unfilled(text: str) -> bool:
    """Tell whether a text is a template that was not filled in."""
    return _TEMPLATE.search(text) is not None


def unfilled_secret(secret: str) -> bool:
    """Tell whether a secret is a template that was not filled in; one that only holds a brace is none."""
    return _UNFINISHED_SECRET.search(secret) is not None


def each_once(names: Iterable[str]) -> tuple[str, ...]:
    """Return names without repetitions, letter case aside, as they were written first."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    return tuple(first.values())


def read_name(value: t.Any, where: str, faults: Faults) -> str | None:
    """Read a name in one line, given as text or as a number; None where it is none."""
    if not isinstance(value, (str, int)) or isinstance(value, bool) or not str(value).strip():
        faults.add(where, f"{value!r} is no name")
        return None
    text = str(value)
    if unfilled(text):
        faults.add(where, f"{text!r} is a template that was not filled in")
        return None
    if _CONTROL.search(text):
        faults.add(where, f"{text!r} holds a control character")
        return None
    return text
