# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as users get it: built by ansible-galaxy, installed elsewhere, without its tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from ansible_collections.eva.mpio.tests import copy_tree
from ansible_collections.eva.mpio.tests.unit import contract

# What tools leave in a checkout, at the top and deeper.
JUNK = (
    ".ansible/tmp",
    ".cache/sanity/x.py",
    ".hypothesis/examples",
    ".mypy_cache/x.json",
    ".pytest_cache/README.md",
    ".ruff_cache/x",
    ".venv/bin/python",
    ".venv-3.13/bin/python",
    "changelogs/.plugin-cache.yaml",
    "eva-mpio-0.0.1.tar.gz",
    "plugins/plugin_utils/__pycache__/_model.cpython-311.pyc",
    "tests/lab/__pycache__/events.cpython-311.pyc",
)
# What is in the checkout and is not the collection. galaxy.yml becomes MANIFEST.json, its own file list FILES.json.
NOT_SHIPPED = {".gitignore", ".ci/run", "galaxy.yml"}
ADDED = {"MANIFEST.json", "FILES.json"}
# A collection has to work when all else is deleted (inclusion rules of the Ansible community package).
NEEDED_TO_RUN = {"meta", "plugins", "roles", "playbooks", "MANIFEST.json", "FILES.json"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """A copy of the checkout with every tool's litter in it, and the names of the files that are not litter."""
    copy = tmp_path_factory.mktemp("checkout") / "mpio"
    files = {file.as_posix() for file in copy_tree.copy_tree(copy)}
    for name in JUNK:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("litter\n", encoding="utf-8")
    return copy, files


@pytest.fixture(scope="module")
def artefact(checkout: tuple[Path, set[str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tarball that ansible-galaxy builds."""
    output = tmp_path_factory.mktemp("dist")
    run("ansible-galaxy", "collection", "build", "--output-path", str(output), cwd=checkout[0])
    (tarball,) = output.iterdir()
    return tarball


@pytest.fixture(scope="module")
def installed(artefact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds ansible_collections, with the artefact in it and everything not needed to run deleted."""
    path = tmp_path_factory.mktemp("installed")
    run("ansible-galaxy", "collection", "install", str(artefact), "-p", str(path), "--offline", cwd=path)
    for entry in (path / "ansible_collections" / "eva" / "mpio").iterdir():
        if entry.name in NEEDED_TO_RUN:
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return path


def run(program: str, *arguments: str, cwd: Path) -> str:
    """Run a program of this virtual environment that sees only the collections under ``cwd``; return its output."""
    command = [str(Path(sys.executable).parent / program), *arguments]
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(cwd),
        "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false",  # not the link to the checkout in site-packages
        "ANSIBLE_HOME": str(cwd / ".ansible-home"),
    }
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_file_list(checkout: tuple[Path, set[str]], artefact: Path) -> None:
    with tarfile.open(artefact) as tarball:
        names = {member.name for member in tarball.getmembers() if member.isfile()}
        folders = {member.name for member in tarball.getmembers() if member.isdir()}
    assert names == (checkout[1] - NOT_SHIPPED) | ADDED
    assert not {name for name in folders if Path(name).name.startswith((".venv", ".cache", ".ci", "__pycache__"))}
    assert any(name.startswith("tests/lab/") for name in names)


def test_name_and_version(artefact: Path) -> None:
    galaxy = contract.load_yaml(contract.ROOT / "galaxy.yml")
    assert artefact.name == f"eva-mpio-{galaxy['version']}.tar.gz"


def test_documentation_is_found_without_the_tests(installed: Path) -> None:
    names = [f"{contract.COLLECTION}.{name}" for name in contract.MODULES]
    found = json.loads(run("ansible-doc", "-t", "module", "--json", *names, cwd=installed))
    assert sorted(found) == names
    assert all(Path(found[name]["doc"]["filename"]).is_relative_to(installed) for name in names)


LOAD = """
import json, sys
from ansible.plugins.loader import action_loader, init_plugin_loader
init_plugin_loader()
actions = {name: sys.modules[action_loader.get(name, class_only=True).__module__].__file__ for name in sys.argv[1:]}
print(json.dumps(actions))
"""


def test_action_plugins_load_without_the_tests(installed: Path) -> None:
    names = [f"{contract.COLLECTION}.{name}" for name in contract.ACTIONS]
    files = json.loads(run("python", "-c", LOAD, *names, cwd=installed))
    assert sorted(files) == names
    assert all(Path(file).is_relative_to(installed) for file in files.values())
