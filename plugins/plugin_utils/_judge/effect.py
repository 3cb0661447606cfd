# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether multipath is in effect on a host. Private to the collection.

It is in effect when the wanted DSM is registered and every visible LUN of the array is an MPIO disk of it. With no
LUN visible it is unknown, and an unknown answer allows one path only.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .._eva.dsm_names import is_microsofts
from .._eva.models import find_product, hardware_id
from .._model import (
    CHANGED_IN_THIS_BOOT,
    NOT_READ,
    Claims,
    Device,
    Host,
    MpioDisk,
    NotKnown,
    Service,
    Session,
    Unknown,
    value_of,
)
from .dsms import ISCSI_BUS, Owner, may_be_hps_driver

MPIO_COMPONENT = "Microsoft MPIO Multipathing Support for iSCSI"
"""The component of the initiator package that holds MPIO and the Microsoft DSM of 2003; off by default (KB977506)."""


class State(enum.Enum):
    """What is known about multipath."""

    IN_EFFECT = "in effect"
    REBOOT_PENDING = "reboot pending"
    NOT_IN_EFFECT = "not in effect"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Effect:
    """The state with the reason for it, a sentence."""

    state: State
    reason: str
    readable: bool = True
    """False where the state is unknown because a part of the host is, not because there is no LUN to judge by."""
    outside: tuple[Device, ...] = ()
    """The LUNs that the DSM has not taken although it is loaded."""

    @property
    def in_effect(self) -> bool:
        """Whether several paths are safe."""
        return self.state is State.IN_EFFECT


def covers(entries: Iterable[str], wanted: str) -> bool:
    """Tell whether a claim list covers a hardware id."""
    return next(covering(entries, wanted), None) is not None


def covering(entries: Iterable[str], wanted: str) -> Iterator[str]:
    """Return the entries of a claim list that cover a hardware id.

    An entry is a prefix, letter case aside, and the scan stops at the first empty string (Windows driver sample
    msdsm, DsmpFindSupportedDevice). ``MSFT2005iSCSIBusType_0x9`` covers every iSCSI LUN (New-MSDSMSupportedHW).
    """
    for entry in entries:
        if not entry:
            return
        if wanted.casefold().startswith(entry.casefold()) or is_bus_wide(entry):
            yield entry


def is_bus_wide(entry: str) -> bool:
    """Tell whether an entry of a claim list stands for every iSCSI LUN."""
    return entry.casefold() == ISCSI_BUS.casefold()


