# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions that break, come back, end with the service and return with it; boots; presentation; the snapshot."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.tests.lab.fabric.interface import PortalAddress
from ansible_collections.eva.mpio.tests.lab.windows.interface import SessionView, Snapshot, StoredView
from ansible_collections.eva.mpio.tests.lab.windows.iscsi.sessions import RECONNECT_SECONDS
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches

from .conftest import NIC_A, NIC_B, PORTAL_A, PORTAL_B, TARGET_A, TARGET_B, Lab, prop


def both_paths(lab: Lab, store: bool = True) -> None:
    for path in ("a", "b"):
        assert lab.code(lab.login_line(path=path)) == 0
        if store:
            assert lab.code(lab.login_line("PersistentLoginTarget", path)) == 0


def alive(lab: Lab) -> dict[str, bool]:
    return {view.nic_address: view.alive for view in lab.host.snapshot().sessions}


def test_a_snapshot_tells_the_truth(ready: Lab) -> None:
    both_paths(ready)
    naa = ready.array.vdisks[0].naa
    snapshot = ready.host.snapshot()
    first, second = ready.host.initiator.sessions.all()
    assert snapshot.sessions == (
        SessionView(first.id, TARGET_A, PortalAddress(PORTAL_A), NIC_A, True, True, frozenset({naa})),
        SessionView(second.id, TARGET_B, PortalAddress(PORTAL_B), NIC_B, True, True, frozenset({naa})),
    )
    assert snapshot.stored == (
        StoredView(TARGET_A, PortalAddress(PORTAL_A), NIC_A, True),
        StoredView(TARGET_B, PortalAddress(PORTAL_B), NIC_B, True),
    )
    assert [disk.naa for disk in snapshot.disks] == [naa, naa]
    assert {disk.dsm for disk in snapshot.disks} == {None}
    assert {path for disk in snapshot.disks for path in disk.working_paths} == {first.id, second.id}


def test_every_state_event_sees_a_consistent_server(ready: Lab) -> None:
    seen: list[Snapshot] = []
    ready.log.listen(lambda event: seen.append(ready.host.snapshot()) if event.kind == "state" else None)
    both_paths(ready)
    ready.network.nic_down(NIC_A)
    ready.network.nic_up(NIC_A)
    ready.clock.advance(5)
    ready.run("sc stop MSiSCSI & sc start MSiSCSI")
    ready.host.power_off()
    for snapshot in seen:
        working = {path for disk in snapshot.disks for path in disk.working_paths}
        assert working == {view.session_id for view in snapshot.sessions if view.alive and view.luns}


def test_a_lost_session_stays_in_the_list_without_connection(ready: Lab) -> None:
    both_paths(ready)
    ready.network.nic_down(NIC_A)
    assert alive(ready) == {NIC_A: False, NIC_B: True}
    shown = {item["TargetName"]: item for item in ready.wmi("MSiSCSIInitiator_SessionClass")}
    assert shown[TARGET_A]["ConnectionInformation"] is None
    listed = ready.wmi("MSiSCSI_InitiatorSessionInfo")[0]["SessionsList"]
    assert isinstance(listed, list)
    assert [prop(item, "ConnectionCount") for item in listed] == [0, 1]
    assert "Number Connections     : 0" in ready.lines("iscsicli SessionList")


def test_a_lost_session_is_retried_until_the_portal_answers(ready: Lab) -> None:
    both_paths(ready)
    before = [session.id for session in ready.host.initiator.sessions.all()]
    ready.network.portal_down(PORTAL_A)
    ready.clock.advance(10 * RECONNECT_SECONDS)
    assert alive(ready) == {NIC_A: False, NIC_B: True}
    assert ready.clock.pending == 1
    ready.network.portal_up(PORTAL_A)
    assert alive(ready) == {NIC_A: False, NIC_B: True}
    ready.clock.advance(RECONNECT_SECONDS)
    assert alive(ready) == {NIC_A: True, NIC_B: True}
    assert [session.id for session in ready.host.initiator.sessions.all()] == before
    assert ready.clock.pending == 0
    assert len({path for disk in ready.host.snapshot().disks for path in disk.working_paths}) == 2


def test_a_session_reset_by_the_array_comes_back(ready: Lab) -> None:
    both_paths(ready)
    ready.array.ports[0].drop(None)
    assert not alive(ready)[NIC_A]
    ready.clock.advance(RECONNECT_SECONDS)
    assert alive(ready)[NIC_A]


def test_a_lost_session_can_be_logged_out_and_stays_away(ready: Lab) -> None:
    both_paths(ready)
    ready.network.nic_down(NIC_A)
    lost = ready.host.initiator.sessions.all()[0]
    assert ready.code(f"iscsicli LogoutTarget {lost.id}") == 0
    ready.network.nic_up(NIC_A)
    ready.clock.advance(10)
    assert alive(ready) == {NIC_B: True}


