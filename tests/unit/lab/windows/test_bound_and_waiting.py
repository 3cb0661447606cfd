# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bound volumes, iSNS servers, digests, equal stored logins, and how long a portal that is dead takes."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.tests.lab.fabric.interface import Digests
from ansible_collections.eva.mpio.tests.lab.windows.wmi.iscsi_driver import ip_address

from .conftest import INSTANCE, NIC_A, PORTAL_A, PORTAL_B, TARGET_A, TARGET_B, Lab, prop

DEADLINE = 15.0
LOCAL = "C:\\"


@pytest.fixture
def mounted(ready: Lab) -> Lab:
    """One path, stored, and a volume E: on its LUN."""
    ready.host.disks.mount(ready.array.vdisks[0].naa, "E")
    assert ready.code(ready.login_line()) == 0
    assert ready.code(ready.login_line("PersistentLoginTarget")) == 0
    return ready


def listed(lab: Lab) -> list[str]:
    shown = [str(row["DevicePath"]) for row in lab.wmi("MSiSCSIInitiator_PersistentDevices")]
    printed = lab.lines("iscsicli ReportPersistentDevices")
    assert [f'"{path}"' for path in shown] == [line for line in printed if line.startswith('"')]
    return shown


# bound volumes


def test_binding_lists_the_mounted_volume(mounted: Lab) -> None:
    assert listed(mounted) == []
    assert mounted.code("iscsicli BindPersistentVolumes") == 0
    assert listed(mounted) == ["E:\\"]
    assert mounted.invoke("MSiSCSIInitiator_MethodClass", "ClearPersistentIScsiVolumes")["ReturnValue"] == 0
    assert listed(mounted) == []
    assert mounted.invoke("MSiSCSIInitiator_MethodClass", "SetupPersistentIScsiVolumes")["ReturnValue"] == 0
    assert listed(mounted) == ["E:\\"]


def test_what_no_stored_login_brings_back_is_not_bound(ready: Lab) -> None:
    ready.host.disks.mount(ready.array.vdisks[0].naa, "E")
    ready.run(ready.login_line())
    assert ready.code("iscsicli BindPersistentVolumes") == 0
    assert listed(ready) == []
    assert ready.code("iscsicli AddPersistentDevice E:\\") == 0xEFFF005E


def test_single_devices(mounted: Lab) -> None:
    assert mounted.code("iscsicli AddPersistentDevice Q:\\") == 0xEFFF005D
    assert mounted.code(f"iscsicli AddPersistentDevice {LOCAL}") == 0xEFFF005E
    assert mounted.code("iscsicli AddPersistentDevice e:\\") == 0
    assert mounted.code("iscsicli AddPersistentDevice E:\\") == 0xEFFF005C
    assert mounted.code("iscsicli RemovePersistentDevice E:\\") == 0
    assert mounted.code("iscsicli RemovePersistentDevice E:\\") == 0xEFFF005D


def test_a_disk_without_a_volume_is_bound_by_its_device(ready: Lab) -> None:
    ready.run(f"{ready.login_line()} & {ready.login_line('PersistentLoginTarget')} & iscsicli BindPersistentDevices")
    session = ready.host.initiator.sessions.all()[0]
    assert listed(ready) == [device.interface_name for device in ready.host.disks.session_devices(session.id)]


@pytest.mark.parametrize("replaces", [True, False])
def test_a_letter_that_is_gone_leaves_the_list_or_not(mounted: Lab, replaces: bool) -> None:
    mounted.host.switches.binding_replaces_list = replaces
    naa = mounted.array.vdisks[0].naa
    mounted.run("iscsicli BindPersistentVolumes")
    mounted.host.disks.unmount(naa)
    mounted.host.disks.mount(naa, "F")
    mounted.run("iscsicli BindPersistentVolumes")
    assert listed(mounted) == (["F:\\"] if replaces else ["E:\\", "F:\\"])


