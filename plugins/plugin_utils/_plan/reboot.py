# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether Windows must be restarted, and whether it may be. Private to the collection."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .._eva.models import find_product
from .._judge.dsms import Owner
from .._judge.effect import State, driver_waits, hardware_id_of, judge, owner_of
from .._judge.paths import leads_to, same_credentials
from .._model import (
    CHANGED_IN_THIS_BOOT,
    TIMERS_CHANGED,
    Device,
    Host,
    Initiator,
    NotKnown,
    PersistentLogin,
    Service,
    Session,
    Unknown,
    same_name,
    value_of,
)
from .desired import Desired, WantedArray
from .first_login import as_of_now
from .guards import objections
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .steps import (
    ClaimHardware,
    InstallDsm,
    InstallInitiator,
    Reboot,
    RemoveDsm,
    ReplaceLogin,
    SetNodeName,
    SetServiceStart,
    SetSetting,
    StartType,
    Step,
    StoreLogin,
    UnclaimHardware,
)
from .targets import array_sessions

_UNLESS_ALLOWED = "it is allowed (reboot: true of eva.mpio.host), if Windows needs it"
_RENAMED = (
    ": this run gives the initiator another name, and the LUNs of the sessions that stand are presented to the name of"
    " before, so they would not come back: present them to the new name on the array, then run again"
)
_OTHER_CREDENTIALS = (
    "the stored login of {} has other credentials than the layout, and which of them the array takes after the restart"
    " cannot be tried beside the only session there may be until multipath is in effect: leave the credentials as they"
    " are stored, on the array and in the layout, until Windows was restarted; or stop what uses the disks, log the"
    " session out, and run again"
)
_BEFORE = (
    "its stored login has the secret of before until multipath is in effect; if that is not the array's any more, the"
    " disks come back only when this run logs in after the restart: change the secret on the array after the restart"
)


def reboot_reasons(desired: Desired, host: Host) -> tuple[str, ...]:
    """Say why the MPIO feature, a DSM or a claim needs a restart before it takes effect; empty when nothing does.

    Each array is judged alone, so that what is wrong with one does not hide what another waits for.
    """
    effects = [judge(host, sessions, desired.owner) for sessions in _groups(desired, host)]
    return tuple(dict.fromkeys(effect.reason for effect in effects if effect.state is State.REBOOT_PENDING))


def _groups(desired: Desired, host: Host) -> Iterator[tuple[Session, ...]]:
    """The sessions of each declared array; without a layout, those that show EVA LUNs."""
    sessions = () if isinstance(host.sessions, Unknown) else host.sessions.value
    targets = () if isinstance(host.targets, Unknown) else host.targets.value
    if desired.layout is None:
        yield tuple(session for session in sessions if _shows_eva(session))
        return
    for array in desired.layout.arrays:
        yield array_sessions(array, sessions, targets)


def plan_reboot(
    desired: Desired,
    host: Host,
    memory: Memory,
    reasons: tuple[str, ...],
    coming: Sequence[Step],
    later: Sequence[Step],
) -> Iterator[Item]:
    """A restart, when one is needed, allowed, and takes no LUN away for good.

    Args:
        desired: Says whether a restart is allowed.
        host: What was read.
        memory: What this run has done since Windows last started.
        reasons: Why a restart is needed now.
        coming: Steps of this plan that are taken before it: one restart serves all.
        later: Steps of this plan that wait for something else than the restart.
    """
    cause = _cause([*coming, *later])
    if not reasons and cause is None:
        return
    step = Reboot(reason="; ".join(reasons) or f"Windows may want it after {cause}")
    if not desired.reboot_allowed:
        yield Planned(step, _UNLESS_ALLOWED)
        return
    tried = step in memory.failed or any(one.needs_reboot for one in coming)
    if reasons and not tried and not _may_help(desired, host, memory):
        yield _in_vain(reasons, desired.owner)
        return
    unproven = list(_unproven(desired, host, memory, coming))
    objected = [_not_made(f", because {text}") for text in objections(host, desired.reboot_despite)]
    objected += [finding for finding in unproven if finding.severity is Severity.PROBLEM]
    if _renames(host, memory, [*coming, *later]):
        objected.append(_not_made(_RENAMED))
    yield from (finding for finding in unproven if finding not in objected)
    yield from objected
    decision = _if_all_comes_back(step, host, reasons, coming, later)
    if isinstance(decision, Finding) or not objected:
        yield decision


