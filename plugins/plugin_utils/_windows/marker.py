# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The note in the registry that a run changed MPIO since Windows last started. Private to the collection.

Windows itself does not say that a claim waits for a restart (mpclaim -n: "caller may need to reboot"), so a run that
was cut between claim and restart could not be told from a restart that did not help. The note names the boot in which
it was written; with the next one it means nothing any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from .._wire.command import Command
from .actions import Draft
from .text import reg

_KEY: Final = r"SOFTWARE\eva.mpio"
_VALUE: Final = "MpioChangedInBoot"
_SAME_BOOT: Final = timedelta(seconds=10)
"""The boot time is computed from clock and uptime, so it moves a little."""

QUERY: Final = Command("reg", ("query", f"HKLM\\{_KEY}", "/v", _VALUE))
"""The command that shows the note."""
SERVICING_WAITS: Final = "a change of features or updates waits for a restart"
"""What Windows itself says when the servicing of its components is not complete."""


def write(booted: datetime) -> Draft:
    """Return the command that leaves the note for this boot.

    It stands in one line with the change and before it: so the note is there however early the line is cut, and the
    exit code of the line is that of the tool that makes the change.
    """
    data = booted.isoformat()
    return Draft("reg", ("add", f"HKLM\\{_KEY}", "/v", _VALUE, "/t", "REG_SZ", "/d", data, "/f"))


def names(registry: reg.Registry, booted: datetime) -> bool:
    """Tell whether the note is there and names this boot."""
    value = registry.value(_KEY, _VALUE)
    try:
        noted = datetime.fromisoformat(value.data.strip()) if value else None
    except ValueError:
        return False
    return noted is not None and noted.tzinfo is not None and abs(noted - booted) <= _SAME_BOOT
