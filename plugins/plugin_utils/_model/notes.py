# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs noted on a host of HP's DSM and of a change of DSM, for those after them. Private to the collection.

Windows tells none of this: a setup of which nothing is seen before the restart, a removal that removed nothing, and a
start type that a run set look like what somebody did by hand.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SetupRun:
    """The program of HP's DSM that a run ran last on a host."""

    installs: bool
    """Whether it was the setup; otherwise it was the removal."""
    program: str
    """Fingerprint of the program and its arguments."""
    ended: bool
    """Whether it said that it had worked; otherwise it failed, or the run was cut."""
    in_this_boot: bool
    """Whether Windows has not been restarted since."""


@dataclass(frozen=True)
class DsmNotes:
    """All of these notes."""

    change_begun: bool = False
    """Whether a run has begun to change the DSM, and none has brought everything back since."""
    setup: SetupRun | None = None
