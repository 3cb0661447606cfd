# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The domain steps that a plan is made of. Private to the collection.

A step names what it changes and why, knows no command, and carries no state. Where a part of its subject cannot be
known yet (a target before discovery, a LUN before login) that part is ``None``: such a step is a rule, "for each that
appears", and :func:`covers` tells whether a real step is an instance of it.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, fields

from .._model import Address, Chap, Path, PersistentLogin, Policy, SessionId, TargetPortal


@dataclass(frozen=True)
class Step:
    """Base of all steps. ``reason`` is a sentence and does not take part in comparisons."""

    reason: str = field(compare=False, kw_only=True)

    was: str | None = field(default=None, compare=False, kw_only=True)
    """What stands there now, for the diff; None where there is nothing."""

    changes: t.ClassVar[tuple[str, ...]] = ()
    """Parts of the host (:data:`_model.PARTS`) that must be read again after the step."""
    drops_path: t.ClassVar[bool] = False
    """Whether the step can take a path away."""
    needs_reboot: t.ClassVar[bool] = False
    """Whether Windows may want a restart before the step takes effect."""
    alone: t.ClassVar[bool] = False
    """Whether the state must be read again before the next step."""

    about: t.ClassVar[str]
    """What the step is about; ``{0}`` is the step."""
    makes: t.ClassVar[str]
    """What the step makes of it; ``{0}`` is the step."""

    @property
    def subject(self) -> str:
        """What the step is about."""
        return self.about.format(self)

    @property
    def becomes(self) -> str:
        """What the step makes of it."""
        return self.makes.format(self)

    @property
    def summary(self) -> str:
        """The step as one line of a plan."""
        return f"{self.subject}: {self.becomes}"


@dataclass(frozen=True)
class InstallInitiator(Step):
    """Run the package of the iSCSI initiator, on a release that has none."""

    path: str
    arguments: tuple[str, ...]

    changes = (
        *("initiator_service", "initiator", "portals", "targets", "sessions", "logins"),
        *("feature", "drivers", "dsms", "disks", "claims", "policy_defaults", "pending_reboot"),
    )
    needs_reboot = True
    alone = True
    about = "iSCSI initiator"
    makes = "install {0.path}"


@dataclass(frozen=True)
class SetServiceStart(Step):
    """Let a service start with Windows."""

    service: str

    changes = ("initiator_service",)
    about = "service {0.service}"
    makes = "start automatically"


@dataclass(frozen=True)
class StartService(Step):
    """Start a service."""

    service: str

    changes = ("initiator_service", "initiator", "portals", "targets", "sessions", "logins", "disks")
    about = "service {0.service}"
    makes = "start"


@dataclass(frozen=True)
class SetNodeName(Step):
    """Give the initiator another node name."""

    name: str

    changes = ("initiator",)
    about = "initiator"
    makes = "node name {0.name}"


@dataclass(frozen=True)
class SetInitiatorSecret(Step):
    """Set the initiator's own secret, which targets prove in mutual CHAP. It cannot be read back."""

    secret: str = field(repr=False, compare=False)

    changes = ()
    about = "initiator"
    makes = "set the secret for mutual CHAP"


@dataclass(frozen=True)
class EnableFeature(Step):
    """Enable the operating system's MPIO feature."""

    changes = ("feature", "drivers", "dsms", "disks", "pending_reboot", "claims", "policy_defaults")
    needs_reboot = True
    about = "feature Multipath I/O"
    makes = "enable"


@dataclass(frozen=True)
class ClaimHardware(Step):
    """Let the Microsoft DSM claim hardware ids (24 characters each)."""

    hardware_ids: tuple[str, ...]

    changes = ("claims", "dsms", "disks", "sessions", "pending_reboot")
    needs_reboot = True
    about = "Microsoft DSM"
    makes = "claim {0.names}"

    @property
    def names(self) -> str:
        """The hardware ids with their blanks, in quotation marks."""
        return ", ".join(f'"{name}"' for name in self.hardware_ids)


