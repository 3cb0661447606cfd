# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks whose DSM tells Windows no policy and no states of paths: captured of a vendor's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.paths import join
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.renewal import missing_beside
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.usage import shown_disks
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    DiskPath,
    Host,
    Known,
    Policy,
    ScsiAddress,
    value_of,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.proof import Proofs, prove_host
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged, under_hps
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import HP, layout


def proofs(host: Host) -> Proofs:
    return prove_host(replace(layout(), owner=HP), None, host)


def disconnected(host: Host, number: int = 0) -> Host:
    """The host with a session that has lost its connection, while MPIO still lists its paths."""
    sessions = list(value_of(host.sessions))
    sessions[number] = replace(sessions[number], connections=())
    return replace(host, sessions=Known(tuple(sessions)))


def test_r_09_paths_that_mpio_lists_over_working_sessions_work() -> None:
    verdict = proofs(under_hps().host())
    assert [(lun.working, lun.proven) for lun in verdict.luns] == [(4, True), (4, True)]
    assert verdict.proven
    (note,) = (finding for finding in verdict.findings if "the states of its paths" in finding.text)
    assert note.where == "array eva01"


def test_a_path_whose_session_has_no_connection_does_not_work() -> None:
    verdict = proofs(disconnected(under_hps().host()))
    lun = verdict.luns[0]
    assert (lun.working, lun.proven) == (3, False)
    assert "the path at port 4 bus 0 target 1 does not work: its session fffffa80-1 has no connection" in lun.reasons


def test_a_path_that_no_session_explains_is_not_counted_and_not_complained_of() -> None:
    host = under_hps().host()
    fibre_channel = DiskPath(0x77050000, ScsiAddress(5, 0, 0, 1), None, None, None, None)
    disks = tuple(replace(disk, paths=(*disk.paths, fibre_channel)) for disk in value_of(host.disks))
    verdict = proofs(replace(host, disks=Known(disks)))
    assert [(lun.working, lun.proven, lun.notes) for lun in verdict.luns] == [(4, True, ())] * 2


@pytest.mark.parametrize("policy", [Policy.ROUND_ROBIN, None])
def test_under_microsofts_dsm_an_untold_state_stays_unknown(policy: Policy | None) -> None:
    host = converged().host()
    disk = value_of(host.disks)[0]
    blank = replace(disk, policy=policy, paths=tuple(replace(path, state=None) for path in disk.paths))
    assert not any(path.working for path in join(blank, value_of(host.sessions)))
    verdict = prove_host(layout(), None, replace(host, disks=Known((blank,))))
    assert "it is not known whether the path at port 4 bus 0 target 1 works" in verdict.luns[0].reasons


def test_what_a_session_carries_is_told_by_the_session() -> None:
    host = under_hps().host()
    sessions, disks = value_of(host.sessions), value_of(host.disks)
    assert [len(disk.carriers(sessions)) for disk in shown_disks(sessions, sessions, disks)] == [4, 4]
    broken = value_of(disconnected(host).sessions)
    assert [len(disk.carriers(broken)) for disk in shown_disks(broken, broken, disks)] == [3, 3]


def test_a_successor_shows_the_disks_of_its_predecessor() -> None:
    host = under_hps().host()
    sessions, disks = value_of(host.sessions), value_of(host.disks)
    assert missing_beside(sessions[0], sessions[1:2], disks) == ()
    broken = value_of(disconnected(host, 1).sessions)
    assert len(missing_beside(broken[0], broken[1:2], disks)) == 2
