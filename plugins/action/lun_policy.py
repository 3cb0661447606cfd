# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Load-balance policy per LUN."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ConvergeAction
from ansible_collections.eva.mpio.plugins.plugin_utils._options import (
    DSM_NAME,
    HP_POLICIES,
    HP_POLICY_SET,
    METHODS,
    OF_MICROSOFTS_DSM,
    POLICIES,
    RELEASE,
    ArgumentSpec,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, hp_policies, policies

ARGUMENT_SPEC: ArgumentSpec = {
    **POLICIES,
    **HP_POLICIES,
    **HP_POLICY_SET,
    **METHODS,
    **DSM_NAME,
    **RELEASE,
}


class ActionModule(ConvergeAction):
    """Sets policies of LUNs."""

    argument_spec = ARGUMENT_SPEC

    def wish(self, arguments: Mapping[str, t.Any], faults: Faults) -> Desired:
        """Read the wish out of the arguments."""
        wanted, hps = policies(arguments, faults), hp_policies(arguments, faults)
        given = [name for name in OF_MICROSOFTS_DSM if arguments[name]]
        if not given and not arguments["hp_policies"] and faults.none:
            faults.add("lun_policies", "at least one policy is needed, for a WWN or as default")
        if given and arguments["hp_policies"]:
            faults.add("hp_policies", f"one DSM owns a disk, and {', '.join(given)} is for the other: use two tasks")
        return Desired(policies=wanted if given else None, hp_policies=hps)
