# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as people read it and as results return it. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

from .._plan.plan import Finding, Plan
from .._plan.steps import BringDiskOnline, Reboot, StartService, Step, TakeDiskOffline, is_rule


def step_row(
    step: Step, command: str, after: str | None = None, *, failed: bool = False, only_if_needed: bool = False
) -> dict[str, t.Any]:
    """Return one step as plain data.

    Args:
        step: The step.
        command: What carries it out, secrets masked.
        after: What the step waits for.
        failed: Whether it was taken and has not worked.
        only_if_needed: Whether it is only taken if something turns out otherwise on the way.
    """
    return {
        "step": step.summary,
        "why": step.reason,
        "after": after,
        "rule": is_rule(step),
        "only_if_needed": only_if_needed,
        "command": command,
        "drops_path": step.drops_path,
        "needs_reboot": step.needs_reboot,
        "failed": failed,
    }


def diff_of(steps: Sequence[tuple[Step, str | None]]) -> dict[str, str]:
    """Return the diff of steps: what stands there now against what the run makes of it."""
    before = _found([step for step, _after in steps])
    after = [f"{step.summary}{f'    (after {waits})' if waits else ''}\n" for step, waits in steps]
    return {
        "before_header": "state of the host",
        "after_header": "plan",
        "before": "".join(before),
        "after": "".join(after),
    }


def _found(steps: Sequence[Step]) -> list[str]:
    """Return what stood there before the first of them, without what one of them has made of it for another."""
    lines: dict[tuple[type[Step], str], str] = {}
    restarted = False
    for step in steps:
        restarted |= isinstance(step, Reboot)
        kind = TakeDiskOffline if isinstance(step, BringDiskOnline) else type(step)
        if step.was is not None and not (restarted and isinstance(step, StartService)):
            lines.setdefault((kind, step.subject), f"{step.subject}: {step.was}\n")
    return list(lines.values())


def finding_row(finding: Finding) -> dict[str, str]:
    """Return one finding as plain data."""
    return {
        "severity": finding.severity.value,
        "side": finding.side.value,
        "where": finding.where,
        "text": finding.text,
    }


def shown_steps(plan: Plan) -> list[tuple[Step, str | None]]:
    """Return those that a plan for people shows: without what is only done if something turns out otherwise."""
    return [(item.step, item.after) for item in plan.steps if not item.fallback]


def sentence(findings: Sequence[Finding]) -> str:
    """Return all findings as one message."""
    return "; ".join(f"{item} ({item.side.value} side)" for item in findings)
