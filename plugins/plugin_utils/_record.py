# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run has done, and what came of it. Private to the collection.

A step has worked when a new plan does not ask for it any more. Only what cannot be read back is judged by what Windows
said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ._judge.paths import live_halves, stored_halves
from ._model import Host, Path, Session, Unknown
from ._outcome import Answer, Taken
from ._plan.desired import Desired
from ._plan.host import plan_host
from ._plan.plan import Finding, Memory, Plan, Severity, Side
from ._plan.steps import (
    AddDiscoveryPortal,
    EnableFeature,
    InstallDsm,
    InstallInitiator,
    Login,
    Logout,
    Reboot,
    RefreshTargets,
    RemoveDsm,
    RenewDiscoveryPortal,
    RenewLogin,
    ReplaceLogin,
    RescanDisks,
    SetInitiatorSecret,
    SetNodeName,
    Step,
    StoreLogin,
)

_RENEWALS = (RenewDiscoveryPortal, RenewLogin)
_UNREADABLE = (RefreshTargets, RescanDisks, SetInitiatorSecret, *_RENEWALS)
"""Steps whose effect cannot be read back, or not as a whole, so that they are done once in a run."""
_TELL_OF_REFUSAL = (SetInitiatorSecret, *_RENEWALS)
"""Those of them that have not worked where Windows says so."""
_SHOWN_BY_A_RESTART = (InstallDsm, RemoveDsm)
"""Steps whose effect may not show before: a driver that runs is listed until Windows starts without it (DeleteService),
and one whose name nobody knows is not recognised until MPIO registers its DSM."""
_BRING_MPIO = (EnableFeature, InstallInitiator)
_ONCE_A_BOOT = (RefreshTargets, RescanDisks)
_OF_ONE_PATH = (AddDiscoveryPortal, Login)
"""Steps whose failure costs one path, and that find out whether a target portal answers at all."""
_TRIES = 3


@dataclass(frozen=True)
class Verdict:
    """What came of a group of steps."""

    failed: tuple[Step, ...]
    again: str | None
    """What is worth another try in a moment, with what Windows said; None where nothing is."""


