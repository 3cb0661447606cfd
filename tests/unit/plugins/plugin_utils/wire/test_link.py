# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WMI over a real HTTP connection: what is asked, what is made of the answers, and that no shell is opened for it."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any

import pytest
from ansible.utils.display import Display

from ansible_collections.eva.mpio.plugins.plugin_utils._wire import libraries
from ansible_collections.eva.mpio.plugins.plugin_utils._wire import link as link_module
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Command, Secret
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import (
    AnswerTooLarge,
    CannotSend,
    MalformedAnswer,
    UnsupportedConnection,
    WireError,
    WsmanFault,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.link import Identity, Link
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.schema import Schema, boolean, integer, string
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.values import Struct
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wire.fake_host import (
    ENVELOPE,
    PASSWORD,
    FakeHost,
    Raw,
    fault,
)

SERVICE = Schema("root/cimv2", "Win32_Service", {"Name": string(), "Started": boolean(), "ProcessId": integer()})
RESULT = Schema("root/cimv2", "StartService", {"ReturnValue": integer()})
CLASS = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Service"


def service(name: str) -> str:
    return (
        f'<p:Win32_Service xmlns:p="{CLASS}" xsi:type="p:Win32_Service_Type"><p:Name>{name}</p:Name></p:Win32_Service>'
    )


def first(items: str, context: str) -> str:
    return (
        f"<n:EnumerateResponse><n:EnumerationContext>{context}</n:EnumerationContext><w:Items>{items}</w:Items>"
        "</n:EnumerateResponse>"
    )


def pulled(items: str, context: str | None = None) -> str:
    more = "<n:EndOfSequence/>" if context is None else f"<n:EnumerationContext>{context}</n:EnumerationContext>"
    return f"<n:PullResponse>{more}<n:Items>{items}</n:Items></n:PullResponse>"


def test_one_item_first_and_the_rest_pulled(host: FakeHost, link: Link) -> None:
    host.answer("Enumerate", first(service("a"), "uuid:1"))
    host.answer("Pull", pulled(service("b") + service("c"), "uuid:2"), pulled(service("d")))
    names = [read.text("Name") for read in link.enumerate(SERVICE, "StartMode = 'Auto' and Name <> 'x'")]
    assert names == ["a", "b", "c", "d"]
    assert host.actions == ["Enumerate", "Pull", "Pull"]
    assert host.connections == 1
    asked, *pulls = host.asked
    assert asked.value("Filter") == "select * from Win32_Service where StartMode = 'Auto' and Name <> 'x'"
    assert asked.value("ResourceURI") == "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/*"
    assert [pull.value("EnumerationContext") for pull in pulls] == ["uuid:1", "uuid:2"]
    assert {pull.value("ResourceURI") for pull in pulls} == {asked.value("ResourceURI")}


def test_nothing_is_sent_before_something_is_asked(host: FakeHost, connect: Any) -> None:
    link = Link(connect(host.port))
    assert link.host == "127.0.0.1"
    link.reset()
    link.close()
    assert host.connections == 0


def test_an_enumeration_without_end_is_ended(host: FakeHost, link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "_MOST_PAGES", 5)
    host.answer("Enumerate", first("", "again"))
    host.answer("Pull", *[pulled("", "again")] * 10)
    with pytest.raises(AnswerTooLarge, match=r"reading Win32_Service: no end after 0 instances"):
        link.enumerate(SERVICE)
    assert len(host.asked) == 5


def test_too_many_instances(host: FakeHost, link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "_MOST_ITEMS", 3)
    host.answer("Enumerate", first(service("a") * 2, "c"))
    host.answer("Pull", *[pulled(service("b") * 2, "c")] * 10)
    with pytest.raises(AnswerTooLarge, match="after 4 instances"):
        link.enumerate(SERVICE)


def test_references(host: FakeHost, link: Link) -> None:
    reference = (
        "<a:EndpointReference><a:ReferenceParameters><w:SelectorSet>"
        '<w:Selector Name="Name">a&amp;b</w:Selector></w:SelectorSet></a:ReferenceParameters></a:EndpointReference>'
    )
    host.answer("Enumerate", first(reference, "c"))
    host.answer("Pull", pulled(reference))
    assert link.enumerate_references(SERVICE) == ({"Name": "a&b"}, {"Name": "a&b"})
    assert host.asked[0].value("EnumerationMode") == "EnumerateEPR"
    assert [asked.value("ResourceURI") for asked in host.asked] == [CLASS, CLASS]


def test_get(host: FakeHost, link: Link) -> None:
    host.answer("Get", service("MSiSCSI"))
    assert link.get(SERVICE, {"Name": 'MS"iSCSI & <more>'}).text("Name") == "MSiSCSI"
    assert host.asked[0].value("Selector") == 'MS"iSCSI & <more>'
    assert host.asked[0].value("ResourceURI") == CLASS


def test_get_of_nothing(host: FakeHost, link: Link) -> None:
    host.answer("Get", "")
    with pytest.raises(MalformedAnswer, match="holds no instance"):
        link.get(SERVICE, {"Name": "x"})


def test_put(host: FakeHost, link: Link) -> None:
    host.answer("Put", service("a"), "")
    assert link.put(SERVICE, {"Name": "a"}, {"Started": True}).text("Name") == "a"
    assert host.asked[0].value("Started") == "true"
    assert link.put(SERVICE, {"Name": "a"}, {"Started": True}).text("Name") is None


def test_invoke(host: FakeHost, link: Link) -> None:
    host.answer(
        "StartService",
        f'<p:StartService_OUTPUT xmlns:p="{CLASS}"><p:ReturnValue>10</p:ReturnValue></p:StartService_OUTPUT>',
    )
    result = link.invoke(SERVICE, "StartService", {"Wait": 5}, RESULT, {"Name": "MSiSCSI"})
    assert result.integer("ReturnValue") == 10
    asked = host.asked[0]
    assert (asked.value("Wait"), asked.value("Selector")) == ("5", "MSiSCSI")
    assert asked.value("Action") == f"{CLASS}/StartService"


def test_invoke_with_an_object(host: FakeHost, link: Link) -> None:
    host.answer(
        "SetLogin", f'<p:SetLogin_OUTPUT xmlns:p="{CLASS}"><p:ReturnValue>0</p:ReturnValue></p:SetLogin_OUTPUT>'
    )
    options = Struct(Schema("root/wmi", "Options", {}), {"Flags": 2, "Keys": [Secret("canary")]})
    assert link.invoke(SERVICE, "SetLogin", {"LoginOptions": options}, RESULT).integer("ReturnValue") == 0
    found = next(element for element in host.asked[0].root.iter() if element.tag == f"{{{CLASS}}}LoginOptions")
    around = f"{{{CLASS.replace('cimv2/Win32_Service', 'wmi/Options')}}}"
    assert [(child.tag, child.text) for child in found] == [(f"{around}Flags", "2"), (f"{around}Keys", "canary")]
    assert link.secrets == {"canary"}


def test_invoke_answered_with_something_else(host: FakeHost, link: Link) -> None:
    host.answer("StartService", service("a"))
    with pytest.raises(MalformedAnswer, match="holds no StartService_OUTPUT"):
        link.invoke(SERVICE, "StartService", {}, RESULT)


def test_identity_is_asked_once(host: FakeHost, link: Link) -> None:
    assert link.identify() == Identity((3, 0), "OS: 6.2.9200 SP: 0.0 Stack: 3.0")
    link.identify()
    assert host.actions == ["Identify"]
    link.reset()
    link.identify()
    assert host.actions == ["Identify", "Identify"]


def test_a_service_that_is_no_winrm(host: FakeHost, link: Link) -> None:
    host.answer("Identify", "<IdentifyResponse><ProductVersion>1.0.8-6</ProductVersion></IdentifyResponse>")
    with pytest.raises(MalformedAnswer, match=r"is no WinRM: it calls itself '1\.0\.8-6'"):
        link.identify()


def test_no_shell_for_wmi(host: FakeHost, link: Link) -> None:
    host.answer("Get", service("a"))
    link.identify()
    link.get(SERVICE, {"Name": "a"})
    link.close()
    assert host.actions == ["Identify", "Get"]
    assert host.connections == 1


def test_a_fault_leaves_the_session_as_it_is(host: FakeHost, link: Link) -> None:
    host.answer("Get", service("a"), fault(2150858752, detail="no such thing"), service("b"))
    link.get(SERVICE, {"Name": "a"})
    with pytest.raises(
        WsmanFault, match=r"127\.0\.0\.1: reading one Win32_Service: the host refused: no such thing"
    ) as caught:
        link.get(SERVICE, {"Name": "b"})
    assert caught.value.instance_missing
    assert link.get(SERVICE, {"Name": "b"}).text("Name") == "b"
    assert host.connections == 1


def test_a_fault_without_its_status_is_a_fault(host: FakeHost, link: Link) -> None:
    host.answer("Get", Raw(200, fault(2150859010).octets))
    with pytest.raises(WsmanFault) as caught:
        link.get(SERVICE, {})
    assert caught.value.provider_missing


def test_a_value_that_does_not_fit_names_host_class_and_property(host: FakeHost, link: Link) -> None:
    host.answer("Get", "<Win32_Service><ProcessId>many</ProcessId></Win32_Service>")
    with pytest.raises(MalformedAnswer, match=r"127\.0\.0\.1: Win32_Service\.ProcessId cannot be read as integer"):
        link.get(SERVICE, {})


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"hello",
        b"<Other/>",
        b"<!DOCTYPE x><Envelope><Body/></Envelope>",
        ENVELOPE.format(relates="uuid:OF-ANOTHER-REQUEST", body="").encode(),
    ],
)
def test_answers_that_are_none(host: FakeHost, link: Link, octets: bytes) -> None:
    host.answer("Get", Raw(200, octets))
    with pytest.raises(MalformedAnswer, match=r"127\.0\.0\.1: reading one Win32_Service"):
        link.get(SERVICE, {})


