# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether multipath is in effect under HP's DSM, and that of one DSM never counts for the other."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT, DsmKind, Owner
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.effect import State, judge
from ansible_collections.eva.mpio.plugins.plugin_utils._model import value_of
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    bare_2003,
    converged,
    fresh,
    prepared,
    under_hps,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.state import SERVER_2003
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import HP as NAME
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import HP

LABEL = "HP MPIO Full Featured DSM for EVA"


def up(truth: Truth) -> Truth:
    truth.running = True
    return truth


def seen_before(truth: Truth) -> Truth:
    """LUNs that came before the DSM was registered."""
    for session in truth.sessions:
        session.outside = {lun.wwn for lun in truth.arrays[0].luns}
    return truth


STATES: dict[str, tuple[Truth, Owner, State, str]] = {
    "in-effect": (under_hps(), HP, State.IN_EFFECT, f"every visible LUN is a disk of the {LABEL}"),
    "by-its-name": (under_hps(), Owner(DsmKind.HP, NAME.upper()), State.IN_EFFECT, f"disk of the {NAME.upper()}"),
    "by-another-name": (
        under_hps(hp_driver=None),
        Owner(DsmKind.HP, "HP DSM 5"),
        State.REBOOT_PENDING,
        "the HP DSM 5 is installed and not registered yet",
    ),
    "R-13-hps-under-microsofts": (converged(), HP, State.NOT_IN_EFFECT, f"the {LABEL} is not installed"),
    "R-12-microsofts-under-hps": (under_hps(), MICROSOFT, State.NOT_IN_EFFECT, f"belong to DSM {NAME} and not to"),
    "no-mpio": (up(fresh()), HP, State.NOT_IN_EFFECT, "the MPIO feature is not enabled"),
    "mpio-pending": (up(fresh(feature="pending")), HP, State.REBOOT_PENDING, "enabled but not loaded yet"),
    "installed": (prepared(hp_driver="Boot"), HP, State.REBOOT_PENDING, "is installed and not registered yet"),
    "disabled": (prepared(hp_driver="Disabled"), HP, State.NOT_IN_EFFECT, f"the {LABEL} is not installed"),
    "no-lun": (prepared(hp_driver="Boot", hp_loaded=True), HP, State.UNKNOWN, "no LUN of the array is visible yet"),
    "seen-before": (seen_before(under_hps()), HP, State.REBOOT_PENDING, "still outside MPIO, although"),
    "kit-brings-mpio-on-2003": (
        up(bare_2003(hp_driver="Boot")),
        HP,
        State.REBOOT_PENDING,
        "is installed and not registered yet",
    ),
    "kit-on-2003-in-effect": (
        up(bare_2003(hp_driver="Boot", hp_loaded=True)),
        HP,
        State.UNKNOWN,
        "no LUN of the array is visible yet",
    ),
    "2003-microsofts-driver-disabled": (
        prepared(traits=SERVER_2003, microsoft_driver="Disabled", microsoft_loaded=False),
        MICROSOFT,
        State.NOT_IN_EFFECT,
        "the driver of the Microsoft DSM (msiscdsm) is disabled",
    ),
    "until-the-restart": (
        converged(traits=SERVER_2003, microsoft_driver="Disabled"),
        MICROSOFT,
        State.NOT_IN_EFFECT,
        "MPIO disks only until the next restart, because the driver of the Microsoft DSM (msiscdsm) is disabled",
    ),
}


@pytest.mark.parametrize(("truth", "owner", "state", "reason"), STATES.values(), ids=STATES.keys())
def test_states(truth: Truth, owner: Owner, state: State, reason: str) -> None:
    host = truth.host()
    effect = judge(host, value_of(host.sessions), owner)
    assert (effect.state, effect.in_effect) == (state, state is State.IN_EFFECT)
    assert reason in effect.reason


def test_unknown_drivers_do_not_tell_whether_it_is_installed() -> None:
    effect = judge(prepared(hidden=frozenset({"drivers"})).host(), (), HP)
    assert (effect.state, effect.readable) == (State.UNKNOWN, False)


def test_a_driver_that_leaves_takes_effect_away() -> None:
    truth = under_hps()
    truth.hp_driver, truth.hp_leaves = "Disabled", True
    host = truth.host()
    effect = judge(host, value_of(host.sessions), HP)
    assert effect.state is State.NOT_IN_EFFECT
    assert "until the next restart" in effect.reason
