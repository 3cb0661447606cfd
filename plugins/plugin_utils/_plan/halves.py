# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wished of the paths of one array, and what there is of one of them. Private to the collection."""

from __future__ import annotations

from collections.abc import Sequence
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
from .credentials import UNPROVEN, may_lose
from .desired import WantedArray
from .plan import Memory
from .steps import ForgetLogin, Login, Logout, RenewLogin, ReplaceLogin, StoreLogin

LIVE = "the path needs a session to carry I/O now"
STORED = "Windows makes the session again at boot only from a stored login"
FORGET = "what does not work now is not stored for every boot"
EXTRA = "this run made more than are wished for, to try the credentials"
RENEW = "its secret cannot be read, and may be the one of before"

_MOST = 4
"""How many times as many sessions as are wished for a path may have, until it is clear that more do not help."""


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
    wrong = _wrong(stored, demand.array)
    return Halves(
        path,
        live,
        _outdated(path, live, wrong, demand),
        tuple(sorted(sessions_of_unknown_nic(known.sessions, path), key=lambda one: one.id)),
        stored,
        wrong,
    )


def _outdated(
    path: Path, live: Sequence[Session], wrong: Sequence[tuple[PersistentLogin, str]], demand: Demand
) -> tuple[Session, ...]:
    """Return the sessions of a path that are to have a successor, and those that only made room for a proof.

    Before a stored login is replaced whose secret may be a good one, a new session shows that the declared one is too.
    """
    array, memory = demand.array, demand.memory
    own = [session for session in live if is_only(session, path)]
    if any(may_lose(login, array, memory) for login, _why in wrong):
        return tuple(own)
    old = [session for session in own if is_outdated(session, demand)]
    beyond = len(live) - demand.number
    differ = any(session_faults(session, array.chap, array.digests) for session in old)
    if beyond > 0 and not differ and any(isinstance(step, Logout) for step in memory.failed):
        old = old[:beyond]  # where Windows ends no session of a disk in use, each run would add another one
    proofs = sum(step.path == path and step.number > demand.number for step in memory.proven)
    rest = [session for session in own if session not in old]
    return (*old, *rest[: max(0, min(proofs, beyond) - len(old))])


def is_outdated(session: Session, demand: Demand) -> bool:
    """Tell whether a session is to have a successor: it differs from the wish, or has the secret of before."""
    if session_faults(session, demand.array.chap, demand.array.digests):
        return True
    return demand.renews_secrets and session.id in demand.memory.standing


def why_outdated(session: Session, demand: Demand) -> str:
    """Say why an outdated session is to have a successor."""
    faults = session_faults(session, demand.array.chap, demand.array.digests)
    if faults:
        return "; ".join(faults)
    if demand.renews_secrets and session.id in demand.memory.standing:
        return "it was made with the secret of before"
    return EXTRA if demand.memory.proven else UNPROVEN


def is_full(halves: Halves, demand: Demand) -> bool:
    """Tell whether a path has so many sessions that no further one is made."""
    return len(halves.live) >= _MOST * demand.number


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
