# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs noted on a host of the programs of HP's DSM and of a change of DSM, and what a plan makes of it."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT
from ansible_collections.eva.mpio.plugins.plugin_utils._model import NOT_READ, SetupRun, Unknown
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, DsmPackage, WantedInitiator
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_before, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import ClaimHardware, SetServiceStart
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine import changing
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import SERVER_2003, Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import HP, KIT, P6300, under
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.deciding import (
    INSTALL,
    REMOVE,
    claimed,
    deciding,
    only,
    with_initiator,
)

SETUP_RUN = SetupRun(installs=True, program=INSTALL.fingerprint, ended=True, in_this_boot=True)
REMOVAL_RUN = SetupRun(installs=False, program=REMOVE.fingerprint, ended=True, in_this_boot=True)
MICROSOFTS: dict[str, tuple[Truth, bool]] = {
    # host -> whether the claim of the Microsoft DSM waits for a restart
    "nothing-changed": (claimed(), False),
    "mpio-changed-in-this-boot": (claimed(noted=True), False),
    "setup-run": (claimed(noted=True, setup=SETUP_RUN), True),
    "setup-cut": (claimed(noted=True, setup=replace(SETUP_RUN, ended=False)), True),
    "another-setup": (claimed(noted=True, setup=replace(SETUP_RUN, program="0")), True),
    "setup-in-another-boot": (claimed(setup=replace(SETUP_RUN, in_this_boot=False)), False),
    "removal-run": (claimed(noted=True, setup=REMOVAL_RUN), False),
    "2003": (with_initiator(microsoft_driver="Disabled", noted=True, setup=SETUP_RUN), True),
    "2003-nothing-changed": (with_initiator(microsoft_driver="Disabled"), False),
}


@pytest.mark.parametrize("package", [KIT, DsmPackage(), replace(KIT, driver="evadsm")])
@pytest.mark.parametrize(("truth", "waits"), MICROSOFTS.values(), ids=MICROSOFTS.keys())
def test_microsofts_claims_nothing_while_hps_may_have_come_unseen(
    truth: Truth, package: DsmPackage, waits: bool
) -> None:
    plan = plan_host(under(MICROSOFT, dsm={"package": package}), truth.host())
    claims = [item for item in plan.steps if isinstance(item.step, (ClaimHardware, SetServiceStart))]
    claims = [item for item in claims if "MSiSCSI" not in item.step.subject]
    assert [item.after is not None for item in claims] == [waits]
    assert bool([reason for reason in plan.reboot_reasons if "may have been installed in this boot" in reason]) is waits


CLAIM = Desired(claim=(P6300,))


def test_a_claim_without_any_word_of_hps_dsm_waits_too() -> None:
    plan = plan_host(CLAIM, claimed(noted=True, setup=SETUP_RUN).host())
    assert plan.ready == ()
    assert "may have been installed in this boot" in str(plan.reboot_reasons)
    assert [type(step) for step in plan_host(CLAIM, claimed().host()).ready] == [ClaimHardware]


def test_a_claim_asks_for_the_drivers_first_and_not_where_nothing_is_to_be_claimed() -> None:
    for truth, asked in ((claimed(), {"drivers", "dsm_notes"}), (claimed(P6300), set())):
        host = replace(truth.host(), drivers=NOT_READ, dsm_notes=NOT_READ)
        assert parts_before(CLAIM, plan_host(CLAIM, host)) == asked
    (finding,) = plan_host(CLAIM, claimed(hp_driver="Boot").host()).of(Severity.REFUSAL)
    assert "registers when Windows starts" in finding.text


SETUPS: dict[str, tuple[SetupRun | None, bool]] = {
    # what is noted -> whether setup is run now
    "nothing": (None, True),
    "this-setup": (SETUP_RUN, False),
    "this-setup-cut": (replace(SETUP_RUN, ended=False), True),
    "this-setup-in-another-boot": (replace(SETUP_RUN, in_this_boot=False), True),
    "another-setup": (replace(SETUP_RUN, program="0"), True),
}


@pytest.mark.parametrize(("setup", "runs"), SETUPS.values(), ids=SETUPS.keys())
def test_a_setup_that_was_run_in_this_boot_waits_for_the_restart(setup: SetupRun | None, runs: bool) -> None:
    plan = plan_host(under(HP), claimed(noted=True, setup=setup).host())
    assert ((INSTALL, True) in deciding(plan)) is runs
    if not runs:
        assert "is installed and registers when Windows starts" in str(plan.reboot_reasons)


