# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links between NICs and portals, which can be cut; the same for both fabrics."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterable, Sequence

from ..events import EventLog
from .addresses import canonical, portal_text
from .admission import LoginRefused, judge_chap
from .array import Array
from .interface import AuthenticationFailed, InitiatorSide, PortalAddress, Unreachable
from .ports import TargetPort

DISCOVERY_ISID = bytes.fromhex("400001370000")
"""The ISID of the lab's discovery sessions, of the form that Microsoft's initiator gives: enterprise number 311."""

_Link = tuple[str, ...]


class Network:
    """What a NIC can reach. Faults may be injected from any thread; each ends the sessions that crossed the link."""

    def __init__(self, log: EventLog, arrays: Iterable[Array], isolated: Sequence[str] = ()) -> None:
        """Join arrays into one network.

        Args:
            log: the log of the lab; faults appear as source ``network``
            arrays: the arrays; no two of their portals may be the same
            isolated: subnets like ``10.10.1.0/24`` between which nothing is routed: an address in one of them reaches
                only addresses in it. An address in none of them reaches every other such address.
        """
        self.arrays = tuple(arrays)
        self._log = log
        self._subnets = tuple(ipaddress.ip_network(subnet) for subnet in isolated)
        self._cut: set[_Link] = set()
        self._lock = threading.Lock()
        portals = [port.portal for array in self.arrays for port in array.ports]
        for portal in portals:
            if portals.count(portal) > 1:
                raise ValueError(f"two target ports have the portal {portal_text(portal.address, portal.tcp_port)}")

    def port_at(self, portal: PortalAddress) -> TargetPort | None:
        """Return the target port that has a portal."""
        wanted = PortalAddress(canonical(portal.address), portal.tcp_port)
        for array in self.arrays:
            for port in tuple(array.ports):
                if port.portal == wanted:
                    return port
        return None

    def reaches(self, nic: str, address: str) -> bool:
        """Whether the network carries packets between a NIC and a portal's address."""
        nic, address = canonical(nic), canonical(address)
        if (":" in nic) != (":" in address) or self._subnet(nic) != self._subnet(address):
            return False
        with self._lock:
            cut = set(self._cut)
        links: list[_Link] = [("nic", nic), ("portal", address), ("pair", nic, address)]
        return cut.isdisjoint([*links, ("subnet", self._subnet(nic))])

    def route(self, nic: str, portal: PortalAddress) -> TargetPort:
        """Return the port that a NIC's connection gets to, whether it listens or not.

        Raises:
            Unreachable: no link, or nobody has this portal
        """
        text = portal_text(portal.address, portal.tcp_port)
        if not self.reaches(nic, portal.address):
            raise Unreachable(f"no network between NIC {nic} and portal {text}", silent=True)
        port = self.port_at(portal)
        if port is None:
            raise Unreachable(
                f"nobody has the portal {text} that NIC {nic} wants", silent=not self._anybody_at(portal.address)
            )
        return port

    def accepts(self, side: InitiatorSide, portal: PortalAddress) -> bool:
        """Whether the secrets that the array has for an initiator fit what this side proves and demands."""
        port = self.port_at(portal)
        if port is None:
            return True
        demand = port.array.chap_demand(side.node_name)
        try:
            judge_chap(demand, side)
        except LoginRefused:
            return False
        return side.mutual is None or side.mutual.accepts(demand.mutual)

    def _anybody_at(self, address: str) -> bool:
        """Whether somebody has the address, who then refuses a TCP port that is not his."""
        return any(port.address == canonical(address) for array in self.arrays for port in tuple(array.ports))

    def nic_down(self, nic: str) -> None:
        """Pull the cable of a NIC."""
        self._break("nic down", "nic", canonical(nic))

    def nic_up(self, nic: str) -> None:
        """Undo ``nic_down``."""
        self._restore("nic up", "nic", canonical(nic))

    def portal_down(self, address: str) -> None:
        """Pull the cable of a portal; the port itself is sound."""
        self._break("portal down", "portal", canonical(address))

    def portal_up(self, address: str) -> None:
        """Undo ``portal_down``."""
        self._restore("portal up", "portal", canonical(address))

    def cut(self, nic: str, address: str) -> None:
        """Let no packet through between one NIC and one portal, as a firewall rule does."""
        self._break("cut", "pair", canonical(nic), canonical(address))

    def mend(self, nic: str, address: str) -> None:
        """Undo ``cut``."""
        self._restore("mend", "pair", canonical(nic), canonical(address))

    def subnet_down(self, subnet: str) -> None:
        """Switch one isolated subnet off."""
        self._break("subnet down", "subnet", self._known_subnet(subnet))

    def subnet_up(self, subnet: str) -> None:
        """Undo ``subnet_down``."""
        self._restore("subnet up", "subnet", self._known_subnet(subnet))

    def _break(self, action: str, *link: str) -> None:
        self._log.add("network", "fault", action=action, between=list(link[1:]))
        with self._lock:
            self._cut.add(link)
        for array in self.arrays:
            for session in array.sessions:
                if not self.reaches(session.nic, session.port.address):
                    array.sessions.lose(session, "link down")

    def _restore(self, action: str, *link: str) -> None:
        self._log.add("network", "fault", action=action, between=list(link[1:]))
        with self._lock:
            self._cut.discard(link)

    def _subnet(self, address: str) -> str:
        parsed = ipaddress.ip_address(address)
        for subnet in self._subnets:
            if parsed.version == subnet.version and parsed in subnet:
                return str(subnet)
        return ""

    def _known_subnet(self, subnet: str) -> str:
        known = str(ipaddress.ip_network(subnet))
        if known not in {str(each) for each in self._subnets}:
            raise ValueError(f"{subnet} is not among the isolated subnets of this network")
        return known


def check_chap(side: InitiatorSide) -> None:
    """Refuse a demand that no login can meet.

    Raises:
        AuthenticationFailed: the target is to prove itself although the initiator proves nothing
    """
    if side.mutual and not side.one_way:
        raise AuthenticationFailed("mutual CHAP needs one-way CHAP too (RFC 7143, 12.1.3)")
