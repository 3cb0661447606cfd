# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both fabrics through the one interface."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.tests.lab.fabric.interface import (
    AuthenticationFailed,
    Chap,
    ConnectionLost,
    LoginRejected,
    PortalAddress,
)
from ansible_collections.eva.mpio.tests.lab.fabric.scsi import CheckCondition, Sense

from .conftest import ARRAY_SECRET, HOST, SECRET, Lab, Loss

STRANGER = "iqn.1991-05.com.microsoft:stranger.lab"


def rejected(lab: Lab, **kwargs) -> tuple[int, int]:
    with pytest.raises(LoginRejected) as caught:
        lab.login(**kwargs)
    status = f"{caught.value.status_class:02x}{caught.value.status_detail:02x}"
    assert lab.log.since(kind="login-failed")[-1].facts["status"] == status
    return caught.value.status_class, caught.value.status_detail


def test_discovery_shows_each_port_as_a_target_with_its_declared_address(lab: Lab) -> None:
    found = lab.fabric.discover(lab.side, PortalAddress("10.10.1.21"))
    assert [(t.name, t.portals[0].portal, t.portals[0].group_tag) for t in found] == [
        (port.target_name, port.portal, port.number) for port in lab.array.ports
    ]
    assert found[4].portals[0].portal == PortalAddress("fd00:10:2::22", 3260)
    assert lab.log.since(kind="discovery")[0].facts == {
        "portal": "10.10.1.21:3260",
        "nic": "10.10.1.11",
        "initiator": HOST,
        "target": None,
        "isid": "400001370000",
        "chap": "none",
        "status": "0000",
    }


@pytest.mark.parametrize(("scope", "count"), [("module", 2), ("port", 1)])
def test_discovery_scope_is_a_switch(lab: Lab, scope: str, count: int) -> None:
    lab.array.discovery_scope = scope
    found = lab.fabric.discover(lab.side, lab.port.portal)
    assert [t.name for t in found] == [lab.array.ports[0].target_name, lab.array.ports[2].target_name][:count]


def test_login_is_logged_as_the_array_sees_it(lab: Lab) -> None:
    session = lab.login(number=7)
    assert session.alive
    assert session.isid == bytes.fromhex("400001370007")
    assert session.local_port > 1023
    facts = lab.log.since(kind="login")[0].facts
    assert facts == {
        "portal": "10.10.1.21:3260",
        "nic": "10.10.1.11",
        "initiator": HOST,
        "target": lab.port.target_name,
        "isid": "400001370007",
        "tsih": session.tsih,
        "chap": "none",
        "status": "0000",
    }


def test_ipv6_nic_and_portal(lab: Lab) -> None:
    port = lab.array.ports[4]
    session = lab.login(port, lab.from_nic("fd00:10:2:0::11"))
    assert session.alive
    assert lab.log.since(kind="login")[0].facts["nic"] == "fd00:10:2::11"
    assert lab.log.since(kind="login")[0].facts["portal"] == "[fd00:10:2::22]:3260"


def test_logical_units_are_the_console_and_what_is_presented_to_the_name(lab: Lab) -> None:
    other = lab.array.add_vdisk("other", 32, owner="B")
    lab.array.present(other, STRANGER, 9)
    console, disk = lab.login(lab.array.ports[3], lab.from_nic("10.10.2.11")).logical_units()
    data1 = lab.array.vdisks[0]
    assert (console.lun, console.device_type, console.naa, console.blocks) == (0, 0x0C, None, 0)
    assert (disk.lun, disk.device_type, disk.vendor, disk.product, disk.revision) == (1, 0, "HP", "HSV340", "1100")
    assert (disk.naa, disk.serial, disk.blocks, disk.block_size) == (data1.naa, data1.serial, 32768, 512)
    assert (disk.target_port_group, disk.relative_target_port) == (2, 4)
    assert lab.array.logical_units(HOST, lab.array.ports[3]) == (console, disk)
    units = lab.login(side=lab.from_nic("10.10.1.12", node_name=STRANGER)).logical_units()
    assert [(unit.lun, unit.naa) for unit in units] == [(0, None), (9, other.naa)]


