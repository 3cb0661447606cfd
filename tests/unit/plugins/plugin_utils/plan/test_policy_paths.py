# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Preferred path, states and weights of paths, told by where the paths go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    NOT_READ,
    Host,
    Known,
    MpioDisk,
    Policy,
    value_of,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Desired,
    LunPolicy,
    Place,
    WantedPath,
    WantedPolicies,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import SetPolicy
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.lun_paths import (
    AO,
    AU,
    FAILED,
    FOO,
    IDS,
    NIC_1,
    NIC_2,
    NOWHERE,
    OLD,
    ONE,
    PORTAL_22,
    STANDBY,
    SUBSET,
    WEIGHTED,
    host_with,
    plan_of,
    settings_of,
    shown,
)

FAIL_OVER: Mapping[str, tuple[LunPolicy, Host, list[tuple[int, int, int, bool]]]] = {
    "any-active": (LunPolicy(FOO), host_with(), [(0, 0, 0, True)]),
    "an-active-one-rather-than-standby": (LunPolicy(FOO), host_with((None, STANDBY, AO, AO)), [(2, 0, 0, True)]),
    "the-preferred-of-before": (LunPolicy(FOO), host_with(preferred={3}), [(3, 0, 0, True)]),
    "by-nic": (LunPolicy(FOO, NIC_2), host_with(), [(1, 0, 0, True)]),
    "by-nic-that-works": (LunPolicy(FOO, NIC_2), host_with((AO, FAILED, AO, AO)), [(3, 0, 0, True)]),
    "by-portal": (LunPolicy(FOO, PORTAL_22), host_with(), [(2, 0, 0, True)]),
    "by-nic-and-portal": (LunPolicy(FOO, replace(PORTAL_22, nic=NIC_1.nic)), host_with(), [(2, 0, 0, True)]),
    "L-20-the-present-active-path-is-demoted": (
        LunPolicy(FOO, PORTAL_22),
        host_with((AO, STANDBY, STANDBY, STANDBY), policy=FOO, preferred={0}),
        [(2, 0, 0, True), (0, 2, 0, False)],
    ),
    "a-standby-nic-is-not-active": (
        LunPolicy(FOO, None, (WantedPath(NIC_1, STANDBY),)),
        host_with((AO, STANDBY, STANDBY, STANDBY), policy=FOO),
        [(1, 0, 0, True), (0, 2, 0, False)],
    ),
    "an-active-nic-is-the-only-one": (LunPolicy(FOO, None, (WantedPath(NIC_2, AO),)), host_with(), [(1, 0, 0, True)]),
    "without-a-wish-the-method-is-told-of-no-preference": (LunPolicy(FOO), host_with(traits=OLD), [(0, 0, 0, False)]),
    "the-preferred-path-is-down-and-the-policy-comes-first": (
        LunPolicy(FOO, PORTAL_22),
        host_with((AO, AO, FAILED, AO)),
        [(0, 0, 0, False)],
    ),
}


@pytest.mark.parametrize(("wanted", "host", "expected"), FAIL_OVER.values(), ids=FAIL_OVER.keys())
def test_fail_over_only(wanted: LunPolicy, host: Host, expected: list[tuple[int, int, int, bool]]) -> None:
    assert shown(settings_of(plan_of(wanted, host))) == expected


