# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tiny Windows for the tests of the lab's WinRM service, and envelopes written by hand."""

from __future__ import annotations

import threading
import time
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from xml.sax.saxutils import escape, quoteattr

import requests

from ansible_collections.eva.mpio.tests.lab.winrm.interface import (
    ConsoleInput,
    ProcessResult,
    WmiClass,
    WmiFailure,
    WmiObject,
    WmiValue,
)

USER, PASSWORD = "Administrator", "Pa$$w0rd 'with' blanks"
WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"
NAMES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "n": "http://schemas.xmlsoap.org/ws/2004/09/enumeration",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "rsp": "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
    "f": "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
    "e": "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
SHELL = NAMES["rsp"] + "/cmd"
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"

PORTAL = WmiObject("MSiSCSIInitiator_Portal", {"Port": 3260, "Address": "10.10.1.21"})
GROUP = WmiObject("MSiSCSIInitiator_PortalGroup", {"Index": 1, "Portals": [PORTAL]})


class Windows:
    """A server with a few classes and programs; everything is open to the test."""

    def __init__(self, name: str = "SRV01") -> None:
        self.name = name
        self.language: Callable[[str], str] = str
        self.accounts = {USER: PASSWORD}
        self.up = True
        self.lines: list[str] = []
        self.code_pages: list[int] = []
        self.invoked: list[tuple[str, dict[str, str], dict[str, WmiValue]]] = []
        self.release = threading.Event()
        self.output = b"out"
        self.services = [_service("MSiSCSI", "Stopped"), _service("Spooler", "Running"), _service("WinRM", "Running")]
        self._classes = {one.name.lower(): one for one in self._definitions()}

    def add(self, wmi_class: WmiClass) -> None:
        self._classes[wmi_class.name.lower()] = wmi_class

    def check_password(self, user: str, password: str) -> bool:
        return self.accounts.get(user) == password

    @property
    def passwords(self) -> Mapping[str, str]:
        return self.accounts

    @property
    def running(self) -> bool:
        return self.up

    def operating_system_version(self) -> str:
        return "6.2.9200 SP: 0.0"

    def wmi_class(self, namespace: str, class_name: str) -> WmiClass:
        found = self._classes.get(class_name.lower())
        if found is None or namespace not in ("root/cimv2", "root/wmi"):
            raise WmiFailure(2150858778, "The specified class does not exist in the given namespace. ")
        return found

    def wmi_subclasses(self, namespace: str, class_name: str) -> Sequence[WmiClass]:
        base = self.wmi_class(namespace, class_name)
        return [one for one in self._classes.values() if one is base or one.base == base.name]

    def run(self, command_line: str, stdin: ConsoleInput, code_page: int) -> ProcessResult:
        self.lines.append(command_line)
        self.code_pages.append(code_page)
        if command_line == "wait":
            self.release.wait(30)
            return ProcessResult(b"released", b"", 0)
        if command_line == "stdin":
            return ProcessResult(stdin.read_all(30) or b"nothing", b"", 0)
        if command_line == "broken":
            return ProcessResult(b"partial", b"", None)
        return ProcessResult(self.output, b"err", 0xEFFF0003 - 0x1_0000_0000)

    def terminate(self, stdin: ConsoleInput) -> None:
        self.release.set()
        stdin.feed(b"", end=True)

    def _definitions(self) -> list[WmiClass]:
        return [
            WmiClass(
                "Win32_Service",
                ("Name",),
                ("State", "Name", "StartMode", "ProcessId", "DesktopInteract", "InstallDate", "PathName"),
                lambda: self.services,
                base="Win32_BaseService",
                methods={"StartService": self._record("StartService"), "Change": self._record("Change")},
                put=self._put,
            ),
            WmiClass("Win32_BaseService", ("Name",), ("Name", "State"), list),
            WmiClass("Win32_Process", ("Handle",), ("Handle",), list, methods={"Create": self._record("Create")}),
            WmiClass(
                "MSiSCSIInitiator_TargetClass",
                ("TargetName", "DiscoveryMechanism"),
                ("TargetName", "DiscoveryMechanism", "PortalGroups", "ISID", "Empty", "LoginOptions"),
                lambda: [_target()],
                methods={"Login": self._record("Login")},
            ),
            WmiClass("MSFC_FCAdapterHBAAttributes", ("InstanceName",), ("InstanceName",), _no_driver),
            WmiClass("Big", ("Index",), ("Index", "Text"), lambda: [_big(number) for number in range(300)]),
        ]

    def _record(self, method: str) -> Callable[[Mapping[str, str], Mapping[str, WmiValue]], Mapping[str, WmiValue]]:
        def invoke(selectors: Mapping[str, str], arguments: Mapping[str, WmiValue]) -> Mapping[str, WmiValue]:
            self.invoked.append((method, dict(selectors), dict(arguments)))
            return {"ReturnValue": 0, "ProcessId": 4000}

        return invoke

    def _put(self, selectors: Mapping[str, str], values: Mapping[str, WmiValue]) -> WmiObject:
        index = next(i for i, one in enumerate(self.services) if one.properties["Name"] == selectors["Name"])
        old = self.services[index]
        self.services[index] = WmiObject(old.class_name, {**old.properties, **values})
        return self.services[index]


def _service(name: str, state: str) -> WmiObject:
    when = datetime(2013, 4, 15, 18, 28, 38, 376600, tzinfo=timezone(timedelta(hours=2)))
    values = {"Name": name, "State": state, "ProcessId": 7 if state == "Running" else 0, "DesktopInteract": False}
    return WmiObject("Win32_Service", {**values, "InstallDate": when, "PathName": r"C:\Windows\svc.exe -k <a> & b"})


