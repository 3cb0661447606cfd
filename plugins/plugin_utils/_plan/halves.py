# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wished of the paths of one array, and what there is of one of them. Private to the collection."""

from __future__ import annotations

from dataclasses import dataclass

from .._judge.paths import (
    live_halves,
    login_faults,
    login_order,
    sessions_of_unknown_nic,
    stored_halves,
)
from .._judge.renewal import is_only, session_faults
from .._model import Address, Initiator, Path, PersistentLogin, Session, Target, TargetPortal
from .desired import WantedArray
from .plan import Memory
from .steps import ForgetLogin, Login, RenewLogin, ReplaceLogin, StoreLogin

LIVE = "the path needs a session to carry I/O now"
STORED = "Windows makes the session again at boot only from a stored login"
FORGET = "what does not work now is not stored for every boot"
RENEW = "its secret cannot be read, and may be the one of before"


@dataclass(frozen=True)
class Known:
    """The parts of the host that every decision about paths needs."""

    initiator: Initiator
    targets: tuple[Target, ...]
    sessions: tuple[Session, ...]
    logins: tuple[PersistentLogin, ...]


@dataclass(frozen=True)
class Demand:
    """What each path of an array shall have."""

    array: WantedArray
    """With the credentials of now."""
    number: int
    """Sessions, and as many stored logins."""
    renew: bool
    """Whether what was made with the secrets of before is made again."""
    memory: Memory

    def login(self, nic: Address, portal: TargetPortal, target: str | None, number: int, reason: str = LIVE) -> Login:
        """Return the step that makes a session; ``target`` None is a rule."""
        return Login(nic, portal, target, self.array.chap, self.array.digests, number, reason=reason)

    def store(self, nic: Address, portal: TargetPortal, target: str | None, number: int = 1) -> StoreLogin:
        """Return the step that stores a login."""
        return StoreLogin(nic, portal, target, self.array.chap, self.array.digests, number, reason=STORED)

    def forget(self, nic: Address, portal: TargetPortal, target: str | None) -> ForgetLogin:
        """Return the rule that takes back what was stored in vain."""
        return ForgetLogin(nic, portal, target, self.array.chap, self.array.digests, reason=FORGET)

    def replace(
        self,
        nic: Address,
        portal: TargetPortal,
        target: str | None,
        wrong: PersistentLogin | None,
        reason: str,
    ) -> ReplaceLogin:
        """Return the step that replaces a stored login; ``wrong`` None is a rule."""
        was = None if wrong is None else f"stored for {wrong.target} at {wrong.portal or 'any portal'}, wrong"
        return ReplaceLogin(
            nic, portal, target, self.array.chap, self.array.digests, wrong=wrong, reason=reason, was=was
        )

    def renewal(self, nic: Address, portal: TargetPortal, target: str | None) -> RenewLogin:
        """Return the step that stores all logins of a path again with the secret of today."""
        return RenewLogin(nic, portal, target, self.array.chap, self.array.digests, reason=RENEW)

    @property
    def renews_secrets(self) -> bool:
        """Whether there are secrets to be renewed."""
        return self.renew and self.array.chap is not None


@dataclass(frozen=True)
class Halves:
    """What there is of a path, in a fixed order."""

    path: Path
    live: tuple[Session, ...]
    outdated: tuple[Session, ...]
    """Those of ``live`` that are to have a successor."""
    doubtful: tuple[Session, ...]
    """Sessions that may be this path, though Windows does not tell the NIC."""
    stored: tuple[PersistentLogin, ...]
    wrong: tuple[tuple[PersistentLogin, str], ...]
    """Those of ``stored`` that are to be replaced, one of each key, with the reason."""

    @property
    def current(self) -> tuple[Session, ...]:
        """Sessions as wished."""
        return tuple(session for session in self.live if session not in self.outdated)


def halves_of(path: Path, demand: Demand, known: Known) -> Halves:
    """Judge both halves of a path."""
    live = tuple(sorted(live_halves(known.sessions, path), key=lambda one: one.id))
    stored = tuple(sorted(stored_halves(known.logins, known.initiator, path), key=login_order))
    return Halves(
        path,
        live,
        tuple(session for session in live if is_only(session, path) and is_outdated(session, demand)),
        tuple(sorted(sessions_of_unknown_nic(known.sessions, path), key=lambda one: one.id)),
        stored,
        _wrong(stored, demand.array),
    )


def is_outdated(session: Session, demand: Demand) -> bool:
    """Tell whether a session is to have a successor: it differs from the wish, or has the secret of before."""
    if session_faults(session, demand.array.chap, demand.array.digests):
        return True
    return demand.renews_secrets and session.id in demand.memory.standing


def in_vain(halves: Halves, demand: Demand) -> bool:
    """Tell whether a session of the path could not be made in this run, which has not taken a stored login of it."""
    path, memory = halves.path, demand.memory
    return path not in memory.owed and (
        (path.nic, path.portal) in memory.dead
        or any(isinstance(step, Login) and step.path == path for step in memory.failed)
    )


def _wrong(stored: tuple[PersistentLogin, ...], array: WantedArray) -> tuple[tuple[PersistentLogin, str], ...]:
    """Name one stored login of each key that is wrong: all of a key are replaced in one command."""
    found: dict[tuple[str, str | None], tuple[PersistentLogin, str]] = {}
    for login in stored:
        faults = login_faults(login, array.chap, array.digests)
        if faults:
            found.setdefault((login.target.casefold(), login.instance), (login, "; ".join(faults)))
    return tuple(found.values())
