# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The law on real simulated servers: an administrator who does it right, and what is said when one does not."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import pytest
import requests

from ansible_collections.eva.mpio.tests.lab import spec_file
from ansible_collections.eva.mpio.tests.lab.clauses import Clause
from ansible_collections.eva.mpio.tests.lab.fleet import Fleet
from ansible_collections.eva.mpio.tests.lab.laws import Allowance
from ansible_collections.eva.mpio.tests.lab.spec import ChapSpec
from ansible_collections.eva.mpio.tests.lab.windows.interface import Snapshot
from ansible_collections.eva.mpio.tests.unit.lab.windows_client import WindowsClient

PORTALS = {"10.10.1.21": "A", "10.10.2.21": "A", "10.10.1.22": "B", "10.10.2.22": "B"}
EVA = "HP      HSV340          "
INSTANCE = r"Root\ISCSIPRT\0000_0"
SECRET = "secret-of-win1"


class Administrator:
    """Types commands on one server."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.host = fleet.host("win1")
        self._variables = fleet.inventory()["all"]["children"]["lab"]["hosts"]["win1"]

    @property
    def now(self) -> Snapshot:
        return self.host.snapshot()

    @property
    def broken(self) -> set[Clause]:
        return {violation.clause for violation in self.fleet.laws.violations}

    def types(self, *lines: str) -> str:
        out, _unused = WindowsClient(self._variables).run(" & ".join(lines))
        return out

    def restarts(self) -> None:
        boots = self.host.life.boots
        with contextlib.suppress(requests.ConnectionError):
            self.types("shutdown /r /t 0")
        assert self.host.life.wait_for_boot(boots + 1, 20)
        self.fleet.endpoints.settle()

    def login(self, portal: str, nic: str = "") -> str:
        """Return the arguments of a login from the NIC in the portal's subnet, or from another one."""
        target = next(port.target_name for port in self.fleet.array("eva01").ports if port.address == portal)
        number = self.host.initiator.around.portals.number(nic or f"{portal.rpartition('.')[0]}.11")
        return f"{target} T {portal} 3260 {INSTANCE} {number} * 0x2 * * * * * * * * * 0"

    def stores(self, portal: str) -> str:
        return f"iscsicli PersistentLoginTarget {self.login(portal)}"

    def forgets(self, portal: str) -> str:
        target, _unused, address, tcp_port, instance, number, *_unused = self.login(portal).split()
        return f"iscsicli RemovePersistentTarget {instance} {target} {number} {address} {tcp_port}"

    def rotates(self, portal: str, *order: str) -> None:
        """Renew the secret of one path, in the order of ``make``, ``store`` and ``break``."""
        proves = self.login(portal).replace("* * * * * * * * * 0", f"* * * * * win1 {SECRET} 1 * 0")
        old = next(each.session_id for each in self.now.sessions if each.portal.address == portal)
        lines = {
            "make": f"iscsicli LoginTarget {proves}",
            "store": f"{self.forgets(portal)} & iscsicli PersistentLoginTarget {proves}",
            "break": f"iscsicli LogoutTarget {old}",
        }
        for part in order:
            self.types(lines[part])

    def discovers(self) -> None:
        self.types("sc config MSiSCSI start= auto", "sc start MSiSCSI", "iscsicli QAddTargetPortal 10.10.1.21")

    def provisions(self) -> None:
        """Do everything, in the safe order."""
        self.discovers()
        self.types("dism /online /enable-feature /featurename:MultipathIo /norestart")
        self.types(f'mpclaim -n -i -d "{EVA}"')
        self.restarts()
        for portal in PORTALS:
            self.types(self.stores(portal), f"iscsicli LoginTarget {self.login(portal)}")


@pytest.fixture
def administrator() -> Iterator[Administrator]:
    spec = spec_file.parse(
        {
            "second": 0.01,
            "arrays": [
                {
                    "name": "eva01",
                    "model": "P6300",
                    "ports": [{"address": address, "controller": owner} for address, owner in PORTALS.items()],
                }
            ],
            "hosts": [{"name": "win1", "nics": ["10.10.1.11/24", "10.10.2.11/24"], "luns": 2}],
        }
    )
    with Fleet(spec) as fleet:
        yield Administrator(fleet)


@pytest.fixture
def provisioned(administrator: Administrator) -> Administrator:
    administrator.provisions()
    return administrator


def test_the_safe_order_breaks_nothing(provisioned: Administrator) -> None:
    now = provisioned.now
    assert [(disk.dsm, len(disk.working_paths)) for disk in now.disks] == [("Microsoft DSM", 4)] * 2
    assert len(now.stored) == 4
    assert not provisioned.broken


def test_everything_returns_after_a_restart(provisioned: Administrator) -> None:
    provisioned.restarts()
    assert [len(disk.working_paths) for disk in provisioned.now.disks] == [4, 4]
    assert not provisioned.broken


def test_a_first_path_before_multipath_and_its_restart(administrator: Administrator) -> None:
    administrator.discovers()
    first = administrator.login("10.10.1.21")
    administrator.types(administrator.stores("10.10.1.21"), f"iscsicli LoginTarget {first}")
    administrator.types("dism /online /enable-feature /featurename:MultipathIo /norestart")
    administrator.types(f'mpclaim -n -i -d "{EVA}"')
    administrator.restarts()
    assert [disk.dsm for disk in administrator.now.disks] == ["Microsoft DSM"] * 2
    assert not administrator.broken


def test_all_paths_at_once_before_multipath(administrator: Administrator) -> None:
    administrator.discovers()
    administrator.types(*(administrator.stores(portal) for portal in PORTALS))
    assert administrator.broken == {Clause.SECOND_PATH_TOO_EARLY}


