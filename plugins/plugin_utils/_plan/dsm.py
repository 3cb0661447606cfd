# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for the DSM that shall own the arrays' disks. Private to the collection.

Exactly one DSM may have them: HP's comes only where Microsoft's has nothing of them, and the other way round. Disks
that are visible already are moved by a migration; here is what a host needs that shows none of them yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .._judge.dsms import HP_DSM, MICROSOFT_DSM, Owner, is_microsofts, may_be_hps_driver
from .._judge.effect import drivers_of, hardware_id_of, hp_drivers
from .._model import CHANGED_IN_THIS_BOOT, Device, Dsm, Host, MpioDisk, NotKnown, Service, Unknown, value_of
from .bystanders import bystanders, claimable, harmed
from .claims import CHANGE, WIDER, Coverage, answers, coverage
from .desired import Desired, DsmPackage, WantedDsm
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .preparation import INITIATOR_SERVICE, INSTALLED, unreadable
from .steps import InstallDsm, RemoveDsm, SetServiceStart, StartType, UnclaimHardware

_NO_PACKAGE = DsmPackage()


@dataclass(frozen=True)
class Held:
    """What the other DSM has of the arrays' disks, or may take; each of it forbids the wanted DSM to claim them."""

    owner: Owner
    """The other DSM."""
    registered: tuple[Dsm, ...]
    """As MPIO has it now. Microsoft's counts only where it claims every iSCSI LUN."""
    drivers: tuple[Service, ...]
    """Its driver services that may start, where they claim by themselves."""
    covered: tuple[Coverage, ...]
    """The arrays' hardware ids that the lists of the Microsoft DSM cover."""
    disks: tuple[MpioDisk, ...]
    """The MPIO disks of it that are the arrays', or may be."""

    @property
    def wide(self) -> tuple[Coverage, ...]:
        """What no unclaiming of single hardware ids takes away."""
        return tuple(item for item in self.covered if not item.exact)


def held_by_other(wanted: WantedDsm, host: Host) -> Held | None:
    """Tell what the DSM that is not wanted has of the arrays' disks, or may take when Windows starts.

    Args:
        wanted: The wish.
        host: What was read.

    Returns:
        None where it has nothing, so that the wanted DSM may claim them.

    Raises:
        NotKnown: DSMs, MPIO disks, drivers or claims could not be read.
    """
    other = wanted.owner.other
    registered = tuple(dsm for dsm in value_of(host.dsms) if other.is_it(dsm.name))
    disks = tuple(
        disk for disk in value_of(host.disks) if other.is_it(disk.dsm) and _may_answer(disk, claimable(wanted))
    )
    drivers: tuple[Service, ...]
    covered: tuple[Coverage, ...] = ()
    if not other.microsoft:
        drivers = hp_drivers(host)
    elif host.traits.claim_list:
        registered, drivers = (), ()
        covered = coverage(value_of(host.claims), claimable(wanted))
    else:
        drivers = _microsofts_drivers(host)
    held = Held(other, registered, drivers, covered, disks)
    return held if registered or drivers or covered or disks else None


def _may_answer(disk: MpioDisk, hardware_ids: tuple[str, ...]) -> bool:
    return hardware_id_of(disk) is None or answers(disk, hardware_ids)


def _microsofts_drivers(host: Host) -> tuple[Service, ...]:
    """The driver of the Microsoft DSM where it claims every iSCSI LUN, unless it starts no more."""
    name = host.traits.microsoft_dsm_driver
    return tuple(
        driver
        for driver in drivers_of(host)
        if driver.name.casefold() == name.casefold() and driver.installed and driver.start_mode != "Disabled"
    )


def plan_dsm(desired: Desired, host: Host, memory: Memory) -> Iterator[Item]:
    """The wanted DSM on a host whose disks need not be moved, or HP's gone."""
    wanted = desired.dsm
    if wanted is None:
        return
    try:
        if wanted.absent:
            yield from _plan_absent(wanted, host, memory)
        elif wanted.owner.microsoft:
            yield from _plan_microsofts(wanted, host)
        else:
            yield from _plan_hps(desired, wanted, host, memory)
    except NotKnown as error:
        yield unreadable(f"DSM of the arrays ({wanted.owner.label})", str(error))


