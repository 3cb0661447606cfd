# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcome of a run as the result of a module. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Sequence
from dataclasses import replace

from ._model import NOT_READ, PARTS, TIMERS_CHANGED, Host, Unknown
from ._outcome import Outcome
from ._plan.desired import Desired
from ._plan.host import parts_needed
from ._plan.plan import Finding, Plan, Severity
from ._plan.preparation import sessions_keep_the_name
from ._plan.proof import Proofs, arrays_not_in_effect, path_shortfall, prove_host
from ._plan.steps import (
    ForgetLogin,
    InstallDsm,
    InstallInitiator,
    Logout,
    PathStep,
    Reboot,
    RefreshTargets,
    RenewDiscoveryPortal,
    RescanDisks,
    SetNodeName,
    SetSetting,
    Step,
    StoreLogin,
)
from ._report.host import describe
from ._report.plan import diff_of, finding_row, sentence, shown_steps, step_row
from ._report.proof import proof_row

_LOOK_ONLY = (RefreshTargets, RescanDisks)
"""Steps that ask for what is there, which is no change."""


def result_of(
    desired: Desired,
    outcome: Outcome,
    command: Callable[[Step, Host], str],
    check_mode: bool,
    cut_off: str | None = None,
) -> dict[str, t.Any]:
    """Shape the result of a module that changes something.

    A failed task has no ``before`` and ``after``: Ansible prints the whole result of it, and hundreds of lines of host
    would hide what failed.

    Args:
        desired: The wish.
        outcome: What the loop found, did and left.
        command: Renders a step's command, secrets masked.
        check_mode: Whether the steps are announced rather than taken.
        cut_off: What ended the run in its middle; None where it came to its end.
    """
    announced = _own_steps(desired, outcome.announced)
    if check_mode:
        shown = shown_steps(announced)
        rows = [
            step_row(item.step, command(item.step, outcome.before), item.after, only_if_needed=item.fallback)
            for item in announced.steps
        ]
    else:
        shown = [(taken.step, None) for taken in outcome.taken]
        rows = [step_row(taken.step, taken.command, failed=taken.step in outcome.failed) for taken in outcome.taken]
    proofs = _proofs(desired, outcome)
    notes = [] if proofs is None or check_mode else [item for item in proofs.findings if item.severity is Severity.NOTE]
    notes += _renamed(outcome)
    failures = failing(desired, outcome, proofs, check_mode)
    restart = list(outcome.plan.reboot_reasons) or (_reasons_to_come(desired, outcome) if check_mode else [])
    findings = tuple(dict.fromkeys((*outcome.plan.findings, *failures, *notes)))
    result: dict[str, t.Any] = {
        "changed": _would_change(announced) if check_mode else _changed(outcome),
        "state": "planned" if check_mode and announced.steps else outcome.state,
        "steps": rows,
        "diff": diff_of(shown, _restart_of_others(desired, outcome, restart) if check_mode else None),
        "findings": [finding_row(item) for item in findings],
        "waiting_for_presentation": [str(waiting) for waiting in outcome.plan.waiting],
        "reboot_required": bool(restart),
        "reboot_reasons": restart,
        "rebooted": outcome.rebooted,
        "timings": _timings(outcome),
    }
    if proofs is not None:
        result["luns"] = [proof_row(lun) for lun in proofs.luns]
    warnings = [str(item) for item in findings if item.warns]
    if warnings:
        result["warnings"] = warnings
    if cut_off is not None or failures:
        return {**result, "failed": True, "msg": cut_off or sentence(failures)}
    parts = parts_needed(desired)
    result.update(before=_described(outcome.before, parts), after=_described(outcome.after, parts))
    left = _left(outcome.plan)
    return {**result, "msg": left} if left else result


def _left(plan: Plan) -> str:
    """Say what a run waits for that has not failed."""
    left = [str(waiting) for waiting in plan.waiting]
    if plan.reboot_reasons:
        reasons = "; ".join(plan.reboot_reasons)
        rest = "" if plan.reboot_reasons == (TIMERS_CHANGED,) else ", before the rest is done"
        left.append(f"Windows must be restarted, with eva.mpio.reboot or by hand{rest}: {reasons}")
    return "; ".join(left)


def _own_steps(desired: Desired, plan: Plan) -> Plan:
    """Return what the module itself does of a plan: one that never restarts Windows leaves that to others."""
    if desired.reboot_allowed is not None:
        return plan
    return replace(plan, steps=tuple(item for item in plan.steps if not isinstance(item.step, Reboot)))


def _restart_of_others(desired: Desired, outcome: Outcome, reasons: Sequence[str]) -> str | None:
    """Say, for a diff, why Windows must or may have to be restarted after a module that does not do it."""
    if desired.reboot_allowed is not None:
        return None
    planned = [item.step.reason for item in outcome.announced.steps if isinstance(item.step, Reboot)]
    return "; ".join(reasons or planned) or None


def _reasons_to_come(desired: Desired, outcome: Outcome) -> list[str]:
    """Return why the run that is announced would end with a restart due; what else needs one is seen then."""
    if desired.reboot_allowed or not any(isinstance(item.step, SetSetting) for item in outcome.announced.steps):
        return []
    return ["timers are to be changed, and they count from the next start of Windows on"]


def _timings(outcome: Outcome) -> dict[str, float]:
    """Return the seconds of each phase that took any, in tenths."""
    rounded = {phase.value: round(seconds, 1) for phase, seconds in outcome.timings.items()}
    return {phase: seconds for phase, seconds in rounded.items() if seconds > 0}


