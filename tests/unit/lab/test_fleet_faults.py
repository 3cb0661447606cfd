# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults for sweeps, and the array's administrator: what each does to a server that is logged in."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests

from ansible_collections.eva.mpio.tests.lab import spec_file
from ansible_collections.eva.mpio.tests.lab.fault import FaultError
from ansible_collections.eva.mpio.tests.lab.fleet import Fleet
from ansible_collections.eva.mpio.tests.lab.spec import ChapSpec
from ansible_collections.eva.mpio.tests.lab.windows.interface import Snapshot
from ansible_collections.eva.mpio.tests.unit.lab.windows_client import WindowsClient

NIC, PORTAL = "10.10.1.11", "10.10.1.21"
OLD, NEW = "first-secret-1", "second-secret-2"


def fleet_of(**array: object) -> Fleet:
    described = {"name": "eva01", "model": "P6300", "ports": [{"address": PORTAL, "controller": "A"}], **array}
    host = {"name": "win1", "nics": [f"{NIC}/24"], "luns": 1, "winrm": {"transport": "basic"}, "volumes": {"E": 1}}
    return Fleet(spec_file.parse({"second": 0.01, "arrays": [described], "hosts": [host]}))


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with fleet_of() as fleet:
        yield fleet


class Administrator:
    """Types on the server, and looks at it."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self._client = WindowsClient(fleet.inventory()["all"]["children"]["lab"]["hosts"]["win1"])

    @property
    def now(self) -> Snapshot:
        return self.fleet.host("win1").snapshot()

    def types(self, line: str) -> str:
        return self._client.run(line)[0]

    def logs_in(self, secret: str | None = None, verb: str = "LoginTarget") -> str:
        target = self.fleet.array("eva01").ports[0].target_name
        proof = f"win1 {secret} 1" if secret else "* * *"
        return self.types(f"iscsicli {verb} {target} T {PORTAL} 3260 * * * 0x2 * * * * * {proof} * 0")

    def discovers(self, secret: str | None = None) -> None:
        self.types("sc start MSiSCSI")
        self.types(f"iscsicli QAddTargetPortal {PORTAL}{f' win1 {secret}' if secret else ''}")


@pytest.fixture
def admin(fleet: Fleet) -> Administrator:
    admin = Administrator(fleet)
    admin.discovers()
    return admin


def test_a_busy_disk_is_not_logged_out_until_it_heals(fleet: Fleet, admin: Administrator) -> None:
    fleet.host("win1").disks.unmount(fleet.array("eva01").vdisks[0].naa)
    admin.logs_in()
    (session,) = admin.now.sessions
    naa = fleet.array("eva01").vdisks[0].naa
    fleet.faults.inject("busy", "win1", naa.upper())
    assert admin.now.in_use == {naa}
    admin.types(f"iscsicli LogoutTarget {session.session_id}")
    assert len(admin.now.sessions) == 1
    fleet.faults.heal("busy", "win1", naa)
    with fleet.laws.fault():
        admin.types(f"iscsicli LogoutTarget {session.session_id}")
    assert not admin.now.sessions


def test_a_function_of_the_initiator_fails_as_often_as_said(fleet: Fleet, admin: Administrator) -> None:
    fleet.faults.inject("initiator-status", "win1", "login", "0xEFFF001F", "2")
    assert [("busy" in admin.logs_in(), len(admin.now.sessions)) for _unused in range(3)] == [
        (True, 0),
        (True, 0),
        (False, 1),
    ]
    fleet.faults.inject("initiator-status", "win1", "login", "122")
    fleet.faults.heal("initiator-status", "win1", "login", "122")
    admin.logs_in()
    assert len(admin.now.sessions) == 2


def test_a_function_may_do_its_work_and_fail_or_fail_to_and_succeed(fleet: Fleet, admin: Administrator) -> None:
    fleet.faults.inject("initiator-status", "win1", "login", "0xEFFF001F", "1", "after")
    assert "busy" in admin.logs_in()
    assert len(admin.now.sessions) == 1
    fleet.faults.inject("initiator-status", "win1", "store_login", "0")
    assert "completed successfully" in admin.logs_in(verb="PersistentLoginTarget")
    assert not admin.now.stored
    with pytest.raises(FaultError, match="before or after"):
        fleet.faults.inject("initiator-status", "win1", "login", "0", "1", "during")


def test_a_reset_ends_everything_and_comes_back(fleet: Fleet, admin: Administrator) -> None:
    admin.logs_in()
    boots = fleet.host("win1").life.boots
    fleet.faults.inject("reset", "win1")
    assert fleet.host("win1").life.boots == boots + 1
    assert not admin.now.sessions
    assert not fleet.laws.violations


def test_denied_and_over_quota(fleet: Fleet, admin: Administrator) -> None:
    for fault in ("quota", "access-denied"):
        fleet.faults.inject(fault, "win1")
        with pytest.raises(Exception, match=r"denied|maximum number of shells|concurrent shells|2150859173"):
            Administrator(fleet).types("ver")
        fleet.faults.heal(fault, "win1")
        assert "Windows" in Administrator(fleet).types("ver")


def test_a_late_answer_is_an_answer(fleet: Fleet, admin: Administrator) -> None:
    fleet.faults.inject("winrm-late", "win1", "1", "0.2")
    began = time.monotonic()
    assert "Windows" in admin.types("ver")
    assert time.monotonic() - began >= 0.2


def test_a_denied_request_is_the_one_that_was_named(fleet: Fleet) -> None:
    admin = Administrator(fleet)
    fleet.faults.inject("access-denied", "win1", "99")
    assert "Windows" in admin.types("ver")


# the array's administrator


def test_a_secret_that_changes_is_needed_from_the_next_login_on(fleet: Fleet, admin: Administrator) -> None:
    admin.logs_in()
    fleet.set_chap("win1", ChapSpec(OLD, "win1"))
    assert [session.alive for session in admin.now.sessions] == [True]
    admin.logs_in()
    assert len(admin.now.sessions) == 1
    admin.logs_in(OLD)
    assert len(admin.now.sessions) == 2
    admin.logs_in(OLD, "PersistentLoginTarget")
    assert [login.accepted for login in admin.now.stored] == [True]
    fleet.faults.inject("chap-secret", "eva01", "win1", NEW)
    assert [login.accepted for login in admin.now.stored] == [False]
    assert [session.alive for session in admin.now.sessions] == [True, True]
    fleet.faults.heal("chap-secret", "eva01", "win1", NEW)
    admin.logs_in()
    assert len(admin.now.sessions) == 3


def test_an_array_that_learns_has_no_secrets_at_the_beginning() -> None:
    with fleet_of(learns_initiators=True) as fleet:
        admin = Administrator(fleet)
        admin.discovers()
        with pytest.raises(FaultError, match="a first login without CHAP makes it"):
            fleet.faults.inject("chap-secret", "eva01", "win1", OLD)
        admin.logs_in()
        assert len(admin.now.sessions) == 1
        fleet.set_chap("win1", ChapSpec(OLD, "win1"), "eva01")
        admin.logs_in()
        assert len(admin.now.sessions) == 1


def test_a_drive_that_is_declared_is_there_after_the_login(fleet: Fleet, admin: Administrator) -> None:
    assert not fleet.host("win1").disks.volumes()
    admin.logs_in()
    (volume,) = fleet.host("win1").disks.volumes()
    assert (volume.path, volume.naa) == ("E:\\", fleet.array("eva01").vdisks[0].naa)
    assert admin.now.in_use == {volume.naa}


def test_a_cut_endpoint_refuses() -> None:
    with fleet_of() as fleet:
        fleet.faults.inject("winrm-down", "win1")
        with pytest.raises(requests.ConnectionError):
            Administrator(fleet).types("ver")
