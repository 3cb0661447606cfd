# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""REPORT TARGET PORT GROUPS: its parameter data, written and read (SPC-4, "REPORT TARGET PORT GROUPS command")."""

from __future__ import annotations

from collections.abc import Iterable

from .interface import AccessState, PortGroup

SERVICE_ACTION = 0x0A
"""Of MAINTENANCE IN."""
LENGTH_ONLY, EXTENDED = 0, 1
"""PARAMETER DATA FORMAT: the top three bits of byte 1 of the command."""

_PREFERRED = 0x80
_SUPPORTED = 0x80 | 0x08 | 0x02 | 0x01
"""T_SUP, U_SUP, AN_SUP and AO_SUP: transitioning, unavailable, active/non-optimized, active/optimized."""
_CHANGED_IMPLICITLY = 0x02
"""STATUS CODE of a state that the array changed by itself."""
_TRANSITION_SECONDS = 60
"""IMPLICIT TRANSITION TIME of the extended header; an EVA's is not known."""
_GROUP_LENGTH = 8
_PORT_LENGTH = 4


def report(groups: Iterable[PortGroup], data_format: int) -> bytes:
    """Return the parameter data.

    Raises:
        ValueError: there is no such format
    """
    if data_format not in (LENGTH_ONLY, EXTENDED):
        raise ValueError(f"there is no parameter data format {data_format}")
    body = bytes((EXTENDED << 4, _TRANSITION_SECONDS, 0, 0)) if data_format == EXTENDED else b""
    for group in groups:
        first = group.state | (_PREFERRED if group.preferred else 0)
        body += bytes((first, _SUPPORTED)) + group.number.to_bytes(2, "big")
        body += bytes((0, _CHANGED_IMPLICITLY, 0, len(group.ports)))
        body += b"".join(bytes(2) + port.to_bytes(2, "big") for port in group.ports)
    return len(body).to_bytes(4, "big") + body


def read_report(data: bytes) -> tuple[PortGroup, ...]:
    """Read parameter data of the format that has no extended header.

    Raises:
        ValueError: it ends too early, or has a state that the lab does not know
    """
    end = 4 + int.from_bytes(data[:4], "big")
    if end > len(data):
        raise ValueError("the report of target port groups is cut off")
    found, at = [], 4
    while at < end:
        ports = at + _GROUP_LENGTH
        behind = ports + _PORT_LENGTH * data[at + 7]
        found.append(
            PortGroup(
                number=int.from_bytes(data[at + 2 : at + 4], "big"),
                state=AccessState(data[at] & 0x0F),
                ports=tuple(
                    int.from_bytes(data[port + 2 : port + 4], "big") for port in range(ports, behind, _PORT_LENGTH)
                ),
                preferred=bool(data[at] & _PREFERRED),
            )
        )
        at = behind
    return tuple(found)
