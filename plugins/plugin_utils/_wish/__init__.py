# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wish: arguments of a task turned into what is planned for, naming every fault at once.

Private to the collection.
"""

from __future__ import annotations

from .arguments import read_arguments
from .chap import check_secrets, renews_secrets
from .faults import BadWish, Faults
from .identity import initiator
from .layout import layout, nics_and_portals
from .limits import check_times, purge, wanted_paths
from .multipath import claim, policies
from .names import from_system, resolve_portals
from .services import dependent_services

__all__ = [
    "BadWish",
    "Faults",
    "check_secrets",
    "check_times",
    "claim",
    "dependent_services",
    "from_system",
    "initiator",
    "layout",
    "nics_and_portals",
    "policies",
    "purge",
    "read_arguments",
    "renews_secrets",
    "resolve_portals",
    "wanted_paths",
]
