# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hardware ids the Microsoft DSM claims."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ConvergeAction
from ansible_collections.eva.mpio.plugins.plugin_utils._options import RELEASE, ArgumentSpec
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, claim

ARGUMENT_SPEC: ArgumentSpec = {
    "models": {"type": "list", "elements": "str", "default": []},
    "hardware_ids": {"type": "list", "elements": "str", "default": []},
    **RELEASE,
}


class ActionModule(ConvergeAction):
    """Claims hardware ids."""

    argument_spec = ARGUMENT_SPEC

    def wish(self, arguments: Mapping[str, t.Any], faults: Faults) -> Desired:
        """Read the wish out of the arguments."""
        wanted = claim(arguments["models"], arguments["hardware_ids"], faults)
        if not arguments["models"] and not arguments["hardware_ids"]:
            faults.add("models, hardware_ids", "at least one of them must name something to claim")
        return Desired(claim=wanted)
