# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of each module against its action plugin; ansible-test compares neither (it sees no code)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.plugins.action import ActionBase

from ansible_collections.eva.mpio.tests.unit import contract

COMMON_ATTRIBUTES = {
    "action",
    "action_group",
    "async",
    "become",
    "bypass_host_loop",
    "check_mode",
    "diff_mode",
    "idempotent",
    "platform",
}
# What every module that changes something returns; `changed` is Ansible's own.
CHANGE_RETURNS = {"before", "after", "steps", "reboot_required"}

each_module = pytest.mark.parametrize("name", contract.NAMES)


def test_action_group_modules_and_action_plugins_are_the_same_set() -> None:
    group = contract.action_group()
    assert group == sorted(set(group)), "meta/runtime.yml: the action group is not sorted or names a module twice"
    assert contract.MODULES == contract.ACTIONS, "each module has its action plugin, and each action plugin its module"
    assert group == contract.MODULES, "meta/runtime.yml: the action group and the modules are the same set"


@each_module
def test_argument_spec_is_what_is_documented(name: str) -> None:
    doc, _examples, _returns = contract.documentation(name)
    spec = contract.action_module(name).ARGUMENT_SPEC
    faults = list(contract.option_faults("", doc["options"], spec))
    assert not faults, "\n".join(faults)


@each_module
def test_module_file_is_documentation_only(name: str) -> None:
    doc, examples, returns = contract.documentation(name)
    assert doc["module"] == name
    assert not doc["short_description"].endswith(".")
    assert re.fullmatch(r"\d+\.\d+\.\d+", str(doc["version_added"]))
    assert examples.strip()
    assert returns


@each_module
def test_attributes(name: str) -> None:
    doc, _examples, _returns = contract.documentation(name)
    attributes = doc.get("attributes") or {}
    missing = COMMON_ATTRIBUTES - set(attributes)
    assert not missing, f"extend eva.mpio.attributes, or say: {', '.join(sorted(missing))}"
    for attribute, says in attributes.items():
        assert says.get("description"), f"{attribute} has no description"
        assert says.get("support") in {"full", "partial", "none", "N/A"}, f"{attribute} has no support"
        assert says["support"] != "partial" or says.get("details"), f"{attribute} is partial without details"
    assert attributes["action_group"]["membership"] == ["eva.mpio.mpio"]
    assert attributes["platform"]["platforms"] == "windows"


@each_module
def test_attributes_are_what_the_action_plugin_does(name: str) -> None:
    attributes = contract.documentation(name)[0]["attributes"]
    action = contract.action_module(name).ActionModule
    assert issubclass(action, ActionBase)
    assert (attributes["check_mode"]["support"] in {"full", "partial"}) is bool(action._supports_check_mode)
    assert (attributes["async"]["support"] in {"full", "partial"}) is bool(action._supports_async)
    assert (attributes["bypass_host_loop"]["support"] == "full") is bool(action.BYPASS_HOST_LOOP)


@each_module
def test_what_changes_says_before_after_and_steps(name: str) -> None:
    doc, _examples, returns = contract.documentation(name)
    if doc["attributes"]["diff_mode"]["support"] == "full":
        missing = CHANGE_RETURNS - set(returns)
        assert not missing, f"RETURN does not document: {', '.join(sorted(missing))}"
    for key, says in returns.items():
        assert says.get("description"), f"RETURN: {key} has no description"
        assert says.get("returned"), f"RETURN: {key} does not say when it is returned"
        assert says.get("type"), f"RETURN: {key} has no type"


def test_both_variants_of_the_attributes_fragment_agree() -> None:
    changes = contract.fragment_attributes("DOCUMENTATION")
    reads = contract.fragment_attributes("INFO_MODULE")
    assert set(changes) == set(reads) == COMMON_ATTRIBUTES
    own = {"check_mode", "diff_mode", "idempotent"}
    assert {key: changes[key] for key in set(changes) - own} == {key: reads[key] for key in set(reads) - own}
    assert {key: changes[key]["description"] for key in own} == {key: reads[key]["description"] for key in own}


@pytest.mark.parametrize(
    ("documented", "declared", "fault"),
    [
        ({}, {"a": {"type": "str"}}, "a: in ARGUMENT_SPEC, not documented"),
        ({"a": {"description": "x"}}, {}, "a: documented, not in ARGUMENT_SPEC"),
        ({"a": {"description": "x", "type": "int"}}, {"a": {}}, "a: type is documented as 'int'"),
        ({"a": {"description": "x", "default": 1}}, {"a": {"default": True}}, "a: default is documented as 1"),
        ({"a": {"description": "x"}}, {"a": {"aliases": ["b"]}}, "a: aliases is documented as []"),
        ({"a": {}}, {"a": {}}, "a: has no description"),
        (
            {"a": {"description": "x", "suboptions": {"b": {"description": "x", "required": True}}}},
            {"a": {"options": {"b": {"required": False}}}},
            "a.b: required is documented as True",
        ),
    ],
)
def test_option_faults_finds(documented: dict[str, Any], declared: dict[str, Any], fault: str) -> None:
    faults = list(contract.option_faults("", documented, declared))
    assert len(faults) == 1
    assert faults[0].startswith(fault)


def test_option_faults_accepts_defaults_left_out() -> None:
    documented = {"a": {"description": "x", "type": "list", "elements": "str", "choices": ["b", "c"]}}
    declared = {"a": {"type": "list", "elements": "str", "choices": ("b", "c"), "required": False, "no_log": True}}
    assert not list(contract.option_faults("", documented, declared))
