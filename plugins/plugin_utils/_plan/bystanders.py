# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks of others that a change of DSM would harm. Private to the collection.

HP's DSM takes each EVA by itself, also one that nobody declared, and goes as a whole; so does the Microsoft DSM where
it claims every iSCSI LUN. What nothing claims afterwards would be seen once for each of its paths.
"""

from __future__ import annotations

from .._eva.dsm_names import is_microsofts
from .._eva.models import PRODUCTS, find_product
from .._judge.dsms import ISCSI_BUS, MICROSOFT_DSM
from .._judge.effect import hardware_id_of, unclaimed
from .._model import Host, MpioDisk, value_of
from .claims import answers, is_iscsi, without
from .desired import WantedDsm
from .plan import Finding, Severity, Side


def claimable(wanted: WantedDsm) -> tuple[str, ...]:
    """Return the hardware ids that no DSM may claim beside the wanted one: the arrays', each EVA's if none is told."""
    return wanted.hardware_ids or tuple(dict.fromkeys(product.hardware_id for product in PRODUCTS))


def bystanders(wanted: WantedDsm, host: Host) -> tuple[MpioDisk, ...]:
    """Return the disks of the other DSM that nobody declared and that the wanted one would do harm to.

    Args:
        wanted: The wish.
        host: What was read.

    Raises:
        NotKnown: the MPIO disks, or what the Microsoft DSM claims, could not be read.
    """
    declared = claimable(wanted)
    if wanted.owner.microsoft:
        hp = wanted.owner.other
        others = tuple(disk for disk in value_of(host.disks) if hp.is_it(disk.dsm) and not answers(disk, declared))
        return tuple(disk for disk in others if not _is_claimed(disk, host))
    others = tuple(disk for disk in value_of(host.disks) if is_microsofts(disk.dsm) and not answers(disk, declared))
    return tuple(
        disk for disk in others if not host.traits.claim_list or find_product(disk.vendor, disk.product) is not None
    )


def _is_claimed(disk: MpioDisk, host: Host) -> bool:
    """Tell whether the Microsoft DSM will take a disk by its lists, or because it takes each iSCSI LUN."""
    iscsi = is_iscsi(disk, host)
    if not host.traits.claim_list:
        return iscsi
    claims, name = value_of(host.claims), hardware_id_of(disk)
    if not iscsi:
        claims = without(claims, (ISCSI_BUS,))
    return name is not None and not unclaimed(claims, (name,))


def harmed(disks: tuple[MpioDisk, ...], wanted: WantedDsm, host: Host) -> Finding:
    """Refuse a change of DSM that would do harm to these disks."""
    names = ", ".join(sorted(disk.wwn for disk in disks))
    if wanted.owner.microsoft:
        text = (
            f"these LUNs of other arrays are its disks: {names}; it goes as a whole, and nothing claims them"
            " afterwards, so each of their paths would be seen as a disk of its own: declare their array too, or remove"
            " their paths first"
        )
        return Finding(Severity.REFUSAL, Side.HOST, wanted.owner.other.label, text)
    why = (
        "HP's DSM takes each EVA by itself, so two DSMs would claim them: declare their array too"
        if host.traits.claim_list
        else f"that of {host.os.caption} goes as a whole, and each of their paths would be seen as a disk of its own:"
        " remove their paths first"
    )
    text = f"these LUNs of other arrays are its disks: {names}; {why}, or keep the Microsoft DSM (dsm: microsoft)"
    return Finding(Severity.REFUSAL, Side.HOST, MICROSOFT_DSM, text)
