# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run costs the controller when there is nothing to do: ``make bench``.

Each task is run by ansible-playbook on 1, 50 and 200 simulated servers (``BENCH_HOSTS="1 10"`` chooses others) of 4
paths and 3 LUNs, beside an action plugin that does nothing and beside eight ``raw`` tasks. The lab is a process of its
own whose CPU is not counted. It answers at once where Windows takes its time, and knows no PowerShell, so ``raw`` costs
less than it would anywhere else. A lone server bears what a run pays once, such as loading the plugins.

At the end stands what ``eva.mpio.host`` asks a server of each release, edition and WinRM that has nothing to do.
"""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible.release import __version__ as ansible_version

from ansible_collections.eva.mpio.tests.integration.profiles import PREPARED, PROFILES
from ansible_collections.eva.mpio.tests.lab import running
from ansible_collections.eva.mpio.tests.lab.client import LabClient

SIZES = "1 50 200"
FORKS = 25
TASK_HOSTS = 150
"""How many task-hosts a row shall rest on, in up to five runs; larger fleets are run once."""

PORTALS = {"10.1.255.1": "A", "10.2.255.1": "A", "10.1.255.2": "B", "10.2.255.2": "B"}
LAYOUT: Mapping[str, Any] = {"arrays": "{{ multipath_arrays }}", "nics": "{{ multipath_nics }}"}
PROVISION = {"eva.mpio.host": {**LAYOUT, "reboot": True, "pre_reboot_delay": 0, "package": PREPARED}}
EMPTY = "an empty action"
RAW = "raw, eight tasks"
ROWS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    EMPTY: [{"empty": {}}],
    "eva.mpio.host": [{"eva.mpio.host": LAYOUT}],
    "eva.mpio.session": [{"eva.mpio.session": LAYOUT}],
    "eva.mpio.host_info": [{"eva.mpio.host_info": {}}],
    RAW: [{"ansible.builtin.raw": "mpclaim -s -d", "changed_when": False, "failed_when": False}] * 8,
}
START_UP = [{"ansible.builtin.meta": "noop"}]
"""Nothing is done on a host, and no process forked for it."""
EMPTY_ACTION = """\
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        return super().run(tmp, task_vars)
"""


@dataclass(frozen=True)
class Cost:
    """What one run of ansible-playbook took, or a host's share of it."""

    cpu: float
    """Seconds of ansible-playbook and its children, user and system."""
    wall: float
    requests: float = 0
    octets: float = 0
    """Bodies of the requests."""

    def share(self, start_up: Cost, hosts: int) -> Cost:
        """Return a host's share of what the tasks took."""
        cpu, wall = (self.cpu - start_up.cpu) / hosts, (self.wall - start_up.wall) / hosts
        return Cost(cpu, wall, self.requests / hosts, self.octets / hosts)


class Bench:
    """A lab of some servers in a process of its own, and ansible-playbook in front of it."""

    def __init__(self, directory: Path, client: LabClient) -> None:
        self._directory = directory
        self._client = client
        self.last: list[dict[str, Any]] = []
        """The requests of the last run."""
        self._last_event = 0
        self._environment = {**os.environ, "ANSIBLE_HOME": str(directory / "home"), "ANSIBLE_NOCOLOR": "1"}
        for folder, content in {"action_plugins": EMPTY_ACTION, "library": "DOCUMENTATION = ''\n"}.items():
            (directory / folder).mkdir()
            (directory / folder / "empty.py").write_text(content, encoding="utf-8")

    def run(self, tasks: Sequence[Mapping[str, Any]], changes: bool = False) -> Cost:
        """Run a play and measure it.

        Raises:
            SystemExit: it failed, or changed something that it should not
        """
        play = {"hosts": "all", "gather_facts": False, "tasks": list(tasks)}
        playbook = self._directory / "play.yml"
        playbook.write_text(yaml.safe_dump([play]), encoding="utf-8")
        command = [sys.executable, "-m", "ansible", "playbook", "-i", "inventory.yml", "-f", str(FORKS), playbook.name]
        began = time.monotonic()
        with open(self._directory / "output", "w+", encoding="utf-8") as output:
            process = subprocess.Popen(
                command, cwd=self._directory, env=self._environment, stdout=output, stderr=subprocess.STDOUT
            )
            _unused, status, used = os.wait4(process.pid, 0)
            wall = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            text = output.read()
        if process.returncode or (not changes and re.search(r"changed=[1-9]", text)):
            raise SystemExit(f"{text}\nthis run failed, or changed what was right")
        self.last = self._client.events(self._last_event, kind="request")
        self._last_event = max([self._last_event, *(event["number"] for event in self.last)])
        octets = sum(event["facts"]["bytes_in"] for event in self.last)
        return Cost(used.ru_utime + used.ru_stime, wall, len(self.last), octets)


