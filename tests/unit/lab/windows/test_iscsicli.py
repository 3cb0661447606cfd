# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iscsicli: what it prints, and the status it returns."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.iscsi.status import TEXTS, Status, is_success, message

from .conftest import INSTANCE, NODE, PORTAL_A, PORTAL_B, TARGET_A, TARGET_B, Lab

DONE = "The operation completed successfully. "
BANNER = ["Microsoft iSCSI Initiator Version 6.3 Build 9600", ""]
SECRET = "0x" + b"fourteen-bytes".hex()


def test_status_codes_and_their_severity() -> None:
    assert len([code for code in Status if code > 0xA0000000]) == 104
    assert set(TEXTS) == set(Status)
    assert is_success(0)
    assert is_success(Status.SHORT_CHAP_SECRET)
    assert not is_success(Status.CONNECTION_FAILED)
    assert message(0xEFFF0003) == "Connection Failed. "
    assert message(12345) == ""


def test_banner_and_status_line(ready: Lab) -> None:
    assert ready.lines("iscsicli ListInitiators") == [*BANNER, "Initiators List:", f"    {INSTANCE}", DONE]


def test_without_the_service_there_is_no_banner(lab: Lab) -> None:
    assert lab.lines("iscsicli ListTargets") == [
        "The Microsoft iSCSI Initiator Service is not running. Please start the service and retry. "
    ]
    assert lab.code("iscsicli ListTargets") == 0xEFFF003E


@pytest.mark.parametrize(
    "arguments",
    [
        "ClearPersistentTargets",
        "LoginTarget",
        f"LoginTarget {TARGET_A} T {PORTAL_A} 3260 {INSTANCE} 1 0 0x2 * * * * * * * * * 1",
        f"AddTargetPortal {PORTAL_B} 3260 *",
        f"AddTargetPortal {PORTAL_B} 3260 * * 0 0 * * * * * * *",
        "LogoutTarget",
        f"RemovePersistentTarget {INSTANCE} {TARGET_A} 1 {PORTAL_A}",
        "RemoveConnection x y",
    ],
)
def test_wrong_usage_prints_the_usage_and_succeeds(ready: Lab, arguments: str) -> None:
    portals = ready.wmi("MSiSCSIInitiator_SendTargetPortalClass")
    lines = ready.lines(f"iscsicli {arguments}")
    assert any(line.startswith("iscsicli ") for line in lines)
    assert lines[-1] == DONE
    assert ready.code(f"iscsicli {arguments}") == 0
    assert ready.wmi("MSiSCSIInitiator_SendTargetPortalClass") == portals


def test_login_output(ready: Lab) -> None:
    lines = ready.lines(ready.login_line())
    adapter = f"{ready.host.initiator.around.adapter_id:x}"
    assert lines == [
        *BANNER,
        f"LoginTarget to {TARGET_A} on {INSTANCE} to {PORTAL_A}/3260",
        f"Session Id is 0x{adapter}-0x4000013700000001",
        f"Connection Id is 0x{adapter}-0x1",
        DONE,
    ]


def test_quick_login_output_and_choice(ready: Lab) -> None:
    lines = ready.lines(f"iscsicli QLoginTarget {TARGET_A}")
    assert lines[2].startswith("Session Id is 0x")
    assert lines[4] == DONE
    assert any("Initiator Portal  : 0.0.0.0/" in line for line in ready.lines("iscsicli SessionList"))
    assert ready.lines(f"iscsicli QLoginTarget {TARGET_A}")[2] == (
        "The target has already been logged in via an iSCSI session. "
    )


