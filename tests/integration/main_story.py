# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main stories over real HTTP: first provision, mending, a run with nothing to do, and verify."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.eva.mpio.tests.integration.profiles import PROFILES, options
from ansible_collections.eva.mpio.tests.integration.stage import SUBSET, Stage, fleet_of, server, staged
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches

CLASSES = (
    "MSiSCSI_PortalInfoClass",
    "MSiSCSI_InitiatorSessionInfo",
    "MSiSCSIInitiator_SessionClass",
    "MSiSCSIInitiator_TargetClass",
    "MSiSCSIInitiator_PersistentLoginClass",
    "MPIO_REGISTERED_DSM",
    "MPIO_DISK_INFO",
    "MPIO_GET_DESCRIPTOR",
    "DSM_QueryLBPolicy_V2",
)
"""The classes with embedded objects that the collection reads."""


def told(directory: Path, profile: str = "2012r2", language: str = "en", **switches: Any) -> None:
    """Tell first provision, mending and a run with nothing to do, with a server whose switches stand so.

    Args:
        directory: for the inventory
        profile: name of the kind of server
        language: of its Windows
        switches: positions of switches that differ from the expected ones
    """
    kind = dict(PROFILES[profile])
    basic = {"scheme": "http", "transport": "basic", **kind.pop("winrm", {})}
    positions_of = {**kind.pop("switches", {}), **switches}
    spec = server("win1", 1, **kind, language=language, winrm=basic, switches=in_yaml(positions_of))
    with staged(fleet_of(spec, second=0.005), directory) as stage:
        assert stage.fleet.host("win1").switches == Switches(**positions_of)
        more = options(profile)
        stage.provision("win1", **more)
        whole(stage)
        stage.fleet.faults.inject("end-session", "win1", "10.10.1.22")
        stage.fleet.faults.inject("forget-login", "win1", "10.10.2.21")
        mark = stage.now
        stage.provision("win1", **more)
        whole(stage)
        assert len(stage.logins("win1", mark)) == 1
        mark = stage.now
        again = stage.module("host", "win1", stage.whole("win1", **more))
        assert (again["changed"], stage.logins("win1", mark), stage.changes("win1", mark)) == (False, [], [])
        proof = stage.module("verify", "win1", {**stage.layout("win1"), "lun_policies": SUBSET})
        assert proof.status == "ok", proof.message


def whole(stage: Stage) -> None:
    """Fail unless the server is redundant with the right policy on each LUN."""
    assert stage.policies("win1") == {3}
    stage.is_redundant("win1")


def in_yaml(switches: Mapping[str, Any]) -> dict[str, Any]:
    """Write switches as a fleet file has them."""
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in switches.items()}
