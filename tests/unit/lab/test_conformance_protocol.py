# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The messages that [MS-WSMV] 4 publishes: its requests, sent word for word, are answered as it says.

The published examples are idealised. What they show and no recorded Windows does is left out, by name: mustUnderstand
in the headers of answers, the ``cim:Location`` in instances, the missing xsi:type, SequenceId and an exit code of a
command that runs.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping

import pytest
from spnego import WinRMWrapResult

from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.winrm import profile
from ansible_collections.eva.mpio.tests.lab.winrm.interface import WmiClass, WmiObject
from ansible_collections.eva.mpio.tests.lab.winrm.profile import Profile
from ansible_collections.eva.mpio.tests.lab.winrm.sealing import Seal
from ansible_collections.eva.mpio.tests.lab.winrm.server import Endpoints
from ansible_collections.eva.mpio.tests.unit.lab.test_conformance import recording, with_captures
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import NAMES, WMI, WQL, Client, Windows
from ansible_collections.eva.mpio.tests.unit.lab.winrm.test_conformance import form, instances_in, serve_instances

pytestmark = with_captures

IDEALISED = (f"{{{NAMES['s']}}}mustUnderstand", f"{{{NAMES['xsi']}}}type", "Location")
SHELL_IDS = (
    "uuid:0A442A7F-4627-43AE-8751-900B509F0A1F",
    "uuid:BEF9B5F1-BC59-46C9-A48F-BF55973B9D7B",
    "uuid:1C5CCAB0-F418-44D8-9C43-E42AA1D5150C",
)
COMMAND_IDS = ("77df7bb6-b5a0-4777-abd9-9823c0774074", "3cb05d74-af20-4ff1-b318-2c6cc0f99045")
DRAFT = {
    "http://schemas.xmlsoap.org/ws/2005/06/management": NAMES["w"],
    "http://schemas.microsoft.com/wsman/2005/06/wmi/": WMI,
}
"""Namespaces of the draft standard, in which one published pair is written; no released WinRM speaks them."""


class Host(Windows):
    """A server with the class of the published messages."""

    def __init__(self) -> None:
        super().__init__()
        self.messages = ["Test Message", '"Hello again"']
        self.add(WmiClass("myclass", ("id",), ("Data1", "id"), self._instances, put=self._replace))

    def _instances(self) -> list[WmiObject]:
        return [WmiObject("myclass", {"Data1": text, "id": key}) for key, text in enumerate(self.messages, 1)]

    def _replace(self, selectors: Mapping[str, str], values: Mapping[str, object]) -> WmiObject:
        self.messages[int(selectors["id"]) - 1] = str(values["Data1"])
        return self._instances()[int(selectors["id"]) - 1]

    def wmi_class(self, namespace: str, class_name: str) -> WmiClass:
        return super().wmi_class("root/wmi" if namespace == "root/mynamespace" else namespace, class_name)


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture(params=[profile.WINRM_1_1, profile.WINRM_2_0, profile.WINRM_3_0], ids=lambda stack: stack.stack)
def stack(request: pytest.FixtureRequest) -> Profile:
    found: Profile = request.param
    return found


@pytest.fixture
def client(host: Host, stack: Profile) -> Iterator[Client]:
    with Endpoints(EventLog()) as endpoints:
        yield Client(endpoints.open(host, stack, http_port=0, https_port=-1).http_url)


def published(name: str, **replaced: str) -> str:
    """Return a message with our own ids in the place of the published ones."""
    text = recording(name)
    for old in SHELL_IDS:
        text = text.replace(old, replaced.get("shell", old))
    for old in COMMAND_IDS:
        text = text.replace(old, replaced.get("command", old))
    return text


def released(text: str) -> str:
    for draft, final in DRAFT.items():
        text = text.replace(draft, final)
    return text


def compare(ours: ET.Element, theirs: str, *ignored: str) -> None:
    assert form(ours, (*IDEALISED, *ignored)) == form(ET.fromstring(theirs), (*IDEALISED, *ignored))


