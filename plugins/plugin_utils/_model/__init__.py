# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host is: the vocabulary that reading, judging, planning and reporting share. Private to the collection.

Everything is immutable. A part of a host that could not be read is :class:`Unknown` with the reason; it is never
an empty list or a zero.
"""

from __future__ import annotations

from .host import CHANGED_IN_THIS_BOOT, NOT_READ, PARTS, QUESTIONS, Host
from .initiator import (
    Authentication,
    Chap,
    Connection,
    ConnectionState,
    Device,
    Digests,
    DiscoveryPortal,
    Initiator,
    InitiatorPort,
    Path,
    PersistentLogin,
    ScsiAddress,
    Session,
    SessionId,
    Target,
    TargetPortal,
    same_name,
)
from .known import Known, NotKnown, Part, Unknown, value_of
from .multipath import (
    NO_PATH_ID,
    Claims,
    DiskPath,
    DiskUse,
    Dsm,
    Feature,
    HpLunPolicy,
    HpPolicy,
    MpioDisk,
    PathState,
    Policy,
    PolicyDefaults,
    bare_wwn,
)
from .notes import DsmNotes, SetupRun
from .settings import TIMER_BY_NAME, TIMERS, TIMERS_CHANGED, Setting, Timer, setting_words
from .system import (
    Address,
    Cluster,
    ClusterNode,
    Dependencies,
    Interface,
    NewDiskPolicy,
    Nic,
    OperatingSystem,
    Service,
    SetupProgram,
    Volume,
    Volumes,
)
from .traits import Traits

__all__ = [
    "CHANGED_IN_THIS_BOOT",
    "NOT_READ",
    "NO_PATH_ID",
    "PARTS",
    "QUESTIONS",
    "TIMERS",
    "TIMERS_CHANGED",
    "TIMER_BY_NAME",
    "Address",
    "Authentication",
    "Chap",
    "Claims",
    "Cluster",
    "ClusterNode",
    "Connection",
    "ConnectionState",
    "Dependencies",
    "Device",
    "Digests",
    "DiscoveryPortal",
    "DiskPath",
    "DiskUse",
    "Dsm",
    "DsmNotes",
    "Feature",
    "Host",
    "HpLunPolicy",
    "HpPolicy",
    "Initiator",
    "InitiatorPort",
    "Interface",
    "Known",
    "MpioDisk",
    "NewDiskPolicy",
    "Nic",
    "NotKnown",
    "OperatingSystem",
    "Part",
    "Path",
    "PathState",
    "PersistentLogin",
    "Policy",
    "PolicyDefaults",
    "ScsiAddress",
    "Service",
    "Session",
    "SessionId",
    "Setting",
    "SetupProgram",
    "SetupRun",
    "Target",
    "TargetPortal",
    "Timer",
    "Traits",
    "Unknown",
    "Volume",
    "Volumes",
    "bare_wwn",
    "same_name",
    "setting_words",
    "value_of",
]
