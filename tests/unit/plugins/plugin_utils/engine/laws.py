# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The law "never worse", judged on the truth around every single step. It never asks the collection's own judges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap, Known, Path, PersistentLogin, SessionId
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import FakeArray, Standing, Truth, stored


@dataclass
class Laws:
    """Watches a machine and notes every breach."""

    reboot_allowed: bool = True
    despite: frozenset[str] = frozenset()
    declared: frozenset[Path] | None = None
    """The declared paths; None for all that the subnets give."""
    per_path: int = 1
    """How many sessions and stored logins the layout gives each path."""
    floor: int | None = None
    """Where all paths are to be absent: the paths that a LUN in use keeps."""
    breaches: list[str] = field(default_factory=list)
    own_sessions: set[SessionId] = field(default_factory=set)
    """Sessions that a watched step made."""
    own_logins: set[PersistentLogin] = field(default_factory=set)
    """Logins that a watched step stored, until their path was live."""

    def watch(self, step: s.Step, truth: Truth) -> Callable[[], None]:
        """Remember what is so before a step, and return what compares it afterwards."""
        before = [_Situation.of(truth, array, self.declared) for array in truth.arrays]
        old = {session.id for session in truth.sessions}
        logins = set(truth.logins)
        interrupts = isinstance(step, s.InstallInitiator) and any(truth.shown_by(one) for one in truth.sessions)
        if isinstance(step, s.Reboot) or interrupts:
            self._before_reboot(truth)
        if isinstance(step, s.InstallInitiator) and truth.other_dsms and not truth.installed:
            self.breaches.append("the package was run beside the DSM of a vendor")

        def happened() -> None:
            self.own_logins |= set(truth.logins) - logins
            self.own_logins -= {stored(truth, session.path) for session in truth.sessions}
            self.own_sessions |= {session.id for session in truth.sessions} - old
            self.breaches += [
                f"{step.summary}: two DSMs claim {lun.wwn}"
                for array in truth.arrays
                for lun in array.luns
                if truth.claimed(lun) and truth.is_hps(lun)
            ]
            for array, was in zip(truth.arrays, before, strict=True):
                self._compare(step, was, _Situation.of(truth, array, self.declared))

        return happened

    def _before_reboot(self, truth: Truth) -> None:
        if not self.reboot_allowed:
            self.breaches.append("restarted although it was not allowed")
        if truth.users and "users" not in self.despite:
            self.breaches.append(f"restarted under {', '.join(truth.users)}")
        if truth.cluster.groups != Known(()) and "cluster" not in self.despite:
            self.breaches.append("restarted while this node owns cluster groups")
        for session in truth.sessions:
            luns = truth.shown_by(session)
            joined = any(truth.in_mpio(session, lun) for lun in luns)
            protected = any(_returns(truth, login, session, any_path=not joined) for login in truth.logins)
            if luns and not protected:
                self.breaches.append(f"restarted while nothing brings the disks of {session.path} back")

    def _compare(self, step: s.Step, was: _Situation, now: _Situation) -> None:
        made_session = isinstance(step, (s.Login, s.StoreLogin, s.ReplaceLogin))
        if made_session and now.live > max(1, was.live) and not was.in_effect:
            self.breaches.append(f"{step.summary}: {now.live} live paths while multipath is not in effect")
        if made_session and now.stored > max(1, was.stored) and not was.in_effect:
            self.breaches.append(f"{step.summary}: {now.stored} stored paths while multipath is not in effect")
        for wwn, count in was.raw.items():
            if made_session and now.raw.get(wwn, 0) > max(1, count):
                self.breaches.append(f"{step.summary}: {wwn} is shown as {now.raw[wwn]} disks")
        self._compare_stored(step, was, now)
        own = isinstance(step, s.Logout) and step.session in self.own_sessions
        for wwn, carriers in was.carriers.items():
            left = now.carriers.get(wwn, 0)
            if left < min(carriers, self._floor_of(was, wwn)) and not own and not isinstance(step, s.Reboot):
                self.breaches.append(f"{step.summary}: {wwn} keeps {left} paths")
            if left < carriers and wwn in was.clustered and isinstance(step, s.Logout) and step.surplus:
                self.breaches.append(f"{step.summary}: {wwn} belongs to a cluster")

    def _floor_of(self, was: _Situation, wwn: str) -> int:
        """Return how many paths a LUN keeps, if it had as many."""
        if self.floor is None:
            return was.declared
        return self.floor if wwn in was.in_use else 0

    def _compare_stored(self, step: s.Step, was: _Situation, now: _Situation) -> None:
        if self.floor is not None:
            return
        undone = isinstance(step, s.ForgetLogin) and step.login in self.own_logins
        lost = {
            key
            for key, number in was.wanted_logins.items()
            if now.wanted_logins[key] < min(number, self.per_path) and not undone
        }
        if lost and self._protected(now) < self._protected(was):
            self.breaches.append(f"{step.summary}: {len(lost)} stored logins were lost without another in their place")
        if lost and (was.in_effect or not isinstance(step, s.ReplaceLogin)):
            self.breaches.append(f"{step.summary}: the stored login of another path was lost")

    def _protected(self, situation: _Situation) -> int:
        """Return how many stored logins count: one more of a path than are wished for is none."""
        return sum(min(number, self.per_path) for number in situation.wanted_logins.values())


