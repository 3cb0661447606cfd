# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host whose first LUN has the paths that a test wants, and what a plan names of them."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    NOT_READ,
    Host,
    Known,
    PathState,
    Policy,
    TargetPortal,
    Traits,
    value_of,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Desired,
    LunPolicy,
    Place,
    WantedPolicies,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Plan
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import PathSetting, SetPolicy
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged, fresh, portal

ONE = fresh().arrays[0].luns[0].wwn
FOO, SUBSET, WEIGHTED, RR = (
    Policy.FAILOVER_ONLY,
    Policy.ROUND_ROBIN_WITH_SUBSET,
    Policy.WEIGHTED_PATHS,
    Policy.ROUND_ROBIN,
)
AO, AU, STANDBY, FAILED = (
    PathState.ACTIVE_OPTIMIZED,
    PathState.ACTIVE_UNOPTIMIZED,
    PathState.STANDBY,
    PathState.FAILED,
)
NIC_1, NIC_2 = (Place(nic=ip_address(f"10.10.{n}.11")) for n in (1, 2))
"""The NICs of the paths 0 and 2, and of 1 and 3."""
PORTAL_22 = Place(portal=portal("10.10.1.22"))
"""The portal of path 2."""
NOWHERE = Place(portal=TargetPortal(ip_address("10.10.9.9")))
IDS = [path.id for path in value_of(converged().host().disks)[0].paths]
OLD = Traits("2008", policy_tool=False)


def host_with(
    states: Sequence[PathState | None] = (AO, AO, AO, AO), traits: Traits | None = None, **other: t.Any
) -> Host:
    """A host whose first LUN has these paths; ``preferred``, ``weights`` and ``groups`` are of the paths by number."""
    preferred, weights = other.pop("preferred", ()), other.pop("weights", (0, 0, 0, 0))
    ids, groups = other.pop("ids", IDS), other.pop("groups", (None,) * 4)
    host = replace(converged().host(), disk_use=NOT_READ)
    disk = value_of(host.disks)[0]
    paths = tuple(
        replace(path, state=state, preferred=number in preferred, weight=weight, id=name, target_port_group_state=group)
        for number, (path, state, weight, name, group) in enumerate(
            zip(disk.paths, states, weights, ids, groups, strict=True)
        )
    )
    disk = replace(disk, **{"alua": False, "policy": RR, "paths": paths, **other})
    return replace(host, disks=Known((disk,)), traits=traits or host.traits)


def plan_of(wanted: LunPolicy, host: Host, **desired: t.Any) -> Plan:
    return plan_host(Desired(policies=WantedPolicies(None, {ONE: wanted}), **desired), host)


def settings_of(plan: Plan) -> list[PathSetting]:
    """The paths that the one step of a plan names."""
    (step,) = plan.ready
    assert isinstance(step, SetPolicy)
    assert plan.findings == ()
    return list(step.paths)


def shown(settings: Sequence[PathSetting]) -> list[tuple[int, int, int, bool]]:
    """Number of the path, state, weight and preferred."""
    return [(IDS.index(one.id), one.state.value, one.weight, one.preferred) for one in settings]
