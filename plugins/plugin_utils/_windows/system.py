# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operating system, its services, drivers and NICs. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable
from ipaddress import ip_interface

from .._model import Interface, Known, Nic, OperatingSystem, Part, Service, Unknown
from .._wire.faults import MalformedAnswer
from .._wire.instance import Instance
from .._wire.link import Link
from . import classes
from .reading import Reading, first_known

INITIATOR_SERVICE: t.Final = "MSiSCSI"
CLUSTER_SERVICE: t.Final = "ClusSvc"
MPIO_DRIVER: t.Final = "mpio"
_LIKE_HPS: t.Final = "hp%dsm"
"""What names of HP's DSM drivers look like: ``hpmaadsm`` for MSA and ``hpxpdsm`` for XP (HP's manuals of these DSMs);
that for EVA is not public. WQL has LIKE since Windows XP."""
_ABSENT: t.Final = "Absent"
_LOOK: t.Final = "look at WMI on that host, for the operating system must be known before anything is done (host side)"

_WORKSTATION: t.Final = 1
"""Win32_OperatingSystem.ProductType of a client edition."""
_CORE_SINCE: t.Final = 6001
"""Before this build there was no Server Core (and no OperatingSystemSKU)."""
_CORE_EDITIONS: t.Final = frozenset({12, 13, 14, 29, 39, 40, 41})
"""OperatingSystemSKU of the Server Core editions (winnt.h, PRODUCT_*_SERVER_CORE*)."""
CORE_IS_AN_OPTION: t.Final = 9200
"""From this build on Server Core is an option of the same edition, so the edition does not tell (GetProductInfo)."""


def read_operating_system(link: Link) -> OperatingSystem:
    """Read what must be known before anything else can be asked: one request.

    Raises:
        WireError: the host does not answer, or not with an operating system.
    """
    instances = link.enumerate(classes.OPERATING_SYSTEM)
    if len(instances) != 1:
        raise MalformedAnswer(
            f"{link.host}: WMI tells of {len(instances)} instances of Win32_OperatingSystem instead of one; {_LOOK}"
        )
    try:
        return operating_system_of(instances[0])
    except MalformedAnswer as error:
        raise MalformedAnswer(f"{link.host}: {error}; {_LOOK}") from error


def operating_system_of(instance: Instance) -> OperatingSystem:
    """Turn the instance of Win32_OperatingSystem into the operating system.

    Raises:
        MalformedAnswer: it lacks a number that every Windows has.
    """
    build, booted = instance.text("BuildNumber") or "", instance.moment("LastBootUpTime")
    if not re.fullmatch(r"[0-9]{1,9}", build) or booted is None:
        raise MalformedAnswer("Win32_OperatingSystem does not tell the build number or the time of the last boot")
    edition = instance.integer("OperatingSystemSKU")
    return OperatingSystem(
        name=instance.text("CSName") or "",
        caption=(instance.text("Caption") or "").strip(),
        version=instance.text("Version") or "",
        build=int(build),
        service_pack=instance.integer("ServicePackMajorVersion") or 0,
        server=instance.integer("ProductType") != _WORKSTATION,
        core=_core(int(build), edition),
        edition=edition,
        language=instance.integer("OSLanguage"),
        booted=booted,
    )


def _core(build: int, edition: int | None) -> bool | None:
    if edition in _CORE_EDITIONS:
        return True
    if build < _CORE_SINCE:
        return False
    return None if edition is None or build >= CORE_IS_AN_OPTION else False


def read_nics(reading: Reading) -> Part[tuple[Nic, ...]]:
    """Read the adapters that carry IP."""
    return first_known(lambda: Known(nics_of(reading.instances(classes.ADAPTER, "IPEnabled=true"))))


def nics_of(instances: Iterable[Instance]) -> tuple[Nic, ...]:
    """Turn instances of Win32_NetworkAdapterConfiguration into adapters with addresses."""
    return tuple(
        Nic(
            name=instance.text("Description") or "",
            mac=(instance.text("MACAddress") or "").upper(),
            index=instance.integer("Index") or 0,
            interfaces=tuple(_interfaces(instance)),
        )
        for instance in instances
    )


def _interfaces(instance: Instance) -> t.Iterator[Interface]:
    # IPSubnet holds a mask for IPv4 and a prefix length for IPv6, in the order of IPAddress (Win32 WMI reference).
    for address, subnet in zip(instance.texts("IPAddress"), instance.texts("IPSubnet"), strict=False):
        try:
            yield ip_interface(f"{address}/{subnet}")
        except ValueError:
            continue  # an address without a usable mask belongs to no subnet, so no path can leave from it


def read_initiator_service(reading: Reading) -> Part[Service]:
    """Read the initiator's service."""
    return first_known(lambda: Known(service_of(reading, INITIATOR_SERVICE)))


def service_of(reading: Reading, name: str) -> Service:
    """Return a service; that there is none is known too.

    The two that are ever asked for come in one answer: only a member of a cluster has both.

    Raises:
        Unreadable: services cannot be read.
    """
    where = f"Name='{INITIATOR_SERVICE}' or Name='{CLUSTER_SERVICE}'"
    found = services_of(reading.instances(classes.SERVICE, where))
    absent = Service(name, _ABSENT, _ABSENT)
    return next((service for service in found if service.name.casefold() == name.casefold()), absent)


def read_drivers(reading: Reading) -> Part[tuple[Service, ...]]:
    """Read the drivers of MPIO, of this release's Microsoft DSM and of HP's, as far as they exist."""
    named = reading.ways.hp_driver
    hps = f"Name like '{_LIKE_HPS}'" if named is None else f"Name='{literal(named)}'"
    where = f"Name='{MPIO_DRIVER}' or Name='{reading.release.dsm_driver}' or {hps}"
    return first_known(lambda: Known(services_of(reading.instances(classes.DRIVER, where))))


def literal(text: str) -> str:
    r"""Return a text as WQL wants it between quotation marks: ``\`` takes the meaning from what follows."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def services_of(instances: Iterable[Instance]) -> tuple[Service, ...]:
    """Turn instances of Win32_Service or Win32_SystemDriver into services."""
    return tuple(
        Service(
            name=instance.text("Name") or "",
            start_mode=instance.text("StartMode") or "",
            state=instance.text("State") or "",
        )
        for instance in instances
    )


def initiator_stopped(reading: Reading) -> Unknown | None:
    """Say why nothing of the initiator can be read, None while its service runs.

    A stopped service may answer with nothing at all, and no answer must not be taken for "no session".
    """
    service: Part[Service] = reading.part("initiator_service")
    if isinstance(service, Unknown):
        return service
    if service.value.running:
        return None
    if not service.value.installed:
        return Unknown(f"there is no service {INITIATOR_SERVICE}: the iSCSI initiator is not installed on this host")
    return Unknown(
        f"the {INITIATOR_SERVICE} service is not running (it is {service.value.state}, start mode "
        f"{service.value.start_mode}), so the initiator cannot be asked"
    )


def mpio_absent(reading: Reading) -> bool:
    """Tell whether MPIO surely owns nothing: its driver does not exist or does not run."""
    drivers: Part[tuple[Service, ...]] = reading.part("drivers")
    if isinstance(drivers, Unknown):
        return False
    return not any(driver.running and driver.name.casefold() == MPIO_DRIVER for driver in drivers.value)
