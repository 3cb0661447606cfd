# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The initiator's WMI classes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.lab.fabric.interface import Chap
from ansible_collections.eva.mpio.tests.lab.winrm.interface import WmiFailure, WmiObject

from .conftest import INSTANCE, NIC_A, NIC_B, NODE, PORTAL_A, PORTAL_B, TARGET_A, TARGET_B, Lab, prop

STORAGE = "root/Microsoft/Windows/Storage"
SERVICE_CLASSES = (
    "MSiSCSIInitiator_MethodClass",
    "MSiSCSIInitiator_SessionClass",
    "MSiSCSIInitiator_PersistentLoginClass",
    "MSiSCSIInitiator_SendTargetPortalClass",
    "MSiSCSIInitiator_TargetClass",
    "MSiSCSIInitiator_InitiatorClass",
    "MSiSCSIInitiator_PersistentDevices",
    "MSiSCSIInitiator_iSNSServerClass",
)


def test_every_instance_has_the_properties_of_its_class_in_alphabetical_order(ready: Lab) -> None:
    ready.run(ready.login_line())
    ready.run(ready.login_line("PersistentLoginTarget"))
    seen = 0
    for namespace, classes in ready.host.catalogue.classes.items():
        for wmi_class in classes.values():
            try:
                instances = wmi_class.instances()
            except WmiFailure:
                continue
            assert list(wmi_class.properties) == sorted(wmi_class.properties, key=str.lower), wmi_class.name
            assert set(wmi_class.keys) <= set(wmi_class.properties), (namespace, wmi_class.name)
            for item in instances:
                assert list(item.properties) == list(wmi_class.properties), wmi_class.name
                seen += 1
    assert seen > 20


@pytest.mark.parametrize("name", SERVICE_CLASSES)
def test_service_classes_while_the_service_stands(lab: Lab, name: str) -> None:
    with pytest.raises(WmiFailure) as caught:
        lab.wmi(name)
    assert (caught.value.hresult, caught.value.extended) == (2150859010, None)
    lab.host.switches.stopped_service_answer = "empty"
    assert lab.wmi(name) == []


def test_driver_classes_while_the_service_stands(lab: Lab) -> None:
    with pytest.raises(WmiFailure) as caught:
        lab.wmi("MSiSCSI_PortalInfoClass")
    assert (caught.value.hresult, caught.value.extended) == (2150859010, "WDM specific return code: 4200")
    lab.host.switches.driver_needs_service = False
    assert lab.wmi("MSiSCSI_PortalInfoClass")[0]["PortalInfoCount"] == 2


def test_hardware_initiator_classes_have_no_instance(ready: Lab) -> None:
    with pytest.raises(WmiFailure, match="provider could not") as caught:
        ready.wmi("MSiSCSI_NICConfig")
    assert caught.value.extended == "WDM specific return code: 4200"


def test_unknown_classes(lab: Lab) -> None:
    for namespace, name in (("root/wmi", "MSiSCSI_Nothing"), ("root/nowhere", "Win32_Service")):
        with pytest.raises(WmiFailure) as caught:
            lab.host.wmi_class(namespace, name)
        assert caught.value.hresult == 2150858778


def test_a_class_can_be_unreadable(ready: Lab) -> None:
    ready.host.switches.embedded_arrays_readable = frozenset({"msiscsiinitiator_sessionclass"})
    with pytest.raises(WmiFailure) as caught:
        ready.wmi("MSiSCSIInitiator_SessionClass")
    assert caught.value.hresult == 2150859010


@pytest.mark.parametrize(
    ("source", "indexes", "ports"), [("index", [1, 2], [0, 0]), ("port", [0, 1], [1, 2]), ("both", [1, 2], [1, 2])]
)
def test_initiator_portals(ready: Lab, source: Any, indexes: list[int], ports: list[int]) -> None:
    ready.host.switches.port_number_source = source
    item = ready.wmi("MSiSCSI_PortalInfoClass")[0]
    assert (item["InstanceName"], item["Active"], item["PortalInfoCount"]) == (INSTANCE, True, 2)
    portals = item["PortalInformation"]
    assert isinstance(portals, list)
    assert [prop(portal, "Index") for portal in portals] == indexes
    assert [prop(portal, "Port") for portal in portals] == ports
    address = prop(portals[0], "IPAddr")
    assert prop(address, "Type") == 1
    assert prop(address, "IpV4Address") == 10 + (10 << 8) + (1 << 16) + (11 << 24)
    assert ready.code(ready.login_line()) == 0
    assert ready.host.snapshot().sessions[0].nic_address == NIC_A


