# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nodes of a failover cluster held against each other: the same DSM, the same policies. Private to the collection.

HP wants one version of its DSM with the same settings on every node (installation and reference guide of the DSM,
4.02), and Windows the same multipath software (failover cluster requirements): a group that moves would otherwise find
other paths than it left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .._judge.dsms import Owner
from .._model import Dsm, Host, MpioDisk, NotKnown, Part, Unknown, same_name, value_of
from .hp_policies import told_policies
from .plan import Finding, Severity, Side


@dataclass(frozen=True)
class NodeDisk:
    """A disk of another node, as far as it is compared."""

    dsm: str
    policy: str | None
    """By the name that options use; None where that node did not know it."""


@dataclass(frozen=True)
class NodeState:
    """What ``host_info`` returned on another node."""

    name: str
    """Its computer name."""
    dsms: Part[tuple[Dsm, ...]]
    disks: Part[Mapping[str, NodeDisk]]
    """MPIO disks by WWN."""
    hp_policies: Part[Mapping[str, str]] | None = None
    """Policies of HP's DSM by WWN, by the names that options use; None where they are not compared."""


@dataclass(frozen=True)
class NodeVerdict:
    """How another node compares with this one."""

    name: str
    luns: tuple[str, ...]
    """WWNs of the LUNs that both see."""
    differences: tuple[Finding, ...]


@dataclass(frozen=True)
class Comparison:
    """This node held against the others."""

    nodes: tuple[NodeVerdict, ...]
    membership: tuple[Finding, ...]
    """What keeps it from being a comparison of the whole cluster."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything there is to say."""
        return (*self.membership, *(finding for node in self.nodes for finding in node.differences))


def compare_nodes(owner: Owner, wwns: Sequence[str], host: Host, nodes: Sequence[NodeState]) -> Comparison:
    """Compare this node with the others of its cluster.

    Args:
        owner: The DSM that shall own the disks of the declared arrays.
        wwns: The visible LUNs of those arrays.
        host: What was read of this node.
        nodes: The others. This node may be among them and is left out.
    """
    others = [node for node in nodes if not same_name(node.name, host.os.name)]
    return Comparison(
        tuple(_compare(owner, wwns, host, node) for node in others),
        tuple(_membership(host, [node.name for node in others])),
    )


def _membership(host: Host, given: Sequence[str]) -> Iterator[Finding]:
    """Say which nodes were not compared, and which are no nodes of this cluster."""
    try:
        cluster = value_of(host.cluster)
        nodes = value_of(cluster.nodes)
    except NotKnown as error:
        yield _problem("cluster_nodes", f"whether every node was compared is not known: {error}")
        return
    if not cluster.member:
        yield _problem(
            "cluster_nodes",
            "the cluster service does not run on this host, so nothing tells which nodes there are; start it, or leave"
            " cluster_nodes away on a host that is no node of a cluster",
        )
        return
    missing = [
        f"{node.name} ({node.state})"
        for node in nodes
        if not same_name(node.name, host.os.name) and not any(same_name(node.name, name) for name in given)
    ]
    if missing:
        yield _problem(
            "cluster_nodes",
            f"nodes of this cluster that it does not hold were not compared: {', '.join(missing)}; add what"
            " eva.mpio.host_info returns there as host",
        )
    strange = [name for name in given if not any(same_name(name, node.name) for node in nodes)]
    if strange:
        known = ", ".join(node.name for node in nodes)
        yield _problem("cluster_nodes", f"no nodes of this cluster: {', '.join(strange)}; its nodes are {known}")


