# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One simulated Windows server: everything it consists of, and what its WinRM service asks of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from ..events import EventLog
from ..fabric.interface import Fabric
from ..winrm.interface import ConsoleInput, ProcessResult, WmiClass, WmiObject
from .clock import Clock, RealClock
from .features import Features
from .interface import Snapshot
from .iscsi.initiator import SERVICE, Initiator
from .iscsi.surroundings import DISCOVERY_KEY, Surroundings
from .life import Life, ShutdownError
from .network import Network
from .programs import ProgramContext
from .registry import Registry
from .releases import RELEASES
from .services import KERNEL_DRIVER, Service, ServiceError, Services, standard_services
from .shell import CommandShell
from .storage.disks import Disks
from .switches import Switches
from .toolbox import Toolbox
from .wmi import cimv2, iscsi, mpio
from .wmi import disks as disk_classes
from .wmi.inputs import provider_failed, unknown_class
from .wmi.stdregprov import RegistryProvider


@dataclass
class HostSpec:
    """What a simulated server is made from."""

    name: str
    """Computer name, 15 characters at most."""
    release: str
    """Key of ``releases.RELEASES``."""
    nics: Sequence[tuple[str, str]] = ()
    """(address with prefix length, adapter name), for instance ("10.10.1.11/24", "iSCSI-A")."""
    node_name: str | None = None
    """Initiator name, None for the default one."""
    users: Mapping[str, str] = field(default_factory=lambda: {"Administrator": "Lab-Password-1"}, repr=False)
    """Administrators and their passwords."""
    dns_domain: str = ""
    """Domain the server is a member of, empty for a workgroup."""
    switches: Switches = field(default_factory=Switches)
    elevated: bool = True
    """Whether remote sign-ins get a full token; False: a filtered one (LocalAccountTokenFilterPolicy absent)."""
    boot_seconds: float = 30.0
    """From the end of the shutdown to the answering endpoint, in Windows' seconds."""


