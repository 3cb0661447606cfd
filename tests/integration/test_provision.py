# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main job through real ansible-playbook, WinRM and iSCSI: fresh servers to proven redundancy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration.playbook import Run, rule
from ansible_collections.eva.mpio.tests.integration.profiles import PREPARED, PROFILES
from ansible_collections.eva.mpio.tests.integration.stage import (
    PORTALS,
    SUBSET,
    Stage,
    Truth,
    array,
    fleet_of,
    server,
    staged,
)

OLD, NEW, LATE, TLS = "win2012", "win2012r2", "late", "tls"
LEFT_OUT = ("2012", "2012r2", "2003-installed")
"""Kinds that stand here already, and one that is not fresh."""
OTHERS = {f"win{profile.replace('-', '')}": profile for profile in PROFILES if profile not in LEFT_OUT}
"""A server of each other kind."""
READY = (OLD, NEW, TLS, *OTHERS)
WHOLE = {
    "name": "Provision",
    "eva.mpio.host": {
        "arrays": "{{ multipath_arrays }}",
        "nics": "{{ multipath_nics }}",
        "lun_policies": SUBSET,
        "device_timeout": 2,
        "pre_reboot_delay": 0,
        "reboot": True,
        "package": PREPARED,
    },
}
PROOF = {
    "name": "Verify",
    "eva.mpio.verify": {
        "arrays": "{{ multipath_arrays }}",
        "nics": "{{ multipath_nics }}",
        "lun_policies": SUBSET,
    },
}


@dataclass(frozen=True)
class Story:
    """What happened, in this order."""

    stage: Stage
    before: dict[str, Any]
    checked: Run
    between: dict[str, Any]
    check_ended: int
    first: Run
    first_ended: int
    after_first: dict[str, Truth]
    second: Run
    second_ended: int


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Check mode, the real run, presentation to the late server, and a run again."""
    directory: Path = tmp_path_factory.mktemp("provision")
    fleet = fleet_of(
        server(OLD, 1, release="2012"),
        server(NEW, 2),
        server(LATE, 3, presented=False),
        server(TLS, 4, winrm={"scheme": "https", "transport": "ntlm"}),
        *(server(name, number, **PROFILES[profile]) for number, (name, profile) in enumerate(OTHERS.items(), start=5)),
        fabric="tcp",
        arrays=[array(serial="0917A00012")],
    )
    with staged(fleet, directory) as stage:
        before = fleet.state()
        checked = stage.play([WHOLE], "--check", "--diff")
        between, check_ended = fleet.state(), stage.now
        first = stage.play([WHOLE], "--diff")
        first_ended, after_first = stage.now, {host: stage.truth(host) for host in fleet.hosts}
        fleet.present(LATE)
        second = stage.play([WHOLE, PROOF], "--diff")
        yield Story(stage, before, checked, between, check_ended, first, first_ended, after_first, second, stage.now)


def everything(state: dict[str, Any]) -> dict[str, Any]:
    """Leave the event number out of a fleet's state."""
    return {name: value for name, value in state.items() if name != "last_event"}


@pytest.mark.parametrize("host", READY)
def test_fresh_servers_become_redundant_in_one_task(story: Story, host: str) -> None:
    result = story.first.ok(host)
    assert (result["changed"], result["rebooted"], result["state"]) == (True, True, "converged")
    assert result["reboot_required"] is False
    assert [(lun["proven"], lun["paths_working"], lun["persistent_logins"]) for lun in result["luns"]] == [
        (True, 4, 4)
    ] * 3
    truth = story.after_first[host]
    assert truth.live == truth.stored == story.stage.declared(host)
    assert list(truth.disks.values()) == [(story.stage.microsoft_dsm(host), 4)] * 3
    assert {lun["wwn"] for lun in result["luns"]} == set(truth.disks)


