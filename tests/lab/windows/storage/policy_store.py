# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry behind the Microsoft DSM's policies (names and types: sample DSM)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...fabric.interface import LogicalUnit
from ..registry import Registry
from .policies import MSDSM_POLICIES, Assignment, PathState, Policy, flags_from_state, state_from_flags
from .registry_values import read_bytes, read_number

_TARGETS = r"DsmTargetsLoadBalanceSetting"
_DISKS = r"DsmLoadBalanceSettings"
POLICY = "DsmLoadBalancePolicy"
EXPLICIT = "DsmLoadBalancePolicyExplicitlySet"
PREFERRED = "DsmPreferredPath"
_PATH_PREFIX = "DSMPath#"


@dataclass(frozen=True)
class StoredDefault:
    """A default policy and its preferred path, 0 for none."""

    policy: Policy
    preferred_path: int = 0


@dataclass(frozen=True)
class StoredDiskPolicy:
    """What was set for one disk."""

    policy: Policy
    preferred_path: int | None = None
    states: Mapping[int, PathState] = field(default_factory=dict)
    weights: Mapping[int, int] = field(default_factory=dict)


def disk_key_name(unit: LogicalUnit, serial: str) -> str:
    """Return ``VID_PID_serial``, each part cut at its first blank."""
    return "_".join(part.strip().split(" ")[0] for part in (unit.vendor, unit.product, serial))


class PolicyStore:
    """Reads and writes the policies of one registry."""

    def __init__(self, registry: Registry, parameters_key: str) -> None:
        """``parameters_key`` is where the DSM's driver service keeps its parameters."""
        self._registry = registry
        self._key = parameters_key
        self._targets_key = rf"{parameters_key}\{_TARGETS}"
        self._disks_key = rf"{parameters_key}\{_DISKS}"

    def wide_default(self) -> StoredDefault | None:
        """Return the MSDSM-wide default, None where none is set."""
        return self._read_default(self._key)

    def set_wide_default(self, default: StoredDefault | None) -> None:
        """Set or clear the MSDSM-wide default."""
        if default is None:
            self._registry.delete(self._key, POLICY)
            self._registry.delete(self._key, PREFERRED)
        else:
            self._write_default(self._key, default)

    def target_defaults(self) -> dict[str, StoredDefault]:
        """Return the defaults by hardware id."""
        found: dict[str, StoredDefault] = {}
        for name in self._registry.keys(self._targets_key):
            default = self._read_default(rf"{self._targets_key}\{name}")
            if default is not None:
                found[name] = default
        return found

    def set_target_default(self, device_id: str, default: StoredDefault | None) -> None:
        """Set or clear the default of one hardware id of 24 characters."""
        key = rf"{self._targets_key}\{device_id}"
        if default is None:
            self._registry.delete(key)
        else:
            self._write_default(key, default)

    def disk_policy(self, key_name: str) -> StoredDiskPolicy | None:
        """Return what was set explicitly for a disk, None where nothing was."""
        key = rf"{self._disks_key}\{key_name}"
        policy = self._read_policy(key)
        if policy is None or not any(read_bytes(self._registry, key, EXPLICIT)):
            return None
        states: dict[int, PathState] = {}
        weights: dict[int, int] = {}
        for name in self._registry.keys(key):
            if name.lower().startswith(_PATH_PREFIX.lower()):
                path_id = int.from_bytes(bytes.fromhex(name[len(_PATH_PREFIX) :]), "little")
                path_key = rf"{key}\{name}"
                states[path_id] = state_from_flags(
                    bool(read_number(self._registry, path_key, "DsmPrimaryPath")),
                    bool(read_number(self._registry, path_key, "DsmOptimizedPath")),
                )
                weights[path_id] = read_number(self._registry, path_key, "DsmPathWeight") or 0
        return StoredDiskPolicy(policy, self._read_preferred(key) or None, states, weights)

    def set_disk_policy(self, key_name: str, assignment: Assignment) -> None:
        """Store a policy as explicitly set, so that it outlives boots and changes of the defaults."""
        key = rf"{self._disks_key}\{key_name}"
        self._registry.delete(key)
        self._registry.set(key, POLICY, int(assignment.policy), "REG_DWORD")
        self._registry.set(key, EXPLICIT, b"\x01", "REG_BINARY")
        self._registry.set(key, PREFERRED, (assignment.preferred or 0).to_bytes(8, "little"), "REG_BINARY")
        for path_id, state in assignment.states.items():
            path_key = rf"{key}\{_PATH_PREFIX}{path_id.to_bytes(8, 'little').hex().upper()}"
            primary, optimized = flags_from_state(state)
            self._registry.set(path_key, "DsmPrimaryPath", int(primary), "REG_DWORD")
            self._registry.set(path_key, "DsmOptimizedPath", int(optimized), "REG_DWORD")
            self._registry.set(path_key, "DsmPathWeight", assignment.weights.get(path_id, 0), "REG_DWORD")

    def clear_disk_policy(self, key_name: str) -> None:
        """Forget what was set for a disk."""
        self._registry.delete(rf"{self._disks_key}\{key_name}")

    def clear_disk_policies(self) -> None:
        """Forget what was set for any disk."""
        self._registry.delete(self._disks_key)

    def _read_default(self, key: str) -> StoredDefault | None:
        policy = self._read_policy(key)
        return None if policy is None else StoredDefault(policy, self._read_preferred(key))

    def _read_policy(self, key: str) -> Policy | None:
        """Read a stored number; anything but a policy of this DSM counts as not set."""
        value = read_number(self._registry, key, POLICY)
        return Policy(value) if value in MSDSM_POLICIES else None

    def _read_preferred(self, key: str) -> int:
        return int.from_bytes(read_bytes(self._registry, key, PREFERRED), "little")

    def _write_default(self, key: str, default: StoredDefault) -> None:
        self._registry.set(key, POLICY, int(default.policy), "REG_DWORD")
        self._registry.set(key, PREFERRED, default.preferred_path.to_bytes(8, "little"), "REG_BINARY")