def _in_vain(reasons: tuple[str, ...], owner: Owner) -> Finding:
    """Say that nothing tells of a change since Windows last started, so that a restart would change nothing."""
    done, change = ("claimed", "claim") if owner.microsoft else ("installed", "installation")
    return _not_made(
        f", because it may not help: {'; '.join(reasons)}; this run has {done} nothing and Windows waits for no"
        f" restart. If there was none since the {change}, run eva.mpio.reboot once; otherwise look at the disks in"
        " Device Manager (Code 45, or a driver that did not start)"
    )


def _renames(host: Host, memory: Memory, steps: Sequence[Step]) -> bool:
    """Tell whether this run renames the initiator while sessions show disks, which the array keys by the old name."""
    sessions = () if isinstance(host.sessions, Unknown) else host.sessions.value
    renames = memory.renamed or any(isinstance(step, SetNodeName) for step in steps)
    return renames and any(session.disks for session in sessions)


def _unproven(desired: Desired, host: Host, memory: Memory, coming: Sequence[Step]) -> Iterator[Finding]:
    """Name sessions whose stored logins may be refused after the restart, because their secret is on its way.

    Until multipath is in effect no session beside the only one can show which credentials the array takes now.
    """
    if desired.layout is None or desired.paths is None:
        return
    with contextlib.suppress(NotKnown):
        initiator, logins = value_of(host.initiator), value_of(host.logins)
        for array in desired.layout.arrays:
            now = as_of_now(array, host, memory)
            for session in array_sessions(array, value_of(host.sessions), value_of(host.targets)):
                leading = [one for one in logins if leads_to(one, session, initiator)]
                if not session.disks or not leading or any(_will_lead(step, session) for step in _stores(coming)):
                    continue
                where = f"session {session.full_name}"
                if not any(_may_be_taken(login, now, memory) for login in leading):
                    yield _not_made(f": {_OTHER_CREDENTIALS.format(where)}")
                elif desired.renew_secrets and now.chap is not None and session.id in memory.standing:
                    yield Finding(Severity.NOTE, Side.HOST, where, _BEFORE)


def _may_be_taken(login: PersistentLogin, array: WantedArray, memory: Memory) -> bool:
    """Tell whether a stored login is as wished, or else one like it made a session in this run."""
    portals = {wanted.portal for wanted in array.portals}
    return same_credentials(login, array.chap) or any(
        step.portal in portals and same_credentials(login, step.chap) for step in memory.proven
    )


def _if_all_comes_back(
    step: Reboot, host: Host, reasons: tuple[str, ...], coming: Sequence[Step], later: Sequence[Step]
) -> Planned | Finding:
    found = hindrance(host, coming)
    if found is None:
        if not reasons:
            return Planned(step, f"{_cause([*coming, *later])}, only if Windows needs it")
        return Planned(step, "the steps above" if coming else None)
    if coming and hindrance(host, [*coming, *later]) is None:
        return Planned(step, "these sessions are stored, only if Windows needs it")
    return _not_made(found)


def _not_made(why: str) -> Finding:
    return Finding(Severity.PROBLEM, Side.HOST, "restart", f"not made{why}")


def _cause(steps: Sequence[Step]) -> str | None:
    """Name what Windows may want a restart for; None where it is nothing of these steps."""
    if any(isinstance(step, InstallInitiator) for step in steps):
        return "the package of the initiator"
    kinds = {type(step) for step in steps if step.needs_reboot}
    if kinds == {SetSetting}:
        return "the timers"
    if kinds & {InstallDsm, RemoveDsm, UnclaimHardware}:
        return "what decides about the DSM"
    return "the feature and the claim" if kinds else None


def _may_help(desired: Desired, host: Host, memory: Memory) -> bool:
    """Tell whether Windows has not been restarted since what needs it.

    Otherwise a disk that MPIO does not take would cost a restart on every run. The note that MPIO was changed may be of
    a claim that did not work: then only what Windows itself says counts.
    """
    pending = set() if isinstance(host.pending_reboot, Unknown) else set(host.pending_reboot.value)
    noted = CHANGED_IN_THIS_BOOT in pending and not any(isinstance(step, ClaimHardware) for step in memory.failed)
    if memory.since_boot or noted or TIMERS_CHANGED in pending or _driver_waits(desired, host):
        return True
    pending.discard(CHANGED_IN_THIS_BOOT)
    effects = [judge(host, sessions, desired.owner) for sessions in _groups(desired, host)]
    outside = [device for effect in effects if effect.state is State.REBOOT_PENDING for device in effect.outside]
    return bool(pending) and not any(_is_taken(device, host) for device in outside)


