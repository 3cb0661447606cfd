# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan is made of, and the plan of a whole host. Private to the collection."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .._model import Address, Path, SessionId, TargetPortal
from .steps import Login, Logout, Step


class Severity(enum.Enum):
    """How bad a finding is."""

    REFUSAL = "refusal"
    """Nothing is changed on this host."""
    PROBLEM = "problem"
    """The rest is done, then the task fails and names it."""
    NOTE = "note"
    """Said, no more."""


class Side(enum.Enum):
    """Whose side a finding is on."""

    HOST = "host"
    NETWORK = "network"
    ARRAY = "array"
    WISH = "wish"
    """What was asked for cannot be."""


@dataclass(frozen=True)
class Finding:
    """Something the administrator must know: what is wrong, where, whose side it is on, what to do."""

    severity: Severity
    side: Side
    where: str
    text: str
    one_path: bool = False
    """Whether it concerns one path only; then the number of live paths decides whether the task fails."""
    warns: bool = False
    """Whether Ansible shows it as a warning: what was asked for is not done, and that fails nothing."""

    def __str__(self) -> str:
        """Write it as one sentence with its place."""
        return f"{self.where}: {self.text}"


@dataclass(frozen=True)
class Planned:
    """A step of a plan; ``after`` says what it waits for, None when it can be done now."""

    step: Step
    after: str | None = None
    fallback: bool = field(default=False, kw_only=True)
    """Whether it is only taken if something turns out otherwise on the way; a plan for people leaves it out."""
    again: bool = False
    """Whether it is still planned after it failed in this run, because it waits for what may let it work."""


@dataclass(frozen=True)
class Waiting:
    """Sessions stand, the array shows no LUN: somebody must present LUNs to this node name."""

    array: str
    node_name: str
    set_chap: bool = False
    """Whether the array knows the initiator only now, so that its CHAP secret can be set there."""

    def __str__(self) -> str:
        """Write it as one sentence."""
        first = " set the CHAP secret of this initiator on the array, and" if self.set_chap else ""
        return f"{self.array} shows no LUN to {self.node_name}:{first} present its LUNs to this initiator on the array"


Item = Planned | Finding | Waiting


@dataclass(frozen=True)
class Memory:
    """What this run has done already; a plan does not ask for a failed step again."""

    done: frozenset[Step] = frozenset()
    """Steps whose effect cannot be read back; they are done once in a run."""
    since_boot: frozenset[Step] = frozenset()
    """Steps of this run, taken since Windows last started, that Windows may want a restart for."""
    standing: frozenset[SessionId] = frozenset()
    """Sessions that stood when the run began or Windows last started: made with the secrets of before."""
    dead: frozenset[tuple[Address, TargetPortal]] = frozenset()
    """NICs and target portals between which nothing answered in this run; nobody waits for them a second time."""
    owed: frozenset[Path] = frozenset()
    """Paths whose stored login went with a step of this run that should have put another in its place."""
    proven: frozenset[Login] = frozenset()
    """Logins that made their sessions in this run: the array takes what they proved themselves with."""
    of_one_path: frozenset[Step] = frozenset()
    """Steps that failed for a known reason that says nothing of the credentials, so that others like them are tried."""
    renamed: bool = False
    """Whether this run gave the initiator another name, without a restart since."""
    removed: int = 0
    """How many stored logins, sessions and discovery portals this run has removed."""
    appeared: frozenset[SessionId] = frozenset()
    """Sessions that were not there when the run began: what it stored may have made them."""
    failed: Mapping[Step, Finding] = field(default_factory=dict)
    """Step -> what the administrator must know: the state read afterwards is not what it should have made."""

    def counted(self, step: Step) -> int:
        """Return how much a step removes of what was there when the run began."""
        return 0 if isinstance(step, Logout) and step.session in self.appeared else step.removes


@dataclass(frozen=True)
class Plan:
    """Steps in the safe order, and what was found on the way."""

    steps: tuple[Planned, ...]
    findings: tuple[Finding, ...]
    waiting: tuple[Waiting, ...]
    reboot_reasons: tuple[str, ...] = ()
    """Why Windows must be restarted before the wish can come true; empty when it need not."""

    @property
    def ready(self) -> tuple[Step, ...]:
        """Steps that can be done now, in order."""
        return tuple(item.step for item in self.steps if item.after is None)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Return the findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity is severity)


def assemble(items: Iterable[Item], memory: Memory, reboot_reasons: tuple[str, ...] = ()) -> Plan:
    """Make a plan of what the planners yielded, each step once.

    A step that failed in this run becomes what the administrator must know instead. Where anything is refused,
    nothing is changed, so there are no steps.
    """
    steps: list[Planned] = []
    findings: list[Finding] = []
    waiting: list[Waiting] = []
    for item in items:
        if isinstance(item, Finding):
            findings.append(item)
        elif isinstance(item, Waiting):
            waiting.append(item)
        elif item.step in memory.failed and not item.again:
            findings.append(memory.failed[item.step])
        elif item.step not in memory.done:
            steps.append(item)
    if any(finding.severity is Severity.REFUSAL for finding in findings):
        steps = []
    return Plan(_once(steps), tuple(dict.fromkeys(findings)), tuple(waiting), reboot_reasons)


def _once(steps: list[Planned]) -> tuple[Planned, ...]:
    """Drop repetitions of a step; one that can be done now stands for those of it that wait."""
    ready = {item.step for item in steps if item.after is None}
    return tuple({item.step: item for item in steps if item.after is None or item.step not in ready}.values())
