# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rooms of the collection: who may import whom, and rules that hold for every file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ansible_collections.eva.mpio.tests.unit import contract, syntax

UTILS = "plugins.plugin_utils."

# The arrows. A room imports itself, the standard library, Ansible, and of this collection only what stands here.
ARROWS: dict[str, set[str]] = {
    "plugins.modules": set(),
    "plugins.doc_fragments": set(),
    "plugins.filter": {"_wish", "_model", "_eva", "_judge", "_plan", "_report"},
    # A leaf plugin sees neither Windows nor the wire: the template puts them together for all of them.
    # What a capture records of them is the one exception, and one plugin's own.
    "plugins.action": {
        *("_action", "_options", "_wish", "_capture"),
        *("_engine", "_outcome", "_plan", "_judge", "_model", "_eva", "_report"),
    },
    "_capture": {"_windows", "_wire", "_model"},
    "_action": {
        *("_machine", "_windows.ways", "_result", "_secrets", "_options", "_wish"),
        *("_engine", "_outcome", "_wire", "_plan", "_judge", "_model", "_eva", "_report"),
    },
    # Of the judgements only the words for who owns a disk.
    "_wish": {"_options", "_plan", "_judge.dsms", "_model", "_eva"},
    "_options": {"_model", "_eva"},
    "_secrets": {"_options"},
    "_machine": {"_outcome", "_windows", "_wire", "_plan", "_model"},
    "_result": {"_outcome", "_report", "_plan", "_judge", "_model", "_eva"},
    "_engine": {"_outcome", "_record", "_stopwatch", "_plan", "_wire", "_judge", "_model"},
    "_record": {"_outcome", "_plan", "_judge", "_model"},
    "_outcome": {"_plan", "_model"},
    "_stopwatch": {"_plan"},
    "_report": {"_plan", "_judge", "_model", "_eva"},
    # Windows renders the plan's steps, and knows nothing else of the plan.
    "_windows": {"_plan.steps", "_wire", "_model", "_eva"},
    "_wire": set(),
    "_plan": {"_judge", "_model", "_eva"},
    "_judge": {"_model", "_eva"},
    "_eva": {"_model"},
    "_model": set(),
}

PLUGIN_FILES = contract.python_files("plugins")
LAB_FILES = contract.python_files("tests/lab")
ALL_FILES = contract.python_files("plugins", "tests")

HEADER = """\
# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
LONGEST = 400

each_plugin_file = pytest.mark.parametrize("path", PLUGIN_FILES, ids=contract.relative)


def dotted(path: Path) -> str:
    """Return a file's module name within the collection: ``plugins.plugin_utils._plan.steps``."""
    return ".".join(path.relative_to(contract.ROOT).with_suffix("").parts)


def room_of(module: str) -> str:
    """Return the room that a module of plugins/ stands in, as ARROWS names it."""
    if module.startswith(UTILS):
        return module.removeprefix(UTILS).split(".")[0]
    return ".".join(module.split(".")[:2])


def forbidden_imports(module: str, source: str) -> set[str]:
    """Return what a module of plugins/ imports of this collection against ARROWS."""
    room = room_of(module)
    if room not in ARROWS:
        return {f"{room} is no room: name it in ARROWS, with what it may import"}
    allowed = {room, *ARROWS[room]}
    forbidden = set()
    for name in syntax.ours(syntax.imports(source, f"{syntax.COLLECTION}.{module}")):
        if name in {"plugins", UTILS.rstrip(".")}:
            continue  # `from .. import _model` names the folder and, as a name of its own, the room
        place = name.removeprefix(UTILS)
        inside = any(place == arrow or place.startswith(f"{arrow}.") for arrow in allowed)
        # `from .._plan import steps` names _plan as well as _plan.steps.
        on_the_way = any(arrow.startswith(f"{place}.") for arrow in allowed)
        if not inside and not (on_the_way and _names_more(name, source, module)):
            forbidden.add(name)
    return forbidden


def _names_more(folder: str, source: str, module: str) -> bool:
    """Tell whether everything imported from a folder is named with an arrow's end (``_plan`` for ``_plan.steps``)."""
    names = syntax.ours(syntax.imports(source, f"{syntax.COLLECTION}.{module}"))
    return any(name.startswith(f"{folder}.") for name in names)


@each_plugin_file
def test_arrows(path: Path) -> None:
    assert not forbidden_imports(dotted(path), path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [*PLUGIN_FILES, *LAB_FILES], ids=contract.relative)
