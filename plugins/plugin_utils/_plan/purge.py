# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What leads to declared arrays and is not wished for is removed, where it is safe. Private to the collection.

Stored logins go before their sessions (one that is only logged out comes back at the next boot), discovery portals
last. Nothing goes while its array is not complete: then nobody can tell what is stale and what is only not there today.
"""

from __future__ import annotations

import enum
import typing as t
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .._judge.dsms import Owner
from .._judge.effect import judge
from .._judge.paths import leads_to, live_halves, login_faults, stored_halves
from .._judge.usage import ShownDisk, is_asked, objections, shown_disks
from .._model import (
    Address,
    Host,
    Initiator,
    NotKnown,
    PersistentLogin,
    Session,
    same_name,
    value_of,
)
from .classes import (
    Declared,
    SpareLogin,
    SpareSession,
    is_certain,
    login_key,
    spare_logins,
    spare_sessions,
    wished_sessions,
)
from .credentials import is_secret_proven
from .desired import Purge, Surplus, WantedArray
from .plan import Finding, Item, Memory, Planned, Severity, Side, Waiting
from .preparation import unreadable
from .removal import STORED, USE, end, is_wide, unrestorable
from .steps import Logout, RemoveDiscoveryPortal, RemoveLogin, Step
from .targets import array_sessions
from .words import counted

LIMIT = "purge_limit allows more"
COMPLETE = "every declared path of {} is live, stored and in MPIO"
_REASONS: t.Final = {
    Surplus.STALE: "it leads to a declared target and is no half of a declared path, or one too many",
    Surplus.UNDECLARED: "it leads to a target that is not declared, at a declared target portal",
}
_BY_HAND = "log it out in the iSCSI control panel of this host if that does no harm"


class Readiness(enum.Enum):
    """Whether something of an array may be removed."""

    COMPLETE = "complete"
    COMING = "coming"
    """The plan still has steps for it."""
    LACKING = "lacking"
    """Something is missing that the plan has no step for."""


@dataclass(frozen=True)
class Judged:
    """A declared array, and whether something of it may be removed."""

    declared: Declared
    readiness: Readiness

    @property
    def name(self) -> str:
        """The array's name."""
        return self.declared.array.name


def judge_array(declared: Declared, items: Sequence[Item], host: Host, memory: Memory, owner: Owner) -> Judged:
    """Judge whether all declared paths of an array are live, stored and in effect.

    Args:
        declared: The array.
        items: What the plan has for its paths.
        host: What was read.
        memory: What this run has done.
        owner: The DSM that shall own its LUNs.
    """
    steps = [item.step for item in items if isinstance(item, Planned) and item.step not in memory.done]
    if any(step not in memory.failed for step in steps):
        return Judged(declared, Readiness.COMING)
    lacks = any(isinstance(item, Waiting) or _is_trouble(item) for item in items)
    complete = not steps and not lacks and _is_complete(declared, host, owner)
    return Judged(declared, Readiness.COMPLETE if complete else Readiness.LACKING)


def _is_trouble(item: Item) -> bool:
    return isinstance(item, Finding) and item.severity is not Severity.NOTE


def _is_complete(declared: Declared, host: Host, owner: Owner) -> bool:
    """Look at the paths themselves: what is removed must not depend on what a plan happens to say."""
    try:
        initiator, sessions, logins = value_of(host.initiator), value_of(host.sessions), value_of(host.logins)
        own = array_sessions(declared.array, sessions, value_of(host.targets))
    except NotKnown:
        return False
    if declared.routes.missing or declared.silent or not declared.paths or not judge(host, own, owner).in_effect:
        return False
    return all(
        len(live_halves(sessions, path)) >= declared.number
        and len(
            [
                login
                for login in stored_halves(logins, initiator, path)
                if not login_faults(login, declared.array.chap, declared.array.digests)
            ]
        )
        >= declared.number
        for path in declared.paths
    )


