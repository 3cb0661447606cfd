# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses, ids and names as the iSCSI and MPIO classes and tools write them, pure. Private to the collection."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from .._model import Address, SessionId, TargetPortal
from .._wire.instance import Instance

ANY_PORT = 0xFFFFFFFF
"""Initiator port number that stands for any (iscsidsc.h, ISCSI_ANY_INITIATOR_PORT)."""

_NO_DEVICE_NUMBER = (0xFFFFFFFF, -1)
"""Device number of a device that has none, in either sign (ntddstor.h, STORAGE_DEVICE_NUMBER)."""

SOFTWARE_INITIATOR = "ROOT\\ISCSIPRT\\"
"""How the instance name of the Microsoft software initiator begins; its letter case differs between sources."""


def address_of_text(text: str | None) -> Address | None:
    """Return an address, None for no address at all, for the unspecified one and for a host name."""
    try:
        address = ip_address((text or "").strip().partition("%")[0])
    except ValueError:
        return None
    return None if address.is_unspecified else address


def address_of(value: Instance | None) -> Address | None:
    """Decode an ISCSI_IP_Address (windows-driver-docs); its IPv4 number has the first octet in its low byte.

    Types: 0 text, 1 IPv4, 2 IPv6, 3 empty.
    """
    kind = value.integer("Type") if value else None
    if value is None:
        return None
    if kind == 0:
        return address_of_text(value.text("TextAddress"))
    address: Address | None = None
    if kind == 1:
        number = value.integer("IpV4Address") or 0
        address = IPv4Address((number & 0xFFFFFFFF).to_bytes(4, "little"))
    octets = value.octets("IpV6Address") or b""
    if kind == 2 and len(octets) == 16:
        address = IPv6Address(octets)
    return None if address is None or address.is_unspecified else address


def portal_of(address: str | None, tcp_port: int | None) -> TargetPortal | None:
    """Return a target portal, None where it is named by a host name or not at all."""
    known = address_of_text(address)
    return None if known is None or tcp_port is None else TargetPortal(known, tcp_port)


def port_number_of(number: int | None) -> int | None:
    """Return an initiator port number, None for any."""
    return None if number in (None, ANY_PORT) else number


def drive_number_of(number: int | None) -> int | None:
    """Return a PhysicalDrive number, None where the device has none."""
    return None if number in _NO_DEVICE_NUMBER else number


def session_id_of(text: str) -> SessionId:
    """Read ``fffffa800f7900a8-400001370000000d``; WMI pads both halves with zeros, iscsicli does not.

    Raises:
        ValueError: it is no session id.
    """
    adapter, session = _halves(text)
    return SessionId(adapter, session)


def connection_number(text: str | None) -> int | None:
    """Return the second half of a connection id, which is the driver's number of the connection."""
    try:
        return _halves(text or "")[1]
    except ValueError:
        return None


def _halves(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(?:0x)?([0-9a-f]{1,16})-(?:0x)?([0-9a-f]{1,16})", text.strip(), re.IGNORECASE)
    if match is None:
        raise ValueError(f"{text!r} is no session or connection id")
    return int(match[1], 16), int(match[2], 16)


def discovery_portal_of(mechanism: str | None) -> TargetPortal | None:
    r"""Return the portal of a discovery mechanism such as ``SendTargets:*10.10.1.21 0003260 Root\ISCSIPRT\0000_0``."""
    match = re.match(r"SendTargets:\*(\S+) (\d{1,10})", mechanism or "", re.IGNORECASE)
    return portal_of(match[1], int(match[2])) if match else None


def inquiry_of(device: str | None) -> tuple[str | None, str | None]:
    r"""Return vendor and product from the name of a disk's device instance or interface.

    ``MPIO\Disk&Ven_HP&Prod_HSV340&Rev_1000\...``, or the same with ``#``. Windows writes underscores for blanks; those
    at the end are padding, one inside stays as it is because the product may really hold it.
    """
    match = re.search(r"disk&ven_([^&\\#]*)&prod_([^&\\#]*)", device or "", re.IGNORECASE)
    if match is None:
        return None, None
    vendor, product = (text.rstrip("_ ") or None for text in match.groups())
    return vendor, product


def is_multipath(device: str | None) -> bool:
    r"""Tell whether an interface name is that of an MPIO disk (``\\?\mpio#disk&ven_...``)."""
    return (device or "").casefold().startswith("\\\\?\\mpio#")
