# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole lab, met as its users meet it: over WinRM, by an independent client."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from ansible_collections.eva.mpio.tests.lab import spec_file
from ansible_collections.eva.mpio.tests.lab.clauses import Clause
from ansible_collections.eva.mpio.tests.lab.events import Event
from ansible_collections.eva.mpio.tests.lab.fault import FaultError
from ansible_collections.eva.mpio.tests.lab.fleet import Fleet
from ansible_collections.eva.mpio.tests.lab.spec import FleetSpec
from ansible_collections.eva.mpio.tests.lab.windows.interface import SessionView
from ansible_collections.eva.mpio.tests.unit.lab.windows_client import WindowsClient

PORTALS = {"10.10.1.21": "A", "10.10.2.21": "A", "10.10.1.22": "B", "10.10.2.22": "B"}
SECRET = "labsecret-win1"


def fleet_spec(fabric: str = "memory", **host: Any) -> FleetSpec:
    return spec_file.parse(
        {
            "fabric": fabric,
            "second": 0.01,
            "arrays": [
                {
                    "name": "eva01",
                    "model": "P6300",
                    "ports": [{"address": address, "controller": owner} for address, owner in PORTALS.items()],
                }
            ],
            "hosts": [
                {"name": "win1", "nics": ["10.10.1.11/24", "10.10.2.11/24"], "luns": 2, **host},
                {"name": "win2", "nics": ["10.10.1.12/24", "10.10.2.12/24"], "luns": 2, "presented": False},
            ],
        }
    )


@pytest.fixture(params=["memory", "tcp"])
def fleet(request: pytest.FixtureRequest) -> Iterator[Fleet]:
    with Fleet(fleet_spec(request.param)) as fleet:
        yield fleet


@pytest.fixture
def client(fleet: Fleet) -> WindowsClient:
    return client_of(fleet, "win1")


def variables_of(fleet: Fleet, name: str) -> dict[str, Any]:
    variables: dict[str, Any] = fleet.inventory()["all"]["children"]["lab"]["hosts"][name]
    return variables


def client_of(fleet: Fleet, name: str) -> WindowsClient:
    return WindowsClient(variables_of(fleet, name))


def name_of(client: WindowsClient) -> str:
    """Ask a server by WMI what it is called."""
    (row,) = client.query("select Name from Win32_ComputerSystem")
    return (row["Name"] or "").upper()


def log_in(client: WindowsClient, fleet: Fleet, portal: str) -> None:
    """Discover through a portal and log in to the target behind it, as an administrator types it."""
    target = target_behind(fleet, portal)
    before = len(fleet.log.since(source="eva01", kind="login"))
    client.run("sc start MSiSCSI")
    client.run(f"iscsicli QAddTargetPortal {portal}")
    out, _unused = client.run(f"iscsicli LoginTarget {target} T {portal} 3260 * * * 0x2 * * * * * * * * * 0")
    assert len(fleet.log.since(source="eva01", kind="login")) == before + 1, out


def store_login(client: WindowsClient, fleet: Fleet, portal: str) -> None:
    """Make the login to the target behind a portal persistent."""
    target = target_behind(fleet, portal)
    client.run(f"iscsicli PersistentLoginTarget {target} T {portal} 3260 * * * 0x2 * * * * * * * * * 0")


def target_behind(fleet: Fleet, portal: str) -> str:
    return next(port.target_name for port in fleet.array("eva01").ports if port.address == portal)


def sessions(fleet: Fleet, name: str = "win1") -> list[SessionView]:
    return list(fleet.host(name).snapshot().sessions)


def wait_for_state(fleet: Fleet, host: str, change: Any) -> None:
    """Wait until a state change of a server fulfils a condition on its snapshot."""
    fulfilled = threading.Event()

    def look(event: Event | None = None) -> None:
        if (event is None or event.source == host) and change(fleet.host(host).snapshot()):
            fulfilled.set()

    fleet.log.listen(look)
    look()
    assert fulfilled.wait(20)


