# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hardware ids that the Microsoft DSM shall claim, or claim no more."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, claim, read_arguments, unclaim
from ansible_collections.eva.mpio.tests.unit import contract
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wish.reading import raised

BUS = "MSFT2005iSCSIBusType_0x9"


def wish(**given: t.Any) -> Desired:
    """Return what the module claim wishes for."""
    action, faults = contract.action_module("claim"), Faults()
    found: Desired = object.__new__(action.ActionModule).wish(
        read_arguments(action.ARGUMENT_SPEC, given, faults), faults
    )
    faults.check()
    return found


def test_claim() -> None:
    assert wish(models=["P6300"]) == Desired(claim=("HP      HSV340          ",))
    assert wish(models=["P6300"], all_iscsi=True) == Desired(claim=("HP      HSV340          ", BUS))
    assert wish(all_iscsi=True) == Desired(claim=(BUS,))


def test_what_is_given_up_may_be_active_passive() -> None:
    assert wish(state="absent", models=["EVA5000"], hardware_ids=["COMPAQ  HSV110 (C)COMPAQ"]) == Desired(
        unclaim=("HP      HSV110          ", "COMPAQ  HSV110 (C)COMPAQ", "HP      HSV111          ")
    )
    assert wish(state="absent", all_iscsi=True) == Desired(unclaim=(BUS,))


@pytest.mark.parametrize(("state", "what"), [("present", "claim"), ("absent", "give up")])
def test_nothing_is_no_wish(state: str, what: str) -> None:
    action, faults = contract.action_module("claim"), Faults()
    object.__new__(action.ActionModule).wish(read_arguments(action.ARGUMENT_SPEC, {"state": state}, faults), faults)
    assert raised(faults) == (f"models, hardware_ids, all_iscsi: at least one of them must name something to {what}",)


ENTRIES = {
    "iscsi": ("MSFT2005iSCSIBusType_0x9", "claims every iSCSI LUN of every array; all_iscsi"),
    "iscsi-in-small-letters": ("msft2005iscsibustype_0x9", "claims every iSCSI LUN of every array; all_iscsi"),
    "sas": ("MSFT2011SASBusType_0xA  ", "claims every SAS disk"),
    "fibre-channel": ("MSFT2015FCBusType_0x6   ", "claims every Fibre Channel disk"),
    "placeholder": ("Vendor 8Product       16", "is the placeholder of the list"),
}


@pytest.mark.parametrize("read", [claim, unclaim], ids=["claim", "unclaim"])
@pytest.mark.parametrize(("entry", "text"), ENTRIES.values(), ids=ENTRIES.keys())
def test_entries_that_are_no_hardware_id(read: t.Any, entry: str, text: str) -> None:
    faults = Faults()
    assert read([], [entry], faults) == ()
    (fault,) = raised(faults)
    assert fault.startswith(f"hardware_ids[0]: {entry!r} {text}")


MISPLACED = {
    "one-blank": ("HP HSV450", "'HP      HSV450', which is that of models EVA8400?"),
    "no-blank": ("HPHSV450", "'HP      HSV450', which is that of models EVA8400?"),
    "one-too-many": ("HP       HSV340         ", "'HP      HSV340', which is that of models P6300, P6350?"),
    "the-old-name": ("COMPAQ HSV110 (C)COMPAQ", "'COMPAQ  HSV110 (C)COMPAQ', which is that of models EVA5000?"),
    "another-array": ("IBM 2107900", "'IBM     2107900'?"),
}


@pytest.mark.parametrize("read", [claim, unclaim], ids=["claim", "unclaim"])
@pytest.mark.parametrize(("entry", "meant"), MISPLACED.values(), ids=MISPLACED.keys())
def test_an_id_whose_vendor_is_not_padded_would_match_nothing(read: t.Any, entry: str, meant: str) -> None:
    faults = Faults()
    assert read([], [entry], faults) == ()
    (fault,) = raised(faults)
    assert fault.startswith(f"hardware_ids[0]: {entry!r} ")
    assert fault.endswith(f"; did you mean {meant}")


@pytest.mark.parametrize("given", ["HP      HSV450", "hp      hsv450", "HP      MSA2012i", "Two WordPR".ljust(24)])
def test_an_id_whose_vendor_is_padded_is_taken(given: str) -> None:
    faults = Faults()
    assert claim([], [given], faults) == (given.ljust(24),)
    faults.check()


def test_what_no_model_is() -> None:
    faults = Faults()
    unclaim(["P9999"], ["{{ id }}", "HSV340"], faults)
    model, template, short = raised(faults)
    assert model.startswith("models[0]: 'P9999' is no EVA or P6000 model")
    assert template == "hardware_ids[0]: '{{ id }}' is a template that was not filled in"
    assert short.startswith("hardware_ids[1]: 'HSV340' is no vendor")
