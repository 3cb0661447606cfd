# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any layout, and a simulated server in any state: the real commands end in what is declared, and make nothing worse.

The servers are those of the fault sweep: no sockets, no threads, no waiting.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult
from ansible_collections.eva.mpio.tests.integration.stage import Stage
from ansible_collections.eva.mpio.tests.lab.spec_file import parse
from ansible_collections.eva.mpio.tests.lab.windows.interface import Snapshot
from ansible_collections.eva.mpio.tests.lab.winrm.interface import ConsoleInput
from ansible_collections.eva.mpio.tests.sweep.clock import VirtualClock, virtual_time
from ansible_collections.eva.mpio.tests.sweep.direct import connected
from ansible_collections.eva.mpio.tests.sweep.disturbances import HOST
from ansible_collections.eva.mpio.tests.sweep.fleet import DirectFleet
from ansible_collections.eva.mpio.tests.sweep.stories import options_for

INSTANCE = "Root\\ISCSIPRT\\0000_0"
FLAGS = {True: "0x2", False: "*"}
"""Login flags with and without multipath."""

bounded = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture(autouse=True, scope="module")
def windows_seconds() -> Iterator[None]:
    """Leave the collection's times as they are: nothing waits for real here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("REQUESTS_CA_BUNDLE", raising=False)  # pywinrm warns of it
        yield


@dataclass(frozen=True)
class Half:
    """A session or a stored login that somebody made by hand."""

    stored: bool
    nic: int | None
    """Which NIC it names by its port number, from 0 on; None for any."""
    portal: int
    multipath: bool
    times: int


@dataclass(frozen=True)
class Case:
    """A fleet, and what was done to its server before the collection comes."""

    profile: str
    nics: tuple[str, ...]
    ports: tuple[str, ...]
    mesh: str
    provisioned: bool
    ended: tuple[int, ...]
    """Portals whose sessions somebody ended, of a server that was provisioned."""
    forgotten: tuple[int, ...]
    """Portals whose stored logins somebody removed."""
    discovered: tuple[int, ...]
    """Portals that somebody stored for discovery, without a NIC."""
    halves: tuple[Half, ...]
    busy: bool


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a case."""
    subnets = draw(st.integers(1, 2))
    each = draw(st.integers(1, 2))
    nics = tuple(
        f"10.10.{subnet}.{10 + number}/24" for subnet in range(1, subnets + 1) for number in range(1, each + 1)
    )
    ports = tuple(
        f"10.10.{subnet}.{20 + number}"
        for subnet in range(1, subnets + 1)
        for number in range(1, draw(st.integers(2, 3)))
    )
    some = st.lists(st.integers(0, len(ports) - 1), max_size=2, unique=True).map(tuple)
    half = st.builds(
        Half,
        stored=st.booleans(),
        nic=st.none() | st.integers(0, len(nics) - 1),
        portal=st.integers(0, len(ports) - 1),
        multipath=st.booleans(),
        times=st.sampled_from([1, 1, 2]),
    )
    provisioned = draw(st.booleans())
    halves = tuple(draw(st.lists(half, max_size=3)))
    if not provisioned:
        # Before multipath is in effect a LUN has one path, so that is all that anybody has made of either half.
        firsts = {one.stored: replace(one, times=1) for one in reversed(halves)}
        halves = tuple(firsts.values())
    return Case(
        profile=draw(st.sampled_from(["2003-installed", "2008", "2012r2", "2022"])),
        nics=nics,
        ports=ports,
        mesh=draw(st.sampled_from(["subnet", "subnet", "full"])),
        provisioned=provisioned,
        ended=draw(some),
        forgotten=draw(some),
        discovered=draw(some),
        halves=halves,
        busy=draw(st.booleans()),
    )


