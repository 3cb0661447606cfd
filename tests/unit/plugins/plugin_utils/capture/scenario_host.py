# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host of the reader's tests as a real endpoint, with private data in every place where Windows has some."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Completed
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import scenario, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.answers import element, printed
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wire.fake_host import (
    Answer,
    Asked,
    FakeHost,
    fault,
    output,
)

_NO_DRIVER = 0x80338102
DOMAIN = "corp.canary.example"
COMPUTER = "SRV01"
PEOPLE = "<p:Domain>CANARYDOM</p:Domain><p:User>deskcanary</p:User>"
PRIVATE: Mapping[str, Sequence[str]] = {
    "names": (COMPUTER, DOMAIN, "Canary Industries", "Owner Canary", "canary-service", "eva-array-canary", "opcanary"),
    "people": ("deskcanary", "CANARYDOM", "secret-of-a-command-line", "canary-group", "OTHERNODE"),
    "addresses": (*(nic[0] for nic in scenario.NICS), *scenario.PORTALS, "10.99.98.97", "fd00::1", "fd00::2"),
    "MACs": ("00:1a:4b:00:00:01", "00:1a:4b:00:00:02"),
    "IQNs": (scenario.NODE_NAME, scenario.TARGET),
    "WWNs": tuple(lun.wwn for lun in scenario.LUNS),
    "SIDs": ("S-1-5-21-1111-2222-3333-4444",),
    "secrets": ("never read this", "chap-user-canary"),
}
"""What no capture may hold."""


def classes() -> dict[str, Any]:
    """Return what the reader's tests have, and more than the collection reads."""
    known = scenario.classes()
    known["Win32_OperatingSystem"][0].update(
        CSName=COMPUTER,
        RegisteredUser="Owner Canary",
        Organization="Canary Industries",
        SerialNumber="00252-canary-service",
        NumberOfUsers=3,
        LastBootUpTime="20261120080000.500000+060",
    )
    for adapter in known["Win32_NetworkAdapterConfiguration"]:
        adapter.update(DNSHostName=COMPUTER, DNSDomain=DOMAIN, DHCPServer="10.99.98.97", MTU=9000)
    for login in known["MSiSCSIInitiator_PersistentLoginClass"]:
        login["LoginOptions"] = {**login["LoginOptions"], "Username": b"chap-user-canary"}
    for portal in known["MSiSCSIInitiator_SendTargetPortalClass"]:
        portal["PortalSymbolicName"] = "eva-array-canary"
    for disk in known["MPIO_GET_DESCRIPTOR"]:
        wwn = disk["InstanceName"].rpartition("&")[2].removesuffix("_0")
        for path in disk["PdoInformation"]:
            path["Identifier"] = bytes.fromhex(bytes.fromhex(wwn).decode())
    line = "C:\\Windows\\explorer.exe /p:secret-of-a-command-line"
    known["Win32_Process"] = [{"Handle": "1234", "Name": "explorer.exe", "CommandLine": line}]
    known["MSCluster_ResourceGroup"] = [
        {"Name": name, "OwnerNode": node} for name, node in (("canary-group", COMPUTER), ("Cluster Group", "OTHERNODE"))
    ]
    known["MSCluster_Node"] = [{"Name": name, "State": 0} for name in (COMPUTER, "OTHERNODE")]
    known["MSCluster_Resource"] = [{"Name": "canary-group", "Type": "Physical Disk", "OwnerNode": COMPUTER}]
    known["Win32_Service"][0]["StartName"] = f"{DOMAIN}\\opcanary"
    known["Win32_Service"].append({"Name": "ClusSvc", "StartMode": "Auto", "State": "Running"})
    return known


def tools() -> dict[str, Completed]:
    """Return what the reader's tests have, and a file that waits for a restart in a user's folder."""
    known = texts.tools()
    key = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Session Manager"
    value = (
        f"    PendingFileRenameOperations    REG_MULTI_SZ    \\??\\C:\\$Recycle.Bin\\{PRIVATE['SIDs'][0]}\\Owner Canary"
    )
    known[next(line for line in known if "PendingFileRename" in line)] = printed("", key, value, "")
    return known


