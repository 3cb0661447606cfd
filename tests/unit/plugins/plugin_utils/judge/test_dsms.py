# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose DSM it is by its friendly name, and whose driver by the name of its service."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import (
    MICROSOFT,
    DsmKind,
    Owner,
    may_be_hps_driver,
)

NAMES = [
    # friendly name -> Microsoft's, HP's for EVA
    ("Microsoft DSM", True, False),
    ("microsoft iSCSI DSM", True, False),
    ("HP MPIO Full Featured DSM for EVA", False, True),
    ("HP EVA DSM", False, True),
    ("HPE MPIO DSM", False, True),
    ("hpeaadsm", False, True),
    ("DSM for HSV340", False, True),
    ("HP DSM for EVA and XP", False, True),
    ("HP Express DSM", False, True),
    ("HP MSA DSM", False, False),
    ("HP MPIO DSM for XP", False, False),
    ("HPMSADSM", False, False),
    ("HP 3PAR DSM", False, False),
    ("IBM SDDDSM", False, False),
    ("", False, False),
]


@pytest.mark.parametrize(("name", "microsofts", "hps"), NAMES)
def test_whose_dsm_it_is_by_its_name(name: str, microsofts: bool, hps: bool) -> None:
    assert (MICROSOFT.is_it(name), MICROSOFT.other.is_it(name)) == (microsofts, hps)


def test_a_name_that_the_administrator_knows_is_the_only_one() -> None:
    owner = Owner(DsmKind.HP, "Array DSM")
    assert owner.is_it(" array dsm")
    assert not owner.is_it("HP EVA DSM")


DRIVERS = [("hpeaadsm", True), ("hpevadsm", True), ("evadsm", True), ("hpmaadsm", False), ("HPXPDSM", False)]


@pytest.mark.parametrize(("service", "hps"), [*DRIVERS, ("hpmsadsm", False), ("msdsm", False), ("mpio", False)])
def test_whose_driver_it_is(service: str, hps: bool) -> None:
    assert may_be_hps_driver(service) is hps
