# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of an array beside the steps of its paths. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._eva.models import find_product, refusal
from .._judge.dsms import Owner
from .._judge.effect import Effect, is_outside
from .._model import Host, MpioDisk, NotKnown, Path, Session, value_of
from .claims import CHANGE
from .desired import WantedArray
from .first_login import wants_secret_there
from .plan import Finding, Severity, Side, Waiting
from .targets import array_sessions


def reconnecting(array: WantedArray, sessions: Sequence[Session]) -> Iterator[Finding]:
    """Say why no session is made beside one that Windows is trying to make again."""
    broken = sorted(session.id for session in sessions if not session.working)
    if broken and not any(session.working for session in sessions):
        yield Finding(
            Severity.PROBLEM,
            Side.NETWORK,
            f"array {array.name}",
            f"session {broken[0]} has no connection and Windows tries to make it again; until multipath is in effect no"
            " second one is made beside it: mend its network, or log it out",
        )


def active_passive(array: WantedArray, sessions: Sequence[Session], paths: Sequence[Path]) -> Iterator[Finding]:
    """Refuse several paths to an array whose disks say that it is active/passive."""
    if len(paths) < 2:
        return
    found = (find_product(device.vendor, device.product) for session in sessions for device in session.disks)
    for product in sorted({item for item in found if item is not None}, key=lambda item: item.hardware_id):
        if not product.active_active:
            yield Finding(Severity.REFUSAL, Side.ARRAY, f"array {array.name}", refusal(product))


def other_model(array: WantedArray, sessions: Sequence[Session]) -> Iterator[Finding]:
    """Refuse an array whose disks are an EVA's of another model than declared: the wrong id would be claimed."""
    if not array.hardware_ids:
        return
    found = (find_product(device.vendor, device.product) for session in sessions for device in session.disks)
    for product in sorted({item for item in found if item is not None}, key=lambda item: item.hardware_id):
        if product.active_active and product.hardware_id not in array.hardware_ids:
            yield Finding(
                Severity.REFUSAL,
                Side.WISH,
                f"array {array.name}",
                f"its LUNs answer as {product.vendor} {product.product} ({', '.join(product.models)}), which is not the"
                " declared model: correct the model, or the product, of this array",
            )


def of_other_dsm(array: WantedArray, host: Host, owner: Owner) -> Iterator[Finding]:
    """Name the LUNs that are MPIO disks of another DSM than the wanted one, as far as anything is known."""
    try:
        sessions = array_sessions(array, value_of(host.sessions), value_of(host.targets))
        disks = value_of(host.disks)
    except NotKnown:
        return  # the plan of the paths says so
    shown = {device.address for session in sessions for device in session.disks}
    others = [disk for disk in disks if not owner.is_it(disk.dsm) and any(path.address in shown for path in disk.paths)]
    for dsm in sorted({disk.dsm for disk in others}):
        names = ", ".join(sorted(disk.wwn for disk in others if disk.dsm == dsm))
        yield Finding(
            Severity.PROBLEM,
            Side.WISH,
            f"LUNs of {array.name}",
            f"they are disks of {dsm or 'an unknown DSM'} and not of the {owner.label}: {names}; name the DSM that"
            f" shall own them (dsm), or move them: {CHANGE}",
        )


def seen_twice(
    array: WantedArray, sessions: Sequence[Session], disks: Sequence[MpioDisk], effect: Effect
) -> Iterator[Finding]:
    """Name the LUNs that Windows shows as several disks; those of an MPIO disk, of whatever DSM, are none of them."""
    outside = [
        session for session in sessions if session.working and any(is_outside(one, disks) for one in session.disks)
    ]
    if len(outside) > 1:
        ways = ((session.id, session.way) for session in outside)
        names = ", ".join(f"{name} {way}" for name, way in sorted(ways))
        yield Finding(
            Severity.PROBLEM,
            Side.HOST,
            f"LUNs of {array.name}",
            f"they are visible over {len(outside)} sessions ({names}) while {effect.reason}: Windows shows each LUN"
            " several times; bring its disks offline until they are joined",
        )


def presentation(array: WantedArray, sessions: Sequence[Session], node_name: str) -> Iterator[Waiting]:
    """Say that sessions stand and the array shows no LUN.

    Args:
        array: The array with the credentials of now.
        sessions: The sessions to it.
        node_name: The initiator's.
    """
    working = [session for session in sessions if session.working]
    if working and not any(session.disks for session in working):
        yield Waiting(array.name, node_name, wants_secret_there(array))
