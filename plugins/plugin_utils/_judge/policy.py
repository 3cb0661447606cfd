# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a LUN has the policy that was wished, and which level decides about the one it has.

Private to the collection.
"""

from __future__ import annotations

import enum

from .._eva.dsm_names import is_microsofts
from .._eva.models import same_inquiry
from .._model import MpioDisk, Policy, PolicyDefaults, Traits


class Level(enum.Enum):
    """Where a policy of the Microsoft DSM comes from; an earlier one wins (mpclaim help text of 6.1)."""

    LUN = "lun"
    HARDWARE_ID = "hardware_id"
    DSM = "dsm"
    BUILT_IN = "built_in"


def is_met(disk: MpioDisk, wanted: Policy) -> bool:
    """Tell whether the disk's policy is the wished one, or Windows' form of the same intent.

    Round robin on a LUN whose paths are asymmetric (ALUA) is turned into round robin with subset by Windows itself
    (mpclaim help text of 6.1); asking for it again would change nothing, so it is no drift.
    """
    if disk.policy is wanted:
        return True
    return wanted is Policy.ROUND_ROBIN and disk.policy is Policy.ROUND_ROBIN_WITH_SUBSET and disk.alua is True


def is_explicit(disk: MpioDisk, defaults: PolicyDefaults, traits: Traits) -> bool | None:
    """Tell whether the policy of a disk was set for it alone; None where nobody can know."""
    if not _has_levels(disk, traits):
        return None
    return disk.wwn in defaults.explicit_wwns


def default_of(disk: MpioDisk, defaults: PolicyDefaults) -> tuple[Level, Policy | None] | None:
    """Return the level that decides for a disk without a policy of its own, and its policy, None for the built-in one.

    Returns:
        None where there are defaults by hardware id, and Windows does not tell that of the disk.
    """
    if defaults.by_hardware_id and (disk.vendor is None or disk.product is None):
        return None
    named = (policy for name, policy in defaults.by_hardware_id if same_inquiry(name, disk.vendor, disk.product))
    policy = next(named, None)
    if policy is not None:
        return Level.HARDWARE_ID, policy
    return (Level.BUILT_IN, None) if defaults.overall is None else (Level.DSM, defaults.overall)


def deciding_level(disk: MpioDisk, defaults: PolicyDefaults, traits: Traits) -> Level | None:
    """Return which level the policy of a disk comes from.

    Whether a changed default reaches LUNs that are claimed already is not certain (the Windows driver sample msdsm and
    the page of Set-MSDSMGlobalDefaultLoadBalancePolicy disagree), so a level whose policy the disk does not have is not
    where its policy comes from.

    Returns:
        None where it is not known, and for a disk of a vendor's DSM.
    """
    if not _has_levels(disk, traits):
        return None
    if disk.wwn in defaults.explicit_wwns:
        return Level.LUN
    found = default_of(disk, defaults)
    if found is None:
        return None
    level, policy = found
    return level if (_is_built_in(disk) if policy is None else is_met(disk, policy)) else None


def _has_levels(disk: MpioDisk, traits: Traits) -> bool:
    return traits.policy_store and disk.policy is not Policy.VENDOR_SPECIFIC and is_microsofts(disk.dsm)


def _is_built_in(disk: MpioDisk) -> bool:
    """Tell whether a disk has what the DSM chooses by itself: round robin, with subset where there is ALUA."""
    if disk.policy is Policy.ROUND_ROBIN:
        return disk.alua is not True
    return disk.policy is Policy.ROUND_ROBIN_WITH_SUBSET and disk.alua is not False
