# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host as plain data, the form that results return. Private to the collection.

A part that is unknown is None, and its reason stands beside it; it is never an empty list.
"""

from __future__ import annotations

import enum
import typing as t
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

from .._judge.paths import join
from .._judge.policy import deciding_level, is_explicit
from .._model import Host, HpPolicy, Known, MpioDisk, SessionId, TargetPortal, Unknown

_TOLD_BY: t.Final = {
    "policy_defaults": ("disks.policy_from", "disks.policy_explicit"),
    "sessions": ("disks.paths.nic", "disks.paths.portal", "disks.paths.target"),
}
"""Parts of the host, and what they tell of disks."""


def describe(host: Host, parts: Iterable[str]) -> dict[str, t.Any]:
    """Return operating system, release and these parts as plain data, with how each was read or why it is unknown."""
    result: dict[str, t.Any] = {"os": plain(host.os), "release": host.traits.release}
    sources: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for name in sorted(parts):
        part = getattr(host, name)
        if isinstance(part, Unknown):
            unknown[name] = part.reason
            result[name] = None
            continue
        sources[name] = part.source
        unknown.update(_unknown_within(name, part.value))
        unknown.update(_unknown_of_disks(host) if name == "disks" and part.value else {})
        result[name] = [_disk(disk, host) for disk in part.value] if name == "disks" else plain(part.value)
    result["sources"] = sources
    result["unknown"] = unknown
    return result


def _unknown_within(name: str, value: t.Any) -> dict[str, str]:
    """Return why a part of a part is unknown, by the names of both."""
    if name == "disks":
        reasons = dict.fromkeys(disk.policy_unknown for disk in value if disk.policy_unknown)
        return {"disks.policy": "; ".join(reasons)} if reasons else {}
    if not is_dataclass(value):
        return {}
    inner = {item.name: getattr(value, item.name) for item in fields(value)}
    return {f"{name}.{key}": one.reason for key, one in inner.items() if isinstance(one, Unknown)}


def _unknown_of_disks(host: Host) -> dict[str, str]:
    """Return why that is null of disks which other parts of the host tell."""
    found: dict[str, str] = {}
    for name, keys in _TOLD_BY.items():
        part = getattr(host, name)
        if isinstance(part, Unknown):
            found.update(dict.fromkeys(keys, f"{name}: {part.reason}"))
    return found


def plain(value: t.Any) -> t.Any:
    """Turn model values into dictionaries, lists, strings, numbers and None, which stands for what is unknown."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Known):
        return plain(value.value)
    if isinstance(value, TargetPortal):
        return {"address": str(value.address), "tcp_port": value.tcp_port}
    if isinstance(value, SessionId):
        return str(value)
    if is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, HpPolicy):
        return value.label
    if isinstance(value, enum.Enum):
        return value.name.lower()
    if isinstance(value, (IPv4Address, IPv6Address, IPv4Interface, IPv6Interface)):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return value


def _disk(disk: MpioDisk, host: Host) -> dict[str, t.Any]:
    """A disk with its paths joined to the sessions that carry them."""
    sessions = () if isinstance(host.sessions, Unknown) else host.sessions.value
    result: dict[str, t.Any] = plain(disk)
    del result["policy_unknown"]  # it stands under "unknown", once for all disks
    result["policy_from"], result["policy_explicit"] = _origin(disk, host)
    for shown, path, joined in zip(result["paths"], disk.paths, join(disk, sessions), strict=True):
        shown["id"] = f"{path.id:016x}"
        shown["nic"] = plain(joined.nic)
        shown["portal"] = plain(joined.portal)
        shown["target"] = joined.target
    return result


def _origin(disk: MpioDisk, host: Host) -> tuple[str | None, bool | None]:
    """Return which level the policy of a disk comes from, and whether it is its own; None for what is not known."""
    if isinstance(host.policy_defaults, Unknown):
        return None, None
    level = deciding_level(disk, host.policy_defaults.value, host.traits)
    return level.value if level else None, is_explicit(disk, host.policy_defaults.value, host.traits)
