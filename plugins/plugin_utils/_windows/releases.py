# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of Windows releases: what differs in mechanism from one to the next. Private to the collection.

A release is told by its build number, which no language changes. What a fleet chooses (packages, sources, allowed
DSMs) stands in the role's variables, not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from .._model import OperatingSystem
from .._wire.schema import Schema
from . import classes


class UnsupportedRelease(Exception):
    """The host's Windows is none that this collection manages; the text is for the administrator."""


@dataclass(frozen=True)
class Release:
    """How one release of Windows Server is read and changed."""

    name: str
    build: int
    feature_command: tuple[str, ...]
    """Program and arguments that enable the MPIO feature."""
    policy_class: Schema
    """Per-disk class with the load-balance policy; releases before 2008 have the first version only."""
    storage_classes: bool
    """Whether root/Microsoft/Windows/Storage has the MSFT_iSCSI classes (2012 and later)."""


# dism takes /all, which enables a feature's parents too, from 6.2 on (dism help texts; Chef's windows cookbook, 123).
_DISM_WITH_PARENTS: Final = ("dism", "/online", "/enable-feature", "/featurename:MultipathIo", "/all", "/norestart")

_ROWS: Final = (
    Release("Windows Server 2012", 9200, _DISM_WITH_PARENTS, classes.LOAD_BALANCE_V2, True),
    Release("Windows Server 2012 R2", 9600, _DISM_WITH_PARENTS, classes.LOAD_BALANCE_V2, True),
)

RELEASES: Final[Mapping[int, Release]] = MappingProxyType({row.build: row for row in _ROWS})
"""The releases by build number."""


def release_of(system: OperatingSystem) -> Release:
    """Return the row of a host.

    Raises:
        UnsupportedRelease: it runs a client edition, or a build that has no row.
    """
    if not system.server:
        raise UnsupportedRelease(
            f"{system.name} runs a client edition of Windows ({system.caption}), which has no MPIO: "
            "take it out of the inventory group of the servers."
        )
    release = RELEASES.get(system.build)
    if release is None:
        known = ", ".join(f"{row.name} (build {row.build})" for row in _ROWS)
        raise UnsupportedRelease(
            f"{system.name} runs Windows build {system.build} ({system.caption}), which this version of the "
            f"collection does not manage. It manages {known}."
        )
    return release
