# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab's state as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_UNKNOWING = " (the lab does not know what was wished for: a removal that somebody asked for counts, too)"


def of_state(state: dict[str, Any]) -> str:
    """Write what ``Fleet.state`` returns."""
    lines: list[str] = []
    for name, array in state["arrays"].items():
        lines += [f"array {name} ({array['product']})", *_array(array), ""]
    for name, host in state["hosts"].items():
        title = f"server {name} ({host['windows']})"
        lines += [title + ("" if host["running"] else ": not running"), *_host(host), ""]
    violations = state["violations"]
    lines.append(f"breaches of the law: {len(violations)}{_UNKNOWING if violations else ''}")
    lines += [f"  {each['host']}: {each['clause']} (event {each['event']}): {each['sentence']}" for each in violations]
    return "\n".join(lines)


def of_event(event: dict[str, Any]) -> str:
    """Write one event on one line."""
    facts = " ".join(f"{name}={value}" for name, value in event["facts"].items())
    return f"{event['number']:>6} {event['source']:<12} {event['kind']:<12} {facts}".rstrip()


def of_faults(faults: list[dict[str, Any]]) -> str:
    """Write what can be broken."""
    return "\n".join(
        f"{fault['usage']}\n    {fault['explanation']}" + ("" if fault["heals"] else " (nothing to heal)")
        for fault in faults
    )


def _array(array: dict[str, Any]) -> Iterator[str]:
    for port in array["ports"]:
        count = sum(session["portal"] == port["portal"] for session in array["sessions"])
        yield f"  port {port['portal']} controller {port['controller']} {port['state']}, {count} session(s)"
    for initiator, luns in array["initiators"].items():
        shown = ", ".join(f"LUN {lun} {vdisk}" for lun, vdisk in luns.items())
        yield f"  presents to {initiator}: {shown or 'nothing'}"


def _host(host: dict[str, Any]) -> Iterator[str]:
    if host["running"] and not host["sessions"]:
        yield "  no session"
    for session in host["sessions"]:
        state = "" if session["alive"] else " CONNECTION LOST"
        flag = "" if session["multipath"] else " without multipath"
        yield f"  session {session['nic']} -> {session['portal']}: {len(session['luns'])} LUN(s){flag}{state}"
    for stored in host["stored_logins"]:
        yield f"  stored login {stored['nic'] or 'any NIC'} -> {stored['portal']}"
    for disk in host["disks"]:
        yield f"  disk {disk['naa']}: {disk['dsm'] or 'no MPIO'}, {len(disk['working_paths'])} working path(s)"
    if host["dsms"]:
        yield f"  DSMs: {', '.join(host['dsms'])}; wanted: {host['wanted_dsm']}"