def fleet(*hosts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a fleet file: these servers with three LUNs each, and an array of four ports."""
    ports = [{"address": address, "controller": controller} for address, controller in PORTALS.items()]
    return {
        "fabric": "memory",
        "second": 0.01,
        "arrays": [{"name": "eva01", "model": "P6300", "ports": ports}],
        "defaults": {"luns": 3},
        "hosts": list(hosts),
    }


def nics(number: int) -> list[str]:
    """Return the two NICs of the server of a number."""
    return [f"10.{network}.0.{number}/16" for network in (1, 2)]


@contextmanager
def lab(content: Mapping[str, Any]) -> Iterator[Bench]:
    """Start a lab, and end it."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        file = directory / "fleet.yml"
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        program = [sys.executable, "-m", "ansible_collections.eva.mpio.tests.lab", "up", str(file)]
        options = ["--control", "127.0.0.1:0", "--inventory", str(directory / "inventory.yml")]
        with subprocess.Popen([*program, *options], stdout=subprocess.PIPE, text=True) as process:
            try:
                yield Bench(directory, LabClient(_control(process)))
            finally:
                process.terminate()


def _control(process: subprocess.Popen[str]) -> str:
    """Wait until the lab listens; return where it takes orders."""
    for line in process.stdout or ():
        if line.startswith(running.READY):
            return line.split()[-1]
    raise SystemExit("the lab did not start")


def measure(hosts: int) -> dict[str, Cost]:
    """Return each row's share for one host."""
    with lab(fleet({"name": "win{n}", "count": hosts, "nics": nics(1)})) as bench:
        first = bench.run([PROVISION], changes=True)
        runs: dict[str, list[Cost]] = {name: [] for name in ROWS}
        starts = []
        for _unused in range(max(1, min(5, TASK_HOSTS // hosts))):
            starts.append(bench.run(START_UP))
            for name, tasks in ROWS.items():
                runs[name].append(bench.run(tasks))
    start_up = median(starts)
    print(
        f"\n{hosts} server(s); medians of {len(starts)} run(s), without the {start_up.wall:.1f} s in which "
        f"ansible-playbook starts.\nThe first run, from nothing to proven, took {first.requests / hosts:.0f} requests "
        f"and {first.share(start_up, hosts).cpu * 1000:.0f} ms of CPU a server."
    )
    return {name: median(costs).share(start_up, hosts) for name, costs in runs.items()}


def median(costs: Sequence[Cost]) -> Cost:
    """Return the medians of each figure."""
    return Cost(
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.requests for cost in costs),
        statistics.median(cost.octets for cost in costs),
    )


def show(costs: Mapping[str, Cost]) -> None:
    """Print one size's table."""
    empty, raw = costs[EMPTY], costs[RAW]
    print(f"{'PER SERVER':20} {'REQUESTS':>8} {'KB SENT':>8}", end="")
    for figure in ("CPU", "WALL"):
        print(f" | {figure + ' MS':>8} {'/ EMPTY':>8} {'/ RAW':>8}", end="")
    print()
    for name, cost in costs.items():
        print(f"{name:20} {cost.requests:8.0f} {cost.octets / 1000:8.1f}", end="")
        for mine, of_empty, of_raw in ((cost.cpu, empty.cpu, raw.cpu), (cost.wall, empty.wall, raw.wall)):
            print(f" | {_milliseconds(mine)} {_ratio(mine, of_empty)} {_ratio(mine, of_raw)}", end="")
        print(flush=True)


def show_releases() -> None:
    """Print what a server of each kind is asked when it has nothing to do."""
    servers = ({"name": name, "nics": nics(number), **kind} for number, (name, kind) in enumerate(PROFILES.items(), 1))
    with lab(fleet(*servers)) as bench:
        bench.run([PROVISION], changes=True)
        bench.run(ROWS["eva.mpio.host"])
        asked = bench.last
    print(f"\n{'eva.mpio.host':20} {'REQUESTS':>8} {'KB SENT':>8}")
    for name in PROFILES:
        octets = [event["facts"]["bytes_in"] for event in asked if event["source"] == name]
        print(f"{name:20} {len(octets):8} {sum(octets) / 1000:8.1f}", flush=True)


def _milliseconds(seconds: float) -> str:
    """Write a cost, or that it is lost in the noise of the start that was taken off."""
    return f"{seconds * 1000:8.1f}" if seconds > 0 else f"{'noise':>8}"


def _ratio(mine: float, other: float) -> str:
    """Return a quotient; with one server the share of an empty action drowns in the start-up's own variation."""
    return f"{mine / other:8.2f}" if min(mine, other) > 0 else f"{'-':>8}"


def main() -> None:
    """Measure every size."""
    print(
        f"ansible-core {ansible_version}, Python {platform.python_version()}, {os.cpu_count()} core(s), {FORKS} forks; "
        "WinRM over HTTP with NTLM and message encryption"
    )
    for size in os.environ.get("BENCH_HOSTS", SIZES).split():
        show(measure(int(size)))
    show_releases()


if __name__ == "__main__":
    main()
