# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The disks of arrays go from one DSM to the other, both ways. Private to the collection.

Where a host stands is read from the host alone. *Leaving*: the other DSM has the disks or may take them. *Window*: no
DSM has them and the initiator service stands still, so that no restart brings paths. *Arriving*: the wanted DSM is
registered, and the usual plan brings one path, all paths and the policies back; then the disks that were taken offline,
and last the start type of the service. The way back is the same with the other DSM wished for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from .._judge.effect import changed_in_this_boot, driver_waits, is_outside, unclaimed
from .._model import Claims, Host, Known, NotKnown, Session, Unknown, value_of
from .announcement import (
    LAST,
    after_first_restart,
    bring_online,
    end_change,
    ends,
    held_back,
    is_last,
    is_restart,
    registers,
)
from .departure import gives_up, in_stages, stages
from .desired import Desired
from .dsm import Held, has, held_by_other
from .dsm_notes import cut_off, notes_of
from .guards import objections
from .migration_guards import WHERE, in_use_of_others, not_restarted, notes, refusals
from .plan import Finding, Item, Memory, Planned, Severity, Side, Waiting
from .preparation import INITIATOR_SERVICE, unreadable
from .programs import check_programs
from .scene import ON_DEMAND, Change, change_of, disks_of_clusters, noted, scene_of, sessions_of
from .steps import BindVolumes, LeaveToCluster, Reboot, StartService
from .targets import array_sessions
from .waits import MULTIPATH

Usual = Callable[[Host], Iterable[Item]]
"""The plan of a host whose DSM is not to be changed."""

_ONLINE = "the disks are online again"


def plan_changes(desired: Desired, host: Host, memory: Memory, usual: Usual) -> Iterator[Item]:
    """The whole plan of a host, with the change of its DSM where one is allowed and due or under way.

    Args:
        desired: The wish.
        host: What was read.
        memory: What this run has done.
        usual: Plans a host as it is shown to it.
    """
    change = change_of(desired)
    if change is None:
        yield from _arriving(desired, host, memory, usual(host))
        return
    try:
        value_of(host.pending_reboot)  # without it nobody can tell later how far the change has come
        held = _held(change, host)
        if held is not None:
            items = list(_leaving(change, held, host, memory, usual))
        elif _is_window(change, host, memory):
            items = list(_window(change, host, memory, usual))
        else:
            items = list(_arriving(desired, host, memory, usual(host), last=True))
        missing = any(found.severity is Severity.REFUSAL for found in check_programs(items, host, memory))
        if missing and (noted(host) or changed_in_this_boot(host)):
            items.append(_standing(change, "a setup program is not there"))
    except NotKnown as error:
        items = [unreadable(WHERE, str(error))]
    yield from items


def _held(change: Change, host: Host) -> Held | None:
    """Tell what the other DSM has that must be moved; without the feature of Windows Microsoft's can have nothing yet.

    Where the wanted DSM has every disk already, nothing is moved: the usual plan takes away what the other may claim.
    """
    microsofts = change.wanted.owner.other.microsoft
    if microsofts and host.traits.feature_exists and not value_of(host.feature).enabled:
        return None
    held = held_by_other(change.wanted, host)
    return None if held is not None and not held.disks and _has_all(change, host) else held


def _has_all(change: Change, host: Host) -> bool:
    """Tell whether the wanted DSM has every LUN that the sessions to the arrays show, and there is one."""
    shown = [device for session in sessions_of(change, host)[0] for device in session.disks]
    disks = value_of(host.disks)
    return bool(shown) and all(has(change.wanted.owner, device, disks) for device in shown)


# ---- leaving


def _leaving(change: Change, held: Held, host: Host, memory: Memory, usual: Usual) -> Iterator[Item]:
    scene = scene_of(change, host, held)
    own = list(in_stages(list(stages(scene, memory)), scene, memory))
    found = [*refusals(scene), *notes(scene), *own]
    yield from found
    later = list(usual(_away(change, held, host)))
    yield from filter(_refuses, later)
    goes_on = any(isinstance(item, Planned) and item.step not in memory.failed for item in own)
    if any(map(_refuses, found)) or not goes_on:
        if scene.begun:
            yield _standing(change, f"the {held.owner.label} still has them or may take them", bool(scene.ours))
        return
    steps = [item.step for item in own if isinstance(item, Planned)]
    yield from after_first_restart(change, host, steps, later, (*noted(host), *scene.online))


def _refuses(item: Item) -> bool:
    return isinstance(item, Finding) and item.severity is Severity.REFUSAL


