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
from .dsm import (
    BeginChange,
    BringDiskOnline,
    ClaimHardware,
    EndChange,
    InstallDsm,
    LeaveToCluster,
    ListHardware,
    RemoveDsm,
    RunDsmProgram,
    TakeDiskOffline,
    UnclaimHardware,
)
from .host import (
    AddIsnsServer,
    BindVolumes,
    EnableFeature,
    InstallInitiator,
    Reboot,
    RemoveIsnsServer,
    RescanDisks,
    SetInitiatorSecret,
    SetNewDiskPolicy,
    SetNodeName,
    SetServiceDependencies,
    SetServiceStart,
    SetSetting,
    StartService,
    StartType,
    start_words,
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
from .policies import PathSetting, SetDefaultPolicy, SetHpPolicy, SetPolicy

__all__ = [
    "AddDiscoveryPortal",
    "AddIsnsServer",
    "BeginChange",
    "BindVolumes",
    "BringDiskOnline",
    "ClaimHardware",
    "EnableFeature",
    "EndChange",
    "ForgetLogin",
    "InstallDsm",
    "InstallInitiator",
    "LeaveToCluster",
    "ListHardware",
    "Login",
    "Logout",
    "PathSetting",
    "PathStep",
    "Phase",
    "Reboot",
    "RefreshTargets",
    "RemoveDiscoveryPortal",
    "RemoveDsm",
    "RemoveIsnsServer",
    "RemoveLogin",
    "RenewDiscoveryPortal",
    "RenewLogin",
    "ReplaceLogin",
    "RescanDisks",
    "RunDsmProgram",
    "SetDefaultPolicy",
    "SetHpPolicy",
    "SetInitiatorSecret",
    "SetNewDiskPolicy",
    "SetNodeName",
    "SetPolicy",
    "SetServiceDependencies",
    "SetServiceStart",
    "SetSetting",
    "StartService",
    "StartType",
    "Step",
    "StoreLogin",
    "TakeDiskOffline",
    "UnclaimHardware",
    "covers",
    "is_rule",
    "start_words",
]
