# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A DSM that has the arrays' disks, or may have them, beside the one that shall own them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT as MICROSOFTS
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import DsmKind, Owner
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    NOT_READ,
    Claims,
    Dsm,
    Host,
    Known,
    Traits,
    Unknown,
    value_of,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.rivals import beside_microsofts, may_register_hps
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.changing import (
    HP,
    MICROSOFT,
    change_to,
    under,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import HP as HP_NAME
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import SERVER_2003, Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import P6300
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.deciding import UNCLAIM, claimed, disable, only

STRANGER = "Acme DSM"


def refused(host: Host, wish: Desired) -> str:
    return " | ".join(str(finding) for finding in plan_host(wish, host).of(Severity.REFUSAL))


def both(kind: DsmKind, traits: Traits) -> Truth:
    """A host whose disks one DSM has, while the other one may claim them too when Windows starts."""
    truth = under(kind, traits=traits)
    if kind is MICROSOFT:
        truth.hp_driver = "Boot"
    elif traits.claim_list:
        truth.claims = [P6300]
    else:
        truth.microsoft_driver, truth.microsoft_loaded = "Boot", True
    return truth


@pytest.mark.parametrize("change", [True, False])
@pytest.mark.parametrize(("traits", "step"), [(Traits(), UNCLAIM), (SERVER_2003, disable("msiscdsm"))])
def test_where_hps_has_every_disk_microsofts_gives_up_what_it_may_claim(
    traits: Traits, step: s.Step, change: bool
) -> None:
    truth = both(HP, traits)
    plan = plan_host(change_to(HP, change=change), truth.host())
    assert plan.of(Severity.REFUSAL) == ()
    assert plan.ready == (step,)
    assert not any(isinstance(item.step, (s.Logout, s.RemoveLogin, s.TakeDiskOffline)) for item in plan.steps)
    truth.sessions[0].outside = {truth.arrays[0].luns[0].wwn}
    assert plan_host(change_to(HP, change=change), truth.host()).ready == ()


@pytest.mark.parametrize("registered", [True, False])
@pytest.mark.parametrize("change", [True, False])
@pytest.mark.parametrize("traits", [Traits(), SERVER_2003], ids=["2012", "2003"])
def test_where_microsofts_has_every_disk_hps_is_to_be_removed_and_nothing_is_moved(
    traits: Traits, change: bool, registered: bool
) -> None:
    host = both(MICROSOFT, traits).host()
    if registered:
        host = replace(host, dsms=Known((*value_of(host.dsms), Dsm(HP_NAME, "4.3.0.0"))))
    text = refused(host, change_to(MICROSOFT, change=change))
    assert "remove it with eva.mpio.dsm and state: absent" in text
    assert "change_dsm" not in text


def test_a_broken_host_is_not_sent_to_the_dsm_that_has_nothing() -> None:
    truth = both(HP, Traits())
    first = truth.arrays[0].luns[0].wwn
    truth.sessions[0].outside = {first}
    text = refused(truth.host(), change_to(HP))
    assert "dsm: microsoft mends" not in text
    assert "take its claim away (eva.mpio.claim with state: absent)" in text


# ---- one that nobody knows


def stranger(host: Host) -> Host:
    """The same disks under a DSM whose name tells nothing."""
    disks = tuple(replace(disk, dsm=STRANGER) for disk in value_of(host.disks))
    return replace(host, disks=Known(disks), dsms=Known((*value_of(host.dsms), Dsm(STRANGER, "1.0"))))


def unclaimed(host: Host) -> Host:
    """Such a host on which the Microsoft DSM may claim nothing."""
    drivers = tuple(replace(driver, start_mode="Disabled") for driver in value_of(host.drivers))
    return replace(stranger(host), claims=Known(Claims((), ())), drivers=Known(drivers))


@pytest.mark.parametrize("change", [True, False])
@pytest.mark.parametrize("traits", [Traits(), SERVER_2003], ids=["2012", "2003"])
def test_hps_is_not_installed_beside_a_dsm_that_nobody_knows(traits: Traits, change: bool) -> None:
    truth = under(MICROSOFT, traits=traits)
    host = unclaimed(truth.host())
    text = refused(host, change_to(HP, change=change))
    assert f"DSM {STRANGER}: it owns {truth.arrays[0].luns[0].wwn}" in text
    assert "hp_dsm_name" in text
    assert "hp_dsm_name" in refused(host, only())


def test_the_dsm_that_is_named_is_no_stranger() -> None:
    assert STRANGER not in refused(unclaimed(under(MICROSOFT).host()), only(Owner(HP, STRANGER)))


def test_a_change_does_not_begin_while_a_stranger_has_some_of_the_disks() -> None:
    host = under(MICROSOFT).host()
    first, *rest = value_of(host.disks)
    mixed = replace(host, disks=Known((replace(first, dsm=STRANGER), *rest)))
    assert f"DSM {STRANGER}: it owns {first.wwn}" in refused(mixed, change_to(HP))


# ---- what a proof and a restart say


def said(host: Host, owner: Owner = MICROSOFTS) -> list[str]:
    return [finding.where for finding in beside_microsofts(owner, host)]


def test_hps_driver_beside_microsofts_disks_is_a_problem() -> None:
    host = both(MICROSOFT, Traits()).host()
    (finding,) = beside_microsofts(MICROSOFTS, host)
    assert finding.severity is Severity.PROBLEM
    assert "registers when Windows starts" in finding.text
    assert "eva.mpio.dsm with state: absent" in finding.text
    assert may_register_hps(host)
    assert said(host, Owner(HP)) == []
    registered = replace(host, dsms=Known((*value_of(host.dsms), Dsm(HP_NAME, "4.3.0.0"))))
    assert said(registered) == [f"DSM {HP_NAME}"]


@pytest.mark.parametrize(
    "host",
    [
        under(MICROSOFT).host(),
        under(HP).host(),
        claimed(hp_driver="Boot").host(),
        both(HP, Traits()).host(),
        replace(both(MICROSOFT, Traits()).host(), drivers=NOT_READ),
        replace(both(MICROSOFT, Traits()).host(), drivers=Unknown("access denied")),
    ],
    ids=["microsofts-alone", "hps-alone", "no-disk", "hps-with-a-claim-beside", "not-asked", "not-known"],
)
def test_nothing_is_said_where_no_second_dsm_comes(host: Host) -> None:
    assert said(host) == []


@pytest.mark.parametrize("drivers", [NOT_READ, Unknown("access denied")])
def test_of_unknown_drivers_none_waits(drivers: Unknown) -> None:
    assert not may_register_hps(replace(under(MICROSOFT).host(), drivers=drivers))
