# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event log: everything that happened in a lab, in one order.

Integration tests assert on it: it tells what was *done*, seen from the array and from Windows, whatever the
client claims. Secrets never enter it.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    ``source`` is the name of a server or an array; ``kind`` one of ``request``, ``command``, ``state``,
    ``discovery``, ``login``, ``login-failed``, ``logout``, ``session-lost``, ``boot``, ``shutdown``, ``fault``,
    ``law``; ``facts`` are plain values.
    """

    number: int
    time: float
    source: str
    kind: str
    facts: dict[str, Any]


class EventLog:
    """An append-only, thread-safe list of events; listeners are called in order, under no lock of ours."""

    def __init__(self) -> None:
        """Start empty."""
        self._events: list[Event] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Event], None]] = []

    def add(self, source: str, kind: str, **facts: Any) -> Event:
        """Append one event and tell the listeners."""
        with self._lock:
            event = Event(next(self._numbers), time.time(), source, kind, facts)
            self._events.append(event)
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(event)
        return event

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call ``listener`` with every later event, in the thread that caused it."""
        with self._lock:
            self._listeners.append(listener)

    def since(self, number: int = 0, source: str | None = None, kind: str | None = None) -> list[Event]:
        """Return the events after ``number``, of one source or kind where named."""
        with self._lock:
            events = list(self._events)
        return [
            event
            for event in events
            if event.number > number and source in (None, event.source) and kind in (None, event.kind)
        ]

    def __iter__(self) -> Iterator[Event]:
        """Iterate over a snapshot."""
        return iter(self.since())

    @property
    def last(self) -> int:
        """The number of the newest event, 0 when there is none."""
        with self._lock:
            return self._events[-1].number if self._events else 0