def test_a_volume_may_be_bound_by_its_device(mounted: Lab) -> None:
    mounted.host.switches.volumes_bound_as = "device"
    mounted.run("iscsicli BindPersistentVolumes")
    assert listed(mounted) != ["E:\\"]
    assert len(listed(mounted)) == 1


def restarts(lab: Lab) -> float:
    """Restart the service; return how long its start took."""
    began = lab.clock.now
    assert lab.code("sc stop MSiSCSI & sc start MSiSCSI") == 0
    return lab.clock.now - began


def test_the_service_waits_for_what_is_bound(mounted: Lab) -> None:
    mounted.host.switches.device_delay = 4.0
    assert restarts(mounted) == 0.0, "nothing is bound"
    mounted.clock.advance(5)
    mounted.run("iscsicli BindPersistentVolumes")
    assert restarts(mounted) == 4.0
    assert not mounted.log.since(kind="bound-devices-missing")


def test_the_service_does_not_wait_for_ever(mounted: Lab) -> None:
    mounted.run("iscsicli BindPersistentVolumes")
    mounted.network.nic_down(NIC_A)
    assert restarts(mounted) == 30.0
    (missing,) = mounted.log.since(kind="bound-devices-missing")
    assert missing.facts == {"status": 0xEFFF0047, "devices": ["E:\\"]}


# iSNS


def servers(lab: Lab) -> list[str]:
    return [str(row["iSNSServerAddress"]) for row in lab.wmi("MSiSCSIInitiator_iSNSServerClass")]


def test_isns_servers(ready: Lab) -> None:
    assert "No SNS Servers" in "\n".join(ready.lines("iscsicli ListiSNSServers"))
    assert ready.code("iscsicli AddiSNSServer isns1.lab") == 0
    assert ready.code("iscsicli AddiSNSServer ISNS1.LAB") == 0
    assert ready.code("iscsicli AddiSNSServer 10.10.1.5") == 0
    assert servers(ready) == ["isns1.lab", "10.10.1.5"]
    assert "    10.10.1.5" in ready.lines("iscsicli ListiSNSServers")
    ready.run("sc stop MSiSCSI & sc start MSiSCSI")
    assert servers(ready) == ["isns1.lab", "10.10.1.5"]
    assert ready.code("iscsicli RemoveiSNSServer ISNS1.lab") == 0
    assert ready.code("iscsicli RemoveiSNSServer isns1.lab") == 0xEFFF003A
    assert servers(ready) == ["10.10.1.5"]


@pytest.mark.parametrize(("position", "stays"), [("warned", True), ("refused", False)])
def test_an_isns_server_that_does_not_answer(ready: Lab, position: str, stays: bool) -> None:
    ready.host.switches.dead_isns_server = position  # type: ignore[assignment]
    assert ready.code("iscsicli AddiSNSServer isns1.lab") == 0xEFFF003A
    assert servers(ready) == (["isns1.lab"] if stays else [])


# digests


def login_with_digests(lab: Lab, header: str = "1", data: str = "1") -> int | None:
    return lab.code(
        f"iscsicli LoginTarget {TARGET_A} T {PORTAL_A} 3260 {INSTANCE} 1 0 0x2 {header} {data}" + " *" * 7 + " 0"
    )


def shown_digests(lab: Lab) -> tuple[int, int]:
    (info,) = lab.wmi("MSiSCSI_InitiatorSessionInfo")
    (session,) = info["SessionsList"]  # type: ignore[union-attr, misc]
    holder = session if lab.host.switches.login_facts_on == "session" else prop(session, "ConnectionsList")[0]
    return prop(holder, "HeaderIntegrity"), prop(holder, "DataIntegrity")


