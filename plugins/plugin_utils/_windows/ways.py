# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the administrator wants a host to be talked to, and what besides the usual is asked for.

Private to the collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Ways:
    """The choices; every module that has the options of the same names fills them in."""

    assume_release: str | None = None
    """Key of the release that the host is taken for; None: its build number tells."""
    method_calls: str = "auto"
    """How a method that takes objects is called: ``wsman``, ``script`` (by cscript on the host), or ``auto``: over
    WS-Management, and by the script where the host refuses that."""

    services: tuple[str, ...] = ()
    """Services whose dependencies are read."""

    @classmethod
    def of(cls, arguments: Mapping[str, t.Any]) -> Ways:
        """Read the options of a module; the defaults for those that it does not have."""
        return cls(
            arguments.get("assume_release"),
            arguments.get("method_calls") or cls.method_calls,
            tuple(arguments.get("dependent_services") or ()),
        )
