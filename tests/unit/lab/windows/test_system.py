# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registry, services, adapters and the operating system: by tool and by WMI."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.registry import Registry
from ansible_collections.eva.mpio.tests.lab.winrm.interface import WmiFailure

from .conftest import Lab

KEY = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\MSiSCSI"
HKLM = str(0x80000002)
CIMV2 = "root/cimv2"


def registry_method(lab: Lab, method: str, key: str, **inputs: Any) -> dict[str, Any]:
    answer = lab.invoke("StdRegProv", method, "root/default", hDefKey=HKLM, sSubKeyName=key, **inputs)
    return dict(answer)


def test_registry_keeps_names_and_compares_without_case() -> None:
    registry = Registry()
    registry.set("HKLM\\Software\\Eva", "Value", ["a", "b"], "REG_MULTI_SZ")
    assert registry.get("hkey_local_machine\\SOFTWARE\\eva", "VALUE") == ["a", "b"]
    assert registry.values("HKLM\\software\\EVA") == {"Value": ["a", "b"]}
    assert registry.proper_name("hklm\\software\\eva") == "HKLM\\Software\\Eva"
    assert registry.delete("HKLM\\Software\\Eva", "value")
    assert not registry.delete("HKLM\\Software\\Eva", "value")
    assert registry.delete("HKLM\\Software")
    assert not registry.exists("HKLM\\Software\\Eva")


@pytest.mark.parametrize(
    ("value", "kind"), [("1", "REG_DWORD"), (1 << 32, "REG_DWORD"), (-1, "REG_QWORD"), (1, "REG_SZ"), ("x", "REG_X")]
)
def test_registry_refuses_data_of_another_type(value: Any, kind: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        Registry().set("HKLM\\x", "y", value, kind)


@pytest.mark.parametrize(
    ("kind", "parameter", "given", "read"),
    [
        ("String", "sValue", "a b", "a b"),
        ("ExpandedString", "sValue", "%SystemRoot%\\x", "C:\\Windows\\x"),
        ("MultiString", "sValue", ["x ", "y"], ["x ", "y"]),
        ("MultiString", "sValue", "one", ["one"]),
        ("DWORD", "uValue", "30", 30),
        ("QWORD", "uValue", str(1 << 40), 1 << 40),
        ("Binary", "uValue", ["1", "255"], b"\x01\xff"),
    ],
)
def test_values_over_wmi(lab: Lab, kind: str, parameter: str, given: Any, read: Any) -> None:
    key = "SOFTWARE\\Eva"
    name = {"sValueName": "Test"}
    assert registry_method(lab, f"Set{kind}Value", key, **name, **{parameter: given})["ReturnValue"] == 2
    assert registry_method(lab, "CreateKey", key)["ReturnValue"] == 0
    assert registry_method(lab, f"Set{kind}Value", key, **name, **{parameter: given})["ReturnValue"] == 0
    assert registry_method(lab, f"Get{kind}Value", key, **name) == {"ReturnValue": 0, parameter: read}
    missing = registry_method(lab, f"Get{kind}Value", key, sValueName="Other")
    assert missing == {"ReturnValue": 2, parameter: None}


def test_enumerations_and_deletions_over_wmi(lab: Lab) -> None:
    values = registry_method(lab, "EnumValues", "SYSTEM\\CurrentControlSet\\Services\\MSiSCSI")
    assert dict(zip(values["sNames"], values["Types"], strict=True))["Start"] == 4
    assert "MSiSCSI" in registry_method(lab, "EnumKey", "SYSTEM\\CurrentControlSet\\Services")["sNames"]
    assert registry_method(lab, "EnumKey", "SOFTWARE\\None") == {"ReturnValue": 2, "sNames": None}
    assert registry_method(lab, "DeleteKey", "SYSTEM\\CurrentControlSet")["ReturnValue"] == 5
    wrong_type = registry_method(lab, "GetStringValue", KEY.partition("\\")[2], sValueName="Start")
    assert wrong_type["ReturnValue"] == 0x80041005
    assert registry_method(lab, "DeleteValue", KEY.partition("\\")[2], sValueName="Start")["ReturnValue"] == 0
    assert registry_method(lab, "DeleteValue", KEY.partition("\\")[2], sValueName="Start")["ReturnValue"] == 2


def test_reg(lab: Lab) -> None:
    key = "HKLM\\SOFTWARE\\Eva Test"
    assert lab.code(f'reg add "{key}" /v List /t REG_MULTI_SZ /d "a b\\0c" /f') == 0
    assert lab.code(f'reg add "{key}" /v Number /t REG_DWORD /d 0x10 /f') == 0
    assert lab.lines(f'reg query "{key}"') == [
        "",
        "HKEY_LOCAL_MACHINE\\SOFTWARE\\Eva Test",
        "    List    REG_MULTI_SZ    a b\\0c",
        "    Number    REG_DWORD    0x10",
        "",
    ]
    assert "    Number    REG_DWORD    0x10" in lab.lines(f'reg query "{key}" /v number')
    assert lab.code(f'reg query "{key}" /v nothing') == 1
    assert lab.run("reg query HKLM\\SOFTWARE\\None").stderr.startswith(b"ERROR: The system was unable to find")
    assert lab.code("reg query NOHIVE\\x") == 1
    assert lab.code(f'reg add "{key}" /v Number /t REG_DWORD /d ten /f') == 1
    assert lab.code(f'reg delete "{key}" /v Number /f') == 0
    assert lab.code(f'reg delete "{key}" /f') == 0
    assert lab.code(f'reg query "{key}"') == 1


def service(lab: Lab, name: str) -> dict[str, Any]:
    found = [item for item in lab.wmi("Win32_Service", CIMV2) if item["Name"] == name]
    return dict(found[0])


def control(lab: Lab, method: str, **inputs: str) -> Any:
    return lab.invoke("Win32_Service", method, CIMV2, selectors={"name": "msiscsi"}, **inputs)["ReturnValue"]


def test_the_initiator_service_over_wmi(lab: Lab) -> None:
    shown = service(lab, "MSiSCSI")
    assert (shown["StartMode"], shown["State"], shown["Started"]) == ("Manual", "Stopped", False)
    assert control(lab, "StopService") == 5
    assert control(lab, "ChangeStartMode", StartMode="Disabled") == 0
    assert control(lab, "StartService") == 14
    assert control(lab, "ChangeStartMode", StartMode="Auto") == 21
    assert control(lab, "ChangeStartMode", StartMode="Automatic") == 0
    assert service(lab, "MSiSCSI")["StartMode"] == "Auto"
    assert lab.host.registry.get(KEY, "Start") == 2
    assert control(lab, "StartService") == 0
    assert control(lab, "StartService") == 10
    assert service(lab, "MSiSCSI")["State"] == "Running"
    assert control(lab, "StopService") == 0
    with pytest.raises(WmiFailure) as caught:
        lab.invoke("Win32_Service", "StartService", CIMV2, selectors={"Name": "nothere"})
    assert caught.value.hresult == 2150858752


def test_a_start_type_written_to_the_registry_counts_from_the_next_boot(lab: Lab) -> None:
    lab.run(f"reg add {KEY} /v Start /t REG_DWORD /d 2 /f")
    assert service(lab, "MSiSCSI")["StartMode"] == "Manual"
    lab.run("shutdown /r /t 0")
    lab.clock.advance(60)
    assert (service(lab, "MSiSCSI")["StartMode"], service(lab, "MSiSCSI")["State"]) == ("Auto", "Running")


def test_services_and_drivers_are_children_of_one_class(lab: Lab) -> None:
    family = [item.name for item in lab.host.wmi_subclasses(CIMV2, "Win32_BaseService")]
    assert family == ["Win32_BaseService", "Win32_Service", "Win32_SystemDriver"]
    drivers = {item["Name"]: item["State"] for item in lab.wmi("Win32_SystemDriver", CIMV2)}
    assert drivers["iScsiPrt"] == "Running"
    assert "mpio" not in drivers


def test_the_mpio_drivers_come_with_the_feature(lab: Lab) -> None:
    lab.run("dism /online /enable-feature /featurename:MultipathIo /norestart")
    lab.run("shutdown /r /t 0")
    lab.clock.advance(60)
    drivers = {item["Name"]: item["State"] for item in lab.wmi("Win32_SystemDriver", CIMV2)}
    assert (drivers["mpio"], drivers["msdsm"]) == ("Running", "Running")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("sc query nothere", 1060),
        ("sc start nothere", 1060),
        ("sc stop msiscsi", 1062),
        ("sc start winrm", 1056),
        ("sc stop rpcss", 1052),
        ("sc config msiscsi start=auto", 1639),
        ("sc config msiscsi start= sometimes", 1639),
        ("sc nonsense", 1639),
        ("net stop msiscsi", 2),
        ("net start nothere", 2),
        ("net", 1),
    ],
)
def test_service_tools_that_fail(lab: Lab, line: str, code: int) -> None:
    assert lab.code(line) == code


