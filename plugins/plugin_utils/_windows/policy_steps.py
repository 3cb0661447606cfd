# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that set policies into actions, purely. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from .._model import MpioDisk, Policy, Unknown
from .._plan import steps
from . import hp_policies, load_balance, mpclaim
from .actions import Action, CannotRender, Later, action_of
from .on import On


def _set_policy(step: steps.SetPolicy, on: On) -> Action:
    if step.policy is Policy.VENDOR_SPECIFIC:
        raise CannotRender("The policy vendor_specific belongs to a vendor's DSM: set it with the vendor's tool.")
    disk, lun = _disk(step.wwn, on), _lun(step.wwn)
    if not on.release.tool_for_policies:
        if disk is None:
            return load_balance.announced(on.release, step.policy, lun)
        if _lacks_active_path(step):
            return load_balance.announced(on.release, step.policy, f"{lun}, with a path that works,")
        return load_balance.set_policy(disk, step.policy, step.paths, on.release, on.ways)
    if disk is None:
        return action_of([mpclaim.set_policy(Later(f"MPIO disk number of {lun}"), step.policy)])
    number = str(disk.number)
    if _lacks_active_path(step):
        unknown = (Later(f"path of MPIO Disk{number} that works"), "0", "0", "1")
        return action_of([mpclaim.set_policy(number, step.policy, unknown)])
    words = [word for setting in step.paths for word in mpclaim.words_of(setting)]
    return action_of([mpclaim.set_policy(number, step.policy, words)])


def _lacks_active_path(step: steps.SetPolicy) -> bool:
    """Tell whether the path is missing that fail over only must be told."""
    return step.policy is Policy.FAILOVER_ONLY and not step.paths


def _set_default_policy(step: steps.SetDefaultPolicy, on: On) -> Action:
    if not on.release.tool_for_policies:
        raise CannotRender(f"Nothing on {on.release.name} is known to set default policies of the Microsoft DSM.")
    return action_of([mpclaim.set_default(step.hardware_id, step.policy)])


def _set_hp_policy(step: steps.SetHpPolicy, on: On) -> Action:
    if not on.ways.hp_policy_set:
        raise CannotRender("HP's DSM has no public command that sets policies: say with hp_policy_set which it is.")
    disk, lun = _disk(step.wwn, on), _lun(step.wwn)
    values = {
        "{wwn}": disk.wwn if disk is not None else Later(f"WWN of {lun}"),
        "{disk}": str(disk.number) if disk is not None else Later(f"MPIO disk number of {lun}"),
        "{policy}": step.policy.value,
    }
    return action_of([hp_policies.command(on.ways.hp_policy_set, values)], {})


def _disk(wwn: str | None, on: On) -> MpioDisk | None:
    """Return the disk that has a WWN now: MPIO's numbers move."""
    disks = () if isinstance(on.host.disks, Unknown) else on.host.disks.value
    return next((disk for disk in disks if wwn is not None and disk.wwn.casefold() == wwn.casefold()), None)


def _lun(wwn: str | None) -> str:
    return f"LUN {wwn}" if wwn else "each LUN that appears"


RENDERERS: t.Final[Mapping[type[steps.Step], Callable[[t.Any, On], Action]]] = {
    steps.SetPolicy: _set_policy,
    steps.SetDefaultPolicy: _set_default_policy,
    steps.SetHpPolicy: _set_hp_policy,
}
