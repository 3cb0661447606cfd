# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks of others that a change of DSM would harm. Private to the collection.

HP's DSM takes each EVA by itself, also one that nobody declared. And where the Microsoft DSM claims every iSCSI LUN it
goes as a whole, so that those of other arrays would be seen once for each of their paths.
"""

from __future__ import annotations

from .._eva.models import PRODUCTS, find_product
from .._judge.dsms import is_microsofts
from .._model import Host, MpioDisk, value_of
from .claims import answers
from .desired import WantedDsm
from .plan import Finding, Severity, Side


def claimable(wanted: WantedDsm) -> tuple[str, ...]:
    """Return the hardware ids that no DSM may claim beside the wanted one: the arrays', each EVA's if none is told."""
    return wanted.hardware_ids or tuple(dict.fromkeys(product.hardware_id for product in PRODUCTS))


def bystanders(wanted: WantedDsm, host: Host) -> tuple[MpioDisk, ...]:
    """Return the disks of the Microsoft DSM that nobody declared and that HP's DSM would do harm to.

    Args:
        wanted: The wish for HP's DSM.
        host: What was read.

    Raises:
        NotKnown: the MPIO disks could not be read.
    """
    others = (disk for disk in value_of(host.disks) if is_microsofts(disk.dsm) and not answers(disk, claimable(wanted)))
    return tuple(
        disk for disk in others if not host.traits.claim_list or find_product(disk.vendor, disk.product) is not None
    )


def harmed(disks: tuple[MpioDisk, ...], host: Host) -> Finding:
    """Refuse a change of DSM that would do harm to these disks."""
    names = ", ".join(sorted(disk.wwn for disk in disks))
    why = (
        "HP's DSM takes each EVA by itself, so two DSMs would claim them: declare their array too"
        if host.traits.claim_list
        else f"that of {host.os.caption} goes as a whole, and each of their paths would be seen as a disk of its own:"
        " remove their paths first"
    )
    text = f"these LUNs of other arrays are its disks: {names}; {why}, or keep the Microsoft DSM (dsm: microsoft)"
    return Finding(Severity.REFUSAL, Side.HOST, "Microsoft DSM", text)
