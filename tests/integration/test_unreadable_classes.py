# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main job where WinRM does not render arrays of objects: nobody has published such an answer of Windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.stage import Stage, array, server

HOST = "win1"
TARGETS, PORTS = "MSiSCSIInitiator_TargetClass", "MSiSCSI_PortalInfoClass"
SESSIONS = ("MSiSCSIInitiator_SessionClass", "MSiSCSI_InitiatorSessionInfo", "MSiSCSIInitiator_PersistentLoginClass")


def unreadable(stage: Stage, *classes: str) -> Stage:
    stage.fleet.host(HOST).switches.embedded_arrays_readable = frozenset(classes)
    return stage


@pytest.mark.parametrize("release", ["2012", "2012r2"])
@pytest.mark.parametrize(
    "lost",
    [(TARGETS,), (PORTS,), (TARGETS, PORTS), (TARGETS, PORTS, *SESSIONS)],
    ids=["targets", "ports", "both", "all"],
)
def test_a_fresh_server_becomes_redundant_and_stays_so(
    stage: Callable[..., Stage], lost: tuple[str, ...], release: str
) -> None:
    where = unreadable(stage(server(HOST, 1, release=release)), *lost)
    where.provision()
    where.is_redundant(HOST)
    since, truth = where.now, where.truth(HOST)
    again = where.module("host", HOST, where.whole(HOST))
    assert (again.status, again["changed"], again["state"]) == ("ok", False, "converged")
    assert {lun["proven"] for lun in again["luns"]} == {True}
    assert (where.changes(HOST, since), where.truth(HOST)) == ([], truth)


@profiles.needs(profiles.STORAGE_CLASSES)
def test_what_the_second_way_costs(stage: Callable[..., Stage]) -> None:
    where = stage(server(HOST, 1))
    where.provision()

    def cost(name: str, options: dict[str, Any]) -> int:
        since = where.now
        assert where.module(name, HOST, options)["changed"] is False
        return where.requests(HOST, since).total()

    options = {"host": where.whole(HOST), "session": where.layout(HOST)}
    usual = {name: cost(name, given) for name, given in options.items()}
    unreadable(where, TARGETS, PORTS)
    more = {name: cost(name, given) - usual[name] for name, given in options.items()}
    assert more == {"host": 11, "session": 11}


@profiles.needs(profiles.STORAGE_CLASSES)
def test_a_portal_that_does_not_answer_is_named_and_the_others_serve(stage: Callable[..., Stage]) -> None:
    where = unreadable(stage(server(HOST, 1)), TARGETS, PORTS)
    where.fleet.faults.inject("port-down", "10.10.2.22")
    result = where.module("host", HOST, where.whole(HOST))
    assert result.status == "failed"
    assert "10.10.2.22" in result.message
    assert len(where.truth(HOST).live) == 3


def test_nics_that_share_every_target_portal_are_told_apart_by_nothing(stage: Callable[..., Stage]) -> None:
    one_network = array(ports=[{"address": f"10.10.1.{last}", "controller": "A"} for last in (21, 22)])
    shared = server(HOST, 1, nics=["10.10.1.11/24", "10.10.1.12/24"])
    where = unreadable(stage(shared, arrays=[one_network]), PORTS)
    result = where.module("host", HOST, where.whole(HOST))
    assert result.status == "failed"
    if profiles.has(profiles.STORAGE_CLASSES):
        assert "NIC 10.10.1.11, NIC 10.10.1.12: Windows does not list the initiator's ports" in result.message
    else:
        assert (
            f"discovery portals, paths to eva01: it could not be read, so nothing is changed there: the class {PORTS}"
            in result.message
        )
    assert where.truth(HOST).live == where.truth(HOST).stored == ()
    since = where.now
    again = where.module("host", HOST, where.whole(HOST))
    assert (again.status, again["changed"]) == ("failed", False)
    assert where.changes(HOST, since) == []
