# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab on the command line: ``python -m ansible_collections.eva.mpio.tests.lab up FILE``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from . import inventory, running, summary
from .client import ControlError, LabClient
from .spec import DSMS
from .spec_file import SpecError

DEFAULT_CONTROL = "127.0.0.1:5990"

DESCRIPTION = """\
Simulated Windows servers and EVA arrays to rehearse on. `up` starts the fleet that a file describes: every server
is a real WinRM endpoint on this machine's loopback network, and the inventory it writes points Ansible at them.
The other commands look at a lab that is up, break things in it, and heal them. Nothing here touches a real server.
"""
EXAMPLE = """\
example:
  python -m ansible_collections.eva.mpio.tests.lab up tests/lab/fleets/demo.yml --inventory hosts.yml --background
  ansible-playbook -i hosts.yml eva.mpio.provision
  python -m ansible_collections.eva.mpio.tests.lab fault nic-down 10.10.1.11
  python -m ansible_collections.eva.mpio.tests.lab state
  python -m ansible_collections.eva.mpio.tests.lab down
"""


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = argparse.ArgumentParser(
        prog="python -m ansible_collections.eva.mpio.tests.lab",
        description=DESCRIPTION,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--control",
        default=os.environ.get("EVA_MPIO_LAB", DEFAULT_CONTROL),
        metavar="ADDRESS:PORT",
        help=f"where the lab takes orders, on a loopback address; default $EVA_MPIO_LAB or {DEFAULT_CONTROL}",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    up = commands.add_parser("up", parents=[common], help="start a fleet and keep it running until `down` or Ctrl-C")
    up.add_argument("file", type=Path, metavar="FILE", help="the fleet; tests/lab/fleets/demo.yml explains every field")
    up.add_argument("--inventory", type=Path, metavar="OUT.yml", help="write the Ansible inventory there")
    up.add_argument(
        "--background", action="store_true", help="return as soon as every server listens, and leave the lab running"
    )
    up.add_argument("--pid-file", type=Path, metavar="F", help="write the process id there while the lab runs")

    commands.add_parser("inventory", parents=[common], help="print the Ansible inventory (it holds the passwords)")
    state = commands.add_parser(
        "state",
        parents=[common],
        help="show servers, arrays, sessions, stored logins, disks, and every moment at which something got worse",
    )
    events = commands.add_parser("events", parents=[common], help="show what happened, oldest first")
    events.add_argument("--since", type=int, default=0, metavar="N", help="only what came after event number N")
    events.add_argument("--source", help="only of this server or array (or `network`)")
    events.add_argument("--kind", help="only this kind: request, command, state, login, logout, fault, law, boot, ...")
    for command in (state, events):
        command.add_argument("--json", action="store_true", help="in full, as JSON")

    commands.add_parser("faults", parents=[common], help="list everything that can be broken")
    for name, text in (("fault", "break something; `faults` lists what"), ("heal", "undo a fault, with its arguments")):
        command = commands.add_parser(name, parents=[common], help=text)
        command.add_argument("name", metavar="NAME")
        command.add_argument("arguments", nargs="*", metavar="ARGUMENT")
    present = commands.add_parser(
        "present", parents=[common], help="play the array's administrator: present a server's LUNs to it"
    )
    present.add_argument("host", metavar="SERVER")
    declare = commands.add_parser(
        "declare",
        parents=[common],
        help="change your mind: want another DSM for servers, so that `state` takes the change of it for no breach",
    )
    declare.add_argument("hosts", nargs="+", metavar="SERVER")
    declare.add_argument("--dsm", choices=DSMS, required=True, help="which DSM their disks are to have from now on")
    commands.add_parser("down", parents=[common], help="end the lab; returns when it has ended")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code."""
    options = parser().parse_args(arguments)
    try:
        if options.command == "up":
            return running.up(options.file, options.control, options.inventory, options.background, options.pid_file)
        return _ask(LabClient(options.control), options)
    except (SpecError, ControlError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _ask(client: LabClient, options: argparse.Namespace) -> int:
    """Carry out a command that needs a running lab."""
    command: str = options.command
    if command == "inventory":
        print(inventory.text(client.inventory()), end="")
    elif command == "state":
        state = client.state()
        print(json.dumps(state, indent=2) if options.json else summary.of_state(state))
    elif command == "events":
        events = client.events(options.since, options.source, options.kind)
        print(json.dumps(events, indent=2) if options.json else "\n".join(map(summary.of_event, events)))
    elif command == "faults":
        print(summary.of_faults(client.faults()))
    elif command == "fault":
        client.fault(options.name, *options.arguments)
    elif command == "heal":
        client.heal(options.name, *options.arguments)
    elif command == "declare":
        for host in options.hosts:
            client.declare(host, options.dsm)
    elif command == "present":
        client.present(options.host)
    else:
        client.down()
        running.wait_until_gone(options.control)
    return 0


if __name__ == "__main__":
    sys.exit(main())
