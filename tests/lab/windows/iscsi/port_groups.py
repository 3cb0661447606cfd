# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sessions tell Microsoft's DSM of the target port groups of a LUN."""

from __future__ import annotations

from collections.abc import Iterable

from ...fabric.interface import AccessState, LogicalUnit
from ..storage.policies import PathState, TargetPortGroups
from .surroundings import Disks


class PortGroups:
    """Passes on what REPORT TARGET PORT GROUPS said, once for each change."""

    def __init__(self, disks: Disks) -> None:
        """Know nothing yet."""
        self._disks = disks
        self._told: dict[str, TargetPortGroups] = {}

    def learn(self, units: Iterable[LogicalUnit]) -> None:
        """Tell of each LUN with ALUA; in a transition what was known before goes on."""
        for unit in units:
            states = {group.number: group.state for group in unit.port_groups}
            if unit.naa is None or not states or AccessState.TRANSITIONING in states.values():
                continue
            groups = TargetPortGroups(
                unit.port_group_support,
                {number: PathState(state) for number, state in states.items()},
                frozenset(group.number for group in unit.port_groups if group.preferred),
            )
            if self._told.get(unit.naa) != groups:
                self._told[unit.naa] = groups
                self._disks.set_target_port_groups(unit.naa, groups)

    def forget(self) -> None:
        """Begin anew, as after a boot."""
        self._told.clear()
