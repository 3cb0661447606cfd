# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WMI classes of the Microsoft DSM (windows-driver-docs, storage/dsm-*; MSDSM_*: Microsoft's sample DSM)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...winrm.interface import WmiClass, WmiObject, WmiValue
from ..storage.disks import Disks
from ..storage.generations import has_default_classes
from ..storage.multipath_disk import MultipathDisk
from ..storage.policies import PathWish, Policy, PolicyRefusedError, state_from_flags
from ..storage.policy_rules import supported_policies
from . import embedded
from .dsm_paths import path_objects
from .wdm import (
    CONTROL_INSTANCE,
    argument,
    check_embedded,
    control_instances,
    disk_instances,
    driverless,
    instance,
    number,
    objects,
    ordered,
    property_names,
    schema_failure,
    selected_disk,
    wdm_failure,
)

WIN32_OF_STATUS = {PolicyRefusedError.INVALID_PARAMETER: 87, PolicyRefusedError.NOT_SUPPORTED: 50}
METHOD_NAMES = {1: "DsmSetLoadBalancePolicy", 2: "DsmSetLoadBalancePolicyALUA"}
"""The method that takes each version of the structure."""


def classes(disks: Disks) -> list[WmiClass]:
    """Return the classes of root/wmi that the DSM of this release answers, and those it embeds in them."""
    versions = range(1, disks.mpio.dsm.generation.highest_version + 1)
    found = [
        *(_policy_class(disks, version) for version in versions),
        *(_supported_class(disks, version) for version in versions),
        _per_disk(disks, "DSM_QueryUniqueId", ("DsmUniqueId",), lambda disk: {"DsmUniqueId": _unique_id(disks, disk)}),
        _operations_class(disks, versions),
        *(embedded.wmi_class(name) for version in versions for name in embedded.POLICY_CLASSES[version]),
    ]
    if has_default_classes(disks.release, disks.switches):
        found += [
            _wide_default_class(disks),
            _target_defaults_class(disks),
            WmiClass(
                "MSDSM_SUPPORTED_DEVICES_LIST",
                ("InstanceName",),
                property_names("NumberDevices", "Reserved", "DeviceId"),
                control_instances(disks, "MSDSM_SUPPORTED_DEVICES_LIST", lambda: _supported_devices(disks)),
            ),
        ]
    return found


def _per_disk(
    disks: Disks, name: str, properties: Sequence[str], values: Callable[[MultipathDisk], Mapping[str, WmiValue]]
) -> WmiClass:
    found = disk_instances(disks, name, values, _shown(disks))
    return WmiClass(name, ("InstanceName",), property_names(*properties), found)


def _shown(disks: Disks) -> Callable[[MultipathDisk], bool]:
    """Return which disks the classes of a DSM have an instance for."""
    return lambda disk: disk.vendor_dsm is None or disks.switches.vendor_policy_instance == "without_paths"


def _versioned(name: str, version: int) -> str:
    return name if version == 1 else f"{name}_V2"


def _policy_class(disks: Disks, version: int) -> WmiClass:
    return _per_disk(
        disks,
        _versioned("DSM_QueryLBPolicy", version),
        ("LoadBalancePolicy",),
        lambda disk: {"LoadBalancePolicy": _policy_object(disk.policy, path_objects(disks, disk, version), version)},
    )


def _supported_class(disks: Disks, version: int) -> WmiClass:
    def values(disk: MultipathDisk) -> Mapping[str, WmiValue]:
        policies: tuple[Policy, ...] = (Policy.VENDOR_SPECIFIC,)
        if disk.vendor_dsm is None:
            policies = supported_policies(disk.facts(), disks.mpio.dsm.policies)
        return {
            "SupportedLBPoliciesCount": len(policies),
            "Reserved": 0,
            "Supported_LB_Policies": [_policy_object(policy, [], version) for policy in policies],
        }

    return _per_disk(
        disks,
        _versioned("DSM_QuerySupportedLBPolicies", version),
        ("SupportedLBPoliciesCount", "Reserved", "Supported_LB_Policies"),
        values,
    )


def _policy_object(policy: Policy, paths: Sequence[WmiObject], version: int) -> WmiObject:
    return ordered(
        _versioned("DSM_Load_Balance_Policy", version),
        {
            "Version": version,
            "LoadBalancePolicy": int(policy),
            "DSMPathCount": len(paths),
            "Reserved": 0,
            "DSM_Paths": list(paths) or None,
        },
    )


def _unique_id(disks: Disks, disk: MultipathDisk) -> int:
    """Return what stands for a kernel address: another one for each disk and boot."""
    return disks.release.kernel_pointer_base + 0x1000 * disk.sequence


# methods


def _operations_class(disks: Disks, versions: Sequence[int]) -> WmiClass:
    def method(version: int) -> Callable[[Mapping[str, str], Mapping[str, WmiValue]], Mapping[str, WmiValue]]:
        return lambda selectors, arguments: _set_policy(disks, selectors, arguments, version)

    return WmiClass(
        "DSM_LB_Operations",
        ("InstanceName",),
        property_names(),
        disk_instances(disks, "DSM_LB_Operations", lambda disk: {}, _shown(disks)),
        methods={METHOD_NAMES[version]: method(version) for version in versions},
    )


