# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the README and the guides tell people to write and to type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.eva.mpio.plugins.plugin_utils import _options
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import (
    Faults,
    claim,
    hp_dsm,
    hp_policies,
    layout,
    policies,
)
from ansible_collections.eva.mpio.tests.unit import contract
from ansible_collections.eva.mpio.tests.unit.test_tasks import our_tasks, task_faults

PAGES = sorted(
    [
        contract.ROOT / "README.md",
        contract.ROOT / "CONTRIBUTING.md",
        *contract.ROOT.glob("roles/*/README.md"),
        *contract.ROOT.glob("docs/docsite/rst/*.rst"),
    ]
)
MARKDOWN = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPHINX = re.compile(r"^\.\. code-block:: (\w+)\n\n((?:    .*\n|\n)+)", re.MULTILINE)


def blocks(path: Path, language: str) -> list[str]:
    """Return the code of a page in one language."""
    text = path.read_text(encoding="utf-8")
    found = MARKDOWN.findall(text) if path.suffix == ".md" else SPHINX.findall(text)
    return [re.sub(r"^    ", "", code, flags=re.MULTILINE) if path.suffix == ".rst" else code for kind, code in found
            if kind == language]  # fmt: skip


YAML = [(path, code) for path in PAGES for code in blocks(path, "yaml")]
CONSOLE = [(path, code) for path in PAGES for code in blocks(path, "console")]


def mappings(value: Any) -> Iterator[dict[str, Any]]:
    """Return every mapping in a value, the value itself included."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from mappings(item)


def test_there_is_something_to_look_at() -> None:
    assert len(YAML) >= 4
    assert len(CONSOLE) >= 3


@pytest.mark.parametrize(("path", "code"), YAML, ids=[contract.relative(path) for path, _code in YAML])
def test_yaml(path: Path, code: str) -> None:
    content = contract.load_tasks(code)
    assert [fault for task in our_tasks(content) for fault in task_faults(task)] == []
    faults = Faults()
    for found in mappings(content):
        if "multipath_arrays" in found:
            nics = [other["multipath_nics"] for other in mappings(content) if "multipath_nics" in other]
            arrays = [{**DEFAULTS, **array} for array in found["multipath_arrays"]]
            for addresses in nics:
                layout({"arrays": arrays, "nics": addresses, "mesh": "subnet"}, faults)
        if "multipath_lun_policies" in found:
            policies({**POLICIES, "lun_policies": found["multipath_lun_policies"], "arrays": CONTROLLERS}, faults)
        if "multipath_hp_policies" in found:
            options = {name.removeprefix("multipath_"): value for name, value in found.items()}
            hp_policies({**HP_POLICIES, **{name: options[name] for name in HP_POLICIES if name in options}}, faults)
        if "multipath_dsm_package" in found:
            package = {**PACKAGE, **found["multipath_dsm_package"]}
            hp_dsm({"state": "present", "dsm_package": package}, faults)
    faults.check()


def defaults(spec: dict[str, Any]) -> dict[str, Any]:
    """Return what options are when nobody gives them."""
    return {name: option.get("default") for name, option in spec.items()}


DEFAULTS = defaults(contract.action_module("host").ARGUMENT_SPEC["arrays"]["options"])
PACKAGE = defaults(contract.action_module("host").ARGUMENT_SPEC["dsm_package"]["options"])
POLICIES = defaults(_options.POLICIES)
CONTROLLERS = [{"portals": [{"controller": "A"}, {"controller": "B"}]}]
"""What the arrays of the guides declare of controllers."""
HP_POLICIES = defaults({**_options.HP_POLICIES, **_options.HP_POLICY_SET})


@pytest.mark.parametrize(("path", "code"), CONSOLE, ids=[contract.relative(path) for path, _code in CONSOLE])
def test_commands(path: Path, code: str) -> None:
    names = re.findall(r"eva\.mpio\.(\w+)", code)
    playbooks = {file.stem for file in (contract.ROOT / "playbooks").glob("*.yml")}
    assert set(names) <= playbooks | set(contract.NAMES) | {"tests"}
    variables = re.findall(r"-e (\w+)=", code)
    known = contract.load_yaml(contract.ROOT / "roles/multipath/meta/argument_specs.yml")
    assert set(variables) <= set(known["argument_specs"]["main"]["options"])


def test_make_targets() -> None:
    targets = set(re.findall(r"^(\w+):", (contract.ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in PAGES:
        named = set(re.findall(r"^\s+(?:\$ )?(?:\w+=\S+ )?make (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= targets, path


def test_every_model_of_the_requirements_is_taken() -> None:
    assert claim(["EVA4000", "EVA8400", "P6300", "P6550"], [], Faults())


@pytest.mark.parametrize("name", ["mesh", "hardware_id"])
def test_filter_examples(name: str) -> None:
    """Each example of a filter is rendered as Ansible renders it."""
    source = (contract.ROOT / "plugins" / "filter" / f"{name}.py").read_text(encoding="utf-8")
    examples = re.search(r'EXAMPLES = r"""(.*?)"""', source, re.DOTALL)
    assert examples is not None
    tasks = contract.load_tasks(examples[1])
    assert tasks
    for task in tasks:
        assert Templar(loader=DataLoader()).template(task["ansible.builtin.debug"]["msg"])
