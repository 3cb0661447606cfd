# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What mpclaim shows of disks, policies and claims; columns as recorded on 2008 R2 and later."""

from __future__ import annotations

from ...language import Language, pad
from ...storage.disks import Disks
from ...storage.hardware_ids import unit_hardware_id
from ...storage.multipath_disk import MultipathDisk, MultipathPath
from ...storage.policies import Policy
from ...storage.policy_rules import supported_policies
from . import texts


def access_name(disk: MultipathDisk, say: Language) -> str:
    """Return the third field of a disk's header."""
    if disk.alua_support and not disk.asymmetric:
        return say(texts.SYMMETRIC)
    return say(texts.ALUA_NAMES[disk.alua_support])


def disk_list(disks: Disks, say: Language) -> str:
    """Render ``-s -d``."""
    rows = [
        f"{pad(say(texts.LIST_DISK, number=disk.number), 13)}{pad(say(texts.LIST_DRIVE, number=disk.drive_number), 13)}"
        f"{texts.POLICY_CODES[disk.policy]:<13}{disk.dsm_name}"
        for disk in disks.mpio.disks_in_order()
    ]
    if not rows:
        return f"\n{say(texts.NO_DISKS)}\n"
    return "\n".join(["", say(texts.LIST_LEAD_IN), "", say(texts.LIST_HEADER), texts.RULER, *rows, ""])


def disk_detail(disks: Disks, disk: MultipathDisk, say: Language) -> str:
    """Render ``-s -d N``."""
    if disk.vendor_dsm is None:
        supported = " ".join(
            texts.POLICY_CODES[policy] for policy in supported_policies(disk.facts(), disks.mpio.dsm.policies)
        )
        rows = _path_rows(disks, disk, say)
    else:
        # A vendor's DSM does not say which paths it has: the table stays empty.
        supported, rows = texts.POLICY_CODES[Policy.VENDOR_SPECIFIC], []
    counted = [path for path in disk.paths if disks.switches.failed_paths_are_kept or not path.failed]
    head = say(
        texts.DETAIL_HEAD,
        number=disk.number,
        count=f"{len(counted):02d}",
        policy=say(texts.POLICY_NAMES[disk.policy]),
        access=access_name(disk, say),
    )
    lines = [
        "",
        head,
        say(texts.DETAIL_DSM, name=disk.dsm_name),
        f"    SN: {disk.serial}",
        say(texts.DETAIL_POLICIES, codes=supported),
        "",
        say(texts.PATHS_HEADER),
        texts.PATHS_RULER,
        *rows,
        "",
    ]
    return "\n".join(lines)


def wide_policy(disks: Disks, say: Language) -> str:
    """Render ``-s -m``."""
    default = disks.mpio.dsm.wide_default()
    if default is None:
        return f"\n{say(texts.NO_WIDE_POLICY)}\n"
    return "\n" + say(texts.WIDE_POLICY, policy=say(texts.POLICY_NAMES[default.policy])) + "\n"


def target_policies(disks: Disks, say: Language) -> str:
    """Render ``-s -t``."""
    rows = [
        f'"{device_id:<24}"   {say(texts.POLICY_NAMES[default.policy])}'
        for device_id, default in disks.mpio.dsm.target_defaults().items()
    ]
    if not rows:
        return f"\n{say(texts.NO_TARGET_POLICIES)}\n"
    return "\n".join(["", say(texts.TARGETS_HEADER), texts.RULER, *rows, ""])


def connected_storage(disks: Disks, say: Language) -> str:
    """Render ``-e``: one row for each hardware id that Windows sees."""
    rows: dict[str, str] = {}
    for unit, disk in disks.units():
        claimed = "YES" if disk else "NO"
        groups = disks.mpio.target_port_groups(unit)
        support = say(texts.ALUA_NAMES[groups.support if groups else 0])
        device_id = unit_hardware_id(unit)
        if claimed == "YES" or device_id not in rows:
            rows[device_id] = f'"{device_id}"   {"iSCSI":<13}{claimed:<13}{support}'
    return "\n".join(["", say(texts.STORAGE_HEADER), texts.RULER, *rows.values(), ""])


def supported_storage(disks: Disks, say: Language) -> str:
    """Render ``-h``: the list that MSDSM works with."""
    rows = [f'"{device_id:<24}"' for device_id in disks.mpio.lists.load().msdsm]
    return "\n".join(["", say(texts.SUPPORTED_HEADER), texts.RULER, *rows, ""])


def _path_rows(disks: Disks, disk: MultipathDisk, say: Language) -> list[str]:
    rows: list[str] = []
    states = disk.states()
    for path in disks.mpio.paths_in_order(disk):
        if path.failed:
            # Recorded after the loss of a path: it is counted in the header and has no row.
            continue
        address = path.lun_path.address
        where = f"{address.port:03d}|{address.bus:03d}|{address.target:03d}|{address.lun:03d}"
        preferred = disk.policy is Policy.FAIL_OVER_ONLY and path.path_id == disk.preferred
        mark = "  * " if preferred else "    "
        state = pad(say(texts.STATE_NAMES[states[path.path_id]]), 19)
        rows.append(f"{mark}{path.path_id:016x} {state}{where}   {path.weight}")
        rows += _group_rows(disk, path, say)
    return rows


def _group_rows(disk: MultipathDisk, path: MultipathPath, say: Language) -> list[str]:
    state = disk.path_group_state(path)
    unit = path.lun_path.unit
    if state is None:
        return []
    preferred = disk.groups is not None and unit.target_port_group in disk.groups.preferred
    mark = "    * " if preferred else "      "
    # The label of the target port id is empty in every recording.
    row = f"{mark}TPG_State : {pad(say(texts.STATE_NAMES[state]), 18)}, TPG_Id: {unit.target_port_group}"
    return [f"{row}, : {unit.relative_target_port or 0}", ""]
