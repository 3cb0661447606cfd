# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the end of sessions would take from the disks that they show."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.usage import is_asked, objections, shown_disks
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Cluster,
    DiskUse,
    Host,
    Known,
    PathState,
    Session,
    Unknown,
    value_of,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged

NODE = Cluster(member=True, groups=Known(()))
ALONE = Cluster(member=False, groups=Known(()))
NUMBER = 2
"""PhysicalDrive number that the fake gives its first LUN."""
IN_USE = DiskUse(NUMBER, True, "it is online and has 2 partitions", clustered=False)
IDLE = DiskUse(NUMBER, False, "it is online and has no partition", clustered=False)


def host_with(*uses: DiskUse, cluster: Cluster = ALONE) -> Host:
    """Four paths to one LUN."""
    return replace(converged(luns=1).host(), disk_use=Known(uses), cluster=Known(cluster))


def sessions_of(host: Host) -> tuple[Session, ...]:
    return value_of(host.sessions)


def said(host: Host, going: int, floor: int) -> list[str]:
    """What is objected when the first sessions are to end."""
    sessions = sessions_of(host)
    return list(
        objections(host, sessions[:going], lambda disk: len(disk.carriers(sessions[going:])), lambda _disk: floor)
    )


NOT_TOLD = "it is not known whether anything uses it, because Windows does not tell which of its disks it is"


@pytest.mark.parametrize(
    ("uses", "going", "floor", "expected"),
    [
        ([IN_USE], 2, 2, []),
        ([IN_USE], 3, 2, ["it is online and has 2 partitions, and it would keep 1 working paths, at least 2 needed"]),
        ([IN_USE], 4, 1, ["it is online and has 2 partitions, and it would keep 0 working paths, at least 1 needed"]),
        ([IDLE], 4, 2, []),
        ([replace(IDLE, boot=True)], 1, 1, ["Windows itself starts or pages from it"]),
        ([replace(IDLE, clustered=True)], 1, 1, ["it is a disk of a failover cluster"]),
        ([replace(IN_USE, number=9)], 1, 1, [NOT_TOLD]),
    ],
    ids=["enough stays", "too few stay", "none stays", "X-06 not in use", "boot disk", "X-05 clustered", "not told"],
)  # fmt: skip
def test_what_a_disk_objects(uses: list[DiskUse], going: int, floor: int, expected: list[str]) -> None:
    host = host_with(*uses)
    (lun,) = value_of(host.disks)
    assert said(host, going, floor) == [f"LUN {lun.wwn}: {text}" for text in expected]


@pytest.mark.parametrize(
    ("clustered", "cluster", "objects"),
    [(None, NODE, True), (None, ALONE, False), (False, NODE, False), (True, ALONE, True)],
    ids=["X-22 not told on a node", "not told elsewhere", "not clustered on a node", "clustered"],
)
def test_where_windows_does_not_tell_clustered_disks_those_of_a_node_may_be(
    clustered: bool | None, cluster: Cluster, objects: bool
) -> None:
    assert bool(said(host_with(replace(IDLE, clustered=clustered), cluster=cluster), 1, 1)) is objects


@pytest.mark.parametrize("part", ["disk_use", "cluster"])
def test_what_could_not_be_read_objects(part: str) -> None:
    changes: dict[str, t.Any] = {part: Unknown("WMI is broken")}
    host = replace(host_with(replace(IDLE, clustered=None)), **changes)
    assert is_asked(host)
    assert [text for text in said(host, 1, 1) if text.endswith("WMI is broken")]


def test_nothing_that_nobody_asked_for_is_taken_for_an_answer() -> None:
    assert not is_asked(replace(converged().host(), disk_use=converged().host(parts=()).disk_use))


def test_a_failed_path_and_a_session_without_connection_carry_nothing() -> None:
    host = host_with(IN_USE)
    disk, sessions = value_of(host.disks)[0], sessions_of(host)
    failed = tuple(
        replace(path, state=PathState.FAILED) if path.address in {one.address for one in sessions[3].disks} else path
        for path in disk.paths
    )
    broken = (*sessions[:2], replace(sessions[2], connections=()), sessions[3])
    host = replace(host, disks=Known((replace(disk, paths=failed),)), sessions=Known(broken))
    assert "it would keep 0 working paths" in said(host, 2, 1)[0]


def test_a_disk_outside_mpio_is_one_of_its_session_alone() -> None:
    host = replace(host_with(), disks=Known(()))
    bare = tuple(
        replace(session, devices=tuple(replace(one, multipath=False, number=n) for one in session.devices))
        for n, session in enumerate(sessions_of(host))
    )
    uses = tuple(replace(IN_USE, number=n) for n in range(4))
    host = replace(host, sessions=Known(bare), disk_use=Known(uses))
    assert "it would keep 0 working paths" in said(host, 1, 1)[0]


def test_paths_that_no_session_shows_are_those_of_fibre_channel() -> None:
    host = host_with(IN_USE)
    sessions = sessions_of(host)
    (disk,) = shown_disks(sessions[:1], sessions, value_of(host.disks))
    assert disk.elsewhere(sessions) == frozenset()
    assert len(disk.elsewhere(sessions[:2])) == 2


def test_the_answer_does_not_depend_on_the_order_of_what_was_read() -> None:
    truth = converged()
    host = replace(truth.host(), disk_use=Known((IN_USE,)), cluster=Known(ALONE))
    truth.reordered = True
    other = replace(truth.host(), disk_use=Known((IN_USE,)), cluster=Known(ALONE))
    going = sessions_of(host)[:3]
    assert list(objections(host, going, lambda _disk: 0, lambda _disk: 2)) == list(
        objections(other, going[::-1], lambda _disk: 0, lambda _disk: 2)
    )
