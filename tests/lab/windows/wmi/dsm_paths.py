# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The path objects inside DSM_QueryLBPolicy and its second version."""

from __future__ import annotations

from ...winrm.interface import WmiObject, WmiValue
from ..storage.disks import Disks
from ..storage.multipath_disk import MultipathDisk, MultipathPath
from ..storage.policies import SETTABLE_BIT, PathState, flags_from_state
from .wdm import ordered

_GROUP_STATE_NOT_USED = 16


def path_objects(disks: Disks, disk: MultipathDisk, version: int) -> list[WmiObject]:
    """Return MPIO_DSM_Path or MPIO_DSM_Path_V2 objects; a vendor's DSM shows no paths."""
    if disk.vendor_dsm is not None:
        return []
    states = disk.states()
    paths = [
        path for path in disks.mpio.paths_in_order(disk) if disks.switches.failed_paths_are_kept or not path.failed
    ]
    return [_path_object(disk, path, states[path.path_id], version) for path in paths]


def _path_object(disk: MultipathDisk, path: MultipathPath, state: PathState, version: int) -> WmiObject:
    primary, optimized = (False, False) if path.failed else flags_from_state(state)
    values: dict[str, WmiValue] = {
        # A lost path reads back without its id; to set a policy the real id is wanted all the same (sample DSM).
        "DsmPathId": 0 if path.failed else path.path_id,
        "Reserved": _settable(disk, path),
        "PathWeight": path.weight,
        "PrimaryPath": int(primary),
    }
    if version == 1:
        return ordered("MPIO_DSM_Path", values)
    group_state = disk.path_group_state(path)
    unit = path.lun_path.unit
    values.update(
        {
            "OptimizedPath": int(optimized),
            "PreferredPath": int(path.path_id == disk.preferred),
            "FailedPath": int(path.failed),
            "TargetPortGroup_State": _GROUP_STATE_NOT_USED if group_state is None else int(group_state),
            "ALUASupport": disk.alua_support,
            "SymmetricLUA": int(disk.alua_support != 0 and not disk.asymmetric),
            "TargetPortGroup_Preferred": int(
                disk.groups is not None and unit.target_port_group in disk.groups.preferred
            ),
            "TargetPortGroup_Identifier": unit.target_port_group if group_state is not None else 0,
            "TargetPort_Identifier": unit.relative_target_port if group_state is not None else 0,
            "Reserved32": 0,
            "Reserved64": 0,
        }
    )
    return ordered("MPIO_DSM_Path_V2", values)


def _settable(disk: MultipathDisk, path: MultipathPath) -> int:
    """Return the mask of states that may be set: the array decides under implicit ALUA, else the host may."""
    group_state = disk.path_group_state(path)
    if group_state is None:
        return SETTABLE_BIT[PathState.STANDBY]
    if disk.alua_support == 1:
        return SETTABLE_BIT[group_state]
    return (
        SETTABLE_BIT[PathState.STANDBY]
        | SETTABLE_BIT[PathState.ACTIVE_UNOPTIMIZED]
        | SETTABLE_BIT[PathState.UNAVAILABLE]
    )
