# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which targets and sessions belong to a declared array. Private to the collection."""

from __future__ import annotations

from collections.abc import Sequence

from .._judge.paths import targets_at
from .._model import Host, Path, Session, Target, same_name, value_of
from .desired import WantedArray
from .mesh import Route


def array_sessions(array: WantedArray, sessions: Sequence[Session], targets: Sequence[Target]) -> tuple[Session, ...]:
    """Return the sessions to an array: to one of its portals, or to a target that its portals tell of."""
    portals = {wanted.portal for wanted in array.portals}
    names = [name for portal in portals for name in targets_at(targets, portal)]
    return tuple(
        session
        for session in sessions
        if any(connection.remote in portals for connection in session.connections)
        or any(same_name(session.target, name) for name in names)
    )


def targets_of(
    array: WantedArray, route: Route, targets: Sequence[Target], sessions: Sequence[Session]
) -> tuple[str, ...]:
    """Return the wanted targets at a route's portal; a live session proves its target even where discovery is empty."""
    names = list(targets_at(targets, route.portal))
    for session in sorted(sessions, key=lambda one: one.id):
        if any(connection.remote == route.portal for connection in session.connections):
            names.append(session.target)
    unique: list[str] = []
    for name in names:
        wanted = not array.targets or any(same_name(name, other) for other in array.targets)
        if wanted and not any(same_name(name, other) for other in unique):
            unique.append(name)
    return tuple(sorted(unique, key=str.casefold))


def declared_paths(array: WantedArray, routes: Sequence[Route], host: Host) -> tuple[Path, ...]:
    """Return the paths that the layout gives with the targets known now.

    Raises:
        NotKnown: targets or sessions could not be read.
    """
    targets, sessions = value_of(host.targets), value_of(host.sessions)
    return tuple(
        Path(route.nic, route.portal, name) for route in routes for name in targets_of(array, route, targets, sessions)
    )