def removal_reasons(desired: Desired, host: Host, memory: Memory) -> tuple[str, ...]:
    """Say that HP's DSM is removed and that Windows must start without it; empty where it is not so."""
    wanted = desired.dsm
    if wanted is None:
        return ()
    try:
        registered, drivers = _hps(wanted, host)
        stays = not (wanted.absent or wanted.owner.microsoft or _disabled(host))
    except NotKnown:
        return ()
    taken = any(isinstance(step, RemoveDsm) for step in memory.since_boot)
    if stays:
        return ()
    if taken or _is_removed(wanted.package or _NO_PACKAGE, registered, drivers, host):
        return (f"the {HP_DSM} is removed and leaves when Windows starts",)
    return ()


def _hps(wanted: WantedDsm, host: Host) -> tuple[tuple[Dsm, ...], tuple[Service, ...]]:
    """HP's DSM as it is registered, and its driver services that may start."""
    hp = wanted.owner.other if wanted.owner.microsoft else wanted.owner
    return tuple(dsm for dsm in value_of(host.dsms) if hp.is_it(dsm.name)), hp_drivers(host)


# ---- HP's


def _plan_hps(desired: Desired, wanted: WantedDsm, host: Host, memory: Memory) -> Iterator[Item]:
    package = wanted.package or _NO_PACKAGE
    registered, drivers = _hps(wanted, host)
    refused = _refused_here(package, host, bool(registered))
    if refused is not None:
        yield refused
        return
    yield from _version(package, registered)
    disabled = _disabled(host)
    if disabled and _is_removed(package, registered, drivers, host):
        if package.path is not None:
            yield Planned(_installation(package, package.path), "the restart that completes its removal")
        return
    held = held_by_other(wanted, host)
    rival = held is not None and bool(held.covered or held.drivers)
    there = bool(registered or drivers or disabled)
    if held is not None and (rival or not there):
        # What Microsoft's still has although it claims nothing any more leaves when Windows starts.
        items = list(_beside(held, wanted, host))
        yield from items
        if any(isinstance(item, Finding) for item in items):
            return
    beside = bystanders(wanted, host) if rival or not there else ()
    if beside:
        yield harmed(beside, wanted, host)
    waits = f"the {MICROSOFT_DSM} claims nothing of the arrays" if rival else None
    for driver in disabled:
        yield Planned(_start_with_windows(driver), waits)
    if not there:
        yield from _plan_installation(desired, package, host, memory, waits)


def _disabled(host: Host) -> tuple[Service, ...]:
    """Return the driver services of HP's DSM that start no more."""
    return tuple(
        driver for driver in drivers_of(host) if may_be_hps_driver(driver.name) and driver.start_mode == "Disabled"
    )


def _installation(package: DsmPackage, path: str) -> InstallDsm:
    return InstallDsm(path, package.arguments, reason="the arrays' disks shall be its disks")


def _start_with_windows(driver: Service) -> SetServiceStart:
    reason = "a DSM owns disks only if its driver starts with Windows"
    return SetServiceStart(driver.name, StartType.BOOT, was="start disabled", reason=reason)


def _refused_here(package: DsmPackage, host: Host, registered: bool) -> Finding | None:
    """Refuse HP's DSM on a release for which no source names it; where it is there already, it may stay."""
    allowed = host.traits.hp_dsm
    if allowed == "supported" or (allowed == "override" and (registered or package.unsupported_release)):
        return None
    hint = (
        "the Microsoft DSM is the other one that HP supports (dsm: microsoft)"
        if allowed == "refused"
        else "use the Microsoft DSM (dsm: microsoft), or accept it with dsm_package: {unsupported_release: true}"
    )
    text = f"no document of HP's names it for {host.os.caption} (Windows Server 2003 to 2012 are named): {hint}"
    return Finding(Severity.REFUSAL, Side.WISH, HP_DSM, text)