@pytest.mark.parametrize("place", ["connection", "session"])
@pytest.mark.parametrize(
    ("asked", "taken", "expected"),
    [
        (("1", "1"), Digests(header=True, data=True), (1, 1)),
        (("1", "1"), Digests(data=True), (0, 1)),
        (("1", "0"), Digests(header=True, data=True), (1, 0)),
        (("*", "*"), Digests(header=True, data=True), (0, 0)),
    ],
)
def test_the_driver_shows_the_digests_that_were_agreed(
    ready: Lab, place: str, asked: tuple[str, str], taken: Digests, expected: tuple[int, int]
) -> None:
    ready.array.digests = taken
    ready.host.switches.login_facts_on = place  # type: ignore[assignment]
    assert login_with_digests(ready, *asked) == 0
    assert shown_digests(ready) == expected
    (session,) = ready.wmi("MSFT_iSCSISession", "root/Microsoft/Windows/Storage")
    assert (session["IsHeaderDigest"], session["IsDataDigest"]) == tuple(map(bool, expected))


def test_a_login_that_insists_on_a_digest_fails_where_the_array_has_none(ready: Lab) -> None:
    ready.array.digests = Digests()
    ready.host.switches.digest_offer = "required"
    assert login_with_digests(ready) == 0xEFFF0008
    assert not ready.host.initiator.sessions.all()


# time


def took(lab: Lab, line: str, status: int) -> float:
    began = lab.clock.now
    assert lab.code(line) == status
    return lab.clock.now - began


def test_a_dead_portal_costs_its_deadline_once_for_each_attempt(ready: Lab) -> None:
    ready.network.portal_down(PORTAL_A)
    assert took(ready, ready.login_line(), 0xEFFF0003) == DEADLINE
    assert took(ready, ready.login_line(path="b"), 0) == 0
    assert took(ready, ready.login_line("PersistentLoginTarget"), 0) == 0, "storing asks nobody"
    assert took(ready, f"iscsicli RefreshTargetPortal {PORTAL_A} 3260", 0xEFFF0003) == DEADLINE
    ready.host.switches.login_deadline = 3.0
    assert took(ready, f"iscsicli QAddTargetPortal {PORTAL_A}", 0xEFFF0003) == 3.0


def test_each_dead_portal_costs_a_refresh_its_deadline(ready: Lab) -> None:
    ready.discover(PORTAL_B)
    for portal in (PORTAL_A, PORTAL_B):
        ready.network.portal_down(portal)
    assert took(ready, "iscsicli ListTargets T", 0) == 2 * DEADLINE
    began = ready.clock.now
    assert ready.invoke("MSiSCSIInitiator_MethodClass", "RefreshTargetList")["ReturnValue"] == 0xAFFF002E
    assert ready.clock.now - began == 2 * DEADLINE


def test_a_portal_that_refuses_answers_at_once(ready: Lab) -> None:
    ready.array.ports[0].kill()
    assert took(ready, ready.login_line(), 0xEFFF0003) == 0
    ready.array.ports[1].hang()
    assert took(ready, ready.login_line(path="b"), 0xEFFF0003) == DEADLINE


def test_a_ping_costs_its_time_out_for_each_request_that_is_lost(ready: Lab) -> None:
    def pinged() -> tuple[object, float]:
        began = ready.clock.now
        inputs = {"RequestCount": "2", "RequestSize": "32", "Timeout": "1500", "Address": ip_address(PORTAL_A)}
        answer = ready.invoke("MSiSCSI_ManagementOperations", "PingIPAddress", **inputs)
        return answer["ResponsesReceived"], ready.clock.now - began

    assert pinged() == (2, 0.0)
    ready.network.portal_down(PORTAL_A)
    assert pinged() == (0, 3.0)


def test_the_service_and_the_driver_wait_in_the_background(ready: Lab) -> None:
    ready.run(ready.login_line("PersistentLoginTarget"))
    ready.network.portal_down(PORTAL_A)
    assert restarts(ready) == 0


# stored logins


def stored(lab: Lab) -> int:
    return len(lab.wmi("MSiSCSIInitiator_PersistentLoginClass"))


