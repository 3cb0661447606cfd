# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks of HP's DSM that nobody declared, when it is to go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Claims, Host, Known, Traits, value_of
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.bystanders import bystanders
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import WantedDsm
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import under_hps
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.state import SERVER_2003
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import P6300, under

BUS = "MSFT2005iSCSIBusType_0x9"
EVA4400 = f"{'HP':8}{'HSV300':16}"
WISH = WantedDsm(MICROSOFT, (P6300,))


def with_another(entries: tuple[str, ...] = (), traits: Traits | None = None, iscsi: bool = True) -> Host:
    """A host under HP's DSM, one of whose two LUNs is of an array that nobody declared."""
    host = under_hps(traits=traits or Traits()).host()
    first, other = value_of(host.disks)
    host = replace(
        host,
        disks=Known((first, replace(other, vendor="HP", product="HSV300"))),
        claims=Known(Claims(entries, entries)),
    )
    return host if iscsi else replace(host, sessions=Known(()))


LEFT = {
    # what Microsoft's claims, release, by iSCSI -> nothing claims it afterwards
    "nothing-claimed": ((), None, True, True),
    "the-declared-one": ((P6300,), None, True, True),
    "its-own-claim": ((EVA4400,), None, True, False),
    "a-prefix": (("HP      HSV",), None, True, False),
    "the-bus": ((BUS,), None, True, False),
    "the-bus-by-fibre-channel": ((BUS,), None, False, True),
    "its-own-claim-by-fibre-channel": ((EVA4400, BUS), None, False, False),
    "2003": ((), SERVER_2003, True, False),
    "2003-by-fibre-channel": ((), SERVER_2003, False, True),
}


@pytest.mark.parametrize(("entries", "traits", "iscsi", "left"), LEFT.values(), ids=LEFT.keys())
def test_what_nothing_claims_once_hps_dsm_is_gone(
    entries: tuple[str, ...], traits: Traits | None, iscsi: bool, left: bool
) -> None:
    host = with_another(entries, traits, iscsi)
    found = bystanders(WISH, host)
    assert [disk.wwn for disk in found if disk.product == "HSV300"] == ([value_of(host.disks)[1].wwn] if left else [])


def test_hps_dsm_does_not_go_while_a_disk_that_nobody_declared_depends_on_it() -> None:
    host = with_another()
    plan = plan_host(under(MICROSOFT, dsm={"change": True}), host)
    assert plan.ready == ()
    wwn = value_of(host.disks)[1].wwn
    texts = [finding.text for finding in plan.of(Severity.REFUSAL)]
    assert [wwn in text and "nothing claims them afterwards" in text for text in texts].count(True) == 1


def test_a_declared_disk_is_none_of_them() -> None:
    assert bystanders(WISH, under_hps().host()) == ()
