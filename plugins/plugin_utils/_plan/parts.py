# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which parts of a host (:data:`_model.PARTS`) the plan for a wish looks at. Private to the collection."""

from __future__ import annotations

from .desired import Desired, WantedDsm, WantedInitiator
from .guards import GUARDS
from .plan import Plan, Severity
from .policies import policy_parts
from .programs import runs_setup
from .removal import USE
from .scene import change_of
from .settings import settings_parts
from .steps import BringDiskOnline, ClaimHardware, InstallInitiator, Logout, Reboot, SetServiceStart

_PATHS = frozenset({"targets", "sessions", "logins", "feature", "dsms", "disks"})


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
        parts |= {"claims", "portals"}
    elif desired.proof:
        parts |= {"drivers"}
    if desired.dsm is not None:
        parts |= _of_dsm(desired.dsm)
    if desired.unclaim:
        parts |= {"claims", "feature", "disks", "sessions"}
    if not desired.owner.microsoft:
        parts |= {"drivers"}
    if desired.reboot_allowed:
        parts |= {"initiator", "sessions", "logins", "pending_reboot"}
    return frozenset(parts) | settings_parts(desired) | policy_parts(desired)


def parts_before(desired: Desired, plan: Plan) -> frozenset[str]:
    """Return the parts that its guards look at before certain steps of a plan are taken, and only then."""
    parts: set[str] = set()
    steps = [item.step for item in plan.steps]
    if desired.reboot_allowed and any(isinstance(step, (InstallInitiator, Reboot)) for step in steps):
        parts |= GUARDS - desired.reboot_despite
    tells_of_dsm = desired.dsm is not None and _tells(plan)
    if tells_of_dsm or any(isinstance(step, (ClaimHardware, InstallInitiator)) for step in steps):
        parts |= {"drivers", "dsm_notes"}
    if runs_setup(steps):
        parts |= {"setup_programs"}
    if change_of(desired) is not None and any(isinstance(step, Reboot) for step in steps):
        parts |= {"disk_use", "cluster"}
    if desired.dsm is None and any(isinstance(step, SetServiceStart) for step in steps):
        parts |= {"dsm_notes"}
    if any(isinstance(item.step, BringDiskOnline) and item.after is None for item in plan.steps):
        parts |= {"disk_use"}
    # What waits for that knowledge may be the stored login alone: the session may be more than one run removes.
    if any(item.after == USE for item in plan.steps) or any(
        isinstance(step, Logout) and step.surplus and step.session is not None for step in steps
    ):
        parts |= {"disk_use", "cluster"}
    return frozenset(parts)


def _tells(plan: Plan) -> bool:
    """Tell whether a plan has anything to do, or to complain of."""
    return bool(plan.steps) or any(finding.severity is not Severity.NOTE for finding in plan.findings)


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


def _of_dsm(wanted: WantedDsm) -> set[str]:
    """Drivers and notes cost requests; for Microsoft's DSM they are read only where there is anything to do or say."""
    parts = {"initiator_service", "feature", "dsms", "disks", "sessions", "claims", "taken_offline"}
    if wanted.change or wanted.absent or not wanted.owner.microsoft:
        parts |= {"drivers", "dsm_notes"}
    if wanted.absent or not wanted.owner.microsoft:
        parts |= {"pending_reboot"}
    return parts | ({"initiator", "targets", "logins", "pending_reboot"} if wanted.change else set())


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
