# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server of WinRM 2.0, whose shells take 15 commands each, with 64 paths: provisioned and mended in one task each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.eva.mpio.tests.integration.stage import Stage, array

HOST = "many"
NICS = [f"10.10.{network}.{last}/24" for network in (1, 2) for last in (11, 12, 13, 14)]
PATHS = 64
"""32 to each of two arrays: MPIO takes no more than 32 for one LUN (Windows driver sample msdsm, DSM_MAX_PATHS)."""
COMMANDS_OF_A_SHELL = 15


def eva(name: str, first: int) -> dict[str, Any]:
    """Return an array of eight ports, four in each network."""
    ports = [
        {"address": f"10.10.{network}.{first + port}", "controller": "AB"[port % 2]}
        for network in (1, 2)
        for port in range(4)
    ]
    return array(name=name, ports=ports)


def test_64_paths_in_one_task(stage: Callable[..., Stage]) -> None:
    host = {"name": HOST, "release": "2008r2", "nics": NICS, "luns": 1, "winrm": {"stack": "2.0", "transport": "basic"}}
    lab = stage(host, arrays=[eva("eva01", 21), eva("eva02", 31)])
    lab.provision(HOST)
    assert len(lab.declared(HOST)) == PATHS
    assert sorted(lab.truth(HOST).live) == sorted(lab.truth(HOST).stored) == sorted(lab.declared(HOST))
    assert {paths for _unused, paths in lab.truth(HOST).disks.values()} == {PATHS // 2}
    # Whether an array has lost all sessions or a server all stored logins, there is nothing to take care of: the laws'
    # judge is told that it was a fault, and counts from there.
    for portal in {portal for _nic, portal in lab.declared(HOST)}:
        lab.fleet.faults.inject("end-session", HOST, portal)
        lab.fleet.faults.inject("forget-login", HOST, portal)
    lost = PATHS - len(lab.truth(HOST).live)
    assert lost >= COMMANDS_OF_A_SHELL
    mark = lab.now
    mended = lab.module("host", HOST, lab.whole(HOST))
    assert (mended.status, mended.result.get("state")) == ("ok", "converged"), mended.message
    assert len(lab.truth(HOST).live) == PATHS
    asked = [event.facts["action"].rpartition("/")[2] for event in lab.events(HOST, "request", mark)]
    assert asked.count("Command") / COMMANDS_OF_A_SHELL <= asked.count("Create")
    assert lab.module("host", HOST, lab.whole(HOST))["changed"] is False
