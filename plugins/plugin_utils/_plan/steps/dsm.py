# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that decide which DSM owns the disks. Private to the collection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .base import Phase, Step

_MPIO = ("drivers", "dsms", "disks", "sessions", "claims", "pending_reboot")


def _quoted(hardware_ids: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in hardware_ids)


@dataclass(frozen=True)
class ClaimHardware(Step):
    """Let the Microsoft DSM claim hardware ids (24 characters each)."""

    hardware_ids: tuple[str, ...]

    changes = _MPIO
    needs_reboot = True
    phase = Phase.PREPARE
    about = "Microsoft DSM"
    makes = "claim {0.names}"

    @property
    def names(self) -> str:
        """The hardware ids with their blanks, in quotation marks."""
        return _quoted(self.hardware_ids)


@dataclass(frozen=True)
class ListHardware(ClaimHardware):
    """Give hardware ids that wider entries claim already an entry of their own; nothing is to take effect."""

    needs_reboot = False
    makes = "claim {0.names} by entries of their own"


@dataclass(frozen=True)
class UnclaimHardware(Step):
    """Let the Microsoft DSM claim hardware ids (24 characters each) no more."""

    hardware_ids: tuple[str, ...]

    changes = (*_MPIO, "feature")
    needs_reboot = True
    phase = Phase.PREPARE
    about = "Microsoft DSM"
    makes = "claim no more {0.names}"

    @property
    def names(self) -> str:
        """The hardware ids with their blanks, in quotation marks."""
        return _quoted(self.hardware_ids)


@dataclass(frozen=True)
class InstallDsm(Step):
    """Run the package of HP's DSM."""

    path: str
    arguments: tuple[str, ...]

    changes = (*_MPIO, "feature")
    needs_reboot = True
    alone = True
    phase = Phase.PREPARE
    about = "HP's DSM"
    makes = "install {0.path}"


@dataclass(frozen=True)
class RemoveDsm(Step):
    """Run what removes HP's DSM."""

    path: str
    arguments: tuple[str, ...]

    changes = (*_MPIO, "feature")
    needs_reboot = True
    alone = True
    phase = Phase.PREPARE
    about = "HP's DSM"
    makes = "remove by {0.path}"


@dataclass(frozen=True)
class TakeDiskOffline(Step):
    """Take the disk of a LUN offline while its DSM is changed, and note that on the host."""

    wwn: str

    changes = ("disk_use", "volumes", "taken_offline")
    alone = True
    drops_path = True
    phase = Phase.PREPARE
    about = "disk of LUN {0.wwn}"
    makes = "offline"


@dataclass(frozen=True)
class BringDiskOnline(Step):
    """Bring the disk of a LUN online again that a run took offline."""

    wwn: str

    changes = ("disk_use", "volumes", "taken_offline")
    alone = True
    phase = Phase.PREPARE
    about = "disk of LUN {0.wwn}"
    makes = "online"
