# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Load-balance policy per LUN."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ConvergeAction
from ansible_collections.eva.mpio.plugins.plugin_utils._options import METHODS, POLICIES, RELEASE, ArgumentSpec
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, policies

ARGUMENT_SPEC: ArgumentSpec = {**POLICIES, **METHODS, **RELEASE}


class ActionModule(ConvergeAction):
    """Sets policies of LUNs."""

    argument_spec = ARGUMENT_SPEC

    def wish(self, arguments: Mapping[str, t.Any], faults: Faults) -> Desired:
        """Read the wish out of the arguments."""
        wanted = policies(arguments, faults)
        if not arguments["lun_policies"]:
            faults.add("lun_policies", "at least one policy is needed, for a WWN or as default")
        return Desired(policies=wanted)