def test_session_list_lines(ready: Lab) -> None:
    ready.run(ready.login_line())
    lines = ready.lines("iscsicli SessionList")
    session = ready.host.initiator.sessions.all()[0]
    device = ready.host.disks.session_devices(session.id)[0]
    assert lines[2:] == [
        "Total of 1 sessions",
        "",
        f"Session Id             : {session.adapter:x}-{session.number:x}",
        f"Initiator Node Name    : {NODE}",
        "Target Node Name       : (null)",
        f"Target Name            : {TARGET_A}",
        "ISID                   : 40 00 01 37 00 00",
        f"TSID                   : {session.tsih:02x} 00",
        "Number Connections     : 1",
        "",
        "    Connections:",
        "",
        f"        Connection Id     : {session.adapter:x}-1",
        f"        Initiator Portal  : 10.10.1.11/{session.local_port}",
        f"        Target Portal     : {PORTAL_A}/3260",
        "        CID               : 01 00",
        "",
        "    Devices:",
        "        Device Type            : Disk",
        f"        Device Number          : {device.device_number}",
        "        Storage Device Type    : 7",
        "        Partition Number       : 0",
        f"        Friendly Name          : {device.friendly_name}",
        "        Device Description     : Disk drive",
        "        Reported Mappings      : Port 4, Bus 0, Target Id 0, LUN 1",
        "        Location               : Bus Number 0, Target Id 0, LUN 1",
        "        Initiator Name         : ROOT\\ISCSIPRT\\0000_0",
        f"        Target Name            : {TARGET_A}",
        f"        Device Interface Name  : {device.interface_name}",
        f"        Legacy Device Name     : {device.legacy_name}",
        f"        Device Instance        : 0x{0x800 + 4 * device.device_number:x}",
        "",
        DONE,
    ]
    assert not any("Device" in line for line in ready.lines("iscsicli SessionList F"))


def test_the_empty_lists(ready: Lab) -> None:
    assert ready.lines("iscsicli SessionList")[2] == "Total of 0 sessions"
    assert ready.lines("iscsicli ListPersistentTargets") == [*BANNER, DONE]
    assert ready.lines("iscsicli ReportTargetMappings") == [*BANNER, "No mappings", DONE]
    assert ready.lines("iscsicli ListiSNSServers") == [*BANNER, "No SNS Servers", DONE]
    ready.run(f"iscsicli RemoveTargetPortal {PORTAL_A} 3260")
    assert ready.lines("iscsicli ListTargetPortals") == [*BANNER, DONE]


def test_persistent_list_lines(ready: Lab) -> None:
    ready.run(ready.login_line("PersistentLoginTarget", chap=f"user {SECRET} 1"))
    ready.run(f"iscsicli PersistentLoginTarget {TARGET_B} F * * * * 0x21 0x3 1 0 4 2 20 * * 0 * 0")
    lines = ready.lines("iscsicli ListPersistentTargets")
    assert lines[2:22] == [
        "Total of 2 peristent targets",
        f"    Target Name           : {TARGET_A}",
        f"    Address and Socket    : {PORTAL_A} 3260",
        "    Session Type          : Data",
        f"    Initiator Name        : {INSTANCE}",
        "    Port Number           : 1",
        "    Security Flags        : 0x0",
        "    Version              : 0",
        "    Information Specified: 0xe0",
        "    Login Flags          : 0x2",
        "        Multipath Enabled",
        "    Authentication Type  : CHAP",
        "    Username             : ",
        "        0000: 75 73 65 72                                      user",
        "    Password             : <is established>",
        "",
        f"    Target Name           : {TARGET_B}",
        "    Address and Socket    : * 0",
        "    Session Type          : Informational",
        "    Initiator Name        : ",
    ]
    assert lines[22:] == [
        "    Port Number           : <Any Port>",
        "    Security Flags        : 0x21",
        "        Transport Mode Preferred",
        "        Security Flags are Valid",
        "    Version              : 0",
        "    Information Specified: 0x9f",
        "    Header Digest        : CRC-32C",
        "    Data Digest          : None",
        "    Maximum Connections  : 4",
        "    Default Time 2 Wait  : 2",
        "    Default Time 2 Retain: 20",
        "    Login Flags          : 0x3",
        "        Require IPsec",
        "        Multipath Enabled",
        "    Authentication Type  : None",
        "",
        DONE,
    ]


def test_portal_list_lines(ready: Lab) -> None:
    assert ready.code(f"iscsicli AddTargetPortal {PORTAL_B} 3260 {INSTANCE} 2 * * * * * * * * * *") == 0
    assert ready.lines("iscsicli ListTargetPortals")[2:] == [
        "Total of 2 portals are persisted:",
        "",
        f"    Address and Socket   : {PORTAL_A} 3260",
        "    Symbolic Name        : ",
        "    Initiator Name       : ",
        "    Port Number          : <Any Port>",
        "    Security Flags        : 0x0",
        "    Version              : 0",
        "    Information Specified: 0x0",
        "    Login Flags          : 0x0",
        "",
        f"    Address and Socket   : {PORTAL_B} 3260",
        "    Symbolic Name        : ",
        f"    Initiator Name       : {INSTANCE}",
        "    Port Number          : 2",
        "    Security Flags        : 0x0",
        "    Version              : 0",
        "    Information Specified: 0x0",
        "    Login Flags          : 0x0",
        "",
        DONE,
    ]


