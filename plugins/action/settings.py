# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Timers of MPIO, the initiator and the disks."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ConvergeAction
from ansible_collections.eva.mpio.plugins.plugin_utils._model import TIMER_BY_NAME
from ansible_collections.eva.mpio.plugins.plugin_utils._options import RELEASE, SETTINGS, ArgumentSpec
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, settings

ARGUMENT_SPEC: ArgumentSpec = {**SETTINGS, **RELEASE}


class ActionModule(ConvergeAction):
    """Sets timers."""

    argument_spec = ARGUMENT_SPEC

    def wish(self, arguments: Mapping[str, t.Any], faults: Faults) -> Desired:
        """Read the wish out of the arguments."""
        given = {name: arguments[name] for name in TIMER_BY_NAME if arguments[name] is not None}
        wanted = settings(given, arguments["profile"], arguments["profiles"], faults)
        if faults.none and not given and arguments["profile"] is None:
            faults.add("profile", "neither a timer nor a profile is given, so there is nothing to set")
        return Desired(settings=wanted.values, settings_sources=wanted.sources)
