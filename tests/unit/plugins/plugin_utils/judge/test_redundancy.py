# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Redundancy is proven for each LUN, or it is said why not."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.redundancy import LunProof, Terrain, prove
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    MpioDisk,
    Path,
    PathState,
    Policy,
    ScsiAddress,
    value_of,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths, converged
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, group_of

CONTROLLERS = {1: "A", 2: "B"}


def terrain(truth: Truth, **other: t.Any) -> Terrain:
    """The subnet mesh, each subnet a fabric, controllers declared by the last digit of the portal."""
    paths = tuple(all_paths(truth))
    fabrics = {interface.ip: str(interface.network) for interface in truth.interfaces}
    controllers = {path.portal: CONTROLLERS[group_of(path.portal)] for path in paths}
    values: dict[str, t.Any] = {
        "paths": paths,
        "routes": tuple((path.nic, path.portal) for path in paths),
        "unknown": 0,
        "adapter_of_nic": {interface.ip: f"card {number}" for number, interface in enumerate(truth.interfaces)},
        "fabric_of_nic": fabrics,
        "module_of_portal": {},
        "controller_of_portal": controllers,
    }
    return Terrain(**{**values, **other})


def judged(
    truth: Truth,
    where: Terrain | None = None,
    stored: t.Sequence[Path] | None = None,
    policy: Policy | None = None,
    disk: t.Callable[[MpioDisk], MpioDisk] = lambda disk: disk,
) -> LunProof:
    where = where or terrain(truth)
    host = truth.host()
    one = disk(value_of(host.disks)[0])
    return prove(one, "eva01", where, value_of(host.sessions), where.paths if stored is None else stored, policy)


def without_state(state: PathState | None, *numbers: int) -> t.Callable[[MpioDisk], MpioDisk]:
    def change(disk: MpioDisk) -> MpioDisk:
        paths = tuple(replace(path, state=state) if n in numbers else path for n, path in enumerate(disk.paths))
        return replace(disk, paths=paths)

    return change


def without_groups(disk: MpioDisk) -> MpioDisk:
    return replace(disk, paths=tuple(replace(path, target_port_group=None) for path in disk.paths))


def test_what_is_redundant_is_proven() -> None:
    truth = converged()
    proof = judged(truth, policy=Policy.ROUND_ROBIN)
    assert (proof.reasons, proof.proven) == ((), True)
    assert (proof.working, proof.wanted_paths, proof.stored) == (4, 4, 4)
    assert proof.controllers == ("A", "B")
    assert proof.fabrics == ("10.10.1.0/24", "10.10.2.0/24")
    assert [str(nic) for nic in proof.nics] == ["10.10.1.11", "10.10.2.11"]
    assert len(proof.portals) == 4


def test_b_06_three_sessions_over_one_nic_are_not_redundant() -> None:
    truth = converged(nics=["10.10.0.11/16"], portals=["10.10.1.21", "10.10.2.22", "10.10.3.21"])
    proof = judged(truth)
    assert proof.working == 3
    assert proof.reasons == (
        "every working path uses NIC 10.10.0.11: losing it loses the LUN",
        "every working path uses fabric 10.10.0.0/16: losing it loses the LUN",
    )


def test_h_13_two_nics_in_one_subnet_share_their_fabric() -> None:
    truth = converged(nics=["10.10.1.11/24", "10.10.1.12/24"], portals=["10.10.1.21", "10.10.1.22"])
    assert judged(truth).reasons == ("every working path uses fabric 10.10.1.0/24: losing it loses the LUN",)


def test_declared_fabrics_count() -> None:
    truth = converged(nics=["10.10.1.11/24", "10.10.1.12/24"], portals=["10.10.1.21", "10.10.1.22"])
    fabrics = {interface.ip: name for interface, name in zip(truth.interfaces, ("left", "right"), strict=True)}
    proof = judged(truth, terrain(truth, fabric_of_nic=fabrics))
    assert (proof.reasons, proof.fabrics) == ((), ("left", "right"))


def test_one_target_portal() -> None:
    truth = converged(nics=["10.10.1.11/24", "10.10.1.12/24"], portals=["10.10.1.21"])
    texts = judged(truth).reasons
    assert "every working path uses target portal 10.10.1.21:3260: losing it loses the LUN" in texts
    assert "every working path uses controller A: losing it loses the LUN" in texts


def test_one_controller_only() -> None:
    truth = converged(portals=["10.10.1.21", "10.10.2.21"])
    assert judged(truth).reasons == ("every working path uses controller A: losing it loses the LUN",)


def test_one_module_only() -> None:
    truth = converged()
    modules = {path.portal: "1" for path in all_paths(truth)}
    proof = judged(truth, terrain(truth, module_of_portal=modules))
    assert proof.reasons == ("every working path uses module 1: losing it loses the LUN",)
    modules.popitem()
    assert judged(truth, terrain(truth, module_of_portal=modules)).proven


def test_target_port_groups_tell_controllers_where_nobody_declared_them() -> None:
    undeclared = {"controller_of_portal": {}}
    truth = converged()
    assert judged(truth, terrain(truth, **undeclared)).controllers == ("target port group 1", "target port group 2")
    truth = converged(portals=["10.10.1.21", "10.10.2.21"])
    proof = judged(truth, terrain(truth, **undeclared))
    assert proof.reasons == ("every working path uses controller target port group 1: losing it loses the LUN",)


