# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RETURN of each module against what its action plugin returns; ansible-doc and ansible-test compare neither."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.eva.mpio.plugins.plugin_utils import _machine
from ansible_collections.eva.mpio.plugins.plugin_utils._action import ConvergeAction, ReadAction, RestartAction
from ansible_collections.eva.mpio.plugins.plugin_utils._engine import converge
from ansible_collections.eva.mpio.plugins.plugin_utils._result import result_of
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults
from ansible_collections.eva.mpio.tests.unit import contract
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.fake_machine import FakeMachine
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    bare_2003,
    converged,
    fresh,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth

# Ansible's own return values; a module may document them all the same.
ANSIBLES = {"changed", "diff", "failed", "warnings"}
# Returned by the template for every module: when arguments are refused, or the host is none that is managed.
OF_THE_TEMPLATE = {"faults", "msg"}

NICS = ["10.10.1.11", "10.10.2.11"]
PORTALS = ["10.10.1.21", "10.10.2.21", "10.10.1.22", "10.10.2.22"]
VALUES: dict[str, t.Any] = {
    "arrays": [{"name": "eva01", "model": "P6300", "portals": PORTALS}],
    "nics": NICS,
    "lun_policies": {"default": "failover_only"},
    "models": ["P6300"],
    "dsm_package": {"path": r"C:\prepared\setup.exe"},
    "cluster_nodes": [{"os": {"name": "FILES02"}, "dsms": [], "disks": []}],
    "pdo_remove_period": 60,
}
"""A value for each option that a module cannot do without."""


def arguments_of(name: str) -> dict[str, t.Any]:
    """Return arguments for a module as its action plugin gets them after validation."""
    spec = contract.action_module(name).ARGUMENT_SPEC
    result = ArgumentSpecValidator(spec).validate({key: value for key, value in VALUES.items() if key in spec})
    assert not result.error_messages
    arguments: dict[str, t.Any] = result.validated_parameters
    return arguments


def hosts() -> Iterator[Truth]:
    """Hosts that between them show every kind of step, finding and LUN."""
    yield from (fresh(), prepared(), converged())
    broken = converged()
    broken.sessions.pop()
    for interface in broken.interfaces:
        for array in broken.arrays:
            broken.down |= {(interface.ip, port) for ports in array.targets.values() for port in ports}
    broken.discovery, broken.known_targets = broken.discovery[:2], {}
    yield broken
    yield prepared(nics=["10.10.1.11/24"])
    unclaimed = prepared()
    unclaimed.claims = []
    yield unclaimed
    stopped = prepared()
    stopped.running = False
    yield stopped
    yield bare_2003()
    unpresented = prepared()
    for lun in unpresented.arrays[0].luns:
        lun.presented = False
    yield unpresented


def results(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, t.Any]]:
    """Return what the module returns in each of its ways."""
    action = contract.action_module(name).ActionModule
    plugin = object.__new__(action)
    arguments = arguments_of(name)
    if issubclass(action, ConvergeAction):
        desired = plugin.wish(arguments, Faults())
        for check_mode in (True, False):
            for truth in hosts():
                machine = FakeMachine(truth)
                yield result_of(desired, converge(machine, desired, check_mode=check_mode), machine.command, check_mode)
    elif issubclass(action, ReadAction):
        for truth in hosts():
            yield plugin.shape(arguments, truth.host(plugin.parts(arguments)))
    else:
        assert issubclass(action, RestartAction)
        yield from _restarts(plugin, arguments, monkeypatch)


def _restarts(
    plugin: RestartAction, arguments: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, t.Any]]:
    unstored = converged()
    unstored.logins = []

    class Reader:
        """Reads a host that goes down and comes up at once."""

        truth = converged()

        def __init__(self, *_of_the_real_one: object) -> None:
            """Need neither link nor release."""

        def read(self, parts: frozenset[str], previous: t.Any) -> t.Any:
            return self.truth.host(parts, previous)

    class Link:
        """Takes the shutdown."""

        host = "host1"

        def start(self, command: object) -> None:
            Reader.truth.boot()

        def use_code_page(self, code_page: int) -> None:
            """Take every code page."""

        def reset(self) -> None:
            """Nothing to forget."""

    monkeypatch.setattr(_machine, "Reader", Reader)
    monkeypatch.setattr(_machine, "read_operating_system", lambda _link: Reader.truth.host().os)
    link: t.Any = Link()
    for truth, state, check_mode in (
        (converged(), "rebooted", False),
        (converged(), "rebooted", True),
        (converged(), "waited", False),
        (unstored, "rebooted", False),
        (converged(users=("FILES01\\anna",)), "rebooted", False),
    ):
        Reader.truth = truth
        plugin._task = type("Task", (), {"check_mode": check_mode})()
        yield plugin.work({**arguments, "state": state}, link)


def differences(where: str, documented: dict[str, t.Any], returned: list[dict[str, t.Any]]) -> Iterator[str]:
    """Compare documented keys with those of dictionaries that were returned, ``contains`` included.

    A key that says no more than that it is always there (``returned`` is left out, or "always") is in each of them.
    """
    names = {key for one in returned for key in one}
    yield from (f"{where}{key}: returned, not documented" for key in sorted(names - set(documented)))
    for key, says in documented.items():
        holders = [one[key] for one in returned if key in one]
        if not holders:
            yield f"{where}{key}: documented, never returned"
        elif len(holders) < len(returned) and says.get("returned", "always") == "always":
            yield f"{where}{key}: documented as always returned, and is not"
        if holders and "contains" in says:
            inner = [item for one in holders for item in (one if isinstance(one, list) else [one])]
            yield from differences(f"{where}{key}.", says["contains"], inner)


@pytest.mark.parametrize("name", contract.NAMES)
def test_return_is_what_is_returned(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def own(values: dict[str, t.Any]) -> dict[str, t.Any]:
        return {key: value for key, value in values.items() if key not in ANSIBLES | OF_THE_TEMPLATE}

    returned = [own(result) for result in results(name, monkeypatch)]
    faults = list(differences("", own(contract.documentation(name)[2]), returned))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", contract.NAMES)
def test_what_the_template_returns_is_documented(name: str) -> None:
    assert not OF_THE_TEMPLATE - set(contract.documentation(name)[2])


@pytest.mark.parametrize(
    ("documented", "returned", "fault"),
    [
        ({}, [{"a": 1}], "a: returned, not documented"),
        ({"a": {}}, [{}], "a: documented, never returned"),
        ({"a": {"returned": "always"}}, [{"a": 1}, {}], "a: documented as always returned, and is not"),
        ({"a": {"contains": {"b": {}}}}, [{"a": [{"b": 1, "c": 2}]}], "a.c: returned, not documented"),
        ({"a": {"contains": {"b": {}}}}, [{"a": []}], "a.b: documented, never returned"),
        ({"a": {"contains": {"b": {"contains": {"c": {}}}}}}, [{"a": {"b": {}}}], "a.b.c: documented, never returned"),
    ],
)
def test_differences_are_found(documented: dict[str, t.Any], returned: list[dict[str, t.Any]], fault: str) -> None:
    assert list(differences("", documented, returned)) == [fault]


def test_what_is_returned_now_and_then_may_be_missing() -> None:
    assert not list(differences("", {"a": {"returned": "when it is there"}}, [{"a": 1}, {}]))