def plan_purge(purge: Purge, arrays: Sequence[Judged], host: Host, memory: Memory, renew: bool) -> Iterator[Item]:
    """Removal of stored logins and sessions, whatever the limit is.

    Args:
        purge: What is to go.
        arrays: All declared arrays.
        host: What was read.
        memory: What this run has done.
        renew: Whether this run makes all sessions again with the declared secrets.
    """
    declared = [item.declared for item in arrays]
    try:
        known = (value_of(host.initiator), value_of(host.sessions), value_of(host.logins))
        view = _View(host, *known, tuple(arrays), memory, renew)
        found = spare_logins(declared, view.logins, view.initiator)
        shown = spare_sessions(declared, view.sessions, own_addresses(host), view.carried)
        logins = [one for one in found if one.kind in purge.kinds and is_certain(one)]
        sessions = [one for one in shown if one.kind in purge.kinds and is_certain(one)]
        refused = list(_refused(sessions, view))
    except NotKnown as error:
        yield unreadable("what is to be purged", str(error))
        return
    if Surplus.UNDECLARED in purge.kinds:
        yield from _uncertain([*found, *shown], view)
    yield from _lacking([*logins, *sessions], view)
    yield from (finding for _session, finding in refused)
    kept = [session for session, _finding in refused]
    yield from _plan_logins(logins, kept, view)
    # Of a declared path with more sessions than are wished for, the stored login leads to each of them and stays.
    gone = [login_key(one.login) for one in logins if one.keep == 0]
    doomed = [login for login in view.logins if login_key(login) in gone]
    for spare in sessions:
        if spare.session not in kept and view.readiness(spare.arrays) is not Readiness.LACKING:
            waits = _waits(spare.arrays, view)
            yield end(spare.session, _REASONS[spare.kind], doomed, host, waits)


def removal_rules(paths: bool, portals: bool) -> Iterator[Planned]:
    """Announce that more may turn up: targets that are told of, logins that are read, sessions with other numbers.

    Args:
        paths: Whether stored logins and sessions are part of the wish.
        portals: Whether discovery portals are.
    """
    reason = "only if it turns up once the paths are made"
    steps: list[Step] = []
    if paths:
        steps += [RemoveLogin(None, reason=reason), Logout(None, None, surplus=True, reason=reason)]
    if portals:
        steps.append(RemoveDiscoveryPortal(None, reason=reason))
    for step in steps:
        yield Planned(step, COMPLETE.format("its array"), fallback=True)


def sessions_of_storing(items: Iterable[Item]) -> Iterator[Planned]:
    """Announce the end of sessions that storing again may make; whether it does is not documented."""
    steps = [item.step for item in items if isinstance(item, Planned) and not item.fallback]
    if any(isinstance(step, RemoveLogin) and (step.keep or is_wide(step.entry)) for step in steps):
        reason = "only if Windows makes a session of what is stored again"
        yield Planned(Logout(None, None, surplus=True, reason=reason), STORED, fallback=True)


def within_limit(items: Iterable[Item], purge: Purge, memory: Memory) -> Iterator[Item]:
    """Let as many removals pass as a run may make; name the others, and let them wait."""
    allowance = purge.limit - memory.removed
    beyond: list[Step] = []
    for item in items:
        if not isinstance(item, Planned) or item.fallback or item.step in memory.failed:
            yield item
        elif (count := memory.counted(item.step)) <= allowance:
            allowance -= count
            yield item
        else:
            beyond.append(item.step)
            yield replace(item, after=LIMIT)
    if beyond:
        count = sum(step.removes for step in beyond)
        # Equal stored logins go in one step: where that is more than the limit, another run does not help.
        again = "" if any(step.removes > purge.limit for step in beyond) else "run again, or "
        yield Finding(
            Severity.PROBLEM,
            Side.WISH,
            "purge",
            f"a run removes {purge.limit} at most (purge_limit), which leaves {count}: {again}raise the limit to"
            f" {purge.limit + count}, once you have looked at what is left: {'; '.join(one.subject for one in beyond)}",
        )


@dataclass(frozen=True)
class _View:
    host: Host
    initiator: Initiator
    sessions: tuple[Session, ...]
    logins: tuple[PersistentLogin, ...]
    arrays: tuple[Judged, ...]
    memory: Memory
    renew: bool

    def is_proven(self, arrays: Sequence[WantedArray]) -> bool:
        """Tell whether these arrays take their declared secrets, or will have shown it when something is removed."""
        comes = self.renew and self.readiness(arrays) is Readiness.COMING
        return comes or all(is_secret_proven(array, self.memory) for array in arrays)

    def carried(self, session: Session) -> int:
        """Return how many disks a session carries."""
        shown = shown_disks([session], self.sessions, value_of(self.host.disks))
        return sum(bool(disk.carriers([session])) for disk in shown)

    def readiness(self, arrays: Sequence[WantedArray]) -> Readiness:
        """Of arrays together: what may belong to several of them waits for all."""
        return together(item.readiness for item in self.arrays if item.declared.array in arrays)


def together(found: Iterable[Readiness]) -> Readiness:
    """Return the worst."""
    told = set(found)
    return next((one for one in (Readiness.LACKING, Readiness.COMING) if one in told), Readiness.COMPLETE)


def own_addresses(host: Host) -> frozenset[Address]:
    """Return the addresses that the software initiator may have; an HBA has its own.

    Raises:
        NotKnown: the initiator, or the host's addresses where Windows does not list the initiator's, are not known.
    """
    initiator = value_of(host.initiator)
    listed = frozenset(port.address for port in initiator.ports)
    if initiator.ports_known:
        return listed
    return listed | {interface.ip for nic in value_of(host.nics) for interface in nic.interfaces}