def _compare(owner: Owner, wwns: Sequence[str], host: Host, node: NodeState) -> NodeVerdict:
    where = f"node {node.name}"
    findings = list(_compare_dsms(owner, host, node, where))
    shared: tuple[str, ...] = ()
    try:
        here = {disk.wwn: disk for disk in value_of(host.disks)}
    except NotKnown as error:
        findings.append(
            _problem(where, f"its disks cannot be compared, because those of this host are unknown: {error}")
        )
        return NodeVerdict(node.name, shared, tuple(findings))
    if isinstance(node.disks, Unknown):
        findings.append(_problem(where, f"its disks are not known, so nothing is compared: {node.disks.reason}"))
        return NodeVerdict(node.name, shared, tuple(findings))
    there = node.disks.value
    shared = tuple(wwn for wwn in wwns if wwn in here and wwn in there)
    for wwn in shared:
        findings += _compare_disk(here[wwn], there[wwn], node.name)
    ours = [wwn for wwn in shared if owner.is_it(here[wwn].dsm) and owner.is_it(there[wwn].dsm)]
    if node.hp_policies is not None and not owner.microsoft and ours:
        findings += _compare_hp_policies(ours, host, node.name, node.hp_policies)
    unseen = [wwn for wwn in wwns if wwn in here and wwn not in there]
    if unseen:
        findings.append(
            Finding(Severity.NOTE, Side.ARRAY, where, f"it does not see LUNs that this host sees: {', '.join(unseen)}")
        )
    return NodeVerdict(node.name, shared, tuple(findings))


def _compare_dsms(owner: Owner, host: Host, node: NodeState, where: str) -> Iterator[Finding]:
    try:
        here = _versions(owner, value_of(host.dsms))
    except NotKnown as error:
        yield _problem(where, f"its DSM cannot be compared, because that of this host is unknown: {error}")
        return
    if isinstance(node.dsms, Unknown):
        yield _problem(where, f"its DSMs are not known, so nothing is compared: {node.dsms.reason}")
        return
    there = _versions(owner, node.dsms.value)
    if here != there:
        yield _problem(
            where,
            f"it has {_listed(there, owner)}, this host {_listed(here, owner)}; all nodes of a cluster need the same"
            " DSM in the same version",
        )


def _versions(owner: Owner, dsms: Sequence[Dsm]) -> list[tuple[str, str]]:
    return sorted((dsm.name, dsm.version) for dsm in dsms if owner.is_it(dsm.name))


def _listed(versions: Sequence[tuple[str, str]], owner: Owner) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions) or f"no {owner.label}"


def _compare_disk(here: MpioDisk, there: NodeDisk, node: str) -> Iterator[Finding]:
    if not same_name(here.dsm, there.dsm):
        yield _problem(
            f"LUN {here.wwn}", f"it is a disk of DSM {there.dsm} on node {node} and of DSM {here.dsm} on this host"
        )
        return
    if here.policy is None or there.policy is None:
        yield _unknown_policy(here.wwn, f"node {node}" if there.policy is None else "this host")
    elif here.policy.label != there.policy:
        yield _other_policy(here.wwn, there.policy, node, here.policy.label)


def _compare_hp_policies(
    wwns: Sequence[str], host: Host, node: str, there: Part[Mapping[str, str]]
) -> Iterator[Finding]:
    try:
        here = told_policies(host)
    except NotKnown as error:
        text = f"its policies of HP's DSM cannot be compared, because those of this host are unknown: {error}"
        yield _problem(f"node {node}", text)
        return
    if isinstance(there, Unknown):
        yield _problem(f"node {node}", f"its policies of HP's DSM are not known: {there.reason}")
        return
    for wwn in wwns:
        ours, theirs = here.get(wwn), there.value.get(wwn)
        if ours is None or theirs is None:
            yield _unknown_policy(wwn, f"node {node}" if theirs is None else "this host")
        elif ours.label != theirs:
            yield _other_policy(wwn, theirs, node, ours.label)


def _unknown_policy(wwn: str, where: str) -> Finding:
    return _problem(f"LUN {wwn}", f"its policy is not known on {where}, so it is not known whether the nodes agree")


def _other_policy(wwn: str, there: str, node: str, here: str) -> Finding:
    text = f"its policy is {there} on node {node} and {here} on this host; set the same on all nodes"
    return _problem(f"LUN {wwn}", text)


def _problem(where: str, text: str) -> Finding:
    return Finding(Severity.PROBLEM, Side.HOST, where, text)