def test_a_new_name_is_let_in_remembered_and_shown_no_disk(lab: Lab) -> None:
    session = lab.login(side=lab.from_nic("10.10.1.12", node_name=STRANGER))
    assert [unit.lun for unit in session.logical_units()] == [0]
    assert lab.array.known_initiators == [STRANGER]
    lab.array.present(lab.array.vdisks[0], STRANGER, 3)
    assert [unit.lun for unit in session.logical_units()] == [0, 3]
    session.write(3, 0, bytes(512))
    lab.array.unpresent(STRANGER, 3)
    with pytest.raises(CheckCondition) as caught:
        session.read(3, 0, 1)
    assert caught.value.sense == Sense(5, 0x25, 0)


def test_without_auto_register_a_new_name_is_refused_and_told_nothing(lab: Lab) -> None:
    lab.array.auto_register = False
    side = lab.from_nic("10.10.1.12", node_name=STRANGER)
    assert lab.fabric.discover(side, lab.port.portal) == ()
    assert rejected(lab, side=side) == (2, 2)
    assert lab.login().alive


def test_what_one_path_wrote_the_other_reads(lab: Lab) -> None:
    first, second = lab.login(), lab.login(lab.array.ports[1], lab.from_nic("10.10.2.11"))
    data = bytes(range(256)) * 2 * 700  # more than one burst, across storage chunks
    first.write(1, 100, data)
    assert second.read(1, 99, 702) == bytes(512) + data + bytes(512)


def test_io_errors_are_the_arrays_sense(lab: Lab) -> None:
    session = lab.login()
    for lun, block, sense in ((1, 32768, Sense(5, 0x21)), (7, 0, Sense(5, 0x25)), (0, 0, Sense(5, 0x20))):
        with pytest.raises(CheckCondition) as caught:
            session.read(lun, block, 1)
        assert caught.value.sense == sense
        with pytest.raises(CheckCondition) as caught:
            session.write(lun, block, bytes(512))
        assert caught.value.sense == sense
    with pytest.raises(ValueError, match="whole blocks"):
        session.write(1, 0, b"short")
    assert session.alive


def test_one_way_and_mutual_chap(lab: Lab) -> None:
    lab.array.set_chap(HOST, SECRET, ARRAY_SECRET)
    one_way = lab.from_nic("10.10.1.11", one_way=SECRET)
    mutual = lab.from_nic("10.10.1.11", one_way=SECRET, mutual=ARRAY_SECRET)
    assert lab.fabric.discover(mutual, lab.port.portal)
    assert lab.login(side=one_way, number=1).alive
    assert lab.login(side=mutual, number=2).alive
    assert [event.facts["chap"] for event in lab.log.since(kind="discovery")] == ["mutual"]
    assert [event.facts["chap"] for event in lab.log.since(kind="login")] == ["one-way", "mutual"]
    nameless = lab.from_nic("10.10.1.11", one_way=SECRET, mutual=Chap("", ARRAY_SECRET.secret))
    assert lab.login(side=nameless, number=3).alive, "an initiator that expects no name takes any"
    assert b"initiator-12".decode() not in repr([event.facts for event in lab.log])


@pytest.mark.parametrize(
    ("account", "chap"),
    [(None, "none"), (Chap("host1", b"wrong-secret"), "one-way"), (Chap("other", SECRET.secret), "one-way")],
)
def test_wrong_or_missing_chap_is_0201(lab: Lab, account: Chap | None, chap: str) -> None:
    lab.array.set_chap(HOST, SECRET)
    side = lab.from_nic("10.10.1.11", one_way=account)
    assert rejected(lab, side=side) == (2, 1)
    with pytest.raises(LoginRejected):
        lab.fabric.discover(side, lab.port.portal)
    assert [event.facts["chap"] for event in lab.log.since(kind="login-failed")] == [chap, chap]
    lab.array.chap_on_discovery = False
    assert lab.fabric.discover(side, lab.port.portal)


def test_an_array_without_demand_takes_an_initiator_with_a_secret(lab: Lab) -> None:
    assert lab.login(side=lab.from_nic("10.10.1.11", one_way=SECRET)).alive
    assert lab.log.since(kind="login")[0].facts["chap"] == "none"


