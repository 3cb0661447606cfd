# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WWNs of LUNs, and patterns of them. Private to the collection."""

from __future__ import annotations

import re

from .._model import bare_wwn
from .faults import Faults

_WWN = re.compile(r"[0-9A-F]{16}(?:[0-9A-F]{16})?")
_DIGITS = "0123456789ABCDEF"
_NAMED = 4
"""How many strange letters a fault names."""
_WILDCARD = re.compile(r"[*?\[\]]")
_SET = re.compile(r"\[!?(?:[0-9A-F](?:-[0-9A-F])?)+\]")
_PATTERN = re.compile(rf"(?:[0-9A-F*?]|{_SET.pattern})+")


def read_wwn(text: str, where: str, faults: Faults) -> str | None:
    """Read a WWN in any notation as upper-case hexadecimal digits; None where it is none."""
    wwn = _without_prefix(bare_wwn(text))
    if not _WWN.fullmatch(wwn):
        faults.add(
            where, f"{text!r} is no WWN: 16 or 32 hexadecimal digits, with or without '-' or ':', and {_has(wwn)}"
        )
        return None
    return wwn


def _without_prefix(bare: str) -> str:
    """Take away what hexadecimal numbers begin with, and names of the type NAA as Linux and VMware write them."""
    return bare.strip().removeprefix("NAA.").removeprefix("0X")


def _has(bare: str) -> str:
    """Say what is wrong with a WWN that has no separators any more."""
    strange = list(dict.fromkeys(letter for letter in bare if letter not in _DIGITS))
    if strange:
        return f"{', '.join(map(repr, strange[:_NAMED]))} is none"
    return f"there are {len(bare)}"


def is_pattern(text: str) -> bool:
    """Tell whether a text is meant as a pattern rather than as one WWN."""
    return _WILDCARD.search(text) is not None


def read_pattern(text: str, where: str, faults: Faults) -> str | None:
    """Read a shell pattern of WWNs in any notation, in upper case and without separators; None where it is none."""
    # Between brackets a minus is no separator but tells a range.
    parts = re.split(r"(\[[^\]]*\])", text.upper())
    pattern = _without_prefix("".join(part if part.startswith("[") else bare_wwn(part) for part in parts))
    if not _PATTERN.fullmatch(pattern):
        faults.add(
            where,
            f"{text!r} is no pattern of WWNs: hexadecimal digits, '*' for any number of them, '?' for one and '[0-7]'"
            " for one of several",
        )
        return None
    return pattern
