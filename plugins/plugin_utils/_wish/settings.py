# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Timers, by themselves and out of profiles. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from .._model import TIMER_BY_NAME, TIMERS, Timer
from .faults import Faults
from .words import unfilled

WINDOWS_DEFAULTS: t.Final = "windows_defaults"
"""The one profile that is shipped. No source tells a figure for an EVA, so there is none for it."""

_TRUE: t.Final = ("true", "yes", "on", "1")
_FALSE: t.Final = ("false", "no", "off", "0")
_NUMBER: t.Final = re.compile(r"\s*[0-9]{1,10}\s*")


class WantedSettings(t.NamedTuple):
    """Timers by the names of options."""

    values: dict[str, int]
    """Of a switch whether it is on."""
    sources: dict[str, str]
    """Of those that a profile names: which, and where it has them from."""


def settings(
    values: Mapping[str, t.Any],
    profile: str | None,
    profiles: Mapping[str, t.Any] | None,
    faults: Faults,
    where: str = "",
) -> WantedSettings:
    """Read timers: those of a profile, and over them what is given by itself.

    Args:
        values: What is given by itself; None is as if it was not given.
        profile: Name of a profile, ``windows_defaults`` or one of ``profiles``.
        profiles: The administrator's own, each a mapping with ``source`` and ``values``; all of them are looked at.
        faults: Takes what is wrong.
        where: Option that holds ``values``; empty where each is an option of its own.
    """
    option = f"{where}_profile" if where else "profile"
    own = {str(name): _own_profile(str(name), given, f"{option}s", faults) for name, given in (profiles or {}).items()}
    chosen = _chosen(profile, own, option, faults)
    explicit = _values(values, f"{where}." if where else "", faults)
    return WantedSettings({**chosen.values, **explicit}, _without(chosen.sources, explicit))


def _without(sources: Mapping[str, str], explicit: Mapping[str, int]) -> dict[str, str]:
    return {name: source for name, source in sources.items() if name not in explicit}


def _chosen(profile: str | None, own: Mapping[str, WantedSettings], option: str, faults: Faults) -> WantedSettings:
    if profile == WINDOWS_DEFAULTS:
        told = [timer for timer in TIMERS if timer.default is not None]
        sources = {timer.name: f"profile {WINDOWS_DEFAULTS}: {timer.source}" for timer in told}
        return WantedSettings({timer.name: timer.default for timer in told if timer.default is not None}, sources)
    if profile is None or profile in own:
        return own[profile] if profile is not None else WantedSettings({}, {})
    faults.add(option, f"{profile!r} is no profile; known are {', '.join([WINDOWS_DEFAULTS, *own])}")
    return WantedSettings({}, {})


def _own_profile(name: str, given: t.Any, option: str, faults: Faults) -> WantedSettings:
    where = f"{option}.{name}"
    if name == WINDOWS_DEFAULTS:
        faults.add(where, "this profile is part of the collection; give yours another name")
    if not isinstance(given, Mapping) or not isinstance(given.get("values"), Mapping):
        faults.add(where, "it must be a mapping with source, a text, and values, a mapping")
        return WantedSettings({}, {})
    unknown = sorted(str(key) for key in given if key not in ("source", "values"))
    if unknown:
        faults.add(where, f"it has source and values, and nothing like {', '.join(unknown)}")
    source = given.get("source")
    if not isinstance(source, str) or not source.strip() or unfilled(source):
        faults.add(f"{where}.source", "it must say where the values come from, such as a document or a case number")
        source = ""
    values = _values(given["values"], f"{where}.values.", faults)
    return WantedSettings(values, dict.fromkeys(values, f"profile {name}: {source.strip()}"))


def _values(given: Mapping[str, t.Any], where: str, faults: Faults) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, value in given.items():
        timer = TIMER_BY_NAME.get(name)
        if timer is None:
            faults.add(f"{where}{name}", f"there is no such timer; known are {', '.join(TIMER_BY_NAME)}")
        elif value is not None:
            number = _switch(value) if timer.switch else _number(value)
            if number is None:
                what = "neither true nor false" if timer.switch else "no whole number"
                faults.add(f"{where}{name}", f"{value!r} is {what}")
            elif _in_range(timer, number, f"{where}{name}", faults):
                found[name] = number
    return found


def _switch(value: t.Any) -> bool | None:
    word = str(value).strip().casefold()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


def _number(value: t.Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def _in_range(timer: Timer, number: int, where: str, faults: Faults) -> bool:
    if timer.lowest <= number <= timer.highest:
        return True
    faults.add(where, f"{number} is not between {timer.lowest} and {timer.highest}")
    return False