def _uncertain(spares: Sequence[SpareLogin | SpareSession], view: _View) -> Iterator[Finding]:
    """Say of which arrays nothing counts as undeclared, because all their targets are declared by saying none."""
    for item in view.arrays:
        kept = [one for one in spares if item.declared.array in one.arrays and not is_certain(one)]
        if kept and not item.declared.array.targets:
            yield Finding(
                Severity.NOTE,
                Side.WISH,
                f"array {item.name}",
                f"kept: {_what(kept)}, to targets that its portals do not tell of now; without arrays[].targets each"
                " target of the array is declared: declare them, then run again",
            )


def _lacking(spares: Sequence[SpareLogin | SpareSession], view: _View) -> Iterator[Finding]:
    """Say which arrays keep what is not wished for, because they are not complete."""
    for item in view.arrays:
        kept = [one for one in spares if item.declared.array in one.arrays]
        if kept and item.readiness is Readiness.LACKING:
            yield not_complete(item.declared, _what(kept))


def _what(spares: Sequence[SpareLogin | SpareSession]) -> str:
    logins = sum(isinstance(one, SpareLogin) for one in spares)
    numbers = {"stored login": logins, "session": len(spares) - logins}
    return " and ".join(counted(number, noun) for noun, number in numbers.items() if number)


def not_complete(declared: Declared, what: str) -> Finding:
    """Say that something is kept, because its array is not complete."""
    return Finding(
        Severity.NOTE,
        Side.HOST,
        f"array {declared.array.name}",
        f"kept although not wished for: {what}; nothing of an array is removed before all its declared paths are live,"
        " stored and in MPIO, because only then it is known what it needs",
        warns=True,
    )


def _refused(sessions: Sequence[SpareSession], view: _View) -> Iterator[tuple[Session, Finding]]:
    """The sessions whose disks do not allow that they end."""
    if not is_asked(view.host):
        return
    declared = [item.declared for item in view.arrays]
    staying = wished_sessions(declared, view.sessions, view.carried)
    paths = [(path, item.number) for item in declared for path in item.paths]

    def given(disk: ShownDisk) -> int:
        """As many paths as the layout gives to the targets that have the disk."""
        targets = [session.target for session in disk.shown_by(view.sessions)]
        return sum(number for path, number in paths if any(same_name(path.target, one) for one in targets))

    def kept(disk: ShownDisk) -> int:
        return len(disk.carriers(staying))

    def floor(disk: ShownDisk) -> int:
        return max(1, given(disk))

    def idle(disk: ShownDisk) -> int:
        """No fewer than it has or than the layout gives, whichever is less."""
        return min(given(disk), len(disk.carriers(view.sessions)))

    for spare in sessions:
        if view.readiness(spare.arrays) is not Readiness.COMPLETE:
            continue
        found = list(objections(view.host, [spare.session], kept, floor, idle))
        if found:
            where = f"session {spare.session.name_among(view.sessions)}"
            text = f"it is not wished for and is kept, as is what is stored of it: {'; '.join(found)}; {_BY_HAND}"
            yield spare.session, Finding(Severity.PROBLEM, Side.HOST, where, text)


def _plan_logins(logins: Sequence[SpareLogin], kept: Sequence[Session], view: _View) -> Iterator[Item]:
    rest = list(view.logins)
    # Those for any NIC or any portal come last: their removal takes others along.
    for spare in sorted(logins, key=lambda one: is_wide(one.login)):
        own = [session for session in view.sessions if leads_to(spare.login, session, view.initiator)]
        if view.readiness(spare.arrays) is Readiness.LACKING:
            continue
        if spare.keep == 0 and any(session in kept for session in own):
            continue  # the finding of the session says so
        chap = next((array.chap for array in spare.arrays if array.chap is not None), None)
        step = RemoveLogin(
            spare.login,
            spare.keep,
            chap if spare.keep or is_wide(spare.login) else None,
            copies=spare.copies,
            nic=view.initiator.address_of(spare.login.port_number),
            reason=_REASONS[spare.kind],
        )
        lost = unrestorable(step, rest, view.host, view.is_proven(spare.arrays))
        if lost is not None:
            yield lost
            continue
        if spare.keep == 0:
            rest = [login for login in rest if login_key(login) != login_key(spare.login)]
        shown = spare.keep == 0 and any(session.disks for session in own)
        yield Planned(step, _waits(spare.arrays, view) or (USE if shown and not is_asked(view.host) else None))


def _waits(arrays: Sequence[WantedArray], view: _View) -> str | None:
    """Say what a removal waits for; None where it does not."""
    if view.readiness(arrays) is Readiness.COMPLETE:
        return None
    return COMPLETE.format(", ".join(sorted(array.name for array in arrays)))
