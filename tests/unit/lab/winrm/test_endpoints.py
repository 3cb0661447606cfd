# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints that come and go with their servers, and faults injected into them."""

from __future__ import annotations

import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests

from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.winrm import profile
from ansible_collections.eva.mpio.tests.lab.winrm.faults import (
    AccessDenied,
    ClassMissing,
    CutAfter,
    CutBefore,
    Delay,
    Effect,
    EndlessBody,
    HttpAnswer,
)
from ansible_collections.eva.mpio.tests.lab.winrm.server import Endpoints, WinRmServer
from ansible_collections.eva.mpio.tests.unit.lab.winrm import fake
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import NAMES, WMI, Client, Windows, until

SERVICE = WMI + "root/cimv2/Win32_Service"
START = fake.envelope(SERVICE + "/StartService", SERVICE, selectors={"Name": "MSiSCSI"})
GET = fake.envelope(NAMES["x"] + "/Get", SERVICE, selectors={"Name": "MSiSCSI"})


def refuses(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname, parts.port)) != 0


def test_server_that_is_down_refuses_and_comes_back_on_the_same_port(
    endpoints: Endpoints, server: WinRmServer, windows: Windows, client: Client
) -> None:
    client.ask(GET)
    for _unused in range(3):
        windows.up = False
        endpoints.settle()
        assert refuses(server.http_url)
        with pytest.raises(requests.ConnectionError):
            client.post(GET)
        windows.up = True
        endpoints.settle()
        client.ask(GET)


def test_going_down_is_noticed_without_being_told(server: WinRmServer, windows: Windows, client: Client) -> None:
    client.ask(GET)
    windows.up = False
    until(lambda: refuses(server.http_url))
    windows.up = True
    until(lambda: not refuses(server.http_url))


def test_server_that_is_down_answers_nothing_not_even_before_it_is_noticed(
    server: WinRmServer, windows: Windows, client: Client
) -> None:
    client.ask(GET)
    windows.up = False
    with pytest.raises(requests.ConnectionError):
        client.post(START)
    assert windows.invoked == []


def test_answer_is_lost_when_the_server_goes_down_meanwhile(windows: Windows, client: Client) -> None:
    """A method that restarts the machine: it acts, but its answer never comes."""
    original = windows.wmi_class

    def goes_down(namespace: str, class_name: str) -> object:
        windows.up = False
        return original(namespace, class_name)

    windows.wmi_class = goes_down  # type: ignore[method-assign,assignment]
    with pytest.raises(requests.ConnectionError):
        client.post(START)
    assert len(windows.invoked) == 1


def test_restart_loses_shells_and_enumerations(
    endpoints: Endpoints, server: WinRmServer, windows: Windows, client: Client
) -> None:
    client.ask(fake.envelope(NAMES["x"] + "/Create", fake.SHELL, "<rsp:Shell/>"))
    context = client.context_of(client.ask(fake.enumerate_request("select * from Win32_Service")))
    windows.up = False
    endpoints.settle()
    windows.up = True
    endpoints.settle()
    assert server.service.shells.open_count == 0
    assert fake.fault_code(client.refused(fake.pull_request(context))) == 2150858779


def test_restart_too_quick_to_be_seen_loses_them_too(
    endpoints: Endpoints, server: WinRmServer, client: Client, events: EventLog
) -> None:
    client.ask(fake.envelope(NAMES["x"] + "/Create", fake.SHELL, "<rsp:Shell/>"))
    events.add("SRV01", "boot")
    endpoints.settle()
    assert server.service.shells.open_count == 0
    client.ask(GET)


def test_boot_event_after_a_restart_that_was_seen_cuts_nothing(
    endpoints: Endpoints, server: WinRmServer, windows: Windows, client: Client, events: EventLog
) -> None:
    windows.up = False
    endpoints.settle()
    windows.up = True
    endpoints.settle()
    client.ask(fake.envelope(NAMES["x"] + "/Create", fake.SHELL, "<rsp:Shell/>"))
    events.add("SRV01", "boot")
    endpoints.settle()
    assert server.service.shells.open_count == 1


def test_waiting_client_is_let_go_when_the_server_goes_down(
    endpoints: Endpoints, windows: Windows, client: Client
) -> None:
    created = client.ask(fake.envelope(NAMES["x"] + "/Create", fake.SHELL, "<rsp:Shell/>"))
    chosen = {"ShellId": created.findtext(".//w:Selector[@Name='ShellId']", "", NAMES)}
    line = "<rsp:CommandLine><rsp:Command>wait</rsp:Command></rsp:CommandLine>"
    started = client.ask(fake.envelope(NAMES["rsp"] + "/Command", fake.SHELL, line, selectors=chosen))
    command_id = started.findtext(".//rsp:CommandId", "", NAMES)
    body = f'<rsp:Receive><rsp:DesiredStream CommandId="{command_id}">stdout</rsp:DesiredStream></rsp:Receive>'
    receive = fake.envelope(NAMES["rsp"] + "/Receive", fake.SHELL, body, selectors=chosen)
    outcome: list[type[BaseException]] = []

    def wait() -> None:
        try:
            client.post(receive)
        except requests.ConnectionError as error:
            outcome.append(type(error))

    waiting = threading.Thread(target=wait)
    waiting.start()
    windows.up = False
    endpoints.settle()
    waiting.join(10)
    windows.release.set()
    assert outcome == [requests.ConnectionError]


