# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps that take the disks of arrays away from the DSM that has them. Private to the collection.

They go in stages, and each stage waits for the one before to be read back: a note that it has begun, disks offline, the
initiator service on demand, one stored login an array (until multipath is in effect again no more may become sessions),
sessions ended, the DSM's claim or the DSM itself gone, a restart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .._judge.dsms import Owner
from .._judge.effect import changed_in_this_boot
from .._judge.paths import is_ours, leads_to, login_faults, login_order, stored_halves
from .._model import Host, NotKnown, Path, PersistentLogin, Session, value_of
from .classes import login_key
from .desired import WantedArray
from .dsm import taken_from_microsofts
from .dsm_notes import in_vain, notes_of
from .hp_dsm import leaves, starts_again
from .layout import routes_of
from .migration_guards import blocked, not_restarted
from .one_path import is_of
from .plan import Finding, Item, Memory, Planned, Severity
from .preparation import INITIATOR_SERVICE
from .removal import USE, end, is_wide, unrestorable
from .scene import ON_DEMAND, Change, Scene, ShownLun
from .steps import (
    BeginChange,
    Reboot,
    RemoveDsm,
    RemoveLogin,
    SetServiceStart,
    StartService,
    StartType,
    Step,
    TakeDiskOffline,
    start_words,
)
from .targets import array_sessions, declared_paths


@dataclass(frozen=True)
class Stage:
    """Steps that are taken before anything after them, with what those wait for."""

    steps: tuple[Step, ...]
    done: str


def stages(scene: Scene, memory: Memory) -> Iterator[Stage | Finding]:
    """Return what is still to be done, stage by stage.

    Raises:
        NotKnown: the initiator, what it stores, or what waits for a restart could not be read.
    """
    service = value_of(scene.host.initiator_service)
    if service.installed and not service.running and may_start(scene):
        yield Stage((StartService(INITIATOR_SERVICE, was="stopped", reason="what it stores must be read"),), "it runs")
    if not notes_of(scene.host).change_begun:
        reason = "a run that is cut is gone on with, and its guards look for what stands no more"
        way = f"from the {scene.held.owner.label} to the {scene.change.wanted.owner.label}"
        yield Stage((BeginChange(way=way, reason=reason),), "that is noted on the host")
    away = "the disks are away while their DSM is changed"
    offline = tuple(TakeDiskOffline(lun.disk.wwn, was=_state(lun), reason=away) for lun in scene.used)
    yield Stage(offline, "the disks are offline")
    if service.may_start and service.start_mode != ON_DEMAND:
        step = SetServiceStart(
            INITIATOR_SERVICE,
            StartType.MANUAL,
            was=start_words(service.start_mode),
            reason="no restart may bring paths while no DSM has the disks",
        )
        yield Stage((step,), "the initiator service starts on demand only")
    if service.running:
        yield from _stored(scene)
        ends = tuple(end(session, away, (), scene.host).step for session in _in_order(scene.ours))
        yield Stage(ends, "the sessions are ended")
    gone = "claims nothing of the arrays" if scene.held.owner.microsoft else "is removed"
    removal = list(_removal(scene, memory))
    yield from (item for item in removal if isinstance(item, Finding))
    yield Stage(tuple(item for item in removal if isinstance(item, Step)), f"the {scene.held.owner.label} {gone}")
    yield Stage((Reboot(reason=gives_up(scene.held.owner)),), "Windows was restarted")


def gives_up(owner: Owner) -> str:
    """Say why Windows restarts once a DSM is to have the disks no more."""
    return f"the {owner.label} gives the disks up only when Windows starts"


def _state(lun: ShownLun) -> str:
    return f"online, mounted as {', '.join(lun.mounted)}" if lun.mounted else "online"


def may_start(scene: Scene) -> bool:
    """Tell whether the stopped service may be started to read what it stores: while the other DSM has its disks still.

    Raises:
        NotKnown: it is not known whether MPIO was changed in this boot.
    """
    held, service = scene.held, value_of(scene.host.initiator_service)
    # Microsoft's driver has a known name; that of HP's may be one that nobody recognises.
    stays = bool(held.drivers) if held.owner.microsoft else starts_again(scene.change.wanted, scene.host)
    in_effect = bool(held.covered or (held.registered and stays))
    return in_effect and not service.disabled and not changed_in_this_boot(scene.host)


def _in_order(sessions: Sequence[Session]) -> list[Session]:
    return sorted(sessions, key=lambda session: (session.working, session.id))


