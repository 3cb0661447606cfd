# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies of HP's DSM by the commands that the administrator names. Private to the collection.

No public document tells how the command line tool of HP's DSM shows or sets a policy, so nothing of it stands here:
words of the administrator's, with what is filled into them, are handed to the program one by one, without a shell's
meaning.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .._eva.dsm_names import is_named
from .._model import HpLunPolicy, HpPolicy, Known, MpioDisk, Part, Policy, Unknown
from .actions import Draft, DraftWord, Later
from .reading import Reading, first_known

_BARE_PROGRAM: t.Final = re.compile(r"[A-Za-z0-9_.:\\-]+")
"""What the command shell starts as it stands; ``start`` takes any path."""
_SEPARATORS: t.Final = re.compile(r"[-:\s]")
_POLICIES: t.Final[Mapping[str, HpPolicy]] = {policy.value: policy for policy in HpPolicy}


def read_hp_policies(reading: Reading) -> Part[tuple[HpLunPolicy, ...]]:
    """Read the policy of each disk of HP's DSM, where the administrator says what shows it."""
    disks: Part[tuple[MpioDisk, ...]] = reading.part("disks")
    if isinstance(disks, Unknown):
        return disks
    theirs = tuple(
        disk
        for disk in disks.value
        if disk.policy is Policy.VENDOR_SPECIFIC and is_named(disk.dsm, reading.ways.hp_dsm_name)
    )
    if not theirs:
        return Known((), disks.source)
    show, pattern = reading.ways.hp_policy_show, reading.ways.hp_policy_pattern
    if not show or not pattern:
        return Unknown("no public command shows policies of HP's DSM; hp_policy_show and hp_policy_pattern name one")
    expression = re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    if not is_for_each_lun(show):
        return first_known(
            lambda: Known(tuple(_told_of_all(reading.text(command(show, {}).command), expression, theirs)), show[0])
        )
    commands = tuple(command(show, values_of(disk)).command for disk in theirs)
    return first_known(
        lambda: Known(tuple(_told_one_by_one(zip(theirs, reading.texts(commands), strict=True), expression)), show[0])
    )


def is_for_each_lun(words: Iterable[str]) -> bool:
    """Tell whether a command is about one LUN."""
    return any("{wwn}" in word or "{disk}" in word for word in words)


def values_of(disk: MpioDisk) -> Mapping[str, DraftWord]:
    """Return what is filled in for a disk."""
    return {"{wwn}": disk.wwn, "{disk}": str(disk.number)}


def command(words: Sequence[str], values: Mapping[str, DraftWord]) -> Draft:
    """Return a command with its places filled in; a word with a value that is not known yet is not known itself."""
    program, *arguments = (_filled(word, values) for word in words)
    if isinstance(program, str) and _BARE_PROGRAM.fullmatch(program):
        return Draft(program, tuple(arguments))
    # A quoted first word is a title to it, and /b keeps what the program prints (start /?).
    return Draft("start", ("/b", "/w", "", program, *arguments))


def _filled(word: str, values: Mapping[str, DraftWord]) -> DraftWord:
    for place, value in values.items():
        if place not in word:
            continue
        if isinstance(value, Later):
            return value
        word = word.replace(place, str(value))
    return word


def _told_one_by_one(texts: Iterable[tuple[MpioDisk, str]], expression: re.Pattern[str]) -> Iterator[HpLunPolicy]:
    for disk, text in texts:
        match = expression.search(text)
        policy = None if match is None else _policy(match)
        if policy is not None:
            yield HpLunPolicy(disk.wwn, policy)


def _told_of_all(text: str, expression: re.Pattern[str], disks: Iterable[MpioDisk]) -> Iterator[HpLunPolicy]:
    told = {_wwn(match["wwn"]): _policy(match) for match in expression.finditer(text)}
    for disk in disks:
        policy = told.get(disk.wwn)
        if policy is not None:
            yield HpLunPolicy(disk.wwn, policy)


def _policy(match: re.Match[str]) -> HpPolicy | None:
    return _POLICIES.get((match["policy"] or "").strip().upper())


def _wwn(text: str | None) -> str:
    return _SEPARATORS.sub("", text or "").upper().removeprefix("0X")
