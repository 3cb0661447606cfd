# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every release and edition: what it says of itself, which classes and programs it has."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.cluster import ClusterSpec
from ansible_collections.eva.mpio.tests.lab.windows.initiator_package import PackageSpec
from ansible_collections.eva.mpio.tests.lab.windows.releases import RELEASES
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches
from ansible_collections.eva.mpio.tests.lab.winrm.interface import WmiFailure

from .conftest import NIC_A, NIC_B, TARGET_A, Lab

CIMV2 = "root/cimv2"
STORAGE = "root/Microsoft/Windows/Storage"
VERSION = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
UNKNOWN = 2150858778

each_release = pytest.mark.parametrize("release", sorted(RELEASES))
Build = Callable[..., Lab]


def has_class(lab: Lab, name: str, namespace: str = CIMV2) -> bool:
    try:
        lab.host.wmi_class(namespace, name)
    except WmiFailure as failure:
        return failure.hresult != UNKNOWN
    return True


def has_program(lab: Lab, name: str) -> bool:
    return lab.host.toolbox.find(name) is not None


@each_release
def test_the_operating_system_of_each_release(build: Build, release: str) -> None:
    lab = build(release=release, dns_domain="corp.example", node_name=None, package=PackageSpec(installed=True))
    row = RELEASES[release]
    system = lab.wmi("Win32_OperatingSystem", CIMV2)[0]
    assert (system["Version"], system["BuildNumber"], system["Caption"]) == (row.version, row.build, row.caption)
    assert system["LastBootUpTime"] == lab.host.life.booted_at
    assert lab.host.operating_system_version() == f"{row.version} SP: {row.service_pack}.0"
    assert system["CSDVersion"] == (f"Service Pack {row.service_pack}" if row.service_pack else None)
    assert lab.wmi("Win32_ComputerSystem", CIMV2)[0]["Domain"] == "corp.example"
    lab.run("sc start MSiSCSI")
    banner = lab.lines("iscsicli ListInitiators")[0]
    assert banner == f"Microsoft iSCSI Initiator Version {row.initiator_banner}"
    node = lab.wmi("MSiSCSIInitiator_MethodClass")[0]["iSCSINodeName"]
    assert node == "iqn.1991-05.com.microsoft:fileserver.corp.example"


@pytest.mark.parametrize(
    ("release", "build_number", "service_pack"),
    [
        ("2003", "3790", 2),
        ("2008", "6002", 2),
        ("2008r2", "7601", 1),
        ("2012", "9200", 0),
        ("2012r2", "9600", 0),
        ("2016", "14393", 0),
        ("2019", "17763", 0),
        ("2022", "20348", 0),
        ("2025", "26100", 0),
    ],
)
def test_builds(build: Build, release: str, build_number: str, service_pack: int) -> None:
    system = build(release=release).wmi("Win32_OperatingSystem", CIMV2)[0]
    assert (system["BuildNumber"], system["ServicePackMajorVersion"]) == (build_number, service_pack)


@each_release
def test_properties_that_came_later(build: Build, release: str) -> None:
    lab = build(release=release)
    system = lab.wmi("Win32_OperatingSystem", CIMV2)[0]
    since_2008, since_2012 = release != "2003", release not in ("2003", "2008", "2008r2")
    assert {"OperatingSystemSKU", "OSArchitecture", "MUILanguages"}.issubset(system) is since_2008
    assert ("PortableOperatingSystem" in system) is since_2012
    assert ("QuantumLength" in system) is not since_2008
    assert ("GUID" in lab.wmi("Win32_NetworkAdapter", CIMV2)[0]) is since_2008
    assert has_class(lab, "StdRegProv") is since_2008
    assert has_class(lab, "StdRegProv", "root/default")
    assert ("GetQWORDValue" in lab.host.wmi_class("root/default", "StdRegProv").methods) is since_2008
    assert list(system) == sorted(system, key=str.lower)


@pytest.mark.parametrize(
    ("release", "core", "classes", "programs"),
    [
        ("2003", False, set(), set()),
        ("2008", False, {"Win32_ServerFeature"}, {"servermanagercmd", "ocsetup", "mpclaim", "iscsicli"}),
        ("2008", True, {"Win32_ServerFeature"}, {"ocsetup", "mpclaim", "iscsicli"}),
        (
            "2008r2",
            False,
            {"Win32_ServerFeature", "Win32_OptionalFeature"},
            {"servermanagercmd", "ocsetup", "dism", "iscsicli"},
        ),
        ("2008r2", True, {"Win32_ServerFeature", "Win32_OptionalFeature"}, {"ocsetup", "dism", "iscsicli"}),
        ("2012", False, {"Win32_ServerFeature", "Win32_OptionalFeature", "MSFT_Disk"}, {"dism", "iscsicli"}),
        ("2022", True, {"Win32_ServerFeature", "Win32_OptionalFeature", "MSFT_Disk"}, {"dism", "iscsicli"}),
    ],
)
def test_what_each_has(build: Build, release: str, core: bool, classes: set[str], programs: set[str]) -> None:
    lab = build(release=release, core=core)
    asked = {"Win32_ServerFeature": CIMV2, "Win32_OptionalFeature": CIMV2, "MSFT_Disk": STORAGE}
    assert {name for name, namespace in asked.items() if has_class(lab, name, namespace)} == classes
    known = ("servermanagercmd", "ocsetup", "dism", "mpclaim", "iscsicli")
    assert {name for name in known if has_program(lab, name)} == programs
    assert all(has_program(lab, name) for name in ("reg", "sc", "net", "shutdown"))