def test_session_class_and_driver_agree_by_their_ids(ready: Lab) -> None:
    ready.run(ready.login_line())
    ready.run(f"iscsicli LoginTarget {TARGET_B} T {PORTAL_B} 3260 * * 0 0x2 * * * * * * * * * 0")
    sessions = ready.wmi("MSiSCSIInitiator_SessionClass")
    driver = ready.wmi("MSiSCSI_InitiatorSessionInfo")[0]
    adapter = driver["UniqueAdapterId"]
    assert adapter == ready.wmi("MSiSCSI_HBAInformation")[0]["UniqueAdapterId"]
    assert isinstance(driver["SessionsList"], list)
    expected = [f"{adapter:016x}-{prop(item, 'UniqueSessionId'):016x}" for item in driver["SessionsList"]]
    assert [item["SessionId"] for item in sessions] == expected
    assert [item["InitiatorName"] for item in sessions] == [NODE, NODE]
    assert [item["TargetNodeName"] for item in sessions] == [None, None]
    local = [prop(item["ConnectionInformation"][0], "InitiatorAddress") for item in sessions]  # type: ignore[index]
    assert local == [NIC_A, "0.0.0.0"]
    real = [prop(prop(item, "ConnectionsList")[0], "LocalAddr") for item in driver["SessionsList"]]
    assert [prop(item, "IpV4Address").to_bytes(4, "little") for item in real] == [
        bytes((10, 10, 1, 11)),
        bytes((10, 10, 2, 11)),
    ]
    states = [prop(prop(item, "ConnectionsList")[0], "State") for item in driver["SessionsList"]]
    assert states == [1, 1]
    ready.host.switches.session_local_address_zero_when_any = False
    shown = ready.wmi("MSiSCSIInitiator_SessionClass")[1]["ConnectionInformation"]
    assert prop(shown[0], "InitiatorAddress") == NIC_B  # type: ignore[index]


def test_devices_of_a_session(ready: Lab) -> None:
    ready.run(ready.login_line())
    devices = ready.wmi("MSiSCSIInitiator_SessionClass")[0]["Devices"]
    assert isinstance(devices, list)
    assert prop(devices[0], "DeviceType") == 7
    assert prop(devices[0], "InitiatorName") == INSTANCE
    assert prop(devices[0], "LegacyName") == f"\\\\.\\PhysicalDrive{prop(devices[0], 'DeviceNumber')}"
    assert [prop(devices[0], name) for name in ("ScsiPortNumber", "ScsiPathId", "ScsiTargetId", "ScsiLun")] == [
        4,
        0,
        0,
        1,
    ]


def test_persistent_logins_show_flags_and_mask_the_secret(ready: Lab) -> None:
    ready.array.set_chap(NODE, Chap("user", b"fourteen-bytes"))
    ready.run(ready.login_line("PersistentLoginTarget", chap="user 0x" + b"fourteen-bytes".hex() + " 1"))
    ready.run(f"iscsicli PersistentLoginTarget {TARGET_B} T * * * * 0 0 * * * * * * * * * 0")
    first, second = ready.wmi("MSiSCSIInitiator_PersistentLoginClass")
    assert (first["InitiatorInstance"], first["InitiatorPortNumber"]) == (INSTANCE, 1)
    assert (second["InitiatorInstance"], second["InitiatorPortNumber"]) == ("", 0xFFFFFFFF)
    assert prop(first["TargetPortal"], "Address") == PORTAL_A
    assert prop(second["TargetPortal"], "Address") == ""
    options = first["LoginOptions"]
    assert prop(options, "LoginFlags") == 2
    assert prop(options, "Username") == b"user"
    assert prop(options, "Password") == b"*" * 14
    assert prop(second["LoginOptions"], "Password") is None


