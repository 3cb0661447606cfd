# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Timers, by themselves and out of profiles. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from .._options import SETTING_NAMES, SWITCHES
from .faults import Faults
from .words import unfilled

WINDOWS_DEFAULTS: t.Final = "windows_defaults"
"""The one profile that is shipped. No source tells a figure for an EVA, so there is none for it."""

_LARGEST: t.Final = 0xFFFFFFFF
"""MAXULONG: what a REG_DWORD holds at most."""
_ANY: t.Final = (0, _LARGEST)
_AT_LEAST_ONE: t.Final = (1, _LARGEST)
_LENGTH: t.Final = (512, 0xFFFFFF)
"""RFC 7143 13.12 to 13.14."""

_RANGES: t.Final[Mapping[str, tuple[int, int]]] = {
    "path_verification_period": _AT_LEAST_ONE,
    "pdo_remove_period": _AT_LEAST_ONE,
    "path_recovery_interval": _AT_LEAST_ONE,
    "disk_path_check_interval": _AT_LEAST_ONE,
    "retry_count": (0, 500),  # MPIO_TIMERS_COUNTERS of the MPIO driver
    "max_pending_requests": _AT_LEAST_ONE,
    "max_transfer_length": _AT_LEAST_ONE,
    "max_burst_length": _LENGTH,
    "first_burst_length": _LENGTH,
    "max_recv_data_segment_length": _LENGTH,
    "error_recovery_level": (0, 2),  # RFC 7143 13.20
    "disk_timeout": _AT_LEAST_ONE,
    "tcp1323_opts": (0, 3),  # Microsoft KB 224829
}
"""Where no source tells a range, what the registry can hold; none of them takes a time of no length."""

_PAPER = 'Microsoft, "Highly Available Storage: Multipath Solutions", appendix E'
_GUIDANCE = 'Microsoft, "Updated Guidance on Microsoft MPIO Settings", 2012'
_QUICK_REFERENCE = 'Microsoft, "iSCSI Software Initiator and iSNS Server timers quick reference", 2008'
_DEFAULTS: t.Final[Mapping[str, tuple[int, str]]] = {
    "path_verify_enabled": (0, _PAPER),
    "path_verification_period": (30, _PAPER),
    "pdo_remove_period": (20, _PAPER),
    "retry_count": (3, _PAPER),
    "retry_interval": (1, _PAPER),
    "use_custom_path_recovery_interval": (0, _GUIDANCE),
    "path_recovery_interval": (40, "Microsoft, documentation of Set-MPIOSetting"),
    "link_down_time": (15, _QUICK_REFERENCE),
    "max_request_hold_time": (60, _QUICK_REFERENCE),
    "srb_timeout_delta": (15, _QUICK_REFERENCE),
    "enable_nop_out": (0, _QUICK_REFERENCE),
    "delay_between_reconnect": (5, "NetApp KB on how the initiator survives lost connections"),
}

_TRUE: t.Final = ("true", "yes", "on", "1")
_FALSE: t.Final = ("false", "no", "off", "0")
_NUMBER: t.Final = re.compile(r"\s*[0-9]{1,10}\s*")


class WantedSettings(t.NamedTuple):
    """Timers by the names of options."""

    values: dict[str, int]
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
        sources = {name: f"profile {WINDOWS_DEFAULTS}: {source}" for name, (_value, source) in _DEFAULTS.items()}
        return WantedSettings({name: value for name, (value, _source) in _DEFAULTS.items()}, sources)
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
        if name not in SETTING_NAMES:
            faults.add(f"{where}{name}", f"there is no such timer; known are {', '.join(SETTING_NAMES)}")
        elif value is not None:
            number = _switch(value) if name in SWITCHES else _number(value)
            if number is None:
                what = "neither true nor false" if name in SWITCHES else "no whole number"
                faults.add(f"{where}{name}", f"{value!r} is {what}")
            elif _in_range(name, number, f"{where}{name}", faults):
                found[name] = number
    return found


def _switch(value: t.Any) -> int | None:
    word = str(value).strip().casefold()
    if word in _TRUE:
        return 1
    return 0 if word in _FALSE else None


def _number(value: t.Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def _in_range(name: str, number: int, where: str, faults: Faults) -> bool:
    low, high = _RANGES.get(name, _ANY)
    if low <= number <= high:
        return True
    faults.add(where, f"{number} is not between {low} and {high}")
    return False