@pytest.mark.parametrize("host", READY)
def test_the_array_saw_one_path_before_the_restart_and_four_after_it(story: Story, host: str) -> None:
    stage = story.stage
    (boot,) = stage.events(host, "boot", story.check_ended)
    logins, after_boot = stage.logins(host, story.check_ended), stage.logins(host, boot.number)
    assert len(logins) - len(after_boot) == 1
    # Windows itself makes the stored path again at boot, then come the other three.
    assert len(after_boot) == 4
    assert sorted((login.nic, login.portal) for login in after_boot) == list(stage.declared(host))
    assert {(login.chap, login.initiator) for login in logins} == {("none", stage.fleet.node_name(host))}


def test_each_portal_is_asked_for_its_targets_through_its_own_nic(story: Story) -> None:
    asked = {
        (event.facts["nic"], event.facts["portal"].removesuffix(":3260"))
        for event in story.stage.events("eva01", "discovery")
    }
    declared = {pair for host in (*READY, LATE) for pair in story.stage.declared(host)}
    assert asked == declared


def test_round_robin_with_subset_is_on_every_lun(story: Story) -> None:
    for host in (*READY, LATE):
        assert story.stage.policies(host) == {3}


def test_check_mode_changes_nothing(story: Story) -> None:
    assert everything(story.between) == everything(story.before)
    events = story.stage.fleet.log.since(0)
    during = [event for event in events if event.number <= story.check_ended and event.kind in ("login", "discovery")]
    assert during == []
    for host in (*READY, LATE):
        result = story.checked.ok(host)
        assert (result["changed"], result["state"], result["rebooted"]) == (True, "planned", False)
        boot = story.stage.events(host, "boot")[0].number
        changes = [event for event in story.stage.events(host, "state", boot) if event.number <= story.check_ended]
        assert [event.facts["change"] for event in changes] == ["boot"] or changes == []


def test_check_mode_only_reads(story: Story) -> None:
    for host in (*READY, LATE):
        events = [event for event in story.stage.events(host, "request") if event.number <= story.check_ended]
        # A shell is opened for reg query alone.
        assert {event.facts["action"] for event in events} <= {
            *("SignIn", "Identify", "Enumerate", "Pull", "Get", "Create", "Command", "Receive", "Send", "Signal"),
            "Delete",
        }
        lines = [
            event.facts["line"] for event in story.stage.events(host, "command") if event.number <= story.check_ended
        ]
        assert [line for line in lines if not line.startswith(("reg query ", "echo "))] == []


@pytest.mark.parametrize("host", [*READY, LATE])
def test_every_real_step_is_an_instance_of_what_check_mode_announced(story: Story, host: str) -> None:
    announced = [rule(step) for step in story.checked.ok(host).steps]
    taken = [*story.first.ok(host).steps, *story.second.ok(host, "Provision").steps]
    assert taken
    assert [step for step in taken if not any(pattern.fullmatch(step) for pattern in announced)] == []


def test_a_rule_of_the_plan_does_not_stand_for_everything() -> None:
    pattern = rule("session 10.10.1.11 -> 10.10.1.21:3260 -> each target found there: log in")
    assert pattern.fullmatch("session 10.10.1.11 -> 10.10.1.21:3260 -> iqn.1986-03.com.hp:x: log in")
    assert not pattern.fullmatch("session 10.10.2.11 -> 10.10.1.21:3260 -> iqn.1986-03.com.hp:x: log in")


@pytest.mark.parametrize("host", READY)
def test_a_second_run_changes_nothing(story: Story, host: str) -> None:
    result = story.second.ok(host, "Provision")
    assert (result["changed"], result["steps"], result["rebooted"], result["state"]) == (False, [], False, "converged")
    assert result["before"] == result["after"]
    assert result["findings"] == []
    assert story.stage.truth(host) == story.after_first[host]
    assert story.stage.logins(host, story.first_ended) == []
    assert story.stage.changes(host, story.first_ended) == []
    assert re.search(rf"^{host} .*changed=0 ", story.second.output, re.MULTILINE)


