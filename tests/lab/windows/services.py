# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service control manager of a simulated server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .language import ENGLISH, Language
from .registry import Registry
from .releases import Release

SERVICES_KEY = "HKLM\\SYSTEM\\CurrentControlSet\\Services"

START_MODES = ("Boot", "System", "Auto", "Manual", "Disabled")
"""Win32_BaseService.StartMode by the registry's Start value (winnt.h SERVICE_BOOT_START and so on)."""

ERROR_INVALID_PARAMETER = 87
ERROR_DEPENDENT_SERVICES_RUNNING = 1051
ERROR_SERVICE_ALREADY_RUNNING = 1056
ERROR_SERVICE_DISABLED = 1058
ERROR_CIRCULAR_DEPENDENCY = 1059
ERROR_SERVICE_DOES_NOT_EXIST = 1060
ERROR_SERVICE_NOT_ACTIVE = 1062
ERROR_INVALID_SERVICE_CONTROL = 1052
ERROR_SERVICE_DEPENDENCY_FAIL = 1068
ERROR_SERVICE_DEPENDENCY_DELETED = 1075
ERROR_SERVICE_NEVER_STARTED = 1077

BOOT = 0
AUTOMATIC = 2
DISABLED = 4
"""Start types: those up to the second start by themselves."""

SERVICES_VALUE = "DependOnService"
GROUPS_VALUE = "DependOnGroup"
"""Registry values of a service's dependencies (Microsoft: HKLM\\SYSTEM\\CurrentControlSet\\Services tree)."""

KERNEL_DRIVER = 0x1
OWN_PROCESS = 0x10
SHARE_PROCESS = 0x20


@dataclass
class Service:
    """One service or driver. ``start`` is what the manager goes by; the registry holds what it reads at boot."""

    name: str
    display_name: str
    path: str
    start: int
    kind: int = SHARE_PROCESS
    account: str = "LocalSystem"
    description: str = ""
    running: bool = False
    can_stop: bool = True
    win32_exit_code: int = ERROR_SERVICE_NEVER_STARTED
    on_start: Callable[[], None] | None = None
    on_stop: Callable[[], None] | None = None
    follows: Callable[[], bool] | None = None
    """For drivers that another part of the lab loads: whether it is loaded now."""
    can_start: Callable[[], bool] = lambda: True
    """Whether what it serves is there; else it cannot be started (1058: no enabled devices)."""
    depends_on: tuple[str, ...] = ()
    """Services that the manager starts before it; the registry holds what it reads at boot."""
    depends_on_groups: tuple[str, ...] = ()
    """Load order groups of which one member has to run; the lab's services are in none."""
    of_application: bool = False
    """Whether it is no part of Windows: its names are the same in every language."""
    takes_long: bool = False
    """Whether services that do not wait for it are there before it at boot: they all start at the same time."""

    @property
    def is_driver(self) -> bool:
        """Whether it is a kernel driver rather than a process."""
        return self.kind == KERNEL_DRIVER

    @property
    def is_running(self) -> bool:
        """Whether it runs now."""
        return self.follows() if self.follows else self.running

    @property
    def start_mode(self) -> str:
        """How Win32_BaseService.StartMode calls the start type."""
        return START_MODES[self.start]


class ServiceError(Exception):
    """The service control manager refuses; ``code`` is the Win32 error."""

    def __init__(self, code: int) -> None:
        """Keep the Win32 error."""
        self.code = code
        super().__init__(f"service control error {code}")


