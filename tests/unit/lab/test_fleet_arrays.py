# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What servers make of an array that redirects, is full, or lets its controllers change places; nodes of a cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.lab import spec_file
from ansible_collections.eva.mpio.tests.lab.events import Event
from ansible_collections.eva.mpio.tests.lab.fault import FaultError
from ansible_collections.eva.mpio.tests.lab.fleet import Fleet
from ansible_collections.eva.mpio.tests.lab.windows.host import Host
from ansible_collections.eva.mpio.tests.lab.windows.iscsi.status import Status
from ansible_collections.eva.mpio.tests.lab.windows.storage.multipath_disk import MultipathDisk
from ansible_collections.eva.mpio.tests.lab.windows.storage.policies import PathState, Policy
from ansible_collections.eva.mpio.tests.lab.winrm.interface import ConsoleInput

PORT_A, PORT_B = "10.10.1.21", "10.10.1.22"
EVA_ID = "HP      HSV340          "
OPTIMIZED, UNOPTIMIZED = PathState.ACTIVE_OPTIMIZED, PathState.ACTIVE_UNOPTIMIZED


def fleet_of(fabric: str, hosts: list[dict[str, Any]] | None = None, **array: Any) -> Fleet:
    ports = [{"address": PORT_A, "controller": "A"}, {"address": PORT_B, "controller": "B"}]
    described = {"name": "eva01", "model": "P6300", "ports": ports, "vdisks": ["shared"], **array}
    usual = [{"name": "win1", "nics": ["10.10.1.11/24"], "luns": 1}]
    return Fleet(spec_file.parse({"fabric": fabric, "second": 0.01, "arrays": [described], "hosts": hosts or usual}))


