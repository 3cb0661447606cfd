# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policies of the Microsoft DSM: of LUNs by WWN, by pattern and for all others, and its own defaults.

Private to the collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._eva.models import ActivePassive, UnknownModel, multipath_products
from .._judge.dsms import DsmKind
from .._model import Policy
from .._options import CLEAR, DEFAULT_POLICIES, SETTABLE_POLICIES
from .._plan.desired import LunPolicy, WantedPolicies
from .claims import pad_hardware_id
from .faults import Faults
from .places import leaves_none_active, preferred_place, strange_controllers, wanted_paths
from .words import unfilled
from .wwns import is_pattern, read_pattern, read_wwn

_DEFAULT: t.Final = "default"
_KEYS = ("policy", "preferred", "paths")
_OTHER_PLACES = (
    "controllers are those that arrays declare with their portals, or target port group N where Windows tells it;"
    " otherwise name the portal"
)
_NO_ARRAYS = "this module has no arrays that declare controllers: use eva.mpio.host, or name the portal"
_SHORTEST_HARDWARE_ID = 9
"""Vendor, padded to 8 characters, and a product of one; models are shorter."""


def policies(arguments: Mapping[str, t.Any], faults: Faults) -> WantedPolicies:
    """Read the options that the doc fragment of the same name describes."""
    depth: bool = arguments["allow_least_queue_depth"]

    def read(value: t.Any, where: str) -> LunPolicy | None:
        policy = _lun_policy(value, where, depth, faults)
        if policy is not None and leaves_none_active(policy, arguments.get("nics") or ()):
            faults.add(f"{where}.paths", "every NIC shall stand by, so that no path would be active")
        for name in strange_controllers(policy, arguments.get("arrays") or ()) if policy is not None else ():
            why = _OTHER_PLACES if "arrays" in arguments else _NO_ARRAYS
            faults.add(where, f"no portal is declared to be one of controller {name}; {why}")
        return policy

    if arguments["explicit_policies"] and not arguments["lun_policies"] and _is_microsofts(arguments):
        faults.add("explicit_policies", "it is about the LUNs of lun_policies, and there is none")
    default, by_wwn, by_pattern = by_lun(arguments["lun_policies"], "lun_policies", read, faults)
    overall: str | None = arguments["dsm_policy"]
    return WantedPolicies(
        default,
        by_wwn,
        by_pattern,
        arguments["explicit_policies"],
        _by_hardware_id(arguments["hardware_id_policies"], depth, faults),
        None if overall in (None, CLEAR) else _policy(overall, "dsm_policy", DEFAULT_POLICIES, depth, faults),
        overall == CLEAR,
    )


def _is_microsofts(arguments: Mapping[str, t.Any]) -> bool:
    """Tell whether Microsoft's DSM is wished for; where another is, all of these options are refused as such."""
    return bool(arguments.get("dsm", DsmKind.MICROSOFT.value) == DsmKind.MICROSOFT.value)


Wanted = t.TypeVar("Wanted")


def by_lun(
    given: Mapping[t.Any, t.Any], option: str, read: t.Callable[[t.Any, str], Wanted | None], faults: Faults
) -> tuple[Wanted | None, dict[str, Wanted], tuple[tuple[str, Wanted], ...]]:
    """Read an option that has something for each WWN, for patterns of them and under ``default``.

    Args:
        given: The option.
        option: Its name.
        read: Reads a value, told where it stands.
        faults: Takes what is wrong.

    Returns:
        What stands there by default, by WWN and by pattern, the patterns in their order.
    """
    default: Wanted | None = None
    exact: dict[str, Wanted] = {}
    patterns: dict[str, Wanted] = {}
    for key, value in given.items():
        where = f"{option}[{key}]"
        wanted = read(value, where)
        if key == _DEFAULT:
            default = wanted
            continue
        pattern = is_pattern(str(key))
        name = (read_pattern if pattern else read_wwn)(str(key), where, faults)
        found = patterns if pattern else exact
        if name in found:
            faults.add(where, f"{'pattern' if pattern else 'LUN'} {name} is given twice, in two notations")
        elif wanted is not None and name:
            found[name] = wanted
    return default, exact, tuple(patterns.items())


