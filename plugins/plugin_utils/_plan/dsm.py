# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for the DSM that shall own the arrays' disks. Private to the collection.

Exactly one DSM may have them: HP's comes only where Microsoft's has nothing of them, and the other way round. Disks
that are visible already are moved by a migration; here is what a host needs that shows none of them yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .._eva.dsm_names import is_microsofts
from .._judge.dsms import HP_DSM, MICROSOFT_DSM, Owner
from .._judge.effect import hardware_id_of, hp_drivers, microsofts_drivers, owner_of
from .._model import Device, Dsm, Host, MpioDisk, NotKnown, Service, value_of
from .bystanders import bystanders, claimable, harmed
from .claims import CHANGE, Coverage, answers, coverage, too_wide
from .desired import Desired, DsmPackage, WantedDsm
from .dsm_notes import in_vain
from .dsm_package import refused_here, without_driver, wrong_version
from .hp_dsm import LOOKED, HpDsm, hp_dsm, is_installed, leaves, may_be_unseen, not_recognised, several
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .preparation import INITIATOR_SERVICE, INSTALLED, unreadable
from .rivals import strangers
from .steps import InstallDsm, RemoveDsm, SetServiceStart, StartType, Step, UnclaimHardware, start_words


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
        drivers = tuple(driver for driver in microsofts_drivers(host) if driver.may_start)
    held = Held(other, registered, drivers, covered, disks)
    return held if registered or drivers or covered or disks else None


def _may_answer(shown: Device | MpioDisk, hardware_ids: tuple[str, ...]) -> bool:
    return hardware_id_of(shown) is None or answers(shown, hardware_ids)


def plan_dsm(desired: Desired, host: Host, memory: Memory) -> Iterator[Item]:
    """The wanted DSM on a host whose disks need not be moved, or HP's gone."""
    wanted = desired.dsm
    if wanted is None:
        return
    try:
        if wanted.absent:
            yield from _plan_absent(wanted, host, memory)
        elif wanted.owner.microsoft:
            yield from _plan_microsofts(wanted, host, memory)
        else:
            yield from _plan_hps(desired, wanted, host, memory)
    except NotKnown as error:
        yield unreadable(f"DSM of the arrays ({wanted.owner.label})", str(error))


# ---- HP's


def _plan_hps(desired: Desired, wanted: WantedDsm, host: Host, memory: Memory) -> Iterator[Item]:
    found = hp_dsm(wanted.owner, host)
    refused = refused_here(wanted.package, host, bool(found.registered))
    unclear = list(several(found.registered))
    if refused is not None or unclear:
        yield from unclear if refused is None else (refused,)
        return
    yield from wrong_version(wanted.package, found.registered)
    if leaves(wanted, host, memory):
        yield from _after_its_removal(wanted.package)
        return
    yield from without_driver(wanted.package, found.registered, (*found.drivers, *found.disabled), host)
    if any(driver.running for driver in found.drivers):
        yield from not_recognised(found, host)
    held = held_by_other(wanted, host)
    claims = held is not None and bool(held.covered or held.drivers)
    comes = not found.there and not is_installed(wanted, host, memory)
    others = list(strangers(wanted, host)) if comes or found.disabled else []
    if others:
        yield from others
        return
    if held is not None and (claims or comes):
        # What Microsoft's still has although it claims nothing any more leaves when Windows starts.
        items = list(_beside(held, wanted, host))
        yield from items
        if any(isinstance(item, Finding) for item in items):
            return
    beside = bystanders(wanted, host) if claims or comes else ()
    if beside:
        yield harmed(beside, wanted, host)
    waits = f"the {MICROSOFT_DSM} claims nothing of the arrays" if claims else None
    yield from (Planned(_start_with_windows(driver), waits) for driver in found.disabled)
    if comes:
        yield from _plan_installation(desired, found, host, memory, waits)


def _after_its_removal(package: DsmPackage) -> Iterator[Planned]:
    """What was removed in this boot is installed again once it is gone."""
    if package.path is not None:
        yield Planned(_installation(package, package.path), "the restart that completes its removal")


def _installation(package: DsmPackage, path: str) -> InstallDsm:
    return InstallDsm(path, package.arguments, reason="the arrays' disks shall be its disks")


def _start_with_windows(driver: Service) -> SetServiceStart:
    reason = "a DSM owns disks only if its driver starts with Windows"
    return SetServiceStart(driver.name, StartType.BOOT, was=StartType.DISABLED.words, reason=reason)


