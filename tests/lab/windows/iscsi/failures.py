# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures of the initiator, and which status a failure of the network or the array becomes."""

from __future__ import annotations

from ...fabric.interface import AuthenticationFailed, FabricError, LoginRejected
from .status import Status

_STATUS_OF_LOGIN_RESPONSE = {
    (1, 1): Status.TARGET_MOVED_TEMPORARILY,
    (1, 2): Status.TARGET_MOVED_PERMANENTLY,
    (2, 0): Status.INITIATOR_ERROR,
    (2, 1): Status.AUTHENTICATION_FAILURE,
    (2, 2): Status.AUTHORIZATION_FAILURE,
    (2, 3): Status.NOT_FOUND,
    (2, 4): Status.TARGET_REMOVED,
    (2, 5): Status.UNSUPPORTED_VERSION,
    (2, 6): Status.TOO_MANY_CONNECTIONS,
    (2, 7): Status.MISSING_PARAMETER,
    (2, 8): Status.CANT_INCLUDE_IN_SESSION,
    (2, 9): Status.SESSION_TYPE_NOT_SUPPORTED,
    (3, 0): Status.TARGET_ERROR,
    (3, 1): Status.SERVICE_UNAVAILABLE,
    (3, 2): Status.OUT_OF_RESOURCES,
}
"""iscsierr.h repeats the Login Response statuses of RFC 7143, 11.13.5 in their order; that each becomes its
namesake is inferred from that."""


class InitiatorError(Exception):
    """A call of the initiator that ends with an error status."""

    def __init__(self, status: int, silent: bool = False) -> None:
        """Keep the ISDSC or Win32 status; ``silent``: nobody answered, so the call lasts as long as one waits."""
        self.status = status
        self.silent = silent
        super().__init__(f"initiator status 0x{status:08X}")


def failure_of(error: FabricError) -> InitiatorError:
    """Return the failure for what the fabric reported."""
    return InitiatorError(_status_of(error), error.silent)


def _status_of(error: FabricError) -> Status:
    """Return the status for what the fabric reported.

    A connection that is refused, times out or breaks in the login is CONNECTION_FAILED; for the last two nobody
    has published what Windows says.
    """
    if isinstance(error, LoginRejected):
        return _STATUS_OF_LOGIN_RESPONSE.get((error.status_class, error.status_detail), Status.LOGIN_FAILED)
    if isinstance(error, AuthenticationFailed):
        return Status.AUTHENTICATION_FAILURE
    return Status.CONNECTION_FAILED
