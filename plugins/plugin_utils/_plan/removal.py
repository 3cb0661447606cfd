# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every removal of a stored login or of a session heeds. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._judge.paths import authentication_of, leads_to
from .._judge.usage import is_asked
from .._model import Authentication, Host, PersistentLogin, Session, same_name, value_of
from .classes import login_key
from .plan import Finding, Planned, Severity, Side
from .steps import Logout, RemoveLogin

USE = "it is known what uses the disks"
STORED = "the stored login that would make it again is removed"


def end(
    session: Session, reason: str, doomed: Iterable[PersistentLogin], host: Host, waits: str | None = None
) -> Planned:
    """Log a session out, once no stored login that is to go would make it again and the use of its disks is known.

    Args:
        session: The session.
        reason: Why it is to go.
        doomed: Stored logins that are to go too.
        host: What was read.
        waits: What it waits for besides.

    Raises:
        NotKnown: the initiator could not be read.
    """
    initiator = value_of(host.initiator)
    if waits is None and any(leads_to(login, session, initiator) for login in doomed):
        waits = STORED
    if waits is None and session.disks and not is_asked(host):
        waits = USE
    return Planned(Logout(session.id, session.target, surplus=True, reason=reason), waits)


def is_wide(login: PersistentLogin) -> bool:
    """Tell whether a stored login is for any NIC or for any target portal."""
    return login.port_number is None or login.portal is None


def unrestorable(step: RemoveLogin, logins: Sequence[PersistentLogin]) -> Finding | None:
    """Refuse a removal that takes others along which cannot be stored again, because their secret is not known.

    ``RemovePersistentTarget`` with ``*`` takes every port, or every portal (iscsicli usage text), and one that names
    both takes one or all of those that are equal, which is not documented.
    """
    gone = step.entry
    again = [gone] if step.keep else []
    again += [
        login
        for login in logins
        if login_key(login) != login_key(gone)
        and same_name(login.target, gone.target)
        and gone.port_number in (None, login.port_number)
        and gone.portal in (None, login.portal)
    ]
    known = authentication_of(step.chap)
    for login in again:
        proves = login.authentication not in (None, Authentication.NONE)
        other_user = step.chap is not None and login.user not in (None, step.chap.user)
        if proves and (login.authentication is not known or other_user):
            return Finding(
                Severity.PROBLEM,
                Side.HOST,
                step.subject,
                f"it is kept: Windows may remove that at {login.portal or 'any portal'} along with it, which uses CHAP"
                " with a secret that is not declared, so it could not be stored again; remove it by hand",
            )
    return None
