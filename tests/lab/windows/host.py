# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One simulated Windows server: everything it consists of, and what its WinRM service asks of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from ..events import EventLog
from ..fabric.interface import Fabric
from ..winrm.interface import OEM_CODE_PAGE, ConsoleInput, ProcessResult, WmiClass
from . import cluster, installation
from .applications import application_service
from .clock import Clock, RealClock
from .cluster import ClusterNode
from .desktops import Desktops
from .features import DRIVER_NAMES, MULTIPATH_IO, Features
from .host_spec import HostSpec
from .hp_dsm import HpDsm
from .initiator_package import DEFAULT_COMPONENTS, InitiatorPackage
from .interface import Snapshot
from .iscsi.initiator import SERVICE, Initiator
from .iscsi.surroundings import DISCOVERY_KEY, Surroundings
from .language import Language
from .life import Life, ShutdownError
from .membership import FailoverCluster
from .network import Network
from .programs import ProgramContext
from .registry import Registry
from .releases import RELEASES, Release
from .services import KERNEL_DRIVER, Service, ServiceError, Services, standard_services
from .shell import CommandShell
from .storage.disks import Disks
from .toolbox import Toolbox
from .wmi.catalogue import Catalogue

_BACKGROUND_SECONDS = 20.0
"""How long a program takes that nobody waits for."""


