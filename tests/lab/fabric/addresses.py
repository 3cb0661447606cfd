# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses as they are declared, as they are written, and where they live on the loopback network."""

from __future__ import annotations

import hashlib
import ipaddress
import itertools
import threading

from .interface import PortalAddress


def canonical(address: str) -> str:
    """Return the one spelling of an IPv4 or IPv6 address.

    Raises:
        ValueError: it is not an address
    """
    return str(ipaddress.ip_address(address))


def portal_text(address: str, tcp_port: int) -> str:
    """Write an address and a TCP port as SendTargets does: IPv6 in brackets (RFC 7143, 4.2.7.1 and 13.8)."""
    return f"[{address}]:{tcp_port}" if ":" in address else f"{address}:{tcp_port}"


def parse_portal_group(value: str) -> tuple[PortalAddress, int]:
    """Read the value of a TargetAddress key: address, TCP port and portal group tag (RFC 7143, 13.8).

    Raises:
        ValueError: it has another shape
    """
    portal, _unused, tag = value.partition(",")
    address, _unused, tcp_port = portal.rpartition(":")
    return PortalAddress(canonical(address.strip("[]")), int(tcp_port)), int(tag or 1)


class AddressBook:
    """Gives every declared address of a lab its own address in 127.0.0.0/8, and translates back.

    Linux answers on all of 127.0.0.0/8 without any configuration, so a NIC and a portal each have a real socket
    address of their own. An IPv4 address keeps its last three octets where they are free (10.10.1.21 lives at
    127.10.1.21), which makes captures readable. Safe to use from several threads.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._loopback: dict[str, str] = {}
        self._declared: dict[str, str] = {}
        self._lock = threading.Lock()

    def loopback(self, declared: str) -> str:
        """Return the loopback address of a declared address, which stays the same from the first call on."""
        declared = canonical(declared)
        with self._lock:
            if declared not in self._loopback:
                chosen = self._free_address(declared)
                self._loopback[declared] = chosen
                self._declared[chosen] = declared
            return self._loopback[declared]

    def declared(self, loopback: str) -> str | None:
        """Return the declared address behind a loopback address, None where it is nobody's of this lab."""
        with self._lock:
            return self._declared.get(loopback)

    def _free_address(self, declared: str) -> str:
        address = ipaddress.ip_address(declared)
        packed = address.packed if address.version == 4 else hashlib.sha256(address.packed).digest()
        first = int.from_bytes(packed[-3:], "big")
        for low in itertools.count(first):
            # 127.0.0.1 is left to judges from outside of the lab; network and broadcast address take no traffic.
            host = low % 0x1000000
            chosen = str(ipaddress.IPv4Address(127 << 24 | host))
            if host not in (0, 1, 0xFFFFFF) and chosen not in self._declared:
                return chosen
        raise RuntimeError("127.0.0.0/8 is exhausted")
