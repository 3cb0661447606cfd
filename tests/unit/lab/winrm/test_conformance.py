# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our answers against answers recorded from Windows, where the recordings are at hand.

The environment variable EVA_MPIO_CAPTURES names a folder with ``wsman`` and ``wsman-iscsi`` in it; the recordings
belong to others and are not part of the collection. What they show is put into the simulated server, asked for in the
same way, and must come back the same.
"""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest

from ansible_collections.eva.mpio.tests.lab.winrm import profile
from ansible_collections.eva.mpio.tests.lab.winrm.interface import (
    ProcessResult,
    WmiClass,
    WmiFailure,
    WmiObject,
    WmiValue,
)
from ansible_collections.eva.mpio.tests.lab.winrm.profile import Profile
from ansible_collections.eva.mpio.tests.lab.winrm.server import Endpoints
from ansible_collections.eva.mpio.tests.unit.lab.winrm import fake
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import NAMES, WMI, Client, Windows

CAPTURES = Path(os.environ.get("EVA_MPIO_CAPTURES", "/nonexistent"))
XSI = f"{{{NAMES['xsi']}}}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
GET, PUT, CREATE = (f"{NAMES['x']}/{verb}" for verb in ("Get", "Put", "Create"))

pytestmark = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason="no recordings of Windows at hand: EVA_MPIO_CAPTURES names no folder"
)

Served = Callable[[Profile], Client]


@pytest.fixture
def served(endpoints: Endpoints, windows: Windows) -> Served:
    return lambda stack: Client(endpoints.open(windows, stack, http_port=0, https_port=-1).http_url)


def recording(name: str) -> str:
    """Return the text of a recording without the comment in front."""
    return re.sub(r"\A\s*<!--.*?-->\s*", "", (CAPTURES / name).read_text(encoding="utf-8"), flags=re.DOTALL).strip()


def masked(text: str) -> str:
    """Hide what is new in each answer."""
    return re.sub(r"(?i)uuid:[-0-9a-f{}/ x.()']+", "uuid:*", text)


def form(element: ET.Element, ignored: tuple[str, ...] = ()) -> Any:
    """Return names, attributes, texts and order of a tree; volatile texts masked, broken lines joined."""
    volatile = element.tag.endswith(("MessageID", "RelatesTo", "ShellId", "CommandId"))
    text = "*" if volatile else " ".join((element.text or "").split())
    attributes = {
        name: value.rpartition(":")[2] if name == XSI + "type" else value
        for name, value in element.attrib.items()
        if name not in ("CommandId", *ignored)
    }
    if element.get("Name") == "ShellId" or element.tag.endswith("}Stream"):
        text = "*"
    children = [form(child, ignored) for child in element if child.tag.rpartition("}")[2] not in ignored]
    return element.tag, attributes, text.replace("wsa:", "a:"), children


def read_back(element: ET.Element) -> tuple[str, dict[str, WmiValue]]:
    """Read a recorded instance: its class, its properties with the types that the text suggests."""
    found: dict[str, list[WmiValue]] = {}
    for child in element:
        found.setdefault(child.tag.rpartition("}")[2], []).append(value_of(child))
    properties = {name: values if len(values) > 1 else values[0] for name, values in found.items()}
    return element.tag.rpartition("}")[2], properties


def value_of(element: ET.Element) -> WmiValue:
    text = element.text or ""
    if element.get(XSI + "nil") == "true":
        return None
    if len(element):
        return datetime.fromisoformat((element[0].text or "").replace("Z", "+00:00"))
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"0|[1-9]\d*", text) else text


def serve_instances(windows: Windows, recorded: list[ET.Element]) -> str:
    """Put recorded instances into the server, properties in disorder; return the class."""
    instances = []
    for element in recorded:
        class_name, properties = read_back(element)
        shuffled = dict(sorted(properties.items(), key=lambda item: item[0][::-1]))
        instances.append(WmiObject(class_name, shuffled))
    names = tuple(dict.fromkeys(name for one in instances for name in one.properties))
    # What is neither there nor nil is an array without elements.
    empty: dict[str, WmiValue] = {name: [] for name in names}
    instances = [WmiObject(one.class_name, {**empty, **one.properties}) for one in instances]
    windows.add(WmiClass(instances[0].class_name, (names[0],), names, lambda: instances))
    return instances[0].class_name


def instances_in(text: str) -> list[ET.Element]:
    answer = ET.fromstring(text)
    return [one for prefix in "wn" for items in answer.iterfind(f".//{prefix}:Items", NAMES) for one in items]


@pytest.mark.parametrize(
    ("name", "stack"),
    [("wsman/03-enumerate-response-2003r2-os.xml", profile.WINRM_2_0_ON_2003)],
)
def test_whole_enumeration_byte_for_byte(served: Served, windows: Windows, name: str, stack: Profile) -> None:
    recorded = recording(name)
    class_name = serve_instances(windows, instances_in(recorded))
    answer = served(stack).post(fake.enumerate_request(f"select * from {class_name}"))
    assert masked(answer.text) == masked(recorded)


def test_first_page_and_pull_byte_for_byte(served: Served, windows: Windows) -> None:
    first = recording("wsman/05-enumerate-response-2008-nac-first-page.xml")
    second = recording("wsman/06-pull-response-2008-nac.xml")
    class_name = serve_instances(windows, instances_in(first) + instances_in(second))
    client = served(profile.WINRM_2_0)
    page = client.post(fake.enumerate_request(f"select * from {class_name}"))
    assert masked(page.text) == masked(first)
    rest = client.post(fake.pull_request(client.context_of(ET.fromstring(page.content))))
    assert masked(rest.text) == masked(second)


@pytest.mark.parametrize("name", ["wmi-iscsiHBAInformation.xml", "wmi-iscsiInitiators.xml"])
def test_instances_of_the_initiator(served: Served, windows: Windows, name: str) -> None:
    (recorded,) = instances_in(recording(f"wsman-iscsi/{name}"))
    class_name = serve_instances(windows, [recorded])
    answer = served(profile.WINRM_2_0).post(fake.enumerate_request(uri=f"{WMI}root/wmi/{class_name}"))
    assert form(instances_in(answer.text)[0]) == form(recorded)


def failing(windows: Windows, class_name: str, code: int, message: str, extended: str | None) -> None:
    """Add a class whose provider refuses whatever is asked."""

    def refuse(*_: object) -> NoReturn:
        raise WmiFailure(code, message, extended)

    key = WmiObject(class_name, {"InstanceName": r"PCI\VEN_1077&DEV_2432&SUBSYS_01381077&REV_03\4&1e4a912c&0&0120_0"})
    methods = {"GetFcpTargetMapping": refuse}
    windows.add(WmiClass(class_name + "Q", ("InstanceName",), ("InstanceName",), refuse))
    windows.add(WmiClass(class_name, ("InstanceName",), ("InstanceName",), lambda: [key], methods=methods))


def as_addressed(document: str, host: str) -> str:
    return document.replace("host-as-addressed", host)


def compare_fault(client: Client, document: str, name: str, *ignored: str) -> None:
    recorded = ET.fromstring(recording(name))
    ours = ET.fromstring(client.post(document).content)
    assert form(ours, ignored) == form(recorded, ignored)


def test_operations_quota_of_2_0(served: Served) -> None:
    client = served(profile.WINRM_2_0)
    request = fake.enumerate_request("select * from Win32_Service").replace(' xml:lang="en-US"', ' xml:lang=""')
    for _unused in range(15):
        client.ask(request)
    compare_fault(client, as_addressed(request, "103040106"), "wsman/10-fault-max-operations-winrm20.xml")


def test_shells_quota_of_3_0(served: Served) -> None:
    client = served(profile.WINRM_3_0)
    request = fake.envelope(CREATE, fake.SHELL, "<rsp:Shell/>")
    for _unused in range(30):
        client.ask(request)
    # The recording has lost its RelatesTo.
    compare_fault(client, request, "wsman/11-fault-max-shells-msft-wmierror.xml", "RelatesTo")


def test_missing_class_of_1_1(served: Served) -> None:
    # The language of the inner fault is the only thing that we leave out.
    request = fake.enumerate_request("select * from Nope")
    compare_fault(served(profile.WINRM_1_1), request, "wsman/12-fault-bad-class-winrm1x.xml", XML_LANG)


def test_missing_class_of_2_0(served: Served, windows: Windows) -> None:
    windows.name = "vagrant-2008R2"
    request = as_addressed(fake.enumerate_request('Select * from Win32_Processa where name="sshd.exe"'), "localhost")
    compare_fault(served(profile.WINRM_2_0), request, "wsman/13-fault-bad-class-winrm20-extendedstatus.xml")


def test_class_without_driver(served: Served, windows: Windows) -> None:
    windows.name = "DCMRRXP16N24.dcmanager.lab"
    query = "select * from MSFC_FCAdapterHBAAttributes"
    request = fake.enumerate_request(query, uri=WMI + "root/wmi/*")
    ours = ET.fromstring(served(profile.WINRM_2_0).post(as_addressed(request, "servername")).content)
    recorded = ET.fromstring(recording("wsman/20-fault-root-wmi-wdm-provider-error.xml"))
    detail = ours.find(".//s:Detail/f:WSManFault", NAMES)
    assert detail is not None
    assert form(detail) == form(recorded)


def test_initiator_class_without_driver(served: Served, windows: Windows) -> None:
    recorded = ET.fromstring(recording("wsman-iscsi/xml-error.xml"))
    sentence = " ".join(recorded.findtext(".//s:Text", "", NAMES).split()) + " "
    failing(windows, "MSiSCSI_", 2150859010, sentence, "WDM specific return code: 4200")
    windows.add(WmiClass("MSiSCSI_HBAInformation", (), (), windows.wmi_class("root/wmi", "MSiSCSI_Q").instances))
    request = fake.enumerate_request(uri=WMI + "root/wmi/MSiSCSI_HBAInformation")
    compare_fault(served(profile.WINRM_2_0), request, "wsman-iscsi/xml-error.xml", "Machine")


def test_instance_not_found(served: Served, windows: Windows) -> None:
    windows.name = "WIN-PHTGQ0P3OAO"
    request = fake.envelope(GET, WMI + "root/cimv2/Win32_Service", selectors={"Name": "?"}, locale="")
    ours = ET.fromstring(served(profile.WINRM_2_0).post(as_addressed(request, "172.23.1.106")).content)
    recorded = ET.fromstring(recording("wsman/21-fault-get-not-found-2150858752.xml"))
    expected, got = (tree.find(".//s:Fault", NAMES) for tree in (recorded, ours))
    assert expected is not None
    assert got is not None
    assert form(got) == form(expected)


def test_stale_context(served: Served) -> None:
    request = as_addressed(fake.pull_request("uuid:gone"), "iwave-lab1-windows-dev1.iwave.local")
    compare_fault(served(profile.WINRM_2_0), request, "wsman-iscsi/wmi-pullError.xml")


@pytest.mark.parametrize(
    ("name", "code", "message", "extended", "element", "selected"),
    [
        ("faults-soapFault.xml", 0, "", None, "GetFcpTargetMapping_IN", True),
        (
            "faults-soapFault2.xml",
            2150859038,
            "The WS-Management service cannot process the request. "
            "The WMI provider returned an 'invalid parameter' error. ",
            "WDM specific return code: 0",
            "GetFcpTargetMapping_INPUT",
            True,
        ),
        ("faults-soapFault3.xml", 1359, "HRESULT = 0x8004102F", None, "GetFcpTargetMapping_INPUT", False),
    ],
)
def test_refused_method(
    served: Served,
    windows: Windows,
    name: str,
    code: int,
    message: str,
    extended: str | None,
    element: str,
    selected: bool,
) -> None:
    class_name = "MSFC_HBAFCPInfo"
    windows.name = "iw-win2008-01p.iwave.local"
    failing(windows, class_name, code, message, extended)
    uri = WMI + "root/wmi/" + class_name
    (key,) = windows.wmi_class("root/wmi", class_name).instances()
    selectors = {"InstanceName": str(key.properties["InstanceName"])} if selected else {}
    body = f'<p:{element} xmlns:p="{uri}"/>'
    request = fake.envelope(uri + "/GetFcpTargetMapping", uri, body, selectors=selectors)
    compare_fault(served(profile.WINRM_2_0), as_addressed(request, windows.name), f"wsman-iscsi/{name}")


def test_put_without_namespace(served: Served, windows: Windows) -> None:
    windows.name = "iw-win2008-01p.iwave.local"
    uri = WMI + "root/cimv2/Win32_Service"
    request = fake.envelope(PUT, uri, "<Win32_Service/>", selectors={"Name": "WinRM"})
    compare_fault(served(profile.WINRM_2_0), as_addressed(request, windows.name), "wsman-iscsi/faults-soapFault4.xml")


@pytest.mark.parametrize(
    ("name", "stack", "host", "ignored"),
    [
        ("14-shell-create-response-winrm1x.xml", profile.WINRM_1_1, "any", ()),
        ("15-shell-create-response-winrm2.xml", profile.WINRM_2_0, "localhost", ()),
        ("16-shell-create-response-txwinrm.xml", profile.WINRM_3_0, "gilroy", ("ClientIP",)),
    ],
)
def test_new_shell(
    served: Served, windows: Windows, name: str, stack: Profile, host: str, ignored: tuple[str, ...]
) -> None:
    windows.name = "AMAZONA-Q2R281F"
    request = as_addressed(fake.envelope(CREATE, fake.SHELL, "<rsp:Shell/>"), host)
    ours = ET.fromstring(served(stack).post(request).content)
    assert form(ours, ignored) == form(ET.fromstring(recording(f"wsman/{name}")), ignored)


def test_command_and_its_output(served: Served, windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pieces while running, the rest at the end: as the recording of typeperf, piece by piece."""
    running, done = (
        ET.fromstring(recording(f"wsman/{name}"))
        for name in ("18-shell-receive-running-txwinrm.xml", "19-shell-receive-done-txwinrm.xml")
    )
    monkeypatch.setattr(windows, "run", lambda *_: ProcessResult(b"x" * 4096 * 4 + b"y", b"", 0))
    client = served(profile.WINRM_3_0)
    created = client.ask(fake.envelope(CREATE, fake.SHELL, "<rsp:Shell/>"))
    chosen = {"ShellId": created.findtext(".//w:Selector[@Name='ShellId']", "", NAMES)}
    line = "<rsp:CommandLine><rsp:Command>typeperf</rsp:Command></rsp:CommandLine>"
    started = client.ask(fake.envelope(NAMES["rsp"] + "/Command", fake.SHELL, line, selectors=chosen))
    assert form(started) == form(ET.fromstring(recording("wsman/17-shell-command-response-txwinrm.xml")))
    command_id = started.findtext(".//rsp:CommandId", "", NAMES)
    body = f'<rsp:Receive><rsp:DesiredStream CommandId="{command_id}">stdout stderr</rsp:DesiredStream></rsp:Receive>'
    request = fake.envelope(NAMES["rsp"] + "/Receive", fake.SHELL, body, selectors=chosen, max_envelope=24_000)
    assert form(client.ask(request)) == form(running)
    assert form(client.ask(request)) == form(done)
