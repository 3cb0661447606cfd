# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the tests of paths look at plans, and the hosts they look at."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Path
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, Layout, WantedPaths
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Finding, Memory, Plan, Severity, Side
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    fresh,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout

FAILED = Finding(Severity.PROBLEM, Side.NETWORK, "path", "it failed", one_path=True)


def paths_wish(where: Layout | None = None, **other: t.Any) -> Desired:
    """What the module session wishes."""
    return Desired(layout=where or layout(), paths=WantedPaths(), **other)


def plan_of(truth: Truth, where: Layout | None = None, memory: Memory | None = None, **other: t.Any) -> Plan:
    return plan_host(paths_wish(where, **other), truth.host(), memory)


def short(step: s.Step) -> str:
    """``Login .1.11>.1.21`` of a path, the type of any other step."""
    if not isinstance(step, s.PathStep):
        return type(step).__name__
    nic, address = (str(one).removeprefix("10.10") for one in (step.nic, step.portal.address))
    return f"{type(step).__name__} {nic}>{address}{'' if step.target else ' rule'}"


def ready(plan: Plan) -> list[str]:
    return [short(step) for step in plan.ready]


def waiting(plan: Plan) -> list[str]:
    return [f"{short(item.step)} [{item.after}]" for item in plan.steps if item.after]


def path(number: int) -> Path:
    """One of the four paths of the fake host."""
    return all_paths(fresh())[number]


def changed(change: Callable[[Truth], object], make: Callable[..., Truth] = converged, **other: t.Any) -> Truth:
    truth = make(**other)
    change(truth)
    return truth


A, B, C, D = ".1.11>.1.21", ".2.11>.2.21", ".1.11>.1.22", ".2.11>.2.22"


def drop_session(truth: Truth) -> None:
    truth.sessions.pop(0)


def drop_login(truth: Truth) -> None:
    truth.logins.pop(0)


def drop_both(truth: Truth) -> None:
    drop_session(truth)
    drop_login(truth)


def no_targets(truth: Truth) -> None:
    truth.known_targets.clear()


def pending(*live: int, stores: t.Collection[int] = ()) -> Truth:
    """The feature is enabled and not loaded; these paths are live and stored."""
    truth = prepared()
    truth.feature = "pending"
    for number in live:
        truth.log_in(path(number))
    truth.logins = [stored(truth, path(number)) for number in stores]
    return truth
