# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role's argument specs against its defaults: Ansible validates with the one and runs with the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.unit import contract

ROLES = sorted(path for path in (contract.ROOT / "roles").glob("*") if path.is_dir())


def role_faults(role: str, entry_points: dict[str, Any], defaults: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each difference between the argument specs' defaults and defaults/main.yml."""
    documented: set[str] = set()
    for entry_point, spec in entry_points.items():
        for name, option in (spec.get("options") or {}).items():
            documented.add(name)
            where = f"{entry_point}: {name}"
            if not name.startswith(f"{role}_"):
                yield f"{where}: does not begin with {role}_"
            if "default" in option and name not in defaults:
                yield f"{where}: has a default in meta/argument_specs.yml, none in defaults/main.yml"
            elif "default" not in option and name in defaults:
                yield f"{where}: has a default in defaults/main.yml, none in meta/argument_specs.yml"
            elif option.get("default") != defaults.get(name):
                yield f"{where}: {option.get('default')!r} is documented, {defaults.get(name)!r} is used"
            if option.get("required") and "default" in option:
                yield f"{where}: is required and has a default"
    for name in sorted(set(defaults) - documented):
        yield f"{name}: is in defaults/main.yml, in no entry point of meta/argument_specs.yml"


@pytest.mark.parametrize("role", ROLES, ids=contract.relative)
def test_argument_specs_match_defaults(role: Path) -> None:
    entry_points = contract.load_yaml(role / "meta" / "argument_specs.yml")["argument_specs"]
    faults = list(role_faults(role.name, entry_points, contract.load_yaml(role / "defaults" / "main.yml") or {}))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("role", ROLES, ids=contract.relative)
def test_every_entry_point_has_its_spec(role: Path) -> None:
    entry_points = contract.load_yaml(role / "meta" / "argument_specs.yml")["argument_specs"]
    # Task files that begin with an underscore are parts of an entry point, included by it.
    files = {path.stem for path in (role / "tasks").glob("*.yml") if not path.stem.startswith("_")}
    assert files == set(entry_points)


@pytest.mark.parametrize(
    ("options", "defaults", "fault"),
    [
        ({"multipath_dsm": {"default": "hp"}}, {"multipath_dsm": "microsoft"}, "'hp' is documented"),
        ({"multipath_dsm": {"default": "hp"}}, {}, "none in defaults/main.yml"),
        ({"multipath_dsm": {}}, {"multipath_dsm": "hp"}, "none in meta/argument_specs.yml"),
        ({}, {"multipath_dsm": "hp"}, "in no entry point"),
        ({"dsm": {}}, {}, "does not begin with multipath_"),
        ({"multipath_dsm": {"default": 1, "required": True}}, {"multipath_dsm": 1}, "is required and has a default"),
    ],
)
def test_faults_are_found(options: dict[str, Any], defaults: dict[str, Any], fault: str) -> None:
    faults = list(role_faults("multipath", {"main": {"options": options}}, defaults))
    assert len(faults) == 1
    assert fault in faults[0]


def test_the_role_hands_every_option_of_the_host_on() -> None:
    """What a task of the role does not hand on, nobody who uses the role can reach."""
    (task,) = (
        task
        for task in contract.load_tasks((contract.ROOT / "roles/multipath/tasks/main.yml").read_text(encoding="utf-8"))
        if "eva.mpio.host" in task
    )
    assert set(task["eva.mpio.host"]) == set(contract.action_module("host").ARGUMENT_SPEC)
    entry_points = contract.load_yaml(contract.ROOT / "roles/multipath/meta/argument_specs.yml")["argument_specs"]
    documented = {name.removeprefix("multipath_") for name in entry_points["main"]["options"]}
    assert documented - {"release", "edition"} == set(task["eva.mpio.host"])


def test_a_change_of_the_dsm_is_everything_that_main_does() -> None:
    entry_points = contract.load_yaml(contract.ROOT / "roles/multipath/meta/argument_specs.yml")["argument_specs"]
    assert entry_points["migrate_dsm"]["options"] == entry_points["main"]["options"]
