# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main job on simulated servers: ``make demo``.

A server of each generation of Windows (2003, 2008, 2008 R2, 2012 R2, 2022), a P6300 with four target portals in two
networks. The servers speak WinRM and iSCSI over real sockets on the loopback network; Ansible is the real
ansible-playbook.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from ansible_collections.eva.mpio.tests.lab import inventory
from ansible_collections.eva.mpio.tests.lab.fleet import Fleet
from ansible_collections.eva.mpio.tests.lab.spec_file import load

FLEET = Path(__file__).parent / "lab" / "fleets" / "demo.yml"
LATE = "win2008r2"
"""The server whose name the array learns only during the demo."""


def title(text: str) -> None:
    """Print what comes next, so that it stands out."""
    print(f"\n\033[1m=== {text} ===\033[0m", flush=True)


def play(inventory_file: Path, *options: str) -> str:
    """Run the playbook, show its output as it comes, and return it."""
    command = [sys.executable, "-m", "ansible", "playbook", "--inventory", str(inventory_file), "eva.mpio.provision"]
    environment = {**os.environ, "ANSIBLE_FORCE_COLOR": "1"}
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True, env=environment)
    lines = []
    for line in process.stdout or ():
        print(line, end="", flush=True)
        lines.append(line)
    if process.wait():
        raise SystemExit(f"the playbook failed with exit code {process.returncode}")
    return re.sub(r"\x1b\[[\d;]*m", "", "".join(lines))


def changed(output: str) -> dict[str, int]:
    """Return the number of changes of each host out of the recap."""
    return {host: int(count) for host, count in re.findall(r"^(\w+)\s+: ok=\d+\s+changed=(\d+)", output, re.MULTILINE)}


def main() -> None:
    """Plan, provision, present, provision the late one, and prove that nothing is left to do."""
    with Fleet(load(FLEET)) as fleet, tempfile.TemporaryDirectory() as directory:
        hosts = Path(directory, "inventory.yml")
        inventory.write(fleet.inventory(), hosts)
        allowed = ("--extra-vars", "multipath_reboot=true multipath_device_timeout=5")

        title("1. The plan: what would be done, nothing is changed")
        play(hosts, "--check", "--diff", *allowed)

        title("2. Provision: features, claims, restarts, paths, policies")
        play(hosts, "--diff", *allowed)

        title(f"3. The array's administrator presents the LUNs of {LATE}")
        fleet.present(LATE)
        print(f"presented to {fleet.node_name(LATE)}")

        title(f"4. Run again: {LATE} goes on where it waited, the others have nothing to do")
        again = changed(play(hosts, "--diff", *allowed))
        if any(count for host, count in again.items() if host != LATE):
            raise SystemExit(f"a second run must change nothing: {again}")

        title("5. Run again: nothing changes anywhere, and every LUN is proven")
        output = play(hosts, *allowed)
        if any(changed(output).values()) or "NOT PROVEN" in output:
            raise SystemExit("the last run must change nothing and prove everything")
        violations = fleet.state()["violations"]
        if violations:
            raise SystemExit(f"a host was made worse on the way: {violations}")
        print(
            textwrap.dedent(
                """
                At no moment did a LUN lose a path it had, were two paths open before multipath was in effect,
                or was a wanted persistent login missing: the lab checked this at every change of state.
                """
            )
        )


if __name__ == "__main__":
    main()
