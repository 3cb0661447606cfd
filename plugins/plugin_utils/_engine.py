# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The loop: read, plan, apply, prove by reading again. Private to the collection.

It ends when the plan has nothing left that can be done now. No exit code decides anything: a step has worked when the
next plan does not ask for it any more.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ._judge.paths import live_halves, stored_halves
from ._judge.settling import misplaced_session, unsettled
from ._model import NOT_READ, Host, Path, Unknown
from ._plan.desired import Desired
from ._plan.host import parts_before, parts_needed, plan_host
from ._plan.plan import Finding, Memory, Plan, Severity, Side
from ._plan.steps import (
    AddDiscoveryPortal,
    ForgetLogin,
    InstallInitiator,
    Login,
    Logout,
    Reboot,
    RefreshTargets,
    ReplaceLogin,
    SetInitiatorSecret,
    StartService,
    Step,
    StoreLogin,
)
from ._wire.faults import WireError

_UNREADABLE = (RefreshTargets, SetInitiatorSecret)
"""Steps whose effect cannot be read back, so that they are done once in a run."""
_BRING_DEVICES = (Login, Reboot, ReplaceLogin, StartService, StoreLogin)
"""Steps after which sessions and devices appear with a delay (os-win retries; SolidFire initiator code)."""
_OF_ONE_PATH = (AddDiscoveryPortal, Login)
"""Steps whose failure costs one path."""
_DEVICES = frozenset({"sessions", "disks", "dsms"})
"""Parts of a host that show devices."""
_COMES_BACK = frozenset({"initiator_service", "initiator", "sessions", "logins"})
"""Parts of a host that tell which disks come back after a restart."""
_TRIES = 3