def _away(change: Change, held: Held, host: Host) -> Host:
    """Show the host as it will be when the other DSM has nothing any more and Windows was restarted."""
    there = _stopped(host)
    names = {item.hardware_id.casefold() for item in held.covered}
    if isinstance(host.claims, Known):
        lists = (host.claims.value.mpio, host.claims.value.dsm)
        mpio, dsm = (tuple(entry for entry in one if entry.casefold() not in names) for one in lists)
        there = replace(there, claims=Known(Claims(mpio, dsm)))
    gone = {dsm.name for dsm in held.registered}
    dsms = tuple(dsm for dsm in value_of(host.dsms) if dsm.name not in gone)
    drivers = [driver for driver in value_of(host.drivers) if driver not in held.drivers]
    if held.owner.microsoft:
        drivers += [replace(driver, start_mode="Disabled", state="Stopped") for driver in held.drivers]
    return replace(there, dsms=Known(dsms), drivers=Known(tuple(drivers)), pending_reboot=Known(()))


def _stopped(host: Host) -> Host:
    """Show the host with its initiator service on demand and stopped."""
    service = value_of(host.initiator_service)
    silent = Unknown(f"service {INITIATOR_SERVICE} is stopped")
    if not service.installed:
        return host
    mode = service.start_mode if service.disabled else ON_DEMAND
    return replace(
        host,
        initiator_service=Known(replace(service, start_mode=mode, state="Stopped")),
        initiator=silent,
        portals=silent,
        targets=silent,
        sessions=silent,
        logins=silent,
        disks=Known(()),
    )


# ---- the window


def _is_window(change: Change, host: Host, memory: Memory) -> bool:
    """Tell whether no DSM has the disks and nothing may bring paths yet."""
    service = value_of(host.initiator_service)
    if not service.installed or service.start_mode != ON_DEMAND:
        return False
    waits = _waits_for_restart(change, host, memory)
    if service.running and (not waits or sessions_of(change, host)[0]):
        return False
    return waits or not _is_ready(change, host)


def _is_ready(change: Change, host: Host) -> bool:
    """Tell whether the wanted DSM is registered and takes the disks as soon as they come."""
    owner = change.wanted.owner
    if not any(owner.is_it(dsm.name) for dsm in value_of(host.dsms)):
        return False
    claims = owner.microsoft and host.traits.claim_list
    return not (claims and unclaimed(value_of(host.claims), change.wanted.hardware_ids))


def _waits_for_restart(change: Change, host: Host, memory: Memory) -> bool:
    return (
        bool(memory.since_boot) or changed_in_this_boot(host) or (change.wanted.owner.microsoft and driver_waits(host))
    )


def _window(change: Change, host: Host, memory: Memory, usual: Usual) -> Iterator[Item]:
    """What the usual plan has for a host whose service stands still, then the restart; first that, while it runs."""
    running = value_of(host.initiator_service).running
    items = [item for item in usual(_stopped(host) if running else host) if not is_restart(item)]
    planned = [item for item in items if isinstance(item, Planned) and not is_last(item)]
    ready = [item for item in planned if item.after is None and not isinstance(item.step, StartService) and not running]
    open_steps = any(item.step not in memory.failed and item.step not in memory.done for item in ready)
    waits_for_it = any(item.again and item.after is not None for item in planned)
    failed = any(item.step in memory.failed for item in ready) and not waits_for_it
    restart = [] if open_steps or failed else list(_restart(change, host, memory))
    # Whether Windows restarts now is decided here alone.
    yield from (item for item in items if isinstance(item, Finding) and not (restart and item.where == "restart"))
    yield from (*ready, *restart)
    if open_steps:
        yield Planned(Reboot(reason=registers(change)), "the steps above")
    elif not any(isinstance(item, Planned) for item in restart):
        yield _standing(change, "no DSM has them and the initiator service stands still")
        return
    yield from held_back(change, [item for item in planned if item not in ready])
    yield from ends(host, noted(host))
    if notes_of(host).change_begun:
        yield Planned(end_change(change.wanted), LAST)


def _why(change: Change, running: bool) -> str:
    """Say why Windows restarts: while the service runs still, the wanted DSM has not even been begun with."""
    if running:
        return gives_up(change.wanted.owner.other)
    return registers(change)


def _restart(change: Change, host: Host, memory: Memory) -> Iterator[Item]:
    """A restart of Windows in the window, where something waits for one and nothing objects."""
    if not _waits_for_restart(change, host, memory):
        return
    why = [*objections(host, change.desired.reboot_despite), *_others_in_use(change, host)]
    if not change.desired.reboot_allowed:
        why.append("no restart is allowed (reboot: true)")
    yield from map(not_restarted, why)
    if not why:
        yield Planned(Reboot(reason=_why(change, value_of(host.initiator_service).running)))


def _others_in_use(change: Change, host: Host) -> Iterator[str]:
    _ours, others = sessions_of(change, host)
    yield from (f"session {session.full_name}: {text}" for session, text in in_use_of_others(others, host))


