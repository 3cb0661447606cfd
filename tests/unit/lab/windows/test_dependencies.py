# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What services wait for: by sc, registry and WMI, at a start, a stop and a boot, and the drives they need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.applications import ServiceSpec
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches
from ansible_collections.eva.mpio.tests.lab.winrm.interface import WmiReference

from .conftest import Lab

Build = Callable[..., Lab]
CIMV2 = "root/cimv2"
SERVICES = "HKLM\\SYSTEM\\CurrentControlSet\\Services"
ACCOUNTS = (ServiceSpec("Accounts", needs=("E",)),)


def depends_on(lab: Lab, name: str = "Accounts") -> Any:
    return lab.host.registry.get(f"{SERVICES}\\{name}", "DependOnService")


def change(lab: Lab, name: str = "Accounts", **inputs: Any) -> Any:
    return lab.invoke("Win32_Service", "Change", CIMV2, selectors={"Name": name}, **inputs)["ReturnValue"]


def running(lab: Lab, name: str = "Accounts") -> bool:
    return lab.host.services.running(name)


def restart(lab: Lab) -> None:
    lab.host.power_off()
    lab.host.start()
    lab.clock.advance(10)


def late(lab: Lab) -> list[str]:
    return [str(event.facts["volume"]) for event in lab.log.since(0) if event.kind == "late-volume"]


def with_volume(build: Build, **spec: Any) -> Lab:
    """Return a server that has a volume on a LUN with a stored login, and a service that needs it."""
    lab = build(services=ACCOUNTS, **spec)
    lab.host.disks.mount(lab.array.vdisks[0].naa, "E")
    lab.start_initiator()
    lab.discover()
    assert lab.code(lab.login_line("PersistentLoginTarget")) == 0
    assert lab.code(lab.login_line()) == 0
    lab.clock.advance(10)
    return lab


def test_sc_config_depend(build: Build) -> None:
    lab = build(services=ACCOUNTS)
    assert lab.code("sc config Accounts depend= MSiSCSI/Tcpip") == 0
    assert depends_on(lab) == ["MSiSCSI", "Tcpip"]
    shown = lab.lines("sc qc accounts")
    place = shown.index("        DEPENDENCIES       : MSiSCSI")
    assert shown[place + 1] == "                           : Tcpip"
    assert lab.lines("sc enumdepend MSiSCSI")[0] == "Enum: entriesRead  = 1"
    assert "SERVICE_NAME: Accounts " in lab.lines("sc enumdepend MSiSCSI")
    assert lab.lines(f"reg query {SERVICES}\\Accounts /v DependOnService")[2].endswith(
        "REG_MULTI_SZ    MSiSCSI\\0Tcpip"
    )
    assert lab.code('sc config Accounts depend= "RpcSs/+Network" start= demand') == 0
    assert depends_on(lab) == ["RpcSs"]
    assert lab.host.registry.get(f"{SERVICES}\\Accounts", "DependOnGroup") == ["Network"]
    assert lab.host.services.get("Accounts").start == 3
    assert lab.code("sc config Accounts depend= /") == 0
    assert depends_on(lab) is None


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("sc config Accounts depend=MSiSCSI", 1639),
        ("sc config Accounts depend= A start=", 1639),
        ("sc config Accounts depends= A", 1639),
        ("sc config nothere depend= A", 1060),
        ("sc config MSiSCSI depend= Accounts", 1059),
        ("sc config Accounts depend= Accounts", 1059),
        ("sc enumdepend nothere", 1060),
        ("sc enumdepend", 1639),
    ],
)
def test_dependencies_that_sc_refuses(build: Build, line: str, code: int) -> None:
    lab = build(services=(ServiceSpec("Accounts", depends_on=("MSiSCSI",)),))
    assert lab.code(line) == code
    assert depends_on(lab) == ["MSiSCSI"]
    assert depends_on(lab, "MSiSCSI") is None


