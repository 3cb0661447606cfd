# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to a run at one of its requests, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ansible_collections.eva.mpio.tests.integration.stage import PORTALS
from ansible_collections.eva.mpio.tests.lab.laws import Allowance
from ansible_collections.eva.mpio.tests.lab.windows.services import ServiceError
from ansible_collections.eva.mpio.tests.lab.winrm import faults as winrm
from ansible_collections.eva.mpio.tests.lab.winrm.soapfault import QUOTA_USER
from ansible_collections.eva.mpio.tests.sweep import cluster
from ansible_collections.eva.mpio.tests.sweep.fleet import DirectFleet

HOST = "win1"
BOOT_SECONDS = 30.0
AWAY_SECONDS = 20.0
"""How long the WinRM service stays away."""

LETTERS = "EFGH"
"""Drive letters of volumes on the LUNs."""

Disturbance = Callable[[DirectFleet, int], None]
"""Is told the fleet and the number of the request that is about to be sent."""


def _hits(effect: winrm.Effect) -> Disturbance:
    return lambda fleet, number: fleet.winrm(HOST).faults.at(1, effect)


def _silent(when: str) -> Disturbance:
    def disturb(fleet: DirectFleet, number: int) -> None:
        fleet.wire.silent = when

    return disturb


def _initiator_stops(fleet: DirectFleet, number: int) -> None:
    services = fleet.host(HOST).services
    with fleet.laws.fault():
        try:
            services.stop("MSiSCSI")
        except ServiceError:
            return  # it does not run, or is not there


def _winrm_stops(fleet: DirectFleet, number: int) -> None:
    faults = fleet.winrm(HOST).faults
    faults.refusing = True

    def back() -> None:
        faults.refusing = False

    fleet.clock.call_later(AWAY_SECONDS, back)


def _power_fails(fleet: DirectFleet, number: int) -> None:
    host = fleet.host(HOST)
    with fleet.laws.fault():
        host.power_off()
    fleet.clock.call_later(BOOT_SECONDS, host.start)


def _portal_dies(fleet: DirectFleet, number: int) -> None:
    fleet.faults.inject("portal-down", PORTALS[number % len(PORTALS)])


def _disks_are_used(fleet: DirectFleet, number: int) -> None:
    host = fleet.host(HOST)
    naas = [vdisk.naa for array in fleet.arrays for vdisk in array.vdisks]
    if not host.cluster and not fleet.used_by_volumes:
        host.disks.in_use.update(naas)
        return
    idle = [naa for naa in naas if not host.disks.layouts.of(naa).letters]
    if idle:
        _allow_one_path_more(fleet)
    if host.cluster:
        fleet.faults.inject("move-group", HOST, cluster.GROUP, HOST)
    for naa, letter in zip(idle, LETTERS, strict=False):
        host.disks.mount(naa, letter)


def _allow_one_path_more(fleet: DirectFleet) -> None:
    """Let a run that changes the DSM end one session more: it may have asked a moment ago whether the disks are used.

    Nothing that a client can do closes the time between its question and its logout; of the last session Windows
    itself refuses the logout.
    """
    paths = [len(disk.working_paths) for disk in fleet.host(HOST).snapshot().disks]
    reason = "disks come into use between the question and the logout"
    fleet.laws.allow(HOST, Allowance(reason, max(1, min(paths, default=0) - 1)))


EACH: Mapping[str, Disturbance] = {
    "cut-before": _hits(winrm.CutBefore()),
    "cut-after": _hits(winrm.CutAfter()),
    "late-before": _silent("before"),
    "late-after": _silent("after"),
    "denied": _hits(winrm.AccessDenied),
    "quota": _hits(winrm.SoapAnswer(QUOTA_USER)),
    "winrm-stops": _winrm_stops,
    "initiator-stops": _initiator_stops,
    "power-fails": _power_fails,
    "portal-dies": _portal_dies,
    "disks-are-used": _disks_are_used,
}
"""cut: the connection breaks before or after the server has acted. late: the answer does not come in time, and the
server has not acted, or has. denied, quota: this one request is refused. The others change the surroundings for good,
or until somebody mends them. disks-are-used: on a node of a cluster, the administrator moves the group to it."""

_OF_SHELLS = ("windows/shell/Command", "transfer/Create")


def applies(name: str, request: bytes) -> bool:
    """Tell whether a disturbance can happen to a request: only shells and what runs in them have a quota."""
    return name != "quota" or any(action.encode() in request for action in _OF_SHELLS)


def heal(fleet: DirectFleet) -> None:
    """Undo what does not pass by itself."""
    fleet.wire.silent = None
    fleet.winrm(HOST).faults.clear()
    host = fleet.host(HOST)
    host.disks.in_use.clear()
    if host.cluster or (fleet.used_by_volumes and not host.release.since_vista):
        for array in fleet.arrays:
            for vdisk in array.vdisks:
                host.disks.unmount(vdisk.naa)
    if host.cluster:
        fleet.faults.inject("move-group", HOST, cluster.GROUP, cluster.PARTNER)
    if host.cluster or fleet.used_by_volumes:
        # What is allowed to the disturbed run alone is not to the next one.
        fleet.laws.revoke(HOST)
    for portal in PORTALS:
        fleet.faults.heal("portal-down", portal)
