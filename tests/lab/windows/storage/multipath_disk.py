# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One MPIO disk: its paths, their states, and what happens to them when a path comes, fails or returns."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...fabric.interface import LogicalUnit
from ..interface import LunPath, ScsiAddress
from . import policy_rules
from .device_names import mpio_instance_id, serial_number
from .generations import MSDSM_NAME
from .hardware_ids import unit_hardware_id
from .policies import Assignment, PathFacts, PathState, Policy, TargetPortGroups, active_count


@dataclass(frozen=True)
class VendorDsm:
    """A device specific module of an array maker: claims by hardware id and tells Windows nothing of its paths."""

    name: str
    hardware_ids: tuple[str, ...]
    driver: str = ""
    """Its driver service, without which it does not register; empty where the lab has none for it."""
    version: tuple[int, int, int, int] = (4, 0, 0, 0)
    """What it registers with: major, minor, build, and number of a later correction."""


@dataclass
class MultipathPath:
    """One path of an MPIO disk."""

    lun_path: LunPath
    path_id: int
    state: PathState = PathState.ACTIVE_OPTIMIZED
    """The state given to it; what takes over after a loss is worked out when asked."""
    weight: int = 0
    failed: bool = False


@dataclass
class MultipathDisk:
    """One LUN under MPIO."""

    unit: LogicalUnit
    identity: str
    number: int
    """N of ``MPIO DiskN``."""
    drive_number: int
    """N of ``PhysicalDriveN``."""
    sequence: int
    """When Windows found it, in relation to its other disks."""
    vendor_dsm: VendorDsm | None
    policy: Policy
    explicit: bool = False
    preferred: int | None = None
    own_dsm: str = MSDSM_NAME
    """Name of Microsoft's DSM on this server."""
    ordinal: int = 0
    """Which of the disks it is that two DSMs made of one LUN."""
    groups: TargetPortGroups | None = None
    paths: list[MultipathPath] = field(default_factory=list)

    @property
    def serial(self) -> str:
        """What MPIO shows as serial number."""
        return serial_number(self.unit)

    @property
    def hardware_id(self) -> str:
        """The 24 characters."""
        return unit_hardware_id(self.unit)

    @property
    def dsm_name(self) -> str:
        """Name of the DSM that owns the disk."""
        return self.own_dsm if self.vendor_dsm is None else self.vendor_dsm.name

    @property
    def instance_id(self) -> str:
        """Device instance, in the letter case that root/wmi shows."""
        return mpio_instance_id(self.unit, self.ordinal)

    @property
    def wmi_instance_name(self) -> str:
        """InstanceName of the disk in root/wmi."""
        return f"{self.instance_id}_0"

    @property
    def alua_support(self) -> int:
        """ALUASupport of the paths: 0 none, 1 implicit, 2 explicit, 3 both."""
        return self.groups.support if self.groups else 0

    @property
    def asymmetric(self) -> bool:
        """Whether its target port groups differ."""
        return policy_rules.is_asymmetric(self.facts())

    def path_group_state(self, path: MultipathPath) -> PathState | None:
        """Return the state of a path's target port group, None where the LUN has no ALUA.

        A designator of the group alone says nothing: TPGS of the INQUIRY data decides (SPC-4, 6.6).
        """
        group = path.lun_path.unit.target_port_group
        return None if group is None or self.groups is None else self.groups.state_of(group)

    def facts(self, in_effect: bool = False) -> list[PathFacts]:
        """Describe all paths to the policy rules, with the states given to them or those in effect."""
        states = self.states() if in_effect else {path.path_id: path.state for path in self.paths}
        return [
            PathFacts(path.path_id, states[path.path_id], path.weight, path.failed, self.path_group_state(path))
            for path in self.paths
        ]

    def states(self) -> dict[int, PathState]:
        """Return the state in effect of every path."""
        return policy_rules.shown_states(self.policy, self.facts())

    def sessions(self) -> frozenset[str]:
        """Return the session ids of all its paths."""
        return frozenset(path.lun_path.session_id for path in self.paths)

    def working_sessions(self) -> frozenset[str]:
        """Return the session ids of the paths over which I/O can go."""
        return frozenset(
            path.lun_path.session_id
            for path in self.paths
            if not path.failed and self.path_group_state(path) is not PathState.UNAVAILABLE
        )

    def assign(self, assignment: Assignment, explicit: bool) -> None:
        """Take over a policy with the states and weights of the paths."""
        self.policy = assignment.policy
        self.explicit = explicit
        self.preferred = assignment.preferred
        for path in self.paths:
            path.state = assignment.states.get(path.path_id, path.state)
            path.weight = assignment.weights.get(path.path_id, path.weight)

    def path_at(self, address: ScsiAddress) -> MultipathPath | None:
        """Return the path whose device has this SCSI address."""
        return next((path for path in self.paths if path.lun_path.address == address), None)

    def fail(self, session_id: str) -> bool:
        """Mark the paths of a session as failed; return whether there was one."""
        failing = [path for path in self.paths if path.lun_path.session_id == session_id and not path.failed]
        for path in failing:
            path.failed = True
        if failing:
            self._hand_over()
        return bool(failing)

    def restore(self, session_id: str) -> bool:
        """Mark the paths of a session as working again; return whether there was one."""
        returning = [path for path in self.paths if path.lun_path.session_id == session_id and path.failed]
        for path in returning:
            path.failed = False
        return bool(returning)

    def remove(self, session_id: str) -> bool:
        """Drop the paths of a session; return whether there was one."""
        return self._keep([path for path in self.paths if path.lun_path.session_id != session_id])

    def remove_at(self, address: ScsiAddress) -> bool:
        """Drop the path at an address; return whether there was one."""
        return self._keep([path for path in self.paths if path.lun_path.address != address])

    def _keep(self, kept: list[MultipathPath]) -> bool:
        removed = len(kept) != len(self.paths)
        self.paths = kept
        if removed:
            self._hand_over()
        return removed

    def _hand_over(self) -> None:
        """Under Fail-Over Only the path that takes over keeps the role, unless a preferred path waits to return."""
        working = [path for path in self.paths if not path.failed]
        if self.policy is not Policy.FAIL_OVER_ONLY or active_count(path.state for path in working):
            return
        if any(path.path_id == self.preferred for path in self.paths):
            return
        shown = self.states()
        for fact, path in zip(self.facts(), self.paths, strict=True):
            if path.failed and path.state is PathState.ACTIVE_OPTIMIZED:
                path.state = policy_rules.fail_over_spare(fact)
            elif not path.failed:
                path.state = shown[path.path_id]
