# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The classes that stand inside others in root/wmi: no instances of their own, but a definition that a client can get.

Properties and types: windows-driver-docs, storage/dsm-* and mpio-*.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...winrm.interface import WmiClass

TYPES: Mapping[str, Mapping[str, str]] = {
    "MPIO_DSM_Path": {
        "DsmPathId": "uint64",
        "Reserved": "uint64",
        "PathWeight": "uint32",
        "PrimaryPath": "uint32",
    },
    "MPIO_DSM_Path_V2": {
        "DsmPathId": "uint64",
        "Reserved": "uint64",
        "PathWeight": "uint32",
        "PrimaryPath": "uint32",
        "OptimizedPath": "uint32",
        "PreferredPath": "uint32",
        "FailedPath": "uint32",
        "TargetPortGroup_State": "uint8",
        "ALUASupport": "uint8",
        "SymmetricLUA": "uint8",
        "TargetPortGroup_Preferred": "uint8",
        "TargetPortGroup_Identifier": "uint16",
        "TargetPort_Identifier": "uint32",
        "Reserved32": "uint32",
        "Reserved64": "uint64",
    },
    "DSM_Load_Balance_Policy": {
        "Version": "uint32",
        "LoadBalancePolicy": "uint32",
        "DSMPathCount": "uint32",
        "Reserved": "uint32",
        "DSM_Paths": "MPIO_DSM_Path[]",
    },
    "DSM_Load_Balance_Policy_V2": {
        "Version": "uint32",
        "LoadBalancePolicy": "uint32",
        "DSMPathCount": "uint32",
        "Reserved": "uint32",
        "DSM_Paths": "MPIO_DSM_Path_V2[]",
    },
}
POLICY_CLASSES = {
    1: ("MPIO_DSM_Path", "DSM_Load_Balance_Policy"),
    2: ("MPIO_DSM_Path_V2", "DSM_Load_Balance_Policy_V2"),
}
"""The classes that each version of the policy structures brings."""


def wmi_class(name: str) -> WmiClass:
    """Return the definition of an embedded class: whoever asks for its instances gets none."""
    return WmiClass(name, (), tuple(sorted(TYPES[name], key=str.lower)), list)