def test_put_then_get(client: Client, host: Host) -> None:
    host.messages = ["Hello World", "unchanged"]
    compare(client.ask(published("wsman/30a-mswsmv-get-request.xml")), published("wsman/30b-mswsmv-get-response.xml"))
    compare(client.ask(published("wsman/35a-mswsmv-put-request.xml")), published("wsman/35b-mswsmv-put-response.xml"))
    assert host.messages == ["Test Message", "unchanged"]


def test_enumerate_and_pull_one_by_one(client: Client) -> None:
    begun = client.ask(published("wsman/31-mswsmv-enumerate-request.xml"))
    compare(begun, published("wsman/32-mswsmv-enumerate-response.xml"), "EnumerationContext")
    context = client.context_of(begun)
    request = released(recording("wsman-iscsi/enumerate-2-request.xml"))
    request = request.replace("uuid:22EB9809-5543-4020-A75C-FD95FF06217B", context)
    first = client.ask(request)
    for name in ("wsman/33-mswsmv-pull-response.xml", "wsman-iscsi/enumerate-2-response.xml"):
        compare(first, released(recording(name)), "EnumerationContext")
    last = client.ask(request.replace(context, client.context_of(first)))
    compare(last, published("wsman/34-mswsmv-pull-response-endofsequence.xml"))


def test_invoke(client: Client, host: Host) -> None:
    answer = client.ask(published("wsman/36a-mswsmv-invoke-request.xml"))
    compare(answer, published("wsman/36b-mswsmv-invoke-response.xml"))
    assert host.invoked == [("Create", {}, {"CommandLine": "notepad.exe", "CurrentDirectory": "C:\\"})]


def test_a_shell_from_its_creation_to_its_end(client: Client, host: Host, stack: Profile) -> None:
    created = client.ask(published("wsman/37a-mswsmv-create-shell-request.xml"))
    expected = published("wsman/37b-mswsmv-create-shell-response.xml")
    if stack is profile.WINRM_1_1:
        compare(created, expected)
    else:
        # From 2.0 on the reference names the address that was asked and the shell describes itself; as recorded.
        assert created.find(".//{*}ReferenceParameters//{*}Selector[@Name='ShellId']") is not None
    shell = created.findtext(".//w:Selector[@Name='ShellId']", "", NAMES)
    line = published("wsman/38a-mswsmv-command-request.xml", shell=shell).replace("del<", "wait<")
    line = re.sub(r"<rsp:Arguments>.*</rsp:Arguments>", "", line, flags=re.DOTALL)
    started = client.ask(line)
    compare(started, published("wsman/38b-mswsmv-command-response.xml"))
    ids = {"shell": shell, "command": started.findtext(".//rsp:CommandId", "", NAMES)}
    sent = client.ask(published("wsman/40a-mswsmv-send-request.xml", **ids))
    compare(sent, published("wsman/40b-mswsmv-send-response.xml"))
    host.release.set()
    received = client.ask(published("wsman/39a-mswsmv-receive-request.xml", **ids))
    compare_output(received, published("wsman/39b-mswsmv-receive-response.xml", **ids))
    stopped = client.ask(published("wsman/41a-mswsmv-signal-request.xml", **ids))
    compare(stopped, published("wsman/41b-mswsmv-signal-response.xml"))
    deleted = client.ask(published("wsman/42a-mswsmv-delete-shell-request.xml", **ids))
    compare(deleted, published("wsman/42b-mswsmv-delete-shell-response.xml"))


def compare_output(ours: ET.Element, theirs: str) -> None:
    """Compare the first piece of output and the form of the state; the published command still runs."""
    ours_first, theirs_first = (tree.find(".//rsp:Stream", NAMES) for tree in (ours, ET.fromstring(theirs)))
    assert ours_first is not None
    assert theirs_first is not None
    assert ours_first.attrib == theirs_first.attrib
    ours_state, theirs_state = (tree.find(".//rsp:CommandState", NAMES) for tree in (ours, ET.fromstring(theirs)))
    assert ours_state is not None
    assert theirs_state is not None
    assert ours_state.get("CommandId") == theirs_state.get("CommandId")
    assert ours_state.get("State", "").rpartition("/")[0] == theirs_state.get("State", "").rpartition("/")[0]
    assert [child.tag for child in ours_state] == [child.tag for child in theirs_state]


