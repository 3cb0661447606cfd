# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One server whose snapshots a test writes, in front of the judge of the law."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.eva.mpio.tests.lab.clauses import ArrayLayout, Clause, Declaration
from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.fabric.interface import PortalAddress
from ansible_collections.eva.mpio.tests.lab.laws import LawChecker
from ansible_collections.eva.mpio.tests.lab.windows.interface import DiskView, SessionView, Snapshot, StoredView

MSDSM = "Microsoft DSM"
HPDSM = "HP MPIO Full Featured DSM for EVA4x00/6x00/8x00"
LUNS = ("60014380aa01", "60014380aa02")
NICS = {"1": "10.10.1.11", "2": "10.10.2.11"}
PORTALS = {
    "1a": PortalAddress("10.10.1.21"),
    "2a": PortalAddress("10.10.2.21"),
    "1b": PortalAddress("10.10.1.22"),
    "2b": PortalAddress("10.10.2.22"),
}
DECLARED = frozenset((NICS[name[0]], portal) for name, portal in PORTALS.items())
FOREIGN = PortalAddress("10.10.1.99")


def session(
    name: str, *, nic: str | None = None, number: int = 1, alive: bool = True, luns: Iterable[str] = LUNS
) -> SessionView:
    portal = PORTALS.get(name, FOREIGN)
    return SessionView(
        session_id=f"{name}-{nic or name[0]}-{number}",
        target=f"iqn.2004-09.com.hp:port-{name}",
        portal=portal,
        nic_address=NICS[nic or name[0]],
        multipath=True,
        alive=alive,
        luns=frozenset(luns),
    )


def stored(name: str, nic: str | None = "own") -> StoredView:
    address = NICS[name[0]] if nic == "own" else (NICS[nic] if nic else None)
    return StoredView(f"iqn.2004-09.com.hp:port-{name}", PORTALS.get(name, FOREIGN), address, True)


def snapshot(
    sessions: Iterable[SessionView] = (),
    stored_logins: Iterable[StoredView] = (),
    *,
    dsm: str | None = MSDSM,
    running: bool = True,
    claims: Iterable[tuple[str, str]] = (),
) -> Snapshot:
    """Make what Windows shows of these sessions: one MPIO disk a LUN, or with ``dsm`` None one disk a path."""
    sessions = tuple(sessions)
    disks: list[DiskView] = []
    for naa in LUNS:
        carrying = [each.session_id for each in sessions if each.alive and naa in each.luns]
        if dsm and carrying:
            disks.append(DiskView(naa, dsm, frozenset(carrying)))
        elif not dsm:
            disks += [DiskView(naa, None, frozenset({each})) for each in carrying]
    return Snapshot(
        host="win1",
        running=running,
        sessions=sessions if running else (),
        stored=tuple(stored_logins),
        disks=tuple(disks) if running else (),
        dsms=(dsm,) if dsm else (),
        claims=tuple(claims),
    )


class Story:
    """One server whose snapshots the test writes."""

    def __init__(self, first: Snapshot) -> None:
        self.log = EventLog()
        self.laws = LawChecker(self.log)
        self.now = first
        declaration = Declaration(MSDSM, (ArrayLayout("eva01", DECLARED),))
        self.laws.watch("win1", declaration, lambda: self.now)

    def becomes(self, *snapshots: Snapshot) -> Story:
        for each in snapshots:
            self.now = each
            self.log.add("win1", "state")
        return self

    def suffers(self, *snapshots: Snapshot) -> Story:
        with self.laws.fault():
            return self.becomes(*snapshots)

    def runs(self, *snapshots: Snapshot) -> Story:
        with self.laws.command("win1"):
            return self.becomes(*snapshots)

    @property
    def broken(self) -> set[Clause]:
        return {violation.clause for violation in self.laws.violations}


ALL = [session(name) for name in PORTALS]
ALL_STORED = [stored(name) for name in PORTALS]
FULL = snapshot(ALL, ALL_STORED)


def without(name: str) -> list[SessionView]:
    return [each for each in ALL if each.portal != PORTALS[name]]
