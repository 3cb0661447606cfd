# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Something is wrong outside of the host: the rest is done, and a sentence names side and place."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult
from ansible_collections.eva.mpio.tests.integration.stage import Stage, array, server

Make = Callable[..., Stage]

DEAD = "10.10.2.22"
FAULTS = ["portal-down", "port-down", "port-hang"]


def problems(result: TaskResult, side: str | None = None) -> list[str]:
    """Return what fails or refuses a run, of one side where it is named."""
    return [
        f"{finding['where']}: {finding['text']}"
        for finding in result["findings"]
        if finding["severity"] != "note" and side in (None, finding["side"])
    ]


@pytest.mark.parametrize("fault", FAULTS)
def test_three_paths_work_and_the_fourth_is_named(stage: Make, fault: str) -> None:
    lab = stage(server("win1", 1))
    lab.fleet.faults.inject(fault, DEAD)
    three_of_four(lab, lab.module("host", "win1", lab.whole("win1")))
    enough = lab.module("host", "win1", lab.whole("win1", minimum_paths=3))
    assert any(DEAD in text for text in problems(enough))
    lab.fleet.faults.heal(fault, DEAD)
    lab.provision("win1")
    lab.is_redundant("win1")


def test_a_silent_portal_over_tcp_is_named_in_bounded_time(stage: Make) -> None:
    lab = stage(server("win1", 1), fabric="tcp")
    lab.fleet.faults.inject("port-hang", DEAD)
    began = time.monotonic()
    # The lab's TCP gives up after real seconds, in which Windows has not yet made its stored session again.
    three_of_four(lab, lab.module("host", "win1", lab.whole("win1", device_timeout=1500)))
    assert time.monotonic() - began < 30


def three_of_four(lab: Stage, result: TaskResult) -> None:
    """Fail unless all paths but those to the dead portal are there, and it is named on the network's side."""
    assert result.status == "failed"
    working = tuple(pair for pair in lab.declared("win1") if pair[1] != DEAD)
    # A path that does not work now is not stored: Windows would wait for it at every boot.
    assert lab.truth("win1").live == lab.truth("win1").stored == working
    assert any(DEAD in text for text in problems(result, "network")), problems(result)
    assert "array eva01: 3 of 4 declared paths are live, 4 needed" in result.message


def test_with_minimum_paths_the_session_module_passes_and_still_names_the_fourth(stage: Make) -> None:
    lab = stage(server("win1", 1))
    lab.fleet.faults.inject("port-down", DEAD)
    lab.module("host", "win1", lab.whole("win1"))
    options = {**lab.layout("win1"), "minimum_paths": 3}
    passed = lab.module("session", "win1", options)
    assert passed.status == "ok", passed.message
    assert any(DEAD in text for text in problems(passed, "network"))
    assert lab.module("session", "win1", {**options, "minimum_paths": 4}).status == "failed"


def test_two_dead_portals_leave_two_paths_and_name_both(stage: Make) -> None:
    lab = stage(server("win1", 1))
    for portal in ("10.10.1.22", DEAD):
        lab.fleet.faults.inject("port-down", portal)
    result = lab.module("host", "win1", lab.whole("win1"))
    assert result.status == "failed"
    assert lab.truth("win1").live == (("10.10.1.11", "10.10.1.21"), ("10.10.2.11", "10.10.2.21"))
    for portal in ("10.10.1.22", DEAD):
        assert any(portal in text for text in problems(result, "network"))


def test_no_portal_answers(stage: Make) -> None:
    lab = stage(server("win1", 1))
    lab.fleet.faults.inject("subnet-down", "10.10.1.0/24")
    lab.fleet.faults.inject("subnet-down", "10.10.2.0/24")
    result = lab.module("host", "win1", lab.whole("win1"))
    assert result.status == "failed"
    assert (lab.truth("win1").live, lab.truth("win1").stored) == ((), ())
    assert len(problems(result, "network")) >= 4


def test_a_portal_that_breaks_on_a_finished_host_is_reported_and_nothing_is_added(stage: Make) -> None:
    lab = stage(server("win1", 1))
    lab.provision("win1")
    lab.fleet.faults.inject("portal-down", DEAD)
    mark = lab.now
    result = lab.module("host", "win1", lab.whole("win1"))
    assert result.status == "failed"
    assert "3 of 4" in result.message
    assert len(lab.truth("win1").stored) == 4
    assert len(lab.truth("win1").live) == 3
    assert "persistent login stored" not in lab.changes("win1", mark)
    lab.fleet.faults.heal("portal-down", DEAD)
    lab.provision("win1")
    lab.is_redundant("win1")


