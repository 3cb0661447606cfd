# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which sessions and stored logins are the halves of which path."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.paths import (
    join,
    live_halves,
    login_order,
    sessions_of_unknown_nic,
    stored_halves,
    targets_at,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Connection,
    ConnectionState,
    Session,
    SessionId,
    Target,
    TargetPortal,
    value_of,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths, converged, portal

PATH = all_paths(converged())[0]
HERE = Connection(PATH.nic, PATH.portal, ConnectionState.FULL)
ELSEWHERE = replace(HERE, remote=portal("10.10.1.22"))


def session(*connections: Connection, target: str = PATH.target) -> Session:
    return Session(SessionId(1, 1), target, connections, ())


LIVE: dict[str, tuple[Session, bool]] = {
    "S-05-the-path": (session(HERE), True),
    "S-04-other-portal": (session(ELSEWHERE), False),
    "S-06-other-nic": (session(replace(HERE, local=IPv4Address("10.10.2.11"))), False),
    "S-08-other-tcp-port": (session(replace(HERE, remote=TargetPortal(PATH.portal.address, 3261))), False),
    "S-09-no-connection": (session(), False),
    "S-10-second-connection": (session(ELSEWHERE, HERE), True),
    "N-12-target-by-prefix": (session(HERE, target=PATH.target + "0"), False),
    "N-12-prefix-of-the-target": (session(HERE, target=PATH.target[:-1]), False),
    "N-10-letter-case": (session(HERE, target=PATH.target.upper()), True),
    "unknown-nic": (session(replace(HERE, local=None)), False),
    "state-not-told": (session(replace(HERE, state=None)), True),
    "logging-in": (session(replace(HERE, state=ConnectionState.LOGIN)), False),
    "logging-out": (session(replace(HERE, state=ConnectionState.LOGOUT)), False),
}


@pytest.mark.parametrize(("one", "live"), LIVE.values(), ids=LIVE.keys())
def test_live_halves(one: Session, live: bool) -> None:
    assert live_halves([one], PATH) == ((one,) if live else ())


def test_a_session_of_unknown_nic_may_be_the_path() -> None:
    doubtful = session(replace(HERE, local=None))
    assert sessions_of_unknown_nic([session(HERE), doubtful, session(replace(ELSEWHERE, local=None))], PATH) == (
        doubtful,
    )


TRUTH = converged()
LOGIN = TRUTH.logins[0]
STORED: dict[str, tuple[dict[str, t.Any], bool]] = {
    "the-path": ({}, True),
    "letter-case": ({"target": PATH.target.upper()}, True),
    "wrong-flag-is-still-its-half": ({"multipath": False}, True),
    "F-18-any-nic": ({"port_number": None}, False),
    "port-number-of-another-nic": ({"port_number": 1}, False),
    "port-number-of-no-nic": ({"port_number": 9}, False),
    "F-17-any-portal": ({"portal": None}, False),
    "F-14-other-portal": ({"portal": portal("10.10.1.22")}, False),
    "S-08-other-tcp-port": ({"portal": portal("10.10.1.21:3261")}, False),
    "F-12-other-target": ({"target": PATH.target + "0"}, False),
}


@pytest.mark.parametrize(("change", "half"), STORED.values(), ids=STORED.keys())
def test_stored_halves(change: dict[str, t.Any], half: bool) -> None:
    login = replace(LOGIN, **change)
    found = stored_halves([login], value_of(TRUTH.host().initiator), PATH)
    assert found == ((login,) if half else ())


def test_stored_logins_have_one_order() -> None:
    logins = [
        *TRUTH.logins,
        replace(LOGIN, portal=None),
        replace(LOGIN, port_number=None),
        replace(LOGIN, multipath=False),
    ]
    backwards = logins[::-1]
    assert sorted(logins, key=login_order) == sorted(backwards, key=login_order)


def test_targets_live_where_their_record_says_or_where_they_were_found() -> None:
    here, there = portal("10.10.1.21"), portal("10.10.1.22")
    targets = [Target("iqn.a", (here,), (there,)), Target("iqn.b", (), (there,)), Target("iqn.c", (here, there), ())]
    assert targets_at(targets, here) == ("iqn.a", "iqn.c")
    assert targets_at(targets, there) == ("iqn.b", "iqn.c")


def test_a_disks_paths_are_joined_by_address_and_never_by_number() -> None:
    truth = converged()
    host = truth.host()
    disk = value_of(host.disks)[0]
    shuffled = replace(disk, paths=tuple(replace(path, id=7) for path in reversed(disk.paths)))
    joined = join(shuffled, value_of(host.sessions))
    assert [(path.nic, path.portal, path.target) for path in joined] == [
        (path.nic, path.portal, path.target) for path in reversed(all_paths(truth))
    ]
    assert [path.session for path in join(disk, ())] == [None] * 4
    assert join(disk, ())[0].nic is None
