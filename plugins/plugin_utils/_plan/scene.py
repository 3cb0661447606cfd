# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change of DSM finds on a host: sessions of its arrays and of others, disks. Private to the collection.

Everything is told by what the host shows now, so that a run that was cut anywhere goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass

from .._judge.effect import is_outside
from .._judge.usage import is_asked
from .._model import Device, DiskUse, Host, MpioDisk, ScsiAddress, Session, Unknown, value_of
from .desired import Desired, Layout, WantedDsm
from .dsm import Held
from .dsm_notes import notes_of
from .targets import array_sessions

ON_DEMAND = "Manual"
"""Start mode of a service that nobody starts at boot."""


@dataclass(frozen=True)
class Change:
    """The wish that another DSM shall own the disks of the arrays."""

    desired: Desired
    wanted: WantedDsm
    layout: Layout

    @property
    def arrays(self) -> str:
        """The arrays by their names."""
        return ", ".join(array.name for array in self.layout.arrays)


def change_of(desired: Desired) -> Change | None:
    """Return the wish to change the DSM, None where it is not allowed or nothing says whose disks it is about."""
    wanted, layout = desired.dsm, desired.layout
    if wanted is None or layout is None or not wanted.change or wanted.absent or desired.absent:
        return None
    return Change(desired, wanted, layout)


@dataclass(frozen=True)
class ShownLun:
    """A LUN of the arrays that is an MPIO disk now."""

    disk: MpioDisk
    uses: tuple[DiskUse, ...]
    """What Windows tells of its disk; empty where it tells nothing."""

    @property
    def mounted(self) -> tuple[str, ...]:
        """The drive letters on it."""
        return tuple(sorted({letter for use in self.uses for letter in use.mounted}))


@dataclass(frozen=True)
class Scene:
    """What stands while the other DSM has the disks."""

    change: Change
    host: Host
    held: Held
    ours: tuple[Session, ...]
    """The sessions to the arrays."""
    others: tuple[Session, ...]
    """All other sessions."""
    luns: tuple[ShownLun, ...]
    """The LUNs that the arrays' sessions show in MPIO, by their WWN."""
    outside: tuple[Device, ...]
    """The LUNs that they show outside MPIO."""

    @property
    def asked(self) -> bool:
        """Whether all has been asked for that tells what uses the disks, where a session shows any."""
        return is_asked(self.host) or not any(session.disks for session in (*self.ours, *self.others))

    @property
    def noted(self) -> tuple[str, ...]:
        """The LUNs whose disks a run took offline."""
        return noted(self.host)

    @property
    def used(self) -> tuple[ShownLun, ...]:
        """The LUNs whose disks must be taken offline first."""
        return tuple(lun for lun in self.luns if self._is_online(lun))

    @property
    def online(self) -> tuple[str, ...]:
        """Their WWNs."""
        return tuple(lun.disk.wwn for lun in self.used)

    @property
    def begun(self) -> bool:
        """Whether an earlier run has begun with this: then not all stands that stood.

        The start type alone does not tell: on demand is Windows' own default, and administrators set it too.
        """
        stands_still = value_of(self.host.initiator_service).start_mode == ON_DEMAND and not self.online
        return bool(self.noted) or (notes_of(self.host).change_begun and stands_still)

    def _is_online(self, lun: ShownLun) -> bool:
        """Tell whether this node has to take a disk offline; what is a cluster's is the cluster's to move."""
        return self.host.traits.offline_disks and any(
            use.offline is False or (use.offline is None and (bool(use.mounted) or self._may_be_online(lun, use)))
            for use in lun.uses
            if not _may_be_clusters(use, self.host)
        )

    def _may_be_online(self, lun: ShownLun, use: DiskUse) -> bool:
        """Tell whether a disk counts as online where Windows does not tell: while nobody noted that it is offline."""
        return use.in_use and lun.disk.wwn not in self.noted


def _may_be_clusters(use: DiskUse, host: Host) -> bool:
    """Tell whether a cluster has a disk, or may have it where Windows does not tell.

    Of the disks that a node without any group has mounted, none is the cluster's.
    """
    if use.clustered is not None or isinstance(host.cluster, Unknown) or not host.cluster.value.member:
        return bool(use.clustered)
    groups = host.cluster.value.groups
    return isinstance(groups, Unknown) or bool(groups.value) or not use.mounted


def noted(host: Host) -> tuple[str, ...]:
    """Return the LUNs whose disks a run took offline, as far as that is known."""
    return () if isinstance(host.taken_offline, Unknown) else host.taken_offline.value


def scene_of(change: Change, host: Host, held: Held) -> Scene:
    """Look at what stands while the other DSM has the disks; with the service stopped nothing does.

    Raises:
        NotKnown: the service, or sessions, targets or MPIO disks could not be read while it runs.
    """
    if not value_of(host.initiator_service).running:
        return Scene(change, host, held, (), (), (), ())
    sessions, disks = value_of(host.sessions), value_of(host.disks)
    ours, others = sessions_of(change, host)
    shown = {device.address: device for session in ours for device in session.disks}
    return Scene(
        change,
        host,
        held,
        ours,
        others,
        tuple(
            ShownLun(disk, _uses(disk, sessions, host))
            for disk in sorted(disks, key=lambda one: one.wwn)
            if any(path.address in shown for path in disk.paths)
        ),
        tuple(device for _address, device in sorted(shown.items()) if is_outside(device, disks)),
    )


def sessions_of(change: Change, host: Host) -> tuple[tuple[Session, ...], tuple[Session, ...]]:
    """Return the sessions to the arrays, and all others; none while the service is stopped.

    Raises:
        NotKnown: the service, or sessions or targets could not be read while it runs.
    """
    if not value_of(host.initiator_service).running:
        return (), ()
    sessions, targets = value_of(host.sessions), value_of(host.targets)
    found = {one.id for array in change.layout.arrays for one in array_sessions(array, sessions, targets)}
    ours = tuple(session for session in sessions if session.id in found)
    return ours, tuple(session for session in sessions if session.id not in found)


def uses_of(addresses: frozenset[ScsiAddress], sessions: tuple[Session, ...], host: Host) -> tuple[DiskUse, ...]:
    """Return what Windows tells of the disks at these addresses."""
    if isinstance(host.disk_use, Unknown):
        return ()
    numbers = {device.number for session in sessions for device in session.disks if device.address in addresses}
    return tuple(use for use in host.disk_use.value if use.number in numbers)


def _uses(disk: MpioDisk, sessions: tuple[Session, ...], host: Host) -> tuple[DiskUse, ...]:
    return uses_of(frozenset(path.address for path in disk.paths), sessions, host)


def disks_of_clusters(host: Host) -> frozenset[str]:
    """Return the WWNs of the LUNs that Windows tells are a failover cluster's; it tells since Windows Server 2012."""
    if isinstance(host.sessions, Unknown) or isinstance(host.disks, Unknown):
        return frozenset()
    shown = ((disk.wwn, _uses(disk, host.sessions.value, host)) for disk in host.disks.value)
    return frozenset(wwn for wwn, uses in shown if any(use.clustered for use in uses))
