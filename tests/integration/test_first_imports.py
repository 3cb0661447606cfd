# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing is first imported by a task: Ansible forks for each task of each host, and each fork would do it again."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration.stage import Stage, server
from ansible_collections.eva.mpio.tests.unit import contract

LAZY = """\
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        import this_is_first_imported_in_a_task
        return super().run(tmp, task_vars)
"""
LATE = "this_is_first_imported_in_a_task"


def test_ansible_playbook_forks_with_everything_imported(stage: Callable[..., Stage], tmp_path: Path) -> None:
    there = stage(
        server("ntlm", 1),
        server("basic", 2, winrm={"transport": "basic"}),
        server("https", 3, winrm={"scheme": "https"}),
    )
    for folder, content in {"action_plugins": LAZY, "library": "DOCUMENTATION = ''\n"}.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "lazy.py").write_text(content, encoding="utf-8")
    (tmp_path / f"{LATE}.py").touch()
    layout: dict[str, Any] = {"arrays": "{{ multipath_arrays }}", "nics": "{{ multipath_nics }}"}
    tasks = [
        {"name": "lazy", "lazy": {}},
        {"name": "changes", "eva.mpio.host": layout},
        {"name": "fails", "eva.mpio.verify": layout, "ignore_errors": True},
        {"name": "reads", "eva.mpio.host_info": {}},
    ]
    found = tmp_path / "first_imports"
    run = there.play(
        tasks,
        environment={
            "ANSIBLE_CALLBACKS_ENABLED": "result_lines,first_imports",
            "FIRST_IMPORTS": str(found),
            "PYTHONPATH": str(tmp_path),
        },
    )
    for host in there.fleet.hosts:
        assert run.ok(host, "changes")["changed"] is True
        assert run.of(host, "fails").status == "failed"
        assert run.ok(host, "reads")
    names = [line.split()[1] for line in found.read_text(encoding="utf-8").splitlines()]
    assert names == [LATE] * len(there.fleet.hosts)


@pytest.mark.parametrize("path", contract.python_files("plugins"), ids=contract.relative)
def test_no_function_imports(path: Path) -> None:
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.Lambda):
            late = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
            assert not late, f"line {late[0].lineno} imports within a function"
