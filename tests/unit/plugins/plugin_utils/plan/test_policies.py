# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The load-balance policy of each LUN."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT
from ansible_collections.eva.mpio.plugins.plugin_utils._model import NOT_READ, Host, Known, MpioDisk, Policy, value_of
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Desired,
    Layout,
    LunPolicy,
    WantedPolicies,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Plan, Severity, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import SetPolicy
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    fresh,
    prepared,
    under_hps,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, under, whole

ONE, TWO = (lun.wwn for lun in fresh().arrays[0].luns)
ABSENT = "6001438005DE00FF00004000000000FF"
FOO, RR, SUBSET, LEAST = (
    Policy.FAILOVER_ONLY,
    Policy.ROUND_ROBIN,
    Policy.ROUND_ROBIN_WITH_SUBSET,
    Policy.LEAST_BLOCKS,
)


def plan_of(
    truth: Truth, default: Policy | None = None, by_wwn: dict[str, Policy] | None = None, **disk: t.Any
) -> Plan:
    """Plan policies alone; ``disk`` overrides attributes of every disk."""
    host = replace(truth.host(), disk_use=NOT_READ)
    if disk:
        host = replace(host, disks=Known(tuple(replace(one, **disk) for one in value_of(host.disks))))
    return plan_host(Desired(policies=wanted(default, by_wwn)), host)


def wanted(default: Policy | None = None, by_wwn: dict[str, Policy] | None = None) -> WantedPolicies:
    named = {wwn: LunPolicy(policy) for wwn, policy in (by_wwn or {}).items()}
    return WantedPolicies(None if default is None else LunPolicy(default), named)


def symmetric() -> Truth:
    truth = converged()
    for lun in truth.arrays[0].luns:
        lun.alua = False
    return truth


CASES: dict[str, tuple[Plan, list[tuple[str, Policy]]]] = {
    "nothing-wished": (plan_of(converged()), []),
    "default-on-each": (plan_of(converged(), FOO), [(ONE, FOO), (TWO, FOO)]),
    "already-so": (plan_of(converged(), SUBSET), []),
    "L-18-round-robin-on-alua": (plan_of(converged(), RR), []),
    "L-18-not-without-alua": (plan_of(symmetric(), RR), [(ONE, RR), (TWO, RR)]),
    "L-18-not-when-alua-is-unknown": (plan_of(converged(), RR, alua=None), [(ONE, RR), (TWO, RR)]),
    "L-18-not-the-other-way-round": (plan_of(converged(), SUBSET, policy=RR), [(ONE, SUBSET), (TWO, SUBSET)]),
    "one-wwn": (plan_of(converged(), None, {TWO: FOO}), [(TWO, FOO)]),
    "L-22-wwn-before-default": (plan_of(converged(), FOO, {TWO: LEAST}), [(ONE, FOO), (TWO, LEAST)]),
    "L-21-each-lun-is-compared": (plan_of(symmetric(), FOO, policy=LEAST), [(ONE, FOO), (TWO, FOO)]),
    "not-an-eva": (plan_of(converged(), FOO, vendor="IBM", product="2145"), []),
    "not-an-eva-but-named": (plan_of(converged(), FOO, {ONE: FOO}, vendor="IBM", product="2145"), [(ONE, FOO)]),
    "inquiry-of-the-devices": (plan_of(converged(), FOO, vendor=None, product=None), [(ONE, FOO), (TWO, FOO)]),
}


@pytest.mark.parametrize(("plan", "expected"), CASES.values(), ids=CASES.keys())
def test_policies(plan: Plan, expected: list[tuple[str, Policy]]) -> None:
    assert plan.ready == tuple(SetPolicy(wwn, policy, reason="") for wwn, policy in expected)
    assert (len(plan.steps), plan.findings) == (len(expected), ())


def test_r_16_a_vendors_policy_is_its_own() -> None:
    plan = plan_of(converged(), FOO, policy=Policy.VENDOR_SPECIFIC, dsm="IBM SDDDSM")
    assert plan.steps == ()
    assert [finding.where for finding in plan.findings] == [f"LUN {ONE}", f"LUN {TWO}"]
    assert "it belongs to IBM SDDDSM" in plan.findings[0].text


def test_a_lun_of_the_other_dsm_is_said_once_where_the_dsm_is_part_of_the_wish() -> None:
    wish = under(MICROSOFT, policies=wanted(FOO))
    texts = [str(finding) for finding in plan_host(wish, under_hps().host()).findings]
    assert texts
    assert not [text for text in texts if "policies of the Microsoft DSM do not apply" in text]


def test_an_unknown_policy_blocks() -> None:
    plan = plan_of(converged(), FOO, policy=None)
    assert plan.steps == ()
    assert "its policy is not known" in plan.findings[0].text


def test_unknown_disks_block() -> None:
    plan = plan_of(converged(hidden=frozenset({"disks"})), FOO)
    assert plan.steps == ()
    assert [str(finding) for finding in plan.findings] == [
        "MPIO disks: it could not be read, so nothing is changed there: disks cannot be read here"
    ]


