# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a host as a whole: what it costs, what joins, and that unknown is never zero."""

from __future__ import annotations

import typing as t
from ipaddress import ip_address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Known,
    PathState,
    Policy,
    SessionId,
    TargetPortal,
    Unknown,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._windows import initiator
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reader import Reader, read_operating_system
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import RELEASES
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import (
    MalformedAnswer,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import answers, scenario, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import PLAIN, healthy, read, value

IN_THE_REGISTRY = {
    "claims",
    "policy_defaults",
    "pending_reboot",
    "new_disk_policy",
    "settings",
    "taken_offline",
    "dsm_notes",
}
SERVICE_PARTS = ("initiator", "portals", "targets", "sessions", "logins")
STOPPED = [{"Name": "MSiSCSI", "StartMode": "Manual", "State": "Stopped"}]
MPIO_CLASSES = ("MPIO_REGISTERED_DSM", "MPIO_DISK_INFO", "MPIO_GET_DESCRIPTOR", "DSM_QueryLBPolicy_V2")


@pytest.fixture
def link() -> answers.FakeLink:
    return healthy()


def test_whole_reading_stays_within_its_budget(link: answers.FakeLink) -> None:
    host = read(link, *PLAIN)
    assert not [name for name in PLAIN if isinstance(getattr(host, name), Unknown)]
    assert link.requests <= 30
    assert len(link.asked) == len(set(link.asked)), "something was asked twice"


def test_the_registry_is_read_only_when_asked_for(link: answers.FakeLink) -> None:
    read(link, *(set(PLAIN) - IN_THE_REGISTRY))
    assert not link.shell_open


def test_parts_not_asked_for_come_from_before(link: answers.FakeLink) -> None:
    before = read(link, "sessions", "disks")
    link.classes["MSiSCSIInitiator_SessionClass"] = []
    after = read(link, "sessions", previous=before)
    assert value(after.sessions) == ()
    assert after.disks == before.disks
    assert isinstance(after.logins, Unknown)
    assert after.logins.reason == "not read"


def test_the_operating_system_is_read_without_a_previous_host(link: answers.FakeLink) -> None:
    host = Reader(t.cast("t.Any", link), RELEASES[9600]).read([])
    assert (host.os.name, host.os.build, host.os.server, host.os.core, host.os.language) == (
        "SRV01",
        9600,
        True,
        None,
        1031,
    )
    assert host.os.booted.utcoffset() is not None


def test_an_unknown_part_is_refused(link: answers.FakeLink) -> None:
    with pytest.raises(ValueError, match="session"):
        read(link, "session")


@pytest.mark.parametrize(
    ("sku", "build", "core"),
    [(13, 9600, True), (7, 9600, None), (7, 7601, False), (12, 7601, True), (None, 3790, False), (None, 6001, None)],
)
def test_server_core_is_told_where_the_release_tells(
    link: answers.FakeLink, sku: int | None, build: int, core: bool | None
) -> None:
    values = link.classes["Win32_OperatingSystem"][0]  # type: ignore[index]
    link.classes["Win32_OperatingSystem"] = [{**values, "OperatingSystemSKU": sku, "BuildNumber": str(build)}]
    assert read_operating_system(t.cast("t.Any", link)).core is core


@pytest.mark.parametrize(
    ("told", "core"), [("Server", False), ("Server Core", True), ("Nano Server", None), (None, None)]
)
def test_since_2012_the_registry_tells_server_core(link: answers.FakeLink, told: str | None, core: bool | None) -> None:
    value = "" if told is None else f"    InstallationType    REG_SZ    {told}"
    link.tools[texts.INSTALLATION_TYPE] = texts.printed("", texts.CONTROL, value, "")
    assert read(link, "claims").os.core is core


def test_the_registry_is_not_read_for_server_core_alone(link: answers.FakeLink) -> None:
    assert read(link, "nics").os.core is None
    assert not link.shell_open


def test_server_core_stays_known(link: answers.FakeLink) -> None:
    before = read(link, "claims")
    assert before.os.core is False
    assert read(link, "nics", previous=before).os == before.os


def test_an_operating_system_without_a_build_is_malformed(link: answers.FakeLink) -> None:
    values = link.classes["Win32_OperatingSystem"][0]  # type: ignore[index]
    link.classes["Win32_OperatingSystem"] = [{**values, "BuildNumber": None}]
    with pytest.raises(MalformedAnswer, match=r"win1\.example\.com"):
        read_operating_system(t.cast("t.Any", link))


def test_conditions_are_sent(link: answers.FakeLink) -> None:
    read(link, *PLAIN)
    assert {name: where for name, where in link.conditions.items() if where} == {
        "Win32_NetworkAdapterConfiguration": "IPEnabled=true",
        "Win32_Service": "Name='MSiSCSI' or Name='ClusSvc'",
        "Win32_SystemDriver": "Name='mpio' or Name='msdsm' or Name like 'hp%dsm'",
        "Win32_OptionalFeature": "Name='MultipathIo'",
    }


def test_nics_and_their_port_numbers(link: answers.FakeLink) -> None:
    host = read(link, "nics", "initiator")
    first = value(host.nics)[0]
    assert [str(one) for one in first.interfaces] == ["10.10.1.11/24", "fd00::1/64"]
    assert first.mac == "00:1A:4B:00:00:01"
    assert value(host.initiator).node_name == scenario.NODE_NAME
    assert value(host.initiator).number_of(ip_address("10.10.2.11")) == 2


def test_the_port_number_property_can_be_switched(link: answers.FakeLink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initiator, "PORT_NUMBER_PROPERTY", "Port")
    assert value(read(link, "initiator").initiator).number_of(ip_address("10.10.2.11")) == 42


def test_ports_of_hardware_initiators_and_target_ports_do_not_count(link: answers.FakeLink) -> None:
    [software] = link.classes["MSiSCSI_PortalInfoClass"]  # type: ignore[misc]
    target_side = {"Index": 7, "PortalType": 1, "IPAddr": scenario.ip("10.10.1.99"), "Port": 1}
    no_address = {"Index": 8, "PortalType": 0, "IPAddr": {"Type": 3, "IpV4Address": 0}, "Port": 1}
    text = {"Index": 9, "PortalType": 0, "IPAddr": {"Type": 0, "TextAddress": "10.10.3.11"}, "Port": 1}
    six = {"Type": 2, "IpV6Address": ip_address("fd00::11").packed, "IpV4Address": 0}
    link.classes["MSiSCSI_PortalInfoClass"] = [
        {**software, "InstanceName": "PCI\\VEN_1077&DEV_4022\\1_0"},
        {
            **software,
            "PortalInformation": [target_side, no_address, text, {"Index": 10, "PortalType": 0, "IPAddr": six}],
        },
    ]
    ports = value(read(link, "initiator").initiator).ports
    assert [(port.number, str(port.address)) for port in ports] == [(9, "10.10.3.11"), (10, "fd00::11")]


def test_no_port_numbers_is_not_no_ports(link: answers.FakeLink) -> None:
    link.classes["MSiSCSI_PortalInfoClass"] = answers.fault()
    assert isinstance(read(link, "initiator").initiator, Unknown)


def test_targets_are_one_per_name(link: answers.FakeLink) -> None:
    records = link.classes["MSiSCSIInitiator_TargetClass"]
    link.classes["MSiSCSIInitiator_TargetClass"] = [
        *t.cast("list[t.Any]", records),
        {"TargetName": scenario.TARGET.lower(), "DiscoveryMechanism": "", "PortalGroups": []},
        {"TargetName": scenario.TARGET + "1", "DiscoveryMechanism": "AddTarget", "PortalGroups": []},
    ]
    first, second = value(read(link, "targets").targets)
    assert first.name == scenario.TARGET
    assert [str(portal.address) for portal in first.portals] == list(scenario.PORTALS)
    assert first.discovered_through == first.portals
    assert (second.portals, second.discovered_through) == ((), ())


def test_sessions_have_real_addresses_states_and_devices(link: answers.FakeLink) -> None:
    sessions = value(read(link, "sessions").sessions)
    assert [str(one.connections[0].local) for one in sessions] == [path[0] for path in scenario.PATHS]
    assert all(one.working for one in sessions)
    assert sessions[0].id == SessionId(scenario.ADAPTER, scenario.session_number(0))
    assert [disk.number for disk in sessions[2].disks] == [5, 4, 3]
    assert str(sessions[2].disks[0].address) == "port 5 bus 0 target 2 LUN 1"
    assert all(disk.multipath for disk in sessions[2].disks)
    assert sessions[0].disks[0].product == "hsv340"
    assert not sessions[0].devices[0].disk


def test_a_session_that_the_driver_lists_without_connections_is_not_working(link: answers.FakeLink) -> None:
    driver = scenario.driver_sessions()
    driver["SessionsList"][1].update(ConnectionCount=0, ConnectionsList=[])
    link.classes["MSiSCSI_InitiatorSessionInfo"] = [driver]
    sessions = value(read(link, "sessions").sessions)
    assert [one.working for one in sessions] == [True, False, True, True]


def test_a_connection_in_logout_is_not_working(link: answers.FakeLink) -> None:
    driver = scenario.driver_sessions()
    driver["SessionsList"][0]["ConnectionsList"][0]["State"] = 2
    link.classes["MSiSCSI_InitiatorSessionInfo"] = [driver]
    assert not value(read(link, "sessions").sessions)[0].working


def test_a_session_without_devices_and_without_driver_view_is_kept(link: answers.FakeLink) -> None:
    link.classes["MSiSCSI_InitiatorSessionInfo"] = [scenario.driver_sessions([1, 2, 3])]
    sessions = t.cast("list[t.Any]", link.classes["MSiSCSIInitiator_SessionClass"])
    link.classes["MSiSCSIInitiator_SessionClass"] = [{**sessions[0], "Devices": None}, *sessions[1:]]
    first = value(read(link, "sessions").sessions)[0]
    assert first.devices == ()
    assert first.connections[0].local is None
    assert first.connections[0].state is None
    assert first.connections[0].remote == TargetPortal(ip_address("10.10.1.21"))


@pytest.mark.parametrize("driver", [0x89C1346C, 0xFFFFFFFF89C1346C], ids=["as it is", "extended"])
def test_32_bit_windows_extends_the_sign_of_an_id(link: answers.FakeLink, driver: int) -> None:
    sessions = t.cast("list[t.Any]", link.classes["MSiSCSIInitiator_SessionClass"])
    number = f"ffffffff89c1346c-{scenario.session_number(0):x}"
    link.classes["MSiSCSIInitiator_SessionClass"] = [{**sessions[0], "SessionId": number}]
    link.classes["MSiSCSI_InitiatorSessionInfo"] = [{**scenario.driver_sessions(), "UniqueAdapterId": driver}]
    [session] = value(read(link, "sessions").sessions)
    assert session.working
    assert str(session.connections[0].local) == scenario.PATHS[0][0]
    assert str(session.id) == number, "a logout names it as Windows does"


def test_without_the_driver_the_storage_classes_know_the_nic(link: answers.FakeLink) -> None:
    link.classes["MSiSCSI_InitiatorSessionInfo"] = answers.fault()
    link.classes["MSFT_iSCSIConnection"] = [
        {
            "ConnectionIdentifier": f"{scenario.ADAPTER:x}-{scenario.connection_number(target):x}",
            "InitiatorAddress": nic,
        }
        for target, (nic, _number, _portal) in enumerate(scenario.PATHS)
    ]
    sessions = value(read(link, "sessions").sessions)
    assert [str(one.connections[0].local) for one in sessions] == [path[0] for path in scenario.PATHS]


def test_without_driver_and_storage_classes_the_nic_is_unknown(link: answers.FakeLink) -> None:
    link.classes["MSiSCSI_InitiatorSessionInfo"] = answers.fault()
    sessions = value(read(link, "sessions").sessions)
    assert [one.connections[0].local for one in sessions] == [None] * 4
    assert [one.connections[0].state for one in sessions] == [None] * 4


@pytest.mark.parametrize(
    ("options", "flags", "kind"),
    [
        (scenario.login_options(2, 0x80, 1), 2, "CHAP"),
        (scenario.login_options(2, 0x80, 2), 2, "MUTUAL_CHAP"),
        (scenario.login_options(0, 0x80, 0), 0, "NONE"),
        (scenario.login_options(2, 0, 1), 2, None),
        (None, 0, None),
    ],
)
def test_login_options(link: answers.FakeLink, options: t.Any, flags: int, kind: str | None) -> None:
    logins = t.cast("list[t.Any]", link.classes["MSiSCSIInitiator_PersistentLoginClass"])
    link.classes["MSiSCSIInitiator_PersistentLoginClass"] = [{**logins[0], "LoginOptions": options}]
    [login] = value(read(link, "logins").logins)
    assert (login.login_flags, login.multipath) == (flags, flags == 2)
    assert (login.authentication.name if login.authentication else None) == kind


def test_a_login_for_any_port_and_any_portal(link: answers.FakeLink) -> None:
    logins = t.cast("list[t.Any]", link.classes["MSiSCSIInitiator_PersistentLoginClass"])
    changed = {**logins[0], "InitiatorPortNumber": 0xFFFFFFFF, "TargetPortal": None, "InitiatorInstance": None}
    link.classes["MSiSCSIInitiator_PersistentLoginClass"] = [changed]
    [login] = value(read(link, "logins").logins)
    assert (login.port_number, login.portal, login.instance) == (None, None, None)


def test_a_stored_password_is_not_kept(link: answers.FakeLink) -> None:
    assert "never" not in repr(read(link, *PLAIN))


def test_disks_are_joined(link: answers.FakeLink) -> None:
    plain, alua, degraded = value(read(link, "disks").disks)
    assert (plain.number, plain.wwn, plain.policy) == (2, scenario.LUNS[0].wwn, Policy.ROUND_ROBIN)
    assert (plain.vendor, plain.product, plain.alua) == ("HP", "HSV340", False)
    assert [path.id for path in plain.paths][-1] == 0x87060001
    assert alua.alua is True
    assert alua.policy is Policy.ROUND_ROBIN_WITH_SUBSET
    assert [path.target_port_group for path in alua.paths] == [1, 1, 2, 2]
    assert [path.state for path in alua.paths][1:3] == [PathState.ACTIVE_OPTIMIZED, PathState.ACTIVE_UNOPTIMIZED]
    assert [path.state for path in degraded.paths] == [
        PathState.ACTIVE_OPTIMIZED,
        PathState.FAILED,
        PathState.ACTIVE_OPTIMIZED,
        PathState.ACTIVE_OPTIMIZED,
    ]
    assert degraded.paths[1].id == 0x77050001


def test_paths_that_nobody_can_name_are_unknown(link: answers.FakeLink) -> None:
    # The DSM forgot one path entirely and has one failed: which of the two it is, it does not say.
    balance = scenario.load_balance(scenario.LUNS[2])
    del balance["LoadBalancePolicy"]["DSM_Paths"][2]
    balance["LoadBalancePolicy"]["DSMPathCount"] = 3
    link.classes["DSM_QueryLBPolicy_V2"] = [balance]
    degraded = value(read(link, "disks").disks)[2]
    assert [path.state is None for path in degraded.paths] == [False, True, True, False]


def test_a_disk_that_its_dsm_does_not_describe_has_unknown_states(link: answers.FakeLink) -> None:
    link.classes["DSM_QueryLBPolicy_V2"] = [scenario.load_balance(lun) for lun in scenario.LUNS[1:]]
    disk = value(read(link, "disks").disks)[0]
    assert (disk.policy, disk.alua, {path.state for path in disk.paths}) == (None, None, {None})
    assert len(disk.paths) == 4


def test_a_disk_without_descriptor_lets_the_tool_speak(link: answers.FakeLink) -> None:
    link.classes["MPIO_GET_DESCRIPTOR"] = [scenario.descriptor(lun) for lun in scenario.LUNS[1:]]
    host = read(link, "disks")
    assert isinstance(host.disks, Known)
    assert host.disks.source == "mpclaim"


def test_no_disk_costs_one_request(link: answers.FakeLink) -> None:
    link.classes["MPIO_DISK_INFO"] = [{"NumberDrives": 0, "DriveInfo": []}]
    previous = read(link)
    before = link.requests
    assert value(read(link, "disks", previous=previous).disks) == ()
    assert link.requests == before + 1
