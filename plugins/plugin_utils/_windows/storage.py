# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What uses the disks of a host, and the volumes that the initiator waits for at boot. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable
from dataclasses import replace

from .._model import DiskUse, Known, Part, Volume, Volumes
from .._wire.instance import Instance
from . import classes
from .guards import is_member
from .reading import Reading, Unreadable, first_known
from .system import initiator_stopped


def read_disk_use(reading: Reading) -> Part[tuple[DiskUse, ...]]:
    """Read what uses each disk; before 2012 Windows tells less of it."""
    if reading.release.storage_classes:
        return first_known(lambda: Known(_disk_use(reading), "msft"))
    return first_known(lambda: Known(_older_disk_use(reading)))


def _disk_use(reading: Reading) -> tuple[DiskUse, ...]:
    disks, letters = reading.instances(classes.MSFT_DISK), _Letters.read(reading)
    found = []
    for disk in disks:
        number, partitions = disk.integer("Number"), disk.integer("NumberOfPartitions")
        offline, clustered = disk.boolean("IsOffline"), disk.boolean("IsClustered")
        boot = bool(disk.boolean("IsBoot") or disk.boolean("IsSystem"))
        if number is None or partitions is None or offline is None:
            raise Unreadable(f"{classes.MSFT_DISK.name} does not tell number, partitions and state of each disk")
        why = [
            *(["Windows starts from it"] if boot else []),
            *(["it belongs to a failover cluster"] if clustered else []),
            "it is offline" if offline else f"it is online and has {letters.partitions(number, partitions)}",
        ]
        in_use = boot or bool(clustered) or (not offline and partitions > 0)
        found.append(letters.added(DiskUse(number, in_use, " and ".join(why), clustered, boot, offline), partitions))
    return tuple(found)


def _older_disk_use(reading: Reading) -> tuple[DiskUse, ...]:
    """Join Win32_DiskDrive with the active partitions, which Windows may start from.

    Nothing there tells whether a disk is offline or belongs to the cluster, and one that another node has shows no
    partitions: on a member of a cluster each disk counts as in use. A partition without a drive letter may be mounted
    as a folder, so it counts too.
    """
    active = {partition.integer("DiskIndex") for partition in _active_partitions(reading)}
    member, letters = is_member(reading), _Letters.read(reading)
    found = []
    for drive in reading.instances(classes.DISK_DRIVE):
        number, partitions = drive.integer("Index"), drive.integer("Partitions")
        if number is None or partitions is None:
            raise Unreadable(f"{classes.DISK_DRIVE.name} does not tell number and partitions of each disk")
        boot = number in active
        why = [
            f"it has {letters.partitions(number, partitions)}",
            *(["one of them is active, so Windows may start from it"] if boot else []),
            *(["this node of a failover cluster does not tell whose it is"] if member else []),
        ]
        in_use = partitions > 0 or member
        clustered = None if member else False
        found.append(letters.added(DiskUse(number, in_use, " and ".join(why), clustered, boot), partitions))
    return tuple(found)


class _Letters(t.NamedTuple):
    """The drive letters of a host, and to which of them Windows pages."""

    volumes: tuple[Volume, ...]
    paged: frozenset[str]

    @classmethod
    def read(cls, reading: Reading) -> _Letters:
        """Read them.

        Raises:
            Unreadable: the host does not tell.
        """
        return cls(
            tuple(map(_volume, reading.instances(classes.DRIVE_LETTER))),
            frozenset(map(_letter, reading.instances(classes.PAGE_FILE))),
        )

    def of(self, number: int) -> tuple[str, ...]:
        """Return the letters that are mounted from a disk."""
        return tuple(sorted(volume.letter for volume in self.volumes if volume.disk == number))

    def partitions(self, number: int, partitions: int) -> str:
        """Write how many partitions a disk has, with their letters."""
        letters = f" ({', '.join(self.of(number))})" if self.of(number) else ""
        return {0: "no partition", 1: "1 partition"}.get(partitions, f"{partitions} partitions") + letters

    def added(self, use: DiskUse, partitions: int) -> DiskUse:
        """Add to a disk what is mounted from it, and whether Windows pages to it.

        The class of drive letters knows no volumes of dynamic disks, so a page file whose disk it does not tell may lie
        on any disk that has partitions and no letter.
        """
        letters = self.of(use.number)
        pages, astray = self.paged.intersection(letters), self.paged - {volume.letter for volume in self.volumes}
        why = [use.why]
        if pages:
            why.append(f"Windows pages to {', '.join(sorted(pages))}")
        elif astray and partitions and not letters:
            why.append(f"Windows does not tell the disk of {', '.join(sorted(astray))}, which it pages to")
            pages = astray
        in_use, boot = use.in_use or bool(letters or pages), use.boot or bool(pages)
        return replace(use, in_use=in_use, why=" and ".join(why), boot=boot, mounted=letters)


def _letter(page_file: Instance) -> str:
    r"""Take the drive letter of ``C:\pagefile.sys``: a page file lies in the root of a volume that has one."""
    path = page_file.text("Name") or ""
    drive = re.match(r"(?:\\\?\?\\)?([A-Za-z]):", path)
    if drive is None:
        raise Unreadable(f"{classes.PAGE_FILE.name} does not tell the volume of each page file")
    return f"{drive[1].upper()}:"


def _active_partitions(reading: Reading) -> tuple[Instance, ...]:
    return reading.instances(classes.DISK_PARTITION, "BootPartition=true")


def read_volumes(reading: Reading) -> Part[Volumes]:
    """Read which volumes are bound and which are mounted."""
    return initiator_stopped(reading) or first_known(
        lambda: Known(
            volumes_of(reading.instances(classes.BOUND_DEVICE), reading.instances(classes.DRIVE_LETTER)),
        )
    )


def volumes_of(bound: Iterable[Instance], mounted: Iterable[Instance]) -> Volumes:
    """Join MSiSCSIInitiator_PersistentDevices and Win32_LogicalDiskToPartition.

    Raises:
        Unreadable: a drive letter or the number of its disk is missing.
    """
    paths = (instance.text("DevicePath") for instance in bound)
    return Volumes(tuple(path for path in paths if path), tuple(_volume(instance) for instance in mounted))


def _volume(instance: Instance) -> Volume:
    r"""Take the letter, and of ``Disk #1, Partition #0`` the first number: the words are in the language of Windows."""
    partition, letter = instance.reference("Antecedent") or {}, instance.reference("Dependent") or {}
    disk = re.search(r"\d{1,10}", partition.get("DeviceID", ""))
    drive = re.fullmatch(r"([A-Za-z]):", letter.get("DeviceID", ""))
    if disk is None or drive is None:
        raise Unreadable(f"{classes.DRIVE_LETTER.name} does not tell the disk of each drive letter")
    return Volume(f"{drive[1].upper()}:", int(disk[0]))