class Host:
    """Implements ``winrm.interface.Machine``. It begins switched off; ``start`` boots it."""

    def __init__(self, spec: HostSpec, fabric: Fabric, log: EventLog, clock: Clock | None = None) -> None:
        """Install the server; ``clock`` decides how long Windows' seconds last."""
        self.spec = spec
        self.name = spec.name
        self.release = RELEASES[spec.release]
        self.switches = spec.switches
        self.lock = threading.RLock()
        self._log = log
        self._held: list[tuple[str, dict[str, Any]]] | None = None
        self._inputs: list[ConsoleInput] = []
        self._terminated: list[ConsoleInput] = []
        self.registry = Registry(self.lock)
        self.services = Services(self.registry, self.emit, self.lock)
        self.network = Network(spec.name, spec.nics, self.lock)
        self.features = Features(self.registry, self.emit, self.switches, self.release, self.lock)
        self.disks = Disks(self.registry, self.features, self.emit, self.switches, self.release, self.lock)
        self.clock = clock or RealClock()
        self.life = Life(self.clock, spec.boot_seconds, self._go_down, self._come_up, self.lock)
        self.initiator = Initiator(self._surroundings(fabric))
        self._install()
        self.toolbox = Toolbox(self)
        self.shell = CommandShell(self.environment, self.release.version, self.toolbox.find, self._report_command)
        self._classes = self._collect_classes()

    def _surroundings(self, fabric: Fabric) -> Surroundings:
        return Surroundings(
            dns_name=self.dns_name,
            registry=self.registry,
            network=self.network,
            fabric=fabric,
            disks=self.disks,
            switches=self.switches,
            release=self.release,
            clock=self.clock,
            emit=self.emit,
            batch=self.batch,
            lock=self.lock,
            service_runs=lambda: self.life.running and self.services.running(SERVICE),
        )

    def _install(self) -> None:
        for service in standard_services():
            if service.name == SERVICE:
                service.on_start = self.initiator.service_started
                service.on_stop = self.initiator.service_stopped
            if service.name == "iScsiPrt":
                service.follows = lambda: self.life.running
            self.services.add(service)
        for driver, display_name in MPIO_DRIVERS.items():
            self.services.follow(self._mpio_driver(driver, display_name))
        self.features.restart = self._restart
        version = self.registry_version
        self.registry.set(version, "ProductName", self.release.registry_product_name, "REG_SZ")
        self.registry.set(version, "CurrentBuildNumber", self.release.build, "REG_SZ")
        self.registry.set(version, "InstallationType", "Server", "REG_SZ")  # "Server Core" has no desktop
        self.registry.create(DISCOVERY_KEY)
        if self.spec.node_name:
            self.registry.set(DISCOVERY_KEY, "DefaultInitiatorName", self.spec.node_name, "REG_SZ")
        adapter = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4D36E97B-E325-11CE-BFC1-08002BE10318}\\0001"
        self.registry.set(adapter, "DriverDesc", "Microsoft iSCSI Initiator", "REG_SZ")
        self.registry.set(adapter, "MatchingDeviceId", "root\\iscsiprt", "REG_SZ")
        for name, value in INITIATOR_PARAMETERS.items():
            self.registry.set(f"{adapter}\\Parameters", name, value, "REG_DWORD")
        self.registry.set("HKLM\\SYSTEM\\CurrentControlSet\\Services\\Disk", "TimeOutValue", 60, "REG_DWORD")

    def _mpio_driver(self, name: str, display_name: str) -> Service:
        def loaded() -> bool:
            return any(item.name == name and item.state == "Running" for item in self.features.drivers())

        return Service(name, display_name, f"System32\\drivers\\{name}.sys", 0, KERNEL_DRIVER, follows=loaded)

    # what it is called

    registry_version = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"

    @property
    def dns_name(self) -> str:
        """The full name."""
        return f"{self.name}.{self.spec.dns_domain}".rstrip(".").lower()

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of a command shell."""
        return {
            "COMPUTERNAME": self.name.upper(),
            "ComSpec": "C:\\Windows\\system32\\cmd.exe",
            "NUMBER_OF_PROCESSORS": "8",
            "OS": "Windows_NT",
            "Path": "C:\\Windows\\system32;C:\\Windows;C:\\Windows\\System32\\Wbem",
            "PROCESSOR_ARCHITECTURE": "AMD64",
            "PROMPT": "$P$G",
            "SystemDrive": "C:",
            "SystemRoot": "C:\\Windows",
            "TEMP": f"C:\\Users\\{self.user}\\AppData\\Local\\Temp",
            "USERNAME": self.user,
            "USERPROFILE": f"C:\\Users\\{self.user}",
            "windir": "C:\\Windows",
        }

    @property
    def user(self) -> str:
        """The account that commands run under: who is signed in does not reach the programs here."""
        return next(iter(self.spec.users), "Administrator")

    # events

    def emit(self, kind: str, **facts: Any) -> None:
        """Write an event of this server; after a ``state`` event a snapshot is consistent."""
        with self.lock:
            if self._held is None:
                self._log.add(self.name, kind, **facts)
            else:
                self._held.append((kind, facts))

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Hold events back until several changes that happen at once are all done."""
        with self.lock:
            outermost = self._held is None
            if outermost:
                self._held = []
            try:
                yield
            finally:
                if outermost:
                    held, self._held = self._held or [], None
                    for kind, facts in held:
                        self.emit(kind, **facts)

    def _report_command(self, line: str, program: str, exit_code: int | None, stdin_lines: int) -> None:
        self.emit("command", line=line, program=program, exit_code=exit_code, stdin_lines=stdin_lines)

    # power

    @property
    def running(self) -> bool:
        """Whether the system is up."""
        return self.life.running

    def start(self) -> None:
        """Switch on: boot at once."""
        self.life.power_on()

    def power_off(self) -> None:
        """Pull the plug: sessions break without a logout, nothing restarts by itself."""
        self.life.power_off()

    def _come_up(self) -> None:
        with self.batch():
            self.disks.boot()
            starting = self.services.boot()
            self.initiator.booted(self.life.boots)
            self.emit("boot", number=self.life.boots)
            self.emit("state", change="boot")
        for name in starting:
            with suppress(ServiceError):  # somebody who was signed in already was faster
                self.services.start(name)

    def _go_down(self) -> None:
        with self.lock:
            inputs = list(self._inputs)
            self.emit("shutdown", number=self.life.boots)
        for stdin in inputs:
            self.terminate(stdin)
        self.initiator.service_stopped(abort=True)
        self.emit("state", change="down")

    def _restart(self) -> None:
        """Restart for a program that was allowed to; one that is scheduled already stays."""
        with suppress(ShutdownError):
            self.life.schedule(0, restart=True)

    # what the lab does to it

    def rescan(self) -> None:
        """Notice what the array presents now, as on its unit attention REPORTED LUNS DATA HAS CHANGED."""
        if self.life.running:
            self.initiator.sessions.rescan()

    def snapshot(self) -> Snapshot:
        """Return the truth about the server at this moment."""
        with self.lock:
            running = self.life.running
            return Snapshot(
                host=self.name,
                running=running,
                sessions=self.initiator.session_views() if running else (),
                stored=self.initiator.stored_views(),
                disks=self.disks.disk_views() if running else (),
                dsms=self.disks.registered_dsms() if running else (),
                claims=self.disks.claims(),
            )

    # Machine

    def check_password(self, user: str, password: str) -> bool:
        """Whether an administrator of that name, with or without the server's name before it, has this password."""
        name = user.rpartition("\\")[2].partition("@")[0].lower()
        return any(known.lower() == name and password == held for known, held in self.spec.users.items())

    @property
    def passwords(self) -> Mapping[str, str]:
        """User names and passwords."""
        return self.spec.users

    def operating_system_version(self) -> str:
        """The version as Identify shows it."""
        return f"{self.release.version} SP: {self.release.service_pack}.0"

    def _collect_classes(self) -> dict[str, dict[str, WmiClass]]:
        found = [
            *cimv2.classes(self.name, self.spec.dns_domain, self.release, self.life, self.services, self.network),
            *RegistryProvider(self.registry, self.environment).classes(),
            *iscsi.classes(self.initiator),
            *mpio.classes(self.disks),
            *disk_classes.classes(self.disks, self.features),
        ]
        classes: dict[str, dict[str, WmiClass]] = {}
        for namespace, wmi_class in found:
            classes.setdefault(namespace.lower(), {})[wmi_class.name.lower()] = wmi_class
        return classes

    @staticmethod
    def _namespace(namespace: str) -> str:
        return namespace.replace("\\", "/").strip("/").lower()

    def wmi_class(self, namespace: str, class_name: str) -> WmiClass:
        """Find a class, letter case aside.

        Raises:
            WmiFailure: 2150858778
        """
        found = self._classes.get(self._namespace(namespace), {}).get(class_name.lower())
        if found is None:
            raise unknown_class()
        return self._readable(found)

    def wmi_subclasses(self, namespace: str, class_name: str) -> Sequence[WmiClass]:
        """Return the class and everything derived from it."""
        family = [self.wmi_class(namespace, class_name)]
        for item in self._classes[self._namespace(namespace)].values():
            if item.base is not None and any(item.base.lower() == known.name.lower() for known in family):
                family.append(self._readable(item))
        return family

    def _readable(self, wmi_class: WmiClass) -> WmiClass:
        """Let a class that is switched unreadable answer with a fault."""
        unreadable = {name.lower() for name in self.switches.embedded_arrays_readable}
        if wmi_class.name.lower() not in unreadable:
            return wmi_class

        def fault() -> Sequence[WmiObject]:
            raise provider_failed()

        return replace(wmi_class, instances=fault)

    def run(self, command_line: str, stdin: ConsoleInput, code_page: int) -> ProcessResult:
        """Run one cmd.exe command line to its end; while the server is down nothing runs and nothing is returned."""
        if not self.life.running:
            return ProcessResult(exit_code=None)
        context = ProgramContext(
            stdin, code_page, self.spec.elevated, lambda: any(item is stdin for item in self._terminated)
        )
        with self.lock:
            self._inputs.append(stdin)
        try:
            return self.shell.run(command_line, context)
        finally:
            with self.lock:
                self._inputs = [item for item in self._inputs if item is not stdin]
                self._terminated = [item for item in self._terminated if item is not stdin]

    def terminate(self, stdin: ConsoleInput) -> None:
        """Kill the process that reads this standard input."""
        with self.lock:
            if any(item is stdin for item in self._inputs):
                self._terminated.append(stdin)
        stdin.feed(b"", end=True)


MPIO_DRIVERS = {
    "mpio": "Microsoft Multi-Path Bus Driver",
    "msdsm": "Microsoft Multi-Path Device Specific Module",
}

INITIATOR_PARAMETERS = {
    "DelayBetweenReconnect": 1,
    "EnableNOPOut": 0,
    "ErrorRecoveryLevel": 2,
    "FirstBurstLength": 65536,
    "LinkDownTime": 15,
    "MaxBurstLength": 262144,
    "MaxPendingRequests": 255,
    "MaxRecvDataSegmentLength": 65536,
    "MaxRequestHoldTime": 60,
    "MaxTransferLength": 262144,
    "PortalRetryCount": 5,
    "SrbTimeoutDelta": 15,
}
"""The driver's timers with their defaults (Microsoft iSCSI initiator quick reference)."""
