# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MPIO: feature, DSMs, claims, disks, paths, policies. Private to the collection."""

from __future__ import annotations

import enum
import re
import typing as t
from dataclasses import dataclass

from .initiator import ScsiAddress

_SEPARATORS: t.Final = re.compile(r"[-:\s]")


def bare_wwn(text: str) -> str:
    """Return a WWN, or a part of one, as results have it: in upper case, without the separators of any notation."""
    return _SEPARATORS.sub("", text).upper()


@dataclass(frozen=True)
class Feature:
    """The MPIO feature of the operating system."""

    enabled: bool
    present: bool
    """False where the installation image does not hold it (InstallState 3)."""


@dataclass(frozen=True)
class Dsm:
    """A device-specific module that MPIO has registered now."""

    name: str
    version: str


@dataclass(frozen=True)
class Claims:
    """Both lists of hardware ids; the Microsoft DSM claims a device only if both name it."""

    mpio: tuple[str, ...]
    dsm: tuple[str, ...]


class Policy(enum.Enum):
    """Load-balance policy with mpclaim's and WMI's number (mpclaim help text of 6.1; windows-driver-docs dsm-*)."""

    FAILOVER_ONLY = 1
    ROUND_ROBIN = 2
    ROUND_ROBIN_WITH_SUBSET = 3
    LEAST_QUEUE_DEPTH = 4
    WEIGHTED_PATHS = 5
    LEAST_BLOCKS = 6
    VENDOR_SPECIFIC = 7

    @property
    def label(self) -> str:
        """The name that options and results use."""
        return self.name.lower()


class HpPolicy(enum.Enum):
    """Policy of the HP MPIO Full Featured DSM for EVA, by HP's own name (its installation and reference guides).

    Windows' own classes show each of them as vendor specific.
    """

    ROUND_ROBIN = "RR"
    SHORTEST_QUEUE_SERVICE_TIME = "SQST"
    SHORTEST_QUEUE_REQUESTS = "SQR"
    SHORTEST_QUEUE_BYTES = "SQB"
    NO_LOAD_BALANCE = "NLB"

    @property
    def label(self) -> str:
        """The name that options and results use."""
        return self.value.lower()


@dataclass(frozen=True)
class HpLunPolicy:
    """The policy that HP's DSM has for a LUN, as the administrator's own command shows it."""

    wwn: str
    policy: HpPolicy


class PathState(enum.Enum):
    """State of a path with mpclaim's number."""

    ACTIVE_OPTIMIZED = 0
    ACTIVE_UNOPTIMIZED = 1
    STANDBY = 2
    UNAVAILABLE = 3
    FAILED = -1

    @property
    def working(self) -> bool:
        """Whether the path can carry I/O now or after a failover."""
        return self in (PathState.ACTIVE_OPTIMIZED, PathState.ACTIVE_UNOPTIMIZED, PathState.STANDBY)


NO_PATH_ID: t.Final = 0
"""What a path has for an id whose id Windows does not tell (Windows driver sample msdsm: failed paths)."""


@dataclass(frozen=True)
class DiskPath:
    """One path of an MPIO disk."""

    id: int
    """MPIO's path id (PathIdentifier of the descriptor, also while the path is failed)."""
    address: ScsiAddress
    state: PathState | None
    weight: int | None
    preferred: bool | None
    target_port_group: int | None
    """None without ALUA data."""
    target_port_group_state: PathState | None = None
    """What the array says of that group, whatever the policy makes of the path; also of a failed path, where told."""


@dataclass(frozen=True)
class MpioDisk:
    """A disk that MPIO owns."""

    number: int
    """MPIO's own number, not the PhysicalDrive number; not stable over a reboot."""
    instance: str
    wwn: str
    """Upper-case hexadecimal without separators; what Windows calls the serial number of an MPIO disk."""
    dsm: str
    vendor: str | None
    product: str | None
    policy: Policy | None
    alua: bool | None
    """Whether the paths have asymmetric states; None where Windows does not tell."""
    paths: tuple[DiskPath, ...]
    policy_unknown: str | None = None
    """Why policy and states are not known, where nothing tells them."""

    def natural_state(self, path: DiskPath) -> PathState:
        """Return the state that a path has where nobody sets one: active, or with asymmetric access its port group's.

        Where nothing tells that of the group it is the best state that a path of the same group has, because one that
        was set to stand by says nothing of its group. Fail over only leaves states that are no port group's.
        """
        if not self.alua:
            return PathState.ACTIVE_OPTIMIZED
        if path.target_port_group_state is not None:
            return path.target_port_group_state
        group = [one.state for one in self.paths if one.target_port_group == path.target_port_group]
        states = [state for state in group if state is not None and state.working]
        if self.policy is Policy.FAILOVER_ONLY or not states:
            return PathState.ACTIVE_OPTIMIZED
        return min(states, key=lambda state: state.value)


@dataclass(frozen=True)
class PolicyDefaults:
    """Where a LUN's policy may come from besides its own setting (mpclaim help text of 6.1: precedence)."""

    overall: Policy | None
    by_hardware_id: tuple[tuple[str, Policy], ...]
    explicit_wwns: tuple[str, ...]
    """LUNs whose own policy was set explicitly."""


@dataclass(frozen=True)
class DiskUse:
    """Whether anything on this host uses a disk, told by its PhysicalDrive number."""

    number: int
    in_use: bool
    why: str
    """What is known of it, as a clause: ``it is online and has 2 partitions``, ``it is offline``."""
    clustered: bool | None = None
    """Whether a failover cluster has it, None where Windows does not tell."""
    boot: bool = False
    """Whether Windows itself starts or pages from it."""
    offline: bool | None = None
    """Whether it is offline, None where Windows does not tell (before Windows Server 2012)."""
    mounted: tuple[str, ...] = ()
    """Drive letters that are mounted from it, such as ``E:``."""
