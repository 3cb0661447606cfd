# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One server of each kind that the collection manages, as a fleet file declares it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PACKAGE = "C:\\Install\\Initiator-2.08-build3825-x86fre.exe"
"""Where the servers of Windows Server 2003 keep the package of the initiator."""
PREPARED = {"path": PACKAGE, "arguments": ["/quiet", "/passive"]}
"""The option ``package`` of a server that needs one."""

_2003 = {"release": "2003", "initiator_package": {"path": PACKAGE}, "switches": {"package_installs_mpio": True}}

PROFILES: Mapping[str, Mapping[str, Any]] = {
    "2003": _2003,
    "2003-x86": {**_2003, "architecture": "x86"},
    "2003-winrm11": {**_2003, "winrm": {"stack": "1.1"}},
    "2008": {"release": "2008"},
    "2008-core": {"release": "2008", "core": True},
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


def options(profile: str) -> dict[str, Any]:
    """Return the options of eva.mpio.host that a server of this profile needs besides its layout."""
    return {"package": PREPARED} if PROFILES[profile]["release"] == "2003" else {}
