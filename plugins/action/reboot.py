# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restart Windows and wait until it is back."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import RestartAction
from ansible_collections.eva.mpio.plugins.plugin_utils._options import REBOOT, RELEASE, ArgumentSpec
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, check_times

ARGUMENT_SPEC: ArgumentSpec = {
    "state": {"type": "str", "default": "rebooted", "choices": ["rebooted", "waited"]},
    "force": {"type": "bool", "default": False},
    **REBOOT,
    **RELEASE,
}


class ActionModule(RestartAction):
    """Restarts without PowerShell."""

    argument_spec = ARGUMENT_SPEC

    def check(self, arguments: Mapping[str, t.Any], faults: Faults) -> None:
        """Look at the times."""
        check_times(arguments, faults)
