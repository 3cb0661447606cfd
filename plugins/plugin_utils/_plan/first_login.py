# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arrays that learn an initiator only at a login without CHAP. Private to the collection.

The first login creates the initiator's entry on the array, without which no secret can be set and no LUN presented
there (HP MPX200 user guide 5697-0568, page 101). Until it shows a LUN such an array is reached without CHAP; then its
paths move to CHAP one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .._judge.paths import targets_at
from .._model import Authentication, Host, PersistentLogin, Session, value_of
from .desired import WantedArray
from .one_path import is_of
from .plan import Memory
from .steps import AddDiscoveryPortal, Login, RefreshTargets, RenewDiscoveryPortal
from .targets import array_sessions


def as_of_now(array: WantedArray, host: Host, memory: Memory) -> WantedArray:
    """Return the array with the credentials that its logins need now.

    Args:
        array: The array as it was declared.
        host: What was read.
        memory: What this run has done already.

    Raises:
        NotKnown: sessions, targets or stored logins could not be read, and the answer depends on them.
    """
    if not array.chap_after_first_login or array.chap is None:
        return array
    sessions = array_sessions(array, value_of(host.sessions), value_of(host.targets))
    told = any(targets_at(value_of(host.targets), wanted.portal) for wanted in array.portals)
    first = _is_first(array, sessions, value_of(host.logins), told, memory)
    return without_chap(array) if first else array


def without_chap(array: WantedArray) -> WantedArray:
    """Return the array as it is before it knows this initiator."""
    return replace(array, chap=None)


def wants_secret_there(array: WantedArray) -> bool:
    """Tell whether the initiator's secret is still to be set on an array as :func:`as_of_now` gives it."""
    return array.chap_after_first_login and array.chap is None


def _is_first(
    array: WantedArray, sessions: Sequence[Session], logins: Sequence[PersistentLogin], told: bool, memory: Memory
) -> bool:
    """Tell whether the array shows nothing to this initiator yet.

    A login stored without CHAP whose session is not there may be one that the array refuses by now, because its
    administrator has set the secret meanwhile; whether it does, a login without CHAP tells, or that discovery without
    CHAP finds no target any more. Once this run asks with CHAP it stays with it.
    """
    stored = [login for login in logins if is_of(login, array)]
    kinds = [login.authentication for login in stored]
    kinds += [connection.authentication for session in sessions for connection in session.connections]
    if any(kind not in (None, Authentication.NONE) for kind in kinds):
        return False
    if sessions:
        return not any(session.disks for session in sessions)
    if not stored:
        return True
    return not (_was_refused(array, memory) or (not told and _was_asked(array, memory)) or _asks_with(array, memory))


def _was_refused(array: WantedArray, memory: Memory) -> bool:
    """Tell whether a login without CHAP has failed in this run at a portal that answers."""
    portals = {wanted.portal for wanted in array.portals}
    return any(
        isinstance(step, Login)
        and step.chap is None
        and step.portal in portals
        and (step.nic, step.portal) not in memory.dead
        for step in memory.failed
    )


def _was_asked(array: WantedArray, memory: Memory) -> bool:
    """Tell whether this run asked for targets: all portals again, or one of the array's that would not tell."""
    if any(isinstance(step, RefreshTargets) for step in memory.done):
        return True
    portals = {wanted.portal for wanted in array.portals}
    return any(
        isinstance(step, AddDiscoveryPortal)
        and step.chap is None
        and step.portal in portals
        and (step.nic, step.portal) not in memory.dead
        for step in memory.failed
    )


def _asks_with(array: WantedArray, memory: Memory) -> bool:
    """Tell whether this run has given a discovery portal of the array the credentials wished for."""
    portals = {wanted.portal for wanted in array.portals}
    return any(
        isinstance(step, RenewDiscoveryPortal) and step.portal in portals and step.chap == array.chap
        for step in (*memory.done, *memory.failed)
    )
