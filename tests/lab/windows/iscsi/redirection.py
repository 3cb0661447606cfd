# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins that the array sends elsewhere (RFC 7143, 11.13.5: status 0101 for now, 0102 for good)."""

from __future__ import annotations

from collections.abc import Callable

from ...fabric.interface import FabricError, FabricSession, InitiatorSide, LoginRejected, PortalAddress
from .failures import InitiatorError, failure_of
from .model import Session
from .status import Status
from .surroundings import Surroundings

_REDIRECTIONS = 3
_PERMANENT = 2


def log_in(around: Surroundings, session: Session, side: InitiatorSide, on_lost: Callable[[], None]) -> FabricSession:
    """Log a session in where it belongs and note where that got to.

    Raises:
        InitiatorError: what the network or the array made of it; TARGET_MOVED_TEMPORARILY or
            TARGET_MOVED_PERMANENTLY where redirections are not followed, or lead nowhere
    """
    portal = home = session.home or session.portal
    for _unused in range(_REDIRECTIONS + 1):
        try:
            opened = around.fabric.login(side, portal, session.target, session.isid, on_lost)
        except LoginRejected as error:
            redirected = portal_of(error) if around.switches.follows_redirections else None
            if redirected is None:
                raise failure_of(error) from error
            portal = redirected
            if error.status_detail == _PERMANENT:
                home = redirected
        except FabricError as error:
            raise failure_of(error) from error
        else:
            with around.lock:
                session.portal, session.home = portal, home
            return opened
    raise InitiatorError(Status.TARGET_MOVED_TEMPORARILY)


def portal_of(error: LoginRejected) -> PortalAddress | None:
    """Return where a redirection points to: ``address[:port][,tag]`` (RFC 7143, 13.8)."""
    text = error.text.partition(",")[0]
    if error.status_class != 1 or not text:
        return None
    if text.startswith("["):
        address, _unused, rest = text[1:].partition("]")
        return PortalAddress(address, int(rest.lstrip(":") or 3260))
    address, _unused, port = text.partition(":")
    return PortalAddress(address, int(port or 3260))
