# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Microsoft's own DSM is and can do on each generation of Windows: every difference is data in one row."""

from __future__ import annotations

from dataclasses import dataclass

from ..releases import Release
from .policies import MSDSM_POLICIES, Policy
from .switches import StorageSwitches

SERVICES_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services"
MSDSM_NAME = "Microsoft DSM"


@dataclass(frozen=True)
class Generation:
    """One generation of Microsoft's DSM."""

    driver: str
    """Its driver service."""
    claims_by_list: bool = True
    """Whether lists of hardware ids decide what it claims; without them it claims every iSCSI LUN."""
    knows_port_groups: bool = True
    """Whether it asks for target port groups; one that does not takes every target as active/active."""
    highest_version: int = 2
    """Which version of the policy structures it has: 2 adds the *_V2 classes and the ALUA method."""

    @property
    def parameters_key(self) -> str:
        """Where its policies are kept."""
        return rf"{SERVICES_KEY}\{self.driver}\Parameters"


ISCSI_DSM = Generation("msiscdsm", claims_by_list=False, knows_port_groups=False, highest_version=1)
"""Server 2003, with the initiator 2.x (KB 977506; HP P6350 manual: "assumes all targets are active/active").

That it has no list, and keeps policies as its successor does, is inferred: nothing was published.
"""
MSDSM = Generation("msdsm")
"""Server 2008 and later."""


def generation_of(release: Release) -> Generation:
    """Return the DSM that a release has."""
    return ISCSI_DSM if release.major_minor < (6, 0) else MSDSM


def dsm_name(release: Release, switches: StorageSwitches) -> str:
    """Return the name under which Microsoft's DSM registers."""
    return switches.iscsi_dsm_name if generation_of(release) is ISCSI_DSM else MSDSM_NAME


def offered_policies(release: Release, switches: StorageSwitches) -> tuple[Policy, ...]:
    """Return the policies that Microsoft's DSM of a release knows.

    Least Blocks came with Server 2008 R2 (Microsoft's lists of policies before do not have it).
    """
    absent: set[Policy] = set()
    if release.major_minor < (6, 1):
        absent.add(Policy.LEAST_BLOCKS)
    if release.major_minor == (6, 0) and switches.least_blocks_on_2008:
        absent.clear()
    if generation_of(release) is ISCSI_DSM and not switches.iscsi_dsm_has_least_queue_depth:
        absent.add(Policy.LEAST_QUEUE_DEPTH)
    return tuple(policy for policy in MSDSM_POLICIES if policy not in absent)


def has_default_classes(release: Release, switches: StorageSwitches) -> bool:
    """Whether the MSDSM_* classes exist: from 2008 R2, as does the mpclaim that shows defaults."""
    if release.major_minor == (6, 0):
        return switches.default_policy_classes_on_2008
    return release.major_minor > (6, 0)
