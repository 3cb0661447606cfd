# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that concern discovery portals and paths. Private to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..._model import Address, Chap, Digests, DiscoveryPortal, Path, PersistentLogin, Session, SessionId, TargetPortal
from .base import Phase, Step


@dataclass(frozen=True)
class AddDiscoveryPortal(Step):
    """Store a target portal for SendTargets, bound to a NIC; Windows asks it for its targets at once."""

    portal: TargetPortal
    nic: Address
    chap: Chap | None = None
    """An EVA demands it in discovery as in any session (HP MPX200 user guide 5697-0568, page 101)."""

    # Where Windows does not list the initiator's ports, a discovery portal may reveal the number of its NIC.
    changes = ("initiator", "portals", "targets")
    phase = Phase.DISCOVER
    about = "discovery portal {0.portal} through {0.nic}"
    makes = "add"


@dataclass(frozen=True)
class RefreshTargets(Step):
    """Ask every discovery portal for its targets again."""

    # While a silent portal is asked, Windows may make sessions of stored logins by itself.
    changes = ("targets", "sessions", "logins", "disks")
    phase = Phase.DISCOVER
    about = "targets"
    makes = "ask the discovery portals again"


@dataclass(frozen=True)
class PathStep(Step):
    """Base of the steps that concern one path; ``target`` None is "each target found at the portal"."""

    nic: Address
    portal: TargetPortal
    target: str | None
    chap: Chap | None = None
    digests: Digests = field(default_factory=Digests)
    number: int = 1
    """Which of several between the same NIC, target portal and target, from 1 on."""

    @property
    def path(self) -> Path:
        """The path of a real step.

        Raises:
            ValueError: the step is a rule.
        """
        if self.target is None:
            raise ValueError("a rule has no path")
        return Path(self.nic, self.portal, self.target)

    @property
    def way(self) -> str:
        """The path as one line, of a rule as well."""
        which = "" if self.number == 1 else f" (no. {self.number})"
        return f"{self.nic} -> {self.portal} -> {self.target or 'each target found there'}{which}"


@dataclass(frozen=True)
class Login(PathStep):
    """Make the live half of a path: a session flagged for multipath."""

    changes = ("sessions", "disks")
    alone = True  # its local address is checked before another session is made
    phase = Phase.CONNECT
    about = "session {0.way}"
    makes = "log in"


@dataclass(frozen=True)
class StoreLogin(PathStep):
    """Make the stored half of a path: a persistent login flagged for multipath.

    Whether Windows also logs in at once is not documented; sessions are read again because it may.
    """

    changes = ("logins", "sessions", "disks")
    phase = Phase.CONNECT
    about = "persistent login {0.way}"
    makes = "store"


@dataclass(frozen=True)
class ReplaceLogin(PathStep):
    """Replace a stored login that is wrong; removal and new entry travel in one command line."""

    wrong: PersistentLogin | None = None

    changes = ("logins", "sessions", "disks")
    phase = Phase.CONNECT
    about = "persistent login {0.way}"
    makes = "replace"


@dataclass(frozen=True)
class RenewLogin(PathStep):
    """Store a login again with the secret of today. That it was done cannot be read back, for no secret can.

    Removal and new entry travel in one command line.
    """

    was: str | None = field(default="stored", compare=False, kw_only=True)

    changes = ("logins", "sessions", "disks")
    alone = True  # whether the entry is there again is looked at before another one is touched
    phase = Phase.CONNECT
    about = "persistent login {0.way}"
    makes = "store again with the new secret"


@dataclass(frozen=True)
class ForgetLogin(PathStep):
    """Remove a persistent login that this run stored and whose path cannot be logged in."""

    login: PersistentLogin | None = None

    changes = ("logins",)
    phase = Phase.CONNECT
    about = "persistent login {0.way}"
    makes = "remove"


def _start(port_number: int | None, nic: Address | None) -> str:
    """Name where something leaves from; a port number that no NIC has now says all there is to say."""
    if nic is not None:
        return f"NIC {nic}"
    return "any NIC" if port_number is None else f"initiator port {port_number}"


