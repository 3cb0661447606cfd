# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the loop works on, and what comes of a run. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ._model import Host
from ._plan.plan import Finding, Plan, Severity, Side
from ._plan.steps import Phase, Step


@dataclass(frozen=True)
class Answer:
    """What a tool or method said about a step: an explanation in case the step turns out not to have worked."""

    text: str = ""
    side: Side = Side.HOST
    retry: bool = False
    """Whether the same step may work a moment later (a busy session, a list that grew while it was read)."""
    refused: bool = False
    """Whether Windows said no; it counts only for what cannot be read back."""
    unreachable: bool = False
    """Whether nothing answered at the target portal."""
    of_one_path: bool = False
    """Whether the cause is known and is not what the host proves itself with, so that another path may work."""


class Machine(t.Protocol):
    """A host that can be read and changed."""

    def read(self, parts: frozenset[str], previous: Host | None = None) -> Host:
        """Read these parts; the others stay as they were."""

    def command(self, step: Step, host: Host) -> str:
        """Render what will carry the step out, secrets masked."""

    def perform(self, steps: Sequence[Step], host: Host) -> Sequence[Answer]:
        """Carry out steps of one kind, in order, and return one answer for each."""

    def restart(self, host: Host) -> object:
        """Restart Windows and return when it is back."""

    def pause(self, seconds: float) -> None:
        """Let time pass."""

    def now(self) -> float:
        """Monotonic time in seconds."""


@dataclass(frozen=True)
class Taken:
    """A step that was carried out."""

    step: Step
    command: str


@dataclass(frozen=True)
class Outcome:
    """What a run found, did and left."""

    before: Host
    after: Host
    announced: Plan
    """The plan before the first change."""
    plan: Plan
    """What is left of it at the end."""
    taken: tuple[Taken, ...] = ()
    rebooted: bool = False
    failed: frozenset[Step] = frozenset()
    """The steps among those taken that have not worked the last time they were taken."""
    timings: Mapping[Phase, float] = field(default_factory=dict)
    """Seconds that each phase took."""

    @property
    def state(self) -> str:
        """How the run ended: ``converged``, ``reboot_required``, ``waiting_for_presentation`` or ``incomplete``."""
        if self.plan.reboot_reasons:
            return "reboot_required"
        if self.plan.waiting:
            return "waiting_for_presentation"
        return "incomplete" if self.plan.steps or self.failures else "converged"

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Findings that may fail the task."""
        return (*self.plan.of(Severity.REFUSAL), *self.plan.of(Severity.PROBLEM))


@dataclass(frozen=True)
class Limits:
    """Times in seconds."""

    devices: float = 15.0
    """How long to wait for the devices of a new session; Windows shows them seconds after a login."""
    rescan: float = 3.0
    """How long to wait for what a rescan finds: the devices of a session that stands come at once, or not at all."""
    poll: float = 1.0


class Interrupted(Exception):
    """The host went away in the middle of a run; ``outcome`` holds what had been done."""

    def __init__(self, error: Exception, outcome: Outcome) -> None:
        self.error = error
        self.outcome = outcome
        super().__init__(str(error))