def test_target_info_by_mechanism(ready: Lab) -> None:
    listed = ready.lines(f"iscsicli TargetInfo {TARGET_A}")
    assert listed[2:5] == [
        f"Get Target information for {TARGET_A} discovered by <all mechanisms>",
        "    Discovery Mechanisms :",
        f'         "SendTargets:*{PORTAL_A} 0003260 {INSTANCE} "',
    ]
    mechanism = f"SendTargets:*{PORTAL_A} 0003260 {INSTANCE} "
    shown = ready.lines(f'iscsicli TargetInfo {TARGET_A} "{mechanism}"')
    assert "    PortalGroups         : 1 portal groups" in shown
    assert "        Group 0 has 1 portals" in shown
    assert f"            Address and Socket    : {PORTAL_A} 3260" in shown
    assert ready.code("iscsicli TargetInfo nowhere") == 0xEFFF0029


def test_mappings_name_the_scsi_device(ready: Lab) -> None:
    ready.run(ready.login_line())
    lines = ready.lines("iscsicli ReportTargetMappings")
    assert lines[2] == "Total of 1 mappings returned"
    assert "    Initiator Scsi Device  : \\\\.\\Scsi4:" in lines
    assert "        Target LUN: 0x1000000000000 <--> OS Lun: 0x1" in lines


def test_logout(ready: Lab) -> None:
    ready.run(ready.login_line())
    session = ready.host.initiator.sessions.all()[0]
    for text in ("zzz", "1-2-3", "0x-0x1"):
        assert ready.lines(f"iscsicli LogoutTarget {text}")[2] == f"Invalid sessionid: {text}"
        assert ready.code(f"iscsicli LogoutTarget {text}") == 87
    assert ready.code("iscsicli LogoutTarget 0x1-0x2") == 0xEFFF001C
    lines = ready.lines(f"iscsicli LogoutTarget {session.id}")
    assert lines[2:] == [f"Logout Target 0x{session.adapter:x}-0x{session.number:x}", DONE]
    assert ready.code(f"iscsicli LogoutTarget {session.id}") == 0xEFFF001C


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (f"LoginTarget iqn.none T {PORTAL_A} 3260 {INSTANCE} 1 0 0x2 * * * * * * * * * 0", 0xEFFF0029),
        (f"LoginTarget {TARGET_A} T {PORTAL_A} 3260 {INSTANCE} 9 0 0x2 * * * * * * * * * 0", 0xEFFF002D),
        (f"LoginTarget {TARGET_A} T {PORTAL_A} 3260 * 1 0 0x2 * * * * * * * * * 0", 87),
        (f"LoginTarget {TARGET_A} T {PORTAL_A} 3260 Other\\HBA 1 0 0x2 * * * * * * * * * 0", 0xEFFF0044),
        (f"LoginTarget {TARGET_A} T {PORTAL_A} * {INSTANCE} 1 0 0x2 * * * * * * * * * 0", 87),
        (f"LoginTarget {TARGET_A} T 10.10.1.99 3260 {INSTANCE} 1 0 0x2 * * * * * * * * * 0", 0xEFFF0003),
        (f"LoginTarget {TARGET_A} T {PORTAL_B} 3260 {INSTANCE} 1 0 0x2 * * * * * * * * * 0", 0xEFFF0003),
        (f"LoginTarget {TARGET_B} T {PORTAL_A} 3260 {INSTANCE} 1 0 0x2 * * * * * * * * * 0", 0xEFFF000B),
        (f"LoginTarget {TARGET_A} T {PORTAL_A} 3260 {INSTANCE} 1 0 0x2 * * * * * u 0x11 1 * 0", 0xEFFF004B),
        (f"LoginTarget {TARGET_A} T {PORTAL_A} 3260 {INSTANCE} 1 0 0x2 * * * * * u 0x123 1 * 0", 87),
        (f"LoginTarget {TARGET_A} T {PORTAL_A} 3260 {INSTANCE} 1 0 0x2 * * * * * u {SECRET} 2 * 0", 0xEFFF004C),
        (f"LoginTarget {TARGET_A} T {PORTAL_A} 3260 {INSTANCE} 1 0 0x2 * * * * * u {SECRET} 3 * 0", 0xEFFF004E),
        (f"PersistentLoginTarget iqn.none T {PORTAL_A} 3260 {INSTANCE} 1 0 0x2 * * * * * * * * * 0", 0xEFFF0029),
        (f"RemoveTargetPortal {PORTAL_A} 3260 {INSTANCE} 1", 0xEFFF0043),
        (f"RemoveTargetPortal {PORTAL_A} 3261", 0xEFFF0043),
        ("RemoveTarget iqn.none", 0xEFFF0029),
        ("RemovePersistentTarget * iqn.none * * *", 0xEFFF0029),
        ("AddTargetPortal storage.example 3260", 0xEFFF005F),
        ("NodeName 1", 0xEFFF0051),
        ("CHAPSecret 0x1122", 0xEFFF004C),
        ("CHAPSecret " + "x" * 17, 0xEFFF004C),
        ("RefreshiSNSServer 10.0.0.1", 0xEFFF003A),
    ],
)
def test_failures(ready: Lab, line: str, status: int) -> None:
    result = ready.run(f"iscsicli {line}")
    assert result.exit_code == status
    assert result.stdout.decode().splitlines()[-1] == message(status)
    assert not ready.host.initiator.sessions.all()