@dataclass(frozen=True)
class Answer:
    """What a tool or method said about a step: an explanation in case the step turns out not to have worked."""

    text: str = ""
    side: Side = Side.HOST
    retry: bool = False
    """Whether the same step may work a moment later (a busy session, a list that grew while it was read)."""
    refused: bool = False
    """Whether Windows said no; it counts only for what cannot be read back."""


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

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, at the end of the run."""
        return self.plan.findings

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
    poll: float = 1.0


class Interrupted(Exception):
    """The host went away in the middle of a run; ``outcome`` holds what had been done."""

    def __init__(self, error: Exception, outcome: Outcome) -> None:
        self.error = error
        self.outcome = outcome
        super().__init__(str(error))


def converge(
    machine: Machine,
    desired: Desired,
    *,
    check_mode: bool = False,
    limits: Limits | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Outcome:
    """Bring a host to the wished state as far as it is allowed and possible now.

    Args:
        machine: The host.
        desired: The wish.
        check_mode: Plan only.
        limits: Times.
        progress: Is told each step before it is carried out.

    Raises:
        Interrupted: the connection broke after something had been changed.
    """
    run = _Run(machine, desired, limits or Limits(), progress)
    return run.outcome() if check_mode else run.loop()


class _Run:
    """One run against one host."""

    def __init__(self, machine: Machine, desired: Desired, limits: Limits, progress: Callable[[str], None]) -> None:
        self._machine = machine
        self._desired = desired
        self._limits = limits
        self._progress = progress
        self._parts = parts_needed(desired)
        self._memory = Memory()
        self._tries: dict[Step, int] = {}
        self._taken: list[Taken] = []
        self._rebooted = False
        self._failed: set[Step] = set()
        self._unproven: set[Path] = set()
        """Paths that this run has stored and that have not been live since."""
        self._host = machine.read(self._parts)
        self._announced = self._plan = self._make_plan()
        self._before = self._host

    def outcome(self) -> Outcome:
        return Outcome(
            self._before,
            self._host,
            self._announced,
            self._plan,
            tuple(self._taken),
            self._rebooted,
            frozenset(self._failed),
        )

    def loop(self) -> Outcome:
        self._await_presentation()
        try:
            while not self._plan.of(Severity.REFUSAL) and self._plan.ready:
                self._advance(_group(self._plan.ready))
        except WireError as error:
            raise Interrupted(error, self.outcome()) from error
        return self.outcome()

    def _make_plan(self) -> Plan:
        """Plan, and plan again with what the guards of its steps look at, where that has not been read yet."""
        plan = plan_host(self._desired, self._host, self._memory)
        unread = frozenset(part for part in parts_before(self._desired, plan) if getattr(self._host, part) == NOT_READ)
        if not unread:
            return plan
        self._host = self._machine.read(unread, self._host)
        return plan_host(self._desired, self._host, self._memory)

    def _advance(self, group: Sequence[Step]) -> None:
        """Carry one group of steps out, read what it changed, and judge it by the next plan."""
        if isinstance(group[0], Reboot) and not self._still_wanted(group[0]):
            return
        known = self._host
        answers = self._apply(group)
        parts = self._parts.intersection(part for step in group for part in step.changes)
        # After a restart nothing that was known counts, the boot time by which the next one is told least of all.
        rebooted = isinstance(group[0], Reboot)
        self._host = self._machine.read(self._parts) if rebooted else self._machine.read(parts, self._host)
        if isinstance(group[0], _BRING_DEVICES):
            self._settle(None if rebooted else known)
        self._undo_misplaced(group, known)
        self._remember(group, answers)
        self._plan = self._make_plan()

    def _apply(self, group: Sequence[Step]) -> Sequence[Answer]:
        for step in group:
            self._progress(step.summary)
            self._failed.discard(step)
            self._taken.append(Taken(step, self._machine.command(step, self._host)))
        if isinstance(group[0], Reboot):
            self._machine.restart(self._host)
            self._rebooted = True
            # What failed before the restart may work after it, and targets are asked for anew.
            asked = frozenset(step for step in self._memory.done if not isinstance(step, RefreshTargets))
            # A setup program is run once: what it left out it would leave out again.
            failed = self._memory.failed
            left_out: dict[Step, Finding] = {
                step: failed[step] for step in failed if isinstance(step, InstallInitiator)
            }
            self._memory = Memory(done=asked, failed=left_out)
            self._unproven.clear()
            return [Answer("Windows was restarted and still needs a restart")]
        live = () if isinstance(self._host.sessions, Unknown) else self._host.sessions.value
        self._unproven.update(
            step.path for step in group if isinstance(step, StoreLogin) and not live_halves(live, step.path)
        )
        return self._machine.perform(group, self._host)

    def _still_wanted(self, step: Reboot) -> bool:
        """Tell whether a restart is still wanted, and whether its guards still let it pass.

        A disk that is just arriving is outside MPIO for a moment, so what this run has not changed is awaited; and
        since the guards were asked first (installing the feature may take half an hour) somebody may have logged on,
        or removed a stored login.
        """
        if not self._memory.since_boot:
            self._settle(None)
        guards = parts_before(self._desired, self._plan) | (_COMES_BACK & self._parts)
        self._host = self._machine.read(guards, self._host)
        self._plan = self._make_plan()
        return self._plan.ready[:1] == (step,)

    def _await_presentation(self) -> None:
        """Wait for devices of sessions that stood before the run: the host may have started a moment ago."""
        deadline = self._machine.now() + self._limits.devices
        while self._plan.waiting and self._machine.now() < deadline:
            self._machine.pause(self._limits.poll)
            self._host = self._machine.read(self._parts & _DEVICES, self._host)
            self._plan = self._make_plan()

    def _settle(self, known: Host | None) -> None:
        """Wait for devices and sessions that are on their way, as a fact that is read, with a limit."""
        deadline = self._machine.now() + self._limits.devices
        arrays = self._desired.layout.arrays if self._desired.layout else ()
        portals = frozenset(wanted.portal for array in arrays for wanted in array.portals)
        parts = self._parts & (_DEVICES | {"initiator_service", "initiator", "logins", "targets"})
        while unsettled(self._host, known, portals) and self._machine.now() < deadline:
            self._machine.pause(self._limits.poll)
            self._host = self._machine.read(parts, self._host)

    def _undo_misplaced(self, group: Sequence[Step], known: Host) -> None:
        """Log a session out that left from another NIC than asked, and stop asking for more."""
        step = group[0]
        if not isinstance(step, Login):
            return
        session = misplaced_session(known, self._host, step.path)
        if session is None:
            return
        local = ", ".join(str(connection.local) for connection in session.connections)
        undo = Logout(session.id, session.target, reason=f"it left from {local} instead of {step.nic}")
        self._apply([undo])
        self._host = self._machine.read(self._parts.intersection(undo.changes), self._host)
        stays = isinstance(self._host.sessions, Unknown) or session.id in {one.id for one in self._host.sessions.value}
        what = f"it could not be logged out again: log session {session.id} out" if stays else "it was logged out again"
        self._fail(
            step,
            Finding(
                Severity.REFUSAL,
                Side.HOST,
                step.subject,
                f"Windows made the session from {local}; {what}. No other path is tried: check which port number the"
                " initiator gives each NIC (host_info shows them)",
            ),
        )

    def _undo_store(self, step: Login) -> None:
        """Remove what this run stored for a path that turns out not to work: credentials may be what is wrong."""
        logins, initiator = self._host.logins, self._host.initiator
        if step.path not in self._unproven or isinstance(logins, Unknown) or isinstance(initiator, Unknown):
            return
        undo = [
            ForgetLogin(
                step.nic, step.portal, step.target, step.chap, login=login, reason="its session could not be made"
            )
            for login in stored_halves(logins.value, initiator.value, step.path)
        ]
        if undo:
            self._apply(undo)
            self._host = self._machine.read(self._parts.intersection(ForgetLogin.changes), self._host)

    def _remember(self, group: Sequence[Step], answers: Sequence[Answer]) -> None:
        """Note which steps have not worked, judged by what a new plan still asks for."""
        done = [step for step in group if isinstance(step, _UNREADABLE)]
        if done:
            self._memory = replace(self._memory, done=self._memory.done | set(done))
        if not isinstance(self._host.sessions, Unknown):
            sessions = self._host.sessions.value
            self._unproven = {path for path in self._unproven if not live_halves(sessions, path)}
        open_steps = _still_open(plan_host(self._desired, self._host, self._memory), group[0])
        for step, answer in zip(group, answers, strict=True):
            if step in self._memory.failed:
                continue
            self._tries[step] = self._tries.get(step, 0) + 1
            text = self._complaint(step, answer, step in open_steps)
            if text is not None:
                finding = Finding(
                    Severity.PROBLEM,
                    answer.side,
                    step.subject,
                    f"{step.becomes}: {text}",
                    isinstance(step, _OF_ONE_PATH),
                )
                self._fail(step, finding)
            elif step.needs_reboot:
                self._memory = replace(self._memory, since_boot=self._memory.since_boot | {step})

    def _complaint(self, step: Step, answer: Answer, still_open: bool) -> str | None:
        """Say why a step has not worked; None when it has, and when it is worth another try."""
        again = self._tries[step] < _TRIES
        if still_open and answer.retry and again:
            self._machine.pause(self._limits.poll)
            return None
        if still_open or (isinstance(step, SetInitiatorSecret) and answer.refused):
            return answer.text or "the state read afterwards is as before, and Windows gave no reason"
        if again:
            return None
        return f"it was done {_TRIES} times in this run and does not stay: something else on this host undoes it"

    def _fail(self, step: Step, finding: Finding) -> None:
        self._failed.add(step)
        self._memory = replace(self._memory, failed={**self._memory.failed, step: finding})
        if isinstance(step, Login):
            self._undo_store(step)


def _still_open(plan: Plan, taken: Step) -> frozenset[Step]:
    """Return the steps that a plan asks for now; a restart also where it is refused because it has not helped."""
    if isinstance(taken, Reboot) and plan.reboot_reasons:
        # Of LUNs outside MPIO the reason names the addresses, and those may be others after the restart.
        same = any(reason in taken.reason for reason in plan.reboot_reasons)
        return frozenset(plan.ready) | ({taken} if same or not plan.ready else frozenset())
    return frozenset(plan.ready)


def _group(ready: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps that are carried out before the next reading: the first, and those of its kind after it."""
    first = ready[0]
    if first.alone:
        return (first,)
    group = [first]
    for step in ready[1:]:
        if type(step) is not type(first):
            break
        group.append(step)
    return tuple(group)