def _set_policy(
    disks: Disks, selectors: Mapping[str, str], arguments: Mapping[str, WmiValue], version: int
) -> Mapping[str, WmiValue]:
    """Run one of the two methods; the out parameter Status is an NTSTATUS and a refusal is a fault as well."""
    with disks.lock:
        disk = selected_disk(disks, selectors, _shown(disks))
        check_embedded(disks, arguments)
        given = argument(arguments, "LoadBalancePolicy")
        if not isinstance(given, WmiObject):
            raise schema_failure()
        highest = disks.mpio.dsm.generation.highest_version
        try:
            policy = _policy(number(argument(given.properties, "LoadBalancePolicy")))
            if policy is not Policy.CLEAR and number(argument(given.properties, "Version")) > highest:
                raise PolicyRefusedError("no such version of the structure", PolicyRefusedError.NOT_SUPPORTED)
            wishes = [] if policy is Policy.CLEAR else _wishes(given, version)
            disks.set_policy(disk, policy, wishes, by_method=True)
        except PolicyRefusedError as refusal:
            if disks.switches.policy_refusal == "status":
                return {"Status": refusal.status}
            raise wdm_failure(WIN32_OF_STATUS[refusal.status]) from refusal
        return {"Status": 0}


def _wishes(given: WmiObject, version: int) -> list[PathWish]:
    paths = objects(argument(given.properties, "DSM_Paths"))
    if number(argument(given.properties, "DSMPathCount")) != len(paths):
        raise PolicyRefusedError("DSMPathCount is not the number of paths given")
    return [_wish(path, version) for path in paths]


def _wish(path: WmiObject, version: int) -> PathWish:
    def flag(name: str) -> bool:
        value = argument(path.properties, name)
        return value.lower() == "true" if isinstance(value, str) and not value.isdigit() else bool(number(value))

    # The first version of the structure knows active and standby only.
    optimized = flag("OptimizedPath") if version > 1 else True
    return PathWish(
        path_id=number(argument(path.properties, "DsmPathId")),
        state=state_from_flags(flag("PrimaryPath"), optimized),
        weight=number(argument(path.properties, "PathWeight")),
        preferred=version > 1 and flag("PreferredPath"),
    )


def _policy(value: int) -> Policy:
    try:
        return Policy(value)
    except ValueError as error:
        raise PolicyRefusedError(f"{value} is no policy") from error


# defaults


def _wide_default_class(disks: Disks) -> WmiClass:
    name = "MSDSM_DEFAULT_LOAD_BALANCE_POLICY"

    def values() -> Mapping[str, WmiValue]:
        default = disks.mpio.dsm.wide_default()
        return {
            "LoadBalancePolicy": int(default.policy) if default else 0,
            "Reserved": 0,
            "PreferredPath": default.preferred_path if default else 0,
        }

    def put(_unused: Mapping[str, str], given: Mapping[str, WmiValue]) -> WmiObject:
        with disks.lock:
            if not disks.mpio.running:
                raise driverless(disks)
            try:
                policy = _policy(number(argument(given, "LoadBalancePolicy")))
                disks.set_wide_policy(policy, number(argument(given, "PreferredPath")))
            except PolicyRefusedError as refusal:
                raise wdm_failure(WIN32_OF_STATUS[refusal.status]) from refusal
            return instance(name, CONTROL_INSTANCE, values())

    properties = property_names("LoadBalancePolicy", "Reserved", "PreferredPath")
    return WmiClass(name, ("InstanceName",), properties, control_instances(disks, name, values), put=put)


def _target_defaults_class(disks: Disks) -> WmiClass:
    name = "MSDSM_TARGETS_DEFAULT_LOAD_BALANCE_POLICY"

    def values() -> Mapping[str, WmiValue]:
        rows = [
            ordered(
                "MSDSM_TARGET_DEFAULT_POLICY_INFO",
                {
                    "HardwareId": device_id,
                    "LoadBalancePolicy": int(default.policy),
                    "Reserved": 0,
                    "PreferredPath": default.preferred_path,
                },
            )
            for device_id, default in disks.mpio.dsm.target_defaults().items()
        ]
        return {"NumberDevices": len(rows), "Reserved": 0, "TargetDefaultPolicyInfo": rows or None}

    def put(_unused: Mapping[str, str], given: Mapping[str, WmiValue]) -> WmiObject:
        with disks.lock:
            if not disks.mpio.running:
                raise driverless(disks)
            check_embedded(disks, given)
            try:
                for row in objects(argument(given, "TargetDefaultPolicyInfo")):
                    disks.set_target_policy(
                        str(argument(row.properties, "HardwareId") or ""),
                        _policy(number(argument(row.properties, "LoadBalancePolicy"))),
                        number(argument(row.properties, "PreferredPath")),
                    )
            except PolicyRefusedError as refusal:
                raise wdm_failure(WIN32_OF_STATUS[refusal.status]) from refusal
            return instance(name, CONTROL_INSTANCE, values())

    properties = property_names("NumberDevices", "Reserved", "TargetDefaultPolicyInfo")
    return WmiClass(name, ("InstanceName",), properties, control_instances(disks, name, values), put=put)


def _supported_devices(disks: Disks) -> Mapping[str, WmiValue]:
    device_ids = list(disks.mpio.loaded_lists.msdsm)
    return {"NumberDevices": len(device_ids), "Reserved": 0, "DeviceId": device_ids or None}