def _beside(held: Held, wanted: WantedDsm, host: Host) -> Iterator[Item]:
    """Take from the Microsoft DSM what it would have of the arrays' disks, while it has none of them."""
    if held.wide:
        yield from too_wide(held.wide)
        return
    visible = _visible(wanted, held, host)
    if visible:
        yield _move_first(held.owner, visible)
        return
    yield from (Planned(step) for step in taken_from_microsofts(held))


def taken_from_microsofts(held: Held) -> Iterator[Step]:
    """Let the Microsoft DSM claim nothing of the arrays any more."""
    reason = "two DSMs must never claim one disk"
    if held.covered:
        step = UnclaimHardware(tuple(item.hardware_id for item in held.covered), reason=reason)
        yield replace(step, was=f"claim {step.names}")
    for driver in held.drivers:
        # Which of the two would win on Windows Server 2003 is not documented; a disabled driver claims nothing.
        was = start_words(driver.start_mode)
        yield SetServiceStart(driver.name, StartType.DISABLED, was=was, reason=reason)


def _visible(wanted: WantedDsm, held: Held, host: Host) -> str | None:
    """Say which of the arrays' disks Windows shows now; None where there are none."""
    if held.disks:
        return f"it has disks of the arrays: {', '.join(sorted(disk.wwn for disk in held.disks))}"
    if not value_of(host.initiator_service).running:
        return None
    disks = value_of(host.disks)
    shown = sorted(
        device.address
        for session in value_of(host.sessions)
        for device in session.disks
        if _may_answer(device, claimable(wanted)) and not has(wanted.owner, device, disks)
    )
    if not shown:
        return None
    return f"it may take disks of the arrays: {', '.join(f'the disk at {address}' for address in shown)}"


def has(owner: Owner, device: Device, disks: tuple[MpioDisk, ...]) -> bool:
    """Tell whether a device is a path of a disk that a DSM has: that one keeps it, whoever else may claim it."""
    name = owner_of(device, disks)
    return name is not None and owner.is_it(name)


def _move_first(holder: Owner, visible: str) -> Finding:
    text = (
        f"{visible}, and wished for is dsm: {holder.other.kind.value}; two DSMs must never claim one disk. If the"
        f" {holder.label} shall keep them, say so: dsm: {holder.kind.value}. To move them, which takes them away for a"
        f" while, use {CHANGE}"
    )
    return Finding(Severity.REFUSAL, Side.WISH, holder.label, text)


def _plan_installation(desired: Desired, found: HpDsm, host: Host, memory: Memory, waits: str | None) -> Iterator[Item]:
    wanted = desired.dsm
    if wanted is None or wanted.package.path is None:
        text = "it is not installed: put its setup program on the host or on a share, and name it with dsm_package"
        yield Finding(Severity.REFUSAL, Side.WISH, HP_DSM, text)
        return
    step = _installation(wanted.package, wanted.package.path)
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
        if step in memory.failed:
            yield from not_recognised(found, host)


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


def _plan_microsofts(wanted: WantedDsm, host: Host, memory: Memory) -> Iterator[Item]:
    """The driver of the Microsoft DSM; where HP's is there, the plan of the claim refuses it."""
    if held_by_other(wanted, host) is not None:
        return
    waits = LOOKED if may_be_unseen(wanted.owner, host) else None
    for driver in microsofts_drivers(host):
        if driver.disabled:
            yield Planned(_start_with_windows(driver), waits)


def _plan_absent(wanted: WantedDsm, host: Host, memory: Memory) -> Iterator[Item]:
    """HP's DSM gone, unless disks depend on it."""
    found, package = hp_dsm(wanted.owner, host), wanted.package
    owned = sorted(disk.wwn for disk in value_of(host.disks) if disk.dsm in {dsm.name for dsm in found.registered})
    if owned:
        text = (
            f"these LUNs are its disks: {', '.join(owned)}; without it Windows would show each of their paths as a disk"
            f" of its own: move them to the {MICROSOFT_DSM} with {CHANGE} and dsm: microsoft, or remove their"
            " paths first"
        )
        yield Finding(Severity.REFUSAL, Side.HOST, HP_DSM, text)
        return
    yield from several(found.registered)
    if not (found.registered or found.drivers) or leaves(wanted, host, memory):
        return
    if package.removal_path is None:
        text = (
            "it is installed, and nothing says what removes it: name its removal with dsm_package: {removal_path: ...}"
        )
        yield Finding(Severity.REFUSAL, Side.WISH, HP_DSM, text)
        return
    reason = "it shall not own disks any more"
    step = RemoveDsm(package.removal_path, package.removal_arguments, reason=reason, was="installed")
    yield in_vain(step, host, memory, Severity.PROBLEM) or Planned(step)
