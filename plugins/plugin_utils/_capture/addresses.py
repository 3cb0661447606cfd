# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-ins for IP addresses that keep who is in one subnet with whom. Private to the collection."""

from __future__ import annotations

import typing as t
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Network

_BENCHMARKS: t.Final = IPv4Address("198.18.0.0")
"""198.18.0.0/15, for networks that are none (RFC 2544 appendix C.2.2)."""
_DOCUMENTATION: t.Final = IPv6Address("2001:db8::")
"""2001:db8::/32, for documents (RFC 3849)."""
_WIDEST: t.Final = 24
"""Networks that are wider get this length, so that each finds room; their masks are replaced to match."""
_HOSTS: t.Final = 254


class Addresses:
    """Gives the same stand-in for the same address, and one subnet for each subnet."""

    def __init__(self) -> None:
        self._learned: list[IPv4Network] = []
        self._networks: dict[str, dict[object, int]] = {"v4": {}, "v6": {}}
        self._hosts: dict[object, dict[object, int]] = {}

    def learn(self, interface: IPv4Interface) -> None:
        """Note the subnet of a NIC; an address in none that was noted is taken for one of a /24."""
        self._learned.append(interface.network)
        self._learned.sort(key=lambda network: -network.prefixlen)

    def v4(self, address: IPv4Address) -> IPv4Address:
        """Return the stand-in of an address or of a mask."""
        if is_mask(address):
            return max(address, IPv4Address("255.255.255.0"))
        if address.is_loopback or address.is_unspecified or address.is_multicast:
            return address
        if address.is_link_local:
            return IPv4Address("169.254.0.0") + 1 + self._host("169.254.0.0/16", address)
        network = next((known for known in self._learned if address in known), None)
        network = network or IPv4Network((address, 24), strict=False)
        number = self._host(network, address)
        block = self._network("v4", (network, number // _HOSTS))
        return _BENCHMARKS + 256 * block + number % _HOSTS + 1

    def v6(self, address: IPv6Address) -> IPv6Address:
        """Return the stand-in of an address; its subnet is its /64."""
        if address.ipv4_mapped:
            return IPv6Address(f"::ffff:{self.v4(address.ipv4_mapped)}")
        if address.is_loopback or address.is_unspecified or address.is_multicast:
            return address
        network = IPv6Network((address, 64), strict=False)
        number = self._host(network, address) + 1
        if address.is_link_local:
            return IPv6Address("fe80::") + number
        return _DOCUMENTATION + (self._network("v6", network) << 64) + number

    def _network(self, family: str, network: object) -> int:
        networks = self._networks[family]
        return networks.setdefault(network, len(networks))

    def _host(self, network: object, address: object) -> int:
        hosts = self._hosts.setdefault(network, {})
        return hosts.setdefault(address, len(hosts))


def is_mask(address: IPv4Address) -> bool:
    """Tell whether it is a subnet mask, or the broadcast address."""
    inverted = int(address) ^ 0xFFFFFFFF
    return int(address) >> 24 == 255 and not inverted & (inverted + 1)