def test_a_login_status_of_the_array_is_explained(stage: Make) -> None:
    lab = stage(server("win1", 1))
    lab.fleet.faults.inject("port-status", DEAD, "0202")  # authorization failure (RFC 7143, 11.13.5)
    result = lab.module("host", "win1", lab.whole("win1"))
    assert result.status == "failed"
    assert any(DEAD in text for text in problems(result, "array")), problems(result)


def test_an_unknown_target_is_named_as_the_arrays(stage: Make) -> None:
    lab = stage(server("win1", 1))
    options = lab.whole("win1")
    options["arrays"][0]["targets"] = ["iqn.1986-03.com.hp:no.such.target"]
    result = lab.module("host", "win1", options)
    assert result.status == "failed"
    assert any("no.such.target" in text for text in problems(result, "array")), problems(result)
    assert lab.logins("win1") == []
    assert lab.failed_logins("win1") == []


def test_only_declared_targets_get_a_login(stage: Make) -> None:
    lab = stage(server("win1", 1))
    names = {port.portal.address: port.target_name for port in lab.fleet.array("eva01").ports}
    options = lab.whole("win1")
    wanted = [names["10.10.1.21"].upper().replace("IQN.", "iqn."), names["10.10.2.22"]]
    options["arrays"][0].update(targets=wanted, portals=["10.10.1.21", "10.10.2.22"])
    result = lab.module("host", "win1", options)
    assert result["state"] == "converged", result.message
    assert {(login.nic, login.portal) for login in lab.logins("win1")} == {
        ("10.10.1.11", "10.10.1.21"),
        ("10.10.2.11", "10.10.2.22"),
    }


def test_more_portals_than_declared_get_no_login(stage: Make) -> None:
    lab = stage(server("win1", 1))
    options = lab.whole("win1")
    options["arrays"][0]["portals"] = ["10.10.1.21", "10.10.2.22"]
    result = lab.module("host", "win1", options)
    assert result["state"] == "converged", result.message
    assert lab.truth("win1").live == (("10.10.1.11", "10.10.1.21"), ("10.10.2.11", "10.10.2.22"))
    assert lab.module("host", "win1", options)["changed"] is False


def test_an_active_passive_array_is_seen_by_what_its_luns_answer(stage: Make) -> None:
    passive = array(product="HSV110")
    lab = stage(server("win1", 1), arrays=[passive])
    options = lab.whole("win1")
    options["arrays"][0]["model"] = "P6300"
    result = lab.module("host", "win1", options)
    assert result.status == "failed"
    (refusal,) = [text for text in problems(result, "array") if "HSV110" in text]
    assert "active/passive" in refusal
    assert len(lab.truth("win1").live) <= 1
    assert len(lab.logins("win1")) <= 2  # once more by Windows itself where it restarted
    mark = lab.now
    assert lab.module("host", "win1", options).status == "failed"
    assert lab.changes("win1", mark) == []


def test_a_declared_lun_that_is_not_there_is_no_proof(stage: Make) -> None:
    lab = stage(server("win1", 1))
    options = lab.whole("win1")
    options["arrays"][0]["luns"] = ["6001-4380-0000-0000-0000-0000-dead-0000"]
    result = lab.module("host", "win1", options)
    assert result.status == "failed"
    assert "LUN 6001438000000000000000" in result.message
    assert "(array side)" in result.message
    lab.is_redundant("win1")
    options["arrays"][0].update(luns=[], minimum_luns=4)
    fewer = lab.module("verify", "win1", {name: options[name] for name in ("arrays", "nics")})
    assert fewer.status == "failed"
    assert "3 LUNs are visible as MPIO disks, at least 4 wanted" in fewer.message


def test_luns_taken_away_are_waited_for_and_no_path_is_touched(stage: Make) -> None:
    lab = stage(server("win1", 1))
    lab.provision("win1")
    lab.fleet.faults.inject("unpresent", "win1")
    mark = lab.now
    result = lab.module("host", "win1", lab.whole("win1"))
    assert (result.status, result["state"], result["changed"]) == ("ok", "waiting_for_presentation", False)
    assert (lab.changes("win1", mark), lab.logins("win1", mark)) == ([], [])
    lab.fleet.faults.heal("unpresent", "win1")
    lab.provision("win1")
    lab.is_redundant("win1")


def test_an_array_that_does_not_know_the_initiator_tells_of_no_target_and_its_name_is_said(stage: Make) -> None:
    lab = stage(server("win1", 1, presented=False), arrays=[array(auto_register=False)])
    result = lab.module("host", "win1", lab.whole("win1"))
    assert result.status == "failed"
    told = [text for text in problems(result) if "told of no target" in text]
    assert len(told) == 4
    assert all(f"that the array knows {lab.fleet.node_name('win1')}" in text for text in told)
    lab.fleet.present("win1")
    lab.provision("win1")
    lab.is_redundant("win1")
