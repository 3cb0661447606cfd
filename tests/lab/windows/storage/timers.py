# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The timers of the MPIO driver: in the registry for the next boot, in memory for now."""

from __future__ import annotations

from collections.abc import Mapping

from ..registry import Registry
from .registry_values import read_number

MPIO_PARAMETERS_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\mpio\Parameters"
DEFAULTS: Mapping[str, int] = {
    "PathVerifyEnabled": 0,
    "PathVerificationPeriod": 30,
    "PDORemovePeriod": 20,
    "RetryCount": 3,
    "RetryInterval": 1,
}
"""Microsoft's values (TechNet ee619749): periods and interval in seconds."""
MAXIMUM_RETRY_COUNT = 500


class Timers:
    """What the driver uses now."""

    def __init__(self, registry: Registry) -> None:
        """Load from this registry."""
        self._registry = registry
        self._values = dict(DEFAULTS)
        self.load()

    def load(self) -> None:
        """Read the registry, as the driver does when it starts: a change by hand waits for this."""
        for name, default in DEFAULTS.items():
            value = read_number(self._registry, MPIO_PARAMETERS_KEY, name)
            self._values[name] = default if value is None else value

    @property
    def values(self) -> Mapping[str, int]:
        """The values in effect."""
        return dict(self._values)

    def change(self, values: Mapping[str, int]) -> None:
        """Take values over at once and store them (MPIO_TIMERS_COUNTERS is writable).

        Raises:
            ValueError: the retry count is over 500.
        """
        if values.get("RetryCount", 0) > MAXIMUM_RETRY_COUNT:
            raise ValueError(f"RetryCount is at most {MAXIMUM_RETRY_COUNT}, not {values['RetryCount']}")
        for name in DEFAULTS:
            if name in values:
                self._values[name] = values[name]
                self._registry.set(MPIO_PARAMETERS_KEY, name, values[name], "REG_DWORD")
