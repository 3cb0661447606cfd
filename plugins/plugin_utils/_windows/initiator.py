# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The initiator: its name and its ports. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from .._model import Address, DiscoveryPortal, Initiator, InitiatorPort, Known, Part, TargetPortal
from .._wire.instance import Instance
from . import classes, names
from .discovery import portals_by_address, portals_by_number
from .reading import Reading, Unreadable, counted, first_known
from .system import initiator_stopped

PORT_NUMBER_PROPERTY: t.Final = "Index"
"""Property of ISCSI_PortalInfo that logins name a NIC by.

The driver's interface demands ``Index`` (windows-driver-docs-ddi, LoginToTarget_IN.PortNumber), some published scripts
take ``Port``; on the software initiator both may hold the same number. Not certain: this is the one place to change.
"""

_INITIATOR_PORTAL: t.Final = 0
"""ISCSI_PortalInfo.PortalType of a NIC."""


def read_initiator(reading: Reading) -> Part[Initiator]:
    """Read the software initiator's node name and ports.

    Nothing but MSiSCSI_PortalInfoClass lists the ports. Where it cannot be read, those that the discovery portals
    reveal are known at least: one class shows their port numbers, another, since 2012, the addresses of their NICs.
    """
    return initiator_stopped(reading) or first_known(
        lambda: Known(initiator_of(reading.single(classes.INITIATOR_METHODS), reading.instances(classes.PORTAL_INFO))),
        lambda: Known(_inferred(reading), "msft"),
    )


def initiator_of(methods: Instance, portal_infos: Iterable[Instance]) -> Initiator:
    """Join node name and ports.

    Hardware initiators have ports of their own, which are none of our business.

    Raises:
        Unreadable: no instance is the software initiator's, or it shows no ports, so the number of no NIC is known.
    """
    for info in portal_infos:
        instance = info.text("InstanceName")
        if instance is not None and _is_software(instance):
            return Initiator(_node_name(methods), instance, tuple(_ports(info)))
    raise Unreadable(f"{classes.PORTAL_INFO.name} has no instance of the Microsoft software initiator")


def _ports(info: Instance) -> t.Iterator[InitiatorPort]:
    for portal in counted(info, "PortalInformation", "PortalInfoCount"):
        number, address = portal.integer(PORT_NUMBER_PROPERTY), names.address_of(portal.embedded("IPAddr"))
        if portal.integer("PortalType") == _INITIATOR_PORTAL and number is not None and address is not None:
            yield InitiatorPort(number, address)


def _inferred(reading: Reading) -> Initiator:
    by_address = portals_by_address(reading)
    methods = reading.single(classes.INITIATOR_METHODS)
    ports = infer_ports(portals_by_number(reading), by_address)
    return Initiator(_node_name(methods), _instance(reading), ports, ports_known=False)


def _instance(reading: Reading) -> str | None:
    """Return the software initiator's instance name; a login that names a port must name it too (LoginIScsiTarget)."""
    try:
        listed = [instance.text("InitiatorName") for instance in reading.instances(classes.INITIATOR_INSTANCE)]
    except Unreadable:
        listed = [portal.instance for portal in portals_by_number(reading)]
    return next((name for name in listed if name is not None and _is_software(name)), None)


def infer_ports(
    by_number: Iterable[DiscoveryPortal], by_address: Iterable[DiscoveryPortal]
) -> tuple[InitiatorPort, ...]:
    """Infer which port number is which NIC from two views of the same discovery portals.

    A target portal that is bound to one NIC in both views tells its number. One that is bound to several tells it when
    the others are known from elsewhere. What contradicts itself tells nothing.

    Args:
        by_number: Discovery portals with port numbers.
        by_address: The same with NIC addresses.
    """
    numbers: Mapping[TargetPortal, set[int]] = _grouped(
        (item.portal, item.port_number) for item in by_number if _is_ours(item)
    )
    addresses: Mapping[TargetPortal, set[Address]] = _grouped(
        (item.portal, item.nic) for item in by_address if _is_ours(item)
    )
    shared = [(numbers[portal], addresses[portal]) for portal in numbers.keys() & addresses.keys()]
    known: dict[int, Address] = {}
    while True:
        pairs: set[tuple[int, Address]] = set()
        for here, there in shared:
            left = [number for number in here if number not in known]
            right = [address for address in there if address not in known.values()]
            if len(here) == len(there) and len(left) == len(right) == 1:
                pairs.add((left[0], right[0]))
        certain = {pair for pair in pairs if not any(_contradict(pair, other) for other in pairs)}
        if not certain:
            return tuple(InitiatorPort(number, known[number]) for number in sorted(known))
        known.update(certain)


Value = t.TypeVar("Value")


def _grouped(pairs: Iterable[tuple[TargetPortal, Value | None]]) -> Mapping[TargetPortal, set[Value]]:
    """Group what discovery portals are bound to by target portal; those that are bound to nothing do not count."""
    found: dict[TargetPortal, set[Value]] = {}
    for portal, value in pairs:
        if value is not None:
            found.setdefault(portal, set()).add(value)
    return found


def _contradict(one: tuple[int, Address], other: tuple[int, Address]) -> bool:
    return (one[0] == other[0]) != (one[1] == other[1])


def _is_ours(portal: DiscoveryPortal) -> bool:
    return portal.instance is None or _is_software(portal.instance)


def _is_software(instance: str) -> bool:
    return instance.upper().startswith(names.SOFTWARE_INITIATOR)


def _node_name(methods: Instance) -> str:
    return methods.text("iSCSINodeName") or ""
