# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CHAP in both directions over real iSCSI, and that no secret is ever seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.playbook import Run
from ansible_collections.eva.mpio.tests.integration.stage import PORTALS, SUBSET, Stage, array, fleet_of, server, staged
from ansible_collections.eva.mpio.tests.lab.fabric.interface import Chap

ONE_WAY, MUTUAL, WRONG, WRONG_MUTUAL, NONE, PLAIN = "oneway", "mutual", "wrong", "wrongmut", "none", "plain"
CANARIES = {
    "one way": "canary-oneway-1",
    "mutual": "canary-mutual-1",
    "wrong": "canary-wrong-01",
    "own": "canary-own-0001",
    "other": "canary-other-01",
    "password": "Canary-Passw0rd",
}
"""Secrets of 15 bytes that nothing else spells."""

HOST = {
    "arrays": "{{ multipath_arrays }}",
    "nics": "{{ multipath_nics }}",
    "mutual_chap_secret": "{{ multipath_mutual_chap_secret | default(omit) }}",
    "lun_policies": SUBSET,
    "device_timeout": 2,
    "pre_reboot_delay": 0,
    "reboot": True,
}
SECOND = {
    "name": "eva02",
    "model": "EVA4400",
    "ports": [{"address": "10.10.1.91", "controller": "A"}, {"address": "10.10.2.91", "controller": "B"}],
}
FACTS = {"name": "Facts", "eva.mpio.host_info": {}}


@dataclass(frozen=True)
class Story:
    """A run as loud as Ansible can be, and one again."""

    profile: str
    """Of every server but PLAIN."""
    stage: Stage
    first: Run
    first_ended: int
    again: Run


@pytest.fixture(scope="module", params=profiles.EACH)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Servers of whom the array demands CHAP, some of them with wrong secrets."""
    both = {
        "secret": CANARIES["mutual"],
        "name": "host",
        "mutual_name": "eva01",
        "mutual_secret": CANARIES["own"],
    }
    one_way = {"secret": CANARIES["one way"], "name": "host"}
    demands = {ONE_WAY: one_way, MUTUAL: both, WRONG: one_way, WRONG_MUTUAL: both, NONE: one_way}
    fleet = fleet_of(
        *(
            server(name, number, **profiles.kind(request.param, chap=chap))
            for number, (name, chap) in enumerate(demands.items(), start=1)
        ),
        server(PLAIN, 6, release="2012"),
        fabric="tcp",
        defaults={"luns": 3, "password": CANARIES["password"]},
    )
    with staged(fleet, tmp_path_factory.mktemp("chap")) as stage:
        changes = {
            WRONG: {"multipath_arrays": with_chap(stage, WRONG, chap_secret=CANARIES["wrong"])},
            WRONG_MUTUAL: {"multipath_mutual_chap_secret": CANARIES["other"]},
            NONE: {"multipath_arrays": with_chap(stage, NONE, chap_secret=None, chap_user=None)},
        }
        options = {**HOST, **profiles.options(request.param)}
        provision = {"name": "Provision", "eva.mpio.host": options, "ignore_errors": True}
        first = stage.play([provision, FACTS], "--diff", "-vvvvv", changes=changes)
        first_ended = stage.now
        again = stage.play([provision], changes=changes)
        yield Story(request.param, stage, first, first_ended, again)


def with_chap(stage: Stage, host: str, **changes: Any) -> list[dict[str, Any]]:
    """Return a server's arrays with other credentials."""
    return [{**declared, **changes} for declared in stage.variables(host)["multipath_arrays"]]


@pytest.mark.parametrize(("host", "kind"), [(ONE_WAY, "one-way"), (MUTUAL, "mutual"), (PLAIN, "none")])
def test_logins_prove_what_is_demanded_and_come_back_after_the_restart(story: Story, host: str, kind: str) -> None:
    assert story.first.ok(host, "Provision")["state"] == "converged"
    logins = story.stage.logins(host)
    # One before the restart, the stored one at boot, three after it.
    assert len(logins) == (5 if host == PLAIN or profiles.has(profiles.RESTART, story.profile) else 4)
    assert {login.chap for login in logins} == {kind}
    story.stage.is_redundant(host)


@pytest.mark.parametrize("host", [ONE_WAY, MUTUAL, PLAIN])
def test_a_second_run_with_chap_changes_nothing(story: Story, host: str) -> None:
    result = story.again.ok(host)
    assert (result["changed"], result["steps"]) == (False, [])
    assert story.stage.logins(host, story.first_ended) == []
    assert story.stage.changes(host, story.first_ended) == []


@pytest.mark.parametrize("host", [WRONG, NONE, WRONG_MUTUAL])
def test_wrong_credentials_or_none_end_at_discovery_and_chap_is_named(story: Story, host: str) -> None:
    result = story.first.of(host, "Provision")
    assert result.status == "failed"
    assert story.stage.logins(host) == []
    assert (story.stage.truth(host).live, story.stage.truth(host).stored) == ((), ())
    for number, portal in enumerate(PORTALS):
        found = [finding for finding in result["findings"] if finding["where"].startswith(f"target portal {portal}")]
        assert ["CHAP" in finding["text"] for finding in found] == [True], (number, result.message)
    assert story.again.of(host).status == "failed"


