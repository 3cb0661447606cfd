# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The classes of MPIO, of the DSM and of disks: names, order, joins, faults, methods."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.storage.policies import PathState, TargetPortGroups
from ansible_collections.eva.mpio.tests.lab.winrm.interface import WmiFailure, WmiObject

CONTROL = ["MPIO_DISK_INFO", "MPIO_PATH_INFORMATION", "MPIO_REGISTERED_DSM", "MPIO_TIMERS_COUNTERS",
           "MSDSM_DEFAULT_LOAD_BALANCE_POLICY", "MSDSM_TARGETS_DEFAULT_LOAD_BALANCE_POLICY",
           "MSDSM_SUPPORTED_DEVICES_LIST"]  # fmt: skip
PER_DISK = ["MPIO_GET_DESCRIPTOR", "DSM_QueryLBPolicy", "DSM_QueryLBPolicy_V2", "DSM_QuerySupportedLBPolicies",
            "DSM_QuerySupportedLBPolicies_V2", "DSM_QueryUniqueId", "DSM_LB_Operations"]  # fmt: skip
INSTANCE = r"MPIO\Disk&Ven_HP&Prod_HSV340&Rev_1100\1&7f6ac24&0&" + b"600143800024240B0000500000510001".hex() + "_0"


def only(server, name: str) -> dict:
    (row,) = server.instances(name)
    return dict(row.properties)


def fault(server, name: str) -> WmiFailure:
    with pytest.raises(WmiFailure) as caught:
        server.instances(name)
    return caught.value


@pytest.mark.parametrize("name", CONTROL + PER_DISK)
def test_without_the_driver_every_class_is_a_fault(make, name) -> None:
    failure = fault(make(), name)
    assert (failure.hresult, failure.extended) == (2150859010, "WDM specific return code: 4200")
    assert fault(make(driverless_mpio_classes="unknown_class"), name).hresult == 2150858778


@pytest.mark.parametrize("name", PER_DISK)
def test_without_disks_the_classes_of_disks_are_a_fault_or_empty(server, name) -> None:
    assert fault(server, name).extended == "WDM specific return code: 4200"
    server.switches.diskless_mpio_classes = "empty"
    assert list(server.instances(name)) == []


@pytest.mark.parametrize("name", CONTROL + PER_DISK)
def test_properties_are_in_alphabetical_order_all_the_way_down(server, unit, name) -> None:
    server.login(1, unit())

    def check(value: WmiObject) -> None:
        names = list(value.properties)
        assert names == sorted(names, key=str.lower)
        for inner in value.properties.values():
            for element in inner if isinstance(inner, list) else [inner]:
                if isinstance(element, WmiObject):
                    check(element)

    (row,) = server.instances(name)
    check(row)
    assert tuple(row.properties) == server.wmi(name).properties
    assert row.properties["InstanceName"] == (INSTANCE if name in PER_DISK else r"ROOT\MPIO\0000_0")


def test_a_class_can_be_made_unreadable(server, unit) -> None:
    server.login(1, unit())
    server.switches.embedded_arrays_readable = frozenset({"DSM_QueryLBPolicy_V2"})
    assert fault(server, "DSM_QueryLBPolicy_V2").hresult == 2150859010
    assert only(server, "DSM_QueryLBPolicy")["LoadBalancePolicy"].properties["Version"] == 1


def test_no_disk_means_nil_not_an_empty_array(server) -> None:
    assert (only(server, "MPIO_DISK_INFO")["NumberDrives"], only(server, "MPIO_DISK_INFO")["DriveInfo"]) == (0, None)


