# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which parts of a host (:data:`_model.PARTS`) the plan for a wish looks at. Private to the collection."""

from __future__ import annotations

from .desired import Desired, WantedInitiator
from .guards import GUARDS
from .plan import Plan
from .removal import USE
from .steps import InstallInitiator, Logout, Reboot

_PATHS = frozenset({"portals", "targets", "sessions", "logins", "feature", "dsms", "disks"})


def parts_needed(desired: Desired) -> frozenset[str]:
    """Return the parts that the plan looks at."""
    if desired.absent:
        return _of_removal(desired)
    parts = {"initiator_service"}
    if desired.initiator is not None:
        parts |= _of_initiator(desired.initiator)
    if desired.multipath or (desired.initiator is not None and desired.initiator.package is not None):
        parts |= {"feature", "dsms", "disks", "sessions"}
    if desired.claim is not None:
        parts |= {"claims"}
    if desired.layout is not None:
        parts |= {"nics", "initiator", "cluster_addresses"}
    if desired.portals:
        parts |= _of_portals(desired)
    if desired.paths is not None or desired.proof:
        parts |= _PATHS
    if desired.paths is not None:
        parts |= {"claims"}
    if desired.policies is not None:
        parts |= {"disks", "sessions"}
    if desired.policies is not None and desired.layout is not None:
        parts |= {"targets"}
    if desired.reboot_allowed:
        parts |= {"initiator", "sessions", "logins", "pending_reboot"}
    return frozenset(parts)


def parts_before(desired: Desired, plan: Plan) -> frozenset[str]:
    """Return the parts that its guards look at before certain steps of a plan are taken, and only then."""
    parts: set[str] = set()
    steps = [item.step for item in plan.steps]
    if desired.reboot_allowed and any(isinstance(step, (InstallInitiator, Reboot)) for step in steps):
        parts |= GUARDS - desired.reboot_despite
    if any(isinstance(step, InstallInitiator) for step in steps):
        parts |= {"drivers"}
    # What waits for that knowledge may be the stored login alone: the session may be more than one run removes.
    if any(item.after == USE for item in plan.steps) or any(
        isinstance(step, Logout) and step.surplus and step.session is not None for step in steps
    ):
        parts |= {"disk_use", "cluster"}
    return frozenset(parts)


def _of_initiator(wanted: WantedInitiator) -> set[str]:
    parts = {"initiator", "sessions", "logins"}
    if wanted.isns_servers is not None:
        parts |= {"isns_servers"}
    if wanted.bind_volumes:
        parts |= {"volumes"}
    if wanted.dependent_services:
        parts |= {"dependencies"}
    if wanted.cluster_disks_offline:
        parts |= {"cluster", "new_disk_policy"}
    return parts


def _of_portals(desired: Desired) -> set[str]:
    parts = {"portals"}
    if desired.purge is not None:
        parts |= {"targets", "sessions"}
    arrays = () if desired.layout is None else desired.layout.arrays
    if any(array.chap_after_first_login for array in arrays):
        parts |= {"sessions", "logins", "targets"}  # they tell whether the first login has been made
    return parts


def _of_removal(desired: Desired) -> frozenset[str]:
    parts = {"initiator_service", "initiator", "nics"}
    if desired.paths is not None:
        parts |= {"targets", "sessions", "logins", "disks"}
    if desired.portals:
        parts |= {"portals"}
    return frozenset(parts)