@pytest.mark.parametrize(
    ("winrm", "sealed"),
    [
        ({"transport": "ntlm"}, True),
        ({"transport": "basic"}, False),
        ({"scheme": "https", "transport": "basic"}, False),
        ({"scheme": "https", "transport": "ntlm"}, False),
    ],
    ids=["http-ntlm", "http-basic", "https-basic", "https-ntlm"],
)
def test_an_independent_client_reaches_a_server_by_its_inventory(winrm: dict[str, str], sealed: bool) -> None:
    with Fleet(fleet_spec(winrm=winrm)) as fleet:
        client = client_of(fleet, "win1")
        assert name_of(client) == "WIN1"
        client.run("sc start MSiSCSI")
        out, code = client.run("iscsicli ListInitiators")
        assert r"Root\ISCSIPRT\0000_0".lower() in out.lower()
        assert code == 0
        assert client.sealed is sealed


def test_each_server_has_an_address_of_its_own(fleet: Fleet) -> None:
    addresses = {variables_of(fleet, name)["ansible_host"] for name in fleet.hosts}
    assert len(addresses) == 2
    assert all(address.startswith("127.") for address in addresses)
    assert name_of(client_of(fleet, "win2")) == "WIN2"


def test_the_inventory_declares_what_the_role_needs(fleet: Fleet) -> None:
    group = fleet.inventory()["all"]["children"]["lab"]
    portals = [{"address": address, "controller": owner} for address, owner in PORTALS.items()]
    assert group["vars"]["multipath_arrays"] == [
        {"name": "eva01", "model": "P6300", "portals": portals, "minimum_luns": 2}
    ]
    assert group["vars"]["multipath_dsm"] == "microsoft"
    assert variables_of(fleet, "win1")["multipath_nics"] == ["10.10.1.11", "10.10.2.11"]


def test_a_login_shows_in_windows_and_on_the_array(fleet: Fleet, client: WindowsClient) -> None:
    log_in(client, fleet, "10.10.1.21")
    assert [(each.nic_address, each.portal.address, len(each.luns)) for each in sessions(fleet)] == [
        ("10.10.1.11", "10.10.1.21", 2)
    ]
    state = json.loads(json.dumps(fleet.state()))
    assert [(each["nic"], each["portal"]) for each in state["arrays"]["eva01"]["sessions"]] == [
        ("10.10.1.11", "10.10.1.21:3260")
    ]
    assert len(state["hosts"]["win1"]["disks"]) == 2
    assert state["violations"] == []


def test_a_server_that_is_not_presented_sees_its_luns_once_it_is(fleet: Fleet) -> None:
    log_in(client_of(fleet, "win2"), fleet, "10.10.1.21")
    assert [each.luns for each in sessions(fleet, "win2")] == [frozenset()]
    fleet.present("win2")
    assert [len(each.luns) for each in sessions(fleet, "win2")] == [2]
    fleet.faults.inject("unpresent", "win2")
    assert [each.luns for each in sessions(fleet, "win2")] == [frozenset()]
    assert not fleet.laws.violations


def test_a_pulled_cable_and_its_return_are_nobodys_breach(fleet: Fleet, client: WindowsClient) -> None:
    log_in(client, fleet, "10.10.1.21")
    fleet.faults.inject("nic-down", "10.10.1.11")
    wait_for_state(fleet, "win1", lambda now: [each.alive for each in now.sessions] == [False])
    fleet.faults.heal("nic-down", "10.10.1.11")
    wait_for_state(fleet, "win1", lambda now: [each.alive for each in now.sessions] == [True])
    assert not fleet.laws.violations


def test_a_session_that_the_lab_ends_is_nobodys_breach(fleet: Fleet, client: WindowsClient) -> None:
    log_in(client, fleet, "10.10.1.21")
    fleet.faults.inject("end-session", "win1", "10.10.1.21")
    assert not sessions(fleet)
    assert not fleet.laws.violations