def unclaimed(claims: Claims, wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the hardware ids that one of the two lists does not cover; a device is claimed only by both."""
    return tuple(name for name in wanted if not (covers(claims.mpio, name) and covers(claims.dsm, name)))


def drivers_of(host: Host) -> tuple[Service, ...]:
    """Return the drivers of MPIO and its DSMs; none while nobody has asked for them, for that costs a request.

    Raises:
        NotKnown: the drivers could not be read.
    """
    return () if host.drivers == NOT_READ else value_of(host.drivers)


def hp_drivers(host: Host) -> tuple[Service, ...]:
    """Return the driver services of HP's DSM that may start.

    Raises:
        NotKnown: the drivers could not be read.
    """
    return tuple(driver for driver in drivers_of(host) if may_be_hps_driver(driver.name) and driver.may_start)


def microsofts_drivers(host: Host) -> tuple[Service, ...]:
    """Return the driver service of this release's Microsoft DSM; none where there is none.

    Raises:
        NotKnown: the drivers could not be read.
    """
    name = host.traits.microsoft_dsm_driver.casefold()
    return tuple(driver for driver in drivers_of(host) if driver.name.casefold() == name)


def driver_waits(host: Host) -> bool:
    """Tell whether the driver of a Microsoft DSM that claims without a list starts with Windows, and has not yet.

    Raises:
        NotKnown: the drivers could not be read.
    """
    return not host.traits.claim_list and any(
        driver.may_start and not driver.running and driver.start_mode != "Manual" for driver in microsofts_drivers(host)
    )


def changed_in_this_boot(host: Host) -> bool:
    """Tell whether a run changed MPIO since Windows last started; whoever cannot know must not take it for unchanged.

    Raises:
        NotKnown: nothing tells.
    """
    return CHANGED_IN_THIS_BOOT in value_of(host.pending_reboot)


def judge(host: Host, sessions: Iterable[Session], owner: Owner) -> Effect:
    """Judge multipath for the LUNs that these sessions show.

    Args:
        host: What was read of the host.
        sessions: The sessions to the array in question. One without a connection shows only what it had: MPIO gives
            its devices up after a while (PDORemovePeriod) although the session still lists them.
        owner: The DSM that shall own the LUNs.
    """
    try:
        feature, dsms, disks = value_of(host.feature), value_of(host.dsms), value_of(host.disks)
        if not any(owner.is_it(dsm.name) for dsm in dsms):
            return (
                _not_registered(host, owner) if feature.enabled or _kit_is_there(host, owner) else _without_mpio(host)
            )
    except NotKnown as error:
        return Effect(State.UNKNOWN, str(error), readable=False)
    devices = [device for session in sessions if session.working for device in session.disks]
    if not devices:
        return Effect(State.UNKNOWN, "no LUN of the array is visible yet")
    owners = {device.address: owner_of(device, disks) for device in devices}
    others = sorted({dsm for dsm in owners.values() if dsm is not None and not owner.is_it(dsm)})
    if others:
        return Effect(State.NOT_IN_EFFECT, f"the LUNs belong to DSM {', '.join(others)} and not to the {owner.label}")
    outside = sorted((one for one in devices if is_outside(one, disks)), key=lambda device: device.address)
    if outside:
        return replace(_why_not(host, outside, owner), outside=tuple(outside))
    owned = [device for device in devices if owners[device.address] is not None]
    if not owned:
        return Effect(State.UNKNOWN, "the LUNs are in MPIO, and no MPIO disk shows them yet", readable=False)
    try:
        withdrawn = _driver_withdrawn(host, owner) or (_withdrawn(host, owned) if owner.microsoft else None)
    except NotKnown as error:
        return Effect(State.UNKNOWN, str(error), readable=False)
    return withdrawn or Effect(State.IN_EFFECT, f"every visible LUN is a disk of the {owner.label}")


def _kit_is_there(host: Host, owner: Owner) -> bool:
    """Tell whether HP's kit is installed where Windows has no feature of its own: it brings MPIO (KB977506)."""
    return not owner.microsoft and not host.traits.feature_exists and bool(hp_drivers(host))


def _without_mpio(host: Host) -> Effect:
    return Effect(State.NOT_IN_EFFECT, f"{_mpio_of(host)} is not {_there(host)}")


def _not_registered(host: Host, owner: Owner) -> Effect:
    """Say what MPIO lacks for a DSM that it has not registered."""
    if owner.microsoft:
        if not _is_disabled(host, host.traits.microsoft_dsm_driver):
            reason = f"{_mpio_of(host)} is {_there(host)} but the {owner.label} is not loaded yet"
            return Effect(State.REBOOT_PENDING, reason)
        reason = f"the driver of the {owner.label} ({host.traits.microsoft_dsm_driver}) is disabled"
        return Effect(State.NOT_IN_EFFECT, reason)
    if hp_drivers(host):
        return Effect(State.REBOOT_PENDING, f"the {owner.label} is installed and not registered yet")
    if host.traits.feature_exists and not any(is_microsofts(dsm.name) for dsm in value_of(host.dsms)):
        return Effect(State.REBOOT_PENDING, f"{_mpio_of(host)} is {_there(host)} but not loaded yet")
    return Effect(State.NOT_IN_EFFECT, f"the {owner.label} is not installed")


def _is_disabled(host: Host, driver: str) -> bool:
    """Tell whether a driver is known to start no more."""
    drivers = () if isinstance(host.drivers, Unknown) else host.drivers.value
    return any(one.name.casefold() == driver.casefold() and one.disabled for one in drivers)


def disk_of(device: Device, disks: Iterable[MpioDisk]) -> MpioDisk | None:
    """Return the MPIO disk that has this device as a path, None where none has it."""
    return next((disk for disk in disks if any(path.address == device.address for path in disk.paths)), None)


def owner_of(device: Device, disks: Iterable[MpioDisk]) -> str | None:
    """Return the DSM whose MPIO disk has this device as a path, None where no disk has it."""
    disk = disk_of(device, disks)
    return None if disk is None else disk.dsm


def is_outside(device: Device, disks: Iterable[MpioDisk]) -> bool:
    """Tell whether Windows shows a device as a disk of its own instead of a path of an MPIO disk, of whatever DSM."""
    return not device.multipath and owner_of(device, disks) is None


def _mpio_of(host: Host) -> str:
    return "the MPIO feature" if host.traits.feature_exists else "MPIO, which comes with the initiator package,"


def _there(host: Host) -> str:
    return "enabled" if host.traits.feature_exists else "installed"


def _driver_withdrawn(host: Host, owner: Owner) -> Effect | None:
    """Say that the LUNs are in MPIO only until the next restart, because their DSM's driver does not start any more.

    Raises:
        NotKnown: it is not known whether MPIO was changed in this boot.
    """
    drivers = () if isinstance(host.drivers, Unknown) else host.drivers.value
    name = host.traits.microsoft_dsm_driver.casefold()
    own = [
        driver
        for driver in drivers
        if (driver.name.casefold() == name if owner.microsoft else may_be_hps_driver(driver.name))
    ]
    if not own and not owner.microsoft and _may_be_removed(host):
        return Effect(
            State.NOT_IN_EFFECT,
            f"a removal was run in this boot, so the {owner.label} may be there only until the next restart: nothing"
            " tells while its driver service is not known (dsm_package.driver)",
        )
    if not own or not all(driver.disabled for driver in own):
        return None
    return Effect(
        State.NOT_IN_EFFECT,
        f"the LUNs are MPIO disks only until the next restart, because the driver of the {owner.label}"
        f" ({own[0].name}) is disabled",
    )


def _may_be_removed(host: Host) -> bool:
    """Tell whether a run ran the removal of HP's DSM in this boot; any change of MPIO counts where it did not note.

    Raises:
        NotKnown: nothing tells, though it was asked for.
    """
    if isinstance(host.dsm_notes, Unknown):
        return host.pending_reboot != NOT_READ and changed_in_this_boot(host)
    run = host.dsm_notes.value.setup
    return run is not None and run.in_this_boot and not run.installs


def _withdrawn(host: Host, owned: Sequence[Device]) -> Effect | None:
    """Say that MPIO has the LUNs only until the next restart, because their claim was taken back meanwhile."""
    if isinstance(host.claims, Unknown) or not host.traits.claim_list:
        return None
    products = {find_product(device.vendor, device.product) for device in owned}
    missing = unclaimed(host.claims.value, sorted(product.hardware_id for product in products if product is not None))
    if not missing:
        return None
    listed = ", ".join(f'"{name}"' for name in missing)
    return Effect(
        State.NOT_IN_EFFECT,
        f"the LUNs are MPIO disks only until the next restart, because {listed} is not claimed any more: run"
        " eva.mpio.claim",
    )


def _why_not(host: Host, outside: Sequence[Device], owner: Owner) -> Effect:
    where = ", ".join(str(device.address) for device in outside)
    if not owner.microsoft:
        return Effect(
            State.REBOOT_PENDING, f"LUNs are still outside MPIO, although the {owner.label} is loaded ({where})"
        )
    if not host.traits.claim_list:
        text = f"LUNs are still outside MPIO, although the Microsoft DSM claims every iSCSI LUN ({where})"
        return Effect(State.REBOOT_PENDING, text)
    if isinstance(host.claims, Unknown):
        return Effect(State.NOT_IN_EFFECT, f"LUNs are visible outside MPIO ({where})")
    names = {hardware_id_of(device) for device in outside}
    if None in names:
        return Effect(
            State.UNKNOWN,
            f"LUNs are visible outside MPIO and Windows does not tell what they answer to INQUIRY ({where})",
            readable=False,
        )
    missing = unclaimed(host.claims.value, sorted(name for name in names if name is not None))
    if missing:
        listed = ", ".join(f'"{name}"' for name in missing)
        return Effect(State.NOT_IN_EFFECT, f"LUNs are visible outside MPIO and {listed} is not claimed")
    return Effect(State.REBOOT_PENDING, f"LUNs that are claimed are still outside MPIO ({where})")


def hardware_id_of(device: Device | MpioDisk) -> str | None:
    """Return the 24 characters that a claim list would need for a device, None where Windows does not tell them."""
    if device.vendor is None or device.product is None:
        return None
    product = find_product(device.vendor, device.product)
    if product is not None:
        return product.hardware_id
    try:
        return hardware_id(device.vendor, device.product)
    except ValueError:
        return None