OTHERS: Mapping[str, tuple[LunPolicy, Host, list[tuple[int, int, int, bool]]]] = {
    "no-wish-no-path": (LunPolicy(SUBSET), host_with(), []),
    "least-blocks-has-none": (LunPolicy(Policy.LEAST_BLOCKS), host_with(), []),
    "standby-by-nic": (
        LunPolicy(SUBSET, None, (WantedPath(NIC_2, STANDBY),)),
        host_with(),
        [(0, 0, 0, False), (1, 2, 0, False), (2, 0, 0, False), (3, 2, 0, False)],
    ),
    "the-first-wish-counts": (
        LunPolicy(SUBSET, None, (WantedPath(PORTAL_22, AO), WantedPath(NIC_1, STANDBY))),
        host_with(),
        [(0, 2, 0, False), (1, 0, 0, False), (2, 0, 0, False), (3, 0, 0, False)],
    ),
    "others-keep-their-state": (
        LunPolicy(SUBSET, None, (WantedPath(PORTAL_22, AO),)),
        host_with((AO, AO, STANDBY, STANDBY), policy=SUBSET),
        [(0, 0, 0, False), (1, 0, 0, False), (2, 0, 0, False), (3, 2, 0, False)],
    ),
    "a-failed-path-is-not-named-to-the-tool": (
        LunPolicy(SUBSET, None, (WantedPath(NIC_1, STANDBY),)),
        host_with((FAILED, AO, AO, AO)),
        [(1, 0, 0, False), (2, 2, 0, False), (3, 0, 0, False)],
    ),
    "a-failed-path-is-named-to-the-method": (
        LunPolicy(SUBSET, None, (WantedPath(NIC_1, STANDBY),)),
        host_with((FAILED, AO, AO, AO), OLD),
        [(0, 2, 0, False), (1, 0, 0, False), (2, 2, 0, False), (3, 0, 0, False)],
    ),
    "weights": (
        LunPolicy(WEIGHTED, None, (WantedPath(NIC_1, weight=5), WantedPath(NIC_2, weight=25))),
        host_with(),
        [(0, 0, 5, False), (1, 0, 25, False), (2, 0, 5, False), (3, 0, 25, False)],
    ),
    "other-weights-stay": (
        LunPolicy(WEIGHTED, None, (WantedPath(PORTAL_22, weight=5),)),
        host_with(policy=WEIGHTED, weights=(1, 2, 3, 4)),
        [(0, 0, 1, False), (1, 0, 2, False), (2, 0, 5, False), (3, 0, 4, False)],
    ),
    "weights-with-asymmetric-access": (
        LunPolicy(WEIGHTED, None, (WantedPath(NIC_1, weight=5),)),
        host_with((AO, AO, AU, AU), alua=True),
        [(0, 0, 5, False), (1, 0, 0, False), (2, 1, 5, False), (3, 1, 0, False)],
    ),
    "fail-over-only-leaves-no-states-to-weights": (
        LunPolicy(WEIGHTED, None, (WantedPath(NIC_1, weight=5),)),
        host_with((AO, STANDBY, AU, STANDBY), alua=True, policy=FOO, groups=(AO, AO, AU, AU)),
        [(0, 0, 5, False), (1, 0, 0, False), (2, 1, 5, False), (3, 1, 0, False)],
    ),
    "nor-to-a-subset": (
        LunPolicy(SUBSET, None, (WantedPath(PORTAL_22, STANDBY),)),
        host_with((AO, STANDBY, STANDBY, STANDBY), alua=True, policy=FOO, groups=(AO, AO, AU, AU)),
        [(0, 0, 0, False), (1, 0, 0, False), (2, 2, 0, False), (3, 1, 0, False)],
    ),
    "of-a-fail-over-only-whose-port-groups-nobody-tells": (
        LunPolicy(WEIGHTED, None, (WantedPath(NIC_1, weight=5),)),
        host_with((AO, STANDBY, STANDBY, STANDBY), alua=True, policy=FOO),
        [(0, 0, 5, False), (1, 0, 0, False), (2, 0, 5, False), (3, 0, 0, False)],
    ),
    "a-failed-path-is-named-in-the-state-of-its-port-group": (
        LunPolicy(WEIGHTED, None, (WantedPath(NIC_1, weight=5),)),
        host_with((AO, AO, FAILED, AU), OLD, alua=True, groups=(AO, AO, AU, AU)),
        [(0, 0, 5, False), (1, 0, 0, False), (2, 1, 5, False), (3, 1, 0, False)],
    ),
}


@pytest.mark.parametrize(("wanted", "host", "expected"), OTHERS.values(), ids=OTHERS.keys())
def test_states_and_weights(wanted: LunPolicy, host: Host, expected: list[tuple[int, int, int, bool]]) -> None:
    assert shown(settings_of(plan_of(wanted, host))) == expected


AS_WISHED: Mapping[str, tuple[LunPolicy, Host]] = {
    "preferred": (LunPolicy(FOO, NIC_2), host_with((STANDBY, STANDBY, STANDBY, AO), policy=FOO, preferred={3})),
    "preferred-though-another-is-active": (
        LunPolicy(FOO, NIC_2),
        host_with((AO, STANDBY, STANDBY, STANDBY), policy=FOO, preferred={3}),
    ),
    "no-wish-of-paths": (LunPolicy(FOO), host_with((AO, STANDBY, STANDBY, STANDBY), policy=FOO)),
    "states": (
        LunPolicy(SUBSET, None, (WantedPath(NIC_2, STANDBY),)),
        host_with((AO, STANDBY, AO, STANDBY), policy=SUBSET),
    ),
    "unoptimised-is-standing-by": (
        LunPolicy(SUBSET, None, (WantedPath(NIC_2, STANDBY),)),
        host_with((AO, AU, AO, AU), policy=SUBSET, alua=True),
    ),
    "a-failed-path-tells-nothing": (
        LunPolicy(WEIGHTED, None, (WantedPath(NIC_2, weight=7),)),
        host_with((AO, FAILED, AO, AO), policy=WEIGHTED, weights=(0, None, 0, 7)),
    ),
}


