# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hardware ids the Microsoft DSM claims, and which it does no more."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ConvergeAction
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import ISCSI_BUS
from ansible_collections.eva.mpio.plugins.plugin_utils._options import RELEASE, STATE, ArgumentSpec
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, claim, unclaim

ARGUMENT_SPEC: ArgumentSpec = {
    **STATE,
    "models": {"type": "list", "elements": "str", "default": []},
    "hardware_ids": {"type": "list", "elements": "str", "default": []},
    "all_iscsi": {"type": "bool", "default": False},
    **RELEASE,
}


class ActionModule(ConvergeAction):
    """Claims hardware ids, or gives them up."""

    argument_spec = ARGUMENT_SPEC

    def wish(self, arguments: Mapping[str, t.Any], faults: Faults) -> Desired:
        """Read the wish out of the arguments."""
        absent = arguments["state"] == "absent"
        read = unclaim if absent else claim
        wanted = read(arguments["models"], arguments["hardware_ids"], faults)
        if arguments["all_iscsi"]:
            wanted = (*wanted, ISCSI_BUS)
        if faults.none and not any(arguments[name] for name in ("models", "hardware_ids", "all_iscsi")):
            what = "give up" if absent else "claim"
            faults.add("models, hardware_ids, all_iscsi", f"at least one of them must name something to {what}")
        return Desired(unclaim=wanted) if absent else Desired(claim=wanted)
