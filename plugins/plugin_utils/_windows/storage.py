# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What uses the disks of a host, and the volumes that the initiator waits for at boot. Private to the collection."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .._model import DiskUse, Known, Part, Volume, Volumes
from .._wire.instance import Instance
from . import classes
from .guards import is_member
from .reading import Reading, Unreadable, first_known
from .system import initiator_stopped


def read_disk_use(reading: Reading) -> Part[tuple[DiskUse, ...]]:
    """Read what uses each disk; before 2012 Windows tells less of it."""
    if reading.release.storage_classes:
        return first_known(lambda: Known(disk_use_of(reading.instances(classes.MSFT_DISK)), "msft"))
    return first_known(lambda: Known(_older_disk_use(reading)))


def disk_use_of(instances: Iterable[Instance]) -> tuple[DiskUse, ...]:
    """Turn instances of MSFT_Disk into what uses them.

    Raises:
        Unreadable: one does not say whether it is offline or how many partitions it has.
    """
    return tuple(_disk_use(instance) for instance in instances)


def _disk_use(disk: Instance) -> DiskUse:
    number, partitions = disk.integer("Number"), disk.integer("NumberOfPartitions")
    offline, clustered = disk.boolean("IsOffline"), disk.boolean("IsClustered")
    boot = bool(disk.boolean("IsBoot") or disk.boolean("IsSystem"))
    if number is None or partitions is None or offline is None:
        raise Unreadable(f"{classes.MSFT_DISK.name} does not tell number, partitions and state of each disk")
    why = [
        *(["Windows starts from it"] if boot else []),
        *(["it belongs to a failover cluster"] if clustered else []),
        "it is offline" if offline else f"it is online and has {_partitions(partitions)}",
    ]
    in_use = boot or bool(clustered) or (not offline and partitions > 0)
    return DiskUse(number, in_use, " and ".join(why), clustered, boot)


def _older_disk_use(reading: Reading) -> tuple[DiskUse, ...]:
    """Join Win32_DiskDrive with the active partitions, which Windows may start from.

    Nothing there tells whether a disk belongs to the cluster, and one that another node has shows no partitions: on a
    member of a cluster each disk counts as in use.
    """
    active = {partition.integer("DiskIndex") for partition in _active_partitions(reading)}
    member = is_member(reading)
    found = []
    for drive in reading.instances(classes.DISK_DRIVE):
        number, partitions = drive.integer("Index"), drive.integer("Partitions")
        if number is None or partitions is None:
            raise Unreadable(f"{classes.DISK_DRIVE.name} does not tell number and partitions of each disk")
        boot = number in active
        why = [
            f"it has {_partitions(partitions)}",
            *(["one of them is active, so Windows may start from it"] if boot else []),
            *(["this node of a failover cluster does not tell whose it is"] if member else []),
        ]
        found.append(DiskUse(number, partitions > 0 or member, " and ".join(why), None if member else False, boot))
    return tuple(found)


def _active_partitions(reading: Reading) -> tuple[Instance, ...]:
    return reading.instances(classes.DISK_PARTITION, "BootPartition=true")


def _partitions(number: int) -> str:
    return {0: "no partition", 1: "1 partition"}.get(number, f"{number} partitions")


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
