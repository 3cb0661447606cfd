# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows features of a simulated server, MultipathIo above all: installed, pending, running."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from .registry import Registry
from .releases import Release
from .services import DISABLED, START_MODES
from .storage.claim_lists import ClaimLists
from .storage.switches import StorageSwitches

MULTIPATH_IO = "MultipathIo"
SERVICES_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services"
REBOOT_PENDING_KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending"
"""Exists while the component store waits for a restart."""


class FeatureState(Enum):
    """The states that DISM tells apart; the value is its English word."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    ENABLE_PENDING = "Enable Pending"
    DISABLE_PENDING = "Disable Pending"


@dataclass(frozen=True)
class FeatureRow:
    """One feature that the release offers."""

    name: str
    display_name: str
    description: str
    server_feature_id: int | None = None
    """Win32_ServerFeature.ID, None where the feature has no such row."""
    server_manager_id: str = ""
    """What ServerManagerCmd calls it."""


CATALOGUE = (
    FeatureRow("File-Services", "File Services", "Manages file servers and storage.", 6, "File-Services"),
    FeatureRow(MULTIPATH_IO, "Multipath I/O", "Gives storage devices more than one data path.", 57, "Multipath-IO"),
    FeatureRow("TelnetClient", "Telnet Client", "Connects to remote Telnet servers.", 44, "Telnet-Client"),
    FeatureRow("WindowsServerBackup", "Windows Server Backup", "Backs up this server.", 39, "Backup-Features"),
)
"""A small part of the release's catalogue: 57 is documented (Win32_ServerFeature); the other rows only keep a
client from taking the first row it gets for its own."""
_INITIALLY_ENABLED = frozenset({"File-Services"})


@dataclass(frozen=True)
class Driver:
    """A kernel driver as Win32_SystemDriver shows it."""

    name: str
    display_name: str
    path: str
    start_mode: str
    state: str
    """``Running`` or ``Stopped``."""


_BUS = "mpio"
DRIVER_NAMES = {
    _BUS: "Microsoft Multi-Path Bus Driver",
    "msdsm": "Microsoft Multi-Path Device Specific Module",
    "msiscdsm": "Microsoft iSCSI Device Specific Module",
}
"""Display names by driver; those of 2003's DSM are not published."""
DELETE_FLAG = "DeleteFlag"
"""Value of a service that is deleted when nothing uses it any more: DeleteService marks a service whose driver is
loaded (Microsoft: DeleteService). That the mark is this value, and that the start type becomes Disabled with it, is
what administrators see."""
_START_BOOT = 0
_KERNEL_DRIVER = 1


