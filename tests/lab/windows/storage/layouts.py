# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Windows keeps of each LUN whether it sees it or not: partitions, drive letters, offline, clustered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from ..registry import Registry

POLICY_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\partmgr\Parameters"
POLICY_VALUE = "SanPolicy"
"""Where the partition manager keeps the policy (Microsoft-Windows-PartitionManager, SanPolicy)."""
SYSTEM_LETTER = "C"


class NewDiskPolicy(IntEnum):
    """What becomes of a disk that Windows has never seen (MS-VDS 2.2.2.2.1.1, VDS_SAN_POLICY)."""

    ONLINE_ALL = 1
    OFFLINE_SHARED = 2
    OFFLINE_ALL = 3
    OFFLINE_INTERNAL = 4


_KEEPS_ISCSI_OFFLINE = (NewDiskPolicy.OFFLINE_SHARED, NewDiskPolicy.OFFLINE_ALL)
"""iSCSI counts as a shared bus (Microsoft: diskpart, san)."""


@dataclass
class LunLayout:
    """One LUN; it is kept by the LUN's identity over restarts, logouts and changes of disk numbers."""

    partitions: int = 0
    letters: list[str] = field(default_factory=list)
    """Drive letters, one for each partition that has one, in the order of the partitions."""
    offline: bool = False
    clustered: bool = False
    """A disk resource of the failover cluster."""
    dsm: str | None = None
    """Name of the DSM that has or had its MPIO disk, None while there was none."""

    @property
    def mounted(self) -> tuple[str, ...]:
        """The letters that are there: an offline disk has no volumes (Microsoft: diskpart, san)."""
        return () if self.offline else tuple(self.letters)


class LunLayouts:
    """The LUNs that this Windows has ever seen, or that somebody has laid out."""

    def __init__(self, registry: Registry, emit: Callable[..., object], lock: threading.RLock) -> None:
        """Know none."""
        self.in_use: set[str] = set()
        """NAA ids of the LUNs that something on the server has open besides mounted volumes."""
        self._registry = registry
        self._emit = emit
        self._lock = lock
        self._layouts: dict[str, LunLayout] = {}

    @property
    def policy(self) -> NewDiskPolicy:
        """The new-disk policy in force; Server 2003, which has none, brings every disk online."""
        stored = self._registry.get(POLICY_KEY, POLICY_VALUE)
        known = isinstance(stored, int) and stored in NewDiskPolicy.__members__.values()
        return NewDiskPolicy(stored) if known else NewDiskPolicy.ONLINE_ALL  # type: ignore[arg-type]

    def set_policy(self, policy: NewDiskPolicy) -> None:
        """Change it; disks that are known stay as they are."""
        with self._lock:
            self._registry.set(POLICY_KEY, POLICY_VALUE, int(policy), "REG_DWORD")
            self._emit("state", subject="new-disk-policy", policy=policy.name.lower())

    def of(self, naa: str) -> LunLayout:
        """Return what is known of a LUN; of an unknown one that it is blank."""
        with self._lock:
            return self._layouts.get(naa.lower(), LunLayout())

    def arrive(self, identity: str, dsm: str | None = None, new_under_other_dsm: bool = False) -> None:
        """Windows finds a disk; what it has never seen comes up as the policy says.

        Args:
            identity: what tells the LUN from others
            dsm: name of the DSM that has the disk, None outside MPIO
            new_under_other_dsm: whether the disk of another DSM than before is one that Windows has never seen
        """
        if not identity:
            return
        with self._lock:
            layout = self._layouts.get(identity)
            changed = layout is not None and dsm is not None and layout.dsm not in (None, dsm)
            if layout is None:
                layout = self._layouts[identity] = LunLayout(offline=self.policy in _KEEPS_ISCSI_OFFLINE)
            elif changed and new_under_other_dsm:
                layout.offline = self.policy in _KEEPS_ISCSI_OFFLINE
            layout.dsm = dsm or layout.dsm

    def used(self) -> frozenset[str]:
        """Return the LUNs that are in use: by hand, by a mounted volume, or by the cluster."""
        with self._lock:
            held = {naa for naa, layout in self._layouts.items() if layout.mounted or layout.clustered}
            return frozenset(held | {naa.lower() for naa in self.in_use})

    def mount(self, naa: str, letter: str) -> None:
        """Make one more partition with a volume under a drive letter, for which the disk is brought online.

        Raises:
            ValueError: not a letter, or one that is taken.
        """
        name = letter.rstrip(":\\").upper()
        with self._lock:
            taken = {SYSTEM_LETTER, *(item for layout in self._layouts.values() for item in layout.letters)}
            if len(name) != 1 or not "A" <= name <= "Z" or name in taken:
                raise ValueError(f"{letter!r} is not a free drive letter")
            layout = self._partitioned(naa)
            layout.letters.append(name)
            self._tell(naa, "mounted", letter=name)

    def partition(self, naa: str) -> None:
        """Make one more partition without a drive letter, for which the disk is brought online."""
        with self._lock:
            self._partitioned(naa)
            self._tell(naa, "partitioned")

    def unmount(self, naa: str) -> None:
        """Take the drive letters away; the partitions stay."""
        with self._lock:
            self._known(naa).letters.clear()
            self._tell(naa, "unmounted")

    def set_offline(self, naa: str, offline: bool) -> None:
        """Take a disk offline, which takes its volumes away, or bring it online."""
        with self._lock:
            self._known(naa).offline = offline
            self._tell(naa, "offline" if offline else "online")

    def set_clustered(self, naa: str, clustered: bool) -> None:
        """Make a disk a resource of the failover cluster, or take it out."""
        with self._lock:
            self._known(naa).clustered = clustered
            self._tell(naa, "clustered" if clustered else "unclustered")

    def _known(self, naa: str) -> LunLayout:
        return self._layouts.setdefault(naa.lower(), LunLayout())

    def _partitioned(self, naa: str) -> LunLayout:
        layout = self._known(naa)
        layout.partitions += 1
        layout.offline = False
        return layout

    def _tell(self, naa: str, change: str, **facts: object) -> None:
        self._emit("state", subject="layout", change=change, luns=[naa.lower()], **facts)
