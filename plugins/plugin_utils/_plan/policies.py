# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for the load-balance policy of each LUN. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._eva.models import find_product
from .._judge.paths import join
from .._judge.policy import is_met
from .._model import Host, MpioDisk, NotKnown, Policy, Session, value_of
from .desired import WantedArray, WantedPolicies
from .plan import Finding, Item, Planned, Severity, Side
from .preparation import unreadable
from .steps import SetPolicy
from .targets import array_sessions


def plan_policies(
    wanted: WantedPolicies, arrays: Sequence[WantedArray] | None, host: Host, more_to_come: str | None
) -> Iterator[Item]:
    """The wished policy on every LUN of the arrays, and on those that are named by their WWN.

    Args:
        wanted: Policies by WWN and the default.
        arrays: The declared arrays, whose LUNs get the default. None where none are declared: then each active/active
            EVA LUN that is seen over iSCSI gets it. A LUN that is seen over Fibre Channel only is not ours.
        host: What was read.
        more_to_come: What LUNs that are not visible yet wait for; None when nothing more is expected.
    """
    try:
        disks = value_of(host.disks)
    except NotKnown as error:
        if more_to_come is None:
            yield unreadable("MPIO disks", str(error))
            return
        disks = ()
    sessions: Sequence[Session] = ()
    if wanted.default is not None and any(disk.wwn not in wanted.by_wwn for disk in disks):
        try:
            sessions = _sessions(arrays, host)
        except NotKnown as error:
            if more_to_come is None:
                yield unreadable("policies of LUNs", str(error))
    for disk in sorted(disks, key=lambda item: item.wwn):
        policy = wanted.of(disk.wwn)
        if policy is not None and (disk.wwn in wanted.by_wwn or _takes_default(disk, sessions, arrays)):
            yield from _plan_disk(disk, policy)
    visible = {disk.wwn for disk in disks}
    for wwn, policy in wanted.by_wwn.items():
        if wwn in visible:
            continue
        if more_to_come is not None:
            yield Planned(_step(wwn, policy), more_to_come)
        else:
            yield Finding(
                Severity.PROBLEM,
                Side.ARRAY,
                f"LUN {wwn}",
                "no MPIO disk has this WWN: present the LUN to this host, or correct the WWN",
            )
    if more_to_come is not None and wanted.default is not None:
        yield Planned(_step(None, wanted.default), more_to_come)


def check_policies(wanted: WantedPolicies, host: Host) -> Iterator[Finding]:
    """Refuse the policies that the Microsoft DSM of this release does not have."""
    named = [("default", wanted.default), *((f"LUN {wwn}", policy) for wwn, policy in wanted.by_wwn.items())]
    known = ", ".join(policy.label for policy in Policy if policy in host.traits.policies)
    for where, policy in named:
        if policy is not None and policy not in host.traits.policies:
            yield Finding(
                Severity.REFUSAL,
                Side.WISH,
                f"policy of {where}" if where != "default" else "default policy",
                f"the Microsoft DSM of {host.os.caption} has no {policy.label}; it has {known}",
            )


def _sessions(arrays: Sequence[WantedArray] | None, host: Host) -> tuple[Session, ...]:
    sessions = value_of(host.sessions)
    if arrays is None:
        return sessions
    targets = value_of(host.targets)
    return tuple(session for array in arrays for session in array_sessions(array, sessions, targets))


def _takes_default(disk: MpioDisk, sessions: Sequence[Session], arrays: Sequence[WantedArray] | None) -> bool:
    carriers = {path.address: path.session for path in join(disk, sessions) if path.session is not None}
    if arrays is not None or not carriers:
        return bool(carriers)
    inquiries = [(disk.vendor, disk.product)]
    if disk.vendor is None or disk.product is None:
        devices = [device for session in carriers.values() for device in session.disks if device.address in carriers]
        inquiries = [(device.vendor, device.product) for device in devices]
    found = [find_product(vendor, product) for vendor, product in inquiries]
    return any(product is not None and product.active_active for product in found)


def _step(wwn: str | None, policy: Policy, was: Policy | None = None) -> SetPolicy:
    return SetPolicy(
        wwn,
        policy,
        was=f"policy {was.label}" if was else None,
        reason="with Microsoft's MPIO policies apply to each LUN individually (HP P6x00 user guide, page 100)",
    )


def _plan_disk(disk: MpioDisk, policy: Policy) -> Iterator[Item]:
    where = f"LUN {disk.wwn}"
    if disk.policy is Policy.VENDOR_SPECIFIC:
        yield Finding(
            Severity.PROBLEM,
            Side.HOST,
            where,
            f"it belongs to {disk.dsm}, whose policies are its own: policies of the Microsoft DSM do not apply",
        )
    elif disk.policy is None:
        reason = f": {disk.policy_unknown}" if disk.policy_unknown else ""
        yield unreadable(where, f"its policy is not known{reason}")
    elif not is_met(disk, policy):
        yield Planned(_step(disk.wwn, policy, disk.policy))
