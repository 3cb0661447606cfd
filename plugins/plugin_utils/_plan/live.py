# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for the live half of a path: its sessions. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .._judge.renewal import session_faults
from .._model import Host, Initiator, NotKnown, Path
from .dead import dead_route
from .halves import LIVE, Demand, Halves, is_full, why_outdated
from .mesh import Route
from .plan import Finding, Item, Planned, Severity, Side
from .portals import without_number
from .preparation import unreadable
from .waits import NUMBER, Stage


def plan_live(halves: Halves, demand: Demand, host: Host, initiator: Initiator, stage: Stage) -> Iterator[Item]:
    """Make as many sessions as the path lacks, and a successor for each that is outdated."""
    path = halves.path
    missing = demand.number - len(halves.current)
    if missing < 0 and not halves.outdated:
        yield _more_than_wished(halves, demand)
    if missing <= 0:
        return
    if halves.doubtful:
        text = f"session {halves.doubtful[0].id} may be it, but Windows does not tell which NIC it left from"
        yield unreadable(f"path {path}", text)
        return
    hindrance = dead_route(Route(path.nic, path.portal), demand.array.name, demand.memory) or _too_many(halves, demand)
    if hindrance is not None:
        yield hindrance
        return
    for number in range(len(halves.live) + 1, len(halves.live) + missing + 1):
        first = number == 1 and stage.is_free(path)
        after = None if first else stage.multipath
        if after is None and halves.outdated:
            after = stage.after_turn(path)
        reason = _why_again(halves, demand) if halves.outdated else LIVE
        step = demand.login(path.nic, path.portal, path.target, number, reason)
        yield numbered(Planned(step, after), path, host, initiator)


def numbered(item: Planned, path: Path, host: Host, initiator: Initiator) -> Item:
    """Hold a login back until the initiator's number of its NIC is known."""
    if initiator.number_of(path.nic) is not None:
        return item
    try:
        finding = without_number(Route(path.nic, path.portal), host)
    except NotKnown as error:
        return unreadable("discovery portals", str(error))
    return finding or replace(item, after=NUMBER)


def _why_again(halves: Halves, demand: Demand) -> str:
    old = halves.outdated[0]
    return f"session {old.id} needs a successor: {why_outdated(old, demand)}"


def _more_than_wished(halves: Halves, demand: Demand) -> Finding:
    return Finding(
        Severity.NOTE,
        Side.HOST,
        f"path {halves.path}",
        f"{len(halves.live)} sessions stand for {demand.number}; the others do no harm, and purge: [stale] ends them",
    )


def _too_many(halves: Halves, demand: Demand) -> Finding | None:
    """Say that no further session is made on a path that has many already; None where it has not."""
    if not is_full(halves, demand):
        return None
    faults = session_faults(halves.live[-1], demand.array.chap, demand.array.digests)
    way_out = (
        "correct what the array grants or what is asked for, and let the surplus be logged out (purge: [stale])"
        if faults
        else "free their disks and run again, or let the surplus be logged out (purge: [stale]), or restart Windows,"
        " which makes as many as are stored"
    )
    return Finding(
        Severity.PROBLEM,
        Side.ARRAY if faults else Side.HOST,
        f"path {halves.path}",
        f"{len(halves.live)} sessions stand for {demand.number} and do not serve"
        f" ({'; '.join(faults) or 'made with the secret of before'}), so no further one is made: {way_out}",
        one_path=True,
    )
