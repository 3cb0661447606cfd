# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The MPIO bus: which devices it takes from the SCSI port driver, and the disks it makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...fabric.interface import LogicalUnit
from ..features import Features
from ..interface import Claims, LunPath, ScsiAddress
from ..registry import Registry
from .boot_order import BootOrder
from .claim_lists import ClaimLists, LoadedLists
from .hardware_ids import ISCSI_BUS_TYPE_ID, is_listed, unit_hardware_id
from .msdsm import MicrosoftDsm
from .multipath_disk import MultipathDisk, MultipathPath, VendorDsm
from .policies import Policy, TargetPortGroups
from .switches import StorageSwitches
from .timers import Timers

MAXIMUM_PATHS = 32
"""DSM_MAX_PATHS of the sample DSM."""


def identity_of(unit: LogicalUnit) -> str:
    """Return what tells one LUN from another: the NAA id, or the serial number of a LUN without one."""
    return (unit.naa or unit.serial).lower()


class Mpio:
    """State of mpio.sys and of the DSMs registered with it. The caller holds the server's lock."""

    def __init__(self, registry: Registry, features: Features, switches: StorageSwitches, order: BootOrder) -> None:
        """Start as the drivers do, with no device yet."""
        self.lists = ClaimLists(registry)
        self.timers = Timers(registry)
        self.dsm = MicrosoftDsm(registry, switches, features.release)
        self.disks: list[MultipathDisk] = []
        self._features = features
        self._switches = switches
        self._order = order
        self._loaded = LoadedLists()
        self._groups: dict[str, TargetPortGroups] = {}
        self._installed_vendor_dsms: list[VendorDsm] = []
        self._vendor_dsms: tuple[VendorDsm, ...] = ()
        self.start()

    @property
    def running(self) -> bool:
        """Whether the mpio driver is loaded."""
        return self._features.mpio_running

    @property
    def dsm_running(self) -> bool:
        """Whether Microsoft's DSM is loaded: on Server 2003 MPIO may be there without it (KB 977506)."""
        return self.running and self._features.is_loaded(self.dsm.generation.driver)

    @property
    def loaded_lists(self) -> LoadedLists:
        """The claim lists that the drivers work with now."""
        return self._loaded

    def start(self) -> None:
        """Begin a boot: the lists, timers and DSMs as they are stored; no disk."""
        self.disks.clear()
        self._vendor_dsms = tuple(
            dsm for dsm in self._installed_vendor_dsms if not dsm.driver or self._features.is_loaded(dsm.driver)
        )
        self.dsm.boot()
        self.load_drivers()

    def load_drivers(self) -> None:
        """Read what the drivers read when they start; the devices that are there stay where they are."""
        self.timers.load()
        self.reload_lists()

    def reload_lists(self) -> None:
        """Take over what the registry lists."""
        self._loaded = self.lists.load()

    def install_vendor_dsm(self, dsm: VendorDsm) -> None:
        """Install another DSM; it registers at the next boot. On 2003 its kit brings MPIO's bus driver."""
        self._installed_vendor_dsms.append(dsm)
        if not self._features.release.since_vista:
            self._features.install_bus()

    def remove_vendor_dsm(self, name: str) -> None:
        """Take another DSM away; it is gone after the next boot."""
        self._installed_vendor_dsms = [dsm for dsm in self._installed_vendor_dsms if dsm.name != name]

    def registered_dsms(self) -> tuple[str, ...]:
        """Return the names of the DSMs in effect."""
        if not self.running:
            return ()
        vendors = tuple(dsm.name for dsm in self._vendor_dsms)
        return (*vendors, self.dsm.name) if self.dsm_running else vendors

    def vendor_dsm(self, name: str) -> VendorDsm | None:
        """Return a DSM in effect that is not Microsoft's."""
        return next((dsm for dsm in self._vendor_dsms if dsm.name == name), None)

    def claims_now(self) -> Claims:
        """Return (hardware id, DSM that claims it) of the DSMs that are registered."""
        if not self.running:
            return ()
        own = self._loaded.claimed_ids() if self.dsm.generation.claims_by_list else (ISCSI_BUS_TYPE_ID,)
        return self._claims_of(self._vendor_dsms, own if self.dsm_running else ())

    def claims_at_boot(self) -> Claims:
        """Return (hardware id, DSM that will claim it) after the next boot."""
        vendors = [
            dsm for dsm in self._installed_vendor_dsms if not dsm.driver or self._features.loads_at_boot(dsm.driver)
        ]
        # Drivers whose files a pending installation has not copied yet come enabled.
        loads = self._features.loads_at_boot(self.dsm.generation.driver) or not self._features.files_present
        own = self.lists.load().claimed_ids() if self.dsm.generation.claims_by_list else (ISCSI_BUS_TYPE_ID,)
        return self._claims_of(vendors, own if loads and self._features.installed else ())

    def _claims_of(self, vendors: Iterable[VendorDsm], own: Iterable[str]) -> Claims:
        found = {(device_id, dsm.name): None for dsm in vendors for device_id in dsm.hardware_ids}
        found.update(dict.fromkeys((device_id, self.dsm.name) for device_id in own))
        return tuple(found)

    def listed_for_next_boot(self, lun_path: LunPath) -> bool:
        """Whether Microsoft's DSM will claim a device after the next boot."""
        if self.dsm.generation.claims_by_list:
            return self.lists.load().cover(unit_hardware_id(lun_path.unit), lun_path.iscsi)
        return lun_path.iscsi and (ISCSI_BUS_TYPE_ID, self.dsm.name) in self.claims_at_boot()

    def claimants(self, lun_path: LunPath) -> tuple[VendorDsm | None, ...]:
        """Return the DSMs that take a device now, None for Microsoft's.

        What happens when two claim the same id is not documented: a switch decides.
        """
        if not self.running or not identity_of(lun_path.unit):
            return ()
        device_id = unit_hardware_id(lun_path.unit)
        vendors = [dsm for dsm in self._vendor_dsms if is_listed(dsm.hardware_ids, device_id, iscsi=False)][:1]
        microsoft = [None] if self._microsoft_claims(device_id, lun_path.iscsi) else []
        found = (*microsoft, *vendors) if self._switches.two_claimants == "microsoft_first" else (*vendors, *microsoft)
        return found if self._switches.two_claimants == "both" else found[:1]

    def _microsoft_claims(self, device_id: str, iscsi: bool) -> bool:
        if not self.dsm_running:
            return False
        if self.dsm.generation.claims_by_list:
            return self._loaded.cover(device_id, iscsi)
        return iscsi

    def disk_of(self, unit: LogicalUnit) -> MultipathDisk | None:
        """Return the MPIO disk that stands for a LUN."""
        identity = identity_of(unit)
        return next((disk for disk in self.disks if disk.identity == identity), None)

    def disk_numbered(self, number: int) -> MultipathDisk | None:
        """Return ``MPIO DiskN``."""
        return next((disk for disk in self.disks if disk.number == number), None)

    def disks_at(self, address: ScsiAddress) -> list[MultipathDisk]:
        """Return the disks that have a path at this address: one for each DSM that took the device."""
        return [disk for disk in self.disks if disk.path_at(address)]

    def takers(self, lun_path: LunPath) -> tuple[VendorDsm | None, ...]:
        """Return the DSMs in whose disks a new path gets a place, None for Microsoft's; none: it is a plain disk."""
        return tuple(dsm for dsm in self.claimants(lun_path) if self._has_room(lun_path.unit, dsm))

    def _has_room(self, unit: LogicalUnit, vendor_dsm: VendorDsm | None) -> bool:
        disk = self._disk_under(unit, vendor_dsm)
        return disk is None or len(disk.paths) < MAXIMUM_PATHS

    def _disk_under(self, unit: LogicalUnit, vendor_dsm: VendorDsm | None) -> MultipathDisk | None:
        identity = identity_of(unit)
        return next((disk for disk in self.disks if disk.identity == identity and disk.vendor_dsm == vendor_dsm), None)

    def take(self, lun_path: LunPath, vendor_dsm: VendorDsm | None, drive_number: int, sequence: int) -> MultipathDisk:
        """Make a path for a DSM, and where it is the LUN's first one a disk with these numbers."""
        disk = self._disk_under(lun_path.unit, vendor_dsm)
        path = MultipathPath(lun_path, self.path_id(lun_path.address))
        if disk is not None:
            disk.paths.append(path)
            if disk.vendor_dsm is None:
                self.dsm.join(disk, path)
            return disk
        identity = identity_of(lun_path.unit)
        disk = MultipathDisk(
            unit=lun_path.unit,
            identity=identity,
            number=self._free_number(),
            drive_number=drive_number,
            sequence=sequence,
            vendor_dsm=vendor_dsm,
            policy=Policy.ROUND_ROBIN if vendor_dsm is None else Policy.VENDOR_SPECIFIC,
            own_dsm=self.dsm.name,
            ordinal=_first_free(other.ordinal for other in self.disks if other.identity == identity),
            groups=self.target_port_groups(lun_path.unit),
            paths=[path],
        )
        self.disks.append(disk)
        if vendor_dsm is None:
            self.dsm.greet(disk)
        return disk

    def path_id(self, address: ScsiAddress) -> int:
        """Return the path id: adapter and target, not the LUN (sample DSM; top byte and offset are switches)."""
        port = address.port + self._switches.path_id_port_offset
        return self._switches.path_id_top_byte << 24 | port << 16 | address.bus << 8 | address.target

    def set_target_port_groups(self, identity: str, groups: TargetPortGroups) -> None:
        """Note what REPORT TARGET PORT GROUPS says about a LUN from now on."""
        self._groups[identity.lower()] = groups
        for disk in self.disks:
            if disk.identity == identity.lower():
                disk.groups = self.target_port_groups(disk.unit)
                if disk.vendor_dsm is None:
                    self.dsm.reconsider(disk)

    def remove_session(self, session_id: str) -> list[MultipathDisk]:
        """Drop a session's paths, and the disks that have none left; return the disks that lost one."""
        touched = [disk for disk in self.disks if disk.remove(session_id)]
        self.disks = [disk for disk in self.disks if disk.paths]
        return touched

    def remove_path(self, address: ScsiAddress) -> None:
        """Drop the path at an address, and its disk with the last one."""
        for disk in self.disks:
            disk.remove_at(address)
        self.disks = [disk for disk in self.disks if disk.paths]

    def target_port_groups(self, unit: LogicalUnit) -> TargetPortGroups | None:
        """Return what is known of a LUN's target port groups, None for a LUN without ALUA or a DSM that never asks."""
        if not self.dsm.generation.knows_port_groups:
            return None
        return self._groups.get(identity_of(unit))

    def release(self, disk: MultipathDisk) -> Sequence[LunPath]:
        """Give a disk up; return what its paths become without MPIO."""
        self.disks.remove(disk)
        return [path.lun_path for path in disk.paths]

    def disks_in_order(self) -> list[MultipathDisk]:
        """Return the disks as lists show them: by number, upwards or downwards as this boot has it."""
        upwards = self._order.arrange("direction of disks", ("up", "down"), str)[0] == "up"
        return sorted(self.disks, key=lambda disk: disk.number, reverse=not upwards)

    def paths_in_order(self, disk: MultipathDisk, seen_by: str = "dsm") -> list[MultipathPath]:
        """Return the paths as the DSM or, in another order, the bus lists them."""
        return self._order.arrange(f"{seen_by} {disk.identity}", disk.paths, lambda path: f"{path.path_id:x}")

    def own_disks(self) -> Iterable[MultipathDisk]:
        """Return the disks of the Microsoft DSM."""
        return [disk for disk in self.disks if disk.vendor_dsm is None]

    def _free_number(self) -> int:
        return _first_free(disk.number for disk in self.disks)


def _first_free(used: Iterable[int]) -> int:
    taken = set(used)
    return next(number for number in range(len(taken) + 1) if number not in taken)
