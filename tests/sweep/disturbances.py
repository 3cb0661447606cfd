# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to a run at one of its requests, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ansible_collections.eva.mpio.tests.integration.stage import PORTALS
from ansible_collections.eva.mpio.tests.lab.windows.services import ServiceError
from ansible_collections.eva.mpio.tests.lab.winrm import faults as winrm
from ansible_collections.eva.mpio.tests.lab.winrm.soapfault import QUOTA_USER
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
    disks = fleet.host(HOST).disks
    naas = [vdisk.naa for array in fleet.arrays for vdisk in array.vdisks]
    if not fleet.used_by_volumes:
        disks.in_use.update(naas)
        return
    for naa, letter in zip(naas, LETTERS, strict=False):
        if not disks.layouts.of(naa).letters:
            disks.mount(naa, letter)


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
or until somebody mends them."""

_OF_SHELLS = ("windows/shell/Command", "transfer/Create")


def applies(name: str, request: bytes) -> bool:
    """Tell whether a disturbance can happen to a request: only shells and what runs in them have a quota."""
    return name != "quota" or any(action.encode() in request for action in _OF_SHELLS)


def heal(fleet: DirectFleet) -> None:
    """Undo what does not pass by itself."""
    fleet.wire.silent = None
    fleet.winrm(HOST).faults.clear()
    disks = fleet.host(HOST).disks
    disks.in_use.clear()
    if fleet.used_by_volumes and not fleet.host(HOST).release.since_vista:
        for array in fleet.arrays:
            for vdisk in array.vdisks:
                disks.unmount(vdisk.naa)
    for portal in PORTALS:
        fleet.faults.heal("portal-down", portal)
