# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Control of a lab from outside: the client, and the command line in processes of its own."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import yaml

from ansible_collections.eva.mpio.tests.lab import spec_file
from ansible_collections.eva.mpio.tests.lab.__main__ import main
from ansible_collections.eva.mpio.tests.lab.client import ControlError, LabClient
from ansible_collections.eva.mpio.tests.lab.control import Control
from ansible_collections.eva.mpio.tests.lab.fabric.interface import PortalAddress
from ansible_collections.eva.mpio.tests.lab.fleet import Fleet
from ansible_collections.eva.mpio.tests.lab.laws import Allowance
from ansible_collections.eva.mpio.tests.unit.lab.windows_client import WindowsClient

DEMO = Path(spec_file.__file__).parent / "fleets" / "demo.yml"
PROGRAM = [sys.executable, "-m", "ansible_collections.eva.mpio.tests.lab"]


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with Fleet(spec_file.load(DEMO)) as fleet:
        yield fleet


@pytest.fixture
def ended() -> threading.Event:
    return threading.Event()


@pytest.fixture
def control(fleet: Fleet, ended: threading.Event) -> Iterator[Control]:
    with Control(fleet, ended=ended) as control:
        yield control


@pytest.fixture
def client(control: Control) -> LabClient:
    return LabClient(control.address)


def test_what_one_can_see_is_what_the_fleet_tells(fleet: Fleet, client: LabClient) -> None:
    assert client.state() == fleet.state()
    assert client.inventory() == fleet.inventory()
    assert client.events() == fleet.events()
    assert [fault["usage"].split()[0] for fault in client.faults()] == list(fleet.faults.table)


def test_events_since_a_number_of_one_kind(fleet: Fleet, client: LabClient) -> None:
    before = client.state()["last_event"]
    client.fault("nic-down", "10.10.1.11")
    client.heal("nic-down", "10.10.1.11")
    told = client.events(since=before, kind="fault", source="network")
    assert [event["facts"]["action"] for event in told] == ["nic down", "nic up"]


def test_presenting_a_servers_luns(fleet: Fleet, client: LabClient) -> None:
    name = fleet.node_name("win2008r2")
    assert client.state()["arrays"]["eva01"]["initiators"][name] == {}
    client.present("win2008r2")
    presented = client.state()["arrays"]["eva01"]["initiators"][name]
    assert presented == {"1": "win2008r2-1", "2": "win2008r2-2", "3": "win2008r2-3"}
    client.fault("unpresent", "win2008r2")


def test_another_dsm_is_wanted_from_now_on(fleet: Fleet, client: LabClient, control: Control) -> None:
    before = client.state()["last_event"]
    with pytest.raises(ControlError, match="has no dsm_package"):
        client.declare("win2008", "hp")
    with pytest.raises(ControlError, match="dsm is one of microsoft, hp, not 'own'"):
        client.declare("win2008", "own")
    assert main(["declare", "--control", control.address, "--dsm", "microsoft", "win2003", "win2008"]) == 0
    told = client.events(since=before, kind="declaration")
    assert [(event["source"], event["facts"]) for event in told] == [
        ("win2003", {"dsm": "microsoft"}),
        ("win2008", {"dsm": "microsoft"}),
    ]
    hosts = client.inventory()["all"]["children"]["lab"]["hosts"]
    assert [name for name, host in hosts.items() if "multipath_dsm" in host] == ["win2003", "win2008"]


def test_an_intended_loss_is_allowed_and_ends(fleet: Fleet, client: LabClient) -> None:
    client.allow("win2003", "drill", 3)
    client.revoke("win2003")
    with pytest.raises(ControlError, match="no server 'win9' is watched"):
        client.allow("win9", "drill", 3)


def test_an_allowance_may_name_paths_and_unused_disks(fleet: Fleet, client: LabClient) -> None:
    heard: list[tuple[str, Allowance]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fleet.laws, "allow", lambda host, allowance: heard.append((host, allowance)))
        client.allow("win2003", "absent", 2, True, unused_disks=True, paths=[("10.10.1.11", "10.10.1.21")])
    paths = frozenset({("10.10.1.11", PortalAddress("10.10.1.21"))})
    assert heard == [("win2003", Allowance("absent", 2, stored_logins=True, unused_disks=True, paths=paths))]
    with pytest.raises(ControlError, match=r"a path is \[NIC, portal\]"):
        client.allow("win2003", "absent", 2, paths=["10.10.1.11"])  # type: ignore[list-item]


def test_the_arrays_administrator_sets_a_secret(fleet: Fleet, client: LabClient) -> None:
    before = client.state()["last_event"]
    client.set_chap("win2003", "a-secret-of-22-bytes", "eva01", mutual_name="eva01", mutual_secret="another-secret")
    client.set_chap("win2003", None)
    told = client.events(since=before, source="eva01", kind="state")
    assert [event["facts"]["demanded"] for event in told] == ["mutual", "none"]
    assert {event["facts"]["initiator"] for event in told} == {fleet.node_name("win2003")}
    assert "secret" not in str(told)
    with pytest.raises(ControlError, match="there are: eva01"):
        client.set_chap("win2003", None, "eva09")