def test_sc_output(lab: Lab) -> None:
    assert lab.lines("sc query msiscsi")[1:5] == [
        "SERVICE_NAME: MSiSCSI ",
        "        TYPE               : 20  WIN32_SHARE_PROCESS  ",
        "        STATE              : 1  STOPPED ",
        "        WIN32_EXIT_CODE    : 1077  (0x435)",
    ]
    assert lab.lines("sc config msiscsi start= auto") == ["[SC] ChangeServiceConfig SUCCESS"]
    assert "        START_TYPE         : 2   AUTO_START" in lab.lines("sc qc msiscsi")
    assert lab.lines("sc start nothere")[0] == "[SC] StartService FAILED 1060:"


def test_adapters(build: Callable[..., Lab]) -> None:
    lab = build(nics=[("10.10.1.11/24", "iSCSI-A"), ("10.10.1.12/25", "iSCSI-A"), ("fd00::1/64", "iSCSI-B")])
    rows = lab.wmi("Win32_NetworkAdapterConfiguration", CIMV2)
    enabled = [row for row in rows if row["IPEnabled"]]
    assert len(rows) == 3
    assert [row["IPAddress"] for row in enabled] == [["10.10.1.11", "10.10.1.12"], ["fd00::1"]]
    assert [row["IPSubnet"] for row in enabled] == [["255.255.255.0", "255.255.255.128"], ["64"]]
    adapters = lab.wmi("Win32_NetworkAdapter", CIMV2)
    assert [row["NetConnectionID"] for row in adapters] == ["iSCSI-A", "iSCSI-B"]
    assert [row["Index"] for row in adapters] == [row["Index"] for row in enabled]
    assert len({row["MACAddress"] for row in adapters}) == 2