@dataclass(frozen=True)
class RemoveLogin(Step):
    """Remove a stored login that is not wished for, with every entry that equals it.

    What the removal takes along of others is stored again in the same command line.
    """

    login: PersistentLogin | None
    keep: int = 0
    """How many equal ones are wished for and stay."""
    chap: Chap | None = None
    """What goes with those that have to be stored again."""
    copies: int = field(default=1, compare=False)
    """How many equal ones go."""
    nic: Address | None = field(default=None, compare=False)
    """The NIC that its port number means now."""

    was: str | None = field(default="stored", compare=False, kw_only=True)

    changes = ("logins",)
    phase = Phase.REMOVE
    alone = True
    one_of_many = "login"
    makes = "remove"

    @property
    def entry(self) -> PersistentLogin:
        """The login of a real step.

        Raises:
            ValueError: the step is a rule.
        """
        if self.login is None:
            raise ValueError("a rule has no stored login")
        return self.login

    @property
    def becomes(self) -> str:
        """How many go of how many, where there are several."""
        if self.keep:
            return f"remove {self.copies} of {self.copies + self.keep} equal ones"
        return "remove" if self.copies == 1 else f"remove {self.copies} equal ones"

    @property
    def removes(self) -> int:
        """As many as it takes away."""
        return self.copies

    @property
    def subject(self) -> str:
        """The login by its target, portal and NIC, or all of them."""
        if self.login is None:
            return "each persistent login that is not wished for"
        start = _start(self.login.port_number, self.nic)
        return f"persistent login of {self.login.target} from {start} at {self.login.portal or 'any portal'}"


@dataclass(frozen=True)
class Logout(Step):
    """End a session: one that this run made from the wrong NIC, one that has a successor, or one not wished for.

    Without a session it is a rule, "each that has a successor": Windows numbers its sessions anew when it starts.
    """

    session: SessionId | None
    target: str | None
    surplus: bool = field(default=False, compare=False)
    """Whether nobody wishes for it; otherwise another session takes or has its place."""
    name: str | None = field(default=None, compare=False)
    """What people call it: its path."""

    was: str | None = field(default="stands", compare=False, kw_only=True)

    changes = ("sessions", "disks")
    drops_path = True
    alone = True  # what the other disks keep is judged anew before the next one
    phase = Phase.REMOVE
    makes = "log out"

    @classmethod
    def of(cls, session: Session, name: str, reason: str, *, surplus: bool = False) -> Logout:
        """Make the step that ends a session, with what people call it."""
        was = "stands" if session.connections else "stands without connection"
        return cls(session.id, session.target, surplus, name, reason=reason, was=was)

    @property
    def removes(self) -> int:
        """One session, unless another has its place."""
        return int(self.surplus)

    @property
    def session_id(self) -> SessionId:
        """The session of a real step.

        Raises:
            ValueError: the step is a rule.
        """
        if self.session is None:
            raise ValueError("a rule has no session")
        return self.session

    @property
    def subject(self) -> str:
        """The session, or all of them."""
        if self.session is None:
            return "each session that is not wished for" if self.surplus else "each session that has a successor"
        return f"session {self.name or self.session}"


@dataclass(frozen=True)
class RemoveDiscoveryPortal(Step):
    """Remove a stored discovery portal; targets that it told of stay in the list until they are asked for again."""

    item: DiscoveryPortal | None
    nic: Address | None = field(default=None, compare=False)
    """The NIC that its port number means now."""

    was: str | None = field(default="stored", compare=False, kw_only=True)

    changes = ("portals", "targets")
    phase = Phase.REMOVE
    one_of_many = "item"
    makes = "remove"

    @property
    def entry(self) -> DiscoveryPortal:
        """The discovery portal of a real step.

        Raises:
            ValueError: the step is a rule.
        """
        if self.item is None:
            raise ValueError("a rule has no discovery portal")
        return self.item

    @property
    def removes(self) -> int:
        """One discovery portal."""
        return 1

    @property
    def subject(self) -> str:
        """The portal and what it is bound to, or all of them."""
        if self.item is None:
            return "each discovery portal that is not wished for"
        start = _start(self.item.port_number, self.nic or self.item.nic)
        return f"discovery portal {self.item.portal} through {start}"


@dataclass(frozen=True)
class RenewDiscoveryPortal(AddDiscoveryPortal):
    """Store a discovery portal again with the credentials of today, in one command line with its removal."""

    alone = True  # where the array does not take them, the other portals keep theirs
    was: str | None = field(default="stored", compare=False, kw_only=True)

    makes = "store again with the new credentials"
