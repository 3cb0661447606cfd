# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way to say which NIC reaches which target portal, how often, and by what name."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.leftovers import request, store
from ansible_collections.eva.mpio.tests.integration.stage import PORTALS, Stage, array, server

Make = Callable[..., Stage]

NICS = ("10.10.1.11", "10.10.2.11")


def converged(lab: Stage, options: dict[str, Any]) -> None:
    """Fail unless a run converges and a second one finds nothing to do."""
    first = lab.module("host", "win1", options)
    assert first["state"] == "converged", first.message
    again = lab.module("host", "win1", options)
    assert (again["changed"], again["steps"]) == (False, [])


def test_an_explicit_list_is_taken_word_by_word(stage: Make) -> None:
    lab = stage(server("win1", 1), arrays=[array()], routed=True)
    options = lab.whole("win1", mesh="explicit")
    options["arrays"][0]["portals"] = [
        {"address": PORTALS[0], "nics": [NICS[0], NICS[1]]},
        {"address": PORTALS[1], "nics": [NICS[1]]},
    ]
    converged(lab, options)
    assert lab.truth("win1").live == ((NICS[0], PORTALS[0]), (NICS[1], PORTALS[0]), (NICS[1], PORTALS[1]))


def test_several_nics_in_one_subnet_have_a_path_each(stage: Make) -> None:
    nics = ["10.10.1.11/24", "10.10.1.12/24"]
    lab = stage(server("win1", 1, nics=nics), arrays=[array()])
    options = lab.whole("win1")
    converged(lab, options)
    portals = [portal for portal in PORTALS if portal.startswith("10.10.1.")]
    assert lab.truth("win1").live == tuple((nic.partition("/")[0], portal) for nic in nics for portal in portals)


@pytest.mark.parametrize("merges", [False, True])
def test_several_sessions_per_path(stage: Make, merges: bool) -> None:
    """D-24's neighbour: two sessions between the same NIC, portal and target are one path and stored twice."""
    lab = stage(server("win1", 1, switches={"persistent_logins_merge_equal": merges}), arrays=[array()])
    options = lab.whole("win1", sessions_per_path=2)
    result = lab.module("host", "win1", options)
    assert set(Counter(lab.truth("win1").live).values()) == {2}, result.message
    if merges:
        # Windows keeps one of equal logins: said, not fought.
        assert set(Counter(lab.truth("win1").stored).values()) == {1}
        assert any("equal" in finding["text"] for finding in result["findings"]), result["findings"]
    else:
        assert result["state"] == "converged", result.message
        assert set(Counter(lab.truth("win1").stored).values()) == {2}
    assert lab.module("host", "win1", options)["changed"] is False
    # One of two is lost: one is made.
    lab.fleet.faults.inject("end-session", "win1", PORTALS[0])
    mark = lab.now
    lab.module("host", "win1", options)
    assert len(lab.logins("win1", mark)) == 2
    assert lab.endings("win1", mark) == []


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Answer the controller's questions for these names."""
    known: dict[str, list[str]] = {}
    asked = socket.getaddrinfo

    def answer(host: Any, port: Any, *more: Any, **other: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in known:
            return asked(host, port, *more, **other)
        if not known[name]:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in known[name]]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return known


def test_portals_by_name_are_the_addresses_that_the_controller_knows(stage: Make, names: dict[str, list[str]]) -> None:
    """D-12, D-13."""
    lab = stage(server("win1", 1), arrays=[array()])
    options = lab.whole("win1")
    options["arrays"][0]["portals"] = [f"port{number}.example.com" for number in range(4)]
    names.update({f"port{number}.example.com": [portal] for number, portal in enumerate(PORTALS)})
    converged(lab, options)
    lab.is_redundant("win1")
    names["port3.example.com"] = ["10.10.2.29"]
    moved = lab.module("host", "win1", options, check=True)
    assert any("10.10.2.29" in step for step in moved.steps)
    assert not any(PORTALS[3] in step and "log out" in step for step in moved.steps)


@pytest.mark.parametrize(("addresses", "word"), [([], "resolve"), (["10.10.1.21", "10.10.1.22"], "10.10.1.22")])
def test_a_name_that_is_no_one_address_is_refused(
    stage: Make, names: dict[str, list[str]], addresses: list[str], word: str
) -> None:
    lab = stage(server("win1", 1), arrays=[array()])
    options = lab.whole("win1")
    options["arrays"][0]["portals"] = ["port0.example.com", *PORTALS[1:]]
    names["port0.example.com"] = addresses
    result = lab.module("host", "win1", options)
    assert result.status == "failed"
    assert "port0.example.com" in result.message
    assert word in result.message
    assert lab.requests("win1") == Counter()


@profiles.needs(profiles.FEATURE)
def test_an_address_of_the_cluster_is_never_used(stage: Make) -> None:
    """B-10."""
    cluster = {"groups": ["SQL"], "addresses": [{"group": "SQL", "address": "10.10.1.50/24"}]}
    lab = stage(server("win1", 1, cluster=cluster), arrays=[array()])
    options = {**lab.whole("win1"), "nics": [*NICS, "10.10.1.50"], "reboot": False}
    result = lab.module("host", "win1", options)
    assert result.status == "failed"
    assert "10.10.1.50" in result.message
    assert "cluster" in result.message
    assert lab.logins("win1") == []


def test_a_port_number_that_now_means_another_nic_is_drift(stage: Make) -> None:
    lab = stage(server("win1", 1), arrays=[array()], routed=True)
    lab.provision("win1")
    lab.fleet.faults.inject("forget-login", "win1", PORTALS[0])
    store(lab, "win1", request(lab, "win1", PORTALS[0], NICS[1]))
    result = lab.module("session", "win1", {**lab.layout("win1"), "purge": ["stale"]})
    assert result.status == "ok", result.message
    lab.is_redundant("win1")
