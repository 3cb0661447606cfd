# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change of DSM says to a node of a failover cluster that owns groups."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Cluster, ClusterNode, Known
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.changing import (
    HP,
    MICROSOFT,
    change_to,
    node,
    under,
)


@pytest.mark.parametrize(
    ("other", "cure"),
    [
        ("up", "pause this node and move them to another one"),
        ("down", "no other node is up to take them: mend that first"),
        ("paused", "no other node is up to take them: mend that first"),
    ],
)
def test_a_node_with_groups_is_told_once_what_to_do(other: str, cure: str) -> None:
    host = under(MICROSOFT).host()
    here = ClusterNode(host.os.name.upper(), "up")
    host = replace(host, cluster=Known(Cluster(True, Known(("SQL",)), Known((here, node(other))))))
    (finding,) = plan_host(change_to(HP), host).of(Severity.REFUSAL)
    assert cure in finding.text
    assert other == "up" or f"node2 is {other}" in finding.text
    assert "reboot_despite" not in finding.text
