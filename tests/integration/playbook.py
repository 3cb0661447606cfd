# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running the real ansible-playbook in a process of its own, and what came of each task."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CALLBACKS = Path(__file__).parent / "callbacks"
SECONDS = 120


@dataclass(frozen=True)
class TaskResult:
    """What one task did on one host."""

    host: str
    task: str
    status: str
    """``ok``, ``failed``, ``unreachable`` or ``skipped``."""
    result: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.result[name]

    @property
    def message(self) -> str:
        return str(self.result.get("msg", ""))

    @property
    def steps(self) -> list[str]:
        return [row["step"] for row in self.result["steps"]]


@dataclass(frozen=True)
class Run:
    """One run of ansible-playbook."""

    returncode: int
    output: str
    """Standard output and error."""
    results: tuple[TaskResult, ...]

    def of(self, host: str, task: str | None = None) -> TaskResult:
        """Return the result of a task on a host, the last one where no task is named."""
        found = [one for one in self.results if one.host == host and task in (None, one.task)]
        assert found, f"no result of {task or 'any task'} on {host}:\n{self.output}"
        return found[-1]

    def ok(self, host: str, task: str | None = None) -> TaskResult:
        """Return the result of a task that must have gone well."""
        found = self.of(host, task)
        assert found.status == "ok", f"{host}: {found.status}: {found.message}"
        return found


def run_tasks(
    directory: Path,
    inventory: Path,
    tasks: Sequence[Mapping[str, Any]],
    *options: str,
    keywords: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Run a play of these tasks on every host of an inventory.

    Args:
        directory: for the playbook and the results
        inventory: the file
        tasks: as in a playbook
        options: of ansible-playbook
        keywords: of the play
        environment: variables besides the usual ones
    """
    number = len(list(directory.glob("play-*.yml")))
    play = {"hosts": "all", "gather_facts": False, **(keywords or {}), "tasks": list(tasks)}
    playbook = directory / f"play-{number}.yml"
    playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    return run_playbook(directory, inventory, str(playbook), *options, environment=environment)


def run_playbook(
    directory: Path, inventory: Path, playbook: str, *options: str, environment: Mapping[str, str] | None = None
) -> Run:
    """Run a playbook, by its path or by its name in the collection."""
    lines = directory / f"results-{len(list(directory.glob('results-*')))}"
    lines.touch()
    command = [sys.executable, "-m", "ansible", "playbook", "--inventory", str(inventory), playbook, *options]
    variables = {
        "ANSIBLE_HOME": str(directory / "home"),
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": "result_lines",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_FORKS": "8",
        "RESULT_LINES": str(lines),
    }
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, **variables, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    results = tuple(TaskResult(**json.loads(line)) for line in lines.read_text(encoding="utf-8").splitlines())
    return Run(done.returncode, done.stdout, results)


def rule(step: str) -> re.Pattern[str]:
    """Turn an announced step, maybe a rule, into a pattern of the steps it stands for."""
    text = re.escape(step)
    text = text.replace(re.escape("each target found there"), r"iqn\.\S+")
    return re.compile(text.replace(re.escape("each that appears"), "[0-9A-F]{32}"))