def test_a_session_in_use_is_not_logged_out(ready: Lab) -> None:
    assert ready.code(ready.login_line()) == 0
    naa = ready.array.vdisks[0].naa
    ready.host.disks.in_use.add(naa)
    first = ready.host.initiator.sessions.all()[0]
    assert ready.code(f"iscsicli LogoutTarget {first.id}") == 0xEFFF0040
    assert alive(ready) == {NIC_A: True}
    ready.host.disks.in_use.clear()
    assert ready.code(f"iscsicli LogoutTarget {first.id}") == 0


def test_a_busy_session_of_several_may_be_refused(ready: Lab) -> None:
    both_paths(ready)
    ready.host.disks.in_use.add(ready.array.vdisks[0].naa)
    ready.host.switches.logout_busy_of_several_succeeds = False
    second = ready.host.initiator.sessions.all()[1]
    assert ready.code(f"iscsicli LogoutTarget {second.id}") == 0xEFFF0040


def test_the_service_takes_its_sessions_along_and_brings_the_stored_ones_back(ready: Lab) -> None:
    both_paths(ready, store=False)
    assert ready.code(ready.login_line("PersistentLoginTarget", "b")) == 0
    assert ready.code("net stop MSiSCSI") == 0
    assert ready.host.snapshot().sessions == ()
    assert [event.facts["portal"] for event in ready.log.since(kind="logout")] == [
        f"{PORTAL_A}:3260",
        f"{PORTAL_B}:3260",
    ]
    assert ready.code("net start MSiSCSI") == 0
    assert alive(ready) == {NIC_B: True}


def test_a_boot_brings_only_stored_logins_back(ready: Lab) -> None:
    both_paths(ready, store=False)
    ready.run(ready.login_line("PersistentLoginTarget", "b"))
    old = {session.id for session in ready.host.initiator.sessions.all()}
    booted = ready.host.life.booted_at
    assert ready.code("shutdown /r /t 5") == 0
    assert ready.code("shutdown /r") == 1190
    assert ready.host.running
    ready.clock.advance(5)
    assert not ready.host.running
    assert ready.host.snapshot().sessions == ()
    assert len(ready.log.since(kind="session-lost")) == 2
    assert ready.log.since(kind="logout") == []
    ready.clock.advance(29)
    assert not ready.host.running
    ready.clock.advance(1)
    assert ready.host.running
    assert ready.host.life.booted_at > booted
    assert alive(ready) == {NIC_B: True}
    assert not old & {session.id for session in ready.host.initiator.sessions.all()}
    assert [event.facts["number"] for event in ready.log.since(kind="boot")] == [1, 2]


def test_without_automatic_start_nothing_comes_back(ready: Lab) -> None:
    both_paths(ready)
    ready.run("sc config MSiSCSI start= demand & shutdown /r /t 0")
    ready.clock.advance(60)
    assert ready.host.running
    assert ready.host.snapshot().sessions == ()
    assert len(ready.host.snapshot().stored) == 2


def test_a_shutdown_can_be_aborted_and_stays_off(ready: Lab) -> None:
    assert ready.code("shutdown /a") == 1116
    ready.run("shutdown -s -t 10 -c later")
    assert ready.code("shutdown /a") == 0
    ready.clock.advance(60)
    assert ready.host.running
    assert ready.code("shutdown /nonsense") == 1
    ready.run("shutdown /s /t 0")
    ready.clock.advance(600)
    assert not ready.host.running
    ready.host.start()
    assert ready.host.running


def test_a_stored_login_that_failed_at_boot_is_tried_once_a_minute(ready: Lab) -> None:
    both_paths(ready)
    ready.network.portal_down(PORTAL_A)
    ready.run("shutdown /r /t 0")
    ready.clock.advance(31)
    assert alive(ready) == {NIC_B: True}
    ready.network.portal_up(PORTAL_A)
    ready.clock.advance(58)
    assert alive(ready) == {NIC_B: True}
    ready.clock.advance(2)
    assert alive(ready) == {NIC_A: True, NIC_B: True}
    assert ready.clock.pending == 0


def test_a_stored_login_is_not_tried_where_somebody_was_faster(ready: Lab) -> None:
    both_paths(ready)
    ready.network.portal_down(PORTAL_A)
    ready.run("sc stop MSiSCSI & sc start MSiSCSI")
    ready.network.portal_up(PORTAL_A)
    ready.run("iscsicli ListTargets T")
    assert ready.code(ready.login_line()) == 0
    ready.clock.advance(120)
    assert len(ready.host.initiator.sessions.all()) == 2


