# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Microsoft DSM claims, and what it shall claim no more."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Claims, Known, Traits, value_of
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Memory, Plan, Severity, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import ClaimHardware, ListHardware, UnclaimHardware
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    bare_2003,
    converged,
    fresh,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.state import SERVER_2003
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import P6300

P6500 = f"{'HP':8}{'HSV360':16}"
PLACEHOLDER = "Vendor 8Product       16"
RESTART = "Windows: restart [it is allowed (reboot: true of eva.mpio.host), if Windows needs it]"


def lines(plan: Plan) -> list[str]:
    """The steps that can be done now, and those that wait with what they wait for."""
    return [f"{item.step.summary}{f' [{item.after}]' if item.after else ''}" for item in plan.steps]


def found(plan: Plan) -> list[str]:
    return [f"{finding.severity.value}/{finding.side.value} {finding}" for finding in plan.findings]


def of(truth: Truth, **wish: t.Any) -> Plan:
    return plan_host(Desired(**wish), truth.host())


def claimed(names: list[str], dsm: list[str] | None = None, **other: t.Any) -> Truth:
    truth = prepared(**other)
    truth.claims, truth.dsm_claims = names, dsm
    return truth


BUS_WIDE = "MSFT2005iSCSIBusType_0x9"
CLAIM: dict[str, tuple[Truth, tuple[str, ...], tuple[str, ...]]] = {
    # truth, wanted -> claimed by the step; an empty one means no step
    "M-02-absent": (claimed([]), (P6300,), (P6300,)),
    "M-16-present": (claimed([P6300]), (P6300,), ()),
    "L-08-order": (claimed(["foo", "hello", P6500, P6300]), (P6300, P6500), ()),
    "one-of-two": (claimed([P6300]), (P6300, P6500), (P6500,)),
    "letter-case": (claimed([P6300.lower()]), (P6300,), ()),
    "prefix-of-another": (claimed(["HP      HSV4"]), (P6300,), (P6300,)),
    "longer-entry": (claimed([P6300 + "2100"]), (P6300,), (P6300,)),
    "after-an-empty-string": (claimed(["", P6300]), (P6300,), (P6300,)),
    "before-an-empty-string": (claimed([P6300, ""]), (P6300,), ()),
    "only-in-the-list-of-mpio": (claimed([P6300], []), (P6300,), (P6300,)),
    "only-in-the-list-of-the-dsm": (claimed([], [P6300]), (P6300,), (P6300,)),
    "M-01-with-the-feature": (fresh(), (P6300,), (P6300,)),
}


@pytest.mark.parametrize(("truth", "wanted", "missing"), CLAIM.values(), ids=CLAIM.keys())
def test_claim(truth: Truth, wanted: tuple[str, ...], missing: tuple[str, ...]) -> None:
    plan = of(truth, claim=wanted, feature=True)
    steps = [item.step for item in plan.steps if isinstance(item.step, ClaimHardware)]
    assert steps == ([ClaimHardware(missing, reason="")] if missing else [])
    assert all(finding.severity is Severity.NOTE for finding in plan.findings)


OWN: dict[str, tuple[Truth, tuple[str, ...], list[ClaimHardware]]] = {
    # truth, wanted -> what is claimed, and what gets an entry of its own beside one that covers it
    "prefix": (claimed(["HP      HSV"]), (P6300, P6500), [ListHardware((P6300, P6500), reason="")]),
    "M-17-bus-wide": (claimed([BUS_WIDE]), (P6300,), [ListHardware((P6300,), reason="")]),
    "has-its-own": (claimed([BUS_WIDE, P6300.lower()]), (P6300,), []),
    "in-one-list-by-the-bus": (claimed([P6300], [BUS_WIDE]), (P6300,), [ListHardware((P6300,), reason="")]),
    "one-of-each": (
        claimed(["HP      HSV34"]),
        (P6300, P6500),
        [ClaimHardware((P6500,), reason=""), ListHardware((P6300,), reason="")],
    ),
    "after-an-empty-string": (claimed([BUS_WIDE, "", P6300]), (P6300,), [ListHardware((P6300,), reason="")]),
    "the-bus-itself": (claimed([BUS_WIDE, P6300]), (P6300, BUS_WIDE), []),
}


