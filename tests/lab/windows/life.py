# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Power: a server that runs, shuts down, stays off or boots, and what is still to come of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from .clock import Appointment, Clock

ERROR_SHUTDOWN_IN_PROGRESS = 1115
ERROR_NO_SHUTDOWN_IN_PROGRESS = 1116
ERROR_SHUTDOWN_IS_SCHEDULED = 1190


class ShutdownError(Exception):
    """A shutdown that cannot be scheduled or aborted; ``code`` is the Win32 error."""

    def __init__(self, code: int) -> None:
        """Keep the Win32 error."""
        self.code = code
        super().__init__(f"shutdown error {code}")


class Life:
    """The power state of one server. ``going_down`` and ``coming_up`` do the work, outside of the lock."""

    def __init__(
        self,
        clock: Clock,
        boot_seconds: float,
        going_down: Callable[[], None],
        coming_up: Callable[[], None],
        lock: threading.RLock,
    ) -> None:
        """The server begins switched off."""
        self._clock = clock
        self._boot_seconds = boot_seconds
        self._going_down = going_down
        self._coming_up = coming_up
        self._lock = lock
        self._changed = threading.Condition(lock)
        self._shutdown: Appointment | None = None
        self._boot: Appointment | None = None
        self.running = False
        self.boots = 0
        self.booted_at = clock.time()

    @property
    def time(self) -> datetime:
        """What the server's clock shows."""
        return self._clock.time()

    def power_on(self) -> None:
        """Boot at once; nothing when the server runs."""
        with self._lock:
            if self.running:
                return
            if self._boot:
                self._boot.cancel()
            self._boot = None
            self.boots += 1
            self.booted_at = self._clock.time()
            self.running = True
        self._coming_up()
        with self._changed:
            self._changed.notify_all()

    def power_off(self) -> None:
        """Stop at once and stay off."""
        with self._lock:
            for appointment in (self._shutdown, self._boot):
                if appointment:
                    appointment.cancel()
            self._shutdown = self._boot = None
            was_running, self.running = self.running, False
        if was_running:
            self._going_down()
        with self._changed:
            self._changed.notify_all()

    def schedule(self, seconds: float, restart: bool) -> None:
        """Shut down after some time.

        Raises:
            ShutdownError: 1190, one is scheduled already; 1115, the server is going down.
        """
        with self._lock:
            if not self.running:
                raise ShutdownError(ERROR_SHUTDOWN_IN_PROGRESS)
            if self._shutdown:
                raise ShutdownError(ERROR_SHUTDOWN_IS_SCHEDULED)
            self._shutdown = self._clock.call_later(seconds, lambda: self._shut_down(restart))

    def abort(self) -> None:
        """Call a scheduled shutdown off.

        Raises:
            ShutdownError: 1116, none is scheduled.
        """
        with self._lock:
            if not self._shutdown:
                raise ShutdownError(ERROR_NO_SHUTDOWN_IN_PROGRESS)
            self._shutdown.cancel()
            self._shutdown = None

    def _shut_down(self, restart: bool) -> None:
        self.power_off()
        if restart:
            with self._lock:
                self._boot = self._clock.call_later(self._boot_seconds, self.power_on)

    def wait_for_boot(self, number: int, timeout: float) -> bool:
        """Wait, at most ``timeout`` real seconds, until the server has booted ``number`` times and runs."""
        with self._changed:
            return self._changed.wait_for(lambda: self.running and self.boots >= number, timeout)
