# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a release of Windows has and lacks, as far as decisions depend on it. Private to the collection."""

from __future__ import annotations

from dataclasses import dataclass

from .multipath import Policy


@dataclass(frozen=True)
class Traits:
    """The traits of one release; the table of releases fills them in. The defaults are those of Windows Server 2012."""

    release: str = "2012"
    """Key of the release: 2003, 2008, 2008r2, 2012, 2012r2, 2016, 2019, 2022 or 2025."""
    initiator_included: bool = True
    """Whether the initiator is part of Windows; otherwise it is a package, which brings MPIO too."""
    feature_exists: bool = True
    """Whether MPIO is a feature of the operating system."""
    claim_list: bool = True
    """Whether the Microsoft DSM claims by a list of hardware ids; otherwise it claims every iSCSI LUN."""
    last_claim_holds_mpio: bool = False
    """Whether the tool that gives a claim up removes MPIO with the last one (mpclaim help text of 6.0)."""
    microsoft_dsm_driver: str = "msdsm"
    """Its driver service."""
    policies: frozenset[Policy] = frozenset(Policy) - {Policy.VENDOR_SPECIFIC}
    """The policies that the Microsoft DSM of this release knows."""
    policy_tool: bool = True
    """Whether a tool sets policies and defaults (mpclaim from 2008 R2 on); otherwise a method of the DSM sets those of
    LUNs, and wants to be told of every path."""
    policy_store: bool = True
    """Whether it is known where the Microsoft DSM keeps policies (Windows driver sample msdsm); of the one of 2003
    nothing is public."""
    hp_dsm: str = "supported"
    """Whether HP's DSM is ``supported`` here, goes by ``override`` only, or is ``refused`` (HP P6350 user guide, page
    100, table 21; the guides of the DSM, 3.00 to 4.04)."""
    offline_disks: bool = True
    """Whether a disk can be taken offline (diskpart ``offline disk``: from Server 2008 on)."""
    new_disk_policy: bool = True
    """Whether Windows has a policy for disks that it sees for the first time (from Server 2008 on)."""
