# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which controller owns a virtual disk, and what initiators are told of it (ALUA), over both fabrics."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.tests.lab.fabric import port_groups
from ansible_collections.eva.mpio.tests.lab.fabric.device import DeviceServer
from ansible_collections.eva.mpio.tests.lab.fabric.interface import (
    AccessState,
    FabricSession,
    LogicalUnit,
    LoginRejected,
    PortGroup,
)
from ansible_collections.eva.mpio.tests.lab.fabric.scsi import CheckCondition, Operation
from ansible_collections.eva.mpio.tests.lab.fabric.vdisk import Vdisk

from .conftest import Lab

OPTIMIZED, UNOPTIMIZED = AccessState.ACTIVE_OPTIMIZED, AccessState.ACTIVE_UNOPTIMIZED
A, B = 1, 2
LUN = 1


@pytest.fixture
def shown(lab: Lab) -> Lab:
    """The same lab behind a bridge that shows ALUA."""
    lab.array.hides_port_groups = False
    return lab


def vdisk(lab: Lab) -> Vdisk:
    return lab.array.vdisks[0]


def disk(session: FabricSession) -> LogicalUnit:
    return next(unit for unit in session.logical_units() if unit.lun == LUN)


def states(session: FabricSession) -> dict[int, AccessState]:
    return {group.number: group.state for group in disk(session).port_groups}


def sense(lab: Lab, cdb: bytes, session: int = 0) -> tuple[int, int, int]:
    """Run a command below the fabric, on a session that has no unit attention but those of this test."""
    with pytest.raises(CheckCondition) as caught:
        DeviceServer(list(lab.array.sessions)[session]).execute(LUN, cdb)
    return caught.value.sense.key, caught.value.sense.code, caught.value.sense.qualifier


def forget_attentions(lab: Lab) -> None:
    for session in lab.array.sessions:
        session.attentions.clear()


def test_a_bridge_that_hides_alua_says_nothing_of_it(lab: Lab) -> None:
    session = lab.login()
    assert (disk(session).port_group_support, disk(session).port_groups) == (0, ())
    forget_attentions(lab)
    assert sense(lab, bytes((Operation.MAINTENANCE_IN, port_groups.SERVICE_ACTION, *bytes(14)))) == (5, 0x20, 0)
    lab.array.ownership.move(vdisk(lab), "B")
    DeviceServer(next(iter(lab.array.sessions))).execute(LUN, bytes(6))  # no unit attention waits


def test_every_port_tells_the_same_groups(shown: Lab) -> None:
    through_a, through_b = shown.login(), shown.login(shown.array.ports[2])
    expected = (PortGroup(A, OPTIMIZED, (1, 2)), PortGroup(B, UNOPTIMIZED, (3, 4, 5)))
    for session in (through_a, through_b):
        assert (disk(session).port_group_support, disk(session).port_groups) == (1, expected)
    assert (disk(through_a).target_port_group, disk(through_b).target_port_group) == (A, B)
    console = next(unit for unit in through_a.logical_units() if unit.lun == 0)
    assert (console.port_group_support, console.port_groups) == (0, ())


def test_a_move_is_seen_on_every_session_and_raises_attention_once(shown: Lab) -> None:
    through_a, through_b = shown.login(), shown.login(shown.array.ports[2])
    forget_attentions(shown)
    shown.array.ownership.move(vdisk(shown), "B")
    for number in range(2):
        assert sense(shown, bytes(6), number) == (6, 0x2A, 0x06)
        DeviceServer(list(shown.array.sessions)[number]).execute(LUN, bytes(6))
    assert states(through_a) == states(through_b) == {A: UNOPTIMIZED, B: OPTIMIZED}
    assert shown.log.since(kind="state")[-1].facts == {"action": "move", "vdisk": "data1", "owner": "B"}


def test_much_io_through_the_other_controller_moves_the_disk(shown: Lab) -> None:
    shown.array.ownership.much_io = 4
    through_a, through_b = shown.login(), shown.login(shown.array.ports[2])
    for _unused in range(3):
        through_b.read(LUN, 0, 1)
    through_a.write(LUN, 0, bytes(512))  # the owner's own I/O counts against it
    through_b.write(LUN, 0, bytes(512))
    assert vdisk(shown).owner == "A"
    through_b.read(LUN, 0, 1)
    assert vdisk(shown).owner == "B"
    assert states(through_a)[B] is OPTIMIZED
    through_a.read(LUN, 0, 1)
    assert vdisk(shown).owner == "B"


