# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parameters of methods, in the order in which a script gives them: WMI classes of the lab that scripts call.

Sources: windows-driver-docs (DSM_LB_Operations), Microsoft's iSCSI WMI class definitions, StdRegProv, Win32_Service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Signature:
    """One method: names of what goes in and what comes out, and types where a value does not tell its own."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()

    def kind_of(self, parameter: str) -> str:
        """Return the type of a parameter, the class of an object, empty where nothing is known."""
        return next((kind for known, kind in self.kinds if known.lower() == parameter.lower()), "")


_NUMBERS = (("hDefKey", "uint32"), ("uRequired", "uint32"))


def _plain(inputs: str = "", outputs: str = "") -> Signature:
    return Signature(tuple(inputs.split()), tuple(outputs.split()), _NUMBERS)


def _policy(class_name: str) -> Signature:
    return Signature(("LoadBalancePolicy",), ("Status",), (("LoadBalancePolicy", class_name),))


_KEY = "hDefKey sSubKeyName"
SIGNATURES: Mapping[str, Mapping[str, Signature]] = {
    "DSM_LB_Operations": {
        "DsmSetLoadBalancePolicy": _policy("DSM_Load_Balance_Policy"),
        "DsmSetLoadBalancePolicyALUA": _policy("DSM_Load_Balance_Policy_V2"),
    },
    "StdRegProv": {
        "EnumKey": _plain(_KEY, "sNames"),
        "EnumValues": _plain(_KEY, "sNames Types"),
        "CreateKey": _plain(_KEY),
        "DeleteKey": _plain(_KEY),
        "DeleteValue": _plain(f"{_KEY} sValueName"),
        "CheckAccess": _plain(f"{_KEY} uRequired", "bGranted"),
        **{
            f"Get{kind}Value": _plain(
                f"{_KEY} sValueName", "uValue" if kind in ("DWORD", "QWORD", "Binary") else "sValue"
            )
            for kind in ("String", "ExpandedString", "MultiString", "DWORD", "QWORD", "Binary")
        },
        **{
            f"Set{kind}Value": _plain(
                f"{_KEY} sValueName " + ("uValue" if kind in ("DWORD", "QWORD", "Binary") else "sValue")
            )
            for kind in ("String", "ExpandedString", "MultiString", "DWORD", "QWORD", "Binary")
        },
    },
    "Win32_Service": {
        "ChangeStartMode": _plain("StartMode"),
        "StartService": _plain(),
        "StopService": _plain(),
    },
    "MSiSCSIInitiator_MethodClass": {
        "RefreshTargetList": _plain(),
        "SetIScsiInitiatorNodeName": _plain("InitiatorNodeName"),
    },
    "MSiSCSIInitiator_SessionClass": {"Logout": _plain()},
    "MSiSCSIInitiator_SendTargetPortalClass": {"Refresh": _plain()},
}


def signature_of(class_name: str, method: str) -> Signature:
    """Return what is known of a method; of one that nobody described, nothing is."""
    for known, methods in SIGNATURES.items():
        if known.lower() == class_name.lower():
            for name, signature in methods.items():
                if name.lower() == method.lower():
                    return signature
    return Signature()
