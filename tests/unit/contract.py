# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the repository says that it holds: its modules, their documentation and argument specs, its metadata."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "eva.mpio"

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[!_]*.py"))
ACTIONS = sorted(path.stem for path in (ROOT / "plugins" / "action").glob("[!_]*.py"))
# What a key means that is left out, in documentation and in an argument spec alike (Ansible's module format reference).
LEFT_OUT: dict[str, Any] = {
    "type": "str",
    "elements": None,
    "required": False,
    "default": None,
    "choices": None,
    "aliases": [],
}
# A module without an action plugin, or the reverse, must not escape the tests that are parametrised over one of them.
NAMES = sorted({*MODULES, *ACTIONS})


def python_files(*rooms: str) -> list[Path]:
    """Return every Python file under the folders named (relative to the repository), sorted."""
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def relative(path: Path) -> str:
    """Name a file as the repository does; used as the id of a parametrised test."""
    return path.relative_to(ROOT).as_posix()


def load_yaml(path: Path) -> Any:
    """Read a YAML file without Ansible's tags: metadata, argument specs."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def load_tasks(text: str) -> Any:
    """Read YAML as ansible-playbook does, its tags included."""
    return DataLoader().load(text)


def action_group() -> list[str]:
    """Return the members of the action group mpio, in the order of meta/runtime.yml."""
    members: list[str] = load_yaml(ROOT / "meta" / "runtime.yml")["action_groups"]["mpio"]
    return members


def action_module(name: str) -> Any:
    """Import an action plugin's Python module."""
    return importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.action.{name}")


@cache
def documentation(name: str) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """Return a module's DOCUMENTATION with its doc fragments merged, its EXAMPLES as text, its RETURN."""
    path = ROOT / "plugins" / "modules" / f"{name}.py"
    doc, examples, returns, _metadata = get_docstring(
        str(path), fragment_loader, collection_name=COLLECTION, plugin_type="module"
    )
    return doc, examples or "", returns or {}


def fragment_attributes(variant: str) -> dict[str, Any]:
    """Return the attributes of one variant of the doc fragment ``eva.mpio.attributes``."""
    fragment = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.doc_fragments.attributes")
    attributes: dict[str, Any] = yaml.safe_load(getattr(fragment.ModuleDocFragment, variant))["attributes"]
    return attributes


def option_faults(where: str, documented: dict[str, Any], declared: dict[str, Any]) -> Iterator[str]:
    """Compare documented options with an argument spec, suboptions included, and yield a sentence for each difference.

    ``where`` is the path of the options within the module, for the sentence.
    """
    for name in sorted({*documented, *declared}):
        path = f"{where}{name}"
        if name not in documented:
            yield f"{path}: in ARGUMENT_SPEC, not documented"
            continue
        if name not in declared:
            yield f"{path}: documented, not in ARGUMENT_SPEC"
            continue
        doc, spec = documented[name], declared[name]
        for key, absent in LEFT_OUT.items():
            says, takes = doc.get(key, absent), spec.get(key, absent)
            if isinstance(takes, tuple):
                takes = list(takes)
            if says != takes or isinstance(says, bool) != isinstance(takes, bool):
                yield f"{path}: {key} is documented as {says!r}, ARGUMENT_SPEC has {takes!r}"
        if not doc.get("description"):
            yield f"{path}: has no description"
        yield from option_faults(f"{path}.", doc.get("suboptions") or {}, spec.get("options") or {})
