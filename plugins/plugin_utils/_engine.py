# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The loop: read, plan, apply, prove by reading again. Private to the collection.

It ends when the plan has nothing left that can be done now. No exit code decides anything: a step has worked when the
next plan does not ask for it any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ._judge.paths import stored_halves
from ._judge.settling import misfit, misplaced_session, unsettled
from ._model import NOT_READ, Host, Session, Unknown
from ._outcome import Answer, Interrupted, Limits, Machine, Outcome
from ._plan.desired import Desired
from ._plan.host import parts_before, parts_needed, plan_host
from ._plan.plan import Finding, Plan, Severity, Side
from ._plan.preparation import INITIATOR_SERVICE
from ._plan.steps import (
    BringDiskOnline,
    EndChange,
    ForgetLogin,
    Login,
    Logout,
    Phase,
    Reboot,
    RenewLogin,
    ReplaceLogin,
    RescanDisks,
    SetServiceStart,
    StartService,
    Step,
    StoreLogin,
    TakeDiskOffline,
)
from ._record import Record
from ._stopwatch import Stopwatch
from ._wire.faults import WireError

_BRING_DEVICES = (Login, Reboot, RenewLogin, ReplaceLogin, StartService, StoreLogin)
"""Steps after which sessions and devices appear with a delay (os-win retries; SolidFire initiator code)."""
_DEVICES = frozenset({"sessions", "disks", "dsms"})
"""Parts of a host that show devices."""
_COMES_BACK = frozenset({"initiator_service", "initiator", "sessions", "logins"})
"""Parts of a host that tell which disks come back after a restart."""


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
        progress: Is told each step before it is carried out, and what is waited for.

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
        self._record = Record(desired)
        self._time = Stopwatch(machine.now)
        self._guards_read_at = 0
        """How many steps had been taken when the guards of steps were last read."""
        with self._time.counted(Phase.READ):
            self._host = machine.read(self._parts)
        self._record.meet(None, self._host)
        self._announced = self._plan = self._make_plan()
        self._before = self._host

    def outcome(self) -> Outcome:
        return Outcome(
            self._before,
            self._host,
            self._announced,
            self._plan,
            tuple(self._record.taken),
            self._record.rebooted,
            frozenset(self._record.failed),
            self._time.seconds,
        )

    def loop(self) -> Outcome:
        try:
            self._await_presentation()
            while not self._plan.of(Severity.REFUSAL) and self._plan.ready:
                self._advance(self._next())
        except WireError as error:
            if not self._record.taken:
                raise
            raise Interrupted(error, self.outcome()) from error
        return self.outcome()

    def _make_plan(self) -> Plan:
        """Plan, and plan again with what the guards of its steps look at, where that has not been read yet."""
        if "hp_policies" in self._parts and self._host.hp_policies == NOT_READ:
            self._read(frozenset({"hp_policies"}))
        plan = plan_host(self._desired, self._host, self._record.memory)
        unread = frozenset(part for part in parts_before(self._desired, plan) if getattr(self._host, part) == NOT_READ)
        if not unread:
            return plan
        self._read(unread)
        self._guards_read_at = len(self._record.taken)
        return plan_host(self._desired, self._host, self._record.memory)

    def _read(self, parts: frozenset[str]) -> None:
        with self._time.counted(Phase.READ):
            self._look(parts)

    def _look(self, parts: frozenset[str]) -> None:
        """Read parts of the host; what was told of HP's policies says nothing of disks that have come since.

        The administrator's command is run again when the next plan is made, not each time that devices are awaited.
        """
        known = self._host
        self._host = self._machine.read(parts, known)
        if "hp_policies" not in parts and _owners(known) != _owners(self._host):
            self._host = replace(self._host, hp_policies=NOT_READ)

    def _next(self) -> tuple[Step, ...]:
        """Return the steps that are carried out before the next reading: the first, and those of its kind after it.

        A wanted stored login that a step of this run took away comes first.
        """
        ready = self._plan.ready
        owed = tuple(step for step in ready if isinstance(step, StoreLogin) and step.path in self._record.memory.owed)
        return owed or _group(ready)

    def _advance(self, group: Sequence[Step]) -> None:
        """Carry one group of steps out, read what it changed, and judge it by the next plan."""
        first = group[0]
        rebooted = isinstance(first, Reboot)
        if isinstance(first, (Reboot, Logout, TakeDiskOffline)) and not self._still_wanted(first):
            return
        known = self._host
        answers = self._apply(group)
        if rebooted:
            # Nothing that was known counts, the boot time by which the next restart is told least of all.
            with self._time.counted(Phase.READ):
                self._host = self._machine.read(self._parts)
        else:
            self._read(self._changed_by(group))
        if isinstance(first, _BRING_DEVICES):
            self._host = replace(self._host, disk_use=NOT_READ)  # it says nothing of the disks that come now
            self._settle(None if rebooted else known, first.phase)
        if isinstance(first, RescanDisks):
            self._await_found(first)
        if isinstance(first, Login):
            self._undo_login(first, known)
        self._record.owes(group, known, self._host)
        verdict = self._record.judge(group, answers, self._host)
        self._record.meet(None if rebooted else known, self._host)
        for step in verdict.failed:
            if isinstance(step, Login):
                self._undo_store(step)
        if verdict.again is not None:
            self._pause(first.phase, f"trying again: {verdict.again}")
        self._plan = self._make_plan()

    def _changed_by(self, group: Sequence[Step]) -> frozenset[str]:
        """Return the parts to read again; of those that only guards look at, what a step is judged by."""
        guards = {part for step in group for part in _guarded(step) if getattr(self._host, part) != NOT_READ}
        return (self._parts | guards).intersection(part for step in group for part in step.changes)

    def _apply(self, group: Sequence[Step]) -> Sequence[Answer]:
        for step in group:
            self._progress(step.summary)
            self._record.take(step, self._machine.command(step, self._host))
        with self._time.counted(group[0].phase):
            if isinstance(group[0], Reboot):
                self._machine.restart(self._host)
                self._record.restarted()
                return [Answer("Windows was restarted and still needs a restart")]
            self._record.about_to_store(group, self._host)
            return self._machine.perform(group, self._host)

    def _still_wanted(self, step: Reboot | Logout | TakeDiskOffline) -> bool:
        """Tell whether what takes disks away is still wanted, and whether its guards still let it pass.

        A disk that is just arriving is outside MPIO for a moment, so what this run has not changed is awaited before a
        restart; and since the guards were asked first (installing the feature may take half an hour) somebody may have
        logged on, removed a stored login, begun to use a disk, or moved a group of the cluster.
        """
        guards = parts_before(self._desired, self._plan)
        if isinstance(step, Reboot):
            guards |= _COMES_BACK & self._parts
            if not self._record.memory.since_boot:
                self._settle(None, step.phase)
        elif not guards or self._guards_read_at == len(self._record.taken):
            return True
        elif isinstance(step, TakeDiskOffline):
            guards &= {"cluster"}  # what uses the disks was read after the one before
        self._read(guards)
        self._guards_read_at = len(self._record.taken)
        self._plan = self._make_plan()
        return self._plan.ready[:1] == (step,)

    def _await_presentation(self) -> None:
        """Wait for devices of sessions that stood before the run: the host may have started a moment ago."""
        rescan = next((step for step in self._plan.ready if isinstance(step, RescanDisks)), None)
        if self._plan.waiting and rescan is not None:
            self._advance((rescan,))
        self._poll(
            lambda: bool(self._plan.waiting),
            self._limits.devices,
            Phase.CONNECT,
            "disks of the sessions that stand",
            self._parts & _DEVICES,
        )
        self._plan = self._make_plan()

    def _settle(self, known: Host | None, phase: Phase) -> None:
        """Wait for devices and sessions that are on their way, as a fact that is read, with a limit."""
        arrays = self._desired.layout.arrays if self._desired.layout else ()
        portals = frozenset(wanted.portal for array in arrays for wanted in array.portals)
        self._poll(
            lambda: unsettled(self._host, known, portals, self._desired.owner),
            self._limits.devices,
            phase,
            "sessions and their disks",
            self._parts & (_DEVICES | {"initiator_service", "initiator", "logins", "targets"}),
        )

    def _await_found(self, step: RescanDisks) -> None:
        """Wait for what a rescan finds."""
        memory = replace(self._record.memory, done=self._record.memory.done - {step})
        self._poll(
            lambda: step in plan_host(self._desired, self._host, memory).ready,
            self._limits.rescan,
            step.phase,
            "disks that a rescan may find",
            self._parts & _DEVICES,
        )

    def _poll(self, coming: Callable[[], bool], limit: float, phase: Phase, what: str, parts: frozenset[str]) -> None:
        """Read again and again while something is on its way, no longer than the limit."""
        deadline = self._machine.now() + limit
        told = False
        while coming() and self._machine.now() < deadline:
            if not told:
                self._progress(f"waiting up to {limit:.0f} seconds for {what}")
                told = True
            with self._time.counted(phase):
                self._machine.pause(self._limits.poll)
                self._look(parts)
            self._plan = plan_host(self._desired, self._host, self._record.memory)

    def _pause(self, phase: Phase, why: str) -> None:
        self._progress(why)
        with self._time.counted(phase):
            self._machine.pause(self._limits.poll)

    def _undo_login(self, step: Login, known: Host) -> None:
        """Log a session out that is not what was asked for, and stop asking for it."""
        session = misplaced_session(known, self._host, step.path)
        if session is not None:
            local = ", ".join(str(connection.local) for connection in session.connections)
            what = self._log_out_again(session, f"it left from {local} instead of {step.nic}")
            text = (
                f"Windows made the session from {local}; {what}. No other path is tried: check which port number the"
                " initiator gives each NIC (host_info shows them)"
            )
            self._record.fail(step, Finding(Severity.REFUSAL, Side.HOST, step.subject, text))
            self._undo_store(step)
            return
        misfit_now = misfit(known, self._host, step.path, step.chap, step.digests)
        if misfit_now is not None:
            session, faults = misfit_now
            what = self._log_out_again(session, "; ".join(faults))
            text = (
                f"the new session is not as wished ({'; '.join(faults)}); {what}, and the old one stays: look at what"
                " the array allows there"
            )
            self._record.fail(step, Finding(Severity.PROBLEM, Side.ARRAY, step.subject, text))

    def _log_out_again(self, session: Session, why: str) -> str:
        """Log a session out that this run has just made, and say whether it is gone."""
        undo = Logout.of(session, session.full_name, why)
        self._apply([undo])
        self._read(self._changed_by([undo]))
        if isinstance(self._host.sessions, Unknown) or session.id in {one.id for one in self._host.sessions.value}:
            return f"it could not be logged out again: log session {session.id} out"
        return "it was logged out again"

    def _undo_store(self, step: Login) -> None:
        """Remove what this run stored for a path that turns out not to work: credentials may be what is wrong."""
        logins, initiator = self._host.logins, self._host.initiator
        if not self._record.is_new(step.path) or isinstance(logins, Unknown) or isinstance(initiator, Unknown):
            return
        undo = [
            ForgetLogin(
                step.nic,
                step.portal,
                step.target,
                step.chap,
                step.digests,
                login=login,
                reason="its session could not be made",
            )
            for login in stored_halves(logins.value, initiator.value, step.path)
        ]
        if undo:
            self._apply(undo)
            self._read(self._changed_by(undo))


def _owners(host: Host) -> frozenset[tuple[str, str]]:
    """Return the LUNs with the DSM of each."""
    return frozenset() if isinstance(host.disks, Unknown) else frozenset((one.wwn, one.dsm) for one in host.disks.value)


def _guarded(step: Step) -> tuple[str, ...]:
    """Return the parts that tell whether a step has worked, and that are read only where a guard looks at them."""
    if isinstance(step, (BringDiskOnline, TakeDiskOffline)):
        return ("disk_use",)
    if isinstance(step, EndChange):
        return ("dsm_notes",)
    driver = isinstance(step, SetServiceStart) and step.service != INITIATOR_SERVICE
    return ("drivers",) if driver else ()


def _group(ready: Sequence[Step]) -> tuple[Step, ...]:
    """Return the first step, and those of its kind right after it where it need not be alone."""
    first = ready[0]
    if first.alone:
        return (first,)
    group = [first]
    for step in ready[1:]:
        if type(step) is not type(first):
            break
        group.append(step)
    return tuple(group)
