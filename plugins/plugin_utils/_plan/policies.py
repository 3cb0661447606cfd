# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for the policies of the Microsoft DSM: its defaults, and that of each LUN. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .._judge.policy import Level, deciding_level, is_explicit, is_met
from .._model import Host, MpioDisk, NotKnown, Policy, PolicyDefaults, Session, value_of
from .desired import Desired, LunPolicy, WantedArray, WantedPolicies
from .lun_scope import idle_patterns, is_in_scope, missing_luns, sessions_in_scope
from .plan import Finding, Item, Planned, Severity, Side
from .policy_defaults import needs_defaults, plan_defaults
from .policy_paths import PathVerdict, details, ends_of, judge_paths
from .preparation import unreadable
from .steps import SetPolicy

_EACH_LUN = "with Microsoft's MPIO policies apply to each LUN individually (HP P6x00 user guide, page 100)"

_NAMES = "the policy wished for it names paths"


def policy_parts(desired: Desired) -> frozenset[str]:
    """Return the parts of a host that the plan of its policies looks at."""
    parts: set[str] = set()
    if desired.policies is not None or desired.hp_policies is not None:
        parts |= {"disks", "sessions"}
        parts |= {"targets"} if desired.layout is not None else set()
    if desired.policies is not None:
        parts |= {"policy_defaults"} if needs_defaults(desired.policies) else set()
        # Whether a disk is raw is one more question, asked where policies are all that is looked at.
        parts |= {"disk_use"} if desired.paths is None and not desired.proof else set()
    if desired.hp_policies is not None:
        parts |= {"hp_policies"}
    return frozenset(parts)


def plan_policies(
    wanted: WantedPolicies,
    arrays: Sequence[WantedArray] | None,
    host: Host,
    more_to_come: str | None,
    owner_is_judged: bool = False,
) -> Iterator[Item]:
    """The wished policy on every LUN of the arrays, and on those that are named by their WWN.

    Args:
        wanted: Policies by WWN, by pattern and the default; and the DSM's own defaults.
        arrays: The declared arrays, whose LUNs get the default. None where none are declared: then each active/active
            EVA LUN that is seen over iSCSI gets it. A LUN that is seen over Fibre Channel only is not ours.
        host: What was read.
        more_to_come: What LUNs that are not visible yet wait for; None when nothing more is expected.
        owner_is_judged: Whether the plan of the DSM says already which LUNs of the arrays another one has.
    """
    yield from plan_defaults(wanted, host)
    try:
        disks = value_of(host.disks)
    except NotKnown as error:
        if more_to_come is None:
            yield unreadable("MPIO disks", str(error))
            return
        disks = ()
    sessions: Sequence[Session] = ()
    scope_is_known = more_to_come is None
    if disks and not all(disk.wwn in wanted.by_wwn for disk in disks) and (wanted.default or wanted.by_pattern):
        try:
            sessions = sessions_in_scope(arrays, host)
        except NotKnown as error:
            if more_to_come is None:
                yield unreadable("policies of LUNs", str(error))
                scope_is_known = False
    planner = _Planner(wanted, arrays, host, owner_is_judged)
    ours = [disk for disk in disks if disk.wwn in wanted.by_wwn or is_in_scope(disk, sessions, arrays)]
    for disk in sorted(ours, key=lambda item: item.wwn):
        policy = wanted.of(disk.wwn)
        if policy is not None:
            yield from planner.of(disk, policy)
    yield from missing_luns(wanted, {disk.wwn for disk in disks}, more_to_come, _announced)
    if scope_is_known:
        yield from idle_patterns(wanted, {disk.wwn for disk in ours})


