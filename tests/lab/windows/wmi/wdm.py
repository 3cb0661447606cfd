# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the WDM classes of MPIO and its DSMs have in common: property order, faults, arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...winrm.interface import WmiFailure, WmiObject, WmiValue
from ..storage.disks import Disks
from ..storage.multipath_disk import MultipathDisk

ROOT_WMI = "root/wmi"
CONTROL_INSTANCE = r"ROOT\MPIO\0000_0"
"""InstanceName of the classes that the MPIO bus answers, as seen by a public monitoring tool."""

PROVIDER_FAILED = 2150859010
UNKNOWN_CLASS = 2150858778
NOT_FOUND = 2150858752
SCHEMA_VALIDATION = 2150858817
GUID_NOT_FOUND = 4200
"""ERROR_WMI_GUID_NOT_FOUND: no loaded driver serves the class."""

_PROVIDER_SENTENCE = (
    "The WS-Management service cannot process the request. The WMI service reported that the WMI provider could not "
    "perform the requested operation. "
)


def ordered(class_name: str, values: Mapping[str, WmiValue]) -> WmiObject:
    """Make an object with its properties in alphabetical order, letter case aside, as WinRM shows them."""
    return WmiObject(class_name, {name: values[name] for name in sorted(values, key=str.lower)})


def alphabetical(names: str) -> tuple[str, ...]:
    """Return property names, given in one text with blanks between, in the order in which WinRM shows them."""
    return tuple(sorted(names.split(), key=str.lower))


def property_names(*names: str) -> tuple[str, ...]:
    """Return the names of an instance class with the two that all WDM classes have."""
    return tuple(sorted({*names, "InstanceName", "Active"}, key=str.lower))


def instance(class_name: str, instance_name: str, values: Mapping[str, WmiValue]) -> WmiObject:
    """Make an instance of a WDM class."""
    return ordered(class_name, {"InstanceName": instance_name, "Active": True, **values})


def wdm_failure(code: int) -> WmiFailure:
    """Make the fault in which WinRM passes on a driver's Win32 error (recorded with 4200, KB 2679685)."""
    return WmiFailure(PROVIDER_FAILED, _PROVIDER_SENTENCE, f"WDM specific return code: {code}")


def driverless(disks: Disks) -> WmiFailure:
    """Return what an MPIO class answers while the driver is not loaded."""
    if disks.switches.driverless_mpio_classes == "unknown_class":
        return WmiFailure(
            UNKNOWN_CLASS,
            "The WS-Management service cannot process the request. The class does not exist in the given namespace. ",
        )
    return wdm_failure(GUID_NOT_FOUND)


def control_instances(
    disks: Disks, class_name: str, values: Callable[[], Mapping[str, WmiValue]]
) -> Callable[[], Sequence[WmiObject]]:
    """Return the ``instances`` of a class that has one, answered by the bus."""

    def instances() -> Sequence[WmiObject]:
        with disks.lock:
            _check_answers(disks, class_name)
            return [instance(class_name, CONTROL_INSTANCE, values())]

    return instances


def disk_instances(
    disks: Disks,
    class_name: str,
    values: Callable[[MultipathDisk], Mapping[str, WmiValue]],
    shown: Callable[[MultipathDisk], bool] = lambda disk: True,
) -> Callable[[], Sequence[WmiObject]]:
    """Return the ``instances`` of a class that has one for each MPIO disk, or for those that it shows."""

    def instances() -> Sequence[WmiObject]:
        with disks.lock:
            _check_answers(disks, class_name)
            known = [disk for disk in disks.mpio.disks_in_order() if shown(disk)]
            found = [instance(class_name, disk.wmi_instance_name, values(disk)) for disk in known]
            if not found and disks.switches.diskless_mpio_classes == "wdm_fault":
                raise wdm_failure(GUID_NOT_FOUND)
            return found

    return instances


def selected_disk(
    disks: Disks, selectors: Mapping[str, str], shown: Callable[[MultipathDisk], bool] = lambda disk: True
) -> MultipathDisk:
    """Return the MPIO disk that an InstanceName selects among those that a class shows.

    Raises:
        WmiFailure: the driver is not loaded, or there is no such instance.
    """
    if not disks.mpio.running:
        raise driverless(disks)
    name = next((value for key, value in selectors.items() if key.lower() == "instancename"), "")
    for disk in disks.mpio.disks:
        if disk.wmi_instance_name.lower() == name.lower() and shown(disk):
            return disk
    raise WmiFailure(
        NOT_FOUND,
        "The WS-Management service cannot process the request because the request contained invalid selectors "
        "for the resource. ",
    )


def argument(values: Mapping[str, WmiValue], name: str) -> WmiValue:
    """Return an input by its name, letter case aside."""
    return next((value for key, value in values.items() if key.lower() == name.lower()), None)


def number(value: WmiValue, default: int = 0) -> int:
    """Read a number that may arrive as text: WS-Management carries no types.

    Raises:
        WmiFailure: it is not a number.
    """
    if value is None:
        return default
    try:
        return int(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise schema_failure() from error


def objects(value: WmiValue) -> list[WmiObject]:
    """Read an array of embedded objects; one element looks like a scalar, an empty array like nil.

    Raises:
        WmiFailure: it holds something else.
    """
    if value is None:
        return []
    elements = list(value) if isinstance(value, (list, tuple)) else [value]
    found = [element for element in elements if isinstance(element, WmiObject)]
    if len(found) != len(elements):
        raise schema_failure()
    return found


class LocalCall(dict[str, WmiValue]):
    """Arguments of a call that a script on the server makes over COM: WinRM has no part in it."""


def check_embedded(disks: Disks, arguments: Mapping[str, WmiValue]) -> None:
    """Let WinRM refuse embedded objects as arguments where the switch says so.

    Raises:
        WmiFailure: schema validation, as Hyper-V's methods answer to a WS-CIM tree.
    """
    if not disks.switches.embedded_arguments_accepted and not isinstance(arguments, LocalCall):
        raise schema_failure()


def schema_failure() -> WmiFailure:
    """Return what WinRM answers to arguments that do not fit the method."""
    return WmiFailure(
        SCHEMA_VALIDATION,
        "The SOAP XML in the message does not match the corresponding XML schema definition. "
        "Change the XML and retry. ",
    )


def _check_answers(disks: Disks, class_name: str) -> None:
    if not disks.mpio.running:
        raise driverless(disks)
    if class_name.lower() in {name.lower() for name in disks.switches.embedded_arrays_readable}:
        raise WmiFailure(PROVIDER_FAILED, _PROVIDER_SENTENCE)
