# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a LUN has the policy that was wished. Private to the collection."""

from __future__ import annotations

from .._model import MpioDisk, Policy


def is_met(disk: MpioDisk, wanted: Policy) -> bool:
    """Tell whether the disk's policy is the wished one, or Windows' form of the same intent.

    Round robin on a LUN whose paths are asymmetric (ALUA) is turned into round robin with subset by Windows itself
    (mpclaim help text of 6.1); asking for it again would change nothing, so it is no drift.
    """
    if disk.policy is wanted:
        return True
    return wanted is Policy.ROUND_ROBIN and disk.policy is Policy.ROUND_ROBIN_WITH_SUBSET and disk.alua is True
