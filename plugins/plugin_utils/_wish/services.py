# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of services and servers that the initiator has to do with. Private to the collection."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address

from .._model import same_name
from .._plan.preparation import INITIATOR_SERVICE
from .faults import Faults
from .names import DNS_NAME
from .words import CONTROL, each_once, unfilled

_SERVICE = re.compile(rf"(?![+\s])[^\"'%/\\{CONTROL}]{{1,256}}(?<!\s)")
"""CreateService: at most 256 characters without slashes. Quotation marks, "%" and a leading "+" (which stands for a
group of services) would mean something else to the tools that take it."""


def dependent_services(names: Sequence[str], faults: Faults) -> tuple[str, ...]:
    """Read names of services as the service control manager keys them; each once, letter case aside."""
    for index, name in enumerate(names):
        where = f"dependent_services[{index}]"
        if unfilled(name):
            faults.add(where, f"{name!r} is a template that was not filled in")
        elif not _SERVICE.fullmatch(name):
            faults.add(
                where,
                f"{name!r} is no name of a service: at most 256 characters without quotation marks, slashes, '%' and"
                " control characters, and without '+' or a blank at its beginning",
            )
        elif same_name(name, INITIATOR_SERVICE):
            faults.add(where, f"{name} is the initiator's own service and cannot wait for itself")
    return each_once(names)


def isns_servers(names: Sequence[str] | None, faults: Faults) -> tuple[str, ...] | None:
    """Read iSNS servers, names or addresses; None where they are not managed, each once, letter case aside."""
    if names is None:
        return None
    for index, name in enumerate(names):
        where = f"isns_servers[{index}]"
        if unfilled(name):
            faults.add(where, f"{name!r} is a template that was not filled in")
        elif not _is_server(name):
            faults.add(where, f"{name!r} is neither an IP address nor a DNS name")
    return each_once(names)


def _is_server(name: str) -> bool:
    try:
        address = ip_address(name)
    except ValueError:
        return DNS_NAME.fullmatch(name) is not None
    return not (address.is_unspecified or address.is_multicast or "%" in name)