@pytest.mark.parametrize(("wanted", "host"), AS_WISHED.values(), ids=AS_WISHED.keys())
def test_a_second_run_changes_nothing(wanted: LunPolicy, host: Host) -> None:
    plan = plan_of(wanted, host)
    assert (plan.steps, plan.findings) == ((), ())


DRIFT: Mapping[str, tuple[LunPolicy, Host, str]] = {
    "preferred": (
        LunPolicy(FOO, NIC_2),
        host_with((AO, STANDBY, STANDBY, STANDBY), policy=FOO, preferred={0}),
        "its preferred path is not the one from NIC 10.10.2.11",
    ),
    "two-preferred": (
        LunPolicy(FOO, PORTAL_22),
        host_with((AO, STANDBY, STANDBY, STANDBY), policy=FOO, preferred={0, 2}),
        "its preferred path is not the one to target portal 10.10.1.22:3260",
    ),
    "active": (
        LunPolicy(FOO, None, (WantedPath(NIC_1, STANDBY),)),
        host_with((AO, STANDBY, STANDBY, STANDBY), policy=FOO),
        "its active path is another one than wished",
    ),
    "state": (
        LunPolicy(SUBSET, None, (WantedPath(PORTAL_22, STANDBY),)),
        host_with(policy=SUBSET),
        "the path 10.10.1.11 -> 10.10.1.22:3260 is active instead of standby",
    ),
    "weight": (
        LunPolicy(WEIGHTED, None, (WantedPath(PORTAL_22, weight=9),)),
        host_with(policy=WEIGHTED),
        "the path 10.10.1.11 -> 10.10.1.22:3260 has weight 0 instead of 9",
    ),
}


@pytest.mark.parametrize(("wanted", "host", "reason"), DRIFT.values(), ids=DRIFT.keys())
def test_what_differs_is_the_reason_of_the_step(wanted: LunPolicy, host: Host, reason: str) -> None:
    (step,) = plan_of(wanted, host).ready
    assert step.reason == reason


def test_on_2003_the_active_path_stands_for_the_preferred_one() -> None:
    """The first version of the class knows no preference."""
    host = host_with((AO, STANDBY, STANDBY, STANDBY), replace(OLD, release="2003"), policy=FOO)
    disk = value_of(host.disks)[0]
    untold = replace(disk, paths=tuple(replace(path, preferred=None) for path in disk.paths))
    host = replace(host, disks=Known((untold,)))
    assert plan_of(LunPolicy(FOO, NIC_1), host).steps == ()
    assert shown(settings_of(plan_of(LunPolicy(FOO, NIC_2), host))) == [(1, 0, 0, True), (0, 2, 0, False)]


WAITS: Mapping[str, tuple[LunPolicy, Host, str]] = {
    "preferred-path-down": (
        LunPolicy(FOO, PORTAL_22),
        host_with((AO, STANDBY, FAILED, STANDBY), policy=FOO),
        "its policy waits: the preferred path to target portal 10.10.1.22:3260 does not work now",
    ),
    "no-path": (
        LunPolicy(FOO),
        host_with((FAILED, None, FAILED, FAILED)),
        "its policy waits: fail over only needs an active path, and none works that may be it",
    ),
    "no-path-that-may-be-active": (
        LunPolicy(FOO, None, (WantedPath(NIC_1, AO),)),
        host_with((FAILED, AO, FAILED, AO)),
        "its policy waits: fail over only needs an active path, and none works that may be it",
    ),
    "none-would-be-active": (
        LunPolicy(SUBSET, None, (WantedPath(NIC_1, STANDBY), WantedPath(NIC_2, STANDBY))),
        host_with(),
        "its policy waits: with the wished states none of its working paths would be active",
    ),
    "id-of-a-failed-path-is-told-nowhere": (
        LunPolicy(SUBSET),
        host_with((AO, FAILED, AO, AO), OLD, ids=(IDS[0], 0, IDS[2], IDS[3])),
        "neither its policy nor MPIO's descriptor tells that of the failed path at port",
    ),
    "state-of-the-port-group-of-a-failed-path-is-told-nowhere": (
        LunPolicy(SUBSET),
        host_with((AO, FAILED, AU, AU), OLD, alua=True, groups=(AO, None, AU, AU)),
        "the DSM wants every path in the state of its target port group, and Windows does not tell that of the failed",
    ),
    "same-id-twice": (
        LunPolicy(SUBSET),
        host_with(traits=OLD, ids=(IDS[0], IDS[0], IDS[2], IDS[3])),
        "its policy waits: Windows gives two of its paths the same id",
    ),
    "no-instance": (LunPolicy(SUBSET), host_with(traits=OLD, instance=""), "Windows does not tell its paths"),
}