def test_a_lun_is_found_by_its_serial_number_and_its_device_instance(server, unit) -> None:
    server.login(1, unit(1), unit(2))
    drives = {
        drive.properties["SerialNumber"]: drive.properties for drive in only(server, "MPIO_DISK_INFO")["DriveInfo"]
    }
    instances = {row.properties["DeviceName"]: row.properties["InstanceName"]
                 for row in server.instances("MPIO_GET_DESCRIPTOR")}  # fmt: skip
    plug_and_play = {row.properties["PNPDeviceID"]: row.properties for row in server.instances("Win32_DiskDrive")}
    storage = {row.properties["UniqueId"]: row.properties for row in server.instances("MSFT_Disk")}
    for lun in (1, 2):
        serial = unit(lun).naa.upper()
        number = drives[serial]["Name"].removeprefix("MPIO Disk")
        name = instances[rf"\Device\MPIODisk{number}"]
        drive = plug_and_play[name.upper().removesuffix("_0")]
        assert drive["Index"] == storage[serial]["Number"]
        assert drive["Model"] == "HP HSV340  Multi-Path Disk Device"
    assert len(plug_and_play) == 3


def test_descriptor_and_policy_join_on_the_path_id_only(make, unit, eva_id) -> None:
    server = make(path_id_top_byte=0x87, path_id_port_offset=1)
    server.install()
    server.disks.claim([eva_id])
    for session in range(1, 7):
        server.login(session, unit())
    devices = {item.properties["PathIdentifier"]: item.properties["ScsiAddress"].properties
               for item in only(server, "MPIO_GET_DESCRIPTOR")["PdoInformation"]}  # fmt: skip
    paths = [item.properties["DsmPathId"] for item in
             only(server, "DSM_QueryLBPolicy_V2")["LoadBalancePolicy"].properties["DSM_Paths"]]  # fmt: skip
    assert list(devices) != paths
    assert set(devices) == set(paths) == {0x87040000 + session for session in range(1, 7)}
    assert all(address["PortNumber"] == 3 for address in devices.values())
    assert {address["TargetId"] for address in devices.values()} == set(range(1, 7))
    adapters = only(server, "MPIO_PATH_INFORMATION")
    assert {item.properties["PathId"] for item in adapters["PathList"]} == set(paths)


def policy_paths(server, version: str = "_V2") -> list[dict]:
    policy = only(server, f"DSM_QueryLBPolicy{version}")["LoadBalancePolicy"].properties
    assert policy["DSMPathCount"] == len(policy["DSM_Paths"])
    return [dict(path.properties) for path in policy["DSM_Paths"]]


def test_a_failed_path_reads_back_without_its_id(server, unit) -> None:
    server.login(1, unit())
    server.login(2, unit())
    server.disks.fail("s1")
    by_id = {path["DsmPathId"]: path for path in policy_paths(server)}
    assert (by_id[0]["FailedPath"], by_id[0x77030002]["FailedPath"]) == (1, 0)
    states = {item.properties["PathIdentifier"]: item.properties["DeviceState"]
              for item in only(server, "MPIO_GET_DESCRIPTOR")["PdoInformation"]}  # fmt: skip
    assert states == {0x77030001: 0, 0x77030002: 1}
    server.switches.failed_paths_are_kept = False
    assert [path["DsmPathId"] for path in policy_paths(server)] == [0x77030002]


def test_target_port_groups_show_in_the_second_version_only(server, unit) -> None:
    server.disks.set_target_port_groups(unit().naa, TargetPortGroups(1, {2: PathState.ACTIVE_UNOPTIMIZED}))
    server.login(1, unit(target_port_group=1, relative_target_port=11))
    server.login(2, unit(target_port_group=2, relative_target_port=12))
    shown = {path["TargetPortGroup_Identifier"]: path for path in policy_paths(server)}
    assert (shown[1]["PrimaryPath"], shown[1]["OptimizedPath"], shown[1]["TargetPortGroup_State"]) == (1, 1, 0)
    assert (shown[2]["PrimaryPath"], shown[2]["OptimizedPath"], shown[2]["TargetPortGroup_State"]) == (1, 0, 1)
    assert shown[2]["TargetPort_Identifier"] == 12
    assert {path["ALUASupport"] for path in shown.values()} == {1}
    assert {path["SymmetricLUA"] for path in shown.values()} == {0}
    assert set(policy_paths(server, "")[0]) == {"DsmPathId", "PathWeight", "PrimaryPath", "Reserved"}
    supported = only(server, "DSM_QuerySupportedLBPolicies_V2")
    assert [item.properties["LoadBalancePolicy"] for item in supported["Supported_LB_Policies"]] == [1, 3, 4, 5, 6]