def test_two_hundred_servers_in_one_thread(endpoints: Endpoints) -> None:
    before = threading.active_count()
    many = [Windows(f"SRV{number:03}") for number in range(200)]
    servers = [endpoints.open(one, http_port=0, https_port=-1) for one in many]
    assert threading.active_count() <= before, "threads of earlier tests may end meanwhile"
    assert len({server.http_url for server in servers}) == 200
    for server in servers[::20]:
        with Client(server.http_url).session as session:
            session.auth = (fake.USER, fake.PASSWORD)
            assert session.post(server.http_url, data=GET, timeout=10).status_code == 200
    endpoints.shut(servers[7])
    assert refuses(servers[7].http_url)
    assert not refuses(servers[8].http_url)


def test_each_server_may_have_an_address_of_its_own_and_the_same_port(endpoints: Endpoints, events: EventLog) -> None:
    first = endpoints.open(Windows("SRV1"), http_port=0, https_port=-1, address="127.0.0.2")
    port = first.ports[0].number
    second = endpoints.open(Windows("SRV2"), http_port=port, https_port=-1, address="127.0.0.3")
    Client(second.http_url).ask(GET)
    assert {event.source for event in events.since(kind="request")} == {"SRV2"}
    with pytest.raises(OSError, match="in use"):
        endpoints.open(Windows("SRV3"), http_port=port, https_port=-1, address="127.0.0.3")
    with pytest.raises(LookupError, match="SRV1 has no HTTPS endpoint"):
        _unused = first.https_url


@pytest.mark.parametrize(("effect", "acted"), [(CutBefore(), 0), (CutAfter(), 1)])
def test_cut_at_a_request(
    server: WinRmServer, windows: Windows, client: Client, events: EventLog, effect: Effect, acted: int
) -> None:
    client.ask(GET)
    server.faults.at(2, effect)
    client.ask(GET)
    with pytest.raises(requests.ConnectionError):
        client.post(START)
    assert len(windows.invoked) == acted
    client.ask(GET)
    cut = [event.facts for event in events.since(kind="request") if event.facts["status"] == 0]
    assert [(one["number"], one["action"], one["bytes_out"]) for one in cut] == [(3, "StartService", 0)]


@pytest.mark.parametrize("effect", [CutBefore(), CutAfter()])
def test_cut_hits_sign_in_requests_too(server: WinRmServer, effect: Effect) -> None:
    anonymous = Client(server.http_url)
    anonymous.session.auth = None
    server.faults.at(1, effect)
    with pytest.raises(requests.ConnectionError):
        anonymous.post(GET)
    assert anonymous.post(GET).status_code == 401


def test_http_garbage_instead_of_a_challenge(server: WinRmServer, events: EventLog) -> None:
    anonymous = Client(server.http_url)
    anonymous.session.auth = None
    server.faults.at(1, HttpAnswer(503))
    assert [anonymous.post(GET).status_code for _unused in range(2)] == [503, 401]
    assert [event.facts["status"] for event in events.since(kind="request")] == [503, 401]


@pytest.mark.parametrize("effect", [HttpAnswer(), HttpAnswer(500, b"\x00garbage"), HttpAnswer(200, b"")])
def test_http_garbage(server: WinRmServer, windows: Windows, client: Client, effect: HttpAnswer) -> None:
    server.faults.on(effect, action="StartService", times=2)
    for _unused in range(2):
        answer = client.post(START)
        assert (answer.status_code, answer.content) == (effect.status, effect.body)
    assert windows.invoked == []
    client.ask(START)


def test_faults_for_one_class(server: WinRmServer, client: Client) -> None:
    server.faults.on(AccessDenied, resource="win32_service")
    server.faults.on(ClassMissing, resource="Big")
    denied = client.refused(fake.enumerate_request("select * from Win32_Service"))
    assert (fake.fault_code(denied), fake.subcode(denied)) == (5, "w:AccessDenied")
    missing = client.refused(fake.enumerate_request(uri=WMI + "root/cimv2/Big"))
    assert (fake.fault_code(missing), fake.subcode(missing)) == (2150858778, "n:CannotProcessFilter")
    assert missing.find(".//f:ProviderFault", NAMES) is not None
    client.ask(fake.enumerate_request("select * from Win32_BaseService"))
    server.faults.clear()
    client.ask(GET)


def test_delay(server: WinRmServer, client: Client) -> None:
    server.faults.on(Delay(0.3), action="Get", times=1)
    started = time.monotonic()
    client.ask(GET)
    assert time.monotonic() - started >= 0.3


def test_endless_body_ends_when_the_client_hangs_up(server: WinRmServer, client: Client) -> None:
    server.faults.on(EndlessBody(), action="Get", times=1)
    with client.session.post(client.url, data=GET.encode(), stream=True, timeout=5) as answer:
        received = 0
        for part in answer.iter_content(65536):
            received += len(part)
            if received > 500_000:
                break
    client.session.close()
    until(lambda: server.connection_count == 0)
    client.ask(GET)


def test_refusing_service(endpoints: Endpoints, server: WinRmServer, client: Client) -> None:
    client.ask(GET)
    server.faults.refusing = True
    endpoints.settle()
    assert refuses(server.http_url)
    server.faults.clear()
    endpoints.settle()
    client.ask(GET)


def test_profiles_differ_where_the_specification_says_so() -> None:
    assert {one.http_port for one in profile.PROFILES.values()} == {80, 5985}
    assert [one.stack for one in profile.PROFILES.values()] == ["1.1", "1.1", *["2.0"] * 3, *["3.0"] * 3]