def test_plugins_and_lab_share_no_code(path: Path) -> None:
    module = dotted(path)
    names = syntax.ours(syntax.imports(path.read_text(encoding="utf-8"), f"{syntax.COLLECTION}.{module}"))
    other = "tests" if module.startswith("plugins.") else "plugins"
    assert not {name for name in names if name == other or name.startswith(f"{other}.")}


@each_plugin_file
def test_only_wire_touches_the_connection(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if room_of(dotted(path)) == "_wire":
        return
    assert not syntax.connection_attributes(source), "an attribute of the connection is used outside of _wire"
    names = syntax.imports(source, dotted(path))
    assert not {
        name for name in names if name.split(".")[0] == "winrm" or name.startswith("ansible.plugins.connection")
    }


@each_plugin_file
def test_imports_stand_at_the_top(path: Path) -> None:
    lines = syntax.imports_inside_functions(path.read_text(encoding="utf-8"))
    assert not lines, f"imported inside a function: lines {lines}"


@pytest.mark.parametrize("path", ALL_FILES, ids=contract.relative)
def test_header_and_docstring(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if not source:
        return  # an empty __init__.py
    assert source.startswith(HEADER)
    is_documentation = path.parent.name == "modules"
    docstring = ast.get_docstring(ast.parse(source)) or ""
    assert docstring or is_documentation, "no module docstring"
    if dotted(path).startswith(UTILS):
        assert "private to the collection" in docstring.lower()


@pytest.mark.parametrize("path", ALL_FILES, ids=contract.relative)
def test_files_are_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{lines} lines: more than one concern in one file?"


def test_every_room_of_the_table_has_its_files() -> None:
    assert PLUGIN_FILES
    assert LAB_FILES
    rooms = {room_of(dotted(path)) for path in PLUGIN_FILES}
    assert rooms >= set(ARROWS)


@pytest.mark.parametrize(
    ("module", "source", "forbidden"),
    [
        ("_plan.paths", "from .._wire import link", {"_wire", "_wire.link"}),
        (
            "_plan.paths",
            "from .._windows.initiator import Session",
            {"_windows.initiator", "_windows.initiator.Session"},
        ),
        ("_plan.paths", "from . import steps\nfrom .._model import Path\nfrom .. import _model", set()),
        ("_plan.paths", "from .. import _wire", {"_wire"}),
        ("_windows.commands", "from .._plan.steps import LogIn", set()),
        ("_windows.commands", "from .._plan import steps", set()),
        ("_windows.commands", "from .._plan.paths import plan_paths", {"_plan.paths", "_plan.paths.plan_paths"}),
        ("_windows.commands", "from .._plan import steps, paths", {"_plan.paths"}),
        ("_windows.commands", "import ansible_collections.eva.mpio.plugins.plugin_utils._plan as p", {"_plan"}),
        ("_wire.link", "from .._model import Nic", {"_model", "_model.Nic"}),
        (
            "_wire.link",
            "from importlib import import_module\nimport_module('ansible_collections.eva.mpio.tests.lab')",
            {"tests.lab"},
        ),
        ("_model", "from ._eva import models", {"_eva", "_eva.models"}),
        ("_model", "import dataclasses", set()),
        ("_judge.redundancy", "def f():\n    from .._plan.steps import Step", {"_plan.steps", "_plan.steps.Step"}),
        ("_cellar", "", {"_cellar is no room: name it in ARROWS, with what it may import"}),
    ],
)
def test_forbidden_imports_are_found(module: str, source: str, forbidden: set[str]) -> None:
    found = forbidden_imports(f"{UTILS}{module}", source)
    assert {name.removeprefix(UTILS) for name in found} == forbidden


def test_action_plugins_ask_the_engine_alone() -> None:
    assert not forbidden_imports("plugins.action.host", "from ..plugin_utils._engine import run")
    assert forbidden_imports("plugins.action.host", "from ..plugin_utils._wire.link import Link")


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("open_link(self._connection)", []),
        ("self._connection.reset()", [1]),
        ("connection = self._connection\nconnection._winrm_host = 'a'", [2]),
        ("getattr(self._connection, 'protocol')", [1]),
        ("link = open_link(self._connection)\nlink.close()", []),
        ("action._connection.transport", [1]),
    ],
)
def test_use_of_the_connection_is_found(source: str, lines: list[int]) -> None:
    assert syntax.connection_attributes(source) == lines


def test_imports_inside_functions_are_found() -> None:
    source = "import a\nclass B:\n    def c(self):\n        import d\n        return d\n"
    assert syntax.imports_inside_functions(source) == [4]
