# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab as a process: in the foreground or the background, ready when everything listens, ended by order or signal."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from . import inventory
from .control import Control
from .fleet import Fleet
from .spec import FleetSpec
from .spec_file import load

READY = "ready:"
"""How the line begins that says that every server listens."""

Say = Callable[[str], None]


def up(file: Path, control: str, inventory_file: Path | None, background: bool, pid_file: Path | None) -> int:
    """Start a fleet; return the exit code when it has ended, or with ``background`` when it listens.

    Raises:
        SpecError: the fleet file cannot be used
        ValueError: the control's address cannot be used
        OSError: an address, a port or a file cannot be used; in the background that is printed instead
    """
    spec = load(file)
    address, port = parse_control(control)
    if background:
        return _in_background(spec, address, port, inventory_file, pid_file)
    _run(spec, address, port, inventory_file, pid_file, lambda line: print(line, flush=True))
    return 0


def parse_control(text: str) -> tuple[str, int]:
    """Split ``ADDRESS:PORT``.

    Raises:
        ValueError: it has another form
    """
    address, _unused, port = text.rpartition(":")
    if not address or not port.isdigit():
        raise ValueError(f"the control is given as ADDRESS:PORT, such as 127.0.0.1:5990, not {text!r}")
    return address, int(port)


def wait_until_gone(control: str, timeout: float = 30.0) -> None:
    """Return when nothing listens at the control any more: a lab closes it last.

    Raises:
        ValueError: it still listens after ``timeout`` seconds
    """
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            socket.create_connection(parse_control(control), timeout=1).close()
        except OSError:
            return
        time.sleep(0.02)
    raise ValueError(f"the lab at {control} was told to end and still runs after {timeout:g} seconds")


def _run(
    spec: FleetSpec, address: str, port: int, inventory_file: Path | None, pid_file: Path | None, say: Say
) -> None:
    """Run a fleet until it is told to end."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with contextlib.ExitStack() as stack:
        fleet = stack.enter_context(Fleet(spec))
        control = Control(fleet, address, port, ended)
        stack.callback(control.close)
        stack.callback(fleet.stop)  # before the control: who waits for the end looks there
        if inventory_file is not None:
            inventory.write(fleet.inventory(), inventory_file)
            say(f"inventory: {inventory_file}")
        if pid_file is not None:
            pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
            stack.callback(pid_file.unlink, missing_ok=True)
        counts = f"{len(fleet.hosts)} server(s) and {len(fleet.arrays)} array(s)"
        say(f"{READY} {counts} listen; control at {control.address}")
        ended.wait()


def _in_background(spec: FleetSpec, address: str, port: int, inventory_file: Path | None, pid_file: Path | None) -> int:
    """Run a fleet in a process of its own; wait until it is ready, or has failed, and tell what it said."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        os._exit(_child(writing, spec, address, port, inventory_file, pid_file))
    os.close(writing)
    ready = False
    with open(reading, encoding="utf-8") as lines:
        for line in lines:
            ready = ready or line.startswith(READY)
            print(line, end="", file=sys.stdout if ready or line.startswith("inventory:") else sys.stderr)
    return 0 if ready else 1


def _child(
    writing: int, spec: FleetSpec, address: str, port: int, inventory_file: Path | None, pid_file: Path | None
) -> int:
    """Leave the terminal, then run. The pipe takes what is said and what goes wrong, until the lab is ready."""
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor, target in ((0, nowhere), (1, writing), (2, writing)):
        os.dup2(target, descriptor)
    os.close(writing)

    def say(line: str) -> None:
        print(line, flush=True)
        if line.startswith(READY):
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)

    try:
        _run(spec, address, port, inventory_file, pid_file, say)
    except Exception:
        traceback.print_exc()
        return 1
    return 0
