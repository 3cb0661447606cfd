# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WWNs of LUNs, and patterns of them. Private to the collection."""

from __future__ import annotations

import re

from .._model import bare_wwn
from .faults import Faults

_WWN = re.compile(r"[0-9A-F]{16}(?:[0-9A-F]{16})?")
_WILDCARD = re.compile(r"[*?\[\]]")
_SET = re.compile(r"\[!?(?:[0-9A-F](?:-[0-9A-F])?)+\]")
_PATTERN = re.compile(rf"(?:[0-9A-F*?]|{_SET.pattern})+")


def read_wwn(text: str, where: str, faults: Faults) -> str | None:
    """Read a WWN in any notation as upper-case hexadecimal digits; None where it is none."""
    wwn = bare_wwn(text).removeprefix("0X")
    if not _WWN.fullmatch(wwn):
        faults.add(where, f"{text!r} is no WWN: 16 or 32 hexadecimal digits, with or without '-' or ':'")
        return None
    return wwn


def is_pattern(text: str) -> bool:
    """Tell whether a text is meant as a pattern rather than as one WWN."""
    return _WILDCARD.search(text) is not None


def read_pattern(text: str, where: str, faults: Faults) -> str | None:
    """Read a shell pattern of WWNs in any notation, in upper case and without separators; None where it is none."""
    # Between brackets a minus is no separator but tells a range.
    parts = re.split(r"(\[[^\]]*\])", text.upper())
    pattern = "".join(part if part.startswith("[") else bare_wwn(part) for part in parts).removeprefix("0X")
    if not _PATTERN.fullmatch(pattern):
        faults.add(
            where,
            f"{text!r} is no pattern of WWNs: hexadecimal digits, '*' for any number of them, '?' for one and '[0-7]'"
            " for one of several",
        )
        return None
    return pattern