def test_claims_taken_back_with_all_paths_standing(provisioned: Administrator) -> None:
    provisioned.types(f'mpclaim -n -u -d "{EVA}"')
    provisioned.restarts()
    assert provisioned.broken == {Clause.SECOND_PATH_TOO_EARLY}


def test_one_line_that_removes_and_stores(provisioned: Administrator) -> None:
    provisioned.types(provisioned.forgets("10.10.1.21"), provisioned.stores("10.10.1.21"))
    assert len(provisioned.now.stored) == 4
    assert not provisioned.broken
    provisioned.types(provisioned.forgets("10.10.1.21"))
    assert provisioned.broken == {Clause.STORED_LOGIN_MISSING}


def test_a_wrong_nic_replaced_make_before_break(provisioned: Administrator) -> None:
    fleet, host = provisioned.fleet, provisioned.host
    with fleet.laws.fault():
        host.network.add("10.10.1.111/24", "iSCSI spare")
    provisioned.types(f"iscsicli LoginTarget {provisioned.login('10.10.1.22', nic='10.10.1.111')}")
    wrong, right = (
        next(s.session_id for s in provisioned.now.sessions if (s.nic_address, s.portal.address) == (nic, "10.10.1.22"))
        for nic in ("10.10.1.111", "10.10.1.11")
    )
    provisioned.types(f"iscsicli LogoutTarget {wrong}")
    assert len(provisioned.now.sessions) == 4
    assert not provisioned.broken
    provisioned.types(f"iscsicli LogoutTarget {right}")
    assert provisioned.broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}


def test_a_secret_that_reaches_path_after_path(provisioned: Administrator) -> None:
    provisioned.fleet.set_chap("win1", ChapSpec(SECRET, "win1"))
    assert [login.accepted for login in provisioned.now.stored] == [False] * 4
    for portal in PORTALS:
        provisioned.rotates(portal, "make", "store", "break")
    now = provisioned.now
    assert [login.accepted for login in now.stored] == [True] * 4
    assert ([len(disk.working_paths) for disk in now.disks], len(now.sessions)) == ([4, 4], 4)
    assert len({login.credentials for login in now.stored} | {each.credentials for each in now.sessions}) == 1
    assert not provisioned.broken


def test_a_secret_that_reaches_the_session_by_a_logout_first(provisioned: Administrator) -> None:
    provisioned.fleet.set_chap("win1", ChapSpec(SECRET, "win1"))
    provisioned.rotates("10.10.1.21", "break", "make")
    assert provisioned.broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}


def test_a_secret_that_the_array_has_not_got(provisioned: Administrator) -> None:
    provisioned.fleet.set_chap("win1", ChapSpec("some-other-secret", "win1"))
    provisioned.rotates("10.10.1.21", "make", "store")
    assert not provisioned.broken, "the old one was of no use either"
    provisioned.fleet.set_chap("win1", None)
    provisioned.fleet.set_chap("win1", ChapSpec(SECRET, "win1"))
    provisioned.types(f"{provisioned.forgets('10.10.1.21')} & {provisioned.stores('10.10.1.21')}")
    assert provisioned.broken == {Clause.STORED_LOGIN_MISSING}


def test_a_path_of_a_cut_link_is_nobodys_loss_and_lowers_the_bar(provisioned: Administrator) -> None:
    provisioned.fleet.faults.inject("controller-down", "eva01", "B")
    assert [len(disk.working_paths) for disk in provisioned.now.disks] == [2, 2]
    dead = [session.session_id for session in provisioned.now.sessions if not session.alive]
    provisioned.types(*(f"iscsicli LogoutTarget {session_id}" for session_id in dead))
    assert not provisioned.broken
    provisioned.types(f"iscsicli LogoutTarget {provisioned.now.sessions[0].session_id}")
    assert provisioned.broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}


def test_stopping_the_service_under_disks(provisioned: Administrator) -> None:
    provisioned.types("sc stop MSiSCSI")
    assert provisioned.broken == {Clause.PATH_LOST, Clause.BREAK_BEFORE_MAKE}


def test_a_drill_has_its_floor(provisioned: Administrator) -> None:
    provisioned.fleet.laws.allow("win1", Allowance("drill", minimum_paths=3))
    first, second, *_unused = (session.session_id for session in provisioned.now.sessions)
    provisioned.types(f"iscsicli LogoutTarget {first}")
    assert not provisioned.broken
    provisioned.types(f"iscsicli LogoutTarget {second}")
    assert provisioned.broken == {Clause.PATH_LOST}


def test_taking_everything_down_on_purpose(provisioned: Administrator) -> None:
    provisioned.fleet.laws.allow("win1", Allowance("decommission", minimum_paths=0, stored_logins=True))
    provisioned.types(*(provisioned.forgets(portal) for portal in PORTALS))
    provisioned.types(*(f"iscsicli LogoutTarget {session.session_id}" for session in provisioned.now.sessions))
    assert (provisioned.now.sessions, provisioned.now.stored) == ((), ())
    assert not provisioned.broken


def test_no_load_balance_policy_takes_a_path_away(provisioned: Administrator) -> None:
    shown = provisioned.types("mpclaim -s -d 0")
    first, *others = re.findall(r"^ +([0-9A-F]{16}) ", shown, re.MULTILINE)
    standby = " ".join(f"{path} 2 0 0" for path in others)
    for policy in (f"1 {first} 0 0 1 {standby}", "2", "3", "4", "5", "6"):
        provisioned.types(f"mpclaim -l -d 0 {policy}")
    exit_codes = [event.facts["exit_code"] for event in provisioned.fleet.log.since(kind="command")][-6:]
    assert exit_codes == [0] * 6
    assert not provisioned.broken
