# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Until multipath is in effect the stored login makes room for the path that is live, and which one does."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Path
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import portal, prepared
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.views import path, pending, plan_of


def replacements(truth: Truth) -> list[tuple[Path, object]]:
    """The replacements that a plan makes now: which path, in place of which stored login."""
    return [(step.path, step.wrong) for step in plan_of(truth).ready if isinstance(step, s.ReplaceLogin)]


def test_a_wrong_login_that_makes_room_is_not_mended_besides() -> None:
    truth = pending(1)
    truth.logins = [stored(truth, path(3), multipath=False)]
    assert replacements(truth) == [(path(1), truth.logins[0])]


def test_nothing_makes_room_while_it_is_not_known_whether_multipath_is_in_effect() -> None:
    truth = prepared(hidden=frozenset({"disks"}))
    truth.log_in(path(1))
    truth.logins = [stored(truth, path(3))]
    assert plan_of(truth).ready == ()


def test_an_undeclared_stored_login_makes_room_before_a_declared_one() -> None:
    truth = pending(1, stores=[3])
    stale = replace(truth.logins[0], target=path(0).target, portal=portal("10.10.1.99"))
    for logins in ([truth.logins[0], stale], [stale, truth.logins[0]]):
        truth.logins = list(logins)
        assert replacements(truth) == [(path(1), stale)]


def test_a_stored_login_that_is_live_makes_no_room() -> None:
    """Two sessions stand, one of them undeclared and stored for any NIC: a third login must not be stored."""
    truth = pending(1)
    truth.log_in(Path(IPv4Address("10.10.1.99"), path(0).portal, path(0).target))
    truth.logins = [replace(stored(truth, path(0)), port_number=None)]
    plan = plan_of(truth)
    assert [step for step in plan.ready if isinstance(step, s.PathStep)] == []


def test_of_two_targets_at_a_portal_the_choice_does_not_depend_on_the_order_of_the_list() -> None:
    truth = pending()
    other = path(0).target.replace("eva01", "eva00")
    truth.arrays[0].targets[other] = (path(0).portal,)
    truth.known_targets[other] = {path(0).portal}
    forwards = plan_of(truth)
    truth.reordered = True
    assert plan_of(truth) == forwards
    assert {step.target for step in forwards.ready if isinstance(step, s.PathStep)} == {other}