def test_a_server_that_the_array_does_not_know_waits_and_goes_on_later(story: Story) -> None:
    waiting = story.first.ok(LATE)
    name = story.stage.fleet.node_name(LATE)
    assert waiting["state"] == "waiting_for_presentation"
    assert waiting["waiting_for_presentation"] == [
        f"eva01 shows no LUN to {name}: present its LUNs to this initiator on the array"
    ]
    assert waiting.message.startswith("eva01 shows no LUN")
    assert len(story.after_first[LATE].live) == len(story.after_first[LATE].stored) == 1
    later = story.second.ok(LATE, "Provision")
    assert (later["state"], later["changed"]) == ("converged", True)
    assert later["rebooted"] is False
    story.stage.is_redundant(LATE)
    # Not one of the three other servers was touched for it.
    assert len(story.stage.logins(LATE, story.first_ended)) == 3


def test_verify_proves_every_lun(story: Story) -> None:
    for host in (*READY, LATE):
        proof = story.second.ok(host, "Verify")
        assert proof["proven"] is True
        assert proof["changed"] is False
        for lun in proof["luns"]:
            assert sorted(lun["controllers"]) == ["A", "B"]
            assert sorted(lun["portals"]) == sorted(f"{portal}:3260" for portal in PORTALS)
            assert sorted(lun["fabrics"]) == ["10.10.1.0/24", "10.10.2.0/24"]
            assert lun["policy"] == "round_robin_with_subset"
            assert lun["reasons"] == []


def test_no_change_was_sent_twice(story: Story) -> None:
    for host in READY:
        lines = story.stage.commands(host, story.check_ended)
        changing = [line for line in lines if not line.startswith(("reg query ", "echo ", "mpclaim -s"))]
        assert len(changing) == len(set(changing)), sorted(changing)


@pytest.mark.parametrize("host", READY)
def test_logins_have_the_multipath_flag_in_the_eighth_slot_and_no_mapping_in_the_eighteenth(
    story: Story, host: str
) -> None:
    lines = [line.split() for line in story.stage.commands(host) if "LoginTarget " in line]
    assert len(lines) == 8
    for words in lines:
        arguments = words[2:]
        assert words[0] == "iscsicli"
        assert len(arguments) == 18
        assert (arguments[7], arguments[17]) == ("0x2", "0")
    assert all(session.multipath for session in story.stage.fleet.host(host).snapshot().sessions)


def test_the_diff_shows_the_plan_with_what_stood_there(story: Story) -> None:
    diff = story.checked.ok(NEW)["diff"]
    assert (diff["before_header"], diff["after_header"]) == ("state of the host", "plan")
    assert diff["before"].splitlines() == [
        "service MSiSCSI: start on demand only",
        "service MSiSCSI: stopped",
        "feature Multipath I/O: disabled",
    ]
    targets = "each target found there"
    pairs = [(f"10.10.{net}.12", f"10.10.{net}.2{controller}:3260") for controller in (1, 2) for net in (1, 2)]
    discovery = "    (after the targets are discovered)"
    assert diff["after"].splitlines() == [
        "service MSiSCSI: start automatically",
        "service MSiSCSI: start",
        "feature Multipath I/O: enable",
        'Microsoft DSM: claim "HP      HSV340          "    (after the MPIO feature is enabled)',
        *[f"discovery portal {portal} through {nic}: add    (after service MSiSCSI runs)" for nic, portal in pairs],
        "Windows: restart    (after the feature and the claim, only if Windows needs it)",
        *[
            line
            for nic, portal in pairs
            for line in (
                f"session {nic} -> {portal} -> {targets}: log in{discovery}",
                f"persistent login {nic} -> {portal} -> {targets}: store{discovery}",
            )
        ],
        "LUN each that appears: policy round_robin_with_subset    (after the paths are made)",
    ]
    for line in ("-service MSiSCSI: stopped", "+service MSiSCSI: start", "+feature Multipath I/O: enable"):
        assert line in story.checked.output
