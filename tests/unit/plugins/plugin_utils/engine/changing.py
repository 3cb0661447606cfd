# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wishes for another DSM, and the law of such a change: never two DSMs, never a LUN twice, no disk in use away."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import DsmKind, Owner
from ansible_collections.eva.mpio.plugins.plugin_utils._model import ClusterNode, Known
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, DsmPackage, Layout, WantedDsm
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.around import FakeArray, Lun
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths, converged
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.laws import shortcomings
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import (
    SERVER_2003,
    SERVER_2012,
    Truth,
    stored,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import P6300, layout, whole

SERVER_2008 = replace(SERVER_2012, release="2008")
RELEASES = (SERVER_2003, SERVER_2008, SERVER_2012)
NOTED = "it is noted that the DSM is being changed"
HP, MICROSOFT = DsmKind.HP, DsmKind.MICROSOFT
KIT = DsmPackage("C:\\prepared\\dsm.exe", ("/s",), "C:\\prepared\\dsm.exe", ("/x",))


def change_to(kind: DsmKind, where: Layout | None = None, package: DsmPackage = KIT, **other: t.Any) -> Desired:
    """The whole host under this DSM, as the module wishes it; the change itself is allowed unless said otherwise."""
    owner = Owner(kind)
    values: dict[str, t.Any] = {
        "claim": (P6300,) if owner.microsoft else None,
        "policies": None,
        "settings": {},
        "dsm": WantedDsm(owner, (P6300,), package, change=other.pop("change", True)),
    }
    return whole(replace(where or layout(), owner=owner), **{**values, **other})


def under(kind: DsmKind, **other: t.Any) -> Truth:
    """Return a host with every path, whose LUNs this DSM has and which something uses where disks can go offline."""
    truth = converged(**other)
    if truth.traits.offline_disks:
        truth.in_use = {lun.wwn for array in truth.arrays for lun in array.luns}
    if kind is HP:
        truth.claims, truth.loaded_claims = [], []
        truth.hp_driver, truth.hp_loaded = "Boot", True
        if not truth.traits.claim_list:
            truth.microsoft_driver, truth.microsoft_loaded = "Disabled", False
    return truth


def with_foreign(truth: Truth) -> Lun:
    """Add a session to the array of somebody else, stored and in use; return its LUN."""
    lun = Lun("600A0B8000000000000000000000AAAA", "IBM", "2107900")
    address = replace(all_paths(truth)[0].portal, tcp_port=3299)
    name = "iqn.1992-08.com.ibm:other"
    truth.arrays.append(FakeArray({name: (address,)}, [lun]))
    path = replace(all_paths(truth)[0], portal=address, target=name)
    truth.log_in(path)
    truth.logins.append(stored(truth, path))
    truth.in_use.add(lun.wwn)
    return lun


def node(state: str) -> ClusterNode:
    return ClusterNode("node2", state)


@dataclass
class LawsOfChange:
    """Watches a machine while the DSM of its arrays is changed, and notes every breach."""

    breaches: list[str] = field(default_factory=list)

    def watch(self, step: s.Step, truth: Truth) -> Callable[[], None]:
        before = {lun.wwn: _carriers(truth, lun) for array in truth.arrays for lun in array.luns}
        if isinstance(step, s.Reboot) and truth.users:
            self.breaches.append("restarted under somebody's desktop")
        if isinstance(step, s.Reboot) and truth.cluster.groups != Known(()):
            self.breaches.append("restarted while this node owns cluster groups")

        def happened() -> None:
            for array in truth.arrays:
                for lun in array.luns:
                    self._judge(step, truth, lun, before[lun.wwn])
                self._judge_stored(step, truth, array)
            if truth.offline - set(truth.taken_offline):
                self.breaches.append(f"{step.summary}: a disk is offline and nothing on the host says who did it")

        return happened

    def _judge(self, step: s.Step, truth: Truth, lun: Lun, carriers: int) -> None:
        outside = [one for one in truth.sessions if lun in truth.shown_by(one) and not truth.in_mpio(one, lun)]
        if len(outside) > 1:
            self.breaches.append(f"{step.summary}: {lun.wwn} is shown as {len(outside)} disks")
        if truth.claimed(lun) and truth.is_hps(lun):
            self.breaches.append(f"{step.summary}: two DSMs claim {lun.wwn}")
        if _microsofts_next(truth, lun) and truth.hp_driver == "Boot" and lun.product.startswith("HSV"):
            self.breaches.append(f"{step.summary}: two DSMs would claim {lun.wwn} at the next boot")
        online = lun.wwn in truth.in_use and lun.wwn not in truth.offline
        if online and carriers and not _carriers(truth, lun):
            self.breaches.append(f"{step.summary}: {lun.wwn} is in use and away")

    def _judge_stored(self, step: s.Step, truth: Truth, array: FakeArray) -> None:
        owned = any(truth.claimed(lun) or truth.is_hps(lun) for lun in array.luns)
        number = sum(login.target in array.targets for login in truth.logins)
        if array.luns and not owned and number > 1:
            self.breaches.append(f"{step.summary}: {number} stored logins while no DSM has the disks")


def _carriers(truth: Truth, lun: Lun) -> int:
    return sum(lun in truth.shown_by(session) for session in truth.sessions)


def _microsofts_next(truth: Truth, lun: Lun) -> bool:
    """Tell whether the Microsoft DSM would have a LUN if Windows started now."""
    if truth.feature == "absent" or truth.microsoft_driver == "Disabled":
        return False
    name = f"{lun.vendor:8}{lun.product:16}"
    return not truth.traits.claim_list or any(name.startswith(entry) for entry in truth.claims if entry)


def unfinished(truth: Truth, kind: DsmKind) -> list[str]:
    """Say what a host lacks whose arrays shall be under this DSM with every path, its disks online."""
    lun = truth.arrays[0].luns[0]
    found = shortcomings(truth)
    if truth.is_hps(lun) is not (kind is HP) or truth.claimed(lun) is (kind is HP):
        found.append("the other DSM has the disks")
    if truth.offline or truth.taken_offline:
        found.append("disks are offline")
    if truth.start_mode != "Auto":
        found.append(f"the service starts {truth.start_mode}")
    if truth.change_begun:
        found.append(NOTED)
    return found
