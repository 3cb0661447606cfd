# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared set of paths, live and stored."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ConvergeAction
from ansible_collections.eva.mpio.plugins.plugin_utils._options import LAYOUT, PATHS, RELEASE, ArgumentSpec
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, WantedPaths
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, layout, minimum_paths

ARGUMENT_SPEC: ArgumentSpec = {**LAYOUT, **PATHS, **RELEASE}


class ActionModule(ConvergeAction):
    """Makes both halves of every path."""

    argument_spec = ARGUMENT_SPEC

    def wish(self, arguments: Mapping[str, t.Any], faults: Faults) -> Desired:
        """Read the wish out of the arguments."""
        return Desired(layout=layout(arguments, faults), paths=WantedPaths(minimum_paths(arguments, faults)))
