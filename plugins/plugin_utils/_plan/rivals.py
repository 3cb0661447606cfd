# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DSMs that have, or will have, the disks of arrays beside the one that shall own them. Private to the collection."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .._eva.dsm_names import is_microsofts
from .._eva.models import find_product
from .._judge.dsms import Owner
from .._judge.effect import hp_drivers
from .._model import Host, NotKnown, value_of
from .bystanders import claimable
from .claims import answers
from .desired import WantedDsm
from .plan import Finding, Severity, Side

_REMOVE = "remove it before Windows starts again (eva.mpio.dsm with state: absent)"


def strangers(wanted: WantedDsm, host: Host) -> Iterator[Finding]:
    """Refuse to let a DSM come beside one that has disks of the arrays and is, by its name, neither of the two.

    Raises:
        NotKnown: the MPIO disks could not be read.
    """
    owned: dict[str, list[str]] = {}
    for disk in value_of(host.disks):
        known = wanted.owner.is_it(disk.dsm) or wanted.owner.other.is_it(disk.dsm)
        if not known and answers(disk, claimable(wanted)):
            owned.setdefault(disk.dsm, []).append(disk.wwn)
    for name, wwns in sorted(owned.items()):
        text = (
            f"it owns {', '.join(sorted(wwns))}, and by its name it is neither Microsoft's nor HP's for EVA; two DSMs"
            " must never claim one disk: if it is HP's, name it with hp_dsm_name; otherwise take it off this host"
            " first"
        )
        yield Finding(Severity.REFUSAL, Side.WISH, f"DSM {name}", text)


def beside_microsofts(owner: Owner, host: Host) -> Iterator[Finding]:
    """Name what is there of HP's DSM while the Microsoft DSM has LUNs of EVAs: both would claim them at the next start.

    Args:
        owner: The DSM that shall own them; where that is HP's nothing is said here.
        host: What was read.
    """
    try:
        eva = [disk for disk in value_of(host.disks) if find_product(disk.vendor, disk.product) is not None]
        drivers, dsms = hp_drivers(host), value_of(host.dsms)
    except NotKnown:
        return  # whoever needs these parts says so
    if not owner.microsoft or not any(is_microsofts(disk.dsm) for disk in eva):
        return
    registered = [dsm.name for dsm in dsms if owner.other.is_it(dsm.name)]
    for name in registered:
        if not any(disk.dsm == name for disk in eva):
            text = (
                f"it is registered beside the Microsoft DSM, which has the LUNs, and either may claim them: {_REMOVE}"
            )
            yield Finding(Severity.PROBLEM, Side.HOST, f"DSM {name}", text)
    if not registered:
        for driver in drivers:
            text = (
                "HP's DSM is installed and registers when Windows starts, and the Microsoft DSM has the LUNs, so two"
                f" DSMs would claim them: {_REMOVE}"
            )
            yield Finding(Severity.PROBLEM, Side.HOST, f"driver {driver.name}", text)


def may_register_hps(host: Host) -> bool:
    """Tell whether a driver of HP's DSM is there that has not been started yet, as far as the drivers are known."""
    with contextlib.suppress(NotKnown):
        return any(not driver.running for driver in hp_drivers(host))
    return False
