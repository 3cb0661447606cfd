# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operating system's MPIO feature, or what stands for it. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Sequence

from .._model import CHANGED_IN_THIS_BOOT, Feature, Known, Part, Service, Unknown
from .._wire.command import Command
from .._wire.instance import Instance
from . import classes, marker
from .reading import Reading, Unreadable, first_known
from .system import MPIO_DRIVER

MPIO_FEATURE: t.Final = "MultipathIo"
_SERVER_FEATURE: t.Final = 57
"""Win32_ServerFeature.ID of Multipath I/O; the class has an instance for each feature that is installed."""

# Win32_OptionalFeature.InstallState (Win32 WMI reference); 4 is "unknown".
_ENABLED: t.Final = 1
_DISABLED: t.Final = 2
_ABSENT: t.Final = 3

_STATE: t.Final = re.compile(r"^State\s*:\s*(.+?)\s*$", re.MULTILINE)
"""The state in what ``dism /english /get-featureinfo`` prints (recorded on Windows 11 for another feature)."""


def read_feature(reading: Reading) -> Part[Feature]:
    """Read whether MPIO is there and enabled; enabled but waiting for a restart counts as enabled."""
    kind = reading.release.feature_class
    if kind is None:
        return first_known(lambda: _by_drivers(reading))
    if kind is classes.SERVER_FEATURE:
        return first_known(lambda: _by_server_feature(reading), lambda: _by_drivers(reading))
    return first_known(lambda: _by_optional_feature(reading))


def _by_drivers(reading: Reading) -> Part[Feature]:
    """Take MPIO for installed where both drivers are: the initiator package of 2003 brings them (KB 977506)."""
    drivers: Part[tuple[Service, ...]] = reading.part("drivers")
    if isinstance(drivers, Unknown):
        raise Unreadable(drivers.reason)
    names = {driver.name.casefold() for driver in drivers.value}
    return Known(Feature(enabled={MPIO_DRIVER, reading.release.dsm_driver} <= names, present=True), drivers.source)


def _by_server_feature(reading: Reading) -> Part[Feature]:
    if reading.instances(classes.SERVER_FEATURE, f"ID={_SERVER_FEATURE}"):
        return Known(Feature(enabled=True, present=True))
    return Known(Feature(enabled=_restart_waits(reading) and _starts_next(reading), present=True))


def _by_optional_feature(reading: Reading) -> Part[Feature]:
    told = feature_of(reading.instances(classes.OPTIONAL_FEATURE, f"Name='{MPIO_FEATURE}'"))
    if isinstance(told, Known) and (told.value.enabled or not told.value.present or not _restart_waits(reading)):
        return told
    # What InstallState is while enabling waits for a restart is not documented; dism has a word for it.
    arguments = ("/online", "/english", "/get-featureinfo", f"/featurename:{MPIO_FEATURE}")
    try:
        return feature_of_text(reading.text(Command("dism", arguments))) or told
    except Unreadable:
        return Known(Feature(enabled=True, present=True)) if _starts_next(reading) else told


def _starts_next(reading: Reading) -> bool:
    """Tell whether MPIO is installed and waits for its first start.

    Whether the classes of features list one that waits for a restart is not documented, nor whether its driver is
    there before. A feature that is being removed still has its driver running. Without a driver, Windows' own word that
    a change of features waits counts if a run of ours changed something in this boot.
    """
    drivers: Part[tuple[Service, ...]] = reading.part("drivers")
    pending: Part[tuple[str, ...]] = reading.part("pending_reboot")
    if isinstance(drivers, Unknown) or isinstance(pending, Unknown):
        return False
    mine = [driver for driver in drivers.value if driver.name.casefold() == MPIO_DRIVER]
    if not mine:
        return {CHANGED_IN_THIS_BOOT, marker.SERVICING_WAITS} <= set(pending.value)
    return not mine[0].running


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
