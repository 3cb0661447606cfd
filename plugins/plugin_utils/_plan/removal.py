# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every removal of a stored login or of a session heeds. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._judge.paths import authentication_of, is_ours, leads_to
from .._judge.usage import is_asked
from .._model import Authentication, Host, PersistentLogin, Session, same_name, value_of
from .classes import login_key
from .plan import Finding, Planned, Severity, Side
from .steps import Logout, RemoveLogin

USE = "it is known what uses the disks"
UNLISTED = (
    "others along with it, which it takes back only for a target in its list, and no discovery portal tells of this"
    " one: see to it that one does (eva.mpio.portal), then run again"
)
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
        NotKnown: the initiator or its sessions could not be read.
    """
    initiator = value_of(host.initiator)
    if waits is None and any(leads_to(login, session, initiator) for login in doomed):
        waits = STORED
    if waits is None and session.disks and not is_asked(host):
        waits = USE
    name = session.name_among(value_of(host.sessions))
    return Planned(Logout.of(session, name, reason, surplus=True), waits)


def is_wide(login: PersistentLogin) -> bool:
    """Tell whether a stored login is for any NIC or for any target portal."""
    return login.port_number is None or login.portal is None


def unrestorable(step: RemoveLogin, logins: Sequence[PersistentLogin], host: Host, proven: bool) -> Finding | None:
    """Refuse a removal that takes others along which cannot be stored again as they are.

    ``RemovePersistentTarget`` with ``*`` takes every port, or every portal (iscsicli usage text), and one that names
    both takes one or all of those that are equal, which is not documented.

    Args:
        step: The removal.
        logins: What is stored when it is made.
        host: What was read.
        proven: Whether it is known that the array takes the declared secret.

    Raises:
        NotKnown: the initiator or its targets could not be read.
    """
    initiator, targets = value_of(host.initiator), value_of(host.targets)
    gone = step.entry
    again = [gone] if step.keep else []
    again += [
        login
        for login in logins
        if login_key(login) != login_key(gone)
        and same_name(login.target, gone.target)
        and gone.port_number in (None, login.port_number)
        and gone.portal in (None, login.portal)
        and (gone.instance is None or same_name(gone.instance, login.instance or ""))
    ]
    if any(not is_ours(login.instance, initiator) for login in again):
        return _kept(step, "one of another initiator (an HBA) along with it: remove it by hand")
    if again and not any(same_name(target.name, gone.target) for target in targets):
        return _kept(step, UNLISTED)
    found = ((login, _unknown_secret(login, step, proven)) for login in again)
    return next(
        (
            _kept(step, f"that at {login.portal or 'any portal'} along with it, which uses CHAP {why}")
            for login, why in found
            if why is not None
        ),
        None,
    )


def _unknown_secret(login: PersistentLogin, step: RemoveLogin, proven: bool) -> str | None:
    """Say why the secret of a stored login is not known, and what to do; None where it has none, or it is known."""
    if login.authentication in (None, Authentication.NONE):
        return None
    other_user = step.chap is not None and login.user not in (None, step.chap.user)
    if login.authentication is not authentication_of(step.chap) or other_user:
        return "with a secret that is not declared, so it could not be stored again; remove it by hand"
    if proven:
        return None
    return (
        "and whether the array still takes the declared secret, with which it would be stored again, is not known: run"
        " once with update_password: always and purge, or remove it by hand"
    )


def _kept(step: RemoveLogin, what: str) -> Finding:
    return Finding(
        Severity.PROBLEM,
        Side.HOST,
        step.subject,
        f"it is kept: Windows may remove {what}",
    )
