# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wish: arguments of a task turned into what is planned for, naming every fault at once.

Private to the collection.
"""

from __future__ import annotations

from .faults import BadWish, Faults
from .identity import check_secrets, initiator
from .layout import layout, nics_and_portals
from .limits import check_times, minimum_paths
from .multipath import claim, policies

__all__ = [
    "BadWish",
    "Faults",
    "check_secrets",
    "check_times",
    "claim",
    "initiator",
    "layout",
    "minimum_paths",
    "nics_and_portals",
    "policies",
]
