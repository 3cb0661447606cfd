# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Defaults of the Microsoft DSM, policies of a LUN's own, patterns, and raw disks."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    NOT_READ,
    DiskUse,
    Host,
    Known,
    PathState,
    Policy,
    PolicyDefaults,
    Traits,
    value_of,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Desired,
    LunPolicy,
    Place,
    WantedPath,
    WantedPaths,
    WantedPolicies,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_needed, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Plan, Severity, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.proof import prove_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import SetDefaultPolicy, SetPolicy, Step
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged, fresh, prepared
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import SERVER_2003, Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import P6300, layout, whole

ONE, TWO = (lun.wwn for lun in fresh().arrays[0].luns)
FOO, RR, SUBSET, LEAST = (
    Policy.FAILOVER_ONLY,
    Policy.ROUND_ROBIN,
    Policy.ROUND_ROBIN_WITH_SUBSET,
    Policy.LEAST_BLOCKS,
)
CLEAR, STANDBY = LunPolicy(None), PathState.STANDBY


def host_of(truth: Truth | None = None, **parts: t.Any) -> Host:
    return replace((truth or converged()).host(), **{"disk_use": NOT_READ, **parts})


def plan_of(wanted: WantedPolicies, host: Host | None = None) -> Plan:
    return plan_host(Desired(policies=wanted), host or host_of())


def with_defaults(
    overall: Policy | None = None, by_id: tuple[tuple[str, Policy], ...] = (), own: tuple[str, ...] = ()
) -> Host:
    return host_of(policy_defaults=Known(PolicyDefaults(overall, by_id, own)))


def default_step(hardware_id: str | None, policy: Policy | None) -> Step:
    return SetDefaultPolicy(hardware_id, policy, reason="")


DEFAULTS: dict[str, tuple[WantedPolicies, Host, list[Step]]] = {
    "overall": (WantedPolicies(overall=RR), with_defaults(), [default_step(None, RR)]),
    "overall-is-there": (WantedPolicies(overall=RR), with_defaults(RR), []),
    "another-overall": (WantedPolicies(overall=LEAST), with_defaults(RR), [default_step(None, LEAST)]),
    "no-overall": (WantedPolicies(no_overall=True), with_defaults(RR), [default_step(None, None)]),
    "no-overall-is-there": (WantedPolicies(no_overall=True), with_defaults(), []),
    "overall-not-wished": (WantedPolicies(), with_defaults(LEAST), []),
    "by-id": (WantedPolicies(by_hardware_id={P6300: RR}), with_defaults(), [default_step(P6300, RR)]),
    "by-id-is-there": (WantedPolicies(by_hardware_id={P6300: RR}), with_defaults(None, ((P6300, RR),)), []),
    "by-id-in-another-spelling": (
        WantedPolicies(by_hardware_id={P6300: RR}),
        with_defaults(None, ((P6300.lower(), RR),)),
        [],
    ),
    "by-id-taken-away": (
        WantedPolicies(by_hardware_id={P6300: None}),
        with_defaults(None, ((P6300, RR),)),
        [default_step(P6300, None)],
    ),
    "by-id-gone-already": (WantedPolicies(by_hardware_id={P6300: None}), with_defaults(), []),
}


@pytest.mark.parametrize(("wanted", "host", "expected"), DEFAULTS.values(), ids=DEFAULTS.keys())
def test_defaults(wanted: WantedPolicies, host: Host, expected: list[Step]) -> None:
    assert list(plan_of(wanted, host).ready) == expected


def test_defaults_come_before_the_policies_of_luns() -> None:
    plan = plan_of(WantedPolicies(LunPolicy(FOO), overall=RR))
    assert [type(step) for step in plan.ready] == [SetDefaultPolicy, SetPolicy, SetPolicy]


@pytest.mark.parametrize("wanted", [WantedPolicies(overall=RR), WantedPolicies(LunPolicy(SUBSET), explicit=True)])
def test_unknown_defaults_block(wanted: WantedPolicies) -> None:
    plan = plan_of(wanted, host_of(converged(hidden=frozenset({"policy_defaults"}))))
    assert plan.steps == ()
    assert all("policy_defaults cannot be read here" in finding.text for finding in plan.findings)
    assert plan.findings