def _version(package: DsmPackage, registered: tuple[Dsm, ...]) -> Iterator[Finding]:
    """Compare the registered version with the wished one, which may be the beginning of it."""
    if package.version is None:
        return
    for dsm in registered:
        if not _begins(dsm.version, package.version):
            text = (
                f"its version is {dsm.version}, wished for is {package.version}: install that version by hand, because"
                " nothing public tells how one replaces another, or correct dsm_package.version"
            )
            yield Finding(Severity.PROBLEM, Side.HOST, f"DSM {dsm.name}", text)


def _begins(version: str, wanted: str) -> bool:
    """Compare versions part by part; HP writes 4.03.00 where MPIO has the numbers 4, 3 and 0."""
    parts, begin = ([one.lstrip("0") or "0" for one in text.split(".")] for text in (version, wanted))
    return parts[: len(begin)] == begin


def _beside(held: Held, wanted: WantedDsm, host: Host) -> Iterator[Item]:
    """Take from the Microsoft DSM what it would have of the arrays' disks, while it has none of them."""
    if held.wide:
        for item in held.wide:
            text = f'"{item.hardware_id}" is claimed by {item.names}, so two DSMs would claim its disks: {WIDER}'
            yield Finding(Severity.REFUSAL, Side.HOST, MICROSOFT_DSM, text)
        return
    visible = _visible(wanted, held, host)
    if visible:
        yield _move_first(held.owner, visible)
        return
    reason = "two DSMs must never claim one disk"
    if held.covered:
        names = tuple(item.hardware_id for item in held.covered)
        yield Planned(UnclaimHardware(names, reason=reason, was="claimed"))
    for driver in held.drivers:
        # Which of the two would win on Windows Server 2003 is not documented; a disabled driver claims nothing.
        was = f"start {driver.start_mode.lower()}"
        yield Planned(SetServiceStart(driver.name, StartType.DISABLED, was=was, reason=reason))


def _visible(wanted: WantedDsm, held: Held, host: Host) -> str | None:
    """Name the arrays' disks that Windows shows now, or say why none can be ruled out; None where there are none."""
    if held.disks:
        return ", ".join(sorted(disk.wwn for disk in held.disks))
    if not value_of(host.initiator_service).running:
        return None
    shown = sorted(
        device.address for session in value_of(host.sessions) for device in session.disks if _is_ours(device, wanted)
    )
    return ", ".join(f"the disk at {address}" for address in shown) or None


def _is_ours(device: Device, wanted: WantedDsm) -> bool:
    name = hardware_id_of(device)
    return name is None or any(name.casefold() == one.casefold() for one in claimable(wanted))


def _move_first(holder: Owner, visible: str) -> Finding:
    text = (
        f"it has disks of the arrays, or may take them: {visible}; two DSMs must never claim one disk, and moving them"
        f" takes them away for a while: allow it with {CHANGE}"
    )
    return Finding(Severity.REFUSAL, Side.HOST, holder.label, text)


def _plan_installation(
    desired: Desired, package: DsmPackage, host: Host, memory: Memory, waits: str | None
) -> Iterator[Item]:
    if package.path is None:
        text = "it is not installed: put its setup program on the host or on a share, and name it with dsm_package"
        yield Finding(Severity.REFUSAL, Side.HOST, HP_DSM, text)
        return
    step = _installation(package, package.path)
    feature = value_of(host.feature)
    if not feature.enabled and host.traits.feature_exists and not desired.feature:
        text = "it needs MPIO, and the MPIO feature is not enabled; run eva.mpio.feature first"
        yield Finding(Severity.REFUSAL, Side.HOST, HP_DSM, text)
    elif not value_of(host.initiator_service).installed:
        yield from _after_initiator(desired, step, host)
    elif not feature.enabled and host.traits.feature_exists:
        yield Planned(step, "the MPIO feature is enabled")
    elif waits is None and step in memory.failed and _mpio_is_coming(host, memory):
        yield Planned(step, "the restart that completes the MPIO feature", again=True)
    else:
        yield Planned(step, waits)


