# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which LUNs of a host are meant where none is named by its WWN, and which that are named are not there.

Private to the collection.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from fnmatch import fnmatchcase

from .._eva.models import find_product
from .._judge.paths import join
from .._model import Host, MpioDisk, Session, value_of
from .desired import ByLun, WantedArray, Wished
from .plan import Finding, Item, Planned, Severity, Side
from .steps import Step
from .targets import array_sessions


def sessions_in_scope(arrays: Sequence[WantedArray] | None, host: Host) -> tuple[Session, ...]:
    """Return the sessions whose LUNs are meant: those to the declared arrays, all where none are declared.

    Raises:
        NotKnown: sessions or targets could not be read.
    """
    sessions = value_of(host.sessions)
    if arrays is None:
        return sessions
    targets = value_of(host.targets)
    return tuple(session for array in arrays for session in array_sessions(array, sessions, targets))


def is_in_scope(disk: MpioDisk, sessions: Sequence[Session], arrays: Sequence[WantedArray] | None) -> bool:
    """Tell whether a disk is meant: seen over these sessions and, where no array is declared, an active/active EVA's.

    A LUN that is seen over Fibre Channel only is not ours.
    """
    carriers = {path.address: path.session for path in join(disk, sessions) if path.session is not None}
    if arrays is not None or not carriers:
        return bool(carriers)
    inquiries = [(disk.vendor, disk.product)]
    if disk.vendor is None or disk.product is None:
        devices = [device for session in carriers.values() for device in session.disks if device.address in carriers]
        inquiries = [(device.vendor, device.product) for device in devices]
    found = [find_product(vendor, product) for vendor, product in inquiries]
    return any(product is not None and product.active_active for product in found)


def missing_luns(
    wanted: ByLun[Wished],
    visible: Collection[str],
    more_to_come: str | None,
    step: Callable[[str | None, Wished], Step | None],
) -> Iterator[Item]:
    """Announce what waits for LUNs that are not visible yet, or say that those which are named are not there.

    Args:
        wanted: What is wished for LUNs.
        visible: The WWNs of those that are there.
        more_to_come: What the others wait for; None when nothing more is expected.
        step: Makes the step for a LUN, or for each that appears (None); it returns None where there will be none.
    """
    for wwn, wished in wanted.by_wwn.items():
        if wwn in visible:
            continue
        if more_to_come is None:
            text = (
                "a policy is wished for it, and no MPIO disk here has this WWN: correct the WWN, or have the array"
                " present the LUN to this host; what is wished for LUNs of one host only belongs to its own variables"
                " (host_vars)"
            )
            yield Finding(Severity.PROBLEM, Side.WISH, f"LUN {wwn}", text)
        else:
            yield from _announced(step(wwn, wished), more_to_come)
    if more_to_come is not None:
        for rule in (*(wished for _pattern, wished in wanted.by_pattern), wanted.default):
            if rule is not None:
                yield from _announced(step(None, rule), more_to_come)


def idle_patterns(wanted: ByLun[Wished], ours: Collection[str]) -> Iterator[Finding]:
    """Name the patterns that match none of the LUNs that are meant: one that is misspelt looks like one that is met."""
    for pattern, _unused in wanted.by_pattern:
        if not any(fnmatchcase(wwn, pattern) for wwn in ours):
            text = "no LUN that policies are wished for here has such a WWN, so nothing is done for it"
            yield Finding(Severity.NOTE, Side.WISH, f"LUNs {pattern}", text)


def _announced(step: Step | None, after: str) -> Iterator[Planned]:
    if step is not None:
        yield Planned(step, after)
