# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers: minimum of paths, times, and the guards of a restart. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .faults import Faults


def minimum_paths(arguments: Mapping[str, t.Any], faults: Faults) -> int | None:
    """Read ``minimum_paths`` and look at ``device_timeout``."""
    if not 0 <= arguments["device_timeout"] <= 3600:
        faults.add("device_timeout", f"{arguments['device_timeout']} is not between 0 and 3600 seconds")
    minimum: int | None = arguments["minimum_paths"]
    if minimum is not None and minimum < 1:
        faults.add("minimum_paths", f"{minimum} is less than 1")
    return minimum


def check_times(arguments: Mapping[str, t.Any], faults: Faults) -> None:
    """Look at the times of a restart."""
    for name, low, high in (("reboot_timeout", 1, 86400), ("pre_reboot_delay", 0, 600), ("post_reboot_delay", 0, 3600)):
        if not low <= arguments[name] <= high:
            faults.add(name, f"{arguments[name]} is not between {low} and {high} seconds")
