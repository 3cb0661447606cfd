# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers on which either DSM may own the array's disks, and what their stories ask for."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.stage import SUBSET, Stage, server

HOST = "win1"
SETUP, REMOVAL, VERSION = r"C:\Install\EvaDsmSetup.exe", r"C:\Program Files\HP\EvaDsm\Remove.exe", "4.3.0.0"
PACKAGE = {
    "path": SETUP,
    "arguments": ["/s"],
    "removal_path": REMOVAL,
    "removal_arguments": ["/s"],
    "version": "4.3",
}
"""The option ``dsm_package``."""
KIT = {"path": SETUP, "removal_path": REMOVAL, "version": VERSION}
"""The package as a fleet file has it."""
HP_READING: dict[str, Any] = {
    "hp_policy_show": ["hpdsm", "labshow", "LUN={wwn}"],
    "hp_policy_pattern": r"policy (?P<policy>\w+)",
}
"""What shows policies of the lab's own DSM: the commands of HP's are not public."""
HP_COMMANDS: dict[str, Any] = {**HP_READING, "hp_policy_set": ["hpdsm", "labset", "LUN={wwn}", "POLICY={policy}"]}
"""And what sets one."""
HP_PROFILES = ("2003", "2003-installed", "2008", "2008-core", "2008r2", "2008r2-core", "2012", "2012-core")
"""The profiles of releases for which HP's documents name its DSM."""
CHANGES = ("2003-installed", "2008", "2008r2", "2012")
"""The profiles on which the DSM is changed."""


def dsm_server(profile: str, dsm: str, number: int = 1, name: str = HOST, **more: Any) -> dict[str, Any]:
    """Declare a server of a profile that shall have this DSM first, with the package of HP's at hand."""
    kind = copy.deepcopy(dict(profiles.PROFILES[profile]))
    for key, value in more.pop("switches", {}).items():
        kind.setdefault("switches", {})[key] = value
    kit = {**KIT, **more.pop("dsm_package", {})}
    return server(name, number, **{**kind, "dsm_package": kit, "dsm": dsm, **more})


def wish(stage: Stage, profile: str, dsm: str, host: str = HOST, **more: Any) -> dict[str, Any]:
    """Return the options of eva.mpio.host for one of the DSMs, a restart allowed."""
    policies = {"lun_policies": SUBSET} if dsm == "microsoft" else {}
    return {
        **stage.layout(host),
        **profiles.options(profile),
        "dsm": dsm,
        "dsm_package": PACKAGE,
        "reboot": True,
        "pre_reboot_delay": 0,
        **policies,
        **more,
    }


def dsm_of(stage: Stage, dsm: str, host: str = HOST) -> str:
    """Return the friendly name under which one of the DSMs registers on a server."""
    return stage.microsoft_dsm(host) if dsm == "microsoft" else stage.hp_dsm(host)


def redundant_under(stage: Stage, dsm: str, luns: int = 3, host: str = HOST) -> None:
    """Fail unless every declared path is live and stored, once, and carries every LUN under this DSM alone."""
    truth, declared = stage.truth(host), stage.declared(host)
    assert truth.live == declared
    assert truth.stored == declared
    assert list(truth.disks.values()) == [(dsm_of(stage, dsm, host), len(declared))] * luns


def at_rest(stage: Stage, options: dict[str, Any], host: str = HOST) -> None:
    """Fail unless a run finds nothing to do."""
    mark = stage.now
    again = stage.module("host", host, options)
    assert (again.status, again["changed"], again["steps"]) == ("ok", False, []), again.message
    assert stage.changes(host, mark) == []


def allow_change(stage: Stage, dsm: str, host: str = HOST) -> None:
    """Let a server be wanted under this DSM from now on; until it is, the judge goes by the law of the change."""
    stage.fleet.declare_dsm(host, dsm)
