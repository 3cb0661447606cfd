# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WMI classes of the MPIO bus, and with them those of its DSMs (windows-driver-docs, storage/mpio-*)."""

from __future__ import annotations

from collections.abc import Mapping

from ...winrm.interface import WmiClass, WmiObject, WmiValue
from ..storage.disks import Disks
from ..storage.multipath_disk import MultipathDisk
from ..storage.timers import DEFAULTS
from . import dsm
from .wdm import (
    CONTROL_INSTANCE,
    ROOT_WMI,
    argument,
    control_instances,
    disk_instances,
    driverless,
    instance,
    number,
    ordered,
    property_names,
    wdm_failure,
)

_INVALID_PARAMETER = 87
_IDENTIFIER_SIZE = 32
_PAD_SIZE = 4


def classes(disks: Disks) -> list[tuple[str, WmiClass]]:
    """Return the classes of the bus and of the DSMs with their namespace."""
    return [(ROOT_WMI, wmi_class) for wmi_class in (*_bus_classes(disks), *dsm.classes(disks))]


def _bus_classes(disks: Disks) -> list[WmiClass]:
    return [
        WmiClass(
            "MPIO_DISK_INFO",
            ("InstanceName",),
            property_names("NumberDrives", "DriveInfo"),
            control_instances(disks, "MPIO_DISK_INFO", lambda: _disk_info(disks)),
        ),
        WmiClass(
            "MPIO_GET_DESCRIPTOR",
            ("InstanceName",),
            property_names("NumberPdos", "DeviceName", "PdoInformation"),
            disk_instances(disks, "MPIO_GET_DESCRIPTOR", lambda disk: _descriptor(disks, disk)),
        ),
        WmiClass(
            "MPIO_PATH_INFORMATION",
            ("InstanceName",),
            property_names("NumberPaths", "Pad", "PathList"),
            control_instances(disks, "MPIO_PATH_INFORMATION", lambda: _path_information(disks)),
        ),
        WmiClass(
            "MPIO_REGISTERED_DSM",
            ("InstanceName",),
            property_names("NumberDSMs", "DsmParameters"),
            control_instances(disks, "MPIO_REGISTERED_DSM", lambda: _registered(disks)),
        ),
        WmiClass(
            "MPIO_TIMERS_COUNTERS",
            ("InstanceName",),
            property_names(*DEFAULTS),
            control_instances(disks, "MPIO_TIMERS_COUNTERS", lambda: dict(disks.mpio.timers.values)),
            put=lambda _, values: _put_timers(disks, values),
        ),
    ]


def _disk_info(disks: Disks) -> Mapping[str, WmiValue]:
    drives = [
        ordered(
            "MPIO_DRIVE_INFO",
            {
                "NumberPaths": len(disk.paths),
                "Name": f"MPIO Disk{disk.number}",
                "SerialNumber": disk.serial,
                "DsmName": disk.dsm_name,
            },
        )
        for disk in disks.mpio.disks_in_order()
    ]
    return {"NumberDrives": len(drives), "DriveInfo": drives or None}


def _descriptor(disks: Disks, disk: MultipathDisk) -> Mapping[str, WmiValue]:
    kept, keeps_id = disks.switches.failed_paths_are_kept, disks.switches.failed_path_id_in_descriptor
    devices = [
        ordered(
            "PDO_INFORMATION",
            {
                "ScsiAddress": ordered(
                    "PDOSCSI_ADDR",
                    {
                        "PortNumber": path.lun_path.address.port,
                        "ScsiPathId": path.lun_path.address.bus,
                        "TargetId": path.lun_path.address.target,
                        "Lun": path.lun_path.address.lun,
                    },
                ),
                # 1: the DSM calls the path active (DsmIsPathActive).
                "DeviceState": int(not path.failed),
                "PathIdentifier": 0 if path.failed and not keeps_id else path.path_id,
                # Type, length and id are those of the array's controller, which the DSM leaves empty here.
                "IdentifierType": 0,
                "IdentifierLength": 0,
                "Identifier": bytes(_IDENTIFIER_SIZE),
                "Pad": bytes(_PAD_SIZE),
            },
        )
        for path in disks.mpio.paths_in_order(disk, seen_by="bus")
        if kept or not path.failed
    ]
    return {
        "NumberPdos": len(devices),
        "DeviceName": rf"\Device\MPIODisk{disk.number}",
        "PdoInformation": devices or None,
    }


def _path_information(disks: Disks) -> Mapping[str, WmiValue]:
    iscsi = {path.path_id: path.lun_path.iscsi for disk in disks.mpio.disks for path in disk.paths}
    adapters = [
        ordered(
            "MPIO_ADAPTER_INFORMATION",
            {
                "PathId": path_id,
                "BusNumber": 0,
                "DeviceNumber": 0,
                "FunctionNumber": 0,
                "Pad": 0,
                "AdapterName": "Microsoft iSCSI Initiator" if iscsi[path_id] else "Fibre Channel Host Bus Adapter",
            },
        )
        for path_id in sorted(iscsi)
    ]
    return {"NumberPaths": len(adapters), "Pad": 0, "PathList": adapters or None}


def _registered(disks: Disks) -> Mapping[str, WmiValue]:
    names = disks.mpio.registered_dsms()
    dsms = [_dsm_parameters(disks, name, context) for context, name in enumerate(names, start=1)]
    return {"NumberDSMs": len(dsms), "DsmParameters": dsms}


def _dsm_parameters(disks: Disks, name: str, context: int) -> WmiObject:
    vendor_dsm = disks.mpio.vendor_dsm(name)
    own = (*disks.release.major_minor, int(disks.release.build), 0)
    numbers = own if vendor_dsm is None else vendor_dsm.version
    version = dict(zip(("MajorVersion", "MinorVersion", "ProductBuild", "QfeNumber"), numbers, strict=True))
    counters = {**disks.mpio.timers.values, "Reserved32": 0, "Reserved64": 0}
    return ordered(
        "DSM_PARAMETERS",
        {
            "DsmName": name,
            "DsmContext": disks.release.kernel_pointer_base + 0x10000 * context,
            "DsmVersion": ordered("DSM_VERSION", version),
            "DsmCounters": ordered("DSM_Counters", counters),
        },
    )


def _put_timers(disks: Disks, values: Mapping[str, WmiValue]) -> WmiObject:
    with disks.lock:
        if not disks.mpio.running:
            raise driverless(disks)
        wanted = {name: number(argument(values, name)) for name in DEFAULTS if argument(values, name) is not None}
        try:
            disks.change_timers(wanted)
        except ValueError as error:
            raise wdm_failure(_INVALID_PARAMETER) from error
        return instance("MPIO_TIMERS_COUNTERS", CONTROL_INSTANCE, dict(disks.mpio.timers.values))
