# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a failover cluster forbids while a DSM is changed, at its beginning and in the middle of it."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import DsmKind
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    NOT_READ,
    Cluster,
    ClusterNode,
    Known,
    Traits,
    Unknown,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_before, plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.changing import (
    HP,
    MICROSOFT,
    change_to,
    node,
    under,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import SERVER_2003, Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.plan.changes import (
    ME,
    noted,
    plan_of,
    refused,
    refused_or_nothing,
    with_cluster,
    with_use,
)


def test_a_node_whose_neighbours_are_up_may_change() -> None:
    host = with_cluster(under(MICROSOFT).host(), node("up"))
    assert refused_or_nothing(host, change_to(HP)) == ""


def test_the_node_itself_may_be_paused() -> None:
    host = under(MICROSOFT).host()
    paused = Cluster(True, Known(()), Known((ClusterNode(host.os.name.upper(), "paused"), node("up"))))
    assert refused_or_nothing(replace(host, cluster=Known(paused)), change_to(HP)) == ""


def begun(kind: DsmKind, **other: t.Any) -> Truth:
    """A host whose DSM a run has begun to change: the disks are offline, every session stands still."""
    truth = under(kind, change_begun=True, **other)
    truth.start_mode = "Manual"
    if truth.traits.offline_disks:
        truth.taken_offline = {lun.wwn for lun in truth.arrays[0].luns}
        truth.offline = set(truth.taken_offline)
    return truth


CLUSTERS: dict[str, tuple[Cluster, str]] = {
    "group": (Cluster(True, Known(("SQL",)), Known((ME, node("up")))), "owns groups of its failover cluster: SQL"),
    "groups-not-known": (Cluster(True, Unknown("no class"), Known((ME, node("up")))), "which groups this node owns"),
    "other-node-down": (Cluster(True, Known(()), Known((ME, node("down")))), "node2 is down"),
    "other-node-paused": (Cluster(True, Known(()), Known((ME, node("paused")))), "node2 is paused"),
}


@pytest.mark.parametrize("name", CLUSTERS)
@pytest.mark.parametrize("traits", [Traits(), SERVER_2003], ids=["2012", "2003"])
@pytest.mark.parametrize(("before", "after"), [(MICROSOFT, HP), (HP, MICROSOFT)])
def test_while_sessions_stand_the_cluster_forbids_to_go_on(
    name: str, traits: Traits, before: DsmKind, after: DsmKind
) -> None:
    cluster, text = CLUSTERS[name]
    host = replace(begun(before, traits=traits).host(), cluster=Known(cluster))
    wish = change_to(after, reboot_despite=frozenset({"cluster"}))
    assert text in refused(host, wish)
    ways = " ".join(str(finding) for finding in plan_of(host, wish).of(Severity.PROBLEM))
    assert "run the same task again" in ways
    assert f"dsm: {before.value}" in ways
    assert plan_of(replace(host, cluster=Known(Cluster(False, Known(())))), wish).ready != ()


def test_without_a_session_a_node_that_is_down_does_not_keep_the_disks_away() -> None:
    truth = begun(MICROSOFT)
    truth.sessions = []
    cluster, _text = CLUSTERS["other-node-down"]
    assert plan_of(replace(truth.host(), cluster=Known(cluster))).ready != ()


@pytest.mark.parametrize("offline", [True, False])
def test_a_disk_of_the_cluster_that_is_online_here_stays_what_it_is(offline: bool) -> None:
    host = with_cluster(with_use(under(MICROSOFT).host(), clustered=True, offline=offline), node("up"))
    wish = change_to(HP, reboot_despite=frozenset({"cluster"}))
    assert ("a disk of the failover cluster and online here" in refused_or_nothing(host, wish)) is not offline


def test_where_windows_tells_of_no_clustered_disk_those_of_a_node_with_groups_are_not_touched() -> None:
    truth = under(MICROSOFT, change_begun=True, luns=1)
    mounted = with_use(truth.host(), clustered=None, offline=None, mounted=("E:",))
    owned, idle = (with_cluster(mounted, node("up"), groups=groups) for groups in (("SQL",), ()))
    assert not any(isinstance(item.step, s.TakeDiskOffline) for item in plan_of(owned).steps)
    assert [type(step) for step in plan_of(idle).ready] == [s.TakeDiskOffline]


def test_disks_of_the_cluster_are_left_to_the_node_that_has_them() -> None:
    host = with_cluster(with_use(under(MICROSOFT).host(), clustered=True), node("up"))
    assert not any(isinstance(item.step, s.TakeDiskOffline) for item in plan_of(host).steps)


@pytest.mark.parametrize("change", [True, False])
def test_a_noted_disk_that_has_become_the_clusters_is_left_to_it(change: bool) -> None:
    host = noted(under(MICROSOFT))
    wish = change_to(MICROSOFT, change=change)
    unasked = replace(host, disk_use=NOT_READ)
    assert "disk_use" in parts_before(wish, plan_host(wish, unasked))
    plan = plan_of(with_use(host, clustered=True), wish)
    assert [type(step) for step in plan.ready] == [s.LeaveToCluster] * 2
