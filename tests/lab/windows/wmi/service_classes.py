# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""root/cimv2: Win32_Service and Win32_SystemDriver with their methods (Microsoft: "Win32_Service class")."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...winrm.interface import WmiClass, WmiObject, WmiReference, WmiValue
from ..services import (
    ERROR_CIRCULAR_DEPENDENCY,
    ERROR_DEPENDENT_SERVICES_RUNNING,
    ERROR_INVALID_SERVICE_CONTROL,
    ERROR_SERVICE_ALREADY_RUNNING,
    ERROR_SERVICE_DEPENDENCY_DELETED,
    ERROR_SERVICE_DEPENDENCY_FAIL,
    ERROR_SERVICE_DISABLED,
    ERROR_SERVICE_NOT_ACTIVE,
    KERNEL_DRIVER,
    OWN_PROCESS,
    SHARE_PROCESS,
    Service,
    ServiceError,
    Services,
)
from .inputs import argument, instance_not_found, selector, text
from .wdm import ordered

SUCCESS = 0
CANNOT_ACCEPT_CONTROL = 5
INVALID_PARAMETER = 21
_RETURN_VALUES = {
    ERROR_DEPENDENT_SERVICES_RUNNING: 3,
    ERROR_SERVICE_DEPENDENCY_DELETED: 12,
    ERROR_SERVICE_DEPENDENCY_FAIL: 13,
    ERROR_CIRCULAR_DEPENDENCY: 18,
    ERROR_SERVICE_ALREADY_RUNNING: 10,
    ERROR_SERVICE_DISABLED: 14,
    ERROR_SERVICE_NOT_ACTIVE: CANNOT_ACCEPT_CONTROL,
    ERROR_INVALID_SERVICE_CONTROL: CANNOT_ACCEPT_CONTROL,
}
"""What the methods return for the service control manager's errors; a stopped service that is to be stopped
answers 5 ("the requested control code cannot be sent because of the state of the service")."""

_START_MODES = {"boot": 0, "system": 1, "automatic": 2, "manual": 3, "disabled": 4}
"""The words that ChangeStartMode takes, in any case; StartMode shows "Auto" for 2."""

_SERVICE_TYPES = {KERNEL_DRIVER: "Kernel Driver", OWN_PROCESS: "Own Process", SHARE_PROCESS: "Share Process"}

_ENDS = ("Antecedent", "Dependent")
_BASE = (
    "AcceptPause AcceptStop Caption CreationClassName Description DesktopInteract DisplayName ErrorControl ExitCode "
    "InstallDate Name PathName ServiceSpecificExitCode ServiceType Started StartMode StartName State Status "
    "SystemCreationClassName SystemName TagId"
)
_PROCESS = f"{_BASE} CheckPoint ProcessId WaitHint"

Selectors = Mapping[str, str]
Values = Mapping[str, WmiValue]


def _sorted(names: str) -> tuple[str, ...]:
    return tuple(sorted(names.split(), key=str.lower))


