# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole: from bare NICs to proven redundancy, in one task over one connection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ConvergeAction
from ansible_collections.eva.mpio.plugins.plugin_utils._options import (
    DSM,
    DSM_PACKAGE,
    HP_POLICIES,
    HP_POLICY_SET,
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
    check_policies,
    check_secrets,
    check_times,
    claim,
    hp_policies,
    initiator,
    layout,
    policies,
    purge,
    renews_secrets,
    settings,
    wanted_dsm,
    wanted_paths,
)

ARGUMENT_SPEC: ArgumentSpec = {
    **LAYOUT,
    **INITIATOR,
    **PATHS,
    **PURGE,
    **POLICIES,
    **HP_POLICIES,
    **HP_POLICY_SET,
    **REBOOT,
    **METHODS,
    **RELEASE,
    **DSM,
    **DSM_PACKAGE,
    "change_dsm": {"type": "bool", "default": False},
    "hardware_ids": {"type": "list", "elements": "str", "default": []},
    "settings": {"type": "dict", "default": {}},
    "settings_profile": {"type": "str"},
    "settings_profiles": {"type": "dict", "default": {}},
    "reboot": {"type": "bool", "default": False},
}


class ActionModule(ConvergeAction):
    """Provisions a host."""

    argument_spec = ARGUMENT_SPEC

    def wish(self, arguments: Mapping[str, t.Any], faults: Faults) -> Desired:
        """Read the wish out of the arguments."""
        wanted = layout(arguments, faults)
        identity = initiator(arguments, faults)
        check_secrets(arguments, identity, wanted.arrays, faults)
        check_times(arguments, faults)
        check_policies(arguments, faults)
        timers = settings(
            arguments["settings"], arguments["settings_profile"], arguments["settings_profiles"], faults, "settings"
        )
        ids = claim([], arguments["hardware_ids"], faults)
        for index, given in enumerate(arguments["arrays"] or ()):
            if not given["model"] and not arguments["hardware_ids"]:
                name = given["name"]
                where = f"array {name}" if name else f"arrays[{index}]"
                faults.add(where, "a model is needed to know what the DSM shall claim, or hardware_ids")
        all_ids = tuple(dict.fromkeys((*(name for array in wanted.arrays for name in array.hardware_ids), *ids)))
        return Desired(
            initiator=identity,
            feature=True,
            claim=all_ids if wanted.owner.microsoft else None,
            dsm=wanted_dsm(arguments, wanted, all_ids, faults),
            layout=wanted,
            portals=True,
            paths=wanted_paths(arguments, faults),
            purge=purge(arguments, faults),
            renew_secrets=renews_secrets(arguments, wanted),
            policies=policies(arguments, faults),
            hp_policies=hp_policies(arguments, faults),
            settings=timers.values,
            settings_sources=timers.sources,
            proof=True,
            reboot_allowed=arguments["reboot"],
            reboot_despite=frozenset(arguments["reboot_despite"]),
        )