def test_without_target_port_groups_their_state_is_not_used(server, unit) -> None:
    server.login(1, unit(target_port_group=1, relative_target_port=11))
    (path,) = policy_paths(server)
    assert (path["TargetPortGroup_Identifier"], path["TargetPort_Identifier"]) == (0, 0)
    assert (path["TargetPortGroup_State"], path["ALUASupport"]) == (16, 0)


def load_balance(policy: int, paths: list[dict], version: int = 2) -> dict:
    suffix = "_V2" if version == 2 else ""
    objects = [WmiObject(f"MPIO_DSM_Path{suffix}", path) for path in paths]
    values = {"Version": version, "LoadBalancePolicy": policy, "DSMPathCount": len(objects), "Reserved": 0,
              "DSM_Paths": objects}  # fmt: skip
    return {"LoadBalancePolicy": WmiObject(f"DSM_Load_Balance_Policy{suffix}", values)}


def call(server, method: str, arguments: dict, instance: str = INSTANCE) -> dict:
    return server.wmi("DSM_LB_Operations").methods[method]({"InstanceName": instance}, arguments)


def test_a_read_policy_can_be_changed_and_written_back(server, unit) -> None:
    server.login(1, unit())
    server.login(2, unit())
    paths = [{**path, "PathWeight": 7} for path in policy_paths(server)]
    assert call(server, "DsmSetLoadBalancePolicyALUA", load_balance(5, paths), INSTANCE.upper()) == {"Status": 0}
    assert {path["PathWeight"] for path in policy_paths(server)} == {7}
    text = {key: str(value) for key, value in policy_paths(server, "")[0].items()}
    one = load_balance(1, [text, {**policy_paths(server, "")[1], "PrimaryPath": 0}], version=1)
    call(server, "DsmSetLoadBalancePolicy", one)
    assert server.disks.mpio.disks[0].policy.name == "FAIL_OVER_ONLY"
    assert call(server, "DsmSetLoadBalancePolicyALUA", load_balance(0, [])) == {"Status": 0}
    assert not server.disks.mpio.disks[0].explicit


@pytest.mark.parametrize(
    ("change", "extended"),
    [
        (lambda paths: load_balance(4, paths[:1]), "WDM specific return code: 87"),
        (lambda paths: load_balance(7, paths), "WDM specific return code: 87"),
        (lambda paths: load_balance(99, paths), "WDM specific return code: 87"),
        (lambda paths: load_balance(4, paths, version=3), "WDM specific return code: 50"),
        (lambda paths: {"LoadBalancePolicy": "<INSTANCE/>"}, None),
        (lambda paths: {}, None),
    ],
)
def test_a_method_refuses_what_the_sample_dsm_refuses(server, unit, change, extended) -> None:
    server.login(1, unit())
    server.login(2, unit())
    with pytest.raises(WmiFailure) as caught:
        call(server, "DsmSetLoadBalancePolicyALUA", change(policy_paths(server)))
    assert caught.value.extended == extended
    assert not server.disks.mpio.disks[0].explicit


def test_read_modify_write_fails_while_a_path_is_down(server, unit) -> None:
    server.login(1, unit())
    server.login(2, unit())
    server.disks.fail("s1")
    with pytest.raises(WmiFailure):
        call(server, "DsmSetLoadBalancePolicyALUA", load_balance(4, policy_paths(server)))
    paths = [{**path, "DsmPathId": path["DsmPathId"] or 0x77030001, "PrimaryPath": 1, "OptimizedPath": 1}
             for path in policy_paths(server)]  # fmt: skip
    assert call(server, "DsmSetLoadBalancePolicyALUA", load_balance(4, paths)) == {"Status": 0}


