# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument lists of mpclaim, all in this one place (help text of 6.1). Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable
from dataclasses import dataclass

from .._model import DiskPath, MpioDisk, PathState, Policy
from .actions import CannotRender, Draft, DraftWord, Later

PROGRAM: t.Final = "mpclaim"

_HARDWARE_ID_LENGTH: t.Final = 24


@dataclass(frozen=True)
class PathSetting:
    """How a path shall be after a change of policy."""

    id: int
    state: PathState
    weight: int = 0
    preferred: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The four words of a path: id in 16 hexadecimal digits, state, weight, preferred."""
        return f"{self.id:016x}", str(self.state.value), str(self.weight), str(int(self.preferred))


def claim(hardware_ids: Iterable[str]) -> Draft:
    """Return the command that claims hardware ids and never restarts Windows by itself.

    Raises:
        CannotRender: an id has not the 8 + 16 characters that the tool compares; it would never match.
    """
    wanted = tuple(hardware_ids)
    wrong = [name for name in wanted if len(name) != _HARDWARE_ID_LENGTH]
    if wrong:
        raise CannotRender(
            f"Hardware ids have {_HARDWARE_ID_LENGTH} characters, vendor padded to 8 and product to 16 with blanks: "
            f"{', '.join(map(repr, wrong))}."
        )
    return Draft(PROGRAM, ("-n", "-i", "-d", *wanted))


def make_list() -> Draft:
    """Return the command that makes an empty list of claimed hardware ids; only for a host whose list is empty."""
    key = r"HKLM\SYSTEM\CurrentControlSet\Control\MPDEV"
    return Draft("reg", ("add", key, "/v", "MPIOSupportedDeviceList", "/t", "REG_MULTI_SZ", "/f"))


def set_policy(number: DraftWord, policy: Policy, settings: Iterable[PathSetting] = ()) -> Draft:
    """Return the command that sets the policy of one MPIO disk.

    Raises:
        CannotRender: the policy is the vendor's own, which only the vendor's tool can set.
    """
    if policy is Policy.VENDOR_SPECIFIC:
        raise CannotRender("The policy vendor_specific belongs to a vendor's DSM: set it with the vendor's tool.")
    words = (word for setting in settings for word in setting.words)
    return Draft(PROGRAM, ("-l", "-d", number, str(policy.value), *words))


def set_policy_of(disk: MpioDisk, policy: Policy) -> Draft:
    """Return the command that sets a disk's policy, with the paths that have to be named for it.

    Only Fail Over Only needs any: the active path, and where that is the policy already, each other active path
    with the state it shall fall back to. The others follow by themselves.
    """
    if policy is not Policy.FAILOVER_ONLY:
        return set_policy(str(disk.number), policy)
    active = active_path(disk)
    if active is None:
        unknown = (Later(f"path of MPIO Disk{disk.number} that works"), "0", "0", "1")
        return Draft(PROGRAM, ("-l", "-d", str(disk.number), str(policy.value), *unknown))
    settings = [PathSetting(active.id, PathState.ACTIVE_OPTIMIZED, preferred=True)]
    if disk.policy is Policy.FAILOVER_ONLY:
        settings += [
            PathSetting(path.id, PathState.STANDBY)
            for path in disk.paths
            if path.state is PathState.ACTIVE_OPTIMIZED and path.id != active.id
        ]
    return set_policy(str(disk.number), policy, settings)


def active_path(disk: MpioDisk) -> DiskPath | None:
    """Choose the active path: the preferred one if it works, else an active one, else any that works."""
    working = [path for path in disk.paths if path.state is not None and path.state.working]
    ranked = sorted(
        working, key=lambda path: (not path.preferred, path.state is not PathState.ACTIVE_OPTIMIZED, path.id)
    )
    return next(iter(ranked), None)