@pytest.mark.parametrize(
    "wanted",
    [WantedPolicies(overall=RR), WantedPolicies(no_overall=True), WantedPolicies(by_hardware_id={P6300: RR})],
)
def test_l_24_without_a_tool_defaults_are_refused(wanted: WantedPolicies) -> None:
    host = replace(host_of(), traits=Traits("2008", policy_tool=False))
    plan = plan_of(wanted, host)
    (finding,) = plan.of(Severity.REFUSAL)
    assert (finding.side, finding.where) == (Side.WISH, "default policies of the Microsoft DSM")
    assert "2008 R2" in finding.text
    assert plan.steps == ()


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        (WantedPolicies(by_hardware_id={P6300: LEAST}), f'default policy of "{P6300}"'),
        (WantedPolicies(overall=LEAST), "default policy of the Microsoft DSM"),
        (WantedPolicies(by_pattern=(("6001*", LunPolicy(LEAST)),)), "policy of LUNs 6001*"),
    ],
)
def test_a_policy_that_the_release_lacks_is_refused_at_every_level(wanted: WantedPolicies, where: str) -> None:
    host = replace(host_of(), traits=Traits(policies=frozenset({FOO, RR})))
    assert where in [finding.where for finding in plan_of(wanted, host).of(Severity.REFUSAL)]


def test_l_21_a_default_that_does_not_reach_a_lun_is_told_and_drift_remains() -> None:
    """Both LUNs have round robin with subset; whether a changed default reaches them differs between sources."""
    host = with_defaults(LEAST)
    told = plan_of(WantedPolicies(overall=LEAST), host)
    assert told.steps == ()
    assert [finding.severity for finding in told.findings] == [Severity.NOTE, Severity.NOTE]
    assert (
        "it has round_robin_with_subset although the default of the Microsoft DSM is least_blocks"
        in told.findings[0].text
    )
    own = plan_of(WantedPolicies(LunPolicy(LEAST), overall=LEAST), host)
    assert [step.subject for step in own.ready] == [f"LUN {ONE}", f"LUN {TWO}"]
    assert own.findings == ()


def test_nothing_is_said_while_a_default_is_still_to_be_set() -> None:
    assert plan_of(WantedPolicies(overall=FOO), with_defaults(LEAST)).findings == ()


def test_luns_of_their_own_policy_are_not_reached_by_defaults() -> None:
    host = with_defaults(LEAST, own=(ONE, TWO))
    assert plan_of(WantedPolicies(overall=LEAST), host).findings == ()


@pytest.mark.parametrize(("own", "expected"), [((), []), ((TWO,), [TWO]), ((ONE, TWO), [ONE, TWO])])
def test_clear_takes_away_what_was_set(own: tuple[str, ...], expected: list[str]) -> None:
    plan = plan_of(WantedPolicies(CLEAR), with_defaults(own=own))
    assert list(plan.ready) == [SetPolicy(wwn, None, reason="") for wwn in expected]
    assert all(step.becomes == "no policy of its own" for step in plan.ready)


def test_clear_of_a_lun_that_appears_is_no_step() -> None:
    plan = plan_host(whole(policies=WantedPolicies(CLEAR)), prepared().host())
    assert not [item for item in plan.steps if isinstance(item.step, SetPolicy)]


def test_a_lun_right_by_a_default_is_made_explicit() -> None:
    host = with_defaults(SUBSET, own=(TWO,))
    assert plan_of(WantedPolicies(LunPolicy(SUBSET)), host).steps == ()
    (step,) = plan_of(WantedPolicies(LunPolicy(SUBSET), explicit=True), host).ready
    assert step == SetPolicy(ONE, SUBSET, reason="")
    assert step.was == "policy round_robin_with_subset by default"
    assert step.reason == "it has the policy by the default of the Microsoft DSM, and shall have it as its own"


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        (WantedPolicies(CLEAR), "clear"),
        (WantedPolicies(None, {ONE: CLEAR}), "clear"),
        (WantedPolicies(LunPolicy(RR), explicit=True), "explicit_policies"),
    ],
)
def test_on_2003_nobody_can_tell_whose_a_policy_is(wanted: WantedPolicies, where: str) -> None:
    plan = plan_of(wanted, host_of(converged(traits=SERVER_2003)))
    assert [(finding.severity, finding.where) for finding in plan.findings] == [(Severity.REFUSAL, where)]
    assert plan.steps == ()


def test_a_pattern_stands_between_wwn_and_default() -> None:
    wanted = WantedPolicies(
        LunPolicy(FOO),
        {ONE: LunPolicy(LEAST)},
        ((f"{ONE[:8]}*", LunPolicy(RR)), ("*", LunPolicy(SUBSET))),
    )
    host = host_of()
    host = replace(host, disks=Known(tuple(replace(disk, alua=False) for disk in value_of(host.disks))))
    assert [(step.subject, step.becomes) for step in plan_of(wanted, host).ready] == [
        (f"LUN {ONE}", "policy least_blocks"),
        (f"LUN {TWO}", "policy round_robin"),
    ]


def test_a_pattern_does_not_reach_other_arrays() -> None:
    host = host_of()
    host = replace(
        host, disks=Known(tuple(replace(disk, vendor="ibm", product="2145") for disk in value_of(host.disks)))
    )
    assert plan_of(WantedPolicies(by_pattern=(("*", LunPolicy(FOO)),)), host).steps == ()