def policy_faults(wanted: WantedPolicies, arrays: Sequence[WantedArray], disk: MpioDisk, host: Host) -> tuple[str, ...]:
    """Say what is not as wished of a disk besides the policy itself, which is judged with redundancy.

    Raises:
        NotKnown: the sessions could not be read.
    """
    policy = wanted.of(disk.wwn)
    if policy is None or (policy.policy is not None and not is_met(disk, policy.policy)):
        return ()
    if policy.policy is None or wanted.explicit:
        own = _Planner(wanted, arrays, host).own(disk)
        if own is None:
            return ("whether it has a policy of its own is not known",)
        if policy.policy is None:
            return ("it has a policy of its own and shall have none",) if own else ()
        if not own:
            return ("its policy is a default, and it shall have it as its own",)
    verdict = judge_paths(policy, disk, ends_of(disk, value_of(host.sessions), arrays), names_all=False)
    nowhere = (f"{_NAMES} {place}" for place in verdict.nowhere)
    wishes = policy.preferred is not None or policy.paths
    return (*verdict.faults, *nowhere, *([verdict.waits] if verdict.waits and wishes else []))


def check_policies(wanted: WantedPolicies, host: Host) -> Iterator[Finding]:
    """Refuse what the Microsoft DSM of this release does not have, or nobody can read or set there."""
    named = [
        ("default policy", wanted.default),
        *((f"policy of LUN {wwn}", policy) for wwn, policy in wanted.by_wwn.items()),
        *((f"policy of LUNs {pattern}", policy) for pattern, policy in wanted.by_pattern),
    ]
    wishes = [(where, policy.policy) for where, policy in named if policy is not None]
    wishes += [(f'default policy of "{name}"', policy) for name, policy in wanted.by_hardware_id.items()]
    wishes += [("default policy of the Microsoft DSM", wanted.overall)]
    known = ", ".join(policy.label for policy in Policy if policy in host.traits.policies)
    for where, policy in wishes:
        if policy is not None and policy not in host.traits.policies:
            yield _refusal(where, f"the Microsoft DSM of {host.os.caption} has no {policy.label}; it has {known}")
    sets_defaults = bool(wanted.by_hardware_id) or wanted.overall is not None or wanted.no_overall
    if sets_defaults and not host.traits.policy_tool:
        yield _refusal(
            "default policies of the Microsoft DSM",
            f"nothing on {host.os.caption} is known to set them: mpclaim does so from Windows Server 2008 R2 on (its"
            " help texts); set the policy of each LUN instead (lun_policies, with default for all)",
        )
    if not host.traits.policy_store:
        clears = any(policy is not None and policy.policy is None for _where, policy in named)
        for is_wished, what in ((clears, "clear"), (wanted.explicit, "explicit_policies")):
            if is_wished:
                yield _refusal(
                    what,
                    f"where the DSM of {host.os.caption} keeps policies is not known, so nobody can tell whether a LUN"
                    " has one of its own; set a policy by its name",
                )


def _refusal(where: str, text: str) -> Finding:
    return Finding(Severity.REFUSAL, Side.WISH, where, text)


def _announced(wwn: str | None, wanted: LunPolicy) -> SetPolicy | None:
    """Return the step for a LUN that is not visible yet; one that appears has no policy of its own to clear."""
    return None if wwn is None and wanted.policy is None else _step(wwn, wanted)


def _step(
    wwn: str | None,
    wanted: LunPolicy,
    verdict: PathVerdict | None = None,
    was: str | None = None,
    reason: str = _EACH_LUN,
) -> SetPolicy:
    settings = () if verdict is None else verdict.settings
    return SetPolicy(wwn, wanted.policy, settings, details(wanted), was=was, reason=reason)


