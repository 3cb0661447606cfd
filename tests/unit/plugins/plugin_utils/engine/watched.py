# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fake machine under the eyes of the law, and what a run said."""

from __future__ import annotations

from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Outcome
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.laws import Laws
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth


def machine_of(truth: Truth) -> tuple[FakeMachine, Laws]:
    laws = Laws()
    return FakeMachine(truth, laws.watch), laws


def texts(outcome: Outcome) -> str:
    return " | ".join(str(finding) for finding in outcome.plan.findings)
