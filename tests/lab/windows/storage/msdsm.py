# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Microsoft DSM: which policy each of its disks has and from where, and what may be set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..registry import Registry
from ..releases import Release
from . import policy_rules
from .generations import ISCSI_DSM, dsm_name, generation_of, offered_policies
from .hardware_ids import PRODUCT_WIDTH, VENDOR_WIDTH
from .multipath_disk import MultipathDisk, MultipathPath
from .policies import PathFacts, PathState, PathWish, Policy, PolicyRefusedError
from .policy_store import PolicyStore, StoredDefault, StoredDiskPolicy, disk_key_name
from .switches import StorageSwitches

_HARDWARE_ID_LENGTH = VENDOR_WIDTH + PRODUCT_WIDTH


class MicrosoftDsm:
    """Policies of the disks that the Microsoft DSM owns.

    Precedence (mpclaim help of 6.1): set for the disk, for its hardware id, for the whole DSM, built in.
    """

    def __init__(self, registry: Registry, switches: StorageSwitches, release: Release) -> None:
        """Be the DSM of this release and keep the policies in this registry."""
        self.generation = generation_of(release)
        self.name = dsm_name(release, switches)
        self._store = PolicyStore(registry, self.generation.parameters_key)
        self._switches = switches
        self._release = release

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies it knows."""
        return offered_policies(self._release, self._switches)

    def boot(self) -> None:
        """Forget what no boot brings back."""
        if self.generation is ISCSI_DSM and not self._switches.iscsi_dsm_policies_outlive_boots:
            self._store.clear_disk_policies()

    def wide_default(self) -> StoredDefault | None:
        """Return the MSDSM-wide default, None where none is set."""
        return self._store.wide_default()

    def target_defaults(self) -> dict[str, StoredDefault]:
        """Return the defaults by hardware id."""
        return self._store.target_defaults()

    def set_wide_default(self, policy: Policy, disks: Iterable[MultipathDisk], preferred: int = 0) -> None:
        """Set or (CLEAR) remove the MSDSM-wide default.

        Raises:
            PolicyRefusedError: the policy cannot be a default.
        """
        self._check_default(policy)
        self._store.set_wide_default(None if policy is Policy.CLEAR else StoredDefault(policy, preferred))
        self._apply_defaults(disks)

    def set_target_default(
        self, device_id: str, policy: Policy, disks: Iterable[MultipathDisk], preferred: int = 0
    ) -> None:
        """Set or (CLEAR) remove the default of one hardware id.

        Raises:
            PolicyRefusedError: the id is not 24 characters long, or the policy cannot be a default.
        """
        if len(device_id) != _HARDWARE_ID_LENGTH:
            raise PolicyRefusedError(f"a hardware id has {_HARDWARE_ID_LENGTH} characters, not {len(device_id)}")
        self._check_default(policy)
        stored = None if policy is Policy.CLEAR else StoredDefault(policy, preferred)
        self._store.set_target_default(device_id, stored)
        self._apply_defaults(disks)

    def set_by_command(self, disk: MultipathDisk, policy: Policy, wishes: Sequence[PathWish]) -> None:
        """Set a disk's policy as ``mpclaim -l -d`` does.

        Raises:
            PolicyRefusedError: the DSM does not take it.
        """
        self._check_owned(disk)
        if policy is Policy.CLEAR:
            self._clear(disk)
            return
        self._check_known(policy)
        if policy is Policy.ROUND_ROBIN and disk.asymmetric:
            if self._switches.mpclaim_round_robin_on_alua_disk == "refused":
                raise PolicyRefusedError("Round Robin is not possible on an asymmetric disk")
            policy = Policy.ROUND_ROBIN_WITH_SUBSET
        assignment = policy_rules.by_command(policy, disk.policy, self._known_paths(disk), wishes)
        disk.assign(assignment, explicit=True)
        self._store.set_disk_policy(self._key(disk), assignment)

    def set_by_method(self, disk: MultipathDisk, policy: Policy, wishes: Sequence[PathWish]) -> None:
        """Set a disk's policy as the methods of DSM_LB_Operations do; CLEAR comes before any check (sample DSM).

        Raises:
            PolicyRefusedError: with the NTSTATUS that the method returns.
        """
        self._check_owned(disk)
        if policy is Policy.CLEAR:
            self._clear(disk)
            return
        self._check_known(policy)
        assignment = policy_rules.by_method(policy, self._known_paths(disk), wishes, disk.groups)
        disk.assign(assignment, explicit=True)
        self._store.set_disk_policy(self._key(disk), assignment)

    def _known_paths(self, disk: MultipathDisk) -> list[PathFacts]:
        """Return the paths that a policy is set for: a lost one that the DSM does not keep is none."""
        kept = self._switches.failed_paths_are_kept
        return [path for path in disk.facts(in_effect=True) if kept or not path.failed]

    def greet(self, disk: MultipathDisk) -> None:
        """Give a disk with its first path its policy: the one set for it, or the default of its levels."""
        stored = self._store.disk_policy(self._key(disk))
        if stored is None:
            self._apply_default(disk)
            return
        disk.policy = stored.policy
        disk.explicit = True
        disk.preferred = stored.preferred_path
        for path in disk.paths:
            self._restore_path(disk, path, stored)

    def join(self, disk: MultipathDisk, path: MultipathPath) -> None:
        """Give a further path its state."""
        stored = self._store.disk_policy(self._key(disk)) if disk.explicit else None
        if stored is not None and path.path_id in stored.states:
            self._restore_path(disk, path, stored)
            self._keep_one_active(disk, path)
        elif disk.explicit:
            path.state = self._newcomer_state(disk, path)
        else:
            # With more paths the choice may differ: a group that is not optimised turns Round Robin into RRWS.
            self._apply_default(disk)

    def reconsider(self, disk: MultipathDisk) -> None:
        """Follow a change of the target port groups: an asymmetric disk leaves Round Robin."""
        if not disk.explicit:
            self._apply_default(disk)
        elif disk.policy is not Policy.FAIL_OVER_ONLY:
            for path in disk.paths:
                group_state = disk.path_group_state(path)
                path.state = path.state if group_state is None else group_state

    def default_for(self, disk: MultipathDisk) -> StoredDefault:
        """Return the policy of a disk without one of its own: hardware id, then MSDSM-wide, then built in."""
        wanted = disk.hardware_id.lower()
        for device_id, default in self._store.target_defaults().items():
            if device_id.lower() == wanted:
                return default
        built_in = Policy.ROUND_ROBIN_WITH_SUBSET if disk.asymmetric else Policy.ROUND_ROBIN
        if self.generation is ISCSI_DSM:
            built_in = Policy[self._switches.iscsi_dsm_default_policy.upper()]
        return self._store.wide_default() or StoredDefault(built_in)

    def _apply_defaults(self, disks: Iterable[MultipathDisk]) -> None:
        if self._switches.default_policy_reaches_claimed_disks:
            for disk in disks:
                if disk.vendor_dsm is None and not disk.explicit:
                    self._apply_default(disk)

    def _apply_default(self, disk: MultipathDisk) -> None:
        default = self.default_for(disk)
        preferred = default.preferred_path or None
        if preferred not in {path.path_id for path in disk.paths}:
            preferred = None
        disk.assign(policy_rules.by_default(default.policy, disk.facts(), preferred), explicit=False)

    def _clear(self, disk: MultipathDisk) -> None:
        self._store.clear_disk_policy(self._key(disk))
        self._apply_default(disk)

    def _newcomer_state(self, disk: MultipathDisk, path: MultipathPath) -> PathState:
        facts = {fact.path_id: fact for fact in disk.facts()}
        others = [fact for path_id, fact in facts.items() if path_id != path.path_id]
        return policy_rules.for_newcomer(disk.policy, facts[path.path_id], others)

    def _restore_path(self, disk: MultipathDisk, path: MultipathPath, stored: StoredDiskPolicy) -> None:
        path.weight = stored.weights.get(path.path_id, 0)
        state = stored.states.get(path.path_id)
        path.state = self._newcomer_state(disk, path) if state is None else state

    @staticmethod
    def _keep_one_active(disk: MultipathDisk, returned: MultipathPath) -> None:
        """Under Fail-Over Only the path that was set as the active one takes the role back from its deputy."""
        if disk.policy is Policy.FAIL_OVER_ONLY and returned.state is PathState.ACTIVE_OPTIMIZED:
            for fact, path in zip(disk.facts(), disk.paths, strict=True):
                if path is not returned and path.state is PathState.ACTIVE_OPTIMIZED:
                    path.state = policy_rules.fail_over_spare(fact)

    @staticmethod
    def _key(disk: MultipathDisk) -> str:
        return disk_key_name(disk.unit, disk.serial)

    def _check_known(self, policy: Policy) -> None:
        if policy not in self.policies:
            raise PolicyRefusedError(f"policy {policy:d} is not one of {self.name}")

    def _check_default(self, policy: Policy) -> None:
        policy_rules.check_default(policy)
        if policy is not Policy.CLEAR:
            self._check_known(policy)

    @staticmethod
    def _check_owned(disk: MultipathDisk) -> None:
        if disk.vendor_dsm is not None:
            raise PolicyRefusedError(f"the disk belongs to {disk.dsm_name}", PolicyRefusedError.NOT_SUPPORTED)