@pytest.mark.parametrize(("wanted", "host", "text"), WAITS.values(), ids=WAITS.keys())
def test_what_cannot_be_now_waits_with_its_reason(wanted: LunPolicy, host: Host, text: str) -> None:
    plan = plan_of(wanted, host)
    (finding,) = plan.findings
    assert (plan.steps, finding.severity, finding.where) == ((), Severity.PROBLEM, f"LUN {ONE}")
    assert text in finding.text


def test_one_lun_waits_and_the_others_go() -> None:
    host = host_with((AO, FAILED, AO, AO), OLD, ids=(IDS[0], 0, IDS[2], IDS[3]))
    other: MpioDisk = replace(host_with().disks.value[0], wwn="F" * 32)  # type: ignore[union-attr]
    host = replace(host, disks=Known((*value_of(host.disks), other)))
    wanted = WantedPolicies(None, {ONE: LunPolicy(SUBSET), "F" * 32: LunPolicy(SUBSET)})
    plan = plan_host(Desired(policies=wanted), host)
    assert [step.subject for step in plan.ready] == [f"LUN {'F' * 32}"]
    assert [finding.where for finding in plan.findings] == [f"LUN {ONE}"]


def test_the_tool_does_not_care_for_the_id_of_a_failed_path() -> None:
    host = host_with((AO, FAILED, AO, AO), ids=(IDS[0], 0, IDS[2], IDS[3]))
    assert shown(settings_of(plan_of(LunPolicy(FOO), host))) == [(0, 0, 0, True)]


PORTALS = "10.10.1.21:3260, 10.10.1.22:3260, 10.10.2.21:3260, 10.10.2.22:3260"


@pytest.mark.parametrize(
    ("place", "words", "there"),
    [
        (NOWHERE, "to target portal 10.10.9.9:3260", f"to target portal {PORTALS}"),
        (
            replace(NIC_2, portal=PORTAL_22.portal),
            "from NIC 10.10.2.11 to target portal 10.10.1.22:3260",
            f"from NIC 10.10.1.11, 10.10.2.11 to target portal {PORTALS}",
        ),
        (Place(controller="A"), "to controller A", "to controller target port group 1, target port group 2"),
    ],
)
def test_a_place_that_no_path_goes_to_is_named(place: Place, words: str, there: str) -> None:
    plan = plan_of(LunPolicy(FOO, place), host_with())
    assert [str(finding) for finding in plan.findings] == [
        f"LUN {ONE}: the policy wished for it names paths {words}, and none of its paths goes there: they go {there};"
        " correct the place"
    ]
    assert {finding.side for finding in plan.findings} == {Side.WISH}
    assert len(plan.ready) == 1, "the policy itself can be set"


def test_controllers_are_declared_or_target_port_groups() -> None:
    where = layout()
    array = where.arrays[0]
    portals = tuple(replace(one, controller="B" if one.portal == PORTAL_22.portal else "A") for one in array.portals)
    where = replace(where, arrays=(replace(array, portals=portals),))
    plan = plan_of(LunPolicy(FOO, Place(controller="B")), host_with(), layout=where)
    assert shown([one for step in plan.ready if isinstance(step, SetPolicy) for one in step.paths]) == [(2, 0, 0, True)]
    groups = [path.target_port_group for path in value_of(converged().host().disks)[0].paths]
    by_group = LunPolicy(FOO, Place(controller=f"target port group {groups[-1]}"))
    assert shown(settings_of(plan_of(by_group, host_with())))[0][0] == groups.index(groups[-1])


def test_a_step_says_what_is_wished_of_paths() -> None:
    wanted = LunPolicy(FOO, NIC_1, (WantedPath(PORTAL_22, STANDBY),))
    (step,) = plan_of(wanted, host_with()).ready
    assert step.becomes == (
        "policy failover_only, preferred path from NIC 10.10.1.11, to target portal 10.10.1.22:3260 standby"
    )
    (step,) = plan_of(LunPolicy(WEIGHTED, None, (WantedPath(NIC_1, weight=3),)), host_with()).ready
    assert step.becomes == "policy weighted_paths, from NIC 10.10.1.11 weight 3"


def test_where_paths_go_must_be_known() -> None:
    host = replace(host_with(), sessions=NOT_READ)
    plan = plan_of(LunPolicy(FOO, NIC_1), host)
    assert plan.steps == ()
    assert "where its paths go is not known" in plan.findings[0].text


def test_where_no_controller_is_known_that_is_said() -> None:
    host = host_with()
    disk = value_of(host.disks)[0]
    blind = replace(disk, paths=tuple(replace(path, target_port_group=None) for path in disk.paths))
    plan = plan_of(LunPolicy(FOO, Place(controller="A")), replace(host, disks=Known((blind,))))
    assert (
        "names paths to controller A, and none of its paths goes there: they go to no controller that is known"
        in str(plan.findings[0])
    )
