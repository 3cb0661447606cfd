# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that the collection knows to read of a host."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ReadAction
from ansible_collections.eva.mpio.plugins.plugin_utils._model import PARTS, Host
from ansible_collections.eva.mpio.plugins.plugin_utils._options import ArgumentSpec
from ansible_collections.eva.mpio.plugins.plugin_utils._report.host import describe

ARGUMENT_SPEC: ArgumentSpec = {
    "gather_subset": {"type": "list", "elements": "str", "default": ["all"], "choices": ["all", *PARTS]},
}


class ActionModule(ReadAction):
    """Reads and returns; changes nothing."""

    argument_spec = ARGUMENT_SPEC

    def parts(self, arguments: Mapping[str, t.Any]) -> frozenset[str]:
        """Read what was asked for."""
        wanted = arguments["gather_subset"]
        return frozenset(PARTS if "all" in wanted else wanted)

    def shape(self, arguments: Mapping[str, t.Any], host: Host) -> dict[str, t.Any]:
        """Return the host as plain data."""
        return {"host": describe(host, self.parts(arguments))}
