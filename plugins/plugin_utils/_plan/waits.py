# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What steps of paths wait for, and what holds for all paths of an array now. Private to the collection."""

from __future__ import annotations

from dataclasses import dataclass

from .._model import Path
from .one_path import OnePath

DISCOVERY = "the targets are discovered"
MULTIPATH = "multipath is in effect"
NUMBER = "a discovery portal tells which port number the NIC has"
CREDENTIALS = "a session stands with these credentials"
SUCCESSOR = "its new session stands"
SAME_LUNS = "its successor shows the same LUNs"
OF_TODAY = "its persistent login is that of today"
SHOWS_LUNS = "the array shows LUNs to this initiator"


@dataclass(frozen=True)
class Stage:
    """How far an array has come."""

    one: OnePath | None
    """The only path that it may have now, None when multipath is in effect and it may have all."""
    why: str
    """Why multipath is not in effect."""
    turn: Path | None
    """The path whose sessions are made again now."""
    proven: bool
    """Whether the credentials wished for have made a session."""

    @property
    def multipath(self) -> str | None:
        """What everything but the one path waits for; None when multipath is in effect."""
        return None if self.one is None else f"{MULTIPATH} ({self.why})"

    def is_free(self, path: Path) -> bool:
        """Tell whether a path may have a first session and stored login now."""
        return self.one is None or path == self.one.path

    def after_turn(self, path: Path) -> str | None:
        """Say what the sessions of a path wait for before they are made again; None when it is their turn."""
        return None if self.turn in (None, path) else f"the sessions of {self.turn} are made again"
