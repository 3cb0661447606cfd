# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HP MPIO Full Featured DSM for EVA on a server: its kit, its driver, and a policy for each group of LUNs.

Its manuals (AA-RW7SJ-TE to 757324-001) name the releases, the arrays and the five policies, of which one holds for all
LUNs of a logical unit group and outlives a restart. What nobody has published is a switch, or is said to be a guess
where it stands: the arguments of setup, the names of driver and DSM, where the policies are kept, exit codes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from .features import SERVICES_KEY, Features
from .files import FileStore
from .registry import Registry
from .services import DISABLED, KERNEL_DRIVER, Service, Services
from .storage.disks import Disks
from .storage.hardware_ids import hardware_id
from .storage.mpio import identity_of
from .storage.multipath_disk import MultipathDisk, VendorDsm
from .switches import Switches

SUCCESS = 0
FAILED = 1603
NOT_INSTALLED = 1605
"""ERROR_INSTALL_FAILURE and ERROR_UNKNOWN_PRODUCT of Windows Installer: a guess, as is that setup uses it."""

POLICIES = ("RR", "SQST", "SQR", "SQB", "NLB")
DEFAULT_POLICY = "SQST"
"""Load balance policies (manuals of 3.02.00, p. 27, and 4.01.00, p. 19)."""

DISPLAY_NAME = "HP MPIO Full Featured DSM for EVA"
PRODUCTS = {(3, 0): ("HSV200", "HSV210", "HSV300"), (4, 0): ("HSV400", "HSV450"), (4, 2): ("HSV340", "HSV360")}
"""First version -> the products that it adds: the EVA4x00, 6x00 and 8x00 of 3.00.00, the P6x00 of 4.02.00 (titles of
the manuals). That the EVA6400 and 8400 came with 4.00 is a guess. The EVA3000 and 5000 have a DSM of their own."""

VersionNumbers = tuple[int, int, int, int]


def version_numbers(text: str) -> VersionNumbers:
    """Return the numbers of a version such as ``4.02.00``, which the manuals write so, as a DSM registers with them.

    Raises:
        ValueError: it is not one to four numbers with dots between
    """
    numbers = [int(part) for part in text.split(".")]
    if len(numbers) > 4 or any(number < 0 for number in numbers):
        raise ValueError(f"{text!r} is no version")
    major, minor, build, qfe = [*numbers, 0, 0, 0][:4]
    return major, minor, build, qfe


@dataclass(frozen=True)
class DsmPackageSpec:
    """The kit as an administrator has put it in reach of a server."""

    path: str = "C:\\Install\\EvaDsm\\setup.exe"
    """Setup, on one of the server's disks or on a share."""
    removal_path: str = "C:\\Program Files\\HP\\EvaDsm\\remove.exe"
    """The program that removes it, which comes with it."""
    version: str = "4.02.00"
    hardware_ids: tuple[str, ...] = ()
    """What it claims; empty: the EVAs that its version's manual names."""
    installed: bool = False
    """Whether it has been installed before the lab began."""

    @property
    def claims(self) -> tuple[str, ...]:
        """The hardware ids that the DSM claims."""
        version = version_numbers(self.version)[:2]
        products = [product for since, added in PRODUCTS.items() if since <= version for product in added]
        return self.hardware_ids or tuple(hardware_id("HP", product) for product in products)


class HpDsm:
    """What is installed of it on one server."""

    def __init__(
        self,
        spec: DsmPackageSpec,
        disks: Disks,
        features: Features,
        services: Services,
        registry: Registry,
        switches: Switches,
        lock: threading.RLock,
        emit: Callable[..., object],
    ) -> None:
        """Begin without."""
        self.spec = spec
        self._disks = disks
        self._features = features
        self._services = services
        self._registry = registry
        self._switches = switches
        self._lock = lock
        self._emit = emit
        self._installed = False
        self._files: FileStore | None = None

    @property
    def installed(self) -> bool:
        """Whether its programs are on the server."""
        with self._lock:
            return self._installed

    def bring(self, files: FileStore) -> None:
        """Put the kit, and what is installed of it, on the server's disk."""
        self._files = files
        if not self.spec.path.startswith("\\\\"):
            files.write(self.spec.path, b"MZ")
        if self._installed:
            files.write(self.spec.removal_path, b"MZ")

    def install(self) -> int:
        """Install as setup does and return its exit code; the DSM registers from the next boot on."""
        with self._lock:
            if self._installed:
                return SUCCESS
            driver = self._switches.hp_dsm_driver
            if self._features.is_marked_for_deletion(driver) or not self._mpio_suffices():
                return FAILED
            self._installed = True
            self._features.add_vendor_driver(driver, DISPLAY_NAME)
            self._services.follow(
                Service(
                    driver,
                    DISPLAY_NAME,
                    f"System32\\drivers\\{driver}.sys",
                    0,
                    KERNEL_DRIVER,
                    of_application=True,
                    follows=lambda: self._features.is_loaded(driver),
                )
            )
            if self._files is not None:
                self._files.write(self.spec.removal_path, b"MZ")
            self._disks.install_vendor_dsm(
                VendorDsm(self._switches.hp_dsm_name, self.spec.claims, driver, version_numbers(self.spec.version))
            )
            return self._switches.hp_dsm_reboot_exit_code

    def remove(self) -> int:
        """Remove it and return the exit code; a DSM that is registered stays so until the next boot."""
        with self._lock:
            if not self._installed:
                return NOT_INSTALLED
            driver = self._switches.hp_dsm_driver
            loaded = self._features.is_loaded(driver)
            self._installed = False
            if loaded:
                self._services.set_start(driver, DISABLED)
            self._features.remove_vendor_driver(driver)
            if self._files is not None:
                self._files.delete(self.spec.removal_path)
            self._disks.remove_vendor_dsm(self._switches.hp_dsm_name)
            return self._switches.hp_dsm_reboot_exit_code if loaded else SUCCESS

    def _mpio_suffices(self) -> bool:
        """On Server 2003 the kit brings MPIO's bus driver; later it wants the feature of Windows."""
        if not self._features.release.since_vista:
            return True
        wanted = self._switches.hp_dsm_needs_mpio
        return self._features.mpio_running if wanted == "running" else self._features.installed

    # policies

    def disks(self) -> list[MultipathDisk]:
        """Return the disks that it owns."""
        return [disk for disk in self._disks.mpio.disks_in_order() if disk.dsm_name == self._switches.hp_dsm_name]

    def policy_of(self, disk: MultipathDisk) -> str:
        """Return the policy of a disk's group."""
        stored = self._registry.get(self._policies_key, self._group(disk))
        return stored if isinstance(stored, str) and stored in POLICIES else DEFAULT_POLICY

    def set_policy(self, disk: MultipathDisk, policy: str) -> None:
        """Set the policy of a disk's group.

        Raises:
            ValueError: it has no such policy
        """
        if policy not in POLICIES:
            raise ValueError(f"{policy!r} is no policy of {DISPLAY_NAME}")
        self._registry.set(self._policies_key, self._group(disk), policy, "REG_SZ")
        luns = [each.identity for each in self.disks() if self._group(each) == self._group(disk)]
        self._emit("state", subject="hp-policy", luns=luns, policy=policy.lower())

    @property
    def _policies_key(self) -> str:
        """Where the lab keeps them; where HP does is not known."""
        return rf"{SERVICES_KEY}\{self._switches.hp_dsm_driver}\Parameters\Policies"

    def _group(self, disk: MultipathDisk) -> str:
        return identity_of(disk.unit) if self._switches.hp_dsm_policy_group == "lun" else "all"