def test_a_session_that_the_client_ends_is_a_breach(fleet: Fleet, client: WindowsClient) -> None:
    log_in(client, fleet, "10.10.1.21")
    out, _unused = client.run(f"iscsicli LogoutTarget {sessions(fleet)[0].session_id}")
    assert not sessions(fleet), out
    assert {each.clause for each in fleet.laws.violations} == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}
    assert [event.source for event in fleet.log.since(kind="law")] == ["win1"] * len(fleet.laws.violations)


def test_a_second_session_without_multipath_is_a_breach(fleet: Fleet, client: WindowsClient) -> None:
    log_in(client, fleet, "10.10.1.21")
    assert not fleet.laws.violations
    log_in(client, fleet, "10.10.2.21")
    assert {each.clause for each in fleet.laws.violations} == {Clause.SECOND_PATH_TOO_EARLY}


def test_a_restart_loses_an_unstored_session_and_is_a_breach(fleet: Fleet, client: WindowsClient) -> None:
    log_in(client, fleet, "10.10.1.21")
    with contextlib.suppress(requests.ConnectionError):  # the answer may come too late
        client.run("shutdown /r /t 0")
    assert fleet.host("win1").life.wait_for_boot(2, 20)
    fleet.endpoints.settle()
    assert {each.clause for each in fleet.laws.violations} == {Clause.REBOOT_UNSAFE}
    assert name_of(client_of(fleet, "win1")) == "WIN1"


def test_a_stored_login_returns_after_a_power_cut(fleet: Fleet, client: WindowsClient) -> None:
    log_in(client, fleet, "10.10.1.21")
    store_login(client, fleet, "10.10.1.21")
    client.run("sc config MSiSCSI start= auto")
    fleet.faults.inject("power-off", "win1")
    assert not fleet.host("win1").running
    fleet.faults.heal("power-off", "win1")
    wait_for_state(fleet, "win1", lambda now: [each.alive for each in now.sessions] == [True])
    assert not fleet.laws.violations


