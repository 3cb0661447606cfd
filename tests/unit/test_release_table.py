# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each release is read and changed (the table in ``_windows``) against what the role says is prepared there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import BY_KEY, ROWS
from ansible_collections.eva.mpio.tests.unit import contract

VARS = contract.ROOT / "roles" / "multipath" / "vars"
FILES = sorted(VARS.glob("*.yml"))


def layered(release: str, edition: str = "full") -> dict[str, Any]:
    """Return the variables of a release, the special ones over the common ones."""
    found: dict[str, Any] = {}
    for layer in ("windows", f"windows_{release}", f"windows_{release}_{edition}"):
        path = VARS / f"{layer}.yml"
        if path.exists():
            found |= contract.load_yaml(path)
    return found


each_release = pytest.mark.parametrize("release", BY_KEY)


def test_both_name_the_same_releases() -> None:
    assert layered("")["multipath_releases"] == [row.key for row in ROWS]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_layer_belongs_to_a_release(path: Path) -> None:
    common = layered("")
    _windows, *rest = path.stem.split("_")
    assert not rest or rest[0] in BY_KEY
    assert not rest[1:] or rest[1:] in [[edition] for edition in common["multipath_editions"]]
    unknown = set(contract.load_yaml(path)) - set(common)
    assert not unknown, "a special layer gives common variables another value and has none of its own"


@each_release
def test_the_initiator(release: str) -> None:
    included = layered(release)["multipath_initiator"] == "included"
    assert included is BY_KEY[release].initiator_included


@pytest.mark.parametrize("edition", ["full", "core"])
@each_release
def test_what_brings_mpio(release: str, edition: str) -> None:
    row, prepared = BY_KEY[release], layered(release, edition)
    command = row.core_feature_command if edition == "core" else row.feature_command
    if prepared["multipath_mpio"] == "package":
        assert (command, row.feature_class, row.initiator_included) == (None, None, False)
        assert prepared["multipath_mpio_tool"] == "package"
    else:
        assert row.feature_class is not None
        assert command is not None
        program = command[2] if command[:2] == ("start", "/w") else command[0]
        assert prepared["multipath_mpio_tool"] == program


@each_release
def test_the_microsoft_dsm(release: str) -> None:
    row, prepared = BY_KEY[release], layered(release)
    assert prepared["multipath_dsm_driver"] == row.dsm_driver
    assert prepared["multipath_claim_list"] is row.claim_list
    assert prepared["multipath_policies"] == sorted(policy.label for policy in row.policies)


@each_release
def test_tables_of_the_hp_guide(release: str) -> None:
    """HP P6350 user guide, page 100: table 20 by its two columns, table 21 the same in both."""
    prepared = layered(release)
    column = ("separate", "package") if release == "2003" else ("included", "feature")
    assert (prepared["multipath_initiator"], prepared["multipath_mpio"]) == column
    assert prepared["multipath_restart"] in ("certain", "possible")


@each_release
def test_which_dsms_a_release_may_have(release: str) -> None:
    """HP P6350 user guide, page 100, table 21: HP's DSM (preferred) and Microsoft's, on 2003, 2008 and 2012."""
    prepared = layered(release)
    hp = {"supported": (True, []), "override": (False, ["hp"]), "refused": (False, [])}[BY_KEY[release].traits.hp_dsm]
    assert ("hp" in prepared["multipath_dsms"], prepared["multipath_dsms_unsupported"]) == hp
    assert "microsoft" in prepared["multipath_dsms"]
    assert prepared["multipath_dsm_preferred"] == prepared["multipath_dsms"][0]


PLAYBOOK = """
- hosts: all
  gather_facts: false
  connection: local
  tasks:
    - ansible.builtin.include_role: {name: eva.mpio.multipath, tasks_from: _vars, public: true}
    - ansible.builtin.assert:
        that:
          - multipath_initiator == initiator
          - multipath_mpio_tool == tool
          - multipath_dsm_driver == driver
"""
INVENTORY = """
all:
  hosts:
    unset: {initiator: included, tool: dism, driver: msdsm}
    old: {multipath_release: 2003, initiator: separate, tool: package, driver: msiscdsm}
    core: {multipath_release: 2008, multipath_edition: core, initiator: included, tool: ocsetup, driver: msdsm}
    full: {multipath_release: "2008", initiator: included, tool: ServerManagerCmd, driver: msdsm}
    new: {multipath_release: 2025, multipath_edition: core, initiator: included, tool: dism, driver: msdsm}
"""


def play(folder: Path, inventory: str) -> subprocess.CompletedProcess[str]:
    (folder / "hosts.yml").write_text(inventory, encoding="utf-8")
    (folder / "play.yml").write_text(PLAYBOOK, encoding="utf-8")
    beside = Path(sys.executable).with_name("ansible-playbook")
    command = str(beside) if beside.exists() else shutil.which("ansible-playbook")
    if command is None:
        pytest.skip("ansible-playbook is not installed here")
    environment = {**os.environ, "ANSIBLE_LOCAL_TEMP": str(folder / "temp"), "ANSIBLE_NOCOLOR": "1"}
    environment["ANSIBLE_CALLBACK_RESULT_FORMAT"] = "yaml"
    return subprocess.run(
        [command, "-i", "hosts.yml", "play.yml"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("release", "dsm", "taken"),
    [
        ("2003", "hp", True),
        ("2012", "hp", True),
        ("2012r2", "hp", True),
        ("2012r2", "microsoft", True),
        ("2016", "hp", False),
        ("2025", "microsoft", True),
    ],
)
def test_a_dsm_that_the_release_may_not_have_is_refused(tmp_path: Path, release: str, dsm: str, taken: bool) -> None:
    names = ("multipath_initiator", "multipath_mpio_tool", "multipath_dsm_driver")
    prepared = dict(zip(("initiator", "tool", "driver"), (layered(release)[name] for name in names), strict=True))
    host = {"multipath_release": release, "multipath_dsm": dsm, **prepared}
    done = play(tmp_path, yaml.safe_dump({"all": {"hosts": {"one": host}}}))
    assert (done.returncode == 0) is taken, done.stdout + done.stderr
    said = " ".join(done.stdout.split())
    assert taken or f"names Windows Server {release} for the DSM hp. It may have microsoft; set multipath_dsm" in said


def test_ansible_loads_the_layers_that_are_there(tmp_path: Path) -> None:
    done = play(tmp_path, INVENTORY)
    assert done.returncode == 0, done.stdout + done.stderr