def test_mutual_chap_that_the_array_has_no_secret_for_is_0201(lab: Lab) -> None:
    side = lab.from_nic("10.10.1.11", one_way=SECRET, mutual=ARRAY_SECRET)
    assert rejected(lab, side=side) == (2, 1)
    lab.array.set_chap(HOST, SECRET)
    assert rejected(lab, side=side) == (2, 1)
    assert [event.facts["chap"] for event in lab.log.since(kind="login-failed")] == ["none", "mutual"]


def test_an_array_that_proves_the_wrong_secret_is_given_up(lab: Lab) -> None:
    lab.array.set_chap(HOST, SECRET, Chap("eva01", b"another-12345"))
    with pytest.raises(AuthenticationFailed):
        lab.login(side=lab.from_nic("10.10.1.11", one_way=SECRET, mutual=ARRAY_SECRET))
    (failed,) = lab.log.since(kind="login-failed")
    assert (failed.facts["status"], failed.facts["chap"]) == ("abandoned", "mutual")
    assert not list(lab.array.sessions)
    with pytest.raises(AuthenticationFailed, match="one-way"):
        lab.login(side=lab.from_nic("10.10.1.11", mutual=ARRAY_SECRET))


def test_a_target_that_is_not_on_the_port_is_0203(lab: Lab) -> None:
    with pytest.raises(LoginRejected) as caught:
        lab.fabric.login(lab.side, lab.port.portal, lab.array.ports[1].target_name, bytes(6), lambda: None)
    assert (caught.value.status_class, caught.value.status_detail) == (2, 3)


@pytest.mark.parametrize("missing", ["initiator", "target"])
def test_a_missing_name_is_0207(lab: Lab, missing: str) -> None:
    side = lab.from_nic("10.10.1.11", node_name="" if missing == "initiator" else HOST)
    target = "" if missing == "target" else lab.port.target_name
    with pytest.raises(LoginRejected) as caught:
        lab.fabric.login(side, lab.port.portal, target, bytes(6), lambda: None)
    assert (caught.value.status_class, caught.value.status_detail) == (2, 7)


def test_login_status_on_demand_and_redirection(lab: Lab) -> None:
    lab.port.answer_logins_with(3, 0)
    assert rejected(lab) == (3, 0)
    lab.port.redirect(PortalAddress("10.10.1.22"), permanent=True)
    with pytest.raises(LoginRejected) as caught:
        lab.fabric.discover(lab.side, lab.port.portal)
    assert (caught.value.status_class, caught.value.status_detail, caught.value.text) == (1, 2, "10.10.1.22:3260")
    lab.port.judge_logins()
    assert lab.login().alive


def test_a_full_port_is_0302_but_takes_its_own_session_again(lab: Lab) -> None:
    lab.port.max_sessions = 1
    first, loss = lab.login(number=1), Loss()
    assert rejected(lab, number=2) == (3, 2)
    assert first.alive
    lab.login(number=1, on_lost=loss)
    lab.array.ports[2].max_sessions = 0
    assert rejected(lab, port=lab.array.ports[2]) == (3, 2)
    assert loss.count == 0


def test_same_name_and_isid_reinstates_another_isid_does_not(lab: Lab) -> None:
    loss = Loss()
    old = lab.login(number=1, on_lost=loss)
    second = lab.login(number=2)
    elsewhere = lab.login(lab.array.ports[2], number=1)
    lab.login(number=1)
    loss.wait()
    assert (old.alive, second.alive, elsewhere.alive) == (False, True, True)
    assert lab.kinds()[1:] == ["login", "login", "login", "session-lost", "login"]
    assert lab.log.since(kind="session-lost")[0].facts["reason"] == "reinstated"


def test_logout_ends_quietly(lab: Lab) -> None:
    loss = Loss()
    session = lab.login(on_lost=loss)
    session.logout()
    session.logout()
    session.abort()
    assert not session.alive
    assert lab.kinds()[1:] == ["login", "logout"]
    with pytest.raises(ConnectionLost):
        session.read(1, 0, 1)
    assert loss.count == 0


def test_abort_is_a_loss_to_the_array_only(lab: Lab) -> None:
    loss = Loss()
    session = lab.login(on_lost=loss)
    session.abort()
    assert lab.log.since(kind="session-lost")[0].facts["reason"] == "reset by the initiator"
    assert (session.alive, loss.count, list(lab.array.sessions)) == (False, 0, [])
