# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host of these tests has to do with: arrays with their LUNs, and sessions as they stand."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap, Digests, Path, SessionId, TargetPortal


@dataclass
class Lun:
    """A LUN of an array as the array has it."""

    wwn: str
    vendor: str = "HP"
    product: str = "HSV340"
    alua: bool = True
    presented: bool = True


@dataclass
class FakeArray:
    """An array: targets with their portals, and LUNs that every target shows."""

    targets: dict[str, tuple[TargetPortal, ...]]
    luns: list[Lun]
    secret: str | None = None
    """What a login and discovery must prove; None: the array asks for nothing."""

    def admits(self, chap: Chap | None) -> bool:
        return self.secret is None or (chap is not None and chap.secret == self.secret)


@dataclass
class Standing:
    """A session as it stands."""

    id: SessionId
    path: Path
    """With the NIC it really left from."""
    since: float
    """When its devices appear."""
    chap: Chap | None = None
    """What it was logged in with."""
    digests: Digests = field(default_factory=Digests)
    connected: bool = True
    tells_nic: bool = True
    outside: set[str] = field(default_factory=set)
    """WWNs whose device arrived, or last saw a boot, while MPIO would not take it."""
