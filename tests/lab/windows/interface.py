# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The seams inside a simulated server: initiator to disk stack, and the snapshot that the laws are checked on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..fabric.interface import NO_DIGESTS, Digests, LogicalUnit, PortalAddress


@dataclass(frozen=True, order=True)
class ScsiAddress:
    """Where Windows' SCSI port driver put a device."""

    port: int
    bus: int
    target: int
    lun: int


@dataclass(frozen=True)
class LunPath:
    """One LUN as seen over one session, or over a Fibre Channel port: a disk, or a path of an MPIO disk."""

    address: ScsiAddress
    unit: LogicalUnit
    session_id: str
    """The session's id as Windows prints it; of a Fibre Channel path a name of its own."""
    target: str
    portal: PortalAddress
    nic_address: str
    iscsi: bool = True
    """False: it came over Fibre Channel, and no session is behind it."""


@dataclass(frozen=True)
class SessionDevice:
    """A device that a session's device list names: the MPIO disk where MPIO claimed it, else the plain disk."""

    address: ScsiAddress
    device_type: int
    device_number: int
    """PhysicalDrive number; for an MPIO disk the same on all its paths."""
    interface_name: str
    legacy_name: str
    friendly_name: str


@dataclass(frozen=True)
class Volume:
    """A mounted volume on the disk of a LUN."""

    path: str
    """Its mount point, ``E:\\``."""
    naa: str
    """NAA id of the LUN, in lower case."""
    drive_number: int
    """N of ``PhysicalDriveN``."""
    session_ids: frozenset[str]
    """The sessions over which the disk is seen."""


class DiskStack(Protocol):
    """Port driver upwards: plain disks, MPIO, DSMs. The initiator tells it what comes and goes."""

    def attach(self, paths: Sequence[LunPath]) -> None:
        """A session's LUNs appeared (login, rescan, presentation)."""

    def detach(self, session_id: str) -> None:
        """A session ended (logout): its paths are removed."""

    def fail(self, session_id: str) -> None:
        """A session lost its connection: its paths stop working but may come back."""

    def restore(self, session_id: str) -> None:
        """The session is connected again."""

    def session_devices(self, session_id: str) -> Sequence[SessionDevice]:
        """What the session's device list shows now."""

    def busy(self, session_id: str) -> bool:
        """Whether a disk in use would lose its last path with this session."""

    def volumes(self) -> Sequence[Volume]:
        """The mounted volumes of LUNs that are there now: their disks attached and online."""

    def is_local_volume(self, path: str) -> bool:
        """Whether a path is a volume of a disk that no session shows."""

    def boot(self) -> None:
        """Windows starts: pending installations and claims take effect; no path is attached yet."""


@dataclass(frozen=True)
class SessionView:
    """One session as it truly is."""

    session_id: str
    target: str
    portal: PortalAddress
    nic_address: str
    multipath: bool
    alive: bool
    luns: frozenset[str]
    """NAA ids of the disks (not the controller LU) it shows."""
    credentials: str = field(default="", repr=False)
    """A digest of what its login proved to the target; empty without CHAP."""
    digests: Digests = NO_DIGESTS
    """What both sides agreed on."""


@dataclass(frozen=True)
class StoredView:
    """One persistent login as it truly is."""

    target: str
    portal: PortalAddress
    nic_address: str | None
    """The NIC it will leave from, None for any or for a port number that no NIC has."""
    multipath: bool
    credentials: str = field(default="", repr=False)
    """A digest of what it proves to the target; empty without CHAP. Equal ones prove the same."""
    accepted: bool = field(default=True, compare=False)
    """Whether the array would let it in as its secrets are now."""


@dataclass(frozen=True)
class DiskView:
    """One disk device that Windows shows to its users."""

    naa: str
    dsm: str | None
    """Name of the DSM that owns it, None for a plain disk outside MPIO."""
    working_paths: frozenset[str]
    """Session ids of the paths that carry I/O."""


Claims = tuple[tuple[str, str], ...]
"""(hardware id, DSM that claims it)."""


@dataclass(frozen=True)
class Snapshot:
    """The truth about one server at one moment, whatever its WMI classes say. Laws are checked on these."""

    host: str
    running: bool
    sessions: tuple[SessionView, ...]
    stored: tuple[StoredView, ...]
    disks: tuple[DiskView, ...]
    """Two entries with one NAA id are a disk that is seen twice."""
    dsms: tuple[str, ...]
    """Registered DSMs, in effect now."""
    claims: Claims
    """(hardware id, DSM that will claim it), in effect now or after the next boot."""
    in_use: frozenset[str] = frozenset()
    """NAA ids, in lower case, of the LUNs that something on the server uses."""
    claims_at: tuple[Claims, ...] = ()
    """The same by moment, now and after the next boot; empty where it is all of one."""
