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
from .._model import HpLunPolicy, HpPolicy, Known, MpioDisk, Part, Policy, Unknown, bare_wwn
from .actions import Draft, DraftWord, Later
from .pattern_search import Groups, SearchFailed, search
from .reading import Reading, Unreadable, first_known

_BARE_PROGRAM: t.Final = re.compile(r"[A-Za-z0-9_.:\\-]+")
"""What the command shell starts as it stands; ``start`` takes any path."""
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
    return first_known(lambda: Known(_shown(reading, show, pattern, theirs), show[0]))


def _shown(reading: Reading, show: Sequence[str], pattern: str, disks: Sequence[MpioDisk]) -> tuple[HpLunPolicy, ...]:
    """Return the policies that are told.

    Raises:
        Unreadable: of no LUN one is; with what the program says instead. Or the search does not end.
    """
    if not is_for_each_lun(show):
        text = reading.text(command(show, {}).command)
        [matches] = _found(pattern, (text,))
        told = tuple(_told_of_all(matches, disks))
    else:
        commands = tuple(command(show, values_of(disk)).command for disk in disks)
        told = tuple(_told_one_by_one(zip(disks, _found(pattern, reading.texts(commands)), strict=True)))
        # Of several in one line nobody knows whether one failed, nor what it said then: so the first is run alone.
        text = "" if told else reading.again(commands[0])
    if told:
        return told
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = f"it printed {lines[0]!r}" if lines else "it printed nothing"
    raise Unreadable(f"hp_policy_pattern finds no policy of a LUN in what {show[0]} shows; {said}")


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


def _found(pattern: str, texts: Sequence[str]) -> tuple[tuple[Groups, ...], ...]:
    try:
        return search(pattern, texts)
    except SearchFailed as error:
        raise Unreadable(f"the search with hp_policy_pattern {error}") from error


def _told_one_by_one(told: Iterable[tuple[MpioDisk, Sequence[Groups]]]) -> Iterator[HpLunPolicy]:
    for disk, matches in told:
        policy = _policy(matches[0]) if matches else None
        if policy is not None:
            yield HpLunPolicy(disk.wwn, policy)


def _told_of_all(matches: Sequence[Groups], disks: Iterable[MpioDisk]) -> Iterator[HpLunPolicy]:
    told = {_wwn(match["wwn"]): _policy(match) for match in matches}
    for disk in disks:
        policy = told.get(disk.wwn)
        if policy is not None:
            yield HpLunPolicy(disk.wwn, policy)


def _policy(match: Groups) -> HpPolicy | None:
    return _POLICIES.get((match["policy"] or "").strip().upper())


def _wwn(text: str | None) -> str:
    return bare_wwn(text or "").removeprefix("0X")
