# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What diskpart does: new disks, disks that are taken offline while their DSM changes. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping, Sequence

from .._model import Host, Unknown
from .._plan import steps
from . import classes, marker, status
from .actions import Action, CannotRender, Confirm, Draft, DraftWord, InOrder, Later, RunCommand, action_of
from .on import On

_NOTHING_KNOWN: t.Final[Mapping[int, status.Status]] = {}
"""Exit codes of diskpart are documented for scripts alone ("DiskPart scripts and examples", Microsoft)."""


def _set_new_disk_policy(step: steps.SetNewDiskPolicy, on: On) -> Action:
    if not on.release.new_disk_policy:
        raise CannotRender(f"{on.release.name} has no policy for new disks.")
    return action_of([_typed(("san", "policy=OfflineShared"))], _NOTHING_KNOWN)


def _rescan_disks(step: steps.RescanDisks, on: On) -> Action:
    return action_of([_typed(("rescan",))], _NOTHING_KNOWN)


def _typed(*lines: Sequence[DraftWord]) -> Draft:
    return Draft("diskpart", typed=(*(tuple(line) for line in lines), ("exit",)))


def _take_offline(step: steps.TakeDiskOffline, on: On) -> Action:
    """Note it first: a disk that is noted and online is brought online in vain, one that is not noted stays offline."""
    if not on.release.offline_disks:
        raise CannotRender(
            f"{on.release.name} cannot take disks offline: take the drive letters of LUN {step.wwn} away in Disk"
            " Management, and stop what uses it."
        )
    noted = _noted(on.host)
    number = _number(step.wwn, on.host)
    note = marker.write_taken_offline([*(wwn for wwn in noted if wwn != step.wwn), step.wwn])
    command = RunCommand((_typed(("select", "disk", str(number)), ("offline", "disk")).command,), _NOTHING_KNOWN)
    seen = _seen(on, number, True, f"Disk {number} (LUN {step.wwn}) is not shown as offline.")
    return InOrder((_alone(note), command, *seen))


def _bring_online(step: steps.BringDiskOnline, on: On) -> Action:
    """Take the note away last, and only if the disk is seen to be online.

    Before 2012 nothing shows that but diskpart's own words, which are in the language of Windows: there it has to end
    with 0, and as what is typed ends with 0 also where there is no such disk, the disk has to be there still.
    """
    noted = _noted(on.host)
    if step.wwn not in noted:  # nobody has taken it offline yet, and restarts may change its number
        number = Later(f"disk number of LUN {step.wwn} then")
        return action_of([_typed(("select", "disk", number), ("online", "disk"))])
    disk = _number(step.wwn, on.host)
    command = _typed(("select", "disk", str(disk)), ("online", "disk")).command
    note = _alone(marker.write_taken_offline([wwn for wwn in noted if wwn != step.wwn]))
    otherwise = f"Disk {disk} (LUN {step.wwn}) is not shown as online, so the note that it was taken offline stays."
    seen = _seen(on, disk, False, otherwise) or (_still_there(step.wwn, disk),)
    codes = _NOTHING_KNOWN if on.release.storage_classes else {0: status.WIN32[0]}
    return InOrder((RunCommand((command,), codes), *seen, note))


def _leave_to_cluster(step: steps.LeaveToCluster, on: On) -> Action:
    return action_of([marker.write_taken_offline([wwn for wwn in _noted(on.host) if wwn != step.wwn])])


def _seen(on: On, number: int, offline: bool, otherwise: str) -> tuple[Confirm, ...]:
    """Return the look at a disk that shows whether it is offline; none where no class tells."""
    if not on.release.storage_classes:
        return ()
    return (Confirm(classes.MSFT_DISK, f"Number={number}", "IsOffline", offline, otherwise),)


def _still_there(wwn: str, number: int) -> Confirm:
    otherwise = f"Disk {number} (LUN {wwn}) is not there now, so the note that it was taken offline stays."
    return Confirm(classes.DISK_DRIVE, f"Index={number}", None, True, otherwise)


def _alone(draft: Draft) -> RunCommand:
    return RunCommand((draft.command,))


def _noted(host: Host) -> tuple[str, ...]:
    if isinstance(host.taken_offline, Unknown):
        raise CannotRender(
            "It is not known which disks were taken offline before, and the note of that would be overwritten:"
            f" {host.taken_offline.reason}."
        )
    return host.taken_offline.value


def _number(wwn: str, host: Host) -> int:
    """Return Windows' number of a LUN's disk: what the sessions on the paths of its MPIO disk show.

    Raises:
        CannotRender: they show none, or several, so another disk might be hit.
    """
    if isinstance(host.disks, Unknown) or isinstance(host.sessions, Unknown):
        unknown = host.disks if isinstance(host.disks, Unknown) else host.sessions
        reason = unknown.reason if isinstance(unknown, Unknown) else ""
        raise CannotRender(f"It is not known which disk LUN {wwn} is: {reason}.")
    addresses = {path.address for disk in host.disks.value if disk.wwn == wwn for path in disk.paths}
    devices = (device for session in host.sessions.value for device in session.disks if device.address in addresses)
    numbers = sorted({device.number for device in devices if device.number is not None})
    if not addresses:
        raise CannotRender(f"LUN {wwn} is no MPIO disk, so Windows does not tell which disk it is.")
    if len(numbers) != 1:
        told = " and ".join(map(str, numbers)) or "none"
        raise CannotRender(f"Windows does not tell which disk LUN {wwn} is: its paths show the numbers {told}.")
    return numbers[0]


RENDERERS: t.Final[Mapping[type[steps.Step], Callable[[t.Any, On], Action]]] = {
    steps.RescanDisks: _rescan_disks,
    steps.SetNewDiskPolicy: _set_new_disk_policy,
    steps.TakeDiskOffline: _take_offline,
    steps.BringDiskOnline: _bring_online,
    steps.LeaveToCluster: _leave_to_cluster,
}
