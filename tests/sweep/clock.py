# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time that passes only when somebody waits, for the collection and the lab in one process alike."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from ansible_collections.eva.mpio.plugins.plugin_utils._wire.deadline import Deadline
from ansible_collections.eva.mpio.tests.lab.windows.clock import ManualClock

ENDLESS = 7200.0
"""Seconds after which a run that still goes on is given up; a restart that is awaited in vain takes 900 of them."""


class LostItsWay(BaseException):
    """A run takes too long; nothing that handles errors may handle this."""


class VirtualClock(ManualClock):
    """The lab's hand-driven clock, which whoever waits drives."""

    def monotonic(self) -> float:
        """Return the seconds since the beginning."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass; what falls due meanwhile happens in the caller's thread.

        Raises:
            LostItsWay: it has gone on for too long, be it a run or a program that waits for its window to be closed.
        """
        if self.now > ENDLESS:
            raise LostItsWay(f"it still goes on after {ENDLESS:.0f} seconds")
        self.advance(max(0.0, seconds))


@contextmanager
def virtual_time(clock: VirtualClock) -> Iterator[None]:
    """Let everything in this process that waits or looks at the time use a clock of ours; not safe beside threads."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(time, "sleep", clock.sleep))
        stack.enter_context(patch.object(time, "monotonic", clock.monotonic))
        # A default value is bound when the function is defined.
        stack.enter_context(patch.object(Deadline.__init__, "__defaults__", (clock.monotonic,)))
        yield
