# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers: paths, what a run removes at most, and times. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._plan.desired import Purge, Surplus, WantedPaths
from .faults import Faults

_MOST_SESSIONS = 8


def wanted_paths(arguments: Mapping[str, t.Any], faults: Faults) -> WantedPaths:
    """Read ``minimum_paths`` and ``sessions_per_path``, and look at ``device_timeout``."""
    if not 0 <= arguments["device_timeout"] <= 3600:
        faults.add("device_timeout", f"{arguments['device_timeout']} is not between 0 and 3600 seconds")
    minimum: int | None = arguments["minimum_paths"]
    if minimum is not None and minimum < 1:
        faults.add("minimum_paths", f"{minimum} is less than 1")
    sessions: int = arguments["sessions_per_path"]
    if not 1 <= sessions <= _MOST_SESSIONS:
        faults.add("sessions_per_path", f"{sessions} is not between 1 and {_MOST_SESSIONS}")
    return WantedPaths(minimum, sessions)


def purge(arguments: Mapping[str, t.Any], faults: Faults) -> Purge | None:
    """Read ``purge`` and ``purge_limit``; None where nothing is to be purged."""
    kinds, limit = arguments["purge"], arguments["purge_limit"]
    if limit < 1:
        faults.add("purge_limit", f"{limit} is less than 1; leave purge away to remove nothing")
    if kinds and arguments.get("state") == "absent":
        faults.add(
            "purge",
            "it goes with state present, where what is declared stays; with state absent the declared is what goes",
        )
    return Purge(frozenset(Surplus(kind) for kind in kinds), limit) if kinds else None


def check_times(arguments: Mapping[str, t.Any], faults: Faults) -> None:
    """Look at the times of a restart."""
    for name, low, high in (("reboot_timeout", 1, 86400), ("pre_reboot_delay", 0, 600), ("post_reboot_delay", 0, 3600)):
        if not low <= arguments[name] <= high:
            faults.add(name, f"{arguments[name]} is not between {low} and {high} seconds")