def _target() -> WmiObject:
    properties: dict[str, WmiValue] = {
        "TargetName": "iqn.1986-03.com.hp:fcgw.mpx200:1",
        "DiscoveryMechanism": r"SendTargets:*10.10.1.21 0003260 Root\ISCSIPRT\0000_0 ",
        "PortalGroups": [GROUP, GROUP],
        "ISID": b"\x40\x00\x01",
        "Empty": [],
    }
    return WmiObject("MSiSCSIInitiator_TargetClass", properties)


def _big(number: int) -> WmiObject:
    return WmiObject("Big", {"Index": number, "Text": f"{number:04d}" * 500})


def _no_driver() -> Sequence[WmiObject]:
    sentence = (
        "The WS-Management service cannot process the request. The WMI service reported that the WMI provider could "
        "not perform the requested operation. "
    )
    raise WmiFailure(2150859010, sentence, "WDM specific return code: 4200")


def envelope(
    action: str,
    uri: str,
    body: str = "",
    *,
    selectors: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
    headers: str = "",
    max_envelope: int = 153600,
    timeout: str = "PT60.000S",
    message_id: str | None = None,
    locale: str = "en-US",
) -> str:
    """Write a request as zenoss/txwinrm's templates do."""
    prefixes = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMES.items())
    chosen = "".join(f"<w:Selector Name={quoteattr(n)}>{escape(v)}</w:Selector>" for n, v in (selectors or {}).items())
    switched = "".join(f"<w:Option Name={quoteattr(n)}>{escape(v)}</w:Option>" for n, v in (options or {}).items())
    language = f'<w:Locale xml:lang="{locale}" s:mustUnderstand="false"/>' if locale else ""
    return (
        f"<s:Envelope {prefixes}><s:Header><a:To>http://host-as-addressed:5985/wsman</a:To>"
        f'<w:ResourceURI s:mustUnderstand="true">{uri}</w:ResourceURI><a:ReplyTo><a:Address s:mustUnderstand="true">'
        f'{NAMES["a"]}/role/anonymous</a:Address></a:ReplyTo><a:Action s:mustUnderstand="true">{action}</a:Action>'
        f'<w:MaxEnvelopeSize s:mustUnderstand="true">{max_envelope}</w:MaxEnvelopeSize>'
        f"<a:MessageID>{message_id or f'uuid:{uuid.uuid4()}'}</a:MessageID>{language}{headers}"
        f"<w:SelectorSet>{chosen}</w:SelectorSet><w:OptionSet>{switched}</w:OptionSet>"
        f"<w:OperationTimeout>{timeout}</w:OperationTimeout></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )


def enumerate_request(
    wql: str = "", *, uri: str = f"{WMI}root/cimv2/*", inside: str = "", elements: int = 32000
) -> str:
    """Write an optimised Enumerate."""
    query = f'<w:Filter Dialect="{WQL}">{escape(wql)}</w:Filter>' if wql else ""
    optimised = f"<w:OptimizeEnumeration/><w:MaxElements>{elements}</w:MaxElements>" if elements else ""
    return envelope(NAMES["n"] + "/Enumerate", uri, f"<n:Enumerate>{optimised}{query}{inside}</n:Enumerate>")


def pull_request(context: str, *, uri: str = f"{WMI}root/cimv2/*", elements: int = 32000, **options: int) -> str:
    """Write a Pull."""
    limit = f"<n:MaxElements>{elements}</n:MaxElements>"
    body = f"<n:Pull><n:EnumerationContext>{context}</n:EnumerationContext>{limit}</n:Pull>"
    return envelope(NAMES["n"] + "/Pull", uri, body, max_envelope=options.get("max_envelope", 153600))


class Client:
    """Sends hand-written envelopes with Basic over plain HTTP."""

    def __init__(self, url: str, password: str = PASSWORD) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = (USER, password)

    def post(self, document: str | bytes, **headers: str) -> requests.Response:
        data = document.encode() if isinstance(document, str) else document
        content = {"Content-Type": "application/soap+xml;charset=UTF-8", **headers}
        return self.session.post(self.url, data=data, headers=content, timeout=20)

    def ask(self, document: str) -> ET.Element:
        """Return the answer's envelope, which must be no fault."""
        response = self.post(document)
        assert response.status_code == 200, response.text
        return ET.fromstring(response.content)

    def refused(self, document: str) -> ET.Element:
        """Return the fault's envelope."""
        response = self.post(document)
        assert response.status_code == 500
        return ET.fromstring(response.content)

    def context_of(self, answer: ET.Element) -> str:
        return answer.findtext(".//n:EnumerationContext", "", NAMES)


def fault_code(answer: ET.Element) -> int:
    """Return the number of a fault in either form."""
    old = answer.find(".//s:Detail/f:WSManFault", NAMES)
    return int(answer.findtext(".//e:error_Code", "0", NAMES)) if old is None else int(old.get("Code", ""))


def subcode(answer: ET.Element) -> str:
    return answer.findtext(".//s:Subcode/s:Value", "", NAMES)


def names(parent: ET.Element) -> list[str]:
    """Return the local names of an element's children."""
    return [child.tag.rpartition("}")[2] for child in parent]


def until(condition: Callable[[], bool], timeout: float = 10.0) -> None:
    """Wait for something that has no event to wait on."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
