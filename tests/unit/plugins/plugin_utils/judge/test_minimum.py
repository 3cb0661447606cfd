# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wished minimum lets paths be missing, and never lets one loss take a LUN away; adapters and controllers count."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.redundancy import LunProof, Terrain, prove
from ansible_collections.eva.mpio.plugins.plugin_utils._model import PathState, value_of
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import all_paths, converged
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth


def judged(
    truth: Truth, *, failed: t.Collection[int] = (), stored: t.Collection[int] | None = None, **other: t.Any
) -> LunProof:
    """Judge the first LUN; ``failed`` and ``stored`` are numbers of paths in the order of the layout."""
    paths = tuple(all_paths(truth))
    ground: dict[str, t.Any] = {
        "paths": paths,
        "routes": tuple((path.nic, path.portal) for path in paths),
        "unknown": 0,
        "adapter_of_nic": {one.ip: f"card {number}" for number, one in enumerate(truth.interfaces)},
        "fabric_of_nic": {one.ip: str(one.network) for one in truth.interfaces},
        "module_of_portal": {},
        "controller_of_portal": {path.portal: str(path.portal.address)[-1] for path in paths},
    }
    host = truth.host()
    disk = value_of(host.disks)[0]
    states = [PathState.FAILED if number in failed else path.state for number, path in enumerate(disk.paths)]
    changed = tuple(replace(path, state=state) for path, state in zip(disk.paths, states, strict=True))
    right = [path for number, path in enumerate(paths) if stored is None or number in stored]
    terrain = Terrain(**{**ground, **other})
    return prove(replace(disk, paths=changed), "eva01", terrain, value_of(host.sessions), right, None)


# The paths are 0: NIC 1 to controller 1, 1: NIC 2 to controller 1, 2: NIC 1 to controller 2, 3: NIC 2 to controller 2.


def test_missing_paths_are_reasons_where_all_are_wanted_and_notes_where_a_minimum_is() -> None:
    strict, lenient = judged(converged(), failed=[3]), judged(converged(), failed=[3], minimum=2)
    assert (
        strict.reasons
        == lenient.notes
        == (
            f"no working path {all_paths(converged())[3]}",
            "the path at port 4 bus 0 target 4 does not work",
        )
    )
    assert strict.notes == lenient.reasons == ()
    assert lenient.proven


@pytest.mark.parametrize(
    ("failed", "kinds"),
    [([0, 3], []), ([1, 3], ["NIC", "fabric"]), ([2, 3], ["controller"])],
    ids=["crosswise", "one NIC left", "one controller left"],
)
def test_a_minimum_does_not_let_one_loss_take_the_lun_away(failed: list[int], kinds: list[str]) -> None:
    reasons = judged(converged(), failed=failed, minimum=2).reasons
    assert [reason.partition(" uses ")[2].split()[0] for reason in reasons] == kinds


def test_fewer_paths_than_the_minimum() -> None:
    assert judged(converged(), failed=[0, 3], minimum=3).reasons == ("2 of 4 declared paths work, 3 needed",)


def test_no_more_is_needed_than_the_layout_gives() -> None:
    assert judged(converged(), minimum=9).proven


@pytest.mark.parametrize(("minimum", "proven"), [(None, False), (1, True)])
def test_a_layout_with_one_of_a_kind_is_accepted_with_a_minimum_only(minimum: int | None, proven: bool) -> None:
    truth = converged(nics=["10.10.1.11/24"], portals=["10.10.1.21"])
    assert judged(truth, minimum=minimum).proven is proven


def test_portals_that_tell_of_no_target_belong_to_the_layout_too() -> None:
    truth = converged(portals=["10.10.1.21", "10.10.2.21"])
    whole = converged()
    routes = tuple((path.nic, path.portal) for path in all_paths(whole))
    proof = judged(truth, minimum=2, routes=routes, unknown=2)
    assert proof.wanted_paths == 4
    # Nobody declared the controller of the two other portals, so they may be another controller's.
    assert proof.reasons == ("every working path uses controller 1: losing it loses the LUN",)


def test_a_working_path_that_is_not_stored_is_no_matter_of_the_minimum() -> None:
    proof = judged(converged(), failed=[3], stored=[0, 1], minimum=2)
    path = all_paths(converged())
    assert proof.reasons == (f"no right persistent login {path[2]}, so the path is lost at the next boot",)
    assert f"no right persistent login {path[3]}, so the path is lost at the next boot" in proof.notes


def test_two_addresses_of_one_adapter_are_one_cable() -> None:
    truth = converged()
    one = {interface.ip: "card 0" for interface in truth.interfaces}
    assert judged(truth, adapter_of_nic=one).reasons == (
        "every working path uses adapter card 0: losing it loses the LUN",
    )
    assert judged(truth, adapter_of_nic={}).proven


def test_what_is_returned_is_sorted() -> None:
    truth = converged(
        nics=["10.10.10.11/24", "10.10.9.11/24"],
        portals=["10.10.10.22", "10.10.9.22", "10.10.10.21", "10.10.9.21"],
    )
    proof = judged(truth)
    assert [str(nic) for nic in proof.nics] == ["10.10.9.11", "10.10.10.11"]
    assert proof.fabrics == ("10.10.10.0/24", "10.10.9.0/24")
    assert proof.controllers == ("1", "2")
    portals = ["10.10.9.21:3260", "10.10.9.22:3260", "10.10.10.21:3260", "10.10.10.22:3260"]
    assert [str(portal) for portal in proof.portals] == portals