def _returns(truth: Truth, login: PersistentLogin, session: Standing, any_path: bool) -> bool:
    """Tell whether a stored login makes a session again at boot; without MPIO any path to its target will do."""
    nic = truth.local_of(login.port_number)
    if login.informational or login.target != session.path.target or (login.port_number is not None and nic is None):
        return False
    same_path = login.portal in (None, session.path.portal) and nic in (None, session.path.nic)
    return any_path or same_path or not session.connected


@dataclass(frozen=True)
class _Situation:
    """What counts of one array."""

    live: int
    stored: int
    in_effect: bool
    raw: dict[str, int]
    """WWN -> disks outside MPIO."""
    carriers: dict[str, int]
    """WWN -> paths that show it, by one session or several."""
    wanted_logins: Counter[tuple[object, ...]]
    """The declared paths that are stored, right or wrong, and how often."""
    declared: int
    """How many there are."""
    in_use: frozenset[str]
    clustered: frozenset[str]

    @classmethod
    def of(cls, truth: Truth, array: FakeArray, declared: frozenset[Path] | None) -> _Situation:
        sessions = [session for session in truth.sessions if session.path.target in array.targets]
        shown = [(session, lun) for session in sessions for lun in truth.shown_by(session)]
        outside = [lun.wwn for session, lun in shown if not truth.in_mpio(session, lun)]
        wwns = {lun.wwn for lun in array.luns}
        wanted = {
            (path.target, path.portal, truth.port_numbers.get(path.nic))
            for path in (all_paths(truth) if declared is None else declared)
            if path.target in array.targets
        }
        logins = [login for login in truth.logins if login.target in array.targets]
        return cls(
            live=sum(session.connected for session in sessions),
            stored=len(logins),
            in_effect=bool(shown) and not outside,
            raw={wwn: outside.count(wwn) for wwn in wwns},
            carriers={wwn: len({session.path for session, lun in shown if lun.wwn == wwn}) for wwn in wwns},
            wanted_logins=Counter(
                key for one in logins if (key := (one.target, one.portal, one.port_number)) in wanted
            ),
            declared=len(wanted),
            in_use=frozenset(truth.in_use),
            clustered=frozenset(truth.clustered),
        )


def shortcomings(truth: Truth, chap: Chap | None = None, per_path: int = 1) -> list[str]:
    """Say what a fully converged host still lacks: every path live and stored, every LUN an MPIO disk.

    Args:
        truth: The host.
        chap: The credentials that every session, stored login and discovery portal shall have.
        per_path: How many sessions and stored logins each path shall have.
    """
    found = []
    for path in all_paths(truth):
        live = [session for session in truth.sessions if session.path == path and session.connected]
        kept = [login for login in truth.logins if login == stored(truth, path, chap)]
        if len(live) != per_path or len(kept) != per_path:
            found.append(f"{path}: {len(live)} live, {len(kept)} stored")
        if (path.portal, path.nic) not in truth.discovery:
            found.append(f"{path}: its discovery portal is missing")
        if chap is not None and any(session.chap is None or session.chap.secret != chap.secret for session in live):
            found.append(f"{path}: a session has not proven the secret of today")
        secrets = zip(truth.logins, truth.aligned_secrets(), strict=True)
        if chap is not None and any(login in kept and secret != chap.secret for login, secret in secrets):
            found.append(f"{path}: a stored login has not the secret of today")
        for session in live:
            found += [
                f"{lun.wwn} is outside MPIO" for lun in truth.shown_by(session) if not truth.in_mpio(session, lun)
            ]
    return found