def _lun_policy(value: t.Any, where: str, depth: bool, faults: Faults) -> LunPolicy | None:
    """Read a policy by its name alone, or with what is wished of paths."""
    if not isinstance(value, Mapping):
        return LunPolicy(None) if value == CLEAR else _plain(value, where, depth, faults)
    for key in value:
        if key not in _KEYS:
            faults.add(where, f"unknown key {key!r}; known are {', '.join(_KEYS)}")
    if "policy" not in value:
        faults.add(where, "it needs a policy")
        return None
    name, preferred, paths = (value.get(key) for key in _KEYS)
    policy = None if name == CLEAR else _policy(name, where, SETTABLE_POLICIES, depth, faults)
    if name != CLEAR and policy is None:
        return None
    place = preferred_place(preferred, policy, f"{where}.preferred", faults)
    return LunPolicy(policy, place, wanted_paths(paths, policy, f"{where}.paths", faults))


def _plain(value: t.Any, where: str, depth: bool, faults: Faults) -> LunPolicy | None:
    policy = _policy(value, where, SETTABLE_POLICIES, depth, faults)
    return None if policy is None else LunPolicy(policy)


def _policy(value: t.Any, where: str, known: tuple[str, ...], depth: bool, faults: Faults) -> Policy | None:
    if value in SETTABLE_POLICIES and value not in known:
        faults.add(
            where, f"{value} cannot be a default, because it needs to be told of paths (mpclaim help text of 6.1)"
        )
        return None
    if value not in known:
        faults.add(where, f"{value!r} is no load-balance policy; known are {', '.join((*known, CLEAR))}")
        return None
    policy = Policy[str(value).upper()]
    if policy is Policy.LEAST_QUEUE_DEPTH and not depth:
        faults.add(
            where,
            "least_queue_depth is not supported by MPIO on EVA through iSCSI (HP MPX200 user guide, page 97); use"
            f" {_instead(known)}, or set allow_least_queue_depth if you know better",
        )
        return None
    return policy


def _instead(known: tuple[str, ...]) -> str:
    """Return what uses several paths; as a default, round robin becomes that with subset where paths are asymmetric."""
    subset = Policy.ROUND_ROBIN_WITH_SUBSET.label
    return subset if subset in known else Policy.ROUND_ROBIN.label


def _by_hardware_id(given: Mapping[t.Any, t.Any], depth: bool, faults: Faults) -> dict[str, Policy | None]:
    found: dict[str, Policy | None] = {}
    for key, value in given.items():
        where = f"hardware_id_policies[{key}]"
        policy = None if value == CLEAR else _policy(value, where, DEFAULT_POLICIES, depth, faults)
        for name in _hardware_ids(str(key), where, faults):
            if name in found:
                faults.add(where, f'hardware id "{name}" is given twice')
            found[name] = policy
    return found


def _hardware_ids(text: str, where: str, faults: Faults) -> tuple[str, ...]:
    """Return the hardware ids of a model or product id, or the one that the text itself is, 24 characters each."""
    if unfilled(text):
        faults.add(where, f"{text!r} is a template that was not filled in")
        return ()
    try:
        return tuple(product.hardware_id for product in multipath_products(text))
    except ActivePassive as error:
        faults.add(where, str(error))
        return ()
    except UnknownModel as error:
        # A model may be known and still not tell the product; a hardware id is longer than any model.
        if len(text) < _SHORTEST_HARDWARE_ID:
            faults.add(where, str(error))
            return ()
    padded = pad_hardware_id(text, where, faults)
    return () if padded is None else (padded,)