def test_dependencies_by_wmi(build: Build) -> None:
    lab = build(services=ACCOUNTS)
    assert change(lab, ServiceDependencies=["MSiSCSI", "Tcpip"]) == 0
    assert depends_on(lab) == ["MSiSCSI", "Tcpip"]
    links = {
        (item["Antecedent"].keys["Name"], item["Dependent"].keys["Name"])
        for item in lab.wmi("Win32_DependentService", CIMV2)
        if isinstance(item["Antecedent"], WmiReference) and isinstance(item["Dependent"], WmiReference)
    }
    assert {("MSiSCSI", "Accounts"), ("Tcpip", "Accounts")} <= links
    assert change(lab, "MSiSCSI", ServiceDependencies="Accounts") == 18
    assert change(lab, LoadOrderGroupDependencies="Network") == 0
    assert depends_on(lab) == ["MSiSCSI", "Tcpip"]
    assert change(lab, ServiceDependencies="", StartMode="Manual") == 0
    assert (depends_on(lab), lab.host.services.get("Accounts").start) == (None, 3)


def test_starting_and_stopping_in_order(build: Build) -> None:
    lab = build(
        services=(ServiceSpec("Accounts", depends_on=("MSiSCSI",)), ServiceSpec("Web", depends_on=("Accounts",)))
    )
    assert running(lab, "Web")
    assert running(lab, "MSiSCSI")  # its start type is manual, and who depends on it starts it
    assert (lab.code("sc stop MSiSCSI"), lab.code("net stop MSiSCSI")) == (1051, 2)
    stop = lab.invoke("Win32_Service", "StopService", CIMV2, selectors={"Name": "MSiSCSI"})
    assert stop["ReturnValue"] == 3
    assert [lab.code(f"sc stop {name}") for name in ("Web", "Accounts", "MSiSCSI")] == [0, 0, 0]
    lab.run("sc config MSiSCSI start= disabled")
    assert lab.code("sc start Web") == 1068
    assert not running(lab, "Accounts")
    lab.run("sc config Accounts depend= Nobody")
    assert lab.code("sc start Accounts") == 1075
    lab.run("sc config Accounts depend= Tcpip")
    lab.run("sc config MSiSCSI start= demand")
    assert lab.code("sc start Web") == 0
    assert running(lab, "Accounts")
    assert not running(lab, "MSiSCSI")


@pytest.mark.parametrize("names", [["Nobody"], ["Web"]])
def test_dependencies_written_to_the_registry_that_cannot_be(build: Build, names: list[str]) -> None:
    """The manager reads the registry at boot: what waits for nobody, or for itself, does not start."""
    lab = build(services=(ServiceSpec("Accounts"), ServiceSpec("Web", depends_on=("Accounts",))))
    lab.host.registry.set(f"{SERVICES}\\Accounts", "DependOnService", names, "REG_MULTI_SZ")
    assert running(lab)
    restart(lab)
    assert (running(lab), running(lab, "Web")) == (False, False)
    assert lab.code("sc start Accounts") == (1075 if names == ["Nobody"] else 1059)


def test_a_service_that_waits_for_its_volume(build: Build) -> None:
    lab = with_volume(build)
    late_before = len(late(lab))
    restart(lab)
    assert late(lab)[late_before:] == ["E:\\"]
    lab.run("sc config Accounts depend= MSiSCSI")
    restart(lab)
    assert running(lab)
    assert len(late(lab)) == late_before + 1


@pytest.mark.parametrize(("bound", "on_time"), [(False, False), (True, True)])
def test_disks_that_appear_some_seconds_after_the_login(build: Build, bound: bool, on_time: bool) -> None:
    """To wait for the initiator's service is not enough: it waits only for the volumes that are bound."""
    lab = with_volume(build, switches=Switches(device_delay=2.0))
    lab.run("sc config MSiSCSI start= auto")
    lab.run("sc config Accounts depend= MSiSCSI")
    if bound:
        assert lab.code("iscsicli BindPersistentVolumes") == 0
    before = len(late(lab))
    restart(lab)
    assert running(lab)
    assert (len(late(lab)) == before) is on_time


def test_a_bound_volume_that_is_gone_only_delays_the_start(build: Build) -> None:
    lab = with_volume(build)
    lab.run("sc config Accounts depend= MSiSCSI")
    assert lab.code("iscsicli BindPersistentVolumes") == 0
    lab.host.disks.offline(lab.array.vdisks[0].naa)
    before, began = len(late(lab)), lab.clock.now
    restart(lab)
    assert running(lab)
    assert len(late(lab)) == before + 1
    assert lab.clock.now > began + 10


def test_services_of_applications_keep_their_names(build: Build) -> None:
    lab = build(language="de", services=ACCOUNTS)
    assert {row["DisplayName"] for row in lab.wmi("Win32_Service", CIMV2) if row["Name"] == "Accounts"} == {"Accounts"}