def removable(**other: t.Any) -> Truth:
    return claimed(hp_driver="Boot", hp_loaded=True, **other)


def test_a_removal_that_was_run_in_this_boot_waits_for_the_restart() -> None:
    plan = plan_host(only(absent=True), removable(noted=True, setup=REMOVAL_RUN).host())
    assert deciding(plan) == []
    assert "is removed, as far as can be told" in str(plan.reboot_reasons)
    cut = removable(noted=True, setup=replace(REMOVAL_RUN, ended=False))
    assert deciding(plan_host(only(absent=True), cut.host())) == [(REMOVE, True)]


def test_a_removal_that_removed_nothing_is_not_run_again() -> None:
    in_vain = replace(REMOVAL_RUN, in_this_boot=False)
    plan = plan_host(only(absent=True), removable(setup=in_vain).host())
    assert (deciding(plan), plan.reboot_reasons) == ([], ())
    (finding,) = plan.of(Severity.PROBLEM)
    assert "it is not run for one more restart" in finding.text
    for other in (replace(in_vain, ended=False), replace(in_vain, program="0"), replace(in_vain, installs=True)):
        assert deciding(plan_host(only(absent=True), removable(setup=other).host())) == [(REMOVE, True)]


# ---- a change of DSM


def change(truth: Truth, wish: Desired) -> str:
    """What refuses it, as one text."""
    return " | ".join(str(finding) for finding in plan_host(wish, truth.host()).of(Severity.REFUSAL))


BROKEN: dict[str, t.Callable[[Truth], None]] = {
    "redundancy is proven before": lambda truth: truth.sessions.pop(),
    "HOST1\\anna": lambda truth: setattr(truth, "users", ("HOST1\\anna",)),
}


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("text", BROKEN)
def test_a_service_that_starts_on_demand_is_no_change_that_has_begun(text: str, begun: bool) -> None:
    truth = changing.under(changing.MICROSOFT, traits=SERVER_2003, change_begun=begun)
    truth.start_mode = "Manual"
    BROKEN[text](truth)
    assert (text in change(truth, changing.change_to(changing.HP))) is not begun


def test_a_change_that_was_begun_and_taken_up_by_hand_must_be_redundant_again() -> None:
    truth = changing.under(changing.MICROSOFT, traits=SERVER_2003, change_begun=True)
    truth.sessions.pop()
    assert "redundancy is proven before" in change(truth, changing.change_to(changing.HP))


def test_it_is_noted_before_the_service_is_set_on_demand_and_before_anything_goes() -> None:
    truth = changing.under(changing.MICROSOFT, traits=SERVER_2003)
    assert [type(step) for step in plan_host(changing.change_to(changing.HP), truth.host()).ready] == [s.BeginChange]
    truth.change_begun = True
    assert [type(step) for step in plan_host(changing.change_to(changing.HP), truth.host()).ready] == [SetServiceStart]


@pytest.mark.parametrize("allowed", [True, False])
def test_the_note_goes_when_all_is_back(allowed: bool) -> None:
    truth = changing.under(changing.HP, change_begun=True)
    wish = changing.change_to(changing.HP, change=allowed)
    assert [type(step) for step in plan_host(wish, truth.host()).ready] == [s.EndChange]
    path = all_paths(truth)[0]
    truth.sessions = [session for session in truth.sessions if session.path != path]
    steps = plan_host(wish, truth.host()).steps
    assert [item.after for item in steps if isinstance(item.step, s.EndChange)] == ["all else is done"]
    truth.change_begun = False
    assert not [item for item in plan_host(wish, truth.host()).steps if isinstance(item.step, s.EndChange)]


@pytest.mark.parametrize("begun", [True, False])
def test_a_removal_that_removed_nothing_begins_no_change_again(begun: bool) -> None:
    truth = changing.under(changing.HP, change_begun=begun)
    removal = s.RemoveDsm(changing.KIT.removal_path or "", changing.KIT.removal_arguments, reason="")
    truth.setup = SetupRun(installs=False, program=removal.fingerprint, ended=True, in_this_boot=False)
    wish = changing.change_to(changing.MICROSOFT)
    assert "it is not run for one more restart" in change(truth, wish)
    assert plan_host(wish, truth.host()).steps == ()
    other = replace(changing.KIT, removal_arguments=("/uninstall",))
    assert change(truth, changing.change_to(changing.MICROSOFT, package=other)) == ""


