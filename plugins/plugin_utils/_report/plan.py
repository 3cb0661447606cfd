# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as people read it and as results return it. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

from .._plan.plan import Finding, Plan
from .._plan.steps import Step, is_rule


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
    before = [f"{step.subject}: {step.was}\n" for step, _after in steps if step.was is not None]
    after = [f"{step.summary}{f'    (after {waits})' if waits else ''}\n" for step, waits in steps]
    return {
        "before_header": "state of the host",
        "after_header": "plan",
        "before": "".join(before),
        "after": "".join(after),
    }


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
