# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CHAP on the command line and on standard input."""

from __future__ import annotations

from ansible_collections.eva.mpio.tests.lab.fabric.interface import Chap

from .conftest import NODE, Lab

SECRET = "0x" + b"fourteen-bytes".hex()


def test_chap_from_the_command_line_and_from_standard_input(ready: Lab) -> None:
    ready.array.set_chap(NODE, Chap(NODE, b"fourteen-bytes"))
    assert ready.code(ready.login_line()) == 0xEFFF0009
    assert ready.code(ready.login_line(chap=f"* 0x{b'wrong-password'.hex()} 1")) == 0xEFFF0009
    line = ready.login_line(chap=f"* {SECRET} 1").removeprefix("iscsicli ")
    assert ready.code("iscsicli", f"{line}\r\n".encode()) == 0
    assert all("fourteen" not in str(event.facts) for event in ready.log)
    commands = [event.facts for event in ready.log.since(kind="command")]
    assert SECRET not in str(commands)
    assert commands[-1] == {"line": "iscsicli", "program": "iscsicli", "exit_code": 0, "stdin_lines": 1}


def test_mutual_chap(ready: Lab) -> None:
    ready.array.set_chap(NODE, Chap("user", b"fourteen-bytes"), Chap("", b"arrays-own-secret"[:16]))
    assert ready.code("iscsicli CHAPSecret 0x" + b"some-other-bytes".hex()) == 0
    assert ready.code(ready.login_line(chap=f"user {SECRET} 2")) == 0xEFFF0009
    assert ready.code("iscsicli CHAPSecret arrays-own-secre") == 0
    assert ready.code(ready.login_line(chap=f"user {SECRET} 2")) == 0


def test_a_short_initiator_secret_may_be_a_warning(ready: Lab) -> None:
    ready.host.switches.short_initiator_secret = "warn"
    assert ready.code("iscsicli CHAPSecret 0x1122") == 0xAFFF0048
