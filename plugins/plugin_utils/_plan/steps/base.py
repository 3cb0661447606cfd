# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every step of a plan has. Private to the collection."""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass, field, fields


class Phase(enum.Enum):
    """The phases of a run, whose times the result tells apart."""

    READ = "read"
    """Reading the host, also what is read again after each step."""
    PREPARE = "prepare"
    """Service, identity, MPIO, claim, and what Windows needs at boot."""
    DISCOVER = "discover"
    """Discovery portals and targets."""
    CONNECT = "connect"
    """Sessions and stored logins, and the wait for their devices."""
    RESTART = "restart"
    POLICIES = "policies"
    REMOVE = "remove"
    """Taking away what is not wished for."""


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
    phase: t.ClassVar[Phase]
    """What the time that the step takes is counted as."""

    one_of_many: t.ClassVar[str | None] = None
    """Field that alone is the subject: None there makes the step a rule for whatever of its kind turns up."""

    about: t.ClassVar[str]
    """What the step is about; ``{0}`` is the step."""
    makes: t.ClassVar[str]
    """What the step makes of it; ``{0}`` is the step."""

    @property
    def removes(self) -> int:
        """How many stored logins, sessions and discovery portals it takes away for good."""
        return 0

    @property
    def subject(self) -> str:
        """What the step is about."""
        return self.about.format(self)

    @property
    def becomes(self) -> str:
        """What the step makes of it."""
        return self.makes.format(self)

    @property
    def remark(self) -> str | None:
        """What a diff says of the step besides; None where the step says it all."""
        return None

    @property
    def summary(self) -> str:
        """The step as one line of a plan."""
        return f"{self.subject}: {self.becomes}"


def is_rule(step: Step) -> bool:
    """Tell whether a step stands for steps whose subject is not known yet."""
    return any(getattr(step, name, "") is None for name in ("target", "wwn")) or _is_any(step)


def _is_any(step: Step) -> bool:
    return step.one_of_many is not None and getattr(step, step.one_of_many) is None


def covers(announced: Step, real: Step) -> bool:
    """Tell whether ``real`` is ``announced`` itself or an instance of the rule ``announced``."""
    if type(announced) is not type(real):
        return False
    if _is_any(announced):
        return True
    for item in fields(announced):
        wanted = getattr(announced, item.name)
        open_subject = wanted is None and item.name in ("target", "wwn", "wrong", "login", "session")
        if item.compare and not open_subject and wanted != getattr(real, item.name):
            return False
    return True
