# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for what brings volumes and services back in time after a boot. Private to the collection.

The initiator service waits at boot for the volumes that are bound to it (SetupPersistentIScsiDevices, iSCSI Discovery
Library), and a service that uses them waits for the initiator's where it depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .._judge.paths import leads_to
from .._model import (
    Host,
    Initiator,
    NewDiskPolicy,
    NotKnown,
    PersistentLogin,
    Session,
    Unknown,
    Volumes,
    same_name,
    value_of,
)
from .desired import WantedInitiator
from .plan import Finding, Item, Planned, Severity, Side
from .preparation import INITIATOR_SERVICE, unreadable
from .steps import BindVolumes, SetNewDiskPolicy, SetServiceDependencies, Step

_POLICY = "policy for new disks"
_VOLUMES = "bound volumes"
_LETTER = re.compile(r"([A-Za-z]:)\\?")
_ENOUGH = (NewDiskPolicy.OFFLINE_SHARED, NewDiskPolicy.OFFLINE_ALL)
"""Policies under which no node brings a disk online that another one owns."""


def plan_boot(wanted: WantedInitiator, host: Host) -> Iterator[Item]:
    """Services that start after the initiator's, and shared disks that come up offline on a cluster's node."""
    if wanted.dependent_services:
        yield from _plan_dependencies(wanted.dependent_services, host)
    if wanted.cluster_disks_offline:
        yield from _plan_new_disks(host)


def plan_volumes(wanted: WantedInitiator, host: Host, coming: Sequence[Step]) -> Iterator[Item]:
    """The mounted volumes of iSCSI disks bound to the initiator, those that are gone not bound any more.

    Windows binds all volumes that are there at once and no single one, so nothing is bound anew while a bound one may
    only be away for a while: it would be lost to the list.

    Args:
        wanted: The wish.
        host: What was read.
        coming: Steps that are still to be taken, after which more volumes may be mounted.
    """
    if not wanted.bind_volumes:
        return
    if coming:
        yield Planned(BindVolumes((), reason="only if volumes are mounted then"), "the disks are there", fallback=True)
        return
    try:
        volumes, sessions = value_of(host.volumes), value_of(host.sessions)
        logins, initiator = value_of(host.logins), value_of(host.initiator)
    except NotKnown as error:
        yield unreadable(_VOLUMES, str(error))
        return
    there, bound = _letters(volumes, sessions), _bound(volumes)
    if not bound and len(volumes.bound) >= len(there):
        return  # it names them otherwise, so which they are cannot be compared
    missing, gone = sorted(there - bound), sorted(bound - _mounted(volumes))
    if not there or not (missing or gone):
        return
    reasons = [f"{', '.join(missing)} would come after the services that need it"] if missing else []
    if gone:
        # ISDSC_PERSISTENT_LOGIN_TIMEOUT (0xEFFF0047): a bound volume that never comes delays the start.
        reasons.append(f"{', '.join(gone)} is bound and gone, and the service would wait for it at every boot")
    step = BindVolumes(tuple(sorted(there)), reason="; ".join(reasons), was=", ".join(sorted(bound)) if bound else None)
    if gone and not _all_live(logins, sessions, initiator):
        yield Finding(
            Severity.NOTE,
            Side.HOST,
            _VOLUMES,
            f"{', '.join(gone)} is bound and not mounted now, while stored logins that may bring it back"
            " have no session: nothing is bound anew until every stored login has its session",
        )
        return
    yield Planned(step)


def _letters(volumes: Volumes, sessions: tuple[Session, ...]) -> set[str]:
    """Return the drive letters that lie on disks of iSCSI sessions."""
    numbers = {device.number for session in sessions for device in session.disks if device.number is not None}
    return {volume.letter.upper() for volume in volumes.mounted if volume.disk in numbers}


def _mounted(volumes: Volumes) -> set[str]:
    return {volume.letter.upper() for volume in volumes.mounted}


def _bound(volumes: Volumes) -> set[str]:
    """Return the bound drive letters. By what names Windows lists bound volumes is not documented."""
    found = (_LETTER.fullmatch(name.strip()) for name in volumes.bound)
    return {match.group(1).upper() for match in found if match is not None}


def _all_live(logins: tuple[PersistentLogin, ...], sessions: tuple[Session, ...], initiator: Initiator) -> bool:
    working = [session for session in sessions if session.working]
    return all(login.informational or any(leads_to(login, one, initiator) for one in working) for login in logins)


def _plan_dependencies(services: tuple[str, ...], host: Host) -> Iterator[Item]:
    if isinstance(host.dependencies, Unknown):
        yield unreadable("dependencies of services", host.dependencies.reason)
        return
    for service in services:
        known = next((one for one in host.dependencies.value if same_name(one.service, service)), None)
        where = f"service {service}"
        if known is None:
            yield unreadable(where, "nothing was read of its dependencies")
        elif known.names is None:
            yield Finding(
                Severity.REFUSAL,
                Side.WISH,
                where,
                "there is no such service on this host: name it in dependent_services by its key name (the services"
                " console shows another one), or take it away",
            )
        elif not any(same_name(name, INITIATOR_SERVICE) for name in known.names):
            yield Planned(
                SetServiceDependencies(
                    service,
                    (*known.names, INITIATOR_SERVICE),
                    reason="it uses disks that are there only when the initiator service has made its sessions",
                    was=f"depends on {', '.join(known.names)}" if known.names else "depends on nothing",
                )
            )


def _plan_new_disks(host: Host) -> Iterator[Item]:
    if not host.traits.new_disk_policy:
        yield _note(f"{host.os.caption} has no policy for new disks, so cluster_disks_offline does nothing here")
        return
    try:
        member = value_of(host.cluster).member
        if not member:
            yield _note("this host is no node of a failover cluster, so it is left as it is")
            return
        policy = value_of(host.new_disk_policy)
    except NotKnown as error:
        yield unreadable(_POLICY, str(error))
        return
    if policy not in _ENOUGH:
        yield Planned(
            SetNewDiskPolicy(
                reason="a LUN that is new to this node may belong to another one of its cluster",
                was="not set" if policy is None else policy.name.lower(),
            )
        )


def _note(text: str) -> Finding:
    return Finding(Severity.NOTE, Side.HOST, _POLICY, text)
