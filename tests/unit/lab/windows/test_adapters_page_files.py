# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in the registry of a server: its SCSI adapters, start types of services and drivers, page files."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.initiator_package import PackageSpec
from ansible_collections.eva.mpio.tests.lab.windows.installation import ADAPTERS_KEY, INITIATOR_DESCRIPTION
from ansible_collections.eva.mpio.tests.lab.windows.services import AUTOMATIC, DISABLED
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches

from .conftest import Lab

Build = Callable[..., Lab]
CIMV2 = "root/cimv2"
PAGING = '"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management" /v PagingFiles'


def initiator_numbers(lab: Lab) -> list[str]:
    """Return the numbers of the adapters whose driver is the initiator's."""
    registry = lab.host.registry
    return [
        number
        for number in registry.keys(ADAPTERS_KEY)
        if registry.get(f"{ADAPTERS_KEY}\\{number}", "MatchingDeviceId") == "root\\iscsiprt"
    ]


def described(lab: Lab) -> object:
    (number,) = initiator_numbers(lab)
    return lab.host.registry.get(f"{ADAPTERS_KEY}\\{number}", "DriverDesc")


def test_the_initiators_number_depends_on_the_server(build: Build) -> None:
    found = {tuple(initiator_numbers(build(name=f"WIN{number}"))) for number in range(12)}
    assert all(len(numbers) == 1 for numbers in found)
    assert len(found) > 1
    lab = build(name="WIN1")
    assert initiator_numbers(lab) == [lab.host.registry.keys(ADAPTERS_KEY)[-1]] != ["0000"]


def test_the_package_of_2003_brings_the_adapter(build: Build) -> None:
    assert initiator_numbers(build(release="2003")) == []
    lab = build(release="2003", package=PackageSpec(installed=True))
    (number,) = initiator_numbers(lab)
    assert lab.host.registry.get(f"{ADAPTERS_KEY}\\{number}\\Parameters", "LinkDownTime") == 15
    lab.host.package.install(lab.host.spec.package.installs)  # type: ignore[union-attr]
    assert initiator_numbers(lab) == [number]


def test_the_adapter_has_an_english_name_or_one_in_the_servers_language(build: Build, switches: Switches) -> None:
    assert described(build(language="de")) == INITIATOR_DESCRIPTION
    switches.adapter_description_localised = True
    assert described(build(language="de")) == "Microsoft iSCSI-Initiator"
    assert described(build(language="en")) == INITIATOR_DESCRIPTION


@pytest.mark.parametrize(("start", "running"), [("auto", True), ("demand", False), ("disabled", False)])
def test_stored_logins_are_carried_out_only_by_a_service_that_starts(lab: Lab, start: str, running: bool) -> None:
    lab.start_initiator()
    lab.discover()
    assert lab.code(lab.login_line("PersistentLoginTarget")) == 0
    assert lab.code(f"sc config MSiSCSI start= {start}") == 0
    lab.host.power_off()
    lab.host.start()
    assert lab.host.services.running("MSiSCSI") is running
    assert len(lab.host.snapshot().sessions) == int(running)
    assert len(lab.host.snapshot().stored) == 1


def change_start_mode(lab: Lab, class_name: str, name: str, mode: str) -> object:
    return lab.invoke(class_name, "ChangeStartMode", CIMV2, selectors={"Name": name}, StartMode=mode)["ReturnValue"]


def test_drivers_take_every_start_type_and_services_only_three(lab: Lab) -> None:
    services = lab.host.services
    for number, mode in enumerate(("Boot", "System", "Automatic", "Manual", "Disabled")):
        assert change_start_mode(lab, "Win32_SystemDriver", "Disk", mode) == 0
        (row,) = (row for row in lab.wmi("Win32_SystemDriver", CIMV2) if row["Name"] == "Disk")
        assert row["StartMode"] == mode.replace("Automatic", "Auto")
        assert lab.host.registry.get("HKLM\\SYSTEM\\CurrentControlSet\\Services\\Disk", "Start") == number
        taken = 0 if number >= AUTOMATIC else 21
        assert change_start_mode(lab, "Win32_Service", "MSiSCSI", mode) == taken
    assert services.get("MSiSCSI").start == DISABLED
    assert lab.code("sc config Disk start= boot") == 0
    assert services.get("Disk").start == 0
    assert lab.code("sc config MSiSCSI start= boot") == 87
    assert lab.code("sc config MSiSCSI start= system") == 87
    assert services.get("MSiSCSI").start == DISABLED


def page_files(lab: Lab) -> list[object]:
    return [row["Name"] for row in lab.wmi("Win32_PageFileUsage", CIMV2)]


def test_a_page_file_on_a_lun_keeps_its_disk_online(lab: Lab) -> None:
    naa = lab.array.vdisks[0].naa
    lab.host.disks.mount(naa, "E")
    lab.start_initiator()
    lab.discover()
    assert lab.code(f'reg add {PAGING} /t REG_MULTI_SZ /d "C:\\pagefile.sys 0 0\\0E:\\pagefile.sys 1024 2048" /f') == 0
    assert page_files(lab) == ["C:\\pagefile.sys"]
    assert lab.code(lab.login_line()) == 0
    assert page_files(lab) == ["C:\\pagefile.sys", "E:\\pagefile.sys"]
    lab.run("diskpart", b"select disk 1\r\noffline disk\r\n")
    assert not lab.host.disks.layouts.of(naa).offline
    assert lab.code(f'reg add {PAGING} /t REG_MULTI_SZ /d "C:\\pagefile.sys 0 0" /f') == 0
    lab.run("diskpart", b"select disk 1\r\noffline disk\r\n")
    assert lab.host.disks.layouts.of(naa).offline