def _driver_waits(desired: Desired, host: Host) -> bool:
    """Tell whether the driver of the wanted DSM was enabled and has not started yet, as far as that is known."""
    return desired.owner.microsoft and not isinstance(host.drivers, Unknown) and driver_waits(host)


def _is_taken(outside: Device, host: Host) -> bool:
    """Tell whether MPIO has taken another disk of the same kind: then the claim is in effect already."""
    sessions = () if isinstance(host.sessions, Unknown) else host.sessions.value
    disks = () if isinstance(host.disks, Unknown) else host.disks.value
    return any(
        owner_of(device, disks) is not None and hardware_id_of(device) == hardware_id_of(outside)
        for session in sessions
        for device in session.disks
    )


def hindrance(host: Host, coming: Sequence[Step] = ()) -> str | None:
    """Say why a restart would take a LUN away; None when all comes back, or will once these steps are taken."""
    try:
        bare, service = unprotected_sessions(host), value_of(host.initiator_service)
    except NotKnown as error:
        return f", because it is not known what would come back: {error}"
    lost = [session for session in bare if not any(_will_lead(step, session) for step in _stores(coming))]
    if lost:
        names = ", ".join(session.full_name for session in sorted(lost, key=lambda one: one.id))
        return (
            f": these sessions show disks and have no stored login, so their disks would not come back: {names}; make"
            " them persistent with eva.mpio.session, or log out what nobody needs"
        )
    if not service.running or service.start_mode == "Auto" or any(_starts(step, service) for step in coming):
        return None
    if not any(session.disks for session in value_of(host.sessions)):
        return None
    return (
        f": sessions show disks and service {service.name} does not start with Windows (start mode"
        f" {service.start_mode}), so the disks would not come back; let it start automatically with eva.mpio.initiator"
    )


def _starts(step: Step, service: Service) -> bool:
    """Tell whether a step lets a service start with Windows."""
    return step == SetServiceStart(service.name, StartType.AUTOMATIC, reason="")


def _stores(steps: Sequence[Step]) -> tuple[StoreLogin | ReplaceLogin, ...]:
    return tuple(step for step in steps if isinstance(step, (StoreLogin, ReplaceLogin)))


def _will_lead(step: StoreLogin | ReplaceLogin, session: Session) -> bool:
    """Tell whether a step stores what makes a session again; a rule stores each target at its portal."""
    if step.target is not None:
        if not same_name(step.target, session.target):
            return False
        if not session.connections or _only_outside(session):
            return True
    return any(one.remote == step.portal and one.local in (None, step.nic) for one in session.connections)


def unprotected_sessions(host: Host) -> tuple[Session, ...]:
    """Return the sessions with disks that no stored login would bring back.

    Each path must come back, so each session needs a stored login of its own. Disks outside MPIO have one path that
    counts; for them any stored login to the same target will do.

    Raises:
        NotKnown: sessions, stored logins or the initiator could not be read while its service runs.
    """
    if not value_of(host.initiator_service).running:
        return ()
    sessions, logins, initiator = value_of(host.sessions), value_of(host.logins), value_of(host.initiator)
    usable = [login for login in logins if not login.informational]
    return tuple(
        session
        for session in sessions
        if session.disks
        and not any(leads_to(login, session, initiator) for login in usable)
        and not (_only_outside(session) and any(_reaches(login, session, initiator) for login in usable))
    )


def _only_outside(session: Session) -> bool:
    return not any(device.multipath for device in session.disks)


def _reaches(login: PersistentLogin, session: Session, initiator: Initiator) -> bool:
    """Tell whether a stored login will make some session to the same target: not if its NIC is gone."""
    return leads_to(login, replace(session, connections=()), initiator)


def _shows_eva(session: Session) -> bool:
    return any(find_product(device.vendor, device.product) for device in session.disks)