@dataclass(frozen=True)
class _Planner:
    """Plans the policy of one LUN after the other."""

    wanted: WantedPolicies
    arrays: Sequence[WantedArray] | None
    host: Host
    owner_is_judged: bool = False

    def of(self, disk: MpioDisk, wanted: LunPolicy) -> Iterator[Item]:
        """Plan the policy of a LUN."""
        where = f"LUN {disk.wwn}"
        if disk.policy is Policy.VENDOR_SPECIFIC:
            if not self.owner_is_judged:
                text = "whose policies are its own: policies of the Microsoft DSM do not apply"
                yield _problem(where, f"it belongs to {disk.dsm}, {text}")
        elif disk.policy is None:
            reason = f": {disk.policy_unknown}" if disk.policy_unknown else ""
            yield unreadable(where, f"its policy is not known{reason}")
        elif wanted.policy is None:
            yield from self._clear(disk, wanted, where)
        else:
            yield from self._set(disk, wanted, wanted.policy, where)

    def _clear(self, disk: MpioDisk, wanted: LunPolicy, where: str) -> Iterator[Item]:
        own = self.own(disk)
        if own is None:
            yield from self._unknown_origin(where)
        elif own:
            reason = "it shall have none of its own, so that the defaults of the Microsoft DSM decide"
            yield Planned(_step(disk.wwn, wanted, was=_was(disk, own), reason=reason))

    def _set(self, disk: MpioDisk, wanted: LunPolicy, policy: Policy, where: str) -> Iterator[Item]:
        has_wishes = wanted.preferred is not None or bool(wanted.paths)
        sessions: Sequence[Session] = ()
        try:
            sessions = value_of(self.host.sessions)
        except NotKnown as error:
            if has_wishes:
                yield unreadable(where, f"where its paths go is not known: {error}")
                return
        ends = ends_of(disk, sessions, self.arrays)
        verdict = judge_paths(wanted, disk, ends, names_all=not self.host.traits.policy_tool)
        for place in verdict.nowhere:
            yield Finding(Severity.PROBLEM, Side.WISH, where, f"{_NAMES} {place}")
        yield from (Finding(Severity.NOTE, Side.HOST, where, note) for note in verdict.notes)
        own = self.own(disk) if self.wanted.explicit else True
        if own is None:
            yield from self._unknown_origin(where)
            own = True
        why = self._why(disk, policy, verdict, own=own, has_wishes=has_wishes)
        if why is None:
            return
        if verdict.waits:
            yield _problem(where, f"its policy waits: {verdict.waits}")
        else:
            yield Planned(_step(disk.wwn, wanted, verdict, _was(disk, own), why))

    def _why(self, disk: MpioDisk, policy: Policy, verdict: PathVerdict, *, own: bool, has_wishes: bool) -> str | None:
        """Say why a policy is to be set; None where all is as wished."""
        if not is_met(disk, policy):
            return _EACH_LUN
        if verdict.faults:
            return "; ".join(verdict.faults)
        if not own:
            return f"it has the policy {self._origin(disk)}, and shall have it as its own"
        return verdict.waits if has_wishes else None

    def own(self, disk: MpioDisk) -> bool | None:
        """Tell whether a LUN has a policy of its own, None where nobody knows."""
        defaults = self._defaults()
        return None if defaults is None else is_explicit(disk, defaults, self.host.traits)

    def _origin(self, disk: MpioDisk) -> str:
        defaults = self._defaults()
        level = None if defaults is None else deciding_level(disk, defaults, self.host.traits)
        return {
            Level.HARDWARE_ID: "by the default of its hardware id",
            Level.DSM: "by the default of the Microsoft DSM",
            Level.BUILT_IN: "because the Microsoft DSM chooses it by itself",
        }.get(level or Level.LUN, "without its own setting")

    def _unknown_origin(self, where: str) -> Iterator[Finding]:
        if not self.host.traits.policy_store:
            return  # refused already, for all LUNs
        try:
            value_of(self.host.policy_defaults)
            reason = "Windows does not tell"
        except NotKnown as error:
            reason = str(error)
        yield unreadable(where, f"whether it has a policy of its own is not known: {reason}")

    def _defaults(self) -> PolicyDefaults | None:
        try:
            return value_of(self.host.policy_defaults)
        except NotKnown:
            return None


def _was(disk: MpioDisk, own: bool) -> str | None:
    if disk.policy is None:
        return None
    return f"policy {disk.policy.label}{'' if own else ' by default'}"


def _problem(where: str, text: str) -> Finding:
    return Finding(Severity.PROBLEM, Side.HOST, where, text)
