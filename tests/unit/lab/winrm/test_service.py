# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service as a whole: Identify, encodings, the events that every request leaves."""

from __future__ import annotations

from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.winrm.server import WinRmServer
from ansible_collections.eva.mpio.tests.unit.lab.winrm import fake
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import NAMES, WMI, Client

SERVICE = WMI + "root/cimv2/Win32_Service"
GET = NAMES["x"] + "/Get"
NAME = {"Name": "MSiSCSI"}


def test_identify_tells_the_release_only_after_sign_in(client: Client) -> None:
    body = '<i:Identify xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"/>'
    document = f'<s:Envelope xmlns:s="{NAMES["s"]}"><s:Header/><s:Body>{body}</s:Body></s:Envelope>'
    known = client.post(document)
    assert known.status_code == 200
    assert "OS: 6.2.9200 SP: 0.0 Stack: 3.0<" in known.text
    assert "secprofile/http/basic" in known.text
    client.session.auth = None
    unknown = client.post(document, WSMANIDENTIFY="unauthenticated")
    assert "OS: 0.0.0 SP: 0.0 Stack: 3.0<" in unknown.text
    assert "secprofile" not in unknown.text
    assert client.post(document).status_code == 401


def test_utf16_is_answered_in_utf16(client: Client) -> None:
    document = fake.envelope(GET, SERVICE, selectors=NAME).encode("utf-16")
    answer = client.post(document, **{"Content-Type": "application/soap+xml;charset=UTF-16"})
    assert answer.headers["Content-Type"] == "application/soap+xml;charset=UTF-16"
    assert "Win32_Service_Type" in answer.content.decode("utf-16")


def test_each_request_is_an_event_with_its_class(client: Client, server: WinRmServer, events: EventLog) -> None:
    first = client.ask(fake.enumerate_request("select * from win32_service"))
    client.ask(fake.pull_request(client.context_of(first)))
    client.ask(fake.envelope(GET, SERVICE, selectors=NAME))
    client.ask(fake.envelope(SERVICE + "/Change", SERVICE, selectors=NAME))
    client.refused(fake.envelope(GET, SERVICE, selectors={"Name": "no"}))
    facts = [event.facts for event in events.since(source="SRV01", kind="request")]
    assert [(one["number"], one["action"], one["resource"], one["status"]) for one in facts] == [
        (1, "Enumerate", "win32_service", 200),
        (2, "Pull", "win32_service", 200),
        (3, "Get", "Win32_Service", 200),
        (4, "Change", "Win32_Service", 200),
        (5, "Get", "Win32_Service", 500),
    ]
    assert all(one["scheme"] == "Basic" and one["bytes_in"] > 500 and one["bytes_out"] > 500 for one in facts)
    assert server.faults.requests == 5


def test_no_secret_enters_the_events(client: Client, events: EventLog) -> None:
    body = f'<p:Change_INPUT xmlns:p="{SERVICE}"><p:SharedSecret>canary-secret</p:SharedSecret></p:Change_INPUT>'
    client.ask(fake.envelope(SERVICE + "/Change", SERVICE, body, selectors=NAME))
    client.ask(fake.enumerate_request("select * from Win32_Service where Name = 'canary-secret'"))
    assert len(list(events)) == 2
    assert "canary" not in repr(list(events))
    assert fake.PASSWORD not in repr(list(events))