@dataclass(frozen=True)
class Reboot(Step):
    """Restart Windows and wait until it is back."""

    drops_path = True
    alone = True
    about = "Windows"
    makes = "restart"


@dataclass(frozen=True)
class AddDiscoveryPortal(Step):
    """Store a target portal for SendTargets, bound to a NIC; Windows asks it for its targets at once."""

    portal: TargetPortal
    nic: Address
    chap: Chap | None = None
    """An EVA demands it in discovery as in any session (HP MPX200 user guide 5697-0568, page 101)."""

    # Where Windows does not list the initiator's ports, a discovery portal may reveal the number of its NIC.
    changes = ("initiator", "portals", "targets")
    about = "discovery portal {0.portal} through {0.nic}"
    makes = "add"


@dataclass(frozen=True)
class RefreshTargets(Step):
    """Ask every discovery portal for its targets again."""

    # While a silent portal is asked, Windows may make sessions of stored logins by itself.
    changes = ("targets", "sessions", "logins", "disks")
    about = "targets"
    makes = "ask the discovery portals again"


@dataclass(frozen=True)
class PathStep(Step):
    """Base of the steps that concern one path; ``target`` None is "each target found at the portal"."""

    nic: Address
    portal: TargetPortal
    target: str | None
    chap: Chap | None = None

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
        return f"{self.nic} -> {self.portal} -> {self.target or 'each target found there'}"


@dataclass(frozen=True)
class Login(PathStep):
    """Make the live half of a path: a session flagged for multipath."""

    changes = ("sessions", "disks")
    alone = True  # its local address is checked before another session is made
    about = "session {0.way}"
    makes = "log in"


@dataclass(frozen=True)
class StoreLogin(PathStep):
    """Make the stored half of a path: a persistent login flagged for multipath.

    Whether Windows also logs in at once is not documented; sessions are read again because it may.
    """

    changes = ("logins", "sessions", "disks")
    about = "persistent login {0.way}"
    makes = "store"


@dataclass(frozen=True)
class ReplaceLogin(PathStep):
    """Replace a stored login that is wrong; removal and new entry travel in one command line."""

    wrong: PersistentLogin | None = None

    changes = ("logins", "sessions", "disks")
    about = "persistent login {0.way}"
    makes = "replace"


@dataclass(frozen=True)
class ForgetLogin(PathStep):
    """Remove a persistent login that this run stored and whose path cannot be logged in."""

    login: PersistentLogin | None = None

    changes = ("logins",)
    about = "persistent login {0.way}"
    makes = "remove"


@dataclass(frozen=True)
class Logout(Step):
    """End a session that this run made and that left from the wrong NIC."""

    session: SessionId
    target: str

    changes = ("sessions", "disks")
    drops_path = True
    about = "session {0.session} ({0.target})"
    makes = "log out"


@dataclass(frozen=True)
class SetPolicy(Step):
    """Set the load-balance policy of one LUN; ``wwn`` None is "each LUN that appears"."""

    wwn: str | None
    policy: Policy

    changes = ("disks", "policy_defaults")
    # mpclaim takes MPIO's disk number, and the numbers move when a disk comes or goes.
    alone = True
    about = "LUN {0.lun}"
    makes = "policy {0.policy.label}"

    @property
    def lun(self) -> str:
        """The LUN, or all of them."""
        return self.wwn or "each that appears"


def is_rule(step: Step) -> bool:
    """Tell whether a step stands for steps whose subject is not known yet."""
    return any(getattr(step, name, "") is None for name in ("target", "wwn"))


def covers(announced: Step, real: Step) -> bool:
    """Tell whether ``real`` is ``announced`` itself or an instance of the rule ``announced``."""
    if type(announced) is not type(real):
        return False
    for item in fields(announced):
        wanted = getattr(announced, item.name)
        open_subject = wanted is None and item.name in ("target", "wwn", "wrong", "login")
        if item.compare and not open_subject and wanted != getattr(real, item.name):
            return False
    return True