class Host:
    """Implements ``winrm.interface.Machine``. It begins switched off; ``start`` boots it."""

    def __init__(self, spec: HostSpec, fabric: Fabric, log: EventLog, clock: Clock | None = None) -> None:
        """Install the server; ``clock`` decides how long Windows' seconds last."""
        self.spec = spec
        self.name = spec.name
        self.switches = spec.switches
        self.release = self._edition()
        self.language = Language(spec.language)
        self.lock = threading.RLock()
        self._log = log
        self._held: list[tuple[str, dict[str, Any]]] | None = None
        self._inputs: list[ConsoleInput] = []
        self._terminated: list[ConsoleInput] = []
        self.registry = Registry(self.lock)
        self.services = Services(self.registry, self.emit, self.lock, self.language)
        self.network = Network(spec.name, spec.nics, self.lock)
        self.desktops = Desktops(spec.logged_on, self.netbios_domain, self.emit, self.lock)
        self.cluster: ClusterNode | None = None
        self.features = Features(self.registry, self.emit, self.switches, self.release, self.lock)
        self.disks = Disks(self.registry, self.features, self.emit, self.switches, self.release, self.lock)
        self.clock = clock or RealClock()
        self.life = Life(self.clock, spec.boot_seconds, self._go_down, self._come_up, self.lock)
        self.package = InitiatorPackage(
            self.release, self.services, self.registry, self.features, self.switches, self._has_foreign_dsm, self.lock
        )
        self.hp_dsm = self._dsm_of_hp()
        self.initiator = Initiator(self._surroundings(fabric))
        self._install()
        self.toolbox = Toolbox(self)
        self.shell = CommandShell(
            self.environment, self.release.version, self.toolbox.find, self._report_command, self._detach
        )
        if spec.package and not spec.package.on_share:
            self.shell.files.write(spec.package.path, b"MZ")
        if self.hp_dsm:
            self.hp_dsm.bring(self.shell.files)
        self.catalogue = Catalogue(self)

    def _edition(self) -> Release:
        row = RELEASES[self.spec.release].installed(self.spec.architecture, self.spec.core, self.spec.build)
        if row.core and row.major_minor == (6, 0) and not self.switches.core_2008_has_server_feature_class:
            return replace(row, has_server_feature_class=False)
        return row

    def _dsm_of_hp(self) -> HpDsm | None:
        kit = self.spec.dsm_package
        parts = (self.disks, self.features, self.services, self.registry, self.switches, self.lock, self.emit)
        return HpDsm(kit, *parts) if kit else None

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
        for service in standard_services(self.release):
            self.services.add(service)
        for driver, display_name in DRIVER_NAMES.items():
            self.services.follow(self._mpio_driver(driver, display_name))
        self.features.restart = self.restart
        installation.write_version(self.registry, self.release)
        installation.write_disk_settings(self.registry, self.release, self.spec.new_disk_policy)
        self.registry.create(DISCOVERY_KEY)
        if self.spec.node_name:
            self.registry.set(DISCOVERY_KEY, "DefaultInitiatorName", self.spec.node_name, "REG_SZ")
        installation.write_other_adapters(self.registry, self.name)
        self.package.prepare = self._connect
        if self.switches.adapter_description_localised:
            self.package.say = self.language
        if self.release.initiator_included:
            self.package.install(DEFAULT_COMPONENTS)
        elif self.spec.package and self.spec.package.installed:
            self.package.run(self.spec.package)
        if (self.hp_dsm and self.hp_dsm.spec.installed) or self.spec.other_dsms:
            self._install_dsms()
        self.disks.connect_fibre_channel(self.spec.fibre_channel)
        if self.spec.cluster:
            self.cluster = ClusterNode(
                self.spec.cluster,
                self.spec.membership or FailoverCluster(self.spec.cluster.name),
                self.name,
                self.release,
                self.registry,
                self.network,
                self.disks,
                self.emit,
                self.lock,
            )
            self.services.add(self.cluster.service())
        for letter, naa in self.spec.volumes.items():
            self.disks.mount(naa, letter)
        for item in self.spec.services:
            self.services.add(application_service(item, self.disks, self.emit))

    def _install_dsms(self) -> None:
        if self.release.since_vista:
            self.features.enable(MULTIPATH_IO)
        if self.hp_dsm and self.hp_dsm.spec.installed:
            self.hp_dsm.install()
        for dsm in self.spec.other_dsms:
            if dsm.driver:
                self.features.add_vendor_driver(dsm.driver, dsm.name)
                self.services.follow(self._mpio_driver(dsm.driver, dsm.name))
            self.disks.install_vendor_dsm(dsm)

    def _connect(self, service: Service) -> None:
        """Let the initiator's service and driver do what they are for."""
        if service.name == SERVICE:
            service.on_start = self.initiator.service_started
            service.on_stop = self.initiator.service_stopped
            service.can_start = lambda: self.package.driver_loaded
            service.takes_long = True
        elif service.is_driver:
            service.follows = lambda: self.life.running and self.package.driver_loaded

    def _has_foreign_dsm(self) -> bool:
        return any(not dsm.lower().startswith("microsoft") for _unused, dsm in self.disks.claims())

    def _mpio_driver(self, name: str, display_name: str) -> Service:
        def loaded() -> bool:
            return any(item.name == name and item.state == "Running" for item in self.features.drivers())

        return Service(name, display_name, f"System32\\drivers\\{name}.sys", 0, KERNEL_DRIVER, follows=loaded)

    # what it is called

    @property
    def edition(self) -> str:
        """Release and edition for people, ``2008 x86 Server Core de``."""
        release = self.release
        parts = (
            release.key,
            release.architecture if len(release.architectures) > 1 else "",
            "Server Core" if release.core else "",
            "" if self.spec.language == "en" else self.spec.language,
        )
        return " ".join(part for part in parts if part)

    @property
    def dns_name(self) -> str:
        """The full name."""
        return f"{self.name}.{self.spec.dns_domain}".rstrip(".").lower()

    @property
    def netbios_domain(self) -> str:
        """What stands before the names of its users."""
        return (self.spec.dns_domain.partition(".")[0] or self.name).upper()

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of a command shell."""
        return installation.environment(self.release, self.name, self.user)

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
            self.package.boot()
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
            self.desktops.end_all()
            in_cluster = self.services.running(cluster.SERVICE)
        if self.cluster and in_cluster:
            self.cluster.going_down()
        for stdin in inputs:
            self.terminate(stdin)
        self.initiator.service_stopped(abort=True)
        self.emit("state", change="down")

    def restart(self) -> None:
        """Restart for a program that was allowed to; one that is scheduled already stays."""
        with suppress(ShutdownError):
            self.life.schedule(0, restart=True)

    # what the lab does to it

    def rescan(self) -> None:
        """Notice what the array presents now, as on its unit attention REPORTED LUNS DATA HAS CHANGED."""
        if not self.switches.presentation_needs_rescan:
            self.rescan_disks()

    def learn_port_groups(self) -> None:
        """Notice what the array's controllers own now, as on its unit attention (6/2A/06)."""
        if self.life.running:
            self.initiator.sessions.learn_port_groups()

    def rescan_disks(self) -> None:
        """Look for disks on every session, as somebody asks for it."""
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
                claims_at=self.disks.claims_at(),
                in_use=self.disks.used_luns() if running else frozenset(),
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

    def wmi_class(self, namespace: str, class_name: str) -> WmiClass:
        """Find a class, letter case aside.

        Raises:
            WmiFailure: 2150858778
        """
        return self.catalogue.find(namespace, class_name)

    def wmi_subclasses(self, namespace: str, class_name: str) -> Sequence[WmiClass]:
        """Return the class and everything derived from it.

        Raises:
            WmiFailure: 2150858778
        """
        return self.catalogue.family(namespace, class_name)

    def run(self, command_line: str, stdin: ConsoleInput, code_page: int) -> ProcessResult:
        """Run one cmd.exe command line to its end; while the server is down nothing runs and nothing is returned."""
        if not self.life.running:
            return ProcessResult(exit_code=None)
        over = threading.Event()
        context = ProgramContext(
            stdin,
            self.language.locale.console_code_page if code_page == OEM_CODE_PAGE else code_page,
            self.spec.elevated or not self.release.since_vista,  # filtered tokens came with Vista
            lambda: over.is_set() or any(item is stdin for item in self._terminated),
            self.language,
        )
        with self.lock:
            self._inputs.append(stdin)
        try:
            return self.shell.run(command_line, context)
        finally:
            over.set()
            with self.lock:
                self._inputs = [item for item in self._inputs if item is not stdin]
                self._terminated = [item for item in self._terminated if item is not stdin]

    def _detach(self, work: Callable[[], object]) -> None:
        """Go on with a program after the command that started it is over; a shutdown ends it."""
        boot = self.life.boots

        def go_on() -> None:
            if self.life.running and self.life.boots == boot:
                work()

        self.clock.call_later(_BACKGROUND_SECONDS, go_on)

    def terminate(self, stdin: ConsoleInput) -> None:
        """Kill the process that reads this standard input."""
        with self.lock:
            if any(item is stdin for item in self._inputs):
                self._terminated.append(stdin)
        stdin.feed(b"", end=True)
