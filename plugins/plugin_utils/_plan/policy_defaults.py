# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for what the Microsoft DSM gives LUNs without a policy of their own. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator

from .._eva.models import same_inquiry
from .._judge.policy import Level, default_of, is_explicit, is_met
from .._model import Host, MpioDisk, NotKnown, Policy, PolicyDefaults, value_of
from .desired import WantedPolicies
from .plan import Finding, Item, Planned, Severity, Side
from .preparation import unreadable
from .steps import SetDefaultPolicy

_WHOSE = {
    Level.HARDWARE_ID: "the default of its hardware id",
    Level.DSM: "the default of the Microsoft DSM",
}
_REASON = "the Microsoft DSM gives it to each LUN without a policy of its own (mpclaim help text of 6.1)"


def needs_defaults(wanted: WantedPolicies) -> bool:
    """Tell whether a wish needs to know where policies come from."""
    named = (wanted.default, *wanted.by_wwn.values(), *(policy for _pattern, policy in wanted.by_pattern))
    return (
        wanted.explicit
        or _sets_defaults(wanted)
        or any(policy is not None and policy.policy is None for policy in named)
    )


def _sets_defaults(wanted: WantedPolicies) -> bool:
    return bool(wanted.by_hardware_id) or wanted.overall is not None or wanted.no_overall


def plan_defaults(wanted: WantedPolicies, host: Host) -> Iterator[Item]:
    """The wished defaults, and a word on LUNs that one in force does not reach."""
    if not _sets_defaults(wanted):
        return
    try:
        defaults = value_of(host.policy_defaults)
    except NotKnown as error:
        yield unreadable("default policies of the Microsoft DSM", str(error))
        return
    steps = list(_steps(wanted, defaults))
    yield from (Planned(step) for step in steps)
    try:
        disks = value_of(host.disks)
    except NotKnown:
        return
    for disk in sorted(disks, key=lambda one: one.wwn):
        own = is_explicit(disk, defaults, host.traits)
        chosen = wanted.of(disk.wwn)
        if own is False and (chosen is None or chosen.policy is None) and disk.policy is not None:
            yield from _unreached(disk, defaults, steps)


def judge_defaults(wanted: WantedPolicies, host: Host) -> Iterator[Finding]:
    """Say which defaults are not as wished, and what :func:`plan_defaults` says besides."""
    for item in plan_defaults(wanted, host):
        if isinstance(item, Finding):
            yield item
        elif isinstance(item, Planned):
            step = item.step
            text = f"it has {step.was or 'no default policy'} instead of {step.becomes}"
            yield Finding(Severity.PROBLEM, Side.HOST, step.subject, text)


def _steps(wanted: WantedPolicies, defaults: PolicyDefaults) -> Iterator[SetDefaultPolicy]:
    if (wanted.overall is not None or wanted.no_overall) and defaults.overall is not wanted.overall:
        yield _step(None, wanted.overall, defaults.overall)
    for name, policy in wanted.by_hardware_id.items():
        there = (has for known, has in defaults.by_hardware_id if same_inquiry(known, name[:8], name[8:]))
        present = next(there, None)
        if present is not policy:
            yield _step(name, policy, present)


def _step(name: str | None, policy: Policy | None, present: Policy | None) -> SetDefaultPolicy:
    was = None if present is None else f"default policy {present.label}"
    return SetDefaultPolicy(name, policy, was=was, reason=_REASON)


def _unreached(disk: MpioDisk, defaults: PolicyDefaults, steps: list[SetDefaultPolicy]) -> Iterator[Finding]:
    """Say that a LUN has not taken a default over; nothing is said while defaults are still to be changed."""
    found = default_of(disk, defaults)
    if steps or found is None:
        return
    level, policy = found
    if policy is not None and not is_met(disk, policy):
        actual = "unknown" if disk.policy is None else disk.policy.label
        yield Finding(
            Severity.NOTE,
            Side.HOST,
            f"LUN {disk.wwn}",
            f"it has {actual} although {_WHOSE[level]} is {policy.label}: whether a"
            " default reaches a LUN that was there before it differs between sources; name the LUN in lun_policies",
        )
