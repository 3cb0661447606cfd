# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stored logins of an array besides those of the declared paths: named, not touched. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._model import Initiator, PersistentLogin
from .classes import Declared, SpareLogin, is_certain, spare_logins
from .desired import Surplus
from .plan import Finding, Severity, Side


def surplus(declared: Declared, initiator: Initiator, logins: Sequence[PersistentLogin]) -> Iterator[Finding]:
    """Name the persistent logins that lead to an array and belong to none of its declared paths.

    Args:
        declared: The array with its paths as far as their targets are known.
        initiator: Resolves port numbers.
        logins: All stored logins.
    """
    for spare in spare_logins([declared], logins, initiator):
        login = spare.login
        yield Finding(
            Severity.NOTE,
            Side.HOST,
            f"persistent login of {login.target} from {nic_of(login, initiator)} at {login.portal or 'any portal'}",
            _of_missing_nic(login, declared, initiator)
            or f"{_what(spare)}, and Windows makes a session of it at every boot besides theirs; where nobody needs it,"
            f" {_advice(spare)}, or from the favorite targets of the iSCSI initiator",
        )


def _of_missing_nic(login: PersistentLogin, declared: Declared, initiator: Initiator) -> str | None:
    """Say whose a stored login may be that names no NIC; None where it names one, or every declared NIC is there."""
    if not declared.routes.missing or login.port_number is None or initiator.address_of(login.port_number) is not None:
        return None
    names = " or ".join(f"NIC {address}" for address in declared.routes.missing)
    return f"it may be that of {names}, which has no address now, and is needed again once it has"


def _advice(spare: SpareLogin) -> str:
    first = "" if is_certain(spare) else "declare the targets of its array and "
    return f"{first}remove it with purge: [{spare.kind.value}]"


def _what(spare: SpareLogin) -> str:
    name = spare.arrays[0].name
    if spare.keep:
        return f"it is stored {spare.copies + spare.keep} times, for a declared path of {name} that needs {spare.keep}"
    if spare.kind is Surplus.STALE:
        return f"it is no half of a declared path of {name}"
    return f"it leads to a target that is not declared, at a target portal of {name}"


def nic_of(login: PersistentLogin, initiator: Initiator) -> str:
    """Name where a stored login leaves from."""
    if login.port_number is None:
        return "any NIC"
    address = initiator.address_of(login.port_number)
    return f"initiator port {login.port_number}, which no NIC has," if address is None else f"NIC {address}"
