# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans and proof of the policies of HP's DSM, by the administrator's own commands. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .._model import Host, HpPolicy, MpioDisk, NotKnown, Policy, Session, value_of
from .desired import WantedArray, WantedHpPolicies
from .lun_scope import idle_patterns, is_in_scope, missing_luns, sessions_in_scope
from .plan import Finding, Item, Planned, Severity, Side
from .preparation import unreadable
from .steps import SetHpPolicy

_REASON = "it shall have this policy of HP's DSM"


def plan_hp_policies(
    wanted: WantedHpPolicies, arrays: Sequence[WantedArray] | None, host: Host, more_to_come: str | None
) -> Iterator[Item]:
    """The wished policy of HP's DSM on every LUN of the arrays, and on those that are named by their WWN.

    Args:
        wanted: Policies by WWN, by pattern and the default.
        arrays: The declared arrays; None where none are declared, then each active/active EVA LUN over iSCSI counts.
        host: What was read.
        more_to_come: What LUNs that are not visible yet wait for; None when nothing more is expected.
    """
    try:
        disks = value_of(host.disks)
        sessions: Sequence[Session] = sessions_in_scope(arrays, host)
    except NotKnown as error:
        if more_to_come is None:
            yield unreadable("policies of HP's DSM", str(error))
            return
        disks, sessions = (), ()
    ours = [disk for disk in disks if disk.wwn in wanted.by_wwn or is_in_scope(disk, sessions, arrays)]
    if ours:
        yield from _plan_disks(wanted, ours, host)
    yield from missing_luns(wanted, {disk.wwn for disk in disks}, more_to_come, _announced)
    if more_to_come is None:
        yield from idle_patterns(wanted, {disk.wwn for disk in ours})


def told_policies(host: Host) -> Mapping[str, HpPolicy]:
    """Return the policies of HP's DSM by the WWNs of their LUNs, as far as the administrator's command tells them.

    Raises:
        NotKnown: it tells of none, or there is no such command.
    """
    return {told.wwn: told.policy for told in value_of(host.hp_policies)}


def hp_policy_faults(wanted: WantedHpPolicies, disk: MpioDisk, host: Host) -> Iterator[str]:
    """Say why a LUN of HP's DSM has not the wished policy, or why nobody can tell."""
    policy = wanted.of(disk.wwn)
    if policy is None:
        return
    try:
        present, reason = told_policies(host).get(disk.wwn), _why_untold(disk)
    except NotKnown as error:
        present, reason = None, str(error)
    if present is None:
        yield f"its policy of HP's DSM shall be {policy.label} and is not known: {reason}"
    elif present is not policy:
        yield f"its policy of HP's DSM is {present.label} instead of {policy.label}; eva.mpio.lun_policy sets it"


def _announced(wwn: str | None, policy: HpPolicy) -> SetHpPolicy:
    return SetHpPolicy(wwn, policy, reason=_REASON)


def _plan_disks(wanted: WantedHpPolicies, disks: Sequence[MpioDisk], host: Host) -> Iterator[Item]:
    try:
        known = told_policies(host)
    except NotKnown as error:
        yield unreadable("policies of HP's DSM", str(error))
        return
    for disk in sorted(disks, key=lambda one: one.wwn):
        policy = wanted.of(disk.wwn)
        if policy is not None:
            yield from _plan_disk(disk, policy, known.get(disk.wwn))


def _plan_disk(disk: MpioDisk, policy: HpPolicy, present: HpPolicy | None) -> Iterator[Item]:
    where = f"LUN {disk.wwn}"
    if disk.policy not in (Policy.VENDOR_SPECIFIC, None):
        yield Finding(
            Severity.PROBLEM,
            Side.HOST,
            where,
            f"it belongs to {disk.dsm}, which has no policies of HP's DSM: use lun_policies, or change its DSM",
        )
    elif present is None:
        yield unreadable(where, _why_untold(disk))
    elif present is not policy:
        yield Planned(SetHpPolicy(disk.wwn, policy, was=f"HP policy {present.label}", reason=_REASON))


def _why_untold(disk: MpioDisk) -> str:
    """Say why the policy of a LUN is not known though that of others is."""
    if disk.policy is Policy.VENDOR_SPECIFIC:
        return "what hp_policy_show prints does not tell its policy; look at hp_policy_pattern"
    shown = "no policy of it" if disk.policy is None else f"its policy as {disk.policy.label}"
    return f"hp_policy_show is asked for disks whose policy Windows shows as vendor_specific, and it shows {shown}"