def test_another_connection_is_refused() -> None:
    with pytest.raises(UnsupportedConnection, match="set ansible_connection: winrm"):
        Link(object())


def test_missing_library_is_said(host: FakeHost, connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "MISSING", "No module named 'winrm'")
    with pytest.raises(UnsupportedConnection, match=r"pywinrm 0\.5\.0 or newer .*No module named 'winrm'"):
        Link(connect(host.port))


WITHOUT_PYWINRM = """
import os, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == sys.argv[1]:
            raise ImportError(f"No module named {name!r}")

sys.meta_path.insert(0, Absent())
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader, init_plugin_loader
init_plugin_loader()
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import UnsupportedConnection
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.link import Link
try:
    Link(connection_loader.get("winrm", PlayContext(), os.devnull))
except UnsupportedConnection as error:
    print(error)
"""


@pytest.mark.parametrize("library", ["winrm", "requests"])
def test_everything_loads_without_the_libraries(library: str) -> None:
    command = [sys.executable, "-c", WITHOUT_PYWINRM, library]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.startswith("The controller lacks a Python library: pywinrm 0.5.0 or newer")
    assert f"No module named '{library}" in said


def test_secrets_are_shown_nowhere(
    host: FakeHost,
    link: Link,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(Display(), "verbosity", 6)
    caplog.set_level(logging.DEBUG)
    argument, typed, value = (Secret(f"0xFEED{word}") for word in ("argument", "typed", "value"))
    host.answer("SetSecret", fault(87, detail=f"cannot take {value.value}"))
    host.answer("Command", fault(1, detail=f"cannot run iscsicli {argument.value}"))
    said = []
    with pytest.raises(WireError) as caught:
        link.invoke(SERVICE, "SetSecret", {"Secret": value}, RESULT)
    said.append(caught.value)
    with pytest.raises(WireError) as caught:
        link.run(Command("iscsicli", (argument,), (("CHAPSecret", typed),)), 10)
    said.append(caught.value)
    with pytest.raises(CannotSend) as refused:
        link.run(Command("iscsicli", (Secret("0xFEED%"),)), 10)
    said.append(refused.value)
    link.close()
    shown = capsys.readouterr()
    everything = shown.out + shown.err + caplog.text + "".join(f"{error} {error!r}" for error in said)
    assert "cannot take ********" in everything
    assert 'iscsicli ******** < "CHAPSecret ********"' in shown.out
    assert "FEED" not in everything
    assert PASSWORD not in everything
    assert argument.value in host.asked[-2].text or any(argument.value in asked.text for asked in host.asked)
    assert link.secrets == {argument.value, typed.value, value.value, "0xFEED%"}