def test_a_stored_login_without_multipath_flag_finds_the_target_taken(ready: Lab) -> None:
    ready.run(ready.login_line("PersistentLoginTarget"))
    ready.run(ready.login_line("PersistentLoginTarget", flags="0"))
    ready.run("sc stop MSiSCSI & sc start MSiSCSI")
    assert len(ready.host.initiator.sessions.all()) == 1


def test_a_stored_port_number_follows_the_list_of_nics(ready: Lab) -> None:
    ready.run(ready.login_line("PersistentLoginTarget", "b"))
    assert ready.host.snapshot().stored[0].nic_address == NIC_B
    ready.host.network.remove(NIC_A)
    assert ready.host.snapshot().stored[0].nic_address is None
    assert ready.code(ready.login_line(path="b")) == 0xEFFF002D


def test_presentation_shows_at_the_unit_attention(ready: Lab) -> None:
    both_paths(ready)
    node = ready.host.initiator.around.node_name
    first = ready.array.vdisks[0].naa
    more = ready.array.add_vdisk("more", 8)
    ready.array.present(more, node, 2)
    assert {naa for view in ready.host.snapshot().sessions for naa in view.luns} == {first}
    ready.host.rescan()
    assert {view.luns for view in ready.host.snapshot().sessions} == {frozenset({first, more.naa})}
    assert len(ready.host.snapshot().disks) == 4
    ready.array.unpresent(node, 1)
    ready.host.rescan()
    assert {disk.naa for disk in ready.host.snapshot().disks} == {more.naa}


def test_a_new_lun_is_there_after_a_reconnection(ready: Lab) -> None:
    both_paths(ready)
    ready.network.nic_down(NIC_A)
    more = ready.array.add_vdisk("more", 8)
    ready.array.present(more, ready.host.initiator.around.node_name, 2)
    ready.network.nic_up(NIC_A)
    ready.clock.advance(RECONNECT_SECONDS)
    assert more.naa in ready.host.snapshot().sessions[0].luns


def test_devices_may_appear_after_a_while(ready: Lab) -> None:
    ready.host.switches.device_delay = 3
    assert ready.code(ready.login_line()) == 0
    assert ready.wmi("MSiSCSIInitiator_SessionClass")[0]["Devices"] is None
    assert ready.host.snapshot().disks == ()
    ready.clock.advance(3)
    assert len(ready.host.snapshot().disks) == 1
    assert ready.wmi("MSiSCSIInitiator_SessionClass")[0]["Devices"] is not None


def test_an_informational_session_shows_no_device(ready: Lab) -> None:
    assert ready.code(ready.login_line().replace(" T ", " F ")) == 0
    assert ready.host.snapshot().disks == ()
    assert ready.host.snapshot().sessions[0].luns == frozenset()


def test_a_login_that_ends_after_the_power_is_gone_leaves_no_session(
    ready: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = ready.host.initiator.around.fabric.login

    def slow(*arguments):  # type: ignore[no-untyped-def]
        session = login(*arguments)
        ready.host.power_off()
        return session

    monkeypatch.setattr(ready.host.initiator.around.fabric, "login", slow)
    assert ready.code(ready.login_line()) == 0xEFFF003E
    assert ready.host.snapshot().sessions == ()
    assert not list(ready.array.sessions)


def test_any_port_leaves_from_the_near_nic(ready: Lab) -> None:
    line = f"iscsicli LoginTarget {TARGET_B} T {PORTAL_B} 3260 * * 0 0x2 * * * * * * * * * 0"
    assert ready.code(line) == 0
    assert ready.host.snapshot().sessions[0].nic_address == NIC_B


def test_the_first_session_may_have_to_have_the_flag(switches: Switches, build: Callable[..., Lab]) -> None:
    switches.first_session_needs_multipath_flag = True
    lab = build()
    lab.start_initiator()
    lab.discover()
    assert lab.code(lab.login_line(flags="0")) == 0
    assert lab.code(lab.login_line()) == 0xEFFF003F


def test_ipv6(build: Callable[..., Lab]) -> None:
    lab = build(nics=[("fd00:10:1::11/64", "iSCSI-A")])
    lab.array.add_port("fd00:10:1::21", "A", target_name="iqn.2004-09.com.example:eva01.six")
    lab.start_initiator()
    lab.discover("fd00:10:1::21")
    line = "iscsicli LoginTarget iqn.2004-09.com.example:eva01.six T fd00:10:1::21 3260 Root\\ISCSIPRT\\0000_0 1 0 2"
    assert lab.code(f"{line} * * * * * * * * * 0") == 0
    assert lab.host.snapshot().sessions[0].nic_address == "fd00:10:1::11"
