# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small lab with both fabrics, shared by the tests of this folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.fabric.array import Array
from ansible_collections.eva.mpio.tests.lab.fabric.interface import Chap, Fabric, FabricSession, InitiatorSide
from ansible_collections.eva.mpio.tests.lab.fabric.memory import MemoryFabric
from ansible_collections.eva.mpio.tests.lab.fabric.network import Network
from ansible_collections.eva.mpio.tests.lab.fabric.ports import TargetPort
from ansible_collections.eva.mpio.tests.lab.fabric.tcp import TcpFabric

HOST = "iqn.1991-05.com.microsoft:host1.lab"
SUBNETS = ("10.10.1.0/24", "10.10.2.0/24", "fd00:10:2::/64")
SECRET = Chap("host1", b"initiator-12")
ARRAY_SECRET = Chap("eva01", b"target-12345")


@dataclass
class Lab:
    """One array with five ports, a disk presented to HOST as LUN 1, and a fabric."""

    fabric: Fabric
    network: Network
    array: Array
    log: EventLog

    @property
    def side(self) -> InitiatorSide:
        return InitiatorSide(HOST, "10.10.1.11")

    @property
    def port(self) -> TargetPort:
        return self.array.ports[0]

    def from_nic(self, nic: str, **changes: Chap | str | None) -> InitiatorSide:
        return replace(self.side, nic_address=nic, **changes)  # type: ignore[arg-type]

    def login(
        self,
        port: TargetPort | None = None,
        side: InitiatorSide | None = None,
        number: int = 1,
        on_lost: Callable[[], None] = lambda: None,
    ) -> FabricSession:
        port = port or self.port
        isid = bytes.fromhex("40000137") + number.to_bytes(2, "big")
        return self.fabric.login(side or self.side, port.portal, port.target_name, isid, on_lost)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.log.since(source=self.array.name)]


class Loss:
    """Counts calls of ``on_lost`` and lets a test wait for the first."""

    def __init__(self) -> None:
        self.count = 0
        self._happened = threading.Event()

    def __call__(self) -> None:
        self.count += 1
        self._happened.set()

    def wait(self) -> None:
        assert self._happened.wait(5), "on_lost was not called within 5 s"


def make_network() -> Network:
    log = EventLog()
    array = Array("eva01", log)
    array.add_port("10.10.1.21", "A", module="M1", fabric="left")
    array.add_port("10.10.2.21", "A", module="M2", fabric="right")
    array.add_port("10.10.1.22", "B", module="M1", fabric="left")
    array.add_port("10.10.2.22", "B", module="M2", fabric="right")
    array.add_port("fd00:10:2::22", "B", module="M2", fabric="right")
    array.present(array.add_vdisk("data1", 16), HOST, 1)
    return Network(log, [array], SUBNETS)


@pytest.fixture(params=["memory", "tcp"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    network = make_network()
    array = network.arrays[0]
    if request.param == "memory":
        yield Lab(MemoryFabric(network), network, array, array.log)
        return
    with TcpFabric(network, answer_timeout=0.2) as fabric:
        yield Lab(fabric, network, array, array.log)
