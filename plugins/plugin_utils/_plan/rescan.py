# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether Windows should look for disks again. Private to the collection.

A LUN that is presented while its session stands shows only when Windows looks again, unless the array says that its
LUNs have changed (SPC-4, REPORTED LUNS DATA HAS CHANGED) and Windows heeds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._judge.effect import is_outside
from .._judge.paths import join
from .._model import Host, MpioDisk, NotKnown, Session, value_of
from .desired import Layout, WantedArray
from .plan import Planned
from .steps import Login, RescanDisks, Step, StoreLogin
from .targets import array_sessions


def plan_rescan(layout: Layout, host: Host, coming: Sequence[Step]) -> Iterator[Planned]:
    """A rescan where sessions stand and a LUN, or a path of one, is missing; what is not known asks for none.

    Args:
        layout: The arrays.
        host: What was read.
        coming: Steps that are still to be taken, after which more may be missing.
    """
    if any(isinstance(step, (Login, StoreLogin)) for step in coming):
        reason = "only if a session does not show every LUN"
        yield Planned(RescanDisks(reason=reason), "the paths are made", fallback=True)
    try:
        sessions, targets, disks = value_of(host.sessions), value_of(host.targets), value_of(host.disks)
    except NotKnown:
        return  # said by the plan of the paths
    missing: list[str] = []
    for array in layout.arrays:
        working = [session for session in array_sessions(array, sessions, targets) if session.working]
        missing += _missing(array, working, disks)
    if missing:
        yield Planned(RescanDisks(reason=f"Windows may not have noticed a LUN yet: {'; '.join(missing)}"))


def _missing(array: WantedArray, working: Sequence[Session], disks: Sequence[MpioDisk]) -> Iterator[str]:
    """Say what the working sessions to an array do not show."""
    if not working:
        return
    ids = {session.id for session in working}
    carriers = {disk: {one.session.id for one in join(disk, working) if one.session is not None} for disk in disks}
    ours = [disk for disk in disks if carriers[disk]]
    outside = [device for session in working for device in session.disks if is_outside(device, disks)]
    shown = max(len(ours), *(len(session.disks) for session in working))
    if shown < array.minimum_luns:
        yield f"{array.name} shows {shown} of at least {array.minimum_luns} LUNs"
    if outside:
        return  # which LUNs these are is not known before they are MPIO disks
    absent = sorted(set(array.luns) - {disk.wwn for disk in ours})
    if absent:
        yield f"{array.name} does not show {', '.join(absent)}"
    partial = sorted(disk.wwn for disk in ours if carriers[disk] != ids)
    if partial:
        yield f"{', '.join(partial)} is not seen over every session to {array.name}"
