# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one path that an array may have until multipath is in effect. Private to the collection.

With two live paths Windows would show each LUN as two disks; with two stored ones it would do so after any restart.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .._eva.models import find_product
from .._judge.effect import hardware_id_of, is_outside
from .._judge.paths import leads_to, live_halves, login_order, stored_halves
from .._model import Device, Initiator, MpioDisk, Path, PersistentLogin, Session, same_name
from .desired import WantedArray


def seen_elsewhere(
    array: WantedArray, ours: Sequence[Session], sessions: Sequence[Session], disks: Sequence[MpioDisk]
) -> Session | None:
    """Return a session to another target that shows disks outside MPIO which may be LUNs of this array.

    Each port of an array may be a target of its own, and not every port need be declared: a first session to the
    array would then be the second view of its LUNs. A session of the array itself is judged by :func:`choose_one`.

    Args:
        array: The array.
        ours: The sessions to it.
        sessions: All sessions.
        disks: The MPIO disks as far as they are known.
    """
    if ours:
        return None
    return next(
        (
            session
            for session in sorted(sessions, key=lambda one: one.id)
            if session.working
            and any(is_outside(device, disks) and _may_be_of(device, array) for device in session.disks)
        ),
        None,
    )


def _may_be_of(device: Device, array: WantedArray) -> bool:
    name = hardware_id_of(device)
    if name is None:
        return True
    if not array.hardware_ids:
        return find_product(device.vendor, device.product) is not None
    return any(name.casefold() == wanted.casefold() for wanted in array.hardware_ids)


@dataclass(frozen=True)
class OnePath:
    """The choice."""

    path: Path | None
    """The path that may be live; None while another session holds its place."""
    may_store: bool
    """Whether it may be stored now."""
    instead_of: PersistentLogin | None
    """The stored login that must make room for it in the same command."""
    hindrance: str | None = None
    """Why no path may be live, where it is another array's session; None otherwise."""


def choose_one(
    array: WantedArray,
    paths: Sequence[Path],
    sessions: Sequence[Session],
    logins: Sequence[PersistentLogin],
    initiator: Initiator,
    failed: Collection[Path],
) -> OnePath:
    """Choose among the declared paths of an array.

    A path that is live already is it, then one that is stored, then the first whose login has not failed. While a
    session of another kind stands (an undeclared path, or one that Windows is trying to make again) no second is made.
    The stored path shall be the live one; a stored login elsewhere makes room for it unless it is live itself.

    Args:
        array: The array.
        paths: Its declared paths.
        sessions: The sessions to it.
        logins: All stored logins.
        initiator: Resolves their port numbers.
        failed: Paths whose login failed in this run.
    """
    stored = [path for path in paths if stored_halves(logins, initiator, path)]
    live = [path for path in paths if live_halves(sessions, path)]
    chosen: Path | None
    if live:
        chosen = next((path for path in live if path in stored), live[0])
    elif sessions:
        chosen = None
    else:
        possible = (
            path for path in (*stored, *paths) if path not in failed and initiator.number_of(path.nic) is not None
        )
        chosen = next(possible, None)
    if chosen is None:
        return OnePath(None, False, None)
    if chosen in stored:
        return OnePath(chosen, True, None)
    others = sorted((login for login in logins if is_of(login, array, paths)), key=login_order)
    if chosen not in live:
        # What is stored stays until the other path has shown that it works: the array may only be off.
        return OnePath(chosen, not others, None)
    idle = [login for login in others if not any(leads_to(login, session, initiator) for session in sessions)]
    declared = [login for path in stored for login in stored_halves(logins, initiator, path)]
    idle.sort(key=lambda login: login in declared)
    return OnePath(chosen, bool(idle) or not others, idle[0] if idle else None)


def is_of(login: PersistentLogin, array: WantedArray, paths: Sequence[Path] = ()) -> bool:
    """Tell whether a stored login is one to a wanted target of the array, through whatever NIC and portal."""
    if any(same_name(login.target, path.target) for path in paths):
        return True
    wanted = not array.targets or any(same_name(login.target, name) for name in array.targets)
    return wanted and login.portal in {item.portal for item in array.portals}
