# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policies of HP's DSM, and the administrator's commands that show and set them. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping, Sequence

from .._model import HpPolicy
from .._options import HP_POLICY_NAMES
from .._plan.desired import WantedHpPolicies
from .faults import Faults
from .policies import by_lun
from .programs import LONGEST_COMMAND
from .words import CONTROL, unfilled

_PLACES: t.Final[Mapping[str, tuple[str, ...]]] = {
    "hp_policy_show": ("{wwn}", "{disk}"),
    "hp_policy_set": ("{wwn}", "{disk}", "{policy}"),
}
"""What each command may have filled in."""
_COMMANDS: t.Final = ("hp_policy_show", "hp_policy_set", "hp_policy_pattern")
_ANY_PLACE = re.compile(r"\{[^{}]*\}")
_FORBIDDEN = re.compile(f"[%{CONTROL}]")
_PROGRAM = re.compile(r"[^\"*?<>|{}&^()!]+")


def hp_policies(arguments: Mapping[str, t.Any], faults: Faults) -> WantedHpPolicies | None:
    """Read the options that the doc fragment of the same name describes; None where no policy is wished for.

    A module that only looks has no ``hp_policy_set``.
    """
    given = arguments["hp_policies"]
    _check_command("hp_policy_show", arguments["hp_policy_show"], faults)
    _check_command("hp_policy_set", arguments.get("hp_policy_set", ()), faults)
    _check_pattern(arguments, faults)
    missing = [option for option in _COMMANDS if option in arguments and not arguments[option]]
    if given and missing:
        faults.add(
            "hp_policies",
            f"{', '.join(missing)} must be given too: no public document tells the commands of HP's DSM, and what"
            " cannot be read can be neither judged nor kept",
        )
    default, by_wwn, by_pattern = by_lun(
        given, "hp_policies", lambda value, where: _policy(value, where, faults), faults
    )
    return WantedHpPolicies(default, by_wwn, by_pattern) if given else None


def check_reading(arguments: Mapping[str, t.Any], faults: Faults) -> None:
    """Look at what shows the policies, where nothing is to be set."""
    show, pattern = arguments["hp_policy_show"], arguments["hp_policy_pattern"]
    _check_command("hp_policy_show", show, faults)
    _check_pattern(arguments, faults)
    if bool(show) != bool(pattern):
        faults.say("hp_policy_show and hp_policy_pattern go together: the one's output is read by the other")


def _policy(value: t.Any, where: str, faults: Faults) -> HpPolicy | None:
    if not isinstance(value, str) or value.lower() not in HP_POLICY_NAMES:
        faults.add(where, f"{value!r} is no policy of HP's DSM; known are {', '.join(HP_POLICY_NAMES)}")
        return None
    return HpPolicy(value.upper())


def _check_command(option: str, words: Sequence[str], faults: Faults) -> None:
    if not words:
        return
    known = _PLACES[option]
    if not _PROGRAM.fullmatch(words[0]):
        faults.add(f"{option}[0]", f"{words[0]!r} is no program: its bare name, or its path, without its arguments")
    for index, word in enumerate(words):
        where = f"{option}[{index}]"
        if unfilled(word):
            faults.add(where, f"{word!r} is a template that was not filled in; places have single braces: {{wwn}}")
        elif not word or _FORBIDDEN.search(word):
            faults.add(where, f"{word!r} is empty, or holds a percent sign or a control character")
        else:
            for place in _ANY_PLACE.findall(word):
                if place not in known:
                    faults.add(where, f"nothing is filled in for {place}; known are {', '.join(known)}")
    if sum(map(len, words)) > LONGEST_COMMAND:
        faults.add(option, f"its words have more than {LONGEST_COMMAND} characters together")
    if option == "hp_policy_set":
        _check_places(option, words, faults)


def _check_places(option: str, words: Sequence[str], faults: Faults) -> None:
    line = " ".join(words)
    if "{policy}" not in line:
        faults.add(option, "no word of it has the place {policy}, so each policy would be set alike")
    if not _is_for_each_lun(words):
        faults.add(option, "no word of it has the place {wwn} or {disk}, so it does not say which LUN is meant")


def _is_for_each_lun(words: Sequence[str]) -> bool:
    return any("{wwn}" in word or "{disk}" in word for word in words)


def _check_pattern(arguments: Mapping[str, t.Any], faults: Faults) -> None:
    text, option = arguments["hp_policy_pattern"], "hp_policy_pattern"
    if not text:
        return
    try:
        groups = re.compile(text).groupindex
    except (OverflowError, RecursionError, re.error) as error:
        faults.add(option, f"{text!r} is no regular expression: {error}")
        return
    if "policy" not in groups:
        faults.add(option, "it has no group policy, such as (?P<policy>[A-Z]+)")
    if "wwn" not in groups and arguments["hp_policy_show"] and not _is_for_each_lun(arguments["hp_policy_show"]):
        faults.add(
            option,
            "hp_policy_show is run once for all LUNs, so the expression needs a group wwn to tell them apart; or put"
            " {wwn} or {disk} into the command",
        )
