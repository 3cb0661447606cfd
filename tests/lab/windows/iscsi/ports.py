# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Initiator portals: the numbers by which Windows' initiator names the NICs.

``LoginToTarget_IN.PortNumber`` "must match the Index member of the ISCSI_PortalInfo structure" (windows-driver-docs,
iscsiop.h); published scripts take Port. A number is a place in the list of addresses, so it moves when a NIC comes or
goes.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..network import Interface, Network
from ..switches import Switches


@dataclass(frozen=True)
class InitiatorPortal:
    """One ISCSI_PortalInfo of the initiator."""

    number: int
    """What a login takes."""
    index: int
    port: int
    interface: Interface


class InitiatorPortals:
    """The initiator portals of one server."""

    def __init__(self, network: Network, switches: Switches) -> None:
        """Number the addresses of ``network`` as they are at each question."""
        self._network = network
        self._switches = switches

    def all(self) -> list[InitiatorPortal]:
        """Return the initiator portals in Windows' order."""
        source = self._switches.port_number_source
        portals = []
        for position, interface in enumerate(self._network.addresses()):
            number = self._switches.first_port_number + position
            index = position if source == "port" else number
            port = 0 if source == "index" else number
            portals.append(InitiatorPortal(number, index, port, interface))
        return portals

    def address(self, number: int) -> str | None:
        """Return the NIC address that a number stands for, None when it stands for none."""
        return next((str(item.interface.ip) for item in self.all() if item.number == number), None)

    def number(self, address: str) -> int | None:
        """Return the number of a NIC address."""
        return next((item.number for item in self.all() if str(item.interface.ip) == address), None)
