# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judge of the law "never worse": it looks at a server at each of its state changes and forgets nothing.

What the lab does itself (a cut link, a session removed behind the client's back) happens inside of ``fault()`` and is
nobody's breach; what is lost on purpose happens inside of ``allow()``, which names how far it may go. A command line
is judged as a whole for the stored logins, because one line may remove a login and store its replacement.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from . import clauses
from .clauses import ArrayLayout, Clause, Declaration
from .events import Event, EventLog
from .fabric.interface import PortalAddress
from .windows.interface import Snapshot, StoredView


@dataclass(frozen=True)
class Violation:
    """One breach of the law."""

    host: str
    clause: Clause
    sentence: str
    event: int
    """Number of the event after which it was seen."""


@dataclass(frozen=True)
class Allowance:
    """A loss that is intended: a drill, a purge, a migration, a decommissioning."""

    reason: str
    minimum_paths: int
    """How many working paths each LUN keeps at least; 0 for a decommissioning."""
    stored_logins: bool = False
    """Whether stored logins may go as well."""
    minimum_stored: int = 0
    """How many stored logins to each array have to stay all the same."""
    unused_disks: bool = False
    """Whether a LUN that nothing on the server uses may lose all its paths."""
    paths: frozenset[tuple[str, PortalAddress]] | None = None
    """The (NIC address, target portal) pairs that may go; None for any. What else goes is judged as always."""

    def covers(self, nic: str | None, portal: PortalAddress) -> bool:
        """Whether it speaks of a path, or of a stored login from any NIC to a portal."""
        if self.paths is None:
            return True
        return (nic, portal) in self.paths if nic else any(portal == each for _unused, each in self.paths)

    def floor(self, naa: str, in_use: frozenset[str]) -> int:
        """Return how many working paths a LUN has to keep."""
        return 0 if self.unused_disks and naa.lower() not in in_use else self.minimum_paths


MIGRATION = Allowance("the DSM is changed", 2**16, stored_logins=True, minimum_stored=1, unused_disks=True)
"""A change of the DSM: a LUN that nothing uses may lose all its paths and one in use none; of the stored logins to an
array one stays, which brings the first path back."""


@dataclass
class _Server:
    """What the judge remembers of one server."""

    declaration: Declaration
    snapshot: Callable[[], Snapshot]
    last: Snapshot | None = None
    judged: int = 0
    """Number of the event whose snapshot ``last`` is."""
    had: dict[str, int] = field(default_factory=dict)
    """Working paths each LUN had, by NAA id."""
    array_luns: dict[str, set[str]] = field(default_factory=dict)
    """NAA ids seen of each declared array."""
    live_limit: dict[str, int] = field(default_factory=dict)
    stored_limit: dict[str, int] = field(default_factory=dict)
    changing: set[str] = field(default_factory=set)
    """Arrays whose disks are to come under another DSM: what was there before it is in effect is no measure."""
    disks: dict[str, int] = field(default_factory=dict)
    """As how many disks each LUN may be shown."""
    claims: frozenset[str] = frozenset()
    stored: tuple[StoredView, ...] = ()
    """The stored logins when they were last judged."""
    untried: frozenset[StoredView] = frozenset()
    """Those that were stored under our eyes and have not been a session or been through a boot since: taking one of
    them back leaves the server as it was."""
    commands: int = 0
    """Command lines that are running."""
    allowances: list[Allowance] = field(default_factory=list)
    on_the_way: Allowance | None = None
    """What may be lost until all that is declared is there."""

    @property
    def allowed(self) -> list[Allowance]:
        """All that is allowed now."""
        return self.allowances + ([self.on_the_way] if self.on_the_way else [])

    def covering(self, nic: str | None, portal: PortalAddress) -> list[Allowance]:
        """Return the allowances that speak of a path."""
        return [allowance for allowance in self.allowed if allowance.covers(nic, portal)]


_Finding = tuple[Clause, str]


class LawChecker:
    """Watches servers through the event log. Safe from any thread."""

    def __init__(self, log: EventLog) -> None:
        """Listen to the log's ``state`` events."""
        self._log = log
        self._servers: dict[str, _Server] = {}
        self._violations: list[Violation] = []
        self._lock = threading.RLock()
        self._here = threading.local()
        log.listen(self._heard)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All breaches so far, oldest first."""
        with self._lock:
            return tuple(self._violations)

    def watch(self, host: str, declaration: Declaration, snapshot: Callable[[], Snapshot]) -> None:
        """Judge a server from now on; what it is like now is its starting point, however bad.

        Args:
            host: the source of its events
            declaration: what it is to become
            snapshot: gives the truth about it
        """
        server = _Server(declaration, snapshot)
        first = snapshot()
        with self._lock:
            self._servers[host] = server
            self._take_as_given(server, first)

    @contextmanager
    def fault(self) -> Iterator[None]:
        """What this thread changes inside of the block is the lab's doing and not the client's."""
        self._here.faults = self._faults + 1
        try:
            yield
        finally:
            self._here.faults -= 1

    @contextmanager
    def command(self, host: str) -> Iterator[None]:
        """Judge the stored logins of a server after the block, not inside of it: it runs one command line."""
        with self._lock:
            server = self._servers.get(host)
            if server:
                server.commands += 1
        try:
            yield
        finally:
            if server:
                self._command_ended(host, server)

    def allow(self, host: str, allowance: Allowance) -> None:
        """Let a server lose paths on purpose until ``revoke``."""
        with self._lock:
            self._server(host).allowances.append(allowance)

    def revoke(self, host: str) -> None:
        """End every allowance of a server; what it has now is what it has to keep."""
        with self._lock:
            self._server(host).allowances.clear()

    def declare(self, host: str, declaration: Declaration, on_the_way: Allowance | None = None) -> None:
        """Judge a server by another declaration from now on: its administrator has changed his mind.

        Args:
            host: the server
            declaration: what it is to become now
            on_the_way: what another DSM may cost until it is in effect with every declared path
        """
        with self._lock:
            server = self._server(host)
            if declaration.dsm != server.declaration.dsm:
                server.changing = {layout.name for layout in declaration.layouts}
                server.on_the_way = on_the_way
            server.declaration = declaration
            self._arrive(server)

    def look_again(self, host: str) -> None:
        """Take a server as it is now: the lab has changed something that the server itself says nothing about."""
        with self._lock:
            server = self._server(host)
        now = server.snapshot()
        with self._lock:
            self._take_as_given(server, now)

    @property
    def _faults(self) -> int:
        count: int = getattr(self._here, "faults", 0)
        return count

    def _server(self, host: str) -> _Server:
        if host not in self._servers:
            raise KeyError(f"no server {host!r} is watched; there are: {', '.join(sorted(self._servers))}")
        return self._servers[host]

    def _heard(self, event: Event) -> None:
        if event.kind != "state" or event.source not in self._servers:
            return
        server = self._servers[event.source]
        # The server's own lock may be held by this thread or wanted by another: no lock of ours while it is asked.
        after = server.snapshot()
        with self._lock:
            if event.number < server.judged:
                return  # another thread's later snapshot was judged already
            server.judged = event.number
            findings = list(self._judge(server, after, bool(self._faults)))
        self._record(event.source, event.number, findings)

    def _command_ended(self, host: str, server: _Server) -> None:
        with self._lock:
            server.commands -= 1
            findings = list(self._judge_stored(server)) if not server.commands else []
            number = server.judged
        self._record(host, number, findings)

    def _record(self, host: str, number: int, findings: Iterable[_Finding]) -> None:
        for clause, sentence in findings:
            with self._lock:
                self._violations.append(Violation(host, clause, sentence, number))
            self._log.add(host, "law", clause=clause.value, sentence=sentence, after_event=number)

    def _judge(self, server: _Server, after: Snapshot, fault: bool) -> Iterator[_Finding]:
        before, server.last = server.last, after
        if not after.running:
            if before is not None and before.running and not fault:
                yield from ((Clause.REBOOT_UNSAFE, text) for text in clauses.unsafe_reboot(before))
            server.had.clear()
            server.untried = frozenset()
            if fault:  # the power went away between two halves of a command line
                server.stored = after.stored
            return
        self._learn_luns(server, after)
        server.untried = clauses.without_session(server.untried, after)
        if before is not None and before.running:
            yield from self._judge_paths(server, before, after, fault)
        self._count_paths(server, after)
        self._arrive(server)
        if fault:
            self._take_as_given(server, after)
            return
        yield from self._judge_live(server, after)
        yield from self._judge_claims(server, after)
        if not server.commands:
            yield from self._judge_stored(server)

    def _judge_paths(self, server: _Server, before: Snapshot, after: Snapshot, fault: bool) -> Iterator[_Finding]:
        standing = clauses.working_sessions(after)
        for naa, loss in clauses.losses(before, after, fault).items():
            had = max(0, server.had.get(naa, 0) - len(loss.by_others))
            has = len({clauses.path_of(session) for session in standing.get(naa, ())})
            server.had[naa] = had
            if not loss.by_client:
                continue
            layout = self._layout_of_lun(server, naa)
            allowed = {each: server.covering(each.nic_address, each.portal) for each in loss.by_client}
            floors = [
                min((item.floor(naa, before.in_use) for item in found), default=None) for found in allowed.values()
            ]
            floor = None if None in floors else max(each for each in floors if each is not None)
            for text in clauses.paths_lost(naa, had, has, layout, floor):
                yield Clause.PATH_LOST, text
            forbidden = replace(loss, by_client=tuple(each for each, found in allowed.items() if not found))
            for text in clauses.broken_before_made(naa, forbidden, after, server.declaration):
                yield Clause.BREAK_BEFORE_MAKE, text
            # It is told once; what is left is what the next step is measured with.
            server.had[naa] = min(had, has)

    def _judge_live(self, server: _Server, after: Snapshot) -> Iterator[_Finding]:
        for layout in server.declaration.layouts:
            live, stored = clauses.live_sessions(layout, after), clauses.stored_logins(layout, after)
            if self._in_effect(server, layout, after):
                server.live_limit[layout.name] = max(live, stored)
                server.changing.discard(layout.name)
                continue
            limit = server.live_limit.get(layout.name, 0)
            for text in clauses.too_early(layout, "sessions stand", live, limit):
                yield Clause.SECOND_PATH_TOO_EARLY, text
            server.live_limit[layout.name] = max(stored if layout.name in server.changing else limit, live)
        shown = clauses.appearances(after)
        for text in clauses.seen_more_often(server.disks, shown):
            yield Clause.SECOND_PATH_TOO_EARLY, text
        owned = {disk.naa for disk in after.disks if disk.dsm is not None}
        for naa, count in shown.items():
            # As one MPIO disk it is as it has to be; as plain disks it may be what it was, also after a restart.
            joined = naa in owned and count == 1
            server.disks[naa] = 1 if joined else max(count, server.disks.get(naa, 1))

    def _judge_claims(self, server: _Server, after: Snapshot) -> Iterator[_Finding]:
        claims = clauses.double_claims(after)
        for text in sorted(claims - server.claims):
            yield Clause.TWO_DSMS, text
        server.claims = claims

    def _judge_stored(self, server: _Server) -> Iterator[_Finding]:
        """Judge the stored logins of the last snapshot against those judged before."""
        after = server.last
        if after is None or not after.running:
            return
        relied_on = [
            stored
            for stored in server.stored
            if stored not in server.untried
            and not any(each.stored_logins for each in server.covering(stored.nic_address, stored.portal))
        ]
        single = [each for each in server.declaration.layouts if not self._in_effect(server, each, after)]
        for text in clauses.stored_logins_missing(relied_on, after.stored, server.declaration, single):
            yield Clause.STORED_LOGIN_MISSING, text
        floor = max((each.minimum_stored for each in server.allowed), default=0)
        for text in clauses.too_few_stored(server.stored, after.stored, server.declaration, floor):
            yield Clause.STORED_LOGIN_MISSING, text
        new = frozenset(after.stored) - frozenset(server.stored)
        server.untried = clauses.without_session(server.untried | new, after)
        server.stored = after.stored
        for layout in server.declaration.layouts:
            count = clauses.stored_logins(layout, after)
            limit = server.stored_limit.get(layout.name, 0)
            if not self._in_effect(server, layout, after):
                for text in clauses.too_early(layout, "logins are stored", count, limit):
                    yield Clause.SECOND_PATH_TOO_EARLY, text
            server.stored_limit[layout.name] = count if layout.name in server.changing else max(limit, count)

    def _take_as_given(self, server: _Server, snapshot: Snapshot) -> None:
        """Make what is there the starting point: the beginning, or what a fault of the lab left behind."""
        server.last = snapshot
        self._learn_luns(server, snapshot)
        self._count_paths(server, snapshot)
        server.stored, server.untried = snapshot.stored, frozenset()
        server.claims = clauses.double_claims(snapshot)
        server.disks = clauses.appearances(snapshot)
        for layout in server.declaration.layouts:
            stored = clauses.stored_logins(layout, snapshot)
            live = max(clauses.live_sessions(layout, snapshot), stored)
            server.live_limit[layout.name] = max(server.live_limit.get(layout.name, 0), live)
            server.stored_limit[layout.name] = max(server.stored_limit.get(layout.name, 0), stored)

    def _arrive(self, server: _Server) -> None:
        """End what was allowed on the way once all that is declared is there."""
        now = server.last
        if now is not None and all(
            self._in_effect(server, layout, now) and clauses.complete(layout, now)
            for layout in server.declaration.layouts
        ):
            server.on_the_way = None

    @staticmethod
    def _count_paths(server: _Server, snapshot: Snapshot) -> None:
        for naa, sessions in clauses.working_sessions(snapshot).items():
            server.had[naa] = max(server.had.get(naa, 0), clauses.paths_it_had(sessions, server.declaration))

    @staticmethod
    def _learn_luns(server: _Server, snapshot: Snapshot) -> None:
        for session in snapshot.sessions:
            layout = server.declaration.layout_of(session.portal)
            if layout is not None:
                server.array_luns.setdefault(layout.name, set()).update(session.luns)

    @staticmethod
    def _in_effect(server: _Server, layout: ArrayLayout, snapshot: Snapshot) -> bool:
        luns = frozenset(server.array_luns.get(layout.name, set()))
        return clauses.in_effect(layout, snapshot, server.declaration, luns)

    @staticmethod
    def _layout_of_lun(server: _Server, naa: str) -> ArrayLayout | None:
        layouts = server.declaration.layouts
        return next((layout for layout in layouts if naa in server.array_luns.get(layout.name, set())), None)