def test_each_policy_that_luns_to_come_may_get_is_announced() -> None:
    wanted = WantedPolicies(LunPolicy(FOO), {}, (("60014380*", LunPolicy(LEAST)),))
    plan = plan_host(whole(policies=wanted), prepared().host())
    announced = [item.step for item in plan.steps if isinstance(item.step, SetPolicy)]
    assert announced == [SetPolicy(None, LEAST, reason=""), SetPolicy(None, FOO, reason="")]


def proof_of(wanted: WantedPolicies, host: Host) -> list[str]:
    """What is against the proof, besides notes."""
    proofs = prove_host(layout(), wanted, host)
    return [str(finding) for finding in proofs.findings if finding.severity is not Severity.NOTE]


AGAINST: dict[str, tuple[WantedPolicies, Host, list[str]]] = {
    "as-wished": (WantedPolicies(LunPolicy(SUBSET), overall=RR), with_defaults(RR), []),
    "default-of-the-dsm": (
        WantedPolicies(overall=RR),
        with_defaults(LEAST),
        ["Microsoft DSM: it has default policy least_blocks instead of default policy round_robin"],
    ),
    "default-of-an-id": (
        WantedPolicies(by_hardware_id={P6300: RR}),
        with_defaults(),
        [f'hardware id "{P6300}": it has no default policy instead of default policy round_robin'],
    ),
    "explicit": (
        WantedPolicies(LunPolicy(SUBSET), explicit=True),
        with_defaults(own=(ONE,)),
        [f"LUN {TWO}: its policy is a default, and it shall have it as its own"],
    ),
    "clear": (
        WantedPolicies(CLEAR),
        with_defaults(own=(ONE,)),
        [f"LUN {ONE}: it has a policy of its own and shall have none"],
    ),
    "unknown": (
        WantedPolicies(None, {ONE: CLEAR}),
        host_of(converged(hidden=frozenset({"policy_defaults"}))),
        [f"LUN {ONE}: whether it has a policy of its own is not known"],
    ),
    "another-policy": (
        WantedPolicies(None, {ONE: LunPolicy(FOO)}),
        with_defaults(),
        [f"LUN {ONE}: its policy is round_robin_with_subset instead of failover_only"],
    ),
    "paths": (
        WantedPolicies(None, {ONE: LunPolicy(SUBSET, None, (WantedPath(Place(controller="C"), STANDBY),))}),
        with_defaults(),
        [
            f"LUN {ONE}: the policy wished for it names paths to controller C, and none of its paths goes there: they"
            " go to controller target port group 1, target port group 2; correct the place"
        ],
    ),
}


@pytest.mark.parametrize(("wanted", "host", "expected"), AGAINST.values(), ids=AGAINST.keys())
def test_the_proof_looks_at_policies_in_full(wanted: WantedPolicies, host: Host, expected: list[str]) -> None:
    assert proof_of(wanted, host) == expected


USES = {
    "raw": (DiskUse(2, False, "it is online and has no partition", offline=False), 1),
    "partitions": (DiskUse(2, True, "it is online and has 1 partition", offline=False), 0),
    "offline": (DiskUse(2, False, "it is offline", offline=True), 0),
    "not-told": (DiskUse(2, False, "it has no partition"), 0),
}


@pytest.mark.parametrize(("use", "notes"), USES.values(), ids=USES.keys())
def test_a_raw_disk_wants_fail_over_only(use: DiskUse, notes: int) -> None:
    host = host_of(disk_use=Known((use,)))
    number = {
        device.number for session in value_of(host.sessions) for device in session.disks if device.number is not None
    }
    assert 2 in number
    plan = plan_of(WantedPolicies(LunPolicy(SUBSET)), host)
    assert [finding.severity for finding in plan.findings] == [Severity.NOTE] * notes
    assert all("failover_only (HP MPX200 user guide, page 97)" in finding.text for finding in plan.findings)
    assert plan_of(WantedPolicies(LunPolicy(FOO)), host).findings == ()


def test_on_2003_a_disk_without_partition_is_online() -> None:
    use = DiskUse(2, False, "it has no partition")
    host = host_of(converged(traits=SERVER_2003), disk_use=Known((use,)))
    assert len(plan_of(WantedPolicies(LunPolicy(SUBSET)), host).findings) == 1


def test_parts() -> None:
    plain, clear = WantedPolicies(LunPolicy(FOO)), WantedPolicies(None, {ONE: CLEAR})
    assert parts_needed(Desired(policies=plain)) == {"initiator_service", "disks", "sessions", "disk_use"}
    assert "policy_defaults" in parts_needed(Desired(policies=clear))
    assert "policy_defaults" in parts_needed(Desired(policies=WantedPolicies(explicit=True)))
    assert "policy_defaults" in parts_needed(Desired(policies=WantedPolicies(no_overall=True)))
    assert "disk_use" not in parts_needed(Desired(policies=plain, layout=layout(), paths=WantedPaths()))