def _stored(scene: Scene) -> Iterator[Stage | Finding]:
    """All stored logins of each array but one, equal ones at once; those for any NIC or any portal last."""
    rest = list(value_of(scene.host.logins))
    doomed = [step for array in scene.change.layout.arrays for step in _surplus(array, scene)]
    steps = []
    for step in sorted(dict.fromkeys(doomed), key=lambda one: is_wide(one.entry)):
        lost = unrestorable(step, rest, scene.host, proven=False)
        if lost is not None:
            text = f"{lost.text}; until the other DSM has the disks one stored login an array may be left"
            yield Finding(Severity.REFUSAL, lost.side, lost.where, text)
            continue
        steps.append(step)
        if not step.keep:
            rest = [login for login in rest if login_key(login) != login_key(step.entry)]
    yield Stage(tuple(steps), "one stored login is left of each array")


def _surplus(array: WantedArray, scene: Scene) -> Iterator[RemoveLogin]:
    host = scene.host
    paths = declared(array, scene.change, host)
    logins = _logins_of(array, paths, host)
    if not logins:
        return
    kept = _kept(array, paths, logins, host)
    reason = "one path comes back first, until multipath is in effect again"
    for login in {login_key(one): one for one in logins}.values():
        equal = sum(login_key(one) == login_key(login) for one in logins)
        keep = int(login_key(login) == login_key(kept))
        if equal > keep:
            chap = array.chap if keep or is_wide(login) else None
            nic = value_of(host.initiator).address_of(login.port_number)
            yield RemoveLogin(kept if keep else login, keep, chap, equal - keep, nic, reason=reason)


def declared(array: WantedArray, change: Change, host: Host) -> tuple[Path, ...]:
    """Return the paths of an array that the layout gives; none while they are not known."""
    try:
        return declared_paths(array, routes_of(change.layout, array, host).pairs, host)
    except NotKnown:
        return ()  # the check of the layout has refused that


def _logins_of(array: WantedArray, paths: Sequence[Path], host: Host) -> list[PersistentLogin]:
    """Return all that may become a session to an array, in a fixed order."""
    initiator = value_of(host.initiator)
    sessions = array_sessions(array, value_of(host.sessions), value_of(host.targets))
    found = [
        login
        for login in value_of(host.logins)
        if is_ours(login.instance, initiator)
        and not login.informational
        and (is_of(login, array, paths) or any(leads_to(login, session, initiator) for session in sessions))
    ]
    return sorted(found, key=login_order)


def _kept(array: WantedArray, paths: Sequence[Path], logins: Sequence[PersistentLogin], host: Host) -> PersistentLogin:
    """Choose the one that stays: of a declared path and as declared where there is such a one."""
    initiator = value_of(host.initiator)
    halves = [login for path in paths for login in stored_halves(logins, initiator, path)]
    right = [login for login in halves if not login_faults(login, array.chap, array.digests)]
    return next(iter((*right, *halves, *(login for login in logins if not is_wide(login)), *logins)))


def _removal(scene: Scene, memory: Memory) -> Iterator[Step | Finding]:
    """Take the claim, the driver or the package of the other DSM away; what waits for the restart is done."""
    held, host = scene.held, scene.host
    if held.owner.microsoft:
        yield from taken_from_microsofts(held)
        return
    package = scene.change.wanted.package
    if package.removal_path is None:
        return  # refused
    reason = "two DSMs must never claim one disk"
    removal = RemoveDsm(package.removal_path, package.removal_arguments, reason=reason, was="installed")
    if leaves(scene.change.wanted, host, memory):
        return
    yield in_vain(removal, host, memory, Severity.REFUSAL) or removal


def in_stages(found: Sequence[Stage | Finding], scene: Scene, memory: Memory) -> Iterator[Item]:
    """Plan the first stage that has anything left, the others after it; nothing more where a step has failed."""
    yield from (item for item in found if isinstance(item, Finding))
    staged = [item for item in found if isinstance(item, Stage)]
    failed = [Planned(step) for stage in staged for step in stage.steps if step in memory.failed]
    yield from failed
    if failed:
        return
    waits = None if scene.asked else USE
    for stage in staged:
        reboots = any(isinstance(step, Reboot) for step in stage.steps)
        hindered = list(blocked(scene)) if reboots and waits is None else []
        yield from map(not_restarted, hindered)
        if hindered:
            return
        yield from (Planned(step, waits) for step in stage.steps)
        waits = stage.done if stage.steps else waits