def test_one_target_instance_for_each_mechanism(ready: Lab) -> None:
    ready.run(f"iscsicli AddTargetPortal {PORTAL_B} 3260 {INSTANCE} 2 * * * * * * * * * *")
    shown = [(item["TargetName"], item["DiscoveryMechanism"]) for item in ready.wmi("MSiSCSIInitiator_TargetClass")]
    assert shown == [
        (TARGET_A, f"SendTargets:*{PORTAL_A} 0003260 {INSTANCE} "),
        (TARGET_B, f"SendTargets:*{PORTAL_A} 0003260 {INSTANCE} "),
        (TARGET_A, f"SendTargets:*{PORTAL_B} 0003260 {INSTANCE} {NIC_B}"),
        (TARGET_B, f"SendTargets:*{PORTAL_B} 0003260 {INSTANCE} {NIC_B}"),
    ]
    portal = ready.wmi("MSiSCSIInitiator_SendTargetPortalClass")[1]
    assert (portal["PortalAddress"], portal["PortalPort"], portal["InitiatorPortNumber"]) == (PORTAL_B, 3260, 2)


def login_inputs(**changes: Any) -> dict[str, Any]:
    portal = WmiObject("MSiSCSIInitiator_Portal", {"Address": PORTAL_A, "Port": "3260"})
    options = WmiObject("MSiSCSIInitiator_TargetLoginOptions", {"LoginFlags": "2", "InformationSpecified": "0"})
    return {
        "selectors": {"targetname": TARGET_A, "DiscoveryMechanism": f"SendTargets:*{PORTAL_A} 0003260 {INSTANCE} "},
        "IsInformationalSession": "false",
        "InitiatorPortNumber": "1",
        "TargetPortal": portal,
        "LoginOptions": options,
        "IsPersistent": "false",
        **changes,
    }


def test_login_by_method(ready: Lab) -> None:
    answer = ready.invoke("MSiSCSIInitiator_TargetClass", "Login", **login_inputs())
    session = ready.wmi("MSiSCSIInitiator_SessionClass")[0]
    assert (answer["ReturnValue"], answer["UniqueSessionId"]) == (0, session["SessionId"])
    ready.invoke("MSiSCSIInitiator_TargetClass", "Login", **login_inputs(IsPersistent="true"))
    assert len(ready.wmi("MSiSCSIInitiator_SessionClass")) == 1
    assert len(ready.wmi("MSiSCSIInitiator_PersistentLoginClass")) == 1
    selectors = {"SessionId": str(session["SessionId"]).upper()}
    assert ready.invoke("MSiSCSIInitiator_SessionClass", "Logout", selectors=selectors)["ReturnValue"] == 0
    with pytest.raises(WmiFailure) as caught:
        ready.invoke("MSiSCSIInitiator_SessionClass", "Logout", selectors=selectors)
    assert caught.value.hresult == 2150858752


def test_embedded_method_input_may_be_refused(ready: Lab) -> None:
    ready.host.switches.embedded_arguments_accepted = False
    with pytest.raises(WmiFailure):
        ready.invoke("MSiSCSIInitiator_TargetClass", "Login", **login_inputs())
    assert not ready.host.initiator.sessions.all()


def test_method_class(ready: Lab) -> None:
    name = "MSiSCSIInitiator_MethodClass"
    assert ready.invoke(name, "SetIScsiInitiatorNodeName", InitiatorNodeName="x")["ReturnValue"] == 0xEFFF0051
    assert ready.invoke(name, "SetIScsiInitiatorNodeName", InitiatorNodeName="iqn.2026-11.lab:y")["ReturnValue"] == 0
    secret = [str(byte) for byte in b"twelve-bytes"]
    assert ready.invoke(name, "SetIScsiInitiatorCHAPSharedSecret", SharedSecret=secret)["ReturnValue"] == 0
    assert ready.host.initiator.around.mutual_secret == b"twelve-bytes"
    assert "twelve" not in repr(ready.host.initiator.around)
    short = ready.invoke(name, "SetIScsiInitiatorCHAPSharedSecret", SharedSecret=secret[:11])
    assert short["ReturnValue"] == 0xEFFF004C
    ready.network.portal_down(PORTAL_A)
    assert ready.invoke(name, "RefreshTargetList")["ReturnValue"] == 0xAFFF002E
    assert len(ready.wmi("MSiSCSIInitiator_TargetClass")) == 2


