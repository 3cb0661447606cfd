# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as people read it and as results return it. Private to the collection."""

from __future__ import annotations

import difflib
import typing as t
from collections.abc import Mapping, Sequence

from .._plan.plan import Finding, Plan
from .._plan.steps import BringDiskOnline, Reboot, StartService, Step, TakeDiskOffline, is_rule

_NAMED = 4
"""How many places with the same cause a message names; the findings name all."""


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


def diff_of(steps: Sequence[tuple[Step, str | None]], restart: str | None = None) -> dict[str, str]:
    """Return the diff of steps: what stands there now against what the run makes of it.

    Args:
        steps: The steps, each with what it waits for.
        restart: Why Windows is to be restarted after them, where no step of them does it.
    """
    before = _found([step for step, _after in steps])
    after = [f"{step.summary}{_beside(step, waits)}\n" for step, waits in steps]
    if restart is not None:
        after.append(f"reboot_required: {restart}\n")
    return {
        "before_header": "state of the host",
        "after_header": "plan",
        "before": "".join(before),
        "after": "".join(after),
    }


def diff_text(diff: Mapping[str, str]) -> str:
    """Return a diff in the form in which Ansible prints it; empty where nothing differs."""
    before, after = (diff[name].splitlines(keepends=True) for name in ("before", "after"))
    headers = (f"before: {diff['before_header']}", f"after: {diff['after_header']}")
    return "".join(difflib.unified_diff(before, after, *headers)).rstrip()


def _beside(step: Step, waits: str | None) -> str:
    """Return what stands in brackets behind a step."""
    words = [*([step.remark] if step.remark else []), *([f"after {waits}"] if waits else [])]
    return f"    ({', '.join(words)})" if words else ""


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
    """Return all findings as one message, in which several places with one cause are told once."""
    places: dict[tuple[str, str], list[str]] = {}
    for item in findings:
        places.setdefault((item.text, item.side.value), []).append(item.where)
    return "; ".join(f"{_places(where)}: {text} ({side} side)" for (text, side), where in places.items())


def _places(found: Sequence[str]) -> str:
    more = len(found) - _NAMED
    return ", ".join(found) if more <= 0 else f"{', '.join(found[:_NAMED])} and {more} more"
