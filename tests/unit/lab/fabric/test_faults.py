# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of ports, controllers and links, on both fabrics through the one interface."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.eva.mpio.tests.lab.fabric.interface import (
    ConnectionLost,
    PortalAddress,
    Unreachable,
)
from ansible_collections.eva.mpio.tests.lab.fabric.ports import PortChange, PortState, TargetPort
from ansible_collections.eva.mpio.tests.lab.fabric.tcp import TcpFabric

from .conftest import HOST, Lab, Loss, make_network

STRANGER = "iqn.1991-05.com.microsoft:stranger.lab"


def test_a_refusing_port_keeps_its_sessions(lab: Lab) -> None:
    session = lab.login()
    lab.port.refuse()
    assert not lab.fabric.ping("10.10.1.11", lab.port.portal)
    with pytest.raises(Unreachable):
        lab.login(number=2)
    with pytest.raises(Unreachable):
        lab.fabric.discover(lab.side, lab.port.portal)
    session.write(1, 0, bytes(512))
    lab.port.restore()
    assert session.alive
    assert lab.fabric.ping("10.10.1.11", lab.port.portal)


def test_drop_tells_each_session_once_and_lets_it_come_back(lab: Lab) -> None:
    losses = [Loss(), Loss(), Loss()]
    lab.login(number=1, on_lost=losses[0])
    lab.login(number=2, on_lost=losses[1])
    kept = lab.login(side=lab.from_nic("10.10.1.12", node_name=STRANGER), number=1, on_lost=losses[2])
    lab.port.drop(HOST)
    losses[0].wait()
    losses[1].wait()
    assert kept.alive
    lab.login(number=1)
    lab.port.drop()
    losses[2].wait()
    assert [loss.count for loss in losses] == [1, 1, 1]
    assert {event.facts["reason"] for event in lab.log.since(kind="session-lost")} == {"dropped by the array"}


def test_a_hung_port_accepts_answers_nothing_and_is_given_up_in_time(lab: Lab) -> None:
    loss = Loss()
    session = lab.login(on_lost=loss)
    lab.port.hang()
    began = time.monotonic()
    with pytest.raises(ConnectionLost):
        session.write(1, 0, b"late" * 128)
    with pytest.raises(ConnectionLost):
        lab.login(number=2)
    assert time.monotonic() - began < 2
    assert lab.fabric.ping("10.10.1.11", lab.port.portal)
    loss.wait()
    other = lab.login(lab.array.ports[2])
    other.write(1, 0, b"new." * 128)
    lab.port.restore()
    assert lab.login(number=3).read(1, 0, 1) == b"new." * 128
    assert loss.count == 1


def test_idle_sessions_notice_a_hung_port_and_the_array_knows_first(lab: Lab) -> None:
    loss = Loss()
    known: list[str] = []

    def on_lost() -> None:
        known.extend(event.facts["reason"] for event in lab.log.since(kind="session-lost"))
        loss()

    lab.login(on_lost=on_lost)
    lab.port.hang()
    loss.wait()
    assert known == ["reset by the initiator"]


def test_nothing_that_hung_goes_on_after_the_port_is_back() -> None:
    network = make_network()
    array = network.arrays[0]
    with TcpFabric(network, answer_timeout=30) as fabric:  # the initiator itself would wait on
        lab = Lab(fabric, network, array, array.log)
        loss = Loss()
        session = lab.login(on_lost=loss)
        lab.port.hang()
        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(session.write, 1, 0, b"old." * 128)
            lab.port.restore()
            with pytest.raises(ConnectionLost):
                writing.result(5)
        loss.wait()
        assert lab.login().read(1, 0, 1) == bytes(512)


def test_a_session_is_aborted_in_peace_after_the_network_was_taken_down() -> None:
    network = make_network()
    with TcpFabric(network) as fabric:
        lab = Lab(fabric, network, network.arrays[0], network.arrays[0].log)
        session = lab.login()
    session.abort()
    assert not session.alive
    with pytest.raises(Unreachable):
        lab.login()


@pytest.mark.parametrize("way_out", ["restore", "refuse", "kill"])
def test_no_moment_of_the_way_out_of_a_hang_answers_its_sessions(lab: Lab, way_out: str) -> None:
    session = lab.login()
    outcomes: list[str] = []

    def write(port: TargetPort, _change: PortChange) -> None:
        if port is lab.port and port.state is not PortState.HUNG:
            try:
                session.write(1, 0, b"old." * 128)
                outcomes.append(f"answered while {port.state.value}")
            except ConnectionLost:
                outcomes.append("lost")

    lab.port.hang()
    lab.array.observe(write)
    getattr(lab.port, way_out)()
    assert set(outcomes) == {"lost"}
    assert lab.login(lab.array.ports[2]).read(1, 0, 1) == bytes(512)


