# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole: from bare NICs to proven redundancy, in one task over one connection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ConvergeAction
from ansible_collections.eva.mpio.plugins.plugin_utils._options import (
    INITIATOR,
    LAYOUT,
    METHODS,
    PATHS,
    POLICIES,
    PURGE,
    REBOOT,
    RELEASE,
    ArgumentSpec,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import (
    Faults,
    check_secrets,
    check_times,
    claim,
    initiator,
    layout,
    policies,
    purge,
    renews_secrets,
    wanted_paths,
)

ARGUMENT_SPEC: ArgumentSpec = {
    **LAYOUT,
    **INITIATOR,
    **PATHS,
    **PURGE,
    **POLICIES,
    **REBOOT,
    **METHODS,
    **RELEASE,
    "dsm": {"type": "str", "default": "microsoft", "choices": ["microsoft"]},
    "hardware_ids": {"type": "list", "elements": "str", "default": []},
    "reboot": {"type": "bool", "default": False},
}


class ActionModule(ConvergeAction):
    """Provisions a host."""

    argument_spec = ARGUMENT_SPEC

    def wish(self, arguments: Mapping[str, t.Any], faults: Faults) -> Desired:
        """Read the wish out of the arguments."""
        wanted = layout(arguments, faults)
        identity = initiator(arguments, faults)
        check_secrets(identity, wanted.arrays, faults)
        check_times(arguments, faults)
        ids = claim([], arguments["hardware_ids"], faults)
        for index, given in enumerate(arguments["arrays"] or ()):
            if not given["model"] and not arguments["hardware_ids"]:
                name = given["name"]
                where = f"array {name}" if name else f"arrays[{index}]"
                faults.add(where, "a model is needed to know what the DSM shall claim, or hardware_ids")
        return Desired(
            initiator=identity,
            feature=True,
            claim=tuple(dict.fromkeys((*(name for array in wanted.arrays for name in array.hardware_ids), *ids))),
            layout=wanted,
            portals=True,
            paths=wanted_paths(arguments, faults),
            purge=purge(arguments, faults),
            renew_secrets=renews_secrets(arguments, wanted),
            policies=policies(arguments, faults),
            proof=True,
            reboot_allowed=arguments["reboot"],
            reboot_despite=frozenset(arguments["reboot_despite"]),
        )
