# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that cannot be read back."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Answer
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import WantedInitiator
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.watched import machine_of, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, whole

SECRET = "initiatorsecret"
CHAP = Chap("user", "arraysecret12", mutual=True)
MUTUAL = whole(layout(chap=CHAP), initiator=WantedInitiator(mutual_secret=SECRET))


def with_mutual_chap() -> Truth:
    truth = converged()
    truth.logins = [stored(truth, path, CHAP) for path in all_paths(truth)]
    return truth


def test_a_secret_that_no_array_uses_is_not_set_on_every_run() -> None:
    truth = converged()
    machine, _laws = machine_of(truth)
    outcome = converge(machine, whole(initiator=WantedInitiator(mutual_secret=SECRET)))
    assert (truth.secret_set, outcome.taken, outcome.failures) == (0, (), ())
    assert "it is not set, because no array has mutual_chap" in texts(outcome)


def test_a_secret_that_windows_refuses_is_named() -> None:
    truth = with_mutual_chap()
    machine, _laws = machine_of(truth)
    machine.failing = {s.SetInitiatorSecret: [Answer("0xEFFF004C: the secret is invalid", refused=True)]}
    outcome = converge(machine, replace(MUTUAL, initiator=WantedInitiator(mutual_secret=SECRET, update_secret=True)))
    assert truth.secret_set == 0
    assert texts(outcome) == "initiator: set the secret for mutual CHAP: 0xEFFF004C: the secret is invalid"
    assert "initiatorsecret" not in repr(outcome)


def test_a_secret_is_set_once_in_a_run() -> None:
    truth = with_mutual_chap()
    machine, _laws = machine_of(truth)
    outcome = converge(machine, replace(MUTUAL, initiator=WantedInitiator(mutual_secret=SECRET, update_secret=True)))
    assert (truth.secret_set, outcome.state) == (1, "converged")