@pytest.mark.parametrize(("truth", "wanted", "steps"), OWN.values(), ids=OWN.keys())
def test_what_only_wider_entries_claim_gets_an_entry_of_its_own(
    truth: Truth, wanted: tuple[str, ...], steps: list[ClaimHardware]
) -> None:
    plan = of(truth, claim=wanted)
    assert [item.step for item in plan.steps if isinstance(item.step, ClaimHardware)] == steps
    assert all(finding.severity is Severity.NOTE for finding in plan.findings)


def test_an_entry_of_its_own_needs_no_restart() -> None:
    host = replace(converged().host(), claims=Known(Claims((BUS_WIDE,), (BUS_WIDE,))))
    plan = plan_host(Desired(claim=(P6300,), reboot_allowed=True), host)
    assert lines(plan) == [f'Microsoft DSM: claim "{P6300}" by entries of their own']
    assert not plan.reboot_reasons


def test_a_claim_waits_for_the_feature() -> None:
    plan = of(fresh(), claim=(P6300,), feature=True)
    assert lines(plan) == [
        "feature Multipath I/O: enable",
        f'Microsoft DSM: claim "{P6300}" [the MPIO feature is enabled]',
        RESTART,
    ]


def test_a_claim_without_the_feature_is_refused() -> None:
    (text,) = found(of(fresh(), claim=(P6300,)))
    assert text.startswith("refusal/host Microsoft DSM: the MPIO feature is not enabled")


def test_a_claim_that_failed_before_the_restart_waits_for_it() -> None:
    truth = fresh(feature="pending")
    plain = plan_host(Desired(claim=(P6300,), feature=True), truth.host())
    step = plain.ready[0]
    problem = of(fresh(payload=False), feature=True).findings[0]
    plan = plan_host(Desired(claim=(P6300,), feature=True), truth.host(), Memory(failed={step: problem}))
    assert f'Microsoft DSM: claim "{P6300}" [the restart that completes the MPIO feature]' in lines(plan)
    assert plan.findings == ()


@pytest.mark.parametrize("name", ["HP DSM for EVA4x00/6x00/8x00", "hp eva dsm", "HPE MPIO DSM"])
def test_another_dsm_for_the_same_array_is_refused(name: str) -> None:
    plan = of(prepared(other_dsms=(name,)), claim=(P6500,))
    assert plan.steps == ()
    (finding,) = plan.findings
    assert (finding.severity, finding.side, finding.where) == (Severity.REFUSAL, Side.HOST, f"DSM {name}")
    assert "two DSMs must never claim one disk" in finding.text


def test_a_dsm_that_owns_a_wanted_disk_is_refused_whatever_its_name() -> None:
    truth = converged(other_dsms=("Acme DSM",))
    host = truth.host()
    disks = tuple(replace(disk, dsm="Acme DSM") for disk in value_of(host.disks))
    plan = plan_host(Desired(claim=(P6300,)), replace(host, disks=Known(disks)))
    assert [finding.where for finding in plan.of(Severity.REFUSAL)] == ["DSM Acme DSM"]
    assert f"it owns {disks[0].wwn}, {disks[1].wwn}" in plan.findings[0].text


@pytest.mark.parametrize("name", ["IBM SDDDSM", "EMC PowerPath", "HP MSA DSM", "HP MPIO DSM for XP"])
def test_a_dsm_for_other_arrays_is_left_alone(name: str) -> None:
    plan = of(claimed([], other_dsms=(name,)), claim=(P6300,))
    assert [type(step) for step in plan.ready] == [ClaimHardware]