def test_an_unknown_wwn_is_the_wishes_or_the_arrays_business() -> None:
    plan = plan_of(converged(), None, {ABSENT: FOO})
    assert plan.steps == ()
    (finding,) = plan.findings
    assert (finding.side, finding.where) == (Side.WISH, f"LUN {ABSENT}")


def test_a_pattern_that_matches_no_lun_is_named() -> None:
    """What is misspelt looks like what is met already."""
    idle, met = (("DEAD*", LunPolicy(FOO)), (f"{ONE[:-2]}*", LunPolicy(SUBSET)))
    host = replace(converged().host(), disk_use=NOT_READ)
    plan = plan_host(Desired(policies=WantedPolicies(by_pattern=(idle, met))), host)
    assert [str(finding) for finding in plan.findings] == [
        "LUNs DEAD*: no LUN that policies are wished for here has such a WWN, so nothing is done for it"
    ]
    assert {(finding.severity, finding.side) for finding in plan.findings} == {(Severity.NOTE, Side.WISH)}
    coming = plan_host(whole(policies=WantedPolicies(by_pattern=(idle,))), fresh().host())
    assert not [finding for finding in coming.findings if finding.where == "LUNs DEAD*"]


RULE, BY_WWN = SetPolicy(None, FOO, reason=""), SetPolicy(ABSENT, LEAST, reason="")
WISH = whole(policies=wanted(FOO, {ABSENT: LEAST}))


def waiting_for_presentation() -> Truth:
    truth = prepared()
    for lun in truth.arrays[0].luns:
        lun.presented = False
    truth.log_in(all_paths(truth)[0])
    return truth


@pytest.mark.parametrize(
    ("truth", "after"),
    [
        pytest.param(fresh(), "the paths are made", id="fresh"),
        pytest.param(prepared(), "the paths are made", id="no-path"),
        pytest.param(waiting_for_presentation(), "the array presents LUNs", id="waiting-for-presentation"),
    ],
)
def test_luns_that_are_not_visible_yet_are_announced_as_a_rule(truth: Truth, after: str) -> None:
    steps = {item.step: item.after for item in plan_host(WISH, truth.host()).steps if isinstance(item.step, SetPolicy)}
    assert steps == {RULE: after, BY_WWN: after}


def test_luns_that_come_with_the_restart_are_no_fault_yet() -> None:
    """One declared path, its LUNs claimed and still outside MPIO."""
    truth = converged(portals=["10.10.1.21"])
    for session in truth.sessions:
        session.outside = {ONE, TWO}
    wish = whole(layout(portals=["10.10.1.21"]), policies=wanted(None, {ONE: FOO}), reboot_allowed=False)
    plan = plan_host(wish, truth.host())
    assert [item.after for item in plan.steps if isinstance(item.step, SetPolicy)] == ["the steps above"]
    assert not [finding for finding in plan.findings if finding.where == f"LUN {ONE}"]


def test_a_converged_host_announces_no_rule() -> None:
    truth = converged()
    truth.policies = {ONE: FOO, TWO: FOO}
    assert plan_host(whole(policies=wanted(FOO)), truth.host()).steps == ()


def beside(truth: Truth, product: str) -> MpioDisk:
    """A disk of another array of HP's over Fibre Channel, beside those of the declared one."""
    disk = value_of(truth.host().disks)[0]
    paths = tuple(replace(one, address=replace(one.address, port=1)) for one in disk.paths)
    return replace(disk, wwn=ABSENT, product=product, paths=paths)


@pytest.mark.parametrize("where", [None, layout()], ids=["no-layout", "layout"])
@pytest.mark.parametrize("product", ["hsv100", "hsv340"])
def test_a_disk_that_is_no_luns_of_the_arrays_keeps_its_policy(where: Layout | None, product: str) -> None:
    truth = converged()
    host = truth.host()
    host = replace(host, disks=Known((*value_of(host.disks), beside(truth, product))))
    wish = Desired(layout=where, policies=wanted(FOO))
    assert [step.wwn for step in plan_host(wish, host).ready if isinstance(step, SetPolicy)] == [ONE, TWO]
    named = replace(wish, policies=wanted(None, {ABSENT: FOO}))
    assert [step.wwn for step in plan_host(named, host).ready if isinstance(step, SetPolicy)] == [ABSENT]


def test_an_active_passive_array_over_iscsi_takes_no_default_unless_declared() -> None:
    assert plan_of(converged(), FOO, product="hsv100").steps == ()


def test_a_declared_arrays_disks_need_not_tell_what_they_are() -> None:
    host = without_inquiry(converged())
    wish = Desired(layout=layout(), policies=wanted(FOO))
    assert [step.wwn for step in plan_host(wish, host).ready if isinstance(step, SetPolicy)] == [ONE, TWO]


def without_inquiry(truth: Truth) -> Host:
    host = truth.host()
    return replace(host, disks=Known(tuple(replace(one, vendor=None, product=None) for one in value_of(host.disks))))


def test_the_numbers_of_the_disks_are_read_again_for_each_lun() -> None:
    assert SetPolicy.alone
    assert "disks" in SetPolicy.changes
