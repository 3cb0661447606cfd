# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there of HP's DSM, and what only a restart shows of it. Private to the collection.

The name of its driver service is not public. Where nobody told it and it does not look like one, setup leaves nothing
that can be recognised until MPIO registers the DSM, and its removal nothing until MPIO does not register it any more.
Until then what a run noted on the host of the program that it ran has to tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .._eva.dsm_names import is_microsofts
from .._judge.dsms import HP_DSM, MICROSOFT_DSM, Owner, may_be_hps_driver
from .._judge.effect import drivers_of, hp_drivers, microsofts_drivers, unclaimed
from .._model import Dsm, Host, NotKnown, Service, value_of
from .desired import Desired, WantedDsm
from .dsm_notes import installation_of_this_boot, removal_of_this_boot, was_run
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .preparation import unreadable
from .steps import ClaimHardware, InstallDsm, RemoveDsm

LOOKED = "Windows was restarted and shows whether HP's DSM is there"
"""What a claim of the Microsoft DSM waits for."""


@dataclass(frozen=True)
class HpDsm:
    """HP's DSM as a host shows it now."""

    registered: tuple[Dsm, ...]
    """As MPIO has it, or what looks like it."""
    drivers: tuple[Service, ...]
    """Its driver services that may start."""
    disabled: tuple[Service, ...]
    """Its driver services that start no more."""

    @property
    def there(self) -> bool:
        """Whether anything of it is recognised."""
        return bool(self.registered or self.drivers or self.disabled)


def hp_dsm(wished: Owner, host: Host) -> HpDsm:
    """Return what is there of it, whoever shall own the disks.

    Raises:
        NotKnown: DSMs or drivers could not be read.
    """
    hp = wished.other if wished.microsoft else wished
    disabled = (one for one in drivers_of(host) if may_be_hps_driver(one.name) and one.disabled)
    return HpDsm(tuple(dsm for dsm in value_of(host.dsms) if hp.is_it(dsm.name)), hp_drivers(host), tuple(disabled))


def is_installed(wanted: WantedDsm, host: Host, memory: Memory) -> bool:
    """Tell whether its setup was run in this boot, by this run or one before; what it did is known after the restart.

    Raises:
        NotKnown: what runs noted could not be read.
    """
    if any(isinstance(step, InstallDsm) for step in memory.since_boot):
        return True
    package = wanted.package
    return package.path is not None and was_run(InstallDsm(package.path, package.arguments, reason=""), host)


def leaves(wanted: WantedDsm, host: Host, memory: Memory) -> bool:
    """Tell whether it is removed, as far as can be told, and is there only until Windows starts.

    A driver service that is deleted while it runs is shown as one that starts no more until then (DeleteService), and
    starts no more whatever is made of its start type. Where no driver is recognised, a removal that was begun in this
    boot counts too, for nothing tells how far it came.

    Raises:
        NotKnown: DSMs, drivers, or what runs noted, could not be read.
    """
    removal = removal_of_this_boot(host)
    if any(isinstance(step, RemoveDsm) for step in memory.since_boot) or (removal is not None and removal.ended):
        return True
    found = hp_dsm(wanted.owner, host)
    if found.drivers or is_installed(wanted, host, memory):
        return False
    return any(driver.running for driver in found.disabled) or (bool(found.registered) and removal is not None)


def starts_again(wanted: WantedDsm, host: Host) -> bool:
    """Tell whether HP's DSM is registered and nothing says that it is not after the next restart.

    Raises:
        NotKnown: DSMs or drivers could not be read.
    """
    found = hp_dsm(wanted.owner, host)
    return bool(found.registered) and not (found.disabled and not found.drivers)


def may_be_unseen(wished: Owner, host: Host) -> bool:
    """Tell whether its setup was run in this boot, ended or not, with nothing of it to be seen yet.

    Raises:
        NotKnown: DSMs, drivers, or what runs noted, could not be read.
    """
    return installation_of_this_boot(host) is not None and not hp_dsm(wished, host).there


def claims_later(desired: Desired, host: Host, items: Iterator[Item]) -> Iterator[Item]:
    """Let the claims of the Microsoft DSM wait for the restart that shows whether HP's DSM would be beside them.

    Where it is not known whether its setup was run in this boot, nothing is claimed.
    """
    try:
        unseen = may_be_unseen(desired.owner, host)
    except NotKnown as error:
        reason = str(error)
        yield from (unreadable(MICROSOFT_DSM, reason) if _is_claim(item) else item for item in items)
        return
    for item in items:
        yield Planned(item.step, LOOKED) if unseen and isinstance(item, Planned) and _is_claim(item) else item


def _is_claim(item: Item) -> bool:
    """Tell whether an item is a claim that nothing holds back."""
    return isinstance(item, Planned) and item.after is None and isinstance(item.step, ClaimHardware)


def setup_reasons(desired: Desired, host: Host, memory: Memory) -> tuple[str, ...]:
    """Say that HP's DSM comes or goes only when Windows starts, where nothing else tells; empty where it is not so."""
    wanted = desired.dsm
    try:
        if wanted is not None:
            found = hp_dsm(wanted.owner, host)
            if leaves(wanted, host, memory):
                return (f"the {HP_DSM} is removed, as far as can be told, and leaves when Windows starts",)
            wished = not (wanted.absent or wanted.owner.microsoft)
            if wished and is_installed(wanted, host, memory) and not (found.registered or found.drivers):
                return (f"the {HP_DSM} is installed and registers when Windows starts",)
        if desired.owner.microsoft and may_be_unseen(desired.owner, host) and _claims_more(desired, host):
            return (f"the {HP_DSM} may have been installed in this boot, which shows only when Windows starts",)
    except NotKnown:
        return ()
    return ()


def _claims_more(desired: Desired, host: Host) -> bool:
    """Tell whether the plan lets the Microsoft DSM have more than it has, beside a DSM that is not seen yet."""
    if host.traits.claim_list:
        return bool(unclaimed(value_of(host.claims), desired.claim or ()))
    return desired.dsm is not None and any(driver.disabled for driver in microsofts_drivers(host))


def several(registered: tuple[Dsm, ...]) -> Iterator[Finding]:
    """Refuse to guess which of several DSMs is HP's for EVA."""
    if len(registered) > 1:
        names = ", ".join(f'"{dsm.name}"' for dsm in registered)
        text = f"several DSMs look like it: {names}; name the one that is HP's for EVA with hp_dsm_name"
        yield Finding(Severity.REFUSAL, Side.WISH, HP_DSM, text)


def not_recognised(found: HpDsm, host: Host) -> Iterator[Finding]:
    """Say of a DSM that should be registered, and is not by its name, which ones are."""
    others = ", ".join(f'"{dsm.name}"' for dsm in value_of(host.dsms) if not is_microsofts(dsm.name))
    if others and not found.registered:
        text = (
            f"registered are {others}: if one of them is it, name that with hp_dsm_name, and its driver service with"
            " dsm_package: {driver: ...}"
        )
        yield Finding(Severity.PROBLEM, Side.WISH, HP_DSM, text)
