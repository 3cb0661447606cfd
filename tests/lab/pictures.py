# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a lab is like at one moment, in plain values that become JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .events import Event
from .fabric.addresses import portal_text
from .fabric.array import Array
from .fabric.interface import PortalAddress
from .laws import Violation
from .windows.interface import DiskView, SessionView, Snapshot, StoredView


def of_host(snapshot: Snapshot) -> dict[str, Any]:
    """Show one server."""
    return {
        "running": snapshot.running,
        "sessions": [_session(session) for session in snapshot.sessions],
        "stored_logins": [_stored(stored) for stored in snapshot.stored],
        "disks": [_disk(disk, snapshot) for disk in snapshot.disks],
        "dsms": list(snapshot.dsms),
        "claims": [{"hardware_id": hardware_id, "dsm": dsm} for hardware_id, dsm in snapshot.claims],
    }


def of_array(array: Array, initiators: Iterable[str]) -> dict[str, Any]:
    """Show one array as its administrator sees it; ``initiators`` are names to show besides those that logged in."""
    names = dict.fromkeys([*initiators, *array.known_initiators])
    return {
        "product": array.product,
        "ports": [
            {
                "portal": port.portal_text,
                "controller": port.controller,
                "target": port.target_name,
                "state": port.state.value,
            }
            for port in array.ports
        ],
        "sessions": [
            {
                "initiator": session.initiator,
                "nic": session.nic,
                "portal": session.port.portal_text,
                "isid": session.request.isid.hex(),
                "chap": session.chap,
            }
            for session in array.sessions
        ],
        "initiators": {
            name: {str(lun): vdisk.name for lun, vdisk in sorted(array.presented_to(name).items())} for name in names
        },
        "vdisks": [{"name": vdisk.name, "naa": vdisk.naa, "owner": vdisk.owner} for vdisk in array.vdisks],
    }


def of_violation(violation: Violation) -> dict[str, Any]:
    """Show one breach of the law."""
    return {
        "host": violation.host,
        "clause": violation.clause.value,
        "sentence": violation.sentence,
        "event": violation.event,
    }


def of_event(event: Event) -> dict[str, Any]:
    """Show one event."""
    return {
        "number": event.number,
        "time": event.time,
        "source": event.source,
        "kind": event.kind,
        "facts": plain(event.facts),
    }


def plain(value: Any) -> Any:
    """Return what JSON can carry."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [plain(item) for item in value]
        return sorted(items, key=str) if isinstance(value, (set, frozenset)) else items
    if isinstance(value, bytes):
        return value.hex()
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _portal(portal: PortalAddress) -> str:
    return portal_text(portal.address, portal.tcp_port)


def _session(session: SessionView) -> dict[str, Any]:
    return {
        "id": session.session_id,
        "nic": session.nic_address,
        "portal": _portal(session.portal),
        "target": session.target,
        "multipath": session.multipath,
        "alive": session.alive,
        "luns": sorted(session.luns),
    }


def _stored(stored: StoredView) -> dict[str, Any]:
    return {
        "nic": stored.nic_address,
        "portal": _portal(stored.portal),
        "target": stored.target,
        "multipath": stored.multipath,
    }


def _disk(disk: DiskView, snapshot: Snapshot) -> dict[str, Any]:
    nics = {session.session_id: session for session in snapshot.sessions}
    paths = [nics[key] for key in sorted(disk.working_paths) if key in nics]
    return {
        "naa": disk.naa,
        "dsm": disk.dsm,
        "working_paths": [{"nic": path.nic_address, "portal": _portal(path.portal)} for path in paths],
    }
