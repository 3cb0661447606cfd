# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes of a cluster as ``host_info`` returned them elsewhere."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Dsm, Known, Unknown
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.cluster import NodeDisk, NodeState
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, cluster_nodes
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wish.reading import WWN, raised

DISK: dict[str, t.Any] = {"wwn": WWN.lower(), "dsm": "Microsoft DSM", "policy": "round_robin", "number": 0}
NODE: dict[str, t.Any] = {
    "os": {"name": "FILES02"},
    "dsms": [{"name": "Microsoft DSM", "version": "6.3.9600.0"}],
    "disks": [DISK],
    "unknown": {},
}


def test_a_node() -> None:
    faults = Faults()
    (node,) = cluster_nodes([NODE], faults)
    faults.check()
    assert node == NodeState(
        "FILES02",
        Known((Dsm("Microsoft DSM", "6.3.9600.0"),)),
        Known({WWN: NodeDisk("Microsoft DSM", "round_robin")}),
    )


def test_what_was_unknown_there_is_unknown_here() -> None:
    faults = Faults()
    unread = {**NODE, "dsms": None, "disks": [{**DISK, "policy": None}], "unknown": {"dsms": "access denied"}}
    (node,) = cluster_nodes([unread], faults)
    faults.check()
    assert node.dsms == Unknown("access denied")
    assert node.disks == Known({WWN: NodeDisk("Microsoft DSM", None)})


def test_policies_of_hps_dsm_are_read_where_they_are_asked_for() -> None:
    told = {**NODE, "hp_policies": [{"wwn": WWN.lower(), "policy": "sqst"}]}
    untold = {**NODE, "hp_policies": None, "unknown": {"hp_policies": "no public command"}}
    faults = Faults()
    found = [cluster_nodes([node], faults, hp_policies=True)[0].hp_policies for node in (told, untold)]
    faults.check()
    assert found == [Known({WWN: "sqst"}), Unknown("no public command")]
    assert cluster_nodes([told], faults)[0].hp_policies is None


def without(key: str) -> dict[str, t.Any]:
    return {name: value for name, value in NODE.items() if name != key}


BAD_NODES: dict[str, tuple[dict[str, t.Any], str]] = {
    "result-instead-of-host": ({"host": NODE, "changed": False}, "cluster_nodes[0]: it has no os.name; what"),
    "no-name": ({**NODE, "os": None}, "cluster_nodes[0]: it has no os.name; what"),
    "no-dsms": (without("dsms"), "cluster_nodes[0]: it has no dsms; what eva.mpio.host_info returns as host is needed"),
    "no-disks": (without("disks"), "cluster_nodes[0]: it has no disks; what eva.mpio.host_info returns as host is"),
    "text": ({**NODE, "disks": "none"}, "cluster_nodes[0].disks: it is no list of mappings; what"),
    "texts": ({**NODE, "dsms": ["Microsoft DSM"]}, "cluster_nodes[0].dsms: it is no list of mappings; what"),
    "no-policy": (
        {**NODE, "disks": [{"wwn": WWN, "dsm": "x"}]},
        "cluster_nodes[0].disks: an entry has no policy; what",
    ),
}


@pytest.mark.parametrize(("given", "text"), BAD_NODES.values(), ids=BAD_NODES.keys())
def test_what_no_node_is(given: dict[str, t.Any], text: str) -> None:
    faults = Faults()
    cluster_nodes([given], faults)
    (fault,) = raised(faults)
    assert fault.startswith(text)


def test_a_node_that_is_given_twice() -> None:
    faults = Faults()
    cluster_nodes([NODE, {**NODE, "os": {"name": "files02"}}], faults)
    assert raised(faults) == ("cluster_nodes: node files02 is given 2 times",)