class Told:
    """A case on its stage."""

    def __init__(self, case: Case, fleet: DirectFleet) -> None:
        self.case = case
        self.fleet = fleet
        self.stage = Stage(fleet, Path())
        self.options = {**options_for(self.stage, case.profile), "mesh": case.mesh}

    @property
    def declared(self) -> set[tuple[str, str]]:
        """The (NIC, portal) pairs that are declared."""
        everything = {(nic.partition("/")[0], port) for nic in self.case.nics for port in self.case.ports}
        if self.case.mesh == "full":
            return everything
        return {(nic, port) for nic, port in everything if nic.split(".")[2] == port.split(".")[2]}

    def run(self) -> TaskResult:
        """Run eva.mpio.host."""
        return self.stage.module("host", HOST, self.options)

    def snapshot(self) -> Snapshot:
        """Return the truth about the server."""
        return self.fleet.host(HOST).snapshot()

    def arrange(self) -> None:
        """Bring the server to where the case begins."""
        if self.case.provisioned:
            done = self.run()
            assert done["state"] == "converged", done.message
        with self.fleet.laws.fault():
            self._by_hand()

    def _by_hand(self) -> None:
        self._command("sc config MSiSCSI start= auto")
        self._command("sc start MSiSCSI")
        snapshot = self.snapshot()
        for portal in self.case.ended if self.case.provisioned else ():
            if any(one.portal.address == self.case.ports[portal] for one in snapshot.sessions):
                self.fleet.faults.inject("end-session", HOST, self.case.ports[portal])
        for portal in self.case.forgotten if self.case.provisioned else ():
            if any(one.portal.address == self.case.ports[portal] for one in snapshot.stored):
                self.fleet.faults.inject("forget-login", HOST, self.case.ports[portal])
        for portal in self.case.discovered:
            self._command(f"iscsicli QAddTargetPortal {self.case.ports[portal]}")
        for half in self.case.halves:
            self._make(half)
        if self.case.busy:
            luns = {vdisk.naa for each in self.fleet.arrays for vdisk in each.vdisks}
            self.fleet.host(HOST).disks.in_use.update(luns)

    def _make(self, half: Half) -> None:
        port = next(one for one in self.fleet.arrays[0].ports if one.address == self.case.ports[half.portal])
        verb = "PersistentLoginTarget" if half.stored else "LoginTarget"
        number = "*" if half.nic is None else half.nic + 1
        for _unused in range(half.times):
            self._command(
                f"iscsicli {verb} {port.target_name} T {port.address} 3260 {INSTANCE} {number} * "
                f"{FLAGS[half.multipath]} * * * * * * * * * 0"
            )

    def _command(self, line: str) -> None:
        self.fleet.host(HOST).run(line, ConsoleInput(), 437)


@contextmanager
def told(case: Case) -> Iterator[Told]:
    """Put a case on its stage."""
    kind: dict[str, Any] = {**profiles.PROFILES[case.profile], "winrm": {"transport": "basic"}}
    ports = [{"address": one, "controller": "AB"[number % 2]} for number, one in enumerate(case.ports)]
    spec = {
        "routed": True,
        "arrays": [{"name": "eva01", "model": "P6300", "ports": ports}],
        "defaults": {"luns": 2},
        "hosts": [{"name": HOST, "nics": list(case.nics), **kind}],
    }
    clock = VirtualClock()
    fleet = DirectFleet(parse(spec), clock)
    with virtual_time(clock), connected(fleet.wire), fleet:
        found = Told(case, fleet)
        found.arrange()
        yield found


def right_sessions(one: Told, snapshot: Snapshot) -> set[str]:
    """Return the sessions on declared paths that are as they should be."""
    return {
        session.session_id
        for session in snapshot.sessions
        if session.alive and session.multipath and (session.nic_address, session.portal.address) in one.declared
    }


@bounded
@given(cases())
def test_it_ends_as_declared_or_says_why_not(case: Case) -> None:
    with told(case) as one:
        right, boots = right_sessions(one, one.snapshot()), one.fleet.host(HOST).life.boots
        first = one.run()
        assert "Traceback" not in str(first.result)
        end = one.snapshot()
        if one.fleet.host(HOST).life.boots == boots:
            assert right <= {session.session_id for session in end.sessions}, "a right session was touched"
        mark = one.stage.now
        second = one.run()
        assert [violation.sentence for violation in one.fleet.laws.violations] == []
        if first.result.get("state") != "converged":
            assert first.message
            return
        # Where one NIC or one port is all there is, the paths are made, and the proof fails and says so.
        assert (second["state"], second["changed"], one.stage.changes(HOST, mark)) == ("converged", False, [])
        assert one.declared <= {(session.nic_address, session.portal.address) for session in end.sessions}
        assert one.declared <= {(login.nic_address, login.portal.address) for login in end.stored if login.multipath}
        assert [disk.dsm for disk in end.disks] == [one.stage.microsoft_dsm(HOST)] * 2
        assert all(len(disk.working_paths) >= len(one.declared) for disk in end.disks)


@settings(bounded, max_examples=15)
@given(cases())
def test_a_server_that_nobody_spoilt_always_converges(case: Case) -> None:
    """Without sessions and stored logins made by hand there is no excuse."""
    plain = replace(case, halves=(), busy=False)
    with told(plain) as one:
        done = one.run()
        assert done.result.get("state") == "converged", done.message
