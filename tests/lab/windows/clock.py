# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time inside the lab: how long Windows' seconds last, and a hand-driven clock for tests."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Protocol


class Appointment(Protocol):
    """Something that will be called later."""

    def cancel(self) -> None:
        """Do not call it any more."""


class Clock(Protocol):
    """What a simulated server waits with."""

    def call_later(self, seconds: float, action: Callable[[], None]) -> Appointment:
        """Call ``action`` after so many of Windows' seconds, in some other thread or the driver's."""

    def time(self) -> datetime:
        """Return what Windows' own clock shows; it runs in Windows' seconds."""

    def sleep(self, seconds: float) -> None:
        """Let the caller wait so many of Windows' seconds; never called with a lock of the server held."""


class RealClock:
    """Time passes by itself; ``second`` is how long one Windows second lasts, in seconds."""

    def __init__(self, second: float = 1.0) -> None:
        """A factor of 0.01 lets a boot of 30 seconds take 0.3."""
        self.second = second
        self._began = datetime.now(timezone.utc), time.monotonic()

    def call_later(self, seconds: float, action: Callable[[], None]) -> Appointment:
        """Start a timer thread that does not keep the process alive."""
        timer = threading.Timer(seconds * self.second, action)
        timer.daemon = True
        timer.start()
        return timer

    def time(self) -> datetime:
        """Start right, and go as much too fast as everything else."""
        moment, began = self._began
        return moment + timedelta(seconds=(time.monotonic() - began) / self.second)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds * self.second)


class _Entry:
    def __init__(self, due: float, order: int, action: Callable[[], None]) -> None:
        self.due = due
        self.order = order
        self.action = action
        self.cancelled = False

    def __lt__(self, other: _Entry) -> bool:
        return (self.due, self.order) < (other.due, other.order)

    def cancel(self) -> None:
        self.cancelled = True


class ManualClock:
    """Time passes only by ``advance``; what is due runs in the caller's thread, in order."""

    def __init__(self) -> None:
        """Start at 0."""
        self.now = 0.0
        self._began = datetime.now(timezone.utc)
        self._entries: list[_Entry] = []
        self._order = itertools.count()
        self._lock = threading.Lock()

    def call_later(self, seconds: float, action: Callable[[], None]) -> Appointment:
        """Remember the action until time has come."""
        with self._lock:
            entry = _Entry(self.now + seconds, next(self._order), action)
            heapq.heappush(self._entries, entry)
            return entry

    def time(self) -> datetime:
        """Return the time of the last ``advance``."""
        return self._began + timedelta(seconds=self.now)

    def sleep(self, seconds: float) -> None:
        """Advance: nobody else moves this clock while the caller waits."""
        self.advance(seconds)

    @property
    def pending(self) -> int:
        """How many actions are still to come."""
        with self._lock:
            return sum(not entry.cancelled for entry in self._entries)

    def advance(self, seconds: float) -> None:
        """Let time pass and run everything that falls due, also what is newly made meanwhile."""
        end = self.now + seconds
        while (entry := self._next_due(end)) is not None:
            self.now = max(self.now, entry.due)
            entry.action()
        self.now = max(self.now, end)  # an action may itself have slept beyond it

    def _next_due(self, end: float) -> _Entry | None:
        with self._lock:
            while self._entries and self._entries[0].due <= end:
                entry = heapq.heappop(self._entries)
                if not entry.cancelled:
                    return entry
        return None