def test_reads_and_writes_wait_for_the_end_of_a_transition(shown: Lab) -> None:
    session = shown.login()
    shown.array.ownership.begin_move(vdisk(shown))
    assert set(states(session).values()) == {AccessState.TRANSITIONING}
    for attempt in (lambda: session.read(LUN, 0, 1), lambda: session.write(LUN, 0, bytes(512))):
        with pytest.raises(CheckCondition, match="2/04/0a"):
            attempt()
    shown.array.ownership.move(vdisk(shown), "B")
    session.write(LUN, 0, b"done" * 128)
    assert session.read(LUN, 0, 1) == b"done" * 128


def test_the_groups_of_a_dead_controller_are_unavailable(shown: Lab) -> None:
    session = shown.login(shown.array.ports[2])
    shown.array.controller_down("A")
    assert states(session) == {A: AccessState.UNAVAILABLE, B: OPTIMIZED}
    with pytest.raises(ValueError, match="controller A of array eva01 is down"):
        shown.array.ownership.move(vdisk(shown), "A")
    shown.array.controller_up("A")
    assert states(session) == {A: UNOPTIMIZED, B: OPTIMIZED}


def test_observers_learn_of_what_servers_can_notice(lab: Lab) -> None:
    seen: list[str] = []
    lab.array.ownership.observe(lambda moved: seen.append(moved.owner))
    lab.array.ownership.move(vdisk(lab), "B")
    assert seen == []
    lab.array.hides_port_groups = False
    lab.array.ownership.move(vdisk(lab), "A")
    assert seen == ["A"]


def test_the_report_on_the_wire() -> None:
    # Built by hand from the tables of SPC-4: a header of 4 bytes, then 8 bytes a group and 4 bytes a port.
    wire = bytes.fromhex("00000018008b0001 00020001 00000001818b0002 00020001 00000102".replace(" ", ""))
    groups = (PortGroup(1, OPTIMIZED, (1,)), PortGroup(2, UNOPTIMIZED, (0x102,), preferred=True))
    assert port_groups.report(groups, port_groups.LENGTH_ONLY) == wire
    assert port_groups.read_report(wire) == groups
    extended = port_groups.report(groups, port_groups.EXTENDED)
    assert extended[:6] == bytes.fromhex("0000001c103c")
    assert extended[8:] == wire[4:]
    with pytest.raises(ValueError, match="no parameter data format 2"):
        port_groups.report(groups, 2)
    with pytest.raises(ValueError, match="cut off"):
        port_groups.read_report(wire[:-1])


@pytest.mark.parametrize(
    ("cdb", "length"),
    [
        (bytes((0xA3, 0x0A, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0)), 4),
        (bytes((0xA3, 0x0A, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0)), 4 + 8 + 2 * 4 + 8 + 3 * 4),
        (bytes((0xA3, 0x2A, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0)), 8 + 8 + 2 * 4 + 8 + 3 * 4),
    ],
)
def test_formats_and_allocation_lengths(shown: Lab, cdb: bytes, length: int) -> None:
    shown.login()
    forget_attentions(shown)
    server = DeviceServer(next(iter(shown.array.sessions)))
    assert len(server.execute(LUN, cdb)) == length


@pytest.mark.parametrize("cdb", [bytes((0xA3, 0x4A, *bytes(10))), bytes((0xA3, 0x0C, *bytes(10)))])
def test_other_formats_and_service_actions_are_refused(shown: Lab, cdb: bytes) -> None:
    shown.login()
    forget_attentions(shown)
    assert sense(shown, cdb) == (5, 0x24, 0)


def test_a_full_port_answers_with_the_status_it_is_given(lab: Lab) -> None:
    first = lab.login(number=1)
    for status in ((3, 2), (2, 6)):
        lab.port.take_sessions(1, status)
        with pytest.raises(LoginRejected) as caught:
            lab.login(number=2)
        assert (caught.value.status_class, caught.value.status_detail) == status
    assert first.alive
    lab.port.take_sessions()
    assert lab.login(number=2).alive