class Services:
    """The services by name (any case), kept in step with the registry as the manager keeps them."""

    def __init__(
        self,
        registry: Registry,
        emit: Callable[..., None],
        lock: threading.RLock,
        language: Language = ENGLISH,
    ) -> None:
        """``emit`` is told of every change of state or start type; services are named in ``language``."""
        self._registry = registry
        self._emit = emit
        self._lock = lock
        self._language = language
        self._services: dict[str, Service] = {}

    def follow(self, driver: Service) -> None:
        """Know a driver whose registry key another part of the lab writes and removes."""
        with self._lock:
            self._know(driver)

    def _know(self, service: Service) -> None:
        if not service.of_application:
            service.display_name = self._language(service.display_name)
            service.description = self._language(service.description)
        self._services[service.name.upper()] = service

    def add(self, service: Service) -> None:
        """Install a service: register it and write its registry key."""
        with self._lock:
            self._know(service)
            key = f"{SERVICES_KEY}\\{service.name}"
            self._registry.set(key, "Type", service.kind, "REG_DWORD")
            self._registry.set(key, "Start", service.start, "REG_DWORD")
            self._registry.set(key, "ErrorControl", 1, "REG_DWORD")
            self._registry.set(key, "ImagePath", service.path, "REG_EXPAND_SZ")
            self._registry.set(key, "DisplayName", service.display_name, "REG_SZ")
            self._write_dependencies(service)

    def all(self) -> list[Service]:
        """Return every service and driver whose registry key is there, by name."""
        with self._lock:
            return sorted(
                (item for item in self._services.values() if self._registry.exists(f"{SERVICES_KEY}\\{item.name}")),
                key=lambda item: item.name.upper(),
            )

    def get(self, name: str) -> Service:
        """Return one service.

        Raises:
            ServiceError: 1060, no such service.
        """
        with self._lock:
            service = self._services.get(name.upper())
            if service is None or service not in self.all():
                raise ServiceError(ERROR_SERVICE_DOES_NOT_EXIST)
            return service

    def running(self, name: str) -> bool:
        """Whether a service of that name exists and runs."""
        with self._lock:
            service = self._services.get(name.upper())
            return service is not None and service.is_running

    def set_start(self, name: str, start: int) -> None:
        """Change the start type (0 boot to 4 disabled), in the manager and in the registry."""
        with self._lock:
            service = self.get(name)
            service.start = start
            self._registry.set(f"{SERVICES_KEY}\\{service.name}", "Start", start, "REG_DWORD")
            self._emit("state", change="service", service=service.name, start_mode=service.start_mode)

    def set_dependencies(self, name: str, services: Sequence[str], groups: Sequence[str] = ()) -> None:
        """Change what a service waits for; that those exist is not asked (Microsoft: ChangeServiceConfig).

        Raises:
            ServiceError: 1059 it would wait for itself, 1060 no such service.
        """
        with self._lock:
            service = self.get(name)
            if any(service in self._before(item) for item in services):
                raise ServiceError(ERROR_CIRCULAR_DEPENDENCY)
            service.depends_on, service.depends_on_groups = tuple(services), tuple(groups)
            self._write_dependencies(service)
            self._emit("state", change="service", service=service.name, depends_on=list(services))

    def _write_dependencies(self, service: Service) -> None:
        key = f"{SERVICES_KEY}\\{service.name}"
        for value, names in ((SERVICES_VALUE, service.depends_on), (GROUPS_VALUE, service.depends_on_groups)):
            if names:
                self._registry.set(key, value, list(names), "REG_MULTI_SZ")
            else:
                self._registry.delete(key, value)

    def _read_dependencies(self, service: Service) -> None:
        key = f"{SERVICES_KEY}\\{service.name}"
        services, groups = (self._registry.get(key, value) for value in (SERVICES_VALUE, GROUPS_VALUE))
        service.depends_on = tuple(services) if isinstance(services, list) else ()
        service.depends_on_groups = tuple(groups) if isinstance(groups, list) else ()

    def _before(self, name: str) -> list[Service]:
        """Return a service and all that it waits for, the first to start first; unknown names are left out."""
        found: list[Service] = []

        def add(key: str) -> None:
            service = self._services.get(key.upper())
            if service is not None and service not in waiting:
                waiting.append(service)
                for item in service.depends_on:
                    add(item)
                found.append(service)

        waiting: list[Service] = []
        add(name)
        return found

    def _starts_at_once(self, service: Service) -> bool:
        known = all(item.upper() in self._services for item in service.depends_on)
        return known and service.on_start is None and service.start <= AUTOMATIC and not service.depends_on_groups

    def dependents(self, name: str) -> list[Service]:
        """Return the services that wait for one, directly or not, by name.

        Raises:
            ServiceError: 1060, no such service.
        """
        with self._lock:
            service = self.get(name)
            return [item for item in self.all() if item is not service and service in self._before(item.name)]

    def start(self, name: str) -> None:
        """Start a service after those it depends on; what it does first goes on outside of the server's lock.

        Raises:
            ServiceError: 1056 running already, 1058 disabled, 1059 it waits for itself, 1060 no such service, 1068 a
                service that it depends on cannot be started, 1075 it is not there.
        """
        with self._lock:
            service = self.get(name)
            if service.is_running:
                raise ServiceError(ERROR_SERVICE_ALREADY_RUNNING)
            if service.start == DISABLED or not service.can_start():
                raise ServiceError(ERROR_SERVICE_DISABLED)
            if any(service in self._before(item) for item in service.depends_on):
                raise ServiceError(ERROR_CIRCULAR_DEPENDENCY)
            if service.depends_on_groups:
                raise ServiceError(ERROR_SERVICE_DEPENDENCY_FAIL)
            needed = [item for item in service.depends_on if not self.running(item)]
        for item in needed:
            self._start_needed(item)
        with self._lock:
            service.running, service.win32_exit_code = True, 0
            self._emit("state", change="service", service=service.name, running=True)
        if service.on_start:
            service.on_start()

    def _start_needed(self, name: str) -> None:
        try:
            self.start(name)
        except ServiceError as error:
            if error.code == ERROR_SERVICE_ALREADY_RUNNING:
                return
            missing = error.code == ERROR_SERVICE_DOES_NOT_EXIST
            raise ServiceError(
                ERROR_SERVICE_DEPENDENCY_DELETED if missing else ERROR_SERVICE_DEPENDENCY_FAIL
            ) from error

    def stop(self, name: str) -> None:
        """Stop a service.

        Raises:
            ServiceError: 1051 one that depends on it runs, 1062 not running, 1052 not accepted, 1060 no such service.
        """
        with self._lock:
            service = self.get(name)
            if not service.is_running:
                raise ServiceError(ERROR_SERVICE_NOT_ACTIVE)
            if not service.can_stop:
                raise ServiceError(ERROR_INVALID_SERVICE_CONTROL)
            if any(item.is_running for item in self.dependents(name)):
                raise ServiceError(ERROR_DEPENDENT_SERVICES_RUNNING)
            service.running, service.win32_exit_code = False, 0
        if service.on_stop:
            service.on_stop()
        with self._lock:
            self._emit("state", change="service", service=service.name, running=False)

    def boot(self) -> list[str]:
        """Read start types and dependencies from the registry and start what starts by itself.

        Returns the names of those that have something to do when they start, or wait for such a one; they stand
        still yet and are to be started in this order.
        """
        with self._lock:
            for service in self._services.values():
                start = self._registry.get(f"{SERVICES_KEY}\\{service.name}", "Start")
                if start is None and service.follows:
                    start = BOOT  # not installed yet: whoever does that makes it a driver that Windows loads
                service.start = start if isinstance(start, int) and 0 <= start <= DISABLED else DISABLED
                service.running, service.win32_exit_code = False, ERROR_SERVICE_NEVER_STARTED
                self._read_dependencies(service)
            starting = [item for item in self.all() if item.start <= AUTOMATIC]
            for service in starting:
                if all(self._starts_at_once(item) for item in self._before(service.name)):
                    service.running, service.win32_exit_code = True, 0
            late = [item for item in starting if not item.is_running and item.can_start()]
            order = sorted(late, key=lambda item: any(each.takes_long for each in self._before(item.name)))
            return [item.name for item in order]