def _standing(change: Change, where: str, paths: bool = False) -> Finding:
    """Say where a host stands whose change of DSM does not go on, and both ways out; whether it has paths still."""
    owner = change.wanted.owner
    what = f"paths of {change.arrays} may be missing" if paths else f"the disks of {change.arrays} are away"
    text = (
        f"it is not finished, and {what}: {where}. To go on, mend what is named here and"
        f" run the same task again; to go back, run it with dsm: {owner.other.kind.value} and change_dsm: true"
    )
    return Finding(Severity.PROBLEM, Side.HOST, WHERE, text)


# ---- arriving, and every host whose DSM is as wished


def _arriving(
    desired: Desired, host: Host, memory: Memory, items: Iterable[Item], *, last: bool = False
) -> Iterator[Item]:
    """The usual plan; then the disks that a run took offline, and where the service starts on demand its start type."""
    plan = list(items)
    presented = not any(isinstance(item, Waiting) for item in plan)
    more = not presented or any(_is_open(item, memory) for item in plan)
    online = list(_plan_online(desired, host, more, presented))
    coming = any(_is_open(item, memory) for item in online)
    service = host.initiator_service
    on_demand = isinstance(service, Known) and service.value.start_mode == ON_DEMAND
    closing = [item for item in plan if (last and on_demand and is_last(item)) or _binds(item)]
    yield from (item for item in plan if item not in closing)
    yield from online
    for item in closing:
        waits = coming and _binds(item)
        yield replace(item, after=_ONLINE) if waits and isinstance(item, Planned) else item
    unfinished = more or coming or any(_is_open(item, memory) for item in closing)
    if unfinished and not last and desired.dsm is not None:
        yield from cut_off(desired.dsm, host)
    yield from _plan_end(desired, host, unfinished)


def _plan_end(desired: Desired, host: Host, more: bool) -> Iterator[Planned]:
    """Take the note of a change away once it is over: paths, disks and the start type are back, whoever did that."""
    wanted = desired.dsm
    if wanted is None or wanted.absent or desired.paths is None or isinstance(host.dsm_notes, Unknown):
        return
    if notes_of(host).change_begun:
        yield Planned(end_change(wanted), LAST if more or noted(host) else None)


def _is_open(item: Item, memory: Memory) -> bool:
    return isinstance(item, Planned) and not item.fallback and item.step not in memory.failed


def _binds(item: Item) -> bool:
    return isinstance(item, Planned) and isinstance(item.step, BindVolumes)


def _plan_online(desired: Desired, host: Host, more: bool, presented: bool) -> Iterator[Item]:
    """Bring each disk online that the note on the host names, once it is a disk of the wanted DSM.

    Args:
        desired: The wish.
        host: What was read.
        more: Whether anything is still to come that may show more disks.
        presented: Whether the arrays present LUNs, as far as can be told.
    """
    wanted = desired.dsm
    if wanted is None or wanted.absent or desired.paths is None:
        return  # whoever makes no paths does not know whether all of them are back
    if isinstance(host.disks, Unknown) or isinstance(host.sessions, Unknown):
        yield from (Planned(bring_online(wwn), MULTIPATH) for wwn in noted(host))
        return
    disks, clustered = host.disks.value, disks_of_clusters(host)
    twice = any(is_outside(device, disks) for session in _ours(desired, host) for device in session.disks)
    for wwn in noted(host):
        owned = any(disk.wwn == wwn and wanted.owner.is_it(disk.dsm) for disk in disks)
        if wwn in clustered:
            yield Planned(LeaveToCluster(wwn, was="offline", reason="it is a disk of the failover cluster now"))
        elif owned and not twice:
            yield Planned(bring_online(wwn))
        elif more:
            yield Planned(bring_online(wwn), MULTIPATH)
            if not (owned or presented):
                text = "a run took its disk offline to change the DSM, and it stays so until the LUN is presented again"
                yield Finding(Severity.NOTE, Side.ARRAY, f"LUN {wwn}", text)
        else:
            text = (
                f"a run took its disk offline to change the DSM, and it is no disk of the {wanted.owner.label} now:"
                " present the LUN to this host again, or mend what is named here; if it is gone for good, take it out"
                " of what the run noted on the host (DisksTakenOffline, see the guide to the change of DSM)"
            )
            yield Finding(Severity.PROBLEM, Side.HOST, f"LUN {wwn}", text)


def _ours(desired: Desired, host: Host) -> Iterator[Session]:
    """The sessions to the declared arrays; all of them where targets are not known."""
    sessions = () if isinstance(host.sessions, Unknown) else host.sessions.value
    if desired.layout is None or isinstance(host.targets, Unknown):
        yield from sessions
        return
    for array in desired.layout.arrays:
        yield from array_sessions(array, sessions, host.targets.value)
