# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Timers of MPIO, initiator and disks. Private to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

TIMERS_CHANGED: t.Final = "timers were changed since Windows last started, and they count from its next start on"
"""Reason for a restart that a run leaves behind which has written timers."""


@dataclass(frozen=True)
class Setting:
    """One value of the registry that Windows takes a timer from."""

    name: str
    """What options call it, such as ``pdo_remove_period``."""
    value: int | None
    """None where the registry does not hold it, so that the default is in force."""
    default: int | None
    """What is in force then; None where no source tells it."""
    place: str | None
    """Key and value in the registry; None where it is not known which key it is."""
    of: str = "mpio"
    """Whose timer it is: ``mpio``, ``initiator``, ``disk`` or ``tcp``."""
    unknown: str | None = None
    """Why it could not be read, as a sentence; None where it was."""

    @property
    def in_force(self) -> int | None:
        """What Windows works with after its next start; None where that is not known."""
        return self.default if self.value is None else self.value
