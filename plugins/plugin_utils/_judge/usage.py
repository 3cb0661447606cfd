# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the end of sessions would take from the disks that they show. Private to the collection.

Whether Windows itself refuses to end one of several sessions of a busy disk is not documented
(ISDSC_DEVICE_BUSY_ON_SESSION says only that a device on the session is in use), so it is judged here first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from .._model import NOT_READ, DiskUse, Host, MpioDisk, ScsiAddress, Session, Unknown, value_of
from .effect import disk_of
from .paths import join


@dataclass(frozen=True)
class ShownDisk:
    """A disk as sessions show it: an MPIO disk, or a device that Windows shows as a disk of its own."""

    name: str
    addresses: frozenset[ScsiAddress]
    """Of its paths; of the one device where it is no MPIO disk."""
    numbers: tuple[int, ...]
    """PhysicalDrive numbers that the sessions tell of it, sorted; empty where they tell none."""
    working: frozenset[ScsiAddress]
    """Those of the paths that can carry I/O."""

    def carriers(self, sessions: Iterable[Session]) -> tuple[Session, ...]:
        """Return the sessions over which it can be reached now."""
        return tuple(
            session
            for session in sessions
            if session.working and any(device.address in self.working for device in session.disks)
        )

    def elsewhere(self, sessions: Iterable[Session]) -> frozenset[ScsiAddress]:
        """Return the working paths that no session shows: those of Fibre Channel."""
        return self.working - {device.address for session in sessions for device in session.devices}

    def shown_by(self, sessions: Iterable[Session]) -> tuple[Session, ...]:
        """Return the sessions that show it, whether or not they work."""
        return tuple(
            session for session in sessions if any(device.address in self.addresses for device in session.disks)
        )


def shown_disks(going: Iterable[Session], sessions: Sequence[Session], disks: Sequence[MpioDisk]) -> list[ShownDisk]:
    """Return the disks that some sessions show, in a fixed order.

    Args:
        going: The sessions in question.
        sessions: All sessions.
        disks: All MPIO disks.
    """
    found: dict[frozenset[ScsiAddress], ShownDisk] = {}
    for session in going:
        for device in session.disks:
            owner = disk_of(device, disks)
            if owner is None:
                name, addresses = f"disk at {device.address}", frozenset({device.address})
                # A path of an MPIO disk that nothing tells of carries nothing as far as is known.
                working = frozenset() if device.multipath else addresses
            else:
                name, addresses = f"LUN {owner.wwn}", frozenset(path.address for path in owner.paths)
                working = frozenset(path.address for path in join(owner, sessions) if path.working)
            found[addresses] = ShownDisk(name, addresses, _numbers(addresses, sessions), working)
    return sorted(found.values(), key=lambda disk: (disk.name, sorted(disk.addresses)))


def _numbers(addresses: Collection[ScsiAddress], sessions: Iterable[Session]) -> tuple[int, ...]:
    told = {device.number for session in sessions for device in session.disks if device.address in addresses}
    return tuple(sorted(number for number in told if number is not None))


def is_asked(host: Host) -> bool:
    """Tell whether everything that :func:`objections` looks at has been asked for."""
    return NOT_READ not in (host.disk_use, host.cluster)


def objections(
    host: Host,
    going: Sequence[Session],
    kept: Callable[[ShownDisk], int],
    floor: Callable[[ShownDisk], int],
    idle: Callable[[ShownDisk], int] = lambda disk: 0,
) -> Iterator[str]:
    """Say why sessions must not end, one clause for each disk that objects.

    Args:
        host: What was read.
        going: The sessions that are to end together.
        kept: How many working paths a disk has afterwards.
        floor: How many of them it must have at least while something uses it.
        idle: How many while nothing seems to: an offline disk may be that of a virtual machine.

    Raises:
        NotKnown: the sessions or the MPIO disks could not be read.
    """
    for disk in shown_disks(going, value_of(host.sessions), value_of(host.disks)):
        why = _objection(disk, host, kept(disk), floor(disk), idle(disk))
        if why is not None:
            yield f"{disk.name}: {why}"


def _objection(disk: ShownDisk, host: Host, kept: int, floor: int, idle: int) -> str | None:
    if isinstance(host.disk_use, Unknown):
        return f"it is not known whether anything uses it: {host.disk_use.reason}"
    uses = [use for use in host.disk_use.value if use.number in disk.numbers]
    if not uses or len(uses) < len(disk.numbers):
        return "it is not known whether anything uses it, because Windows does not tell which of its disks it is"
    if any(use.boot for use in uses):
        return "Windows itself starts or pages from it"
    clustered = _clustered(uses, host)
    if clustered is not None:
        return clustered
    used = [use for use in uses if use.in_use]
    needed = floor if used else idle
    if kept >= needed:
        return None
    return (
        f"{used[0].why if used else 'it may be used'}, and it would keep {kept} working paths, at least {needed} needed"
    )


def _clustered(uses: Iterable[DiskUse], host: Host) -> str | None:
    """Say that a failover cluster has a disk, or may have it where Windows does not tell."""
    told = {use.clustered for use in uses}
    if True in told:
        return "it is a disk of a failover cluster"
    if None not in told:
        return None
    if isinstance(host.cluster, Unknown):
        return f"it is not known whether this host is a node of a cluster: {host.cluster.reason}"
    if host.cluster.value.member:
        return "this host is a node of a failover cluster, and Windows does not tell whether the disk is the cluster's"
    return None