def test_embedded_arguments_may_be_refused(server, unit) -> None:
    server.login(1, unit())
    server.switches.embedded_arguments_accepted = False
    with pytest.raises(WmiFailure) as caught:
        call(server, "DsmSetLoadBalancePolicyALUA", load_balance(2, policy_paths(server)))
    assert caught.value.hresult == 2150858817


def test_an_unknown_instance_is_not_found(server, unit) -> None:
    server.login(1, unit())
    with pytest.raises(WmiFailure) as caught:
        call(server, "DsmSetLoadBalancePolicy", load_balance(0, []), "MPIO\\nothing_0")
    assert caught.value.hresult == 2150858752


def test_defaults_can_be_written(server, unit, eva_id) -> None:
    server.login(1, unit())
    wide = server.wmi("MSDSM_DEFAULT_LOAD_BALANCE_POLICY")
    assert wide.put({}, {"LoadBalancePolicy": "4"}).properties["LoadBalancePolicy"] == 4
    assert server.disks.mpio.disks[0].policy.name == "LEAST_QUEUE_DEPTH"
    with pytest.raises(WmiFailure):
        wide.put({}, {"LoadBalancePolicy": 5})
    targets = server.wmi("MSDSM_TARGETS_DEFAULT_LOAD_BALANCE_POLICY")
    row = WmiObject("MSDSM_TARGET_DEFAULT_POLICY_INFO", {"HardwareId": eva_id, "LoadBalancePolicy": 6})
    (shown,) = targets.put({}, {"TargetDefaultPolicyInfo": row}).properties["TargetDefaultPolicyInfo"]
    assert shown.properties["HardwareId"] == eva_id
    assert server.disks.mpio.disks[0].policy.name == "LEAST_BLOCKS"


def test_timers_can_be_written_and_outlive_the_boot(server) -> None:
    timers = server.wmi("MPIO_TIMERS_COUNTERS")
    assert timers.put({}, {"PDORemovePeriod": "130"}).properties["PDORemovePeriod"] == 130
    server.disks.boot()
    assert only(server, "MPIO_TIMERS_COUNTERS")["PDORemovePeriod"] == 130
    with pytest.raises(WmiFailure):
        timers.put({}, {"RetryCount": 501})


def test_the_registered_dsm_has_the_version_of_windows(server) -> None:
    (dsm,) = only(server, "MPIO_REGISTERED_DSM")["DsmParameters"]
    assert dsm.properties["DsmName"] == "Microsoft DSM"
    version = dsm.properties["DsmVersion"].properties
    assert (version["MajorVersion"], version["MinorVersion"], version["ProductBuild"]) == (6, 3, 9600)


def test_the_supported_devices_are_those_the_dsm_has_loaded(server, eva_id) -> None:
    assert only(server, "MSDSM_SUPPORTED_DEVICES_LIST")["DeviceId"] == ["Vendor 8Product       16", eva_id]


@pytest.mark.parametrize("name", ["Win32_DiskDrive", "MSFT_Disk", "MSFT_PhysicalDisk", "Win32_OptionalFeature",
                                  "Win32_ServerFeature"])  # fmt: skip
def test_other_classes_have_the_properties_they_declare(server, unit, name) -> None:
    server.login(1, unit())
    for row in server.instances(name):
        assert tuple(row.properties) == server.wmi(name).properties
        assert list(row.properties) == sorted(row.properties, key=str.lower)


def test_a_plain_disk_is_a_scsi_disk(make, unit) -> None:
    server = make()
    server.login(1, unit())
    drive = server.instances("Win32_DiskDrive")[1].properties
    assert drive["PNPDeviceID"].startswith(r"SCSI\DISK&VEN_HP&PROD_HSV340\3&")
    assert (drive["SCSIPort"], drive["SCSITargetId"], drive["SCSILogicalUnit"]) == (3, 1, 1)
    assert 0 < drive["Size"] <= unit().blocks * 512
    disk = server.instances("MSFT_Disk")[1].properties
    assert (disk["UniqueId"], disk["UniqueIdFormat"], disk["BusType"]) == (unit().naa.upper(), 3, 9)
