# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wish: arguments of a task turned into what is planned for, naming every fault at once.

Private to the collection.
"""

from __future__ import annotations

from .arguments import read_arguments
from .chap import check_secrets, renews_secrets
from .claims import claim, unclaim
from .cluster import cluster_nodes
from .dsm import check_policies, hp_dsm, hp_name, owner, wanted_dsm
from .faults import BadWish, Faults
from .hp_policies import check_reading, hp_policies
from .identity import initiator
from .layout import layout, nics_and_portals
from .limits import check_times, purge, wanted_paths
from .names import from_system, resolve_portals
from .policies import policies
from .services import dependent_services
from .settings import WantedSettings, settings

__all__ = [
    "BadWish",
    "Faults",
    "WantedSettings",
    "check_policies",
    "check_reading",
    "check_secrets",
    "check_times",
    "claim",
    "cluster_nodes",
    "dependent_services",
    "from_system",
    "hp_dsm",
    "hp_name",
    "hp_policies",
    "initiator",
    "layout",
    "nics_and_portals",
    "owner",
    "policies",
    "purge",
    "read_arguments",
    "renews_secrets",
    "resolve_portals",
    "settings",
    "unclaim",
    "wanted_dsm",
    "wanted_paths",
]
