# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proof of redundancy for every declared LUN."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ReadAction
from ansible_collections.eva.mpio.plugins.plugin_utils._model import NOT_READ, Host
from ansible_collections.eva.mpio.plugins.plugin_utils._options import (
    DSM,
    HP_POLICIES,
    LAYOUT,
    POLICIES,
    RELEASE,
    ArgumentSpec,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.cluster import NodeState, NodeVerdict, compare_nodes
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import parts_needed
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.proof import prove_host, shows_disks_outside
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.rivals import beside_microsofts
from ansible_collections.eva.mpio.plugins.plugin_utils._report.cluster import node_row
from ansible_collections.eva.mpio.plugins.plugin_utils._report.plan import finding_row, sentence
from ansible_collections.eva.mpio.plugins.plugin_utils._report.proof import proof_row
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import (
    Faults,
    check_policies,
    cluster_nodes,
    hp_policies,
    layout,
    policies,
)

ARGUMENT_SPEC: ArgumentSpec = {
    **LAYOUT,
    **DSM,
    **POLICIES,
    **HP_POLICIES,
    "cluster_nodes": {"type": "list", "elements": "dict", "default": []},
    **RELEASE,
}


class ActionModule(ReadAction):
    """Fails unless redundancy is proven."""

    argument_spec = ARGUMENT_SPEC

    def check(self, arguments: Mapping[str, t.Any], faults: Faults) -> None:
        """Refuse a layout that cannot be."""
        self._wish(arguments, faults)
        check_policies(arguments, faults)
        self._others(arguments, faults)

    def parts(self, arguments: Mapping[str, t.Any]) -> frozenset[str]:
        """Read what the proof looks at."""
        parts = parts_needed(self._wish(arguments, Faults()))
        return parts | {"cluster", "dsms", "disks"} if arguments["cluster_nodes"] else parts

    def more(self, arguments: Mapping[str, t.Any], host: Host) -> frozenset[str]:
        """Ask for the claims where a LUN is outside MPIO: they tell whether it waits for a restart."""
        asks = host.claims == NOT_READ and shows_disks_outside(layout(arguments, Faults()), host)
        return frozenset({"claims"} if asks else ())

    def shape(self, arguments: Mapping[str, t.Any], host: Host) -> dict[str, t.Any]:
        """Return one row for each LUN, and fail with every reason against it."""
        layout_ = layout(arguments, Faults())
        hps = hp_policies(arguments, Faults())
        proofs = prove_host(layout_, policies(arguments, Faults()), host, hp_policies=hps)
        rivals = tuple(beside_microsofts(layout_.owner, host))
        nodes: tuple[NodeVerdict, ...] = ()
        findings = (*proofs.findings, *rivals)
        others = self._others(arguments, Faults())
        if others:
            comparison = compare_nodes(layout_.owner, [lun.wwn for lun in proofs.luns], host, others)
            nodes, findings = comparison.nodes, (*findings, *comparison.findings)
        against = [item for item in findings if item.severity is not Severity.NOTE]
        result: dict[str, t.Any] = {
            "proven": not against,
            "luns": [proof_row(lun) for lun in proofs.luns],
            "nodes": [node_row(node) for node in nodes],
            "findings": [finding_row(item) for item in findings],
        }
        if against:
            but = "Windows must not be restarted as it is" if rivals else "the nodes do not agree"
            what = f"redundancy is proven here, and {but}" if proofs.proven else "redundancy is not proven"
            result.update(failed=True, msg=f"{what}: {sentence(against)}")
        return result

    @staticmethod
    def _wish(arguments: Mapping[str, t.Any], faults: Faults) -> Desired:
        return Desired(
            layout=layout(arguments, faults),
            policies=policies(arguments, faults),
            hp_policies=hp_policies(arguments, faults),
            proof=True,
        )

    @staticmethod
    def _others(arguments: Mapping[str, t.Any], faults: Faults) -> tuple[NodeState, ...]:
        return cluster_nodes(arguments["cluster_nodes"], faults, hp_policies=bool(arguments["hp_policies"]))