def notes_of(truth: Truth, wish: Desired) -> list[str]:
    found = plan_host(wish, truth.host()).of(Severity.NOTE)
    return [finding.text for finding in found if "was cut off on this host" in finding.text]


def test_a_run_that_is_not_to_change_the_dsm_says_that_a_change_was_cut_off() -> None:
    truth = changing.under(changing.HP, change_begun=True)
    usual = changing.change_to(changing.HP, change=False)
    assert notes_of(truth, usual) == []  # all is back, and the note goes
    path = all_paths(truth)[0]
    truth.sessions = [session for session in truth.sessions if session.path != path]
    lun = truth.arrays[0].luns[0].wwn
    truth.taken_offline = {lun}
    (text,) = notes_of(truth, usual)
    assert f"(LUN {lun}: offline until then)" in text
    assert "run the change again with dsm: microsoft" in text
    assert notes_of(truth, changing.change_to(changing.HP)) == []
    truth.change_begun, truth.taken_offline = False, set()
    assert notes_of(truth, usual) == []


def test_the_first_step_and_the_start_of_the_service_say_what_they_are_for() -> None:
    truth = changing.under(changing.HP)
    planned = plan_host(changing.change_to(changing.MICROSOFT), truth.host()).steps
    steps = [item.step for item in planned if not item.fallback]
    assert steps[0].remark == "from the HP MPIO Full Featured DSM for EVA to the Microsoft DSM"
    gone = [step for step in steps if isinstance(step, s.Logout)]
    (start,) = [step for step in steps if isinstance(step, s.StartService)]
    again = [f"session {step.path}" for step in steps if isinstance(step, s.Login)]
    assert sorted([*start.brings, *again]) == sorted(f"session {path}" for path in all_paths(truth))
    assert (len(start.brings), len(again) + 1) == (1, len(gone))
    assert start.remark == f"stored logins bring back {start.brings[0]}"


INITIATOR = Desired(initiator=WantedInitiator())


def test_the_initiator_alone_does_not_start_with_windows_in_the_middle_of_a_change() -> None:
    truth = changing.under(changing.HP, change_begun=True)
    truth.start_mode = "Manual"
    host = truth.host()
    unasked = replace(host, dsm_notes=NOT_READ)
    assert "dsm_notes" in parts_before(INITIATOR, plan_host(INITIATOR, unasked))
    (finding,) = plan_host(INITIATOR, host).of(Severity.REFUSAL)
    assert "or go back with the former one" in finding.text
    plan = plan_host(INITIATOR, replace(host, dsm_notes=Unknown("access denied")))
    assert "access denied" in str(plan.of(Severity.PROBLEM)[0])
    truth.change_begun = False
    assert [type(step) for step in plan_host(INITIATOR, truth.host()).ready] == [SetServiceStart]
    truth.start_mode, truth.change_begun = "Auto", True
    settled = replace(truth.host(), dsm_notes=NOT_READ)
    assert "dsm_notes" not in parts_before(INITIATOR, plan_host(INITIATOR, settled))


def test_what_runs_noted_must_be_known_before_a_claim() -> None:
    host = replace(claimed().host(), dsm_notes=Unknown("access denied"))
    plan = plan_host(CLAIM, host)
    assert plan.ready == ()
    assert "access denied" in str(plan.of(Severity.PROBLEM)[0])


def test_whether_a_named_driver_is_missing_is_not_said_where_nobody_knows_of_changes() -> None:
    wish = only(package=replace(KIT, driver="nosuchdrv"))
    truth = claimed(hp_driver="Boot", hp_loaded=True, hp_driver_recognised=False)
    told = plan_host(wish, truth.host()).of(Severity.PROBLEM)
    assert "nosuchdrv" in str(told[0])
    unknown = plan_host(wish, replace(truth.host(), pending_reboot=Unknown("access denied"))).of(Severity.PROBLEM)
    assert "nosuchdrv" not in str(unknown[0])
    assert "access denied" in str(unknown[0])