class ScenarioHost(FakeHost):
    """Answers every question of a whole reading; a page holds one instance first, as Windows' do."""

    def __init__(self) -> None:
        super().__init__()
        self.classes = classes()
        self.tools = tools()
        self.references: dict[str, list[dict[str, str]]] = {
            "MSiSCSIInitiator_SessionClass": [{"SessionId": scenario.session(0)["SessionId"]}],
            "MSiSCSIInitiator_PersistentLoginClass": [{"TargetName": scenario.TARGET}],
        }
        self.cut = 37
        """Octets of output in a piece; the next one is wherever that ends."""
        self._rest: dict[str, str] = {}
        self._printed: list[str] = []

    def next_answer(self, asked: Asked) -> Answer:
        """Answer out of the tables what no test has an answer for."""
        handler = getattr(self, f"_on_{asked.action.lower()}", None)
        if self._answers[asked.action] or handler is None:
            return super().next_answer(asked)
        answer: Answer = handler(asked)
        return answer

    def _on_enumerate(self, asked: Asked) -> Answer:
        if "EnumerateEPR" in asked.text:
            name = asked.value("ResourceURI").rpartition("/")[2]
            return self._first(name, [_reference(keys) for keys in self.references.get(name, [])])
        found = re.search(r"from (\w+)", asked.value("Filter"))
        name = found[1] if found else ""
        if name not in self.classes:
            return fault(_NO_DRIVER, detail=f"{COMPUTER.lower()}.{DOMAIN} has no {name}")
        return self._first(name, [element(name, values) for values in self.classes[name]])

    def _first(self, name: str, items: list[str]) -> str:
        self._rest[f"uuid:{name}"] = "".join(items[1:])
        more = f"uuid:{name}" if len(items) > 1 else ""
        end = "" if more else "<w:EndOfSequence/>"
        return (
            f"<n:EnumerateResponse><n:EnumerationContext>{more}</n:EnumerationContext>"
            f"<w:Items>{''.join(items[:1])}</w:Items>{end}</n:EnumerateResponse>"
        )

    def _on_pull(self, asked: Asked) -> Answer:
        items = self._rest[asked.value("EnumerationContext")]
        return f"<n:PullResponse><n:Items>{items}</n:Items><n:EndOfSequence/></n:PullResponse>"

    def _on_command(self, asked: Asked) -> Answer:
        line = asked.value("Command").replace("^", "")
        mark = re.search(r" & echo (--eva\.mpio-\w+--)& ", line)
        lines = line.split(mark.group()) if mark else [line]
        said = [self.tools[one].stdout if one in self.tools else "" for one in lines]
        self._printed = [(f"{mark[1]}\r\n" if mark else "").join(said)]
        return "<rsp:CommandResponse><rsp:CommandId>C</rsp:CommandId></rsp:CommandResponse>"

    def _on_receive(self, _asked: Asked) -> Answer:
        octets = self._printed.pop().encode()
        if len(octets) > self.cut:
            self._printed = [octets[self.cut :].decode()]
            self.cut += 50
            return output(octets[: self.cut - 50], done=False)
        return output(octets)

    def _on_getowner(self, _asked: Asked) -> Answer:
        return f"<p:GetOwner_OUTPUT xmlns:p='urn:p'>{PEOPLE}<p:ReturnValue>0</p:ReturnValue></p:GetOwner_OUTPUT>"

    def _on_dsmsetloadbalancepolicy(self, _asked: Asked) -> Answer:
        return fault(0x80338104 + 0x10, detail="the parameter is not valid")


def _reference(keys: Mapping[str, str]) -> str:
    selectors = "".join(
        f"<w:Selector Name={quoteattr(key)}>{escape(value)}</w:Selector>" for key, value in keys.items()
    )
    return (
        "<a:EndpointReference><a:ReferenceParameters><w:SelectorSet>"
        f"{selectors}</w:SelectorSet></a:ReferenceParameters></a:EndpointReference>"
    )
