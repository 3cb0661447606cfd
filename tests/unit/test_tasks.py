# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every task that we show or ship is one that the module takes: EXAMPLES, roles, playbooks, scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.eva.mpio.tests.unit import contract

BLOCKS = ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always")
SAMPLES: dict[str, Any] = {"int": 1, "float": 1.0, "bool": True, "list": [], "path": "/sample", "str": "sample"}
TASK_FILES = sorted(
    path
    for pattern in (
        "playbooks/**/*.yml",
        "roles/*/tasks/*.yml",
        "roles/*/handlers/*.yml",
        "extensions/molecule/*/*.yml",
        "tests/integration/**/*.yml",
    )
    for path in contract.ROOT.glob(pattern)
)


@dataclass(frozen=True)
class OurTask:
    """A task that uses a module of this collection, with what module_defaults give it."""

    module: str
    name: str
    arguments: Any
    defaults: dict[str, Any]


def our_tasks(items: Any, defaults: dict[str, Any] | None = None) -> Iterator[OurTask]:
    """Walk plays, blocks and tasks, and yield the tasks of this collection."""
    prefix = f"{contract.COLLECTION}."
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        group = (item.get("module_defaults") or {}).get(f"group/{prefix}mpio") or {}
        inherited = {**(defaults or {}), **group}
        for key in BLOCKS:
            yield from our_tasks(item.get(key), inherited)
        for key, arguments in item.items():
            if key.startswith(prefix):
                yield OurTask(key.removeprefix(prefix), item.get("name") or "", arguments, inherited)


def is_template(value: Any) -> bool:
    """Tell whether a value is known only when the task runs."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def sample(option: dict[str, Any]) -> Any:
    """Return a value that the option takes, to stand for a template."""
    if option.get("choices"):
        choice = option["choices"][0]
        return [choice] if option.get("type") == "list" else choice
    if option.get("type") == "dict":
        suboptions = (option.get("options") or {}).items()
        return {name: sample(suboption) for name, suboption in suboptions if suboption.get("required")}
    return SAMPLES.get(option.get("type", "str"), "sample")


def filled(arguments: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    """Put samples where the arguments hold templates, suboptions included."""
    by_alias = {alias: option for option in spec.values() for alias in option.get("aliases", [])}
    return {name: filled_value(value, spec.get(name) or by_alias.get(name, {})) for name, value in arguments.items()}


def filled_value(value: Any, option: dict[str, Any]) -> Any:
    if is_template(value):
        return sample(option)
    suboptions = option.get("options")
    if suboptions and isinstance(value, dict):
        return filled(value, suboptions)
    if isinstance(value, list):
        element = {**option, "type": option.get("elements", "str")}
        return [filled_value(item, element) for item in value]
    return value


def task_faults(task: OurTask) -> list[str]:
    """Return what is wrong with a task, as sentences."""
    if task.module not in contract.NAMES:
        return [f"{task.name}: there is no module {contract.COLLECTION}.{task.module}"]
    faults = [] if task.name else [f"a task of {task.module} has no name"]
    if is_template(task.arguments):
        return faults
    spec = contract.action_module(task.module).ARGUMENT_SPEC
    inherited = {key: value for key, value in task.defaults.items() if key in spec}
    arguments = filled({**inherited, **(task.arguments or {})}, spec)
    messages = ArgumentSpecValidator(spec).validate(arguments).error_messages
    return faults + [f"{task.name}: {message}" for message in messages]


@pytest.mark.parametrize("name", contract.NAMES)
def test_examples(name: str) -> None:
    tasks = list(our_tasks(contract.load_tasks(contract.documentation(name)[1])))
    assert any(task.module == name for task in tasks), f"no example uses {contract.COLLECTION}.{name}"
    faults = [fault for task in tasks for fault in task_faults(task)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", TASK_FILES, ids=contract.relative)
def test_tasks_that_ship(path: Path) -> None:
    tasks = our_tasks(contract.load_tasks(path.read_text(encoding="utf-8")))
    faults = [fault for task in tasks for fault in task_faults(task)]
    assert not faults, "\n".join(faults)


SPEC = {
    "state": {"choices": ["present", "absent"]},
    "portals": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {"address": {"required": True}, "tcp_port": {"type": "int"}},
    },
}


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"portals": "{{ portals }}", "state": "{{ state }}"}, None),
        ({"portals": [{"address": "{{ item }}", "tcp_port": "{{ port }}"}]}, None),
        ({"portals": ["{{ portal }}"]}, None),
        ({}, "missing required arguments: portals"),
        ({"portals": [], "colour": "red"}, "colour"),
        ({"portals": [], "state": "gone"}, "value of state must be one of"),
        ({"portals": [{"tcp_port": 3260}]}, "missing required arguments: address"),
        ({"portals": [{"address": "10.10.1.21", "tcp_port": "many"}]}, "tcp_port"),
    ],
)
def test_faults_are_found(monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any], fault: str | None) -> None:
    class Action:
        ARGUMENT_SPEC = SPEC

    monkeypatch.setattr(contract, "NAMES", ["portal"])
    monkeypatch.setattr(contract, "action_module", lambda _name: Action)
    play = [{"hosts": "all", "tasks": [{"block": [{"name": "Portals", "eva.mpio.portal": arguments}]}]}]
    faults = [fault for task in our_tasks(play) for fault in task_faults(task)]
    if fault is None:
        assert not faults
    else:
        assert len(faults) == 1
        assert fault in faults[0]


def test_module_defaults_count() -> None:
    play = [
        {
            "module_defaults": {"group/eva.mpio.mpio": {"portals": []}},
            "tasks": [{"name": "One", "eva.mpio.portal": None}, {"name": "Other", "ansible.builtin.debug": None}],
        }
    ]
    assert list(our_tasks(play)) == [OurTask("portal", "One", None, {"portals": []})]


def test_an_unknown_module_is_a_fault() -> None:
    assert task_faults(OurTask("portals", "Typo", {}, {})) == ["Typo: there is no module eva.mpio.portals"]
