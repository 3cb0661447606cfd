# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there of HP's DSM, and what only a restart shows of it. Private to the collection.

The name of its driver service is not public. Where nobody told it and it does not look like one, setup leaves nothing
that can be recognised until MPIO registers the DSM, and its removal nothing until MPIO does not register it any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .._eva.dsm_names import is_microsofts
from .._judge.dsms import HP_DSM, may_be_hps_driver
from .._judge.effect import drivers_of, hp_drivers, unclaimed
from .._model import Dsm, Host, NotKnown, Service, value_of
from .desired import Desired, WantedDsm
from .dsm_package import changed_now
from .plan import Finding, Item, Memory, Planned, Severity, Side
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


def hp_dsm(wanted: WantedDsm, host: Host) -> HpDsm:
    """Return what is there of it, whoever shall own the disks.

    Raises:
        NotKnown: DSMs or drivers could not be read.
    """
    hp = wanted.owner.other if wanted.owner.microsoft else wanted.owner
    disabled = (one for one in drivers_of(host) if may_be_hps_driver(one.name) and one.start_mode == "Disabled")
    return HpDsm(tuple(dsm for dsm in value_of(host.dsms) if hp.is_it(dsm.name)), hp_drivers(host), tuple(disabled))


def is_installed(memory: Memory) -> bool:
    """Tell whether its setup was run in this boot; what it did is known after the restart only."""
    return any(isinstance(step, InstallDsm) for step in memory.since_boot)


def leaves(wanted: WantedDsm, host: Host, memory: Memory) -> bool:
    """Tell whether it is removed, as far as can be told, and is there only until Windows starts.

    A driver service that is deleted while it runs is shown as one that starts no more until then (DeleteService), and
    starts no more whatever is made of its start type. Where no driver is recognised, that MPIO was changed in this boot
    must speak for the removal.

    Raises:
        NotKnown: DSMs or drivers could not be read.
    """
    if any(isinstance(step, RemoveDsm) for step in memory.since_boot):
        return True
    found = hp_dsm(wanted, host)
    if found.drivers or is_installed(memory):
        return False
    return any(driver.running for driver in found.disabled) or (bool(found.registered) and changed_now(host))


def starts_again(wanted: WantedDsm, host: Host) -> bool:
    """Tell whether HP's DSM is registered and nothing says that it is not after the next restart.

    Raises:
        NotKnown: DSMs or drivers could not be read.
    """
    found = hp_dsm(wanted, host)
    return bool(found.registered) and not (found.disabled and not found.drivers)


def may_be_unseen(wanted: WantedDsm, host: Host, memory: Memory) -> bool:
    """Tell whether a run that was cut may have installed it in this boot, with nothing of it to be seen yet.

    Raises:
        NotKnown: DSMs or drivers could not be read.
    """
    package = wanted.package
    if package.path is None or package.driver is not None or memory.since_boot or memory.failed:
        return False
    return changed_now(host) and not hp_dsm(wanted, host).there


def claims_later(wanted: WantedDsm | None, host: Host, memory: Memory, items: Iterator[Item]) -> Iterator[Item]:
    """Let the claims of the Microsoft DSM wait for the restart that shows whether HP's DSM would be beside them."""
    try:
        unseen = wanted is not None and may_be_unseen(wanted, host, memory)
    except NotKnown:
        unseen = False
    for item in items:
        waits = unseen and isinstance(item, Planned) and item.after is None and isinstance(item.step, ClaimHardware)
        yield Planned(item.step, LOOKED) if waits and isinstance(item, Planned) else item


def setup_reasons(desired: Desired, host: Host, memory: Memory) -> tuple[str, ...]:
    """Say that HP's DSM comes or goes only when Windows starts, where nothing else tells; empty where it is not so."""
    wanted = desired.dsm
    if wanted is None:
        return ()
    try:
        found = hp_dsm(wanted, host)
        if leaves(wanted, host, memory):
            return (f"the {HP_DSM} is removed, as far as can be told, and leaves when Windows starts",)
        if is_installed(memory) and not (wanted.absent or wanted.owner.microsoft or found.registered or found.drivers):
            return (f"the {HP_DSM} is installed and registers when Windows starts",)
        if may_be_unseen(wanted, host, memory) and not wanted.absent and _matters(wanted, host):
            return (f"the {HP_DSM} may have been installed in this boot, which shows only when Windows starts",)
    except NotKnown:
        return ()
    return ()


def _matters(wanted: WantedDsm, host: Host) -> bool:
    """Tell whether the plan has something that must not come beside a DSM that is not seen yet."""
    if not wanted.owner.microsoft:
        # What the Microsoft DSM of 2003 has although its driver is disabled leaves with the restart.
        return not host.traits.claim_list and _microsofts_is_disabled(host)
    if host.traits.claim_list:
        return bool(unclaimed(value_of(host.claims), wanted.hardware_ids))
    return _microsofts_is_disabled(host)


def _microsofts_is_disabled(host: Host) -> bool:
    name = host.traits.microsoft_dsm_driver.casefold()
    return any(one.name.casefold() == name and one.start_mode == "Disabled" for one in drivers_of(host))


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
