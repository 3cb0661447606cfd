# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clauses of the law "never worse", each a pure judgement on snapshots of one server.

A path is NIC x target portal x target, as in the words of the collection: two sessions on one path are one path. Each
function yields sentences, one for each breach.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from .fabric.interface import PortalAddress
from .windows.interface import Claims, SessionView, Snapshot, StoredView

BUS_TYPE_CLAIM = "MSFT2005ISCSIBUSTYPE_0X9"
"""The hardware id with which the Microsoft DSM claims every iSCSI disk (mpclaim help text of 6.1, `-a` and `-d`)."""

ANY_PORTAL = PortalAddress("*", 0)
"""The portal of a stored login that names none."""

PathKey = tuple[str, PortalAddress, str]
"""NIC address, target portal, target name in lower case."""


class Clause(Enum):
    """What the law forbids; the value names the clause in events."""

    PATH_LOST = "path lost"
    BREAK_BEFORE_MAKE = "break before make"
    STORED_LOGIN_MISSING = "stored login missing"
    SECOND_PATH_TOO_EARLY = "second path too early"
    TWO_DSMS = "two DSMs"
    REBOOT_UNSAFE = "reboot unsafe"


@dataclass(frozen=True)
class ArrayLayout:
    """What is declared for one server and one array."""

    name: str
    paths: frozenset[tuple[str, PortalAddress]]
    """The (NIC address, target portal) pairs that belong together; their number is what a LUN should have."""
    targets: frozenset[tuple[PortalAddress, str]] = frozenset()
    """(target portal, target name in lower case): what is at each portal; empty where that is not known."""

    @property
    def portals(self) -> frozenset[PortalAddress]:
        """The array's declared portals."""
        return frozenset(portal for _unused, portal in self.paths)

    def has_target(self, portal: PortalAddress, target: str) -> bool:
        """Whether a target is at a portal, as far as that is known."""
        return not self.targets or (portal, target.lower()) in self.targets


@dataclass(frozen=True)
class Declaration:
    """What one server is to become, as far as the law needs it."""

    dsm: str
    """Name of the wanted DSM as it is in ``Snapshot.dsms``."""
    layouts: tuple[ArrayLayout, ...]

    def layout_of(self, portal: PortalAddress) -> ArrayLayout | None:
        """Return the layout that a portal belongs to, None for a foreign one."""
        return next((layout for layout in self.layouts if portal in layout.portals), None)


def path_of(session: SessionView) -> PathKey:
    """Return the path that a session is the live half of."""
    return session.nic_address, session.portal, session.target.lower()


def working_sessions(snapshot: Snapshot) -> dict[str, tuple[SessionView, ...]]:
    """Return, for each LUN by its NAA id, the sessions that carry its I/O."""
    found: dict[str, dict[str, SessionView]] = {}
    by_id = {session.session_id: session for session in snapshot.sessions if session.alive}
    for disk in snapshot.disks:
        carrying = found.setdefault(disk.naa, {})
        carrying.update({key: by_id[key] for key in disk.working_paths if key in by_id})
    return {naa: tuple(sessions.values()) for naa, sessions in found.items()}


@dataclass(frozen=True)
class Loss:
    """The paths that one LUN lost between two snapshots."""

    by_client: tuple[SessionView, ...]
    by_others: tuple[SessionView, ...]
    """A connection that broke, a LUN the array shows no more, a fault that the lab injected."""


def losses(before: Snapshot, after: Snapshot, fault: bool) -> dict[str, Loss]:
    """Tell which LUN lost which paths, and through whom.

    A session that still exists without a connection, or without the LUN, is not the client's doing; one that is gone
    (a logout, a stopped service) or whose LUN no longer uses it (a DSM, a path state) is.
    """
    now = working_sessions(after)
    still = {session.session_id: session for session in after.sessions}
    found = {}
    for naa, sessions in working_sessions(before).items():
        kept = {path_of(session) for session in now.get(naa, ())}
        lost = {path_of(session): session for session in sessions if path_of(session) not in kept}
        client: list[SessionView] = []
        others: list[SessionView] = []
        for session in lost.values():
            view = still.get(session.session_id)
            excused = fault or (view is not None and (not view.alive or naa not in view.luns))
            (others if excused else client).append(session)
        if lost:
            found[naa] = Loss(tuple(client), tuple(others))
    return found


def paths_it_had(sessions: Iterable[SessionView], declaration: Declaration) -> int:
    """Count the paths of a LUN without those whose replacement stands already (a wrong NIC to the same portal)."""
    paths = {path_of(session) for session in sessions}
    declared = {pair for layout in declaration.layouts for pair in layout.paths}
    served = {portal for nic, portal, _unused in paths if (nic, portal) in declared}
    return sum((nic, portal) in declared or portal not in served for nic, portal, _unused in paths)


