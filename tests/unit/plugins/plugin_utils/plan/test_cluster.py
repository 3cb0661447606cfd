# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nodes of a cluster held against each other."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT, DsmKind, Owner
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Cluster,
    ClusterNode,
    Dsm,
    Host,
    HpLunPolicy,
    HpPolicy,
    Known,
    Part,
    Policy,
    Unknown,
    value_of,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.cluster import (
    Comparison,
    NodeDisk,
    NodeState,
    compare_nodes,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity
from ansible_collections.eva.mpio.plugins.plugin_utils._report.cluster import node_row
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged

LABEL = "round_robin_with_subset"
DSM = Dsm("Microsoft DSM", "6.3.9600.16384")
PAIR = (("FILES01", "up"), ("FILES02", "up"))


def here(nodes: tuple[tuple[str, str], ...] = PAIR, **parts: t.Any) -> Host:
    """A node of a cluster that is as it shall be."""
    host = converged().host()
    disks = Known(tuple(replace(disk, policy=Policy.ROUND_ROBIN_WITH_SUBSET) for disk in value_of(host.disks)))
    cluster = Cluster(True, Known(()), Known(tuple(ClusterNode(*node) for node in nodes)))
    system = replace(host.os, name="files01")
    return replace(host, **{"os": system, "disks": disks, "dsms": Known((DSM,)), "cluster": Known(cluster), **parts})


def wwns(host: Host) -> tuple[str, ...]:
    return tuple(disk.wwn for disk in value_of(host.disks))


def there(name: str = "FILES02", **parts: t.Any) -> NodeState:
    """Another node that is the same."""
    disks = {wwn: NodeDisk("Microsoft DSM", LABEL) for wwn in wwns(here())}
    return replace(NodeState(name, Known((DSM,)), Known(disks)), **parts)


def compare(host: Host, *nodes: NodeState, owner: Owner = MICROSOFT) -> Comparison:
    shared = () if isinstance(host.disks, Unknown) else wwns(host)
    return compare_nodes(owner, shared, host, nodes)


def problems(comparison: Comparison) -> list[str]:
    return [str(item) for item in comparison.findings if item.severity is Severity.PROBLEM]


def test_equal_nodes() -> None:
    comparison = compare(here(), there())
    assert comparison.findings == ()
    assert len(wwns(here())) > 0
    assert [node_row(node) for node in comparison.nodes] == [
        {"name": "FILES02", "luns": list(wwns(here())), "equal": True, "differences": []}
    ]


def test_this_node_may_be_among_them() -> None:
    comparison = compare(here(), there("FILES01", dsms=Known(())), there())
    assert [node.name for node in comparison.nodes] == ["FILES02"]
    assert comparison.findings == ()


def test_another_version() -> None:
    (text,) = problems(compare(here(), there(dsms=Known((Dsm("Microsoft DSM", "6.3.9600.1"),)))))
    assert text.startswith(
        "node FILES02: it has Microsoft DSM 6.3.9600.1, this host Microsoft DSM 6.3.9600.16384; all nodes"
    )


def test_other_dsms_do_not_matter() -> None:
    assert problems(compare(here(), there(dsms=Known((DSM, Dsm("IBM SDDDSM", "2.4")))))) == []


def test_hps_dsm() -> None:
    host = here(dsms=Known((Dsm("HP EVA DSM", "4.4.0.0"), DSM)))
    owner = Owner(DsmKind.HP)
    node = there(dsms=Known((Dsm("HP EVA DSM", "4.3.0.0"), DSM)))
    assert problems(compare(host, node, owner=owner))[0].startswith("node FILES02: it has HP EVA DSM 4.3.0.0, this")
    assert problems(compare(host, there(), owner=owner))[0].startswith("node FILES02: it has no HP MPIO Full Featured")


def with_disk(**other: t.Any) -> NodeState:
    """A node whose first disk is different."""
    disks = dict(value_of(there().disks))
    first = wwns(here())[0]
    disks[first] = replace(disks[first], **other)
    return there(disks=Known(disks))


def test_another_policy() -> None:
    comparison = compare(here(), with_disk(policy="failover_only"))
    (text,) = problems(comparison)
    assert text.startswith(
        f"LUN {wwns(here())[0]}: its policy is failover_only on node FILES02 and {LABEL} on this host"
    )
    (row,) = (node_row(node) for node in comparison.nodes)
    assert (row["equal"], row["differences"]) == (False, problems(comparison))


def test_another_owner() -> None:
    (text,) = problems(compare(here(), with_disk(dsm="HP EVA DSM")))
    assert text.endswith("it is a disk of DSM HP EVA DSM on node FILES02 and of DSM Microsoft DSM on this host")


def test_a_policy_that_is_not_known() -> None:
    (text,) = problems(compare(here(), with_disk(policy=None)))
    assert text.endswith("its policy is not known on node FILES02, so it is not known whether the nodes agree")
    unknown = tuple(replace(disk, policy=None) for disk in value_of(here().disks)[:1])
    (text,) = problems(compare(here(disks=Known(unknown)), there()))
    assert "its policy is not known on this host" in text


HP = Owner(DsmKind.HP)
HP_DSM = Dsm("HP EVA DSM", "4.3.0.0")
RR, SQST = HpPolicy.ROUND_ROBIN, HpPolicy.SHORTEST_QUEUE_SERVICE_TIME


def hp_here(told: Part[tuple[HpLunPolicy, ...]]) -> Host:
    """This node with its LUNs under HP's DSM."""
    disks = (replace(disk, policy=Policy.VENDOR_SPECIFIC, dsm=HP_DSM.name) for disk in value_of(here().disks))
    return here(disks=Known(tuple(disks)), dsms=Known((HP_DSM,)), hp_policies=told)


def hp_there(told: Part[Mapping[str, str]] | None) -> NodeState:
    """The other node likewise."""
    disks = {wwn: NodeDisk(HP_DSM.name, "vendor_specific") for wwn in wwns(here())}
    return there(disks=Known(disks), dsms=Known((HP_DSM,)), hp_policies=told)


def all_have(policy: HpPolicy) -> Part[tuple[HpLunPolicy, ...]]:
    return Known(tuple(HpLunPolicy(wwn, policy) for wwn in wwns(here())))


def test_policies_of_hps_dsm() -> None:
    first, second = wwns(here())
    host = hp_here(all_have(SQST))
    same = Known({first: "sqst", second: "sqst"})
    assert problems(compare(host, hp_there(same), owner=HP)) == []
    assert problems(compare(host, hp_there(None), owner=HP)) == []
    other, unknown = problems(compare(host, hp_there(Known({first: "rr"})), owner=HP))
    assert other.startswith(f"LUN {first}: its policy is rr on node FILES02 and sqst on this host; set the same")
    assert unknown.startswith(f"LUN {second}: its policy is not known on node FILES02, so")
    (text,) = problems(compare(hp_here(Known((HpLunPolicy(first, SQST),))), hp_there(same), owner=HP))
    assert text.startswith(f"LUN {second}: its policy is not known on this host, so")


def test_policies_of_hps_dsm_that_are_not_known() -> None:
    told: Part[Mapping[str, str]] = Known(dict.fromkeys(wwns(here()), "rr"))
    (text,) = problems(compare(hp_here(Unknown("denied")), hp_there(told), owner=HP))
    assert text.startswith("node FILES02: its policies of HP's DSM cannot be compared, because those of this host are")
    (text,) = problems(compare(hp_here(all_have(RR)), hp_there(Unknown("denied")), owner=HP))
    assert text == "node FILES02: its policies of HP's DSM are not known: denied"


def test_a_lun_that_the_other_does_not_see() -> None:
    comparison = compare(here(), there(disks=Known({})))
    assert problems(comparison) == []
    (note,) = comparison.findings
    assert str(note).startswith("node FILES02: it does not see LUNs that this host sees: ")
    assert comparison.nodes[0].luns == ()


@pytest.mark.parametrize(
    ("host", "node", "text"),
    [
        (here(), there(dsms=Unknown("denied")), "node FILES02: its DSMs are not known, so nothing is compared: denied"),
        (
            here(),
            there(disks=Unknown("denied")),
            "node FILES02: its disks are not known, so nothing is compared: denied",
        ),
        (here(dsms=Unknown("denied")), there(), "node FILES02: its DSM cannot be compared, because that of this host"),
        (here(disks=Unknown("denied")), there(), "node FILES02: its disks cannot be compared, because those of this"),
        (here(cluster=Unknown("denied")), there(), "cluster_nodes: whether every node was compared is not known: "),
        (
            here(cluster=Known(Cluster(True, Known(()), Unknown("denied")))),
            there(),
            "cluster_nodes: whether every node was compared is not known: denied",
        ),
        (
            here(cluster=Known(Cluster(False, Known(())))),
            there(),
            "cluster_nodes: the cluster service does not run on this host",
        ),
    ],
)
def test_unknown_is_not_equal(host: Host, node: NodeState, text: str) -> None:
    (problem,) = problems(compare(host, node))
    assert problem.startswith(text)


def test_nodes_that_were_not_read_and_such_as_are_none() -> None:
    trio = (*PAIR, ("FILES03", "down"))
    missing, strange = problems(compare(here(trio), there(), there("DB01")))
    assert missing.startswith(
        "cluster_nodes: nodes of this cluster that it does not hold were not compared: FILES03 (down)"
    )
    assert strange == "cluster_nodes: no nodes of this cluster: DB01; its nodes are FILES01, FILES02, FILES03"
