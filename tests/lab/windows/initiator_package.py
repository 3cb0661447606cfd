# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the iSCSI initiator is on a server: part of Windows from 2008, on 2003 what a package has installed.

The package of 2003 (Microsoft iSCSI Software Initiator 2.08) has three components: the service and the software
initiator, both on by default, and "Microsoft MPIO Multipathing Support for iSCSI", off by default. Where another
vendor's DSM is there already only the last one is chosen, so that no initiator gets installed (KB 977506).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from .features import MULTIPATH_IO, Features
from .installation import write_initiator
from .language import ENGLISH
from .registry import Registry
from .releases import Release
from .services import Service, Services, initiator_services
from .switches import Switches

SERVICE, INITIATOR, MPIO = "service", "initiator", "mpio"
COMPONENTS = (SERVICE, INITIATOR, MPIO)
DEFAULT_COMPONENTS = (SERVICE, INITIATOR)


def default_path(architecture: str) -> str:
    """Return where a server has the package unless its fleet says otherwise; the file's name is Microsoft's."""
    return f"C:\\Install\\Initiator-2.08-build3825-{architecture}fre.exe"


@dataclass(frozen=True)
class PackageSpec:
    """The package as an administrator has put it in reach of a server."""

    path: str = default_path("x64")
    """On one of the server's disks, or on a share: ``\\\\server\\share\\file``."""
    installs: tuple[str, ...] = DEFAULT_COMPONENTS
    """What it installs when it runs without anybody to ask."""
    installed: bool = False
    """Whether it has run before the lab began."""

    @property
    def on_share(self) -> bool:
        """Whether it has to be fetched over the network."""
        return self.path.startswith("\\\\")


class InitiatorPackage:
    """What is installed of the initiator, and what is loaded of it."""

    def __init__(
        self,
        release: Release,
        services: Services,
        registry: Registry,
        features: Features,
        switches: Switches,
        foreign_dsm: Callable[[], bool],
        lock: threading.RLock,
    ) -> None:
        """Begin without; ``foreign_dsm`` tells whether another vendor's DSM is installed."""
        self._release = release
        self._services = services
        self._registry = registry
        self._features = features
        self._switches = switches
        self._foreign_dsm = foreign_dsm
        self._lock = lock
        self._installed: set[str] = set()
        self._loaded = False
        self.prepare: Callable[[Service], None] = lambda service: None
        """Connects a service with what it does; the host sets it."""
        self.say = ENGLISH
        """The language that names the adapter; the host sets it."""

    @property
    def has_service(self) -> bool:
        """Whether the service with its classes and iscsicli is on the server."""
        with self._lock:
            return SERVICE in self._installed

    @property
    def driver_loaded(self) -> bool:
        """Whether the software initiator's driver is loaded."""
        with self._lock:
            return self._loaded

    def install(self, components: tuple[str, ...]) -> None:
        """Install components as setup does; what they need a restart for they have after the next boot."""
        with self._lock:
            self._installed.update(components)
            for service in initiator_services(self._release):
                if service.is_driver and INITIATOR not in components:
                    continue
                if not service.is_driver and SERVICE not in components:
                    continue
                self.prepare(service)
                self._services.add(service)
            if INITIATOR in components:
                write_initiator(self._registry, self.say)
                self._loaded = self._loaded or not self._switches.package_needs_reboot
            if MPIO in components:
                self._features.enable(MULTIPATH_IO)

    def run(self, package: PackageSpec) -> bool:
        """Install what the package chooses by itself; return whether a restart is needed."""
        chosen = set(package.installs)
        if self._switches.package_installs_mpio:
            chosen.add(MPIO)
        if self._foreign_dsm():
            chosen = {MPIO}
        with self._lock:
            missing = chosen - self._installed
            self.install(tuple(name for name in COMPONENTS if name in missing))
            return bool(missing) and (MPIO in missing or self._switches.package_needs_reboot)

    def boot(self) -> None:
        """Load the driver where it is installed."""
        with self._lock:
            self._loaded = INITIATOR in self._installed