def test_a_killed_controller_takes_its_ports_and_gives_its_disks_away(lab: Lab) -> None:
    losses = [Loss(), Loss()]
    lab.login(lab.array.ports[0], on_lost=losses[0])
    lab.login(lab.array.ports[1], lab.from_nic("10.10.2.11"), on_lost=losses[1])
    survivor = lab.login(lab.array.ports[2])
    lab.array.controller_down("A")
    for loss in losses:
        loss.wait()
    assert lab.array.vdisks[0].owner == "B"
    assert survivor.read(1, 0, 1) == bytes(512)
    lab.array.controller_up("A")
    assert lab.login().alive


@pytest.mark.parametrize(
    ("breaks", "mends", "lost"),
    [
        (("nic_down", "10.10.1.11"), ("nic_up", "10.10.1.11"), {"11-21", "11-22"}),
        (("portal_down", "10.10.1.21"), ("portal_up", "10.10.1.21"), {"11-21", "12-21"}),
        (("cut", "10.10.1.11", "10.10.1.21"), ("mend", "10.10.1.11", "10.10.1.21"), {"11-21"}),
        (("subnet_down", "10.10.1.0/24"), ("subnet_up", "10.10.1.0/24"), {"11-21", "12-21", "11-22"}),
    ],
)
def test_links(lab: Lab, breaks: tuple[str, ...], mends: tuple[str, ...], lost: set[str]) -> None:
    losses = {name: Loss() for name in ("11-21", "12-21", "11-22", "right")}
    nic = lab.from_nic
    lab.login(lab.array.ports[0], nic("10.10.1.11"), 1, losses["11-21"])
    lab.login(lab.array.ports[0], nic("10.10.1.12"), 2, losses["12-21"])
    lab.login(lab.array.ports[2], nic("10.10.1.11"), 3, losses["11-22"])
    right = lab.login(lab.array.ports[1], nic("10.10.2.11"), 4, losses["right"])
    getattr(lab.network, breaks[0])(*breaks[1:])
    for name in lost:
        losses[name].wait()
    assert {name for name, loss in losses.items() if loss.count} == lost
    assert {event.facts["reason"] for event in lab.log.since(kind="session-lost")} == {"link down"}
    assert len(lab.log.since(kind="session-lost")) == len(lost)
    assert right.alive
    assert not lab.fabric.ping("10.10.1.11", lab.port.portal)
    with pytest.raises(Unreachable, match="no network between"):
        lab.login(side=nic("10.10.1.11"), number=5)
    getattr(lab.network, mends[0])(*mends[1:])
    assert lab.login(side=nic("10.10.1.11"), number=5).alive


def test_isolated_subnets_and_unknown_portals_are_unreachable(lab: Lab) -> None:
    with pytest.raises(Unreachable):
        lab.login(lab.array.ports[1], lab.from_nic("10.10.1.11"))
    with pytest.raises(Unreachable):
        lab.login(lab.array.ports[4], lab.from_nic("192.168.0.9"))
    assert not lab.fabric.ping("10.10.1.11", PortalAddress("10.10.1.99"))
    assert not lab.fabric.ping("10.10.1.11", PortalAddress("10.10.1.21", 3261))


def test_on_lost_may_use_the_fabric(lab: Lab) -> None:
    loss = Loss()

    def log_in_elsewhere() -> None:
        lab.login(lab.array.ports[2], number=9)
        loss()

    lab.login(on_lost=log_in_elsewhere)
    lab.port.kill()
    loss.wait()
    assert [session.port.number for session in lab.array.sessions] == [3]


def test_a_fault_at_the_login_event_itself(lab: Lab) -> None:
    loss = Loss()
    lab.log.listen(lambda event: lab.port.kill() if event.kind == "login" else None)
    try:
        lab.login(on_lost=loss)
    except ConnectionLost:
        assert loss.count == 0
    else:
        loss.wait()
    assert lab.kinds()[1:] == ["login", "fault", "fault", "session-lost"]
    assert not list(lab.array.sessions)


def test_a_fault_after_the_checks_and_before_the_session(lab: Lab) -> None:
    loss = Loss()
    lab.login(number=1, on_lost=loss)
    # The old session of the same ISID ends after the new login was admitted.
    lab.log.listen(lambda event: lab.port.kill() if event.kind == "session-lost" and not loss.count else None)
    late = Loss()
    try:
        session = lab.login(number=1, on_lost=late)
    except ConnectionLost:
        assert late.count == 0
    else:  # over TCP the answer may still have got out
        late.wait()
        assert not session.alive
    loss.wait()
    assert not list(lab.array.sessions)


def test_many_servers_at_once(lab: Lab) -> None:
    def log_in(number: int) -> None:
        name = f"iqn.1991-05.com.microsoft:host{number}.lab"
        for index, nic in ((0, f"10.10.1.{number}"), (1, f"10.10.2.{number}"), (2, f"10.10.1.{number}")):
            lab.login(lab.array.ports[index], lab.from_nic(nic, node_name=name), number=index)

    threads = [threading.Thread(target=log_in, args=(number,)) for number in range(100, 116)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(lab.array.sessions)) == len({session.tsih for session in lab.array.sessions}) == 48
    assert len(lab.array.known_initiators) == 16