class Features:
    """What is installed, what waits for a restart, and whether MPIO runs.

    Server 2003 has no features: there the drivers of MPIO come with the initiator package, and ``MultipathIo`` stands
    for them.
    """

    def __init__(
        self,
        registry: Registry,
        emit: Callable[..., object],
        switches: StorageSwitches,
        release: Release,
        lock: threading.RLock,
    ) -> None:
        """Start without MultipathIo."""
        self.release = release
        self.restart: Callable[[], None] | None = None
        """Restarts the server; the host sets it."""
        self.drivers_loaded: Callable[[], None] | None = None
        """Told when the drivers start without a boot; the disk stack sets it."""
        self._registry = registry
        self._emit = emit
        self._switches = switches
        self._lock = lock
        self._states = {
            row.name: FeatureState.ENABLED if row.name in _INITIALLY_ENABLED else FeatureState.DISABLED
            for row in CATALOGUE
        }
        self._bus_of_vendor = False
        self._vendor_drivers: dict[str, str] = {}
        """Driver -> display name."""
        self._loaded: frozenset[str] = frozenset()

    # what is

    def find(self, name: str) -> FeatureRow | None:
        """Return the feature of that name, letter case aside."""
        return next((row for row in CATALOGUE if row.name.lower() == name.lower()), None)

    def state(self, name: str) -> FeatureState:
        """Return the state of a feature of the catalogue."""
        with self._lock:
            return self._states[name]

    @property
    def installed(self) -> bool:
        """Whether MultipathIo is installed or will be after the next boot."""
        return self.state(MULTIPATH_IO) in (FeatureState.ENABLED, FeatureState.ENABLE_PENDING)

    @property
    def mpio_running(self) -> bool:
        """Whether the bus driver of MPIO is loaded."""
        with self._lock:
            return _BUS in self._loaded

    def is_loaded(self, driver: str) -> bool:
        """Whether a driver of MPIO is loaded."""
        with self._lock:
            return driver in self._loaded

    def loads_at_boot(self, driver: str) -> bool:
        """Whether a driver of MPIO that is on the server will be loaded at the next boot: not one that is disabled."""
        with self._lock:
            return driver in self._present_drivers() and self._start_type(driver) != DISABLED

    @property
    def files_present(self) -> bool:
        """Whether mpclaim and the drivers are on the disk."""
        state = self.state(MULTIPATH_IO)
        if state is FeatureState.ENABLE_PENDING:
            return not self._files_wait
        return state is not FeatureState.DISABLED

    @property
    def reboot_pending(self) -> bool:
        """Whether the component store waits for a restart."""
        return self._registry.exists(REBOOT_PENDING_KEY)

    def install_state(self, name: str) -> int:
        """Return Win32_OptionalFeature.InstallState: 1 enabled, 2 disabled; the switch's while it is pending."""
        state = self.state(name)
        if state is FeatureState.ENABLE_PENDING:
            return self._switches.install_state_while_pending
        return 2 if state is FeatureState.DISABLED else 1

    def drivers(self) -> tuple[Driver, ...]:
        """Return the drivers of MPIO that are on the server, loaded or not."""
        return tuple(
            Driver(
                name,
                self._display_name(name),
                rf"{self.release.system_root}\system32\drivers\{name}.sys",
                START_MODES[self._start_type(name)],
                "Running" if name in self._loaded else "Stopped",
            )
            for name in self._present_drivers()
        )

    def _present_drivers(self) -> tuple[str, ...]:
        own: tuple[str, ...] = (_BUS,) if self._bus_of_vendor else ()
        if self.files_present:
            own = (_BUS, self.release.microsoft_dsm_driver)
        return (*own, *self._vendor_drivers)

    def _display_name(self, driver: str) -> str:
        return DRIVER_NAMES.get(driver) or self._vendor_drivers[driver]

    def _start_type(self, driver: str) -> int:
        stored = self._registry.get(rf"{SERVICES_KEY}\{driver}", "Start")
        return stored if isinstance(stored, int) and 0 <= stored <= DISABLED else DISABLED

    # changes

    def enable(self, name: str) -> bool:
        """Enable a feature of the catalogue; return whether a restart is needed for it to work."""
        with self._lock:
            if self._states[name] is FeatureState.ENABLED:
                return False
            if self._states[name] is FeatureState.DISABLE_PENDING:
                self._become(name, FeatureState.ENABLED)
                return True
            waits = name == MULTIPATH_IO and self._drivers_wait
            if self._states[name] is FeatureState.DISABLED:
                if waits and self.release.since_vista:
                    self._registry.create(REBOOT_PENDING_KEY)
                if name == MULTIPATH_IO and not (waits and self._files_wait):
                    self._add_drivers()
                if name == MULTIPATH_IO and not waits:
                    self._loaded |= {_BUS, self.release.microsoft_dsm_driver}
                    if self.drivers_loaded is not None:
                        self.drivers_loaded()
                self._become(name, FeatureState.ENABLE_PENDING if waits else FeatureState.ENABLED)
            return waits

    @property
    def _drivers_wait(self) -> bool:
        """The drivers of 2003 need a restart (KB 977506 and NetApp's host utilities ask for one)."""
        return self._switches.feature_needs_reboot or not self.release.since_vista

    @property
    def _files_wait(self) -> bool:
        """The switch is about Windows' component store; the package of 2003 copies its files when it runs."""
        return self._switches.feature_files_wait_for_reboot and self.release.since_vista

    def install_bus(self) -> None:
        """Bring the bus driver without Microsoft's DSM, as a vendor's kit does on 2003; it loads at the next boot."""
        with self._lock:
            self._bus_of_vendor = True
            self._add_driver(_BUS)

    def add_vendor_driver(self, driver: str, display_name: str) -> None:
        """Bring the driver of a vendor's DSM; it loads at the next boot."""
        with self._lock:
            self._vendor_drivers[driver] = display_name
            self._add_driver(driver)

    def remove_vendor_driver(self, driver: str) -> None:
        """Delete the driver of a vendor's DSM: at once, or at the next boot if it is loaded."""
        with self._lock:
            if driver in self._loaded:
                key = rf"{SERVICES_KEY}\{driver}"
                self._registry.set(key, DELETE_FLAG, 1, "REG_DWORD")
                self._registry.set(key, "Start", DISABLED, "REG_DWORD")
            else:
                self._forget_vendor_driver(driver)

    def is_marked_for_deletion(self, driver: str) -> bool:
        """Whether a driver goes at the next boot, until which no service of its name can be made (error 1072)."""
        return self._registry.get(rf"{SERVICES_KEY}\{driver}", DELETE_FLAG) == 1

    def _forget_vendor_driver(self, driver: str) -> None:
        self._vendor_drivers.pop(driver, None)
        self._registry.delete(rf"{SERVICES_KEY}\{driver}")

    def disable(self, name: str) -> bool:
        """Disable a feature of the catalogue; return whether a restart is needed: loaded drivers stay until then."""
        with self._lock:
            if self._states[name] is FeatureState.DISABLED:
                return False
            if name == MULTIPATH_IO and self._loaded:
                self._registry.create(REBOOT_PENDING_KEY)
                self._become(name, FeatureState.DISABLE_PENDING)
                return True
            self._become(name, FeatureState.DISABLED)
            if name == MULTIPATH_IO:
                self._remove_drivers()
            return self.reboot_pending

    def boot(self) -> None:
        """Let what is pending take effect."""
        with self._lock:
            for name, state in self._states.items():
                if state is FeatureState.ENABLE_PENDING:
                    self._states[name] = FeatureState.ENABLED
                elif state is FeatureState.DISABLE_PENDING:
                    self._states[name] = FeatureState.DISABLED
            if self._states[MULTIPATH_IO] is FeatureState.ENABLED:
                self._add_drivers()
            else:
                self._remove_drivers()
            for driver in tuple(self._vendor_drivers):
                if self.is_marked_for_deletion(driver):
                    self._forget_vendor_driver(driver)
            # A DSM registers with the bus driver; without it there is nothing to load it for.
            loads = frozenset(name for name in self._present_drivers() if self.loads_at_boot(name))
            self._loaded = loads if _BUS in loads else frozenset()
            self._registry.delete(REBOOT_PENDING_KEY)

    def _become(self, name: str, state: FeatureState) -> None:
        self._states[name] = state
        self._emit("state", subject="feature", feature=name, state=state.value)

    def _add_drivers(self) -> None:
        self._add_driver(_BUS)
        self._add_driver(self.release.microsoft_dsm_driver)
        if self.release.since_vista:  # the iSCSI DSM of 2003 claims what is iSCSI and has no list
            ClaimLists(self._registry).create(with_device_list=not self._switches.mpclaim_needs_device_list)

    def _add_driver(self, name: str) -> None:
        key = rf"{SERVICES_KEY}\{name}"
        if self._registry.get(key, "Start") is not None:
            return  # it is there; somebody may have disabled it
        self._registry.set(key, "DisplayName", self._display_name(name), "REG_SZ")
        self._registry.set(key, "ImagePath", rf"System32\drivers\{name}.sys", "REG_EXPAND_SZ")
        self._registry.set(key, "Start", _START_BOOT, "REG_DWORD")
        self._registry.set(key, "Type", _KERNEL_DRIVER, "REG_DWORD")

    def _remove_drivers(self) -> None:
        for name in (_BUS, self.release.microsoft_dsm_driver):
            if name not in self._present_drivers():
                self._registry.delete(rf"{SERVICES_KEY}\{name}")