class Record:
    """The memory of one run against one host."""

    def __init__(self, desired: Desired) -> None:
        self._desired = desired
        self.memory = Memory()
        self.taken: list[Taken] = []
        self.failed: set[Step] = set()
        self.rebooted = False
        self._unproven: set[Path] = set()
        """Paths that this run has stored, that were not stored before, and that have not been live since."""
        self._written: set[Path] = set()
        """Paths whose stored login this run has written, so that it holds the secret of today."""
        self._logged_in: set[Path] = set()
        self._tries: dict[Step, int] = {}

    def take(self, step: Step, command: str) -> None:
        """Note that a step is carried out now."""
        self.failed.discard(step)
        self.taken.append(Taken(step, command))

    def about_to_store(self, group: Sequence[Step], host: Host) -> None:
        """Note for which paths a stored login is new and not known to work."""
        live = _sessions(host)
        self._unproven.update(
            step.path
            for step in group
            if isinstance(step, StoreLogin)
            and step.path not in self.memory.owed
            and not live_halves(live, step.path)
            and not _number_stored(host, step.path)
        )

    def is_new(self, path: Path) -> bool:
        """Tell whether this run stored a path of which nothing was stored before, and which has not worked yet."""
        return path in self._unproven

    def restarted(self) -> None:
        """Forget what does not count any more: what failed may work now, and targets are asked for anew."""
        self.rebooted = True
        asked = frozenset(step for step in self.memory.done if not isinstance(step, _ONCE_A_BOOT))
        # A setup program is run once: what it left out it would leave out again.
        failed = self.memory.failed
        left_out: dict[Step, Finding] = {step: failed[step] for step in failed if isinstance(step, InstallInitiator)}
        left_out |= {step: _in_vain(step) for step in self._proved_now()}
        self.memory = replace(
            self.memory,
            done=asked,
            since_boot=frozenset(),
            standing=frozenset(),
            dead=frozenset(),
            of_one_path=frozenset(),
            renamed=False,
            failed=left_out,
        )
        self._unproven.clear()
        self._logged_in.clear()

    def _proved_now(self) -> Iterator[InstallDsm | RemoveDsm]:
        """The setups that Windows has started with; one beside which MPIO itself was new may have lacked it."""
        since = self.memory.since_boot
        lacked = any(isinstance(step, _BRING_MPIO) for step in since)
        for step in since:
            if isinstance(step, RemoveDsm) or (isinstance(step, InstallDsm) and not lacked):
                yield step

    def meet(self, known: Host | None, host: Host) -> None:
        """Note the sessions that are new; those that this run has not made were made with the secrets of before.

        Args:
            known: What was known before; None where no session of before counts.
            host: What was read now.
        """
        sessions = _sessions(host)
        if known is not None:
            new = {session.id for session in sessions} - {session.id for session in _sessions(known)}
            self.memory = replace(self.memory, appeared=self.memory.appeared | new)
        if not self._desired.renew_secrets:
            return
        ours = {one.id for path in self._written | self._logged_in for one in live_halves(sessions, path)}
        old = set() if known is None else {session.id for session in _sessions(known)}
        others = {session.id for session in sessions} - ours - old
        self.memory = replace(self.memory, standing=self.memory.standing | others)

    def owes(self, group: Sequence[Step], known: Host, host: Host) -> None:
        """Note the paths whose stored login is gone although the group should have put another in its place."""
        paths = {step.path for step in group if isinstance(step, (RenewLogin, ReplaceLogin))}
        lost = {path for path in paths if _number_stored(host, path) < max(1, _number_stored(known, path))}
        self.memory = replace(self.memory, owed=self.memory.owed | lost)

    def judge(self, group: Sequence[Step], answers: Sequence[Answer], host: Host) -> Verdict:
        """Tell which steps have not worked, by what a new plan still asks for, and remember it.

        Args:
            group: The steps that were carried out.
            answers: What was said of each.
            host: What was read afterwards.
        """
        self._unproven = {path for path in self._unproven if not live_halves(_sessions(host), path)}
        open_steps = self._still_open(group, host)
        failed: list[Step] = []
        again: str | None = None
        for step, answer in zip(group, answers, strict=True):
            if step in self.memory.failed:
                continue
            self._tries[step] = self._tries.get(step, 0) + 1
            open_now = step in open_steps or (isinstance(step, _TELL_OF_REFUSAL) and answer.refused)
            if isinstance(step, _SHOWN_BY_A_RESTART):
                open_now = open_now and answer.refused
            if answer.unreachable and isinstance(step, _OF_ONE_PATH) and (open_now or not isinstance(step, Login)):
                self.memory = replace(self.memory, dead=self.memory.dead | {(step.nic, step.portal)})
            if open_now and answer.retry and self._tries[step] < _TRIES:
                again = f"{step.summary}: {answer.text}"
                continue
            text = self._complaint(step, answer, open_now)
            if text is None:
                self._worked(step)
                if isinstance(step, Login) and not answer.refused:
                    self.memory = replace(self.memory, proven=self.memory.proven | {step})
                continue
            self.fail(step, _problem(step, answer, text))
            failed.append(step)
            if answer.of_one_path:
                self.memory = replace(self.memory, of_one_path=self.memory.of_one_path | {step})
        return Verdict(tuple(failed), again)

    def fail(self, step: Step, finding: Finding) -> None:
        """Note that a step has not worked; it is not asked for again in this run."""
        self.failed.add(step)
        done = self.memory.done - {step}
        self.memory = replace(self.memory, done=done, failed={**self.memory.failed, step: finding})

    def _worked(self, step: Step) -> None:
        if isinstance(step, _UNREADABLE):
            self._done([step])
        if isinstance(step, Login):
            self._logged_in.add(step.path)
        if isinstance(step, SetNodeName):
            self.memory = replace(self.memory, renamed=True)
        if isinstance(step, (StoreLogin, ReplaceLogin, RenewLogin)):
            self._written.add(step.path)
            self._done([RenewLogin(step.nic, step.portal, step.target, step.chap, step.digests, reason="")])
        if isinstance(step, AddDiscoveryPortal) and self._desired.renew_secrets:
            self._done([RenewDiscoveryPortal(step.portal, step.nic, step.chap, reason="")])
        self.memory = replace(self.memory, removed=self.memory.removed + self.memory.counted(step))
        if step.needs_reboot:
            self.memory = replace(self.memory, since_boot=self.memory.since_boot | {step})

    def _done(self, steps: Iterable[Step]) -> None:
        self.memory = replace(self.memory, done=self.memory.done.union(steps))

    def _complaint(self, step: Step, answer: Answer, open_now: bool) -> str | None:
        """Say why a step has not worked; None when it has."""
        if open_now:
            return answer.text or "the state read afterwards is as before, and Windows gave no reason"
        if self._tries[step] < _TRIES:
            return None
        return f"it was done {_TRIES} times in this run and does not stay: something else on this host undoes it"

    def _still_open(self, group: Sequence[Step], host: Host) -> frozenset[Step]:
        """Return the steps that a new plan asks for; of renewals, whether it does so for another reason than theirs."""
        first = group[0]
        if isinstance(first, _RENEWALS):
            return self._open(host, self.memory, replace(self._desired, renew_secrets=False))
        done = self.memory.done.union(step for step in group if isinstance(step, _UNREADABLE))
        plan = plan_host(self._desired, host, replace(self.memory, done=done))
        return _with_restart(plan, first)

    def _open(self, host: Host, memory: Memory, desired: Desired | None = None) -> frozenset[Step]:
        return frozenset(plan_host(desired or self._desired, host, memory).ready)


