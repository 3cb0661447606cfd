# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that set load-balance policies. Private to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..._model import HpPolicy, PathState, Policy
from .base import Phase, Step


@dataclass(frozen=True)
class PathSetting:
    """How a path of a disk shall be; the id is MPIO's, found anew for each step."""

    id: int
    state: PathState
    weight: int = 0
    preferred: bool = False


@dataclass(frozen=True)
class SetPolicy(Step):
    """Set the load-balance policy of one LUN; ``wwn`` None is "each LUN that appears"."""

    wwn: str | None
    policy: Policy | None
    """None takes the LUN's own policy away, so that the defaults decide."""
    paths: tuple[PathSetting, ...] = field(default=(), compare=False)
    """The paths that have to be named for it; none where they follow by themselves."""
    details: str = field(default="", compare=False)
    """What is wished of paths, for people: ``, preferred path over NIC 10.10.1.11``."""

    changes = ("disks", "policy_defaults")
    # mpclaim takes MPIO's disk number, and the numbers move when a disk comes or goes.
    alone = True
    phase = Phase.POLICIES
    about = "LUN {0.lun}"
    makes = "{0.words}{0.details}"

    @property
    def lun(self) -> str:
        """The LUN, or all of them."""
        return self.wwn or "each that appears"

    @property
    def words(self) -> str:
        """The policy."""
        return f"policy {self.policy.label}" if self.policy is not None else "no policy of its own"


@dataclass(frozen=True)
class SetDefaultPolicy(Step):
    """Set what the Microsoft DSM gives LUNs without a policy of their own."""

    hardware_id: str | None
    """24 characters; None for the DSM as a whole."""
    policy: Policy | None
    """None takes the default away."""

    changes = ("disks", "policy_defaults")
    alone = True
    phase = Phase.POLICIES
    about = "{0.scope}"
    makes = "{0.words}"

    @property
    def scope(self) -> str:
        """Whose default it is."""
        return "Microsoft DSM" if self.hardware_id is None else f'hardware id "{self.hardware_id}"'

    @property
    def words(self) -> str:
        """The policy."""
        return f"default policy {self.policy.label}" if self.policy is not None else "no default policy"


@dataclass(frozen=True)
class SetHpPolicy(Step):
    """Set the policy of one LUN of HP's DSM by the administrator's command; ``wwn`` None is each that appears."""

    wwn: str | None
    policy: HpPolicy

    changes = ("hp_policies",)
    alone = True
    phase = Phase.POLICIES
    about = "LUN {0.lun}"
    makes = "HP policy {0.policy.label}"

    @property
    def lun(self) -> str:
        """The LUN, or all of them."""
        return self.wwn or "each that appears"
