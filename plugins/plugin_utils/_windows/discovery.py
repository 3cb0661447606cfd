# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Discovery portals and the targets that they told of. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable
from dataclasses import replace

from .._model import DiscoveryPortal, Initiator, Known, Part, Target, TargetPortal, Unknown
from .._wire.command import Command
from .._wire.instance import Instance
from . import classes, names
from .login_options import options_of
from .reading import Reading, Unreadable, first_known
from .system import initiator_stopped
from .text import iscsicli, targets

_LIST_PORTALS: t.Final = Command("iscsicli", ("ListTargetPortals",))


def read_portals(reading: Reading) -> Part[tuple[DiscoveryPortal, ...]]:
    """Read the discovery portals.

    Where the numbers of the initiator's ports are only inferred, the class that names NICs by their addresses comes
    first: a number that belongs to no NIC known yet would not tell which NIC a portal is bound to.
    """
    stopped = initiator_stopped(reading)
    if stopped:
        return stopped
    initiator: Part[Initiator] = reading.part("initiator")
    numbers = (
        lambda: Known(portals_of(reading.instances(classes.DISCOVERY_PORTAL))),
        lambda: Known(iscsicli.portals(reading.text(_LIST_PORTALS)), "iscsicli"),
    )
    if isinstance(initiator, Unknown):
        return first_known(*numbers)
    known = initiator.value
    addresses = (lambda: Known(tuple(_numbered(portal, known) for portal in portals_by_address(reading)), "msft"),)
    return first_known(*(numbers[:1] + addresses + numbers[1:] if known.ports_known else addresses + numbers))


def portals_by_number(reading: Reading) -> tuple[DiscoveryPortal, ...]:
    """Return the discovery portals from a source that names NICs by port number.

    Raises:
        Unreadable: there is none.
        NotUnderstood: the tool's text is no such list.
    """
    try:
        return portals_of(reading.instances(classes.DISCOVERY_PORTAL))
    except Unreadable:
        return iscsicli.portals(reading.text(_LIST_PORTALS))


def portals_by_address(reading: Reading) -> tuple[DiscoveryPortal, ...]:
    """Return the discovery portals from a source that names NICs by address.

    Raises:
        Unreadable: there is none.
    """
    if not reading.release.storage_classes:
        raise Unreadable(f"{reading.release.name} has no {classes.MSFT_TARGET_PORTAL.name}")
    return storage_portals_of(reading.instances(classes.MSFT_TARGET_PORTAL))


def portals_of(instances: Iterable[Instance]) -> tuple[DiscoveryPortal, ...]:
    """Turn instances of MSiSCSIInitiator_SendTargetPortalClass into discovery portals.

    One that is stored by a host name is left out: wanted portals have addresses, so it can be none of them.
    """
    return tuple(
        _portal(instance, portal)
        for instance in instances
        if (portal := names.portal_of(instance.text("PortalAddress"), instance.integer("PortalPort")))
    )


def _portal(instance: Instance, portal: TargetPortal) -> DiscoveryPortal:
    told = instance.embedded("LoginOptions")
    options = options_of(told)
    return DiscoveryPortal(
        portal,
        instance.text("InitiatorName") or None,
        names.port_number_of(instance.integer("InitiatorPortNumber")),
        authentication=None if told is None else options.proof,
        user=options.user,
    )


def storage_portals_of(instances: Iterable[Instance]) -> tuple[DiscoveryPortal, ...]:
    """Turn instances of MSFT_iSCSITargetPortal into discovery portals that name the NIC by its address."""
    return tuple(
        DiscoveryPortal(
            portal,
            instance.text("InitiatorInstanceName") or None,
            None,
            names.address_of_text(instance.text("InitiatorPortalAddress")),
        )
        for instance in instances
        if (portal := names.portal_of(instance.text("TargetPortalAddress"), instance.integer("TargetPortalPortNumber")))
    )


def _numbered(portal: DiscoveryPortal, initiator: Initiator) -> DiscoveryPortal:
    """Name the NIC of a discovery portal by its port number where that is known.

    Raises:
        Unreadable: the initiator lists its ports and has none with this address now.
    """
    if portal.nic is None:
        return portal
    number = initiator.number_of(portal.nic)
    if number is not None:
        return replace(portal, port_number=number, nic=None)
    if initiator.ports_known:
        raise Unreadable(f"{classes.MSFT_TARGET_PORTAL.name} names {portal.nic}, which is no initiator port")
    return portal


def read_isns_servers(reading: Reading) -> Part[tuple[str, ...]]:
    """Read the iSNS servers."""
    return initiator_stopped(reading) or first_known(
        lambda: Known(isns_servers_of(reading.instances(classes.ISNS_SERVER))),
        lambda: Known(targets.isns_servers(reading.text(Command("iscsicli", ("ListiSNSServers",)))), "iscsicli"),
    )


def isns_servers_of(instances: Iterable[Instance]) -> tuple[str, ...]:
    """Turn instances of MSiSCSIInitiator_iSNSServerClass into names or addresses."""
    return tuple(name for instance in instances if (name := instance.text("iSNSServerAddress")))


def read_targets(reading: Reading) -> Part[tuple[Target, ...]]:
    """Read the initiator's list of targets.

    The tool is asked in three lines: for the names, for each name how it was discovered, and for each way of discovery
    where it can be reached. MSFT_iSCSITarget has no portal groups, so it could not take the tool's place.
    """
    return initiator_stopped(reading) or first_known(
        lambda: Known(targets_of(reading.instances(classes.TARGET))),
        lambda: Known(_targets_of_tool(reading), "iscsicli"),
    )


def targets_of(instances: Iterable[Instance]) -> tuple[Target, ...]:
    """Turn instances of MSiSCSIInitiator_TargetClass, one for each way of discovery, into targets."""
    return _joined(
        (name, instance.text("DiscoveryMechanism") or "", tuple(_portals_in(instance)))
        for instance in instances
        if (name := instance.text("TargetName"))
    )


def _portals_in(instance: Instance) -> t.Iterator[TargetPortal]:
    for group in instance.embeddeds("PortalGroups"):
        for portal in group.embeddeds("Portals"):
            if known := names.portal_of(portal.text("Address"), portal.integer("Port")):
                yield known


def _targets_of_tool(reading: Reading) -> tuple[Target, ...]:
    listed = targets.names(reading.text(Command("iscsicli", ("ListTargets",))))
    told = reading.texts(tuple(Command("iscsicli", ("TargetInfo", name)) for name in listed))
    ways = {name: targets.mechanisms(name, text) for name, text in zip(listed, told, strict=True)}
    pairs = tuple((name, mechanism) for name, mechanisms in ways.items() for mechanism in mechanisms)
    details = reading.texts(tuple(Command("iscsicli", ("TargetInfo", *pair)) for pair in pairs))
    found = [(*pair, targets.portals(pair[0], text)) for pair, text in zip(pairs, details, strict=True)]
    return _joined([*((name, "", ()) for name in listed), *found])


def _joined(records: Iterable[tuple[str, str, tuple[TargetPortal, ...]]]) -> tuple[Target, ...]:
    """Make one target of all its records: name, discovery mechanism, portals."""
    found: dict[str, Target] = {}
    for name, mechanism, portals in records:
        known = found.get(name.casefold(), Target(name, (), ()))
        through = names.discovery_portal_of(mechanism)
        found[name.casefold()] = Target(
            known.name,
            tuple(dict.fromkeys((*known.portals, *portals))),
            tuple(dict.fromkeys((*known.discovered_through, *((through,) if through else ())))),
        )
    return tuple(found.values())