@pytest.fixture(params=["memory", "tcp"])
def fabric(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def fleet(fabric: str) -> Iterator[Fleet]:
    with fleet_of(fabric) as fleet:
        yield fleet


def run(host: Host, line: str) -> int:
    console = ConsoleInput()
    console.feed(b"", end=True)
    code = host.run(line, console, 437).exit_code
    assert code is not None
    return code


def log_in(fleet: Fleet, portal: str = PORT_A) -> int:
    host = fleet.host("win1")
    target = next(port.target_name for port in fleet.arrays[0].ports if port.address == portal)
    run(host, "sc start MSiSCSI")
    run(host, f"iscsicli QAddTargetPortal {PORT_A}")
    return run(host, f"iscsicli LoginTarget {target} T {portal} 3260 * * * 0x2 * * * * * * * * * 0")


def session_portals(fleet: Fleet) -> list[str]:
    return [session.portal.address for session in fleet.host("win1").snapshot().sessions]


def await_truth(fleet: Fleet, truth: Callable[[], bool]) -> None:
    """Wait until something is true after an event of the lab."""
    happened = threading.Event()

    def look(event: Event | None = None) -> None:
        if not happened.is_set() and truth():
            happened.set()

    fleet.log.listen(look)
    look()
    assert happened.wait(5)


@pytest.mark.parametrize("kind", ["temporary", "permanent"])
def test_a_redirected_login_is_followed_to_the_other_portal(fleet: Fleet, kind: str) -> None:
    log_in(fleet, PORT_B)  # its portal is discovered
    fleet.faults.inject("redirect", PORT_A, PORT_B, kind)
    assert log_in(fleet) == Status.SUCCESS
    assert session_portals(fleet) == [PORT_B, PORT_B]
    fleet.faults.heal("redirect", PORT_A, PORT_B, kind)
    with fleet.laws.fault():
        fleet.arrays[0].ports[1].drop()
    # A lost session goes back to where it belongs: for good is there, for now is where it was sent away from.
    first = PORT_A if kind == "temporary" else PORT_B
    expected = "login" if kind == "temporary" else "login-failed"
    await_truth(fleet, lambda: any(item.facts["portal"].startswith(first) for item in logins(fleet, expected)))


def logins(fleet: Fleet, kind: str) -> list[Event]:
    """Return the logins to the first port's target after its sessions were dropped."""
    dropped = fleet.log.since(kind="session-lost")[0].number
    target = fleet.arrays[0].ports[0].target_name
    return [event for event in fleet.log.since(dropped, kind=kind) if event.facts["target"] == target]


@pytest.mark.parametrize(
    ("kind", "status"),
    [("temporary", Status.TARGET_MOVED_TEMPORARILY), ("permanent", Status.TARGET_MOVED_PERMANENTLY)],
)
def test_an_initiator_that_does_not_follow_fails_with_the_status_codes(fleet: Fleet, kind: str, status: Status) -> None:
    assert log_in(fleet) == Status.SUCCESS
    fleet.host("win1").switches.follows_redirections = False
    fleet.faults.inject("redirect", PORT_A, PORT_B, kind)
    assert log_in(fleet) == status
    assert session_portals(fleet) == [PORT_A]


@pytest.mark.parametrize(
    ("given", "status"), [("0302", Status.OUT_OF_RESOURCES), ("0206", Status.TOO_MANY_CONNECTIONS)]
)
def test_a_full_port_refuses_the_next_session_only(fleet: Fleet, given: str, status: Status) -> None:
    assert log_in(fleet) == Status.SUCCESS
    fleet.faults.inject("port-full", PORT_A, "1", given)
    assert log_in(fleet) == status
    assert log_in(fleet, PORT_B) == Status.SUCCESS
    fleet.faults.heal("port-full", PORT_A, "1", given)
    assert log_in(fleet) == Status.SUCCESS
    assert session_portals(fleet) == [PORT_A, PORT_B, PORT_A]


def the_disk(fleet: Fleet) -> MultipathDisk:
    (disk,) = fleet.host("win1").disks.mpio.disks
    return disk


def path_states(fleet: Fleet) -> list[PathState]:
    """Return the states of the paths through A and through B."""
    disk = the_disk(fleet)
    found = {path.lun_path.portal.address: disk.states()[path.path_id] for path in disk.paths}
    return [found[PORT_A], found[PORT_B]]


def claimed(fleet: Fleet) -> None:
    """Let the Microsoft DSM of the server have the array's disks, and log in to both ports."""
    host = fleet.host("win1")
    host.features.enable("MultipathIo")
    host.disks.claim([EVA_ID])
    with fleet.laws.fault():
        host.power_off()
        host.start()
    assert [log_in(fleet, portal) for portal in (PORT_A, PORT_B)] == [0, 0]


def test_the_dsm_follows_the_owner(fabric: str) -> None:
    with fleet_of(fabric, hides_port_groups=False) as fleet:
        claimed(fleet)
        vdisk = fleet.arrays[0].vdisks[-1].name
        assert (the_disk(fleet).policy, the_disk(fleet).alua_support) == (Policy.ROUND_ROBIN_WITH_SUBSET, 1)
        assert path_states(fleet) == [OPTIMIZED, UNOPTIMIZED]
        fleet.faults.inject("vdisk-owner", "eva01", vdisk, "B")
        await_truth(fleet, lambda: path_states(fleet) == [UNOPTIMIZED, OPTIMIZED])
        fleet.faults.inject("vdisk-transition", "eva01", vdisk)  # which the DSM waits for to end
        fleet.faults.heal("vdisk-transition", "eva01", vdisk)
        await_truth(fleet, lambda: path_states(fleet) == [OPTIMIZED, UNOPTIMIZED])


def test_a_hidden_owner_changes_nothing_for_the_dsm(fabric: str) -> None:
    with fleet_of(fabric) as fleet:
        claimed(fleet)
        fleet.faults.inject("vdisk-owner", "eva01", fleet.arrays[0].vdisks[-1].name, "B")
        assert (the_disk(fleet).policy, the_disk(fleet).alua_support) == (Policy.ROUND_ROBIN, 0)
        assert path_states(fleet) == [OPTIMIZED, OPTIMIZED]


def test_servers_that_name_one_cluster_are_its_nodes() -> None:
    disks = [{"group": "Accounts", "vdisk": "shared"}]
    hosts = [
        {"name": "win1", "nics": ["10.10.1.11/24"], "luns": {1: "shared"}, "cluster": {"name": "SQL"}},
        {"name": "win2", "nics": ["10.10.1.12/24"], "luns": {1: "shared"}, "cluster": {"name": "SQL"}},
    ]
    hosts[0]["cluster"] = {"name": "SQL", "groups": ["Accounts"], "disks": disks, "others": ["old1"]}
    with fleet_of("memory", hosts) as fleet:
        first, second = fleet.host("win1").cluster, fleet.host("win2").cluster
        assert first is not None
        assert second is not None
        naa = fleet.arrays[0].vdisk("shared").naa
        assert {name: int(state) for name, state in second.states().items()} == {"win1": 0, "win2": 0, "old1": 0}
        assert naa in fleet.host("win1").disks.used_luns()
        fleet.faults.inject("move-group", "win2", "Accounts", "win2")
        assert naa in fleet.host("win2").disks.used_luns()
        assert naa not in fleet.host("win1").disks.used_luns()
        fleet.faults.inject("node-down", "win1", "old1")
        fleet.faults.inject("node-paused", "win1", "win2")
        assert {name: int(state) for name, state in first.states().items()} == {"win1": 0, "win2": 2, "old1": 1}
        with pytest.raises(FaultError, match="win2 is a server of this lab: power it off"):
            fleet.faults.inject("node-down", "win1", "win2")
        fleet.faults.heal("node-paused", "win1", "win2")
        fleet.faults.inject("power-off", "win2")
        assert int(first.states()["win2"]) == 1
        assert first.owners() == {"Accounts": "win1"}
