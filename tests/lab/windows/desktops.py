# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who works at a server: at its screen or over Remote Desktop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence


class Desktops:
    """The users who are logged on with a desktop of their own. A restart ends them all."""

    def __init__(self, users: Sequence[str], domain: str, emit: Callable[..., object], lock: threading.RLock) -> None:
        """``domain`` is what stands before the name of a user who is named without one."""
        self._domain = domain
        self._emit = emit
        self._lock = lock
        self._users = [self._full(user) for user in users]

    def _full(self, user: str) -> tuple[str, str]:
        domain, separator, name = user.rpartition("\\")
        return (domain, name) if separator else (self._domain, user)

    def users(self) -> list[tuple[str, str]]:
        """Return (domain, name) of each, the one at the console first."""
        with self._lock:
            return list(self._users)

    def log_on(self, user: str) -> None:
        r"""Somebody logs on, as ``name`` or ``DOMAIN\name``."""
        with self._lock:
            self._users.append(self._full(user))
            self._emit("desktop", user=user, logged_on=True)

    def log_off(self, user: str) -> None:
        """Somebody logs off.

        Raises:
            LookupError: nobody of that name is logged on
        """
        with self._lock:
            if self._full(user) not in self._users:
                raise LookupError(f"{user} is not logged on")
            self._users.remove(self._full(user))
            self._emit("desktop", user=user, logged_on=False)

    def end_all(self) -> None:
        """Windows shuts down."""
        with self._lock:
            self._users.clear()
