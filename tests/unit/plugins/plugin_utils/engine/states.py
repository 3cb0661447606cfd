# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any host that the model can be in, for property tests."""

from __future__ import annotations

import typing as t
from ipaddress import IPv4Address

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Cluster, Known, Path
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Limits
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths, fresh
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import (
    SERVER_2003,
    SERVER_2012,
    Truth,
    stored,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import P6300, layout, whole

bounded = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
QUICK = Limits(devices=2)
STRAY = IPv4Address("10.10.1.99")


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    """Return a host in any state that the model can be in."""
    subnets = draw(st.integers(1, 3))
    nics = [f"10.10.{n}.11/24" for n in range(1, subnets + 1)]
    ports = [f"10.10.{n}.{end}" for n in range(1, subnets + 1) for end in range(21, 21 + draw(st.integers(1, 2)))]
    truth = fresh(nics, ports, luns=draw(st.integers(0, 2)))
    paths = all_paths(truth)
    truth.traits = draw(st.sampled_from([SERVER_2012, SERVER_2012, SERVER_2003]))
    truth.installed = truth.traits.initiator_included or draw(st.booleans())
    truth.package_brings = frozenset(
        draw(st.sampled_from([("initiator", "mpio"), ("initiator", "mpio"), ("initiator",), ("mpio",), ()]))
    )
    truth.package_starts = draw(st.booleans())
    truth.users = draw(st.sampled_from([(), (), (), ("FILES01\\anna",)]))
    truth.cluster = draw(st.sampled_from([truth.cluster, truth.cluster, Cluster(True, Known(("SQL",)))]))
    truth.start_mode = draw(st.sampled_from(["Auto", "Manual", "Auto", "Disabled"]))
    truth.feature = draw(st.sampled_from(["absent", "pending", "loaded", "loaded"]))
    truth.other_dsms = draw(st.sampled_from([(), (), (), ("IBM SDDDSM",)]))
    truth.claims = draw(st.sampled_from([[], [P6300], [P6300]]))
    truth.loaded_claims = list(draw(st.sampled_from([[], truth.claims, truth.claims])))
    for name in ("feature_needs_reboot", "claim_needs_reboot", "claim_works_before_reboot", "stale_discovery"):
        setattr(truth, name, draw(st.booleans()))
    truth.store_logs_in = draw(st.booleans())
    truth.device_delay = draw(st.sampled_from([0.0, 0.0, 1.0]))
    truth.discovery = [(path.portal, path.nic) for path in draw(st.lists(st.sampled_from(paths), unique=True))]
    truth.logins = [
        stored(truth, path, multipath=draw(st.booleans()) or draw(st.booleans()), informational=False)
        for path in draw(st.lists(st.sampled_from(paths), max_size=3))
    ]
    if not truth.installed:
        truth.start_mode, truth.logins, truth.discovery = "Manual", [], []
    for lun in truth.arrays[0].luns:
        lun.presented = draw(st.sampled_from([True, True, True, False]))
        lun.alua = draw(st.booleans())
    if truth.start_mode == "Auto" and draw(st.booleans()):
        truth.running = True
        for portal, nic in truth.discovery:
            truth.discover(portal, nic)
        for path in draw(st.lists(st.sampled_from(paths), max_size=3, unique=True)):
            truth.log_in(path)
        if draw(st.sampled_from([False] * 5 + [True])):
            truth.log_in(Path(STRAY, paths[0].portal, paths[0].target))
        for session in truth.sessions:
            session.connected = draw(st.sampled_from([True] * 5 + [False]))
            session.tells_nic = draw(st.sampled_from([True] * 7 + [False]))
    truth.down = {(path.nic, path.portal) for path in draw(st.lists(st.sampled_from(paths), max_size=2))}
    truth.rest()
    return truth


def wish_for(truth: Truth, **other: t.Any) -> Desired:
    nics = [str(interface.ip) for interface in truth.interfaces]
    ports = [str(path.portal.address) for path in all_paths(truth)]
    return whole(layout(nics, ports), **other)