@pytest.mark.parametrize("host", [ONE_WAY, MUTUAL])
def test_credentials_are_typed_and_never_stand_in_a_command_line(story: Story, host: str) -> None:
    events = [event for event in story.stage.events(host, "command") if event.facts["program"] == "iscsicli"]
    # Four discovery portals, four logins, four stored logins.
    assert len(events) == 12
    assert {event.facts["line"].strip() for event in events} == {"iscsicli"}
    assert all(event.facts["stdin_lines"] for event in events)


def test_without_credentials_nothing_of_the_kind_is_sent(story: Story) -> None:
    logins = [line for line in story.stage.commands(PLAIN) if "LoginTarget " in line]
    assert len(logins) == 8
    assert all(line.split()[-5:] == ["*", "*", "*", "*", "0"] for line in logins)


def test_no_secret_is_in_any_output_result_or_event(story: Story) -> None:
    forms = [form for secret in CANARIES.values() for form in (secret, secret.encode().hex())]
    for run in (story.first, story.again):
        results = json.dumps([result.result for result in run.results], default=str)
        for form in forms:
            assert form.lower() not in run.output.lower()
            assert form.lower() not in results.lower()
    events = json.dumps(story.stage.fleet.events(), default=str).lower()
    assert [form for form in forms if form.lower() in events] == []
    # The run was loud enough for it to count.
    assert "WSMAN" in story.first.output


def test_facts_name_the_kind_of_authentication_and_no_secret(story: Story) -> None:
    logins = story.first.ok(MUTUAL, "Facts")["host"]["logins"]
    assert {login["authentication"] for login in logins} == {"mutual_chap"}
    assert {login["authentication"] for login in story.first.ok(PLAIN, "Facts")["host"]["logins"]} <= {"none", None}
    assert not any("secret" in key or "password" in key for login in logins for key in login)


@pytest.fixture
def lenient(stage: Callable[..., Stage]) -> Stage:
    """Return a lab whose array demands CHAP in normal sessions alone."""
    lab = stage(server("win1", 1, chap={"secret": CANARIES["one way"], "name": "host"}))
    lab.fleet.array("eva01").chap_on_discovery = False
    return lab


@pytest.mark.parametrize("secret", [CANARIES["wrong"], None])
def test_a_login_that_fails_by_chap_is_named_with_the_path_and_not_stored(lenient: Stage, secret: str | None) -> None:
    options = lenient.whole("win1")
    options["arrays"][0].update(chap_secret=secret, **({} if secret else {"chap_user": None}))
    result = lenient.module("host", "win1", options)
    assert result.status == "failed"
    assert "AUTHENTICATION_FAILURE (0xEFFF0009): CHAP failed" in result.message
    assert "session 10.10.1.11 -> 10.10.1.21:3260 -> iqn." in result.message
    assert {event.facts["status"] for event in lenient.failed_logins("win1")} == {"0201"}
    assert lenient.truth("win1").stored == ()
    assert CANARIES["wrong"] not in json.dumps(result.result, default=str)
    lenient.provision("win1")
    lenient.is_redundant("win1")


def test_a_target_that_cannot_prove_itself_is_refused_until_the_own_secret_is_right(
    stage: Callable[..., Stage],
) -> None:
    both = {"secret": CANARIES["mutual"], "name": "host", "mutual_name": "eva01", "mutual_secret": CANARIES["own"]}
    lab = stage(server("win1", 1, chap=both))
    wrong = lab.module("host", "win1", lab.whole("win1", mutual_chap_secret=CANARIES["other"]))
    assert wrong.status == "failed"
    assert "CHAP name and secret are those of the array" in wrong.message
    assert lab.logins("win1") == []
    right = lab.module("host", "win1", lab.whole("win1", update_password="always"))
    assert right["state"] == "converged", right.message
    lab.is_redundant("win1")
    assert {login.chap for login in lab.logins("win1")} == {"mutual"}


def test_two_arrays_with_secrets_of_their_own(stage: Callable[..., Stage]) -> None:
    lab = stage(server("win1", 1, chap={"secret": CANARIES["one way"], "name": "host"}), arrays=[array(), SECOND])
    second, name = lab.fleet.array("eva02"), lab.fleet.node_name("win1")
    second.set_chap(name, Chap("other", CANARIES["other"].encode()), None)
    options = lab.whole("win1")
    options["arrays"][1].update(chap_user="other", chap_secret=CANARIES["other"])
    result = lab.module("host", "win1", options)
    assert result["state"] == "converged", result.message
    for name in ("eva01", "eva02"):
        assert {login.chap for login in lab.logins("win1", array_name=name)} == {"one-way"}
    assert lab.module("host", "win1", options)["changed"] is False
