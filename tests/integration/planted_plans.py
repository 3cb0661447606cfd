# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mistakes in plans, which the fault sweep has to find: each is planted by calling its function before a sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from ipaddress import ip_address
from unittest.mock import patch

from ansible_collections.eva.mpio.plugins.plugin_utils import _engine, _record
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Host,
    Known,
    PersistentLogin,
    Session,
    TargetPortal,
    Unknown,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Memory, Plan, Planned
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import (
    ClaimHardware,
    ForgetLogin,
    Login,
    Logout,
    Reboot,
    StartService,
    Step,
    StoreLogin,
)
from ansible_collections.eva.mpio.tests.lab.windows.storage.multipath_disk import VendorDsm
from ansible_collections.eva.mpio.tests.sweep.fleet import DirectFleet
from ansible_collections.eva.mpio.tests.sweep.run import CourseRun, Verdict

NIC = ip_address("10.10.1.11")
PORTAL = TargetPortal(ip_address("10.10.1.21"), 3260)
"""A declared path of the sweep's server."""
STANDS = TargetPortal(ip_address("10.10.1.22"), 3260)
"""The portal of one that stands when the story "mend" begins, without a stored login."""

Mistake = Callable[[Plan, Host], Plan]


def _plant(
    mistake: Mistake = lambda plan, host: plan,
    arrange: Callable[[DirectFleet], None] = lambda fleet: None,
    sees: Callable[[Host], Host] = lambda host: host,
) -> None:
    """Let the engine plan with a mistake from where a story begins.

    Args:
        mistake: spoils a plan
        arrange: changes the fleet first
        sees: spoils what the plan is made from
    """

    def mistaken(desired: Desired, host: Host, memory: Memory | None = None) -> Plan:
        memory = memory or Memory()
        plan = mistake(plan_host(desired, sees(host), memory), host)
        return replace(plan, steps=tuple(item for item in plan.steps if item.step not in memory.failed))

    judge = CourseRun.judge

    def judged(run: CourseRun) -> Verdict:
        arrange(run.fleet)
        with patch.object(_engine, "plan_host", mistaken), patch.object(_record, "plan_host", mistaken):
            return judge(run)

    patch.object(CourseRun, "judge", judged).start()


def _once(steps_for: Callable[[Host], Sequence[Step]]) -> Mistake:
    """Put a step before all others until the host shows that it was taken."""
    first: list[Step] = []
    over: list[bool] = []

    def mistake(plan: Plan, host: Host) -> Plan:
        first.extend(step for step in steps_for(host) if not first)
        if not first or over or first[0] not in steps_for(host):
            over.extend([True] if first else [])
            return plan
        return replace(plan, steps=(Planned(first[0]), *plan.steps))

    return mistake


def _sessions(host: Host, portal: TargetPortal) -> list[Session]:
    known = () if isinstance(host.sessions, Unknown) else host.sessions.value
    return [
        session for session in known if any(one.local == NIC and one.remote == portal for one in session.connections)
    ]


def _logins(host: Host, portal: TargetPortal) -> list[PersistentLogin]:
    known = () if isinstance(host.logins, Unknown) else host.logins.value
    return [login for login in known if login.portal == portal]


def path_lost() -> None:
    """Log a declared path out while everything stands or falls with it."""
    _plant(_once(lambda host: [Logout(one.id, one.target, reason="planted") for one in _sessions(host, STANDS)]))


def break_before_make() -> None:
    """Purge a declared path, of which there are more than enough, and make it again afterwards."""
    _plant(_once(lambda host: [Logout(one.id, one.target, reason="planted") for one in _sessions(host, PORTAL)]))


def stored_login_missing() -> None:
    """Take a wanted stored login away in one command line, and store it again in another."""

    def steps(host: Host) -> list[Step]:
        return [
            ForgetLogin(NIC, PORTAL, login.target, login=login, reason="planted") for login in _logins(host, PORTAL)[:1]
        ]

    _plant(_once(steps))


