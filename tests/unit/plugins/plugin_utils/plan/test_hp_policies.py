# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies of HP's DSM."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Host,
    HpLunPolicy,
    HpPolicy,
    Known,
    Part,
    Policy,
    Unknown,
    value_of,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, WantedHpPolicies
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_needed, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Plan, Severity, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.proof import Proofs, prove_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import SetHpPolicy
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    converged,
    fresh,
    prepared,
    under_hps,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import HP, layout, whole

ONE, TWO = (lun.wwn for lun in fresh().arrays[0].luns)
ABSENT = "6001438005DE00FF00004000000000FF"
RR, SQST, NLB = HpPolicy.ROUND_ROBIN, HpPolicy.SHORTEST_QUEUE_SERVICE_TIME, HpPolicy.NO_LOAD_BALANCE


def host_of(told: Part[tuple[HpLunPolicy, ...]]) -> Host:
    host = converged().host()
    disks = (replace(disk, policy=Policy.VENDOR_SPECIFIC, dsm="HP EVA DSM") for disk in value_of(host.disks))
    return replace(host, disks=Known(tuple(disks)), hp_policies=told)


def both(policy: HpPolicy) -> Part[tuple[HpLunPolicy, ...]]:
    return Known((HpLunPolicy(ONE, policy), HpLunPolicy(TWO, policy)))


def plan_of(wanted: WantedHpPolicies, host: Host) -> Plan:
    return plan_host(Desired(hp_policies=wanted), host)


CASES: dict[str, tuple[WantedHpPolicies, list[tuple[str, HpPolicy]]]] = {
    "nothing-wished": (WantedHpPolicies(), []),
    "as-wished": (WantedHpPolicies(SQST), []),
    "default": (WantedHpPolicies(RR), [(ONE, RR), (TWO, RR)]),
    "wwn-before-default": (WantedHpPolicies(SQST, {TWO: NLB}), [(TWO, NLB)]),
    "pattern": (WantedHpPolicies(SQST, {TWO: NLB}, (("6001*", RR),)), [(ONE, RR), (TWO, NLB)]),
}


@pytest.mark.parametrize(("wanted", "expected"), CASES.values(), ids=CASES.keys())
def test_policies_of_hps_dsm(wanted: WantedHpPolicies, expected: list[tuple[str, HpPolicy]]) -> None:
    plan = plan_of(wanted, host_of(both(SQST)))
    assert list(plan.ready) == [SetHpPolicy(wwn, policy, reason="") for wwn, policy in expected]
    assert plan.findings == ()
    assert all(step.was == "HP policy sqst" for step in plan.ready)


def test_what_cannot_be_read_is_not_set() -> None:
    plan = plan_of(WantedHpPolicies(RR), host_of(Unknown("the command failed")))
    assert plan.steps == ()
    (finding,) = plan.findings
    assert (finding.severity, finding.where) == (Severity.PROBLEM, "policies of HP's DSM")
    assert "the command failed" in finding.text


def test_a_lun_of_which_nothing_is_told_waits_and_the_other_goes() -> None:
    plan = plan_of(WantedHpPolicies(RR), host_of(Known((HpLunPolicy(ONE, SQST),))))
    assert [step.subject for step in plan.ready] == [f"LUN {ONE}"]
    assert [(finding.severity, finding.where) for finding in plan.findings] == [(Severity.PROBLEM, f"LUN {TWO}")]


def test_a_disk_of_microsofts_dsm_has_no_policy_of_hps() -> None:
    plan = plan_of(WantedHpPolicies(RR), converged().host())
    assert plan.steps == ()
    assert all("it belongs to Microsoft DSM" in finding.text for finding in plan.findings)
    assert len(plan.findings) == 2


@pytest.mark.parametrize(("policy", "shown"), [(None, "no policy of it"), (Policy.ROUND_ROBIN, "its policy as")])
def test_what_windows_does_not_show_as_vendor_specific_is_not_asked_for(policy: Policy | None, shown: str) -> None:
    host = under_hps().host()
    disks = tuple(replace(disk, policy=policy) for disk in value_of(host.disks))
    host = replace(host, disks=Known(disks), hp_policies=Known(()))
    findings = plan_of(WantedHpPolicies(RR), host).findings
    assert [(one.severity, one.where) for one in findings] == [(Severity.PROBLEM, f"LUN {wwn}") for wwn in (ONE, TWO)]
    verdict = prove_host(replace(layout(), owner=HP), None, host, hp_policies=WantedHpPolicies(RR))
    for lun in verdict.luns:
        (reason,) = (one for one in lun.reasons if "HP's DSM" in one)
        assert f"and it shows {shown}" in reason