def standard_services(release: Release) -> list[Service]:
    """Return the services that every server has and that the lab's clients meet."""
    system = f"{release.system_root}\\system32"
    host = f"{system}\\svchost.exe -k "
    return [
        Service("Disk", "Disk Driver", "System32\\drivers\\disk.sys", 0, KERNEL_DRIVER),
        Service(
            "Dnscache",
            "DNS Client",
            host + "NetworkService",
            2,
            account="NT AUTHORITY\\NetworkService",
            depends_on=("Tcpip",),
        ),
        Service("LanmanServer", "Server", host + "netsvcs", 2),
        Service("RpcSs", "Remote Procedure Call (RPC)", host + "rpcss", 2, can_stop=False),
        Service("Tcpip", "TCP/IP Protocol Driver", "System32\\drivers\\tcpip.sys", 0, KERNEL_DRIVER),
        Service("vds", "Virtual Disk", f"{system}\\vds.exe", 3, OWN_PROCESS, depends_on=("RpcSs",)),
        Service(
            "Winmgmt",
            "Windows Management Instrumentation",
            host + "netsvcs",
            2,
            account="localSystem",
            depends_on=("RPCSS",),
        ),
        Service(
            "WinRM",
            "Windows Remote Management (WS-Management)",
            host + "NetworkService",
            2,
            account="NT AUTHORITY\\NetworkService",
            depends_on=("RPCSS",),
        ),
    ]


def initiator_services(release: Release) -> list[Service]:
    """Return the initiator's service and driver.

    From 2008 on MSiSCSI is there with start type manual (Microsoft iSCSI initiator step-by-step guide). That the
    package of 2003 sets it to automatic, and that it is a process of its own there, is a guess.
    """
    system = f"{release.system_root}\\system32"
    process = (f"{system}\\svchost.exe -k netsvcs", 3, SHARE_PROCESS)
    if not release.initiator_included:
        process = (f"{system}\\iscsiexe.exe", 2, OWN_PROCESS)
    return [
        Service("iScsiPrt", "iScsiPort Driver", "System32\\drivers\\msiscsi.sys", 3, KERNEL_DRIVER),
        Service(
            "MSiSCSI",
            "Microsoft iSCSI Initiator Service",
            *process,
            description="Manages Internet SCSI (iSCSI) sessions from this computer to remote iSCSI target devices.",
        ),
    ]
