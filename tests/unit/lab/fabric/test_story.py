# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One story, told in memory and over TCP: the array must see the same events."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.lab.fabric.interface import Chap, Fabric, FabricError, PortalAddress
from ansible_collections.eva.mpio.tests.lab.fabric.memory import MemoryFabric
from ansible_collections.eva.mpio.tests.lab.fabric.network import Network
from ansible_collections.eva.mpio.tests.lab.fabric.tcp import TcpFabric

from .conftest import ARRAY_SECRET, HOST, SECRET, Lab, Loss, make_network

VARYING = ("tsih",)


def tell(fabric: Fabric, network: Network) -> list[tuple[str, str, dict[str, Any]]]:
    """A server's life: found, refused, let in, its paths broken one after the other, rebooted."""
    array = network.arrays[0]
    lab = Lab(fabric, network, array, array.log)
    left, right = lab.from_nic("10.10.1.11"), lab.from_nic("10.10.2.11")
    losses: list[Loss] = []

    def path(number: int, port: int, side=left) -> None:
        losses.append(Loss())
        with contextlib.suppress(FabricError):
            lab.login(array.ports[port], side, number, losses[-1])

    for side, port in ((left, 0), (right, 1), (left, 1)):
        with contextlib.suppress(FabricError):
            fabric.discover(side, array.ports[port].portal)
    array.set_chap(HOST, SECRET, ARRAY_SECRET)
    path(1, 0)
    proven = lab.from_nic("10.10.1.11", one_way=SECRET, mutual=ARRAY_SECRET)
    deceived = lab.from_nic("10.10.1.11", one_way=SECRET, mutual=Chap("eva01", b"something else"))
    path(1, 0, deceived)
    path(1, 0, proven)
    array.set_chap(HOST, None)
    path(2, 1, right)
    path(3, 2)
    path(4, 3, right)
    network.nic_down("10.10.2.11")
    losses[3].wait()
    losses[5].wait()
    path(5, 1, right)
    network.nic_up("10.10.2.11")
    path(6, 1, right)
    path(6, 1, right)
    losses[7].wait()
    array.ports[0].kill()
    losses[2].wait()
    path(7, 0)
    array.ports[0].restore()
    array.ports[0].redirect(PortalAddress("10.10.1.22"))
    path(7, 0)
    array.ports[0].judge_logins()
    array.ports[2].hang()
    losses[4].wait()
    path(8, 2)
    array.ports[2].restore()
    array.ports[2].max_sessions = 0
    path(8, 2)
    array.ports[2].max_sessions = 1
    session = lab.login(array.ports[2], left, 9)
    session.write(1, 0, bytes(512))
    session.logout()
    lab.login(array.ports[2], left, 10).abort()
    array.controller_down("A")
    losses[8].wait()
    return [
        (event.source, event.kind, {key: value for key, value in event.facts.items() if key not in VARYING})
        for event in array.log
    ]


@pytest.fixture(scope="module")
def in_memory() -> list[tuple[str, str, dict[str, Any]]]:
    network = make_network()
    return tell(MemoryFabric(network), network)


def test_both_fabrics_log_the_same_events(in_memory: list[tuple[str, str, dict[str, Any]]]) -> None:
    network = make_network()
    with TcpFabric(network, answer_timeout=0.2) as fabric:
        over_tcp = tell(fabric, network)
    assert over_tcp == in_memory


def test_the_story_has_every_kind_of_event(in_memory: list[tuple[str, str, dict[str, Any]]]) -> None:
    kinds = {kind for _unused, kind, _unused in in_memory}
    assert kinds == {"state", "discovery", "login", "login-failed", "logout", "session-lost", "fault"}
    statuses = [facts["status"] for _unused, kind, facts in in_memory if kind == "login-failed"]
    assert statuses == ["0201", "abandoned", "0101", "0302"]
    reasons = {facts["reason"] for _unused, kind, facts in in_memory if kind == "session-lost"}
    assert reasons == {"link down", "reinstated", "dropped by the array", "reset by the initiator"}
