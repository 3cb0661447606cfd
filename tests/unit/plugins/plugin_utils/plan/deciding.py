# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts on which it is decided which DSM shall own the disks, and the steps that decide it."""

from __future__ import annotations

import typing as t

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import Owner
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, DsmPackage, WantedDsm
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Plan
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import (
    InstallDsm,
    RemoveDsm,
    SetServiceStart,
    StartType,
    Step,
    UnclaimHardware,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import prepared
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.state import SERVER_2003
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import HP, KIT, P6300

DECIDING = (InstallDsm, RemoveDsm, UnclaimHardware, SetServiceStart)
INSTALL = InstallDsm(KIT.path or "", KIT.arguments, reason="")
REMOVE = RemoveDsm(KIT.removal_path or "", KIT.removal_arguments, reason="")
UNCLAIM = UnclaimHardware((P6300,), reason="")


def only(owner: Owner = HP, package: DsmPackage = KIT, absent: bool = False) -> Desired:
    """The wish of the module dsm."""
    return Desired(dsm=WantedDsm(owner, (P6300,), package, absent))


def deciding(plan: Plan) -> list[tuple[Step, bool]]:
    """The steps that decide about DSMs, each with whether it can be done now."""
    steps = [item for item in plan.steps if isinstance(item.step, DECIDING)]
    return [(item.step, item.after is None) for item in steps if "MSiSCSI" not in item.step.subject]


def claimed(*entries: str, **other: t.Any) -> Truth:
    truth = prepared(**other)
    truth.claims = truth.loaded_claims = list(entries)
    return truth


def disable(name: str) -> SetServiceStart:
    return SetServiceStart(name, StartType.DISABLED, reason="")


def enable(name: str) -> SetServiceStart:
    return SetServiceStart(name, StartType.BOOT, reason="")


def with_initiator(**other: t.Any) -> Truth:
    """A Windows Server 2003 whose initiator package has brought MPIO and Microsoft's DSM."""
    truth = prepared(traits=SERVER_2003, **other)
    truth.claims = truth.loaded_claims = []
    return truth
