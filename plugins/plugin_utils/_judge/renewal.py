# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which sessions need a successor, and whether one may go because it has one. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._model import Chap, Digests, MpioDisk, Path, Session, same_name
from .effect import disk_of
from .paths import authentication_of, digest_faults, join


def session_faults(session: Session, chap: Chap | None, digests: Digests) -> tuple[str, ...]:
    """Say in what a session differs from what is wished for; what Windows does not tell is not held against it.

    Args:
        session: The session.
        chap: The credentials wished for, None for a login without.
        digests: The digests wished for; what is not said there is not judged.
    """
    wanted = authentication_of(chap)
    faults: list[str] = []
    for connection in session.connections:
        if connection.authentication not in (None, wanted):
            faults.append(f"its authentication is {connection.authentication.name.lower()}")
        faults += digest_faults(connection.digests, digests)
    return tuple(dict.fromkeys(faults))


def is_only(session: Session, path: Path) -> bool:
    """Tell whether a session is this path and no other: one of several connections may be several paths."""
    return same_name(session.target, path.target) and all(
        connection.local == path.nic and connection.remote == path.portal for connection in session.connections
    )


def missing_beside(old: Session, successors: Sequence[Session], disks: Iterable[MpioDisk]) -> tuple[str, ...]:
    """Name what a session shows and none of its successors does; empty when it may go.

    A disk counts as shown when it is an MPIO disk that the old session and a successor each have a path of, that of
    the successor a working one.

    Args:
        old: The session that is to go.
        successors: Sessions over the same path that stay.
        disks: The MPIO disks.
    """
    known = tuple(disks)
    missing: list[str] = []
    for device in sorted(old.disks, key=lambda one: one.address):
        disk = disk_of(device, known)
        if disk is None:
            missing.append(f"the disk at {device.address}")
        elif not any(path.working and path.session is not None for path in join(disk, successors)):
            missing.append(f"LUN {disk.wwn}")
    return tuple(missing)
