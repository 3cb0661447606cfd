# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of target portals, resolved on the controller. Private to the collection."""

from __future__ import annotations

import re
import socket
import typing as t
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from .faults import Faults

Resolver = Callable[[str], Sequence[str]]
"""Returns the addresses of a name, in any order; raises OSError with the reason where it has none."""

DNS_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*"
    r"(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?"
)
"""RFC 1123, 2.1, and the underscore that Windows networks use. A last label of digits makes it a mistyped address."""
_WITH_PORT = re.compile(r"\[([^]]+)\](?::(\d+))?|([^:]+):(\d+)")


@dataclass(frozen=True)
class Unresolved:
    """Stands for a target portal whose name did not resolve; the fault has been noted."""

    name: str


def from_system(name: str) -> tuple[str, ...]:
    """Return the addresses, IPv4 and IPv6, that the controller's own resolver has for a name.

    Raises:
        OSError: it has none, or could not be asked.
    """
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_kind, address in found))


def split_port(text: str) -> tuple[str, str | None]:
    """Split ``10.10.1.21:3260``, ``[fd00::21]:3260`` and ``eva01.example.com:3260``; None where there is no port."""
    match = _WITH_PORT.fullmatch(text.strip())
    if match is None:
        return text.strip(), None
    return match[1] or match[3], match[2] or match[4]


def resolve_portals(portals: Sequence[t.Any], where: str, faults: Faults, resolver: Resolver) -> list[t.Any]:
    """Return target portals, as an option takes them, with addresses in place of names.

    What is neither an address nor a name is returned as it is, for the reading of portals to refuse.
    """
    return [_portal(value, f"{where}[{index}]", faults, resolver) for index, value in enumerate(portals)]


def _portal(value: t.Any, where: str, faults: Faults, resolver: Resolver) -> t.Any:
    text = value.get("address") if isinstance(value, Mapping) else value
    if not isinstance(text, str):
        return value
    name, port = split_port(text)
    if _is_address(name) or not DNS_NAME.fullmatch(name):
        return value
    address = _resolve(name, where, faults, resolver)
    if address is None:
        return Unresolved(name)
    joined = address if port is None else f"[{address}]:{port}"
    return {**value, "address": joined} if isinstance(value, Mapping) else joined


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _resolve(name: str, where: str, faults: Faults, resolver: Resolver) -> str | None:
    """Return the one address of a name, None where it has none or several."""
    try:
        found = resolver(name)
    except OSError as error:
        reason = error.strerror or error
        faults.add(where, f"{name!r} is no IP address and does not resolve on the controller ({reason})")
        return None
    addresses = sorted(dict.fromkeys(found))
    if len(addresses) != 1:
        shown = ", ".join(addresses) or "no address"
        faults.add(
            where,
            f"{name!r} resolves to {shown} on the controller; a target portal is one address: declare each by itself",
        )
        return None
    return addresses[0]
