# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cannot be is refused before the first change, and where it can be known before the first request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.playbook import Run
from ansible_collections.eva.mpio.tests.integration.stage import PORTALS, Stage, fleet_of, server, staged

pytestmark = profiles.needs(profiles.INITIATOR)

WHOLE = {
    "name": "Provision",
    "eva.mpio.host": {
        "arrays": "{{ multipath_arrays }}",
        "nics": "{{ multipath_nics }}",
        "lun_policies": "{{ policies | default(omit) }}",
        "node_name": "{{ node_name | default(omit) }}",
        "reboot": True,
    },
    "become": "{{ wish_become | default(false) }}",
    "ignore_errors": True,
    "ignore_unreachable": True,
}


def eva(**changes: Any) -> list[dict[str, Any]]:
    """Declare the array, with something wrong."""
    return [{"name": "eva01", "model": "P6300", "portals": list(PORTALS), "minimum_luns": 3, **changes}]


NOTHING_SENT: dict[str, tuple[dict[str, Any], list[str]]] = {
    "passive": (
        {"multipath_arrays": eva(model="EVA5000", product="HSV110")},
        ["arrays[0] (eva01): ", "active/passive", "HSV110"],
    ),
    "ambiguous": (
        {"multipath_arrays": eva(model="EVA5000")},
        ["arrays[0] (eva01): EVA5000 answers as ", "set the product"],
    ),
    "unheard": ({"multipath_arrays": eva(model="EVA9999")}, ["arrays[0] (eva01): ", "EVA9999"]),
    "noportal": (
        {"multipath_arrays": eva(portals=[])},
        ["arrays[0] (eva01).portals: the list is empty, so no path can be made"],
    ),
    "emptyone": (
        {"multipath_arrays": eva(portals=["", *PORTALS])},
        ["arrays[0] (eva01).portals[0]: an IP address is needed here"],
    ),
    "nonic": ({"multipath_nics": []}, ["nics: at least one NIC address is needed"]),
    "linklocal": (
        {"multipath_nics": ["169.254.7.7"]},
        ["nics[0]: 169.254.7.7 is no address that a storage path can use"],
    ),
    "policies": (
        {"policies": {"default": "least_queue_depth"}},
        ["lun_policies[default]: least_queue_depth is not supported by MPIO on EVA"],
    ),
    "nodename": ({"node_name": "1"}, ["node_name: '1' is no iSCSI name"]),
    "short": (
        {"multipath_arrays": eva(chap_user="host", chap_secret="11-bytes-xx")},
        ["arrays[0] (eva01).chap_secret: a CHAP secret has 12 to 16 bytes", "this one has 11"],
    ),
    "several": (
        {
            "multipath_arrays": eva(model="EVA9999", portals=["10.10.1.21:99999", "nowhere"], minimum_luns=0),
            "multipath_nics": ["::1"],
            "policies": {"default": "any", "12": "round_robin"},
        },
        [
            "EVA9999",
            "TCP port '99999' is not between 1 and 65535",
            "'nowhere' is no IP address",
            "minimum_luns is 0",
            "::1 is no address that a storage path can use",
            "'any' is no load-balance policy",
            "'12' is no WWN",
        ],
    ),
    "local": (
        {"ansible_connection": "ansible.builtin.local"},
        ["over the connection 'local'", "set ansible_connection: winrm"],
    ),
    "become": ({"wish_become": True}, ["become is not possible with this module"]),
    "runas": (
        {"wish_become": True, "ansible_become_method": "runas", "ansible_become_user": "SYSTEM"},
        ["become is not possible with this module"],
    ),
    "nomodel": (
        {"multipath_arrays": eva(model=None)},
        ["array eva01: a model is needed to know what the DSM shall claim, or hardware_ids"],
    ),
}
"""Servers by what is wrong with their variables, and what the message has to say."""

NOTHING_CHANGED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "lacksnic": (
        {"multipath_nics": ["10.10.1.99"]},
        ["NIC 10.10.1.99: this host has no such address", "it has 10.10.1.", "(host side)"],
    ),
    "nopair": (
        {"multipath_arrays": eva(portals=["10.99.1.21"])},
        [
            "array eva01: no target portal lies in the subnet of a declared NIC, so there is no path to it",
            "(wish side)",
        ],
    ),
    "hardened": ({}, ["service MSiSCSI: its start type is Disabled", "(host side)"]),
}


@dataclass(frozen=True)
class Story:
    """One run against servers that each have something wrong."""

    stage: Stage
    before: dict[str, Any]
    began: int
    run: Run


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Run the whole task once on all of them."""
    names = [*NOTHING_SENT, *NOTHING_CHANGED, "password", "away"]
    fleet = fleet_of(*(server(name, number) for number, name in enumerate(names, start=1)))
    changes = {name: variables for name, (variables, _unused) in {**NOTHING_SENT, **NOTHING_CHANGED}.items()}
    with staged(fleet, tmp_path_factory.mktemp("refusals")) as stage:
        fleet.host("hardened").services.set_start("MSiSCSI", 4)
        fleet.faults.inject("winrm-down", "away")
        before, began = fleet.state(), stage.now
        run = stage.play(
            [WHOLE],
            changes={**changes, "password": {"ansible_password": "wrong"}},
            environment={"ANSIBLE_FORKS": "6"},
        )
        yield Story(stage, before, began, run)


@pytest.mark.parametrize("host", NOTHING_SENT)
def test_refused_before_the_first_request(story: Story, host: str) -> None:
    result = story.run.of(host)
    assert result.status == "failed"
    for words in NOTHING_SENT[host][1]:
        assert words in result.message
    assert story.stage.events(host, "request", story.began) == []


def test_all_faults_are_named_at_once(story: Story) -> None:
    assert len(story.run.of("several")["faults"]) == len(NOTHING_SENT["several"][1])


@pytest.mark.parametrize("host", NOTHING_CHANGED)
def test_refused_before_the_first_change(story: Story, host: str) -> None:
    result = story.run.of(host)
    assert result.status == "failed"
    for words in NOTHING_CHANGED[host][1]:
        assert words in result.message
    assert (result["changed"], result["steps"]) == (False, [])
    refusals = [finding for finding in result["findings"] if finding["severity"] == "refusal"]
    assert refusals
    assert story.stage.requests(host, story.began)
    assert story.stage.actions(host, story.began) <= {
        *("SignIn", "Enumerate", "Pull", "Create", "Command", "Receive", "Signal", "Delete"),
    }


def test_an_option_that_there_is_not_is_called_so(story: Story) -> None:
    result = story.stage.module("feature", "passive", {"array": []})
    assert result.status == "failed"
    assert result.message.startswith("unsupported parameters: array. Supported parameters include")


def test_a_wrong_password_and_a_silent_host_are_unreachable(story: Story) -> None:
    for host in ("password", "away"):
        assert story.run.of(host).status == "unreachable"
    # Nothing but attempts to sign in, and few of them: accounts are locked after some.
    assert story.stage.actions("password", story.began) == {"SignIn"}
    statuses = [event.facts["status"] for event in story.stage.events("password", "request", story.began)]
    assert set(statuses) == {401}
    assert len(statuses) <= 4


def test_nothing_was_changed_anywhere(story: Story) -> None:
    after = story.stage.fleet.state()
    assert after["hosts"] == story.before["hosts"]
    assert after["arrays"] == story.before["arrays"]
    for host in story.stage.fleet.hosts:
        assert story.stage.changes(host, story.began) == []
    assert story.stage.fleet.log.since(story.began, kind="discovery") == []
