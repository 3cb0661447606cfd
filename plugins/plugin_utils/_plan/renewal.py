# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions that are made again one path after the other: new session, stored login, logout. Private to the collection.

A path is replaced make before break. The secrets may be wrong, so the first path whose new session cannot be made
ends it for its array, and nothing is lost; where the cause is another one, the next path is tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from .._judge.effect import owner_of
from .._judge.paths import leads_to
from .._judge.renewal import missing_beside
from .._model import Address, Initiator, MpioDisk, Path, PersistentLogin, Session, TargetPortal, same_name
from .halves import Demand, Halves, Known, in_vain, is_full, is_outdated, why_outdated
from .plan import Finding, Item, Planned, Severity, Side
from .steps import Login, Logout
from .waits import OF_TODAY, SAME_LUNS, SUCCESSOR, Stage


def its_turn(halves: Sequence[Halves], demand: Demand, initiator: Initiator) -> Path | None:
    """Return the path whose sessions are made again now: one that a run has begun with, then the first."""
    possible = [
        one
        for one in halves
        if one.outdated
        and not _holds_up(one, demand)
        and not _passed_over(one, demand)
        and (one.path.nic, one.path.portal) not in demand.memory.dead
        and initiator.number_of(one.path.nic) is not None
    ]
    begun = [one for one in possible if one.current]
    return next((one.path for one in (*begun, *possible)), None)


def _holds_up(halves: Halves, demand: Demand) -> bool:
    """Tell whether nothing more can be done for a path: Windows ends no session of it, or it has enough of them."""
    if not halves.current:
        return is_full(halves, demand)
    refused = all(Logout(old.id, old.target, reason="") in demand.memory.failed for old in halves.outdated)
    return refused and len(halves.current) >= demand.number and is_stored_today(halves, demand)


def _passed_over(halves: Halves, demand: Demand) -> bool:
    """Tell whether the new session of a path failed, and not because of what the host proves itself with."""
    failed = [step for step in demand.memory.failed if isinstance(step, Login) and step.path == halves.path]
    return bool(failed) and all(step in demand.memory.of_one_path for step in failed)


def is_proven(halves: Sequence[Halves]) -> bool:
    """Tell whether the credentials of an array have made a session."""
    return any(one.current for one in halves)


def is_unproven(demand: Demand, sessions: Sequence[Session]) -> bool:
    """Tell whether sessions to an array work, and none of them with the credentials wished for."""
    working = [session for session in sessions if session.working]
    return bool(working) and all(is_outdated(session, demand) for session in working)


def is_stored_today(halves: Halves, demand: Demand) -> bool:
    """Tell whether the stored half of a path is right, also in what cannot be read."""
    path = halves.path
    if halves.wrong or not halves.stored:
        return False
    return not demand.renews_secrets or demand.renewal(path.nic, path.portal, path.target) in demand.memory.done


def plan_logouts(halves: Halves, demand: Demand, disks: Sequence[MpioDisk], stage: Stage) -> Iterator[Item]:
    """End the outdated sessions of a path whose successors stand and show the same LUNs.

    Args:
        halves: The path.
        demand: What is wished of it.
        disks: The MPIO disks.
        stage: How far the array has come.
    """
    for old in halves.outdated:
        why = f"{why_outdated(old, demand)}, and its successor stands"
        step = Logout.of(old, old.full_name, why)  # its successor has the same path
        after = stage.multipath or stage.after_turn(halves.path)
        if after is None and len(halves.current) < demand.number:
            after = SUCCESSOR
        if after is None and not is_stored_today(halves, demand):
            after = OF_TODAY
        missing = () if after is not None else missing_beside(old, halves.current, disks)
        yield Planned(step, SAME_LUNS if missing else after)
        if missing:
            yield Finding(
                Severity.PROBLEM,
                Side.ARRAY,
                step.subject,
                f"it stays beside its successor, which does not show {', '.join(missing)} with a working path over"
                " MPIO: check that the array presents it on this port, then run again",
            )


def plan_leftovers(
    every: Sequence[Halves], demand: Demand, sessions: Sequence[Session], disks: Sequence[MpioDisk], known: Known
) -> Iterator[Item]:
    """End sessions that lost their connection and whose place others have taken.

    Windows would try to make each of them again, with the secret of before for ever, and its LUNs show failed paths all
    the while. Which path such a session was is not told any more: it has a successor when each declared path to its
    target has its sessions. While one of them cannot be made it stays, for it may be the one that comes back; so it
    does while a login is stored for its target that is no declared path and has no session: that is for a purge.

    Args:
        every: The declared paths.
        demand: What is wished of them.
        sessions: The sessions to the array.
        disks: The MPIO disks.
        known: What was read.
    """
    undeclared = [login for login in known.logins if not any(login in one.stored for one in every)]
    for session in sorted(sessions, key=lambda one: one.id):
        own = [one for one in every if same_name(one.path.target, session.target)]
        lacking = [one for one in own if len(one.current) < demand.number]
        if session.connections or not own or any(in_vain(one, demand) for one in lacking):
            continue
        why = "it has no connection, and its successor stands"
        step = Logout.of(session, session.full_name, why)
        other = next((login for login in undeclared if _is_idle(login, session, known)), None)
        if other is not None:
            yield _may_come_back(session, other)
            continue
        successors = [new for one in own for new in one.current]
        # MPIO gives the paths of such a session up after a while (PDORemovePeriod); then nothing is shown over it.
        shown = replace(session, devices=tuple(one for one in session.disks if owner_of(one, disks) is not None))
        after = SAME_LUNS if missing_beside(shown, successors, disks) else None
        yield Planned(step, SUCCESSOR if lacking else after)


def _is_idle(login: PersistentLogin, session: Session, known: Known) -> bool:
    """Tell whether a stored login may be that of a session without connection: no session that works is."""
    working = [one for one in known.sessions if one.working]
    same = same_name(login.target, session.target) and not login.informational
    return same and not any(leads_to(login, one, known.initiator) for one in working)


def _may_come_back(session: Session, login: PersistentLogin) -> Finding:
    return Finding(
        Severity.NOTE,
        Side.NETWORK,
        f"session {session.full_name}",
        f"it has no connection and is kept: it may be that of the persistent login at {login.portal or 'any portal'},"
        " which is no declared path; mend its network, or remove both with purge: [stale]",
    )


def renewal_rules(
    demand: Demand, nic: Address, portal: TargetPortal, target: str | None, after: str, numbers: Iterable[int]
) -> Iterator[Planned]:
    """Announce that sessions which differ from the wish are made again; a restart numbers sessions anew.

    Args:
        demand: What is wished.
        nic: The NIC.
        portal: The target portal.
        target: The target, None for each that is found.
        after: What it waits for.
        numbers: Of the sessions that may be made on the path.
    """
    for number in numbers:
        yield Planned(demand.login(nic, portal, target, number), after, fallback=True)
    reason = "only if one is stored and wrong"
    yield Planned(demand.replace(nic, portal, target, None, reason), after, fallback=True)
    if demand.renews_secrets:
        yield Planned(demand.renewal(nic, portal, target), after, fallback=True)
    logout = Logout(None, None, reason="a session that differs from the wish has a successor")
    yield Planned(logout, after, fallback=True)