class ServiceClasses:
    """Builds the classes of one server's services."""

    def __init__(self, services: Services, computer: str) -> None:
        """``computer`` is the server's name."""
        self._services = services
        self._computer = computer

    def classes(self) -> list[WmiClass]:
        """Return the base class, its two children and who depends on whom."""
        methods: Mapping[str, Callable[[Selectors, Values], Values]] = {
            "StartService": self._start,
            "StopService": self._stop,
            "ChangeStartMode": self._change_start_mode,
            "Change": self._change,
            "InterrogateService": self._interrogate,
            "PauseService": lambda selectors, inputs: {"ReturnValue": CANNOT_ACCEPT_CONTROL},
            "ResumeService": lambda selectors, inputs: {"ReturnValue": CANNOT_ACCEPT_CONTROL},
        }
        base = "Win32_BaseService"
        return [
            WmiClass(base, ("Name",), _sorted(_BASE), list, methods=methods),
            WmiClass("Win32_Service", ("Name",), _sorted(_PROCESS), self._processes, base, methods),
            WmiClass("Win32_SystemDriver", ("Name",), _sorted(_BASE), self._drivers, base, methods),
            WmiClass("Win32_DependentService", _ENDS, (*_ENDS, "TypeOfDependency"), self._dependencies),
        ]

    def _processes(self) -> Sequence[WmiObject]:
        return [
            ordered(
                "Win32_Service",
                {
                    **self._values(service, "Win32_Service"),
                    "CheckPoint": 0,
                    "ProcessId": 600 + 4 * number if service.is_running else 0,
                    "WaitHint": 0,
                },
            )
            for number, service in enumerate(self._services.all())
            if not service.is_driver
        ]

    def _drivers(self) -> Sequence[WmiObject]:
        return [
            ordered("Win32_SystemDriver", self._values(service, "Win32_SystemDriver"))
            for service in self._services.all()
            if service.is_driver
        ]

    def _dependencies(self) -> Sequence[WmiObject]:
        """Antecedent has to run before Dependent (Microsoft: "Win32_DependentService class")."""
        known = {item.name.upper(): item for item in self._services.all()}
        return [
            WmiObject(
                "Win32_DependentService",
                {
                    "Antecedent": self._reference(known[name.upper()]),
                    "Dependent": self._reference(item),
                    "TypeOfDependency": None,
                },
            )
            for item in known.values()
            for name in item.depends_on
            if name.upper() in known
        ]

    @staticmethod
    def _reference(service: Service) -> WmiReference:
        class_name = "Win32_SystemDriver" if service.is_driver else "Win32_Service"
        return WmiReference("root/cimv2", class_name, {"Name": service.name})

    def _values(self, service: Service, class_name: str) -> dict[str, WmiValue]:
        running = service.is_running
        return {
            "AcceptPause": False,
            "AcceptStop": running and service.can_stop,
            "Caption": service.display_name,
            "CreationClassName": class_name,
            "Description": service.description or service.display_name,
            "DesktopInteract": False,
            "DisplayName": service.display_name,
            "ErrorControl": "Normal",
            "ExitCode": 0 if running else service.win32_exit_code,
            "InstallDate": None,
            "Name": service.name,
            "PathName": service.path,
            "ServiceSpecificExitCode": 0,
            "ServiceType": _SERVICE_TYPES[service.kind],
            "Started": running,
            "StartMode": service.start_mode,
            "StartName": None if service.is_driver else service.account,
            "State": "Running" if running else "Stopped",
            "Status": "OK",
            "SystemCreationClassName": "Win32_ComputerSystem",
            "SystemName": self._computer,
            "TagId": 0,
        }

    def _selected(self, selectors: Selectors) -> Service:
        try:
            return self._services.get(selector(selectors, "Name"))
        except ServiceError:
            raise instance_not_found() from None

    def _controlled(self, selectors: Selectors, control: Callable[[str], None]) -> Values:
        service = self._selected(selectors)
        try:
            control(service.name)
        except ServiceError as error:
            return {"ReturnValue": _RETURN_VALUES.get(error.code, 8)}
        return {"ReturnValue": SUCCESS}

    def _start(self, selectors: Selectors, inputs: Values) -> Values:
        return self._controlled(selectors, self._services.start)

    def _stop(self, selectors: Selectors, inputs: Values) -> Values:
        return self._controlled(selectors, self._services.stop)

    def _interrogate(self, selectors: Selectors, inputs: Values) -> Values:
        return {"ReturnValue": SUCCESS if self._selected(selectors).is_running else 6}

    def _change_start_mode(self, selectors: Selectors, inputs: Values) -> Values:
        service = self._selected(selectors)
        start = _START_MODES.get((text(inputs, "StartMode") or "").lower())
        if start is None or (start < 2 and not service.is_driver):
            return {"ReturnValue": INVALID_PARAMETER}
        self._services.set_start(service.name, start)
        return {"ReturnValue": SUCCESS}

    def _change(self, selectors: Selectors, inputs: Values) -> Values:
        """Change what is given; of Change's many parameters start mode and dependencies have an effect here."""
        service = self._selected(selectors)
        services = _names(inputs, "ServiceDependencies")
        groups = _names(inputs, "LoadOrderGroupDependencies")
        if services is not None or groups is not None:
            kept = service.depends_on if services is None else services
            kept_groups = service.depends_on_groups if groups is None else groups
            try:
                self._services.set_dependencies(service.name, kept, kept_groups)
            except ServiceError as error:
                return {"ReturnValue": _RETURN_VALUES.get(error.code, 8)}
        return self._change_start_mode(selectors, inputs) if text(inputs, "StartMode") else {"ReturnValue": SUCCESS}


def _names(inputs: Values, parameter: str) -> list[str] | None:
    """Return an array of names; an empty string in it stands for none (Microsoft: Change method of Win32_Service)."""
    value = argument(inputs, parameter)
    if value is None:
        return None
    items = value if isinstance(value, (list, tuple)) else [value]
    return [str(item) for item in items if item not in (None, "")]