@pytest.mark.parametrize("hidden", ["claims", "dsms", "disks", "feature"])
def test_what_is_unknown_of_mpio_blocks_the_claim(hidden: str) -> None:
    plan = of(claimed([], hidden=frozenset({hidden})), claim=(P6300,))
    assert plan.steps == ()
    assert [finding.where for finding in plan.findings] == ["Microsoft DSM"]


@pytest.mark.parametrize("name", ["HPEVADSM", "hpeaadsm", "Veritas VHPEVA DSM"])
def test_a_name_that_is_written_in_one_word_is_still_hps(name: str) -> None:
    plan = of(claimed([], other_dsms=(name,)), claim=(P6300,))
    assert [finding.where for finding in plan.of(Severity.REFUSAL)] == [f"DSM {name}"]
    assert "its name looks like HP's" in plan.findings[0].text


WIDE = "note/host Microsoft DSM: entry {} of its lists claims every {}"
NOTES: dict[str, tuple[list[str], tuple[str, ...], list[str]]] = {
    # entries, wanted -> what is said
    "exact": ([P6300], (P6300,), []),
    "placeholder": ([PLACEHOLDER, P6300], (P6300,), []),
    "prefix-of-another": (["HP      HSV4", P6300], (P6300,), []),
    "prefix": (["HP      HSV"], (P6300,), [WIDE.format('"HP      HSV"', "disk whose hardware id begins so")]),
    "bus-wide": (
        [BUS_WIDE.upper(), P6300],
        (P6300,),
        [WIDE.format(f'"{BUS_WIDE.upper()}"', "iSCSI LUN, also those of other arrays")],
    ),
    "bus-wide-on-request": (
        [],
        (P6300, BUS_WIDE),
        [WIDE.format(f'"{BUS_WIDE}"', "iSCSI LUN, also those of other arrays")],
    ),
}


@pytest.mark.parametrize(("entries", "wanted", "expected"), NOTES.values(), ids=NOTES.keys())
def test_entries_that_claim_more_than_is_wished_for_are_named(
    entries: list[str], wanted: tuple[str, ...], expected: list[str]
) -> None:
    assert found(of(claimed(entries), claim=wanted)) == expected


def test_without_a_list_nothing_is_said_of_entries() -> None:
    truth = prepared(traits=SERVER_2003)
    truth.claims = truth.loaded_claims = []
    (text,) = found(of(truth, claim=(P6300, BUS_WIDE)))
    assert "has no list and claims every iSCSI LUN" in text


def test_an_installed_dsm_that_registers_at_the_next_start_is_refused() -> None:
    plan = of(claimed([], hp_driver="Boot"), claim=(P6300,))
    assert plan.steps == ()
    (text,) = found(plan)
    assert text.startswith("refusal/host driver hpeaadsm: HP's DSM is installed and registers when Windows starts")
    assert "change_dsm: true" in text


UNCLAIM: dict[str, tuple[Truth, tuple[str, ...], tuple[str, ...], list[str]]] = {
    # truth, not wanted -> taken out, what is said
    "L-05-claimed": (claimed([P6300, P6500]), (P6300,), (P6300,), []),
    "not-claimed": (claimed([P6500]), (P6300,), (), [f'no entry of its lists claims "{P6300}", so nothing']),
    "letter-case": (claimed([P6300.lower()]), (P6300,), (P6300,), []),
    "in-one-list-only": (claimed([P6300], []), (P6300,), (P6300,), []),
    "only-by-a-prefix": (claimed(["HP      HSV"]), (P6300,), (), [f'"{P6300}" stays claimed by "HP      HSV", which']),
    "and-by-the-bus": (claimed([P6300, BUS_WIDE]), (P6300,), (P6300,), [f'"{P6300}" stays claimed by "{BUS_WIDE}"']),
    "by-the-bus-in-one-list": (claimed([P6300, BUS_WIDE], [P6300]), (P6300,), (P6300,), []),
    "two-by-one-prefix": (
        claimed(["HP      HSV"]),
        (P6300, P6500),
        (),
        [f'"{P6300}", "{P6500}" stays claimed by "HP      HSV", which'],
    ),
    "the-bus": (claimed([P6300, BUS_WIDE]), (BUS_WIDE,), (BUS_WIDE,), []),
    "disks-of-another-id": (converged(), (P6500,), (), [f'no entry of its lists claims "{P6500}", so nothing']),
}


