# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wished for a fake host."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Address

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import DsmKind, Owner
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap, Policy
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Desired,
    DsmPackage,
    Layout,
    LunPolicy,
    Mesh,
    Package,
    WantedArray,
    WantedDsm,
    WantedInitiator,
    WantedNic,
    WantedPaths,
    WantedPolicies,
    WantedPortal,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import portal

SETUP = Package("C:\\prepared\\initiator.exe", ("/quiet",))
HP = Owner(DsmKind.HP)
KIT = DsmPackage("C:\\prepared\\hpdsm.exe", ("/quiet",), "C:\\prepared\\remove.exe", ("/quiet",))
P6300 = f"{'HP':8}{'HSV340':16}"


def layout(
    nics: Sequence[str] = ("10.10.1.11", "10.10.2.11"),
    portals: Sequence[str] = ("10.10.1.21", "10.10.2.21", "10.10.1.22", "10.10.2.22"),
    mesh: Mesh = Mesh.SUBNET,
    targets: Sequence[str] = (),
    chap: Chap | None = None,
) -> Layout:
    """One array and how it is reached."""
    array = WantedArray("eva01", tuple(WantedPortal(portal(one)) for one in portals), (P6300,), tuple(targets), chap)
    return Layout((array,), tuple(WantedNic(IPv4Address(one)) for one in nics), mesh)


def under(owner: Owner, where: Layout | None = None, **other: t.Any) -> Desired:
    """Everything, as the module host wishes it with a DSM that it names."""
    wanted: dict[str, t.Any] = {"package": KIT, "change": False, **other.pop("dsm", {})}
    values: dict[str, t.Any] = {
        "claim": (P6300,) if owner.microsoft else None,
        "dsm": WantedDsm(owner, (P6300,), **wanted),
        "policies": None,
    }
    return whole(replace(where or layout(), owner=owner), **{**values, **other})


def whole(where: Layout | None = None, **other: t.Any) -> Desired:
    """Everything, as the module host wishes it."""
    values: dict[str, t.Any] = {
        "initiator": WantedInitiator(package=SETUP),
        "feature": True,
        "claim": (P6300,),
        "layout": where or layout(),
        "portals": True,
        "paths": WantedPaths(),
        "policies": WantedPolicies(LunPolicy(Policy.ROUND_ROBIN)),
        "proof": True,
        "reboot_allowed": True,
    }
    return Desired(**{**values, **other})