def paths_lost(naa: str, had: int, has: int, layout: ArrayLayout | None, floor: int | None) -> Iterator[str]:
    """Fewer working paths than the LUN had, or than the layout gives, whichever is less.

    Args:
        naa: the LUN
        had: its working paths before, less those that others than the client took
        has: its working paths now
        layout: what is declared for its array; None for a foreign LUN, of which nothing may be lost
        floor: the number that a declared intention may go down to
    """
    bounds = [had] if layout is None else [had, len(layout.paths)]
    needed = min(bounds if floor is None else [*bounds, floor])
    if has < needed:
        declared = "" if layout is None else f", {len(layout.paths)} are declared"
        yield f"LUN {naa} has {has} working path(s) left; it had {had}{declared}, so at least {needed} had to stay"


def broken_before_made(naa: str, loss: Loss, after: Snapshot, declaration: Declaration) -> Iterator[str]:
    """Report a path that the client took before the one that replaces it stood."""
    standing = {path_of(session)[:2] for session in working_sessions(after).get(naa, ())}
    for session in loss.by_client:
        layout = declaration.layout_of(session.portal)
        if layout is None:
            continue
        where = f"NIC {session.nic_address} to portal {session.portal.address}"
        if (session.nic_address, session.portal) in layout.paths:
            yield f"LUN {naa}: the declared path from {where} was ended while no other session stood on it"
            continue
        replacements = {pair for pair in layout.paths if pair[1] == session.portal}
        if not replacements & standing:
            yield f"LUN {naa}: the path from {where} was ended before a declared path to that portal stood"


def stored_logins_missing(
    before: Iterable[StoredView],
    after: Iterable[StoredView],
    declaration: Declaration,
    single: Collection[ArrayLayout] = (),
) -> Iterator[str]:
    """Report a wanted stored login that is gone without a replacement that serves as it did.

    A login bound to no NIC counts as wanted for its portal until a bound one replaces it. One from a wrong NIC may go
    when a wanted one to its portal is stored. Of several equal ones any may go but the last. Of the arrays ``single``,
    for which multipath is not in effect, one path is stored: a new login on another declared path replaces any.
    """
    old, kept = tuple(before), tuple(after)
    for stored in dict.fromkeys(old):
        layout = declaration.layout_of(stored.portal)
        if layout is None or stored in kept or not layout.has_target(stored.portal, stored.target):
            continue
        if layout in single and any(_is_declared(each, layout) and each not in old for each in kept):
            continue
        nic = stored.nic_address
        where = f"the stored login from {f'NIC {nic}' if nic else 'any NIC'} to portal {stored.portal.address}"
        if nic is not None and (nic, stored.portal) not in layout.paths:
            wanted = {(each.nic_address, each.portal) for each in kept if each.target.lower() == stored.target.lower()}
            if not any(portal == stored.portal for _unused, portal in wanted & layout.paths):
                yield f"{where}, which is not declared, went before a declared one to that portal was stored"
            continue
        replacements = [each for each in kept if _replaces(each, stored, layout)]
        if not replacements:
            yield f"{where} is gone without a replacement"
        elif stored.multipath and not any(each.multipath for each in replacements):
            yield f"{where} was replaced by one without the multipath flag"
        elif stored.accepted and not any(each.accepted for each in replacements):
            yield f"{where} was replaced by one that the array does not accept"


def too_few_stored(
    before: Iterable[StoredView], after: Iterable[StoredView], declaration: Declaration, floor: int
) -> Iterator[str]:
    """Report an array to which fewer logins are stored than an intended loss leaves it.

    Args:
        before: the stored logins before
        after: the stored logins now
        declaration: names the arrays
        floor: the number that has to stay, of those that were there
    """
    old, kept = tuple(before), tuple(after)
    for layout in declaration.layouts:
        had, has = (sum(each.portal in layout.portals for each in logins) for logins in (old, kept))
        if has < min(had, floor):
            yield f"{has} stored login(s) to array {layout.name} are left of {had}; {min(had, floor)} had to stay"


def _is_declared(login: StoredView, layout: ArrayLayout) -> bool:
    """Whether a stored login serves a declared path."""
    return login.multipath and login.accepted and (login.nic_address, login.portal) in layout.paths


def _replaces(login: StoredView, stored: StoredView, layout: ArrayLayout) -> bool:
    if (login.portal, login.target.lower()) != (stored.portal, stored.target.lower()):
        return False
    nic = login.nic_address
    return nic == stored.nic_address or (stored.nic_address is None and (nic, login.portal) in layout.paths)


def without_session(logins: frozenset[StoredView], snapshot: Snapshot) -> frozenset[StoredView]:
    """Return the stored logins that no live session is an instance of."""
    live = {(session.portal, session.target.lower()) for session in snapshot.sessions if session.alive}
    return frozenset(login for login in logins if (login.portal, login.target.lower()) not in live)


def in_effect(layout: ArrayLayout, snapshot: Snapshot, declaration: Declaration, luns: frozenset[str]) -> bool:
    """Whether multipath is in effect for an array; with no LUN visible it is unknown, which is not enough."""
    visible = [disk for disk in snapshot.disks if disk.naa in luns]
    return declaration.dsm in snapshot.dsms and bool(visible) and all(disk.dsm == declaration.dsm for disk in visible)