def test_server_core_of_2008_may_lack_the_class_of_features(build: Build) -> None:
    lab = build(release="2008", core=True, switches=Switches(core_2008_has_server_feature_class=False))
    assert not has_class(lab, "Win32_ServerFeature")


@pytest.mark.parametrize(
    ("release", "core", "sku", "installation_type"),
    [
        ("2008", False, 7, None),
        ("2008", True, 13, None),
        ("2008r2", True, 13, "Server Core"),
        ("2012", False, 7, "Server"),
        ("2022", True, 7, "Server Core"),
    ],
)
def test_how_server_core_shows(build: Build, release: str, core: bool, sku: int, installation_type: str | None) -> None:
    lab = build(release=release, core=core)
    assert lab.wmi("Win32_OperatingSystem", CIMV2)[0]["OperatingSystemSKU"] == sku
    assert lab.host.registry.get(VERSION, "InstallationType") == installation_type


def test_editions_that_were_never_made(build: Build) -> None:
    with pytest.raises(ValueError, match="no Server Core of 2003"):
        build(release="2003", core=True)
    with pytest.raises(ValueError, match="no x86 edition of 2012"):
        build(release="2012", architecture="x86")


def test_a_32_bit_server(build: Build) -> None:
    """Its kernel addresses are extended by their sign, and so are the ids of its sessions."""
    lab = build(release="2008", architecture="x86")
    lab.start_initiator()
    lab.discover()
    assert lab.code(lab.login_line()) == 0
    (session,) = lab.wmi("MSiSCSIInitiator_SessionClass")
    assert str(session["SessionId"]).startswith("ffffffff")
    assert str(session["SessionId"])[8] in "89abcdef"
    assert lab.wmi("Win32_OperatingSystem", CIMV2)[0]["OSArchitecture"] == "32-bit"
    assert lab.lines("echo %PROCESSOR_ARCHITECTURE%") == ["x86"]


@pytest.mark.parametrize(("release", "temp"), [("2003", "C:\\Documents and Settings\\"), ("2008", "C:\\Users\\")])
def test_where_temporary_files_go(build: Build, release: str, temp: str) -> None:
    assert build(release=release).lines("echo %TEMP%")[0].startswith(temp)


def test_listings_of_reg_on_2003(build: Build) -> None:
    switches = Switches()
    lab = build(release="2003", switches=switches)
    lab.run("reg add HKLM\\SOFTWARE\\Eva /v List /t REG_MULTI_SZ /d a\\0b /f")
    assert lab.lines("reg query HKLM\\SOFTWARE\\Eva /v List") == [
        "",
        "! REG.EXE VERSION 3.0",
        "",
        "HKEY_LOCAL_MACHINE\\SOFTWARE\\Eva",
        "    List\tREG_MULTI_SZ\ta\\0b\\0\\0",
        "",
    ]
    switches.reg_2003_prints_header = False
    assert lab.lines("reg query HKLM\\SOFTWARE\\Eva /v List")[2] == "    List    REG_MULTI_SZ    a\\0b"


def test_tokens_are_not_filtered_before_vista(build: Build) -> None:
    assert any("S-1-16-8192" in line for line in build(release="2008", elevated=False).lines("whoami /groups"))
    assert not any("S-1-16" in line for line in build(release="2003", elevated=False).lines("whoami /groups"))


def test_shutdown_on_2003(build: Build) -> None:
    lab = build(release="2003")
    assert lab.code("shutdown /r /t 601") == 1
    assert lab.code("shutdown /g /t 5") == 1
    assert lab.code("shutdown -r -t 600") == 0
    assert lab.code("shutdown /r /t 5") == 1115
    newer = build(release="2008")
    assert [newer.code("shutdown /r /t 601"), newer.code("shutdown /r /t 5")] == [0, 1190]


def test_ipv6_addresses_stay_unseen_on_2003(build: Build) -> None:
    nics = [(f"{NIC_A}/24", "iSCSI-A"), ("fd00::1/64", "iSCSI-A"), (f"{NIC_B}/24", "iSCSI-B")]
    rows = build(release="2003", nics=nics).wmi("Win32_NetworkAdapterConfiguration", CIMV2)
    assert [row["IPAddress"] for row in rows if row["IPEnabled"]] == [[NIC_A], [NIC_B]]


@pytest.mark.parametrize(
    ("release", "named", "code"),
    [("2008", False, 0xEFFF003F), ("2008", True, 0), ("2008r2", False, 0)],
)
def test_2008_wants_the_initiator_named_for_a_second_session(
    build: Build, release: str, named: bool, code: int
) -> None:
    lab = build(release=release)
    lab.start_initiator()
    lab.discover()
    assert lab.code(lab.login_line()) == 0
    instance = "Root\\ISCSIPRT\\0000_0 1" if named else "* *"
    line = f"iscsicli LoginTarget {TARGET_A} T * * {instance} 0 0x2 * * * * * * * * * 0"
    assert lab.code(line) == code


@each_release
def test_every_class_shows_the_properties_it_declares(build: Build, release: str) -> None:
    lab = build(release=release, package=PackageSpec(installed=True), cluster=ClusterSpec(groups=("SQL",)))
    seen = 0
    for classes in lab.host.catalogue.classes.values():
        for wmi_class in classes.values():
            try:
                instances = wmi_class.instances()
            except WmiFailure:
                continue  # a driver that is not loaded
            for item in instances:
                assert list(item.properties) == list(wmi_class.properties), wmi_class.name
                seen += 1
    assert seen > 20