def _renamed(outcome: Outcome) -> list[Finding]:
    """Say what becomes of the sessions that stood when this run changed the node name."""
    sessions, initiator = outcome.before.sessions, outcome.before.initiator
    if isinstance(sessions, Unknown) or isinstance(initiator, Unknown) or not sessions.value:
        return []
    done = any(isinstance(taken.step, SetNodeName) and taken.step not in outcome.failed for taken in outcome.taken)
    return [sessions_keep_the_name(initiator.value.node_name, len(sessions.value))] if done else []


def _described(host: Host, parts: frozenset[str]) -> dict[str, t.Any]:
    """Describe what the module looks at, and what was read besides because a step's guard looks at it."""
    return describe(host, parts.union(name for name in PARTS if getattr(host, name) != NOT_READ))


def failing(desired: Desired, outcome: Outcome, proofs: Proofs | None, check_mode: bool) -> tuple[Finding, ...]:
    """Return the findings that fail the task.

    A finding about one path does not, where paths are managed and enough are left. Paths and redundancy are judged at
    the end of a real run, for every array but those that wait for the restart or for their administrator.
    """
    # What a plan would change cannot be judged yet; a host that has nothing to change can.
    open_plan = check_mode and bool(outcome.announced.steps)
    shortfall = () if open_plan else _shortfall(desired, outcome)
    tolerated = not shortfall and _may_lack_paths(desired, outcome)
    found = [item for item in outcome.failures if not (item.one_path and tolerated)]
    if proofs is not None and not open_plan and not found and not shortfall:
        found += [item for item in proofs.findings if item.severity is not Severity.NOTE]
    return tuple(dict.fromkeys((*found, *shortfall)))


def _shortfall(desired: Desired, outcome: Outcome) -> tuple[Finding, ...]:
    if desired.layout is None or desired.paths is None or desired.absent or outcome.plan.of(Severity.REFUSAL):
        return ()
    minimum, exempt = desired.paths.minimum_paths, _unfinished(desired, outcome)
    return path_shortfall(desired.layout, minimum, outcome.after, _blocked_by(outcome), exempt)


def _proofs(desired: Desired, outcome: Outcome) -> Proofs | None:
    if desired.layout is None or not desired.proof or desired.absent:
        return None
    minimum, number = None, 1
    if desired.paths is not None:
        minimum, number = desired.paths.minimum_paths, desired.paths.sessions_per_path
    return prove_host(
        desired.layout,
        desired.policies,
        outcome.after,
        minimum,
        _unfinished(desired, outcome),
        number,
        hp_policies=desired.hp_policies,
    )


def _unfinished(desired: Desired, outcome: Outcome) -> frozenset[str]:
    """Return the arrays that cannot have all their paths yet: they show no LUN, or wait for the restart."""
    waiting = frozenset(item.array for item in outcome.plan.waiting)
    if desired.layout is None or not outcome.plan.reboot_reasons:
        return waiting
    return waiting | arrays_not_in_effect(desired.layout, outcome.after)


def _may_lack_paths(desired: Desired, outcome: Outcome) -> bool:
    """Whether a path may be missing: a minimum is wished for, or an array cannot have all its paths yet.

    Where the paths are to be absent, the minimum is what disks in use keep, and each path counts.
    """
    if desired.paths is None or desired.absent:
        return False
    return desired.paths.minimum_paths is not None or bool(_unfinished(desired, outcome))


def _changed(outcome: Outcome) -> bool:
    """Whether the run changed the host.

    Asking for targets or disks again is no change, nor is a step that has not worked, nor what was stored and taken
    back. A package that left out a part of what it should install has installed the rest, and a discovery portal that
    was stored again is changed even where the array does not take its credentials.
    """
    steps = [
        taken.step
        for taken in outcome.taken
        if taken.step not in outcome.failed
        or isinstance(taken.step, RenewDiscoveryPortal)
        or (isinstance(taken.step, (InstallDsm, InstallInitiator)) and _installed_some(outcome))
    ]
    taken_back = {step.path for step in steps if isinstance(step, ForgetLogin)}
    return outcome.rebooted or any(
        not isinstance(step, (*_LOOK_ONLY, ForgetLogin))
        and not (isinstance(step, StoreLogin) and step.path in taken_back)
        and not _ends_its_own(step, outcome)
        for step in steps
    )


def _ends_its_own(step: Step, outcome: Outcome) -> bool:
    """Tell whether a step logs a session out that the run itself has made and that is not as wished."""
    sessions = outcome.before.sessions
    if not isinstance(step, Logout) or step.surplus or isinstance(sessions, Unknown):
        return False
    return step.session not in {session.id for session in sessions.value}


def _installed_some(outcome: Outcome) -> bool:
    before, after = outcome.before, outcome.after
    return any(
        getattr(before, name) not in (NOT_READ, getattr(after, name))
        for name in ("initiator_service", "feature", "drivers")
    )


def _would_change(plan: Plan) -> bool:
    """Whether a run would change the host; what waits for the array's administrator is no change of this run."""
    if any(not isinstance(step, _LOOK_ONLY) for step in plan.ready):
        return True
    return bool(plan.ready) and not plan.waiting and any(not isinstance(item.step, _LOOK_ONLY) for item in plan.steps)


def _blocked_by(outcome: Outcome) -> str | None:
    return next(
        (item.after for item in outcome.plan.steps if item.after is not None and isinstance(item.step, PathStep)), None
    )
