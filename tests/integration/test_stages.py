# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to redundancy in stages: without the right to restart, and module by module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.playbook import Run
from ansible_collections.eva.mpio.tests.integration.stage import SUBSET, Stage, Truth, fleet_of, server, staged

PATIENT, LEAVES, ONE_TASK = "patient", "leaves", "onetask"
LATER = 3 if profiles.has(profiles.RESTART) else 0
"""How many of the four paths wait for MPIO to be in effect."""
LAYOUT = {"arrays": "{{ multipath_arrays }}", "nics": "{{ multipath_nics }}"}
NEEDED = profiles.options(profiles.CURRENT)
WHOLE = {"eva.mpio.host": {**LAYOUT, **NEEDED, "lun_policies": SUBSET, "device_timeout": 2}}


def task(name: str, module: str, host: str, **options: Any) -> dict[str, Any]:
    """Write a task for one of the servers."""
    return {"name": name, f"eva.mpio.{module}": options, "when": f"inventory_hostname == '{host}'"}


def leaves(prefix: str) -> list[dict[str, Any]]:
    """Write the tasks that do with the small modules what eva.mpio.host does."""
    return [
        task(f"{prefix} initiator", "initiator", LEAVES, **NEEDED),
        task(f"{prefix} feature", "feature", LEAVES),
        task(f"{prefix} claim", "claim", LEAVES, models=["P6300"]),
        task(f"{prefix} portal", "portal", LEAVES, **LAYOUT),
        task(f"{prefix} session", "session", LEAVES, **LAYOUT, device_timeout=2),
    ]


TASKS: list[dict[str, Any]] = [
    {"name": "Without a restart", **WHOLE, "when": f"inventory_hostname == '{PATIENT}'"},
    {"name": "Verify too early", "eva.mpio.verify": LAYOUT, "ignore_errors": True},
    *leaves("First"),
    {"name": "Restart", "eva.mpio.reboot": {"pre_reboot_delay": 0}, "when": f"inventory_hostname != '{ONE_TASK}'"},
    {"name": "Wait", "eva.mpio.reboot": {"state": "waited"}, "when": f"inventory_hostname == '{PATIENT}'"},
    {"name": "The rest", **WHOLE, "when": f"inventory_hostname == '{PATIENT}'"},
    *leaves("Then"),
    task("Then policy", "lun_policy", LEAVES, lun_policies=SUBSET),
    *leaves("Again"),
    task("Again policy", "lun_policy", LEAVES, lun_policies=SUBSET),
    {"name": "Verify", "eva.mpio.verify": {**LAYOUT, "lun_policies": SUBSET}},
]


