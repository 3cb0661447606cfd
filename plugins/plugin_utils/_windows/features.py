# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operating system's MPIO feature. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Sequence

from .._model import Feature, Known, Part, Unknown
from .._wire.command import Command
from .._wire.instance import Instance
from . import classes
from .reading import Reading, Unreadable, first_known

MPIO_FEATURE: t.Final = "MultipathIo"

# Win32_OptionalFeature.InstallState (Win32 WMI reference); 4 is "unknown".
_ENABLED: t.Final = 1
_DISABLED: t.Final = 2
_ABSENT: t.Final = 3

_STATE: t.Final = re.compile(r"^State\s*:\s*(.+?)\s*$", re.MULTILINE)
"""The state in what ``dism /english /get-featureinfo`` prints (recorded on Windows 11 for another feature)."""


def read_feature(reading: Reading) -> Part[Feature]:
    """Read whether the MPIO feature is there and enabled; enabled but waiting for a restart counts as enabled."""
    return first_known(lambda: _read(reading))


def _read(reading: Reading) -> Part[Feature]:
    told = feature_of(reading.instances(classes.OPTIONAL_FEATURE, f"Name='{MPIO_FEATURE}'"))
    settled = isinstance(told, Known) and (told.value.enabled or not told.value.present or not _restart_waits(reading))
    if settled or reading.release.feature_command[0] != "dism":
        return told
    # What InstallState is while enabling waits for a restart is not documented; dism has a word for it.
    arguments = ("/online", "/english", "/get-featureinfo", f"/featurename:{MPIO_FEATURE}")
    try:
        return feature_of_text(reading.text(Command("dism", arguments))) or told
    except Unreadable:
        return told


def _restart_waits(reading: Reading) -> bool:
    pending: Part[tuple[str, ...]] = reading.part("pending_reboot")
    return isinstance(pending, Unknown) or bool(pending.value)


def feature_of_text(text: str) -> Part[Feature] | None:
    """Turn the English answer of dism into the feature; None where it names no state that is known."""
    match = _STATE.search(text)
    state = match[1].casefold() if match else ""
    if state in ("enabled", "enable pending"):
        return Known(Feature(enabled=True, present=True), "dism")
    if state in ("disabled", "disable pending"):
        return Known(Feature(enabled=False, present=True), "dism")
    if state == "disabled with payload removed":
        return Known(Feature(enabled=False, present=False), "dism")
    return None


def feature_of(instances: Sequence[Instance]) -> Part[Feature]:
    """Turn the instance of Win32_OptionalFeature into the feature; without one, Windows does not offer it."""
    if not instances:
        return Known(Feature(enabled=False, present=False))
    state = instances[0].integer("InstallState")
    if state not in (_ENABLED, _DISABLED, _ABSENT):
        return Unknown(f"Windows does not tell whether the feature {MPIO_FEATURE} is enabled (its state is {state})")
    return Known(Feature(enabled=state == _ENABLED, present=state != _ABSENT))