def test_a_stored_login_that_the_lab_forgets_is_gone(fleet: Fleet, client: WindowsClient) -> None:
    log_in(client, fleet, "10.10.1.21")
    store_login(client, fleet, "10.10.1.21")
    assert len(fleet.host("win1").snapshot().stored) == 1
    fleet.faults.inject("forget-login", "win1", "10.10.1.21")
    assert not fleet.host("win1").snapshot().stored
    assert not fleet.laws.violations


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (("earthquake",), "there are: nic-down"),
        (("nic-down",), "usage: nic-down NIC"),
        (("nic-down", "a", "b"), "usage: nic-down NIC"),
        (("nic-down", "left"), "left"),
        (("nic-down", "10.10.1.99"), "no server has the NIC 10.10.1.99; there are: 10.10.1.11, "),
        (("link-down", "10.10.1.99", "10.10.1.21"), "no server has the NIC 10.10.1.99"),
        (("port-down", "10.10.1.99"), "there are: 10.10.1.21:3260"),
        (("power-off", "win9"), "there are: win1, win2"),
        (("controller-down", "eva01", "C"), "A and B"),
        (("end-session", "win1", "10.10.1.21"), "win1 has no session to portal 10.10.1.21"),
        (("forget-login", "win1", "10.10.1.21", "10.10.1.11"), "no stored login to portal 10.10.1.21 from NIC"),
        (("service-stop", "win1", "Nonsense"), "the server refuses"),
        (("port-status", "10.10.1.21", "wrong"), "four hexadecimal digits"),
        (("redirect", "10.10.1.21", "10.10.1.22", "perhaps"), "temporary or permanent"),
        (("vdisk-owner", "eva01", "nothing", "A"), "no virtual disk 'nothing'"),
        (("node-down", "win1", "win2"), "win1 is no node of a cluster"),
        (("winrm-cut", "win1", "1", "during"), "before or after"),
        (("initiator-status", "win1", "dance", "1"), "no function 'dance'; there are: login"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_fault_that_cannot_be_is_refused_with_a_sentence(fault: tuple[str, ...], expected: str) -> None:
    with Fleet(fleet_spec()) as fleet, pytest.raises(FaultError, match=expected):
        fleet.faults.inject(*fault)


@pytest.mark.parametrize("fabric", ["memory", "tcp"])
def test_every_fault_can_be_injected_and_healed(fabric: str) -> None:
    """What each does is tested with its part of the lab; here, that the table calls it rightly."""
    arguments = {
        "NIC": "10.10.1.11",
        "PORTAL": "10.10.1.21",
        "OTHER": "10.10.1.22",
        "SUBNET": "10.10.1.0/24",
        "STATUS": "0302",
        "ARRAY": "eva01",
        "CONTROLLER": "A",
        "SERVER": "win1",
        "SERVICE": "MSiSCSI",
        "NODE": "win9",
        "GROUP": "Accounts",
        "NUMBER": "99",
        "SECONDS": "0.01",
        "SECRET": "another-secret-14",
        "FUNCTION": "logout",
        "CODE": "0xEFFF001F",
    }
    cluster = {"groups": ["Accounts"], "others": ["win9"]}
    with Fleet(fleet_spec(fabric, cluster=cluster)) as fleet:
        vdisk = fleet.arrays[0].vdisks[0]
        inject_and_heal_all(fleet, {**arguments, "VDISK": vdisk.name, "WWN": vdisk.naa})


def inject_and_heal_all(fleet: Fleet, arguments: dict[str, str]) -> None:
    client = client_of(fleet, "win1")
    for fault in fleet.faults.table.values():
        given = [arguments[name] for name in fault.arguments if not name.startswith("[")]
        log_in(client, fleet, "10.10.1.21")
        if fault.name == "forget-login":
            store_login(client, fleet, "10.10.1.21")
        fleet.faults.inject(fault.name, *given)
        if fault.heal is not None:
            fleet.faults.heal(fault.name, *given)
        fleet.endpoints.settle()
        fleet.faults.inject("power-off", "win1")  # a clean start for the next: nothing is stored
        fleet.faults.heal("power-off", "win1")
        fleet.endpoints.settle()
        client = client_of(fleet, "win1")


def test_a_cut_at_a_request_hits_that_request() -> None:
    with Fleet(fleet_spec(winrm={"transport": "basic"})) as fleet:
        client = client_of(fleet, "win1")
        fleet.faults.inject("winrm-cut", "win1", "2")
        assert name_of(client) == "WIN1"
        with pytest.raises(requests.ConnectionError):
            name_of(client)


def test_chap_is_demanded_and_its_secret_is_never_told() -> None:
    chap = {"secret": SECRET, "name": "win1"}
    with Fleet(fleet_spec(chap=chap)) as fleet:
        client = client_of(fleet, "win1")
        target = target_behind(fleet, "10.10.1.21")
        client.run("sc start MSiSCSI")
        client.run(f"iscsicli QAddTargetPortal 10.10.1.21 win1 {SECRET}")
        client.run(f"iscsicli QLoginTarget {target}")
        assert not sessions(fleet)
        client.run(f"iscsicli QLoginTarget {target} win1 {SECRET}")
        assert [each.alive for each in sessions(fleet)] == [True]
        told = [event for event in fleet.events() if event["kind"] != "command" and event["source"] != "win1"]
        assert told
        assert SECRET not in json.dumps(told)
        assert SECRET not in json.dumps(fleet.state())


def test_a_taken_port_is_said_and_nothing_stays_behind() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        before = threading.active_count()
        fleet = Fleet(fleet_spec("tcp", winrm={"address": "127.0.0.1", "port": port}))
        with pytest.raises(OSError, match="in use"):
            fleet.start()
        assert threading.active_count() <= before


def test_stopping_twice_does_no_harm() -> None:
    fleet = Fleet(fleet_spec())
    fleet.start()
    fleet.stop()
    fleet.stop()