def test_an_unknown_wwn_is_the_wishes_or_the_arrays_business() -> None:
    (finding,) = plan_of(WantedHpPolicies(None, {ABSENT: RR}), host_of(both(RR))).findings
    assert (finding.side, finding.where) == (Side.WISH, f"LUN {ABSENT}")


def test_unknown_disks_block() -> None:
    host = replace(host_of(both(SQST)), disks=Unknown("no"))
    plan = plan_of(WantedHpPolicies(RR), host)
    assert plan.steps == ()
    assert "it could not be read" in plan.findings[0].text


def test_luns_that_are_not_visible_yet_are_announced() -> None:
    wanted = WantedHpPolicies(RR, {ABSENT: NLB}, (("6001*", SQST),))
    plan = plan_host(whole(policies=None, hp_policies=wanted), prepared().host())
    steps = {item.step: item.after for item in plan.steps if isinstance(item.step, SetHpPolicy)}
    assert set(steps) == {
        SetHpPolicy(wwn, policy, reason="") for wwn, policy in ((None, RR), (ABSENT, NLB), (None, SQST))
    }
    assert set(steps.values()) == {"the paths are made"}


def proof_of(wanted: WantedHpPolicies | None, told: Part[tuple[HpLunPolicy, ...]]) -> Proofs:
    """The proof of a host whose LUNs are disks of HP's DSM."""
    host = replace(under_hps().host(), hp_policies=told)
    return prove_host(replace(layout(), owner=HP), None, host, hp_policies=wanted)


def test_proven_with_the_wished_policies() -> None:
    verdict = proof_of(WantedHpPolicies(SQST, {TWO: NLB}), Known((HpLunPolicy(ONE, SQST), HpLunPolicy(TWO, NLB))))
    assert verdict.proven
    assert [lun.hp_policy for lun in verdict.luns] == [SQST, NLB]


def test_another_policy_is_no_proof() -> None:
    verdict = proof_of(WantedHpPolicies(None, {TWO: NLB}), both(SQST))
    assert [lun.proven for lun in verdict.luns] == [True, False]
    (problem,) = (item for item in verdict.findings if item.severity is Severity.PROBLEM)
    assert (problem.where, problem.side) == (f"LUN {TWO}", Side.HOST)
    assert problem.text == "its policy of HP's DSM is sqst instead of nlb; eva.mpio.lun_policy sets it"
    assert verdict.luns[1].hp_policy is SQST


UNTOLD: dict[str, tuple[Part[tuple[HpLunPolicy, ...]], str]] = {
    "no-part": (Unknown("the command failed"), "the command failed"),
    "no-lun": (Known(()), "look at hp_policy_pattern"),
}


@pytest.mark.parametrize(("told", "why"), UNTOLD.values(), ids=UNTOLD.keys())
def test_what_cannot_be_read_is_no_proof(told: Part[tuple[HpLunPolicy, ...]], why: str) -> None:
    verdict = proof_of(WantedHpPolicies(RR), told)
    assert [(lun.proven, lun.hp_policy) for lun in verdict.luns] == [(False, None)] * 2
    for lun in verdict.luns:
        (reason,) = lun.reasons
        assert reason.startswith("its policy of HP's DSM shall be rr and is not known: ")
        assert reason.endswith(why)


def test_where_none_is_wished_nothing_is_said() -> None:
    assert proof_of(None, Unknown("the command failed")).proven
    assert proof_of(WantedHpPolicies(None, {ABSENT: RR}), both(SQST)).proven


def test_of_a_lun_of_another_dsm_only_that_is_said() -> None:
    host = replace(converged().host(), hp_policies=Known(()))
    verdict = prove_host(replace(layout(), owner=HP), None, host, hp_policies=WantedHpPolicies(RR))
    assert [len(lun.reasons) for lun in verdict.luns] == [1, 1]
    assert all(lun.reasons[0].startswith("its DSM is Microsoft DSM instead of") for lun in verdict.luns)


def test_parts() -> None:
    parts = parts_needed(Desired(hp_policies=WantedHpPolicies(RR)))
    assert parts == {"initiator_service", "disks", "sessions", "hp_policies"}
