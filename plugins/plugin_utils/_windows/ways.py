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

    hp_dsm_name: str | None = None
    """Friendly name of HP's DSM; None: any that looks like one."""
    hp_driver: str | None = None
    """Name of the driver service of HP's DSM; None: any that looks like one."""
    hp_policy_show: tuple[str, ...] = ()
    """Command of the administrator's that shows the policy of HP's DSM: program and arguments, with the places
    ``{wwn}`` and ``{disk}`` (MPIO's number); none where nothing shows it."""
    hp_policy_pattern: str | None = None
    """Regular expression with the group ``policy``, and with ``wwn`` where one output tells of all LUNs."""
    hp_policy_set: tuple[str, ...] = ()
    """Command that sets it, with the places ``{wwn}``, ``{disk}`` and ``{policy}``."""
    services: tuple[str, ...] = ()
    """Services whose dependencies are read."""
    programs: tuple[str, ...] = ()
    """Setup programs that may be run, each once."""

    @classmethod
    def of(cls, arguments: Mapping[str, t.Any]) -> Ways:
        """Read the options of a module; the defaults for those that it does not have."""
        package = arguments.get("dsm_package") or {}
        initiator = arguments.get("package") or {}
        programs = (initiator.get("path"), package.get("path"), package.get("removal_path"))
        return cls(
            assume_release=arguments.get("assume_release"),
            method_calls=arguments.get("method_calls") or cls.method_calls,
            hp_dsm_name=arguments.get("hp_dsm_name") or None,
            hp_driver=package.get("driver") or None,
            hp_policy_show=tuple(arguments.get("hp_policy_show") or ()),
            hp_policy_pattern=arguments.get("hp_policy_pattern") or None,
            hp_policy_set=tuple(arguments.get("hp_policy_set") or ()),
            services=tuple(arguments.get("dependent_services") or ()),
            programs=tuple(dict.fromkeys(filter(None, programs))),
        )
