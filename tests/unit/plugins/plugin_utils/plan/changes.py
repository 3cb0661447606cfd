# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts whose DSM is to be changed, and what a plan refuses of it."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Cluster,
    ClusterNode,
    Host,
    Known,
    value_of,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Plan, Severity
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.changing import (
    HP,
    change_to,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth

ME = ClusterNode("node1", "up")


def plan_of(host: Host, wish: Desired | None = None) -> Plan:
    return plan_host(wish or change_to(HP), host)


def refused(host: Host, wish: Desired | None = None) -> str:
    """What refuses, as one text; a plan with it has no step."""
    plan = plan_of(host, wish)
    assert plan.steps == ()
    return " | ".join(str(finding) for finding in plan.of(Severity.REFUSAL))


def with_use(host: Host, **other: t.Any) -> Host:
    """Change what Windows tells of the use of each disk."""
    return replace(host, disk_use=Known(tuple(replace(use, **other) for use in value_of(host.disk_use))))


def with_cluster(host: Host, *others: ClusterNode, groups: tuple[str, ...] = ()) -> Host:
    return replace(host, cluster=Known(Cluster(True, Known(groups), Known((ME, *others)))))


def refused_or_nothing(host: Host, wish: Desired) -> str:
    return " | ".join(str(finding) for finding in plan_of(host, wish).of(Severity.REFUSAL))


def noted(truth: Truth) -> Host:
    truth.taken_offline = [lun.wwn for lun in truth.arrays[0].luns]
    truth.offline = set(truth.taken_offline)
    return truth.host()
