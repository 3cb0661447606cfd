# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which DSM shall own the arrays' disks, on hosts whose disks need not be moved."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT, DsmKind, Owner
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Host, Traits, value_of
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.claims import Coverage
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import DsmPackage, WantedDsm
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.dsm import held_by_other
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Memory, Severity, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import (
    Step,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    bare_2003,
    converged,
    fresh,
    under_hps,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.state import SERVER_2003
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import HP as HP_NAME
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import HP_DRIVER
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import HP, KIT, P6300, under
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.deciding import (
    INSTALL,
    REMOVE,
    UNCLAIM,
    claimed,
    deciding,
    disable,
    enable,
    only,
    with_initiator,
)

BUS_WIDE = "MSFT2005iSCSIBusType_0x9"

PLANS: dict[str, tuple[Host, list[tuple[Step, bool]]]] = {
    "fresh": (fresh().host(), [(INSTALL, False)]),
    "feature-in-effect": (claimed().host(), [(INSTALL, True)]),
    "claimed-by-microsofts": (claimed(P6300).host(), [(UNCLAIM, True), (INSTALL, False)]),
    "another-id-claimed": (claimed(f"{'HP':8}{'HSV360':16}").host(), [(INSTALL, True)]),
    "prefix-of-another": (claimed("HP      HSV4").host(), [(INSTALL, True)]),
    "installed": (claimed(hp_driver="Boot").host(), []),
    "installed-beside-a-claim": (claimed(P6300, hp_driver="Boot").host(), [(UNCLAIM, True)]),
    "driver-disabled": (claimed(hp_driver="Disabled").host(), [(enable(HP_DRIVER), True)]),
    "driver-disabled-beside-a-claim": (
        claimed(P6300, hp_driver="Disabled").host(),
        [(UNCLAIM, True), (enable(HP_DRIVER), False)],
    ),
    "owns-the-disks": (under_hps().host(), []),
    "2003-without-initiator": (bare_2003().host(), [(disable("msiscdsm"), False), (INSTALL, False)]),
    "2003-beside-microsofts": (with_initiator().host(), [(disable("msiscdsm"), True), (INSTALL, False)]),
    "2003-microsofts-disabled": (with_initiator(microsoft_driver="Disabled").host(), [(INSTALL, True)]),
    "2003-until-the-restart": (with_initiator(microsoft_driver="Disabled", hp_driver="Boot").host(), []),
}


@pytest.mark.parametrize(("host", "expected"), PLANS.values(), ids=PLANS.keys())
def test_hps_dsm(host: Host, expected: list[tuple[Step, bool]]) -> None:
    plan = plan_host(under(HP), host)
    assert not plan.of(Severity.REFUSAL)
    assert deciding(plan) == expected


RELEASES = [
    # what the release allows, override given, registered -> refused
    ("supported", False, False, False),
    ("override", False, False, True),
    ("override", True, False, False),
    ("override", False, True, False),
    ("refused", False, False, True),
    ("refused", True, False, True),
    ("refused", True, True, True),
]


@pytest.mark.parametrize(("allowed", "override", "registered", "refused"), RELEASES)
def test_releases_that_no_document_names(allowed: str, override: bool, registered: bool, refused: bool) -> None:
    truth = under_hps() if registered else claimed()
    truth.traits = replace(Traits(), hp_dsm=allowed)
    package = replace(KIT, unsupported_release=override)
    plan = plan_host(under(HP, dsm={"package": package}), truth.host())
    assert bool(plan.of(Severity.REFUSAL)) is refused
    assert not refused or "no document of HP's names it" in plan.of(Severity.REFUSAL)[0].text


REFUSED: dict[str, tuple[Host, str]] = {
    "visible-under-microsofts": (converged().host(), "it has disks of the arrays: "),
    "prefix": (claimed("HP      HSV").host(), f'"HP      HSV" of its lists also claims "{P6300}", so two DSMs'),
    "bus-wide": (claimed(P6300, BUS_WIDE).host(), f'"{BUS_WIDE}" of its lists also claims "{P6300}", so two DSMs'),
    "2003-visible": (converged(traits=SERVER_2003).host(), "it has disks of the arrays: "),
}


@pytest.mark.parametrize(("host", "text"), REFUSED.values(), ids=REFUSED.keys())
def test_two_claimers_are_refused_before_anything_changes(host: Host, text: str) -> None:
    plan = plan_host(under(HP), host)
    assert plan.steps == ()
    assert text in " ".join(finding.text for finding in plan.of(Severity.REFUSAL))


def test_who_has_the_disks_may_be_what_was_meant() -> None:
    (finding,) = plan_host(under(HP), converged().host()).of(Severity.REFUSAL)
    assert finding.side is Side.WISH
    stay, go = finding.text.index("shall keep them, say so: dsm: microsoft"), finding.text.index("change_dsm: true")
    assert finding.text.index("wished for is dsm: hp") < stay < go


def of_another(product: str, **other: t.Any) -> Host:
    """A host that shows disks of Microsoft's of another product, and none of the arrays'."""
    truth = converged(**other)
    truth.claims = truth.loaded_claims = [f"{'HP':8}{product:16}"]
    for lun in truth.arrays[0].luns:
        lun.product = product
    return truth.host()


BYSTANDERS = [
    # what the others are, where -> refused
    ("HSV360", Traits(), True),
    ("OTHER", Traits(), False),
    ("OTHER", SERVER_2003, True),
]


@pytest.mark.parametrize(("product", "traits", "refused"), BYSTANDERS)
def test_disks_of_others_that_hps_dsm_would_harm(product: str, traits: Traits, refused: bool) -> None:
    host = of_another(product, traits=traits)
    plan = plan_host(only(HP), host)
    wwn = value_of(host.disks)[0].wwn
    assert [wwn in finding.text for finding in plan.of(Severity.REFUSAL)] == ([True] if refused else [])


def test_without_declared_models_every_eva_counts() -> None:
    held = held_by_other(WantedDsm(HP), claimed(P6300).host())
    assert held is not None
    assert held.covered == (Coverage(P6300, True, ()),)


def test_a_refusal_names_how_disks_are_moved() -> None:
    (finding,) = plan_host(under(HP), converged().host()).of(Severity.REFUSAL)
    assert "change_dsm: true" in finding.text
    (finding,) = plan_host(under(MICROSOFT), under_hps().host()).of(Severity.REFUSAL)
    assert "change_dsm: true" in finding.text


def test_without_a_package_it_must_be_there() -> None:
    (finding,) = plan_host(under(HP, dsm={"package": DsmPackage()}), claimed().host()).of(Severity.REFUSAL)
    assert "name it with dsm_package" in finding.text
    assert not plan_host(under(HP, dsm={"package": DsmPackage()}), under_hps().host()).of(Severity.REFUSAL)


VERSIONS = [("4.03.00", True), ("4.03", True), ("4", True), ("4.3.0.0", True), ("4.04", False), ("4.3.0.1", False)]


@pytest.mark.parametrize(("wished", "right"), VERSIONS)
def test_the_version_is_compared_once_it_is_registered(wished: str, right: bool) -> None:
    package = replace(KIT, version=wished)
    plan = plan_host(under(HP, dsm={"package": package}), under_hps(hp_version="4.3.0.0").host())
    assert [finding.where for finding in plan.of(Severity.PROBLEM)] == ([] if right else [f"DSM {HP_NAME}"])


def test_an_installation_that_failed_is_tried_again_after_the_restart_that_completes_mpio() -> None:
    truth = fresh(feature="pending", running=True, start_mode="Auto")
    problem = plan_host(under(HP, dsm={"package": DsmPackage()}), claimed().host()).findings[0]
    memory = Memory(failed={INSTALL: problem})
    assert (INSTALL, False) in deciding(plan_host(under(HP), truth.host(), memory))
    assert INSTALL not in plan_host(under(HP), claimed().host(), memory).ready


@pytest.mark.parametrize("hidden", ["drivers", "dsms", "disks", "claims"])
def test_what_is_unknown_blocks_the_dsm(hidden: str) -> None:
    plan = plan_host(under(HP), claimed(hidden=frozenset({hidden})).host())
    assert deciding(plan) == []
    assert "DSM of the arrays" in " ".join(finding.where for finding in plan.of(Severity.PROBLEM))


# ---- HP's gone


def test_absent_removes_it_and_asks_for_the_restart() -> None:
    truth = claimed(hp_driver="Boot", hp_loaded=True)
    wish = only(absent=True)
    assert deciding(plan_host(wish, truth.host())) == [(REMOVE, True)]
    done = plan_host(wish, truth.host(), Memory(since_boot=frozenset({REMOVE})))
    assert deciding(done) == []
    assert done.reboot_reasons
    truth.hp_driver, truth.hp_leaves = "Disabled", True
    truth.noted = True
    assert plan_host(wish, truth.host()).reboot_reasons
    truth.boot()
    plan = plan_host(wish, truth.host())
    assert (plan.steps, plan.findings, plan.reboot_reasons) == ((), (), ())


def test_absent_is_refused_while_disks_depend_on_it() -> None:
    truth = under_hps()
    (finding,) = plan_host(only(absent=True), truth.host()).of(Severity.REFUSAL)
    assert truth.arrays[0].luns[0].wwn in finding.text
    assert "change_dsm: true" in finding.text


def test_absent_needs_a_removal() -> None:
    wish = only(package=DsmPackage(), absent=True)
    (finding,) = plan_host(wish, claimed(hp_driver="Boot", hp_loaded=True).host()).of(Severity.REFUSAL)
    assert "nothing says what removes it" in finding.text
    assert finding.side is Side.WISH


def test_of_several_that_look_like_hps_none_is_guessed() -> None:
    truth = claimed(hp_driver="Boot", hp_loaded=True, other_dsms=("HP DSM for something",))
    for wish in (only(absent=True), only()):
        plan = plan_host(wish, truth.host())
        assert plan.steps == ()
        (finding,) = plan.of(Severity.REFUSAL)
        assert "name the one that is HP's for EVA with hp_dsm_name" in finding.text
    assert deciding(plan_host(only(Owner(DsmKind.HP, HP_NAME), absent=True), truth.host())) == [(REMOVE, True)]


def test_a_named_driver_that_is_not_there_is_said_and_does_not_hinder_the_removal() -> None:
    truth = claimed(hp_driver="Boot", hp_loaded=True, hp_driver_recognised=False)
    package = replace(KIT, driver="nosuchdrv")
    (finding,) = plan_host(only(package=package), truth.host()).of(Severity.PROBLEM)
    assert 'there is no driver service "nosuchdrv"' in finding.text
    assert deciding(plan_host(only(package=package, absent=True), truth.host())) == [(REMOVE, True)]


def test_absent_where_there_is_none() -> None:
    plan = plan_host(only(absent=True), claimed().host())
    assert (plan.steps, plan.findings, plan.reboot_reasons) == ((), (), ())


def test_what_was_removed_in_this_boot_is_installed_again_after_the_restart() -> None:
    truth = claimed(hp_driver="Disabled", hp_loaded=True, hp_leaves=True, noted=True)
    plan = plan_host(under(HP), truth.host())
    assert deciding(plan) == [(INSTALL, False)]
    assert plan.reboot_reasons


def test_the_driver_of_microsofts_dsm_starts_again_once_hps_is_gone() -> None:
    truth = with_initiator(microsoft_driver="Disabled", microsoft_loaded=False)
    plan = plan_host(under(MICROSOFT), truth.host())
    assert (enable("msiscdsm"), True) in deciding(plan)
    assert not plan.of(Severity.REFUSAL)


# ---- what the other DSM has

FOREIGN = Owner(DsmKind.HP, "Acme DSM")
HELD: dict[str, tuple[Host, WantedDsm, tuple[int, int, tuple[Coverage, ...], int]]] = {
    # host, wanted -> DSMs, drivers, covered ids, disks
    "microsofts-in-effect": (converged().host(), WantedDsm(HP, (P6300,)), (0, 0, (Coverage(P6300, True, ()),), 2)),
    "claimed-and-away": (claimed(P6300).host(), WantedDsm(HP, (P6300,)), (0, 0, (Coverage(P6300, True, ()),), 0)),
    "by-the-bus": (
        claimed(BUS_WIDE).host(),
        WantedDsm(HP, (P6300,)),
        (0, 0, (Coverage(P6300, False, (BUS_WIDE,)),), 0),
    ),
    "2003": (converged(traits=SERVER_2003).host(), WantedDsm(HP, (P6300,)), (1, 1, (), 2)),
    "2003-until-the-restart": (
        with_initiator(microsoft_driver="Disabled").host(),
        WantedDsm(HP, (P6300,)),
        (1, 0, (), 0),
    ),
    "hps-in-effect": (under_hps().host(), WantedDsm(MICROSOFT, (P6300,)), (1, 1, (), 2)),
    "hps-of-another-id": (under_hps().host(), WantedDsm(MICROSOFT, (f"{'HP':8}{'HSV360':16}",)), (1, 1, (), 0)),
    "hps-before-the-restart": (claimed(hp_driver="Boot").host(), WantedDsm(MICROSOFT, (P6300,)), (0, 1, (), 0)),
    "hps-by-another-name": (under_hps(hp_driver=None).host(), WantedDsm(FOREIGN.other, (P6300,)), (0, 1, (), 0)),
}


@pytest.mark.parametrize(("host", "wanted", "expected"), HELD.values(), ids=HELD.keys())
def test_what_the_other_dsm_has(
    host: Host, wanted: WantedDsm, expected: tuple[int, int, tuple[Coverage, ...], int]
) -> None:
    held = held_by_other(wanted, host)
    assert held is not None
    assert (len(held.registered), len(held.drivers), held.covered, len(held.disks)) == expected


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        (claimed().host(), WantedDsm(HP, (P6300,))),
        (claimed("HP      HSV4").host(), WantedDsm(HP, (P6300,))),
        (converged().host(), WantedDsm(MICROSOFT, (P6300,))),
        (converged(other_dsms=("IBM SDDDSM",)).host(), WantedDsm(MICROSOFT, (P6300,))),
        (bare_2003().host(), WantedDsm(HP, (P6300,))),
        (claimed(hp_driver="Disabled").host(), WantedDsm(MICROSOFT, (P6300,))),
    ],
)
def test_nothing_that_the_other_dsm_has(host: Host, wanted: WantedDsm) -> None:
    assert held_by_other(wanted, host) is None
