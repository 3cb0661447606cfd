# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judgements on sessions that are to be made again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.paths import login_faults, same_credentials
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.renewal import (
    is_only,
    missing_beside,
    session_faults,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.settling import misfit, unsettled
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Authentication,
    Chap,
    Connection,
    ConnectionState,
    Digests,
    Known,
    PathState,
    Session,
    SessionId,
    value_of,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths, converged, portal
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import stored

CHAP = Chap("host1", "secretsecret1")
MUTUAL = replace(CHAP, mutual=True)
PATH = all_paths(converged())[0]
HERE = Connection(PATH.nic, PATH.portal, ConnectionState.FULL)
ON, OFF = Digests(True, True), Digests(False, False)


def session(**changes: object) -> Session:
    connection = replace(HERE, **changes)  # type: ignore[arg-type]
    return Session(SessionId(1, 1), PATH.target, (connection,), ())


@pytest.mark.parametrize(
    ("actual", "chap", "faults"),
    [
        (None, None, ()),
        (None, CHAP, ()),
        (Authentication.NONE, None, ()),
        (Authentication.NONE, CHAP, ("its authentication is none",)),
        (Authentication.CHAP, CHAP, ()),
        (Authentication.CHAP, MUTUAL, ("its authentication is chap",)),
        (Authentication.MUTUAL_CHAP, CHAP, ("its authentication is mutual_chap",)),
        (Authentication.MUTUAL_CHAP, None, ("its authentication is mutual_chap",)),
    ],
)
def test_the_authentication_of_a_session(
    actual: Authentication | None, chap: Chap | None, faults: tuple[str, ...]
) -> None:
    assert session_faults(session(authentication=actual), chap, Digests()) == faults


@pytest.mark.parametrize(
    ("actual", "wanted", "faults"),
    [
        (ON, Digests(), ()),
        (Digests(), ON, ()),
        (OFF, ON, ("its header digest is off instead of on", "its data digest is off instead of on")),
        (ON, Digests(header=False), ("its header digest is on instead of off",)),
        (ON, ON, ()),
    ],
)
def test_the_digests_of_a_session(actual: Digests, wanted: Digests, faults: tuple[str, ...]) -> None:
    assert session_faults(session(digests=actual), None, wanted) == faults


@pytest.mark.parametrize(
    ("actual", "wanted", "count"),
    [(Digests(), ON, 2), (Digests(), OFF, 0), (ON, Digests(), 0), (ON, ON, 0), (ON, OFF, 2), (OFF, ON, 2)],
)
def test_what_a_stored_login_does_not_specify_is_off(actual: Digests, wanted: Digests, count: int) -> None:
    login = stored(converged(), PATH, digests=actual)
    assert len(login_faults(login, None, wanted)) == count


@pytest.mark.parametrize(
    ("login_user", "same"), [("host1", True), (None, True), ("host2", False), ("HOST1", False), ("", False)]
)
def test_the_chap_name_of_a_stored_login(login_user: str | None, same: bool) -> None:
    login = replace(stored(converged(), PATH, CHAP), user=login_user)
    assert same_credentials(login, CHAP) is same
    assert (login_faults(login, CHAP) == ()) is same


def test_a_name_without_chap_means_nothing() -> None:
    login = replace(stored(converged(), PATH), user="host1")
    assert login_faults(login, None) == ()


def test_a_session_over_another_path_too_is_not_only_this_one() -> None:
    assert is_only(session(), PATH)
    assert is_only(replace(session(), target=PATH.target.upper()), PATH)
    assert not is_only(replace(session(), connections=(HERE, replace(HERE, remote=portal("10.10.1.22")))), PATH)
    assert not is_only(session(local=None), PATH)


def test_a_session_may_go_when_another_shows_its_luns_on_working_paths() -> None:
    truth = converged()
    truth.log_in(PATH)
    host = truth.host()
    sessions, disks = value_of(host.sessions), value_of(host.disks)
    old, new = sessions[0], sessions[-1]
    wwns = tuple(f"LUN {disk.wwn}" for disk in disks)
    assert missing_beside(old, [new], disks) == ()
    assert missing_beside(old, [], disks) == wwns
    assert missing_beside(old, [replace(new, devices=())], disks) == wwns
    assert missing_beside(replace(old, devices=()), [], disks) == ()
    failed = tuple(
        replace(
            disk,
            paths=tuple(
                replace(one, state=PathState.FAILED) if one.address.target == new.id.session else one
                for one in disk.paths
            ),
        )
        for disk in disks
    )
    assert missing_beside(old, [new], failed) == wwns
    assert missing_beside(old, [new], ()) == tuple(f"the disk at {device.address}" for device in old.disks)
    # The old session's own path says nothing of its successor.
    assert missing_beside(old, [new], disks[:1]) != ()


def test_a_login_that_was_granted_otherwise_is_found_only_beside_another() -> None:
    truth = converged()
    known = truth.host()
    new = truth.log_in(PATH)
    host = truth.host()
    found = misfit(known, host, PATH, None, ON)
    assert found is not None
    assert (found[0].id, len(found[1])) == (new.id, 2)
    assert misfit(known, host, PATH, None, Digests()) is None
    assert misfit(known, host, all_paths(truth)[1], None, ON) is None
    alone = replace(known, sessions=Known(()))
    assert misfit(alone, host, PATH, None, ON) is None


def test_a_successor_is_awaited_until_mpio_has_its_paths() -> None:
    truth = converged()
    known = truth.host()
    new = truth.log_in(PATH)
    host = truth.host()
    portals = frozenset({PATH.portal})
    assert not unsettled(host, known, portals, MICROSOFT)
    late = tuple(
        replace(disk, paths=tuple(one for one in disk.paths if one.address.target != new.id.session))
        for disk in value_of(host.disks)
    )
    assert unsettled(replace(host, disks=Known(late)), known, portals, MICROSOFT)