def test_the_multipath_flag_allows_several_sessions(ready: Lab) -> None:
    assert ready.code(ready.login_line(flags="0")) == 0
    assert ready.code(ready.login_line(flags="0")) == 0xEFFF003F
    assert ready.code(ready.login_line(flags="*")) == 0xEFFF003F
    assert ready.code(ready.login_line()) == 0
    isids = {session.isid for session in ready.host.initiator.sessions.all()}
    assert len(isids) == 2


def test_a_mapping_count_in_the_place_of_the_flags_is_no_flag(ready: Lab) -> None:
    line = f"iscsicli LoginTarget {TARGET_A} T {PORTAL_A} 3260 {INSTANCE} 1 0 * * * * * * * * * * 2"
    assert ready.lines(line)[-1] == DONE
    assert not ready.host.initiator.sessions.all()


def test_mappings_are_read_and_stored(ready: Lab) -> None:
    line = ready.login_line("PersistentLoginTarget").removesuffix(" 0")
    assert ready.code(f"{line} 1 0x0001000000000000 0 3 7") == 0
    assert "        Target LUN: 0x1000000000000 <--> OS Lun: 0x7" in ready.lines("iscsicli ListPersistentTargets")
    assert ready.code(f"{line} 1 0x1 0 3 7") == 87
    assert ready.code(f"{line} 2 0x0001000000000000 0 3 7 0x0002000000000000 1 3 8") == 87


def test_storing_is_not_logging_in(ready: Lab) -> None:
    assert ready.code(ready.login_line("PersistentLoginTarget")) == 0
    assert not ready.host.initiator.sessions.all()
    ready.host.switches.persistent_login_logs_in = True
    assert ready.code(ready.login_line("PersistentLoginTarget", "b")) == 0
    assert [session.target for session in ready.host.initiator.sessions.all()] == [TARGET_B]


def test_stored_logins_are_not_unique(ready: Lab) -> None:
    for _unused in range(3):
        ready.run(ready.login_line("PersistentLoginTarget"))
    assert len(ready.host.initiator.persistent.all()) == 3
    ready.host.switches.remove_persistent_removes_all_equal = False
    assert ready.code(f"iscsicli RemovePersistentTarget {INSTANCE} {TARGET_A.upper()} 1 {PORTAL_A} 3260") == 0
    assert len(ready.host.initiator.persistent.all()) == 2
    ready.host.switches.remove_persistent_removes_all_equal = True
    assert ready.code(f"iscsicli RemovePersistentTarget * {TARGET_A} * * *") == 0
    assert not ready.host.initiator.persistent.all()


