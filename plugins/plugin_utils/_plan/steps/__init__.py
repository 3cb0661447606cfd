# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The domain steps that a plan is made of. Private to the collection.

A step names what it changes and why, knows no command, and carries no state. Where a part of its subject cannot be
known yet (a target before discovery, a LUN before login) that part is ``None``: such a step is a rule, "for each that
appears", and :func:`covers` tells whether a real step is an instance of it.
"""

from __future__ import annotations

from .base import Phase, Step, covers, is_rule
from .host import (
    AddIsnsServer,
    BindVolumes,
    ClaimHardware,
    EnableFeature,
    InstallInitiator,
    Reboot,
    RemoveIsnsServer,
    RescanDisks,
    SetInitiatorSecret,
    SetNewDiskPolicy,
    SetNodeName,
    SetPolicy,
    SetServiceDependencies,
    SetServiceStart,
    StartService,
)
from .paths import (
    AddDiscoveryPortal,
    ForgetLogin,
    Login,
    Logout,
    PathStep,
    RefreshTargets,
    RemoveDiscoveryPortal,
    RemoveLogin,
    RenewDiscoveryPortal,
    RenewLogin,
    ReplaceLogin,
    StoreLogin,
)

__all__ = [
    "AddDiscoveryPortal",
    "AddIsnsServer",
    "BindVolumes",
    "ClaimHardware",
    "EnableFeature",
    "ForgetLogin",
    "InstallInitiator",
    "Login",
    "Logout",
    "PathStep",
    "Phase",
    "Reboot",
    "RefreshTargets",
    "RemoveDiscoveryPortal",
    "RemoveIsnsServer",
    "RemoveLogin",
    "RenewDiscoveryPortal",
    "RenewLogin",
    "ReplaceLogin",
    "RescanDisks",
    "SetInitiatorSecret",
    "SetNewDiskPolicy",
    "SetNodeName",
    "SetPolicy",
    "SetServiceDependencies",
    "SetServiceStart",
    "StartService",
    "Step",
    "StoreLogin",
    "covers",
    "is_rule",
]