def _with_restart(plan: Plan, taken: Step) -> frozenset[Step]:
    """Return the steps that a plan asks for now; a restart also where it is refused because it has not helped."""
    if isinstance(taken, Reboot) and plan.reboot_reasons:
        # Of LUNs outside MPIO the reason names the addresses, and those may be others after the restart.
        same = any(reason in taken.reason for reason in plan.reboot_reasons)
        return frozenset(plan.ready) | ({taken} if same or not plan.ready else frozenset())
    return frozenset(plan.ready)


def _problem(step: Step, answer: Answer, text: str) -> Finding:
    if isinstance(step, Logout) and not step.surplus:
        stays = "another session has its place, and it stays beside that one until Windows ends it or starts again"
        return Finding(Severity.NOTE, answer.side, step.subject, f"{step.becomes}: {text}; {stays}")
    return Finding(
        Severity.PROBLEM, answer.side, step.subject, f"{step.becomes}: {text}", isinstance(step, _OF_ONE_PATH)
    )


def _in_vain(step: InstallDsm | RemoveDsm) -> Finding:
    """Say, should a plan still ask for it after the restart, that a setup has installed or removed nothing."""
    by_hand = "run it by hand and see what it says, or give it other arguments"
    if isinstance(step, RemoveDsm):
        left = f"the DSM is still there: {by_hand} (dsm_package.removal_arguments)"
    else:
        left = (
            f"neither the DSM nor its driver service is recognised: {by_hand} (dsm_package.arguments); if it is there"
            " under other names, say them (hp_dsm_name, dsm_package.driver)"
        )
    text = f"{step.becomes}: it was run, Windows was restarted, and {left}"
    return Finding(Severity.PROBLEM, Side.HOST, step.subject, text)


def _sessions(host: Host) -> tuple[Session, ...]:
    return () if isinstance(host.sessions, Unknown) else host.sessions.value


def _number_stored(host: Host, path: Path) -> int:
    if isinstance(host.logins, Unknown) or isinstance(host.initiator, Unknown):
        return 0
    return len(stored_halves(host.logins.value, host.initiator.value, path))