def test_a_controller_that_nobody_knows_is_not_inferred() -> None:
    truth = converged(portals=["10.10.1.21", "10.10.2.21"])
    proof = judged(truth, terrain(truth, controller_of_portal={}), disk=without_groups)
    assert proof.controllers is None


def test_half_a_declaration_does_not_make_two_controllers() -> None:
    """One portal is declared as A, the other is group 1: both may be the same controller."""
    truth = converged(portals=["10.10.1.21", "10.10.2.21"])
    half = {all_paths(truth)[0].portal: "A"}
    proof = judged(truth, terrain(truth, controller_of_portal=half))
    assert proof.reasons == ("every working path uses controller target port group 1: losing it loses the LUN",)
    assert judged(truth, terrain(truth, controller_of_portal=half), disk=without_groups).controllers is None


def test_h_18_one_of_two_declared_portals_down_is_not_ok() -> None:
    truth = converged()
    lost = truth.sessions.pop()
    assert judged(truth).reasons == (f"no working path {lost.path}",)


def test_r_10_a_failed_path_is_named_twice_over() -> None:
    truth = converged()
    proof = judged(truth, disk=without_state(PathState.FAILED, 3))
    assert proof.working == 3
    assert proof.reasons == (
        f"no working path {all_paths(truth)[3]}",
        "the path at port 4 bus 0 target 4 does not work",
    )


def test_a_failed_path_that_is_no_declared_one_is_a_note() -> None:
    """Fibre Channel, or an undeclared session that lost its connection: the declared paths are redundant alone."""
    truth = converged()
    broken = replace(value_of(truth.host().disks)[0].paths[0], address=ScsiAddress(9, 0, 0, 1), state=PathState.FAILED)
    proof = judged(truth, disk=lambda disk: replace(disk, paths=(*disk.paths, broken)))
    assert proof.proven
    assert proof.notes == ("the path at port 9 bus 0 target 0 does not work",)


@pytest.mark.parametrize(
    ("state", "working"),
    [
        (PathState.ACTIVE_OPTIMIZED, True),
        (PathState.ACTIVE_UNOPTIMIZED, True),
        (PathState.STANDBY, True),
        (PathState.UNAVAILABLE, False),
        (PathState.FAILED, False),
        (None, False),
    ],
    ids=str,
)
def test_l_16_which_states_carry_io(state: PathState | None, working: bool) -> None:
    assert judged(converged(), disk=without_state(state, 0)).proven is working


def test_h_01_an_unknown_state_is_no_failed_path_and_no_proof() -> None:
    proof = judged(converged(), disk=without_state(None, 0, 1, 2, 3))
    assert not proof.proven
    assert "no path is known to work" in proof.reasons
    assert "it is not known whether the path at port 4 bus 0 target 1 works" in proof.reasons
    assert not [reason for reason in proof.reasons if "does not work" in reason]


def test_h_20_a_lun_without_paths() -> None:
    proof = judged(converged(), disk=lambda disk: replace(disk, paths=()))
    assert (proof.proven, proof.working, proof.controllers) == (False, 0, None)
    assert "no path is known to work" in proof.reasons


def test_a_missing_stored_half_is_lost_at_the_next_boot() -> None:
    truth = converged()
    stored = all_paths(truth)[1:]
    proof = judged(truth, stored=stored)
    assert proof.stored == 3
    assert proof.reasons == (f"no right persistent login {all_paths(truth)[0]}, so the path is lost at the next boot",)


def test_a_wrong_policy() -> None:
    assert judged(converged(), policy=Policy.FAILOVER_ONLY).reasons == (
        "its policy is round_robin_with_subset instead of failover_only",
    )
    unknown = judged(converged(), policy=Policy.FAILOVER_ONLY, disk=lambda disk: replace(disk, policy=None))
    assert unknown.reasons == ("its policy is unknown instead of failover_only",)


def test_l_18_round_robin_on_alua_is_met() -> None:
    assert judged(converged(), policy=Policy.ROUND_ROBIN).proven


def test_a_path_that_no_session_explains_proves_nothing() -> None:
    """A Fibre Channel path: it works, it is counted, and it is in no proof."""
    truth = converged(portals=["10.10.1.21"])

    def and_fibre_channel(disk: MpioDisk) -> MpioDisk:
        path = disk.paths[0]
        return replace(disk, paths=(path, replace(path, address=replace(path.address, port=2), target_port_group=7)))

    proof = judged(truth, disk=and_fibre_channel)
    assert proof.working == 2
    assert "every working path uses NIC 10.10.1.11: losing it loses the LUN" in proof.reasons


def test_a_session_whose_nic_is_not_told_proves_nothing() -> None:
    truth = converged()
    for session in truth.sessions:
        session.tells_nic = False
    proof = judged(truth)
    assert not proof.proven
    assert len([reason for reason in proof.reasons if reason.startswith("no working path")]) == 4


def test_a_path_over_an_undeclared_nic_is_no_declared_path() -> None:
    truth = converged()
    first = truth.sessions[0]
    first.path = replace(first.path, nic=IPv4Address("10.10.1.99"))
    assert judged(truth).reasons == (f"no working path {all_paths(truth)[0]}",)