def test_a_dead_portal_is_stored_or_not(ready: Lab) -> None:
    assert ready.code("iscsicli QAddTargetPortal 10.10.1.99") == 0xEFFF0003
    ready.host.switches.dead_portal_is_stored = False
    assert ready.code("iscsicli QAddTargetPortal 10.10.1.98") == 0xEFFF0003
    assert [item.portal.address for item in ready.host.initiator.discovery.portals()] == [PORTAL_A, "10.10.1.99"]
    assert ready.code("iscsicli QAddTargetPortal 10.10.1.98") == 0xEFFF0003


def test_a_target_appears_only_after_a_refresh_and_outlives_its_portal(ready: Lab) -> None:
    ready.array.add_port("10.10.1.23", "A", target_name="iqn.2004-09.com.example:eva01.c")
    assert "eva01.c" not in "".join(ready.lines("iscsicli ListTargets"))
    assert "eva01.c" in "".join(ready.lines("iscsicli ListTargets T"))
    assert ready.code(f"iscsicli RemoveTargetPortal {PORTAL_A} 3260") == 0
    assert "eva01.c" in "".join(ready.lines("iscsicli ListTargets"))
    assert ready.invoke("MSiSCSIInitiator_MethodClass", "RefreshTargetList")["ReturnValue"] == 0
    assert ready.lines("iscsicli ListTargets")[2:] == ["Targets List:", DONE]


def test_planned_failures_end_after_so_many_calls(ready: Lab) -> None:
    ready.host.initiator.around.planned_failures["login"] = [122, 0xEFFF001F]
    assert [ready.code(ready.login_line()) for _unused in range(3)] == [122, 0xEFFF001F, 0]
    assert len(ready.host.initiator.sessions.all()) == 1


def test_interactive_mode(ready: Lab) -> None:
    prompt = f"[{NODE}] Enter command or ^C to exit"
    lines = ready.lines("iscsicli", b"listinitiators\r\n\r\nNoSuchCommand\r\n")
    assert lines[:7] == [*BANNER, prompt, "Initiators List:", f"    {INSTANCE}", DONE, prompt]
    assert lines[-2:] == [DONE, prompt]
    assert ready.code("iscsicli", b"RemoveTarget nothere\r\n") == 0xEFFF0029
    ready.host.switches.interactive_exit_code = "zero"
    assert ready.code("iscsicli", b"RemoveTarget nothere\r\n") == 0


def test_interactive_arguments_may_be_quoted(ready: Lab) -> None:
    ready.run("iscsicli", b'AddiSNSServer "a b"\r\n')
    assert "    a b" in ready.lines("iscsicli ListiSNSServers")


def test_scsi_commands(ready: Lab) -> None:
    ready.run(ready.login_line())
    session = ready.host.initiator.sessions.all()[0].id
    inquiry = ready.lines(f"iscsicli ScsiInquiry {session} 1 0 0")
    assert inquiry[2:6] == [
        "    ScsiStatus              : 0x0",
        "    Response Buffer Size    : 0x24",
        "        0000: 00 00 05 12 1f 00 00 02 48 50 20 20 20 20 20 20  ........HP      ",
        "        0010: 48 53 56 33 34 30 20 20 20 20 20 20 20 20 20 20  HSV340          ",
    ]
    assert "    ScsiStatus              : 0x0" in ready.lines(f"iscsicli ReportLUNs {session}")
    assert ready.code(f"iscsicli ReadCapacity {session} 1") == 0
    assert ready.code(f"iscsicli ReadCapacity {session} 77") == 0xEFFF001D


def test_node_name(ready: Lab) -> None:
    ready.run(ready.login_line())
    assert ready.code("iscsicli NodeName iqn.1991-05.com.microsoft:asdasd") == 0
    assert ready.wmi("MSiSCSIInitiator_MethodClass") == [{"iSCSINodeName": "iqn.1991-05.com.microsoft:asdasd"}]
    assert ready.wmi("MSiSCSIInitiator_SessionClass")[0]["InitiatorName"] == NODE
    assert ready.code("iscsicli NodeName *") == 0
    assert ready.wmi("MSiSCSIInitiator_MethodClass") == [{"iSCSINodeName": "iqn.1991-05.com.microsoft:fileserver"}]
