# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judging a capture: whether something private stands in it in any form, and whether it says what the host said."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any


def spellings(text: str) -> Iterator[str]:
    """Return every form in which a text could stand in a file, in small letters."""
    octets = text.encode()
    for form in (octets, octets.upper(), octets.lower()):
        yield form.decode()
        yield form.hex()
        yield form.decode().encode("utf-16-le").hex()
        yield "".join(f">{octet}<" for octet in form)
    try:
        address = ip_address(text)
    except ValueError:
        pass
    else:
        yield "".join(f">{octet}<" for octet in address.packed)
        if isinstance(address, IPv4Address):
            yield f">{int.from_bytes(address.packed, 'little')}<"
            yield f">{int.from_bytes(address.packed, 'big')}<"
        if isinstance(address, IPv6Address):
            yield address.exploded
    digits = text.replace(":", "").replace("-", "")
    if len(digits) in (12, 32) and set(digits.lower()) <= set("0123456789abcdef"):
        yield digits
        yield "".join(f">{octet}<" for octet in bytes.fromhex(digits))


def contents(texts: Iterable[str]) -> Iterator[str]:
    """Return texts as they are, and all base64 in them decoded; tags between numbers are taken out."""
    for text in texts:
        yield text.lower()
        yield "".join(f">{number}<" for number in _numbers(text))
        for word in text.replace("<", ">").split(">"):
            if len(word) % 4 == 0 and len(word) >= 8:
                try:
                    yield base64.b64decode(word, validate=True).decode("utf-8", errors="replace").lower()
                except ValueError:
                    continue


def files(folder: Path) -> list[str]:
    """Return what is in a capture."""
    return [path.read_text(encoding="utf-8") for path in folder.iterdir()]


def found(private: Iterable[str], texts: Iterable[str]) -> set[str]:
    """Return the private values that are there in some form."""
    read = list(contents(texts))
    return {text for text in private for form in spellings(text) if any(form.lower() in content for content in read)}


def _numbers(text: str) -> Iterator[str]:
    for word in text.replace("<", ">").split(">"):
        if word.isdecimal():
            yield word


def leaves(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of nested data with the way to each, and the length of each list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{where}.{key}")
    elif isinstance(value, list):
        yield where, len(value)
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{where}[{number}]")
    else:
        yield where, value


def same_but_for_names(one: Any, other: Any) -> dict[str, str]:
    """Fail unless both have the same structure and numbers, and each text of one stands for one text of the other.

    Returns:
        The texts, in small letters, and what they stand for.
    """
    first, second = dict(leaves(one)), dict(leaves(other))
    assert first.keys() == second.keys()
    meaning: dict[str, str] = {}
    for where, value in first.items():
        if isinstance(value, str):
            assert meaning.setdefault(value.casefold(), second[where].casefold()) == second[where].casefold(), where
        else:
            assert value == second[where], where
    assert len(set(meaning.values())) == len(meaning)
    return meaning
