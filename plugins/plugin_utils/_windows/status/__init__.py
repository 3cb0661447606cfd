# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a status code or a status sentence means. Private to the collection.

A status explains; it is never the verdict on a change, which is what is read afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from .iscsi import ISDSC
from .record import Side, Status
from .system import SERVICE, SERVICING, WIN32
from .tools import DSM, PACKAGE, PACKAGE_ON_SHARE, SERVER_MANAGER

__all__ = [
    "DSM",
    "INITIATOR",
    "PACKAGE",
    "PACKAGE_ON_SHARE",
    "SERVER_MANAGER",
    "SERVICE",
    "SERVICING",
    "WIN32",
    "Side",
    "Status",
    "TableRow",
    "of_code",
    "of_text",
    "table",
]

INITIATOR: Final[Mapping[int, Status]] = {**WIN32, **ISDSC}
"""Codes of ``iscsicli`` and of the MSiSCSIInitiator methods: an ISDSC or a plain Win32 code (SDK sample ISCSICLI.C)."""

_WHO: Final = (
    ("iSCSI initiator", ISDSC),
    ("Windows", WIN32),
    ("dism", SERVICING),
    ("ServerManagerCmd", SERVER_MANAGER),
    ("package", PACKAGE),
    ("package on a share", PACKAGE_ON_SHARE),
    ("Win32_Service", SERVICE),
    ("DSM", DSM),
)
"""Who answers with a code. What a table has in common with one before it is not told again."""


class TableRow(NamedTuple):
    """A status and who answers with it."""

    who: str
    status: Status


def table() -> tuple[TableRow, ...]:
    """Return every status that is explained, by who answers with it and in the order of the codes."""
    found: list[TableRow] = []
    told: set[Status] = set()
    for who, statuses in _WHO:
        found += [TableRow(who, statuses[code]) for code in sorted(statuses) if statuses[code] not in told]
        told.update(statuses.values())
    return tuple(found)


# Words of the English messages, enough to tell them apart. iscsicli started without a command prints a status for
# each line it is given but exits with none of them, so there its text is all there is; another language has no match.
_ENGLISH: Final[Mapping[str, int]] = {
    "a non specific error": 0xEFFF0001,
    "login failed": 0xEFFF0002,
    "connection failed": 0xEFFF0003,
    "authentication failure": 0xEFFF0009,
    "authorization failure": 0xEFFF000A,
    "target removed": 0xEFFF000C,
    "target error": 0xEFFF0012,
    "service unavailable": 0xEFFF0013,
    "out of resources": 0xEFFF0014,
    "initiator instance does not exist": 0xEFFF0017,
    "invalid session id": 0xEFFF001C,
    "exceeded max sessions": 0xEFFF001E,
    "session is busy": 0xEFFF001F,
    "logon failed": 0xEFFF0022,
    "tcp send failed": 0xEFFF0023,
    "tcp transport error": 0xEFFF0024,
    "target name is not found or is marked as hidden": 0xEFFF0029,
    "logintargetin structure": 0xEFFF002A,
    "port number passed is not valid": 0xEFFF002D,
    "no target portal available": 0xEFFF003C,
    "initiator service is not running": 0xEFFF003E,
    "initiator service has not been started": 0xEFFF003E,
    "already been logged in": 0xEFFF003F,
    "device on that session is currently being used": 0xEFFF0040,
    "failed to save persistent login": 0xEFFF0041,
    "failed to remove persistent login": 0xEFFF0042,
    "specified portal was not found": 0xEFFF0043,
    "less than 96 bits": 0xAFFF0048,
    "chap secret given does not conform": 0xEFFF004A,
    "target chap secret given is invalid": 0xEFFF004B,
    "initiator chap secret given is invalid": 0xEFFF004C,
    "chap username given is invalid": 0xEFFF004D,
    "authentication type given is invalid": 0xEFFF004E,
    "group policy assigned": 0xEFFF0065,
    "(isns) server was not found": 0xEFFF003A,
    "(isns) firewall exception": 0xEFFF0066,
    "timed out waiting for all persistent logins": 0xEFFF0047,
    "device was not found": 0xEFFF005D,
}


def of_code(code: int, table: Mapping[int, Status]) -> Status | None:
    """Look a code up; a signed one counts as its unsigned twin (iscsicli's 0xEFFF003F may read -268500929)."""
    return table.get(code & 0xFFFFFFFF)


def of_text(text: str) -> Status | None:
    """Return the status of the last line that is a known English message of the initiator.

    Only messages of something that went wrong are looked for: a line of success proves nothing.
    """
    for line in reversed(text.splitlines()):
        words = line.casefold()
        for message, code in _ENGLISH.items():
            if message in words:
                return INITIATOR[code]
    return None
