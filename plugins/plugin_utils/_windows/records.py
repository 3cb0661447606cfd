# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions as one source alone tells of them, before sources are joined. Private to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field

from .._model import Address, Authentication, ConnectionState, Device, Digests, SessionId, TargetPortal


@dataclass(frozen=True)
class ConnectionRecord:
    """A connection as the initiator service, its driver or iscsicli shows it."""

    number: int | None
    """Second half of the connection's id."""
    local: Address | None
    remote: TargetPortal | None
    state: ConnectionState | None = None
    authentication: Authentication | None = None
    digests: Digests = field(default_factory=Digests)


@dataclass(frozen=True)
class SessionRecord:
    """A session as the initiator service or iscsicli shows it."""

    id: SessionId
    target: str
    connections: tuple[ConnectionRecord, ...]
    devices: tuple[Device, ...]