def tags(element: ET.Element) -> list[str]:
    return [child.tag for child in element.iter()]


def test_a_class_that_is_not_there(client: Client) -> None:
    """The published fault has the facility's number alone, and names no provider: its elements are what counts."""
    ours = client.refused(published("wsman/44a-mswsmv-request.xml"))
    theirs = ET.fromstring(published("wsman/44b-mswsmv-fault.xml"))
    assert tags(ours) == tags(theirs)
    for path in (".//s:Code/s:Value", ".//s:Subcode/s:Value", ".//s:Text"):
        texts = [" ".join(tree.findtext(path, "", NAMES).split()) for tree in (ours, theirs)]
        assert texts[0] == texts[1]
    faults = [fault for tree in (ours, theirs) for fault in tree.iterfind(".//f:WSManFault", NAMES)]
    assert {int(fault.get("Code", "")) & 0xFFFF for fault in faults} == {32768}


def test_requests_of_a_client_in_production(host: Host) -> None:
    """The templates of zenoss/txwinrm, filled in, bring what the recorded servers brought: page by page."""
    recorded = instances_in(recording("wsman/05-enumerate-response-2008-nac-first-page.xml"))
    recorded += instances_in(recording("wsman/06-pull-response-2008-nac.xml"))
    class_name = serve_instances(host, recorded)
    values = {"resource_uri": f"{WMI}root/cimv2/*", "envelope_size": "512000", "wql": f"select * from {class_name}"}
    with Endpoints(EventLog()) as endpoints:
        client = Client(endpoints.open(host, profile.WINRM_2_0, http_port=0, https_port=-1).http_url)
        template = recording("wsman/01-enumerate-request-txwinrm-template.xml")
        assert WQL in template
        page = client.ask(filled(template, values))
        assert len(page.findall(".//w:Items/*", NAMES)) == 1
        template = recording("wsman/02-pull-request-txwinrm-template.xml")
        rest = client.ask(filled(template, {**values, "enumeration_context": client.context_of(page)}))
    assert len(rest.findall(".//n:Items/*", NAMES)) == len(recorded) - 1
    assert rest.find(".//n:EndOfSequence", NAMES) is not None


class Plain:
    """A security context that seals nothing: the frame around the sealed bytes is what counts."""

    def wrap_winrm(self, message: bytes) -> WinRMWrapResult:
        return WinRMWrapResult(header=b"....", data=message, padding_length=0)


def frame(content_type: str, body: str) -> list[str]:
    """Return the lines around sealed bytes; the publication puts a blank behind the dashes and breaks lines."""
    lines = [
        content_type.replace(" ", ""),
        *re.findall(r"--\s*Encrypted Boundary|Content-Type: .*|OriginalContent: .*", body),
    ]
    return [re.sub(r"Length=\d+", "Length=<n>", re.sub(r"^--\s*", "--", line.strip())) for line in lines]


def test_a_sealed_answer_has_the_published_frame() -> None:
    answer = recording("wsman/43-mswsmv-encryption.txt").partition("\nResponse\n")[2]
    heading = re.search(r"Content-Type: (multipart/.*?\".*?\".*?\".*?\")", answer, re.DOTALL)
    assert heading is not None
    seal = Seal(Plain(), "negotiate")  # type: ignore[arg-type]
    content_type, body = seal.close("x".encode("utf-16-le"), "UTF-16")
    published_frame = frame(heading[1].replace("\n", ""), answer[heading.end() :])
    # The publication breaks the line of the last boundary too.
    assert frame(content_type, body.decode())[: len(published_frame)] == published_frame


def filled(template: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", value)
    return template
