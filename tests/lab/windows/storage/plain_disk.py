# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A disk outside MPIO: one LUN over one session."""

from __future__ import annotations

from dataclasses import dataclass

from ...fabric.interface import LogicalUnit
from ..interface import LunPath
from .device_names import plain_instance_id


@dataclass
class PlainDisk:
    """One LUN over one session, outside MPIO."""

    lun_path: LunPath
    drive_number: int
    sequence: int
    """When Windows found it, in relation to its other disks."""
    failed: bool = False

    @property
    def unit(self) -> LogicalUnit:
        """What the LUN told of itself."""
        return self.lun_path.unit

    @property
    def instance_id(self) -> str:
        """Device instance."""
        return plain_instance_id(self.unit, self.lun_path.address)

    def sessions(self) -> frozenset[str]:
        """Return the session it is seen over."""
        return frozenset({self.lun_path.session_id})

    def working_sessions(self) -> frozenset[str]:
        """Return the session it works over, none when that one is lost."""
        return frozenset() if self.failed else self.sessions()