def test_inquiry_by_method(ready: Lab) -> None:
    ready.run(ready.login_line())
    selectors = {"SessionId": ready.wmi("MSiSCSIInitiator_SessionClass")[0]["SessionId"]}
    page = ready.invoke(
        "MSiSCSIInitiator_SessionClass", "SendScsiInquiry", selectors=selectors, Lun="1", EvpdCmddt="1", PageCode="131"
    )
    assert bytes.fromhex(ready.array.vdisks[0].naa) in page["ResponseBuffer"]  # type: ignore[operator]


def test_storage_namespace(ready: Lab) -> None:
    answer = ready.invoke(
        "MSFT_iSCSITarget",
        "Connect",
        STORAGE,
        NodeAddress=TARGET_B,
        TargetPortalAddress=PORTAL_B,
        InitiatorPortalAddress=NIC_B,
        IsMultipathEnabled="true",
    )
    assert answer["ReturnValue"] == 0
    identifier = prop(answer["CreatediSCSISession"], "SessionIdentifier")
    session = ready.wmi("MSFT_iSCSISession", STORAGE)[0]
    assert (session["InitiatorPortalAddress"], session["IsPersistent"], session["IsConnected"]) == (NIC_B, False, True)
    assert "IsMultipathEnabled" not in session
    selectors = {"SessionIdentifier": identifier}
    for _unused in range(2):
        ready.invoke("MSFT_iSCSISession", "Register", STORAGE, selectors=selectors, IsMultipathEnabled="true")
    assert len(ready.host.initiator.persistent.all()) == 2
    assert ready.wmi("MSFT_iSCSISession", STORAGE)[0]["IsPersistent"]
    assert ready.wmi("MSFT_iSCSIConnection", STORAGE)[0]["TargetAddress"] == PORTAL_B
    assert ready.invoke("MSFT_iSCSISession", "Unregister", STORAGE, selectors=selectors)["ReturnValue"] == 0
    gone = ready.invoke("MSFT_iSCSISession", "Unregister", STORAGE, selectors=selectors)
    assert gone["ReturnValue"] == 0xEFFF0029
    target = {"NodeAddress": TARGET_B}
    assert ready.invoke("MSFT_iSCSITarget", "Disconnect", STORAGE, selectors=target)["ReturnValue"] == 0
    assert ready.wmi("MSFT_iSCSISession", STORAGE) == []


def test_storage_portals(ready: Lab) -> None:
    made = ready.invoke(
        "MSFT_iSCSITargetPortal", "New", STORAGE, TargetPortalAddress=PORTAL_B, InitiatorPortalAddress=NIC_B
    )
    assert prop(made["CreatedTargetPortal"], "InitiatorPortalAddress") == NIC_B
    selectors = {
        "TargetPortalAddress": PORTAL_B,
        "TargetPortalPortNumber": "3260",
        "InitiatorInstanceName": INSTANCE,
        "InitiatorPortalAddress": NIC_B,
    }
    assert ready.invoke("MSFT_iSCSITargetPortal", "Remove", STORAGE, selectors=selectors)["ReturnValue"] == 0
    assert [item["TargetPortalAddress"] for item in ready.wmi("MSFT_iSCSITargetPortal", STORAGE)] == [PORTAL_A]
    wrong = ready.invoke(
        "MSFT_iSCSITargetPortal", "New", STORAGE, TargetPortalAddress=PORTAL_B, InitiatorPortalAddress="10.9.9.9"
    )
    assert wrong["ReturnValue"] == 0xEFFF002D