@dataclass(frozen=True)
class Story:
    """One run of all stages."""

    stage: Stage
    run: Run


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Two servers go through the stages; a third is provisioned in one task to compare with."""
    fleet = fleet_of(server(PATIENT, 1), server(LEAVES, 2), server(ONE_TASK, 3))
    with staged(fleet, tmp_path_factory.mktemp("stages")) as stage:
        stage.provision(ONE_TASK)
        yield Story(stage, stage.play(TASKS))


@profiles.needs(profiles.INITIATOR)
@profiles.needs(profiles.RESTART)
def test_without_the_right_to_restart_there_is_one_path_and_a_clear_word(story: Story) -> None:
    result = story.run.ok(PATIENT, "Without a restart")
    assert (result["state"], result["reboot_required"], result["rebooted"]) == ("reboot_required", True, False)
    assert result["reboot_reasons"] == ["the MPIO feature is enabled but the Microsoft DSM is not loaded yet"]
    paths = [step for step in result.steps if step.startswith(("session", "persistent login"))]
    # Stored first: should storing log in as well, there is still one session.
    assert [step.split(" ")[0] for step in paths] == ["persistent", "session"]
    assert len(result["after"]["sessions"]) == len(result["after"]["logins"]) == 1


@profiles.needs(profiles.RESTART)
def test_verify_names_every_reason_while_nothing_is_proven(story: Story) -> None:
    early = story.run.of(PATIENT, "Verify too early")
    assert early.status == "failed"
    assert early["proven"] is False
    assert "0 LUNs are visible as MPIO disks, at least 3 wanted; no LUN is no proof" in early.message
    assert story.run.of(ONE_TASK, "Verify too early")["proven"] is True


def test_the_restart_module_restarts_and_the_rest_follows(story: Story) -> None:
    restart = story.run.ok(PATIENT, "Restart")
    assert (restart["changed"], restart["rebooted"]) == (True, True)
    assert len(story.stage.events(PATIENT, "boot")) == 2
    waited = story.run.ok(PATIENT, "Wait")
    assert (waited["changed"], waited["rebooted"]) == (False, False)
    rest = story.run.ok(PATIENT, "The rest")
    assert (rest["state"], rest["rebooted"], rest["reboot_required"]) == ("converged", False, False)
    assert len([step for step in rest.steps if step.endswith(": log in")]) == LATER
    story.stage.is_redundant(PATIENT)


@pytest.mark.parametrize(
    ("name", "trait", "steps"),
    [
        pytest.param(
            "First initiator",
            profiles.IDLE_SERVICE,
            ["service MSiSCSI: start automatically", "service MSiSCSI: start"],
            marks=profiles.needs(profiles.INITIATOR),
        ),
        ("First feature", profiles.FEATURE, ["feature Multipath I/O: enable"]),
        ("First claim", profiles.CLAIM_LIST, ['Microsoft DSM: claim "HP      HSV340          "']),
    ],
)
def test_each_small_module_does_its_part_alone(story: Story, name: str, trait: str, steps: list[str]) -> None:
    result = story.run.ok(LEAVES, name)
    assert (result["changed"], result.steps) == ((True, steps) if profiles.has(trait) else (False, []))


def test_portal_and_session_modules_do_their_parts_before_and_after_the_restart(story: Story) -> None:
    assert len(story.run.ok(LEAVES, "First portal").steps) == 4
    first = story.run.ok(LEAVES, "First session")
    done = [step.rpartition(": ")[2] for step in first.steps]
    assert (done[:2], sorted(done[2:])) == (["store", "log in"], ["log in"] * (3 - LATER) + ["store"] * (3 - LATER))
    assert first["reboot_required"] is profiles.has(profiles.RESTART)
    then = story.run.ok(LEAVES, "Then session")
    assert sorted(step.rpartition(": ")[2] for step in then.steps) == ["log in"] * LATER + ["store"] * LATER
    for name in ("initiator", "feature", "claim", "portal"):
        assert story.run.ok(LEAVES, f"Then {name}")["changed"] is False


def test_a_repeated_small_module_changes_nothing(story: Story) -> None:
    for name in ("initiator", "feature", "claim", "portal", "session", "policy"):
        result = story.run.ok(LEAVES, f"Again {name}")
        assert (result["changed"], result["state"]) == (False, "converged")


def test_all_ways_lead_to_the_same_state(story: Story) -> None:
    hosts = (PATIENT, LEAVES, ONE_TASK)
    for host in hosts:
        story.stage.is_redundant(host)
        assert story.stage.policies(host) == {3}
        assert story.run.ok(host, "Verify")["proven"] is True
    services = {host: story.stage.fleet.host(host).services.get("MSiSCSI").start_mode for host in hosts}
    assert set(services.values()) == {"Auto"}
    assert len({shape(story.stage.truth(host)) for host in hosts}) == 1
    claims = {story.stage.fleet.host(host).snapshot().claims for host in hosts}
    assert len(claims) == 1


def shape(truth: Truth) -> tuple[Any, ...]:
    """Leave out what differs from server to server: the last number of each NIC, and the WWNs."""
    live = tuple((nic.rpartition(".")[0], portal) for nic, portal in truth.live)
    stored = tuple(((nic or "").rpartition(".")[0], portal) for nic, portal in truth.stored)
    return live, stored, tuple(truth.disks.values())
