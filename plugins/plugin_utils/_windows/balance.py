# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a DSM says of a disk: its policy and the states of its paths. Private to the collection.

There are two versions of the class. The Microsoft iSCSI DSM of 2003 has the first one only, which knows active paths
and others, and no asymmetric access (windows-driver-docs dsm-*; Microsoft's "How to query the MPIO policy").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .._model import PathState, Policy
from .._wire.instance import Instance
from . import classes
from .reading import counted
from .text import mpclaim


@dataclass(frozen=True)
class PathFacts:
    """What a DSM says of a path."""

    state: PathState | None = None
    weight: int | None = None
    preferred: bool | None = None
    target_port_group: int | None = None
    target_port_group_state: PathState | None = None


@dataclass(frozen=True)
class Balance:
    """What a DSM says of a disk."""

    policy: Policy | None = None
    alua: bool | None = None
    paths: Mapping[int, PathFacts] = field(default_factory=dict)
    """By path id."""
    nameless: int = 0
    """Failed paths whose id it does not tell: DsmPathId is 0 then, and mpclaim leaves them out."""
    nameless_state: PathState | None = None
    """The state of their target port groups, where it is the same for all of them."""


def balance_of(row: mpclaim.Row, detail: mpclaim.Detail) -> Balance:
    """Turn mpclaim's description of a disk into what its DSM says of it."""
    paths = {
        path.id: PathFacts(path.state, path.weight, path.preferred, path.group, path.group_state)
        for path in detail.paths
    }
    return Balance(row.policy, detail.alua, paths, detail.announced - len(paths) if paths else 0)


def balances_of(instances: Iterable[Instance]) -> Mapping[str, Balance]:
    """Turn instances of either version of the class into what the DSMs say, by folded instance name."""
    return {folded(instance): _balance(instance) for instance in instances}


def folded(instance: Instance) -> str:
    """Return the instance name by which a disk's classes are joined, letter case aside."""
    return (instance.text("InstanceName") or "").casefold()


def _balance(instance: Instance) -> Balance:
    policy = instance.embedded("LoadBalancePolicy")
    if policy is None:
        return Balance()
    second = instance.schema is classes.LOAD_BALANCE_V2
    facts = _facts if second else _facts_v1
    number, paths = policy.integer("LoadBalancePolicy"), counted(policy, "DSM_Paths", "DSMPathCount")
    nameless = [path for path in paths if not path.integer("DsmPathId")]
    states = {_group_state(path) for path in nameless} if second else set()
    return Balance(
        policy=next((known for known in Policy if known.value == number), None),
        # The Microsoft iSCSI DSM takes every target for active/active (HP P6350 user guide, page 100).
        alua=_alua(paths) if second else False,
        paths={identifier: facts(path) for path in paths if (identifier := path.integer("DsmPathId"))},
        nameless=len(nameless),
        nameless_state=states.pop() if len(states) == 1 else None,
    )


def _facts_v1(path: Instance) -> PathFacts:
    active = path.integer("PrimaryPath")
    return PathFacts(PathState.ACTIVE_OPTIMIZED if active else PathState.STANDBY, path.integer("PathWeight"))


def _alua(paths: Iterable[Instance]) -> bool | None:
    told = [path for path in paths if not path.integer("FailedPath")]
    if not told:
        return None
    return any(path.integer("ALUASupport") and not path.integer("SymmetricLUA") for path in told)


def _facts(path: Instance) -> PathFacts:
    return PathFacts(
        state=_state(path),
        weight=path.integer("PathWeight"),
        preferred=bool(path.integer("PreferredPath")),
        target_port_group=path.integer("TargetPortGroup_Identifier") if path.integer("ALUASupport") else None,
        target_port_group_state=_group_state(path),
    )


def _group_state(path: Instance) -> PathState | None:
    # The numbers of SPC are those of mpclaim; 16 is "not used" (windows-driver-docs, MPIO_DSM_Path_V2).
    number = path.integer("TargetPortGroup_State") if path.integer("ALUASupport") else None
    return next((state for state in PathState if state.value == number), None)


def _state(path: Instance) -> PathState:
    # The two flags make four states (windows-driver-docs, MPIO_DSM_Path_V2; Windows driver sample msdsm).
    if path.integer("FailedPath"):
        return PathState.FAILED
    primary, optimized = path.integer("PrimaryPath"), path.integer("OptimizedPath")
    if primary:
        return PathState.ACTIVE_OPTIMIZED if optimized else PathState.ACTIVE_UNOPTIMIZED
    return PathState.STANDBY if optimized else PathState.UNAVAILABLE