def test_a_refusal_is_the_fleets_own_sentence(client: LabClient) -> None:
    with pytest.raises(ControlError, match="there are: win2003, win2008, win2008r2"):
        client.present("win9")
    with pytest.raises(ControlError, match="usage: nic-down NIC"):
        client.fault("nic-down")


def test_nobody_answers() -> None:
    with pytest.raises(ControlError, match=r"no lab answers at 127\.0\.0\.1:9"):
        LabClient("127.0.0.1:9").state()


def test_only_json_and_only_what_there_is(control: Control) -> None:
    url = f"http://{control.address}"
    with requests.Session() as session:
        session.trust_env = False
        refused = session.post(f"{url}/down", data="{}", timeout=9)
        # What it closes it says so, or the next question goes into a connection that is no more.
        assert (refused.status_code, refused.headers["Connection"]) == (415, "close")
        assert session.get(f"{url}/nothing", timeout=9).status_code == 404
        assert session.post(f"{url}/fault", json={}, timeout=9).status_code == 400
        assert session.post(f"{url}/fault", json=[], timeout=9).status_code == 400
        assert session.post(f"{url}/fault", json={"name": "x" * 70000}, timeout=9).status_code == 413


def test_the_end_is_only_asked_for(client: LabClient, ended: threading.Event) -> None:
    assert not ended.is_set()
    client.down()
    assert ended.is_set()


def test_the_control_stays_on_the_loopback_network(fleet: Fleet) -> None:
    with pytest.raises(ValueError, match="loopback addresses only"):
        Control(fleet, "0.0.0.0")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_a_lab_in_the_background(tmp_path: Path) -> None:
    inventory, pid_file = tmp_path / "hosts.yml", tmp_path / "pid"
    up = run("up", str(DEMO), "--control", "127.0.0.1:0", f"--inventory={inventory}", "--background",
             f"--pid-file={pid_file}")  # fmt: skip
    assert up.returncode == 0, up.stderr
    told, ready = up.stdout.splitlines()
    control = ("--control", ready.rpartition(" ")[2])
    try:
        assert told == f"inventory: {inventory}"
        assert ready.startswith("ready: 5 server(s) and 1 array(s) listen")
        assert stat.S_IMODE(inventory.stat().st_mode) == 0o600
        hosts = yaml.safe_load(inventory.read_text(encoding="utf-8"))["all"]["children"]["lab"]["hosts"]
        (row,) = WindowsClient(hosts["win2008"]).query("select Name from Win32_ComputerSystem")
        assert (row["Name"] or "").upper() == "WIN2008"
        assert run("fault", "port-down", "10.10.2.22", *control).returncode == 0
        assert "port 10.10.2.22:3260 controller B refusing" in run("state", *control).stdout
        assert run("heal", "port-down", "10.10.2.22", *control).returncode == 0
        assert "port 10.10.2.22:3260 controller B listening" in run("state", *control).stdout
        assert "win2008r2-1" not in run("state", *control).stdout
        assert run("present", "win2008r2", *control).returncode == 0
        assert "LUN 1 win2008r2-1" in run("state", *control).stdout
        assert "refuse" in run("events", "--kind", "fault", *control).stdout
        assert yaml.safe_load(run("inventory", *control).stdout) == yaml.safe_load(inventory.read_text("utf-8"))
        refused = run("fault", "earthquake", *control)
        assert refused.returncode == 1
        assert "no fault is called 'earthquake'" in refused.stderr
        os.kill(int(pid_file.read_text(encoding="ascii")), 0)
    finally:
        down = run("down", *control)
    assert down.returncode == 0, down.stderr
    assert not pid_file.exists()


def test_a_lab_in_the_foreground_ends_by_signal() -> None:
    with subprocess.Popen(
        [*PROGRAM, "up", str(DEMO), "--control", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
    ) as lab:
        assert lab.stdout is not None
        assert lab.stdout.readline().startswith("ready: ")
        lab.send_signal(signal.SIGTERM)
        assert lab.wait(30) == 0


def test_a_background_lab_that_cannot_start_says_why(control: Control, tmp_path: Path) -> None:
    up = run("up", str(DEMO), "--control", control.address, "--background", f"--pid-file={tmp_path / 'pid'}")
    assert up.returncode == 1
    assert "in use" in up.stderr
    assert not (tmp_path / "pid").exists()


def test_a_wrong_fleet_file_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "fleet.yml"
    file.write_text("hosts: [{name: win1}]\n", encoding="utf-8")
    assert main(["up", str(file), "--background"]) == 1
    told = capsys.readouterr().err
    assert "arrays: must have at least one item" in told
    assert "hosts[1].nics: must have at least one item" in told


def test_a_wrong_control_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", str(DEMO), "--control", "5990"]) == 1
    assert "ADDRESS:PORT" in capsys.readouterr().err
