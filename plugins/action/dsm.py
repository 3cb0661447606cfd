# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HP's DSM, present or absent."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ConvergeAction
from ansible_collections.eva.mpio.plugins.plugin_utils._options import (
    DSM_NAME,
    DSM_PACKAGE,
    RELEASE,
    STATE,
    ArgumentSpec,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, hp_dsm

ARGUMENT_SPEC: ArgumentSpec = {**STATE, **DSM_PACKAGE, **DSM_NAME, **RELEASE}


class ActionModule(ConvergeAction):
    """Installs HP's DSM from the administrator's package, or removes it."""

    argument_spec = ARGUMENT_SPEC

    def wish(self, arguments: Mapping[str, t.Any], faults: Faults) -> Desired:
        """Read the wish out of the arguments."""
        return Desired(dsm=hp_dsm(arguments, faults))
