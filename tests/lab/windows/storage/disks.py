# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The disk stack of a simulated server: what the initiator attaches becomes plain disks or paths of MPIO disks."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ...fabric.interface import LogicalUnit
from ..features import Features
from ..interface import Claims, DiskView, LunPath, ScsiAddress, SessionDevice, Volume
from ..registry import Registry
from ..releases import Release
from .boot_order import BootOrder
from .layouts import SYSTEM_LETTER, LunLayouts
from .mpio import Mpio, identity_of
from .multipath_disk import MultipathDisk, VendorDsm
from .plain_disk import PlainDisk, PlainDisks
from .policies import PathWish, Policy, TargetPortGroups
from .session_devices import controller_on_session, disk_on_session
from .switches import StorageSwitches

DISK_TYPE = 0
"""Peripheral device type of a disk (SPC)."""
_FIRST_LUN_DRIVE = 1
"""PhysicalDrive0 is the disk that Windows is installed on."""


class Disks:
    """Implements ``windows.interface.DiskStack``; all methods may be called from several threads."""

    def __init__(
        self,
        registry: Registry,
        features: Features,
        emit: Callable[..., object],
        switches: StorageSwitches,
        release: Release,
        lock: threading.RLock,
    ) -> None:
        """Start with no LUN attached."""
        self.registry = registry
        self.features = features
        self.switches = switches
        self.release = release
        self.lock = lock
        self.layouts = LunLayouts(registry, emit, lock)
        self.in_use = self.layouts.in_use
        self._emit = emit
        self._order = BootOrder(switches.disk_order_seed)
        self.mpio = Mpio(registry, features, switches, self._order)
        features.drivers_loaded = self.mpio.load_drivers
        self._plain = PlainDisks()
        self._fibre_channel: list[LunPath] = []
        self._others: dict[ScsiAddress, LunPath] = {}
        self._sequence = itertools.count(1)

    # DiskStack

    def attach(self, paths: Sequence[LunPath]) -> None:
        """Take what a session shows; an address that is known already is brought up to date."""
        with self.lock:
            for lun_path in self._order.arrange("arrival", paths, lambda path: f"{path.unit.lun} {path.unit.naa}"):
                self._attach_one(lun_path)
            for session_id in sorted({path.session_id for path in paths}):
                self._changed("attached", session_id, (path.unit for path in paths if path.session_id == session_id))

    def detach(self, session_id: str) -> None:
        """Remove what a session showed."""
        with self.lock:
            units = [disk.unit for disk in self.mpio.remove_session(session_id)]
            units += self._plain.remove_session(session_id)
            self._others = {address: path for address, path in self._others.items() if path.session_id != session_id}
            self._changed("detached", session_id, units)

    def withdraw(self, session_id: str, luns: Collection[int]) -> None:
        """Remove single LUNs of a session that the array does not present any more."""
        with self.lock:
            gone = [
                path.lun_path
                for disk in list(self.mpio.disks)
                for path in list(disk.paths)
                if path.lun_path.session_id == session_id and path.lun_path.address.lun in luns
            ]
            for lun_path in gone:
                self.mpio.remove_path(lun_path.address)
            units = [lun_path.unit for lun_path in gone] + self._plain.remove_session(session_id, luns)
            self._changed("withdrawn", session_id, units)

    def fail(self, session_id: str) -> None:
        """Let a session's paths stop working."""
        with self.lock:
            units = [disk.unit for disk in self.mpio.disks if disk.fail(session_id)]
            units += self._plain.mark(session_id, failed=True)
            self._changed("failed", session_id, units)

    def restore(self, session_id: str) -> None:
        """Let a session's paths work again."""
        with self.lock:
            units = [disk.unit for disk in self.mpio.disks if disk.restore(session_id)]
            units += self._plain.mark(session_id, failed=False)
            self._changed("restored", session_id, units)

    def session_devices(self, session_id: str) -> Sequence[SessionDevice]:
        """Return the disks of a session by their SCSI address on it."""
        with self.lock:
            found = [
                disk_on_session(path.lun_path, disk)
                for disk in self.mpio.disks
                for path in disk.paths
                if path.lun_path.session_id == session_id
            ]
            found += [disk_on_session(disk.lun_path, disk) for disk in self._plain if session_id in disk.sessions()]
            if self.switches.controller_lu_in_session_devices:
                found += [
                    controller_on_session(path) for path in self._others.values() if path.session_id == session_id
                ]
            return sorted(found, key=lambda device: device.address)

    def busy(self, session_id: str) -> bool:
        """Whether a disk in use would lose its last path; of a LUN seen twice the disk found first is the open one."""
        with self.lock:
            opened = [self.opened_device(identity) for identity in self.used_luns()]
            return any(
                disk is not None and session_id in disk.sessions() and not disk.working_sessions() - {session_id}
                for disk in opened
            )

    def volumes(self) -> Sequence[Volume]:
        """Return the mounted volumes of LUNs that are there, by drive letter."""
        with self.lock:
            found = [
                Volume(f"{letter}:\\", identity_of(disk.unit), disk.drive_number, disk.sessions())
                for disk in self._devices()
                for letter in self.layouts.of(identity_of(disk.unit)).mounted
                if disk is self.opened_device(identity_of(disk.unit))
            ]
            return sorted(found, key=lambda volume: volume.path)

    def is_local_volume(self, path: str) -> bool:
        """Whether a path is a volume of the disk that Windows is installed on."""
        return path.rstrip("\\").upper() == f"{SYSTEM_LETTER}:"

    def used_luns(self) -> frozenset[str]:
        """Return the NAA ids, in lower case, of the LUNs in use; several may have no device now."""
        return self.layouts.used()

    def boot(self) -> None:
        """Start Windows anew: features and claims as stored, no LUN, other disk numbers."""
        with self.lock:
            self._order.next_boot()
            self.features.boot()
            self._plain = PlainDisks()
            self._others.clear()
            self.mpio.start()
            self.attach(self._fibre_channel)

    def connect_fibre_channel(self, paths: Sequence[LunPath]) -> None:
        """Give the server paths over Fibre Channel, which no session carries; Windows finds them when it starts."""
        with self.lock:
            self._fibre_channel.extend(paths)

    # what the law checker and the tools see

    def disk_views(self) -> tuple[DiskView, ...]:
        """Return every disk device that stands for a LUN, as it truly is."""
        with self.lock:
            return tuple(
                DiskView(
                    naa=identity_of(disk.unit),
                    dsm=disk.dsm_name if isinstance(disk, MultipathDisk) else None,
                    working_paths=disk.working_sessions(),
                )
                for disk in self._devices()
            )

    def registered_dsms(self) -> tuple[str, ...]:
        """Return the names of the DSMs in effect."""
        with self.lock:
            return self.mpio.registered_dsms()

    def claims(self) -> Claims:
        """Return (hardware id, DSM that will claim it), in effect now or after the next boot."""
        with self.lock:
            return tuple(dict.fromkeys((*self.mpio.claims_now(), *self.mpio.claims_at_boot())))

    def claims_at(self) -> tuple[Claims, Claims]:
        """Return the claims in effect now, and those after the next boot."""
        with self.lock:
            return self.mpio.claims_now(), self.mpio.claims_at_boot()

    def plain_disks(self) -> tuple[PlainDisk, ...]:
        """Return the LUNs outside MPIO, one for each session that shows them."""
        with self.lock:
            return tuple(replace(disk) for disk in self._plain)

    def units(self) -> tuple[tuple[LogicalUnit, MultipathDisk | None], ...]:
        """Return each disk LUN that Windows sees with the MPIO disk it belongs to."""
        with self.lock:
            return tuple((disk.unit, disk if isinstance(disk, MultipathDisk) else None) for disk in self._devices())

    # changes by tools, WMI and the lab

    def mount(self, naa: str, letter: str) -> None:
        """Give a LUN a volume under a drive letter; that it is not there yet does not matter."""
        self.layouts.mount(naa, letter)

    def unmount(self, naa: str) -> None:
        """Take a LUN's drive letters away."""
        self.layouts.unmount(naa)

    def offline(self, naa: str) -> None:
        """Take a LUN's disk offline."""
        self.layouts.set_offline(naa, True)

    def online(self, naa: str) -> None:
        """Bring a LUN's disk online."""
        self.layouts.set_offline(naa, False)

    def cluster(self, naa: str, clustered: bool = True) -> None:
        """Make a LUN's disk a resource of the failover cluster."""
        self.layouts.set_clustered(naa, clustered)

    def claim(self, device_ids: Sequence[str]) -> bool:
        """Let the Microsoft DSM claim ids; return whether devices that are there wait for a reboot."""
        with self.lock:
            self.mpio.lists.add(device_ids)
            return self._lists_changed("claimed", device_ids)

    def unclaim(self, device_ids: Sequence[str]) -> bool:
        """Take claims back; return whether devices that are there wait for a reboot."""
        with self.lock:
            self.mpio.lists.remove(device_ids)
            return self._lists_changed("unclaimed", device_ids)

    def set_policy(self, disk: MultipathDisk, policy: Policy, wishes: Sequence[PathWish], by_method: bool) -> None:
        """Set a disk's policy as mpclaim or as the WMI methods do.

        Raises:
            PolicyRefusedError: the DSM does not take it.
        """
        with self.lock:
            setter = self.mpio.dsm.set_by_method if by_method else self.mpio.dsm.set_by_command
            setter(disk, policy, wishes)
            self._emit("state", subject="policy", luns=[disk.identity], policy=disk.policy.name.lower())

    def set_wide_policy(self, policy: Policy, preferred: int = 0) -> None:
        """Set the MSDSM-wide default.

        Raises:
            PolicyRefusedError: the policy cannot be a default.
        """
        with self.lock:
            self.mpio.dsm.set_wide_default(policy, self.mpio.disks, preferred)
            self._emit("state", subject="default-policy", policy=policy.name.lower())

    def set_target_policy(self, device_id: str, policy: Policy, preferred: int = 0) -> None:
        """Set the default of a hardware id.

        Raises:
            PolicyRefusedError: the policy cannot be a default, or the id has not 24 characters.
        """
        with self.lock:
            self.mpio.dsm.set_target_default(device_id, policy, self.mpio.disks, preferred)
            self._emit("state", subject="default-policy", hardware_id=device_id, policy=policy.name.lower())

    def change_timers(self, values: Mapping[str, int]) -> None:
        """Change timers of the MPIO driver at once and for later boots.

        Raises:
            ValueError: a value is out of range.
        """
        with self.lock:
            self.mpio.timers.change(values)
            self._emit("state", subject="timers", values=dict(values))

    def set_target_port_groups(self, naa: str, groups: TargetPortGroups) -> None:
        """Tell what REPORT TARGET PORT GROUPS says about a LUN; without that it counts as one without ALUA."""
        with self.lock:
            self.mpio.set_target_port_groups(naa, groups)
            self._emit("state", subject="target-port-groups", luns=[naa.lower()])

    def install_vendor_dsm(self, dsm: VendorDsm) -> None:
        """Install another DSM; it takes effect at the next boot."""
        with self.lock:
            self.mpio.install_vendor_dsm(dsm)
            self._emit("state", subject="dsm", change="installed", dsm=dsm.name)

    def remove_vendor_dsm(self, name: str) -> None:
        """Take another DSM away; it is gone after the next boot."""
        with self.lock:
            self.mpio.remove_vendor_dsm(name)
            self._emit("state", subject="dsm", change="removed", dsm=name)

    # inside

    def _devices(self) -> Iterator[MultipathDisk | PlainDisk]:
        yield from self.mpio.disks
        yield from self._plain

    def opened_device(self, identity: str) -> MultipathDisk | PlainDisk | None:
        """Return the device that a LUN is used through: of one that is seen twice the device found first."""
        devices = [disk for disk in self._devices() if identity_of(disk.unit) == identity]
        return min(devices, key=lambda disk: disk.sequence, default=None)

    def _changed(self, change: str, session_id: str, units: Iterable[LogicalUnit]) -> None:
        luns = sorted({identity_of(unit) for unit in units if unit.device_type == DISK_TYPE})
        if luns:
            self._emit("state", subject="disks", change=change, session=session_id, luns=luns)

    def _attach_one(self, lun_path: LunPath) -> None:
        if lun_path.unit.device_type != DISK_TYPE:
            # The array's controller LU (SCC, 0x0C) gets no disk driver.
            self._others[lun_path.address] = lun_path
            return
        if self._refresh(lun_path):
            return
        identity = identity_of(lun_path.unit)
        takers = self.mpio.takers(lun_path)
        for vendor_dsm in takers:
            disk = self.mpio.take(lun_path, vendor_dsm, self._free_drive_number(), next(self._sequence))
            self.layouts.arrive(identity, disk.dsm_name, self.switches.disk_of_other_dsm_is_new)
        if not takers:
            self.layouts.arrive(identity)
            self._plain.add(PlainDisk(lun_path, self._free_drive_number(), next(self._sequence)))

    def _refresh(self, lun_path: LunPath) -> bool:
        """Bring a known device up to date; one that shows another LUN now is dropped, to be found anew."""
        address, identity = lun_path.address, identity_of(lun_path.unit)
        plain = self._plain.at(address)
        if plain is not None:
            if identity_of(plain.unit) == identity:
                plain.lun_path = lun_path
                return True
            self._plain.take(lambda disk: disk is plain)
            return False
        known = self.mpio.disks_at(address)
        if any(disk.identity != identity for disk in known):
            self.mpio.remove_path(address)
            return False
        for disk in known:
            for path in disk.paths:
                if path.lun_path.address == address:
                    path.lun_path = lun_path
        return bool(known)

    def _free_drive_number(self) -> int:
        used = {disk.drive_number for disk in self._devices()}
        return next(number for number in itertools.count(_FIRST_LUN_DRIVE) if number not in used)

    def _lists_changed(self, change: str, device_ids: Sequence[str]) -> bool:
        if self.switches.claim_needs_reboot != "always":
            self.mpio.reload_lists()
        if self.switches.claim_needs_reboot == "never":
            self._move_free_disks()
        self._emit("state", subject="claims", change=change, hardware_ids=list(device_ids))
        return self._waiting_for_reboot()

    def _waiting_for_reboot(self) -> bool:
        """Whether a disk is on the other side of MPIO than the stored lists will put it."""
        listed = self.mpio.listed_for_next_boot
        return any(listed(disk.lun_path) for disk in self._plain) or any(
            not listed(path.lun_path) for disk in self.mpio.own_disks() for path in disk.paths
        )

    def _move_free_disks(self) -> None:
        """Bring disks under MPIO or out of it; one that is in use cannot be taken away from its user."""
        in_use = self.used_luns()
        moving = self._plain.take(
            lambda disk: identity_of(disk.unit) not in in_use and bool(self.mpio.takers(disk.lun_path))
        )
        released = [
            disk
            for disk in self.mpio.own_disks()
            if disk.identity not in in_use and None not in self.mpio.claimants(disk.paths[0].lun_path)
        ]
        lost = {disk.lun_path.session_id for disk in moving if disk.failed}
        lost |= {path.lun_path.session_id for disk in released for path in disk.paths if path.failed}
        arriving = [disk.lun_path for disk in moving]
        for disk in released:
            arriving += self.mpio.release(disk)
        for lun_path in arriving:
            self._attach_one(lun_path)
        for session_id in lost:
            self._plain.mark(session_id, failed=True)
            for disk in self.mpio.disks:
                disk.fail(session_id)