def complete(layout: ArrayLayout, snapshot: Snapshot) -> bool:
    """Whether every declared path to an array is there, live and stored."""
    live = {(session.nic_address, session.portal) for session in snapshot.sessions if session.alive}
    return layout.paths <= live & {(stored.nic_address, stored.portal) for stored in snapshot.stored}


def live_sessions(layout: ArrayLayout, snapshot: Snapshot) -> int:
    """Count the sessions that stand to an array, each of which shows its LUNs once more."""
    return sum(session.alive and session.portal in layout.portals for session in snapshot.sessions)


def stored_logins(layout: ArrayLayout, snapshot: Snapshot) -> int:
    """Count the stored logins to an array; each will be a session after the next boot."""
    return sum(stored.portal in layout.portals for stored in snapshot.stored)


def too_early(layout: ArrayLayout, what: str, count: int, limit: int) -> Iterator[str]:
    """Report more than one live or stored path, or than were there before the run, while multipath is not in effect."""
    allowed = max(1, limit)
    if count > allowed:
        yield f"{count} {what} to array {layout.name} although multipath is not in effect; {allowed} may be there"


def seen_more_often(before: Mapping[str, int], after: Mapping[str, int]) -> Iterator[str]:
    """Report a LUN that Windows shows as more disks than it did."""
    for naa, count in after.items():
        if count > max(1, before.get(naa, 1)):
            yield f"Windows shows LUN {naa} as {count} disks"


def appearances(snapshot: Snapshot) -> dict[str, int]:
    """Count the disks that each LUN is shown as, without those that come over Fibre Channel alone."""
    sessions = {session.session_id for session in snapshot.sessions}
    counts: dict[str, int] = {}
    for disk in snapshot.disks:
        if not disk.working_paths or disk.working_paths & sessions:
            counts[disk.naa] = counts.get(disk.naa, 0) + 1
    return counts


def double_claims(snapshot: Snapshot) -> frozenset[str]:
    """Describe every hardware id or disk that two DSMs claim, now or after the next boot."""
    found = {text for claims in snapshot.claims_at or (snapshot.claims,) for text in _claimed_twice(claims)}
    disks: dict[str, set[str]] = {}
    for disk in snapshot.disks:
        if disk.dsm is not None:
            disks.setdefault(disk.naa, set()).add(disk.dsm)
    found |= {f"LUN {naa} belongs to {' and '.join(sorted(dsms))}" for naa, dsms in disks.items() if len(dsms) > 1}
    return frozenset(found)


def _claimed_twice(claims: Claims) -> Iterator[str]:
    owners: dict[str, set[str]] = {}
    for hardware_id, dsm in claims:
        owners.setdefault(hardware_id.upper(), set()).add(dsm)
    everything = owners.pop(BUS_TYPE_CLAIM, set())
    for hardware_id in owners:
        # A shorter entry is a prefix (Microsoft's sample DSM, DsmpFindSupportedDevice).
        covering = (dsms for entry, dsms in owners.items() if hardware_id.startswith(entry))
        dsms = everything.union(*covering)
        if len(dsms) > 1:
            yield f"hardware id {hardware_id.rstrip()!r} is claimed by {' and '.join(sorted(dsms))}"
    if len(everything) > 1:
        yield f"all iSCSI disks are claimed by {' and '.join(sorted(everything))}"


def unsafe_reboot(before: Snapshot) -> Iterator[str]:
    """Report a restart after which a LUN has nothing, or an MPIO disk fewer paths than it had.

    A LUN that is no MPIO disk may have only one stored path, so one of its paths has to come back; of an MPIO disk
    every path has to.
    """
    lost: dict[PathKey, None] = {}
    for naa, sessions in working_sessions(before).items():
        paths = list(dict.fromkeys(path_of(session) for session in sessions))
        gone = _not_brought_back(paths, before.stored)
        multipath = all(disk.dsm is not None for disk in before.disks if disk.naa == naa)
        if paths and gone and (multipath or len(gone) == len(paths)):
            lost.update(dict.fromkeys(gone))
    for nic, portal, target in lost:
        yield (
            f"the server restarted while the path from NIC {nic} to portal {portal.address} ({target}) carried a disk "
            "and had no stored login"
        )


def _not_brought_back(paths: list[PathKey], stored: Iterable[StoredView]) -> list[PathKey]:
    """Return the paths that no stored login makes anew.

    A login brings back the path that it names. One from another NIC, or from any, to the same portal makes a path in
    the place of one that none names; so does one to whichever portal it finds.
    """
    logins = dict.fromkeys((login.nic_address, login.portal, login.target.lower()) for login in stored)
    gone = [path for path in paths if path not in logins]
    spare = [login for login in logins if login not in paths]
    for portals in (frozenset({portal for _unused, portal, _target in gone}), frozenset({ANY_PORTAL})):
        for _unused, portal, target in spare:
            if portal in portals:
                place = next((each for each in gone if each[2] == target and portal in (each[1], ANY_PORTAL)), None)
                if place is not None:
                    gone.remove(place)
    return gone
