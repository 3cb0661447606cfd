# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies of LUNs whose paths are asymmetric, and states that were set before and stay."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Host,
    Policy,
    Traits,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    LunPolicy,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import SetPolicy
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.lun_paths import (
    AO,
    AU,
    FOO,
    OLD,
    PORTAL_22,
    STANDBY,
    SUBSET,
    host_with,
    plan_of,
    settings_of,
    shown,
)


@pytest.mark.parametrize("traits", [None, OLD], ids=["tool", "method"])
@pytest.mark.parametrize("before", [FOO, SUBSET])
def test_with_asymmetric_access_the_array_decides_which_path_is_active(traits: Traits | None, before: Policy) -> None:
    """The path that is wished for is preferred, and an optimised one is used; the method would refuse anything else."""
    states = (AO, STANDBY, STANDBY, STANDBY) if before is FOO else (AO, AO, AU, AU)
    host = host_with(states, traits, alua=True, policy=before, groups=(AO, AO, AU, AU))
    plan = plan_of(LunPolicy(FOO, PORTAL_22), host)
    (step,) = plan.ready
    assert isinstance(step, SetPolicy)
    assert shown(step.paths) == [(0, 0, 0, False), (2, 2, 0, True)]
    (note,) = plan.findings
    assert (note.severity, note.text) == (
        Severity.NOTE,
        "its preferred path to target portal 10.10.1.22:3260 is one that the array does not have optimised: the path"
        " 10.10.1.11 -> 10.10.1.21:3260 is used while the array has it so",
    )
    done = host_with(
        (AO, STANDBY, STANDBY, STANDBY), traits, alua=True, policy=FOO, preferred={2}, groups=(AO, AO, AU, AU)
    )
    again = plan_of(LunPolicy(FOO, PORTAL_22), done)
    assert (again.steps, [finding.severity for finding in again.findings]) == ((), [Severity.NOTE])


def test_where_no_path_is_optimised_the_wish_is_tried() -> None:
    """An array that lets hosts decide (explicit) takes it."""
    host = host_with((AU, AU, AU, AU), alua=True, policy=SUBSET, groups=(AU, AU, AU, AU))
    assert shown(settings_of(plan_of(LunPolicy(FOO, PORTAL_22), host))) == [(2, 0, 0, True)]


SUBSETS: Mapping[str, tuple[Host, bool]] = {
    "all-active": (host_with(policy=SUBSET), False),
    "standby-without-asymmetric-access": (host_with((AO, STANDBY, AO, AO), policy=SUBSET), True),
    "standby-though-its-port-group-is-not": (
        host_with((AO, STANDBY, AU, AU), alua=True, policy=SUBSET, groups=(AO, AO, AU, AU)),
        True,
    ),
    "as-its-port-group": (
        host_with((AO, AO, STANDBY, STANDBY), alua=True, policy=SUBSET, groups=(AO, AO, STANDBY, STANDBY)),
        False,
    ),
}


@pytest.mark.parametrize(("host", "said"), SUBSETS.values(), ids=SUBSETS.keys())
def test_a_path_that_was_put_aside_before_is_named(host: Host, said: bool) -> None:
    """Windows keeps states, so taking a wish back gives no path back."""
    plan = plan_of(LunPolicy(SUBSET), host)
    assert plan.steps == ()
    assert [finding.severity for finding in plan.findings] == [Severity.NOTE] * said
    assert all("10.10.2.11 -> 10.10.2.21:3260 stands by" in finding.text for finding in plan.findings)
