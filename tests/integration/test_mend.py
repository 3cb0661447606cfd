# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One thing is lost on each server of a fleet: it is mended alone, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration.playbook import Run
from ansible_collections.eva.mpio.tests.integration.profiles import GENERATIONS, PREPARED, PROFILES, options
from ansible_collections.eva.mpio.tests.integration.stage import SUBSET, Stage, fleet_of, server, staged
from ansible_collections.eva.mpio.tests.lab.fabric.interface import PortalAddress
from ansible_collections.eva.mpio.tests.lab.windows.iscsi.model import LoginRequest

SESSION, LOGIN, PORTAL, SERVICE, DROPPED, UNBOUND, SOUND, POLICY = (
    *("session", "login", "portal", "service", "dropped", "unbound", "sound", "policy"),
)
HOSTS = (SESSION, LOGIN, PORTAL, SERVICE, DROPPED, UNBOUND, SOUND, POLICY)
WHOLE = {
    "name": "Mend",
    "eva.mpio.host": {
        "arrays": "{{ multipath_arrays }}",
        "nics": "{{ multipath_nics }}",
        "lun_policies": SUBSET,
        "device_timeout": 2,
        "package": PREPARED,
    },
}
LOST = "10.10.2.21"
DSM_METHODS = "DSM_LB_Operations"


@dataclass(frozen=True)
class Story:
    """The state before, the plan in check mode, the run and the run after it."""

    profile: str
    stage: Stage
    before: dict[str, Any]
    broken: int
    checked: Run
    mended: Run
    ended: int
    again: Run


@pytest.fixture(scope="module", params=GENERATIONS)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Provision eight servers, break one thing on each but one, and run the role's module."""
    servers = (server(name, number, **PROFILES[request.param]) for number, name in enumerate(HOSTS, start=1))
    with staged(fleet_of(*servers, fabric="tcp"), tmp_path_factory.mktemp("mend")) as stage:
        stage.provision(**options(request.param))
        before = {host: ids(stage, host) for host in HOSTS}
        break_things(stage)
        broken = stage.now
        checked = stage.play([WHOLE], "--check")
        mended = stage.play([WHOLE], "--diff")
        yield Story(request.param, stage, before, broken, checked, mended, stage.now, stage.play([WHOLE]))


def ids(stage: Stage, host: str) -> dict[tuple[str, str], str]:
    """Return the session of each path."""
    return {(one.nic_address, one.portal.address): one.session_id for one in stage.fleet.host(host).snapshot().sessions}


def break_things(stage: Stage) -> None:
    """Take one thing from each server, as the lab."""
    faults = stage.fleet.faults
    faults.inject("end-session", SESSION, LOST)
    faults.inject("forget-login", LOGIN, LOST)
    faults.inject("service-stop", SERVICE, "MSiSCSI")
    faults.inject("drop-sessions", LOST, DROPPED)
    with stage.fleet.laws.fault():
        initiator = stage.fleet.host(PORTAL).initiator
        lost = next(one for one in initiator.discovery.portals() if one.portal.address == LOST)
        initiator.discovery.remove_portal(lost.portal, lost.instance, lost.port_number)
        unbind(stage)
        policies = stage.fleet.host(POLICY).disks
        disk = policies.mpio.disks[1]
        policies.set_policy(disk, type(disk.policy)(2), [], by_method=False)


def unbind(stage: Stage) -> None:
    """Let one stored login leave from any NIC, as the dialog of Windows stores it by default."""
    persistent = stage.fleet.host(UNBOUND).initiator.persistent
    bound = next(one for one in persistent.all() if one.request.portal == PortalAddress(LOST))
    persistent.delete(bound)
    persistent.add(LoginRequest(bound.request.target, bound.request.portal, options=bound.request.options))


def only_step(story: Story, host: str) -> str:
    """Return the one step that mended a server, announced by check mode word for word, rules for new LUNs aside."""
    (step,) = story.mended.ok(host).steps
    rules = {row["step"] for row in story.checked.ok(host)["steps"] if row["rule"]}
    assert rules <= {"LUN each that appears: policy round_robin_with_subset"}
    rules.add("disks: look for them again")  # only if a session does not show every LUN
    assert [announced for announced in story.checked.ok(host).steps if announced not in rules] == [step]
    return step


def untouched_sessions(story: Story, host: str) -> None:
    """Fail unless every session that stood still stands, and the array saw nothing of the others."""
    stage = story.stage
    assert (
        ids(stage, host).items()
        >= {path: number for path, number in story.before[host].items() if path[1] != LOST}.items()
    )
    assert stage.endings(host, story.broken) == []


