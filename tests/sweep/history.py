# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which points come to the same: after their disturbance the same had been done to the fleet, in the same order.

Most requests only read, so most points of a course leave the fleet as others do, and what follows from there follows
for all of them. What only reads leaves no trace in a history: it changes nothing that a later run could meet.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ansible_collections.eva.mpio.tests.lab.events import Event
from ansible_collections.eva.mpio.tests.sweep.fleet import DirectFleet

_READING = ("Enumerate", "Pull", "Release", "Get", "Identify")
_SHELLS = ("Create", "Command", "Send", "Receive", "Signal", "Delete")
"""Actions of shells: the command line that runs has an event of its own, and what is left open is counted."""
_COUNTED = ("number", "after_event")
"""Facts that also count what only reads."""


class Histories:
    """What has been judged already, for all copies of a process alike."""

    def __init__(self, directory: Path) -> None:
        """Remember in an empty directory."""
        self._directory = directory

    def first_with(self, fleet: DirectFleet, point: str) -> str:
        """Return the first point with the history that a fleet has now: this one where there was none before."""
        file = self._directory / _digest(fleet)
        try:
            opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            return file.read_text() or "one that is being judged"
        with open(opened, "w") as stream:
            stream.write(point)
        return point


def _digest(fleet: DirectFleet) -> str:
    found = hashlib.sha256()
    for event in fleet.log:
        if _acts(event):
            facts = {name: value for name, value in event.facts.items() if name not in _COUNTED}
            found.update(repr((event.source, event.kind, sorted(facts.items()))).encode())
    for name in fleet.hosts:
        found.update(f"{name}: {fleet.winrm(name).service.shells.open_count} shells are open".encode())
    return found.hexdigest()


def _acts(event: Event) -> bool:
    if event.kind == "command":
        return bool(event.facts["program"] != "echo")
    return event.kind != "request" or event.facts["action"] not in (*_READING, *_SHELLS)
