# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The disks outside MPIO: one LUN over one session each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ...fabric.interface import LogicalUnit
from ..interface import LunPath, ScsiAddress
from .device_names import plain_instance_id


@dataclass
class PlainDisk:
    """One LUN over one session, outside MPIO."""

    lun_path: LunPath
    drive_number: int
    sequence: int
    """When Windows found it, in relation to its other disks."""
    failed: bool = False

    @property
    def unit(self) -> LogicalUnit:
        """What the LUN told of itself."""
        return self.lun_path.unit

    @property
    def instance_id(self) -> str:
        """Device instance."""
        return plain_instance_id(self.unit, self.lun_path.address)

    def sessions(self) -> frozenset[str]:
        """Return the session it is seen over."""
        return frozenset({self.lun_path.session_id})

    def working_sessions(self) -> frozenset[str]:
        """Return the session it works over, none when that one is lost."""
        return frozenset() if self.failed else self.sessions()


class PlainDisks:
    """Those of one server. The caller holds the server's lock."""

    def __init__(self) -> None:
        """Start without any."""
        self._disks: list[PlainDisk] = []

    def __iter__(self) -> Iterator[PlainDisk]:
        return iter(tuple(self._disks))

    def add(self, disk: PlainDisk) -> None:
        """Find one more."""
        self._disks.append(disk)

    def at(self, address: ScsiAddress) -> PlainDisk | None:
        """Return the disk at an address."""
        return next((disk for disk in self._disks if disk.lun_path.address == address), None)

    def take(self, unwanted: Callable[[PlainDisk], bool]) -> list[PlainDisk]:
        """Remove disks and return them."""
        taken = [disk for disk in self._disks if unwanted(disk)]
        self._disks = [disk for disk in self._disks if disk not in taken]
        return taken

    def remove_session(self, session_id: str, luns: Collection[int] | None = None) -> list[LogicalUnit]:
        """Remove what a session shows, or those of its LUNs; return what they were."""
        gone = self.take(
            lambda disk: disk.lun_path.session_id == session_id and (luns is None or disk.lun_path.address.lun in luns)
        )
        return [disk.unit for disk in gone]

    def mark(self, session_id: str, failed: bool) -> list[LogicalUnit]:
        """Let the disks of a session fail or work again; return those that change."""
        marked = [disk for disk in self._disks if disk.lun_path.session_id == session_id and disk.failed != failed]
        for disk in marked:
            disk.failed = failed
        return [disk.unit for disk in marked]
