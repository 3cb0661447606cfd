# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for NICs and discovery portals. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._judge.paths import authentication_of, is_ours
from .._model import Chap, DiscoveryPortal, Host, NotKnown, Session, Unknown, value_of
from .dead import dead_route
from .desired import Layout, WantedArray
from .first_login import as_of_now
from .halves import Demand
from .layout import routes_of
from .mesh import Route
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .preparation import INITIATOR_SERVICE, unreadable
from .renewal import is_unproven
from .steps import AddDiscoveryPortal, RenewDiscoveryPortal
from .targets import array_sessions
from .waits import CREDENTIALS, SHOWS_LUNS

SERVICE_RUNS = f"service {INITIATOR_SERVICE} runs"


def plan_portals(layout: Layout, host: Host, memory: Memory, renew: bool) -> Iterator[Item]:
    """A discovery portal for every target portal, bound to each NIC that reaches it, with the array's credentials.

    Args:
        layout: The declared layout.
        host: What was read.
        memory: What this run has done already.
        renew: Whether they are stored again with the secrets of today.
    """
    for array in layout.arrays:
        try:
            routes = routes_of(layout, array, host)
        except NotKnown:
            return  # check_layout has refused it already
        for route in routes.pairs:
            yield from _plan_route(route, array, host, memory, renew)


def _plan_route(route: Route, array: WantedArray, host: Host, memory: Memory, renew: bool) -> Iterator[Item]:
    try:
        running = value_of(host.initiator_service).running
    except NotKnown as error:
        yield unreadable(f"service {INITIATOR_SERVICE}", str(error))
        return
    if not running:
        yield from _rules(route, array)
        return
    try:
        initiator, stored, now = value_of(host.initiator), stored_portals(route, host), as_of_now(array, host, memory)
    except NotKnown as error:
        yield unreadable("discovery portals", str(error))
        return
    if initiator.ports_known and initiator.number_of(route.nic) is None:
        yield no_port_number(route)
        return
    if not stored:
        yield _unless_dead(_add(route, now.chap), route, array, memory)
    else:
        yield from _renewal(route, now, stored, host, memory, renew)
    if now.chap is not array.chap:
        yield Planned(_renew(route, array.chap, "the array demands CHAP then"), SHOWS_LUNS, fallback=True)


def _rules(route: Route, array: WantedArray) -> Iterator[Planned]:
    """Announce what is done when the service runs; until then nothing is known of what is stored."""
    first = array.chap_after_first_login
    yield Planned(_add(route, None if first else array.chap), SERVICE_RUNS)
    if first:
        yield Planned(_add(route, array.chap), SERVICE_RUNS, fallback=True)
    yield Planned(_renew(route, array.chap, "only if one is stored with others"), SERVICE_RUNS, fallback=True)


def _add(route: Route, chap: Chap | None) -> AddDiscoveryPortal:
    reason = "the portal tells which targets the array has, asked through its own NIC"
    return AddDiscoveryPortal(route.portal, route.nic, chap, reason=reason)


def _renew(route: Route, chap: Chap | None, reason: str) -> RenewDiscoveryPortal:
    return RenewDiscoveryPortal(route.portal, route.nic, chap, reason=reason)


def _unless_dead(step: AddDiscoveryPortal, route: Route, array: WantedArray, memory: Memory) -> Item:
    return dead_route(route, array.name, memory) or Planned(step)


def _renewal(
    route: Route, array: WantedArray, stored: Sequence[DiscoveryPortal], host: Host, memory: Memory, renew: bool
) -> Iterator[Item]:
    """Store a discovery portal again that has other credentials, or those of before.

    While sessions stand, their successors try the credentials first: discovery with wrong ones finds no target.
    """
    faults = _faults(stored, array.chap)
    if faults is None and not (renew and array.chap is not None):
        return
    step = _renew(route, array.chap, faults or "its secret cannot be read, and may be the one of before")
    if is_unproven(Demand(array, 1, renew, memory), _sessions(array, host)) or _was_refused(step, array, memory):
        yield Planned(step, CREDENTIALS)
    else:
        yield _unless_dead(step, route, array, memory)


def _was_refused(step: RenewDiscoveryPortal, array: WantedArray, memory: Memory) -> bool:
    """Tell whether another portal of the array did not take the same credentials in this run."""
    portals = {wanted.portal for wanted in array.portals} if array.chap is not None else set()
    return step not in memory.failed and any(
        isinstance(other, RenewDiscoveryPortal)
        and other.portal in portals
        and other.chap == step.chap
        and other not in memory.of_one_path
        and (other.nic, other.portal) not in memory.dead
        for other in memory.failed
    )


def _sessions(array: WantedArray, host: Host) -> tuple[Session, ...]:
    """The sessions to an array as far as they are known; who only wishes for portals does not read them."""
    if isinstance(host.sessions, Unknown) or isinstance(host.targets, Unknown):
        return ()
    return array_sessions(array, host.sessions.value, host.targets.value)


def _faults(stored: Sequence[DiscoveryPortal], chap: Chap | None) -> str | None:
    """Say how all that is stored differs from the wish; None where one is right, or cannot be judged."""
    wanted = authentication_of(chap)
    for item in stored:
        if item.authentication in (None, wanted) and (chap is None or item.user in (None, chap.user)):
            return None
    kinds = sorted({item.authentication.name.lower() for item in stored if item.authentication is not None})
    if wanted.name.lower() in kinds:
        return "its CHAP name is another one"
    return f"its authentication is {', '.join(kinds)} instead of {wanted.name.lower()}"


def without_number(route: Route, host: Host) -> Finding | None:
    """Say why a NIC has no port number; None where a discovery portal that is still to be stored may reveal it.

    Raises:
        NotKnown: the discovery portals or the initiator's ports could not be read.
    """
    if value_of(host.initiator).ports_known:
        return no_port_number(route)
    if not is_stored(route, host):
        return None
    return Finding(
        Severity.PROBLEM,
        Side.HOST,
        f"NIC {route.nic}",
        "Windows does not list the initiator's ports (MSiSCSI_PortalInfoClass cannot be read), and no discovery portal"
        " reveals which port number this NIC has: that takes a target portal that is asked through this NIC alone."
        " Without the number no session is made from it; declare the fabrics so that NICs share no target portal",
        one_path=True,
    )


def no_port_number(route: Route) -> Finding:
    """Say that the initiator does not offer a NIC although the host has it."""
    return Finding(
        Severity.PROBLEM,
        Side.HOST,
        f"NIC {route.nic}",
        "the host has this address but the initiator lists no port for it; restart the MSiSCSI service when no disk is"
        " in use, or check that the adapter is connected",
        one_path=True,
    )


def is_stored(route: Route, host: Host) -> bool:
    """Tell whether a discovery portal for this pair is stored.

    Raises:
        NotKnown: the discovery portals or the initiator's ports could not be read.
    """
    return bool(stored_portals(route, host))


def stored_portals(route: Route, host: Host) -> tuple[DiscoveryPortal, ...]:
    """Return the stored discovery portals of this pair.

    Raises:
        NotKnown: the discovery portals or the initiator's ports could not be read.
    """
    initiator = value_of(host.initiator)
    return tuple(
        item
        for item in value_of(host.portals)
        if item.portal == route.portal
        and is_ours(item.instance, initiator)
        and (item.nic or initiator.address_of(item.port_number)) == route.nic
    )