REMOVE = f"iscsicli RemovePersistentTarget {INSTANCE} {TARGET_A} 1 {PORTAL_A} 3260"


@pytest.mark.parametrize("everything", [True, False])
@pytest.mark.parametrize("copies", [2, 3])
def test_removing_one_of_several_equal_logins(ready: Lab, everything: bool, copies: int) -> None:
    ready.host.switches.remove_persistent_removes_all_equal = everything
    for _unused in range(copies):
        ready.run(ready.login_line("PersistentLoginTarget"))
    assert ready.code(REMOVE) == 0
    assert stored(ready) == (0 if everything else copies - 1)
    # As often as there are equal ones: right in either position.
    for _unused in range(copies - 1):
        assert ready.code(REMOVE) == (0xEFFF0029 if everything else 0)
    assert stored(ready) == 0


def test_a_removal_names_instance_number_and_portal(ready: Lab) -> None:
    ready.run(ready.login_line("PersistentLoginTarget"))
    for wrong in (
        f"Root\\OTHER {TARGET_A} 1 {PORTAL_A} 3260",
        f"{INSTANCE} {TARGET_B} 1 {PORTAL_A} 3260",
        f"{INSTANCE} {TARGET_A} 2 {PORTAL_A} 3260",
        f"{INSTANCE} {TARGET_A} 1 {PORTAL_B} 3260",
        f"{INSTANCE} {TARGET_A} 1 {PORTAL_A} 3261",
    ):
        assert ready.code(f"iscsicli RemovePersistentTarget {wrong}") == 0xEFFF0029
    assert stored(ready) == 1
    assert ready.code(f"iscsicli RemovePersistentTarget * {TARGET_A} * * 0") == 0
    assert stored(ready) == 0


def test_each_of_two_equal_stored_logins_makes_a_session(ready: Lab) -> None:
    for _unused in range(2):
        ready.run(ready.login_line("PersistentLoginTarget"))
    restarts(ready)
    assert len(ready.host.initiator.sessions.all()) == 2
    ready.network.nic_down(NIC_A)
    restarts(ready)
    assert not ready.host.initiator.sessions.all()
    ready.network.nic_up(NIC_A)
    ready.clock.advance(61)
    assert len(ready.host.initiator.sessions.all()) == 2


def test_a_stored_login_knows_whether_the_array_accepts_it(ready: Lab) -> None:
    from_start = ready.host.snapshot
    ready.run(ready.login_line("PersistentLoginTarget"))
    ready.run(f"iscsicli PersistentLoginTarget {TARGET_A} T * * * * * 0x2 * * * * * * * * * 0")
    plain, anywhere = from_start().stored
    assert anywhere.accepted, "there is no portal whose array could refuse it"
    assert plain.accepted
    assert plain.credentials == ""
    ready.run(ready.login_line("PersistentLoginTarget", chap="user 0x" + b"fourteen-bytes".hex() + " 1"))
    ready.run(ready.login_line("PersistentLoginTarget", chap="user 0x" + b"other-14-bytes".hex() + " 1"))
    first, second = from_start().stored[2:]
    assert first.credentials != second.credentials
    assert "fourteen" not in repr(first)


@pytest.mark.parametrize("succeeds", [True, False])
def test_a_mounted_volume_keeps_a_session_of_several_or_not(ready: Lab, succeeds: bool) -> None:
    ready.host.switches.logout_busy_of_several_succeeds = succeeds
    ready.host.disks.mount(ready.array.vdisks[0].naa, "E")
    for path in ("a", "b"):
        ready.run(ready.login_line(path=path))
    _unused, second = ready.host.initiator.sessions.all()
    assert ready.code(f"iscsicli LogoutTarget {second.id}") == (0 if succeeds else 0xEFFF0040)
    first = ready.host.initiator.sessions.all()[0]
    assert ready.code(f"iscsicli LogoutTarget {first.id}") == 0xEFFF0040
