# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the time of a run goes. Private to the collection."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from ._plan.steps import Phase


class Stopwatch:
    """Adds up seconds by phase.

    Args:
        now: Monotonic time in seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._seconds: dict[Phase, float] = {}

    @property
    def seconds(self) -> dict[Phase, float]:
        """What has been counted so far."""
        return dict(self._seconds)

    @contextlib.contextmanager
    def counted(self, phase: Phase) -> Iterator[None]:
        """Count what happens inside as time of a phase, also when it ends with an error; it does not nest."""
        began = self._now()
        try:
            yield
        finally:
            self._seconds[phase] = self._seconds.get(phase, 0.0) + self._now() - began
