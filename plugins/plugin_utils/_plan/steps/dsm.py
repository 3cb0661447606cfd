# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that decide which DSM owns the disks. Private to the collection."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

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
class RunDsmProgram(Step):
    """Run a program of HP's DSM."""

    path: str
    arguments: tuple[str, ...]

    changes = (*_MPIO, "feature", "dsm_notes")
    needs_reboot = True
    alone = True
    phase = Phase.PREPARE
    about = "HP's DSM"

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that tell program and arguments from others; unlike them they fit into any note."""
        return hashlib.sha256("\0".join((self.path, *self.arguments)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class InstallDsm(RunDsmProgram):
    """Run the package of HP's DSM."""

    makes = "install {0.path}"


@dataclass(frozen=True)
class RemoveDsm(RunDsmProgram):
    """Run what removes HP's DSM."""

    makes = "remove by {0.path}"


@dataclass(frozen=True)
class BeginChange(Step):
    """Note on the host that the DSM of its arrays is being changed."""

    way: str | None = field(default=None, compare=False, kw_only=True)
    """From which DSM to which, for people; it is not noted."""

    changes = ("dsm_notes",)
    phase = Phase.PREPARE
    about = "change of DSM"
    makes = "note that it has begun"

    @property
    def remark(self) -> str | None:
        """From which DSM to which."""
        return self.way


@dataclass(frozen=True)
class EndChange(Step):
    """Take away what was noted of a change of DSM that is over."""

    removed: bool
    """Whether HP's DSM is gone with it: then its removal has worked, and what was noted of that goes too."""

    changes = ("dsm_notes",)
    phase = Phase.PREPARE
    about = "change of DSM"
    makes = "note that it is over"


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


@dataclass(frozen=True)
class LeaveToCluster(Step):
    """Note no more that a run took the disk of a LUN offline: meanwhile a failover cluster has it, and moves it."""

    wwn: str

    changes = ("taken_offline",)
    alone = True
    phase = Phase.PREPARE
    about = "disk of LUN {0.wwn}"
    makes = "left to the failover cluster"
