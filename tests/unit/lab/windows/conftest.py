# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One simulated server in front of a small array, in memory, with a clock that the test drives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.fabric.array import Array
from ansible_collections.eva.mpio.tests.lab.fabric.memory import MemoryFabric
from ansible_collections.eva.mpio.tests.lab.fabric.network import Network
from ansible_collections.eva.mpio.tests.lab.windows.clock import ManualClock
from ansible_collections.eva.mpio.tests.lab.windows.host import Host
from ansible_collections.eva.mpio.tests.lab.windows.host_spec import HostSpec
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches
from ansible_collections.eva.mpio.tests.lab.winrm.interface import ConsoleInput, ProcessResult, WmiObject, WmiValue

NODE = "iqn.1991-05.com.microsoft:fileserver.lab"
NIC_A, NIC_B = "10.10.1.11", "10.10.2.11"
PORTAL_A, PORTAL_B = "10.10.1.21", "10.10.2.21"
TARGET_A, TARGET_B = "iqn.2004-09.com.example:eva01.a", "iqn.2004-09.com.example:eva01.b"
INSTANCE = "Root\\ISCSIPRT\\0000_0"


@dataclass
class Lab:
    """The server, what it reaches, and what happened."""

    host: Host
    array: Array
    network: Network
    log: EventLog
    clock: ManualClock

    def run(self, line: str, stdin: bytes | None = b"", code_page: int = 437) -> ProcessResult:
        console = ConsoleInput()
        if stdin is not None:
            console.feed(stdin, end=True)
        return self.host.run(line, console, code_page)

    def lines(self, line: str, stdin: bytes = b"") -> list[str]:
        text = self.run(line, stdin).stdout.decode("cp437")
        assert "\n" not in text.replace("\r\n", "")
        return text.replace("\r\n", "\n").removesuffix("\n").split("\n")

    def code(self, line: str, stdin: bytes = b"") -> int | None:
        return self.run(line, stdin).exit_code

    def wmi(self, name: str, namespace: str = "root/wmi") -> list[Mapping[str, WmiValue]]:
        return [item.properties for item in self.host.wmi_class(namespace, name).instances()]

    def invoke(self, name: str, method: str, namespace: str = "root/wmi", **inputs: Any) -> Mapping[str, WmiValue]:
        selectors = inputs.pop("selectors", {})
        return self.host.wmi_class(namespace, name).methods[method](selectors, inputs)

    def start_initiator(self) -> None:
        assert self.code("sc config MSiSCSI start= auto") == 0
        assert self.code("sc start MSiSCSI") == 0

    def discover(self, portal: str = PORTAL_A) -> None:
        assert self.code(f"iscsicli QAddTargetPortal {portal}") == 0

    def login_line(self, verb: str = "LoginTarget", path: str = "a", flags: str = "0x2", chap: str = "* * *") -> str:
        portal, target, number = (PORTAL_A, TARGET_A, 1) if path == "a" else (PORTAL_B, TARGET_B, 2)
        return f"iscsicli {verb} {target} T {portal} 3260 {INSTANCE} {number} 0 {flags} * * * * * {chap} * 0"


def prop(holder: WmiValue, name: str) -> Any:
    """Read a property of an embedded object."""
    assert isinstance(holder, WmiObject)
    return holder.properties[name]


@pytest.fixture
def switches() -> Switches:
    return Switches()


@pytest.fixture
def build(switches: Switches) -> Callable[..., Lab]:
    def make(**changes: Any) -> Lab:
        log = EventLog()
        array = Array("eva01", log)
        array.add_port(PORTAL_A, "A", target_name=TARGET_A)
        array.add_port(PORTAL_B, "B", target_name=TARGET_B)
        array.present(array.add_vdisk("data", 8), NODE, 1)
        network = Network(log, [array], isolated=("10.10.1.0/24", "10.10.2.0/24"))
        spec = HostSpec(
            name="FILESERVER",
            release="2012r2",
            nics=[(f"{NIC_A}/24", "iSCSI-A"), (f"{NIC_B}/24", "iSCSI-B")],
            node_name=NODE,
            switches=switches,
        )
        for name, value in changes.items():
            setattr(spec, name, value)
        clock = ManualClock()
        lab = Lab(Host(spec, MemoryFabric(network), log, clock), array, network, log, clock)
        lab.host.start()
        return lab

    return make


@pytest.fixture
def lab(build: Callable[..., Lab]) -> Lab:
    return build()


@pytest.fixture
def ready(lab: Lab) -> Lab:
    """The initiator runs, both targets are known, nothing is logged in."""
    lab.start_initiator()
    lab.discover()
    return lab
