# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wish reads the parts of a host that its plan looks at, and no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import PARTS, Chap
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, Layout, WantedInitiator
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_needed, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.parts import parts_before
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, whole

ON_REQUEST = {"isns_servers", "volumes", "dependencies", "new_disk_policy", "cluster", "disk_use", "users", "drivers"}


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (WantedInitiator(), set()),
        (WantedInitiator(isns_servers=()), {"isns_servers"}),
        (WantedInitiator(bind_volumes=True), {"volumes"}),
        (WantedInitiator(dependent_services=("MSSQLSERVER",)), {"dependencies"}),
        (WantedInitiator(cluster_disks_offline=True), {"cluster", "new_disk_policy"}),
    ],
    ids=["nothing more", "iSNS", "volumes", "services", "cluster"],
)
def test_what_an_option_needs_is_read_with_that_option_alone(wish: WantedInitiator, expected: set[str]) -> None:
    assert parts_needed(whole(initiator=wish)) & ON_REQUEST == expected


def test_what_costs_a_request_and_guards_a_step_is_not_read_before_the_step_is_planned() -> None:
    assert not parts_needed(whole()) & {"users", "cluster", "disk_use", "drivers"}
    assert parts_before(whole(), plan_host(whole(), converged().host())) == frozenset()


@pytest.mark.parametrize("wish", [Desired(layout=layout(), portals=True), whole()], ids=["portal", "host"])
def test_addresses_of_a_cluster_are_read_wherever_nics_are_declared(wish: Desired) -> None:
    assert "cluster_addresses" in parts_needed(wish)
    assert "cluster_addresses" not in parts_needed(Desired(initiator=WantedInitiator()))


def test_discovery_portals_look_at_the_first_login_only_where_chap_comes_after_it() -> None:
    (array,) = layout(chap=Chap("host1", "secretsecret1")).arrays
    later = Layout((replace(array, chap_after_first_login=True),), layout().nics)
    needed = [parts_needed(Desired(layout=one, portals=True)) for one in (layout(), later)]
    assert needed[1] - needed[0] == {"sessions", "logins", "targets"}


@pytest.mark.parametrize(
    "wish",
    [whole(), Desired(layout=layout(), absent=True, portals=True), Desired()],
    ids=["host", "absent", "nothing"],
)
def test_every_part_has_its_name(wish: Desired) -> None:
    assert parts_needed(wish) <= set(PARTS)