def second_path_too_early() -> None:
    """Make all paths first, and wait for nothing."""

    def mistake(plan: Plan, host: Host) -> Plan:
        paths = [item for item in plan.steps if isinstance(item.step, Login | StoreLogin) and item.step.target]
        others = [item for item in plan.steps if item not in paths]
        return replace(plan, steps=(*(replace(item, after=None) for item in paths), *others))

    _plant(mistake)


def two_dsms() -> None:
    """Claim for Microsoft's DSM what another vendor's has claimed."""
    product = f"{'COMPAQ':8}{'HSV111 (C)COMPAQ':16}"

    def arrange(fleet: DirectFleet) -> None:
        for host in fleet.hosts.values():
            host.disks.mpio.install_vendor_dsm(VendorDsm("HP MPIO Full Featured DSM for EVA", (product,)))

    def steps(host: Host) -> list[Step]:
        return [ClaimHardware((product,), reason="planted")]

    _plant(_once(steps), arrange)


def reboot_unsafe() -> None:
    """Restart Windows before the stored login of a session is there."""

    def steps(host: Host) -> list[Step]:
        stands = not isinstance(host.logins, Unknown) and not _logins(host, STANDS) and _sessions(host, STANDS)
        return [Reboot(reason="planted")] if stands else []

    _plant(_once(steps))


def no_login_left() -> None:
    """Take the last stored login away while the DSM is changed."""

    def steps(host: Host) -> list[Step]:
        logins = () if isinstance(host.logins, Unknown) else host.logins.value
        last = logins if len(logins) == 1 else ()
        return [ForgetLogin(NIC, one.portal, one.target, login=one, reason="planted") for one in last if one.portal]

    _plant(_once(steps))


def disks_go_while_online() -> None:
    """Change the DSM under the mounted volumes of this host."""

    def sees(host: Host) -> Host:
        if not isinstance(host.disk_use, Known):
            return host
        idle = (replace(disk, in_use=False, why="planted", mounted=()) for disk in host.disk_use.value)
        return replace(host, disk_use=Known(tuple(idle)))

    _plant(sees=sees)


def second_login_in_the_window() -> None:
    """Store a second login before the new DSM has the disks."""

    def mistake(plan: Plan, host: Host) -> Plan:
        sessions = () if isinstance(host.sessions, Unknown) else host.sessions.value
        if len(sessions) > 1:
            return plan
        stored = [item for item in plan.steps if isinstance(item.step, StoreLogin) and item.step.target]
        starts = [item for item in plan.steps if isinstance(item.step, StartService)]
        others = [item for item in plan.steps if item not in stored and item not in starts]
        return replace(plan, steps=(*starts, *(replace(item, after=None) for item in stored), *others))

    _plant(mistake)


def both_may_take_the_disks() -> None:
    """Claim the disks for Microsoft's DSM again as soon as HP's is installed."""

    def steps(host: Host) -> list[Step]:
        drivers = () if isinstance(host.drivers, Unknown) else host.drivers.value
        there = any(driver.name.casefold() == "hpeaadsm" for driver in drivers)
        return [ClaimHardware(("HP      HSV340          ",), reason="planted")] if there else []

    _plant(_once(steps))


def cluster_forgotten() -> None:
    """Change the DSM of a node whatever it carries."""

    def sees(host: Host) -> Host:
        if not isinstance(host.cluster, Known):
            return host
        return replace(host, cluster=Known(replace(host.cluster.value, member=False, groups=Known(()))))

    _plant(sees=sees)


def only_a_cut_shows_it() -> None:
    """Take a path whose stored half was there before the run for a live one."""
    known: dict[int, frozenset[TargetPortal | None]] = {}

    def mistake(plan: Plan, host: Host) -> Plan:
        if isinstance(host.logins, Unknown):
            return plan
        stored = known.setdefault(id(host.os), frozenset(login.portal for login in host.logins.value))
        steps = tuple(item for item in plan.steps if not (isinstance(item.step, Login) and item.step.portal in stored))
        return replace(plan, steps=steps)

    _plant(mistake)
