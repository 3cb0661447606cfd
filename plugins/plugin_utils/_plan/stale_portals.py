# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Discovery portals that are not wished for: which are stale, and their removal. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._judge.paths import is_ours
from .._model import Address, DiscoveryPortal, Host, Initiator, NotKnown, Target, same_name, value_of
from .classes import Declared
from .plan import Item, Planned
from .portals import is_stored
from .preparation import unreadable
from .purge import COMPLETE, Judged, Readiness, not_complete, together
from .steps import RemoveDiscoveryPortal
from .words import counted

_OTHER_NIC = "its target portal is declared, and not through what it is bound to"
_OTHER_ADDRESS = "it tells of declared targets and of no other, and its address is not declared"


def plan_stale_portals(arrays: Sequence[Judged], host: Host) -> Iterator[Item]:
    """Removal of the stale discovery portals of complete arrays.

    Args:
        arrays: All declared arrays, each as often as it was judged.
        host: What was read.
    """
    declared = list({item.declared.array.name: item.declared for item in arrays}.values())
    try:
        initiator, portals, targets = value_of(host.initiator), value_of(host.portals), value_of(host.targets)
        spare = [
            (item, *found)
            for item in sorted(portals, key=portal_order)
            if (found := _stale(item, declared, initiator, targets)) is not None
        ]
    except NotKnown as error:
        yield unreadable("discovery portals", str(error))
        return
    ready = {
        one.array.name: together(item.readiness for item in arrays if item.declared.array.name == one.array.name)
        for one in declared
    }
    for one in declared:
        kept = [portal for portal, _reason, owners in spare if one in owners]
        if kept and ready[one.array.name] is Readiness.LACKING:
            yield not_complete(one, counted(len(kept), "discovery portal"))
    for portal, reason, owners in spare:
        readiness = together(ready[one.array.name] for one in owners)
        names = ", ".join(sorted(item.array.name for item in owners))
        if readiness is not Readiness.LACKING:
            waits = None if readiness is Readiness.COMPLETE else COMPLETE.format(names)
            yield Planned(RemoveDiscoveryPortal(portal, nic_of(portal, initiator), reason=reason), waits)


def judge_portals(declared: Declared, host: Host) -> Judged:
    """Judge whether every declared discovery portal of an array is stored and tells of targets.

    That is all that a wish for discovery portals alone can ask for.
    """
    if declared.routes.missing:
        return Judged(declared, Readiness.LACKING)  # what is bound to no NIC may be bound to one of those
    try:
        telling = {portal for target in value_of(host.targets) for portal in target.discovered_through}
        stored = all(is_stored(route, host) for route in declared.routes.pairs)
    except NotKnown:
        return Judged(declared, Readiness.LACKING)
    if not stored:
        return Judged(declared, Readiness.COMING)
    complete = bool(declared.routes.pairs) and all(route.portal in telling for route in declared.routes.pairs)
    return Judged(declared, Readiness.COMPLETE if complete else Readiness.LACKING)


def portal_order(item: DiscoveryPortal) -> tuple[object, ...]:
    """Return a key that puts discovery portals in the same order however they were read."""
    number = -1 if item.port_number is None else item.port_number
    return (str(item.portal), str(item.nic or ""), number, item.instance or "")


def nic_of(item: DiscoveryPortal, initiator: Initiator) -> Address | None:
    """Return the NIC that a discovery portal is bound to; None for any and for a number that no NIC has."""
    return item.nic or initiator.address_of(item.port_number)


def is_resolved(item: DiscoveryPortal, initiator: Initiator) -> bool:
    """Tell whether it is known what a discovery portal is bound to: a NIC, any, or one that is not there."""
    bound_to_any = item.nic is None and item.port_number is None
    return bound_to_any or initiator.ports_known or nic_of(item, initiator) is not None


def _stale(
    item: DiscoveryPortal, declared: Sequence[Declared], initiator: Initiator, targets: Sequence[Target]
) -> tuple[str, list[Declared]] | None:
    """Say why a discovery portal is stale and to which arrays it belongs; None where it is not."""
    if not is_ours(item.instance, initiator) or not is_resolved(item, initiator):
        return None
    end = (nic_of(item, initiator), item.portal)
    if any((route.nic, route.portal) == end for one in declared for route in one.routes.pairs):
        return None
    owners = [
        one for one in declared if any(wanted.portal.address == item.portal.address for wanted in one.array.portals)
    ]
    if any(one.routes.is_lonely(*end) for one in owners):
        return None
    if owners:
        return _OTHER_NIC, owners
    told = [target.name for target in targets if item.portal in target.discovered_through]
    owners = [one for one in declared if any(_is_of(name, one) for name in told)]
    if not owners or not all(any(_is_of(name, one) for one in owners) for name in told):
        return None
    return _OTHER_ADDRESS, owners


def _is_of(target: str, declared: Declared) -> bool:
    return any(same_name(target, path.target) for path in declared.paths)
