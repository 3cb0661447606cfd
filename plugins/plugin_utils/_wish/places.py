# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wished of the paths of a LUN, told by NIC, target portal or controller. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Hashable, Iterator, Mapping, Sequence
from ipaddress import ip_address

from .._model import Address, PathState, Policy, TargetPortal
from .._plan.desired import LunPolicy, Place, WantedPath
from .faults import Faults, no_repetition
from .names import split_port
from .words import read_name

_PLACE_KEYS = ("nic", "portal", "controller")
_STATES: t.Final[Mapping[str, PathState]] = {"active": PathState.ACTIVE_OPTIMIZED, "standby": PathState.STANDBY}
_STATE_POLICIES = (Policy.ROUND_ROBIN_WITH_SUBSET, Policy.FAILOVER_ONLY)
_PORT_GROUP = re.compile(r"target port group [0-9]{1,5}")
_PORT_DIGITS = 6
"""One more than a TCP port has; of some thousand digits Python makes no number."""
_GREATEST_WEIGHT = 2**31 - 1  # PathWeight has 32 bits (MPIO_DSM_Path), and the script's CLng takes a sign


def preferred_place(value: t.Any, policy: Policy | None, where: str, faults: Faults) -> Place | None:
    """Read which path is preferred."""
    if value is None:
        return None
    if policy is not Policy.FAILOVER_ONLY:
        faults.add(where, "only failover_only prefers a path (mpclaim help text of 6.1)")
    return _place(value, _PLACE_KEYS, where, faults)


def wanted_paths(value: t.Any, policy: Policy | None, where: str, faults: Faults) -> tuple[WantedPath, ...]:
    """Read the states or weights of paths."""
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        faults.add(where, f"{value!r} is no list")
        return ()
    found = [_wanted_path(item, policy, f"{where}[{index}]", faults) for index, item in enumerate(value)]
    wanted = tuple(path for path in found if path is not None)
    no_repetition(_shown(wanted), where, "the place", faults)
    active = [path for path in wanted if path.state is PathState.ACTIVE_OPTIMIZED]
    if policy is Policy.FAILOVER_ONLY and len(active) > 1:
        faults.add(where, "failover_only has one active path, and more than one place shall be active")
    return wanted


def leaves_none_active(wanted: LunPolicy, nics: Sequence[t.Any]) -> bool:
    """Tell whether all NICs, as the option of that name has them, shall stand by; of other places the host decides."""
    given = {str(nic.get("address") if isinstance(nic, Mapping) else nic).strip() for nic in nics}
    whole = [path for path in wanted.paths if path.place == Place(path.place.nic)]
    stand_by = {str(path.place.nic) for path in whole if path.state is PathState.STANDBY}
    return bool(given) and given <= stand_by and all(path.state is PathState.STANDBY for path in wanted.paths)


def strange_controllers(wanted: LunPolicy, arrays: Sequence[t.Any]) -> tuple[str, ...]:
    """Return the controllers that no portal of the arrays is declared to be one of, as the option has them.

    What Windows itself may name, by the target port group, is none of them.
    """
    given = [array.get("portals") for array in arrays if isinstance(array, Mapping)]
    portals = [portal for several in given if isinstance(several, (list, tuple)) for portal in several]
    declared = {
        str(portal["controller"]) for portal in portals if isinstance(portal, Mapping) and "controller" in portal
    }
    places = [path.place for path in wanted.paths] + ([wanted.preferred] if wanted.preferred else [])
    named = dict.fromkeys(place.controller for place in places if place.controller is not None)
    return tuple(name for name in named if name not in declared and not _PORT_GROUP.fullmatch(name))


def _shown(wanted: Sequence[WantedPath]) -> Iterator[Hashable]:
    for path in wanted:
        yield ", ".join(str(value) for value in (path.place.nic, path.place.portal, path.place.controller) if value)


def _wanted_path(value: t.Any, policy: Policy | None, where: str, faults: Faults) -> WantedPath | None:
    place = _place(value, (*_PLACE_KEYS, "state", "weight"), where, faults)
    if place is None:
        return None
    state, weight = value.get("state"), value.get("weight")
    if state is None and weight is None:
        faults.add(where, "it says neither the state nor the weight of its paths")
    return WantedPath(place, _state(state, policy, where, faults), _weight(weight, policy, where, faults))


def _state(value: t.Any, policy: Policy | None, where: str, faults: Faults) -> PathState | None:
    if value is None:
        return None
    if policy not in _STATE_POLICIES:
        faults.add(where, "a state goes with round_robin_with_subset and failover_only (mpclaim help text of 6.1)")
    if not isinstance(value, str) or value not in _STATES:
        faults.add(where, f"{value!r} is no state; known are {', '.join(_STATES)}")
        return None
    return _STATES[value]


def _weight(value: t.Any, policy: Policy | None, where: str, faults: Faults) -> int | None:
    if value is None:
        return None
    if policy is not Policy.WEIGHTED_PATHS:
        faults.add(where, "a weight goes with weighted_paths (mpclaim help text of 6.1)")
    try:
        weight = int(value)
    except (OverflowError, TypeError, ValueError):
        weight = -1
    if isinstance(value, (bool, float)) or not 0 <= weight <= _GREATEST_WEIGHT:
        faults.add(where, f"weight {value!r} is no whole number from 0 to {_GREATEST_WEIGHT}")
        return None
    return weight


def _place(value: t.Any, keys: Sequence[str], where: str, faults: Faults) -> Place | None:
    if not isinstance(value, Mapping):
        faults.add(where, f"{value!r} is no mapping with nic, portal or controller")
        return None
    for key in value:
        if key not in keys:
            faults.add(where, f"unknown key {key!r}; known are {', '.join(keys)}")
    nic, portal, controller = (value.get(key) for key in _PLACE_KEYS)
    if nic is None and portal is None and controller is None:
        faults.add(where, "it needs nic, portal or controller to tell which paths are meant")
        return None
    return Place(
        None if nic is None else _address(nic, f"{where}.nic", faults),
        None if portal is None else _portal(portal, f"{where}.portal", faults),
        None if controller is None else read_name(controller, f"{where}.controller", faults),
    )


def _portal(value: t.Any, where: str, faults: Faults) -> TargetPortal | None:
    text, port = split_port(value) if isinstance(value, str) else (value, None)
    address = _address(text, where, faults)
    number = TargetPortal.tcp_port if port is None else int(port[:_PORT_DIGITS])
    if not 1 <= number <= 65535:
        faults.add(where, f"TCP port {port} is not between 1 and 65535")
        return None
    return None if address is None else TargetPortal(address, number)


def _address(value: t.Any, where: str, faults: Faults) -> Address | None:
    try:
        return ip_address(value.strip() if isinstance(value, str) else "")
    except ValueError:
        faults.add(where, f"{value!r} is no IP address")
        return None
