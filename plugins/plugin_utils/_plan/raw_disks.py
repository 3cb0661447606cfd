# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Raw disks: HP wants fail over only for them. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._model import DiskUse, Host, NotKnown, Policy, value_of
from .desired import WantedArray, WantedPolicies
from .lun_scope import is_in_scope, sessions_in_scope
from .plan import Finding, Severity, Side


def raw_disks(wanted: WantedPolicies, arrays: Sequence[WantedArray] | None, host: Host) -> Iterator[Finding]:
    """Name the disks that are online without a partition and have, or shall have, another policy.

    Somebody may still make a partition, or a program may use the disk as it is: Windows does not tell which it will be.
    Nothing is said where something is not known.
    """
    try:
        uses = {use.number: use for use in value_of(host.disk_use)}
        scope = sessions_in_scope(arrays, host)
        disks = [disk for disk in value_of(host.disks) if disk.wwn in wanted.by_wwn or is_in_scope(disk, scope, arrays)]
        number_of = {device.address: device.number for session in value_of(host.sessions) for device in session.disks}
    except NotKnown:
        return
    for disk in sorted(disks, key=lambda one: one.wwn):
        numbers = {number_of.get(path.address) for path in disk.paths}
        told = [number for number in numbers if number is not None]
        use = uses.get(told[0]) if len(told) == 1 else None
        if use is None or not _is_raw(use, host):
            continue
        wish = wanted.of(disk.wwn)
        policy = wish.policy if wish is not None and wish.policy is not None else disk.policy
        if policy not in (None, Policy.FAILOVER_ONLY, Policy.VENDOR_SPECIFIC):
            yield Finding(
                Severity.NOTE,
                Side.HOST,
                f"LUN {disk.wwn}",
                f"its disk {use.number} is online and has no partition; if a program uses it as a raw disk, its policy"
                " must be failover_only (HP MPX200 user guide, page 97)",
            )


def _is_raw(use: DiskUse, host: Host) -> bool:
    """Tell whether a disk is online without a partition; from 2008 on it may be offline, which is told since 2012."""
    return not use.in_use and (use.offline is False or (use.offline is None and not host.traits.offline_disks))