@pytest.mark.parametrize(("truth", "unwanted", "taken", "said"), UNCLAIM.values(), ids=UNCLAIM.keys())
def test_unclaim(truth: Truth, unwanted: tuple[str, ...], taken: tuple[str, ...], said: list[str]) -> None:
    plan = of(truth, unclaim=unwanted)
    steps = [item.step for item in plan.steps if isinstance(item.step, UnclaimHardware)]
    assert steps == ([UnclaimHardware(taken, reason="")] if taken else [])
    assert [finding.text[: len(text)] for finding, text in zip(plan.findings, said, strict=True)] == said
    for finding in plan.findings:
        assert (finding.severity is Severity.NOTE) == finding.text.startswith("no entry")


def test_what_this_run_gave_up_is_not_said_to_be_missing() -> None:
    step = UnclaimHardware((P6300,), reason="")
    memory = Memory(done=frozenset({step}), since_boot=frozenset({step}))
    plan = plan_host(Desired(unclaim=(P6300, P6500)), claimed([]).host(), memory)
    assert [finding.text for finding in plan.findings] == [
        f'no entry of its lists claims "{P6500}", so nothing is given up there'
    ]


@pytest.mark.parametrize("unwanted", [P6300, BUS_WIDE])
def test_nothing_is_unclaimed_while_a_disk_depends_on_it(unwanted: str) -> None:
    truth = converged()
    disks = truth.host().disks
    truth.claims = [unwanted]
    plan = plan_host(Desired(unclaim=(unwanted,)), replace(truth.host(), disks=disks))
    assert plan.steps == ()
    (finding,) = plan.of(Severity.REFUSAL)
    assert f"{truth.arrays[0].luns[0].wwn}, {truth.arrays[0].luns[1].wwn}" in finding.text
    assert ("give them a claim of their own first (eva.mpio.claim" in finding.text) is (unwanted == BUS_WIDE)


def test_a_disk_with_a_claim_of_its_own_does_not_depend_on_the_bus() -> None:
    truth = converged()
    truth.claims = [P6300, BUS_WIDE]
    assert [type(step) for step in of(truth, unclaim=(BUS_WIDE,)).ready] == [UnclaimHardware]


def test_a_disk_of_unknown_id_blocks_unclaiming() -> None:
    host = converged().host()
    nameless = tuple(replace(disk, vendor=None) for disk in value_of(host.disks))
    plan = plan_host(Desired(unclaim=(P6300,)), replace(host, disks=Known(nameless)))
    assert [finding.severity for finding in plan.findings] == [Severity.REFUSAL]


def test_on_2008_the_last_unclaimed_device_takes_mpio_along() -> None:
    plan = of(claimed([P6300], traits=Traits(last_claim_holds_mpio=True)), unclaim=(P6300,))
    assert [type(step) for step in plan.ready] == [UnclaimHardware]
    assert "removes MPIO itself" in found(plan)[0]


def test_without_a_list_nothing_can_be_unclaimed() -> None:
    plan = of(bare_2003(), unclaim=(P6300,))
    assert plan.steps == ()
    assert [finding.severity for finding in plan.findings] == [Severity.REFUSAL]


@pytest.mark.parametrize("hidden", ["claims", "disks", "feature"])
def test_what_is_unknown_blocks_unclaiming(hidden: str) -> None:
    plan = of(claimed([P6300], hidden=frozenset({hidden})), unclaim=(P6300,))
    assert plan.steps == ()
    assert [finding.severity for finding in plan.findings] == [Severity.PROBLEM]
