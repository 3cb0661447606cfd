# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One server of each kind that the collection manages, as a fleet file declares it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest

PACKAGE = "C:\\Install\\Initiator-2.08-build3825-x86fre.exe"
"""Where the servers of Windows Server 2003 keep the package of the initiator."""
PREPARED = {"path": PACKAGE, "arguments": ["/quiet", "/passive"]}
"""The option ``package`` of a server that needs one."""

_2003 = {"release": "2003", "initiator_package": {"path": PACKAGE}, "switches": {"package_installs_mpio": True}}

PROFILES: Mapping[str, Mapping[str, Any]] = {
    "2003": _2003,
    "2003-installed": {**_2003, "initiator_package": {"path": PACKAGE, "installed": True}},
    "2003-x86": {**_2003, "architecture": "x86"},
    "2003-winrm11": {**_2003, "winrm": {"stack": "1.1"}},
    "2008": {"release": "2008"},
    "2008-core": {"release": "2008", "core": True},
    "2008-sp1": {"release": "2008", "build": "6001"},
    "2008-6003": {"release": "2008", "build": "6003"},
    "2008-winrm11": {"release": "2008", "winrm": {"stack": "1.1"}},
    "2008r2": {"release": "2008r2"},
    "2008r2-core": {"release": "2008r2", "core": True},
    "2008r2-winrm3": {"release": "2008r2", "winrm": {"stack": "3.0"}},
    "2012": {"release": "2012"},
    "2012-core": {"release": "2012", "core": True},
    "2012r2": {"release": "2012r2"},
    "2016": {"release": "2016"},
    "2019": {"release": "2019"},
    "2022": {"release": "2022"},
    "2022-core": {"release": "2022", "core": True},
    "2025": {"release": "2025"},
}
"""By name: release, edition and WinRM."""

GENERATIONS = ("2003", "2008", "2008r2", "2012r2", "2022")
"""The profiles that stand for a generation each."""

_ASKED_FOR = os.environ.get("EVA_MPIO_PROFILE")
CURRENT = _ASKED_FOR or "2012r2"
"""The profile of every server of whom a story says nothing else."""
if CURRENT not in PROFILES:
    raise ValueError(f"EVA_MPIO_PROFILE is {CURRENT!r}, and must be one of: {', '.join(PROFILES)}")
EACH = (CURRENT,) if _ASKED_FOR else GENERATIONS
"""The profiles of stories that are told of each generation, unless one profile is asked for."""

ALUA = "ALUA"
CLAIM_LIST = "claim list"
FEATURE = "feature"
IDLE_SERVICE = "initiator service that waits to be started"
INITIATOR = "initiator before a run brings its package"
IPV6 = "IPv6 address in WMI"
LEAST_BLOCKS = "least_blocks"
MPCLAIM_SHOWS = "mpclaim that shows disks"
POLICY_V2 = "second version of the policy classes"
RESTART = "restart on the way"
STORAGE_CLASSES = "iSCSI class in root/Microsoft/Windows/Storage"

_RELEASES = ("2003", "2008", "2008r2", "2012", "2012r2", "2016", "2019", "2022", "2025")
_SINCE: Mapping[str, str] = {
    # The DSM of the initiator's package takes every iSCSI disk and every target for active/active (KB 977506, HP P6000
    # user guide), and the guides name no policy for it beyond those of 2.x.
    FEATURE: "2008",
    CLAIM_LIST: "2008",
    ALUA: "2008",
    LEAST_BLOCKS: "2008r2",  # Microsoft's "What's New in MPIO" of 2008 R2
    POLICY_V2: "2008",  # Microsoft's page on reading policies: the first version alone on 2003
    IPV6: "2008",  # Win32_NetworkAdapterConfiguration.IPAddress: IPv4 alone before Vista
    MPCLAIM_SHOWS: "2008r2",  # help texts of mpclaim 6.0 and 6.1: -s came with the latter
    STORAGE_CLASSES: "2012",  # the iSCSI cmdlets and their classes came with Windows 8 and Server 2012
}
"""What a story may rest on -> the first release that has it."""


def has(trait: str, profile: str = CURRENT) -> bool:
    """Tell whether servers of a profile have a trait."""
    known = PROFILES[profile]
    if trait == INITIATOR:
        return not options(profile)
    if trait in (IDLE_SERVICE, RESTART):
        # A package that was run before the last boot has brought an initiator that runs, and an MPIO in effect.
        return not known.get("initiator_package", {}).get("installed", False)
    return _RELEASES.index(known["release"]) >= _RELEASES.index(_SINCE[trait])


def needs(trait: str) -> pytest.MarkDecorator:
    """Skip a story whose servers, those of the current profile, lack what it is about."""
    return pytest.mark.skipif(not has(trait), reason=f"{CURRENT} servers have no {trait}")


def kind(profile: str = CURRENT, **own: Any) -> dict[str, Any]:
    """Return what a fleet file says of a server of a profile; what a story says itself beats it, word by word."""
    merged = dict(PROFILES[profile])
    for name, value in own.items():
        known = merged.get(name)
        merged[name] = {**known, **value} if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return merged


def options(profile: str) -> dict[str, Any]:
    """Return the options of eva.mpio.host that a server of this profile needs besides its layout."""
    package = PROFILES[profile].get("initiator_package")
    return {"package": PREPARED} if package and not package.get("installed") else {}
