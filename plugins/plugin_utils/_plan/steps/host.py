# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that concern the host as a whole: services, identity, MPIO, timers, restart. Private to the collection."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from ..._model import setting_words
from .base import Phase, Step


@dataclass(frozen=True)
class InstallInitiator(Step):
    """Run the package of the iSCSI initiator, on a release that has none."""

    path: str
    arguments: tuple[str, ...]

    changes = (
        *("initiator_service", "initiator", "portals", "targets", "sessions", "logins"),
        *("feature", "drivers", "dsms", "disks", "claims", "policy_defaults", "pending_reboot", "settings"),
    )
    needs_reboot = True
    alone = True
    phase = Phase.PREPARE
    about = "iSCSI initiator"
    makes = "install {0.path}"


class StartType(enum.Enum):
    """When a service or driver starts; the value is Win32_Service's word for it."""

    BOOT = "Boot"
    AUTOMATIC = "Auto"
    MANUAL = "Manual"
    DISABLED = "Disabled"

    @property
    def words(self) -> str:
        """What a step makes of it."""
        return _STARTS[self]


_STARTS = {
    StartType.BOOT: "start with the kernel",
    StartType.AUTOMATIC: "start automatically",
    StartType.MANUAL: "start on demand only",
    StartType.DISABLED: "start no more",
}


def start_words(start_mode: str) -> str:
    """Return what a step would make of the start mode that Win32_Service tells, for the diff."""
    known = {kind.value: kind.words for kind in StartType}
    return known.get(start_mode, f"start {start_mode.lower()}")


@dataclass(frozen=True)
class SetServiceStart(Step):
    """Say when a service or driver starts."""

    service: str
    start: StartType = StartType.AUTOMATIC

    changes = ("initiator_service", "drivers")
    phase = Phase.PREPARE
    about = "service {0.service}"
    makes = "{0.start.words}"


@dataclass(frozen=True)
class SetSetting(Step):
    """Set a timer of MPIO, the initiator or the disks."""

    name: str
    """What options call it."""
    value: int
    """Of a switch whether it is on."""
    source: str | None = field(default=None, compare=False, kw_only=True)
    """The profile that it is of, and where that has it from; None where it is wished for by itself."""

    changes = ("settings", "pending_reboot")
    needs_reboot = True
    phase = Phase.PREPARE
    about = "setting {0.name}"
    makes = "{0.words}"

    @property
    def words(self) -> str:
        """The value with its unit, a switch as options have it."""
        return setting_words(self.name, self.value)

    @property
    def remark(self) -> str | None:
        """Where a profile has the value from."""
        return self.source


@dataclass(frozen=True)
class StartService(Step):
    """Start a service."""

    service: str
    brings: tuple[str, ...] = field(default=(), compare=False, kw_only=True)
    """The paths that come back with it by their stored logins, where that is known."""

    changes = ("initiator_service", "initiator", "portals", "targets", "sessions", "logins", "disks")
    phase = Phase.PREPARE
    about = "service {0.service}"
    makes = "start"

    @property
    def remark(self) -> str | None:
        """What comes back with it, for whoever counts the sessions of a plan."""
        return f"stored logins bring back {', '.join(self.brings)}" if self.brings else None


@dataclass(frozen=True)
class SetNodeName(Step):
    """Give the initiator another node name."""

    name: str

    changes = ("initiator",)
    phase = Phase.PREPARE
    about = "initiator"
    makes = "node name {0.name}"


@dataclass(frozen=True)
class SetInitiatorSecret(Step):
    """Set the initiator's own secret, which targets prove in mutual CHAP. It cannot be read back."""

    secret: str = field(repr=False, compare=False)

    changes = ()
    phase = Phase.PREPARE
    about = "initiator"
    makes = "set the secret for mutual CHAP"


@dataclass(frozen=True)
class EnableFeature(Step):
    """Enable the operating system's MPIO feature."""

    changes = ("feature", "drivers", "dsms", "disks", "pending_reboot", "claims", "policy_defaults", "settings")
    needs_reboot = True
    phase = Phase.PREPARE
    about = "feature Multipath I/O"
    makes = "enable"


@dataclass(frozen=True)
class Reboot(Step):
    """Restart Windows and wait until it is back."""

    again: bool = False
    """Whether a plan announces another one before it."""

    drops_path = True
    alone = True
    phase = Phase.RESTART
    about = "Windows"
    makes = "{0.how}"

    @property
    def how(self) -> str:
        """What is done, told from another restart of the same plan."""
        return "restart a second time" if self.again else "restart"


@dataclass(frozen=True)
class AddIsnsServer(Step):
    """Store an iSNS server, which the initiator asks for targets."""

    server: str

    changes = ("isns_servers", "targets")
    phase = Phase.DISCOVER
    about = "iSNS server {0.server}"
    makes = "add"


@dataclass(frozen=True)
class RemoveIsnsServer(Step):
    """Forget an iSNS server."""

    server: str

    changes = ("isns_servers", "targets")
    phase = Phase.REMOVE
    about = "iSNS server {0.server}"
    makes = "remove"


@dataclass(frozen=True)
class RescanDisks(Step):
    """Let Windows look for disks again on the sessions that stand. Its effect is what the disks show afterwards."""

    changes = ("sessions", "disks")
    phase = Phase.CONNECT
    about = "disks"
    makes = "look for them again"


@dataclass(frozen=True)
class BindVolumes(Step):
    """Let the initiator service wait at boot for the volumes that are mounted now on its disks."""

    volumes: tuple[str, ...] = field(compare=False)
    """Drive letters such as ``E:``, of the volumes that are to be bound; Windows binds all that there are."""

    changes = ("volumes",)
    phase = Phase.PREPARE
    about = "volumes {0.names}"
    makes = "bind to the iSCSI initiator"

    @property
    def names(self) -> str:
        """The volumes, comma by comma."""
        return ", ".join(self.volumes)


@dataclass(frozen=True)
class SetServiceDependencies(Step):
    """Let a service start after those that it depends on."""

    service: str
    dependencies: tuple[str, ...]
    """All of them, in their order; a group of services begins with ``+`` as in the service control manager."""

    changes = ("dependencies",)
    phase = Phase.PREPARE
    about = "service {0.service}"
    makes = "depend on {0.names}"

    @property
    def names(self) -> str:
        """The dependencies, comma by comma."""
        return ", ".join(self.dependencies)


@dataclass(frozen=True)
class SetNewDiskPolicy(Step):
    """Let new disks on a shared bus come up offline, as the nodes of a failover cluster need it."""

    changes = ("new_disk_policy",)
    phase = Phase.PREPARE
    about = "policy for new disks"
    makes = "shared disks offline"
