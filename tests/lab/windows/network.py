# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network adapters of a simulated server and the addresses declared for them."""

from __future__ import annotations

import ipaddress
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


@dataclass
class Adapter:
    """One network adapter with what Windows calls it and the addresses it has."""

    name: str
    """Connection name as the network folder shows it (NetConnectionID)."""
    index: int
    """Win32_NetworkAdapter.Index."""
    mac: str
    guid: str
    interfaces: list[Interface] = field(default_factory=list)
    transient: list[Interface] = field(default_factory=list)
    """Addresses that come and go with what a failover cluster lets this server carry."""
    connected: bool = True
    device: str | None = None
    """The device's name where it is no network card."""

    @property
    def shown(self) -> list[Interface]:
        """All its addresses, its own first."""
        return [*self.interfaces, *self.transient]

    @property
    def description(self) -> str:
        """The device's name; Windows numbers equal ones from the second on."""
        if self.device is not None:
            return self.device
        suffix = f" #{self.index - 9}" if self.index > 10 else ""
        return f"Intel(R) Gigabit ET Dual Port Server Adapter{suffix}"

    @property
    def interface_index(self) -> int:
        """The IP interface's number, not the adapter's."""
        return self.index + 2


def _guid(text: str) -> str:
    parts = [f"{zlib.crc32(f'{text}/{part}'.encode()):08X}" for part in range(4)]
    digits = "".join(parts)
    return f"{{{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}}}"


class Network:
    """All adapters of a server. An address is the declared one; where it lives is the fabric's business."""

    def __init__(self, host: str, nics: Sequence[tuple[str, str]], lock: threading.RLock) -> None:
        """``nics`` are (address with prefix length, adapter name); one adapter may have several addresses."""
        self._host = host
        self._lock = lock
        self.adapters: list[Adapter] = []
        for address, name in nics:
            self.add(address, name)

    def add(self, address: str, adapter_name: str) -> None:
        """Give an adapter, new or there already, one more address such as ``10.10.1.11/24``."""
        with self._lock:
            adapter = next((item for item in self.adapters if item.name == adapter_name), None)
            if adapter is None:
                adapter = self._new(adapter_name)
            adapter.interfaces.append(ipaddress.ip_interface(address))

    def _new(self, name: str, device: str | None = None) -> Adapter:
        checksum = zlib.crc32(f"{self._host}/{name}".encode())
        mac = ":".join(f"{byte:02X}" for byte in (0x00, 0x1B, *checksum.to_bytes(4, "big")))
        adapter = Adapter(name, 10 + len(self.adapters), mac, _guid(f"{self._host}/{name}"), device=device)
        self.adapters.append(adapter)
        return adapter

    def add_virtual(self, device: str, address: str) -> None:
        """Show an adapter that is no network card, with the address that it gives itself; it stays."""
        with self._lock:
            if all(item.device != device for item in self.adapters):
                self._new(f"Local Area Connection* {len(self.adapters) + 1}", device).transient.append(
                    ipaddress.ip_interface(address)
                )

    def adapter_of(self, address: str) -> Adapter:
        """Return the adapter in whose subnet an address is.

        Raises:
            ValueError: there is none
        """
        wanted = ipaddress.ip_interface(address)
        for adapter in self.adapters:
            if any(wanted.ip in item.network for item in adapter.interfaces):
                return adapter
        raise ValueError(f"{self._host} has no adapter in the subnet of {address}")

    def set_transient(self, addresses: Sequence[str]) -> None:
        """Let just these addresses stand beside the adapters' own."""
        with self._lock:
            for adapter in self.adapters:
                if adapter.device is None:
                    adapter.transient.clear()
            for address in addresses:
                self.adapter_of(address).transient.append(ipaddress.ip_interface(address))

    def remove(self, address: str) -> None:
        """Take an address away."""
        wanted = ipaddress.ip_address(address)
        with self._lock:
            for adapter in self.adapters:
                adapter.interfaces = [item for item in adapter.interfaces if item.ip != wanted]

    def addresses(self) -> list[Interface]:
        """Return all addresses in the order of the adapters, behind them those that come and go.

        That the initiator lists them in this order, so that they move no other address, is a guess.
        """
        with self._lock:
            own = [interface for adapter in self.adapters for interface in adapter.interfaces]
            return own + [interface for adapter in self.adapters for interface in adapter.transient]

    def has(self, address: str) -> bool:
        """Whether the server has this address."""
        wanted = ipaddress.ip_address(address)
        return any(interface.ip == wanted for interface in self.addresses())

    def route(self, destination: str) -> str | None:
        """Choose the address that a connection leaves from when nobody names one.

        The address in the destination's own subnet, else the first of the same family, None without any.
        """
        try:
            wanted = ipaddress.ip_address(destination.partition("%")[0])
        except ValueError:
            return None
        family = [item for item in self.addresses() if item.version == wanted.version]
        near = [item for item in family if wanted in item.network]
        return str((near or family)[0].ip) if family else None
