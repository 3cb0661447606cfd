# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module reboot: what it refuses, what it reads for that, and what is accepted by name."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.action.reboot import ActionModule
from ansible_collections.eva.mpio.plugins.plugin_utils import _action
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Cluster, Host, Known
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.guards import GUARDS
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth


class Machine:
    """A host of the tests in the place of a real one."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.parts: list[frozenset[str]] = []

    def __call__(self, *_link_and_limits: object) -> Machine:
        return self

    def read(self, parts: frozenset[str]) -> Host:
        self.parts.append(parts)
        return self.truth.host(parts)

    def restart(self, host: Host) -> dict[str, t.Any]:
        self.truth.boot()
        return {}


def in_use() -> Truth:
    """People, cluster groups, and a session that nothing would bring back."""
    truth = converged(users=("FILES01\\anna",))
    truth.cluster = Cluster(member=True, groups=Known(("SQL",)))
    truth.logins = []
    return truth


def reboot(
    truth: Truth, monkeypatch: pytest.MonkeyPatch, *, check_mode: bool = False, **given: t.Any
) -> tuple[dict[str, t.Any], frozenset[str]]:
    """Run the module; return its result and what it has read."""
    machine = Machine(truth)
    monkeypatch.setattr(_action, "WindowsMachine", machine)
    plugin = object.__new__(ActionModule)
    plugin._task = type("Task", (), {"check_mode": check_mode})()
    arguments = {"state": "rebooted", "force": False, "reboot_despite": [], **given}
    link: t.Any = None
    result = plugin.work(arguments, link)
    return result, machine.parts[0]


@pytest.mark.parametrize("check_mode", [False, True])
def test_everything_that_keeps_it_off_is_said_at_once(monkeypatch: pytest.MonkeyPatch, check_mode: bool) -> None:
    truth = in_use()
    result, read = reboot(truth, monkeypatch, check_mode=check_mode)
    assert (result["failed"], result["rebooted"], truth.boots) == (True, False, 0)
    for text in ("FILES01\\anna", "this host owns groups of its failover cluster: SQL", "have no stored login"):
        assert text in result["msg"]
    assert read >= GUARDS


def test_what_is_accepted_by_name_is_neither_read_nor_said(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = in_use()
    result, read = reboot(truth, monkeypatch, reboot_despite=["users"])
    assert "anna" not in result["msg"]
    assert "SQL" in result["msg"]
    assert read & GUARDS == {"cluster"}


def test_force_means_all(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = in_use()
    result, read = reboot(truth, monkeypatch, force=True)
    assert (result["rebooted"], truth.boots) == (True, 1)
    assert not read & GUARDS


def test_nothing_keeps_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = converged()
    result, _read = reboot(truth, monkeypatch, check_mode=True)
    assert (result["changed"], result["rebooted"], truth.boots) == (True, False, 0)
    result, _read = reboot(truth, monkeypatch)
    assert (result["changed"], result["rebooted"], truth.boots) == (True, True, 1)