def _after_initiator(desired: Desired, step: InstallDsm, host: Host) -> Iterator[Item]:
    """Beside the DSM of a vendor the setup of the initiator leaves the initiator out, so it comes first (KB977506)."""
    if desired.initiator is not None:
        if not host.traits.claim_list:
            reason = f"only if the {MICROSOFT_DSM} comes with it"
            other = SetServiceStart(host.traits.microsoft_dsm_driver, StartType.DISABLED, reason=reason)
            yield Planned(other, INSTALLED, fallback=True)
        yield Planned(step, INSTALLED)
        return
    text = (
        f"there is no service {INITIATOR_SERVICE} yet, and beside the DSM of a vendor the setup of the initiator leaves"
        " the initiator out (KB977506): install that first, with eva.mpio.initiator"
    )
    yield Finding(Severity.REFUSAL, Side.HOST, HP_DSM, text)


def _mpio_is_coming(host: Host, memory: Memory) -> bool:
    """Tell whether MPIO starts with the next restart only."""
    if host.traits.feature_exists:
        return not any(is_microsofts(dsm.name) for dsm in value_of(host.dsms))
    return any(not isinstance(step, InstallDsm) for step in memory.since_boot)


# ---- Microsoft's, and HP's gone


def _plan_microsofts(wanted: WantedDsm, host: Host) -> Iterator[Item]:
    """The driver of the Microsoft DSM; where HP's is there, the plan of the claim refuses it."""
    if held_by_other(wanted, host) is not None:
        return
    name = host.traits.microsoft_dsm_driver
    for driver in drivers_of(host):
        if driver.name.casefold() == name.casefold() and driver.start_mode == "Disabled":
            yield Planned(_start_with_windows(driver))


def _plan_absent(wanted: WantedDsm, host: Host, memory: Memory) -> Iterator[Item]:
    """HP's DSM gone, unless disks depend on it."""
    registered, _drivers = _hps(wanted, host)
    owned = sorted(disk.wwn for disk in value_of(host.disks) if disk.dsm in {dsm.name for dsm in registered})
    if owned:
        text = (
            f"these LUNs are its disks: {', '.join(owned)}; without it Windows would show each of their paths as a disk"
            f" of its own: move them to the {MICROSOFT_DSM} with eva.mpio.host, dsm: microsoft and {CHANGE}, or remove"
            " their paths first"
        )
        yield Finding(Severity.REFUSAL, Side.HOST, HP_DSM, text)
        return
    yield from _plan_removal(wanted, host, memory)


def _plan_removal(wanted: WantedDsm, host: Host, memory: Memory) -> Iterator[Item]:
    registered, drivers = _hps(wanted, host)
    package = wanted.package or _NO_PACKAGE
    if not (registered or drivers) or _is_removed(package, registered, drivers, host):
        return
    if package.removal_path is None:
        text = (
            "it is installed, and nothing says what removes it: name its removal with dsm_package: {removal_path: ...}"
        )
        yield Finding(Severity.REFUSAL, Side.HOST, HP_DSM, text)
    elif not drivers:
        text = (
            "it is registered and its driver service is not recognised, so nobody could tell whether it is removed:"
            " name that service with dsm_package: {driver: ...}"
        )
        yield Finding(Severity.REFUSAL, Side.HOST, HP_DSM, text)
    else:
        step = RemoveDsm(package.removal_path, package.removal_arguments, reason="it shall not own disks any more")
        if step not in memory.since_boot:
            yield Planned(step)


def _is_removed(package: DsmPackage, registered: Sequence[Dsm], drivers: Sequence[Service], host: Host) -> bool:
    """Tell whether a DSM is registered only until Windows starts, because its driver service is gone.

    Its driver's name is not public: where nobody tells it, that MPIO was changed in this boot must speak for it.
    """
    if not registered or drivers:
        return False
    pending = () if isinstance(host.pending_reboot, Unknown) else host.pending_reboot.value
    return package.driver is not None or CHANGED_IN_THIS_BOOT in pending
