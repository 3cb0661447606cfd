# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Discovery portals, each bound to its NIC."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ConvergeAction
from ansible_collections.eva.mpio.plugins.plugin_utils._options import (
    LAYOUT,
    PURGE,
    RELEASE,
    SECRETS,
    STATE,
    ArgumentSpec,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, layout, purge, renews_secrets

ARGUMENT_SPEC: ArgumentSpec = {**STATE, **LAYOUT, **PURGE, **SECRETS, **RELEASE}


class ActionModule(ConvergeAction):
    """Stores discovery portals, or removes them."""

    argument_spec = ARGUMENT_SPEC

    def wish(self, arguments: Mapping[str, t.Any], faults: Faults) -> Desired:
        """Read the wish out of the arguments."""
        wanted = layout(arguments, faults)
        return Desired(
            layout=wanted,
            portals=True,
            absent=arguments["state"] == "absent",
            purge=purge(arguments, faults),
            renew_secrets=renews_secrets(arguments, wanted),
        )