@pytest.mark.parametrize("host", HOSTS)
def test_every_server_is_whole_again_and_a_further_run_finds_nothing(story: Story, host: str) -> None:
    if host != UNBOUND:
        story.stage.is_redundant(host)
    assert story.mended.ok(host)["state"] == "converged"
    assert all(lun["proven"] for lun in story.mended.ok(host)["luns"])
    again = story.again.ok(host)
    assert (again["changed"], again["steps"]) == (False, [])
    assert story.stage.logins(host, story.ended) == []


def test_a_lost_session_is_made_again_alone(story: Story) -> None:
    assert only_step(story, SESSION).startswith(f"session 10.10.2.11 -> {LOST}:3260 -> iqn.")
    (login,) = story.stage.logins(SESSION, story.broken)
    assert (login.nic, login.portal) == ("10.10.2.11", LOST)
    untouched_sessions(story, SESSION)
    # The stored half was there all the time.
    assert "persistent login stored" not in story.stage.changes(SESSION, story.broken)


def test_a_lost_stored_login_is_stored_again_without_a_login(story: Story) -> None:
    assert only_step(story, LOGIN).startswith(f"persistent login 10.10.2.12 -> {LOST}:3260 -> iqn.")
    assert story.stage.logins(LOGIN, story.broken) == []
    untouched_sessions(story, LOGIN)
    assert story.stage.changes(LOGIN, story.broken) == ["persistent login stored"]


def test_a_lost_discovery_portal_is_added_alone(story: Story) -> None:
    assert only_step(story, PORTAL) == f"discovery portal {LOST}:3260 through 10.10.2.13: add"
    asked = [
        (event.facts["nic"], event.facts["portal"])
        for event in story.stage.events("eva01", "discovery", story.broken)
        if event.facts["initiator"] == story.stage.fleet.node_name(PORTAL)
    ]
    assert asked == [("10.10.2.13", f"{LOST}:3260")]
    assert story.stage.logins(PORTAL, story.broken) == []
    untouched_sessions(story, PORTAL)
    assert story.stage.changes(PORTAL, story.broken) == ["discovery portal stored"]


def test_a_stopped_service_is_started_and_windows_makes_its_sessions_itself(story: Story) -> None:
    # While it is stopped nothing can be read, so check mode announces more; all that is needed is the start.
    assert story.mended.ok(SERVICE).steps == ["service MSiSCSI: start"]
    assert "service MSiSCSI: start" in story.checked.ok(SERVICE).steps
    logins = story.stage.logins(SERVICE, story.broken)
    assert sorted((login.nic, login.portal) for login in logins) == list(story.stage.declared(SERVICE))
    assert "persistent login stored" not in story.stage.changes(SERVICE, story.broken)


def test_a_session_that_windows_mends_itself_is_left_to_it(story: Story) -> None:
    assert story.mended.ok(DROPPED).steps == []
    assert ids(story.stage, DROPPED) == story.before[DROPPED]


def test_a_stored_login_bound_to_no_nic_is_no_stored_half(story: Story) -> None:
    assert only_step(story, UNBOUND).startswith(f"persistent login 10.10.2.16 -> {LOST}:3260 -> iqn.")
    assert story.stage.truth(UNBOUND).stored.count(("10.10.2.16", LOST)) == 1
    assert story.stage.truth(UNBOUND).stored.count((None, LOST)) == 1
    assert story.stage.logins(UNBOUND, story.broken) == []
    untouched_sessions(story, UNBOUND)


def test_a_changed_policy_is_set_on_that_lun_alone(story: Story) -> None:
    disk = story.stage.fleet.host(POLICY).disks.mpio.disks[1]
    assert only_step(story, POLICY) == f"LUN {disk.serial.strip().upper()}: policy round_robin_with_subset"
    changing = [line for line in story.stage.commands(POLICY, story.broken) if line.startswith("mpclaim -l")]
    requests = story.stage.requests(POLICY, story.broken)
    called = sum(number for what, number in requests.items() if what.endswith(DSM_METHODS))
    # The tool of 2003 and 2008 cannot: there the DSM's own method is called, with every path of the disk.
    by_method = story.profile in ("2003", "2008")
    assert (changing, called) == (([], 1) if by_method else ([f"mpclaim -l -d {disk.number} 3"], 0))
    assert story.stage.policies(POLICY) == {3}
    untouched_sessions(story, POLICY)


def test_a_sound_server_is_left_alone(story: Story) -> None:
    assert story.mended.ok(SOUND).steps == story.checked.ok(SOUND).steps == []
    assert ids(story.stage, SOUND) == story.before[SOUND]
    assert story.stage.changes(SOUND, story.broken) == []
